"""Reading a lesson: every fault a person can make is told with its place and its cure, all at once."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from xlbackprop.errors import InputError
from xlbackprop.lesson import load_lesson, rate_text, read_lesson, run_name
from xlbackprop.library import built_in_lessons

GOOD = """
title = "Small"
[network]
loss = "half squared error"
[[network.layers]]
units = 2
activation = "sigmoid"
weights = [[0.3, 0.5], [-0.2, 0.7]]
[[network.layers]]
units = 1
activation = "sigmoid"
weights = [[0.1, -0.6]]
[data]
inputs = [0.05, 0.10]
targets = [0.01]
[training]
optimizer = "gradient descent"
learning_rates = [0.1, 2]
epochs = 3
"""


def problems(text: str, *options: tuple[str, str]) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_lesson(text, "bad.toml", options)
    return [str(problem) for problem in caught.value.problems]


def test_a_lesson_is_read() -> None:
    lesson = read_lesson(GOOD, "good.toml")
    assert lesson.naming.sizes == (2, 2, 1)
    assert lesson.weights == (0.3, 0.5, -0.2, 0.7, 0.1, -0.6)
    assert lesson.learning_rates == (0.1, 2.0)
    assert lesson.rows == 4
    assert lesson.typed()["learning rate 2"] == 2.0


def test_the_walkthrough_is_the_default() -> None:
    lesson = load_lesson()
    assert lesson.learning_rates == (0.1, 0.2, 0.5, 0.8, 1.0, 2.0)
    assert lesson.rows == 283
    assert lesson == load_lesson("walkthrough")
    assert len(lesson.experiments) == 3
    assert len(lesson.corrections) == 7


@pytest.mark.parametrize("name", built_in_lessons())
def test_every_built_in_lesson_is_sound(name: str) -> None:
    assert load_lesson(name).title


BAD: list[tuple[str, str, str]] = [
    ('title = "Small"', 'titel = "Small"', 'titel: there is no such key. Did you mean "title"?'),
    ('title = "Small"', "", 'title: this is missing; a text is needed. For instance: title = "…"'),
    ('title = "Small"', "title = 3", "title: a text is needed, but this is a whole number (3)."),
    ("[network]\nloss", "[network]\nlos", 'network.los: there is no such key. Did you mean "loss"?'),
    ('"half squared error"', '"half square error"', 'there is no loss "half square error". Did you mean "half squared'),
    ('activation = "sigmoid"\nweights = [[0.3', 'activation = "sigmiod"\nweights = [[0.3', 'Did you mean "sigmoid"?'),
    ("units = 2", "units = 2.5", "network.layers[0].units: a whole number is needed, but this is a number (2.5)."),
    ("units = 2", "units = 0", "network.layers[0].units: a whole number from 1 to 16,384 is needed, but this is 0."),
    ("units = 2", "units = true", "a whole number is needed, but this is true or false (true)."),
    ("[[0.3, 0.5], [-0.2, 0.7]]", "[[0.3, 0.5]]", "2 rows (one for each of h1, h2) of 2 numbers"),
    ("[[0.3, 0.5], [-0.2, 0.7]]", "[[0.3], [-0.2, 0.7]]", "weights[0]: 2 numbers (one for each of i1, i2) are expected"),
    ("[[0.3, 0.5], [-0.2, 0.7]]", "[0.3, 0.5]", "this is not a list of 2 rows"),
    ("[[0.3, 0.5], [-0.2, 0.7]]", '[["0.3", 0.5], [-0.2, 0.7]]', 'a number is needed, but this is a text ("0.3").'),
    ("[[0.3, 0.5], [-0.2, 0.7]]", "[[nan, 0.5], [-0.2, 0.7]]", "weights[0][0]: a finite number is needed, but this is nan."),
    ("[[0.3, 0.5], [-0.2, 0.7]]", "[[0.3, 0.5], [-0.2, inf]]", "weights[1][1]: a finite number is needed, but this is inf."),
    ("[[0.1, -0.6]]", "[[0.1, -0.6, 0.2]]", "2 numbers (one for each of out_h1, out_h2) are expected, but there are 3 numbers."),
    ("inputs = [0.05, 0.10]", "inputs = []", "data.inputs: this list is empty; at least one number is needed."),
    ("inputs = [0.05, 0.10]", "inputs = 0.05", "a list of numbers is needed, but this is a number (0.05). Write it in [ ]."),
    ("targets = [0.01]", "targets = [0.01, 0.99]", "data.targets: 1 number (one for t1) is expected, but there are 2 numbers."),
    ("targets = [0.01]", f"targets = [1{'0' * 400}]", "a finite number is needed, but this is more than 20 digits long."),
    ("[0.1, 2]", "[0.1, -0.5]", "training.learning_rates[1]: a learning rate is positive, but this is -0.5."),
    ("[0.1, 2]", "[0.1, 0]", "learning_rates[1]: a learning rate is positive, but this is 0.0."),
    ("[0.1, 2]", "[0.1, 0.10]", "the learning rate 0.1 stands here twice. Leave one out."),
    ("[0.1, 2]", "[1e-40]", "1e-40 written out, will not do: it has 45 characters, 31 are allowed. Round the rate."),
    ("[0.1, 2]", "[nan]", "learning_rates[0]: a finite number is needed, but this is nan."),
    ('"Small"', '""', "title: one line of text is needed."),
    ('"Small"', '"two\\nlines"', "title: one line of text is needed."),
    ('"Small"', '"a\\u0001b\\uFFFE"', "title: it has characters that no workbook can hold: U+0001, U+FFFE."),
    ('"Small"', f'"{"a" * 121}"', "title: this text has 121 characters; 120 are allowed."),
    ('"Small"', f'"Small" # {"a" * 40000}', "line 2: it has 40,018 characters; 32,000 fit into a cell of the workbook."),
    ("inputs = [0.05, 0.10]", "inputs = [0.05, 1e10]", "i2: 1e+10 is too large to learn from; numbers go up to 1,000,000,000."),
    ("[0.1, 2]", str([n + 1 for n in range(101)]), "there are 101 learning rates, one sheet each; 100 are allowed."),
    ("epochs = 3", "epochs = 0", "training.epochs: a whole number from 1 to 1,000,000 is needed, but this is 0."),
    ("epochs = 3", "epochs = 2000000", "a whole number from 1 to 1,000,000 is needed, but this is 2000000."),
    ("epochs = 3", 'epochs = "3"', 'a whole number is needed, but this is a text ("3").'),
    ("epochs = 3", "epochs = 3\nrate = 1", "training.rate: there is no such key."),
    ('"gradient descent"', '"adam"', 'there is no optimizer "adam". Known here: gradient descent.'),
    ("[data]", "[date]", 'date: there is no such key. Did you mean "data"?'),
    ("epochs = 3", "epochs = 3\n[[try]]\nquestion = 'Why?'", "try[0].prediction: this is missing"),
    ("epochs = 3", "epochs = 3\n[corrections]\nnotes = 'one'", "corrections.notes: a list of texts is needed."),
    ("[training]", "[[training]]", "training: a table is needed, but this is a list. Begin it with [training]"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "told"), BAD, ids=[f"{index}" for index in range(len(BAD))])
def test_a_fault_is_told_with_its_place_and_its_cure(right: str, wrong: str, told: str) -> None:
    assert right in GOOD
    found = problems(GOOD.replace(right, wrong, 1))
    assert any(told in problem for problem in found), found


def test_one_fault_is_one_problem_and_all_are_told_at_once() -> None:
    assert len(problems(GOOD.replace("units = 2", "units = 2.0"))) == 1
    text = (
        GOOD.replace("0.05", "nan").replace("[0.1, 2]", "[-1]").replace("sigmoid", "sigmiod").replace("title", "titel")
    )
    assert len(problems(text)) == 6  # two layers, and a title that is both missing and misspelt


def test_broken_toml_is_told_with_its_line() -> None:
    (problem,) = problems(GOOD.replace("inputs = [0.05, 0.10]", "inputs = [0,05 0.10"))
    assert problem.startswith("line 14, column ")
    assert "this is not TOML" in problem
    assert "decimal point" in problem


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ((100, 90, 1), "network.layers: a 100-90-1 network needs 18,648 columns a step (100 inputs, 1 target, "),
        ((100, 90, 1), "Use at most 87 inputs, or at most 78 units in network.layers[0]."),
        ((1, 301), "network.layers[0].units: E_Total is a sum over 301 units; 300 are allowed in one formula."),
        ((1, 2, 301), "network.layers[1].units: ∂E/∂out_h1 is a sum over 301 units; 300 are allowed in one formula."),
    ],
)
def test_a_network_that_is_too_large_is_refused_with_the_arithmetic(shape: tuple[int, ...], told: str) -> None:
    layers = "".join(
        f'[[network.layers]]\nunits = {units}\nactivation = "sigmoid"\nweights = {[[0.1] * before] * units}\n'
        for before, units in itertools.pairwise(shape)
    )
    start, end = GOOD.index("[[network.layers]]"), GOOD.index("[data]")
    text = GOOD[:start] + layers + GOOD[end:]
    text = text.replace("[0.05, 0.10]", str([0.1] * shape[0])).replace("[0.01]", str([0.1] * shape[-1]))
    assert any(told in problem for problem in problems(text))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((("--epochs", "ten"),), "--epochs: a whole number from 1 to 1,000,000 is needed, not ten."),
        ((("--epochs", "0"),), "--epochs: a whole number"),
        ((("--rates", "0.1, fast"),), '--rates: "fast" is not a finite number. For instance: 0.1,0.5,2'),
        ((("--rates", "-1"),), "a learning rate is positive, but this is -1.0."),
    ],
)
def test_options_are_checked_like_the_file(options: tuple[tuple[str, str], ...], told: str) -> None:
    assert any(told in problem for problem in problems(GOOD, *options))


def test_options_take_the_place_of_what_the_file_says() -> None:
    lesson = load_lesson(epochs=5, learning_rates=[0.3])
    assert lesson.epochs == 5
    assert lesson.learning_rates == (0.3,)
    assert read_lesson(lesson.text, "again", lesson.options) == lesson


def _missing(folder: Path) -> str:
    return str(folder / "none.toml")


def _folder(folder: Path) -> str:
    return str(folder)


def _latin(folder: Path) -> str:
    (folder / "latin.toml").write_bytes('title = "Rückwärts"'.encode("latin-1"))
    return str(folder / "latin.toml")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (_missing, "there is no such file. Is the path right?"),
        (_folder, "this is a folder. Name a lesson file (.toml) in it."),
        (_latin, "byte 10: this is not UTF-8 text. Save the lesson as UTF-8"),
        (lambda _: "walkthrou", 'there is no built-in lesson and no file of this name. Did you mean "walkthrough"?'),
    ],
)
def test_a_file_that_cannot_be_read_is_told(make: Callable[[Path], str], told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_lesson(make(tmp_path))
    assert told in str(caught.value)


def test_a_file_of_windows_is_read(tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_lesson(path).typed() == read_lesson(GOOD, "good.toml").typed()


def test_edited_numbers_take_their_places() -> None:
    lesson = read_lesson(GOOD, "good.toml")
    edited = lesson.with_typed({**lesson.typed(), "w3": 9.0, "t1": 0.5, "learning rate 2": 7.0})
    assert edited.weights == (0.3, 0.5, 9.0, 0.7, 0.1, -0.6)
    assert edited.targets == (0.5,)
    assert edited.learning_rates == (0.1, 7.0)


@pytest.mark.parametrize(
    ("rate", "text"), [(0.1, "0.1"), (1.0, "1.0"), (2, "2.0"), (1e-5, "0.00001"), (100.0, "100.0")]
)
def test_sheet_names_write_rates_as_people_do(rate: float, text: str) -> None:
    assert rate_text(rate) == text
    assert run_name(rate) == f"LR={text}"
