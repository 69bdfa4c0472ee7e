"""Reading a lesson: every fault a person can make is told with its place and its cure, all at once."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from xlbackprop.errors import InputError
from xlbackprop.lesson.lesson import Lesson, rate_run_name, rate_text
from xlbackprop.lesson.limits import table_columns
from xlbackprop.lesson_library import built_in_lessons
from xlbackprop.network.recipe import Layer
from xlbackprop.network.schedules import drop_name
from xlbackprop.sheets import load_lesson, read_lesson
from xlbackprop.taught.run_columns import columns

pytestmark = pytest.mark.installed

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


def rates(lesson: Lesson) -> tuple[float, ...]:
    return tuple(run.learning_rate for run in lesson.runs)


def test_a_lesson_is_read() -> None:
    lesson = read_lesson(GOOD, "good.toml")
    assert lesson.runs[0].naming.sizes == (2, 2, 1)
    assert lesson.runs[0].parameters == (0.3, 0.5, -0.2, 0.7, 0.1, -0.6)
    assert rates(lesson) == (0.1, 2.0)
    assert lesson.rows == 4
    assert lesson.typed["learning rate 2"] == 2.0


def test_the_walkthrough_is_the_default() -> None:
    lesson = load_lesson()
    assert rates(lesson) == (0.1, 0.2, 0.5, 0.8, 1.0, 2.0)
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
    ("units = 2", "units = 2.5", "hidden layer 1, units: a whole number is needed, but this is a number (2.5)."),
    ("units = 2", "units = 0", "hidden layer 1, units: a whole number from 1 to 16,384 is needed, but this is 0."),
    ("units = 2", "units = true", "a whole number is needed, but this is true or false (true)."),
    ("[[0.3, 0.5], [-0.2, 0.7]]", "[[0.3, 0.5]]", "2 rows (one for each of h1, h2) of 2 numbers"),
    ("[[0.3, 0.5], [-0.2, 0.7]]", "[[0.3], [-0.2, 0.7]]", "weights, row 1: 2 numbers (one for each of i1, i2) are expected"),
    ("[[0.3, 0.5], [-0.2, 0.7]]", "[0.3, 0.5]", "this is not a list of 2 rows"),
    ("[[0.3, 0.5], [-0.2, 0.7]]", '[["0.3", 0.5], [-0.2, 0.7]]', 'a number is needed, but this is a text ("0.3").'),
    ("[[0.3, 0.5], [-0.2, 0.7]]", "[[nan, 0.5], [-0.2, 0.7]]", "weights, row 1, number 1: a finite number is needed, but this is nan."),
    ("[[0.3, 0.5], [-0.2, 0.7]]", "[[0.3, 0.5], [-0.2, inf]]", "weights, row 2, number 2: a finite number is needed, but this is inf."),
    ("[[0.1, -0.6]]", "[[0.1, -0.6, 0.2]]", "1 row (one for o1) of 2 numbers (one for each of out_h1, out_h2) is expected, but there is 1 row of 3."),
    ("inputs = [0.05, 0.10]", "inputs = []", "data.inputs: this list is empty; at least one number is needed."),
    ("inputs = [0.05, 0.10]", "inputs = 0.05", "a list of numbers is needed, but this is a number (0.05). Write it in [ ]."),
    ("targets = [0.01]", "targets = [0.01, 0.99]", "data.targets: 1 number (one for t1) is expected, but there are 2 numbers."),
    ("targets = [0.01]", f"targets = [1{'0' * 400}]", "a finite number is needed, but this is more than 20 digits long."),
    ("[0.1, 2]", "[0.1, -0.5]", "training.learning_rates, number 2: a learning rate is positive, but this is -0.5."),
    ("[0.1, 2]", "[0.1, 0]", "learning_rates, number 2: a learning rate is positive, but this is 0.0."),
    ("[0.1, 2]", "[0.1, 0.10]", "the learning rate 0.1 stands here twice. Leave one out."),
    ("[0.1, 2]", "[1e-40]", "1e-40 written out, will not do: it has 45 characters, 31 are allowed. Round the rate."),
    ("[0.1, 2]", "[nan]", "learning_rates, number 1: a finite number is needed, but this is nan."),
    ('"Small"', '""', "title: one line of text is needed."),
    ('"Small"', '"two\\nlines"', "title: one line of text is needed."),
    ('"Small"', '"a\\u0001b\\uFFFE"', "title: it has characters that no workbook can hold: U+0001, U+FFFE."),
    ('"Small"', f'"{"a" * 121}"', "title: this text has 121 characters; 120 are allowed."),
    ('"Small"', f'"Small" # {"a" * 40000}', "line 2: it has 40,018 characters; 32,000 fit into a cell of the workbook."),
    ("inputs = [0.05, 0.10]", "inputs = [0.05, 1e10]", "i2: 1e+10 is too large to learn from; numbers go up to 1,000,000,000."),
    ("[0.1, 2]", str([n + 1 for n in range(101)]), "there are 101 learning rates, one sheet each; 100 are allowed."),
    ("epochs = 3", "epochs = -1", "training.epochs: a whole number from 0 to 1,000,000 is needed, but this is -1."),
    ("epochs = 3", "epochs = 2000000", "a whole number from 0 to 1,000,000 is needed, but this is 2000000."),
    ("epochs = 3", 'epochs = "3"', 'a whole number is needed, but this is a text ("3").'),
    ("epochs = 3", "epochs = 3\nrate = 1", "training.rate: there is no such key."),
    ('"gradient descent"', '"xyz"', 'there is no optimizer "xyz". Known here: gradient descent'),
    ("[data]", "[date]", 'date: there is no such key. Did you mean "data"?'),
    ("epochs = 3", "epochs = 3\n[[try]]\nquestion = 'Why?'", "try 1, prediction: this is missing"),
    ("epochs = 3", "epochs = 3\n[corrections]\nnotes = 'one'", "corrections.notes: a list of texts is needed."),
    ("[training]", "[[training]]", "training: a table is needed, but this is a list. Begin it with [training]"),
]  # fmt: skip


@pytest.mark.parametrize("sign", ["\U0003fffd", "\ue000", "\u2066a"], ids=ascii)
def test_a_title_may_have_characters_that_this_python_does_not_know(sign: str) -> None:
    """An emoji of next year is one of them."""
    assert read_lesson(GOOD.replace('"Small"', f'"{sign}"', 1), "lesson.toml").title == sign


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
    assert len(problems(text)) == 5  # two layers; that there is no title is the same as its misspelling


def test_broken_toml_is_told_with_its_line() -> None:
    (problem,) = problems(GOOD.replace("inputs = [0.05, 0.10]", "inputs = [0,05 0.10"))
    assert problem.startswith("line 14, column ")
    assert "this is not TOML" in problem
    assert "decimal point" in problem


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ((100, 90, 1), "network.layers: a 100-90-1 network needs 18,648 columns a step (100 inputs, 1 target, "),
        ((100, 90, 1), "Use at most 87 inputs, or at most 78 units in hidden layer 1."),
        ((1, 301), "output layer, units: E_Total is a sum over 301 units; 80 are allowed in one formula."),
        ((1, 81, 1), "hidden layer 1, units: o1 is a sum over 81 units; 80 are allowed in one formula."),
        ((1, 2, 301), "output layer, units: ∂E/∂out_h1 is a sum over 301 units; 80 are allowed in one formula."),
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
        ((("--epochs", "ten"),), '--epochs: a whole number from 0 to 1,000,000 is needed, not "ten".'),
        ((("--epochs", "-1"),), "--epochs: a whole number"),
        ((("--rates", "0.1, fast"),), '--rates: "fast" is not a finite number. For instance: 0.1,0.5,2'),
        ((("--rates", "-1"),), "a learning rate is positive, but this is -1.0."),
    ],
)
def test_options_are_checked_like_the_file(options: tuple[tuple[str, str], ...], told: str) -> None:
    assert any(told in problem for problem in problems(GOOD, *options))


def test_options_take_the_place_of_what_the_file_says() -> None:
    lesson = load_lesson(epochs=5, learning_rates=[0.3])
    assert lesson.epochs == 5
    assert rates(lesson) == (0.3,)
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
    assert load_lesson(path).typed == read_lesson(GOOD, "good.toml").typed


def test_edited_numbers_take_their_places() -> None:
    lesson = read_lesson(GOOD, "good.toml")
    edited = lesson.with_typed({**lesson.typed, "w3": 9.0, "t1": 0.5, "learning rate 2": 7.0})
    assert edited.runs[1].parameters == (0.3, 0.5, 9.0, 0.7, 0.1, -0.6)
    assert edited.targets == ((0.5,),)
    assert rates(edited) == (0.1, 7.0)


@pytest.mark.parametrize(
    ("rate", "text"), [(0.1, "0.1"), (1.0, "1.0"), (2, "2.0"), (1e-5, "0.00001"), (100.0, "100.0")]
)
def test_sheet_names_write_rates_as_people_do(rate: float, text: str) -> None:
    assert rate_text(rate) == text
    assert rate_run_name(rate) == f"LR={text}"


# ------------------------------------------------------------------------------------------ forms that people write


def test_fractions_are_the_numbers_nearest_to_them() -> None:
    text = (
        GOOD.replace("[0.3, 0.5]", '["1/3", " -2 / 7 "]').replace("[0.1, 2]", '["1/10", 2]').replace("0.05,", '"1/20",')
    )
    lesson = read_lesson(text, "good.toml")
    assert lesson.runs[0].parameters[:2] == (1 / 3, -2 / 7)
    assert (rates(lesson), lesson.inputs) == ((0.1, 2.0), ((0.05, 0.1),))
    assert read_lesson(text, "good.toml", [("--rates", "1/3,0.5")]).runs[0].learning_rate == 1 / 3
    exact = read_lesson(GOOD.replace("inputs = [0.05", 'inputs = ["9007199254740993/25165824"'), "good.toml")
    assert exact.inputs[0][0] == 3002399751580331 / 2**23  # 2^53 + 1 above is no floating-point number itself
    settings = SEVERAL.replace("momentum = 0.8", 'momentum = "4/5"').replace("low = -0.5", 'low = "-1/2"')
    assert read_lesson(settings, "several.toml").runs == read_lesson(SEVERAL, "several.toml").runs


def test_weights_may_stand_in_a_row_for_each_source() -> None:
    turned = GOOD.replace("[[0.3, 0.5], [-0.2, 0.7]]", '[[0.3, -0.2], [0.5, 0.7]]\nrows = "sources"')
    turned = turned.replace("[[0.1, -0.6]]", '[[0.1], [-0.6]]\nrows = "sources"')
    assert read_lesson(turned, "good.toml").runs == read_lesson(GOOD, "good.toml").runs
    assert read_lesson(GOOD.replace("weights", 'rows = "units"\nweights'), "good.toml").runs[0].parameters[1] == 0.5


def test_a_threshold_is_a_bias_of_the_other_sign() -> None:
    text = GOOD.replace("weights", "thresholds = [0.8, -0.1]\nweights", 1)
    biases = GOOD.replace("weights", "biases = [-0.8, 0.1]\nweights", 1)
    assert read_lesson(text, "good.toml").runs == read_lesson(biases, "good.toml").runs
    shared = SEVERAL.replace("biases = [0.35]", "thresholds = -0.35")
    assert read_lesson(shared, "several.toml").runs == read_lesson(SEVERAL, "several.toml").runs
    none = read_lesson(SEVERAL.replace("biases = [0.35]", "thresholds = [0]"), "several.toml").runs[0].parameters
    assert "-0.0" not in map(str, none)


def test_plain_gradient_descent_is_what_nobody_needs_to_say() -> None:
    text = GOOD.replace('optimizer = "gradient descent"\n', "")
    assert read_lesson(text, "good.toml").runs == read_lesson(GOOD, "good.toml").runs


# ------------------------------------------------------------------------------------- examples, biases, ways to train

SEVERAL = """
title = "Several"
[network]
loss = "half squared error"
seed = 1
[[network.layers]]
units = 2
activation = "sigmoid"
weights = "Xavier"
bias = "unit"
[[network.layers]]
units = 1
activation = "sigmoid"
weights = { draw = "uniform", low = -0.5, high = 0.5 }
bias = "layer"
biases = [0.35]
train_biases = false
[data]
inputs = [[0, 0], [0, 1], [1, 0], [1, 1]]
targets = [[0], [1], [1], [0]]
held_back = 1
[training]
optimizer = "momentum"
momentum = 0.8
weight_decay = 0.01
schedule = "step"
drop_factor = 0.5
drop_at = [2, 3]
batch = 2
gradients = "sum"
learning_rates = [0.1, 2]
epochs = 3
"""

RUNS = SEVERAL.replace("learning_rates = [0.1, 2]", "learning_rate = 0.5") + """
[[runs]]
name = "as it stands"
[[runs]]
name = "its own rate"
learning_rate = 0.7
momentum = 0.5
[[runs]]
name = "another way"
optimizer = "gradient descent"
schedule = "constant"
seed = 2
activation = "tanh"
backward = "chain"
input_gradients = true
[[runs]]
name = "another network"
[[runs.layers]]
units = 1
activation = "sigmoid"
weights = [[0.1, 0.2]]
"""  # fmt: skip


def test_several_examples_and_a_way_to_train_are_read() -> None:
    lesson = read_lesson(SEVERAL, "several.toml")
    recipe = lesson.runs[0].recipe
    assert (lesson.examples, lesson.held_back, lesson.rows) == (3, 1, 13)
    assert (recipe.examples, recipe.held_back, recipe.batch, recipe.mean, recipe.accuracy) == (3, 1, 2, False, True)
    assert recipe.layers == (Layer(2, "sigmoid", "unit"), Layer(1, "sigmoid", "layer", trains_bias=False))
    assert recipe.constants == ("momentum", "weight decay", "drop factor", drop_name(1), drop_name(2))
    assert lesson.runs[0].constants == (0.8, 0.01, 0.5, 2.0, 3.0)
    assert lesson.runs[0].parameters[-3:] == (0.0, 0.0, 0.35)
    assert lesson.runs[0].parameters == lesson.runs[1].parameters
    assert lesson.by_rate


def test_runs_inherit_what_they_do_not_say() -> None:
    lesson = read_lesson(RUNS, "runs.toml")
    plain, rate, way, network = lesson.runs
    assert not lesson.by_rate
    assert rates(lesson) == (0.5, 0.7, 0.5, 0.5)
    assert plain.constants == (0.8, 0.01, 0.5, 2.0, 3.0)
    assert rate.constants == (0.5, 0.01, 0.5, 2.0, 3.0)
    assert way.recipe.constants == ("weight decay",)  # momentum went with its optimizer
    assert way.parameters != plain.parameters
    assert [layer.activation for layer in way.recipe.layers] == ["tanh", "sigmoid"]
    assert (plain.recipe.expanded, way.recipe.expanded, way.recipe.input_gradients) == (True, False, True)
    assert network.recipe.sizes == (2, 1)
    assert network.parameters == (0.1, 0.2)


def test_a_lesson_may_leave_everything_to_its_runs() -> None:
    start, end = GOOD.index("[[network.layers]]"), GOOD.index("[data]")
    text = GOOD[:start] + GOOD[end:]
    text = text.replace('loss = "half squared error"', "").replace("learning_rates = [0.1, 2]", "")
    text = text.replace('optimizer = "gradient descent"', "") + """
[[runs]]
name = "only"
loss = "half squared error"
optimizer = "gradient descent"
learning_rate = 1
layers = [{ units = 1, activation = "sigmoid", weights = [[0.1, 0.2]] }]
"""  # fmt: skip
    assert read_lesson(text, "runs.toml").runs[0].name == "only"


WORSE: list[tuple[str, str, str]] = [
    ("seed = 1\n", "", "network.seed: this is missing; a whole number is needed, because weights are drawn."),
    ("seed = 1\n", "seed = -1\n", "network.seed: a whole number from 0 to 999,999,999 is needed, but this is -1."),
    ("seed = 1\n", 'seed = 1\nbackward = "chains"\n', 'there is no backward pass "chains". Did you mean "chain"?'),
    ("seed = 1\n", "seed = 1\ninput_gradients = 1\n", "input_gradients: true or false is needed, but this is a whole number (1)."),
    ('"Xavier"', '"xavier"', 'hidden layer 1, weights: there is no draw "xavier". Did you mean "Xavier"?'),
    ('"Xavier"', '"uniform"', "hidden layer 1, weights: a uniform draw needs low and high."),
    ("low = -0.5", "low = 0.5", "output layer, weights.high: it must be larger than low."),
    ("low = -0.5, ", "", "output layer, weights.low: this is missing"),
    ("low = -0.5", "mean = -0.5", "output layer, weights.mean: there is no such key."),
    ('"uniform", low = -0.5, high = 0.5', '"normal", mean = 0, deviation = 0', "a standard deviation is positive, but this is 0."),
    ('bias = "unit"', 'bias = "units"', 'hidden layer 1, bias: there is no kind of bias "units". Did you mean "unit"?'),
    ('bias = "unit"', "biases = [1]", "hidden layer 1, biases: 2 numbers (one for each of h1, h2) are expected"),
    ('bias = "unit"', 'bias = "none"\nbiases = [1, 2]', "hidden layer 1, biases: this layer has no biases."),
    ('bias = "unit"', "train_biases = false", "hidden layer 1, train_biases: this layer has no biases."),
    ("biases = [0.35]", "biases = [0.35, 1]", "1 number (one for the whole layer) is expected, but there are 2"),
    ('activation = "sigmoid"\nweights = "X', 'activation = "softmax"\nweights = "X', "hidden layer 1, activation: softmax is for the last layer."),
    ('"half squared error"', '"categorical cross-entropy"', "output layer, activation: categorical cross-entropy goes with softmax"),
    ('"half squared error"\nseed = 1\n[[network.layers]]\nunits = 2\nactivation = "sigmoid"\nweights = "Xavier"\nbias = "unit"\n[[network.layers]]\nunits = 1\nactivation = "sigmoid"', '"two-term log loss"\nseed = 1\n[[network.layers]]\nunits = 1\nactivation = "tanh"', "two-term log loss goes with sigmoid or softmax in the last layer, but this is tanh."),
    ('"half squared error"', '"hinge"', "with hinge, targets must be −1 or 1, but one is 0."),
    ('"half squared error"', '{ name = "Huber", delta = 0 }', "network.loss.delta: a number from 1e-06 to 1,000,000 is needed"),
    ('"half squared error"', '{ delta = 2 }', "network.loss.name: this is missing; the name of a loss is needed."),
    ('activation = "sigmoid"', 'activation = { name = "leaky ReLU", slope = 2 }', "activation.slope: a number from 0 to 1 is needed, but this is 2."),
    ('activation = "sigmoid"', 'activation = { name = "leaky ReLU", slop = 0.2 }', 'activation.slop: there is no such key. Did you mean "slope"?'),
    ('activation = "sigmoid"', 'activation = { name = "tanh", slope = 2 }', "activation.slope: there is no such key."),
    ('activation = "sigmoid"', 'activation = { name = "elu", alpha = 2 }', 'there is no activation "elu". Did you mean "ELU"?'),
    ('activation = "sigmoid"', 'activation = "leaky ReLU"\nslope = 0.2', 'Write activation = { name = "leaky ReLU", slope = 0.2 }'),
    ("[[0], [1], [1], [0]]", "[0, 1, 1, 0]", "data.targets: each of several examples needs a list of its own."),
    ("[[0], [1], [1], [0]]", "[[0], [1], [1]]", "data.targets: there are targets for 3 examples, but inputs for 4."),
    ("[[0], [1], [1], [0]]", "[[0], [1], 1, [0]]", "data.targets, example 3: a list of numbers is needed, but this is a whole number (1)."),
    ("[1, 0], [1, 1]]", "[1, 0], [1]]", "data.inputs, example 4: 2 numbers"),
    ("held_back = 1", "held_back = 4", "data.held_back: a whole number from 0 to 3 is needed, but this is 4."),
    ("[data]", "[show]\nrun = 'LR=7'\n[data]", 'show.run: there is no run "LR=7". Did you mean "LR=2.0"?'),
    ("[data]", "[show]\nepoch = 5\n[data]", "show.epoch: a whole number from 0 to 3 is needed, but this is 5."),
    ("[data]", "[show]\nexample = 0\n[data]", "show.example: a whole number from 1 to 4 is needed, but this is 0."),
    (
        "[data]",
        "[show]\nexample = 4\n[data]",
        "show.example: example 4 is held back, and looked at in the last epoch only. For instance: epoch = 3",
    ),
    ("[data]", "[show]\nexampl = 1\n[data]", 'show.exampl: there is no such key. Did you mean "example"?'),
    ("batch = 2", "batch = 4", "training.batch: a whole number from 1 to 3 is needed, but this is 4."),
    ("batch = 2", 'batch = "one"', 'training.batch: a whole number or "all" is needed.'),
    ('"sum"', '"some"', 'there is no way to join gradients "some". Known here: mean, sum.'),
    ("momentum = 0.8", "momentum = -0.8", "training.momentum: a number from "),
    ("momentum = 0.8", "beta1 = 0.8", 'training.beta1: there is no such key. The optimizer "momentum" has these settings: momentum,'),
    ("momentum = 0.8", "epsilon_inside_root = true", "training.epsilon_inside_root: there is no such key."),
    ('"step"', '"constant"', 'training.drop_at: there is no such key. The schedule "constant" has no settings.'),
    ('"step"', '"stepp"', 'training.schedule: there is no schedule "stepp". Did you mean "step"?'),
    ("drop_at = [2, 3]\n", "", "training.drop_at: this is missing; a list of whole numbers is needed."),
    ("[2, 3]", "[3, 2]", "training.drop_at: each number of this list must be larger than the one before."),
    ("[2, 3]", "[2, 4]", "training.drop_at, number 2: a whole number from 1 to 3 is needed, but this is 4."),
    ("[2, 3]", "[]", "training.drop_at: a list of 1 to 20 whole numbers is needed, but there are 0 numbers."),
    ("weight_decay = 0.01", "weight_decay = -1", "training.weight_decay: a number from 0 to 1,000,000 is needed, but this is -1."),
    ("epochs = 3", "epochs = 349525", "rows; a sheet has 1,048,576, of which the checks take 200. Use at most 349,457 epochs."),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "told"), WORSE, ids=[f"{index}" for index in range(len(WORSE))])
def test_a_fault_in_the_newer_keys_is_told(right: str, wrong: str, told: str) -> None:
    assert right in SEVERAL
    found = problems(SEVERAL.replace(right, wrong, 1))
    assert any(told in problem for problem in found), found


def test_an_optimizer_that_is_misspelt_is_one_problem() -> None:
    assert len(problems(SEVERAL.replace('"momentum"', '"momentun"'))) == 1


WRONG_RUNS: list[tuple[str, str, str]] = [
    ('name = "as it stands"', "", "run 1, name: this is missing"),
    ('"as it stands"', '"ITS OWN RATE"', "run 2, name: \"its own rate\" cannot be the name of a sheet: another run has it."),
    ('"as it stands"', '"loss curves"', "run 1, name: \"loss curves\" cannot be the name of a sheet: the workbook has"),
    ('"as it stands"', '"a/b"', 'run 1, name: "a/b" cannot be the name of a sheet: it has one of'),
    ("learning_rate = 0.5", "", "run 1, learning_rate: this is missing"),
    ("learning_rate = 0.5", "learning_rates = [0.5]\nlearning_rate = 0.5", "training.learning_rates: the runs of this lesson stand in [[runs]]."),
    ("learning_rate = 0.7", "learning_rate = 0", "run 2, learning_rate: a learning rate is positive, but this is 0.0."),
    ("seed = 2", "momentum = 0.5", 'run 3, momentum: there is no such key. The optimizer "gradient descent" has these settings: weight_decay, weight_decay_in_loss, gradient_clip.'),
    ('"tanh"', '"softmax"', "run 3, activation: softmax is for the last layer; this is for the hidden layers."),
    ('"tanh"', '"tan"', "run 3, activation: there is no activation"),
    ("units = 1\nactivation = \"sigmoid\"\nweights = [[0.1, 0.2]]", "units = 2\nactivation = \"sigmoid\"\nweights = [[0.1, 0.2], [0.1, 0.2]]", "run 4, output layer, units: the last layer has as many units as there are targets, 1, but this is 2."),
    ('name = "another network"', 'name = "another network"\nseed = 3', "run 4, seed: none of this run's weights are drawn; a seed changes nothing."),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "told"), WRONG_RUNS, ids=[f"{index}" for index in range(len(WRONG_RUNS))])
def test_a_fault_in_a_run_is_told(right: str, wrong: str, told: str) -> None:
    assert right in RUNS
    found = problems(RUNS.replace(right, wrong, 1))
    assert any(told in problem for problem in found), found


def test_named_runs_take_no_rates_from_the_command_line() -> None:
    assert any(
        "--rates: this lesson's runs are told apart by name" in told for told in problems(RUNS, ("--rates", "1"))
    )


def test_a_loss_asks_for_its_activation_and_its_targets() -> None:
    text = SEVERAL.replace("half squared error", "binary cross-entropy")
    assert read_lesson(text, "binary.toml").runs[0].recipe.loss == "binary cross-entropy"
    (told,) = problems(text.replace("[[0], [1], [1], [0]]", "[[0], [1], [1.5], [0]]"))
    assert (
        told
        == "line 20, data.targets: example 3: with binary cross-entropy, targets lie between 0 and 1, but one is 1.5."
    )
    (told,) = problems(text.replace('"sigmoid"\nweights = {', '"tanh"\nweights = {'))
    assert "binary cross-entropy goes with sigmoid in the last layer, but this is tanh." in told


def test_softmax_targets_add_up_to_one() -> None:
    text = SEVERAL.replace("half squared error", "categorical cross-entropy")
    text = text.replace('units = 1\nactivation = "sigmoid"', 'units = 2\nactivation = "softmax"')
    good = text.replace("[[0], [1], [1], [0]]", "[[0, 1], [1, 0], [0.3, 0.7], [0, 1]]")
    assert not read_lesson(good, "softmax.toml").runs[0].recipe.accuracy
    (told,) = problems(good.replace("0.7", "0.8"))
    assert (
        "example 3: with categorical cross-entropy, targets are at least 0 and add up to 1; these add up to 1.1" in told
    )
    (told,) = problems(good.replace("[0.3, 0.7]", "[-0.3, 1.3]"))
    assert "no target is below 0, but one is -0.3." in told


VARIANTS = [
    GOOD,
    SEVERAL,
    SEVERAL.replace("held_back = 1", "").replace("batch = 2", "batch = 1"),
    SEVERAL.replace("seed = 1", 'seed = 1\nbackward = "chain"\ninput_gradients = true'),
    SEVERAL.replace("half squared error", "binary cross-entropy").replace("seed = 1", 'seed = 1\nbackward = "chain"'),
    SEVERAL.replace('"momentum"\nmomentum = 0.8', '"Adam"'),
    SEVERAL.replace("half squared error", "categorical cross-entropy")
    .replace('units = 1\nactivation = "sigmoid"', 'units = 2\nactivation = "softmax"')
    .replace("[[0], [1], [1], [0]]", "[[0, 1], [1, 0], [1, 0], [0, 1]]"),
]


@pytest.mark.parametrize("text", VARIANTS, ids=[f"{index}" for index in range(len(VARIANTS))])
def test_the_columns_are_counted_as_they_are_listed(text: str) -> None:
    recipe = read_lesson(text, "some.toml").runs[0].recipe
    assert table_columns(recipe) == 1 + len(columns(recipe))


def test_too_many_problems_are_counted_not_listed() -> None:
    found = problems(GOOD.replace("[0.05, 0.10]", str([1e10] * 2)).replace("[0.1, 2]", str([-1.0] * 150)))
    assert found[-1] == "… and 51 more."
    assert len(found) == 101
