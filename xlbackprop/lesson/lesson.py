"""A lesson: what a teacher described in a TOML file, checked. `lesson_file` reads it.

A lesson is one set of examples and one or more *runs*; each trains a network on them and gets a sheet. The numbers that
a teacher typed have names ("w1", "learning rate 2") under which `Inputs` and `Data` show them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from xlbackprop.lesson.credits import Credits
from xlbackprop.lesson.limits import table_columns
from xlbackprop.network import (
    Bias,
    Constant,
    Datum,
    Given,
    Gradient,
    Input,
    LearningRate,
    Naming,
    NetInput,
    Output,
    Quantity,
    Recipe,
    Target,
    Weight,
)

# Ways to scale the inputs: (x − mean)/deviation, and (x − lowest)/(highest − lowest).
SCALES = STANDARD, ZERO_TO_ONE = "standard", "0 to 1"


class Experiment(NamedTuple):
    """One of the things to try: a question, what a reader will expect, and what to turn."""

    question: str
    prediction: str
    knob: str


class Show(NamedTuple):
    """What a reader sees first: run, epoch and example, by their numbers from 0; None where the lesson does not say."""

    run: int | None = None
    epoch: int = 0
    example: int | None = None


FORWARD, OUTPUT, HIDDEN, ALL = LEVELS = ("forward", "output", "hidden", "all")
LOSS, UPDATES = "loss", "updates"
PARTS = (FORWARD, LOSS, OUTPUT, HIDDEN, UPDATES)  # of an exercise, that may have points of their own


class ExerciseChoice(NamedTuple):
    """What an exercise on the lesson asks for: one of LEVELS, and how many rows it has; None where it does not say.

    `points` has how many points each of PARTS gets, none at all where each answer counts alike; `typed` is the share of
    them that a right number gets which is typed where a formula belongs.
    """

    level: str = ALL
    rows: int | None = None
    points: tuple[tuple[str, float], ...] = ()
    typed: float = 0.0


@dataclass(frozen=True, slots=True)
class Run:
    """A network that is trained, and the numbers that it starts from; `name` is that of its sheet.

    `parameters` are the starting values in the order of `Naming.parameters`: weights, then biases. `constants` are the
    values of `recipe.constants`.
    """

    name: str
    recipe: Recipe
    learning_rate: float
    parameters: tuple[float, ...]
    constants: tuple[float, ...] = ()

    @property
    def naming(self) -> Naming:
        """The names of this network's numbers."""
        return self.recipe.naming

    @property
    def start(self) -> tuple[object, ...]:
        """What makes two runs share their starting values on `Inputs`: the same network shape, the same numbers."""
        return (self.naming, self.parameters)


@dataclass(frozen=True)  # without slots: what follows from it is computed once and kept
class Lesson:
    """A checked lesson.

    `inputs` and `targets` hold a row for each example; the last `held_back` of them are not trained on. `scale` is one
    of SCALES, or "" where the network receives the inputs as they are typed.
    `by_rate` tells that the runs differ in nothing but their learning rate. `text` is the lesson file as it was read,
    `data_file` and `data_text` the file of examples that it names, if any; `options` what the command line changed, as
    it was said there; `credits` whose the lesson is; `show` what a reader sees first; `input_names` the headers of the
    columns of that file that are inputs; `exercise` what a student fills in. `own_names` maps our names to those that
    things have outside, in the order in which a reader meets them: (("i1", "sepal length"), ("w1", "w13"), …); see
    `own_name`. Where the examples were shuffled, `order` is where each of them stood before, counted from 0.
    """

    title: str
    introduction: str
    runs: tuple[Run, ...]
    inputs: tuple[tuple[float, ...], ...]
    targets: tuple[tuple[float, ...], ...]
    held_back: int
    epochs: int
    by_rate: bool
    experiments: tuple[Experiment, ...]
    corrected_source: str
    corrections: tuple[str, ...]
    text: str
    data_file: str = ""
    data_text: str = ""
    options: tuple[tuple[str, str], ...] = ()
    credits: Credits = Credits()  # noqa: RUF009 -- it cannot be changed
    show: Show = Show()  # noqa: RUF009 -- nor this
    input_names: tuple[str, ...] = ()
    own_names: tuple[tuple[str, str], ...] = ()
    scale: str = ""
    order: tuple[int, ...] = ()
    exercise: ExerciseChoice = ExerciseChoice()  # noqa: RUF009

    @property
    def single(self) -> bool:
        """Whether there is one example only."""
        return len(self.inputs) == 1

    @property
    def examples(self) -> int:
        """How many examples are trained on."""
        return len(self.inputs) - self.held_back

    @property
    def inputs_as_read(self) -> tuple[tuple[float, ...], ...]:
        """The inputs in the order in which they were read, before they were shuffled."""
        read = sorted(zip(self.order or range(len(self.inputs)), self.inputs, strict=True))
        return tuple(row for _, row in read)

    @property
    def rows(self) -> int:
        """Rows of a run's table."""
        return self.runs[0].recipe.rows

    @property
    def cells(self) -> int:
        """How many cells the tables of all runs have."""
        return sum(run.recipe.rows * table_columns(run.recipe) for run in self.runs)

    def given(self, run: int) -> dict[Given, float]:
        """Return the typed numbers that a run starts from."""
        return {given: self.typed[name] for given, name in self.given_names[run].items()}

    @cached_property
    def given_names(self) -> tuple[Mapping[Given, str], ...]:
        """For each run, a mapping from the numbers that it starts from to their names: its first weight → "w1"."""
        name = self.runs[0].naming.name
        data = {given: name(given) for given, _ in self.data()}
        tables = []
        for index, run in enumerate(self.runs):
            names: dict[Given, str] = {Given(LearningRate()): rate_name(index)}
            names |= {Given(Constant(name)): f"{name}, run {index + 1}" for name in run.recipe.constants}
            names |= data
            sharing = self.sharing(index)
            ending = "" if len(sharing) == len(self.runs) else f" of {self.runs[sharing[0]].name}"
            names |= {Given(of): run.naming.name(of) + ending for of in run.naming.parameters()}
            tables.append(names)
        return tuple(tables)

    @cached_property
    def typed(self) -> Mapping[str, float]:
        """Every typed number under the name that it has on `Inputs` and `Data`: i1, w1, "learning rate 1"."""
        name = self.runs[0].naming.name
        numbers = {name(given): value for given, value in self.data()}
        for run, names in zip(self.runs, self.given_names, strict=True):
            numbers |= zip((names[Given(of)] for of in run.naming.parameters()), run.parameters, strict=True)
        numbers |= {rate_name(index): run.learning_rate for index, run in enumerate(self.runs)}
        for run, names in zip(self.runs, self.given_names, strict=True):
            numbers |= zip((names[Given(Constant(name))] for name in run.recipe.constants), run.constants, strict=True)
        return numbers

    def with_typed(self, numbers: Mapping[str, float]) -> Lesson:
        """Return the lesson with other typed numbers; names as in `typed`, all of them."""
        if all(numbers[name] == value for name, value in self.typed.items()):
            return self
        runs = []
        for index, run in enumerate(self.runs):
            names = self.given_names[index]
            runs.append(
                replace(
                    run,
                    learning_rate=numbers[names[Given(LearningRate())]],
                    parameters=tuple(numbers[names[Given(of)]] for of in run.naming.parameters()),
                    constants=tuple(numbers[names[Given(Constant(name))]] for name in run.recipe.constants),
                )
            )
        examples = range(len(self.inputs))
        inputs = tuple(tuple(numbers[self._datum_name(of, e)] for of in self._inputs) for e in examples)
        targets = tuple(tuple(numbers[self._datum_name(of, e)] for of in self._targets) for e in examples)
        return replace(self, runs=tuple(runs), inputs=inputs, targets=targets)

    @property
    def _inputs(self) -> tuple[Input, ...]:
        return tuple(Input(unit) for unit in range(len(self.inputs[0])))

    @property
    def _targets(self) -> tuple[Target, ...]:
        return tuple(Target(unit) for unit in range(len(self.targets[0])))

    def _datum(self, of: Input | Target, example: int) -> Given:
        return Given(of if self.single else Datum(of, example))

    def _datum_name(self, of: Input | Target, example: int) -> str:
        return self.runs[0].naming.name(self._datum(of, example))

    def data(self) -> Iterator[tuple[Given, float]]:
        """Yield every input of every example, then every target."""
        columns: tuple[tuple[Sequence[Input | Target], tuple[tuple[float, ...], ...]], ...] = (
            (self._inputs, self.inputs),
            (self._targets, self.targets),
        )
        for quantities, values in columns:
            for example, row in enumerate(values):
                yield from ((self._datum(of, example), value) for of, value in zip(quantities, row, strict=True))

    def sharing(self, run: int) -> tuple[int, ...]:
        """Return the runs, this one among them, that start from the same weights and biases."""
        start = self.runs[run].start
        return tuple(index for index, other in enumerate(self.runs) if other.start == start)

    def own_name(self, of: Quantity, run: int = 0) -> str:
        """Return the name that a number of a run has outside, "sepal length" of i1; empty where it has none.

        Own names of weights, biases and hidden units are those of the network that most runs have.
        """
        naming = self.runs[run].naming
        match of:
            case Given(one) | Datum(one):
                return self.own_name(one, run)
            case Gradient(Weight() | Bias() as one):
                own = self.own_name(one, run)
                return own and f"∂E/∂{own}"
            case Weight() | Bias():
                inside = True
            case NetInput(layer) | Output(layer):
                inside = layer < naming.depth
            case _:
                inside = False
        return "" if inside and run not in self.of_one_network else self._own_names.get(naming.name(of), "")

    @cached_property
    def _own_names(self) -> Mapping[str, str]:
        return dict(self.own_names)

    @cached_property
    def of_one_network(self) -> tuple[int, ...]:
        """The runs of the network that most of them have (of equals the first): names mean the same weights there."""
        alike: dict[Naming, list[int]] = {}
        for index, run in enumerate(self.runs):
            alike.setdefault(run.naming, []).append(index)
        most = max(len(runs) for runs in alike.values())
        return next(tuple(runs) for runs in alike.values() if len(runs) == most)


def rate_name(run: int) -> str:
    """Return the name of a run's learning rate among the typed numbers; runs count from 0."""
    return f"learning rate {run + 1}"


def rate_text(rate: float) -> str:
    """Return a learning rate as sheet names write it: 0.1, 1.0, 0.00001."""
    return np.format_float_positional(rate, trim="0")


def rate_run_name(rate: float) -> str:
    """Return the name of the sheet of a run that is told from the others by its learning rate."""
    return f"LR={rate_text(rate)}"
