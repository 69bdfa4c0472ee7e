"""The run in NumPy: the reference figures of the walkthrough, and the secant of the forward pass as third judge."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tests.plain_run import HEADERS, RATES, plain_run
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.lesson.lesson_file import load_lesson, read_lesson
from xlbackprop.network.expression import Ref, evaluate
from xlbackprop.network.quantities import Given, Gradient
from xlbackprop.numpy_run.forward_backward import Network
from xlbackprop.numpy_run.trace import Trace, train
from xlbackprop.taught.run_columns import columns

pytestmark = pytest.mark.installed


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
    assert set(trace) == {*HEADERS}
    assert all(trace[name].shape == (6, 283) for name in trace)
    with pytest.raises(KeyError, match="Did you mean"):
        trace["out_h9"]


def test_plain_arithmetic_gives_the_same_run(trace: Trace) -> None:
    for run, rate in enumerate(RATES.values()):
        table = np.array(plain_run(rate))
        for column, name in enumerate(HEADERS):
            assert trace[name][run] == pytest.approx(table[:, column], rel=1e-12, abs=1e-15), name


def _lesson(*sizes: int, loss: str = "half squared error", outputs: str = "sigmoid", bias: str = "none") -> Lesson:
    """Return a lesson on a network of these sizes, with drawn numbers."""
    draw = np.random.default_rng(sum(sizes))
    lines = ['title = "A network"', "[network]", f'loss = "{loss}"']
    for layer, (before, units) in enumerate(itertools.pairwise(sizes), start=1):
        activation = outputs if layer == len(sizes) - 1 else "sigmoid"
        lines += ["[[network.layers]]", f"units = {units}", f'activation = "{activation}"']
        lines += [f"weights = {draw.uniform(-2, 2, (units, before)).tolist()}", f'bias = "{bias}"']
        if bias != "none":
            lines += [f"biases = {draw.uniform(-1, 1, units if bias == 'unit' else 1).tolist()}"]
    targets = np.eye(sizes[-1])[0] if outputs == "softmax" else draw.uniform(0, 1, sizes[-1])
    lines += ["[data]", f"inputs = {draw.uniform(-1, 1, sizes[0]).tolist()}", f"targets = {targets.tolist()}"]
    lines += ["[training]", 'optimizer = "gradient descent"', "learning_rates = [0.3, 3.0]", "epochs = 30"]
    return read_lesson("\n".join(lines), "drawn.toml")


CASES: dict[str, Lesson] = {
    "-".join(map(str, sizes)): _lesson(*sizes)
    for sizes in [(2, 2, 2), (1, 1), (3, 2), (1, 3, 1), (3, 4, 2), (2, 2, 3, 2), (1, 2, 2, 2, 1)]
}
CASES |= {
    "a bias a unit": _lesson(3, 4, 2, bias="unit"),
    "a bias a layer": _lesson(2, 3, 2, 2, bias="layer"),
    "binary cross-entropy": _lesson(3, 4, 2, loss="binary cross-entropy", bias="unit"),
    "softmax": _lesson(3, 4, 3, loss="categorical cross-entropy", outputs="softmax", bias="unit"),
    "softmax, a bias a layer": _lesson(2, 3, loss="categorical cross-entropy", outputs="softmax", bias="layer"),
}
each_case = pytest.mark.parametrize("lesson", CASES.values(), ids=CASES)


@each_case
def test_the_taught_formulas_give_what_numpy_gives(lesson: Lesson) -> None:
    trace = train(lesson)
    for index, run in enumerate(lesson.runs):
        given = lesson.given(index)

        def number(ref: Ref, index: int = index, given: dict[Given, float] = given) -> np.ndarray:
            if isinstance(ref.quantity, Given):
                return np.asarray(given[ref.quantity])
            return np.roll(trace.of(ref.quantity)[index], ref.back)

        for column in columns(run.recipe):
            name = run.naming.name(column.quantity)
            there = trace.of(column.quantity)[index]
            skip = 0 if column.first is None else 1
            here = np.broadcast_to(evaluate(column.formula, number), there.shape)
            assert here[skip:] == pytest.approx(there[skip:], rel=1e-11, abs=1e-14), name
            if column.first is not None:
                assert float(evaluate(column.first, number)) == there[0], name


@each_case
def test_gradients_are_the_secant_of_the_forward_pass(lesson: Lesson) -> None:
    """The judge of what both tellings might get wrong alike: it knows no chain rule."""
    trace, network = train(lesson), Network(lesson.runs[0].recipe)
    parameters = list(lesson.runs[0].naming.parameters())
    step = 1e-5
    for row in (0, lesson.epochs):
        start = np.array([trace.of(parameter)[0, row] for parameter in parameters])
        moved = (start + sign * step * np.eye(len(parameters)) for sign in (1, -1))
        up, down = (
            network.loss(network.forward(network.layers(each), np.array(lesson.inputs[0])), np.array(lesson.targets[0]))
            for each in moved
        )
        gradients = [trace.of(Gradient(parameter))[0, row] for parameter in parameters]
        assert (up[1] - down[1]) / (2 * step) == pytest.approx(gradients, rel=1e-6, abs=1e-10)


def test_a_run_that_overflows_is_an_error_from_there_on_as_in_a_spreadsheet() -> None:
    trace = train(load_lesson(epochs=5, learning_rates=[0.5, 1e6]))
    assert trace.diverged_at(0) is None
    assert trace.diverged_at(1) == 1  # the weights of epoch 1 can still be told, its loss cannot
    assert np.isnan(trace["E_Total"][1, 1:]).all()
    assert np.isfinite(trace["w1"][1, :2]).all()
    assert not np.isinf(trace["w1"]).any()
