"""The numbers that the mistakes of the catalogue give in the place of the answers of an exercise."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

from xlbackprop.classroom.answer_table import AnswerTable, Spot
from xlbackprop.classroom.digests import Digest, agrees, digest_of
from xlbackprop.classroom.mistakes import Mistake, mistakes_in, pasted
from xlbackprop.classroom.table_numbers import TableNumbers
from xlbackprop.network import Quantity


class WrongNumber(NamedTuple):
    """The number that a mistake gives in a cell whose neighbours are right."""

    mistake: Mistake
    number: float


class WrongNumbers:
    """The wrong numbers of an exercise, and the digests by which its checks tell them from the answers."""

    def __init__(self, table: AnswerTable) -> None:
        self.table = table
        self._digests: dict[Spot, Digest] = {}

    def of(self, spot: Spot) -> Iterator[WrongNumber]:
        """Yield the wrong numbers of an answer, but for those that a spreadsheet would not compute."""
        for mistake, numbers in self._by_quantity[spot.quantity]:
            if np.isfinite(numbers[spot.row]):
                yield WrongNumber(mistake, float(numbers[spot.row]))

    def digest(self, spot: Spot) -> Digest:
        """Return the digest of an answer, which no wrong number has but those that are `unseen`."""
        if spot not in self._digests:
            self._digests[spot] = digest_of(self.table.value(spot), [wrong.number for wrong in self.of(spot)])
        return self._digests[spot]

    def unseen(self) -> Iterator[tuple[Spot, Mistake]]:
        """Yield the mistakes that no check of a number can see: there they agree in all digits that it compares."""
        for spot in self.table.answers:
            for mistake, number in self.of(spot):
                if agrees(self.table.value(spot), number):
                    yield spot, mistake

    @cached_property
    def _by_quantity(self) -> dict[Quantity, list[tuple[Mistake, np.ndarray]]]:
        """The mistakes in each column, each with the numbers that it gives in the rows of the table."""
        firsts = {spot.quantity: spot.row for spot in reversed(self.table.answers)}
        return {quantity: [*self._in_column(quantity, first)] for quantity, first in firsts.items()}

    def _in_column(self, quantity: Quantity, first: int) -> Iterator[tuple[Mistake, np.ndarray]]:
        recipe, of_first_row = self.table.recipe, float(self.table.numbers(quantity)[first])
        numbers = TableNumbers.right(self.table)
        for mistake in (*mistakes_in(recipe, quantity), pasted(recipe, quantity, of_first_row)):
            if not mistake.circular:
                yield mistake, numbers.made(mistake.formula)
