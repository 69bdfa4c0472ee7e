"""Numbers in their columns: formats that LibreOffice does not replace, widths that fit a screen, notation by size."""

from __future__ import annotations

import math

import pytest
from openpyxl.utils import range_boundaries

from tests.lessons import covering_lessons
from tests.slow import slow_where
from xlbackprop import compile_document, load_lesson
from xlbackprop.network.quantities import Gradient, NetInput, Output, TotalLoss, Weight
from xlbackprop.numpy_run import Spread
from xlbackprop.sheets.number_formats import (
    FIVE_DECIMALS,
    FOUR_DECIMALS,
    LARGE_LOSS,
    LOSS,
    SCIENTIFIC,
    SIX_DECIMALS,
    shown,
)
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.workbook.document import Document, ErrorValue, Sheet, column_letters
from xlbackprop.xlsx.write.openpyxl_shell import PADDING

# Pixels of a maximised LibreOffice on a screen of 1920 that are left for cells, and of one character there.
ROOM, CHARACTER = 1813, 7.13


@pytest.fixture(scope="module")
def document() -> Document:
    return compile_document(load_lesson())


def formats(sheet: Sheet) -> dict[str, str]:
    """Return cell → number format of every formula that gives a number; of a column its first cell stands for all."""
    loose = {
        f"{column_letters(column)}{row}": cell.style.number_format
        for (row, column), cell in sheet.cells.items()
        if cell.formula is not None and isinstance(cell.value, float | int | ErrorValue)
    }
    return loose | {
        f"{column_letters(column)}{table.first_row}": filled.style.number_format
        for table in sheet.tables
        for column, filled in enumerate(table.columns, table.first_column)
        if filled.fill is not None and filled.values.dtype.kind in "iuf"
    }


@pytest.mark.parametrize("name", slow_where(covering_lessons(), {"digits", "vanishing"}))
def test_every_formula_that_gives_a_number_says_how_it_is_shown(name: str) -> None:
    document = compile_document(load_lesson(name, epochs=2))
    general = {
        f"'{sheet.name}'!{cell}" for sheet in document.sheets for cell, f in formats(sheet).items() if f == "General"
    }
    assert not general


def test_a_screen_shows_all_columns_of_the_walkthrough(document: Document) -> None:
    for run in (RunLayout(load_lesson(), number) for number in range(6)):
        widths = [column.width + PADDING for column in document[run.name].tables[0].columns]
        assert len(widths) == 32
        assert sum(widths) * CHARACTER <= ROOM


def test_columns_of_one_kind_are_alike(document: Document) -> None:
    run = RunLayout(load_lesson(), 2)
    columns = document[run.name].tables[0].columns
    kinds: tuple[tuple[type, int | None], ...] = ((Weight, None), (Gradient, None), (NetInput, 1), (Output, 2))
    for kind, layer in kinds:
        alike = [of for of in run.column_of if isinstance(of, kind) and layer in (None, getattr(of, "layer", None))]
        of_kind = [columns[run.column_of[of] - 1] for of in alike]
        assert len({(column.style.number_format, column.width) for column in of_kind}) == 1


def test_formats_follow_the_numbers_as_shipped_not_an_edit() -> None:
    lesson = load_lesson(epochs=3)
    edited = compile_document(lesson, {"w1": -1234.5, "i1": 1e-7, "learning rate 1": 100.0})
    for one, other in zip(compile_document(lesson).sheets, edited.sheets, strict=True):
        if one.name in {run.name for run in lesson.runs}:
            assert formats(one) == formats(other)
            assert one.reformats == other.reformats


def of(*numbers: float) -> Spread:
    return Spread.of([*numbers])


def test_the_size_of_the_numbers_decides() -> None:
    assert shown(Weight(1, 0, 0), of(-0.3, 12)).number_format == FOUR_DECIMALS
    assert shown(NetInput(1, 0), of(0.06, 0.065)).number_format == FIVE_DECIMALS
    assert shown(Weight(1, 0, 0), of(0.0, 0.002)).number_format == SCIENTIFIC
    assert shown(Weight(1, 0, 0), of(1.0, 4567.0)).number_format == SCIENTIFIC
    assert shown(TotalLoss(), of(0.25, 1e-9)).number_format == LOSS
    assert shown(TotalLoss(), of(0.25, 45.0)).number_format == LARGE_LOSS
    assert shown(TotalLoss(), of(0.25, 4500.0)).number_format == SCIENTIFIC
    assert shown(Gradient(Weight(1, 0, 0)), of(-0.25, 0.002)).number_format == SIX_DECIMALS
    assert shown(Gradient(Weight(1, 0, 0)), of(-0.25, 0.0002)).number_format == SCIENTIFIC
    assert shown(TotalLoss(), of(math.nan)).number_format == LOSS


def test_what_an_edit_makes_long_is_in_scientific_notation(document: Document) -> None:
    """Every column with decimals has the rule, from a size on at which its digits still fit, shrunk a little."""
    run = RunLayout(load_lesson(), 2)
    sheet = document[run.name]
    covered = {
        column
        for reformat in sheet.reformats
        for cells in reformat.cells.split()
        for left, _, right, _ in [range_boundaries(cells)]
        for column in range(left, right + 1)
    }
    fixed = {
        number
        for number, column in enumerate(sheet.tables[0].columns, start=1)
        if column.style.number_format not in (SCIENTIFIC, "0")
    }
    assert covered == fixed
    assert {(each.formula, each.number_format) for each in sheet.reformats} == {
        ("ABS(J8)>=100", SCIENTIFIC),
        ("ABS(B8)>=1000", SCIENTIFIC),
    }


def test_whole_numbers_get_decimals_when_another_number_is_typed() -> None:
    document = compile_document(load_lesson("xor", epochs=2))
    run = RunLayout(load_lesson("xor", epochs=2), 1)
    first = document[run.name].reformats[0]
    assert (first.formula, first.number_format) == (f"E{run.first_row}<>INT(E{run.first_row})", FOUR_DECIMALS)
    assert first.cells == f"E{run.first_row}:G{run.last_row}"
