"""A stranger's workbook: the formulas of its cells, the numbers that they give, and what is drawn beside them.

A number is what an engine makes of the formulas from nothing. Where it cannot (a function that it does not know), the
number that the file has stored counts; it has only as many digits as the program that saved it wrote.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from xlbackprop.classroom.strangers import as_xlsx
from xlbackprop.engines import FORMUALIZER, BlindCopy, EngineFailed
from xlbackprop.machine import temporary_folder
from xlbackprop.workbook import ErrorValue, Place, SheetValues, Value, address, quoted
from xlbackprop.xlsx.read import (
    DamagedWorkbook,
    Package,
    ReadSheet,
    RelativeFormula,
    Surroundings,
    read_sheets,
    read_surroundings,
    workbook_package,
)

MOST_SHEETS = 256  # whose cells are looked at
_NOTHING = SheetValues((), {})


@dataclass(frozen=True, eq=False)
class BookSheet:
    """One sheet: its cells as read, and the values that an engine calculated for them."""

    name: str
    read: ReadSheet
    calculated: SheetValues

    @cached_property
    def texts(self) -> Mapping[Place, str]:
        """The cells that hold a text, typed or calculated."""
        texts = {place: value for place, value in self.read.others.items() if isinstance(value, str)}
        calculated = {place: value for place, value in self.calculated.others.items() if isinstance(value, str)}
        return calculated | texts

    def formula(self, place: Place) -> str | None:
        """Return the formula of a cell, without "="; None where it has none."""
        cell = self.read.get(place)
        return None if cell is None else cell.formula

    def value(self, place: Place) -> Value | None:
        """Return what a cell shows: the calculated value of a formula, the typed value; None where it is empty."""
        cell = self.read.get(place)
        if cell is None:
            return None
        if cell.formula is None:
            return cell.value
        calculated = self.calculated.get(place)
        return cell.value if calculated is None or isinstance(calculated, ErrorValue) else calculated

    def number(self, place: Place) -> float:
        """Return the number of a cell; NaN where there is none. A text like "0,05" is a number, as programs read it."""
        return as_number(self.value(place))

    def numbers(self, rows: Sequence[int], columns: Sequence[int]) -> Numbers:
        """Return the numbers of these rows and columns, each ascending."""
        if not rows or not columns:
            empty = np.zeros((len(rows), len(columns)))
            return Numbers(empty, empty, empty)
        span, across = range(rows[0], rows[-1] + 1), range(columns[0], columns[-1] + 1)
        down, right = np.array(rows) - rows[0], np.array(columns) - columns[0]
        stored = self.read.stored.numbers(span, across)[np.ix_(down, right)]
        calculated = self.calculated.numbers(span, across)[np.ix_(down, right)]
        return Numbers(np.where(np.isnan(calculated), stored, calculated), stored, calculated)

    def formulas(self, rows: Sequence[int], column: int) -> list[RelativeFormula | None]:
        """Return the formulas of a column in these rows; those of a filled-down one are equal."""
        found: dict[int, RelativeFormula | None] = {}
        for band in self.read.bands_in(range(rows[0], rows[-1] + 1)):
            if column in band.pattern.columns:
                formula = band.pattern.formulas[band.pattern.columns.index(column)]
                found.update(dict.fromkeys(band.rows, formula))
        return [found.get(row) for row in rows]


@dataclass(frozen=True, eq=False)
class Numbers:
    """Numbers of some rows and columns, (rows, columns), NaN where none is: what counts, as stored, as calculated."""

    found: np.ndarray
    stored: np.ndarray
    calculated: np.ndarray


@dataclass(frozen=True, eq=False)
class Book:
    """A workbook with its sheets by name, in their order; `around` is None where charts and drawings cannot be read."""

    sheets: Mapping[str, BookSheet]
    around: Surroundings | None
    is_calculated: bool
    left_out: int = 0  # sheets that were not looked at

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The defined names, in small letters, with what they refer to."""
        return {} if self.around is None else self.around.names

    def drawn_texts(self) -> Iterator[tuple[str, str]]:
        """Yield the texts of shapes, each with the name of its sheet."""
        for name, sheet in ({} if self.around is None else self.around.sheets).items():
            if sheet is not None:
                yield from ((name, drawing.text) for drawing in sheet.drawings if drawing.text)

    def place_in_words(self, sheet: str, place: Place) -> str:
        """Return an address with its sheet where there are several: 'LR 0.1'!G41."""
        return address(*place) if len(self.sheets) == 1 else f"{quoted(sheet)}!{address(*place)}"


def read_book(path: Path) -> Book:
    """Return a workbook, .xlsx or .ods, with its formulas calculated anew. Raises InputError where it is unreadable."""
    with as_xlsx(path) as source, temporary_folder() as folder:
        blind = folder / "blind.xlsx"
        with workbook_package(source) as package:
            sheets = read_sheets(package, blind)
            around = _surroundings(package, sheets)
        areas = {name: [*sheet.areas()] for name, sheet in sheets.items()}
        try:
            (values,) = FORMUALIZER.recalculate([BlindCopy(blind, areas)])
        except EngineFailed:
            values = None
    names = [*sheets][:MOST_SHEETS]
    found = {name: BookSheet(name, sheets[name], (values or {}).get(name, _NOTHING)) for name in names}
    return Book(found, around, values is not None, len(sheets) - len(names))


def _surroundings(package: Package, sheets: Mapping[str, ReadSheet]) -> Surroundings | None:
    try:
        return read_surroundings(package, sheets)
    except (DamagedWorkbook, ValueError):
        return None


def as_number(value: Value | None) -> float:
    """Return a value as a number; NaN where it is none. A text like "0,05" is one."""
    match value:
        case bool() | ErrorValue() | None:
            return np.nan
        case int() | float():
            return float(value)
        case str():
            return text_as_number(value)
    return np.nan


def text_as_number(text: str) -> float:
    """Return the number that a text shows, "0,05" or "5 %"; NaN where it shows none."""
    text = text.strip().replace("\u2212", "-").replace("\u00a0", "")
    percent = text.endswith("%")
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    try:
        number = float(text.rstrip("% ")) if text[:1] in "+-.0123456789" and text else np.nan
    except ValueError:
        return np.nan
    return number / 100 if percent else number
