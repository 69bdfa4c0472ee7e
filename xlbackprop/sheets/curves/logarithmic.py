"""What a chart with a logarithmic axis draws: the numbers that are above 0; for others #N/A, which charts leave off.

Such an axis has no place for 0 and less: Excel raises a dialog, and each program draws something else. So these are
cells of their own beside the numbers, which stay as they are; and they follow an edit, after which any loss may be 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from xlbackprop.sheets.canvas import Canvas
from xlbackprop.sheets.curves.places import LossCurvesLayout
from xlbackprop.workbook import (
    ErrorValue,
    Filled,
    Live,
    Look,
    Series,
    Style,
    Table,
    address,
    cell,
    column_letters,
    filled_down,
    when,
)

_LEAST = 3.1622776601683794e-151  # no round number, at which programs might differ by a last digit


@dataclass(frozen=True, eq=False)
class Logarithmic:
    """Columns of `Loss curves` as a logarithmic axis can show them, in a table that begins in column `first_column`.

    The numbers themselves are the columns `of`, a curve each, which begin in column `source`; `what` names them in the
    plural ("losses").
    """

    curves: LossCurvesLayout
    what: str
    source: int
    of: tuple[Filled, ...]
    first_column: int

    @cached_property
    def table(self) -> Table:
        """The table; headers, formats and widths are those of the numbers."""
        columns = tuple(_above_0(column, number) for number, column in enumerate(self.of, self.source))
        return Table(self.curves.header_row, self.first_column, columns)

    @property
    def stop_column(self) -> int:
        """The first column right of the table."""
        return self.first_column + len(self.of)

    def series(self) -> tuple[Series, ...]:
        """Return the curves."""
        epochs = np.array(self.curves.epochs, dtype=np.float64)
        return tuple(
            Series(
                name=self.curves.header_of(number),
                name_text=column.header,
                x=self.curves.epoch_range(),
                x_values=epochs,
                y=self.curves.column(number),
                y_values=np.asarray(column.values),
            )
            for number, column in enumerate(self.table.columns, self.first_column)
        )

    def put(self, canvas: Canvas, note_at: tuple[int, int]) -> None:
        """Put a label above the table, and at a place beside the chart the sentence that says what is left off."""
        canvas.put(self.curves.header_row - 1, self.first_column, f"{self.what} above 0", Look.LABEL)
        drawn = self._count(self.first_column, self.table.columns)
        given = self._count(self.source, self.of)
        before = "Left off, as a logarithmic axis has no place for 0 and less (nor below about 1E-150): "
        sentence = before & (given - drawn) & " of " & given & f" {self.what}."
        canvas.put(*note_at, when(given.equals(drawn), "", sentence), Look.NOTE)

    def _count(self, first_column: int, columns: Sequence[Filled]) -> Live:
        """Return how many numbers are in these columns, of which there are as many as curves."""
        first, last = (self.curves.first_row, first_column), (self.curves.last_row, first_column + len(self.of) - 1)
        numbers = sum(int(np.isfinite(column.values[:]).sum()) for column in columns)
        return cell(f"COUNT({address(*first, fixed=True)}:{address(*last, fixed=True)})", numbers)


def _above_0(column: Filled, number: int) -> Filled:
    """Return the twin of the column with this number on the sheet: the numbers above 10^−150.5.

    Below, programs differ: one still squares what another takes for 0. Logarithms are compared, since IronCalc finds
    what is near 0 equal to it.
    """
    cell, values = f"{column_letters(number)}#", np.asarray(column.values)
    with np.errstate(invalid="ignore"):
        above_0 = np.where(values > _LEAST, values, np.nan)
    formula = filled_down(f"IF(IFERROR(LOG10({cell}),-999)>-150.5,{cell},NA())")
    style = Style(Look.NUMBER, column.style.role, column.style.number_format)
    return replace(column, fill=formula, values=above_0, error=ErrorValue.NA, style=style)
