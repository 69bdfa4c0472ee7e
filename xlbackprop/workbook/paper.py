"""Sheets on paper: letters of at least nine points, on as many pages as that takes, broken between blocks.

A page is a range of its own in the print area, which begins a page in every program. So parts that stand side by side
on the screen are broken each between blocks of its own, where a break after a row would go through both. A block begins
at a heading; where there is none, at the header of a table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import NamedTuple

from xlbackprop.workbook.document import Cell, Sheet
from xlbackprop.workbook.extents import (
    STANDARD_HEIGHT,
    STANDARD_WIDTH,
    Range,
    cells_below,
    column_widths,
    line_height,
    points_wide,
    range_of,
    row_heights,
)
from xlbackprop.workbook.looks import Look

SMALLEST = 9.0  # points: of the letters on paper
_LETTERS = {Look.NOTE: 9.5, Look.CODE: 10.0}  # points: of the letters of a look that has smaller ones than others
_TEXT, _TITLE = 11.0, 18.0
_OF_A_CHART = 9.0
# Points: width and height within the margins, of A4 and Letter the lesser, as either may be in the printer. In
# LibreOffice columns are a twentieth wider than in Excel, by whose pixels they are measured here, and a scale is cut to
# whole percents.
_UPRIGHT, _ACROSS = (559.0 / 1.06, 695.0), (756.0 / 1.06, 498.0)
_MOST_AREAS = 20  # a print area is a formula, whose length has a limit, and LibreOffice takes long over many


class Pages(NamedTuple):
    """How a sheet is printed: each area begins a page, and is `wide` pages wide."""

    landscape: bool
    areas: tuple[Range, ...]
    wide: int = 1


def on_paper(sheet: Sheet) -> Sheet:
    """Return a sheet as a hand-out has it: without links and their looks, and without what helps on a screen only."""
    instead = [(range_of(cells), text) for cells, text in sheet.page.instead]

    def printed(place: tuple[int, int], cell: Cell) -> Cell:
        style = replace(cell.style, look=Look.LABEL) if cell.style.look is Look.LINK else cell.style
        for cells, text in instead:
            if cells.holds(*place):
                return replace(cell, value=text, formula=None, link=None, style=style)
        return replace(cell, link=None, style=style)

    return replace(sheet, cells={place: printed(place, cell) for place, cell in sheet.cells.items()})


def pages(sheet: Sheet) -> Pages:
    """Return the pages of a sheet. The rows of a long table are broken by the programs, its columns between bands."""
    parts, page = [range_of(part) for part in sheet.page.parts], sheet.page
    measures = _Measures(sheet)
    if page.pages_wide is not None or not parts:
        return Pages(page.landscape is not False, tuple(parts), page.pages_wide or 1)
    whole = [measures.with_charts(part) if page.blocks else part for part in parts]
    across = page.landscape is not False
    if page.landscape is None and page.blocks:
        across = any(measures.width(part) > measures.room(part, _UPRIGHT) for part in whole)
    paper = _ACROSS if across else _UPRIGHT
    if page.blocks:
        return Pages(across, tuple(area for part in whole for area in measures.paged(part, paper)))
    areas = [area for part in whole for area in measures.side_by_side(part, paper[0])]
    return Pages(across, tuple(areas)) if len(areas) <= _MOST_AREAS else Pages(across, tuple(whole), len(areas))


class _Measures:
    """The widths and heights of a sheet, in points, and how its parts are cut into pages."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.widths = column_widths(sheet)
        self.heights = row_heights(sheet)
        self.tall: dict[int, float] = {}
        for (row, _), cell in sheet.cells.items():
            self.tall[row] = max(self.tall.get(row, 0.0), line_height(cell.style.look))
        self.charts = [cells_below(chart, self.widths, self.heights) for chart in sheet.charts]
        self.fixed = [*self._fixed()]

    # ------------------------------------------------------------------------------------------------------- measures

    def with_charts(self, part: Range) -> Range:
        """Return a part with the columns into which its charts reach."""
        return part._replace(right=max([part.right, *(each.right for each in self.charts if each.meets(part))]))

    def points(self, column: int) -> float:
        return points_wide(self.widths.get(column, STANDARD_WIDTH))

    def width(self, area: Range) -> float:
        return sum(map(self.points, range(area.left, area.right + 1)))

    def height(self, first: int, last: int) -> float:
        return sum(
            self.heights.get(row, max(STANDARD_HEIGHT, self.tall.get(row, 0.0))) for row in range(first, last + 1)
        )

    def scale(self, area: Range) -> float:
        """Return the scale at which the smallest letters of an area are still large enough; 1 at most."""
        charts = any(chart.meets(area) for chart in self.charts)
        letters = [_LETTERS.get(cell.style.look, _TEXT) for _, _, cell in self._texts(area)]
        return SMALLEST / min([_TEXT, *letters, *[_OF_A_CHART] * charts])

    def room(self, area: Range, paper: tuple[float, float]) -> float:
        """Return how wide an area may be on this paper, before it is made smaller."""
        return paper[0] / self.scale(area)

    def side_by_side(self, table: Range, paper: float) -> Iterator[Range]:
        """Yield the columns of each page of a table; those that are repeated on every page take room there too.

        A page ends where a band ends, whose name stands in the first row, unless that leaves it half empty.
        """
        room, repeat = paper * _TEXT / SMALLEST, self.sheet.page.repeat_columns
        kept = range_of(repeat.split(":")[1] + "1").right if repeat else 0
        bands = {column for row, column, _ in self._texts(table) if row == table.top}
        left = table.left
        while left <= table.right:
            edges = accumulate(map(self.points, range(left, table.right + 1)))
            free = room - (self.width(table._replace(right=kept)) if repeat and left > kept else 0)
            count = max(1, sum(edge <= free for edge in edges))
            if left + count <= table.right:
                ends = [end for end in range(count // 2 + 1, count + 1) if left + end in bands]
                count = max(ends, default=count)
            yield table._replace(left=left, right=left + count - 1)
            left += count

    def _texts(self, area: Range) -> Iterator[tuple[int, int, Cell]]:
        for (row, column), cell in self.sheet.cells.items():
            if area.holds(row, column) and cell.value != "":
                yield row, column, cell

    # ------------------------------------------------------------------------------------------------ what stays whole

    def _fixed(self) -> Iterator[Range]:
        """Yield the cells of all that no page may cut: merged ones, circles, charts."""
        yield from map(range_of, self.sheet.merged)
        for outline in self.sheet.outlines:
            if outline.kind == "ellipse":
                start, end = outline.start, outline.end
                yield Range(start.row, start.column, end.row, end.column - (end.right == 0))
        yield from self.charts

    # ----------------------------------------------------------------------------------------------------------- pages

    def paged(self, part: Range, paper: tuple[float, float]) -> Iterator[Range]:
        """Yield the pages of a part; of what is too wide the right columns follow on pages of their own."""
        blocks, room = self._blocks(part), self.room(part, paper)
        if (width := self.width(part)) <= room:
            for first, last in self._packed(blocks, paper[1] / min(1.0, paper[0] / width)):
                yield part._replace(top=first, bottom=last)
            return
        too_wide = [block for block in blocks if self._filled(block) > room]
        (left, right), *others = self._columns(part, room)
        rows = [*self._packed(blocks, paper[1])]
        yield from (Range(first, left, last, right) for first, last in rows)
        for left, right in others:
            for first, last in rows:
                if any(first <= block.bottom and block.top <= last for block in too_wide):
                    yield Range(first, left, last, right)

    def _blocks(self, part: Range) -> list[Range]:
        """Return the blocks of a part, from one heading to the row above the next; what leads them is the first."""
        for look in (Look.HEADING, Look.HEADER):
            rows = {row for row, _, cell in self._texts(part) if cell.style.look is look}
            if rows:
                break
        starts = sorted({part.top, *rows})
        if part.top not in rows:  # what leads to the first heading stays with it
            starts = [part.top, *starts[2:]]
        ends = [*(row - 1 for row in starts[1:]), part.bottom]
        return [part._replace(top=top, bottom=bottom) for top, bottom in zip(starts, ends, strict=True)]

    def _packed(self, blocks: Sequence[Range], height: float) -> Iterator[tuple[int, int]]:
        """Yield the first and the last row of each page; only a block that fills more than a page is broken."""
        first = blocks[0].top
        for block in blocks:
            begun, bottom = first < block.top, self._last_filled(block)
            alone = self.height(block.top, bottom) <= height
            if begun and self.height(first, bottom) > height:
                free = height - self.height(first, block.top - 1)
                if alone or free < height / 3:
                    yield first, self._last_filled(blocks[blocks.index(block) - 1])
                    first = block.top
            while self.height(first, bottom) > height:
                last = self._last_row(first, block, height)
                yield first, last
                first = last + 1
        yield first, self._last_filled(blocks[-1])

    def _last_filled(self, block: Range) -> int:
        """Return the last row of a block that holds anything; a page does not end with empty rows."""
        wholes = [min(one.bottom, block.bottom) for one in self.fixed if one.meets(block)]
        return max([block.top, *wholes, *(row for row, _, _ in self._texts(block))])

    def _last_row(self, first: int, block: Range, height: float) -> int:
        """Return the last row of a page from `first` on, above which nothing is cut that stays whole."""
        last = next(row for row in range(first, block.bottom + 1) if self.height(first, row + 1) > height)
        cut = [one for one in self.fixed if one.meets(block)]
        for row in range(last, first, -1):
            if not any(one.top <= row < one.bottom for one in cut):
                return row
        return last

    def _filled(self, block: Range) -> float:
        """Return how wide the contents of a block are: headings run on to the edge of their part without need."""
        wholes = [one.right for one in self.fixed if one.meets(block)]
        last = max([block.left, *wholes, *(column for _, column, _ in self._texts(block))])
        return self.width(block._replace(right=min(last, block.right)))

    def _columns(self, part: Range, room: float) -> Iterator[tuple[int, int]]:
        """Yield the first and the last column of each page over which a part goes.

        A break does not go through a circle; where arrows begin, it stands before them: they end at what they lead to.
        """
        cut = [one for one in self.fixed if one.meets(part)]
        arrows = {one.start.column for one in self.sheet.outlines if one.kind == "arrow"}
        free = [
            column
            for column in range(part.left + 1, part.right + 1)
            if not any(one.left < column <= one.right for one in cut)
        ]
        breaks = [column for column in free if column in arrows] or free
        first, edges = part.left, [*breaks, part.right + 1]
        for edge, following in pairwise([*edges, part.right + 2]):
            if following > part.right + 1 or self.width(part._replace(left=first, right=following - 1)) > room:
                yield first, edge - 1
                first = edge
