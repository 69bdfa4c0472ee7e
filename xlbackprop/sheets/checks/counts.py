"""What the checks find, as data: seven counts for every run, and the verdict that follows from them.

`sheet` puts them on `Checks`; the sentences are in `sheets.verdict_wording`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from xlbackprop.network import Number, TotalLoss
from xlbackprop.numpy_run import LOSS_ABSOLUTE, LOSS_RELATIVE
from xlbackprop.sheets import verdict_wording as wording
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.checks import tolerance
from xlbackprop.sheets.checks.broken_rows import broken_rows
from xlbackprop.sheets.checks.other_sheets import (
    apart,
    differences_of_run,
    formulas_of_run,
    shared_differences,
    shared_formulas,
)
from xlbackprop.sheets.checks.places import CHOSEN_EPOCH
from xlbackprop.sheets.checks.shipped_numbers import (
    edits,
    head_column,
    heads_side_by_side,
    is_edited,
    own_numbers,
    shipped_range,
)
from xlbackprop.sheets.checks.workings import Workings
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.workbook import Value, Verdict, counted_where


class Count(NamedTuple):
    """One of a run's seven counts of failed checks: its formula, and its value.

    The value is None where the count speaks only of shipped numbers and the reader has edited one."""

    formula: str
    value: Value | None


class JudgedRun(NamedTuple):
    """A run, its seven counts, its verdict, and in `lost` how many of its losses are errors."""

    run: RunLayout
    counts: tuple[Count, ...]
    lost: int
    verdict: Verdict


class Judgement:
    """The counts and verdicts of all runs of a book.

    `runs` has an entry for each run. The counts rest on `broken`, for each run the broken rows of every column
    (columns), and on `workings`, the lower part of `Checks`.
    """

    def __init__(self, book: Book) -> None:
        self.book = book
        self.workings = Workings(book)
        self.broken = tuple(broken_rows(book, run) for run in book.runs)
        self.runs = tuple(self._judged(run) for run in book.runs)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdict of each run."""
        return tuple(judged.verdict for judged in self.runs)

    def _judged(self, run: RunLayout) -> JudgedRun:
        counts = tuple(self._counts(run))
        lost = self.book.trace.spread(run.index, TotalLoss()).errors
        return JudgedRun(run, counts, lost, self._verdict(run, [count.value for count in counts], lost))

    def _verdict(self, run: RunLayout, values: list[Value | None], lost: int) -> Verdict:
        """Return the verdict that the formula on `Checks` gives, from the NumPy numbers."""
        edited = is_edited(self.book, run)
        if lost:
            return Verdict.FAIL if edited else Verdict.OVERFLOW
        if any(value != 0 for value in values[:6]):
            errors = other_errors(self.book, run)
            overflows = errors and values[:3] == [errors, 0, 0] and not edited
            return Verdict.OVERFLOW if overflows else Verdict.FAIL
        as_shipped, after_edits = self.workings.most_left_out(run)
        shipped = not edited and self.book.is_shipped(CHOSEN_EPOCH)
        if self.workings.left_out(run)[1] > (as_shipped if shipped else after_edits):
            return Verdict.UNPROVED
        if values[6] is None:
            return Verdict.PASS_EDITED
        return Verdict.PASS if values[6] == 0 else Verdict.FAIL

    def _counts(self, run: RunLayout) -> Iterator[Count]:
        """Yield the seven counts of a run, in the order of their columns."""
        book, columns, proofs = self.book, run.columns, self.workings
        block = run.block(columns[0].quantity, columns[-1].quantity)
        cells = len(columns) * run.recipe.rows
        errors = sum(book.trace.spread(run.index, column.quantity).errors for column in columns)
        differing = float("nan") if np.isnan(book.losses(run.index)).any() else 0.0
        yield Count(f"{cells}-COUNT({block})+{missing_inputs(book)}", errors)
        yield Count(typed_over(book, _formulas_of_run(book, run, proofs)), 0)
        yield Count(_links_differ(book, run, proofs), differing)
        broken = int(np.count_nonzero(self.broken[run.index].counts))
        matrix = book.checks.matrix_range(3 + run.index)
        yield Count(counted_where(f"{matrix}<>0", f"{len(columns)}-COUNTIF({matrix},0)"), broken)
        yield Count(*proofs.forward_differences(run))
        yield Count(*proofs.gradient_differences(run))
        yield self._unlike_numpy(run)

    def _unlike_numpy(self, run: RunLayout) -> Count:
        """Return count 7: how many losses differ from NumPy's, of those of which so many digits are meant."""
        book, meant = self.book, self.book.shipped.digits_meant(run.index)
        compared = compared_losses(book, run)
        there, numpy = (of(run, compared) for of in (self.workings.losses, self.workings.stored_losses))
        relative = book.checks.value(book.checks.loss_relative_row)
        if (power := round(math.log10(meant.tolerance / LOSS_RELATIVE))) > 0:
            relative = f"{relative}*10^{power}"
        # below 1E-15 a relative difference of losses means nothing
        far = f"SUMPRODUCT(--({tolerance.is_far_formula(there, numpy, '1/10^15', relative)}))" if compared else "0"
        formula = f'IF({edits(book, run)}>0,"{wording.EDITED}",{far})'
        if is_edited(book, run):
            return Count(formula, None)
        now, shipped = (book.losses(run.index, as_shipped=of)[:compared] for of in (False, True))
        return Count(formula, float(tolerance.is_far(now, shipped, LOSS_ABSOLUTE, meant.tolerance).sum()))


def compared_losses(book: Book, run: RunLayout) -> int:
    """Return how many losses of the loss curves are compared with NumPy's: those before rounding decides."""
    through = book.shipped.digits_meant(run.index).through
    return sum(through is None or epoch <= through for epoch in book.curves.all_epochs)


def missing_inputs(book: Book) -> str:
    """Return a formula that counts typed numbers which are blank or not numbers: (18-COUNT('Inputs'!$B$6:$B$7)-…)."""
    return f"({len(book.lesson.typed)}-{'-'.join(f'COUNT({block})' for block in book.inputs.blocks())})"


def other_errors(book: Book, run: RunLayout) -> int:
    """Return how many cells of a run's table overflow as shipped while every loss is a number; else 0.

    They are gradients of examples held back, or of the last epoch: no update uses these.
    """
    spreads = {column.quantity: book.shipped.spread(run.index, column.quantity) for column in run.columns}
    return 0 if spreads[TotalLoss()].errors else sum(spread.errors for spread in spreads.values())


def typed_over(book: Book, formulas: Mapping[str, int]) -> str:
    """Return a formula that counts what is typed over formulas in ranges, given with the number of formulas in each.

    ISFORMULA of a range is counted only by Excel, LibreOffice and OnlyOffice. A probe of two cells of this sheet that
    are surely formulas (and depend on Inputs alone) tells whether the program can; where not, the count is 0.
    """
    counted = "-".join(f"SUMPRODUCT(--_xlfn.ISFORMULA({cells}))" for cells in formulas)
    first = book.checks.shipped_header_row + 1
    can = f"IFERROR(SUMPRODUCT(--_xlfn.ISFORMULA($E${first}:$E${first + 1})),0)=2"
    return f"IF({can},{sum(formulas.values())}-{counted},0)"


def _formulas_of_run(book: Book, run: RunLayout, proofs: Workings) -> dict[str, int]:
    """Return the ranges that speak of one run, each with the number of its formulas.

    They are in the run's table, in its head, on `Loss curves`, and on this sheet all but the run's own line of counts.
    """
    quantities = [column.quantity for column in run.columns]
    begin_with_number = sum(isinstance(column.first, Number) for column in run.columns)
    ranges = {
        run.block(quantities[0], quantities[-1]): len(quantities) * run.recipe.rows - begin_with_number,
        run.head(): len(run.fetched),
        run.constants(): 1 + len(run.recipe.constants),
        book.curves.curve(run.index): len(book.curves.epochs),
    }
    if not book.lesson.single:
        ranges[run.data_block()] = sum(1 for _ in book.lesson.data())
    matrix = book.checks.matrix_range(3 + run.index)
    return ranges | dict(formulas_of_run(book, run)) | {matrix: len(quantities)} | proofs.formulas(run)


def shared_counts(book: Book, proofs: Workings) -> tuple[Count, Count]:
    """Return count 2 and count 3 of what all runs share: on `Loss curves`, and on this sheet the counts of all runs."""
    places, runs = book.checks, len(book.runs)
    counts = f"$B${places.run_row(0)}:$J${places.run_row(runs - 1)}"
    rows = places.shipped_row_of.values()
    shipped = [f"${column}${min(rows)}:${column}${max(rows)}" for column in "CE"]
    ranges = {counts: 9 * runs} | dict.fromkeys(shipped, len(rows)) | {f"$B${places.verdict_row + 1}": 1}
    differ = shared_differences(book, proofs.stored_epochs)
    return Count(typed_over(book, ranges | dict(shared_formulas(book))), 0), Count(differ, 0)


def _links_differ(book: Book, run: RunLayout, proofs: Workings) -> str:
    """Return a formula that counts cells of a run's head and `Loss curves` that are not what they should show."""
    if heads_side_by_side(book):
        pairs = [f"SUMPRODUCT(--({shipped_range(book, 3)}<>{shipped_range(book, head_column(run))}))"]
    else:
        pairs = [
            f"IF({run.elsewhere(run.given(given))}={book.inputs.cell(name)},0,1)"
            for given, name in own_numbers(book, run).items()
        ]
    if not book.lesson.single:
        pairs.append(apart(book, run.data_block(), book.inputs.data_block()))
    curve = apart(book, book.curves.curve(run.index), proofs.losses(run, len(book.curves.epochs)))
    return "+".join([*pairs, curve, *differences_of_run(book, run, proofs)])
