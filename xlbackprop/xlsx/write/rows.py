"""The rows of a sheet from top to bottom: loose cells, which are those outside the tables, and the tables' rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise

from openpyxl.utils import range_boundaries

from xlbackprop.workbook import Cell, Sheet, Table, address, row_heights
from xlbackprop.xlsx.write.cells import SharedStrings, StyleNumber, cell_markup, formula_markup, number_text
from xlbackprop.xlsx.write.tables import FIRST_GROUP, TableWriter

Loose = dict[int, dict[int, str]]  # row → column → markup


def sheet_rows(sheet: Sheet, style_number: StyleNumber, strings: SharedStrings) -> Iterator[str]:
    """Yield the XML of the rows of a sheet, <row …>…</row>, made one by one.

    Raises ValueError where tables overlap, or where a loose cell is inside a table.
    """
    loose = _loose_rows(sheet, style_number, strings)
    heights = row_heights(sheet)
    special = loose.keys() | heights.keys()
    plain = deque(sorted(special))
    group = FIRST_GROUP
    for tables in _bands(sheet):
        while plain and plain[0] < tables[0].header_row:
            yield _row(sheet, plain.popleft(), loose, heights)
        writers = []
        for table in tables:
            writers.append(TableWriter(table, style_number, strings, group))
            group += writers[-1].groups
        owned = [range(table.first_column, table.first_column + len(table.columns)) for table in tables]
        for rows in zip(*(writer.rows() for writer in writers), strict=True):
            row, cells = rows[0][0], [cells for _, cells in rows]
            if row in special:
                yield _row(sheet, row, loose, heights, cells, owned)
            else:
                yield f'<row r="{row}">{"".join(cells)}</row>'
        while plain and plain[0] <= tables[0].last_row:
            plain.popleft()
    for row in plain:
        yield _row(sheet, row, loose, heights)


def _bands(sheet: Sheet) -> Iterator[list[Table]]:
    """Yield the tables from top to bottom, in lists of tables side by side, from left to right."""
    tables = sorted(sheet.tables, key=lambda table: (table.header_row, table.first_column))
    for one, other in pairwise(tables):
        same_rows = (one.header_row, one.last_row) == (other.header_row, other.last_row)
        beside = same_rows and other.first_column >= one.first_column + len(one.columns)
        if not beside and other.header_row <= one.last_row:
            places = " and ".join(address(table.header_row, table.first_column) for table in (one, other))
            raise ValueError(f"{sheet.name}: the tables at {places} share rows, but do not stand side by side")
    for _, band in groupby(tables, key=lambda table: table.header_row):
        yield list(band)


def _loose_rows(sheet: Sheet, style_number: StyleNumber, strings: SharedStrings) -> Loose:
    rows: Loose = {}
    for (row, column), cell in sorted((_merge_fillers(sheet) | dict(sheet.cells)).items()):
        formula = formula_markup(cell.formula)
        markup = cell_markup(address(row, column), style_number(cell.style), formula, cell.value, strings)
        rows.setdefault(row, {})[column] = markup
    return rows


def _merge_fillers(sheet: Sheet) -> dict[tuple[int, int], Cell]:
    """Return empty cells for a merged range, in the style of its corner: without them its frame has gaps."""
    fillers: dict[tuple[int, int], Cell] = {}
    for merged in sheet.merged:
        left, top, right, bottom = range_boundaries(merged)
        if (corner := sheet.cells.get((top, left))) is not None:
            places = ((row, column) for row in range(top, bottom + 1) for column in range(left, right + 1))
            fillers.update(dict.fromkeys(places, Cell("", corner.style)))
    return fillers


def _row(
    sheet: Sheet,
    row: int,
    loose: Loose,
    heights: Mapping[int, float],
    table_cells: Sequence[str] = (),
    owned: Sequence[range] = (),
) -> str:
    """Return the XML of one row, with its loose cells and those of tables, whose columns are `owned`."""
    height = heights.get(row)
    tall = "" if height is None else f' ht="{number_text(height)}" customHeight="1"'
    here = loose.get(row, {})
    if clash := [column for column in here if any(column in columns for columns in owned)]:
        raise ValueError(f"{sheet.name}!{address(row, clash[0])} belongs to a table and to a loose cell as well")
    starts = [columns.start for columns in owned]
    cells = sorted([*here.items(), *zip(starts, table_cells, strict=True)])
    return f'<row r="{row}"{tall}>{"".join(markup for _, markup in cells)}</row>'


def used_range(sheet: Sheet) -> str:
    """Return the smallest range that holds every cell of the sheet: "A1:AC60"."""
    corners = list(sheet.cells)
    for table in sheet.tables:
        corners.append((table.header_row, table.first_column))
        corners.append((table.last_row, table.first_column + len(table.columns) - 1))
    for merged in sheet.merged:
        left, top, right, bottom = range_boundaries(merged)
        corners += [(top, left), (bottom, right)]
    if not corners:
        return "A1"
    rows, columns = zip(*corners, strict=True)
    first, last = address(min(rows), min(columns)), address(max(rows), max(columns))
    return first if first == last else f"{first}:{last}"


def has_formulas(sheet: Sheet) -> bool:
    """Return whether any cell of the sheet has a formula."""
    return any(cell.formula is not None for cell in sheet.cells.values()) or any(
        filled.fill is not None for table in sheet.tables for filled in table.columns
    )
