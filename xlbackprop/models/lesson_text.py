"""A trained network with its examples → the text of a lesson file, and the `Lesson` that it describes.

All that a workbook of the network needs goes through that text, so a teacher can edit it, and the checks are those of
every lesson. Numbers are written with all their digits and read back as they are.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from xlbackprop.errors import InputError, Problem
from xlbackprop.lesson import Lesson, read_lesson, toml_text
from xlbackprop.machine import whole_files
from xlbackprop.workbook import MAX_COLUMNS

if TYPE_CHECKING:
    from xlbackprop.models.examples import Examples

DATA_FILE = "examples.csv"
MOST_EPOCHS, MOST_NUMBERS = 20, 1_000_000  # of a run, where the caller does not say how many epochs
_WIDTH = 110
_LINE = re.compile(r"line \d+, ")


class TrainedLayer(NamedTuple):
    """The weights (units, sources) and biases (units,) of a layer; no biases where it has none.

    `activation` is as a lesson file has it: "tanh", or {"name": "leaky ReLU", "slope": 0.2}.
    """

    weights: np.ndarray
    biases: np.ndarray | None
    activation: str | Mapping[str, Any]

    @property
    def activation_name(self) -> str:
        """The name of the activation without its parameters."""
        return self.activation if isinstance(self.activation, str) else str(self.activation["name"])


class TrainedNetwork(NamedTuple):
    """A network and its training; `training` has the keys of [training], `origin` says whose it is."""

    layers: tuple[TrainedLayer, ...]
    loss: str
    training: Mapping[str, Any]
    origin: str
    title: str = ""
    notes: tuple[str, ...] = ()

    @property
    def sizes(self) -> tuple[int, ...]:
        """(inputs, units of layer 1, …, outputs)."""
        return (self.layers[0].weights.shape[1], *(len(layer.weights) for layer in self.layers))

    @property
    def weight_count(self) -> int:
        """The number of weights, without biases."""
        return sum(layer.weights.size for layer in self.layers)


def lesson_of_network(network: TrainedNetwork, examples: Examples, data_file: str) -> Lesson:
    """Return the lesson of a trained network. Raises InputError with every problem, as of a size that no sheet has."""
    text = "\n".join(_lines(network, examples, data_file)) + "\n"
    try:
        return read_lesson(text, network.origin, data=examples.csv_text)
    except InputError as error:
        # nobody has seen the lines yet
        problems = [problem._replace(place=_LINE.sub("", problem.place)) for problem in error.problems]
        raise InputError(network.origin, problems) from None


def default_epochs(examples: int, weights: int) -> int:
    """Return the last epoch of a lesson that does not say it: one at least, of large networks and data few."""
    return min(MOST_EPOCHS, max(1, MOST_NUMBERS // (4 * weights * examples) - 1))


def write_lesson(lesson: Lesson, path: Path) -> None:
    """Write the lesson file (`path` ends in .toml), and the file of examples that it names beside it.

    Raises InputError where one of them is there already (neither is written then), OSError where it cannot be written.
    """
    if path.suffix.lower() != ".toml":
        raise InputError(str(path), [Problem("", "the name of a lesson file ends in .toml.")])
    files = {path: lesson.text.encode()}
    if lesson.data_file:
        files[path.with_name(lesson.data_file)] = lesson.data_text.encode()
    try:
        with whole_files(*files, fresh=True) as streams:
            for stream, content in zip(streams, files.values(), strict=True):
                stream.write(content)
    except FileExistsError:
        what = "there is a file of this name; it is left as it is."
        taken = [Problem(str(file), what, "Choose another name.") for file in files if file.exists()]
        raise InputError(str(path), taken) from None


# ----------------------------------------------------------------------------------------------------------- the text


def _lines(network: TrainedNetwork, examples: Examples, data_file: str) -> Iterator[str]:
    """Yield the lines of the lesson file."""
    sizes = "-".join(map(str, network.sizes))
    yield f"# A lesson for xlbackprop, made of a trained network ({network.origin}). Its numbers have all their digits."
    yield '# "xlbackprop parts" lists what can be written in the place of each name.'
    yield ""
    yield f"title = {_toml(network.title or f'A trained {sizes} network')}"
    yield f"introduction = {_toml(' '.join(network.notes))}"
    yield from ("", "[network]", f"loss = {_toml(network.loss)}")
    for number, layer in enumerate(network.layers, start=1):
        yield from ("", f"[[network.layers]]  # {_words(number, len(network.layers))}", f"units = {len(layer.weights)}")
        yield f"activation = {_toml(layer.activation)}"
        if network.weight_count <= MAX_COLUMNS:  # more fit no sheet, which is said without them
            yield from _list("weights", [_wrapped(row) for row in layer.weights])
        if layer.biases is not None:
            yield f"biases = {_wrapped(layer.biases)}"
    yield from ("", "[data]", f"file = {_toml(data_file)}", f"target_columns = {_toml(examples.target_headers)}")
    yield from (f"{key} = {_toml(value)}" for key, value in examples.told.items())
    yield from ("", "[training]")
    yield from (f"{key} = {_toml(value)}" for key, value in network.training.items())


def _words(layer: int, layers: int) -> str:
    return "the output layer" if layer == layers else f"hidden layer {layer}"


def _list(key: str, rows: Sequence[str]) -> Iterator[str]:
    yield f"{key} = ["
    yield from (f"  {row}," for row in rows)
    yield "]"


def _wrapped(numbers: np.ndarray) -> str:
    """Return a list of numbers on lines that an editor shows, and a cell of the workbook holds."""
    return "\n    ".join(textwrap.wrap(toml_text(numbers.tolist()), _WIDTH, break_on_hyphens=False))


def _toml(value: Any) -> str:
    """Return a value of a lesson file as it stands there; numbers and truths may be NumPy's."""
    match value:
        case bool() | np.bool_():
            return "true" if value else "false"
        case np.generic():
            return _toml(value.item())
        case Mapping():
            return f"{{ {', '.join(f'{key} = {_toml(item)}' for key, item in value.items())} }}"
        case list() | tuple() | np.ndarray():
            return f"[{', '.join(map(_toml, value))}]"
        case _:
            return toml_text(value)
