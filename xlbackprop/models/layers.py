"""A network as a list of layers (weights, biases, activation), as PyTorch and Keras hold them → a lesson."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from xlbackprop.errors import InputError, Problem
from xlbackprop.lesson import Lesson, cure_of_choice, means
from xlbackprop.models.arrays import array_of, is_single, names_of, numbers_of
from xlbackprop.models.examples import Examples, as_long, inputs_of, one_hot, targets_of
from xlbackprop.models.lesson_text import DATA_FILE, TrainedLayer, TrainedNetwork, default_epochs, lesson_of_network
from xlbackprop.network import ACTIVATIONS, JOINT_ACTIVATIONS

UNITS, SOURCES = ROWS = ("units", "sources")  # what a row of weights belongs to
KNOWN = (*ACTIVATIONS, *JOINT_ACTIVATIONS)
ORIGIN = "the layers"


def lesson_of_layers(
    layers: Sequence[tuple[Any, Any, str | Mapping[str, Any]]],
    X: Any,
    y: Any,
    *,
    rows: str,
    loss: str,
    training: Mapping[str, Any] | None = None,
    output_names: Sequence[str] = (),
    title: str = "",
    data_file: str = DATA_FILE,
) -> Lesson:
    """Return the lesson of a network whose layers are (weights, biases or None, activation), the outputs last.

    `rows` tells what a row of weights belongs to: "units", shape (units, sources), as PyTorch's `Linear.weight` has it,
    or "sources", shape (sources, units), as the kernel of a Keras `Dense` has it. An activation is a name of
    `xlbackprop parts`, or another name of the field for it; with a parameter {"name": "leaky ReLU", "slope": 0.2}.
    `X` (examples, inputs) is what the network receives. `y` (examples, outputs) is what it should answer; behind a
    softmax it may be the places of the classes, counted from 0. `output_names` names outputs, or classes. `loss` and
    the keys of `training` are those of a lesson file ("optimizer", "learning_rates", "epochs", …). `data_file` is as
    in `lesson_of`. Raises InputError with every problem at once.
    """
    if rows not in ROWS:
        hint = f'Write rows="{UNITS}" for PyTorch (units, sources), rows="{SOURCES}" for Keras (sources, units).'
        raise InputError(ORIGIN, [Problem("rows", f"it cannot be {rows!r}: what a row of weights belongs to.", hint)])
    problems: list[Problem] = []
    read = [_layer(layer, f"layers[{index}]", rows, problems) for index, layer in enumerate(layers)]
    known = tuple(layer for layer in read if layer is not None)
    if not read:
        problems.append(Problem("layers", "there is none; at least one is needed."))
    elif len(known) == len(read):
        inputs = array_of(X).shape
        problems += _chain_problems(known, inputs[1] if len(inputs) == 2 else None, rows)
    problems += _problems_of_training(training or {})
    if problems:
        raise InputError(ORIGIN, problems)
    examples = _examples(known, X, y, output_names, problems)
    if problems:
        raise InputError(ORIGIN, problems)
    network = TrainedNetwork(known, loss, {}, ORIGIN, title, _notes(layers))
    told = {"learning_rates": [0.1], "epochs": default_epochs(len(examples.inputs), network.weight_count)}
    return lesson_of_network(network._replace(training={**told, **(training or {})}), examples, data_file)


def _problems_of_training(training: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what no lesson file can say; the rest is checked as of any lesson."""
    for key, value in training.items():
        if not key.isidentifier() or not isinstance(value, str | int | float | np.generic | list | tuple | Mapping):
            what = f"a number, a text or a list is needed, but this is {type(value).__name__}."
            yield Problem(f"training.{key}", what, "Leave it out for what is assumed.")


def _notes(layers: Sequence[tuple[Any, Any, Any]]) -> tuple[str, ...]:
    notes: tuple[str, ...] = (
        "A trained network. In epoch 0 it answers as it was trained; then it goes on training from there.",
    )
    if any(is_single(weights) for weights, _, _ in layers):
        notes += ("Its weights are of single precision, and this computes in double: they agree to about six digits.",)
    return notes


# ----------------------------------------------------------------------------------------------------------- the layers


def _layer(layer: Any, place: str, rows: str, problems: list[Problem]) -> TrainedLayer | None:
    """Return a layer with a row of weights for each unit; note what is wrong, and return None."""
    if not isinstance(layer, tuple | list) or len(layer) != 3:
        what = "a layer is (weights, biases, activation); without biases the second is None."
        problems.append(Problem(place, what))
        return None
    before = len(problems)
    weights = numbers_of(layer[0], f"{place}, weights", (2,), problems)
    biases = None if layer[1] is None else numbers_of(layer[1], f"{place}, biases", (1,), problems)
    activation = _activation(layer[2], f"{place}, activation", problems)
    if weights is None or len(problems) > before:
        return None
    if rows == SOURCES:
        weights = weights.T
    if biases is not None and len(biases) != len(weights):
        what = f"there are {len(biases):,} biases, but weights for {_count(len(weights), 'unit')} ({_rows_told(rows)})."
        other = len(biases) == weights.shape[1]
        problems.append(Problem(f"{place}, biases", what, _other_way(rows) if other else "Each unit has one."))
        return None
    return TrainedLayer(weights, biases, activation)


def _activation(told: Any, place: str, problems: list[Problem]) -> str | Mapping[str, Any]:
    """Return an activation as a lesson file names it."""
    word = told.get("name", "") if isinstance(told, Mapping) else told
    found = [name for name in KNOWN if means("activation", word, name)]
    if len(found) != 1:
        shown = word if isinstance(word, str) else type(word).__name__
        cure = cure_of_choice("activation", shown, KNOWN)
        problems.append(Problem(place, f'there is no activation "{shown[:40]}" here.', cure))
        return "identity"
    return {**told, "name": found[0]} if isinstance(told, Mapping) else found[0]


def _chain_problems(layers: Sequence[TrainedLayer], inputs: int | None, rows: str) -> list[Problem]:
    """Return the layers that do not take what the layer before gives; `inputs` is None where X tells no number."""
    problems = []
    given = inputs
    of_whom = "X has"
    for index, layer in enumerate(layers):
        units, sources = layer.weights.shape
        if given is not None and sources != given:
            what = f"its weights are for {_count(sources, 'source')} ({_rows_told(rows)}), but {of_whom} {given:,}."
            turned = given == units and (index == len(layers) - 1 or layers[index + 1].weights.shape[0] == sources)
            problems.append(Problem(f"layers[{index}]", what, _other_way(rows) if turned else ""))
        given, of_whom = units, f"layers[{index}] has"
    return problems


def _rows_told(rows: str) -> str:
    return f'rows="{rows}"'


def _other_way(rows: str) -> str:
    other, of_whom = (SOURCES, "Keras") if rows == UNITS else (UNITS, "PyTorch")
    return f'Write rows="{other}", as {of_whom} has them?'


def _count(number: int, of_what: str) -> str:
    return f"{number:,} {of_what}{'s' * (number != 1)}"


# --------------------------------------------------------------------------------------------------------- the examples


def _examples(
    layers: Sequence[TrainedLayer],
    X: Any,
    y: Any,
    output_names: Sequence[str],
    problems: list[Problem],
) -> Examples:
    outputs, joint = len(layers[-1].weights), layers[-1].activation_name in JOINT_ACTIVATIONS
    inputs, names = inputs_of(X, layers[0].weights.shape[1], (), problems)
    if joint and array_of(y).ndim == 1 and outputs > 1:
        targets = _places(y, outputs, problems)
    else:
        targets = targets_of(y, outputs, problems)
    as_long(inputs, targets, problems)
    are_classes = joint or (outputs == 1 and len(output_names) == 2)
    class_names = tuple(output_names) if are_classes else ()
    return Examples(inputs, targets, names, () if class_names else tuple(output_names) or names_of(y), class_names)


def _places(y: Any, outputs: int, problems: list[Problem]) -> np.ndarray:
    """Return the targets of classes that are told by their places."""
    places = numbers_of(y, "y", (1,), problems)
    if places is None:
        return np.empty((0, outputs))
    wrong = [place for place in places.tolist() if place not in range(outputs)]
    if wrong:
        what = f"a class is a whole number from 0 to {outputs - 1}, or a row of targets, but one is {wrong[0]:g}."
        problems.append(Problem("y", what))
        return np.empty((0, outputs))
    return one_hot(places.astype(int), outputs)
