"""Where things stand on a sheet: how wide columns and how high rows are, and which cells lie below a drawing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from xlbackprop.workbook.document import Sheet, column_letters
from xlbackprop.workbook.figures import Chart, Picture
from xlbackprop.workbook.looks import Look

STANDARD_HEIGHT = 15.0  # points, of a row without large letters
STANDARD_WIDTH = 8.43  # characters, of a column that does not say its own
POINTS_A_PIXEL = 3 / 4
_TALL = {Look.TITLE: 24.0, Look.HEADING: 18.0}  # points, for one line of large letters


class Range(NamedTuple):
    """Cells from (`top`, `left`) to (`bottom`, `right`)."""

    top: int
    left: int
    bottom: int
    right: int

    def holds(self, row: int, column: int) -> bool:
        return self.top <= row <= self.bottom and self.left <= column <= self.right

    def meets(self, other: Range) -> bool:
        """Return whether two ranges have a cell in common."""
        rows = self.top <= other.bottom and other.top <= self.bottom
        return rows and self.left <= other.right and other.left <= self.right

    def __str__(self) -> str:
        return f"{column_letters(self.left)}{self.top}:{column_letters(self.right)}{self.bottom}"


def range_of(area: str) -> Range:
    """Return the cells of an area: "A1:B5", "C5"."""
    first, _, last = area.partition(":")
    (left, top), (right, bottom) = _split(first), _split(last or first)
    return Range(top, left, bottom, right)


def _split(corner: str) -> tuple[int, int]:
    letters = corner.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = 26 * column + ord(letter) - 64
    return column, int(corner[len(letters) :])


def column_widths(sheet: Sheet) -> dict[int, float]:
    """Return column → width in characters: the width set by the sheet, or else the widest of its tables."""
    widths: dict[int, float] = {}
    for table in sheet.tables:
        for column, filled in enumerate(table.columns, table.first_column):
            widths[column] = max(filled.width, widths.get(column, 0))
    return widths | dict(sheet.widths)


def points_wide(characters: float) -> float:
    """Return how wide a column is, in points: seven pixels a character, and five for the padding."""
    return (round(7 * characters) + 5) * POINTS_A_PIXEL


def line_height(look: Look) -> float:
    """Return the height in points of a row for one line of this look."""
    return _TALL.get(look, STANDARD_HEIGHT)


def cells_below(drawing: Chart | Picture, widths: Mapping[int, float], heights: Mapping[int, float]) -> Range:
    """Return about the cells over which a chart or a picture lies; `widths` in characters, `heights` in points."""
    top, left, bottom, right = range_of(drawing.anchor)
    wide, high = drawing.width * POINTS_A_PIXEL, drawing.height * POINTS_A_PIXEL
    while (wide := wide - points_wide(widths.get(right, STANDARD_WIDTH))) > 0:
        right += 1
    while (high := high - heights.get(bottom, STANDARD_HEIGHT)) > 0:
        bottom += 1
    return Range(top, left, bottom, right)


def row_heights(sheet: Sheet) -> dict[int, float]:
    """Return row → height in points: those of `sheet.heights`, of a title in row 1 and of every row below a drawing.

    A drawing keeps its size, but a row that does not say its height has another one in each program and at each
    scaling of the screen; then a chart would cover the heading below it. The title in row 1 would be cut off in a
    program that gives all rows one height.
    """
    heights = dict(sheet.heights)
    fitting: dict[int, float] = {}
    for (row, _), cell in sheet.cells.items():
        if (tall := _TALL.get(cell.style.look, 0.0)) > fitting.get(row, STANDARD_HEIGHT):
            fitting[row] = tall
    fitting |= heights
    if sheet.has_drawing or 1 in fitting:
        heights[1] = fitting.get(1, STANDARD_HEIGHT)
    rows = {row for outline in sheet.outlines for row in (outline.start.row, outline.end.row)}
    for row in range(min(rows, default=0), max(rows, default=-1) + 1):
        heights[row] = fitting.get(row, STANDARD_HEIGHT)
    drawings: list[Chart | Picture] = [*sheet.charts, *sheet.pictures]
    for drawing in drawings:
        below = cells_below(drawing, {}, fitting)
        for row in range(below.top, below.bottom + 1):
            heights[row] = fitting.get(row, STANDARD_HEIGHT)
    return heights
