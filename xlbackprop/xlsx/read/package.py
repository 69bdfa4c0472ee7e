"""An .xlsx file as a package: a zip of XML parts, opened with the care that an unknown file needs.

A file is refused that is too large, has two parts or sheets of one name, or has a document type in its XML. Nothing
outside of it is opened, and whatever goes wrong while it is read becomes an InputError.
"""

from __future__ import annotations

import errno
import posixpath
import re
import stat
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import Path
from typing import IO
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile, ZipInfo

from xlbackprop.errors import InputError, Problem

MAX_PART = 500_000_000  # bytes of one part, unpacked
MAX_TOTAL = 1_000_000_000  # bytes of all parts, unpacked
MAX_PARTS = 10_000
MAX_RATIO = 200  # how many times smaller a packed part may be, if it has more than RATIO_FROM bytes unpacked
RATIO_FROM = 1_000_000
MAX_FORMULA = 16_384  # characters of one formula; Excel allows 8,192, other programs write some functions longer
MAX_NESTING = 128  # brackets inside brackets; Excel allows 64, and programs that recurse can crash
_SIGNS = re.compile(rf"(?:[-+]\s*){{{MAX_NESTING + 1}}}")
_WHOLE = "Copy or download it once more, or save it anew in a spreadsheet program."
_ZIP = b"PK\3\4"
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


class DamagedWorkbook(Exception):  # noqa: N818 -- it never leaves this package; InputError does
    """Raised where a file cannot be read: `what` is the reason, `hint` the cure."""

    def __init__(self, what: str, hint: str = "") -> None:
        self.what, self.hint = what, hint
        super().__init__(what, hint)


@dataclass(slots=True)
class Package:
    """An open .xlsx file, with the names of its parts: `book`, `sheets` by their names, shared `strings` or None."""

    archive: ZipFile
    book: str = ""
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
    """Open a workbook file with its parts found. Raises InputError for whatever goes wrong, in the block too."""
    with opened_package(path) as package:
        _refuse_doubles(package.archive)
        _find_parts(package)
        yield package


@contextmanager
def opened_package(path: Path) -> Iterator[Package]:
    """Open a file that may be a workbook, without looking for its workbook part; so `book` and `sheets` are empty.

    Raises InputError where it is no zip file or would take too long to read, and for errors of reading that the block
    does not catch.
    """
    try:
        with _archive(path) as archive:
            _refuse_too_large(archive)
            yield Package(archive)
    except DamagedWorkbook as fault:
        raise InputError(str(path), [Problem("", fault.what, fault.hint)]) from fault
    except OSError as fault:
        if fault.errno != errno.EINVAL:  # a place in the zip that cannot be; anything else is trouble with the disk
            raise
        raise _damaged(path, fault) from fault
    except (expat.ExpatError, BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, LookupError) as fault:
        raise _damaged(path, fault) from fault


def _damaged(path: Path, fault: Exception) -> InputError:
    reason = str(fault).rstrip(".")
    if isinstance(fault, OSError):
        reason = "its list of parts points outside of it"
    elif isinstance(fault, zlib.error):
        reason = "one of its parts cannot be unpacked"
    return InputError(str(path), [Problem("", f"it is damaged: {reason or 'it ends too early'}.", _WHOLE)])


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
        if start == _ZIP:
            raise DamagedWorkbook("it is cut off or damaged.", _WHOLE) from None
        raise DamagedWorkbook("it is not an .xlsx file.", xlsx) from None


def _refuse_too_large(archive: ZipFile) -> None:
    """Raise DamagedWorkbook where an archive would take too long to read."""
    entries = archive.infolist()
    if len(entries) > MAX_PARTS:
        raise DamagedWorkbook(f"it has {len(entries):,} parts, more than {MAX_PARTS:,}.")
    if sum(entry.file_size for entry in entries) > MAX_TOTAL:
        raise DamagedWorkbook(f"its parts are together larger than {MAX_TOTAL:,} bytes.")
    _check_places(entries)
    for entry in entries:
        _check_entry(entry)


def _refuse_doubles(archive: ZipFile) -> None:
    """Raise DamagedWorkbook where two parts have one name, so that two programs could read different ones."""
    seen: set[str] = set()
    for entry in archive.infolist():
        if entry.filename.lower() in seen:  # names of parts that differ in case alone are equal in the format
            raise DamagedWorkbook(f"it has two parts named {entry.filename}.")
        seen.add(entry.filename.lower())


def _check_entry(entry: ZipInfo) -> None:
    name = entry.filename
    if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
        raise DamagedWorkbook(f"it has a part named {name[:80]!r}, which leads out of it.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise DamagedWorkbook(f"it has a link to another file in the place of its part {name[:80]}.")
    if entry.file_size > max(RATIO_FROM, MAX_RATIO * entry.compress_size):
        raise DamagedWorkbook(f"its part {name[:80]} is packed {MAX_RATIO} times or more, which no program does.")


def _check_places(entries: Sequence[ZipInfo]) -> None:
    """Raise DamagedWorkbook where parts overlap in the zip: a small file could then unpack to any size."""
    places = sorted((entry.header_offset, entry.header_offset + entry.compress_size) for entry in entries)
    if any(end > start for (_, end), (start, _) in pairwise(places)):
        raise DamagedWorkbook("its parts lie over each other.")


# ---------------------------------------------------------------------------------------------------------- the parts


def _find_parts(package: Package) -> None:
    names = set(package.archive.namelist())
    roots = _relationships(package, "") if "_rels/.rels" in names else []
    book = next((target for _, kind, target in roots if kind == "officeDocument"), None)
    if book is None or book not in names or book.endswith(".bin"):
        what = "it is an OpenDocument file (.ods)." if "content.xml" in names else "it has no workbook in it."
        raise DamagedWorkbook(what, "Save it as an Excel workbook (.xlsx).")
    package.book = book
    if posixpath.join(posixpath.dirname(book), "_rels", f"{posixpath.basename(book)}.rels") not in names:
        raise DamagedWorkbook("it has no workbook in it.", "Save it as an Excel workbook (.xlsx).")
    places = {}
    for key, kind, target in _relationships(package, book):
        if kind == "worksheet":
            places[key] = target
        elif kind == "sharedStrings":
            package.strings = target
    _find_sheets(package, places)


def _find_sheets(package: Package, places: dict[str, str]) -> None:
    tags = book_tags("sheet")
    names: set[str] = set()
    parts: set[str] = set()

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag not in tags:
            return
        name = attributes.get("name", "")
        if name.lower() in names:
            raise DamagedWorkbook(f"it has two sheets named {name!r}.")
        names.add(name.lower())
        place = places.get(next((attributes[key] for key in _ID if key in attributes), ""))
        if place is None:  # a chart sheet has no cells
            return
        if place in parts:
            raise DamagedWorkbook(f"two of its sheets have the same part {place}.")
        parts.add(place)
        package.sheets[name] = place

    parse(package.open(package.book), start)


def _relationships(package: Package, part: str) -> list[tuple[str, str, str]]:
    """Return the relationships of a part as (id, kind, target part); links out of the file are left out."""
    folder, name = posixpath.split(part)
    found = []

    def start(element: str, attributes: dict[str, str]) -> None:
        if element == _RELATIONSHIP and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "")))
            kind = attributes.get("Type", "").rpartition("/")[2]
            found.append((attributes.get("Id", ""), kind, target.lstrip("/")))

    links = posixpath.join(folder, "_rels", f"{name}.rels")
    parse(package.open(links), start)
    if len({key for key, _, _ in found}) < len(found):
        raise DamagedWorkbook(f"its part {links} has one id for two things.")
    return found


# ---------------------------------------------------------------------------------------------------------------- XML


def book_tags(tag: str) -> tuple[str, ...]:
    """Return the full names of an element ("sheet") in `parse`, one for each of the two namespaces of the format."""
    return tuple(f"{space} {tag}" for space in _BOOK)


def check_formula(formula: str) -> None:
    """Raise DamagedWorkbook where a formula is so long or deeply nested that it could crash a spreadsheet program."""
    if len(formula) > MAX_FORMULA:
        raise DamagedWorkbook(f"it has a formula of {len(formula):,} characters.")
    if formula.count("(") > MAX_NESTING and _nesting(formula) > MAX_NESTING:
        raise DamagedWorkbook(f"it has a formula with more than {MAX_NESTING} brackets inside each other.")
    if _SIGNS.search(formula):
        raise DamagedWorkbook(f"it has a formula with more than {MAX_NESTING} signs before a number.")


def _nesting(formula: str) -> int:
    """Return the greatest depth of nested brackets; those in texts of the formula count as well."""
    steps = accumulate((sign == "(") - (sign == ")") for sign in formula)
    return max(steps, default=0)


def parse(
    file: IO[bytes],
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Parse XML piece by piece, calling `start(name, attributes)`, `end(name)` and `text(piece)`.

    Names are "namespace name". Raises DamagedWorkbook at a document type, ExpatError for faulty XML.
    """
    parser = secure_parser()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    with file:
        parser.ParseFile(file)


def secure_parser() -> expat.XMLParserType:
    """Return a parser with namespaces that refuses document types, whose entities can swell without end."""

    def refuse(*_: object) -> None:
        raise DamagedWorkbook("it has a document type in its XML, which no workbook has.")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    return parser
