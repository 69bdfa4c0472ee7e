"""The numbers of a table, right ones or a student's, and what formulas make of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from xlbackprop.classroom.answer_table import AnswerTable, Spot
from xlbackprop.classroom.mistakes import Mistake, mistakes_in
from xlbackprop.network import Expression, Given, Quantity, Ref, evaluate


class TableNumbers:
    """The numbers of a table, by its columns, each of shape (rows,), NaN where there is none."""

    def __init__(self, table: AnswerTable, columns: Mapping[Quantity, np.ndarray]) -> None:
        self.table, self.columns = table, columns
        self._of_mistakes: dict[Quantity, Sequence[tuple[Mistake, np.ndarray]]] = {}

    @classmethod
    def right(cls, table: AnswerTable) -> TableNumbers:
        """Return the right numbers of a table."""
        return cls(table, {column.quantity: table.numbers(column.quantity) for column in table.columns})

    def of(self, spot: Spot) -> float:
        """Return the number of a cell."""
        return float(self.columns[spot.quantity][spot.row])

    def made(self, formula: Expression) -> np.ndarray:
        """Return what a formula makes of these numbers, (rows,); NaN where it leads out of the table."""
        return np.broadcast_to(evaluate(formula, self._column), self.table.rows)

    def of_mistakes(self, quantity: Quantity) -> Sequence[tuple[Mistake, np.ndarray]]:
        """Return the mistakes that people make in a column, each with the numbers that it makes, (rows,)."""
        if quantity not in self._of_mistakes:
            listed = mistakes_in(self.table.recipe, quantity)
            self._of_mistakes[quantity] = [(mistake, self.made(mistake.formula)) for mistake in listed]
        return self._of_mistakes[quantity]

    def _column(self, ref: Ref) -> np.ndarray:
        """Return the numbers of a reference in all rows; NaN where the table has no such column, as a frozen bias."""
        if isinstance(ref.quantity, Given):
            return np.asarray(self.table.given(ref.quantity))
        numbers = self.columns.get(ref.quantity, np.full(self.table.rows, np.nan))
        beyond = np.full(abs(ref.back), np.nan)
        above, below = (beyond, numbers[: self.table.rows - ref.back]), (numbers[-ref.back :], beyond)
        return np.concatenate(above if ref.back > 0 else below)[: self.table.rows]
