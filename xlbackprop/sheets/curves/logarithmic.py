"""What a chart with a logarithmic axis draws: the numbers that are above 0; for others #N/A, which charts leave off.

Such an axis has no place for 0 and less: Excel raises a dialog, and each program draws something else. So these are
cells of their own beside the numbers, which stay as they are; and they follow an edit, after which any loss may be 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from xlbackprop.sheets.book import Book
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

_FORMULA = "IF(IFERROR(LOG10(#),-999)>-150.5,#,NA())"
_LEAST = 3.1622776601683794e-151  # no round number, at which programs might differ by a last digit


@dataclass(frozen=True, eq=False)
class Logarithmic:
    """Columns of `Loss curves` as a logarithmic axis can show them, in a table that begins in column `first_column`.

    The numbers themselves are the columns `of`, a curve each, which begin in column `source`; `what` names them in the
    plural ("losses"). `ends` are the numbers of the finished networks, where these stand apart, in the row
    `finished_row`.
    """

    curves: LossCurvesLayout
    what: str
    source: int
    of: tuple[Filled, ...]
    first_column: int
    ends: tuple[float, ...] = ()

    @cached_property
    def table(self) -> Table:
        """The table; headers, formats and widths are those of the numbers."""
        columns = tuple(_above_0(column, number) for number, column in enumerate(self.of, self.source))
        return Table(self.curves.header_row, self.first_column, columns)

    @property
    def stop_column(self) -> int:
        """The first column right of the table."""
        return self.first_column + len(self.of)

    def series(self, book: Book) -> tuple[Series, ...]:
        """Return the curves, a run each, and the marks of the finished networks, if there are any."""
        epochs = np.array(self.curves.epochs, dtype=np.float64)
        names = [book.legend(run.index).value for run in book.runs]
        lines = tuple(
            Series(
                name=self.curves.legend(run),
                name_text=names[run],
                x=self.curves.epoch_range(),
                x_values=epochs,
                y=self.curves.column(number),
                y_values=np.asarray(column.values),
            )
            for run, (number, column) in enumerate(enumerate(self.table.columns, self.first_column))
        )
        marks = enumerate(_drawn(np.array(self.ends)).tolist())
        return (
            *lines,
            *(self.curves.mark(run, self.first_column + run, run, names[run], loss) for run, loss in marks),
        )

    def put(self, canvas: Canvas, note_at: tuple[int, int]) -> None:
        """Put a label above the table, and at a place beside the chart the sentence that says what is left off."""
        canvas.put(self.curves.header_row - 1, self.first_column, f"{self.what} above 0", Look.LABEL)
        for place, end in enumerate(_drawn(np.array(self.ends)).tolist()):
            row, number = self.curves.finished_row, self.source + place
            formula = _FORMULA.replace("#", f"{column_letters(number)}{row}")
            drawn, style = cell(formula, ErrorValue.NA if math.isnan(end) else end), self.of[place].style
            canvas.put(row, self.first_column + place, drawn, Look.NUMBER, style.role, style.number_format)
        drawn = self._count(self.first_column, self.table.columns)
        given = self._count(self.source, self.of)
        before = "Left off, as a logarithmic axis has no place for 0 and less (nor below about 1E-150): "
        sentence = before & (given - drawn) & " of " & given & f" {self.what}."
        canvas.put(*note_at, when(given.equals(drawn), "", sentence), Look.NOTE)

    def _count(self, first_column: int, columns: Sequence[Filled]) -> Live:
        """Return how many numbers are in these columns, of which there are as many as curves, and the finished ones."""
        last_row = self.curves.finished_row if self.ends else self.curves.last_row
        first, last = (self.curves.first_row, first_column), (last_row, first_column + len(self.of) - 1)
        ends = np.array(self.ends) if first_column == self.source else _drawn(np.array(self.ends))
        numbers = sum(int(np.isfinite(values).sum()) for values in (*(column.values[:] for column in columns), ends))
        return cell(f"COUNT({address(*first, fixed=True)}:{address(*last, fixed=True)})", numbers)


def _above_0(column: Filled, number: int) -> Filled:
    """Return the twin of the column with this number on the sheet: the numbers above 10^−150.5.

    Below, programs differ: one still squares what another takes for 0. Logarithms are compared, since IronCalc finds
    what is near 0 equal to it.
    """
    formula = filled_down(_FORMULA.replace("#", f"{column_letters(number)}#"))
    style = Style(Look.NUMBER, column.style.role, column.style.number_format)
    return replace(column, fill=formula, values=_drawn(np.asarray(column.values)), error=ErrorValue.NA, style=style)


def _drawn(numbers: np.ndarray) -> np.ndarray:
    """Return the numbers that a logarithmic axis can show, NaN in place of the others."""
    with np.errstate(invalid="ignore"):
        return np.where(numbers > _LEAST, numbers, np.nan)
