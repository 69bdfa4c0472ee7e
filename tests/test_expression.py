"""Formulas as trees: what Excel reads is what the tree means, and the mathematics is what a book prints."""

from __future__ import annotations

import math
import random
from pathlib import Path

import formualizer
import numpy as np
import openpyxl
import pytest

from xlbackprop.document import fill_text
from xlbackprop.expression import (
    Binary,
    Call,
    Expression,
    Function,
    Negative,
    Number,
    Ref,
    SumProduct,
    as_expression,
    evaluate,
    excel,
    math_text,
    number_text,
)
from xlbackprop.quantities import Input, Naming, Quantity, Target

A, B, C = Ref(Input(0)), Ref(Input(1)), Ref(Input(2))
NUMBERS: dict[Quantity, float] = {Input(0): 0.7, Input(1): -1.3, Input(2): 2.0}
NAMES = Naming((3, 1, 1)).name


def written(expression: Expression) -> str:
    """Return the formula with i1 in A, i2 in B, i3 in C of row 1."""
    return fill_text(excel(expression, lambda ref: ("ABC"[ref.quantity.unit], 0)), 1)  # type: ignore[union-attr]


def value(expression: Expression) -> float:
    return float(evaluate(expression, lambda ref: np.asarray(NUMBERS[ref.quantity])))


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (A + B, "A1+B1"),
        (A - (B - A), "A1-(B1-A1)"),
        (A + (B + A), "A1+(B1+A1)"),  # floating-point sums depend on their order
        ((A + B) + A, "A1+B1+A1"),
        (A * (B + 1.0), "A1*(B1+1)"),
        (A / (B / A), "A1/(B1/A1)"),
        (-(A**2.0), "-(A1^2)"),  # Excel reads -A1^2 as (-A1)^2
        ((-A) ** 2.0, "(-A1)^2"),
        ((A**2.0) ** 3.0, "(A1^2)^3"),  # Excel reads a^b^c from the left, mathematics from the right
        (A ** (B**2.0), "A1^(B1^2)"),
        (A * -B, "A1*(-B1)"),
        (1.0 / (1.0 + Call(Function.EXP, -A)), "1/(1+EXP(-A1))"),
        (0.5 * (A - B) ** 2.0, "0.5*(A1-B1)^2"),
        (A + Number(-3.0), "A1+(-3)"),
        (Number(1e-5) * A, "0.00001*A1"),
        (SumProduct((A, B), (B, C)), "SUMPRODUCT(A1:B1,B1:C1)"),
        (SumProduct((A,), (C,)) + B, "SUMPRODUCT(A1:A1,C1:C1)+B1"),
    ],
)
def test_parentheses_stand_where_excel_needs_them(expression: Expression, text: str) -> None:
    assert written(expression) == text


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (0.5 * (Ref(Target(0)) - A) ** 2.0, "½·(t1 − i1)²"),
        (1.0 / (1.0 + Call(Function.EXP, -A)), "1/(1 + exp(−i1))"),
        ((A * (1.0 - A) + B) * A, "[i1·(1 − i1) + i2]·i1"),
        (Ref(Input(0), back=1) + 1.0, "i1 (row above) + 1"),
        (SumProduct((A, B, C), (C, B, A)), "i1·i3 + i2·i2 + i3·i1"),
        (SumProduct((A, B, C, A), (A, A, A, C)), "i1·i1 + i2·i1 + … + i1·i3"),
        (A * SumProduct((A, B), (B, C)), "i1·(i1·i2 + i2·i3)"),
    ],
)
def test_mathematics_reads_like_a_book(expression: Expression, text: str) -> None:
    assert math_text(expression, NAMES) == text


def _random_tree(draw: random.Random, depth: int) -> Expression:
    if depth == 0 or draw.random() < 0.15:
        leaves: list[Expression] = [A, B, C, Number(0.5), Number(3.0), Number(-2.0)]
        return draw.choice([*leaves, SumProduct((A, B, C), (A, B, C)), SumProduct((B, C), (A, B))])
    kind = draw.randrange(8)
    if kind == 0:
        return Negative(_random_tree(draw, depth - 1))
    if kind == 1:
        return Call(Function.EXP, _random_tree(draw, depth - 1))
    left, right = _random_tree(draw, depth - 1), _random_tree(draw, depth - 1)
    if kind == 2:
        return Binary("^", left, draw.choice([Number(2.0), Number(3.0)]))
    return Binary(draw.choice(["+", "-", "*", "/"]), left, right)


def test_an_engine_computes_what_the_tree_means(tmp_path: Path) -> None:
    draw = random.Random(20)
    trees = [_random_tree(draw, 5) for _ in range(400)]
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for column, number in enumerate(NUMBERS.values(), start=1):
        sheet.cell(1, column, number)
    for row, tree in enumerate(trees, start=2):
        sheet.cell(row, 1, "=" + written(tree))
    book.save(tmp_path / "trees.xlsx")
    opened = formualizer.load_workbook(str(tmp_path / "trees.xlsx"), strategy="eager_all")
    opened.evaluate_all()
    compared = 0
    for row, tree in enumerate(trees, start=2):
        wanted, found = value(tree), opened.get_value("Sheet", row, 1)
        if math.isnan(wanted):
            assert isinstance(found, dict), written(tree)
        else:
            assert found == pytest.approx(wanted, rel=1e-12, abs=1e-300), written(tree)
            compared += 1
    assert compared > 250


def test_what_overflows_is_an_error_and_stays_one() -> None:
    assert math.isnan(value(1.0 / (1.0 + Call(Function.EXP, Number(710.0)))))
    with np.errstate(over="ignore"):
        assert math.isnan(float(evaluate(SumProduct((A,), (A,)), lambda _: np.asarray(1e200))))


@pytest.mark.parametrize(("number", "text"), [(0.5, "0.5"), (1.0, "1"), (1e-7, "0.0000001"), (-2.0, "-2")])
def test_numbers_are_never_written_with_an_exponent(number: float, text: str) -> None:
    assert number_text(number) == text


def test_a_sum_of_products_is_refused_over_cells_that_do_not_stand_next_to_each_other() -> None:
    for refs in ((A, C), (B, A), (A, A)):
        with pytest.raises(ValueError, match="next to each other"):
            written(SumProduct(refs, (A, B)))
    with pytest.raises(ValueError, match="of its own row"):
        excel(SumProduct((A, B), (B, C)), lambda _: ("'LR=0.1'!$A$8:$A$20",))
    with pytest.raises(ValueError, match="2 and 1 references"):
        SumProduct((A, B), (C,))


def test_a_sum_of_products_may_pass_from_z_to_aa() -> None:
    letters = {Input(0): "$Z", Input(1): "$AA", Input(2): "$AB"}
    there = excel(SumProduct((A, B), (B, C)), lambda ref: (letters[ref.quantity], 0))  # type: ignore[index]
    assert fill_text(there, 5) == "SUMPRODUCT($Z5:$AA5,$AA5:$AB5)"


def test_a_sum_of_products_may_be_over_another_sheet() -> None:
    letters = {Input(0): "'a!b'!$A", Input(1): "'a!b'!$B", Input(2): "'c'!$C"}

    def there(ref: Ref) -> tuple[str, int]:
        return letters[ref.quantity], 3  # type: ignore[index]

    assert fill_text(excel(SumProduct((A, B), (A, B)), there), 5) == "SUMPRODUCT('a!b'!$A8:$B8,'a!b'!$A8:$B8)"
    with pytest.raises(ValueError, match="next to each other"):
        excel(SumProduct((B, C), (A, B)), there)


def test_what_is_no_formula_is_refused() -> None:
    with pytest.raises(TypeError, match="not part of a formula"):
        as_expression("w1")  # type: ignore[arg-type]
