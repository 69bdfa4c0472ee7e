"""Judging a table row by row: each number against what follows from those that stand in its row and the row above.

So a mistake is found once, where it was made; what rightly follows from a wrong number is right.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

from xlbackprop.classroom.audit.digits import slack_of
from xlbackprop.classroom.audit.meanings import DERIVED, Meanings
from xlbackprop.classroom.formula_parts import refs_of, with_refs
from xlbackprop.network import (
    Bias,
    Constant,
    Epoch,
    Expression,
    Given,
    Gradient,
    Input,
    LearningRate,
    NetInput,
    Output,
    Quantity,
    Ref,
    Target,
    TotalLoss,
    UnitLoss,
    Weight,
    evaluate,
)
from xlbackprop.taught import column_of

RELATIVE, ABSOLUTE = 1e-9, 1e-13  # rounding alone; forms of a formula differ by no more
_LAST_DIGITS = 8 * 2.0**-53  # of a weight, which an update moves by little
_TYPED_ALIKE = 1e-12  # a series that was filled down adds rounding, and nothing that one could see
_GIVEN = Input | Target | LearningRate


class Judged(NamedTuple):
    """A column as judged: what should stand in each row (NaN: not known), how close that is meant, what is off."""

    right: np.ndarray
    tolerance: np.ndarray
    off: np.ndarray


class Judge:
    """Judges the columns of one table."""

    def __init__(self, meanings: Meanings) -> None:
        self.meanings, self.table = meanings, meanings.table
        self.rows = len(self.table.rows)

    def columns(self) -> Iterator[tuple[Quantity, Judged]]:
        """Yield each column that has a rule, or must stay as it is, with what should stand there."""
        for quantity in self.table.columns:
            if isinstance(quantity, DERIVED | Weight | Bias | _GIVEN):
                yield quantity, self.judged(quantity)

    def judged(self, quantity: Quantity) -> Judged:
        """Return what should stand in the rows of a column."""
        found = self.table.found[quantity]
        right = self.right(quantity)
        tolerance = RELATIVE * np.abs(right) + ABSOLUTE
        if isinstance(quantity, _GIVEN):
            tolerance = _TYPED_ALIKE * np.abs(right)
        if isinstance(quantity, Weight | Bias):
            moved = np.nan_to_num(np.abs(right - self._shifted(found, 1)))
            tolerance = RELATIVE * moved + _LAST_DIGITS * np.abs(right)
        if self.is_rounded:
            tolerance = tolerance + self._rounding(quantity, right)
        with np.errstate(invalid="ignore"):
            off = np.isfinite(right) & ~(np.abs(found - right) <= tolerance)
        if isinstance(quantity, _GIVEN):
            off &= ~self.is_blank(quantity)
        if self.table.begun:
            off[-1] &= np.isfinite(found[-1])
        return Judged(right, tolerance, off)

    def right(self, quantity: Quantity) -> np.ndarray:
        """Return the numbers that follow in each row, NaN where something is missing that they follow from."""
        if isinstance(quantity, _GIVEN):
            first = self.table.found[quantity]
            return np.full(self.rows, first[0])
        return self.made(column_of(self.table.recipe, quantity).formula)

    def made(self, formula: Expression) -> np.ndarray:
        """Return what a formula makes of the numbers that stand in the table, in each row."""
        return np.array(np.broadcast_to(evaluate(formula, self._number), self.rows))

    def _number(self, ref: Ref) -> np.ndarray:
        match ref.quantity:
            case Given(LearningRate()):
                return np.asarray(self.meanings.rate.number)
            case Given(Input() | Target() as of):
                return np.asarray(self.meanings.given(of))
            case Input() | Target() as of if of in self.table.columns:
                numbers = self.table.found[of]
                return np.where(self.is_blank(of), numbers[0], self._shifted(numbers, ref.back))
            case Given(Weight() | Bias() as of) if of in self.table.columns:
                return np.asarray(self.table.found[of][0])
            case Given() | Constant() | Epoch():
                return np.asarray(np.nan)
            case quantity if quantity in self.table.columns:
                return self._shifted(self.table.found[quantity], ref.back)
            case Input() | Target() as of:
                return np.asarray(self.meanings.given(of))
            case NetInput() | Output() | UnitLoss() | TotalLoss() | Gradient() as of:
                rule = column_of(self.table.recipe, of).formula
                return evaluate(with_refs(rule, lambda one: Ref(one.quantity, one.back + ref.back)), self._number)
            case _:
                return np.asarray(np.nan)

    def is_blank(self, quantity: Quantity) -> np.ndarray:
        """Return which cells are blank: of a given number one stands for all, where formulas name its cell."""
        found, formulas = self.table.found[quantity], self.table.formulas[quantity]
        texts = [self.table.place(quantity, index) in self.table.sheet.read.others for index in range(self.rows)]
        blank: np.ndarray = np.isnan(found) & np.array([one is None for one in formulas]) & ~np.array(texts)
        return blank

    def _shifted(self, numbers: np.ndarray, back: int) -> np.ndarray:
        """Return the numbers `back` rows above; NaN where that leads out of the table."""
        shifted = np.full(self.rows, np.nan)
        if back >= 0:
            shifted[back:] = numbers[: max(0, self.rows - back)]
        elif -back < self.rows:
            shifted[:back] = numbers[-back:]
        return shifted

    # ------------------------------------------------------------------------------- digits that the file does not have

    @cached_property
    def _slack(self) -> dict[Quantity, np.ndarray]:
        slack = {quantity: slack_of(self.table, quantity) for quantity in self.table.columns}
        largest = max((float(one.max()) for one in slack.values()), default=0.0)
        for quantity, found in self.table.found.items():  # of a column of zeros nobody knows how it was rounded
            if isinstance(quantity, DERIVED) and not found.any() and np.isnan(self.table.calculated(quantity)).all():
                slack[quantity] = np.full(self.rows, largest)
        return slack

    @property
    def is_rounded(self) -> bool:
        """Whether the table has numbers of few digits."""
        return any(slack.any() for slack in self._slack.values())

    def _rounding(self, quantity: Quantity, right: np.ndarray) -> np.ndarray:
        """Return by how much a number may differ because those that it follows from, and itself, are rounded."""
        total = self._slack[quantity].copy()
        if isinstance(quantity, _GIVEN):
            return total
        formula = column_of(self.table.recipe, quantity).formula
        for ref in dict.fromkeys(refs_of(formula)):
            slack = self._slack.get(ref.quantity)
            if slack is not None and slack.any():
                moved = self._shifted(slack, ref.back)

                up, down = (np.abs(self._made_with(formula, ref, way * moved) - right) for way in (1.0, -1.0))
                total = total + np.nan_to_num(np.fmax(up, down))
        return 1.05 * total

    def _made_with(self, formula: Expression, ref: Ref, moved: np.ndarray) -> np.ndarray:
        """Return what a formula makes where one of its numbers is another by so much."""

        def number(one: Ref) -> np.ndarray:
            return self._number(one) + moved if one == ref else self._number(one)

        return np.array(np.broadcast_to(evaluate(formula, number), self.rows))
