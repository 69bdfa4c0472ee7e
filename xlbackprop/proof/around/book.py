"""What belongs to the workbook as a whole: names, settings, what is hidden."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from xlbackprop.proof.around.sides import Both
from xlbackprop.proof.around.surrounding import NOTHING, Surrounding, Weight, cut, entries
from xlbackprop.workbook import column_letters, quoted
from xlbackprop.xlsx.read import name_reference


def names(both: Both) -> Iterator[Surrounding]:
    """Yield names of the document that mean something else, in the whole workbook or on one sheet."""
    expected = {name.lower(): name_reference(reference) for name, reference in both.document.names.items()}
    spelled = {name.lower(): name for name in both.document.names}
    found = {name: where for name, where in both.found.names.items() if _own_name(name) in expected}
    for name, where in found.items():
        # A name of one sheet goes before that of the workbook there; the same reference does no harm.
        if (own := _own_name(name)) != name and where != expected[own]:
            yield Surrounding(f"defined name {name}", NOTHING, where)
    plain = {name: where for name, where in found.items() if _own_name(name) == name}
    yield from entries("defined name", expected, plain, lambda name: spelled[name], gone=Weight.DIFFERENT)


def _own_name(name: str) -> str:
    return name.rpartition("!")[2]


def settings(both: Both) -> Iterator[Surrounding]:
    """Yield settings by which numbers are rounded, stale or not shown."""
    if not both.found.full_precision:
        yield Surrounding("precision of the numbers", "full", "as displayed")
    if both.found.is_manual:
        yield Surrounding("calculation", "automatic", "manual")
    if both.found.iterates:
        yield Surrounding("circles of formulas", "errors", "repeated, not errors", Weight.TOLD)
    for words in both.found.odd:
        yield Surrounding("view of the workbook", "as made", words)
    for pair in both.sheets:
        for words in pair.seen.odd:
            yield Surrounding(f"view of {pair.name}", "as made", words)
        if not pair.seen.has_zeros:
            yield Surrounding(f"cells of {pair.name} that are 0", "shown", "hidden")


def hidden(both: Both) -> Iterator[Surrounding]:
    """Yield sheets, rows and columns of the document that are not shown."""
    for pair in both.sheets:
        if not pair.seen.is_visible:
            yield Surrounding(f"sheet {pair.name}", "visible", "hidden")
        rows = [row for row in pair.seen.hidden_rows if row in pair.rows]
        if rows:
            yield Surrounding(f"rows {_runs(rows)} of {pair.name}", "shown", "hidden")
        hidden = {column for columns in pair.seen.hidden_columns for column in columns}
        columns = sorted(hidden & pair.columns)
        if columns:
            yield Surrounding(f"columns {_runs(columns, column_letters)} of {pair.name}", "shown", "hidden")


def _runs(numbers: Iterable[int], name: Callable[[int], object] = str) -> str:
    """Return numbers in words: "3:5, 9"."""
    found = []
    for _, run in groupby(enumerate(numbers), key=lambda each: each[1] - each[0]):
        first, *others = [number for _, number in run]
        found.append(f"{name(first)}:{name(others[-1])}" if others else f"{name(first)}")
    return cut(", ".join(found))


def chart_sheets(both: Both) -> Iterator[Surrounding]:
    """Yield sheets that have no cells; those that have some are told with the cells."""
    for name, sheet in both.found.sheets.items():
        if sheet is None:
            yield Surrounding(f"sheet {quoted(name)}", NOTHING, "added, without cells", Weight.TOLD)
