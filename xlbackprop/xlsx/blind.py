"""A workbook without its stored values, so that a program which only repeats them has nothing to repeat.

Nothing is parsed and written anew: the places of the stored values are looked up in the XML and cut out, and every
other byte of the file stays as the program that saved it left it. A formula cell gets the type "n", which a cell has
anyway where none is given: IronCalc prints a complaint about each cell that has neither a type nor a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from xlbackprop.errors import InputError, Problem
from xlbackprop.xlsx.reader import block_of, place_of, secure_parser, workbook_package

_TYPE = re.compile(rb"""\st\s*=\s*(?:"[^"]*"|'[^']*')""")

Span = tuple[int, int]
Block = tuple[int, int, int, int]


def blind_copy(source: Path, target: Path) -> None:
    """Write a copy of a workbook in which no formula cell has a value; all else is the same.

    Raises InputError where `source` is not a readable .xlsx workbook, or is `target` itself.
    """
    if target.exists() and source.exists() and target.samefile(source):
        raise InputError(str(source), [Problem("", "a copy without values would replace the workbook itself.")])
    with workbook_package(source) as package, ZipFile(target, "w", ZIP_DEFLATED) as copy:
        sheets = set(package.sheets.values())
        for entry in package.archive.infolist():
            with package.open(entry.filename) as part:
                content = part.read()
            copy.writestr(entry.filename, blinded(content) if entry.filename in sheets else content)


@dataclass(slots=True)
class _Place:
    """Where one cell stands in the sheet's XML."""

    tag: int
    reference: str
    calculated: bool = False
    values: list[Span] = field(default_factory=list)


def blinded(xml: bytes) -> bytes:
    """Return a sheet's XML without the values of its formula cells, whatever its prefixes are."""
    places, blocks = _places(xml)
    pieces: list[bytes] = []
    done = 0
    for start, end, instead in _changes(xml, places, blocks):
        pieces += xml[done:start], instead
        done = end
    pieces.append(xml[done:])
    return b"".join(pieces)


def _changes(xml: bytes, places: list[_Place], blocks: list[Block]) -> Iterator[tuple[int, int, bytes]]:
    """Yield (start, end, what stands there instead), in the order of the file."""
    for place in places:
        if not place.calculated and not (blocks and _inside(place.reference, blocks)):
            continue
        tag_end = _tag_end(xml, place.tag)
        match = _TYPE.search(xml, place.tag, tag_end)
        before_end = tag_end - (2 if xml[tag_end - 2 : tag_end] == b"/>" else 1)
        yield (*(match.span() if match else (before_end, before_end)), b' t="n"')
        for start, end in place.values:
            yield start, end, b""


def _inside(reference: str, blocks: list[Block]) -> bool:
    """Only its first cell holds an array formula; the values of the others are calculated too."""
    row, column = place_of(reference)
    return any(top <= row <= bottom and left <= column <= right for top, left, bottom, right in blocks)


def _tag_end(xml: bytes, start: int) -> int:
    return xml.index(b">", start) + 1


def _places(xml: bytes) -> tuple[list[_Place], list[Block]]:
    """Return every cell, and the blocks of array formulas and data tables that hold more than one."""
    parser = secure_parser()
    places: list[_Place] = []
    blocks: list[Block] = []
    value_start = [0]

    def start(name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(" ")[2]:
            case "c":
                places.append(_Place(parser.CurrentByteIndex, attributes.get("r", "")))
            case "v" | "is":
                value_start[0] = parser.CurrentByteIndex
            case "f" if places:
                places[-1].calculated = True
                if attributes.get("t") in ("array", "dataTable") and ":" in attributes.get("ref", ""):
                    blocks.append(block_of(attributes["ref"]))

    def end(name: str) -> None:
        if places and name.rpartition(" ")[2] in ("v", "is"):
            opening_end = _tag_end(xml, value_start[0])
            empty = xml[opening_end - 2 : opening_end] == b"/>"  # of <v/> the parser tells no closing tag
            places[-1].values.append((value_start[0], opening_end if empty else _tag_end(xml, parser.CurrentByteIndex)))

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.Parse(xml, True)
    return places, blocks
