"""A number of the table, with its rule."""

from __future__ import annotations

from dataclasses import dataclass

from xlbackprop.network import Expression, Quantity


@dataclass(frozen=True, slots=True)
class Column:
    """One number of every row: which it is, how it is computed from its row and the row above, and why.

    `first` is the rule of the first row where there is no row above.
    """

    quantity: Quantity
    formula: Expression
    because: str
    first: Expression | None = None

    def rule(self, index: int) -> Expression:
        """Return the rule of the row with this index, counted from 0."""
        return self.first if index == 0 and self.first is not None else self.formula
