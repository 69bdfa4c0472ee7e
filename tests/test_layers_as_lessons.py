"""A list of layers as a lesson: the numbers are those of PyTorch, and an orientation is told and checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.slow import slow
from tests.trained_networks import (
    calculated_cells,
    in_our_order,
    outputs,
    outputs_of_numpy,
    parameters_of_numpy,
    stored_cells,
)
from xlbackprop import InputError, Lesson, lesson_of_layers, load_lesson, train, verify, write_lesson

PYTORCH, KERAS = "PyTorch", "Keras"
CLOSE = {PYTORCH: 1e-12, KERAS: 1e-7}  # Keras computes parts of it in single precision; 5e-9 was seen
MADE = {
    of: json.loads((Path(__file__).parent / "trained" / f"made_by_{of.lower()}.json").read_text(encoding="utf-8"))
    for of in (PYTORCH, KERAS)
}
ACTIVATIONS: dict[tuple[str, str], list[Any]] = {
    (PYTORCH, "classifier"): ["Tanh", "Softmax"],
    (PYTORCH, "regressor"): [{"name": "LeakyReLU", "slope": 0.2}, "Sigmoid", "Identity"],
    (KERAS, "classifier"): ["tanh", "sigmoid"],
    (KERAS, "regressor"): ["relu", "linear"],
}
LOSSES = {
    (PYTORCH, "classifier"): "categorical cross-entropy",
    (PYTORCH, "regressor"): "mean squared error",
    (KERAS, "classifier"): "mean binary cross-entropy",
    (KERAS, "regressor"): "mean squared error",
}
RATES = {"SGD": 0.1, "Nesterov": 0.1, "Adam": 0.01}
TRAINING: dict[tuple[str, str], dict[str, Any]] = {
    (PYTORCH, "SGD"): {"optimizer": "momentum", "weight_decay": 0.01},
    (PYTORCH, "Nesterov"): {"optimizer": "Nesterov momentum", "weight_decay": 0.01},
    (PYTORCH, "Adam"): {"optimizer": "Adam", "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-6},
    (KERAS, "SGD"): {"optimizer": "classical momentum"},
    (KERAS, "Nesterov"): {"optimizer": "Nesterov momentum"},
    (KERAS, "Adam"): {"optimizer": "Adam with epsilon hat", "epsilon": 1e-3},
}
EACH = [(of, name) for of in MADE for name in ("classifier", "regressor")]


class Tensor:
    """A tensor as PyTorch has it: no array before it is taken from its graph and its device."""

    def __init__(self, numbers: Any, *, bare: bool = False) -> None:
        self._numbers, self._bare = np.asarray(numbers), bare

    def detach(self) -> Tensor:
        return Tensor(self._numbers, bare=True)

    def cpu(self) -> Tensor:
        return self

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if not self._bare:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        return self._numbers


def lesson_from(of: str, name: str, way: str = "SGD") -> Lesson:
    """Return the lesson of a network that a library trained."""
    made = MADE[of][name]
    layers = []
    for (weights, *biases), activation in zip(made["layers"], ACTIVATIONS[of, name], strict=True):
        layers.append((Tensor(weights), Tensor(biases[0]) if biases else None, activation))
    told = {**TRAINING[of, way], "learning_rates": [RATES[way]], "epochs": 2}
    rows = "units" if of == PYTORCH else "sources"
    X, y = Tensor(made["X"]), Tensor(made["y"])
    return lesson_of_layers(layers, X, y, rows=rows, loss=LOSSES[of, name], training=told)


@pytest.mark.parametrize(("of", "name"), EACH)
def test_the_outputs_are_those_of_the_library(of: str, name: str) -> None:
    assert np.abs(outputs_of_numpy(lesson_from(of, name)) - np.array(MADE[of][name]["outputs"])).max() <= CLOSE[of]


@pytest.mark.engine("formualizer")
@pytest.mark.engine("ironcalc")
@pytest.mark.parametrize(("of", "name"), [EACH[0], *(slow(*each) for each in EACH[1:])])
def test_stored_and_calculated_outputs_are_those_of_the_library(tmp_path: Path, of: str, name: str) -> None:
    lesson, expected = lesson_from(of, name), np.array(MADE[of][name]["outputs"])
    stored = stored_cells(lesson, tmp_path / "model.xlsx")
    assert np.abs(outputs(lesson, stored) - expected).max() <= CLOSE[of]
    for engine in ("formualizer", "ironcalc"):
        calculated = calculated_cells(lesson, tmp_path / "model.xlsx", engine)
        assert np.abs(outputs(lesson, calculated) - expected).max() <= CLOSE[of], engine
    assert verify(tmp_path / "model.xlsx").equal


@pytest.mark.parametrize("way", RATES)
@pytest.mark.parametrize(("of", "name"), EACH)
def test_two_steps_are_those_of_the_library(of: str, name: str, way: str) -> None:
    weights = [np.array(layer[0]) if of == PYTORCH else np.array(layer[0]).T for layer in MADE[of][name][way]]
    biases = [np.array(layer[1]) for layer in MADE[of][name][way] if len(layer) == 2]
    found, before = (parameters_of_numpy(lesson_from(of, name, way), epoch) for epoch in (2, 0))
    assert np.abs(found - in_our_order(weights, biases)).max() <= CLOSE[of]
    assert np.abs(found - before).max() > 1e-3  # it did learn


def test_the_epsilon_of_keras_stands_beside_the_root_that_is_not_corrected(monkeypatch: pytest.MonkeyPatch) -> None:
    found = parameters_of_numpy(lesson_from(KERAS, "regressor", "Adam"), 2)
    monkeypatch.setitem(TRAINING, (KERAS, "Adam"), {**TRAINING[KERAS, "Adam"], "optimizer": "Adam"})
    other = parameters_of_numpy(lesson_from(KERAS, "regressor", "Adam"), 2)
    assert np.abs(found - other).max() > 100 * CLOSE[KERAS]


# ---------------------------------------------------------------------------------------------------------- orientation


RANDOM = np.random.default_rng(11)
KERNELS = [(RANDOM.normal(size=(3, 4)), RANDOM.normal(size=4)), (RANDOM.normal(size=(4, 2)), None)]  # as Keras has them
X = RANDOM.normal(size=(5, 3))
Y = RANDOM.normal(size=(5, 2))


def of_layers(layers: Any = None, X: Any = X, y: Any = Y, rows: str = "sources", **options: Any) -> Lesson:
    known = [(weights, biases, "tanh") for weights, biases in KERNELS] if layers is None else layers
    return lesson_of_layers(known, X, y, rows=rows, **{"loss": "half squared error", **options})


def test_kernels_of_keras_are_read_by_sources() -> None:
    expected = np.tanh(np.tanh(X @ KERNELS[0][0] + KERNELS[0][1]) @ KERNELS[1][0])
    assert np.abs(outputs_of_numpy(of_layers()) - expected).max() <= CLOSE[PYTORCH]


def test_either_orientation_gives_the_same_lesson() -> None:
    turned = [(weights.T, biases, "tanh") for weights, biases in KERNELS]
    assert of_layers(turned, rows="units") == of_layers()


def refused(*arguments: Any, **options: Any) -> str:
    with pytest.raises(InputError) as fault:
        of_layers(*arguments, **options)
    return str(fault.value)


def test_the_wrong_orientation_is_refused_with_the_cure() -> None:
    without = [(weights, None, "tanh") for weights, _ in KERNELS]
    told = refused(without, rows="units")
    assert (
        'layers[0]: its weights are for 4 sources (rows="units"), but X has 3. Write rows="sources", as Keras' in told
    )
    assert (
        'layers[0], biases: there are 4 biases, but weights for 3 units (rows="units"). Write rows="sources"'
        in refused(rows="units")
    )
    turned = [(weights.T, None, "tanh") for weights, _ in KERNELS]
    assert 'Write rows="units", as PyTorch has them?' in refused(turned)


def test_an_orientation_must_be_one_of_both() -> None:
    assert "rows: it cannot be 'columns': what a row of weights belongs to. Write rows=\"units\" for" in refused(
        rows="columns"
    )


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ([], "layers: there is none; at least one is needed."),
        ([KERNELS[0]], "layers[0]: a layer is (weights, biases, activation); without biases the second is None."),
        ([(KERNELS[0][0], None, "tanh"), (np.ones((3, 2)), None, "tanh")], 'layers[1]: its weights are for 3 sources (rows="sources"), but layers[0] has 4.'),
        ([(KERNELS[0][0], np.ones(5), "tanh")], "layers[0], biases: there are 5 biases, but weights for 4 units"),
        ([(KERNELS[0][0] * np.inf, None, "tanh")], "layers[0], weights[0, 0]: 12 of the numbers are not finite"),
        ([(np.ones(3), None, "tanh")], "layers[0], weights: an array of 2 dimensions is needed, but the shape is (3,)."),
        ([(np.ones((3, 2)), None, "tahn")], 'layers[0], activation: there is no activation "tahn" here. Did you mean "tanh"?'),
        ([(np.ones((3, 2)), None, "Mish")], "It is none of the activations here. Known here: sigmoid, identity, tanh, ReLU,"),
        ([(np.ones((3, 2)), None, np.tanh)], 'there is no activation "ufunc" here. Known here: sigmoid'),
        ([(np.ones((3, 2)), None, {"name": "ELU", "slope": 1})], "slope: there is no such key."),
        ([(np.ones((3, 2)), None, "softmax"), (np.ones((2, 2)), None, "tanh")], "softmax is for the last layer"),
    ],
)  # fmt: skip
def test_layers_that_are_none_are_refused(layers: Any, words: str) -> None:
    assert words in refused(layers)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"y": Y[:, :1]}, "y: the network has 2 outputs, but y has 1 for each example. Give a column for each output."),
        ({"y": Y[:4]}, "y: it has 4 examples, but X has 5."),
        ({"X": X[:, :2]}, 'layers[0]: its weights are for 3 sources (rows="sources"), but X has 2.'),
        ({"X": X[0]}, "X: an array of 2 dimensions is needed, but the shape is (3,). A row is an example: X.reshape(-1, 1)"),
        ({"loss": "MSE"}, 'network.loss: there is no loss "MSE". Did you mean "mean squared error"?'),
        ({"loss": "categorical cross-entropy"}, "categorical cross-entropy goes with softmax in the last layer"),
        ({"training": {"optimizer": "AdamW"}}, 'training.optimizer: there is no optimizer "AdamW".'),
        ({"training": {"lr": 0.1}}, 'training.lr: there is no such key. Did you mean "learning_rates"?'),
        ({"training": {"epochs": None}}, "training.epochs: a number, a text or a list is needed, but this is NoneType."),
        ({"output_names": ["one"]}, "2 texts (one for each of t1, t2) are expected"),
    ],
)  # fmt: skip
def test_what_else_is_wrong_is_told(options: dict[str, Any], words: str) -> None:
    assert words in refused(**options)


# -------------------------------------------------------------------------------------------------- classes, names, files


SCORES = [(RANDOM.normal(size=(3, 3)), np.zeros(3), "softmax")]


def test_classes_may_be_told_by_their_places() -> None:
    names = ["red", "green", "blue"]
    lesson = of_layers(SCORES, y=[2, 0, 1, 1, 0], loss="categorical cross-entropy", output_names=names)
    assert lesson.targets[:2] == ((0.0, 0.0, 1.0), (1.0, 0.0, 0.0))
    assert dict(lesson.own_names)["t3"] == "blue"
    assert lesson == of_layers(
        SCORES, y=np.eye(3)[[2, 0, 1, 1, 0]], loss="categorical cross-entropy", output_names=names
    )
    assert "a class is a whole number from 0 to 2" in refused(
        SCORES, y=[3, 0, 1, 1, 0], loss="categorical cross-entropy"
    )


def test_targets_may_be_shares() -> None:
    lesson = of_layers(
        SCORES, y=[[0.5, 0.25, 0.25]] * 5, loss="categorical cross-entropy", output_names=["a", "b", "c"]
    )
    assert dict(lesson.own_names)["t3"] == "c"


def test_of_one_output_two_names_are_those_of_0_and_1() -> None:
    one = [(RANDOM.normal(size=(3, 1)), None, "sigmoid")]
    lesson = of_layers(one, y=[0, 1, 1, 0, 1], loss="binary cross-entropy", output_names=["no", "yes"])
    assert dict(lesson.own_names)["t1"] == "0: no, 1: yes"


def test_columns_keep_their_names() -> None:
    tables = pd.DataFrame(X, columns=["t1", "b; c", "d"]), pd.DataFrame(Y, columns=["height", "w" * 90])
    lesson = of_layers(X=tables[0], y=tables[1])
    assert lesson.input_names == ("t1", "b; c", "d")
    assert dict(lesson.own_names)["t1"] == "height"
    assert "Rename one" in refused(X=tables[0].rename(columns={"d": "t1"}))


def test_every_number_survives(tmp_path: Path) -> None:
    """Also through the lesson file, which a person may edit."""
    odd = np.array([[5e-324, -0.0, 1 / 3], [1e-7, 123456789.125, -0.1]])
    lesson = of_layers([(odd, np.array([1e-300, 2.0]), "identity")], X=odd, y=odd[:, :2], rows="units")
    write_lesson(lesson, tmp_path / "model.toml")
    for one in (lesson, load_lesson(tmp_path / "model.toml")):
        assert np.array(one.inputs).tobytes() == odd.tobytes()
        assert np.array(one.runs[0].parameters).tobytes() == np.array([*odd.ravel(), 1e-300, 2.0]).tobytes()


def test_a_wide_layer_stands_on_lines_that_a_cell_holds() -> None:
    weights = RANDOM.normal(size=(1, 2000))
    lesson = of_layers([(weights, None, "identity")], X=np.ones((1, 2000)), y=[1.0], rows="units")
    assert lesson.runs[0].parameters == tuple(weights[0].tolist())
    assert max(map(len, lesson.text.split("\n"))) < 120


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("relu", "ReLU"),
        ("linear", "identity"),
        ("logistic", "sigmoid"),
        ("swish", "SiLU"),
        ("Tanh", "tanh"),
        ("gelu", "GELU"),
    ],
)
def test_an_activation_may_have_the_name_that_the_field_gives_it(word: str, name: str) -> None:
    lesson = of_layers([(np.ones((3, 2)), None, word)])
    assert lesson.runs[0].recipe.layers[0].activation == name


def test_what_training_does_not_say_is_assumed() -> None:
    lesson = of_layers(training={"epochs": 3})
    assert (lesson.epochs, lesson.runs[0].learning_rate, lesson.runs[0].recipe.batch) == (3, 0.1, 5)
    assert 0 < of_layers().epochs <= 20
    assert of_layers(title="Mine").title == "Mine"
    assert "double" not in lesson.introduction
    single = [(weights.astype(np.float32), biases, "tanh") for weights, biases in KERNELS]
    assert "of single precision" in of_layers(single).introduction


@pytest.mark.parametrize("inside", ["false", "true"])
def test_adam_with_epsilon_hat_is_that_of_the_paper(tmp_path: Path, inside: str) -> None:
    text = of_layers(training={"optimizer": "Adam with epsilon hat", "epsilon": 0.01, "epochs": 5}).text
    (tmp_path / "adam.toml").write_text(f"{text}epsilon_inside_root = {inside}\n", encoding="utf-8")
    (tmp_path / "examples.csv").write_text(of_layers().data_text, encoding="utf-8")
    trace = train(load_lesson(tmp_path / "adam.toml"))
    w, m, v = trace["w1"][0, 0], 0.0, 0.0
    for n in range(1, 6):
        g = trace["∂E/∂w1"][0, 5 * (n - 1) : 5 * n].mean()
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        root = np.sqrt(v + 0.01) if inside == "true" else np.sqrt(v) + 0.01
        w -= 0.1 * np.sqrt(1 - 0.999**n) / (1 - 0.9**n) * m / root
        assert trace["w1"][0, 5 * n] == pytest.approx(w, rel=1e-13)
