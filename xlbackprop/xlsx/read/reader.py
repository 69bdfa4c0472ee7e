"""Any program's .xlsx file → its cells: formula texts and stored values, read with the standard library alone.

Files come from strangers: `package.py` opens them with care, and a sheet that has one cell twice is refused here.
Stored values are returned as they are; whether they are true is not checked.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from xlbackprop.workbook import MAX_COLUMNS, MAX_ROWS, ErrorValue, Value, address, stored
from xlbackprop.xlsx.read.formula_text import Pattern, column_number, normal_formula
from xlbackprop.xlsx.read.package import DamagedWorkbook, Package, book_tags, check_formula, parse, workbook_package

__all__ = ["Cells", "ReadCell", "normal_formula", "read_places", "read_workbook"]

MAX_BLOCK = 1_000_000  # cells of one array formula
MAX_EXPANDED = 500_000_000  # characters of the shared formulas of a sheet, written out for every cell
_ERRORS = {error.value: error for error in ErrorValue}


@dataclass(frozen=True, slots=True)
class ReadCell:
    """One cell of a file: its formula without "=", or None, and its stored value, which may be out of date."""

    formula: str | None
    value: Value | None


Place = tuple[int, int]
Cells = dict[Place, ReadCell]


def read_workbook(path: Path) -> dict[str, Cells]:
    """Return the cells of an .xlsx file, sheet name → (row, column) → cell; empty cells are absent.

    Shared formulas are written out for every cell; each cell of an array formula's block has the block's formula.
    Raises InputError where the file is not a readable .xlsx workbook.
    """
    with workbook_package(path) as package:
        strings = _shared_strings(package)
        return {name: _read_sheet(package, part, strings) for name, part in package.sheets.items()}


def read_places(path: Path) -> dict[str, list[Place]]:
    """Return (row, column) of every cell of an .xlsx file, by sheet name, empty cells too; their contents are not read.

    Raises InputError where the file is not a readable .xlsx workbook.
    """
    with workbook_package(path) as package:
        return {name: _read_places(package, part) for name, part in package.sheets.items()}


# -------------------------------------------------------------------------------------------------------------- texts

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")  # how the format writes a control character


def _text(raw: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), raw) if "_x" in raw else raw


def _number(raw: str) -> Value:
    try:
        if "_" not in raw:  # which Python takes for a number
            return stored(float(raw))
    except ValueError:
        pass
    raise DamagedWorkbook(f"it has {raw[:20]!r} where a number should be.")


def _shared_strings(package: Package) -> list[str]:
    strings: list[str] = []
    if package.strings is None:
        return strings
    pieces: list[str] = []
    reading = [False, False]  # inside a text; inside a pronunciation guide, which is not part of the text
    items, texts, guides = book_tags("si"), book_tags("t"), book_tags("rPh")

    def start(name: str, _: dict[str, str]) -> None:
        if name in texts:
            reading[0] = True
        elif name in guides:
            reading[1] = True

    def end(name: str) -> None:
        if name in texts:
            reading[0] = False
        elif name in guides:
            reading[1] = False
        elif name in items:
            strings.append(_text("".join(pieces)))
            pieces.clear()

    parse(
        package.open(package.strings),
        start,
        end,
        lambda text: pieces.append(text) if reading == [True, False] else None,
    )
    return strings


# ------------------------------------------------------------------------------------------------------------- a sheet

Block = tuple[int, int, int, int]  # first row, first column, last row, last column

_LETTERS = re.compile("[A-Z]{1,3}")
_TAGS = {name: tag for tag in ("row", "c", "f", "v", "t", "rPh") for name in book_tags(tag)}


def place_of(reference: str) -> Place:
    """Return (row, column): (4, 3) for "C4". Raises DamagedWorkbook where no sheet has such a cell."""
    letters = reference.rstrip("0123456789")
    digits = reference[len(letters) :]
    column = _column_or_0(letters)
    if column and 1 <= len(digits) <= 7 and 1 <= (row := int(digits)) <= MAX_ROWS:
        return row, column
    raise DamagedWorkbook(f"it has a cell {reference[:20]!r}, which no sheet has.")


@lru_cache(maxsize=1024)
def _column_or_0(letters: str) -> int:
    """Return the number of a column by its letters, or 0 where no sheet has such a column."""
    number = column_number(letters) if _LETTERS.fullmatch(letters) else 0
    return number if number <= MAX_COLUMNS else 0


def block_of(reference: str) -> Block:
    """Return (first row, first column, last row, last column): (4, 3, 9, 4) for "C4:D9". "C4" is a block, too."""
    first, _, last = reference.partition(":")
    (top, left), (bottom, right) = place_of(first), place_of(last or first)
    return min(top, bottom), min(left, right), max(top, bottom), max(left, right)


class Places:
    """Finds the place of each cell while a sheet's XML is parsed; some programs leave out the addresses of cells."""

    def __init__(self) -> None:
        self.row = self.column = 0
        self.seen: set[int] = set()

    def begin_row(self, attributes: dict[str, str]) -> None:
        """Start the row whose tag has these attributes. Raises DamagedWorkbook where no sheet has such a row."""
        number = attributes.get("r", "")
        if number and not (number.isascii() and number.isdigit() and len(number) < 9):
            raise DamagedWorkbook(f"it has a row {number[:20]!r}, which no sheet has.")
        self.row = int(number) if number else self.row + 1
        self.column = 0

    def begin_cell(self, attributes: dict[str, str]) -> Place:
        """Return (row, column) of the cell whose tag has these attributes.

        Raises DamagedWorkbook where no sheet has such a cell, or where the sheet has it already.
        """
        if (reference := attributes.get("r")) is not None:
            self.row, self.column = place_of(reference)
        else:
            self.column += 1
            if not (1 <= self.row <= MAX_ROWS and self.column <= MAX_COLUMNS):
                raise DamagedWorkbook(f"it has a cell {self.column:,} of row {self.row:,}, which no sheet has.")
        number = self.row * (MAX_COLUMNS + 1) + self.column
        if number in self.seen:
            raise DamagedWorkbook(f"a sheet has the cell {address(self.row, self.column)} twice.")
        self.seen.add(number)
        return self.row, self.column


def inside_blocks(places: Iterable[Place], blocks: Iterable[tuple[Block, str]]) -> Iterator[tuple[Place, str]]:
    """Yield each place that lies in a block, with the text (a formula) that belongs to the block.

    It goes down the sheet once, and keeps the blocks that have begun in the order of their first columns.
    Raises DamagedWorkbook where two blocks overlap.
    """
    waiting = sorted(blocks, reverse=True)
    begun: list[tuple[Block, str]] = []
    first_columns: list[int] = []
    for row, column in sorted(places):
        while waiting and waiting[-1][0][0] <= row:
            _begin_block(begun, first_columns, waiting.pop())
        index = bisect_right(first_columns, column) - 1
        if index >= 0:
            (_, _, bottom, right), belonging = begun[index]
            if row <= bottom and column <= right:
                yield (row, column), belonging


def _begin_block(begun: list[tuple[Block, str]], first_columns: list[int], new: tuple[Block, str]) -> None:
    top, left, _, right = new[0]
    low = bisect_right(first_columns, left)
    if low and begun[low - 1][0][3] >= left:
        low -= 1
    high = bisect_right(first_columns, right)
    if any(bottom >= top for (_, _, bottom, _), _ in begun[low:high]):
        raise DamagedWorkbook(f"its array formula in {address(top, left)} lies over another one.")
    begun[low:high] = [new]  # the others have ended above it
    first_columns[low:high] = [left]


class _SheetReader:
    """Gathers the cells of one sheet while its XML is parsed."""

    def __init__(self, strings: list[str]) -> None:
        self.strings = strings
        self.cells: Cells = {}
        self.places = Places()
        self.blocks: list[tuple[Block, str]] = []  # of array formulas
        self.masters: dict[str, tuple[int, int, str]] = {}
        self.children: list[tuple[int, int, str, Value | None]] = []
        self.place, self.kind = (0, 0), "n"
        self.formula: dict[str, str] | None = None
        self.formula_pieces: list[str] = []
        self.value_pieces: list[str] = []
        self.inline_pieces: list[str] = []
        self.has_value = self.inside_guide = False
        self.reading: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match _TAGS.get(name):
            case "c":
                self._begin_cell(attributes)
            case "f":
                self.formula = attributes
                self.reading = self.formula_pieces
            case "v":
                self.has_value = True
                self.reading = self.value_pieces
            case "t" if not self.inside_guide:
                self.has_value = True
                self.reading = self.inline_pieces
            case "rPh":
                self.inside_guide = True
            case "row":
                self.places.begin_row(attributes)

    def text(self, text: str) -> None:
        if self.reading is not None:
            self.reading.append(text)

    def end(self, name: str) -> None:
        tag = _TAGS.get(name)
        self.reading = None
        if tag == "c":
            self._end_cell()
        elif tag == "rPh":
            self.inside_guide = False

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self.place = self.places.begin_cell(attributes)
        self.kind = attributes.get("t", "n")
        self.formula = None
        self.has_value = False
        self.formula_pieces.clear()
        self.value_pieces.clear()
        self.inline_pieces.clear()

    def _end_cell(self) -> None:
        value = self._value() if self.has_value else None
        if self.formula is None:
            if value is not None and value != "":
                self.cells[self.place] = ReadCell(None, value)
            return
        formula, kind = "".join(self.formula_pieces), self.formula.get("t")
        check_formula(formula)
        if kind == "shared" and not formula:
            self.children.append((*self.place, self.formula.get("si", ""), value))
            return
        if kind == "shared" and "ref" in self.formula:
            self.masters[self.formula.get("si", "")] = *self.place, formula
        elif kind == "array" and ":" in self.formula.get("ref", ""):
            self.blocks.append((self._block(self.formula["ref"]), formula))
        self.cells[self.place] = ReadCell(formula, value)

    def _block(self, reference: str) -> Block:
        top, left, bottom, right = block = block_of(reference)
        if (bottom - top + 1) * (right - left + 1) > MAX_BLOCK:
            raise DamagedWorkbook(f"it has an array formula over {reference}, more than {MAX_BLOCK:,} cells.")
        return block

    def _value(self) -> Value | None:
        if self.kind == "inlineStr":
            return _text("".join(self.inline_pieces))
        raw = "".join(self.value_pieces)
        match self.kind:
            case "s":
                return self._shared_string(raw)
            case "str":
                return _text(raw)
            case "b":
                return raw.strip() in ("1", "true")
            case "e":  # an error that has no name here is still an error
                return _ERRORS.get(raw, ErrorValue.VALUE)
            case "d":
                return raw
            case _:
                return _number(raw) if raw.strip() else None

    def _shared_string(self, raw: str) -> str:
        number = raw.strip()
        if number.isascii() and number.isdigit() and len(number) < 10 and int(number) < len(self.strings):
            return self.strings[int(number)]
        raise DamagedWorkbook(f"it refers to a text number {raw[:20]!r} that it does not have.")

    def finish(self) -> Cells:
        self._write_out_shared()
        if self.blocks:
            constants = [place for place, cell in self.cells.items() if cell.formula is None]
            for place, formula in inside_blocks(constants, self.blocks):
                self.cells[place] = ReadCell(formula, self.cells[place].value)
        return self.cells

    def _write_out_shared(self) -> None:
        patterns = {group: Pattern(*master) for group, master in self.masters.items()}
        room = MAX_EXPANDED
        for row, column, group, value in self.children:
            pattern = patterns.get(group)
            if pattern is None:
                raise DamagedWorkbook(f"its shared formula number {group[:20]!r} is missing.")
            formula = pattern.at(row, column)
            room -= len(formula)
            if room < 0:
                raise DamagedWorkbook("its shared formulas are too many to be written out.")
            self.cells[row, column] = ReadCell(formula, value)


def _read_sheet(package: Package, part: str, strings: list[str]) -> Cells:
    reader = _SheetReader(strings)
    parse(package.open(part), reader.start, reader.end, reader.text)
    return reader.finish()


def _read_places(package: Package, part: str) -> list[Place]:
    places, found = Places(), []

    def start(name: str, attributes: dict[str, str]) -> None:
        match _TAGS.get(name):
            case "c":
                found.append(places.begin_cell(attributes))
            case "row":
                places.begin_row(attributes)

    parse(package.open(part), start)
    return found
