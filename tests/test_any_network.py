"""Random lessons: the workbook's formulas in the embedded engine, NumPy, and an automatic differentiation agree."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import autograd.numpy as differentiable
import numpy as np
import pytest
from autograd import grad

from tests.random_lessons import random_lesson
from xlbackprop import activations, compile_document, losses, verify, write_workbook
from xlbackprop.activations import ACTIVATIONS, SOFTMAX
from xlbackprop.lesson import Lesson, Run
from xlbackprop.lesson_file import read_lesson
from xlbackprop.losses import LOSSES
from xlbackprop.optimizers import OPTIMIZERS
from xlbackprop.quantities import ExampleNumber, Gradient, TotalLoss
from xlbackprop.schedules import SCHEDULES
from xlbackprop.trace import Trace, train

# Every entry at least once, and then whatever comes.
CASES = [
    *({"activation": name} for name in ACTIVATIONS),
    *({"loss": name} for name in LOSSES),
    *({"optimizer": name} for name in OPTIMIZERS),
    *({"schedule": name} for name in SCHEDULES),
    *({} for _ in range(20)),
]


def _name(case: dict[str, str]) -> str:
    return ", ".join(case.values()) or "any"


@pytest.fixture
def differentiable_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the forward functions of the entries be differentiated by the outside program."""
    for module in (activations, losses):
        monkeypatch.setattr(module, "np", differentiable)


@pytest.mark.parametrize(("seed", "case"), list(enumerate(CASES, start=1)), ids=[_name(case) for case in CASES])
def test_formulas_numpy_and_the_workbooks_own_checks_agree(tmp_path: Path, seed: int, case: dict[str, str]) -> None:
    text = random_lesson(seed, **case)
    document = compile_document(read_lesson(text, "random"))
    assert document["Checks"].cells[3, 2].value == "PASS: all checks of 2 runs", text
    write_workbook(document, tmp_path / "random.xlsx")
    report = verify(tmp_path / "random.xlsx")
    assert report.equal, "\n".join([*report.lines(), text])


@pytest.mark.usefixtures("differentiable_entries")
@pytest.mark.parametrize("seed", range(1, 81))
def test_gradients_are_those_of_an_automatic_differentiation(seed: int) -> None:
    text = random_lesson(seed, **random.Random(seed).choice(CASES))
    lesson = read_lesson(text, "random")
    trace = train(lesson)
    for row in sorted({0, 1, lesson.rows - 1}):
        loss, gradient = _differentiated(lesson, trace, row)
        assert loss == pytest.approx(trace.number(TotalLoss(), 0, row), rel=1e-9, abs=1e-12), text
        there = [
            trace.number(Gradient(parameter), 0, row) if lesson.runs[0].recipe.is_trained(parameter) else None
            for parameter in lesson.runs[0].naming.parameters()
        ]
        for found, number in zip(gradient, there, strict=True):
            assert number is None or found == pytest.approx(number, rel=1e-9, abs=1e-12), text


def _differentiated(lesson: Lesson, trace: Trace, row: int) -> tuple[float, np.ndarray]:
    """Return the loss of a row of the first run, and its gradient by the outside program."""
    run = lesson.runs[0]
    numbers = [trace.number(parameter, 0, row) for parameter in run.naming.parameters()]
    example = 0 if lesson.single else int(trace.number(ExampleNumber(), 0, row)) - 1
    loss = _loss_function(run, np.array(lesson.inputs[example]), np.array(lesson.targets[example]))
    parameters = np.array(numbers)
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
            passed = _activated(run.recipe.layers[layer].activation, net)
        return differentiable.sum(LOSSES[run.recipe.loss].compute(targets, passed, net))

    return loss


def _activated(name: str, net: Any) -> Any:
    if name == SOFTMAX:
        powers = differentiable.exp(net - differentiable.max(net))
        return powers / differentiable.sum(powers)
    compute = ACTIVATIONS[name].compute
    # an entry that names a function of NumPy outright
    return getattr(differentiable, compute.__name__)(net) if isinstance(compute, np.ufunc) else compute(net)


def test_every_entry_is_drawn() -> None:
    texts = [random_lesson(seed, **case) for seed, case in enumerate(CASES, start=1)]
    for name in (*ACTIVATIONS, *LOSSES, *OPTIMIZERS, *SCHEDULES, SOFTMAX):
        assert any(f'"{name}"' in text for text in texts) or (name == SOFTMAX and not _softmax_losses()), name


def _softmax_losses() -> list[str]:
    return [name for name, loss in LOSSES.items() if loss.pairs_with == SOFTMAX]
