"""The notes and the links of the cells of a sheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from xml.etree.ElementTree import Element

from xlbackprop.xlsx.read.careful_parse import block_of
from xlbackprop.xlsx.read.cell_values import cell_text
from xlbackprop.xlsx.read.package import MAIN, RELATED, Package
from xlbackprop.xlsx.read.sheet import Area
from xlbackprop.xlsx.read.surroundings.seen import Link
from xlbackprop.xlsx.read.surroundings.xml_tools import THREADED, areas, chart_reference, limited, texts

_PLACEHOLDER = "[Threaded comment]"  # begins the note that Excel writes beside a threaded comment, for older programs


class _Thread(NamedTuple):
    """A threaded comment; the note beside it, for older programs, has the author "tc=" and this id."""

    area: Area
    text: str
    author: str


def read_notes(package: Package, part: str) -> dict[Area, str]:
    """Return the texts of the notes of a sheet, and of the threaded comments, by the area of their cell.

    A cell may have both; OnlyOffice tells each note twice, which is one text.
    """
    threads = dict(_threads(package, part))
    authors = {f"tc={id_}": thread.author for id_, thread in threads.items()}
    found: dict[Area, dict[str, None]] = {}
    for area, text in (*_notes(package, part, authors), *((each.area, each.text) for each in threads.values())):
        found.setdefault(area, {})[text] = None
    limited("notes", len(found))
    return {area: "\n\n".join(texts) for area, texts in found.items()}


def _notes(package: Package, part: str, known_authors: Mapping[str, str]) -> Iterator[tuple[Area, str]]:
    for comments in package.parts_of(part, "comments"):
        root = package.tree(comments)
        authors = [known_authors.get(each.text or "", each.text or "") for each in root.iter(f"{MAIN}author")]
        for comment in root.iter(f"{MAIN}comment"):
            number = comment.get("authorId", "")
            author = authors[int(number)] if number.isdigit() and int(number) < len(authors) else ""
            written = texts(comment, f"{MAIN}t")
            if not written.startswith(_PLACEHOLDER):
                yield Area(*block_of(comment.get("ref", ""))), note_text(cell_text(written), author)


def _threads(package: Package, part: str) -> Iterator[tuple[str, _Thread]]:
    """Yield the threaded comments of a sheet by their ids."""
    people = {
        each.get("id", ""): each.get("displayName", "")
        for persons in package.parts_of(package.book, "person")
        for each in package.tree(persons).iter(f"{THREADED}person")
    }
    for part_name in package.parts_of(part, "threadedComment"):
        for comment in package.tree(part_name).iter(f"{THREADED}threadedComment"):
            area, text = Area(*block_of(comment.get("ref", ""))), note_text(comment.findtext(f"{THREADED}text", ""))
            yield comment.get("id", ""), _Thread(area, text, people.get(comment.get("personId", ""), ""))


def note_text(text: str, author: str = "") -> str:
    """Return a note without blanks at its ends and its lines' ends, and without a first line "author:"."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    if lines and author and lines[0] == f"{author}:":
        lines = lines[1:]
    return "\n".join(lines).strip()


def read_links(package: Package, part: str, frame: Element) -> dict[Area, Link]:
    """Return the hyperlinks of a sheet by their area."""
    targets = {link.id: link.target for link in package.relationships(part) if link.kind == "hyperlink"}
    found = {}
    for each in frame.iter(f"{MAIN}hyperlink"):
        place, outer = each.get("location", ""), targets.get(each.get(f"{RELATED}id", ""), "")
        if outer.startswith("#"):
            place, outer = outer[1:], ""
        target = f"{outer}{'#' * bool(place)}{place}" if outer else chart_reference(place)
        for area in areas(each.get("ref", "")):
            found[area] = Link(target, each.get("tooltip", ""), bool(outer))
        limited("links", len(found))
    return found
