"""A fitted network of scikit-learn as a lesson: the same outputs, the same next steps, and what cannot be one."""

from __future__ import annotations

import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from tests.slow import slow
from tests.trained_networks import (
    calculated_cells,
    in_our_order,
    outputs,
    outputs_of_numpy,
    parameters_of_numpy,
    stored_cells,
)
from xlbackprop import InputError, compile_document, lesson_of, load_lesson, train, verify, write_lesson, write_workbook

pytestmark = pytest.mark.filterwarnings(
    "ignore:Stochastic Optimizer",
    "ignore:lbfgs failed to converge",
    "ignore:scipy.optimize:DeprecationWarning",  # a newer SciPy of an older scikit-learn
)

CLOSE = 1e-12
MODELS = 50


def drawn_model(seed: int) -> tuple[Any, np.ndarray, np.ndarray]:
    """Return a fitted model with its examples: classes two or more, or one number or two to be met."""
    random = np.random.default_rng(seed)
    examples, inputs = int(random.integers(6, 25)), int(random.integers(1, 6))
    X = random.normal(size=(examples, inputs)) * random.uniform(0.5, 3.0, inputs) + random.normal(size=inputs)
    kind = seed % 4
    settings = {
        "hidden_layer_sizes": tuple(random.integers(1, 6, random.integers(1, 4)).tolist()),
        "activation": ("relu", "tanh", "logistic", "identity")[seed // 4 % 4],
        "solver": ("adam", "sgd", "lbfgs")[seed % 3],
        "alpha": float(random.choice([0.0, 1e-4, 0.1])),
        "learning_rate_init": 0.01,
        "max_iter": int(random.integers(5, 200)),
        "random_state": seed,
    }
    if kind < 2:
        classes = 2 if kind == 0 else int(random.integers(3, 6))
        y = np.array(["red", "green", "blue", "white", "black"])[np.arange(examples) % classes]
        network = MLPClassifier(**settings)
    else:
        y = random.normal(size=(examples, kind - 1)).squeeze()
        network = MLPRegressor(**settings)
    scaler = (None, StandardScaler(), MinMaxScaler())[seed // 3 % 3]
    model = network if scaler is None else make_pipeline(scaler, network)
    return model.fit(X, y), X, y


def answers(model: Any, X: Any) -> np.ndarray:
    """Return what scikit-learn answers: (examples, outputs); of two classes the probability of the second."""
    if not hasattr(model, "classes_"):
        return model.predict(X).reshape(len(X), -1)
    shares = model.predict_proba(X)
    return shares[:, 1:] if shares.shape[1] == 2 else shares


@pytest.mark.parametrize("seed", [seed if seed < 4 else slow(seed) for seed in range(MODELS)])
def test_the_outputs_are_those_of_the_model(tmp_path: Path, seed: int) -> None:
    model, X, y = drawn_model(seed)
    lesson = lesson_of(model, X, y, epochs=1)
    stored = outputs(lesson, stored_cells(lesson, tmp_path / "model.xlsx"))
    assert np.abs(stored - answers(model, X)).max() <= CLOSE


@pytest.mark.engine("formualizer")
@pytest.mark.engine("ironcalc")
@pytest.mark.parametrize("seed", [seed if seed in (1, 4) else slow(seed) for seed in range(MODELS)])
def test_two_engines_calculate_the_outputs_of_the_model(tmp_path: Path, seed: int) -> None:
    model, X, y = drawn_model(seed)
    lesson, path = lesson_of(model, X, y, epochs=1), tmp_path / "model.xlsx"
    write_workbook(compile_document(lesson), path)
    for name in ("formualizer", "ironcalc"):
        calculated = outputs(lesson, calculated_cells(lesson, path, name))
        assert np.abs(calculated - answers(model, X)).max() <= CLOSE, name


@pytest.mark.installed
def test_a_workbook_of_a_model_is_proved(tmp_path: Path) -> None:
    model, X, y = drawn_model(1)
    stored_cells(lesson_of(model, X, y, epochs=2), tmp_path / "model.xlsx")
    assert verify(tmp_path / "model.xlsx").equal


# --------------------------------------------------------------------------------------------------------- what goes on


def fitted(kind: type, **settings: Any) -> tuple[Any, np.ndarray, np.ndarray]:
    random = np.random.default_rng(7)
    X = random.normal(size=(20, 3))
    y = np.arange(20) % 3 if kind is MLPClassifier else random.normal(size=(20, 3))
    told = {"hidden_layer_sizes": (4, 3), "activation": "tanh", "max_iter": 30, "random_state": 1, **settings}
    return kind(**told).fit(X, y), X, y


OPTIMIZERS: dict[str, dict[str, Any]] = {
    "plain": {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.1, "alpha": 0.5},
    "Nesterov": {"solver": "sgd", "learning_rate_init": 0.05},
    "classical": {"solver": "sgd", "nesterovs_momentum": False, "learning_rate_init": 0.05, "alpha": 0.1},
    "Adam": {"solver": "adam", "learning_rate_init": 0.01, "alpha": 0.3},
    "another Adam": {"solver": "adam", "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-4, "alpha": 0.0},
    "batches": {"solver": "adam", "batch_size": 5, "shuffle": False, "alpha": 0.2},
    "uneven batches": {"solver": "sgd", "batch_size": 6, "shuffle": False, "alpha": 0.0},
    "many weights": {"solver": "adam", "hidden_layer_sizes": (9, 8), "alpha": 0.5},
}


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_goes_on_as_that_of_the_model(kind: type, name: str) -> None:
    model, X, y = fitted(kind, **OPTIMIZERS[name])
    lesson = lesson_of(model, X, y, epochs=4)
    model.set_params(warm_start=True, max_iter=4).fit(X, y)
    expected = in_our_order([weights.T for weights in model.coefs_], model.intercepts_)
    assert np.abs(parameters_of_numpy(lesson, 4) - expected).max() <= CLOSE
    assert np.abs(outputs_of_numpy(lesson, 4) - answers(model, X)).max() <= CLOSE


@pytest.mark.parametrize("name", ["plain", "Adam"])
def test_a_step_is_that_of_partial_fit(name: str) -> None:
    model, X, y = fitted(MLPClassifier, **OPTIMIZERS[name])
    lesson = lesson_of(model, X, y, epochs=1)
    if name == "Adam":  # what it has kept of the steps before is not in the weights
        del model._optimizer
    model.partial_fit(X, y)
    expected = in_our_order([weights.T for weights in model.coefs_], model.intercepts_)
    assert np.abs(parameters_of_numpy(lesson, 1) - expected).max() <= CLOSE


def test_the_loss_is_that_of_the_model_with_its_penalty() -> None:
    model, X, y = fitted(MLPClassifier, **OPTIMIZERS["plain"])
    losses = train(lesson_of(model, X, y, epochs=1))["E_Total"][0, :20]
    assert losses.mean() == pytest.approx(deepcopy(model).partial_fit(X, y).loss_, rel=1e-13)


def test_of_many_weights_the_loss_is_without_the_penalty_and_the_notes_say_so() -> None:
    model, X, y = fitted(MLPClassifier, **OPTIMIZERS["many weights"])
    lesson = lesson_of(model, X, y, epochs=1)
    squares = sum((weights**2).sum() for weights in model.coefs_)
    loss = deepcopy(model).partial_fit(X, y).loss_ - 0.5 * 0.5 * squares / 20
    assert train(lesson)["E_Total"][0, :20].mean() == pytest.approx(loss, rel=1e-12)
    assert "E_Total is without it" in lesson.introduction


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"solver": "lbfgs"}, 'solver="lbfgs") is not here; it goes on by plain gradient descent'),
        ({"solver": "sgd", "learning_rate": "adaptive"}, 'learning_rate="adaptive") is not here'),
        ({"solver": "sgd", "learning_rate": "invscaling"}, 'learning_rate="invscaling") is not here'),
        ({"solver": "adam", "beta_2": 0.99995}, 'solver="adam") is not here'),
        ({"solver": "adam", "batch_size": 6}, "Batches of 6 follow the order of the examples"),
        ({"solver": "adam", "batch_size": 6}, "The last batch of an epoch is smaller"),
        ({"solver": "adam", "early_stopping": True}, "With early_stopping the model learnt from a part"),
        ({"solver": "adam"}, "It begins anew, as fit does with warm_start=True"),
    ],
)
def test_the_notes_say_where_training_is_another(settings: dict[str, Any], words: str) -> None:
    model, X, y = fitted(MLPClassifier, **settings)
    lesson = lesson_of(model, X, y, epochs=1)
    assert words in lesson.introduction
    assert (lesson.runs[0].recipe.optimizer == "gradient descent") == ("is not here" in words)


def test_a_batch_of_many_examples_has_two_hundred() -> None:
    random = np.random.default_rng(2)
    X, y = random.normal(size=(400, 2)), random.normal(size=400)
    model = MLPRegressor(hidden_layer_sizes=(2,), solver="sgd", shuffle=False, max_iter=3, alpha=0.1).fit(X, y)
    lesson = lesson_of(model, X, y, epochs=2)
    model.set_params(warm_start=True, max_iter=2).fit(X, y)
    assert lesson.runs[0].recipe.batch == 200
    assert np.abs(outputs_of_numpy(lesson, 2) - answers(model, X)).max() <= CLOSE


def test_of_several_numbers_the_notes_tell_how_the_loss_is_counted() -> None:
    model, X, y = fitted(MLPRegressor, solver="sgd", momentum=0.0, alpha=0.0)
    lesson = lesson_of(model, X, y, epochs=1)
    losses = train(lesson)["E_Total"][0, :20]
    assert losses.mean() == pytest.approx(3 * deepcopy(model).partial_fit(X, y).loss_, rel=1e-13)
    assert "E_Total adds up the outputs" in lesson.introduction


# ------------------------------------------------------------------------------------------------------ names and files


def iris_like() -> tuple[pd.DataFrame, pd.Series]:
    random = np.random.default_rng(3)
    X = pd.DataFrame(random.normal(size=(12, 2)), columns=["petal length, in cm", 'petal "width"'])
    return X, pd.Series(["setosa", "virginica", "versicolor"] * 4, name="species")


def test_columns_and_classes_keep_their_names() -> None:
    X, y = iris_like()
    lesson = lesson_of(MLPClassifier((2,), max_iter=5).fit(X, y), X, y, title="Flowers")
    assert lesson.title == "Flowers"
    assert lesson.input_names == ("petal length, in cm", 'petal "width"')
    assert [dict(lesson.own_names)[name] for name in ("t1", "t2", "t3")] == ["setosa", "versicolor", "virginica"]
    assert lesson.targets[0] == (1.0, 0.0, 0.0)
    assert lesson.targets[1] == (0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("classes", "first", "own"),
    [
        (["no", "yes"], 0.0, "0: no, 1: yes"),
        ([7, 3], 1.0, "0: digit 3, 1: digit 7"),
        ([1, 0], 1.0, None),
        ([True, False], 1.0, None),
    ],
)
def test_of_two_classes_the_second_is_1(classes: list[Any], first: float, own: str | None) -> None:
    X, _ = iris_like()
    y = pd.Series(classes * 6, name="digit")
    lesson = lesson_of(MLPClassifier((2,), max_iter=5).fit(X, y), X, y)
    assert lesson.targets[:2] == ((first,), (1.0 - first,))
    assert dict(lesson.own_names).get("t1") == own


def test_examples_of_one_class_alone_will_do_and_a_single_one() -> None:
    X, y = iris_like()
    model = MLPClassifier((2,), max_iter=5).fit(X, y)
    for part in (slice(0, None, 3), slice(0, 1)):
        lesson = lesson_of(model, X[part], y[part], epochs=1)
        assert dict(lesson.own_names)["t3"] == "virginica"
        assert {*lesson.targets} == {(1.0, 0.0, 0.0)}


def test_an_example_may_have_several_labels() -> None:
    X, _ = iris_like()
    y = (np.random.default_rng(5).random((12, 3)) > 0.5).astype(int)
    model = MLPClassifier((2,), max_iter=5, solver="sgd", momentum=0.0).fit(X, y)
    lesson = lesson_of(model, X, y, epochs=1)
    assert np.abs(outputs_of_numpy(lesson) - model.predict_proba(X)).max() <= CLOSE
    model.partial_fit(X, y)
    assert np.abs(outputs_of_numpy(lesson, 1) - model.predict_proba(X)).max() <= CLOSE


def test_an_array_has_the_names_that_the_model_was_fitted_with() -> None:
    X, y = iris_like()
    assert lesson_of(MLPClassifier((2,), max_iter=5).fit(X, y), X.to_numpy(), y).input_names == (*X.columns,)


def test_single_precision_is_told() -> None:
    X, y = iris_like()
    X = X.astype(np.float32)
    model = MLPClassifier((2,), max_iter=5).fit(X, y)
    lesson = lesson_of(model, X, y)
    assert "in single precision" in lesson.introduction
    assert lesson.runs[0].parameters[0] == float(model.coefs_[0][0, 0])
    assert np.abs(outputs_of_numpy(lesson) - model.predict_proba(X)).max() <= 1e-6


def test_a_pipeline_that_scales_is_a_lesson_that_scales() -> None:
    X, y = iris_like()
    lesson = lesson_of(make_pipeline(StandardScaler(), MLPClassifier((2,), max_iter=5)).fit(X, y), X, y)
    assert lesson.scale == "standard"
    assert lesson.inputs == tuple(map(tuple, X.to_numpy().tolist()))


def test_the_lesson_file_gives_the_same_lesson(tmp_path: Path) -> None:
    model, X, y = drawn_model(1)
    lesson = lesson_of(model, X, y, epochs=2, data_file="colours.csv")
    write_lesson(lesson, tmp_path / "model.toml")
    assert {file.name for file in tmp_path.iterdir()} == {"model.toml", "colours.csv"}
    read = load_lesson(tmp_path / "model.toml")
    assert read == lesson
    with pytest.raises(InputError, match="it is left as it is"):
        write_lesson(lesson, tmp_path / "model.toml")
    with pytest.raises(InputError, match=r"ends in \.toml"):
        write_lesson(lesson, tmp_path / "model.txt")


# --------------------------------------------------------------------------------------------------- what is refused


def refused(model: Any, X: Any, y: Any, **options: Any) -> str:
    with pytest.raises(InputError) as fault:
        lesson_of(model, X, y, **options)
    return str(fault.value)


FLOWERS, SPECIES = iris_like()
MODEL = MLPClassifier((2,), max_iter=5, random_state=1)
with pytest.warns():
    MODEL.fit(FLOWERS, SPECIES)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (MLPClassifier(), "model: it is not fitted; there are no weights yet. Call model.fit(X, y) first."),
        (LogisticRegression(), "model: an MLPClassifier or MLPRegressor of scikit-learn is needed. Networks of other"),
        (make_pipeline(OneHotEncoder(), MLPClassifier()), "lesson_of(model[-1], model[:-1].transform(X), y)"),
        (make_pipeline(StandardScaler(), MLPClassifier()), "model: it is not fitted"),
        (make_pipeline(StandardScaler(with_mean=False), MODEL), "scales in a way that is not here"),
        ("a text", "model: an MLPClassifier or MLPRegressor"),
    ],
)
def test_a_model_that_is_none_is_refused(model: Any, words: str) -> None:
    assert words in refused(model, FLOWERS, SPECIES)


def test_a_search_is_asked_for_its_best() -> None:
    X, y = pd.concat([FLOWERS] * 2), pd.concat([SPECIES] * 2)
    search = GridSearchCV(MODEL, {"alpha": [0.1]}, cv=2).fit(X, y)
    assert "Give model.best_estimator_." in refused(search, X, y)
    assert lesson_of(search.best_estimator_, X, y).examples == 24


class Sparse:
    """What a sparse matrix is known by."""

    shape = (12, 2)

    def toarray(self) -> np.ndarray:
        return FLOWERS.to_numpy()


@pytest.mark.parametrize(
    ("X", "y", "words"),
    [
        (FLOWERS.iloc[:, :1], SPECIES, "X: the network has 2 inputs, but X has 1 columns."),
        (
            FLOWERS.iloc[:, ::-1],
            SPECIES,
            "X: its columns are not those that the model was fitted with, or not in their",
        ),
        (
            FLOWERS.iloc[:, 0],
            SPECIES,
            "X: an array of 2 dimensions is needed, but the shape is (12,). A row is an example",
        ),
        (FLOWERS[:5], SPECIES, "y: it has 12 examples, but X has 5. Each example needs both."),
        (
            FLOWERS.replace(FLOWERS.iloc[3, 1], np.nan),
            SPECIES,
            "X[3, 1]: 1 of the numbers are not finite; the first is nan.",
        ),
        (FLOWERS.astype(str) + "cm", SPECIES, "X: these are no numbers in rows of one length."),
        ([[1, 2], [3]], SPECIES[:2], "X: these are no numbers in rows of one length."),
        (Sparse(), SPECIES, "X: this is sparse; a sheet has every number. Write X.toarray()."),
        (FLOWERS[:0], SPECIES[:0], "X: it is empty: its shape is (0, 2)."),
        (
            FLOWERS,
            SPECIES.replace("setosa", "rosa"),
            "y[0]: the model does not know the class 'rosa'. The classes are 'setosa',",
        ),
        (FLOWERS, np.eye(12), "y: a class for each example is needed, but the shape is (12, 12)."),
        (FLOWERS * 1e10, SPECIES, "is too large to learn from"),
        (np.zeros((100_001, 2)), SPECIES, "X: it has 100,001 examples; 100,000 are allowed."),
    ],
)
def test_examples_that_cannot_be_read_are_refused(X: Any, y: Any, words: str) -> None:
    assert words in refused(MODEL, X, y)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    told = refused(MODEL, FLOWERS.iloc[:, :1], SPECIES.replace("setosa", "rosa"))
    assert told.splitlines()[0] == "MLPClassifier"
    assert "X: the network has 2 inputs" in told
    assert "y[0]: the model does not know" in told


def test_a_scaler_of_other_examples_is_refused() -> None:
    model = make_pipeline(StandardScaler(), MLPClassifier((2,), max_iter=5)).fit(FLOWERS, SPECIES)
    assert "its scaler was fitted with other examples" in refused(model, FLOWERS[:6], SPECIES[:6])


@pytest.mark.parametrize(
    ("hidden", "words"), [((300, 40), "a sheet has 16,384"), ((90,), "80 are allowed in one formula")]
)
def test_a_network_that_no_sheet_holds_is_refused(hidden: tuple[int, ...], words: str) -> None:
    model = MLPClassifier(hidden, max_iter=1).fit(FLOWERS, SPECIES)
    assert words in refused(model, FLOWERS, SPECIES)


def test_more_rows_than_a_sheet_has_are_refused() -> None:
    assert "Use at most" in refused(MODEL, FLOWERS, SPECIES, epochs=200_000)


def test_weights_that_are_no_numbers_are_refused() -> None:
    model = deepcopy(MODEL)
    model.coefs_[1][0, 2] = np.nan
    assert "model.coefs_[1][0, 2]: 1 of the numbers are not finite" in refused(model, FLOWERS, SPECIES)


def test_a_loss_that_is_not_here_is_refused() -> None:
    model = deepcopy(MODEL)
    model.out_activation_ = "exp"  # of a regressor for counts
    assert 'model.out_activation_: there is no activation "exp" here.' in refused(model, FLOWERS, SPECIES)


def test_neither_library_is_imported() -> None:
    code = "import sys, xlbackprop; xlbackprop.lesson_of; print([n for n in ('sklearn', 'torch', 'keras') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
