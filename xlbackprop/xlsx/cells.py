"""The rows of a sheet as markup, a block at a time, each formula with its value.

A table is never turned into cell objects: a column's text is made for some hundred rows at once, and the columns are
then read across. That is what lets a sheet of a million rows through without holding it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import repeat

import numpy as np
from openpyxl.formula.translate import Translator
from openpyxl.utils import range_boundaries

from xlbackprop.document import (
    Cell,
    ErrorValue,
    Filled,
    Sheet,
    Style,
    Table,
    Value,
    address,
    column_letters,
    fill_text,
    stored,
)
from xlbackprop.xlsx.markup import DECLARATION, MAIN, cell_text, escaped, spaces_kept

BLOCK = 512  # rows at a time: large enough to be quick, small enough to hold a thousand columns

StyleNumber = Callable[[Style], int]


@dataclass(slots=True)
class SharedStrings:
    """The texts of the workbook, each kept once, in the order in which they were met."""

    numbers: dict[str, int] = field(default_factory=dict)
    uses: int = 0

    def number(self, text: str) -> int:
        self.uses += 1
        return self.numbers.setdefault(text, len(self.numbers))

    def part(self) -> Iterator[str]:
        yield f'{DECLARATION}<sst xmlns="{MAIN}" count="{self.uses}" uniqueCount="{len(self.numbers)}">'
        for text in self.numbers:
            yield f"<si><t{spaces_kept(text)}>{cell_text(text)}</t></si>"
        yield "</sst>"


def number_text(number: float) -> str:
    """Return a number with every digit it has; a whole one without its ".0"."""
    text = float.__repr__(number) if isinstance(number, float) else str(int(number))
    return text[:-2] if text.endswith(".0") else text


def cell_markup(place: str, style: int, formula: str, value: Value, strings: SharedStrings) -> str:
    """Return one cell; `formula` is markup (`<f>…</f>`) or nothing."""
    kind, inner = _typed(value, bool(formula), strings)
    return f'<c r="{place}" s="{style}"{kind}>{formula}{inner}</c>'


def _typed(value: Value, calculated: bool, strings: SharedStrings) -> tuple[str, str]:
    """Return a cell's type attribute and its value; a formula's text stands in the cell itself."""
    value = stored(value.item() if isinstance(value, np.generic) else value)
    match value:
        case ErrorValue():
            return ' t="e"', f"<v>{value}</v>"
        case bool():
            return ' t="b"', f"<v>{int(value)}</v>"
        case str() if calculated:
            return ' t="str"', f"<v>{cell_text(value)}</v>"
        case str() if value == "":
            return "", ""  # a framed or tinted cell with nothing in it
        case str():
            return ' t="s"', f"<v>{strings.number(value)}</v>"
        case _:
            return "", f"<v>{number_text(value)}</v>"


def formula_markup(formula: str | None) -> str:
    """Return a formula of one cell."""
    return "" if formula is None else f"<f{spaces_kept(formula)}>{escaped(formula)}</f>"


def sheet_rows(sheet: Sheet, style_number: StyleNumber, strings: SharedStrings) -> Iterator[str]:
    """Yield the rows of a sheet from top to bottom."""
    loose = _loose_rows(sheet, style_number, strings)
    plain = deque(sorted(loose.keys() | sheet.heights.keys()))
    shared_group = 0
    for table in sorted(sheet.tables, key=lambda table: table.header_row):
        while plain and plain[0] < table.header_row:
            yield _row(sheet, plain.popleft(), loose)
        columns = _drawn_columns(table, style_number, shared_group)
        shared_group += sum(column.shared for column in columns)
        yield from _table_rows(sheet, table, columns, loose, style_number, strings)
        while plain and plain[0] <= table.last_row:
            plain.popleft()
    for row in plain:
        yield _row(sheet, row, loose)


Loose = dict[int, dict[int, str]]  # row → column → markup


def _loose_rows(sheet: Sheet, style_number: StyleNumber, strings: SharedStrings) -> Loose:
    rows: Loose = {}
    for (row, column), cell in sorted((_merge_fillers(sheet) | dict(sheet.cells)).items()):
        formula = formula_markup(cell.formula)
        markup = cell_markup(address(row, column), style_number(cell.style), formula, cell.value, strings)
        rows.setdefault(row, {})[column] = markup
    return rows


def _merge_fillers(sheet: Sheet) -> dict[tuple[int, int], Cell]:
    """The hidden cells of a merged range wear its style too, or its frame would break off."""
    fillers: dict[tuple[int, int], Cell] = {}
    for merged in sheet.merged:
        left, top, right, bottom = range_boundaries(merged)
        if (corner := sheet.cells.get((top, left))) is not None:
            places = ((row, column) for row in range(top, bottom + 1) for column in range(left, right + 1))
            fillers.update(dict.fromkeys(places, Cell("", corner.style)))
    return fillers


def _row(sheet: Sheet, row: int, loose: Loose, table_cells: str = "", owned: range = range(0)) -> str:
    """One row; loose cells stand left or right of the columns that the table owns."""
    height = sheet.heights.get(row)
    tall = "" if height is None else f' ht="{number_text(height)}" customHeight="1"'
    here = loose.get(row, {})
    if clash := [column for column in here if column in owned]:
        raise ValueError(f"{sheet.name}!{address(row, clash[0])} belongs to a table and to a loose cell as well")
    left = "".join(markup for column, markup in here.items() if column < owned.start)
    right = "".join(markup for column, markup in here.items() if column >= owned.start)
    return f'<row r="{row}"{tall}>{left}{table_cells}{right}</row>'


@dataclass(frozen=True, slots=True)
class _Column:
    """One column of a table, ready to be written: where it stands, and how its formulas are told."""

    filled: Filled
    letters: str
    style: int
    first_row: int
    shared: bool
    master: int  # the index of the row that tells the shared formula to the others
    opening: str  # the master's <f …>
    follower: str  # what the others say

    def formulas(self, start: int, stop: int) -> Iterable[str]:
        """Return the formula markup of the rows start … stop − 1."""
        if self.filled.fill is None:
            return repeat("", stop - start)
        if not self.shared or start <= self.master:
            return [self._formula(index) for index in range(start, stop)]
        return repeat(self.follower, stop - start)

    def _formula(self, index: int) -> str:
        formula = self.filled.formula_at(index, self.first_row + index)
        if not self.shared or index < self.master:
            return formula_markup(formula)
        return f"{self.opening}{escaped(formula or '')}</f>" if index == self.master else self.follower

    def cells(self, start: int, stop: int, strings: SharedStrings) -> list[str]:
        """Return the markup of the cells of the rows start … stop − 1."""
        block = self.filled.values[start:stop]
        rows = range(self.first_row + start, self.first_row + stop)
        told = zip(rows, self.formulas(start, stop), block.tolist(), strict=True)
        if block.dtype.kind == "f" and np.isfinite(block).all():
            head, style = f'<c r="{self.letters}', f'" s="{self.style}">'
            return [f"{head}{row}{style}{formula}<v>{number_text(value)}</v></c>" for row, formula, value in told]
        return [
            cell_markup(f"{self.letters}{row}", self.style, formula, value, strings) for row, formula, value in told
        ]


def _drawn_columns(table: Table, style_number: StyleNumber, first_group: int) -> list[_Column]:
    columns: list[_Column] = []
    group = first_group
    for number, filled in enumerate(table.columns, table.first_column):
        letters = column_letters(number)
        master = 0 if _first_row_is_like_the_rest(filled, table.first_row) else 1
        shared = table.rows - master > 1 and can_be_shared(filled, table.first_row)
        opening = f'<f t="shared" ref="{letters}{table.first_row + master}:{letters}{table.last_row}" si="{group}">'
        columns.append(
            _Column(
                filled=filled,
                letters=letters,
                style=style_number(filled.style),
                first_row=table.first_row,
                shared=shared,
                master=master,
                opening=opening,
                follower=f'<f t="shared" si="{group}"/>',
            )
        )
        group += shared
    return columns


def _first_row_is_like_the_rest(filled: Filled, first_row: int) -> bool:
    return filled.fill is not None and filled.formula_at(0, first_row) == fill_text(filled.fill, first_row)


def can_be_shared(filled: Filled, first_row: int) -> bool:
    """Return whether one formula, moved down, says what the fill says in every row.

    The format forbids other sheets and array constants in a shared formula. And a row number in the fill that is no
    relative reference, or a relative reference that is no row number in the fill, would move the wrong way.
    """
    if filled.fill is None or any("!" in part or "{" in part for part in filled.fill if isinstance(part, str)):
        return False
    formula = "=" + fill_text(filled.fill, first_row + 1)
    moved = Translator(formula, origin=f"A{first_row + 1}").translate_formula(f"A{first_row + 2}")
    return bool(moved == "=" + fill_text(filled.fill, first_row + 2))


def _table_rows(
    sheet: Sheet,
    table: Table,
    columns: list[_Column],
    loose: Loose,
    style_number: StyleNumber,
    strings: SharedStrings,
) -> Iterator[str]:
    header = "".join(
        cell_markup(f"{c.letters}{table.header_row}", style_number(c.filled.header_style), "", c.filled.header, strings)
        for c in columns
    )
    owned = range(table.first_column, table.first_column + len(columns))
    yield _row(sheet, table.header_row, loose, header, owned)
    for start in range(0, table.rows, BLOCK):
        stop = min(start + BLOCK, table.rows)
        across = zip(*(column.cells(start, stop, strings) for column in columns), strict=True)
        for row, cells in enumerate(across, table.first_row + start):
            if row in loose or row in sheet.heights:
                yield _row(sheet, row, loose, "".join(cells), owned)
            else:
                yield f'<row r="{row}">{"".join(cells)}</row>'


def used_range(sheet: Sheet) -> str:
    """Return the smallest range that holds every cell of the sheet."""
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
    """Return whether anything on the sheet is calculated."""
    return any(cell.formula is not None for cell in sheet.cells.values()) or any(
        filled.fill is not None for table in sheet.tables for filled in table.columns
    )
