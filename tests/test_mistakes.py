"""The catalogue of mistakes: it has those that people made, each is another number, and its sentence is true."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.lessons import covering_lessons
from tests.test_lesson import GOOD
from xlbackprop import load_lesson
from xlbackprop.classroom import KINDS, PASTED, Mistake, mistakes_in, pasted
from xlbackprop.classroom.formula_parts import refs_of
from xlbackprop.lesson.lesson_file import read_lesson
from xlbackprop.network.expression import Condition, Expression, Function, Number, Ref, call, evaluate, if_else, total
from xlbackprop.network.quantities import (
    BatchGradient,
    Bias,
    Constant,
    Epoch,
    Given,
    Gradient,
    InBatch,
    Input,
    LearningRate,
    NetInput,
    Output,
    Quantity,
    Target,
    TotalLoss,
    UnitLoss,
    Weight,
)
from xlbackprop.network.recipe import Recipe
from xlbackprop.taught import column_of, columns
from xlbackprop.workbook import math_text

pytestmark = pytest.mark.installed

KEPT = Path(__file__).parent / "kept" / "mistakes.txt"
WALKTHROUGH = load_lesson().runs[0].recipe
RELU = read_lesson(GOOD.replace('activation = "sigmoid"', 'activation = "ReLU"', 1), "relu").runs[0].recipe
LESSONS = ("walkthrough", "xor", "trained-biases", "softmax-3-classes", "optimizers", "two-biases")


@cache
def found(recipe: Recipe, quantity: Quantity) -> tuple[Mistake, ...]:
    listed = mistakes_in(recipe, quantity)
    return (*listed, pasted(recipe, quantity, 0.25)) if listed else ()


def every(recipe: Recipe) -> Iterator[Mistake]:
    for column in columns(recipe):
        yield from found(recipe, column.quantity)


# ------------------------------------------------------------------------------------------ what people wrote in public

I1, T1, T2 = Ref(Input(0)), Ref(Target(0)), Ref(Target(1))
H1, A1, A2 = Ref(NetInput(1, 0)), Ref(Output(1, 0)), Ref(Output(1, 1))
O1, O2 = Ref(Output(2, 0)), Ref(Output(2, 1))
W = {number: Ref(weight) for number, weight in enumerate(WALKTHROUGH.naming.weights(), start=1)}
BLAMES = [(O1 - T1) * O1 * (1.0 - O1), (O2 - T2) * O2 * (1.0 - O2)]
ETA = Ref(Given(LearningRate()))


def above(ref: Ref) -> Ref:
    return Ref(ref.quantity, back=1)


def g(number: int) -> Ref:
    return Ref(Gradient(W[number].quantity), back=1)  # type: ignore[arg-type]


def handed_back(*weights: Ref) -> Expression:
    return total([blame * weight for blame, weight in zip(BLAMES, weights, strict=True)])


MADE = {
    # the class workbook, and those made from it
    "the slope of h1 for h2": (
        Gradient(W[3].quantity),  # type: ignore[arg-type]
        handed_back(W[6], W[8]) * A1 * (1.0 - A1) * I1,
        "∂E/∂w3 uses out_h1·(1 − out_h1) where out_h2·(1 − out_h2) belongs.",
    ),
    "the weights that leave h1 for those of h2": (
        Gradient(W[3].quantity),  # type: ignore[arg-type]
        handed_back(W[5], W[7]) * A2 * (1.0 - A2) * I1,
        "∂E/∂w3 uses w5 and w7 where w6 and w8 belong.",
    ),
    "the gradient of another weight": (
        W[3].quantity,
        above(W[3]) - ETA * g(1),
        "w3 uses ∂E/∂w1 where ∂E/∂w3 belongs.",
    ),
    "no brackets round the sum of the paths": (
        Gradient(W[1].quantity),  # type: ignore[arg-type]
        BLAMES[0] * W[5] + BLAMES[1] * W[7] * A1 * (1.0 - A1) * I1,
        f"∂E/∂w1 leaves out the brackets round {math_text(handed_back(W[5], W[7]), WALKTHROUGH.naming.name)}.",
    ),
    "no brackets round the difference": (
        Gradient(W[5].quantity),  # type: ignore[arg-type]
        O1 - T1 * O1 * (1.0 - O1) * A1,
        "∂E/∂w5 leaves out the brackets round out_o1 − t1.",
    ),
    "times for minus": (
        Gradient(W[5].quantity),  # type: ignore[arg-type]
        O1 * T1 * O1 * (1.0 - O1) * A1,
        "∂E/∂w5 multiplies by t1 where it subtracts it.",
    ),
    "the output weights are updated already": (
        Gradient(W[1].quantity),  # type: ignore[arg-type]
        handed_back(Ref(W[5].quantity, -1), Ref(W[7].quantity, -1)) * A1 * (1.0 - A1) * I1,
        "∂E/∂w1 takes w5 and w7 after the update; all gradients come from the old weights.",
    ),
    "a rate that moves down to empty cells": (
        W[1].quantity,
        above(W[1]) - if_else(Condition(Ref(Epoch()), ">", 1.0), 0.0, ETA) * g(1),
        "w1 lets the cell of the learning rate move down with it: its reference needs dollar signs.",
    ),
    "the rule of a column beside": (UnitLoss(1), 0.5 * (T1 - O1) ** 2.0, "E2 has the rule of E1."),
    "the mean of the losses": (
        TotalLoss(),
        (Ref(UnitLoss(0)) + Ref(UnitLoss(1))) / 2.0,
        "E_Total takes the mean of the losses where their sum belongs.",
    ),
    "a number typed over": (
        NetInput(1, 0),
        Number(0.25),
        "h1 is the number 0.25, not a formula: it stays where it should move.",
    ),
    "no activation function": (Output(1, 0), H1, "out_h1 is h1 itself: the activation function is missing."),
    "no minus in the power of e": (
        Output(1, 0),
        1.0 / (1.0 + call(Function.EXP, H1)),
        "out_h1 leaves out the minus of −h1.",
    ),
    "the sign of the update": (W[1].quantity, above(W[1]) + ETA * g(1), "w1 adds η·∂E/∂w1 where it is subtracted."),
}  # fmt: skip


@pytest.mark.parametrize(("quantity", "formula", "sentence"), MADE.values(), ids=MADE)
def test_what_people_wrote_is_in_it(quantity: Quantity, formula: Expression, sentence: str) -> None:
    assert [each.sentence for each in found(WALKTHROUGH, quantity) if each.formula == formula] == [sentence]


def test_a_forgotten_mask_is_in_it() -> None:
    of = Gradient(Weight(1, 0, 0))
    told = [each.sentence for each in found(RELU, of) if each.kind == "slope missing or twice"]
    assert "∂E/∂w1 leaves out 1 if h1 > 0, else 0, the slope at h1." in told


def test_a_bias_is_forgotten_or_gets_another_gradient() -> None:
    recipe = load_lesson("trained-biases").runs[0].recipe
    net, bias = NetInput(1, 0), Bias(1, 0)
    assert "h1 leaves out the bias b1." in [each.sentence for each in found(recipe, net)]
    told = [each.sentence for each in found(recipe, bias)]
    assert "b1 uses ∂E/∂w1 where ∂E/∂b1 belongs." in told
    assert "b1 uses ∂E/∂b2 where ∂E/∂b1 belongs." in told


def test_a_step_takes_the_sum_or_one_gradient_for_the_mean() -> None:
    recipe = load_lesson("xor").runs[1].recipe
    weight = Weight(1, 0, 0)
    gathered, count = Ref(BatchGradient(weight), 1), Ref(InBatch(), 1)
    formulas = {each.sentence: each.formula for each in found(recipe, weight)}
    assert "w1 does not divide by the number of examples." in formulas
    of_last = formulas["w1 takes the gradient of the step's last example for that of all."]
    assert {gathered, count} & {*refs_of(of_last)} == set()


# ------------------------------------------------------------------------------------------------ each is what it says


@pytest.mark.parametrize("name", covering_lessons())
def test_no_mistake_is_the_rule_or_another_in_other_words(name: str) -> None:
    drawn = np.random.default_rng(7)
    numbers: dict[Ref, np.ndarray] = {}

    def number(ref: Ref) -> np.ndarray:
        if ref not in numbers:
            counts = isinstance(ref.quantity, Epoch | InBatch)
            numbers[ref] = drawn.integers(0, 5, 200) if counts else drawn.uniform(-1.5, 1.5, 200)
        return numbers[ref]

    for run in {run.recipe: run for run in load_lesson(name).runs}.values():
        listed = columns(run.recipe)
        for column in listed if len(listed) < 100 else [*listed[::60], listed[-1]]:
            wrong = found(run.recipe, column.quantity)
            formulas = [column.formula, *(each.formula for each in wrong)]
            values = [np.broadcast_to(evaluate(formula, number), 200) for formula in formulas]
            same = {np.nan_to_num(value, nan=1e9).round(9).tobytes() for value in values}
            assert len(same) == len(formulas), column.quantity


def test_every_kind_is_made_somewhere() -> None:
    recipes = [run.recipe for name in LESSONS for run in load_lesson(name).runs[:2]]
    assert {each.kind for recipe in recipes for each in every(recipe)} == {*KINDS, PASTED}


@pytest.mark.parametrize("recipe", [WALKTHROUGH, load_lesson("xor").runs[1].recipe], ids=["walkthrough", "xor"])
def test_what_needs_its_own_cell_is_told(recipe: Recipe) -> None:
    for each in every(recipe):
        assert each.circular == _goes_round(recipe, each), each.sentence


def _goes_round(recipe: Recipe, planted: Mistake) -> bool:
    """Return whether a cell of a small table with a planted mistake needs itself: found by going, as a spreadsheet does."""
    done: set[tuple[Quantity, int]] = set()
    rows = 2 * recipe.examples + 4
    middle = recipe.examples + 1

    def reach(quantity: Quantity, row: int, on_the_way: frozenset[tuple[Quantity, int]]) -> bool:
        if (quantity, row) in on_the_way:
            return True
        if not 0 <= row < rows or (quantity, row) in done or isinstance(quantity, Given | Constant):
            return False
        column = column_of(recipe, quantity)
        planted_here = quantity == planted.quantity and row == middle
        formula = planted.formula if planted_here else column.rule(row)
        way = on_the_way | {(quantity, row)}
        if any(reach(ref.quantity, row - ref.back, way) for ref in refs_of(formula)):
            return True
        done.add((quantity, row))
        return False

    return any(reach(column.quantity, row, frozenset()) for row in range(rows) for column in columns(recipe))


def test_a_loss_is_got_wrong_as_a_textbook_writes_it() -> None:
    recipe = load_lesson("softmax-3-classes").runs[0].recipe
    told = [each.sentence for each in found(recipe, UnitLoss(0))]
    assert "E1 leaves out the minus of −t1." in told or "E1 leaves out the minus of −(t1·ln(out_o1))." in told, told[
        :12
    ]


def test_what_no_student_works_out_has_none() -> None:
    recipe = load_lesson("xor").runs[1].recipe
    for quantity in (Epoch(), InBatch(), Input(0), Target(0)):
        assert mistakes_in(recipe, quantity) == ()
    frozen = load_lesson("two-biases").runs[0].recipe
    for bias in frozen.naming.layer_biases():
        assert mistakes_in(frozen, bias) == ()


# ------------------------------------------------------------------------------------------------------- the sentences


def sentences() -> str:
    """Return what the catalogue says of some columns, to be read: some of each kind in each lesson."""
    lines: list[str] = []
    for name in LESSONS:
        recipe = load_lesson(name).runs[min(1, len(load_lesson(name).runs) - 1)].recipe
        lines += [f"=== {name}"]
        for kind in (*KINDS, PASTED):
            told = [each.sentence for each in every(recipe) if each.kind == kind]
            lines += [f"{kind}: {sentence}" for sentence in told[:: max(1, len(told) // 6)]]
    return "\n".join(lines) + "\n"


def test_the_sentences_are_those_that_were_read() -> None:
    assert sentences() == KEPT.read_text(encoding="utf-8")


if __name__ == "__main__":
    KEPT.write_text(sentences(), encoding="utf-8")
