"""A lesson: what a teacher writes in a TOML file, read and checked.

`load_lesson` returns a `Lesson` or raises `InputError` with every problem of the file at once. To add a key, read it
in the function of its table below, and put it into templates/walkthrough.toml with a remark.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from xlbackprop.activations import ACTIVATIONS
from xlbackprop.document import MAX_COLUMNS, sheet_name_fault
from xlbackprop.errors import InputError, Problem, did_you_mean
from xlbackprop.library import DEFAULT_LESSON, built_in_lessons
from xlbackprop.limits import cell_problems, fits_a_sheet, network_problems, renders_expanded, table_columns
from xlbackprop.losses import LOSSES
from xlbackprop.optimizers import OPTIMIZERS
from xlbackprop.quantities import Given, Input, LearningRate, Naming, NetInput, Quantity, Target
from xlbackprop.toml_reader import TableReader

EPOCHS_OPTION = "--epochs"
RATES_OPTION = "--rates"

# A sheet has 1,048,576 rows; the checks need some of them above their own row-by-row table.
MAX_EPOCHS = 1_000_000
MAX_RUNS = 100
# Each needs columns of its own; how many fit together, `limits` tells.
MAX_UNITS = MAX_COLUMNS
MAX_LINE = 32_000
LONGEST_NOTE = 600  # on Summary, beside the mathematics
# What Inputs lets a reader type, too. Nothing useful is learnt from larger numbers, and EXP overflows at 710.
MAX_NUMBER = 1e9


class Layer(NamedTuple):
    """A layer that computes."""

    units: int
    activation: str


class Experiment(NamedTuple):
    """One of the things to try: a question, what a reader will expect, and what to turn."""

    question: str
    prediction: str
    knob: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """A checked lesson. `weights` lie in the order of their names, w1 first.

    `text` is the lesson file as it was read; `options` what the command line changed in it, as it was said there.
    """

    title: str
    introduction: str
    layers: tuple[Layer, ...]
    loss: str
    optimizer: str
    inputs: tuple[float, ...]
    targets: tuple[float, ...]
    weights: tuple[float, ...]
    learning_rates: tuple[float, ...]
    epochs: int
    experiments: tuple[Experiment, ...]
    corrected_source: str
    corrections: tuple[str, ...]
    text: str
    options: tuple[tuple[str, str], ...] = ()

    @property
    def naming(self) -> Naming:
        """The names of this network's numbers."""
        return Naming((len(self.inputs), *(layer.units for layer in self.layers)))

    @property
    def rows(self) -> int:
        """Rows of a run's table: epoch 0 (before any update) to the last."""
        return self.epochs + 1

    @property
    def runs(self) -> int:
        """How often the network is trained: once for each learning rate."""
        return len(self.learning_rates)

    @property
    def cells(self) -> int:
        """How many cells the tables of all runs have."""
        return self.runs * self.rows * table_columns(self.naming.sizes)

    @property
    def renders_expanded(self) -> bool:
        """Whether each ∂E/∂w is one formula written out in full, and not the end of a chain of short ones."""
        return renders_expanded(self.naming.sizes)

    def given(self, run: int) -> dict[Given, float]:
        """Return the typed numbers that a run starts from."""
        naming = self.naming
        numbers: dict[Given, float] = {Given(LearningRate()): self.learning_rates[run]}
        numbers |= {Given(Input(unit)): value for unit, value in enumerate(self.inputs)}
        numbers |= {Given(Target(unit)): value for unit, value in enumerate(self.targets)}
        numbers |= {Given(weight): self.weights[index] for index, weight in enumerate(naming.weights())}
        return numbers

    def typed(self) -> dict[str, float]:
        """Return every typed number under the name that it has on `Inputs`: i1, t1, w1, "learning rate 1"."""
        naming = self.naming
        quantities: tuple[Quantity, ...] = (*naming.inputs(), *naming.targets(), *naming.weights())
        names = [naming.name(quantity) for quantity in quantities]
        names += [rate_name(run) for run in range(self.runs)]
        values = (*self.inputs, *self.targets, *self.weights, *self.learning_rates)
        return dict(zip(names, values, strict=True))

    def with_typed(self, numbers: Mapping[str, float]) -> Lesson:
        """Return the lesson with other typed numbers; names as in `typed`, all of them."""
        values = [numbers[name] for name in self.typed()]
        ends = np.cumsum([len(self.inputs), len(self.targets), len(self.weights)])
        inputs, targets, weights, rates = (tuple(values[a:b]) for a, b in pairwise([0, *ends.tolist(), len(values)]))
        return replace(self, inputs=inputs, targets=targets, weights=weights, learning_rates=rates)


def rate_name(run: int) -> str:
    """Return the name of a run's learning rate among the typed numbers; runs count from 0."""
    return f"learning rate {run + 1}"


def rate_text(rate: float) -> str:
    """Return a learning rate as sheet names write it: 0.1, 1.0, 0.00001."""
    return np.format_float_positional(rate, trim="0")


def _short(rate: float) -> str:
    text = rate_text(rate)
    return text if len(text) < 15 else f"{rate:g}"


def run_name(rate: float) -> str:
    """Return the name of the sheet of a run."""
    return f"LR={rate_text(rate)}"


# ------------------------------------------------------------------------------------------------------- finding it


def load_lesson(
    lesson: str | Path = DEFAULT_LESSON,
    *,
    epochs: int | str | None = None,
    learning_rates: Sequence[float | str] | None = None,
) -> Lesson:
    """Return a built-in lesson by its name, or the lesson in a TOML file by its path.

    `epochs` (the last epoch) and `learning_rates` take the place of what the file says; both may be words that a
    person typed. Raises InputError with every problem at once.
    """
    options: list[tuple[str, str]] = []
    if epochs is not None:
        options.append((EPOCHS_OPTION, str(epochs)))
    if learning_rates is not None:
        options.append((RATES_OPTION, ", ".join(str(rate) for rate in learning_rates)))
    return read_lesson(*_lesson_text(lesson), options)


def _lesson_text(lesson: str | Path) -> tuple[str, str]:
    """Return the text of a lesson and where it comes from."""
    built_in = built_in_lessons()
    if isinstance(lesson, str) and lesson in built_in:
        return built_in[lesson].read_text(encoding="utf-8"), f"the built-in lesson {lesson}"
    path, source = Path(lesson), str(lesson)
    if path.exists() and not path.is_file() and not path.is_dir():
        raise InputError(source, [Problem("", "this is not a file that can be read as a whole.")])
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        looks_like_name = path.suffix == "" and path.parent == Path()
        hint = did_you_mean(str(lesson), list(built_in)) if looks_like_name else "Is the path right?"
        what = "there is no built-in lesson and no file of this name." if looks_like_name else "there is no such file."
        raise InputError(source, [Problem("", what, hint)]) from None
    except IsADirectoryError:
        raise InputError(source, [Problem("", "this is a folder.", "Name a lesson file (.toml) in it.")]) from None
    except UnicodeDecodeError as error:
        place = f"byte {error.start}"
        what = "this is not UTF-8 text."
        raise InputError(source, [Problem(place, what, "Save the lesson as UTF-8 in your editor.")]) from None
    except OSError as error:
        raise InputError(source, [Problem("", f"it cannot be read: {error.strerror}.")]) from None
    return text.replace("\r\n", "\n"), source


def read_lesson(text: str, source: str, options: Sequence[tuple[str, str]] = ()) -> Lesson:
    """Return the lesson that a TOML text describes; `source` names it in messages.

    `options` change it as the command line does: ("--epochs", "50"), ("--rates", "0.1, 0.2").
    Raises InputError with every problem at once.
    """
    problems: list[Problem] = []
    root = TableReader(_parse(text, source), "", problems)
    lesson = _read(root, text)
    lesson = _with_options(lesson, options, problems)
    root.end()
    problems += _limits(lesson)
    if not problems:
        problems += _size_problems(lesson)
    if problems:
        raise InputError(source, problems)
    return lesson


def _parse(text: str, source: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, _, place = str(error).rpartition(" (at ")
        place = place.rstrip(")")
        hint = "A text needs quotes, a number a decimal point, a list square brackets and commas."
        raise InputError(
            source, [Problem(place or "the file", f"this is not TOML: {message or error}.", hint)]
        ) from None
    except RecursionError:
        raise InputError(source, [Problem("the file", "its lists are nested too deeply.")]) from None
    except ValueError as error:  # a whole number of some thousand digits
        raise InputError(source, [Problem("the file", f"it cannot be read: {error}.")]) from None


# --------------------------------------------------------------------------------------------------------- reading it


def _read(root: TableReader, text: str) -> Lesson:
    title, introduction = root.line("title", longest=120), root.text("introduction", "")
    network, data, training = root.table("network"), root.table("data"), root.table("training")
    inputs = data.numbers("inputs", None, "inputs, one for each of i1, i2, …")
    layers, weights, outputs = _network(network, len(inputs))
    corrections = root.table("corrections", required=False)
    lesson = Lesson(
        title=title,
        introduction=introduction,
        layers=layers,
        loss=network.choice("loss", tuple(LOSSES), "loss"),
        optimizer=training.choice("optimizer", tuple(OPTIMIZERS), "optimizer"),
        inputs=inputs,
        targets=data.numbers("targets", outputs, "targets, one for each output unit"),
        weights=weights,
        learning_rates=training.numbers("learning_rates", None, "learning rates"),
        epochs=training.whole("epochs", 1, MAX_EPOCHS) or 1,
        experiments=_experiments(root),
        corrected_source=corrections.text("source", "the source text"),
        corrections=corrections.texts("notes"),
        text=text,
    )
    for table in (network, data, training, corrections):
        table.end()
    return lesson


def _network(network: TableReader, inputs: int) -> tuple[tuple[Layer, ...], tuple[float, ...], list[str] | None]:
    """Return the layers, all their weights, and the names of the targets (None where the outputs are unknown).

    No weights are asked for where there are more than a sheet can hold: nobody should type thousands of numbers to
    learn that they do not fit. `_limits` refuses the network.
    """
    tables = network.tables("layers")
    units = [table.whole("units", 1, MAX_UNITS) for table in tables]
    naming = Naming((inputs, *(count or 1 for count in units)))
    known = [inputs or None, *units]
    fits = fits_a_sheet(naming.sizes)
    layers: list[Layer] = []
    weights: list[float] = []
    for layer, table in enumerate(tables, start=1):
        layers.append(Layer(naming.sizes[layer], table.choice("activation", tuple(ACTIVATIONS), "activation")))
        if fits:
            rows = [naming.name(NetInput(layer, unit)) for unit in naming.units(layer)]
            sources = [naming.name(naming.output(layer - 1, unit)) for unit in naming.units(layer - 1)]
            weights += table.matrix("weights", rows if known[layer] else None, sources if known[layer - 1] else None)
            table.end()
    targets = [naming.name(target) for target in naming.targets()]
    return tuple(layers), tuple(weights), targets if known[-1] and tables else None


def _experiments(root: TableReader) -> tuple[Experiment, ...]:
    experiments = []
    for table in root.tables("try", required=False):
        experiments.append(
            Experiment(*(table.text(key, longest=LONGEST_NOTE) for key in ("question", "prediction", "knob")))
        )
        table.end()
    return tuple(experiments)


def _with_options(lesson: Lesson, options: Sequence[tuple[str, str]], problems: list[Problem]) -> Lesson:
    for name, words in options:
        if name == EPOCHS_OPTION:
            problems[:] = [problem for problem in problems if problem.place != "training.epochs"]
            epochs = int(words) if words.isdecimal() and len(words) < 10 else 0
            if not 1 <= epochs <= MAX_EPOCHS:
                what = f"a whole number from 1 to {MAX_EPOCHS:,} is needed, not {words[:20]}."
                problems.append(Problem(EPOCHS_OPTION, what))
                epochs = 1
            lesson = replace(lesson, epochs=epochs)
        elif name == RATES_OPTION:
            problems[:] = [problem for problem in problems if not problem.place.startswith("training.learning_rates")]
            lesson = replace(lesson, learning_rates=tuple(_option_rates(words, problems)))
        else:
            problems.append(Problem(name, "there is no such option."))
    return replace(lesson, options=tuple(options))


def _option_rates(words: str, problems: list[Problem]) -> list[float]:
    rates = []
    for word in words.split(","):
        try:
            rate = float(word)
        except ValueError:
            rate = math.nan
        if not math.isfinite(rate):
            problems.append(
                Problem(RATES_OPTION, f'"{word.strip()[:40]}" is not a finite number.', "For instance: 0.1,0.5,2")
            )
        else:
            rates.append(rate)
    return rates


def _limits(lesson: Lesson) -> list[Problem]:
    """Return what a spreadsheet cannot hold, with the numbers."""
    place = RATES_OPTION if RATES_OPTION in dict(lesson.options) else "training.learning_rates"
    problems = _rate_problems(lesson.learning_rates, place)
    if lesson.inputs and lesson.layers:
        problems += network_problems(lesson.naming.sizes)
    return problems


def _size_problems(lesson: Lesson) -> list[Problem]:
    """Return what is too large in the lines of the file, in its numbers, and in all cells together."""
    problems = []
    for number, line in enumerate(lesson.text.split("\n"), start=1):
        if len(line) > MAX_LINE:
            what = f"it has {len(line):,} characters; {MAX_LINE:,} fit into a cell of the workbook."
            problems.append(Problem(f"line {number}", what, "Break it into lines."))
    for name, value in lesson.typed().items():
        if abs(value) > MAX_NUMBER:
            what = f"{value:g} is too large to learn from; numbers go up to {MAX_NUMBER:,.0f}."
            problems.append(Problem(name, what, "Scale the data."))
    problems += cell_problems(lesson.runs, lesson.rows, table_columns(lesson.naming.sizes))
    return problems


def _rate_problems(rates: Sequence[float], place: str) -> list[Problem]:
    problems: list[Problem] = []
    if len(rates) > MAX_RUNS:
        problems.append(
            Problem(place, f"there are {len(rates)} learning rates, one sheet each; {MAX_RUNS} are allowed.")
        )
    for index, rate in enumerate(rates):
        here = f"{place}[{index}]"
        if rate <= 0:
            problems.append(Problem(here, f"a learning rate is positive, but this is {_short(rate)}."))
        elif rate in rates[:index]:
            problems.append(Problem(here, f"the learning rate {_short(rate)} stands here twice.", "Leave one out."))
        elif fault := sheet_name_fault(run_name(rate)):
            what = f"the name of its sheet, LR= and {rate:g} written out, will not do: {fault}."
            problems.append(Problem(here, what, "Round the rate."))
    return problems
