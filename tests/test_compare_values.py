"""Values of tables are compared a block at a time: what is told and counted is as if it were one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.reading import sheet_of
from xlbackprop.engines import Gap
from xlbackprop.proof import values as room
from xlbackprop.proof.differences import Kind, Tolerance
from xlbackprop.proof.formulas import Calculated, compare_formulas
from xlbackprop.proof.values import Expected, ValueComparison, compare_values, without_gaps
from xlbackprop.workbook import Document, Place, SheetValues, Value
from xlbackprop.workbook.document import Cell, ErrorValue, Filled, Sheet, Table, contents, filled_down, stored
from xlbackprop.workbook.looks import Style
from xlbackprop.xlsx.read import ReadCell

ROWS = 7
NUMBERS = Filled("x", filled_down("A#*2"), np.arange(1.0, 1 + ROWS), Style())  # 1 … 7 in B3:B9
TEXTS = Filled("t", filled_down('IF(B#>3,"high","low")'), np.array(["low"] * 3 + ["high"] * 4, dtype=object), Style())
BELOW = Filled("y", filled_down("MAX(B#,0)"), np.array([0.0, -8.0, np.nan, 0.5]), Style())  # F5:F8
COUNTED = Filled("n", None, np.arange(1.0, 1 + ROWS), Style())
TABLES = (Table(2, 1, (COUNTED, NUMBERS, TEXTS)), Table(4, 6, (BELOW,)))
CELLS = {
    (12, 1): Cell(0.25, formula="B3/4"),
    (12, 2): Cell(float("inf"), formula="1/0"),
    (5, 5): Cell(True, formula="MAX(B3:B5)>2"),
    (5, 7): Cell("", formula='TEXT(B3,"")'),
    (13, 1): Cell("a note"),
}
SHEET = Sheet("a", CELLS, TABLES)
DOCUMENT = Document("", "", (SHEET, Sheet("b", {(1, 1): Cell(2.0, formula="a!B4")})))
CALCULATED = {"a": Calculated([np.tile([False, True, True], (ROWS, 1)), np.ones((4, 1), dtype=bool)], [(12, 1), (12, 2), (5, 5), (5, 7)]),
              "b": Calculated([], [(1, 1)])}  # fmt: skip


def values_of(changes: Mapping[Place, Value | None], document: Document = DOCUMENT) -> dict[str, SheetValues]:
    found = {
        sheet.name: {(row, column): value for row, column, _, value in contents(sheet)} for sheet in document.sheets
    }
    for place, value in changes.items():
        if value is None:
            del found["a"][place]
        else:
            found["a"][place] = value
    return {name: SheetValues.of(cells) for name, cells in found.items()}


def compared(
    changes: Mapping[Place, Value | None], document: Document = DOCUMENT, *, are_stored: bool = False
) -> ValueComparison:
    return compare_values(document, CALCULATED, values_of(changes, document), {}, are_stored=are_stored)


@pytest.fixture(params=[1, 2, 3, 1_000], autouse=True)
def rows_of_a_block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: int = request.param
    monkeypatch.setattr(
        room, "blocks", lambda count, _: ((start, min(start + rows, count)) for start in range(0, count, rows))
    )


def test_the_formulas_that_are_compared_are_those_of_the_document() -> None:
    found = {
        sheet.name: sheet_of({(row, column): ReadCell(of, value) for row, column, of, value in contents(sheet)})
        for sheet in DOCUMENT.sheets
    }
    calculated = compare_formulas(DOCUMENT, found).calculated
    assert calculated.keys() == CALCULATED.keys()
    for name, cells in CALCULATED.items():
        assert calculated[name].loose == cells.loose
        assert [table.tolist() for table in calculated[name].tables] == [table.tolist() for table in cells.tables]


def test_true_values_are_counted() -> None:
    result = compared({})
    assert (result.values, result.numbers, result.exact) == (2 * ROWS + 4 + 5, ROWS + 3 + 2, ROWS + 3 + 2)
    assert not result.kinds
    assert result.largest_absolute.size == result.largest_relative.size == result.largest_ulps.size == 0


@pytest.mark.parametrize(
    ("place", "value", "cell", "expected", "found", "numbers"),
    [
        ((3, 2), 1.5, "B3", "1", "1.5", 0),
        ((9, 2), 7.5, "B9", "7", "7.5", 0),
        ((6, 2), ErrorValue.NUM, "B6", "4", "#NUM!", -1),
        ((6, 2), None, "B6", "4", "nothing", -1),
        ((6, 2), "4", "B6", "4", '"4"', -1),
        ((6, 3), "low", "C6", '"high"', '"low"', 0),
        ((6, 3), 1.0, "C6", '"high"', "1", 0),
        ((9, 3), None, "C9", '"high"', "nothing", 0),
        ((7, 6), 3.0, "F7", "#NUM!", "3", 0),
        ((7, 6), ErrorValue.NA, "F7", "#NUM!", "#N/A", 0),
        ((5, 6), 1e-11, "F5", "0", "1e-11", 0),
        ((8, 6), 0.25, "F8", "0.5", "0.25", 0),
        ((12, 1), 0.75, "A12", "0.25", "0.75", 0),
        ((12, 2), 7.0, "B12", "#NUM!", "7", 0),
        ((5, 5), 1.0, "E5", "TRUE", "1", 0),
        ((5, 7), "x", "G5", '""', '"x"', 0),
    ],
)
@pytest.mark.parametrize("are_stored", [False, True])
def test_another_value_is_told_in_its_place(
    place: Place, value: Value | None, cell: str, expected: str, found: str, numbers: int, are_stored: bool
) -> None:
    result = compared({place: value}, are_stored=are_stored)
    (told,) = result.differences
    assert (told.sheet, told.cell, told.expected, told.found) == ("a", cell, expected, found)
    kind = Kind.VALUE if not are_stored else Kind.STORED_MISSING if value is None else Kind.STORED
    assert result.kinds == {kind: 1}
    assert result.numbers == ROWS + 3 + 2 + numbers


def test_constants_and_what_is_not_asked_are_not_compared() -> None:
    assert not compared({(3, 1): 9.0, (13, 1): None, (2, 2): "other"}).kinds
    assert compare_values(DOCUMENT, {"b": CALCULATED["b"]}, values_of({(3, 2): 9.0}), {}).values == 1
    assert compare_values(DOCUMENT, CALCULATED, {}, {}).kinds == {Kind.VALUE: 2 * ROWS + 4 + 5 - 1}


def test_the_largest_deviations_are_found_wherever_they_stand() -> None:
    # by: 4e-10, 2.5e-10 and 1e-11 absolutely; relative to 4, 0.5 and 1/4 of numbers
    result = compared({(6, 2): 4 + 4e-10, (8, 6): 0.5 - 2.5e-10, (12, 1): 0.25 + 1e-11, (4, 2): 2 + 1e-10})
    assert not result.kinds
    assert (result.largest_absolute.cell, result.largest_relative.cell, result.largest_ulps.cell) == ("B6", "F8", "F8")
    assert result.largest_absolute.size == pytest.approx(4e-10, rel=1e-4)
    assert result.largest_relative.size == pytest.approx(5e-10, rel=1e-4)
    assert result.largest_ulps.size == pytest.approx(2.5e-10 / 2**-53, rel=1e-4)
    assert (result.numbers, result.exact) == (ROWS + 3 + 2, ROWS + 3 + 2 - 4)
    loose = compared({(6, 2): 4 + 4e-12, (12, 1): 0.25 + 1e-11})
    assert {one.cell for one in (loose.largest_absolute, loose.largest_relative, loose.largest_ulps)} == {"A12"}


def test_a_number_that_should_be_zero_has_an_absolute_deviation_alone() -> None:
    for result in (compared({(5, 6): 1e-13}), compared({(5, 6): -1e-13, (12, 1): 0.25 + 2**-54})):
        assert (result.largest_absolute.cell, result.largest_absolute.size) == ("F5", 1e-13)
    assert result.largest_relative.cell == result.largest_ulps.cell == "A12"
    assert compared({(5, 6): 1e-13}).largest_ulps.size == compared({(5, 6): 1e-13}).largest_relative.size == 0


def test_of_relative_deviations_that_are_measured_in_steps_the_power_of_two_decides() -> None:
    """4 + 8 steps of 2⁻⁵⁰ are less of a number, but more steps, than the same distance at 7."""
    result = compared({(6, 2): 4 + 8 * 2.0**-50, (5, 2): 3 + 15 * 2.0**-51})
    assert (result.largest_absolute.cell, result.largest_relative.cell, result.largest_ulps.cell) == ("B6", "B5", "B5")
    assert result.largest_ulps.size == 15
    result = compared({(9, 2): 7 + 8 * 2.0**-50, (6, 2): 4 + 7 * 2.0**-50})
    assert (result.largest_absolute.cell, result.largest_relative.cell, result.largest_ulps.cell) == ("B9", "B6", "B9")


def test_each_largest_deviation_may_stand_elsewhere() -> None:
    numbers = replace(NUMBERS, values=np.array([4.0, 7.0, 1000.0, 4.0, 5.0, 6.0, 7.0]))
    sheet = replace(SHEET, tables=(Table(2, 1, (COUNTED, numbers, TEXTS)), TABLES[1]))
    document = replace(DOCUMENT, sheets=(sheet, DOCUMENT.sheets[1]))
    strayed = {(3, 2): 4 + 8 * 2.0**-50, (4, 2): 7 + 10 * 2.0**-50, (5, 2): 1000 + 2.0**-43}
    result = compared(strayed, document)
    assert (result.largest_absolute.cell, result.largest_relative.cell, result.largest_ulps.cell) == ("B5", "B3", "B4")
    beside_zero = compared({(5, 6): 1e-13, (6, 6): -8 + 2.0**-49, (8, 6): 0.5 + 2.0**-52})
    assert beside_zero.largest_absolute.cell == "F5"
    assert beside_zero.largest_relative.cell == beside_zero.largest_ulps.cell == "F8"


def test_a_difference_that_overflows_is_a_difference() -> None:
    sheet = replace(
        SHEET, tables=(Table(2, 1, (COUNTED, replace(NUMBERS, values=np.full(ROWS, 1.7e308)), TEXTS)), TABLES[1])
    )
    result = compared({(4, 2): -1.7e308}, replace(DOCUMENT, sheets=(sheet, DOCUMENT.sheets[1])))
    assert [one.cell for one in result.differences] == ["B4"]


def test_noise_of_a_column_is_allowed_in_it_and_is_no_deviation_of_the_program() -> None:
    noisy = replace(BELOW, noise=1e-3)
    document = replace(DOCUMENT, sheets=(replace(SHEET, tables=(TABLES[0], Table(4, 6, (noisy,)))), DOCUMENT.sheets[1]))
    result = compared({(5, 6): 0.0009, (8, 6): 0.4991, (12, 1): 0.25 + 1e-12}, document)
    assert not result.kinds
    assert result.largest_absolute.cell == result.largest_relative.cell == "A12"
    assert (result.numbers, result.exact) == (ROWS + 3 + 2, ROWS + 3 + 2 - 3)
    assert compared({(5, 6): 0.0011, (8, 6): 0.4989, (3, 2): 1.0009}, document).kinds == {Kind.VALUE: 3}


def test_the_numbers_that_follow_from_others_are_those_of_the_first_table() -> None:
    asked: list[tuple[int, int]] = []

    def expected(start: int, stop: int) -> np.ndarray:
        asked.append((start, stop))
        numbers = np.full((stop - start, 3), np.nan)
        numbers[:, 1] = np.arange(1.0 + start, 1 + stop)
        if start <= 4 < stop:
            numbers[4 - start, 1] = 55.0
        return numbers

    judged: Mapping[str, Expected] = {"a": expected}
    result = compare_values(DOCUMENT, CALCULATED, values_of({}), judged)
    (told,) = result.differences
    assert (told.cell, told.expected, told.found) == ("B7", "55", "5")
    assert asked == [*room.blocks(ROWS, 3)]
    wide = compare_values(DOCUMENT, CALCULATED, values_of({}), judged, Tolerance(50.0))
    assert not wide.kinds
    assert wide.largest_absolute.size == 50


def test_blocks_in_which_nothing_is_asked_are_left_out() -> None:
    mask = np.zeros((ROWS, 3), dtype=bool)
    mask[5, 1] = True
    calculated = {"a": Calculated([mask, np.zeros((4, 1), dtype=bool)], [])}
    result = compare_values(DOCUMENT, calculated, values_of({(row, 2): 0.0 for row in range(3, 10)}), {})
    assert [one.cell for one in result.differences] == ["B8"]
    assert (result.values, result.numbers) == (1, 1)


# ---------------------------------------------------------------------------------------------------------------- gaps

MAXIMUM, TEXT, LOGIC = (
    Gap("MAX", re.compile(r"\bMAX\(")),
    Gap("TEXT", re.compile(r"TEXT\(")),
    Gap("IF", re.compile("IF|MAX")),
)


def asked_without(
    gaps: Sequence[Gap], changes: Mapping[Place, str] | None = None
) -> tuple[dict[str, Calculated], object]:
    cells = {
        sheet.name: {(row, column): ReadCell(of, stored(value)) for row, column, of, value in contents(sheet)}
        for sheet in DOCUMENT.sheets
    }
    for place, formula in (changes or {}).items():
        cells["a"][place] = ReadCell(formula, None)
    found = {name: sheet_of(of) for name, of in cells.items()}
    return without_gaps(DOCUMENT, CALCULATED, found, gaps)


def test_what_a_program_is_not_asked_is_taken_out_and_counted_by_gap() -> None:
    asked, given = asked_without((MAXIMUM, TEXT))
    assert given == {"MAX": 4 + 1, "TEXT": 1}
    assert asked["a"].loose == [(12, 1), (12, 2)]
    assert [table.sum() for table in asked["a"].tables] == [2 * ROWS, 0]
    assert asked["b"].loose == [(1, 1)]
    assert [table.sum() for table in CALCULATED["a"].tables] == [2 * ROWS, 4]  # it is a copy that was changed
    asked, given = asked_without((LOGIC, MAXIMUM))
    assert given == {"IF": ROWS + 4 + 1}  # the first that matches is counted
    assert asked["a"].tables[0].tolist() == [[False, True, False]] * ROWS
    assert asked_without(())[1] == {}


def test_a_gap_in_one_row_takes_out_that_row_alone() -> None:
    for row in range(3, 3 + ROWS):
        asked, given = asked_without((TEXT,), {(row, 2): "TEXT(1)"})
        wanted = np.tile([False, True, True], (ROWS, 1))
        wanted[row - 3, 1] = False
        assert asked["a"].tables[0].tolist() == wanted.tolist()
        assert given == {"TEXT": 2}


def test_a_gap_outside_of_a_table_takes_nothing_out_of_it() -> None:
    asked, given = asked_without((TEXT,), {(row, 4): "TEXT(1)" for row in range(1, 12)})
    assert [table.sum() for table in asked["a"].tables] == [2 * ROWS, 4]
    assert given == {"TEXT": 1}


def test_of_a_sheet_that_is_not_in_the_file_nothing_is_asked() -> None:
    asked, _ = without_gaps(DOCUMENT, {}, {}, (TEXT,))
    assert asked == {}
