"""Examples as arrays, X and y → rows of inputs and targets with their names, and the CSV text of a lesson."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from xlbackprop.errors import Problem
from xlbackprop.lesson import LONGEST_NAME, MAX_EXAMPLES, has_classes
from xlbackprop.models.arrays import names_of, numbers_of

LONGEST_HEADER = 200  # characters; a sheet shows the first 60


class Examples(NamedTuple):
    """Inputs and targets, arrays (examples, inputs) and (examples, outputs), and their names; these may be missing.

    `scale` is how the network receives the inputs, as in `Lesson`. `class_names` has a name for each of several
    outputs, or for 0 and 1 of a single one, where the targets are classes.
    """

    inputs: np.ndarray
    targets: np.ndarray
    input_names: tuple[str, ...] = ()
    target_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    scale: str = ""

    @property
    def input_headers(self) -> tuple[str, ...]:
        """The headers of the inputs in the CSV text: their names, or i1, i2, …"""
        return self.input_names or tuple(f"i{number + 1}" for number in range(self.inputs.shape[1]))

    @property
    def target_headers(self) -> tuple[str, ...]:
        """The headers of the targets: t1, t2, …, other than those of the inputs."""
        letter = "t"
        while any(header.startswith(letter) and header[len(letter) :].isdigit() for header in self.input_headers):
            letter += "t"
        return tuple(f"{letter}{number + 1}" for number in range(self.targets.shape[1]))

    @property
    def csv_text(self) -> str:
        """A header row, and a row for each example, every number with all its digits."""
        stream = io.StringIO()
        writer = csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
        writer.writerow([*self.input_headers, *self.target_headers])
        writer.writerows(np.hstack([self.inputs, self.targets]).tolist())
        return stream.getvalue()

    @property
    def told(self) -> dict[str, object]:
        """What [data] says beside the names of file and columns."""
        classes, names = _lines(self.class_names), _lines(self.target_names)
        if classes and not has_classes(tuple(map(tuple, self.targets.tolist()))):  # shares, or all of one class
            both = ", ".join(f"{number}: {name}" for number, name in enumerate(classes))
            classes, names = (), classes if self.targets.shape[1] > 1 else _lines([both])
        told = {"class_names": classes, "target_names": names, "scale": self.scale}
        return {key: value for key, value in told.items() if value}


def inputs_of(
    X: Any, sources: int, known: Sequence[str], problems: list[Problem]
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the inputs (examples, sources) and their names; `known` are those that the network was trained with.

    What is wrong is noted as problems; then the array is empty.
    """
    inputs, names = numbers_of(X, "X", (2,), problems), names_of(X)
    nothing = np.empty((0, sources)), ()
    if inputs is None:
        return nothing
    if inputs.shape[1] != sources:
        what = f"the network has {sources:,} inputs, but X has {inputs.shape[1]:,} columns."
        problems.append(Problem("X", what, "Give the columns that it was trained with."))
        return nothing
    if len(inputs) > MAX_EXAMPLES:
        problems.append(
            Problem("X", f"it has {len(inputs):,} examples; {MAX_EXAMPLES:,} are allowed.", "X[:100], y[:100]")
        )
        return nothing
    if names and known and names != (*known,):
        what = "its columns are not those that the model was fitted with, or not in their order."
        problems.append(Problem("X", what, "Write X[model.feature_names_in_]."))
    names = _lines(names or known, LONGEST_HEADER)
    if twice := next((name for name in names if names.count(name) > 1), ""):
        problems.append(Problem("X", f'two columns are named "{twice}".', "Rename one."))
    return inputs, names


def _lines(names: Iterable[str], longest: int = LONGEST_NAME) -> tuple[str, ...]:
    """Return names as one line each, of no more characters than `longest`."""
    lines = (" ".join(name.split()) for name in names)
    return tuple(line if len(line) <= longest else f"{line[: longest - 1]}…" for line in lines)


def targets_of(y: Any, outputs: int, problems: list[Problem]) -> np.ndarray:
    """Return targets that are numbers, (examples, outputs); of a single output y may have one dimension.

    What is wrong is noted as a problem; then the array is empty.
    """
    targets = numbers_of(y, "y", (1, 2), problems)
    if targets is None:
        return np.empty((0, outputs))
    targets = targets.reshape(len(targets), -1)
    if targets.shape[1] != outputs:
        what = f"the network has {outputs:,} outputs, but y has {targets.shape[1]:,} for each example."
        problems.append(Problem("y", what, "Give a column for each output."))
        return np.empty((0, outputs))
    return targets


def one_hot(places: np.ndarray, outputs: int) -> np.ndarray:
    """Return targets of classes, given by their places from 0: (examples, outputs), a 1 in each row.

    Of a single output the target is the place itself: 0 or 1.
    """
    return places[:, None].astype(np.float64) if outputs == 1 else np.eye(outputs)[places]


def names_of_classes(classes: Sequence[Any], y: Any) -> tuple[str, ...]:
    """Return the names of classes: texts as they are, numbers behind the name of y, "digit 0"; none for 0 and 1."""
    if [*classes] == [0, 1]:
        return ()
    (column,) = names_of(y)[:1] or ("class",)
    return _lines(one if isinstance(one, str) else f"{column} {one}" for one in classes)


def as_long(inputs: np.ndarray, targets: np.ndarray, problems: list[Problem]) -> None:
    """Note a problem where there are not as many targets as inputs."""
    if len(inputs) and len(targets) and len(inputs) != len(targets):
        what = f"it has {len(targets):,} examples, but X has {len(inputs):,}."
        problems.append(Problem("y", what, "Each example needs both."))
