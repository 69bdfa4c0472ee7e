"""Formulas as trees: what Excel reads is what the tree means, and the mathematics is what a book prints."""

from __future__ import annotations

import math
import random
from pathlib import Path

import formualizer
import numpy as np
import openpyxl
import pytest

from tests.every_engine import EVERY_ENGINE
from xlbackprop.engines import BlindCopy
from xlbackprop.network.expression import (
    Binary,
    Call,
    Condition,
    Expression,
    Function,
    If,
    Largest,
    Negative,
    Number,
    Pick,
    Ref,
    SumProduct,
    as_expression,
    call,
    children,
    evaluate,
    if_else,
    with_children,
)
from xlbackprop.network.naming import Naming
from xlbackprop.network.quantities import ExampleNumber, Given, Input, LearningRate, Quantity, Target
from xlbackprop.workbook.document import fill_text
from xlbackprop.workbook.formula_notation import excel, excel_over_rows, math_text, number_text, one_of

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
        (-(A**3.0), "-(A1^3)"),  # Excel reads -A1^3 as (-A1)^3
        ((-A) ** 3.0, "(-A1)^3"),
        ((A**3.0) ** 4.0, "(A1^3)^4"),  # Excel reads a^b^c from the left, mathematics from the right
        (A ** (B**3.0), "A1^(B1^3)"),
        (A * -B, "A1*(-B1)"),
        (1.0 / (1.0 + Call(Function.EXP, -A)), "1/(1+EXP(-A1))"),
        (0.5 * (A - B) ** 2.0, "0.5*((A1-B1)*(A1-B1))"),  # a square is a product, that of a tiny number 0 and no #NUM!
        (1.0 - A**2.0, "1-A1*A1"),
        (-(A**2.0), "-(A1*A1)"),
        (B * A**2.0 / 2.0, "B1*(A1*A1)/2"),
        ((A**2.0) ** 2.0, "A1*A1*(A1*A1)"),
        (call(Function.SQRT, A**2.0 + B), "SQRT(A1*A1+B1)"),
        (A + Number(-3.0), "A1+(-3)"),
        (Number(1e-5) * A, "0.00001*A1"),
        (SumProduct((A, B), (B, C)), "SUMPRODUCT(A1:B1,B1:C1)"),
        (SumProduct((A,), (C,)) + B, "SUMPRODUCT(A1:A1,C1:C1)+B1"),
        (A * SumProduct((A, B), (B, C)), "A1*SUMPRODUCT(A1:B1,B1:C1)"),
        (if_else(Condition(A, ">", 0.0), A, 0.0), "IF(A1>0,A1,0)"),
        (2.0 * if_else(Condition(A + B, ">=", B), -A, 0.0) ** 2.0, "2*(IF(A1+B1>=B1,-A1,0)*IF(A1+B1>=B1,-A1,0))"),
        (Largest((A, B, C)) - A, "MAX(A1,B1,C1)-A1"),
        (call(Function.COS, Number(math.pi) * A), "COS(PI()*A1)"),
        (-call(Function.LN, A) + 1.0, "-LN(A1)+1"),
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
        (if_else(Condition(A, ">=", 0.0), A, 0.1 * A), "i1 if i1 ≥ 0, else 0.1·i1"),
        (A * if_else(Condition(B, "=", 1.0), A, 0.0), "i1·(i1 if i2 = 1, else 0)"),
        (Largest((A, B, C)), "max(i1, i2, i3)"),
        (Largest((A, B, C, A, B)), "max(i1, i2, …, i2)"),
        (call(Function.LN, call(Function.ABS, A)) + call(Function.TANH, B), "ln(|i1|) + tanh(i2)"),
        (Pick(Ref(Given(Input(0))), Ref(ExampleNumber())), "i1 of the example"),
    ],
)
def test_mathematics_reads_like_a_book(expression: Expression, text: str) -> None:
    assert math_text(expression, NAMES) == text


def _random_tree(draw: random.Random, depth: int, *, over_rows: bool = False) -> Expression:
    """Return a tree; `over_rows`: without what cannot be written for many rows at once."""
    if depth == 0 or draw.random() < 0.15:
        leaves: list[Expression] = [A, B, C, Number(0.5), Number(3.0), Number(-2.0)]
        leaves += [SumProduct((A, B, C), (A, B, C)), SumProduct((B, C), (A, B))]
        return draw.choice(leaves if over_rows else [*leaves, Largest((A, B, C)), Largest((A, B))])
    kind = draw.randrange(10)
    if kind == 0:
        return Negative(_random_tree(draw, depth - 1, over_rows=over_rows))
    if kind in (1, 2):
        functions = [function for function in Function if not (over_rows and function is Function.LN)]
        return Call(draw.choice(functions), _random_tree(draw, depth - 1, over_rows=over_rows))
    left, right = (_random_tree(draw, depth - 1, over_rows=over_rows) for _ in range(2))
    if kind == 3:
        return Binary("^", left, draw.choice([Number(2.0), Number(3.0)]))
    if kind == 4:
        yes = draw.choice([Number(1.0), A * B, left])
        return if_else(Condition(left, draw.choice([">", ">=", "="]), right), yes, draw.choice([Number(0.0), right]))
    return Binary(draw.choice(["+", "-", "*", "/"]), left, right)


def _is_sound(tree: Expression) -> bool:
    """Whether no part of a tree is an error, not even one that nobody asks for."""
    return not math.isnan(value(tree)) and all(_is_sound(part) for part in children(tree))


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
        elif not _is_sound(tree):
            continue  # a spreadsheet's IF hands on the error of its condition
        else:
            assert found == pytest.approx(wanted, rel=1e-12, abs=1e-300), written(tree)
            compared += 1
    assert compared > 250


ROWS = 5


def _agrees_over_rows(tree: Expression, numbers: dict[Quantity, np.ndarray]) -> bool:
    """Whether a tree is one that is written for many rows at once: no error in any row, no cosine beyond ±π."""

    def of(expression: Expression) -> np.ndarray:
        return evaluate(expression, lambda ref: numbers[ref.quantity])

    if np.isnan(of(tree)).any() or np.abs(of(tree)).max() > 1e6:
        return False
    if isinstance(tree, Call) and tree.function is Function.COS and np.abs(of(tree.argument)).max() > math.pi:
        return False
    return all(_agrees_over_rows(part, numbers) for part in children(tree))


OVER_ROWS = [name for name, one in EVERY_ENGINE.items() if not any(gap.what == "SUMPRODUCT" for gap in one.gaps)]


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.engine(name)) for name in OVER_ROWS])
def test_every_engine_computes_a_formula_over_many_rows_as_row_by_row(tmp_path: Path, name: str) -> None:
    draw = random.Random(7)
    numbers = {of: np.array([draw.uniform(-2, 2) for _ in range(ROWS)]) for of in NUMBERS}
    ranges = {of: f"${letter}$1:${letter}${ROWS}" for of, letter in zip(NUMBERS, "ABC", strict=True)}
    drawn = (_random_tree(draw, 3, over_rows=True) for _ in range(1000))
    trees = [tree for tree in drawn if children(tree) and _agrees_over_rows(tree, numbers)][:250]
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for column, values in enumerate(numbers.values(), start=1):
        for row, number in enumerate(values.tolist(), start=1):
            sheet.cell(row, column, number)
    for row, tree in enumerate(trees, start=1):
        # times 1 in every row, so that a formula of constants alone counts once a row as well
        over = excel_over_rows(tree, lambda ref: ranges[ref.quantity])
        sheet.cell(row, 5, f"=SUMPRODUCT(({over})*({ranges[Input(0)]}<9))")
    book.save(tmp_path / "rows.xlsx")
    ((_, found),) = EVERY_ENGINE[name].recalculate([BlindCopy.of(tmp_path / "rows.xlsx")])[0].items()
    used = set()
    for row, tree in enumerate(trees, start=1):
        if name == "ironcalc" and any(_is_minus_of_a_product(part) for part in _parts(tree)):
            continue  # it reads -((A1^2)*B1) as (-A1)^2*B1: see `test_engines`
        each = np.broadcast_to(evaluate(tree, lambda ref: numbers[ref.quantity]), ROWS)
        near = 1e-9 * max(1.0, float(np.abs(each).max()))
        assert found[row, 5] == pytest.approx(float(each.sum()), rel=1e-9, abs=near), sheet.cell(row, 5).value
        used |= {part.function for part in _parts(tree) if isinstance(part, Call)}
        used |= {type(part) for part in _parts(tree)}
    assert used >= {*Function, If, SumProduct, Negative, Binary} - {Function.LN}


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.engine(name)) for name in OVER_ROWS])
def test_a_function_over_many_rows_does_not_overflow(tmp_path: Path, name: str) -> None:
    """Where its own exponential would, the tanh has long become 1, and an exponential nothing."""
    numbers = [-1e6, -700.5, -300.5, -300.0, -299.5, -1.0, 0.0, 1.0, 299.5, 300.0, 300.5, 700.0, 1e6]
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row, number in enumerate(numbers, start=1):
        sheet.cell(row, 1, number)
        for column, function in enumerate((Function.TANH, Function.EXP), start=2):
            over = excel_over_rows(call(function, A), lambda _, row=row: f"$A${row}:$A${row}")  # type: ignore[misc]
            sheet.cell(row, column, f"=SUMPRODUCT(({over})*(2>1))")
    book.save(tmp_path / "rows.xlsx")
    ((_, found),) = EVERY_ENGINE[name].recalculate([BlindCopy.of(tmp_path / "rows.xlsx")])[0].items()
    for row, number in enumerate(numbers, start=1):
        assert found[row, 2] == pytest.approx(math.tanh(number), rel=1e-12, abs=1e-12), number
        if number <= 700:
            assert found[row, 3] == pytest.approx(math.exp(max(number, -700.0)), rel=1e-12), number


def _is_minus_of_a_product(tree: Expression) -> bool:
    """Over many rows an absolute value is a product, too."""
    match tree:
        case Negative(Binary("*" | "/")) | Negative(Call(Function.ABS)):
            return True
        case _:
            return False


def _parts(tree: Expression) -> list[Expression]:
    return [tree, *(part for child in children(tree) for part in _parts(child))]


def test_what_no_program_computes_for_many_rows_is_refused() -> None:
    for tree in (call(Function.LN, A), Largest((A, B)), Pick(Ref(Given(Input(0))), Ref(ExampleNumber()))):
        with pytest.raises(ValueError, match="cannot be written for many rows at once"):
            excel_over_rows(A + tree, lambda _: "$A$1:$A$5")


def test_an_exponential_over_rows_that_is_too_small_for_a_number_is_none_the_less_a_number() -> None:
    written_out = excel_over_rows(call(Function.EXP, A), lambda _: "$A$1")
    assert written_out == "EXP(1)^(($A$1)*(($A$1)>-700)-700*(($A$1)<=-700))"


def test_the_largest_of_more_than_a_function_takes_must_stand_side_by_side() -> None:
    assert written(Largest((A, C))) == "MAX(A1,C1)"
    with pytest.raises(ValueError, match="next to each other"):
        written(Largest((A, C) * 128))


def test_a_tree_may_have_other_subtrees_in_the_places_of_its_own() -> None:
    draw = random.Random(5)
    pick = Pick(Ref(Given(Input(0))), Ref(ExampleNumber()))
    for tree in (pick, *(_random_tree(draw, 4) for _ in range(200))):
        assert with_children(tree, children(tree)) == tree
    assert with_children(A - B, [B, C]) == B - C
    assert with_children(SumProduct((A, B), (B, C)), [A, A, B, B]) == SumProduct((A, A), (B, B))
    with pytest.raises(TypeError, match="Largest"):
        with_children(Largest((A, B)), [A, Number(1.0)])


def test_a_pick_takes_the_number_of_its_example() -> None:
    pick = Pick(Ref(Given(Input(0))), Ref(ExampleNumber()))
    block, examples = np.array([0.5, 0.6, 0.7]), np.array([3.0, 1.0, 1.0, 2.0])
    found = evaluate(pick, lambda ref: examples if ref.quantity == ExampleNumber() else block)
    assert found.tolist() == [0.7, 0.5, 0.5, 0.6]
    there = excel(pick, lambda ref: ("$C", 0) if ref.quantity == ExampleNumber() else ("$X$8:$X$10",))
    assert fill_text(there, 9) == "INDEX($X$8:$X$10,$C9)"


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


def test_a_choice_is_an_error_where_what_it_compares_is_one() -> None:
    given = Ref(Given(LearningRate()))
    choice = if_else(Condition(given, ">", 0.0), 1.0, 2.0)
    assert evaluate(choice, lambda _: np.array([1.0, -1.0, np.nan])).tolist()[:2] == [1.0, 2.0]
    assert np.isnan(evaluate(choice, lambda _: np.array([np.nan]))).all()


@pytest.mark.parametrize("count", [1, 2, 30, 31, 60, 61, 900, 901])
def test_one_of_many_options_is_the_one_that_is_asked_for(count: int) -> None:
    """More than 30 stand in groups, and these in groups again."""
    formula = "".join(map(str, one_of("A1", [(f"{option}",) for option in range(1, count + 1)])))
    workbook = formualizer.Workbook()
    workbook.add_sheet("Options")
    workbook.set_formula("Options", 1, 2, f"={formula}")
    for number in sorted({1, 2, 29, 30, 31, 59, 60, 61, 899, 900, count - 1, count} & {*range(1, count + 1)}):
        workbook.set_value("Options", 1, 1, float(number))
        workbook.evaluate_all()
        assert workbook.get_value("Options", 1, 2) == number
    assert formula.count("CHOOSE") == (1 if count <= 30 else 1 + -(-count // 30) if count <= 900 else 34)
