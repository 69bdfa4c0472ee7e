"""Do a file's formulas, a program's values and the values that the file has stored equal those of the document?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from xlbackprop.engines import Gap, WorkbookValues
from xlbackprop.numpy_run import Agreement
from xlbackprop.proof.differences import Difference, Tolerance
from xlbackprop.proof.formulas import Calculated, compare_formulas
from xlbackprop.proof.report import Report
from xlbackprop.proof.runs import Runs, compare_runs, parting_notes
from xlbackprop.proof.surroundings import Surrounding
from xlbackprop.proof.values import ValueComparison, compare_values, without_gaps
from xlbackprop.workbook import Document, Verdict
from xlbackprop.xlsx.read import ReadSheet


def compare(
    document: Document,
    found: Mapping[str, ReadSheet],
    calculated: WorkbookValues,
    engine: str,
    version: str = "",
    tolerance: Tolerance = Tolerance(),  # noqa: B008 -- it is frozen
    gaps: Sequence[Gap] = (),
    runs: Runs | None = None,
    around: Callable[[Document], Iterable[Surrounding]] = lambda _: (),
) -> Report:
    """Compare the cells of a file, and the values that an engine calculated, with the document.

    `found` are the sheets of the file. `gaps` are those of the engine: of a formula that matches one, the text alone is
    compared. With `runs` the tables of the runs are judged row by row. `around` compares what the file has besides
    its cells with the document that its stored values follow from.
    """
    formulas = compare_formulas(document, found)
    asked, given = without_gaps(document, formulas.calculated, found, gaps)

    def compared(
        cells: Mapping[str, Calculated], values: WorkbookValues, *, are_stored: bool
    ) -> tuple[ValueComparison, Document, list[Agreement]]:
        if runs is None:
            return compare_values(document, cells, values, {}, tolerance, are_stored=are_stored), document, []
        differ = bool(formulas.differences)
        return compare_runs(document, runs, cells, values, tolerance, are_stored=are_stored, formulas_differ=differ)

    values, following, agreements = compared(asked, calculated, are_stored=False)
    in_file = {name: sheet.stored for name, sheet in found.items()}
    stored, following_stored, _ = compared(formulas.calculated, in_file, are_stored=True)
    notes: Iterable[str] = ()
    if runs is not None:
        notes = parting_notes(runs, agreements, says_fail=document.verdict < following.verdict is Verdict.FAIL)
    return Report(
        engine=engine,
        version=version,
        formulas=formulas.formulas,
        values=formulas.constants + values.values,
        differences=_by_sheet(document, [*formulas.differences, *values.differences]),
        stored=tuple(stored.differences),
        stored_kinds=dict(stored.kinds),
        around=tuple(around(following_stored)),
        told=tuple(formulas.told),
        largest_absolute=values.largest_absolute,
        largest_relative=values.largest_relative,
        largest_ulps=values.largest_ulps,
        numbers=values.numbers,
        exact=values.exact,
        drift=max((one.largest for one in agreements), default=None),
        given=given,
        notes=tuple(notes),
    )


def _by_sheet(document: Document, differences: Sequence[Difference]) -> tuple[Difference, ...]:
    """Return the differences in the order of the sheets, and of each sheet in reading order."""
    order = {sheet.name: number for number, sheet in enumerate(document.sheets)}
    return tuple(sorted(differences, key=lambda one: (order.get(one.sheet, len(order)), *one.place)))
