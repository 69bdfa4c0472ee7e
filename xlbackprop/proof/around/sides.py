"""The two sides that are compared: a workbook or a sheet of the document, and what the file shows of it."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

import numpy as np

from xlbackprop.proof.around.matching import Drawn, area_of, matched_charts, matched_drawings
from xlbackprop.workbook import (
    Chart,
    Document,
    Picture,
    Place,
    Sheet,
    address,
    cells_below,
    column_widths,
    quoted,
    row_heights,
)
from xlbackprop.xlsx.read import Area, SeenChart, SheetSurroundings, Surroundings


class Both:
    """The two sides of a comparison of workbooks."""

    def __init__(self, document: Document, found: Surroundings) -> None:
        self.document, self.found = document, found

    @cached_property
    def sheets(self) -> list[Pair]:
        """The sheets of the document that the file has, too."""
        found = ((sheet, self.found.sheets.get(sheet.name)) for sheet in self.document.sheets)
        return [Pair(sheet, seen) for sheet, seen in found if seen is not None]


class Pair:
    """A sheet of the document and what the file shows around its cells."""

    def __init__(self, sheet: Sheet, seen: SheetSurroundings) -> None:
        self.sheet, self.seen = sheet, seen
        self.name = quoted(sheet.name)

    def at(self, area: Area) -> str:
        """Return how a message names an area: 'LR=0.1'!B8:B290."""
        return f"{self.name}!{_written(area)}"

    def holds(self, area: Area, but: Collection[Place] = ()) -> bool:
        """Return whether the document has anything in the cells of an area, in others than `but`."""
        if area.first_row > area.last_row or area.first_column > area.last_column:
            return False
        rows, columns = self._filled
        inside = (rows >= area.first_row) & (rows <= area.last_row)
        inside &= (columns >= area.first_column) & (columns <= area.last_column)
        there = zip(rows[inside].tolist(), columns[inside].tolist(), strict=True)
        return any(place not in but for place in there) or any(meet(area, table) for table in self._tables)

    def is_drawn_on(self, area: Area) -> bool:
        """Return whether a drawing of the document lies over cells of an area."""
        return any(meet(area, drawn) for drawn in self._drawn_on)

    @cached_property
    def _drawn_on(self) -> list[Area]:
        """About the cells below the drawings of the document."""
        sheet, widths = self.sheet, column_widths(self.sheet)
        drawings: list[Chart | Picture] = [*sheet.charts, *sheet.pictures]
        below = (cells_below(drawing, widths, self._heights) for drawing in drawings)
        return [Area(*place) for place in (*below, *map(area_of, sheet.outlines))]

    @cached_property
    def _heights(self) -> dict[int, float]:
        return row_heights(self.sheet)

    @cached_property
    def charts(self) -> list[tuple[SeenChart, SeenChart | None]]:
        """The charts of the document, each with what the file has of it."""
        return matched_charts(self.sheet, self.seen)

    @cached_property
    def drawings(self) -> list[Drawn]:
        """The outlines and pictures of the document, each with what the file has of it."""
        return matched_drawings(self.sheet, self.seen)

    @cached_property
    def rows(self) -> frozenset[int]:
        """The rows in which the document has anything, or over which a drawing stands."""
        tables = (range(table.first_row, table.last_row + 1) for table in self._tables)
        return frozenset(self._filled[0].tolist()).union(self._heights, *tables)

    @cached_property
    def columns(self) -> frozenset[int]:
        """The columns in which the document has anything."""
        tables = (range(table.first_column, table.last_column + 1) for table in self._tables)
        return frozenset(self._filled[1].tolist()).union(*tables)

    @cached_property
    def _tables(self) -> list[Area]:
        return [
            Area(table.header_row, table.first_column, table.last_row, table.first_column + len(table.columns) - 1)
            for table in self.sheet.tables
        ]

    @cached_property
    def _filled(self) -> tuple[np.ndarray, np.ndarray]:
        """The rows and the columns of the cells outside the tables that are not empty."""
        places = [place for place, cell in self.sheet.cells.items() if cell.value != "" or cell.formula is not None]
        rows, columns = np.array(places, dtype=int).reshape(-1, 2).T
        return rows, columns


def meet(one: Area, other: Area) -> bool:
    """Return whether two areas have a cell in common."""
    return (
        one.first_row <= other.last_row
        and other.first_row <= one.last_row
        and one.first_column <= other.last_column
        and other.first_column <= one.last_column
    )


def _written(area: Area) -> str:
    first, last = address(area.first_row, area.first_column), address(area.last_row, area.last_column)
    return first if first == last else f"{first}:{last}"
