"""Twins of lessons, and the numbers that they find: run as a stranger runs them, or quicker in this process."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from xlbackprop import load_lesson
from xlbackprop.lesson import Lesson, Run
from xlbackprop.network import LOSSES, Gradient, evaluate, row_quantities
from xlbackprop.numpy_run import RowJudge, Trace, deviations, train
from xlbackprop.sheets import read_lesson
from xlbackprop.taught import column_of
from xlbackprop.twin import twin
from xlbackprop.twin.names import Names

CLOSE = 1e-12  # |found − own|/(|own| + 0.001), as `agreement_of` has it

Found = list[np.ndarray]  # of each run all rows (rows, quantities), in the order of the trace; NaN is an error


def run_twin(path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a twin as a process that finds nothing but Python's own library."""
    command = [sys.executable, "-I", "-X", "utf8", "-W", "error", str(path), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8", timeout=300)


def printed(lesson: Lesson, folder: Path) -> Found:
    """Write a lesson's twin, run it in a process, and return the numbers of the table that it prints."""
    path = folder / "lesson_twin.py"
    path.write_text(twin(lesson, path.name), encoding="utf-8")
    done = run_twin(path, "--csv")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    table = list(csv.DictReader(StringIO(done.stdout)))
    assert [row["run"] for row in table] == [run.name for run in lesson.runs for _ in range(lesson.rows)]
    return _sorted(lesson, lambda index: table[index * lesson.rows : (index + 1) * lesson.rows])


def computed(lesson: Lesson, text: str | None = None) -> Found:
    """Return the numbers that a lesson's twin finds, in this process."""
    program = opened(twin(lesson) if text is None else text)
    rows: Callable[..., Iterator[dict[str, Any]]] = program["rows"]
    runs = program["RUNS"]
    return _sorted(lesson, lambda index: [_flat(program, row, index) for row in rows(**list(runs.values())[index])])


def _flat(program: dict[str, Any], row: dict[str, Any], index: int) -> dict[str, str]:
    numbers = program["flat"](row, list(program["RUNS"])[index]) if "flat" in program else row
    return {name: program["shown"](number) for name, number in numbers.items() if isinstance(number, int | float)}


def opened(text: str) -> dict[str, Any]:
    """Return the names that a twin defines."""
    program: dict[str, Any] = {"__name__": "twin"}
    exec(compile(text, "twin.py", "exec"), program)
    return program


def _sorted(lesson: Lesson, table: Callable[[int], list[dict[str, str]]]) -> Found:
    trace, found = train(lesson), []
    for index, run in enumerate(lesson.runs):
        flat = Names(run.naming, wide=False).flat
        columns = [flat(quantity) for quantity in trace.places(index)]
        found.append(np.array([[_number(row[name]) for name in columns] for row in table(index)]))
    return found


def _number(text: str) -> float:
    return float("nan") if text == "#NUM!" else float(text)


def apart(trace: Trace, found: Found) -> float:
    """Return the largest relative difference of any number from NumPy's own; ∞ where one of both alone is an error."""
    return max(float(_apart(trace, found, run).max()) for run in range(len(found)))


def _apart(trace: Trace, found: Found, run: int) -> np.ndarray:
    own = trace.rows(run, 0, trace.lesson.rows)
    assert own.shape == found[run].shape
    with np.errstate(all="ignore"):
        relative: np.ndarray = np.abs(found[run] - own) / (np.abs(own) + 1e-3)
    is_error = np.isnan(own)
    relative[is_error | np.isnan(found[run])] = np.inf
    relative[is_error & np.isnan(found[run])] = 0.0
    return relative


def wrong_rows(lesson: Lesson, found: Found) -> list[tuple[str, int]]:
    """Return the rows, from 0, that do not follow from their own numbers and the row above, by the row-wise judge."""
    wrong = []
    for index, run in enumerate(lesson.runs):
        expected = RowJudge(lesson, index).expected(0, found[index])
        far = np.argwhere(deviations(expected, found[index]) > 1)
        wrong += [(run.name, int(row)) for row, place in far if not _cancels(run, expected, found[index], row, place)]
    return wrong


# ------------------------------------------------------------------------------------------------------------ lessons

HERE = Path(__file__).parent
SAMPLES = sorted(path.stem for path in (HERE / "sample_lessons").glob("*.toml"))
OTHERS = sorted(
    path
    for folder in ("regression_lessons", "published_lessons", "parting_lessons")
    for path in (HERE / folder).glob("*.toml")
)
QUICK = (
    "squares_that_overflow",
    "estimates_that_overflow",
    "gradients_overflow_from_which_nothing_is_learnt",
    "overflow_in_the_step_that_is_not_taken",
    "optimizers_that_keep_other_numbers",
    "quotation_marks_in_the_name_of_a_run",
    "no_epsilon_and_no_gradient",
    "relu_sigmoid_softmax",
    "nnfs_softmax",
    "and_neuron",
)


def _cancels(run: Run, expected: np.ndarray, found: np.ndarray, row: int, place: int) -> bool:
    """Return whether a number is off by some millionths at most, and is what its formula makes of the numbers beside it.

    The slope of a loss that is nearly infinite cancels in a softmax: the formula and the matrices round it otherwise.
    """
    quantity = [*row_quantities(run.recipe)][place]
    places = {of: number for number, of in enumerate(row_quantities(run.recipe))}
    if not isinstance(quantity, Gradient) or not np.isclose(expected[row, place], found[row, place], rtol=1e-6, atol=0):
        return False
    formula = column_of(run.recipe, quantity).formula
    value = evaluate(formula, lambda ref: np.asarray(found[row, places[ref.quantity]]))
    return bool(np.isclose(value, found[row, place], rtol=CLOSE, atol=0))


def short(name: str) -> Lesson:
    """Return a built-in lesson with a few epochs."""
    return load_lesson(name, epochs=1 if name == "digits" else 4)


ENTRY = """
title = "one entry"
[network]
loss = "{loss}"
[[network.layers]]
units = 3
activation = "{activation}"
bias = "unit"
weights = [[0.3, -0.5], [0.2, 0.7], [-0.4, 0.1]]
[[network.layers]]
units = {outputs}
activation = "{last}"
weights = {weights}
bias = "layer"
[data]
inputs = [[0.5, -1.0], [1.5, 0.25], [-0.75, 0.5]]
targets = {targets}
[training]
optimizer = "{optimizer}"
learning_rates = [0.05]
epochs = 4
batch = 2
schedule = "{schedule}"
{more}
"""


def entry(more: str = "", **words: str) -> Lesson:
    """Return a small lesson with some entries of the tables of activations, losses, optimizers and schedules."""
    loss = words.get("loss", "half squared error")
    last = {"sigmoid": "sigmoid", "softmax": "softmax"}.get(LOSSES[loss].pairs_with, "identity")
    last = "sigmoid" if "sigmoid" in LOSSES[loss].activations else last
    sign = "[[1, -1], [-1, 1], [1, 1]]" if loss == "hinge" else "[[1, 0], [0, 1], [1, 0]]"
    fill = {"activation": "tanh", "loss": loss, "last": last, "optimizer": "gradient descent", "schedule": "constant"}
    fill |= {"outputs": "2", "weights": "[[0.2, -0.3, 0.4], [0.1, 0.6, -0.2]]", "targets": sign, "more": more}
    return read_lesson(ENTRY.format(**{**fill, **words}), "entry.toml")
