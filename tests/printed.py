"""What stands on the pages of a PDF, and what of it is cut off.

LibreOffice leaves out words that have no room beside a full cell; at the edge of the page it hands them over and clips
them. So the words of a sheet are looked for on its pages, and the place where each text ends, by the widths of its
letters, is compared with the rectangle in which it may be seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from math import hypot
from typing import Any, NamedTuple

from pypdf import PageObject, PdfReader
from pypdf.generic import ContentStream

from xlbackprop.workbook.document import MAX_COLUMNS, MAX_ROWS, Sheet, contents
from xlbackprop.workbook.extents import Range
from xlbackprop.workbook.paper import pages

SLACK = 1.0  # points
Matrix = tuple[float, float, float, float, float, float]
Box = tuple[float, float, float, float]  # left, bottom, right, top


class Text(NamedTuple):
    """A text, where it begins and ends on the page, the size of its letters, and the box in which it may be seen.

    All in points.
    """

    words: str
    begin: tuple[float, float]
    end: tuple[float, float]
    size: float
    box: Box

    @property
    def cut(self) -> bool:
        left, bottom, right, top = self.box
        places = (self.begin, self.end)
        return not all(left - SLACK <= x <= right + SLACK and bottom - SLACK <= y <= top + SLACK for x, y in places)


def reader(pdf: bytes) -> PdfReader:
    """Return a PDF for reading."""
    return PdfReader(BytesIO(pdf), strict=True)


def pages_of(pdf: PdfReader) -> dict[str, list[PageObject]]:
    """Return the pages of each sheet, by its bookmark."""
    marks = [(str(mark.title), pdf.get_destination_page_number(mark)) for mark in pdf.outline]
    ends = [*(number for _, number in marks[1:]), len(pdf.pages)]
    return {title: pdf.pages[start:end] for (title, start), end in zip(marks, ends, strict=True)}


def cut_off(sheet: Sheet, printed: list[PageObject]) -> set[str]:
    """Return the texts of a sheet that cannot be read whole on its pages."""
    found = [text for page in printed for text in texts(page)]
    words = _without_spaces("".join(text.words for text in found))
    wanted = {value for value in _texts_to_print(sheet) if not _is_among(value, words)}
    return wanted | {text.words for text in found if text.cut and text.words.strip()}


def _texts_to_print(sheet: Sheet) -> Iterator[str]:
    areas = pages(sheet).areas or (Range(1, 1, MAX_ROWS, MAX_COLUMNS),)
    for row, column, _, value in contents(sheet):
        if isinstance(value, str) and any(area.holds(row, column) for area in areas):
            yield value


def _is_among(text: str, words: str) -> bool:
    """Return whether a text was printed; a sign that its font lacks comes apart from it, from another font."""
    return _without_spaces(text) in words or all(part in words for part in text.split())


def _without_spaces(text: str) -> str:
    return "".join(text.split())


def texts(page: PageObject) -> Iterator[Text]:
    """Yield the texts of a page, as its drawing commands give them."""
    fonts = {name: _Font(font.get_object()) for name, font in page["/Resources"]["/Font"].items()}
    content = page.get_contents()
    assert content is not None
    state = _State((1, 0, 0, 1, 0, 0), tuple(map(float, page.mediabox)))
    kept: list[_State] = []
    path: list[Box] = []
    place, font, size = state.matrix, None, 0.0
    for operands, operator in ContentStream(content, page.pdf).operations:
        match operator:
            case b"q":
                kept.append(state)
            case b"Q":
                state = kept.pop()
            case b"cm":
                state = state._replace(matrix=_product(_matrix(operands), state.matrix))
            case b"re":
                path.append(_box(state.matrix, *map(float, operands)))
            case b"W" | b"W*" if len(path) == 1:
                state = state._replace(box=_common(state.box, path[0]))
            case b"n" | b"f" | b"f*" | b"S":
                path.clear()
            case b"BT":
                place = (1, 0, 0, 1, 0, 0)
            case b"Tm":
                place = _matrix(operands)
            case b"Td":
                place = _product((1, 0, 0, 1, float(operands[0]), float(operands[1])), place)
            case b"Tf":
                font, size = fonts[operands[0]], float(operands[1])
            case b"Tj" | b"TJ":
                assert font is not None
                words, width = font.measured(operands[0] if operator == b"TJ" else operands)
                here = _product(place, state.matrix)
                high = size * hypot(here[2], here[3])
                yield Text(words, _point(here, 0), _point(here, width * size), high, state.box)


class _State(NamedTuple):
    matrix: Matrix
    box: Box


class _Font:
    """Letters of one byte, as LibreOffice puts them into a PDF."""

    def __init__(self, font: Any) -> None:
        self.first, self.widths = int(font["/FirstChar"]), [float(width) for width in font["/Widths"]]
        pairs = re.findall(rb"<(\w\w)> <(\w{4,})>", font["/ToUnicode"].get_object().get_data())
        self.letters = {int(code, 16): bytes.fromhex(sign.decode()).decode("utf-16-be") for code, sign in pairs}

    def measured(self, pieces: Any) -> tuple[str, float]:
        """Return the words, and how wide they are for letters of one point; a number moves what follows it back."""
        words, width = "", 0.0
        for piece in pieces:
            if isinstance(piece, int | float):
                width -= float(piece)
                continue
            for code in piece if isinstance(piece, bytes) else piece.original_bytes:
                words += self.letters.get(code, "?")
                width += self.widths[code - self.first]
        return words, width / 1000


def _matrix(operands: Any) -> Matrix:
    a, b, c, d, e, f = map(float, operands)
    return a, b, c, d, e, f


def _product(first: Matrix, then: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def _point(matrix: Matrix, along: float) -> tuple[float, float]:
    return matrix[0] * along + matrix[4], matrix[1] * along + matrix[5]


def _box(matrix: Matrix, x: float, y: float, width: float, height: float) -> Box:
    corners = [_product((1, 0, 0, 1, *corner), matrix)[4:] for corner in ((x, y), (x + width, y + height))]
    (x1, y1), (x2, y2) = corners
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _common(one: Box, other: Box) -> Box:
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])
