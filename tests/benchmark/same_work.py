"""Is a peer's file truly the same work? Opens both with openpyxl and compares all columns of some rows.

Ours has more sheets than those of the runs; only these are compared. From the command line: OURS OTHER EXCUSES…
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable, Iterator
from math import isclose
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.cell import Cell
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.benchmark.contestants import NO_CHART, NO_HEAD, NO_VALUES, REWRITTEN
from xlbackprop.lesson.lesson_file import load_lesson
from xlbackprop.sheets.runs.places import RunLayout

_LAYOUT = RunLayout(load_lesson(), 0)  # of any run that knows no constants but its learning rate
_HEADER, _FIRST = _LAYOUT.header_row, _LAYOUT.first_row
_SIXTEEN_DIGITS = 2e-15  # libxlsxwriter writes so many, which is one or two short of a double


def differences(ours: Path, other: Path, excused: Collection[str] = ()) -> Iterator[str]:
    """Yield a sentence for everything in which the peer's file is not the same work."""
    mine, theirs = load_workbook(ours), load_workbook(other)
    if _runs(mine) != _runs(theirs):
        yield f"its sheets are {_runs(theirs)}, not {_runs(mine)}"
        return
    if NO_CHART not in excused and not any(sheet._charts for sheet in theirs.worksheets):
        yield "it has no chart"
    for name in _runs(mine):
        yield from _formulas(mine[name], theirs[name], excused)
    mine, theirs = load_workbook(ours, data_only=True), load_workbook(other, data_only=True)
    for name in _runs(mine):
        if NO_HEAD not in excused:
            yield from _values(mine[name], theirs[name], _head(mine[name]))
        if NO_VALUES not in excused:
            rows, columns = _sample(mine[name]), range(1, _width(mine[name]) + 1)
            yield from _values(mine[name], theirs[name], ((row, column) for row in rows for column in columns))


def _runs(book: Workbook) -> list[str]:
    return [name for name in book.sheetnames if name.startswith("LR=")]


def _sample(sheet: Worksheet) -> list[int]:
    """Return the first rows, some between, the last."""
    last = sheet.max_row
    middle = (_FIRST + last) // 2
    return sorted({_FIRST, min(_FIRST + 1, last), middle, (middle + last) // 2, last})


def _width(sheet: Worksheet) -> int:
    return sum(sheet.cell(_HEADER, column).value is not None for column in range(1, sheet.max_column + 1))


def _formulas(mine: Worksheet, theirs: Worksheet, excused: Collection[str]) -> Iterator[str]:
    if (mine.max_row, _width(mine)) != (theirs.max_row, _width(theirs)):
        size = f"{theirs.max_row} rows and {_width(theirs)} columns"
        yield f"{mine.title} has {size}, not {mine.max_row} and {_width(mine)}"
        return
    for column in range(1, _width(mine) + 1):
        if mine.cell(_HEADER, column).value != theirs.cell(_HEADER, column).value:
            yield f"{_where(theirs.cell(_HEADER, column))} is not the header {mine.cell(_HEADER, column).value}"
        for row in _sample(mine):
            yield from _cell(mine.cell(row, column), theirs.cell(row, column), excused)


def _cell(mine: Cell, theirs: Cell, excused: Collection[str]) -> Iterator[str]:
    """Compare formula and number format; a bare number stands only where ours has one."""
    if theirs.number_format != mine.number_format:
        yield f"{_where(theirs)} has the number format {theirs.number_format}, not {mine.number_format}"
    if mine.data_type != "f":
        if theirs.value != mine.value:
            yield f"{_where(theirs)} is {theirs.value!r}, not {mine.value!r}"
        return
    if REWRITTEN in excused and mine.column == 1:
        return
    formula = restored(str(theirs.value)) if REWRITTEN in excused else theirs.value
    if formula != mine.value:
        yield f"{_where(theirs)} is {theirs.value!r}, not {mine.value!r}"


def restored(formula: str) -> str:
    """Return a formula that one template for all rows had to spell in other words, as a person would write it."""
    if choice := re.fullmatch(r"=IF\((\d+)=(\d+),([^,]*),(.*)\)", formula):
        row, first, there, elsewhere = choice.groups()
        formula = "=" + (there if row == first else elsewhere)
    return re.sub(r"INDEX\(([A-Z]+):\1,(\d+)-1\)", lambda found: f"{found[1]}{int(found[2]) - 1}", formula)


def _head(sheet: Worksheet) -> Iterator[tuple[int, int]]:
    """Yield where the typed numbers stand that the formulas of the table refer to."""
    yield _LAYOUT.rate_row, _LAYOUT.rate_column
    for column in range(2, _width(sheet) + 1):
        if sheet.cell(_LAYOUT.given_row, column).value is not None:
            yield _LAYOUT.given_row, column


def _values(mine: Worksheet, theirs: Worksheet, places: Iterable[tuple[int, int]]) -> Iterator[str]:
    for row, column in places:
        ours, other = mine.cell(row, column).value, theirs.cell(row, column).value
        if not _alike(ours, other):
            yield f"{_where(theirs.cell(row, column))} stores {other!r}, not {ours!r}"


def _alike(ours: object, other: object) -> bool:
    if isinstance(ours, int | float) and isinstance(other, int | float):
        return isclose(ours, other, rel_tol=_SIXTEEN_DIGITS)
    return ours == other


def _where(cell: Cell) -> str:
    return f"{cell.parent.title}!{cell.coordinate}"


def main() -> int:
    """Say on the error stream what differs; return 1 where anything does."""
    ours, other, *excused = sys.argv[1:]
    found = list(differences(Path(ours), Path(other), excused))
    if found:
        print(f"{found[0]}" + (f" (and {len(found) - 1} more)" if len(found) > 1 else ""), file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
