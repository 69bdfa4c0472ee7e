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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import Path
from typing import IO, NamedTuple
from xml.etree.ElementTree import XML, Element, ParseError
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile, ZipInfo

from xlbackprop.errors import InputError, Problem

# Bytes of one part and of all, unpacked: two runs of a million rows take as many. Beyond the smaller numbers, what is
# packed tighter than any large workbook (of ours, at most 13 times) is refused: reading it would take more than its
# sender spent.
MAX_PART, MAX_TIGHT_PART = 3_000_000_000, 500_000_000
MAX_TOTAL, MAX_TIGHT_TOTAL = 8_000_000_000, 1_000_000_000
TIGHT = 25
MAX_PARTS = 10_000
MAX_RATIO = 200  # how many times smaller a packed part may be, if it has more than RATIO_FROM bytes unpacked
RATIO_FROM = 1_000_000
MAX_FORMULA = 16_384  # characters of one formula; Excel allows 8,192, other programs write some functions longer
MAX_NESTING = 128  # brackets inside brackets; Excel allows 64, and programs that recurse can crash
_SIGNS = re.compile(rf"(?:[-+]\s*){{{MAX_NESTING + 1}}}")
_DECLARED = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*["']([^"'>]*)["']""")
_ANEW = "Save it again with Excel or LibreOffice."
_WHOLE = "Copy or download it once more, or save it anew in a spreadsheet program."
_ZIP = b"PK\3\4"
_OLD_OFFICE_FILE = b"\xd0\xcf\x11\xe0"  # .xls, and the wrapping of a file with a password

_BOOK = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",  # what Excel calls "Strict Open XML Spreadsheet"
)
_OFFICE = "http://schemas.openxmlformats.org/"
# What Excel calls "Strict Open XML Spreadsheet" has other names for the same things.
_STRICT = {
    b"http://purl.oclc.org/ooxml/officeDocument/": f"{_OFFICE}officeDocument/2006/".encode(),
    b"http://purl.oclc.org/ooxml/spreadsheetml/": f"{_OFFICE}spreadsheetml/2006/".encode(),
    b"http://purl.oclc.org/ooxml/drawingml/": f"{_OFFICE}drawingml/2006/".encode(),
}
MAIN = f"{{{_OFFICE}spreadsheetml/2006/main}}"
RELATED = f"{{{_OFFICE}officeDocument/2006/relationships}}"  # of attributes that name a relationship
_TYPE = f"{{{_OFFICE}package/2006/content-types}}"
_RELATIONSHIP = f"{{{_OFFICE}package/2006/relationships}}Relationship"
CONTENT_TYPES = "[Content_Types].xml"
MAX_TREE = 64_000_000  # bytes of a part that is read as a tree; the rows of a sheet are not
MAX_NODES = 2_000_000  # elements and attributes of all these parts; each takes up to 250 bytes of memory
# Bytes without a tag: the longest text of a cell has less. A tag of so many attributes keeps programs busy for minutes.
MAX_STRETCH = 1 << 18
_STRETCH = re.compile(rb"<[^<]{%d}" % MAX_STRETCH)
_XML_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*<|\0?<|\xff\xfe|\xfe\xff")
# A point of a chart: a number, and nothing else. LibreOffice keeps all of them, which would take gigabytes as a tree.
_POINTS = re.compile(rb'<(c:|)pt idx="[0-9]+">\s*<\1v>[-+.0-9eE]+</\1v>\s*</\1pt>\s*')
_LEADS_OUT = re.compile(r"\s*(?:[A-Za-z][\w+.-]*:|//|.*\\)")


class DamagedWorkbook(Exception):  # noqa: N818 -- it never leaves this package; InputError does
    """Raised where a file cannot be read: `what` is the reason, `hint` the cure."""

    def __init__(self, what: str, hint: str = "") -> None:
        self.what, self.hint = what, hint
        super().__init__(what, hint)


class Relationship(NamedTuple):
    """A link from a part to another: its id, its kind ("worksheet"), the name of that part or an outer address."""

    id: str
    kind: str
    target: str
    external: bool


@dataclass(slots=True)
class Package:
    """An open .xlsx file, with the names of its parts: `book`, `sheets` by their names, shared `strings` or None."""

    archive: ZipFile
    book: str = ""
    sheets: dict[str, str] = field(default_factory=dict)
    strings: str | None = None
    _trees: dict[str, Element] = field(default_factory=dict)
    _links: dict[str, list[Relationship]] = field(default_factory=dict)
    _types: dict[str, str] | None = None
    _nodes: int = 0

    def open(self, part: str) -> IO[bytes]:
        """Open one part. Raises DamagedWorkbook where it is absent or encrypted."""
        try:
            entry = self.archive.getinfo(part)
        except KeyError:
            raise DamagedWorkbook(f"its part {part} is missing.") from None
        if entry.flag_bits & 1:
            raise DamagedWorkbook("it is encrypted.", "Save it without a password.")
        return self.archive.open(entry)

    def has(self, part: str) -> bool:
        """Return whether there is such a part."""
        return part in self.archive.NameToInfo

    def tree(self, part: str) -> Element:
        """Return a part, which must not be a sheet, as a tree. Raises DamagedWorkbook or ParseError."""
        if part not in self._trees:
            with self.open(part) as content:
                self._trees[part] = self.hold(tree_of(content.read(MAX_TREE + 1)))
        return self._trees[part]

    def hold(self, tree: Element) -> Element:
        """Return a tree that is to be kept. Raises DamagedWorkbook where all that are kept take too much memory."""
        self._nodes += sum(1 + len(element.attrib) for element in tree.iter())
        if self._nodes > MAX_NODES:
            raise DamagedWorkbook(f"it has more than {MAX_NODES:,} elements and attributes beside its cells.")
        return tree

    def is_xml(self, part: str) -> bool:
        """Return whether a part is XML by its name, its type or its first bytes: some programs go by these alone."""
        told = part.lower(), self.content_types.get(part, "")
        if told[0].endswith((".xml", ".rels", ".vml")) or told[1].endswith(("+xml", "/xml")):
            return True
        with self.open(part) as content:
            return _XML_START.match(content.read(100)) is not None

    @property
    def content_types(self) -> dict[str, str]:
        """The types of the parts by their names, in small letters; a part of which none is told is absent.

        A part that is told of but absent has its type here, too.
        """
        if self._types is None:
            self._types = self._read_types()
        return self._types

    def _read_types(self) -> dict[str, str]:
        defaults: dict[str, str] = {}
        overrides: dict[str, str] = {}
        for element in self.tree(CONTENT_TYPES):
            by, key = (overrides, "PartName") if element.tag == f"{_TYPE}Override" else (defaults, "Extension")
            name = element.get(key, "").lower()
            if element.tag not in (f"{_TYPE}Override", f"{_TYPE}Default") or len(element) or name in by:
                raise DamagedWorkbook(f"its list {CONTENT_TYPES} tells the type of {name[:80] or 'something'} twice.")
            by[name] = element.get("ContentType", "").lower()
        names = {f"/{part}".lower(): part for part in self.archive.namelist()}
        types = {part: defaults.get(name.rpartition(".")[2], "") for name, part in names.items()}
        return types | {names.get(name, name.lstrip("/")): kind for name, kind in overrides.items()}

    def relationships(self, part: str) -> list[Relationship]:
        """Return the relationships of a part, "" being the package; none where it has no list of them."""
        folder, name = posixpath.split(part)
        links = posixpath.join(folder, "_rels", f"{name}.rels")
        if links not in self._links:  # thousands of sheets may ask for that of the workbook
            self._links[links] = self._listed(links, folder) if self.has(links) else []
        return self._links[links]

    def _listed(self, links: str, folder: str) -> list[Relationship]:
        found = []
        for element in self.tree(links):
            target, mode = element.get("Target", ""), element.get("TargetMode", "Internal")
            if element.tag != _RELATIONSHIP or len(element) or mode not in ("Internal", "External"):
                raise DamagedWorkbook(f"its part {links} is no list of relationships.")
            external = mode == "External" or _LEADS_OUT.match(target) is not None
            if not external:
                target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            kind = element.get("Type", "").rpartition("/")[2]
            found.append(Relationship(element.get("Id", ""), kind, target, external))
        if len({link.id for link in found}) < len(found):
            raise DamagedWorkbook(f"its part {links} has one id for two things.")
        return found

    def parts_of(self, part: str, kind: str) -> list[str]:
        """Return the parts of this kind ("drawing") to which a part is related and that exist."""
        links = self.relationships(part)
        return [link.target for link in links if link.kind == kind and not link.external and self.has(link.target)]


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
    except (
        expat.ExpatError,
        ParseError,
        BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        ValueError,
        LookupError,
    ) as fault:
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
    if path.exists() and not path.is_file():  # reading it could wait, or go on, for ever
        raise DamagedWorkbook("this is a pipe, a socket or a device, not a workbook.")
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
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if unpacked > (most := _most(packed, MAX_TOTAL, MAX_TIGHT_TOTAL)):
        raise DamagedWorkbook(f"its parts are together larger than {most:,} bytes.")
    _check_places(entries)
    for entry in entries:
        _check_entry(entry)


def _most(packed: int, most: int, most_tight: int) -> int:
    """Return how many bytes so many packed ones may unpack to."""
    return min(most, max(most_tight, TIGHT * packed))


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
    if entry.file_size > (most := _most(entry.compress_size, MAX_PART, MAX_TIGHT_PART)):  # nor does ZipFile unpack more
        raise DamagedWorkbook(f"its part {name[:80]} is larger than {most:,} bytes.")
    if entry.file_size > max(RATIO_FROM, MAX_RATIO * entry.compress_size):
        raise DamagedWorkbook(f"its part {name[:80]} is packed {MAX_RATIO} times or more, which no program does.")


def _check_places(entries: Sequence[ZipInfo]) -> None:
    """Raise DamagedWorkbook where parts overlap in the zip: a small file could then unpack to any size."""
    places = sorted((entry.header_offset, entry.header_offset + entry.compress_size) for entry in entries)
    if any(end > start for (_, end), (start, _) in pairwise(places)):
        raise DamagedWorkbook("its parts lie over each other.")


# ---------------------------------------------------------------------------------------------------------- the parts


def _find_parts(package: Package) -> None:
    books = [link.target for link in package.relationships("") if link.kind == "officeDocument" and not link.external]
    if len(books) > 1:
        raise DamagedWorkbook("it has two workbooks in it.")
    if not books or not package.has(books[0]) or books[0].endswith(".bin"):
        ods = package.has("content.xml")
        what = "it is an OpenDocument file (.ods)." if ods else "it has no workbook in it."
        raise DamagedWorkbook(what, "Save it as an Excel workbook (.xlsx).")
    package.book = books[0]
    links = [link for link in package.relationships(package.book) if not link.external]
    if not links:
        raise DamagedWorkbook("it has no workbook in it.", "Save it as an Excel workbook (.xlsx).")
    package.strings = next((link.target for link in links if link.kind == "sharedStrings"), None)
    _find_sheets(package, {link.id: link.target for link in links if link.kind == "worksheet"})


def _find_sheets(package: Package, places: dict[str, str]) -> None:
    names: set[str] = set()
    parts: set[str] = set()
    for sheet in package.tree(package.book).iter(f"{MAIN}sheet"):
        name = sheet.get("name", "")
        if name.lower() in names:
            raise DamagedWorkbook(f"it has two sheets named {name!r}.")
        names.add(name.lower())
        place = places.get(sheet.get(f"{RELATED}id", ""))
        if place is None:  # a chart sheet has no cells
            continue
        if place in parts:
            raise DamagedWorkbook(f"two of its sheets have the same part {place}.")
        parts.add(place)
        package.sheets[name] = place


# ---------------------------------------------------------------------------------------------------------------- XML


def tree_of(xml: bytes) -> Element:
    """Return XML as a tree, in the names of the usual dialect, without the numbers that a chart keeps of its cells.

    Raises DamagedWorkbook or ParseError.
    """
    if len(xml) > MAX_TREE:
        raise DamagedWorkbook(f"one of its parts is larger than {MAX_TREE:,} bytes, without its cells.")
    refuse_odd_xml(xml)
    xml = _POINTS.sub(b"", xml)
    if xml.count(b"<") + xml.count(b"=") > 2 * MAX_NODES:  # of an element with text there are two tags
        raise DamagedWorkbook(f"one of its parts has more than {MAX_NODES:,} elements and attributes.")
    if b"purl.oclc.org" in xml:
        for strict, usual in _STRICT.items():
            xml = xml.replace(strict, usual)
    return XML(xml)


def refuse_odd_xml(xml: bytes) -> None:
    """Raise DamagedWorkbook where XML is not in UTF-8, has a document type, or a tag that takes too long to read.

    The entities of a document type can swell without end.
    """
    declared = _DECLARED.match(xml)
    if b"\0" in xml[:4] or xml.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "UTF-16"
    else:
        encoding = "UTF-8" if declared is None else declared[1].decode("ascii", "replace")[:40]
    if encoding.upper() not in ("UTF-8", "US-ASCII"):
        raise DamagedWorkbook(f"one of its parts is written in {encoding} instead of UTF-8.", _ANEW)
    if b"<!DOCTYPE" in xml:
        raise DamagedWorkbook("it has a document type in its XML, which no workbook has.")
    if len(xml) > MAX_STRETCH and _STRETCH.search(xml):
        raise DamagedWorkbook(f"one of its parts has more than {MAX_STRETCH:,} bytes without a new tag.")


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


_BRACKET = re.compile("[()]")


def _nesting(formula: str) -> int:
    """Return the greatest depth of nested brackets; those in texts of the formula count as well."""
    steps = accumulate(1 if sign == "(" else -1 for sign in _BRACKET.findall(formula))
    return max(steps, default=0)


def secure_parser() -> expat.XMLParserType:
    """Return a parser with namespaces that refuses document types, whose entities can swell without end."""

    def refuse(*_: object) -> None:
        raise DamagedWorkbook("it has a document type in its XML, which no workbook has.")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    return parser
