"""Rows under a drawing say their height: else a program would draw them lower, and the drawing over what is below it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from openpyxl.utils import range_boundaries

from tests.slow import slow_where
from tests.tampering import edit_part, sheet_part
from xlbackprop import compile_document, load_lesson, write_workbook
from xlbackprop.lesson_library import built_in_lessons
from xlbackprop.sheets.canvas import lines_of
from xlbackprop.workbook import Cell, Chart, Document, Look, Picture, Sheet, Style, row_heights
from xlbackprop.workbook.extents import column_widths
from xlbackprop.xlsx.read import Area, areas

each_lesson = pytest.mark.parametrize("name", slow_where(built_in_lessons(), ["digits"]))
ROW = re.compile(r'<row r="(\d+)"([^>]*)>')
SAID = re.compile(r' ht="([\d.]+)" customHeight="1"')


@cache
def of_lesson(name: str) -> Document:
    return compile_document(load_lesson(name, epochs=min(4, load_lesson(name).epochs)))


def drawings(sheet: Sheet) -> Iterator[Chart | Picture]:
    yield from (*sheet.charts, *sheet.pictures)


def under(sheet: Sheet, drawing: Chart | Picture, heights: dict[int, float]) -> Area:
    """Return the cells under a drawing where rows have these heights, in points. Raises KeyError where one has none."""
    ((row, column, _, _),) = areas(drawing.anchor)
    widths, last_row, last_column = column_widths(sheet), row, column
    wide, high = 7 * widths.get(column, 8.43) + 5, heights[row] * 4 / 3
    while high < drawing.height:
        last_row += 1
        high += heights[last_row] * 4 / 3
    while wide < drawing.width:
        last_column += 1
        wide += 7 * widths.get(last_column, 8.43) + 5
    return Area(row, column, last_row, last_column)


def said(path: Path, sheet: str) -> dict[int, float]:
    """Return the heights that the rows of a sheet say in a file, by row."""
    with zipfile.ZipFile(path) as package:
        rows = ROW.findall(package.read(sheet_part(path, sheet)).decode())
    return {int(row): float(found[1]) for row, looks in rows if (found := SAID.search(looks))}


@each_lesson
def test_rows_under_a_drawing_and_the_first_say_their_height(tmp_path: Path, name: str) -> None:
    document, path = of_lesson(name), tmp_path / "lesson.xlsx"
    write_workbook(document, path)
    drawn = [sheet for sheet in document.sheets if sheet.has_drawing]
    assert len(drawn) > 3
    assert {said(path, sheet.name)[1] for sheet in document.sheets} <= {24.0, 48.0}  # of one line or two
    for sheet in drawn:
        heights = said(path, sheet.name)
        assert heights[1] == 24
        for drawing in drawings(sheet):
            under(sheet, drawing, heights)
        ends = [end.row for outline in sheet.outlines for end in (outline.start, outline.end)]
        assert {*range(min(ends, default=1), max(ends, default=1) + 1)} <= heights.keys()
        assert heights == row_heights(sheet)


def test_a_row_that_says_no_height_would_be_missed(tmp_path: Path) -> None:
    document, path = of_lesson("walkthrough"), tmp_path / "lesson.xlsx"
    write_workbook(document, path)
    edit_part(path, sheet_part(path, "Summary"), lambda text: text.replace('<row r="9" ht="15" ', '<row r="9" '))
    with pytest.raises(KeyError, match="9"):
        under(document["Summary"], document["Summary"].charts[0], said(path, "Summary"))


def test_a_sheet_without_drawings_says_the_heights_that_it_was_given_and_that_of_its_title() -> None:
    cells = {(1, 1): Cell("A title", Style(Look.TITLE)), (2, 1): Cell("text")}
    assert row_heights(Sheet("a", cells, heights={2: 30.0})) == {1: 24.0, 2: 30.0}
    assert row_heights(Sheet("a", {(2, 1): Cell("text")}, heights={2: 30.0})) == {2: 30.0}


def test_large_letters_get_room_and_a_height_that_was_given_stays() -> None:
    cells = {(row, 1): Cell("text", Style(look)) for row, look in ((1, Look.TITLE), (2, Look.HEADING), (3, Look.NOTE))}
    chart = Chart("C2", 400, 100, "a", "x", "y", (), "", 1.0, 1.0)  # 75 points high
    heights = row_heights(Sheet("a", cells, charts=(chart,), heights={4: 40.0, 9: 20.0}))
    assert heights == {1: 24.0, 2: 18.0, 3: 15.0, 4: 40.0, 5: 15.0, 9: 20.0}


@each_lesson
def test_no_drawing_stands_over_a_cell_with_something_in_it(name: str) -> None:
    for sheet in of_lesson(name).sheets:
        heights = row_heights(sheet)
        for drawing in drawings(sheet):
            top, left, bottom, right = under(sheet, drawing, heights)
            for (row, column), cell in sheet.cells.items():
                covered = top <= row <= bottom and left <= column <= right
                assert not covered or cell.value == "", (sheet.name, drawing.anchor, row, column, cell.value)
            for table in sheet.tables:
                beside = right < table.first_column or left >= table.first_column + len(table.columns)
                assert beside or bottom < table.header_row or top > table.last_row, (sheet.name, drawing.anchor)


@each_lesson
def test_a_row_of_one_line_has_no_text_of_two(name: str) -> None:
    for sheet in of_lesson(name).sheets:
        heights, widths = row_heights(sheet), column_widths(sheet)
        merged = {
            (row, column)
            for left, top, right, bottom in map(range_boundaries, sheet.merged)
            for row in range(top, bottom + 1)
            for column in range(left, right + 1)
        }
        texts = {place: cell.value for place, cell in sheet.cells.items() if cell.style.wrap or _is_header(cell.style)}
        for table in sheet.tables:
            headers = enumerate(table.columns, table.first_column)
            texts |= {(table.header_row, column): filled.header for column, filled in headers}
        for (row, column), text in texts.items():
            if row in heights.keys() - sheet.heights.keys() and (row, column) not in merged:
                assert lines_of(str(text), widths.get(column, 8.43)) == 1, (sheet.name, row, column, text)


def _is_header(style: Style) -> bool:
    return style.look is Look.HEADER
