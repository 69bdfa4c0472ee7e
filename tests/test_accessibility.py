"""Whoever does not see the sheets, or not their colours, finds everything too: looked up in the written files.

The contrast of text and fills is in `test_xlsx_looks`, declared header rows are in `test_workbook`.
"""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import openpyxl
import pytest
from openpyxl.utils import range_boundaries
from openpyxl.workbook import Workbook

from tests.lessons import covering_lessons
from tests.slow import slow_where
from xlbackprop import compile_document, load_lesson, write_workbook
from xlbackprop.workbook.document import Document

DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"


@pytest.fixture(scope="module", params=slow_where(covering_lessons(), {"digits"}))
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Document, Path]:
    document = compile_document(load_lesson(request.param, epochs=2))
    path = tmp_path_factory.mktemp("made") / "lesson.xlsx"
    write_workbook(document, path)
    return document, path


@pytest.fixture(scope="module")
def book(made: tuple[Document, Path]) -> Workbook:
    return openpyxl.load_workbook(made[1])


def test_every_chart_and_drawing_tells_its_gist_in_words_and_numbers(made: tuple[Document, Path]) -> None:
    told = 0
    with ZipFile(made[1]) as package:
        for name in package.namelist():
            if not re.match(r"xl/drawings/drawing\d+\.xml", name):
                continue
            for anchor in ElementTree.fromstring(package.read(name)):
                (outer, *_) = anchor.iter(f"{DRAWING}cNvPr")
                words = outer.get("descr", "")
                told += 1
                if anchor.find(f"{DRAWING}graphicFrame") is None:
                    # what it lies over stands in cells, which are read out
                    assert re.fullmatch(r"circle round \w+|arrow from \w+ to \w+", words), words
                    continue
                assert len(words) > 30, (name, outer.get("name"))
                assert re.search(r"\d", words), words
    assert told == sum(len(sheet.charts) + len(sheet.outlines) for sheet in made[0].sheets)


def test_every_sheet_begins_with_a_sentence_that_says_what_it_is(book: Workbook) -> None:
    for sheet in book.worksheets:
        first = sheet["A1"].value
        assert isinstance(first, str), sheet.title
        assert len(first.split()) >= 3, first


def test_the_names_of_sheets_are_short_and_differ(book: Workbook) -> None:
    names = [sheet.title.lower() for sheet in book.worksheets]
    assert len(set(names)) == len(names)
    assert all(0 < len(name) <= 31 for name in names)


def test_no_cells_of_a_table_are_merged(made: tuple[Document, Path], book: Workbook) -> None:
    for sheet in made[0].sheets:
        for table in sheet.tables:
            for merged in book[sheet.name].merged_cells.ranges:
                left, top, right, bottom = range_boundaries(str(merged))
                last = table.first_column + len(table.columns) - 1
                apart = bottom < table.header_row or top > table.last_row or right < table.first_column or left > last
                assert apart, (sheet.name, str(merged))


def test_a_reader_goes_from_the_title_down(made: tuple[Document, Path], book: Workbook) -> None:
    """The cursor of every sheet stands in A1 of the first one; the rows of a file come from top to bottom."""
    assert book.active.title == "Summary"
    for sheet in book.worksheets:
        assert {selection.activeCell for selection in sheet.sheet_view.selection} == {"A1"}
    with ZipFile(made[1]) as package:
        for name in package.namelist():
            if re.match(r"xl/worksheets/sheet\d+\.xml", name):
                rows = [int(row) for row in re.findall(rb'<row r="(\d+)"', package.read(name))]
                assert all(one < other for one, other in pairwise(rows)), name


def test_title_and_language_are_declared(made: tuple[Document, Path]) -> None:
    with ZipFile(made[1]) as package:
        core = package.read("docProps/core.xml").decode()
    assert re.search(r"<dc:title>[^<]{5,}</dc:title>", core)
    assert "<dc:language>en-GB</dc:language>" in core


def test_every_link_leads_to_a_sheet_that_is_there(book: Workbook) -> None:
    for sheet in book.worksheets:
        for link in sheet._hyperlinks:
            target, _, _ = str(link.location).rpartition("!")
            assert target.strip("'").replace("''", "'") in book.sheetnames, link.location


def test_what_is_told_by_colour_is_told_by_words_or_signs_too(made: tuple[Document, Path]) -> None:
    """Cells that turn green or red hold words; tinted numbers show their sign; every curve has its name."""
    for sheet in made[0].sheets:
        for chart in sheet.charts:
            names = [series.name_text for series in chart.series]
            assert all(names)
            assert len(set(names)) == len(names)
        for scale in sheet.scales:
            for cells in scale.cells.split():
                column, row, _, _ = range_boundaries(cells)
                assert isinstance(sheet.cells[row, column].value, float), (sheet.name, cells)
