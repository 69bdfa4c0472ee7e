"""What a workbook says twice is refused: one program would believe the first, another one the second.

So are things that stand where some programs do not look for them, e.g. settings in an alternative that is not for all.
What is said twice inside a sheet is seen where the sheet is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar
from xml.etree.ElementTree import Element

from xlbackprop.xlsx.read.package import MAIN, DamagedWorkbook, Package

MAX_NAMES = 10_000
# Kinds of parts of which a workbook has one, with the ends of their types.
_ONE_PART = {
    "sharedStrings": "sharedstrings+xml",
    "styles": "spreadsheetml.styles+xml",
    "theme": "theme+xml",
    "calcChain": "calcchain+xml",
    "sheetMetadata": "sheetmetadata+xml",
}
_BOOK_TYPES = ("sheet.main+xml", "template.main+xml")
# Elements of the workbook part and where they stand; the first ones stand there once.
_BOOK_ELEMENTS = {"sheets": "", "definedNames": "", "calcPr": "", "sheet": "sheets", "definedName": "definedNames"}
_ONCE = ("sheets", "definedNames", "calcPr")
_OF_ANOTHER_PROGRAM = ("content.xml", "mimetype", "META-INF/manifest.xml")  # of an OpenDocument file
_SHEET_KINDS = ("worksheet", "chartsheet")

_Item = TypeVar("_Item")


def refuse_what_is_said_twice(package: Package) -> None:
    """Raise DamagedWorkbook where two programs could read an open workbook, whose parts were found, differently."""
    for part in package.archive.namelist():
        if part in _OF_ANOTHER_PROGRAM:
            raise DamagedWorkbook(f"it is an OpenDocument file as well, with a part {part}.")
        if part.lower().endswith(".rels") and not (part.endswith(".rels") and part.split("/")[-2:-1] == ["_rels"]):
            raise DamagedWorkbook(f"its list of relationships {part[:80]} is not where programs look for it.")
    _check_parts(package)
    _check_book(package.tree(package.book))
    _check_sheets(package)


def _check_parts(package: Package) -> None:
    """Check that parts of which there is one are the same by their relationships and by their types."""
    links = package.relationships(package.book)
    _check_one(package, "workbook", {package.book}, _BOOK_TYPES)
    for kind, ending in _ONE_PART.items():
        targets = [link.target for link in links if link.kind == kind]
        if len(targets) > 1:
            raise DamagedWorkbook(f"it has two parts of the kind {kind}.")
        _check_one(package, kind, set(targets), (ending,))


def _check_one(package: Package, kind: str, related: set[str], endings: tuple[str, ...]) -> None:
    for part, written in package.content_types.items():
        if written.endswith(endings) and part not in related and package.has(part):
            raise DamagedWorkbook(f"it has a second part of the kind {kind}: {part}.")


def _check_book(book: Element) -> None:
    if book.tag != f"{MAIN}workbook":
        raise DamagedWorkbook("its workbook part holds no workbook.")
    everywhere = [element.tag.rpartition("}")[2] for element in book.iter()]
    for name, parent in _BOOK_ELEMENTS.items():
        usual = len(book.findall(f"{MAIN}{parent}/{MAIN}{name}" if parent else f"{MAIN}{name}"))
        if usual != everywhere.count(name) or (name in _ONCE and usual > 1):
            raise DamagedWorkbook(f"its workbook part has an element {name!r} twice or in an odd place.")
    names = book.findall(f"{MAIN}definedNames/{MAIN}definedName")
    if len(names) > MAX_NAMES:
        raise DamagedWorkbook(f"it has more than {MAX_NAMES:,} defined names.")
    told = ((name.get("localSheetId"), name.get("name", "").lower()) for name in names)
    # What is printed is no matter here; LibreOffice writes the titles of pages twice.
    _once((name for name in told if not name[1].startswith("_xlnm.print_")), "two defined names {0[1]!r}")


def _check_sheets(package: Package) -> None:
    links = {link.id: link for link in package.relationships(package.book)}
    sheets = package.tree(package.book).findall(f"{MAIN}sheets/{MAIN}sheet")
    _once((sheet.get("sheetId", "").lstrip("0") for sheet in sheets), "two sheets with the number {0}")
    for sheet in sheets:
        ids = [value for name, value in sheet.attrib.items() if name.endswith("}id")]
        link = links.get(ids[0]) if len(ids) == 1 else None
        name = sheet.get("name", "")
        if link is None or link.kind not in _SHEET_KINDS or link.external:
            raise DamagedWorkbook(f"its sheet {name!r} is related to no part that is a sheet.")
        written = package.content_types.get(link.target, "")
        if written not in ("", "application/xml") and not written.endswith(f".{link.kind}+xml"):
            raise DamagedWorkbook(f"its sheet {name!r} is of another kind than its part {link.target}.")
    _once((link.target.lower() for link in links.values() if link.kind in _SHEET_KINDS), "the part {0} as two sheets")


def _once(items: Iterable[_Item], what: str) -> None:
    """Raise DamagedWorkbook where an item comes twice; `what` is said of it."""
    seen: set[_Item] = set()
    for item in items:
        if item in seen:
            raise DamagedWorkbook(f"it has {what.format(item)}.")
        seen.add(item)
