"""The heights that a file says of rows, so that a drawing ends in every program where it ended when it was laid out."""

from __future__ import annotations

from string import ascii_uppercase

from xlbackprop.workbook.document import Sheet
from xlbackprop.workbook.looks import Look

STANDARD_HEIGHT = 15.0  # points, of a row without large letters
_TALL = {Look.TITLE: 24.0, Look.HEADING: 18.0}  # points, for one line of large letters
_POINTS_A_PIXEL = 3 / 4


def line_height(look: Look) -> float:
    """Return the height in points of a row for one line of this look."""
    return _TALL.get(look, STANDARD_HEIGHT)


def row_heights(sheet: Sheet) -> dict[int, float]:
    """Return row → height in points: those of `sheet.heights`, of a title in row 1 and of every row under a drawing.

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
    for anchor, pixels in ((each.anchor, each.height) for kind in (sheet.charts, sheet.pictures) for each in kind):
        row, rest = int(anchor.lstrip(ascii_uppercase)), pixels * _POINTS_A_PIXEL
        while rest > 0:
            heights[row] = fitting.get(row, STANDARD_HEIGHT)
            rest -= heights[row]
            row += 1
    return heights
