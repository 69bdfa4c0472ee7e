"""The sheets of runs: columns that fold, band names that fit, pages that can be read."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from xlbackprop import compile_document, load_lesson, write_workbook
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.workbook.document import Document, column_letters
from xlbackprop.workbook.paper import pages


@pytest.fixture(scope="module")
def document() -> Document:
    return compile_document(load_lesson("optimizers", epochs=3))


def test_columns_of_a_layer_and_role_fold_behind_the_one_that_names_them(document: Document, tmp_path: Path) -> None:
    write_workbook(document, tmp_path / "optimizers.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "optimizers.xlsx")["Adam"]
    headers = {sheet.cell(RunLayout(load_lesson("optimizers"), 6).header_row, n).value: n for n in range(1, 30)}
    folded = {
        name
        for name, number in headers.items()
        if name and sheet.column_dimensions[column_letters(number)].outlineLevel
    }
    assert folded == {"w2", "out_o1", "∂E/∂w2", "Σ∂E/∂w2", "m_w2", "v_w2"}
    assert not sheet.sheet_properties.outlinePr.summaryRight
    assert not any(dimension.hidden for dimension in sheet.column_dimensions.values())


def test_a_band_says_what_it_is_in_as_many_words_as_fit(document: Document) -> None:
    run = RunLayout(load_lesson("optimizers"), 6)
    sheet = document["Adam"]
    bands = [str(sheet.cells[run.role_row, n].value) for n in range(1, len(run.columns) + 1)]
    assert [band for band in bands if band] == [
        "which row",
        "target",
        "input",
        "weights",
        "output layer",
        "loss",
        "gradients",
        "added up",
        "kept: m",
        "kept: v",
    ]


def test_a_wide_table_is_printed_over_several_pages() -> None:
    wide = compile_document(load_lesson("vanishing", epochs=2))["8 sigmoids"]
    assert (len(pages(wide).areas), wide.page.repeat_columns) == (4, "A:A")


def test_the_names_of_runs_have_room_on_the_loss_curves(document: Document) -> None:
    sheet = document["Loss curves"]
    names = {
        place: str(cell.value) for place, cell in sheet.cells.items() if cell.value in ("Gradient descent", "Adam")
    }
    assert names
    assert all(sheet.widths[column] > len(name) for (_, column), name in names.items())


def test_no_chart_reaches_into_the_rows_that_repeat_on_every_page(document: Document) -> None:
    for index in range(7):
        run = RunLayout(load_lesson("optimizers"), index)
        sheet = document[run.name]
        assert sheet.page.repeat_rows == f"{run.role_row}:{run.header_row}"
        assert [chart.anchor for chart in sheet.charts] == [f"{column_letters(run.chart_column)}{run.first_row + 1}"]
