"""Marking an exercise: each answer is judged by the numbers that it was made from, so one mistake costs once.

An answer is right where its number is, and right all the same where it follows from the student's own wrong numbers.
Else the catalogue is asked which mistake makes that number of them. Where an earlier answer is blank, or such that
anything would follow, the right number is put in its place and the workbook calculated once more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from xlbackprop.classroom.answer_table import Spot
from xlbackprop.classroom.exercise import EXERCISE, IS_IT_RIGHT, Exercise
from xlbackprop.classroom.formula_needs import FormulaNeeds
from xlbackprop.classroom.mistakes import NOT_ANCHORED, Mistake, mistakes_in
from xlbackprop.classroom.rubric import worths
from xlbackprop.classroom.strangers import as_xlsx
from xlbackprop.classroom.table_numbers import TableNumbers
from xlbackprop.engines import BlindCopy, EngineFailed, Recalculation
from xlbackprop.errors import InputError, Problem
from xlbackprop.machine import temporary_folder
from xlbackprop.network import Quantity
from xlbackprop.workbook import ErrorValue, Place, Value
from xlbackprop.xlsx.read import (
    ReadCell,
    ReadSheet,
    RelativeFormula,
    described,
    is_open_document,
    opened_package,
    read_sheets,
    refuse_active_content,
    relative_formula,
    workbook_package,
)

_CLOSE = 1e-6  # relative: forms of a formula differ by rounding alone, mistakes by more
_NUMBER = re.compile(r"[-+(\s]*[0-9.]+(?:[eE][-+]?[0-9]+)?[)\s%]*(?:/\s*[-+]?[0-9.]+\s*)?")  # =-0.18, =18/100
_CODE = re.compile(r"Code: ([a-z2-7]{10})\b")
_FEWEST_DIGITS = 3  # that a typed number must have to be the right one rounded


class Mark(StrEnum):
    """What an answer is."""

    RIGHT = "right"
    FOLLOWS = "right, from numbers of the student's own that are not"
    MISTAKE = "a mistake"
    WRONG = "wrong"
    TYPED = "the right number, typed where a formula belongs"
    TYPED_WRONG = "a wrong number, typed where a formula belongs"
    LINKED = "made from a check, which is no answer"
    BLANK = "blank"
    UNCLEAR = "not calculated here: look at it"


class MarkedAnswer(NamedTuple):
    """An answer, as a student gave it: its cell, its mark, the formula, and what is said of it.

    `number` is the number in its cell, None where there is none. `worth` is how many of 100 points it would get if it
    were right, `points` how many it gets.
    """

    spot: Spot
    cell: str
    mark: Mark
    formula: str | None
    number: float | None = None
    kind: str = ""
    sentence: str = ""
    worth: float = 0.0
    points: float = 0.0


class Marking(NamedTuple):
    """The marks of one workbook, in the order of its table; `title` is what its sheet says in its first cell."""

    answers: tuple[MarkedAnswer, ...]
    title: str = ""

    @property
    def points(self) -> float:
        """How many of 100 points it gets."""
        return round(sum(answer.points for answer in self.answers), 1)

    @property
    def mistakes(self) -> Mapping[str, Sequence[MarkedAnswer]]:
        """The answers with a mistake, by what is said of it: a column that is filled down makes it in each row."""
        found: dict[str, list[MarkedAnswer]] = {}
        for answer in self.answers:
            if answer.sentence:
                found.setdefault(answer.sentence, []).append(answer)
        return found


def code_of(path: Path) -> str:
    """Return the code of a variant, which its properties hold; "" where there is none.

    Raises InputError where it is no workbook, OSError where it cannot be read.
    """
    if is_open_document(path):
        match = _CODE.search(described(path))
        return match[1] if match else ""
    with opened_package(path) as package:
        if not package.has("docProps/core.xml"):
            return ""
        match = _CODE.search(" ".join(package.tree("docProps/core.xml").itertext()))
        return match[1] if match else ""


def mark(path: Path, exercise: Exercise) -> Marking:
    """Return the marks of a workbook that a student has filled in, an .xlsx or .ods file.

    Raises InputError where it is no workbook, or not this exercise: its given numbers are others.
    """
    with as_xlsx(path) as book, temporary_folder() as folder:
        blind = folder / "blind.xlsx"
        # no check is calculated: they take most of the time, and no answer may stand on one
        checks: dict[Place, Value] = {exercise.check_at(spot): "" for spot in exercise.table.answers}
        with workbook_package(book) as package:
            sheets = read_sheets(package, blind, {EXERCISE: checks})
            refuse_active_content(package, sheets, "No exercise has such things: ask for it without them.")
        if EXERCISE not in sheets:
            what = f'it has no sheet "{EXERCISE}", so it is no exercise.'
            raise InputError(str(path), [Problem("", what, "Mark what `xlbackprop exercise` has made.")])
        areas = {name: [*sheet.areas()] for name, sheet in sheets.items()}
        try:
            filled = _Filled(exercise, sheets, Recalculation(BlindCopy(blind, areas)))
            if problems := [*filled.differences()]:
                raise InputError(str(path), problems[:3])
            title = sheets[EXERCISE].get((1, 1), ReadCell(None, "")).value
            return Marking(tuple(filled.judged()), str(title or ""))
        except EngineFailed as failed:
            raise InputError(str(path), [Problem("", str(failed), "Open it and save it anew.")]) from None


class _Judged(NamedTuple):
    """An answer with its mark; the mistakes that would make its number; whether the numbers before it leave it open."""

    answer: MarkedAnswer
    possible: Sequence[Mistake] = ()
    is_open: bool = False


class _Filled:
    """A table that a student has filled in."""

    def __init__(self, exercise: Exercise, sheets: Mapping[str, ReadSheet], calculation: Recalculation) -> None:
        self.exercise, self.table = exercise, exercise.table
        self.sheet, self.calculation = sheets[EXERCISE], calculation
        self.needs = FormulaNeeds(exercise, sheets)
        self.values: Mapping[Place, Value] = calculation.values()[EXERCISE]
        of_row, columns = range(self.table.rows), [*exercise.run.column_of]
        found = {of: np.array([_number_of(self._value(Spot(row, of))) for row in of_row]) for of in columns}
        self.own = TableNumbers(self.table, found)
        self.right = TableNumbers.right(self.table)

    def _value(self, spot: Spot) -> Value | None:
        return self.values.get(self.exercise.at(spot))

    def differences(self) -> Iterator[Problem]:
        """Yield what tells that this is another exercise: other rows, another level, other given numbers."""
        if problem := self._other_checks():
            yield problem
            return
        answers = {*self.table.answers}
        for spot in self.table.spots:
            if spot not in answers and not self.table.needs(spot):
                right, found = self.right.of(spot), self.own.of(spot)
                if not _is_close(found, right):
                    name = self.exercise.run.of.naming.name(spot.quantity)
                    place, row = f"{EXERCISE}!{self.exercise.place(spot)}", spot.row
                    what = f"{name} in row {row} is {found:.6g}, and {right:.6g} in the exercise: it is another one."
                    yield Problem(place, what, "Are lesson, level, rows and variant the right ones?")

    def _other_checks(self) -> Problem | None:
        """Return the problem of checks that stand elsewhere, or of more of them, than in the exercise."""
        exercise, hint = self.exercise, "Are --level and --rows those that it was made with?"
        first, last = exercise.check_rows
        headings = [row for (row, column), cell in self.sheet.items() if column == 1 and cell.value == IS_IT_RIGHT]
        if headings and first - 2 not in headings:
            return Problem(EXERCISE, f"its table has not {self.table.rows} rows: it is another exercise.", hint)
        places = {exercise.check_at(spot) for spot in self.table.answers}
        there = (place for place, cell in self.sheet.items() if first <= place[0] <= last and cell.formula is not None)
        if any(place[1] > 1 and place not in places for place in there):
            return Problem(EXERCISE, "it asks for more answers: it is another exercise.", hint)
        return None

    # ------------------------------------------------------------------------------------------------------ judging

    def judged(self) -> Iterator[MarkedAnswer]:
        """Yield the marks of all answers."""
        judged = {spot: self._judge(spot) for spot in self.table.answers}
        judged |= self._judged_anew({spot: one for spot, one in judged.items() if one.is_open})
        named = self._named(judged)
        worth, typed = worths(self.table)
        share = {Mark.RIGHT: 1.0, Mark.FOLLOWS: 1.0, Mark.TYPED: typed}
        for spot, (answer, *_) in judged.items():
            told = answer._replace(worth=worth[spot], points=worth[spot] * share.get(answer.mark, 0.0))
            if made := named.get(spot):
                told = told._replace(mark=Mark.MISTAKE, kind=made.kind, sentence=made.sentence)
            yield told

    def _named(self, judged: Mapping[Spot, _Judged]) -> Mapping[Spot, Mistake]:
        """Return the mistakes by their places.

        In one row several may give the same number; in what was filled down one explains most rows, those that are
        right among them, and also rows where it leads out of the table.
        """
        in_column: dict[Quantity, list[Spot]] = {}
        for spot, one in judged.items():
            if one.possible:
                in_column.setdefault(spot.quantity, []).append(spot)
        named: dict[Spot, Mistake] = {}
        for quantity, spots in in_column.items():
            filled: dict[RelativeFormula, list[Spot]] = {}
            for spot in (one for one in judged if one.quantity == quantity and judged[one].answer.formula):
                formula = judged[spot].answer.formula or ""
                filled.setdefault(relative_formula(formula, self.exercise.at(spot)[0]), []).append(spot)
            for group in filled.values():
                possible = {one.sentence: one for spot in group for one in judged[spot].possible}
                if not possible:
                    continue
                votes = {made: self._votes(one, group, judged) for made, one in possible.items()}
                others = {made: self._votes(one, spots, judged) for made, one in possible.items()}
                for spot in group:
                    mine = [one.sentence for one in judged[spot].possible] or [*possible]
                    if judged[spot].answer.mark is Mark.WRONG:
                        named[spot] = possible[max(mine, key=lambda made: (votes[made], others[made]))]
        return named

    def _votes(self, mistake: Mistake, spots: Sequence[Spot], judged: Mapping[Spot, _Judged]) -> int:
        """Return in how many of these rows a mistake gives the number that is found."""
        return sum(
            mistake in judged[spot].possible if judged[spot].answer.mark is Mark.WRONG else self._makes(mistake, spot)
            for spot in spots
        )

    def _makes(self, mistake: Mistake, spot: Spot) -> bool:
        """Return whether a mistake makes the number that is found, of the student's own."""
        listed = self.own.of_mistakes(spot.quantity)
        return any(one is mistake and _is_close(self.own.of(spot), made[spot.row]) for one, made in listed)

    def _judged_anew(self, waiting: Mapping[Spot, _Judged]) -> Mapping[Spot, _Judged]:
        """Judge formulas by what they make of right numbers, where those that they stand on are wrong."""
        if not waiting:
            return {}
        first = self.exercise.run.first_row
        places = [[Spot(row, of) for of in self.right.columns] for row in range(self.table.rows)]
        right = [[self.right.of(one) if self.table.is_there(one) else None for one in row] for row in places]
        formulas = {self.exercise.at(spot): one.answer.formula or "" for spot, one in waiting.items()}
        found = self.calculation.beside(EXERCISE, (first, 1), right, formulas)
        made = {spot: _number_of(found[self.exercise.at(spot)]) for spot in waiting}
        is_right = {spot for spot in waiting if _is_close(made[spot], self.right.of(spot))}
        doubtful = (spot for spot in is_right if waiting[spot].answer.mark is not Mark.FOLLOWS)
        circular = self.needs.circular({spot: waiting[spot].answer.formula or "" for spot in doubtful})
        marks = dict.fromkeys(is_right, Mark.FOLLOWS) | dict.fromkeys(circular, Mark.WRONG)
        return {
            spot: _Judged(one.answer._replace(mark=marks[spot]))
            if spot in marks
            else self._wrong(spot, one, made[spot])
            for spot, one in waiting.items()
        }

    def _wrong(self, spot: Spot, judged: _Judged, made: float) -> _Judged:
        """Judge a wrong formula by the number found in the table, and by the one that it makes of right numbers."""
        if np.isnan(made):
            return judged
        of_right = [*_mistakes(self.right, spot, made, self.right.of(spot))]
        if judged.answer.mark is Mark.FOLLOWS and not of_right:  # of a number of the student's own, typed in it
            return judged
        possible = [one for one in of_right if one in judged.possible] or of_right or judged.possible
        return _Judged(judged.answer._replace(mark=Mark.WRONG), possible)

    def _judge(self, spot: Spot) -> _Judged:
        """Judge an answer by the numbers that stand in the table."""
        address = self.exercise.place(spot)
        cell = self.sheet.get(self.exercise.at(spot))
        formula, found = (None if cell is None else cell.formula), self.own.of(spot)
        answer = MarkedAnswer(spot, address, Mark.BLANK, formula, None if np.isnan(found) else found)
        if cell is None or (formula is None and cell.value in (None, "")):
            return _Judged(answer)
        right = self.right.of(spot)
        if formula is None or _NUMBER.fullmatch(formula):
            is_right = any(_is_typed(found, number) for number in (right, self._follows(spot)))
            wrong = Mark.WRONG if np.isnan(found) else Mark.TYPED_WRONG
            return _Judged(answer._replace(mark=Mark.TYPED if is_right else wrong))
        if self.needs.is_linked(formula):
            return _Judged(answer._replace(mark=Mark.LINKED))
        if _is_close(found, right):
            return _Judged(answer._replace(mark=Mark.TYPED if self.needs.is_typed_elsewhere(formula) else Mark.RIGHT))
        follows = self._follows(spot)
        is_trivial = self._is_trivial(spot, follows)
        if _is_close(found, follows) and not is_trivial:
            return _Judged(answer._replace(mark=Mark.FOLLOWS), is_open=True)
        if moved := self._moved_rate(spot, formula):
            return _Judged(answer._replace(mark=Mark.WRONG), [moved])
        is_error = isinstance(self._value(spot), ErrorValue)
        if is_error and not isinstance(cell.value, str | ErrorValue | None):
            # a function that the engine does not know, or a stored number that is none of its formula
            return _Judged(answer._replace(mark=Mark.UNCLEAR), is_open=self._has_wrong_numbers(spot, formula))
        possible = [] if is_trivial else [*_mistakes(self.own, spot, found, follows)]
        return _Judged(answer._replace(mark=Mark.WRONG), possible, self._has_wrong_numbers(spot, formula))

    def _moved_rate(self, spot: Spot, formula: str) -> Mistake | None:
        """Return the mistake of a learning rate without dollar signs, where a formula refers to a cell below it."""
        run = self.exercise.run
        first = next(one.row for one in self.table.answers if one.quantity == spot.quantity)
        moved = run.rate_row + spot.row - first, run.rate_column
        if moved[0] == run.rate_row or (EXERCISE, moved) not in self.needs.reached(formula):
            return None
        listed = mistakes_in(self.table.recipe, spot.quantity)
        return next((one for one in listed if one.kind == NOT_ANCHORED), None)

    def _is_trivial(self, spot: Spot, follows: float) -> bool:
        """Return whether the student's own numbers say nothing of a formula: some are missing, or all of it is 0."""
        return bool(np.isnan(follows) or (follows == 0.0 and self.right.of(spot) != 0.0))

    def _has_wrong_numbers(self, spot: Spot, formula: str) -> bool:
        """Return whether a number that an answer follows from, or stands on as it is written, is not the right one."""
        return not self._wrong_answers.isdisjoint(self.table.needs(spot)) or any(
            one in self._wrong_places for one in self.needs.reached(formula)
        )

    @cached_property
    def _wrong_answers(self) -> frozenset[Spot]:
        """The answers whose number is not the right one."""
        return frozenset(one for one in self.table.answers if not _is_close(self.own.of(one), self.right.of(one)))

    @cached_property
    def _wrong_places(self) -> frozenset[tuple[str, Place]]:
        return frozenset((EXERCISE, self.exercise.at(one)) for one in self._wrong_answers)

    def _follows(self, spot: Spot) -> float:
        """Return what the rule makes of the numbers that stand in the student's table."""
        return float(self.own.made(self.table.rule(spot))[spot.row])


def _mistakes(numbers: TableNumbers, spot: Spot, found: float, follows: float) -> Iterator[Mistake]:
    """Yield the mistakes that make a number, and not the one that would follow by the rule."""
    for mistake, made in numbers.of_mistakes(spot.quantity):
        if _is_close(found, made[spot.row]) and not _is_close(made[spot.row], follows):
            yield mistake


def _number_of(found: Value | None) -> float:
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else np.nan


def _is_close(one: float, other: float) -> bool:
    return bool(abs(one - other) <= _CLOSE * abs(other) + 1e-13)


def _is_typed(typed: float, right: float) -> bool:
    """Return whether a typed number is this one, rounded to the digits that it has, if these are enough to tell."""
    if np.isnan(typed) or np.isnan(right):
        return False
    _, digits, exponent = Decimal(repr(typed)).as_tuple()
    is_rounded = isinstance(exponent, int) and len(digits) >= _FEWEST_DIGITS
    return _is_close(typed, right) or (is_rounded and abs(typed - right) <= 0.5000001 * 10.0 ** int(exponent))
