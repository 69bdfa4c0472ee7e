"""Notes of header cells: their texts in one part, and the boxes around them, hidden until pointed at, in another.

Excel draws the box of a note from VML, a language older than the file format, in which a corner is so many pixels
into a column and so many into a row. A box is right of its header and as large as its text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from textwrap import wrap
from typing import NamedTuple

from xlbackprop.workbook import Sheet, address, column_widths
from xlbackprop.xlsx.write import colours
from xlbackprop.xlsx.write.markup import DECLARATION, MAIN, cell_text, tag, words
from xlbackprop.xlsx.write.styles import BODY_FONT

AUTHOR = "xlbackprop"
FONT_SIZE = 10  # points
LINE_CHARACTERS = 60
CHARACTER, LINE = 6.3, 17  # pixels of Calibri at this size, with some room for a fallback
MARGIN = 14  # pixels that the box adds around its text
STANDARD_WIDTH, STANDARD_HEIGHT = 64, 20  # pixels of a column and a row without a size of their own
BESIDE, ABOVE = 15, 10  # pixels from the header to its box

VML = {
    "xmlns:v": "urn:schemas-microsoft-com:vml",
    "xmlns:o": "urn:schemas-microsoft-com:office:office",
    "xmlns:x": "urn:schemas-microsoft-com:office:excel",
}
_KIND = "_x0000_t202"  # what VML calls a text box
BLOCK = 1024  # Excel numbers shapes in blocks, a block a sheet
_PAPER = "#ffffe1"  # the pale yellow that notes have everywhere
_LOOKS = (
    tag("v:fill", color2=_PAPER)
    + tag("v:shadow", on="t", color="black", obscured="t")
    + tag("v:path", **{"o:connecttype": "none"})
    + tag("v:textbox", tag("div", style="text-align:left"), style="mso-direction-alt:auto")
)


class Note(NamedTuple):
    """A note: its cell, counted from 1, and its text, whose first line is bold."""

    row: int
    column: int
    text: str


def has_notes(sheet: Sheet) -> bool:
    """Return whether any header of the sheet has a note."""
    return any(True for _ in _notes(sheet))


def _notes(sheet: Sheet) -> Iterator[Note]:
    for table in sheet.tables:
        for column, filled in enumerate(table.columns, table.first_column):
            if filled.note:
                yield Note(table.header_row, column, filled.note)


# ---------------------------------------------------------------------------------------------------------- the words


def comments_part(sheet: Sheet) -> str:
    """Return the XML of the part with the texts of the notes."""
    comments = (
        tag("comment", note_words(note.text), ref=address(note.row, note.column), authorId=0) for note in _notes(sheet)
    )
    authors = tag("authors", words("author", AUTHOR))
    return DECLARATION + tag("comments", authors, tag("commentList", *comments), xmlns=MAIN)


@lru_cache(maxsize=256)  # runs of one recipe have the same notes
def note_words(note: str) -> str:
    """Return the XML of a note's text, with its first line in bold."""
    first, line_break, rest = note.partition("\n")
    return tag("text", _run(first + line_break, bold=True), _run(rest) if rest else "")


def _run(text: str, *, bold: bool = False) -> str:
    looks = [tag("b")] if bold else []
    looks += [tag("sz", val=FONT_SIZE), tag("color", rgb="FF" + colours.TEXT), tag("rFont", val=BODY_FONT)]
    return tag("r", tag("rPr", *looks, tag("family", val=2)), f'<t xml:space="preserve">{cell_text(text)}</t>')


# ---------------------------------------------------------------------------------------------------------- the boxes


def boxes_part(sheet: Sheet, number: int) -> str:
    """Return the VML of the part with the boxes of a sheet's notes; `number` is that of the sheet, from 1."""
    widths = column_widths(sheet)

    def width(column: int) -> int:
        return round(7 * widths[column] + 5) if column in widths else STANDARD_WIDTH

    def height(row: int) -> int:
        return round(sheet.heights[row] * 4 / 3) if row in sheet.heights else STANDARD_HEIGHT

    boxes = (note_box(note, BLOCK * number + place, width, height) for place, note in enumerate(_notes(sheet), 1))
    return boxes_xml(number, boxes)


def boxes_xml(number: int, boxes: Iterable[str]) -> str:
    """Return the VML of a part with boxes; `number` is that of its sheet, from 1."""
    form = tag(
        "v:shapetype",
        tag("v:stroke", joinstyle="miter"),
        tag("v:path", gradientshapeok="t", **{"o:connecttype": "rect"}),
        **{"id": _KIND, "coordsize": "21600,21600", "o:spt": 202, "path": "m,l,21600r21600,l21600,xe"},
    )
    blocks = tag("o:shapelayout", tag("o:idmap", **{"v:ext": "edit", "data": number}), **{"v:ext": "edit"})
    return tag("xml", blocks, form, *boxes, **VML)


def note_box(note: Note, number: int, width: Callable[[int], int], height: Callable[[int], int]) -> str:
    """Return the VML of the box of a note; `width` and `height` return the pixels of a column and of a row."""
    wide, high = _size(note.text)
    left, top = (note.column + 1, BESIDE), (max(1, note.row - 1), ABOVE)
    right, bottom = _moved(*left, wide, width), _moved(*top, high, height)
    # from left to right and from top to bottom; columns and rows are counted from 0 here
    corners = (number for cell, offset in (left, top, right, bottom) for number in (cell - 1, offset))
    known = tag(
        "x:ClientData",
        tag("x:MoveWithCells"),  # in spite of its name: a box keeps its place and its size when columns fold
        tag("x:SizeWithCells"),
        words("x:Anchor", ", ".join(map(str, corners))),
        words("x:AutoFill", "False"),
        words("x:Row", str(note.row - 1)),
        words("x:Column", str(note.column - 1)),
        ObjectType="Note",
    )
    style = f"position:absolute;width:{wide * 0.75:g}pt;height:{high * 0.75:g}pt;z-index:1;visibility:hidden"
    return tag(
        "v:shape",
        _LOOKS,
        known,
        **{"id": f"_x0000_s{number}", "type": f"#{_KIND}", "style": style, "fillcolor": _PAPER},
        **{"o:insetmode": "auto"},
    )


@lru_cache(maxsize=256)
def _size(text: str) -> tuple[int, int]:
    """Return (width, height) in pixels of a box around a text."""
    lines = [line for paragraph in text.split("\n") for line in wrap(paragraph, LINE_CHARACTERS)]
    return round(max(map(len, lines)) * CHARACTER) + MARGIN, len(lines) * LINE + MARGIN


def _moved(cell: int, offset: int, length: int, size: Callable[[int], int]) -> tuple[int, int]:
    """Return the place `length` pixels on, as (column or row, pixels into it); `size` returns the size of one."""
    offset += length
    while offset > size(cell):
        offset -= size(cell)
        cell += 1
    return cell, offset
