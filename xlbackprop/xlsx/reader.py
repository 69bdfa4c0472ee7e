"""Any program's .xlsx → its cells: formula texts and stored values, read with the standard library alone.

Files come from strangers: a part that is too large, a document type or an entity is refused, nothing outside the file
is opened, and whatever cannot be read is said as an InputError. Stored values are handed on as they stand; whether
they are true is not asked here.
"""

from __future__ import annotations

import errno
import posixpath
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from xlbackprop.document import MAX_COLUMNS, MAX_ROWS, ErrorValue, Value, stored
from xlbackprop.errors import InputError, Problem
from xlbackprop.xlsx.formula_text import Pattern, column_number, normal_formula

__all__ = ["Cells", "ReadCell", "normal_formula", "read_workbook"]

MAX_PART = 500_000_000  # bytes of one part, unpacked
MAX_EXPANDED = 500_000_000  # characters of all formulas that shared ones stand for
MAX_TEXT = 100_000  # characters of one formula; Excel allows 8,192, other programs a little more
_OLD_OFFICE_FILE = b"\xd0\xcf\x11\xe0"  # .xls, and the wrapping of a file with a password

_BOOK = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",  # what Excel calls "Strict Open XML Spreadsheet"
)
_ID = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships id",
    "http://purl.oclc.org/ooxml/officeDocument/relationships id",
)
_RELATIONSHIP = "http://schemas.openxmlformats.org/package/2006/relationships Relationship"
_ERRORS = {error.value: error for error in ErrorValue}


@dataclass(frozen=True, slots=True)
class ReadCell:
    """What stands in one cell of a file: its formula without "=", and the value stored with it, which may be stale."""

    formula: str | None
    value: Value | None


Cells = dict[tuple[int, int], ReadCell]


class DamagedWorkbook(Exception):  # noqa: N818 -- it never leaves this room; InputError does
    """Why a file cannot be read: what is wrong, and what helps."""

    def __init__(self, what: str, hint: str = "") -> None:
        self.what, self.hint = what, hint
        super().__init__(what, hint)


def read_workbook(path: Path) -> dict[str, Cells]:
    """Return sheet name → (row, column) → cell of an .xlsx file; empty cells are absent.

    Shared formulas are written out for every cell; each cell of an array formula's block has the block's formula.
    Raises InputError where the file is not a readable .xlsx workbook.
    """
    with workbook_package(path) as package:
        strings = _shared_strings(package)
        return {name: _read_sheet(package, part, strings) for name, part in package.sheets.items()}


# -------------------------------------------------------------------------------------------------------- the package


@dataclass(slots=True)
class Package:
    """An open .xlsx file: the parts of its sheets by name, and the part of its shared texts."""

    archive: ZipFile
    sheets: dict[str, str] = field(default_factory=dict)
    strings: str | None = None

    def open(self, part: str) -> IO[bytes]:
        """Open one part. Raises DamagedWorkbook where it is absent or too large."""
        try:
            entry = self.archive.getinfo(part)
        except KeyError:
            raise DamagedWorkbook(f"its part {part} is missing.") from None
        if entry.file_size > MAX_PART:  # ZipFile never unpacks more than this number says
            raise DamagedWorkbook(f"its part {part} is larger than {MAX_PART:,} bytes.")
        if entry.flag_bits & 1:
            raise DamagedWorkbook("it is encrypted.", "Save it without a password.")
        return self.archive.open(entry)


@contextmanager
def workbook_package(path: Path) -> Iterator[Package]:
    """Open a workbook file, and say as an InputError whatever goes wrong while it is read."""
    try:
        with _archive(path) as archive:
            package = Package(archive)
            _find_parts(package)
            yield package
    except DamagedWorkbook as fault:
        raise InputError(str(path), [Problem("", fault.what, fault.hint)]) from fault
    except OSError as fault:
        if fault.errno != errno.EINVAL:  # a place in the zip that cannot be; anything else is trouble with the disk
            raise
        raise _damaged(path, fault) from fault
    except (expat.ExpatError, BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, LookupError) as fault:
        raise _damaged(path, fault) from fault


def _damaged(path: Path, fault: Exception) -> InputError:
    reason = str(fault).rstrip(".") or "it ends too early"
    return InputError(str(path), [Problem("", f"it is damaged: {reason}.")])


def _archive(path: Path) -> ZipFile:
    xlsx = "Save it as an Excel workbook (.xlsx)."
    if path.is_dir():
        raise DamagedWorkbook("this is a folder, not a workbook.")
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except FileNotFoundError:
        raise DamagedWorkbook("there is no such file.") from None
    except OSError as fault:
        raise DamagedWorkbook(f"it cannot be opened: {fault.strerror}.") from fault
    if start == _OLD_OFFICE_FILE:
        raise DamagedWorkbook("it is an old .xls file, or it has a password.", xlsx)
    try:
        return ZipFile(path)
    except BadZipFile:
        raise DamagedWorkbook("it is not an .xlsx file.", xlsx) from None


def _find_parts(package: Package) -> None:
    names = set(package.archive.namelist())
    roots = _relationships(package, "") if "_rels/.rels" in names else []
    book = next((target for _, kind, target in roots if kind == "officeDocument"), None)
    if book is None or book not in names or book.endswith(".bin"):
        raise DamagedWorkbook("it has no workbook in it.", "Save it as an Excel workbook (.xlsx).")
    places = {}
    for key, kind, target in _relationships(package, book):
        if kind == "worksheet":
            places[key] = target
        elif kind == "sharedStrings":
            package.strings = target

    def start(name: str, attributes: dict[str, str]) -> None:
        if name in _names("sheet"):
            place = places.get(next((attributes[key] for key in _ID if key in attributes), ""))
            if place is not None:  # a chart sheet has no cells
                package.sheets[attributes.get("name", "")] = place

    parse(package.open(book), start)


def _relationships(package: Package, part: str) -> list[tuple[str, str, str]]:
    """Return (id, kind, part) of what a part refers to inside the file; links to the outside are left out."""
    folder, name = posixpath.split(part)
    found = []

    def start(element: str, attributes: dict[str, str]) -> None:
        if element == _RELATIONSHIP and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "")))
            kind = attributes.get("Type", "").rpartition("/")[2]
            found.append((attributes.get("Id", ""), kind, target.lstrip("/")))

    parse(package.open(posixpath.join(folder, "_rels", f"{name}.rels")), start)
    return found


# ---------------------------------------------------------------------------------------------------------------- XML


def _names(tag: str) -> tuple[str, ...]:
    return tuple(f"{space} {tag}" for space in _BOOK)


def parse(
    file: IO[bytes],
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Read XML piece by piece; names arrive as "namespace name". Raises DamagedWorkbook at a document type."""
    parser = secure_parser()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    with file:
        parser.ParseFile(file)


def secure_parser() -> expat.XMLParserType:
    """Return a parser that knows namespaces and refuses document types: entities can swell without end."""

    def refuse(*_: object) -> None:
        raise DamagedWorkbook("it has a document type in its XML, which no workbook has.")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    return parser


# -------------------------------------------------------------------------------------------------------------- texts

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")  # how the format writes a control character


def _text(raw: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), raw) if "_x" in raw else raw


def _shared_strings(package: Package) -> list[str]:
    strings: list[str] = []
    if package.strings is None:
        return strings
    pieces: list[str] = []
    reading = [False, False]  # inside a text; inside a pronunciation guide, which is not part of the text
    items, texts, guides = _names("si"), _names("t"), _names("rPh")

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

_PLACE = re.compile("([A-Z]{1,3})([0-9]{1,7})")
_TAGS = {f"{space} {tag}": tag for space in _BOOK for tag in ("row", "c", "f", "v", "is", "t", "rPh")}


def place_of(reference: str) -> tuple[int, int]:
    """Return (row, column) of "C4". Raises DamagedWorkbook where no sheet has such a cell."""
    match = _PLACE.fullmatch(reference)
    if match is not None:
        row, column = int(match[2]), column_number(match[1])
        if 1 <= row <= MAX_ROWS and column <= MAX_COLUMNS:
            return row, column
    raise DamagedWorkbook(f"it has a cell {reference!r}, which no sheet has.")


def block_of(reference: str) -> tuple[int, int, int, int]:
    """Return (first row, first column, last row, last column) of "C4:D9" or "C4"."""
    first, _, last = reference.partition(":")
    return (*place_of(first), *place_of(last or first))


class _SheetReader:
    """Gathers the cells of one sheet while its XML goes by."""

    def __init__(self, strings: list[str]) -> None:
        self.strings = strings
        self.cells: Cells = {}
        self.blocks: list[tuple[tuple[int, int, int, int], str]] = []  # of array formulas
        self.masters: dict[str, tuple[int, int, str]] = {}
        self.children: list[tuple[int, int, str, Value | None]] = []
        self.row, self.column, self.kind = 0, 0, "n"
        self.formula: dict[str, str] | None = None
        self.pieces: dict[str, list[str]] = {"f": [], "v": [], "t": []}
        self.has_value = self.inside_guide = False
        self.reading: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match _TAGS.get(name):
            case "c":
                self._begin_cell(attributes)
            case "f":
                self.formula = attributes
                self.reading = self.pieces["f"]
            case "v":
                self.has_value = True
                self.reading = self.pieces["v"]
            case "t" if not self.inside_guide:
                self.has_value = True
                self.reading = self.pieces["t"]
            case "rPh":
                self.inside_guide = True
            case "row":
                self.row = int(attributes["r"]) if "r" in attributes else self.row + 1
                self.column = 0

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
        if "r" in attributes:
            self.row, self.column = place_of(attributes["r"])
        else:  # some programs count instead of naming
            self.column += 1
        self.kind = attributes.get("t", "n")
        self.formula = None
        self.has_value = False
        for pieces in self.pieces.values():
            pieces.clear()

    def _end_cell(self) -> None:
        value = self._value() if self.has_value else None
        if self.formula is None:
            if value is not None and value != "":
                self.cells[self.row, self.column] = ReadCell(None, value)
            return
        formula, kind = "".join(self.pieces["f"]), self.formula.get("t")
        if len(formula) > MAX_TEXT:
            raise DamagedWorkbook(f"it has a formula of {len(formula):,} characters.")
        if kind == "shared" and not formula:
            self.children.append((self.row, self.column, self.formula.get("si", ""), value))
            return
        if kind == "shared" and "ref" in self.formula:
            self.masters[self.formula.get("si", "")] = self.row, self.column, formula
        elif kind == "array" and ":" in self.formula.get("ref", ""):
            self.blocks.append((block_of(self.formula["ref"]), formula))
        self.cells[self.row, self.column] = ReadCell(formula, value)

    def _value(self) -> Value | None:
        if self.kind == "inlineStr":
            return _text("".join(self.pieces["t"]))
        raw = "".join(self.pieces["v"])
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
                return stored(float(raw)) if raw.strip() else None

    def _shared_string(self, raw: str) -> str:
        try:
            return self.strings[int(raw)]
        except (IndexError, ValueError):
            raise DamagedWorkbook(f"it refers to a text number {raw!r} that it does not have.") from None

    def finish(self) -> Cells:
        self._write_out_shared()
        for (top, left, bottom, right), formula in self.blocks:
            for (row, column), cell in self.cells.items():
                if top <= row <= bottom and left <= column <= right and cell.formula is None:
                    self.cells[row, column] = ReadCell(formula, cell.value)
        return self.cells

    def _write_out_shared(self) -> None:
        patterns = {group: Pattern(*master) for group, master in self.masters.items()}
        room = MAX_EXPANDED
        for row, column, group, value in self.children:
            pattern = patterns.get(group)
            if pattern is None:
                raise DamagedWorkbook(f"its shared formula number {group!r} is missing.")
            formula = pattern.at(row, column)
            room -= len(formula)
            if room < 0:
                raise DamagedWorkbook("its shared formulas are too many to be written out.")
            self.cells[row, column] = ReadCell(formula, value)


def _read_sheet(package: Package, part: str, strings: list[str]) -> Cells:
    reader = _SheetReader(strings)
    parse(package.open(part), reader.start, reader.end, reader.text)
    return reader.finish()
