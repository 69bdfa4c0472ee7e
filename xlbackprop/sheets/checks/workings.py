"""The lower part of `Checks`: the tables on which the counts above rest.

For each run, in its first row, its last epoch and a chosen one: the forward pass computed again from the parameters
alone, in another form (SUMPRODUCT over rows), and every ∂E/∂w estimated by central differences of that pass. Last,
NumPy's losses for the shipped numbers, at every epoch of the loss curves.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from xlbackprop.network import TotalLoss
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas
from xlbackprop.sheets.checks.estimates import LEFT_OUT, RunEstimates
from xlbackprop.sheets.checks.forward_again import RunPasses, constants
from xlbackprop.sheets.checks.places import CHECKS
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.workbook import (
    Filled,
    Look,
    Role,
    Style,
    Table,
    Value,
    address,
    column_letters,
    counted_where,
    first_where,
    quoted,
)


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
        moved, all_of = len(self.places.probed(run.index)), run.recipe.gradient_count
        which = "Each" if moved >= all_of else f"{moved} of the {all_of:,}, spread over all: each"
        how = "two steps up, one up, one down, two down; from the differences of E_Total its slope"
        overflowing = self._overflowing(run)
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
        columns = [constants("epoch", np.array(book.curves.all_epochs, dtype=np.float64), Style(Look.STORED))]
        for run in book.runs:
            header = f"{run.name} E_Total, NumPy as shipped"
            shipped = book.losses(run.index, as_shipped=True)
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
        return Filled(f"{run.name} E_Total there", fill, self.book.losses(run.index), style)

    def _curves_range(self, column: int, count: int | None = None) -> str:
        top = self.places.curves_header_row
        last = top + (len(self.book.curves.all_epochs) if count is None else count)
        return f"{quoted(CHECKS)}!{address(top + 1, column, fixed=True)}:{address(last, column, fixed=True)}"

    @property
    def stored_epochs(self) -> str:
        """The range of the stored epochs of the loss curves: `'Checks'!$C$721:$C$761`."""
        return self._curves_range(3, len(self.book.curves.epochs))

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

    def formulas(self, run: RunLayout) -> dict[str, int]:
        """Return the ranges that judge a run: what its table holds, and what the comparisons come to.

        Each with the number of its formulas. Before them are the numbers of the forward passes.
        """
        ranges = {}
        for table, first in zip(self._of_runs[run.index], (" there", LEFT_OUT), strict=True):
            start = next(place for place, column in enumerate(table.columns) if column.header.endswith(first))
            begin, end = column_range(table, start).partition(":")[0], column_range(table, -1).rpartition(":")[2]
            ranges[f"{begin}:{end}"] = sum(column.formulas for column in table.columns[start:])
        if self._fetches:
            ranges[self.losses(run)] = len(self.book.curves.all_epochs)
        return ranges

    def forward_differences(self, run: RunLayout) -> tuple[str, Value]:
        """Return formula and value of count 5: how many numbers differ when the forward pass is computed again."""
        table = self._of_runs[run.index][0]
        return f"SUM({column_range(table, -1)})", float(table.columns[-1].values[:].sum())

    def gradient_differences(self, run: RunLayout) -> tuple[str, Value]:
        """Return formula and value of count 6: how many gradients differ from their estimates.

        As many estimates as overflow in the workbook as shipped are left out; if more overflow, the count is an error.
        """
        table, overflowing = self._of_runs[run.index][1], self._overflowing(run)
        cells, differ = column_range(table, -1), table.columns[-1].values[:]
        if not overflowing:
            return f"SUM({cells})", float(differ.sum())
        left_out = int(np.isnan(differ).sum()) == overflowing
        formula = f"IF({len(differ)}-COUNT({cells})={overflowing},COUNTIF({cells},1),SUM({cells}))"
        return formula, float(np.nansum(differ) if left_out else differ.sum())

    def first_different(self, run: RunLayout) -> tuple[tuple[str, int], tuple[str, int]]:
        """Return formula and value of the first row of this sheet in which count 5 finds a difference; of count 6, too.

        The formula holds only where there is one; the value is 0 where there is none.
        """
        forward, estimates = self._of_runs[run.index]
        return _first_not_0(forward), _first_not_0(estimates)

    def left_out(self, run: RunLayout) -> tuple[str, int]:
        """Return formula and value: how many estimates of a run are left out, because they prove nothing."""
        table = self._of_runs[run.index][1]
        cells = column_range(table, _place(table, LEFT_OUT))
        number = int(np.count_nonzero(table.columns[_place(table, LEFT_OUT)].values[:] == 1))
        # an estimate that overflows is an error here as well, and counted above
        return (
            counted_where(f"{cells}=1", f"COUNTIF({cells},1)") if self._overflowing(run) else f"SUM({cells})"
        ), number

    def most_left_out(self, run: RunLayout) -> tuple[int, int]:
        """Return how many estimates of a run may be left out: of the workbook as shipped, and after a reader's edits.

        As shipped it is those that are, and those of which rounding decides. Edited weights may lie at other kinks, or
        make other jumps; but where more than a quarter of all are left out beside these, little is proved.
        """
        table = self._as_shipped[run.index]
        column = table.columns[_place(table, LEFT_OUT)]
        shipped = int(np.count_nonzero(column.values[:] == 1) + column.noise)
        return shipped, shipped + table.rows // len(self.places.directions) // 4

    def _overflowing(self, run: RunLayout) -> int:
        """Return how many estimates of a run overflow as shipped while its own numbers do not: these prove nothing."""
        if any(self.book.shipped.spread(run.index, column.quantity).errors for column in run.columns):
            return 0
        return int(np.isnan(self._as_shipped[run.index].columns[-1].values[:]).sum())

    @cached_property
    def _as_shipped(self) -> tuple[Table, ...]:
        """The estimated gradients of each run in the workbook as shipped."""
        book = self.book
        if book.is_as_shipped:
            return tuple(estimates for _, estimates in self._of_runs)
        return tuple(RunEstimates(book.shipped_book, run).gradient_table() for run in book.runs)


def _first_not_0(table: Table) -> tuple[str, int]:
    """Return formula and value of the row in which the last column of a table is the first time above 0."""
    above = table.columns[-1].values[:] > 0
    formula = f"{table.header_row}+{first_where(f'{column_range(table, -1)}>0')}"
    return formula, table.first_row + int(np.argmax(above)) if above.any() else 0


def _place(table: Table, header: str) -> int:
    """Return the place of a column in a table, from 0."""
    return [column.header for column in table.columns].index(header)


def column_range(table: Table, place: int) -> str:
    """Return the range of a column of a table on this sheet, `$AT$9:$AT$11`; `place` counts from 0, −1 is the last."""
    letters = column_letters(table.first_column + place % len(table.columns))
    return f"${letters}${table.first_row}:${letters}${table.last_row}"
