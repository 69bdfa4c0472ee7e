"""The lower part of `Checks`: the tables on which the counts above rest.

For each run, in its first row, its last epoch and a chosen one: the forward pass computed again from the parameters
alone, in another form (SUMPRODUCT over rows), and every ∂E/∂w estimated by central differences of that pass. Last,
NumPy's losses for the shipped numbers, at every epoch of the loss curves.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from xlbackprop.network import TotalLoss
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas
from xlbackprop.sheets.checks.estimates import RunEstimates
from xlbackprop.sheets.checks.forward_again import RunPasses, constants
from xlbackprop.sheets.checks.places import CHECKS
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.workbook import Filled, Look, Role, Style, Table, Value, address, column_letters, quoted


class Workings:
    """The tables below the verdicts: forward passes done again, estimates of gradients, NumPy's losses.

    Its methods return the formulas by which the counts above refer to these tables.
    """

    def __init__(self, book: Book) -> None:
        self.book = book
        self.lesson = book.lesson
        self.places = book.checks

    def headings(self, canvas: Canvas, run: RunLayout) -> None:
        """Put the headings and notes above the tables of a run."""
        forward_row, gradient_row = (
            self.places.forward_header_row(run.index),
            self.places.gradient_header_row(run.index),
        )
        canvas.heights |= dict.fromkeys((forward_row, gradient_row), 30.0)  # long names take two lines
        canvas.put(self.places.workings_row(run.index), 1, f"Workings for {run.name}", Look.HEADING)
        canvas.put(forward_row - 1, 1, "The forward pass done again, and what the table holds:", Look.NOTE)
        moved, all_of = len(self.places.probed(run.index)), len(run.recipe.trained)
        which = "Each" if moved >= all_of else f"{moved} of the {all_of:,}, spread over all: each"
        how = "two steps up, one up, one down, two down; from the differences of E_Total its slope"
        overflowing = self._overflowing_estimates[run.index]
        less = f" ({overflowing} of them overflow and prove nothing)" if overflowing else ""
        canvas.put(gradient_row - 1, 1, f"{which} weight or bias {how}{less}:", Look.NOTE)
        if run.index == 0:
            row = self.places.curves_header_row
            canvas.put(row - 2, 1, "The loss curves", Look.HEADING)
            canvas.put(row - 1, 1, "What NumPy found for the shipped numbers, at the epochs of Loss curves:", Look.NOTE)

    def tables(self) -> tuple[Table, ...]:
        """Return all tables of the lower part."""
        return (*(table for pair in self._of_runs for table in pair), self._curves_table())

    @cached_property
    def _of_runs(self) -> tuple[tuple[Table, Table], ...]:
        """Two tables for each run: the forward pass computed again, and the estimated gradients."""
        return tuple(
            (RunPasses(self.book, run).forward_table(), RunEstimates(self.book, run).gradient_table())
            for run in self.book.runs
        )

    # ------------------------------------------------------------------------------------------------- loss curves

    def _curves_table(self) -> Table:
        """Return the table of NumPy's losses as shipped, a column a run, and of the runs' own if these are fetched."""
        book = self.book
        columns = [constants("epoch", np.array(book.curves.epochs, dtype=np.float64), Style(Look.STORED))]
        for run in book.runs:
            header = f"{run.name} E_Total, NumPy as shipped"
            shipped = book.curve(run.index, as_shipped=True)
            columns.append(constants(header, shipped, Style(Look.STORED, Role.LOSS, "0.00000000")))
        if self._fetches:
            columns += [self._fetched(run) for run in book.runs]
        return Table(self.places.curves_header_row, 3, tuple(columns))

    @property
    def _fetches(self) -> bool:
        """Whether losses are fetched epoch by epoch, because not every row of a run's table is on the curves."""
        return self.book.curves.stride > 1 or not self.lesson.single

    def _fetched(self, run: RunLayout) -> Filled:
        style = Style(Look.LINKED, Role.LOSS, "0.00000000")
        fill = self.book.curves.fetched(run, "$C")
        return Filled(f"{run.name} E_Total there", fill, self.book.curve(run.index), style)

    def _curves_range(self, column: int, count: int | None = None) -> str:
        top = self.places.curves_header_row
        last = top + (len(self.book.curves.epochs) if count is None else count)
        return f"{quoted(CHECKS)}!{address(top + 1, column, fixed=True)}:{address(last, column, fixed=True)}"

    def stored_losses(self, run: RunLayout, count: int | None = None) -> str:
        """Return the range of NumPy's losses of a run, at the epochs of the loss curves: `'Checks'!$D$721:$D$761`.

        With `count` it is the range of so many, from the first on.
        """
        return self._curves_range(4 + run.index, count)

    def losses(self, run: RunLayout, count: int | None = None) -> str:
        """Return the range of a run's own losses at these epochs, in its table or as fetched: `'LR=0.1'!$X$8:$X$48`."""
        if not self._fetches:
            return run.range(TotalLoss(), 0, run.recipe.rows - 1 if count is None else count - 1)
        return self._curves_range(4 + len(self.book.runs) + run.index, count)

    # ----------------------------------------------------------------------------------- what the upper part counts

    def forward_differences(self, run: RunLayout) -> tuple[str, Value]:
        """Return formula and value of count 5: how many numbers differ when the forward pass is computed again."""
        table = self._of_runs[run.index][0]
        return f"SUM({_last_column(table)})", float(table.columns[-1].values[:].sum())

    def gradient_differences(self, run: RunLayout) -> tuple[str, Value]:
        """Return formula and value of count 6: how many gradients differ from their estimates.

        As many estimates as overflow in the workbook as shipped are left out; if more overflow, the count is an error.
        """
        table, overflowing = self._of_runs[run.index][1], self._overflowing_estimates[run.index]
        cells, differ = _last_column(table), table.columns[-1].values[:]
        if not overflowing:
            return f"SUM({cells})", float(differ.sum())
        left_out = int(np.isnan(differ).sum()) == overflowing
        formula = f"IF({len(differ)}-COUNT({cells})={overflowing},COUNTIF({cells},1),SUM({cells}))"
        return formula, float(np.nansum(differ) if left_out else differ.sum())

    @cached_property
    def _overflowing_estimates(self) -> tuple[int, ...]:
        """How many estimates of each run overflow as shipped while its own numbers do not: these prove nothing."""
        book = self.book
        shipped = replace(book, now=book.lesson, trace=book.shipped, standing=book.as_shipped)
        as_shipped = book.trace is book.shipped and book.standing == book.as_shipped
        counts = []
        for run in book.runs:
            if any(book.shipped.spread(run.index, column.quantity).errors for column in run.columns):
                counts.append(0)
                continue
            table = self._of_runs[run.index][1] if as_shipped else RunEstimates(shipped, run).gradient_table()
            counts.append(int(np.isnan(table.columns[-1].values[:]).sum()))
        return tuple(counts)


def _last_column(table: Table) -> str:
    letters = column_letters(table.first_column + len(table.columns) - 1)
    return f"${letters}${table.first_row}:${letters}${table.last_row}"
