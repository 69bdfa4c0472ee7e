"""Marking an exercise: each answer is judged by the numbers that it was made from, so one mistake costs once.

An answer is right where its number is, and right all the same where it follows from the student's own wrong numbers.
Else the catalogue is asked which mistake makes that number of them. Where an earlier answer is blank, or such that
anything would follow, the right number is put in its place and the workbook calculated once more.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import numpy as np

from xlbackprop.classroom.answer_table import Spot
from xlbackprop.classroom.exercise import EXERCISE, IS_IT_RIGHT, Exercise
from xlbackprop.classroom.mistakes import Mistake, mistakes_in
from xlbackprop.classroom.rubric import worths
from xlbackprop.classroom.strangers import as_xlsx
from xlbackprop.engines import BlindCopy, EngineFailed, Recalculation
from xlbackprop.errors import InputError, Problem
from xlbackprop.machine import temporary_folder
from xlbackprop.network import Expression, Given, Quantity, Ref, evaluate
from xlbackprop.workbook import ErrorValue, Place, Value
from xlbackprop.xlsx.read import (
    Area,
    ReadCell,
    ReadSheet,
    blind_copy,
    described,
    is_open_document,
    opened_package,
    references,
)

_CLOSE = 1e-6  # relative: forms of a formula differ by rounding alone, mistakes by more
_NUMBER = re.compile(r"[-+(\s]*[0-9.]+(?:[eE][-+]?[0-9]+)?[)\s%]*(?:/\s*[-+]?[0-9.]+\s*)?")  # =-0.18, =18/100
_CODE = re.compile(r"Code: ([a-z2-7]{10})\b")
_MOST_ROUNDS = 50  # of putting right numbers in the place of wrong ones; a table has at most so many rows
_MOST_STEPS = 2000  # cells that are followed to see what a formula stands on
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
        sheets = blind_copy(book, blind, {EXERCISE: checks})
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
        self.sheets, self.sheet, self.calculation = sheets, sheets[EXERCISE], calculation
        self.values: Mapping[Place, Value] = calculation.values()[EXERCISE]

    def _number(self, spot: Spot) -> float:
        """Return the number of a cell; NaN where there is none."""
        found = self.values.get(self.exercise.at(spot))
        return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else np.nan

    def differences(self) -> Iterator[Problem]:
        """Yield what tells that this is another exercise: other rows, another level, other given numbers."""
        if problem := self._other_checks():
            yield problem
            return
        for spot in self.table.spots:
            if not self.table.is_answer(spot) and not self.table.needs(spot):
                right, found = self.table.value(spot), self._number(spot)
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
        self._decide_open(judged)
        in_column: dict[Quantity, list[Sequence[Mistake]]] = {}
        for spot, (_, possible, _) in judged.items():
            in_column.setdefault(spot.quantity, []).append(possible)
        worth, typed = worths(self.table)
        share = {Mark.RIGHT: 1.0, Mark.FOLLOWS: 1.0, Mark.TYPED: typed}
        for spot, (answer, possible, _) in judged.items():
            told = answer._replace(worth=worth[spot], points=worth[spot] * share.get(answer.mark, 0.0))
            if possible:
                # in one row several mistakes may give the same; in a column that was filled down one explains most
                column = in_column[spot.quantity]
                made = max(possible, key=lambda mistake: sum(mistake in others for others in column))
                told = told._replace(mark=Mark.MISTAKE, kind=made.kind, sentence=made.sentence)
            yield told

    def _decide_open(self, judged: dict[Spot, _Judged]) -> None:
        """Judge what is open anew, with right numbers in the place of those that are known to be wrong."""
        mended: set[Spot] = set()
        for _ in range(_MOST_ROUNDS):
            waiting = {spot for spot, one in judged.items() if one.is_open}
            wrong = {spot for spot, one in judged.items() if one.answer.mark not in (Mark.RIGHT, Mark.FOLLOWS)}
            new = wrong - waiting - mended
            if not waiting or not new:
                return
            mended |= new
            self.calculation.type_over(EXERCISE, {self.exercise.at(spot): self.table.value(spot) for spot in new})
            self.values = self.calculation.values()[EXERCISE]
            for spot in waiting:
                again = self._judge(spot)
                if again.answer.mark is Mark.RIGHT:
                    again = again._replace(answer=again.answer._replace(mark=Mark.FOLLOWS))
                judged[spot] = again

    def _judge(self, spot: Spot) -> _Judged:
        """Judge an answer by the numbers that stand in the table now."""
        address = self.exercise.place(spot)
        cell = self.sheet.get(self.exercise.at(spot))
        formula, found = (None if cell is None else cell.formula), self._number(spot)
        answer = MarkedAnswer(spot, address, Mark.BLANK, formula, None if np.isnan(found) else found)
        if cell is None or (formula is None and cell.value in (None, "")):
            return _Judged(answer)
        right = self.table.value(spot)
        if formula is None or _NUMBER.fullmatch(formula):
            is_right = any(_is_typed(found, number) for number in (right, self._follows(spot, self.table.rule(spot))))
            wrong = Mark.WRONG if np.isnan(found) else Mark.TYPED_WRONG
            return _Judged(answer._replace(mark=Mark.TYPED if is_right else wrong))
        if self._is_linked(formula):
            return _Judged(answer._replace(mark=Mark.LINKED))
        if _is_close(found, right):
            return _Judged(answer._replace(mark=Mark.TYPED if self._is_typed_elsewhere(formula) else Mark.RIGHT))
        follows = self._follows(spot, self.table.rule(spot))
        is_trivial = self._is_trivial(spot, follows)
        if _is_close(found, follows) and not is_trivial:
            return _Judged(answer._replace(mark=Mark.FOLLOWS))
        is_error = isinstance(self.values.get(self.exercise.at(spot)), ErrorValue)
        if is_error and not isinstance(cell.value, str | ErrorValue | None):
            # a function that the engine does not know, or a stored number that is none of its formula
            return _Judged(answer._replace(mark=Mark.UNCLEAR), is_open=self._has_wrong_numbers(spot))
        possible = [] if is_trivial else [*self._mistakes(spot, found, follows)]
        return _Judged(answer._replace(mark=Mark.WRONG), possible, not possible and self._has_wrong_numbers(spot))

    def _mistakes(self, spot: Spot, found: float, follows: float) -> Iterator[Mistake]:
        """Yield the mistakes that make this number, and not the one that would follow by the rule."""
        for mistake in mistakes_in(self.table.recipe, spot.quantity):
            made = self._follows(spot, mistake.formula)
            if _is_close(found, made) and not _is_close(made, follows):
                yield mistake

    def _is_trivial(self, spot: Spot, follows: float) -> bool:
        """Return whether the student's own numbers say nothing of a formula: some are missing, or all of it is 0."""
        return bool(np.isnan(follows) or (follows == 0.0 and self.table.value(spot) != 0.0))

    def _has_wrong_numbers(self, spot: Spot) -> bool:
        """Return whether any number that a cell follows from, at once or by way of others, is not the right one."""
        return any(not _is_close(self._number(one), self.table.value(one)) for one in self.table.needs(spot))

    def _follows(self, spot: Spot, formula: Expression) -> float:
        """Return what a formula makes of the numbers that stand in the student's table."""

        def number(ref: Ref) -> np.ndarray:
            if isinstance(ref.quantity, Given):
                return np.asarray(self.table.given(ref.quantity))
            return np.asarray(self._at(ref.quantity, spot.row - ref.back))

        return float(evaluate(formula, number))

    def _at(self, quantity: Quantity, row: int) -> float:
        return self._number(Spot(row, quantity)) if 0 <= row < self.table.rows else np.nan

    # ------------------------------------------------------------------------------------- what a formula stands on

    def _is_linked(self, formula: str) -> bool:
        """Return whether a formula stands on a check."""
        first, last = self.exercise.check_rows
        reached = self._reached(formula)
        return any(sheet == EXERCISE and first <= row <= last and column > 1 for sheet, (row, column) in reached)

    def _is_typed_elsewhere(self, formula: str) -> bool:
        """Return whether a formula refers to cells, and none that it stands on is of the table."""
        of_table, reached = range(1, self.exercise.run.first_row + self.table.rows), self._reached(formula)
        return bool(reached) and not any(sheet == EXERCISE and row in of_table for sheet, (row, _) in reached)

    def _reached(self, formula: str) -> Collection[tuple[str, Place]]:
        """Return the cells that a formula stands on, at once or by way of others outside of the table."""
        reached: dict[tuple[str, Place], None] = {}
        waiting = [(EXERCISE, formula)]
        of_table = range(1, self.exercise.run.first_row + self.table.rows)
        while waiting and len(reached) < _MOST_STEPS:
            here, text = waiting.pop()
            for named, area in references(text):
                sheet = named or here
                for place in _few_places(Area(*area)):
                    if (sheet, place) in reached:
                        continue
                    reached[sheet, place] = None
                    if sheet == EXERCISE and place[0] in of_table:
                        continue
                    cell = self.sheets[sheet].get(place) if sheet in self.sheets else None
                    if cell is not None and cell.formula is not None:
                        waiting.append((sheet, cell.formula))
        return reached


def _few_places(area: Area) -> Iterator[Place]:
    """Yield the places of an area, at most `_MOST_STEPS`."""
    width = area.last_column - area.first_column + 1
    for number in range(min(_MOST_STEPS, width * (area.last_row - area.first_row + 1))):
        yield area.first_row + number // width, area.first_column + number % width


def _is_close(one: float, other: float) -> bool:
    return abs(one - other) <= _CLOSE * abs(other) + 1e-13


def _is_typed(typed: float, right: float) -> bool:
    """Return whether a typed number is this one, rounded to the digits that it has, if these are enough to tell."""
    if np.isnan(typed) or np.isnan(right):
        return False
    _, digits, exponent = Decimal(repr(typed)).as_tuple()
    is_rounded = isinstance(exponent, int) and len(digits) >= _FEWEST_DIGITS
    return _is_close(typed, right) or (is_rounded and abs(typed - right) <= 0.5000001 * 10.0 ** int(exponent))
