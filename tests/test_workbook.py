"""The file as others read it: openpyxl, calamine and the engines, against a run in bare Python."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from openpyxl.utils import get_column_letter, range_boundaries
from python_calamine import CalamineWorkbook

from tests.plain_run import HEADERS, RATES, plain_run
from tests.slow import slow
from xlbackprop.engines import BlindCopy, engine
from xlbackprop.lesson.lesson_file import load_lesson
from xlbackprop.machine import write_workbook
from xlbackprop.sheets.compiler import compile_document
from xlbackprop.workbook.document import Value, contents
from xlbackprop.xlsx.read.reader import blind_copy
from xlbackprop.xlsx.write import workbook_bytes

SHEETS = ["Summary", "Inputs", "Step by step", *RATES, "Loss curves", "Checks", "Lesson"]
FIRST_ROW, ROWS = 8, 283


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("workbook") / "walkthrough.xlsx"
    write_workbook(compile_document(load_lesson()), file)
    return file


@pytest.fixture(scope="module")
def book(path: Path) -> openpyxl.Workbook:
    """The formulas, and what else openpyxl reads; nobody changes it."""
    return openpyxl.load_workbook(path)


@pytest.fixture(scope="module")
def shown(path: Path) -> openpyxl.Workbook:
    """The stored values."""
    return openpyxl.load_workbook(path, data_only=True)


def _table(cells: Mapping[tuple[int, int], Value], rows: int) -> np.ndarray:
    columns = range(1, len(HEADERS) + 1)
    return np.array([[float(cells[row, column]) for column in columns] for row in range(FIRST_ROW, FIRST_ROW + rows)])


def _equal_to_the_plain_run(values: Mapping[str, Mapping[tuple[int, int], Value]], rows: int = ROWS) -> None:
    for sheet, rate in RATES.items():
        expected = np.array(plain_run(rate, rows))
        assert _table(values[sheet], rows) == pytest.approx(expected, rel=1e-12, abs=1e-15), sheet


def test_the_sheets_stand_in_their_order(path: Path, book: openpyxl.Workbook) -> None:
    assert book.sheetnames == SHEETS
    assert CalamineWorkbook.from_path(path).sheet_names == SHEETS


def test_the_columns_are_those_of_the_source_in_its_order(book: openpyxl.Workbook) -> None:
    for sheet in RATES:
        (row,) = book[sheet].iter_rows(min_row=FIRST_ROW - 1, max_row=FIRST_ROW - 1, max_col=32, values_only=True)
        assert list(row) == HEADERS


@pytest.mark.parametrize("reader", ["openpyxl", "calamine"])
def test_stored_values_are_those_of_the_plain_run(path: Path, shown: openpyxl.Workbook, reader: str) -> None:
    if reader == "openpyxl":
        sheets = {sheet: [[cell.value for cell in row] for row in shown[sheet].iter_rows()] for sheet in RATES}
    else:
        opened = CalamineWorkbook.from_path(path)
        sheets = {sheet: opened.get_sheet_by_name(sheet).to_python(skip_empty_area=False) for sheet in RATES}
    values = {
        sheet: {(r, c): value for r, row in enumerate(rows, 1) for c, value in enumerate(row, 1)}
        for sheet, rows in sheets.items()
    }
    _equal_to_the_plain_run(values)


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("formualizer", 8),
        pytest.param("ironcalc", 8, marks=pytest.mark.engine("ironcalc")),
        *(slow(name, ROWS, engine=name) for name in ("formualizer", "ironcalc", "libreoffice")),
    ],
)
def test_every_engine_calculates_the_plain_run_from_the_formulas_alone(tmp_path: Path, name: str, rows: int) -> None:
    write_workbook(compile_document(load_lesson(epochs=rows - 1)), tmp_path / "walkthrough.xlsx")
    blind_copy(tmp_path / "walkthrough.xlsx", tmp_path / "blind.xlsx")
    (values,) = engine(name).recalculate([BlindCopy.of(tmp_path / "blind.xlsx")])
    _equal_to_the_plain_run(values, rows)


def test_every_number_of_a_run_sheet_is_a_formula_but_epoch_zero(book: openpyxl.Workbook) -> None:
    for sheet in RATES:
        for row in book[sheet].iter_rows(min_row=3):
            for cell in row:
                if isinstance(cell.value, int | float):
                    assert (cell.coordinate, cell.value) == (f"A{FIRST_ROW}", 0)


def test_every_formula_carries_a_value(shown: openpyxl.Workbook) -> None:
    document = compile_document(load_lesson())
    assert document.formulas == sum(f is not None for sheet in document.sheets for _, _, f, _ in contents(sheet))
    for sheet in document.sheets:
        there = shown[sheet.name]
        for row, column, formula, value in contents(sheet):
            if formula is not None and value != "":
                assert there.cell(row, column).value is not None, f"{sheet.name} {get_column_letter(column)}{row}"


def test_typed_numbers_stand_on_inputs_alone() -> None:
    """Elsewhere a number is a formula, a setting that says so, or a stored constant."""
    document = compile_document(load_lesson())
    allowed = {"Inputs": 18, "Step by step": 3, "Loss curves": 2, "Checks": 1}
    for sheet in document.sheets:
        settings = [cell for cell in sheet.cells.values() if cell.changeable is not None]
        assert len(settings) == allowed.get(sheet.name, 0), sheet.name
        for cell in sheet.cells.values():
            if isinstance(cell.value, float) and cell.formula is None and cell.changeable is None:
                assert cell.style.look.value == "stored"


def test_the_same_lesson_makes_the_same_bytes() -> None:
    """In one file, too, on one kind of processor; on another the parts are the same, and may be packed otherwise."""
    first, second = (workbook_bytes(compile_document(load_lesson(epochs=20))) for _ in range(2))
    assert first == second


def test_panes_keep_header_and_epoch_in_sight(book: openpyxl.Workbook) -> None:
    assert all(book[sheet].freeze_panes == "B8" for sheet in RATES)
    assert book.active is not None
    assert book.active.title == "Summary"
    assert book.properties.title == "Backpropagation by hand: a 2-2-2 network"
    assert book.properties.language == "en-GB"


def test_every_chart_has_its_numbers_and_its_words(path: Path) -> None:
    with zipfile.ZipFile(path) as package:
        charts = [package.read(name).decode() for name in package.namelist() if name.startswith("xl/charts/chart")]
        drawings = [
            package.read(name).decode() for name in package.namelist() if name.startswith("xl/drawings/drawing")
        ]
    assert len(charts) == 2 + len(RATES) + 4
    comparisons = [chart for chart in charts if "<c:v>0.25123<" in chart and chart.count("<c:ser>") >= 6]
    assert len(comparisons) == 4
    for chart in comparisons:
        assert chart.count('<c:ptCount val="283"') == 12
        assert all(f"<c:v>{name}</c:v>" in chart for name in RATES)
        # every curve begins at epoch 0, before any update, and there is the dot of the chosen step
        assert chart.count("<c:v>0.25123<") == chart.count("<c:ser>")
    assert sum(drawing.count('descr="') for drawing in drawings) >= len(charts) + 1


# How NVDA reads a defined name: what it declares, the first and the last cell, then what other screen readers add.
_DECLARED = re.compile(r"(?P<kind>\w+)\.(?P<first>[A-Z]+[0-9]+)\.(?P<last>[A-Z]+[0-9]+)\.(?P<sheet>[0-9]+)")


def test_the_header_row_of_every_table_is_declared_for_screen_readers(book: openpyxl.Workbook) -> None:
    document = compile_document(load_lesson())
    tables = {
        (sheet.name, table.header_row, table.first_column): table for sheet in document.sheets for table in sheet.tables
    }
    for name, defined in book.defined_names.items():
        if (match := _DECLARED.fullmatch(name)) is None:
            continue
        assert match["kind"].lower().startswith("columntitle")
        ((sheet, place),) = defined.destinations
        assert sheet == book.sheetnames[int(match["sheet"]) - 1]
        assert place.replace("$", "") == match["first"]
        left, top, right, bottom = range_boundaries(f"{match['first']}:{match['last']}")
        table = tables.pop((sheet, top, left))
        headers = [book[sheet].cell(top, column).value for column in range(left, right + 1)]
        assert headers == [column.header for column in table.columns]
        assert bottom == table.last_row
    assert tables == {}


def test_a_lesson_cannot_smuggle_a_formula_into_the_workbook(tmp_path: Path) -> None:
    from dataclasses import replace

    title = '=HYPERLINK("http://example.org","x")'
    document = compile_document(replace(load_lesson(epochs=3), title=title, introduction=title, text=title))
    write_workbook(document, tmp_path / "sly.xlsx")
    book = openpyxl.load_workbook(tmp_path / "sly.xlsx")
    assert book["Summary"]["A2"].data_type == "s"
    assert all(cell.data_type != "f" for row in book["Lesson"].iter_rows() for cell in row)
