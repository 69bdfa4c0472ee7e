"""The runs of a workbook, judged row by row from the numbers that a program, or the file, has for them.

Two sound programs may part in a long run where rounding is magnified. So each row is held against what follows from its
own numbers and those above it; and all that other sheets derive from a run against what follows from the run as found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from xlbackprop.engines import WorkbookValues
from xlbackprop.numpy_run import Agreement, RowJudge, Trace, agreement_of
from xlbackprop.proof.differences import Tolerance
from xlbackprop.proof.formulas import Calculated
from xlbackprop.proof.values import Expected, ValueComparison, compare_values
from xlbackprop.workbook import Document, SheetValues


class Runs(NamedTuple):
    """The runs that NumPy trained, and `document_of`: the document whose runs have the numbers of another trace."""

    trace: Trace
    document_of: Callable[[Trace], Document]


def compare_runs(
    document: Document,
    runs: Runs,
    calculated: Mapping[str, Calculated],
    values: WorkbookValues,
    tolerance: Tolerance,
    *,
    are_stored: bool,
    formulas_differ: bool,
) -> tuple[ValueComparison, Document, list[Agreement]]:
    """Compare values with those of the document as `compare_values` does, the tables of runs row by row.

    Return the document that was compared with, as well: where a run honestly parts from NumPy's own, the values of
    other sheets must follow from the run as it was found. It does not where `formulas_differ`.
    """
    found = _FoundRuns(document, runs.trace, values)
    judged = {name: found.judge(run) for run, name in enumerate(found.names)}
    agreements = [agreement_of(runs.trace, found, run) for run in range(len(found.names))]

    def compared(document: Document, cells: Mapping[str, Calculated]) -> ValueComparison:
        return compare_values(document, cells, values, judged, tolerance, are_stored=are_stored)

    result = compared(document, calculated)
    if result.kinds and not formulas_differ and any(one.largest for one in agreements):
        tables = {name: Calculated(calculated[name].tables) for name in found.names}
        if not compared(document, tables).kinds:  # so the runs are sound, and something rests on their last digits
            following = runs.document_of(runs.trace.with_numbers(found.rows))
            again = compared(following, calculated)
            if again.kinds.total() < result.kinds.total():
                return again, following, agreements
    return result, document, agreements


class _FoundRuns:
    """The numbers of all runs in the values of a program, or in those that a file has stored."""

    def __init__(self, document: Document, trace: Trace, values: WorkbookValues) -> None:
        self._trace, self._values = trace, values
        self.names = [run.name for run in trace.lesson.runs]
        self._tables = [document[name].tables[0] for name in self.names]

    def rows(self, run: int, start: int, stop: int) -> np.ndarray:
        """Return the numbers in the rows start … stop − 1 of a run, (rows, quantities); NaN where none is."""
        table = self._tables[run]
        rows = range(table.first_row + start, table.first_row + stop)
        found = self._values.get(self.names[run], SheetValues((), {}))
        return found.numbers(rows, range(table.first_column, table.first_column + len(table.columns)))

    def judge(self, run: int) -> Expected:
        """Return what gives the expected numbers of a run, row by row from those that were found."""
        judge = RowJudge(self._trace.lesson, run)

        def expected(start: int, stop: int) -> np.ndarray:
            found, own = self.rows(run, start, stop), self._trace.rows(run, start, stop)
            above = self.rows(run, start - 1, start)[0] if start else None
            before = self._trace.rows(run, start - 1, start)[0] if start else None
            if np.array_equal(found, own, equal_nan=True) and (
                above is None or before is None or np.array_equal(above, before, equal_nan=True)
            ):
                return own  # NumPy's own numbers follow from each other
            return judge.expected(start, found, above)

        return expected


def parting_notes(runs: Runs, agreements: Sequence[Agreement], *, says_fail: bool) -> Iterator[str]:
    """Yield sentences on runs that part from NumPy's own.

    `says_fail` tells that the sheet Checks, which compares losses with NumPy's, fails for that alone in this program.
    """
    for run, one in zip(runs.trace.lesson.runs, agreements, strict=True):
        if one.parts_at is not None:
            yield (
                f"{run.name} parts from NumPy's own run at epoch {one.parts_at}, as sound programs may where "
                "rounding decides: each row still follows from the row above. A smaller learning rate, or inputs "
                "scaled to 0 … 1, keep programs together."
            )
    if says_fail:
        yield "In this program the sheet Checks says FAIL: its last check compares the losses with those of NumPy."
