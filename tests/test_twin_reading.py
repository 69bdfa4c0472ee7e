"""Python reads in a twin's formulas what their trees mean, however they are laid out; a mistake in the reading is seen."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lessons import sample_lesson
from tests.twins import CLOSE, HERE, OTHERS, QUICK, SAMPLES, apart, computed, entry, short
from xlbackprop import load_lesson, train
from xlbackprop.lesson import Lesson
from xlbackprop.lesson_library import built_in_lessons
from xlbackprop.network import (
    ACTIVATIONS,
    LOSSES,
    Binary,
    Call,
    Condition,
    Expression,
    Function,
    If,
    Input,
    Negative,
    NetInput,
    Number,
    Ref,
    Step,
    children,
    if_else,
)
from xlbackprop.twin import notation, passes
from xlbackprop.twin.names import Names, is_wide

# ----------------------------------------------------------------------------------------------------- planted mistakes


def _without_parentheses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notation, "_needs", lambda _: (False, False))


def _products_before_sums_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(notation._BINDING, "+", 3)
    monkeypatch.setitem(notation._BINDING, "-", 3)


def _minus_for_plus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(notation._SIGNS, "-", " + ")


def _power_for_product(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(notation._SIGNS, "^", " * ")


def _the_number_of_the_update_before(monkeypatch: pytest.MonkeyPatch) -> None:
    def row_above(names: Names, ref: Any) -> str:
        return "step" if isinstance(ref.quantity, Step) else names.in_row(ref)

    monkeypatch.setattr(Names, "in_update", row_above)


def _kept_numbers_of_the_row_above(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "_uses_old", lambda _: True)


def _the_other_branch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notation, "_COMPARISONS", {sign: pair[::-1] for sign, pair in notation._COMPARISONS.items()})


def _a_sum_that_begins_with_the_first_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    right = notation.generalised
    monkeypatch.setattr(
        notation,
        "generalised",
        lambda texts, index: (right(texts, index) or "").replace(f"[{index}]", "[0]", 1) or None,
    )


@pytest.mark.parametrize(
    ("plant", "lesson"),
    [
        (_without_parentheses, lambda: short("walkthrough")),
        (_products_before_sums_forgotten, lambda: short("two-biases")),
        (_minus_for_plus, lambda: short("walkthrough")),
        (_power_for_product, lambda: short("walkthrough")),
        (_the_number_of_the_update_before, lambda: sample_lesson("adam_in_mini_batches")),
        (_kept_numbers_of_the_row_above, lambda: sample_lesson("one_example")),
        (_the_other_branch, lambda: sample_lesson("many_paths")),
        (_a_sum_that_begins_with_the_first_twice, lambda: short("digits")),
    ],
)
def test_a_mistake_in_the_reading_is_seen(
    plant: Callable[[pytest.MonkeyPatch], None], lesson: Callable[[], Lesson], monkeypatch: pytest.MonkeyPatch
) -> None:
    of = lesson()
    assert apart(train(of), computed(of)) <= CLOSE
    plant(monkeypatch)
    try:
        found = computed(of)
    except (ArithmeticError, NameError, SyntaxError, UnboundLocalError):
        return
    assert apart(train(of), found) > 1e-6


# ------------------------------------------------------------------------------------------------------------- the layout


@pytest.mark.parametrize("name", [*built_in_lessons(), *SAMPLES, *QUICK, "two-term log loss", "GELU"])
def test_a_long_formula_on_many_lines_is_the_same_formula(name: str) -> None:
    if name in LOSSES:
        lesson = entry(loss=name)
    elif name in ACTIVATIONS:
        lesson = entry(activation=name)
    else:
        known = {path.stem: path for path in (*(HERE / "sample_lessons").glob("*.toml"), *OTHERS)}
        lesson = load_lesson(known.get(name, name))
    for run in lesson.runs:
        names = Names(run.naming, wide=is_wide(run.recipe))
        for made in (passes.forward, passes.backward, passes.update):
            function = made(run.recipe, names)
            (tree,) = ast.parse("\n".join(function.text("f"))).body
            assert isinstance(tree, ast.FunctionDef)
            *lines, last = tree.body[1:]
            assert isinstance(last, ast.Return)
            assert [ast.unparse(line) for line in lines] == [
                ast.unparse(ast.parse(f"{line.target} = {line.rule}")) for line in function.lines
            ]


# ------------------------------------------------------------------------------------------------------------ the reading

A, B, C = Ref(Input(0)), Ref(Input(1)), Ref(NetInput(1, 0))
NAMES = {A: "a", B: "b", C: "c"}
CALLS = {"exp": Function.EXP, "ln": Function.LN, "sqrt": Function.SQRT, "tanh": Function.TANH, "cos": Function.COS}
OPERATORS: dict[type[ast.AST], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "^"}


def tree_of(node: ast.AST) -> Expression:
    """Return the formula that Python reads in a text; the choice of a conditional is taken as it is written."""
    match node:
        case ast.Expression(body):
            return tree_of(body)
        case ast.Name(name):
            return next(ref for ref, called in NAMES.items() if called == name)
        case ast.Constant(value):
            return Number(float(value))  # type: ignore[arg-type]
        case ast.UnaryOp(ast.USub(), ast.Constant(value)):
            return Number(-float(value))  # type: ignore[arg-type]
        case ast.UnaryOp(ast.USub(), of):
            return Negative(tree_of(of))
        case ast.BinOp(left, operator, right):
            return Binary(OPERATORS[type(operator)], tree_of(left), tree_of(right))  # type: ignore[arg-type]
        case ast.IfExp(ast.Compare(left, [ast.Gt()], [right]), yes, no):
            return If(tree_of(left), ">", *map(tree_of, (right, yes, no)))
        case ast.Call(ast.Name(name), [argument]):
            return Call(CALLS[name], tree_of(argument))
        case _:
            raise AssertionError(ast.dump(node))


def formulas(larger: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.one_of(
        st.builds(Binary, st.sampled_from("+-*/^"), larger, larger),
        st.builds(Negative, larger.filter(lambda of: not isinstance(of, Number))),
        st.builds(Call, st.sampled_from([*CALLS.values()]), larger),
        st.builds(If, st.sampled_from([A, B]), st.just(">"), larger, larger, larger),
    )


LEAVES = st.sampled_from([A, B, C, Number(1.0), Number(0.5), Number(-1e-9), Number(1e300), Number(-2.0)])


@given(st.recursive(LEAVES, formulas, max_leaves=15))
@settings(max_examples=200)
def test_python_reads_what_the_tree_means(formula: Expression) -> None:
    conditions = [part.right for part in walk(formula) if isinstance(part, If)]
    if any(ref == C for condition in conditions for ref in notation.refs(condition)):
        return  # a choice that an error decides may be written the other way round, or as a call
    text = notation.python(formula, lambda ref: NAMES[ref])
    assert tree_of(ast.parse(text, mode="eval")) == formula, text


def walk(formula: Expression) -> list[Expression]:
    return [formula, *(inner for part in children(formula) for inner in walk(part))]


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (-(A**2.0), "-(a ** 2)"),
        ((-A) ** 2.0, "(-a) ** 2"),
        ((A**B) ** A, "(a ** b) ** a"),
        (A ** (B**A), "a ** (b ** a)"),
        (A - (B - A), "a - (b - a)"),
        (A + (B + A), "a + (b + a)"),
        (A / (B * A), "a / (b * a)"),
        (A * -B, "a * (-b)"),
        (Number(-1.0) ** A, "(-1) ** a"),
        (if_else(Condition(C, ">", 0.0), C, 0.0), "0 if c <= 0 else c"),  # an error must come out of it
        (if_else(Condition(C, ">", 0.0), 1.0, C), "1 if c > 0 else c"),
        (if_else(Condition(C, ">", 0.0), 1.0, 0.5), "if_above(c, 0, then=1, otherwise=0.5)"),
        (A * if_else(Condition(C, ">", 0.0), 1.0, 0.5), "a * if_above(c, 0, then=1, otherwise=0.5)"),
        (A + if_else(Condition(B, ">", 0.0), 1.0, 0.5), "a + (1 if b > 0 else 0.5)"),  # what is typed is no error
    ],
)
def test_a_formula_is_written_so(formula: Expression, text: str) -> None:
    assert notation.python(formula, lambda ref: NAMES[ref]) == text


def test_what_counts_from_0_is_written_once() -> None:
    assert notation.generalised(["w[0][3] * x[0]", "w[1][3] * x[1]"], "k") == "w[k][3] * x[k]"
    assert notation.generalised(["w[0] * x[0]", "w[1] + x[1]"], "k") is None
    assert notation.generalised(["w[0]", "w[2]"], "k") is None
    assert notation.generalised(["w[0]", "w[0]"], "k") is None
