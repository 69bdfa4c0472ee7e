"""Any lesson at all: formulas in a spreadsheet engine, NumPy, and an automatic differentiation agree.

    python -m pytest tests/test_any_network.py --hypothesis-profile=nightly --hypothesis-show-statistics

holds thousands of drawn lessons against `any_lesson.hold`. XLBACKPROP_RANDOM_ENGINE names another engine than the
embedded one, XLBACKPROP_COUNTS a file for the counts. A lesson that fails is made small and put into
`.hypothesis/failing_lesson.toml`; copied to `tests/regression_lessons/` it is held there from then on.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import autograd.numpy as differentiable
import numpy as np
import pytest
from autograd import grad
from autograd.extend import defvjp, primitive
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.any_lesson import REFUSED, Outcome, hold
from tests.drawn_lessons import lesson_texts
from tests.hypothesis_profiles import FEW
from tests.lesson_text import put_into
from xlbackprop import load_lesson
from xlbackprop.lesson.lesson import Lesson, Run
from xlbackprop.network import activations, losses
from xlbackprop.network.activations import ACTIVATIONS
from xlbackprop.network.layers import Softmax
from xlbackprop.network.losses import LOSSES
from xlbackprop.network.optimizers import OPTIMIZERS
from xlbackprop.network.quantities import ExampleNumber, Gradient, NetInput, TotalLoss
from xlbackprop.network.recipe import Layer
from xlbackprop.network.schedules import SCHEDULES
from xlbackprop.numpy_run.trace import Trace, train

ENTRIES = [*ACTIVATIONS, Softmax.name, *LOSSES, *OPTIMIZERS, *SCHEDULES]
REGRESSIONS = sorted((Path(__file__).parent / "regression_lessons").glob("*.toml"))
LONG = {"verdict_with_a_huge_weight", "gradients_overflow_from_which_nothing_is_learnt"}  # several seconds each
FAILING = Path(__file__).parent.parent / ".hypothesis" / "failing_lesson.toml"
ENGINE = os.environ.get("XLBACKPROP_RANDOM_ENGINE", "formualizer")


class Tally:
    """What was drawn, and what became of it."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.counts: Counter[str] = Counter()
        self.of_any: Counter[str] = Counter()  # what became of the lessons in which nothing was asked for

    def add(self, outcome: Outcome) -> None:
        """Count a lesson here and in Hypothesis's statistics."""
        facts = [outcome.what, *["a loss overflows"] * outcome.diverged]
        facts += ["other numbers overflow, no loss"] * outcome.overflows_at_the_end
        facts += ["rounding decides somewhere"] * outcome.chaotic
        self.counts.update(["lessons", *facts])
        for run in outcome.lesson.runs if outcome.lesson else ():
            recipe = run.recipe
            facts += [f"loss: {recipe.loss}", f"optimizer: {recipe.optimizer}", f"schedule: {recipe.schedule}"]
            facts += [f"activation: {layer.activation}" for layer in recipe.layers]
        for fact in dict.fromkeys(facts):
            event(fact)

    def report(self) -> str:
        """Return the counts as one line of JSON."""
        seconds = round(time.monotonic() - self.began)
        return json.dumps({**dict(self.counts.most_common()), "seconds": seconds, "engine": ENGINE})


@pytest.fixture(scope="module")
def tally(pytestconfig: pytest.Config) -> Iterator[Tally]:
    """Count the lessons of this module; at its end tell the counts, and write them where XLBACKPROP_COUNTS says."""
    counted = Tally()
    yield counted
    if counted.counts:
        if place := os.environ.get("XLBACKPROP_COUNTS"):
            Path(place).write_text(counted.report() + "\n", encoding="utf-8")
        if (reporter := pytestconfig.pluginmanager.get_plugin("terminalreporter")) is not None:
            reporter.write_line(f"\n{counted.report()}")
    # most are lessons, or little is tried; of 20 lessons three may well be spoilt
    assert counted.of_any[REFUSED] <= counted.of_any.total() / 10 + 1


@given(text=lesson_texts())
def test_any_lesson_goes_the_whole_way_or_is_refused_with_a_cure(tally: Tally, text: str) -> None:
    tally.of_any[hold_and_count(text, tally).what] += 1


@pytest.mark.parametrize("entry", ENTRIES)
@settings(max_examples=1 if settings().max_examples == FEW else 2)  # the simplest lesson with it, and another
@given(data=st.data())
def test_a_lesson_with_every_entry_does(tally: Tally, entry: str, data: st.DataObject) -> None:
    lesson = hold_and_count(data.draw(lesson_texts(entry=entry)), tally).lesson
    recipes = [run.recipe for run in lesson.runs] if lesson else []
    there = {name for recipe in recipes for name in (recipe.loss, recipe.optimizer, recipe.schedule)}
    there |= {layer.activation for recipe in recipes for layer in recipe.layers}
    assert lesson is None or entry in there


def hold_and_count(text: str, tally: Tally) -> Outcome:
    """Hold a lesson; where it fails, put its text where it can be found."""
    with TemporaryDirectory() as room:
        try:
            outcome = hold(text, Path(room), ENGINE)
            tally.add(outcome)
            return outcome
        except Exception as fault:
            tally.counts["failures"] += 1
            FAILING.parent.mkdir(exist_ok=True)
            FAILING.write_bytes(text.encode())
            kept = f"It stands in {FAILING}; copied to tests/regression_lessons/ it is held from then on."
            fault.add_note(f"The lesson:\n\n{text}\n{kept}")
            raise


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=[pytest.mark.slow] if path.stem in LONG else (), id=path.stem) for path in REGRESSIONS],
)
def test_a_lesson_that_once_failed_holds(tmp_path: Path, path: Path) -> None:
    hold(path.read_bytes().decode(), tmp_path, ENGINE)


# ---------------------------------------------------------------------------------------- automatic differentiation


@contextmanager
def differentiable_entries() -> Iterator[None]:
    """Let the forward functions of the entries be differentiated by the outside program."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (activations, losses):
            patch.setattr(module, "np", differentiable)
        yield


@given(text=lesson_texts(tame=True))
def test_gradients_are_those_of_an_automatic_differentiation(text: str) -> None:
    with TemporaryDirectory() as room:
        lesson = load_lesson(put_into(Path(room), text))
    with differentiable_entries():
        trace = train(lesson)
        for number in range(len(lesson.runs)):
            if trace.diverged_at(number) is None:
                _compare_gradients(lesson, trace, number)


def _compare_gradients(lesson: Lesson, trace: Trace, number: int) -> None:
    run = lesson.runs[number]
    for row in sorted({0, min(1, lesson.rows - 1), lesson.rows - 1}):
        if _is_on_a_kink(run, trace, number, row):
            event("a net input of 0 at a kink, where the outside program takes the mean of both slopes")
            continue
        loss, gradient = _differentiated(lesson, trace, number, row)
        assert loss == pytest.approx(trace.number(TotalLoss(), number, row), rel=1e-9, abs=1e-12)
        there = [
            trace.number(Gradient(parameter), number, row) if run.recipe.is_trained(parameter) else None
            for parameter in run.naming.parameters()
        ]
        for found, expected in zip(gradient, there, strict=True):
            assert expected is None or found == pytest.approx(expected, rel=1e-9, abs=1e-12)


def _is_on_a_kink(run: Run, trace: Trace, number: int, row: int) -> bool:
    kinked = [
        layer
        for layer, entry in enumerate(run.recipe.layers, 1)
        if getattr(ACTIVATIONS.get(entry.activation), "kink", False)
    ]
    nets = [NetInput(layer, unit) for layer in kinked for unit in run.naming.units(layer)]
    return any(trace.number(net, number, row) == 0 for net in nets)


def _differentiated(lesson: Lesson, trace: Trace, number: int, row: int) -> tuple[float, np.ndarray]:
    """Return the loss of a row of a run, and its gradient by the outside program."""
    run = lesson.runs[number]
    numbers = [trace.number(parameter, number, row) for parameter in run.naming.parameters()]
    example = 0 if lesson.single else int(trace.number(ExampleNumber(), number, row)) - 1
    loss = _loss_function(run, trace.received.inputs[example], np.array(lesson.targets[example]))
    parameters = np.array(numbers)
    with np.errstate(over="ignore"):  # its slope of tanh far from 0 is 1 by infinity
        return float(loss(parameters)), grad(loss)(parameters)


def _loss_function(run: Run, inputs: np.ndarray, targets: np.ndarray) -> Callable[[Any], Any]:
    """Return the loss as a function of the flat parameters: the forward pass alone, written anew."""

    def loss(parameters: Any) -> Any:
        sizes, rest = run.recipe.sizes, run.recipe.naming.biases
        place, passed, net = 0, inputs, inputs
        bias_place = sum(before * units for before, units in pairwise(sizes))
        for layer, (before, units) in enumerate(pairwise(sizes)):
            weights = differentiable.reshape(parameters[place : place + before * units], (units, before))
            net = differentiable.dot(weights, passed) + (
                parameters[bias_place : bias_place + rest[layer]] if rest[layer] else 0.0
            )
            place, bias_place = place + before * units, bias_place + rest[layer]
            passed = _activated(run.recipe.layers[layer], net)
        others = run.recipe.loss_parameters
        penalty = differentiable.sum(parameters[:place] ** 2) / 2 * _penalized(run)
        return differentiable.sum(_LOSSES[run.recipe.loss](targets, passed, net, *others)) + penalty

    return loss


def _penalized(run: Run) -> float:
    """Return the weight decay of a run where it is part of the loss, else 0."""
    return (
        dict(zip(run.recipe.constants, run.constants, strict=True))["weight decay"]
        if run.recipe.decays_in_loss
        else 0.0
    )


def _activated(layer: Layer, net: Any) -> Any:
    if layer.activation == Softmax.name:
        powers = differentiable.exp(net - differentiable.max(net))
        return powers / differentiable.sum(powers)
    return _ACTIVATED[layer.activation](net, *layer.parameters)


@primitive  # type: ignore[untyped-decorator]
def _step(z: Any, low: float = 0.0) -> Any:
    return np.where(z >= -1e-9, 1.0, low)


defvjp(_step, lambda _, __, ___=0.0: lambda g: g, None)  # the rule of the perceptron: 1 in the place of its slope

_ACTIVATED: dict[str, Callable[..., Any]] = {
    "sigmoid": lambda z: 1 / (1 + differentiable.exp(-z)),
    "identity": lambda z: z,
    "tanh": differentiable.tanh,
    "ReLU": lambda z: differentiable.maximum(z, 0.0),
    "leaky ReLU": lambda z, slope=0.01: differentiable.where(z > 0, z, slope * z),
    "softplus": lambda z: differentiable.logaddexp(0.0, z),
    "bipolar sigmoid": lambda z, slope=1.0: differentiable.tanh(slope * z / 2),
    "scaled tanh": lambda z, a=1.7159, b=2 / 3: a * differentiable.tanh(b * z),
    "ELU": lambda z, alpha=1.0: differentiable.where(
        z > 0, z, alpha * differentiable.expm1(differentiable.minimum(z, 0.0))
    ),
    "SiLU": lambda z: z / (1 + differentiable.exp(-z)),
    "GELU": lambda z: z / 2 * (1 + differentiable.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))),
    "step": _step,
}

_LOSSES: dict[str, Callable[..., Any]] = {
    "half squared error": lambda t, a, _: (t - a) ** 2 / 2,
    "mean squared error": lambda t, a, _: (t - a) ** 2 / len(t),
    "binary cross-entropy": lambda t, _, z: (
        (1 - t) * differentiable.logaddexp(0.0, z) + t * differentiable.logaddexp(0.0, -z)
    ),
    "categorical cross-entropy": lambda t, _, z: (
        -t
        * (
            z
            - differentiable.max(z)
            - differentiable.log(differentiable.sum(differentiable.exp(z - differentiable.max(z))))
        )
    ),
    "the output itself": lambda t, a, _: a + 0 * t,
    "squared error": lambda t, a, _: (t - a) ** 2,
    "absolute error": lambda t, a, _: differentiable.where(abs(t - a) > 1e-9, abs(t - a), 0.0),
    "Huber": lambda t, a, _, delta=1.0: differentiable.where(
        abs(t - a) > delta, delta * (abs(t - a) - delta / 2), (t - a) ** 2 / 2
    ),
    "hinge": lambda t, a, _: differentiable.where(1 - t * a > 1e-9, 1 - t * a, 0.0),
    "two-term log loss": lambda t, a, _: -t * differentiable.log(a) - (1 - t) * differentiable.log(1 - a),
}
for _of in ("binary cross-entropy", "categorical cross-entropy"):
    _LOSSES[f"mean {_of}"] = lambda t, a, z, of=_LOSSES[_of]: of(t, a, z) / len(t)
