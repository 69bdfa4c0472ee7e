"""Lessons at the edge, and edits that lead there: never a traceback, never a false alarm."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.every_engine import EACH_ENGINE, verified
from tests.lessons import with_numbers
from tests.slow import slow, slow_where
from tests.tampering import set_cell
from xlbackprop import compile_document, load_lesson, verify, write_workbook
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.lesson.lesson_file import read_lesson
from xlbackprop.numpy_run.meant_digits import DigitsMeant
from xlbackprop.numpy_run.trace import train


def _lesson(epochs: int = 30, **numbers: Sequence[float]) -> Lesson:
    return with_numbers(load_lesson(epochs=epochs, learning_rates=[0.1, 2.0]), **numbers)


ALL_PASS = "PASS: all checks of 2 runs"
LESSONS = {
    "overflow at epoch 0": (_lesson(weights=(-3e8, 0.5, -0.2, 0.7, 0.1, -0.6, 0.3, -0.9)), "OVERFLOW in 2 of 2 runs"),
    "large inputs": (
        _lesson(inputs=(100.0, 50.0), weights=(0.003, 0.005, -0.002, 0.007, 0.1, -0.6, 0.3, -0.9)),
        ALL_PASS,
    ),
    "large targets": (_lesson(targets=(100.0, -1000.0), learning_rates=(1e-4, 1e-5)), ALL_PASS),
    "a target that is reached": (_lesson(400, learning_rates=(5.0, 20.0), targets=(0.4, 0.6)), ALL_PASS),
    "all weights 0": (_lesson(weights=(0.0,) * 8), ALL_PASS),
    "inputs 0": (_lesson(inputs=(0.0, 0.0)), ALL_PASS),
    "tiny numbers": (_lesson(inputs=(1e-300, 1e-200), targets=(1e-12, 1.0)), ALL_PASS),
    "one update": (_lesson(1), ALL_PASS),
    "saturated": (_lesson(weights=(30.0, 0.5, -0.2, 0.7, 40.0, -0.6, 0.3, 60.0)), ALL_PASS),
}


@pytest.mark.parametrize("name", slow_where(LESSONS, {"a target that is reached"}))
def test_a_lesson_at_the_edge_is_compiled_and_verified(tmp_path: Path, name: str) -> None:
    lesson, verdict = LESSONS[name]
    # the workbook carries its lesson as text; here the numbers stand in Inputs instead
    shipped = _lesson(lesson.epochs)
    document = compile_document(lesson)
    assert str(document["Checks"].cells[3, 2].value).startswith(verdict)
    path = tmp_path / "edge.xlsx"
    write_workbook(compile_document(shipped, lesson.typed), path)
    report = verify(path)
    assert report.equal, "\n".join(report.lines())


SMALLEST = ["a_loss_that_falls_to_0", "shares_far_below_any_tolerance", "powers_too_small_for_a_number"]


@pytest.mark.parametrize(
    "engine", slow_where(EACH_ENGINE, {"libreoffice", "gnumeric", "hyperformula", "fast-formula-parser"})
)
@pytest.mark.parametrize("name", SMALLEST)
def test_a_power_that_is_too_small_for_a_number_is_no_error_in_any_engine(
    tmp_path: Path, name: str, engine: str
) -> None:
    document = compile_document(load_lesson(Path(__file__).parent / "regression_lessons" / f"{name}.toml"))
    assert document["Checks"].cells[3, 2].value == "PASS: all checks of 1 run"
    write_workbook(document, tmp_path / "small.xlsx")
    report = verified(tmp_path / "small.xlsx", engine)
    assert report.equal, "\n".join(report.lines())


OVERFLOWS = [("B14", "-1000000"), ("B14", "1E+20"), ("B10", "1E+150"), ("B25", "1000000")]


@pytest.mark.parametrize(
    ("engine", "cell", "value"),
    [
        *(("formualizer", *edit) for edit in OVERFLOWS),
        pytest.param("libreoffice", *OVERFLOWS[0], marks=pytest.mark.engine("libreoffice")),
        *(slow("libreoffice", *edit, engine="libreoffice") for edit in OVERFLOWS[1:]),
    ],
)
def test_an_edit_that_overflows_is_verified(tmp_path: Path, engine: str, cell: str, value: str) -> None:
    path = tmp_path / "edited.xlsx"
    write_workbook(compile_document(load_lesson(epochs=5, learning_rates=[0.1, 2.0])), path)
    set_cell(path, "Inputs", cell, f"<v>{value}</v>")
    report = verify(path, engine)
    assert report.recalculates, "\n".join(report.lines())


def test_a_typed_fraction_counts_as_what_it_gives(tmp_path: Path) -> None:
    path = tmp_path / "fraction.xlsx"
    write_workbook(compile_document(load_lesson(epochs=5, learning_rates=[0.1])), path)
    set_cell(path, "Inputs", "B14", "<f>1/3</f><v>0</v>")
    report = verify(path)
    assert report.recalculates, "\n".join(report.lines())
    assert "w1 = 0.3333333333333333" in "\n".join(report.lines())


# Two linear weights in a row that should multiply to 1: with this rate the update is a cubic map in its chaotic range,
# and it needs no exponential, whose last digit differs between machines.
CHAOS = """\
title = "Chaos"
[network]
loss = "half squared error"
[[network.layers]]
units = 1
activation = "identity"
weights = [[0.5]]
[[network.layers]]
units = 1
activation = "identity"
weights = [[0.35]]
[data]
inputs = [1]
targets = [1]
[training]
optimizer = "gradient descent"
learning_rates = [1.9, 0.1]
epochs = 100
"""
CHAOTIC = read_lesson(CHAOS, "a lesson")


def test_a_run_in_which_rounding_decides_is_named() -> None:
    trace = train(CHAOTIC)
    chaotic, calm = (trace.digits_meant(run) for run in (0, 1))
    assert chaotic.through is not None
    assert 10 < chaotic.through < 40
    assert calm == ALL_DIGITS


ALL_DIGITS, FIVE_DIGITS = DigitsMeant(1e-9, None), DigitsMeant(1e-5, None)
KINK = """
title = "A unit at its kink"
[network]
loss = "half squared error"
[[network.layers]]
units = 1
activation = "{first}"
weights = [[{w1}, {w2}]]
biases = [{b1}]
[[network.layers]]
units = 1
activation = "{second}"
weights = [[{w3}]]
bias = "none"
[data]
inputs = [{inputs}]
targets = [1]
[training]
optimizer = "gradient descent"
learning_rates = [0.1]
epochs = 3
"""


@pytest.mark.parametrize(
    ("first", "numbers", "second", "meant"),
    [
        # ln(1 + exp(−50)) is 0 in a spreadsheet, in NumPy it is not, and 600 millions of its last digit count
        ("softplus", {"w1": -50, "w2": 0, "b1": 0, "w3": 6e8, "inputs": "1, 0"}, "leaky ReLU", FIVE_DIGITS),
        ("softplus", {"w1": -50, "w2": 0, "b1": 0, "w3": 6e8, "inputs": "1, 0"}, "tanh", FIVE_DIGITS),
        ("tanh", {"w1": -1e-20, "w2": 0, "b1": 0, "w3": 6e8, "inputs": "1, 0"}, "leaky ReLU", ALL_DIGITS),
        # 0.1·3 is a last digit more than 0.3
        ("ReLU", {"w1": 0.1, "w2": 0, "b1": -0.3, "w3": 1, "inputs": "3, 0"}, "identity", DigitsMeant(1e-9, through=0)),
        # whole numbers cancel to 0 in every program
        ("ReLU", {"w1": 1, "w2": 1, "b1": -1, "w3": 1, "inputs": "0, 1"}, "identity", ALL_DIGITS),
        ("ReLU", {"w1": 1, "w2": 1, "b1": 0, "w3": 1, "inputs": "0, 0"}, "identity", ALL_DIGITS),
    ],
)
def test_a_net_input_that_cancels_to_its_rounding_at_a_kink(
    first: str, numbers: dict[str, object], second: str, meant: DigitsMeant
) -> None:
    text = KINK.format(first=first, second=second, **numbers)
    assert train(read_lesson(text, "kink.toml")).digits_meant(0) == pytest.approx(meant)


def test_a_difference_in_a_run_that_rounding_decides_is_told_as_one(tmp_path: Path) -> None:
    """Each row is judged by itself, so rounding excuses nothing."""
    path = tmp_path / "chaos.xlsx"
    write_workbook(compile_document(CHAOTIC), path)
    assert verify(path).equal
    set_cell(path, "LR=1.9", "D60", "<f>D59-$D$3*K59*1.000001</f><v>0</v>")
    report = verify(path)
    assert ("LR=1.9", "D60") in {(one.sheet, one.cell) for one in report.differences}


@pytest.mark.engine("ironcalc")
def test_an_engine_that_does_not_show_overflows_says_so(tmp_path: Path) -> None:
    path = tmp_path / "overflow.xlsx"
    write_workbook(compile_document(load_lesson(epochs=5, learning_rates=[1e6])), path)
    report = verify(path, "ironcalc")
    assert not report.equal
    assert "ironcalc does not show overflows as errors; verify this workbook with another engine." in report.notes


DIVERGING = """
title = "A run that diverges"
[network]
loss = "{loss}"
[[network.layers]]
units = 2
activation = "{activation}"
weights = [[{weight}, 0.5], [0.2, 0.1]]
[[network.layers]]
units = 1
activation = "identity"
weights = [[0.5, 0.5]]
[data]
inputs = [0.5, -0.3]
targets = [0.5]
[training]
optimizer = "momentum"
learning_rates = [0.1, 1e8]
epochs = 40
"""


@pytest.mark.parametrize(
    ("activation", "loss", "weight"),
    [
        ("identity", "half squared error", 0.3),
        ("tanh", "mean squared error", 0.3),
        ("leaky ReLU", "half squared error", 0.3),
        ("sigmoid", "the output itself", -3e8),
    ],
)
def test_an_overflow_is_an_error_in_the_same_cells_whatever_the_network(
    tmp_path: Path, activation: str, loss: str, weight: float
) -> None:
    text = DIVERGING.format(activation=activation, loss=loss, weight=weight)
    document = compile_document(read_lesson(text, "diverging.toml"))
    assert str(document["Checks"].cells[3, 2].value).startswith("OVERFLOW in ")
    write_workbook(document, tmp_path / "diverging.xlsx")
    report = verify(tmp_path / "diverging.xlsx")
    assert report.equal, "\n".join(report.lines())


BARELY_NEGATIVE = """
title = "The net input of a softmax of one unit is 0, or what rounding leaves of it"
[network]
loss = "categorical cross-entropy"
[[network.layers]]
units = 1
activation = "leaky ReLU"
weights = [[0]]
biases = [1e-12]
[[network.layers]]
units = 1
activation = "leaky ReLU"
weights = [[-1]]
[[network.layers]]
units = 1
activation = "softmax"
weights = [[0.04]]
[data]
inputs = [[0.0]]
targets = [[1]]
[training]
optimizer = "momentum"
epochs = 1
learning_rates = [1]
"""


@pytest.mark.engine("ironcalc")
def test_a_zero_that_rounding_made_negative_is_no_difference_in_a_text(tmp_path: Path) -> None:
    """IronCalc writes = max(-0.000000000000000) on Step by step, where others have = max(0)."""
    path = tmp_path / "zero.xlsx"
    write_workbook(compile_document(read_lesson(BARELY_NEGATIVE, "zero.toml")), path)
    report = verify(path, "ironcalc")
    assert report.equal, "\n".join(report.lines())
