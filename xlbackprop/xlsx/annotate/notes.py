"""Notes beside those that a sheet has: their texts in one part, the boxes around them in another (VML).

A cell that has a note already gets ours below its text. Each note needs a box, or Excel leaves it out; where a program
wrote notes without boxes, they get theirs. VML by some programs is not quite XML, so it is no tree here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from xlbackprop.workbook import Place, address
from xlbackprop.xlsx.annotate.revision import Revision
from xlbackprop.xlsx.annotate.said import CellNote
from xlbackprop.xlsx.annotate.sheet_cells import SheetXml
from xlbackprop.xlsx.annotate.splice import Node, Spliced
from xlbackprop.xlsx.read import DamagedWorkbook, block_of
from xlbackprop.xlsx.write import (
    AUTHOR,
    BLOCK,
    DECLARATION,
    STANDARD_HEIGHT,
    STANDARD_WIDTH,
    VML,
    Note,
    boxes_xml,
    note_box,
    note_words,
    tag,
    words,
)

MAX_NOTE = 8_000  # characters; a box that is larger than the screen is of no use
_TYPES = "application/vnd.openxmlformats-officedocument"
_ROOT = re.compile(rb"<xml\b[^>]*>")
_END = re.compile(rb"</xml\s*>\s*\Z")
_NOTE = re.compile(rb"""ClientData\b[^>]*ObjectType\s*=\s*["']Note["'].*?</(?:\w+:)?ClientData""", re.DOTALL)
_ROW, _COLUMN = (re.compile(rb"<(?:\w+:)?%b>\s*(\d{1,7})\s*</" % name) for name in (b"Row", b"Column"))
_SHAPE_KIND = re.compile(rb"""shapetype\b[^>]*\sid\s*=\s*["']_x0000_t202["']""")
_SHAPE = re.compile(rb"_x0000_s(\d{1,9})\b")


def add_notes(revision: Revision, part: str, sheet: SheetXml, notes: Sequence[CellNote], number: int) -> None:
    """Add notes to a sheet; `number` is its place in the workbook, from 1. What `sheet` says changes, too."""
    ours: dict[Place, str] = {}
    for note in notes:
        text = note.text if len(note.text) <= MAX_NOTE else f"{note.text[:MAX_NOTE]} …"
        ours[note.place] = f"{ours[note.place]}\n\n{text}" if note.place in ours else text
    _add_boxes(revision, part, sheet, _add_words(revision, part, ours), number)


# ---------------------------------------------------------------------------------------------------------- the words


def _add_words(revision: Revision, part: str, ours: Mapping[Place, str]) -> dict[Place, str]:
    """Add the words of notes to those of a sheet; return the notes that it has now, for their boxes."""
    there = revision.package.parts_of(part, "comments")
    comments = there[0] if there else revision.free("comments", ".xml")
    if not there:
        empty = tag("comments", "<authors/>", "<commentList/>", xmlns=revision.main)
        revision.add(part, "comments", comments, DECLARATION + empty, f"{_TYPES}.spreadsheetml.comments+xml")
    spliced = revision.spliced(comments)
    old = _comments(spliced)
    author, authors = _author(spliced)
    for place, text in ours.items():
        if place in old:
            _append(spliced, old[place], text)
    listed = spliced.root.child("commentList")
    new = [
        tag("comment", note_words(text), ref=address(*place), authorId=author)
        for place, text in sorted(ours.items())
        if place not in old
    ]
    if listed is None or authors is None:
        raise DamagedWorkbook(f"its part {comments} has no list of notes.")
    spliced.add(listed, "".join(new))
    revision.put(comments, spliced.result())
    return {place: _text_of(spliced, node) for place, node in old.items()} | dict(ours)


def _comments(spliced: Spliced) -> dict[Place, Node]:
    """Return the notes of a part by their cells."""
    listed = spliced.root.child("commentList")
    nodes = [] if listed is None else listed.all("comment")
    return {block_of(node.attributes.get("ref", ""))[:2]: node for node in nodes}


def _author(spliced: Spliced) -> tuple[int, Node | None]:
    """Return our number among the authors, to whom we are added, and the list of these."""
    authors = spliced.root.child("authors")
    if authors is None:
        return 0, None
    names = [spliced.xml[node.opened : node.closed] for node in authors.all("author")]
    if AUTHOR.encode() in names:
        return names.index(AUTHOR.encode()), authors
    spliced.add(authors, words("author", AUTHOR))
    return len(names), authors


def _append(spliced: Spliced, comment: Node, text: str) -> None:
    """Put a text below that of a note; one without runs becomes a run, since a text has either."""
    ours = '<r><t xml:space="preserve">\n\n</t></r>'
    ours += note_words(f"{AUTHOR}:\n{text}").removeprefix("<text>").removesuffix("</text>")
    node = comment.child("text")
    if node is None:
        spliced.put(comment.opened, note_words(text))
        return
    pieces = [each for each in node.children if each.name in ("t", "r")]
    for plain in (each for each in pieces if each.name == "t"):
        spliced.put(plain.start, "<r>")
        spliced.put(plain.end, "</r>")
    if pieces:
        spliced.put(pieces[-1].end, ours)
    else:
        spliced.add(node, ours)


def _text_of(spliced: Spliced, comment: Node) -> str:
    """Return about the text of a note, from which the size of its box is told."""
    return re.sub(rb"<[^>]*>", b"", spliced.xml[comment.opened : comment.closed]).decode(errors="replace")


# ---------------------------------------------------------------------------------------------------------- the boxes


def _add_boxes(revision: Revision, part: str, sheet: SheetXml, notes: Mapping[Place, str], number: int) -> None:
    """Add the boxes of those notes that have none."""
    reference = sheet.root.child("legacyDrawing")
    links = {link.id: link.target for link in revision.package.relationships(part) if not link.external}
    boxes = links.get(reference.related(), "") if reference is not None else ""
    old = revision.read(boxes) if revision.package.has(boxes) else b""
    framed = {*_framed(old)}
    first = 1 + max(map(int, _SHAPE.findall(old)), default=BLOCK * number)
    missing = [(place, text) for place, text in sorted(notes.items()) if place not in framed]
    drawn = [_box(sheet, Note(*place, text), first + index) for index, (place, text) in enumerate(missing)]
    if old:
        revision.put(boxes, _with_boxes(boxes, old, drawn))
    else:
        boxes = revision.free("drawings/vmlDrawing", ".vml")
        xml, kind = boxes_xml(number, drawn), f"{_TYPES}.vmlDrawing"
        sheet.refer_to_boxes(revision.add(part, "vmlDrawing", boxes, xml, kind), revision.related)


def _box(sheet: SheetXml, note: Note, number: int) -> str:
    note = note._replace(text=note.text.strip() or "…")
    return note_box(note, number, lambda column: sheet.width(column, STANDARD_WIDTH), lambda _: STANDARD_HEIGHT)


def _framed(vml: bytes) -> Iterator[Place]:
    """Yield the cells whose notes have boxes."""
    for note in _NOTE.findall(vml):
        row, column = _ROW.search(note), _COLUMN.search(note)
        if row and column:
            yield int(row[1]) + 1, int(column[1]) + 1


def _with_boxes(part: str, vml: bytes, boxes: Sequence[str]) -> bytes:
    """Return VML with more boxes in it; the prefixes that it lacks are declared with each."""
    root, end = _ROOT.search(vml), _END.search(vml)
    if root is None or end is None:
        raise DamagedWorkbook(f"its part {part} is no drawing of notes.")
    known = all(f'{name}="{space}"'.encode() in root[0].replace(b"'", b'"') for name, space in VML.items())
    declared = "" if known else "".join(f' {name}="{space}"' for name, space in VML.items())
    shapes = "".join(box.replace("<v:shape ", f"<v:shape{declared} ", 1) for box in boxes)
    kinds = b"" if _SHAPE_KIND.search(vml) else _shape_kind(declared)
    return vml[: end.start()] + kinds + shapes.encode("ascii", "xmlcharrefreplace") + vml[end.start() :]


def _shape_kind(declared: str) -> bytes:
    """Return what VML says of a text box, of which every box is one."""
    found = re.search(r"<v:shapetype .*</v:shapetype>", boxes_xml(1, ()))
    return found[0].replace("<v:shapetype", f"<v:shapetype{declared}", 1).encode() if found else b""
