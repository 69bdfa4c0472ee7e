"""What a comparison of a file and of an engine's values with the document says, and what it leaves unsaid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from xlbackprop.proof.charts_and_names import Surrounding
from xlbackprop.proof.comparison import Difference, Kind, Report, Tolerance, _same_words, compare
from xlbackprop.workbook.document import Cell, Document, ErrorValue, Filled, Sheet, Table, Value, contents, filled_down
from xlbackprop.workbook.looks import Style
from xlbackprop.xlsx.read.reader import ReadCell

Place = tuple[int, int]
ROWS = 4
DOUBLED = Filled("doubled", filled_down("A#*2"), np.array([2.0, 4.0, np.nan, 8.0]), Style())
COUNTED = Filled("n", filled_down("A↑+1"), np.array([1.0, 2.0, 3.0, 4.0]), Style(), constant_first=True)
CELLS = {
    (1, 1): Cell("a title"),
    (1, 2): Cell(0.1 + 0.2),
    (1, 3): Cell(True, formula="B1=B2"),
    (1, 4): Cell("", formula='IF(B1>1,"large","")'),
    (2, 1): Cell("0.50", formula="FIXED(B2,2,TRUE)"),
    (2, 2): Cell(0.5, formula="'Inputs'!$B$3"),
    (2, 3): Cell(True),
}
SHEET = Sheet("LR=0.1", CELLS, (Table(4, 1, (COUNTED, DOUBLED)),))
DOCUMENT = Document("A lesson", "", (SHEET, Sheet("Inputs", {(3, 2): Cell(0.5)})))


def file_of(document: Document) -> dict[str, dict[Place, ReadCell]]:
    """Return the document as it is read from a file whose stored values are all false."""
    return {
        sheet.name: {
            (row, column): ReadCell(formula, "never believed" if formula is not None else value)
            for row, column, formula, value in contents(sheet)
        }
        for sheet in document.sheets
    }


def values_of(document: Document) -> dict[str, dict[Place, Value]]:
    return {
        sheet.name: {(row, column): value for row, column, _, value in contents(sheet)} for sheet in document.sheets
    }


def report(
    cells: Mapping[Place, ReadCell | None] | None = None,
    values: Mapping[Place, Value | None] | None = None,
    document: Document = DOCUMENT,
) -> Report:
    """Compare the document with a file and with values that are true but for these; None takes a cell away."""
    found, calculated = file_of(document), values_of(document)
    for place, cell in (cells or {}).items():
        if cell is None:
            del found["LR=0.1"][place]
        else:
            found["LR=0.1"][place] = cell
    for place, value in (values or {}).items():
        if value is None:
            del calculated["LR=0.1"][place]
        else:
            calculated["LR=0.1"][place] = value
    return compare(document, found, calculated, "formualizer", "0.13")


def only(result: Report) -> Difference:
    (difference,) = result.differences
    return difference


def test_a_true_file_is_equal_and_its_stored_values_are_never_looked_at() -> None:
    result = report()
    assert result.equal
    assert (result.formulas, result.values) == (11, 18)
    assert result.lines() == [
        "formualizer 0.13: 11 formulas and 18 values compared.",
        "Every formula and every value is as it should be.",
        "Largest difference of a number: 0; relative: 0.",
    ]


# ----------------------------------------------------------------------------------------------------------- formulas


def test_a_changed_formula_is_shown_with_both_texts() -> None:
    assert only(report({(5, 2): ReadCell("A5*3", 2.0)})) == Difference("LR=0.1", "B5", Kind.FORMULA, "=A5*2", "=A5*3")


def test_a_changed_formula_with_another_value_is_told_twice() -> None:
    result = report({(5, 2): ReadCell("A5*3", 2.0)}, {(5, 2): 3.0})
    assert [difference.kind for difference in result.differences] == [Kind.FORMULA, Kind.VALUE]


@pytest.mark.parametrize("text", ["Inputs!$B$3", "'Inputs' !$B$3", " 'Inputs'!$B$3 "])
def test_a_formula_that_means_the_same_is_no_difference(text: str) -> None:
    assert report({(2, 2): ReadCell(text, None)}).equal


def test_dollar_signs_count() -> None:
    assert only(report({(2, 2): ReadCell("'Inputs'!B3", None)})).kind == Kind.FORMULA


def test_a_number_typed_over_a_formula_is_told_even_if_it_is_the_true_one() -> None:
    assert only(report({(5, 2): ReadCell(None, 2.0)})) == Difference("LR=0.1", "B5", Kind.TYPED_OVER, "=A5*2", "2")


def test_an_emptied_formula_is_told_once() -> None:
    result = report({(5, 2): None}, {(5, 2): None})
    assert only(result) == Difference("LR=0.1", "B5", Kind.FORMULA_MISSING, "=A5*2", "nothing")


# ------------------------------------------------------------------------------------------------------------- values


@pytest.mark.parametrize(
    ("place", "value", "shown"),
    [
        ((5, 2), 2.0001, "2.0001"),
        ((5, 2), "2", '"2"'),
        ((5, 2), ErrorValue.NUM, "#NUM!"),
        ((5, 2), None, "nothing"),
        ((7, 2), 6.0, "6"),
        ((7, 2), ErrorValue.VALUE, "#VALUE!"),
        ((7, 2), "#NUM!", '"#NUM!"'),
        ((1, 3), False, "FALSE"),
        ((1, 3), 1.0, "1"),
        ((1, 4), "large", '"large"'),
        ((2, 1), "0.51", '"0.51"'),
        ((2, 1), 0.5, "0.5"),
    ],
)
def test_a_value_that_differs_is_told(place: Place, value: Value | None, shown: str) -> None:
    difference = only(report(values={place: value}))
    assert difference.kind == Kind.VALUE
    assert difference.found == shown


@pytest.mark.parametrize("value", [2.0 + 2e-9, 2.0 - 2e-9, 2])
def test_numbers_within_the_tolerance_are_equal(value: float) -> None:
    assert report(values={(5, 2): value}).equal


def test_a_number_just_outside_the_tolerance_is_not() -> None:
    assert not report(values={(5, 2): 2.0 + 2.1e-9}).equal


def test_a_column_that_names_its_noise_may_stray_that_far() -> None:
    noisy = replace(DOUBLED, noise=1e-5)
    sheet = replace(SHEET, tables=(Table(4, 1, (COUNTED, noisy)),))
    document = replace(DOCUMENT, sheets=(sheet, DOCUMENT.sheets[1]))
    strayed = report(values={(5, 2): 2.000009}, document=document)
    assert strayed.equal
    assert strayed.largest_absolute.size == strayed.largest_ulps.size == 0  # it says nothing of the program
    assert not report(values={(5, 2): 2.00002}, document=document).equal
    assert not report(values={(6, 1): 2.000009}, document=document).equal


def test_an_empty_text_may_come_as_an_empty_cell() -> None:
    assert report(values={(1, 4): None}).equal


def test_the_largest_differences_are_named_with_their_cells() -> None:
    result = report(values={(5, 2): 2.0 + 1e-9, (8, 2): 8.0 + 2e-9, (2, 2): 0.5 + 4e-10})
    assert result.equal
    assert (result.largest_absolute.cell, result.largest_relative.cell) == ("B8", "B2")
    assert result.largest_absolute.size == pytest.approx(2e-9)
    assert result.largest_relative.size == pytest.approx(8e-10)
    assert result.largest_ulps.cell == "B2"
    assert result.largest_ulps.size == pytest.approx(4e-10 / 2**-53, rel=1e-6)
    assert (result.numbers, result.exact) == (7, 4)
    assert result.lines()[-1] == "Largest difference of a number: 2e-09 in 'LR=0.1'!B8; relative: 8e-10 in 'LR=0.1'!B2."


# ---------------------------------------------------------------------------------------------------------- constants


@pytest.mark.parametrize(
    ("place", "cell", "kind"),
    [
        ((1, 2), ReadCell(None, 0.3001), Kind.NUMBER),
        ((1, 2), ReadCell(None, "0.3"), Kind.NUMBER),
        ((1, 2), ReadCell("0.1+0.2", 0.3), Kind.NUMBER),
        ((2, 3), ReadCell(None, False), Kind.NUMBER),
        ((2, 3), ReadCell(None, 1.0), Kind.NUMBER),
        ((1, 1), ReadCell(None, "a title "), Kind.TEXT),
        ((4, 2), ReadCell(None, "halved"), Kind.TEXT),
        ((5, 1), ReadCell(None, 7.0), Kind.NUMBER),
        ((1, 1), None, Kind.MISSING),
        ((1, 2), None, Kind.MISSING),
    ],
)
def test_a_changed_constant_is_told(place: Place, cell: ReadCell | None, kind: Kind) -> None:
    assert only(report({place: cell})).kind == kind


def test_what_a_program_does_to_constants_when_it_saves_is_no_difference() -> None:
    assert report({(1, 2): ReadCell(None, 0.3), (2, 3): ReadCell("TRUE()", True)}).equal
    assert only(report({(1, 2): ReadCell(None, 0.3 + 1e-11)})).kind is Kind.NUMBER


# --------------------------------------------------------------------------------------------------- cells and sheets


def test_a_cell_that_the_document_does_not_have_is_told() -> None:
    assert only(report({(9, 2): ReadCell("A9*2", 10.0)})).found == "=A9*2"
    assert only(report({(1, 30): ReadCell(None, "a remark")})) == Difference(
        "LR=0.1", "AD1", Kind.EXTRA, "nothing", '"a remark"'
    )
    assert report({(9, 2): ReadCell(None, None), (9, 3): ReadCell(None, "")}).equal


def test_differences_come_in_the_order_of_reading() -> None:
    extra = {place: ReadCell(None, "x") for place in [(10, 2), (9, 30), (9, 4)]}
    result = report({**extra, (1, 1): None, (5, 2): None})
    assert [difference.cell for difference in result.differences] == ["A1", "B5", "D9", "AD9", "B10"]


def test_sheets_too_few_and_too_many_are_told_once_each() -> None:
    found = file_of(DOCUMENT)
    found["mine"] = found.pop("LR=0.1")
    result = compare(DOCUMENT, found, values_of(DOCUMENT), "formualizer")
    assert [(d.sheet, d.cell, d.kind) for d in result.differences] == [
        ("LR=0.1", "", Kind.SHEET_MISSING),
        ("mine", "", Kind.SHEET_EXTRA),
    ]
    assert result.lines()[2] == "  'LR=0.1': sheet missing"


def test_an_engine_that_gives_nothing_is_not_believed() -> None:
    result = compare(DOCUMENT, file_of(DOCUMENT), {}, "formualizer")
    assert {difference.kind for difference in result.differences} == {Kind.VALUE}
    assert len(result.differences) == result.formulas - 1  # one of them gives an empty text


# --------------------------------------------------------------------------------------------------------- the report


def test_the_report_counts_by_kind_and_ends_after_the_limit() -> None:
    extra = {(20 + row, 1): ReadCell(None, float(row)) for row in range(30)}
    result = report({**extra, (5, 2): ReadCell(None, 2.0)})
    lines = result.lines(limit=2)
    assert lines[1] == "31 differences (constant typed over a formula: 1, extra cell: 30)."
    assert lines[2] == "  'LR=0.1'!B5: constant typed over a formula: expected =A5*2, found 2"
    assert lines[3] == "  'LR=0.1'!A20: extra cell: expected nothing, found 0 (and 29 more in this column, to A49)"
    assert len(lines) == 5
    assert result.lines(limit=1)[3] == "  … and 30 more."


def test_what_is_different_around_the_cells_is_told_up_to_the_limit() -> None:
    around = tuple(Surrounding(f"curve {number}", "one", "none") for number in range(5))
    lines = replace(report(), around=around).lines(limit=3)
    assert lines[1] == "5 differences around the cells."
    assert lines[2:6] == [*(f"  {of}" for of in around[:3]), "  … and 2 more around the cells."]
    assert not any("more around" in line for line in replace(report(), around=around).lines(limit=5))


def test_one_difference_is_not_called_many() -> None:
    assert report({(1, 1): None}).lines()[1] == "1 difference (cell emptied: 1)."


def test_sixty_thousand_cells_are_compared() -> None:
    rows, columns = 3_000, 20
    values = np.linspace(0.1, 0.9, rows)
    filled = tuple(Filled(f"c{n}", filled_down("(A#-$C$1)*A↑"), values, Style()) for n in range(columns))
    document = Document("large", "", (Sheet("LR=0.1", {}, (Table(1, 2, filled),)),))
    found, calculated = file_of(document), values_of(document)
    result = compare(document, found, calculated, "formualizer")
    assert result.equal
    assert result.formulas == rows * columns


@pytest.mark.parametrize(
    ("expected", "found", "same"),
    [
        ("= 0.1200 + 0.5", "= 0.1201 + 0.5", True),  # just between two roundings
        ("= 0.1200 + 0.5", "= 0.1202 + 0.5", False),
        ("= 0 × 2", "= (-0.000000000000003) × 2", True),  # what rounding left of 0
        ("path 1", "path 2", False),
        ("= 3 + 0.5", "= 4 + 0.5", False),
        ("= 0.5 + 0.25", "= 0.5 − 0.25", False),
        ("LR=0.1", "LR=0.2", False),
        ("epoch 12", "epoch 12.0", True),
    ],
)
def test_rounded_numbers_in_a_text_may_differ_in_their_last_digit(expected: str, found: str, same: bool) -> None:
    assert _same_words(expected, found, Tolerance()) == same
