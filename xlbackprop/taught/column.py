"""A column of a run's table: a quantity and its formula."""

from __future__ import annotations

from dataclasses import dataclass

from xlbackprop.network import Expression, Quantity


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a run's table: a quantity, its formula, and the reason for the formula in words (`because`).

    The formula uses numbers of its own row and of the row above. `first` is the formula of the first row, where that
    differs because there is no row above; None where it does not.
    """

    quantity: Quantity
    formula: Expression
    because: str
    first: Expression | None = None

    def rule(self, index: int) -> Expression:
        """Return the formula of the row with this index, counted from 0."""
        return self.first if index == 0 and self.first is not None else self.formula
