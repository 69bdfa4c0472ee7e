"""A sheet as it is read: bands of rows that look alike, each with its formulas told once and its numbers in an array.

A filled-down column has one formula, whichever way a file stores it: shared, or written out in every row. So a table
of any length is a few bands, and what is compared is a formula a band and arrays of numbers.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Generic, NamedTuple, TypeVar
from xml.etree.ElementTree import Element

import numpy as np

from xlbackprop.workbook import NumberBand, Place, SheetValues, Value
from xlbackprop.xlsx.read.formula_text import RelativeFormula
from xlbackprop.xlsx.read.package import MAIN, DamagedWorkbook, tree_of

LOWEST_ROW = 5.0  # points; a row that is lower shows no number that one can read
MAX_GAP = 16  # columns without a cell that an area may have
_SHEET, _SHEET_DATA = f"{MAIN}worksheet", f"{MAIN}sheetData"
_IN_ROWS = ("sheetData", "row", "c")
_REPEATED = (f"{MAIN}conditionalFormatting", f"{MAIN}cols")  # of all else a sheet has one
_Key = TypeVar("_Key", bound=tuple[Any, ...])


class ReadCell(NamedTuple):
    """One cell of a file: its formula without "=", or None, and its stored value, which may be out of date.

    `style` is the index of its format in the file.
    """

    formula: str | None
    value: Value | None
    style: int = 0


class Pattern(NamedTuple):
    """What rows that look alike have in common, cell by cell from left to right; empty cells are left out.

    `columns` ascend; `formulas` has None for a constant; `styles` are indices of formats in the file.
    """

    columns: tuple[int, ...]
    formulas: tuple[RelativeFormula | None, ...]
    styles: tuple[int, ...]


class Area(NamedTuple):
    """A rectangle of cells; rows and columns are counted from 1, and the last ones belong to it."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """Rows from `first_row` on, one below the other, with one pattern.

    `numbers` is (rows, cells), NaN where no number is stored.
    """

    first_row: int
    pattern: Pattern
    numbers: np.ndarray

    @property
    def rows(self) -> range:
        """The numbers of its rows."""
        return range(self.first_row, self.first_row + len(self.numbers))


@dataclass(frozen=True, eq=False)
class ReadSheet(Mapping[Place, ReadCell]):
    """A sheet of a file, (row, column) → cell; empty cells are absent.

    `bands` go from top to bottom, and no two have a row in common. `others` are the stored values that are no numbers.
    `frame` is the sheet's XML without its rows: what stands before and after them. `hidden_rows` are not shown.
    """

    bands: Sequence[Band]
    others: Mapping[Place, Value]
    frame: Element
    hidden_rows: Sequence[int] = ()

    @cached_property
    def stored(self) -> SheetValues:
        """The stored values, of formulas and of constants."""
        bands = [NumberBand(band.first_row, band.pattern.columns, band.numbers) for band in self.bands]
        return SheetValues(bands, self.others)

    def areas(self) -> Iterator[Area]:
        """Yield rectangles that hold all cells, and few empty ones, from top to bottom."""
        for band in self.bands:
            columns = band.pattern.columns
            gaps = [index for index, (one, other) in enumerate(pairwise(columns), 1) if other - one > MAX_GAP]
            for start, stop in pairwise([0, *gaps, len(columns)]):
                yield Area(band.first_row, columns[start], band.rows.stop - 1, columns[stop - 1])

    @cached_property
    def _first_rows(self) -> list[int]:
        return [band.first_row for band in self.bands]

    def bands_in(self, rows: range) -> Iterator[Band]:
        """Yield the bands that have a row in common with these rows."""
        index = max(0, bisect_right(self._first_rows, rows.start) - 1)
        for band in self.bands[index:]:
            if band.first_row >= rows.stop:
                return
            if band.rows.stop > rows.start:
                yield band

    def _cell(self, band: Band, row: int, index: int) -> ReadCell:
        columns, formulas, styles = band.pattern
        number = float(band.numbers[row - band.first_row, index])
        is_number = number == number  # noqa: PLR0124 -- NaN is no number
        value = number if is_number else self.others.get((row, columns[index]))
        formula = formulas[index]
        return ReadCell(None if formula is None else formula.at(row), value, styles[index])

    def __getitem__(self, place: Place) -> ReadCell:
        row, column = place
        for band in self.bands_in(range(row, row + 1)):
            columns = band.pattern.columns
            index = bisect_left(columns, column)
            if index < len(columns) and columns[index] == column:
                return self._cell(band, row, index)
        raise KeyError(place)

    def __iter__(self) -> Iterator[Place]:
        for band in self.bands:
            for row in band.rows:
                yield from ((row, column) for column in band.pattern.columns)

    def __len__(self) -> int:
        return sum(band.numbers.size for band in self.bands)


class RowBuilder(Generic[_Key]):
    """Gathers rows that come one by one; rows that look alike and follow each other become one band.

    What rows have in common is a tuple whose first entry are their columns.
    """

    def __init__(self) -> None:
        self.others: dict[Place, Value] = {}
        self._bands: list[tuple[int, _Key, array[float]]] = []
        self._next_row = 0

    def add(self, row: int, pattern: _Key, numbers: Sequence[float]) -> None:
        """Add a row, which lies below all others; a number is NaN where none is stored. An empty one is left out."""
        if not numbers:
            return
        if row != self._next_row or self._bands[-1][1] != pattern:
            self._bands.append((row, pattern, array("d")))
        self._bands[-1][2].extend(numbers)
        self._next_row = row + 1

    def bands(self) -> Iterator[tuple[int, _Key, np.ndarray]]:
        """Yield the bands: the first row, what its rows have in common, and the numbers (rows, cells)."""
        for first_row, pattern, numbers in self._bands:
            yield first_row, pattern, np.frombuffer(numbers).reshape(-1, len(pattern[0]))


def frame_of(xml: bytes) -> Element:
    """Return the XML of a sheet without its rows as a tree; in `xml` there is an empty element in their place.

    Raises DamagedWorkbook where something stands twice or where some programs do not look for it.
    """
    frame = tree_of(xml)
    if frame.tag != _SHEET:
        raise DamagedWorkbook("one of its sheets holds no cells, but something else.")
    if (rows := frame.find(_SHEET_DATA)) is not None and not len(rows):
        frame.remove(rows)
    names = [element.tag for element in frame if element.tag not in _REPEATED]
    if len(set(names)) < len(names):
        again = next(name for name in names if names.count(name) > 1).rpartition("}")[2]
        raise DamagedWorkbook(f"a sheet has an element {again!r} twice.")
    for element in frame.iter():
        if element.tag.rpartition("}")[2] in _IN_ROWS:
            raise DamagedWorkbook("a sheet has cells outside of its rows.")
    return frame
