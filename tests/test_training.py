"""The run in NumPy: the reference figures of the walkthrough, and the secant of the forward pass as third judge."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from tests.plain_run import HEADERS, RATES, plain_run
from xlbackprop.columns import columns
from xlbackprop.expression import Ref, evaluate
from xlbackprop.lesson import Layer, Lesson, load_lesson
from xlbackprop.quantities import Given, Gradient
from xlbackprop.trace import Trace, train
from xlbackprop.training import Network


@pytest.fixture(scope="module")
def trace() -> Trace:
    return train(load_lesson())


LAST_LOSS = {0.1: 0.056151221, 0.2: 0.025169329, 0.5: 0.007969782, 0.8: 0.004380257, 1.0: 0.003293038, 2.0: 0.001343706}


def test_the_reference_figures_of_the_walkthrough_hold(trace: Trace) -> None:
    assert trace["E_Total"].shape == (6, 283)
    assert trace["E_Total"][:, 0] == pytest.approx(np.full(6, 0.251231003783280), abs=1e-15)
    assert trace["E_Total"][:, -1] == pytest.approx(list(LAST_LOSS.values()), abs=5e-10)
    first = {
        "h1": 0.065,
        "out_h1": 0.5162442810620724,
        "out_o1": 0.43600962354687733,
        "∂E/∂w1": -0.00038733356671781695,
        "∂E/∂w8": -0.07123284921301595,
    }
    for name, figure in first.items():
        assert trace[name][0, 0] == pytest.approx(figure, rel=1e-14), name


def test_a_trace_is_indexed_by_the_names_of_the_source(trace: Trace) -> None:
    assert set(trace) == {*HEADERS, "learning rate"}
    assert all(trace[name].shape == (6, 283) for name in trace)
    with pytest.raises(KeyError, match="Did you mean"):
        trace["out_h9"]


def test_plain_arithmetic_gives_the_same_run(trace: Trace) -> None:
    for run, rate in enumerate(RATES.values()):
        table = np.array(plain_run(rate))
        for column, name in enumerate(HEADERS):
            assert trace[name][run] == pytest.approx(table[:, column], rel=1e-12, abs=1e-15), name


def _lesson(*sizes: int) -> Lesson:
    """Return a lesson on a network of these sizes, with drawn numbers."""
    draw = np.random.default_rng(sum(sizes))
    weights = sum(a * b for a, b in itertools.pairwise(sizes))
    return replace(
        load_lesson(epochs=30, learning_rates=[0.3, 3.0]),
        inputs=tuple(draw.uniform(-1, 1, sizes[0])),
        targets=tuple(draw.uniform(0, 1, sizes[-1])),
        weights=tuple(draw.uniform(-2, 2, weights)),
        layers=tuple(Layer(units, "sigmoid") for units in sizes[1:]),
    )


SHAPES = [(2, 2, 2), (1, 1), (3, 2), (1, 3, 1), (3, 4, 2), (2, 2, 3, 2), (1, 2, 2, 2, 1)]


@pytest.mark.parametrize("sizes", SHAPES, ids=lambda sizes: "-".join(map(str, sizes)))
def test_the_taught_formulas_give_what_numpy_gives(sizes: tuple[int, ...]) -> None:
    lesson = _lesson(*sizes)
    trace = train(lesson)
    for run in range(lesson.runs):
        given = lesson.given(run)

        def number(ref: Ref, run: int = run, given: dict[Given, float] = given) -> np.ndarray:
            if isinstance(ref.quantity, Given):
                return np.asarray(given[ref.quantity])
            return np.roll(trace.of(ref.quantity)[run], ref.back)

        for column in columns(lesson):
            name = lesson.naming.name(column.quantity)
            there = trace.of(column.quantity)[run]
            skip = 0 if column.first is None else 1
            here = np.broadcast_to(evaluate(column.formula, number), there.shape)
            assert here[skip:] == pytest.approx(there[skip:], rel=1e-11, abs=1e-14), name
            if column.first is not None:
                assert float(evaluate(column.first, number)) == there[0], name


@pytest.mark.parametrize("sizes", SHAPES, ids=lambda sizes: "-".join(map(str, sizes)))
def test_gradients_are_the_secant_of_the_forward_pass(sizes: tuple[int, ...]) -> None:
    """The judge of what both tellings might get wrong alike: it knows no chain rule."""
    lesson = _lesson(*sizes)
    trace = train(lesson)
    weights = list(lesson.naming.weights())
    step = 1e-5
    for row in (0, lesson.epochs):
        start = np.array([trace.of(weight)[0, row] for weight in weights])
        network = Network(lesson)
        up, down = (
            network.loss(network.forward(network.layers(start + sign * step * np.eye(len(weights)))))[1]
            for sign in (1, -1)
        )
        gradients = [trace.of(Gradient(weight))[0, row] for weight in weights]
        assert (up - down) / (2 * step) == pytest.approx(gradients, rel=1e-6, abs=1e-10)


def test_a_run_that_overflows_is_an_error_from_there_on_as_in_a_spreadsheet() -> None:
    trace = train(load_lesson(epochs=5, learning_rates=[0.5, 1e6]))
    assert trace.diverged_at(0) is None
    assert trace.diverged_at(1) == 1  # the weights of epoch 1 can still be told, its loss cannot
    assert np.isnan(trace["E_Total"][1, 1:]).all()
    assert np.isfinite(trace["w1"][1, :2]).all()
    assert not np.isinf(trace["w1"]).any()
