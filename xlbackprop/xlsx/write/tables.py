"""A filled-down table as XML: its first rows cell by cell, all others from one template, a block of rows at a time.

A column is one formula and many numbers. So the XML of a row is made once, with a placeholder for each number, and a
row costs little more than the digits of its numbers. Only one block of the table is in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import repeat
from math import isfinite
from typing import NamedTuple

import numpy as np
from openpyxl.formula.translate import Translator

from xlbackprop.workbook import Fill, Filled, Table, blocks, column_letters, fill_text
from xlbackprop.xlsx.write.cells import SharedStrings, StyleNumber, cell_markup, formula_markup
from xlbackprop.xlsx.write.fast_libraries import number_texts
from xlbackprop.xlsx.write.markup import cell_text, escaped, spaces_kept
from xlbackprop.xlsx.write.styles import copy_of_column

FIRST_GROUP = 1000  # numbers of equal length compress better, and tried: of four digits better than of three


class _Column(NamedTuple):
    """One column of the table: its letters, the index of its format, and the numbers of its shared formula."""

    filled: Filled
    letters: str
    style: int
    master: int  # index, from 0, of the row whose formula the rows below share
    group: int | None  # number of the shared formula; None where each row has its own

    @property
    def is_text(self) -> bool:
        """Whether its values are texts, not numbers."""
        return self.filled.values.dtype.kind not in "iuf"


class TableWriter:
    """Makes the XML of one table's rows. Its shared formulas are numbered from `first_group`; `groups` counts them."""

    def __init__(self, table: Table, style_number: StyleNumber, strings: SharedStrings, first_group: int) -> None:
        self._table = table
        self._strings = strings
        self._columns: list[_Column] = []
        self.groups = 0
        for place, filled in enumerate(table.columns):
            letters = column_letters(table.first_column + place)
            style = style_number(filled.style, copy_of_column(table, place))
            master = 0 if _first_row_is_like_the_rest(filled, table.first_row) else 1
            shared = table.rows - master > 1 and can_be_shared(filled)
            group = first_group + self.groups if shared else None
            self._columns.append(_Column(filled, letters, style, master, group))
            self.groups += shared
        self._header_styles = [style_number(filled.header_style) for filled in table.columns]
        self._offsets = {
            part
            for column in self._columns
            if column.group is None
            for part in column.filled.fill or ()
            if isinstance(part, int) and part
        }
        fixed = {column: _fixed_number(column) for column in self._columns}
        self._fixed = {column: number for column, number in fixed.items() if number is not None}
        self._open = [column for column in self._columns if column not in self._fixed]
        self._templates: dict[bytes, list[str]] = {}

    def rows(self) -> Iterator[tuple[int, str]]:
        """Yield (row number in the sheet, XML of the table's cells in it), the header row first."""
        table = self._table
        yield table.header_row, self._header()
        own = min(table.rows, 1 + max(column.master for column in self._columns))
        for index in range(own):
            yield table.first_row + index, self._cells(index)
        for start, stop in blocks(table.rows, len(self._columns)):
            if (first := max(start, own)) < stop:
                yield from enumerate(self._block(first, stop), table.first_row + first)

    def _header(self) -> str:
        row = self._table.header_row
        return "".join(
            cell_markup(f"{column.letters}{row}", style, "", column.filled.header, self._strings)
            for column, style in zip(self._columns, self._header_styles, strict=True)
        )

    # ------------------------------------------------------------------------------------------------- cell by cell

    def _cells(self, index: int) -> str:
        """Return the cells of a row made cell by cell: one of the first, or one with unusual values."""
        row = self._table.first_row + index
        return "".join(
            cell_markup(
                f"{column.letters}{row}",
                column.style,
                self._formula(column, index),
                column.filled.stored_at(index),
                self._strings,
            )
            for column in self._columns
        )

    def _formula(self, column: _Column, index: int) -> str:
        formula = column.filled.formula_at(index, self._table.first_row + index)
        if column.group is None or formula is None or index < column.master:
            return formula_markup(formula)
        if index > column.master:
            return _follower(column.group)
        cells = f"{column.letters}{self._table.first_row + index}:{column.letters}{self._table.last_row}"
        return f'<f si="{column.group}" t="shared" ref="{cells}">{escaped(formula)}</f>'

    # ------------------------------------------------------------------------------------------------ many at a time

    def _block(self, start: int, stop: int) -> Iterator[str]:
        """Yield the cells of each of the rows start … stop − 1."""
        self._check_fixed(start, stop)
        slices = [column.filled.values[start:stop] for column in self._open]
        numbers = [values for column, values in zip(self._open, slices, strict=True) if not column.is_text]
        block = np.stack(numbers, axis=1).astype(np.float64, copy=False) if numbers else np.empty((stop - start, 0))
        errors, odd = ~np.isfinite(block), self._odd_rows(slices)
        sound = self._template(bytes(len(self._open)))
        anything = bool(odd) or bool(errors.any())
        for offset, values in enumerate(self._rows_of_texts(block, slices, odd)):
            row = self._table.first_row + start + offset
            if anything and offset in odd:
                yield self._cells(start + offset)
            elif anything and errors[offset].any():
                yield self._with_errors(row, errors[offset], values)
            else:
                yield self._told(sound, row) % values

    def _check_fixed(self, start: int, stop: int) -> None:
        for column, number in self._fixed.items():
            if (column.filled.values[start:stop] != number).any():
                raise ValueError(f"every row of {column.filled.header} fetches one cell, but its values differ")

    def _odd_rows(self, slices: list[np.ndarray]) -> set[int]:
        """Return the rows with no proper text in a column of texts: an empty one, an error, a truth value."""
        texts = (values for column, values in zip(self._open, slices, strict=True) if column.is_text)
        return {
            row for values in texts for row, value in enumerate(values.tolist()) if type(value) is not str or not value
        }

    def _rows_of_texts(self, block: np.ndarray, slices: list[np.ndarray], odd: set[int]) -> Iterator[tuple[str, ...]]:
        """Return for each row the texts for the "%s" of its template; those of an odd row have no meaning."""
        texts, width = number_texts(block), block.shape[1]
        if width == len(slices):
            each = iter(texts)
            return zip(*[each] * width, strict=True) if width else repeat((), len(block))
        columns: list[list[str]] = []
        number = 0
        for column, values in zip(self._open, slices, strict=True):
            if column.is_text:
                words = ("" if row in odd else value for row, value in enumerate(values.tolist()))
                columns.append([self._word(column, word) for word in words])
            else:
                columns.append(texts[number::width])
                number += 1
        return zip(*columns, strict=True)

    def _word(self, column: _Column, word: str) -> str:
        if not word:
            return ""
        return str(self._strings.number(word)) if column.filled.fill is None else cell_text(word)

    def _with_errors(self, row: int, errors: np.ndarray, values: tuple[str, ...]) -> str:
        """Return the cells of a row in which some numbers are errors (NaN)."""
        of_numbers = iter(errors.tolist())
        pattern = bytes(not column.is_text and next(of_numbers) for column in self._open)
        told = tuple(value for value, error in zip(values, pattern, strict=True) if not error)
        return self._told(self._template(pattern), row) % told

    def _template(self, errors: bytes) -> list[str]:
        """Return the template of a row: "%s" for each value, holes for numbers of other rows.

        It is in pieces, between which the number of the row itself belongs. `errors` has a 1 for each error.
        """
        if errors not in self._templates:
            error = iter(errors)
            pieces = (
                self._piece(column, number_texts(np.array([self._fixed[column]]))[0])
                if column in self._fixed
                else self._piece(column, "%s", error=bool(next(error)))
                for column in self._columns
            )
            self._templates[errors] = "".join(pieces).split(_hole(0))
        return self._templates[errors]

    def _piece(self, column: _Column, value: str, *, error: bool = False) -> str:
        fill, formula, kind = column.filled.fill, "", ""
        if column.group is not None:
            formula = _follower(column.group)
        elif fill is not None:
            text = "".join(escaped(part).replace("%", "%%") if isinstance(part, str) else _hole(part) for part in fill)
            formula = f"<f{spaces_kept(text)}>{text}</f>"
        if error:
            kind, value = ' t="e"', column.filled.error.value
        elif column.is_text:
            kind = ' t="s"' if fill is None else ' t="str"'
        return f'<c r="{column.letters}{_hole(0)}" s="{column.style}"{kind}>{formula}<v>{value}</v></c>'

    def _told(self, template: list[str], row: int) -> str:
        told = str(row).join(template)
        for offset in self._offsets:
            told = told.replace(_hole(offset), str(row + offset))
        return told


def _fixed_number(column: _Column) -> float | None:
    """Return the number of a column whose formula is the same in all rows, =$C$4, so that all are equal; or None."""
    fill = column.filled.fill
    if fill is None or column.is_text or not all(isinstance(part, str) for part in fill):
        return None
    number = float(column.filled.values[:1][0])
    return number if isfinite(number) else None


def _hole(offset: int) -> str:
    """Return the placeholder for the number of the row `offset` rows below; no text of a workbook can contain it."""
    return f"\x00{offset}\x00" if offset else "\x01"


def _follower(group: int) -> str:
    return f'<f si="{group}" t="shared"/>'


def _first_row_is_like_the_rest(filled: Filled, first_row: int) -> bool:
    if filled.fill is None or filled.constant_first:
        return False
    return filled.first is None or filled.first == fill_text(filled.fill, first_row)


def can_be_shared(filled: Filled) -> bool:
    """Return whether the file can store a column's formula once, as a shared formula for all rows.

    The format forbids other sheets and array constants in it. And when a shared formula is moved down, exactly its
    relative references change; so these must be exactly the row numbers of the fill.
    """
    if filled.fill is None or any("!" in part or "{" in part for part in filled.fill if isinstance(part, str)):
        return False
    return _moves_alike(tuple(_in_column_a(part) for part in filled.fill))


def _in_column_a(part: str | int) -> str | int:
    """Return a part of a fill with its column letters replaced by A, as they do not matter to a move down."""
    return part if isinstance(part, int) else re.sub(r"(?<![A-Za-z0-9_.])[A-Z]{1,3}(?=$|\$[1-9])", "A", part)


@lru_cache(maxsize=1024)
def _moves_alike(fill: Fill) -> bool:
    row = 1 + max((abs(part) for part in fill if isinstance(part, int)), default=0)
    moved = Translator("=" + fill_text(fill, row), origin=f"A{row}").translate_formula(f"A{row + 1}")
    return bool(moved == "=" + fill_text(fill, row + 1))
