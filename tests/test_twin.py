"""A lesson's twin, one Python file, finds every number of every row that NumPy finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from tests.drawn_lessons import lesson_texts
from tests.lessons import sample_lesson
from tests.slow import slow_but
from tests.twins import CLOSE, OTHERS, QUICK, SAMPLES, apart, computed, entry, printed, run_twin, short, wrong_rows
from xlbackprop import load_lesson, train
from xlbackprop.errors import InputError
from xlbackprop.lesson import Lesson
from xlbackprop.lesson_library import built_in_lessons
from xlbackprop.network import ACTIVATIONS, LOSSES, OPTIMIZERS, SCHEDULES
from xlbackprop.sheets import read_lesson

# Lessons in which a long run magnifies the last digits, or sums cancel; how far the numbers may be apart there.
NEARLY = dict.fromkeys(("digits", "slow-start", "eleven-lines", "eleven_lines"), 1e-11)
# Lessons in which rounding decides, mostly near saturation, where an optimizer makes a whole step of the last digit of a
# gradient; there sound programs part. The row-wise judge holds each row against the numbers that were found.
PARTING = {
    "a_first_step_as_long_for_a_tiny_gradient",
    "a_saturated_unit_that_is_moved",
    "rounding_decides_at_a_kink",
    "rounding_decides_in_flowers",
    "slopes_of_a_saturated_sigmoid",
    "slopes_of_a_saturated_tanh",
    "squares_of_gradients_that_are_hardly_there",
    "inputs_that_were_not_scaled",
}


def assert_it_agrees(name: str, lesson: Lesson, folder: Path) -> None:
    found = printed(lesson, folder)
    assert wrong_rows(lesson, found) == []
    if name not in PARTING:
        assert apart(train(lesson), found) <= NEARLY.get(name, CLOSE)


@pytest.mark.parametrize("name", list(built_in_lessons()))
def test_every_number_of_a_built_in_lesson_is_numpys(name: str, tmp_path: Path) -> None:
    assert_it_agrees(name, short(name), tmp_path)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_number_of_a_sample_lesson_is_numpys(name: str, tmp_path: Path) -> None:
    assert_it_agrees(name, sample_lesson(name), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(built_in_lessons()))
def test_every_number_of_a_whole_lesson_is_numpys(name: str, tmp_path: Path) -> None:
    assert_it_agrees(name, load_lesson(name), tmp_path)


@pytest.mark.parametrize("name", slow_but([path.stem for path in OTHERS], QUICK))
def test_every_number_of_a_lesson_that_is_kept_is_numpys(name: str, tmp_path: Path) -> None:
    (path,) = (path for path in OTHERS if path.stem == name)
    try:
        lesson = load_lesson(path)
    except InputError:
        pytest.skip("it is kept because it is refused")
    assert_it_agrees(name, lesson, tmp_path)


@given(text=lesson_texts())
def test_any_lesson_has_a_twin_whose_rows_follow_from_each_other(text: str) -> None:
    try:
        lesson = read_lesson(text, "drawn.toml")
    except InputError:
        return
    if lesson.cells > 20_000:
        return
    assert wrong_rows(lesson, computed(lesson)) == []


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_is_read(name: str) -> None:
    lesson = entry(activation=name)
    assert apart(train(lesson), computed(lesson)) <= CLOSE


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_is_read(name: str) -> None:
    lesson = entry(loss=name)
    assert apart(train(lesson), computed(lesson)) <= CLOSE


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if "without bias correction" not in name])
@pytest.mark.parametrize("more", ["", "weight_decay = 0.1", "weight_decay = 0.1\nweight_decay_in_loss = true"])
def test_every_optimizer_is_read(name: str, more: str) -> None:
    lesson = entry(more, optimizer=name)
    assert apart(train(lesson), computed(lesson)) <= CLOSE


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_is_read(name: str) -> None:
    lesson = entry("drop_at = [2, 3]" if name == "step" else "", schedule=name)
    assert apart(train(lesson), computed(lesson)) <= CLOSE


WIDE_AND_FROZEN = """
title = "one frozen weight among many"
[network]
loss = "binary cross-entropy"
seed = 1
[[network.layers]]
units = 9
activation = "leaky ReLU"
weights = "Xavier"
bias = "unit"
[[network.layers]]
units = 1
activation = "sigmoid"
weights = [[-0.002, 0.131, 0.0, -0.002, 0.0, 0.0, 0.0, -1.2, -0.855]]
[data]
inputs = [[0.002, 0.001], [-1.0, 0.5]]
targets = [[1.0], [0.0]]
[training]
optimizer = "Adam from the averages before"
weight_decay = 0.1
epochs = 3
batch = "all"
learning_rates = [0.5]
frozen = ["w1", "w24", "b3"]
"""


@pytest.mark.parametrize("frozen", ['"w1", "w24", "b3"', '"w1", "w2"', '"w27", "w18", "b9"', '"w4", "w3", "w19"'])
@pytest.mark.parametrize("optimizer", ["Adam from the averages before", "Adam", "gradient descent"])
def test_a_frozen_weight_in_a_list_stays(frozen: str, optimizer: str, tmp_path: Path) -> None:
    text = WIDE_AND_FROZEN.replace('"w1", "w24", "b3"', frozen).replace("Adam from the averages before", optimizer)
    lesson = read_lesson(text, "frozen.toml")
    assert apart(train(lesson), printed(lesson, tmp_path)) <= CLOSE
    assert run_twin(tmp_path / "lesson_twin.py", "--epoch", "2").stderr == ""
