"""A copy of a workbook without its stored values, so that a program which only repeats them has nothing to repeat.

In the place of a formula that a program cannot calculate it can have a number or a text, as if that had been typed, so
that the program can calculate the formulas that refer to it.

The XML is not written anew: the stored values are cut out of its text, and every other byte of a part stays as it was.
A formula cell gets the type "n", which is that of a cell without a type anyway: IronCalc prints a complaint about each
cell that has neither a type nor a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfileobj
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from xlbackprop.errors import InputError, Problem
from xlbackprop.workbook import ErrorValue, Value
from xlbackprop.xlsx.read.package import DamagedWorkbook, book_tags, secure_parser, workbook_package
from xlbackprop.xlsx.read.reader import Block, Place, Places, block_of, inside_blocks

BLOCK_SIZE = 1 << 20  # bytes that are copied at once

# Quotes are stepped over whole: a ">" in an attribute does not end a tag, nor is a "t=" in one its type.
_TAG = re.compile(rb"""<(?:[^"'>]++|"[^"]*+"|'[^']*+')*+>""")
_ATTRIBUTE = re.compile(rb"""\s([^\s=]++)\s*+=\s*+(?:"[^"]*+"|'[^']*+')""")
_TAGS = {name: tag for tag in ("row", "c", "f", "v", "is") for name in book_tags(tag)}

Span = tuple[int, int]


Given = Mapping[str, Mapping[Place, Value]]  # sheet → (row, column) → the value in place of the formula


def blind_copy(source: Path, target: Path, given: Given | None = None) -> None:
    """Write a copy of a workbook in which no formula cell has a value; all else is the same.

    Formula cells in `given` get the value there instead of their formula. Where one of them shares its formula, all
    cells that share it must be given.
    Raises InputError where `source` is not a readable .xlsx workbook, or is `target` itself.
    """
    if target.exists() and source.exists() and target.samefile(source):
        raise InputError(str(source), [Problem("", "a copy without values would replace the workbook itself.")])
    with workbook_package(source) as package, ZipFile(target, "w", ZIP_DEFLATED) as copy:
        sheets = {part: (given or {}).get(name, {}) for name, part in package.sheets.items()}
        for entry in package.archive.infolist():
            with package.open(entry.filename) as part, copy.open(_entry(entry.filename), "w") as copied:
                if entry.filename in sheets:
                    copied.write(blinded(part.read(), sheets[entry.filename]))
                else:
                    copyfileobj(part, copied, BLOCK_SIZE)


def _entry(name: str) -> ZipInfo:
    """Return a zip entry with a fixed time; the clock may be before 1980, which a zip file cannot store."""
    entry = ZipInfo(name)
    entry.compress_type = ZIP_DEFLATED
    return entry


@dataclass(slots=True)
class _Cell:
    """One cell, with the positions of its tag, values and formula in the sheet's XML, in bytes."""

    tag: int
    place: Place
    has_type: bool
    calculated: bool = False
    values: list[Span] = field(default_factory=list)
    formula: Span = (0, 0)  # (0, 0) where no cell is given a value


def blinded(xml: bytes, given: Mapping[Place, Value] | None = None) -> bytes:
    """Return a sheet's XML without the values of its formula cells, whatever its namespace prefixes are.

    Formula cells in `given`, (row, column) → value, get that value instead of their formula.
    """
    pieces: list[bytes] = []
    done = 0
    for start, end, instead in _changes(xml, _cells(xml, with_formulas=bool(given)), given or {}):
        pieces += xml[done:start], instead
        done = end
    pieces.append(xml[done:])
    return b"".join(pieces)


def _changes(xml: bytes, cells: list[_Cell], given: Mapping[Place, Value]) -> Iterator[tuple[int, int, bytes]]:
    """Yield the pieces of the XML to be replaced, as (start, end, new bytes), in the order of the file."""
    for cell in cells:
        if not cell.calculated:
            continue
        kind, text = _written(given[cell.place]) if cell.place in given else ("n", "")
        yield (*_type(xml, cell), f' t="{kind}"'.encode())
        if cell.place in given and cell.formula != (0, 0):
            prefix = _PREFIX.match(xml, cell.formula[0])
            tag = (prefix[1] if prefix else b"") + b"v"
            yield (*cell.formula, b"<%b>%b</%b>" % (tag, text.encode(), tag))
        for start, end in cell.values:
            yield start, end, b""


_PREFIX = re.compile(rb"<([^\s:>/]*:|)f")


def _written(value: Value) -> tuple[str, str]:
    """Return the type of a cell with this value, and the value as its XML writes it: ("n", "0.3"), ("b", "1")."""
    match value:
        case ErrorValue():
            return "e", value.value
        case bool():
            return "b", str(int(value))
        case str():
            return "str", escape(value)
        case _:
            return "n", repr(float(value))


def _type(xml: bytes, cell: _Cell) -> Span:
    """Return the (start, end) of the type attribute in a cell's tag; where it has none, an empty span to insert it."""
    end = _tag_end(xml, cell.tag)
    for match in _ATTRIBUTE.finditer(xml, cell.tag, end) if cell.has_type else ():
        if match[1] == b"t":
            return match.span()
    room = end - (2 if _is_empty(xml, end) else 1)
    return room, room


def _tag_end(xml: bytes, start: int) -> int:
    tag = _TAG.match(xml, start)
    if tag is None:
        raise DamagedWorkbook("its XML has a tag without an end.")
    return tag.end()


def _is_empty(xml: bytes, tag_end: int) -> bool:
    return xml[tag_end - 2 : tag_end] == b"/>"


def _cells(xml: bytes, *, with_formulas: bool) -> list[_Cell]:
    """Return every cell of a sheet; all cells in the block of an array formula or data table count as calculated."""
    reader = _CellFinder(xml, with_formulas)
    if reader.blocks:
        by_place = {cell.place: cell for cell in reader.cells}
        for place, _ in inside_blocks(by_place, reader.blocks):
            by_place[place].calculated = True
    return reader.cells


class _CellFinder:
    """Finds the cells while the XML is parsed. Only tags inside a cell count: there are f tags elsewhere, too."""

    def __init__(self, xml: bytes, with_formulas: bool) -> None:
        _refuse_other_encodings(xml)
        self.xml, self.with_formulas = xml, with_formulas
        self.places = Places()
        self.cells: list[_Cell] = []
        self.cell: _Cell | None = None
        self.blocks: list[tuple[Block, str]] = []
        self.element_start = 0
        self.parser = secure_parser()
        self.parser.XmlDeclHandler = _refuse_declared_encoding
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.Parse(xml, True)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match _TAGS.get(name):
            case "row":
                self.places.begin_row(attributes)
            case "c":
                place = self.places.begin_cell(attributes)
                self.cell = _Cell(self.parser.CurrentByteIndex, place, "t" in attributes)
                self.cells.append(self.cell)
            case "v" | "is":
                self.element_start = self.parser.CurrentByteIndex
            case "f" if self.cell is not None:
                self.cell.calculated = True
                self.element_start = self.parser.CurrentByteIndex
                if attributes.get("t") in ("array", "dataTable") and ":" in attributes.get("ref", ""):
                    self.blocks.append((block_of(attributes["ref"]), ""))

    def end(self, name: str) -> None:
        tag = _TAGS.get(name)
        if tag == "c":
            self.cell = None
        elif tag in ("v", "is") and self.cell is not None:
            self.cell.values.append(self.element())
        elif tag == "f" and self.cell is not None and self.with_formulas:
            self.cell.formula = self.element()

    def element(self) -> Span:
        """Return the (start, end) in bytes of the element that ends here."""
        opening_end = _tag_end(self.xml, self.element_start)
        empty = _is_empty(self.xml, opening_end)  # for <v/> the parser reports no closing tag of its own
        end = opening_end if empty else self.xml.index(b">", self.parser.CurrentByteIndex) + 1
        return self.element_start, end


def _refuse_other_encodings(xml: bytes) -> None:
    if b"\0" in xml[:4] or xml.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _other_encoding("UTF-16")


def _refuse_declared_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.upper() not in ("UTF-8", "US-ASCII"):
        raise _other_encoding(encoding)


def _other_encoding(encoding: str) -> DamagedWorkbook:
    what = f"one of its sheets is written in {encoding[:40]} instead of UTF-8."
    return DamagedWorkbook(what, "Save it again with Excel or LibreOffice.")
