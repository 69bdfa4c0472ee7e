"""The rules of columns as the other sheets take them: one step by itself, and how long sums are written."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.mutants.proof_lessons import OVERFLOW, proof_lessons
from xlbackprop.lesson.lesson_file import read_lesson
from xlbackprop.network.expression import Binary, If, Ref, SumProduct, evaluate
from xlbackprop.network.layers import LONGEST_SUM
from xlbackprop.network.quantities import (
    Correct,
    Epoch,
    Given,
    Gradient,
    NetInput,
    Parameter,
    Quantity,
    State,
    Step,
    TotalLoss,
    UnitLoss,
)
from xlbackprop.numpy_run.trace import train
from xlbackprop.taught.chain_rule import chains
from xlbackprop.taught.run_columns import columns
from xlbackprop.taught.updates import update_rule


@pytest.mark.parametrize(("bias", "told"), [("unit", True), ("layer", True), ("none", False)])
def test_a_net_input_tells_of_its_bias_where_it_has_one(bias: str, told: bool) -> None:
    text = OVERFLOW.replace("weights = [[1]]", f'weights = [[1]]\nbias = "{bias}"')
    table = columns(read_lesson(text, "biases").runs[0].recipe)
    (because,) = (column.because for column in table if isinstance(column.quantity, NetInput))
    assert ("and its bias" in because) == told


@pytest.mark.parametrize(("examples", "batch"), [(3, 1), (4, 2), (5, 2), (4, 3), (4, 4), (2, 2)])
def test_a_step_is_counted_where_its_batch_is_complete(examples: int, batch: int) -> None:
    text = OVERFLOW.replace("batch = 1", f"batch = {batch}").replace("[0.1, 1000000000]", "[0.1]")
    text = text.replace("[[1], [2]]", str([[0.1 * n] for n in range(examples)]))
    lesson = read_lesson(text.replace("[[0], [1]]", str([[1]] * examples)), "batches")
    trace = train(lesson)
    (rule,) = (of.formula for of in columns(lesson.runs[0].recipe) if of.quantity == Step())

    def number(ref: Ref) -> np.ndarray:
        return np.roll(trace.of(ref.quantity)[0], ref.back)

    told, steps = evaluate(rule, number)[1:], trace.of(Step())[0]
    assert told.tolist() == steps[1:].tolist()
    assert steps[-1] == lesson.epochs * -(-examples // batch)


@pytest.mark.parametrize("name", ["plain", "optimizers", "layers", "wide"])
def test_the_rule_of_an_update_by_itself_gives_what_the_table_gives(name: str) -> None:
    """All its numbers are those before the step, but for what is kept, which is there old and new."""
    lesson = proof_lessons()[name]
    trace = train(lesson)
    for index, run in enumerate(lesson.runs):
        steps = [trace.number(_counter(lesson.single), index, row) for row in range(lesson.rows)]
        row = max(row for row in range(1, lesson.rows) if steps[row] > steps[row - 1])
        given = lesson.given(index)

        def number(ref: Ref, index: int = index, row: int = row, given: dict[Given, float] = given) -> np.ndarray:
            assert ref.back == 0, ref
            return np.asarray(_number(ref.quantity, index, row, given))

        def _number(of: Quantity, index: int, row: int, given: dict[Given, float]) -> float:
            if isinstance(of, Given):
                return given[of]
            if isinstance(of, State) and of.kind.startswith("old "):
                return trace.number(State(of.kind.removeprefix("old "), of.of), index, row - 1)
            is_after = isinstance(of, State | Step | Epoch)
            return trace.number(of, index, row if is_after else row - 1)

        for column in columns(run.recipe):
            if isinstance(column.quantity, Parameter | State) and column.first is not None:
                told = float(evaluate(update_rule(run.recipe, column), number))
                assert told == pytest.approx(trace.number(column.quantity, index, row), rel=1e-12, abs=1e-15)


def _counter(single: bool) -> Quantity:
    return Epoch() if single else Step()


@pytest.mark.parametrize(("units", "is_one"), [(LONGEST_SUM, False), (LONGEST_SUM + 1, True)])
def test_a_sum_is_written_out_up_to_eight_terms(units: int, is_one: bool) -> None:
    assert LONGEST_SUM == 8
    text = f"""\
title = "Sums"
[network]
loss = "categorical cross-entropy"
[[network.layers]]
units = {units}
activation = "softmax"
weights = {[[0.1 * (unit - source) for source in range(units)] for unit in range(units)]}
[data]
inputs = {[[0.1] * units] * 2}
targets = {[[1.0] + [0.0] * (units - 1), [0.0] * (units - 1) + [1.0]]}
[training]
optimizer = "gradient descent"
learning_rates = [0.1]
epochs = 1
"""
    rules = {column.quantity: column.formula for column in columns(read_lesson(text, "sums").runs[0].recipe)}
    correct = rules[Correct()]
    assert isinstance(correct, If)
    for rule in (rules[NetInput(1, 0)], correct.left):
        assert isinstance(rule, SumProduct if is_one else Binary)


@pytest.mark.parametrize("name", ["plain", "by itself", "layers", "wide", "broad"])
def test_a_path_leads_from_the_loss_to_its_parameter_without_a_gap(name: str) -> None:
    lesson = proof_lessons()[name]
    recipe, trace = lesson.runs[0].recipe, train(lesson)
    for parameter in recipe.trained:
        paths = chains(recipe, parameter)
        for path in paths:
            assert isinstance(path[0].top, UnitLoss | TotalLoss)
            assert path[-1].bottom == parameter
            for factor, following in pairwise(path):
                assert factor.bottom == following.top
        products = [
            np.prod([evaluate(of.value, lambda ref: np.asarray(trace.number(ref.quantity, 0, 0))) for of in path])
            for path in paths
        ]
        assert sum(products) == pytest.approx(trace.number(Gradient(parameter), 0, 0), rel=1e-12, abs=1e-15)


def test_only_the_first_row_has_the_rule_of_the_first_row() -> None:
    for lesson in proof_lessons().values():
        for column in columns(lesson.runs[0].recipe):
            assert column.rule(0) == (column.formula if column.first is None else column.first)
            assert column.rule(1) == column.formula
