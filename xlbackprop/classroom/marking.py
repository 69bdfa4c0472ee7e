"""Marking an exercise: each answer is judged by the numbers that it was made from, so one mistake costs once.

An answer is right where its number is, and right all the same where it follows from the student's own wrong numbers.
Else the catalogue is asked which mistake makes that number of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import numpy as np

from xlbackprop.classroom.answer_table import Spot
from xlbackprop.classroom.exercise import EXERCISE, IS_IT_RIGHT, Exercise
from xlbackprop.classroom.mistakes import Mistake, mistakes_in
from xlbackprop.engines import FORMUALIZER, BlindCopy
from xlbackprop.errors import InputError, Problem
from xlbackprop.machine import temporary_folder
from xlbackprop.network import Expression, Given, Quantity, Ref, evaluate
from xlbackprop.workbook import ErrorValue, Place, Value
from xlbackprop.xlsx.read import ReadSheet, blind_copy, opened_package

FULL_MARKS = 100.0
_CLOSE = 1e-6  # relative: forms of a formula differ by rounding alone, mistakes by more
_NUMBER = re.compile(r"[-+(\s]*[0-9.]+(?:[eE][-+]?[0-9]+)?[)\s%]*(?:/\s*[-+]?[0-9.]+\s*)?")  # =-0.18, =18/100
_CODE = re.compile(r"Code: ([a-z2-7]{10})\b")


class Mark(StrEnum):
    """What an answer is."""

    RIGHT = "right"
    FOLLOWS = "right, from numbers of the student's own that are not"
    MISTAKE = "a mistake"
    WRONG = "wrong"
    TYPED = "a number, where a formula belongs"
    BLANK = "blank"
    UNCLEAR = "not calculated here: look at it"


EARNS = (Mark.RIGHT, Mark.FOLLOWS)


class MarkedAnswer(NamedTuple):
    """An answer, as a student gave it: its cell, its mark, the formula, and what is said of it."""

    spot: Spot
    cell: str
    mark: Mark
    formula: str | None
    kind: str = ""
    sentence: str = ""


class Marking(NamedTuple):
    """The marks of one workbook, in the order of its table."""

    answers: tuple[MarkedAnswer, ...]

    @property
    def points(self) -> float:
        """How many of 100 points it gets: each answer counts alike."""
        earned = sum(answer.mark in EARNS for answer in self.answers)
        return round(FULL_MARKS * earned / len(self.answers), 1)

    @property
    def mistakes(self) -> Mapping[str, Sequence[MarkedAnswer]]:
        """The answers with a mistake, by what is said of it: a column that is filled down makes it in each row."""
        found: dict[str, list[MarkedAnswer]] = {}
        for answer in self.answers:
            if answer.sentence:
                found.setdefault(answer.sentence, []).append(answer)
        return found


def code_of(path: Path) -> str:
    """Return the code of a variant, which its properties hold; "" where there is none."""
    with opened_package(path) as package:
        if not package.has("docProps/core.xml"):
            return ""
        match = _CODE.search(" ".join(package.tree("docProps/core.xml").itertext()))
        return match[1] if match else ""


def mark(path: Path, exercise: Exercise) -> Marking:
    """Return the marks of a workbook that a student has filled in.

    Raises InputError where it is no workbook, or not this exercise: its given numbers are others.
    """
    with temporary_folder() as folder:
        blind = folder / "blind.xlsx"
        sheets = blind_copy(path, blind)
        if EXERCISE not in sheets:
            what = f'it has no sheet "{EXERCISE}", so it is no exercise.'
            raise InputError(str(path), [Problem("", what, "Mark what `xlbackprop exercise` has made.")])
        areas = {name: [*sheet.areas()] for name, sheet in sheets.items()}
        (values,) = FORMUALIZER.recalculate([BlindCopy(blind, areas)])
    filled = _Filled(exercise, sheets[EXERCISE], values[EXERCISE])
    if problems := [*filled.differences()]:
        raise InputError(str(path), problems[:3])
    return Marking(tuple(filled.judged()))


class _Filled:
    """A table that a student has filled in."""

    def __init__(self, exercise: Exercise, sheet: ReadSheet, values: Mapping[Place, Value]) -> None:
        self.exercise, self.table, self.sheet, self.values = exercise, exercise.table, sheet, values

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

    def judged(self) -> Iterator[MarkedAnswer]:
        """Yield the marks of all answers."""
        fits = {spot: self._fits(spot) for spot in self.table.answers}
        for spot in self.table.answers:
            answer, possible = fits[spot]
            if possible:
                # in one row several mistakes may give the same; in a column that was filled down one explains most
                column = [others for other, (_, others) in fits.items() if other.quantity == spot.quantity]
                made = max(possible, key=lambda mistake: sum(mistake in others for others in column))
                answer = answer._replace(mark=Mark.MISTAKE, kind=made.kind, sentence=made.sentence)
            yield answer

    def _fits(self, spot: Spot) -> tuple[MarkedAnswer, list[Mistake]]:
        """Return an answer with its mark and, where it is wrong, the mistakes that would make its number."""
        address = self.exercise.place(spot)
        cell = self.sheet.get(self.exercise.at(spot))
        formula, found = (None if cell is None else cell.formula), self._number(spot)
        if cell is None or (formula is None and cell.value in (None, "")):
            return MarkedAnswer(spot, address, Mark.BLANK, None), []
        if formula is None or _NUMBER.fullmatch(formula):
            return MarkedAnswer(spot, address, Mark.WRONG if np.isnan(found) else Mark.TYPED, formula), []
        if _is_close(found, self.table.value(spot)):
            return MarkedAnswer(spot, address, Mark.RIGHT, formula), []
        if np.isnan(found) and not isinstance(cell.value, str | ErrorValue | None):
            # a function that the engine does not know, or a stored number that is none of its formula
            return MarkedAnswer(spot, address, Mark.UNCLEAR, formula), []
        follows = self._follows(spot, self.table.rule(spot))
        if _is_close(found, follows):
            return MarkedAnswer(spot, address, Mark.FOLLOWS, formula), []
        possible = []
        for mistake in mistakes_in(self.table.recipe, spot.quantity):
            made = self._follows(spot, mistake.formula)
            if _is_close(found, made) and not _is_close(made, follows):
                possible.append(mistake)
        return MarkedAnswer(spot, address, Mark.WRONG, formula), possible

    def _follows(self, spot: Spot, formula: Expression) -> float:
        """Return what a formula makes of the numbers that stand in the student's table."""

        def number(ref: Ref) -> np.ndarray:
            if isinstance(ref.quantity, Given):
                return np.asarray(self.table.given(ref.quantity))
            return np.asarray(self._at(ref.quantity, spot.row - ref.back))

        return float(evaluate(formula, number))

    def _at(self, quantity: Quantity, row: int) -> float:
        return self._number(Spot(row, quantity)) if 0 <= row < self.table.rows else np.nan


def _is_close(one: float, other: float) -> bool:
    return abs(one - other) <= _CLOSE * abs(other) + 1e-13
