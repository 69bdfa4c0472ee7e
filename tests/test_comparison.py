"""What a comparison of a file and of an engine's values with the document says, and what it leaves unsaid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from tests.reading import sheet_of
from xlbackprop.proof.comparison import compare
from xlbackprop.proof.differences import Difference, Kind, Tolerance, _same_words, grouped, shown
from xlbackprop.proof.report import Report
from xlbackprop.proof.surroundings import Surrounding, Weight
from xlbackprop.proof.values import MOST_PLACES
from xlbackprop.workbook import SheetValues, address
from xlbackprop.workbook.document import Cell, Document, ErrorValue, Filled, Sheet, Table, Value, contents, filled_down
from xlbackprop.workbook.looks import Style
from xlbackprop.xlsx.read import ReadCell

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
    """Return the cells of the document as they are read from its file."""
    return {
        sheet.name: {(row, column): ReadCell(formula, value) for row, column, formula, value in contents(sheet)}
        for sheet in document.sheets
    }


def values_of(document: Document) -> dict[str, dict[Place, Value]]:
    return {
        sheet.name: {(row, column): value for row, column, _, value in contents(sheet)} for sheet in document.sheets
    }


def compared(
    document: Document, found: Mapping[str, Mapping[Place, ReadCell]], values: Mapping[str, Mapping[Place, Value]]
) -> Report:
    read = {name: sheet_of(cells) for name, cells in found.items()}
    calculated = {name: SheetValues.of(cells) for name, cells in values.items()}
    return compare(document, read, calculated, "formualizer", "0.13")


def report(
    cells: Mapping[Place, ReadCell | None] | None = None,
    values: Mapping[Place, Value | None] | None = None,
    document: Document = DOCUMENT,
    stored: Mapping[Place, Value | None] | None = None,
) -> Report:
    """Compare the document with a file and with values that are true but for these; None takes a cell or value away."""
    found, calculated = file_of(document), values_of(document)
    for place, cell in (cells or {}).items():
        if cell is None:
            del found["LR=0.1"][place]
        else:
            found["LR=0.1"][place] = cell
    for place, value in (stored or {}).items():
        found["LR=0.1"][place] = found["LR=0.1"][place]._replace(value=value)
    for place, value in (values or {}).items():
        if value is None:
            del calculated["LR=0.1"][place]
        else:
            calculated["LR=0.1"][place] = value
    return compared(document, found, calculated)


def only(result: Report) -> Difference:
    (difference,) = result.differences
    return difference


def test_a_true_file_is_equal() -> None:
    result = report()
    assert result.equal
    assert (result.formulas, result.values) == (11, 18)
    assert result.lines() == [
        "formualizer 0.13: 11 formulas and 18 values compared.",
        "Every formula and every value is as it should be, also the stored ones that viewers show.",
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
    assert report({(2, 2): ReadCell(text, 0.5)}).equal


def test_dollar_signs_count() -> None:
    assert only(report({(2, 2): ReadCell("'Inputs'!B3", None)})).kind == Kind.FORMULA


def test_a_number_typed_over_a_formula_is_told_even_if_it_is_the_true_one() -> None:
    assert only(report({(5, 2): ReadCell(None, 2.0)})) == Difference("LR=0.1", "B5", Kind.TYPED_OVER, "=A5*2", "2")


def test_an_emptied_formula_is_told_once() -> None:
    result = report({(5, 2): None}, {(5, 2): None})
    assert only(result) == Difference("LR=0.1", "B5", Kind.FORMULA_MISSING, "=A5*2", "nothing")


TYPED = {"one": [1.0, 2.0, 3.0], "two": [10.0, 20.0, 30.0]}
BESIDE = {(11, 1): Cell(3.0, formula="A5+A6"), (11, 2): Cell(""), (11, 3): Cell(0.25, changeable="rate")}
WITH_MORE = replace(DOCUMENT, sheets=(replace(SHEET, cells={**CELLS, **BESIDE}), DOCUMENT.sheets[1]))


@pytest.mark.parametrize(
    ("place", "cell", "kind", "expected", "found"),
    [
        ((11, 1), None, Kind.FORMULA_MISSING, "=A5+A6", "nothing"),
        ((11, 1), ReadCell(None, 3.0), Kind.TYPED_OVER, "=A5+A6", "3"),
        ((11, 1), ReadCell("A5+A7", 3.0), Kind.FORMULA, "=A5+A6", "=A5+A7"),
        ((11, 3), None, Kind.MISSING, "0.25", "nothing"),
        ((11, 3), ReadCell(None, 0.5), Kind.NUMBER, "0.25", "0.5"),
        ((6, 2), ReadCell(None, 4.0), Kind.TYPED_OVER, "=A6*2", "4"),
        ((8, 2), None, Kind.FORMULA_MISSING, "=A8*2", "nothing"),
        ((8, 2), ReadCell("A7*2", 8.0), Kind.FORMULA, "=A8*2", "=A7*2"),
        ((5, 1), None, Kind.MISSING, "1", "nothing"),
        ((5, 1), ReadCell("1", 1.0), Kind.NUMBER, "1", "=1"),
        ((4, 1), None, Kind.MISSING, '"n"', "nothing"),
    ],
)
def test_a_difference_has_what_was_expected_and_what_was_found(
    place: Place, cell: ReadCell | None, kind: Kind, expected: str, found: str
) -> None:
    taken = {place: None} if cell is None else {}
    told = only(report({place: cell}, taken, document=WITH_MORE))
    assert told == Difference("LR=0.1", address(*place), kind, expected, found)


def test_a_number_that_may_be_changed_may_be_typed_as_a_formula() -> None:
    whole, typed = (report(cells, document=WITH_MORE) for cells in ({}, {(11, 3): ReadCell("1/4", 0.25)}))
    assert whole.equal
    assert typed.equal
    assert (whole.formulas - typed.formulas, whole.values - typed.values) == (0, 1)


def test_a_note_in_a_framed_empty_cell_is_told_and_its_absence_is_not() -> None:
    told = report({(11, 2): ReadCell(None, "mine")}, document=WITH_MORE)
    assert told.equal
    assert told.told == (Difference("LR=0.1", "B11", Kind.EXTRA, "nothing", '"mine"'),)
    gone = report({(11, 2): None}, {(11, 2): None}, document=WITH_MORE)
    assert gone.equal
    assert gone.told == ()


def test_beside_below_and_above_a_table_a_note_is_a_note() -> None:
    places = [(5, 3), (8, 3), (9, 3), (10, 1), (3, 1), (4, 3)]
    result = report({place: ReadCell(None, "mine") for place in places})
    assert result.equal
    assert sorted(one.place for one in result.told) == sorted(places)


def test_a_column_that_is_changed_down_to_below_its_table_is_told_row_by_row() -> None:
    changed = {(row, 2): ReadCell(f"A{row}*3", None) for row in range(5, 10)}
    result = report({**changed, (9, 1): ReadCell("A8+1", 5.0)})  # so that the last row is read with those above
    kinds = [(one.cell, one.kind) for one in result.differences]
    assert kinds == [*((f"B{row}", Kind.FORMULA) for row in range(5, 9)), ("A9", Kind.EXTRA), ("B9", Kind.EXTRA)]


def test_a_formula_that_is_right_in_one_row_alone_is_not_the_one_that_is_filled_down() -> None:
    filled = Filled("x", filled_down("A#*#"), np.array([5.0, 12.0, 21.0]), Style())
    document = Document("", "", (Sheet("LR=0.1", {}, (Table(4, 2, (filled,)),)),))
    result = report({(row, 2): ReadCell(f"A{row}*5", None) for row in (5, 6, 7)}, document=document)
    assert {"B6", "B7"} <= {one.cell for one in result.differences}


def typed_table(values: np.ndarray, first: str | None = None) -> Document:
    """Return a document with a table of typed values, and one beside it whose first row has a formula of its own."""
    typed = Filled("typed", None, values, Style())
    counted = Filled("n", filled_down("C↑+1"), np.arange(1.0, 1 + len(values)), Style(), first=first)
    return Document("", "", (Sheet("LR=0.1", {}, (Table(2, 1, (typed,)), Table(2, 3, (counted,)))),))


def test_typed_values_of_a_table_are_compared_each_in_its_row() -> None:
    numbers = typed_table(np.array([0.5, np.nan, 0.0, 2.5]), "B1+1")
    assert report(document=numbers).equal
    assert (report(document=numbers).formulas, report(document=numbers).values) == (4, 4 + 4 + 2)
    for row, value in enumerate([0.5, ErrorValue.NUM, 0.0, 2.5], 3):
        kind = Kind.NUMBER if isinstance(value, float) else Kind.TEXT
        told = only(report({(row, 1): ReadCell(None, 7.0)}, document=numbers))
        assert told == Difference("LR=0.1", f"A{row}", kind, shown(value), "7")
        told = only(report({(row, 1): None}, document=numbers))
        assert told == Difference("LR=0.1", f"A{row}", Kind.MISSING, shown(value), "nothing")
        told = only(report({(row, 1): ReadCell("B1", value)}, document=numbers))
        assert told == Difference("LR=0.1", f"A{row}", kind, shown(value), "=B1")
    assert report({(3, 1): ReadCell(None, 0.5 + 4e-13)}, document=numbers).equal
    assert not report({(3, 1): ReadCell(None, 0.5 + 6e-13)}, document=numbers).equal
    assert not report({(5, 1): ReadCell(None, 1e-300)}, document=numbers).equal
    words = typed_table(np.array(["one", "", "three"], dtype=object))
    assert report(document=words).equal
    assert only(report({(5, 1): ReadCell(None, "drei")}, document=words)).expected == '"three"'
    noted = report({(4, 1): ReadCell(None, "two")}, document=words)
    assert noted.equal
    assert [one.cell for one in noted.told] == ["A4"]
    assert report({(4, 1): None}, document=words).equal


def test_typed_values_are_found_in_rows_that_look_like_those_above_and_below() -> None:
    columns = tuple(Filled(name, None, np.array(numbers), Style()) for name, numbers in TYPED.items())
    above = {(1, 1): Cell(8.0), (1, 2): Cell(9.0)}
    document = Document("", "", (Sheet("LR=0.1", above, (Table(2, 1, columns),)),))
    below = {(6, 1): ReadCell(None, 4.0), (6, 2): ReadCell(None, 40.0)}
    assert [one.cell for one in report(below, document=document).differences] == ["A6", "B6"]
    for row in (3, 4, 5):
        assert only(report({(row, 2): ReadCell(None, 7.0)}, document=document)).cell == f"B{row}"
        assert only(report({(row, 2): None}, document=document)).cell == f"B{row}"
        assert len(report({**below, (row, 1): ReadCell(None, 7.0)}, document=document).differences) == 3


def test_of_tables_side_by_side_the_shorter_one_is_continued_alone() -> None:
    short, long = (Filled(f"{rows} rows", None, np.arange(1.0, 1 + rows), Style()) for rows in (3, 5))
    document = Document("", "", (Sheet("LR=0.1", {}, (Table(2, 1, (short,)), Table(2, 3, (long,)))),))
    result = report({(6, 1): ReadCell(None, 4.0)}, document=document)
    assert only(result) == Difference("LR=0.1", "A6", Kind.EXTRA, "nothing", "4")
    assert result.told == ()


def test_a_first_row_with_a_formula_of_its_own_is_compared_alone() -> None:
    document = typed_table(np.array([0.5, 1.5, 2.5]), "B1+1")
    assert only(report({(3, 3): ReadCell("C2+1", 1.0)}, document=document)) == Difference(
        "LR=0.1", "C3", Kind.FORMULA, "=B1+1", "=C2+1"
    )
    assert only(report({(4, 3): ReadCell("B1+1", 2.0)}, document=document)).expected == "=C3+1"
    typed = only(report({(3, 3): ReadCell(None, 1.0)}, {(3, 3): 9.0}, document=document))
    assert (typed.cell, typed.kind) == ("C3", Kind.TYPED_OVER)
    wrong = only(report(values={(3, 3): 9.0}, document=document))
    assert (wrong.cell, wrong.kind, wrong.expected, wrong.found) == ("C3", Kind.VALUE, "1", "9")


def test_causes_come_before_what_follows_from_them_column_by_column() -> None:
    def told(cell: str, kind: Kind) -> Difference:
        return Difference("a", cell, kind, "1", "2")

    values, cause = [told("A1", Kind.VALUE), told("A2", Kind.VALUE), told("B1", Kind.VALUE)], told("B2", Kind.FORMULA)
    assert grouped([*values, cause]) == [[cause], values[:2], values[2:]]
    assert Difference("a", "", Kind.SHEET_MISSING, "", "").place == (0, 0)
    assert told("AB12", Kind.VALUE).place == (12, 28)


def test_what_is_allowed_is_the_sum_of_both_tolerances_and_its_bound_belongs_to_it() -> None:
    assert Tolerance(0.0, 0.0).allows(1.0, 1.0)
    assert Tolerance(0.5, 0.25).allows(-2.0, -3.0)
    assert Tolerance(0.5, 0.25).allows(-2.0, -1.0)
    assert not Tolerance(0.5, 0.25).allows(-2.0, -3.01)


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


# ------------------------------------------------------------------------------------------------------ stored values


@pytest.mark.parametrize(
    ("place", "value", "kind"),
    [
        ((5, 2), 2.0001, Kind.STORED),
        ((5, 2), "2", Kind.STORED),
        ((5, 2), ErrorValue.NUM, Kind.STORED),
        ((5, 2), None, Kind.STORED_MISSING),
        ((7, 2), 6.0, Kind.STORED),
        ((7, 2), None, Kind.STORED_MISSING),
        ((1, 3), False, Kind.STORED),
        ((1, 3), 1.0, Kind.STORED),
        ((2, 1), "0.51", Kind.STORED),
        ((2, 2), None, Kind.STORED_MISSING),
        ((1, 4), "large", Kind.STORED),
    ],
)
def test_a_stored_value_that_differs_is_told_with_the_cure(place: Place, value: Value | None, kind: Kind) -> None:
    result = report(stored={place: value})
    assert not result.equal
    assert result.differences == ()
    (difference,) = result.stored
    assert difference.kind is kind
    assert result.stored_kinds == {kind: 1}
    said = "differs" if kind is Kind.STORED else "is missing"
    cure = f"1 stored value {said}: open and save it in a spreadsheet program, or generate it anew."
    assert result.lines()[1] == cure


def test_stored_values_of_fifteen_digits_are_equal_and_an_empty_text_may_be_absent() -> None:
    assert report(stored={(5, 2): 2.00000000000001, (1, 4): None}).equal


def test_of_very_many_missing_values_all_are_counted_and_some_are_named() -> None:
    values = np.linspace(0.1, 0.9, 3_000)
    filled = tuple(Filled(f"c{n}", filled_down("(A#-$C$1)*A↑"), values, Style()) for n in range(2))
    document = Document("large", "", (Sheet("LR=0.1", {}, (Table(1, 2, filled),)),))
    found = {name: {place: cell._replace(value=None) if cell.formula else cell for place, cell in cells.items()}
             for name, cells in file_of(document).items()}  # fmt: skip
    result = compared(document, found, values_of(document))
    assert result.stored_kinds == {Kind.STORED_MISSING: 6_000}
    assert len(result.stored) == MOST_PLACES
    assert "6,000 stored values are missing" in result.lines()[1]


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


def test_a_stored_error_may_be_saved_as_a_formula_but_not_as_another() -> None:
    document = Document("A lesson", "", (Sheet("LR=0.1", {(1, 1): Cell(ErrorValue.NUM)}),))
    assert report({(1, 1): ReadCell("#NUM!", ErrorValue.NUM)}, document=document).equal
    for formula in ("#REF!", "EXP(710)", '"#NUM!"'):
        assert only(report({(1, 1): ReadCell(formula, ErrorValue.NUM)}, document=document)).kind is Kind.TEXT


# --------------------------------------------------------------------------------------------------- cells and sheets


def test_a_row_that_continues_a_table_is_a_difference() -> None:
    assert only(report({(9, 2): ReadCell("A9*2", 10.0)})).found == "=A9*2"


def test_what_people_write_beside_it_is_told_and_is_no_difference() -> None:
    noted = report({(1, 30): ReadCell(None, "a remark"), (1, 4): ReadCell('IF(B1>1,"large","")', "")})
    assert noted.equal
    assert noted.told == (Difference("LR=0.1", "AD1", Kind.EXTRA, "nothing", '"a remark"'),)
    assert noted.lines()[2:4] == [
        "Added by somebody, and no difference:",
        "  'LR=0.1'!AD1: extra cell: expected nothing, found \"a remark\"",
    ]


def test_differences_come_in_the_order_of_reading() -> None:
    extra = {place: ReadCell(None, "x") for place in [(9, 2), (9, 1)]}
    result = report({**extra, (1, 1): None, (5, 2): None, (5, 1): None}, {(2, 1): "x"})
    assert [difference.cell for difference in result.differences] == ["A1", "A2", "A5", "B5", "A9", "B9"]


def test_differences_come_in_the_order_of_the_sheets() -> None:
    found, values = file_of(DOCUMENT), values_of(DOCUMENT)
    found["Inputs"][3, 2] = ReadCell(None, 7.0)
    found["LR=0.1"][1, 2] = ReadCell(None, 7.0)
    values["LR=0.1"][5, 2] = 7.0
    told = compared(DOCUMENT, found, values).differences
    assert [(one.sheet, one.cell) for one in told] == [("LR=0.1", "B1"), ("LR=0.1", "B5"), ("Inputs", "B3")]


def test_sheets_too_few_and_too_many_are_told_once_each() -> None:
    found = file_of(DOCUMENT)
    found["mine"] = found.pop("LR=0.1")
    result = compared(DOCUMENT, found, values_of(DOCUMENT))
    assert [(d.sheet, d.cell, d.kind) for d in result.differences] == [("LR=0.1", "", Kind.SHEET_MISSING)]
    assert [(d.sheet, d.cell, d.kind) for d in result.told] == [("mine", "", Kind.SHEET_EXTRA)]
    assert result.lines()[2] == "  'LR=0.1': sheet missing"


def test_an_engine_that_gives_nothing_is_not_believed() -> None:
    result = compared(DOCUMENT, file_of(DOCUMENT), {})
    assert {difference.kind for difference in result.differences} == {Kind.VALUE}
    assert len(result.differences) == result.formulas - 1  # one of them gives an empty text


# --------------------------------------------------------------------------------------------------------- the report


def test_the_report_counts_by_kind_and_ends_after_the_limit() -> None:
    typed = {(row, 2): ReadCell(None, float(row)) for row in range(5, 9)}
    result = report({**typed, (1, 1): None})
    lines = result.lines(limit=2)
    assert lines[1] == "5 differences (cell emptied: 1, constant typed over a formula: 4)."
    assert lines[2] == "  'LR=0.1'!A1: cell emptied: expected \"a title\", found nothing"
    assert lines[3] == (
        "  'LR=0.1'!B5: constant typed over a formula: expected =A5*2, found 5 (and 3 more in this column, to B8)"
    )
    assert len(lines) == 5
    assert result.lines(limit=1)[3] == "  … and 4 more."


def test_what_is_different_around_the_cells_is_told_up_to_the_limit() -> None:
    around = tuple(Surrounding(f"curve {number}", "one", "none") for number in range(5))
    lines = replace(report(), around=around).lines(limit=3)
    assert lines[1] == "5 things are shown otherwise than in the workbook as it was made:"
    assert lines[2:6] == [*(f"  {of}" for of in around[:3]), "  … and 2 more."]
    assert not any("more" in line for line in replace(report(), around=around).lines(limit=5))


def test_what_was_lost_is_a_difference_only_where_that_is_asked_for() -> None:
    lost = replace(report(), around=(Surrounding("12 notes", "as made", "nothing", Weight.LOST),))
    assert lost.equal
    assert not lost.is_equal(strict=True)
    assert (lost.in_words(), lost.in_words(strict=True)) == ("equal", "different: 1 lost")
    stale = replace(report(), around=(Surrounding("y of point 2", "1", "2", Weight.STORED),))
    assert stale.recalculates
    assert not stale.equal
    told = replace(report(), around=(Surrounding("chart", "nothing", "added", Weight.TOLD),))
    assert told.is_equal(strict=True)


def test_one_difference_is_not_called_many() -> None:
    assert report({(1, 1): None}).lines()[1] == "1 difference (cell emptied: 1)."


def test_sixty_thousand_cells_are_compared() -> None:
    rows, columns = 3_000, 20
    values = np.linspace(0.1, 0.9, rows)
    filled = tuple(Filled(f"c{n}", filled_down("(A#-$C$1)*A↑"), values, Style()) for n in range(columns))
    document = Document("large", "", (Sheet("LR=0.1", {}, (Table(1, 2, filled),)),))
    result = compared(document, file_of(document), values_of(document))
    assert result.equal
    assert result.formulas == rows * columns


@pytest.mark.parametrize(
    ("expected", "found", "same"),
    [
        ("= 0.1200 + 0.5", "= 0.1201 + 0.5", True),  # just between two roundings
        ("= 0.1200 + 0.5", "= 0.1202 + 0.5", False),
        ("= 0 × 2", "= (-0.000000000000003) × 2", True),  # what rounding left of 0
        ("= max(0)", "= max(-0.000000000000000)", True),  # the brackets are those of max, not of the number
        ("= max(0.5)", "= max(-0.5)", False),
        ("= max(0) × 2", "= (0) × 2", False),
        ("path 1", "path 2", False),
        ("= 3 + 0.5", "= 4 + 0.5", False),
        ("= 0.5 + 0.25", "= 0.5 − 0.25", False),
        ("LR=0.1", "LR=0.2", False),
        ("epoch 12", "epoch 12.0", True),
        ("= 0.1200", "= 0.12005", True),  # rounded less far on one side
        ("= 0.12", "= 0.1201", False),
        ("= 1200.1", "= 1200.2", True),
        ("= 12000", "= 12001", False),  # not rounded
        ("= 0.012", "= 0.013", False),
        ("= -0.120", "= -0.121", False),
    ],
)
def test_rounded_numbers_in_a_text_may_differ_in_their_last_digit(expected: str, found: str, same: bool) -> None:
    assert _same_words(expected, found, Tolerance()) == same
