"""Live cells: what is told once gives a formula and its value, and every program finds this value."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from xlbackprop.engines import BlindCopy, engine
from xlbackprop.network.expression import Call, Function, Ref, if_else
from xlbackprop.network.expression import Condition as Holds
from xlbackprop.network.quantities import Input
from xlbackprop.proof.comparison import compare
from xlbackprop.sheets.canvas import Canvas
from xlbackprop.workbook.document import Document, ErrorValue, Sheet, Value
from xlbackprop.workbook.formula_notation import on_sheet
from xlbackprop.workbook.live_cells import (
    Live,
    absolute,
    all_hold,
    begin_of,
    cell,
    cells,
    choose,
    count,
    element,
    fixed,
    found_in,
    hyperlink,
    is_number,
    joined,
    larger,
    largest,
    live,
    operand,
    position,
    rounded,
    rule,
    short,
    smaller,
    smallest,
    ten_to,
    unless_error,
    when,
    whole,
)
from xlbackprop.xlsx.read import read_workbook
from xlbackprop.xlsx.read.reader import blind_copy
from xlbackprop.xlsx.write import workbook_bytes

NUMBERS: tuple[Value, ...] = (0.25, -2.5, 3.0, 1e-9, ErrorValue.DIV0, "w1", "b1")
A1, A2, A3, A4, A5, A6, A7 = (cell(f"$A${row}", value) for row, value in enumerate(NUMBERS, start=1))
OVERFLOW = cell("EXP($B$1)", ErrorValue.NUM)
FIRST_FOUR, NAMES = cells("$A$1:$A$4", NUMBERS[:4]), cells("$A$6:$A$7", NUMBERS[5:])
GRID = cells("$A$1:$B$2", [NUMBERS[:2], (10.0, 20.0)])

PIECES: tuple[tuple[Live, str, Value], ...] = (
    (A1 + A2 * A3, "$A$1+$A$2*$A$3", -7.25),
    ((A1 + A2) * A3, "($A$1+$A$2)*$A$3", -6.75),
    (A1 - (A2 - A3), "$A$1-($A$2-$A$3)", 5.75),
    (A1 / (A2 / A3), "$A$1/($A$2/$A$3)", -0.3),
    (2 - A1, "2-$A$1", 1.75),
    (A1 + -1, "$A$1+(-1)", -0.75),
    (-(A1 + A2), "-($A$1+$A$2)", 2.25),
    (1 / ten_to(3) + A1, "1/10^3+$A$1", 0.251),
    (A1 / 0, "$A$1/0", ErrorValue.DIV0),
    (A6 + A1, "$A$6+$A$1", ErrorValue.VALUE),
    (A5 + A1, "$A$5+$A$1", ErrorValue.DIV0),
    ("is " & A6 & ", " & A3, '"is "&$A$6&", "&$A$3', "is w1, 3"),
    (live('a "b"') & "", '"a ""b"""&""', 'a "b"'),
    (when(A1 < A3, "less", A5), 'IF($A$1<$A$3,"less",$A$5)', "less"),
    (when(A1 > A3, A5, 7), "IF($A$1>$A$3,$A$5,7)", 7.0),
    (when(A5 > 0, 1, 2), "IF($A$5>0,1,2)", ErrorValue.DIV0),
    (when(A6.equals("w1"), 1, 0), 'IF($A$6="w1",1,0)', 1.0),
    (when(A6.differs("w1"), 1, 0), 'IF($A$6<>"w1",1,0)', 0.0),
    (when(all_hold(A1 <= 0.25, A3 >= 3), 1, 0), "IF(AND($A$1<=0.25,$A$3>=3),1,0)", 1.0),
    (when(is_number(A6), 1, 0), "IF(ISNUMBER($A$6),1,0)", 0.0),
    (when(is_number(A5), 1, 0), "IF(ISNUMBER($A$5),1,0)", 0.0),
    (unless_error(A5, "never"), 'IFERROR($A$5,"never")', "never"),
    (unless_error(A1, "never"), 'IFERROR($A$1,"never")', 0.25),
    (absolute(A2), "ABS($A$2)", 2.5),
    (whole(A2), "INT($A$2)", -3.0),
    (rounded(A2, 0), "ROUND($A$2,0)", -3.0),
    (rounded(ten_to(30), 6), "ROUND(10^30,6)", 1e30),
    (smaller(A1, A2), "MIN($A$1,$A$2)", -2.5),
    (larger(0, A2), "MAX(0,$A$2)", 0.0),
    (begin_of(A6, 1), "LEFT($A$6,1)", "w"),
    (largest(FIRST_FOUR), "MAX($A$1:$A$4)", 3.0),
    (smallest(FIRST_FOUR), "MIN($A$1:$A$4)", -2.5),
    (count(FIRST_FOUR, NAMES), "COUNT($A$1:$A$4,$A$6:$A$7)", 4.0),
    (element(FIRST_FOUR, A3), "INDEX($A$1:$A$4,$A$3)", 3.0),
    (element(GRID, live(2), live(2)), "INDEX($A$1:$B$2,2,2)", 20.0),
    (element(cells("$A$2:$A$2", [-2.5]), A3 - 2), "$A$2", -2.5),
    (element(cells("'Pieces'!$A$2:$A$2", [-2.5]), A3 - 2), "'Pieces'!$A$2", -2.5),
    (position(A7, NAMES), 'SUMPRODUCT(MATCH(TRUE,$A$6:$A$7=$A$7&"",0))', 2.0),
    (position(A6, cells("$A$6:$A$7", ("x", "y"))), 'SUMPRODUCT(MATCH(TRUE,$A$6:$A$7=$A$6&"",0))', ErrorValue.NA),
    (found_in("b1", NAMES), 'MATCH("b1",$A$6:$A$7,0)', 2.0),
    (found_in("x", NAMES), 'MATCH("x",$A$6:$A$7,0)', ErrorValue.NA),
    (choose(A3, [A1, A5, A2]), "CHOOSE($A$3,$A$1,$A$5,$A$2)", -2.5),
    (choose(A3, [A1, A1]), "$A$1", 0.25),
    (hyperlink("#'a'!A" & A3, "go"), 'HYPERLINK("#\'a\'!A"&$A$3,"go")', "go"),
    (joined(["w", A3, "."]), '"w"&$A$3&"."', "w3."),
    (rule(Ref(Input(0)) * 2.0, lambda _: A1), "$A$1*2", 0.5),
    (rule(Call(Function.EXP, Ref(Input(0))), lambda _: cell("$B$1", 710.0)), "EXP($B$1)", ErrorValue.NUM),
    (
        rule(if_else(Holds(Ref(Input(0)), ">", 0.0), 1.0, 2.0), lambda _: OVERFLOW),
        "IF(EXP($B$1)>0,1,2)",
        ErrorValue.NUM,
    ),
)


@pytest.mark.parametrize(("piece", "formula", "value"), PIECES, ids=[formula for _, formula, _ in PIECES])
def test_a_piece_is_a_formula_and_its_value(piece: Live, formula: str, value: Value) -> None:
    assert piece.formula == formula
    assert piece.value == value
    assert isinstance(piece.value, str) == isinstance(value, str)


TEXTS = (
    0.3,
    -0.2,
    1 / 3,
    2 / 3,
    -1 / 3,
    0.00004386,
    1e-6,
    1e-3,
    12.5,
    1234.56789,
    99999.5,
    0.1 + 0.2,
    0.12345,
    5e-16,
    4e-16,
    0.0,
)


@pytest.mark.parametrize(
    ("number", "four_digits", "as_it_is"),
    [
        (0.3, "0.3000", "0.3"),
        (1 / 3, "0.3333", "0.3333"),
        (-0.00004386, "-0.00004386", "−0.00004386"),
        (0.1 + 0.2, "0.3000", "0.3"),
        (0.12345, "0.1235", "0.1235"),
        (12.5, "12.50", "12.5"),
        (2.0, "2.000", "2"),
        (-3.25, "-3.250", "−3.25"),
        (99999.5, "100000", "99999.5"),
        (1e15, "beyond 10^15", "beyond 10^15"),
        (1e-6, "0.000001000", "0.000001000"),
        (4e-16, "0", "0"),
        (math.nan, ErrorValue.NUM, ErrorValue.NUM),
    ],
)
def test_numbers_as_text(number: float, four_digits: Value, as_it_is: Value) -> None:
    there = cell("$A$1", number)
    assert fixed(there).value == four_digits
    assert short(there).value == as_it_is


def test_a_negative_operand_stands_in_parentheses() -> None:
    assert [operand(short(cell("$A$1", number))).value for number in (0.5, -0.5)] == ["0.5", "(−0.5)"]


def test_of_a_choice_only_the_branch_that_is_taken_is_computed() -> None:
    def never() -> Value:
        raise AssertionError("nobody asked for it")

    assert when(A1 > 0, A1, cell("$A$9", never)).value == 0.25
    assert choose(live(1), [A1, cell("$A$9", never)]).value == 0.25


def _documents() -> Document:
    """Return a workbook with every piece above, and with the texts of many numbers."""
    canvas = Canvas()
    for row, value in enumerate(NUMBERS, start=1):
        canvas.put(row, 1, cell("1/0", value) if value is ErrorValue.DIV0 else value)  # type: ignore[arg-type]
    for row, value in enumerate((10.0, 20.0), start=1):
        canvas.put(row, 3, value)
    canvas.put(1, 2, 710.0)
    # GRID reaches into the numbers to be told as text, and programs overflow in ways of their own, known elsewhere
    told = [piece for piece, _, value in PIECES if "$B$" not in piece.formula and value is not ErrorValue.NA]
    draw = np.random.default_rng(5)
    numbers = [*TEXTS, *(draw.normal(size=80) * 10.0 ** draw.uniform(-12, 12, 80)).tolist()]
    for row, piece in enumerate(told, start=20):
        canvas.put(row, 1, piece)
    for row, number in enumerate(numbers, start=20):
        there = canvas.put(row, 2, number)
        text = canvas.put(row, 3, short(there))
        canvas.put(row, 4, fixed(there))
        canvas.put(row, 5, operand(text))
    return Document("Pieces", "", (Sheet("Pieces", canvas.cells),))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.engine(name)) for name in ("formualizer", "ironcalc", "libreoffice")]
)
def test_programs_find_the_value_of_every_piece(name: str, tmp_path: Path) -> None:
    document, path, blind = _documents(), tmp_path / "pieces.xlsx", tmp_path / "blind.xlsx"
    path.write_bytes(workbook_bytes(document))
    blind_copy(path, blind)
    (values,) = engine(name).recalculate([BlindCopy.of(blind)])
    report = compare(document, read_workbook(path), values, name, "")
    assert report.formulas > 300
    assert report.equal, "\n".join(report.lines())


def test_a_formula_is_written_as_on_another_sheet() -> None:
    """What is in quotation marks, and what has a sheet's name already, stays as it is."""
    formula = """IF($A$4="it's $A$5",SUM($B$2:$C$9),'it''s $D$1'!$E$1)&"$F$1"&'Run'!$A$1:$B$2"""
    there = """IF('My sheet'!$A$4="it's $A$5",SUM('My sheet'!$B$2:$C$9),'it''s $D$1'!$E$1)&"$F$1"&'Run'!$A$1:$B$2"""
    assert on_sheet(formula, "My sheet") == there
