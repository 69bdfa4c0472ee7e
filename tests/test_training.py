"""The run in NumPy: the reference figures of the walkthrough, and the secant of the forward pass as third judge."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from xlbackprop.columns import columns
from xlbackprop.expression import Ref, evaluate
from xlbackprop.lesson import Layer, Lesson, load_lesson
from xlbackprop.quantities import Given, Gradient
from xlbackprop.training import Trace, forward, train, unflatten


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
    names = "t1 t2 i1 i2 w1 w2 w3 w4 h1 out_h1 h2 out_h2 w5 w6 w7 w8 o1 out_o1 o2 out_o2 E1 E2 E_Total".split()
    names += [f"∂E/∂w{number}" for number in range(1, 9)]
    assert set(trace) == {*names, "epoch", "learning rate"}
    assert all(trace[name].shape == (6, 283) for name in trace)
    with pytest.raises(KeyError):
        trace["w9"]


def _sigma(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def test_plain_arithmetic_gives_the_same_run(trace: Trace) -> None:
    """The walkthrough once more, in bare Python, for one learning rate: nothing of the package is used."""
    i1, i2, t1, t2, rate = 0.05, 0.10, 0.01, 0.99, 0.5
    w = [0.3, 0.5, -0.2, 0.7, 0.1, -0.6, 0.3, -0.9]
    for row in range(283):
        a1, a2 = _sigma(w[0] * i1 + w[1] * i2), _sigma(w[2] * i1 + w[3] * i2)
        y1, y2 = _sigma(w[4] * a1 + w[5] * a2), _sigma(w[6] * a1 + w[7] * a2)
        d1, d2 = (y1 - t1) * y1 * (1 - y1), (y2 - t2) * y2 * (1 - y2)
        e1, e2 = (d1 * w[4] + d2 * w[6]) * a1 * (1 - a1), (d1 * w[5] + d2 * w[7]) * a2 * (1 - a2)
        gradient = [e1 * i1, e1 * i2, e2 * i1, e2 * i2, d1 * a1, d1 * a2, d2 * a1, d2 * a2]
        for number in range(8):
            assert trace[f"w{number + 1}"][2, row] == pytest.approx(w[number], rel=1e-12, abs=1e-15)
            assert trace[f"∂E/∂w{number + 1}"][2, row] == pytest.approx(gradient[number], rel=1e-12, abs=1e-15)
        assert trace["E_Total"][2, row] == pytest.approx(((t1 - y1) ** 2 + (t2 - y2) ** 2) / 2, rel=1e-12)
        w = [weight - rate * slope for weight, slope in zip(w, gradient, strict=True)]


def _lesson(*sizes: int) -> Lesson:
    """Return a lesson on a network of these sizes, with drawn numbers."""
    draw = np.random.default_rng(sum(sizes))
    weights = sum(a * b for a, b in zip(sizes, sizes[1:], strict=False))
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
        up, down = (
            forward(lesson, unflatten(lesson, start + sign * step * np.eye(len(weights)))).loss for sign in (1, -1)
        )
        gradients = [trace.of(Gradient(weight))[0, row] for weight in weights]
        assert (up - down) / (2 * step) == pytest.approx(gradients, rel=1e-6, abs=1e-10)


def test_a_run_that_overflows_is_an_error_from_there_on_as_in_a_spreadsheet() -> None:
    trace = train(load_lesson(epochs=5, learning_rates=[0.5, 1e6]))
    assert trace.diverged_at(0) is None
    assert trace.diverged_at(1) == 1
    assert np.isnan(trace["E_Total"][1, 1:]).all()
    assert np.isfinite(trace["w1"][1, :2]).all()
    assert not np.isinf(trace["w1"]).any()
