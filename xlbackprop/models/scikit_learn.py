"""A fitted multi-layer perceptron of scikit-learn → a lesson that begins where the model is and trains on as it would.

The rules are those of scikit-learn's own `fit` with `warm_start=True`, in which an optimizer begins anew: the gradient
of a batch of m examples is the mean over them, with α·w/m of each weight, not of biases, in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from xlbackprop.errors import InputError, Problem
from xlbackprop.lesson import MAX_EXPANDED_WEIGHTS, Lesson
from xlbackprop.models.arrays import array_of, is_single, names_of, numbers_of
from xlbackprop.models.examples import Examples, as_long, inputs_of, names_of_classes, one_hot, targets_of
from xlbackprop.models.lesson_text import DATA_FILE, TrainedLayer, TrainedNetwork, default_epochs, lesson_of_network
from xlbackprop.models.scalers import TRANSFORMED, scale_of, scaler_and_network

# By the names that scikit-learn has for them. The loss follows from the outputs' activation.
ACTIVATIONS = {"identity": "identity", "logistic": "sigmoid", "tanh": "tanh", "relu": "ReLU", "softmax": "softmax"}
LOSSES = {
    "identity": "half squared error",
    "logistic": "binary cross-entropy",
    "softmax": "categorical cross-entropy",
}
SMALLEST_BATCH = 200  # that "auto" makes of more examples
LARGEST_BETA = 0.9999  # of our Adam


class Training(NamedTuple):
    """What [training] says, and in sentences where it differs from the model's own."""

    table: dict[str, Any]
    notes: tuple[str, ...]


def lesson_of(
    model: Any, X: Any, y: Any, *, epochs: int | None = None, title: str = "", data_file: str = DATA_FILE
) -> Lesson:
    """Return the lesson of a fitted MLPClassifier or MLPRegressor of scikit-learn, with these examples.

    `X` (examples, inputs) is what the model receives, and `y` the answers, as `fit` takes them; the names of a
    DataFrame's columns and of classes are kept. A pipeline of a StandardScaler or MinMaxScaler and such a model becomes
    a lesson that scales. In epoch 0 the outputs are those of `predict_proba`, of two classes that of the second, or of
    `predict`. `epochs` is the last one; 0 is a forward and a backward pass and no update. `data_file` is the name of
    the CSV file that `write_lesson` puts beside the lesson file. Raises InputError with every problem at once, as of a
    model that is not fitted or a network that no sheet can hold.
    """
    scaler, perceptron = scaler_and_network(model)
    origin = type(perceptron).__name__
    if problem := _not_a_fitted_network(perceptron):
        raise InputError(origin, [problem])
    problems: list[Problem] = []
    layers = _layers(perceptron, problems)
    if problems:
        raise InputError(origin, problems)
    examples = _examples(model, perceptron, X, y, problems)
    examples = examples._replace(scale=scale_of(scaler, examples.inputs, problems))
    if problems:
        raise InputError(origin, problems)
    network = TrainedNetwork(layers, LOSSES[perceptron.out_activation_], {}, origin, title)
    training = _training(perceptron, network, len(examples.inputs), epochs)
    notes = (*_beginning(perceptron, examples), *training.notes)
    return lesson_of_network(network._replace(training=training.table, notes=notes), examples, data_file)


# ------------------------------------------------------------------------------------------------------------ the model


def _not_a_fitted_network(model: Any) -> Problem | None:
    """Return why this is no network that can be read, and what to give instead; None where it is one."""
    if hasattr(model, "steps"):
        what = "this is a pipeline of other steps than one that scales and the network."
        return Problem("model", what, TRANSFORMED)
    if hasattr(model, "best_estimator_"):
        return Problem(
            "model", "this is a search; the network is the best that it found.", "Give model.best_estimator_."
        )
    if not hasattr(model, "hidden_layer_sizes"):
        hint = "Networks of other libraries: lesson_of_layers takes weights, biases and activations."
        return Problem("model", "an MLPClassifier or MLPRegressor of scikit-learn is needed.", hint)
    if not hasattr(model, "coefs_"):
        return Problem("model", "it is not fitted; there are no weights yet.", "Call model.fit(X, y) first.")
    for attribute, known in (("activation", ACTIVATIONS), ("out_activation_", LOSSES)):
        if getattr(model, attribute) not in known:
            what = f'there is no activation "{getattr(model, attribute)}" here.'
            return Problem(f"model.{attribute}", what, f"Known here: {', '.join(known)}.")
    return None


def _layers(model: Any, problems: list[Problem]) -> tuple[TrainedLayer, ...]:
    activations = [*[model.activation] * (len(model.coefs_) - 1), model.out_activation_]
    layers = []
    for index, (weights, biases) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        of_layer = numbers_of(weights, f"model.coefs_[{index}]", (2,), problems)
        offsets = numbers_of(biases, f"model.intercepts_[{index}]", (1,), problems)
        if of_layer is not None and offsets is not None:  # scikit-learn has a row for each source
            layers.append(TrainedLayer(of_layer.T, offsets, ACTIVATIONS[activations[index]]))
    return tuple(layers)


def _examples(model: Any, perceptron: Any, X: Any, y: Any, problems: list[Problem]) -> Examples:
    sources, outputs = perceptron.coefs_[0].shape[0], perceptron.coefs_[-1].shape[1]
    inputs, input_names = inputs_of(X, sources, [*getattr(model, "feature_names_in_", ())], problems)
    class_names: tuple[str, ...] = ()
    target_names: tuple[str, ...] = ()
    if not hasattr(perceptron, "classes_"):
        targets, target_names = targets_of(y, outputs, problems), names_of(y)
    elif _has_labels(perceptron, outputs):
        targets, target_names = targets_of(y, outputs, problems), _names_of_labels(perceptron, y)
    else:
        targets = _classes(perceptron, y, outputs, problems)
        class_names = names_of_classes(perceptron.classes_.tolist(), y)
    as_long(inputs, targets, problems)
    return Examples(inputs, targets, input_names, target_names, class_names)


def _has_labels(model: Any, outputs: int) -> bool:
    """Return whether an example may have several labels at once: then y has a column of 0 and 1 for each."""
    return outputs > 1 and bool(model.out_activation_ == "logistic")


def _names_of_labels(model: Any, y: Any) -> tuple[str, ...]:
    return names_of(y) or tuple(f"label {label}" for label in model.classes_)


def _classes(model: Any, y: Any, outputs: int, problems: list[Problem]) -> np.ndarray:
    """Return the targets of classes; one that the model does not know is noted as a problem."""
    known = model.classes_.tolist()
    given = array_of(y)
    if given.ndim == 2 and given.shape[1] == 1:
        given = given[:, 0]
    if given.ndim != 1 or not given.size:
        what = f"a class for each example is needed, but the shape is {given.shape}."
        problems.append(Problem("y", what, f"The classes are {_listed(known)}."))
        return np.empty((0, outputs))
    places = {label: place for place, label in enumerate(known)}
    labels = given.tolist()
    for index, label in enumerate(labels):
        if label not in places:
            hint = f"The classes are {_listed(known)}."
            problems.append(Problem(f"y[{index}]", f"the model does not know the class {label!r}.", hint))
            return np.empty((0, outputs))
    return one_hot(np.array([places[label] for label in labels]), outputs)


def _listed(classes: Sequence[Any]) -> str:
    shown = ", ".join(map(repr, classes[:10]))
    return f"{shown}, …" if len(classes) > 10 else shown


# --------------------------------------------------------------------------------------------------------- the training


def _training(model: Any, network: TrainedNetwork, examples: int, epochs: int | None) -> Training:
    """Return the training that goes on as the model's would, or else the nearest that is here."""
    rule, notes = _optimizer(model)
    batch = min(SMALLEST_BATCH, examples) if model.batch_size == "auto" else min(model.batch_size, examples)
    table: dict[str, Any] = {**rule, "learning_rates": [model.learning_rate_init]}
    table["epochs"] = default_epochs(examples, network.weight_count) if epochs is None else epochs
    table["batch"] = "all" if batch == examples else batch
    if model.alpha:
        fits = network.weight_count <= MAX_EXPANDED_WEIGHTS
        table |= {"weight_decay": model.alpha / batch, "weight_decay_in_loss": fits}
        notes += () if fits else ("The penalty alpha acts in the update, and E_Total is without it.",)
        if examples % batch:
            notes += (
                "The last batch of an epoch is smaller; the model would divide alpha by its size, this does not.",
            )
    if batch < examples and model.shuffle:
        notes += (f"Batches of {batch} follow the order of the examples, which the model would shuffle.",)
    if getattr(model, "early_stopping", False):
        notes += (
            "With early_stopping the model learnt from a part of its examples; here all of these are learnt from.",
        )
    return Training(table, notes)


def _optimizer(model: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the optimizer with its settings, and a note where it is another than the model's or has been at work."""
    anew = (
        "It begins anew, as fit does with warm_start=True: what it kept of steps before is not in the model's weights."
    )
    plain: dict[str, Any] = {"optimizer": "gradient descent"}
    if model.solver == "sgd" and model.learning_rate == "constant":
        if model.momentum == 0.0:
            return plain, ("Then it goes on training by the model's own rule.",)
        name = "Nesterov momentum" if model.nesterovs_momentum else "classical momentum"
        return {"optimizer": name, "momentum": model.momentum}, (f"Then it goes on training by {name}. {anew}",)
    if model.solver == "adam" and max(model.beta_1, model.beta_2) <= LARGEST_BETA:
        settings = {"beta1": model.beta_1, "beta2": model.beta_2, "epsilon": model.epsilon}
        return {"optimizer": "Adam with epsilon hat", **settings}, (f"Then it goes on training by Adam. {anew}",)
    own = f'solver="{model.solver}"' + (f', learning_rate="{model.learning_rate}"' if model.solver == "sgd" else "")
    return plain, (f"The model's own training ({own}) is not here; it goes on by plain gradient descent.",)


def _beginning(model: Any, examples: Examples) -> tuple[str, ...]:
    """Return what the workbook shows before anything is learnt, in sentences."""
    if not hasattr(model, "classes_"):
        what = "predict"
    elif examples.targets.shape[1] == 1:
        what = f"predict_proba, the probability of the class {model.classes_[1]}"
    else:
        what = "predict_proba"
    notes: tuple[str, ...] = (
        f"A trained {type(model).__name__} of scikit-learn. In epoch 0 its outputs are those of {what}.",
    )
    if is_single(model.coefs_[0]):
        notes += ("The model computes in single precision, this in double: they agree to about six digits.",)
    if not hasattr(model, "classes_") and examples.targets.shape[1] > 1:
        notes += ("E_Total adds up the outputs; the model's loss_ is their mean, its gradients those of the sum.",)
    return notes
