"""Lesson files to begin with: a built-in one without what is true of its own numbers alone, or one of given sizes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from xlbackprop.errors import InputError, Problem
from xlbackprop.lesson.companion_files import companion_text, is_bare_name
from xlbackprop.lesson.csv_text import CsvTable, column_numbers_rows, holds_texts, read_table
from xlbackprop.lesson.data_file import MAX_CLASSES, read_csv
from xlbackprop.lesson.network_section import MAX_UNITS
from xlbackprop.lesson.toml.meanings import cure_of_choice
from xlbackprop.lesson.toml.number_lists import toml_text
from xlbackprop.network import ACTIVATIONS

LAYERS_OPTION, ACTIVATION_OPTION, DATA_OPTION = "--layers", "--activation", "--data"
HIDDEN_UNITS = 3  # where nobody says how many
_ROWS_A_RUN = 20_000  # that a workbook of a first try should have
_OWN_TABLES = re.compile(r"\[\[?(try|corrections)\b")
_A_TABLE = re.compile(r"\[\[?[A-Za-z]")


def as_a_beginning(text: str, name: str) -> str:
    """Return the text of a built-in lesson in which what speaks of its own results has become remarks.

    That is its introduction, the things to try and the corrections; whoever changes a number would keep untrue ones.
    """
    lines = [
        f'# Begun from the built-in lesson "{name}". Its introduction, things to try and corrections speak of its own',
        "# numbers: they are remarks here. Take away the # of what is true of your lesson, or write your own.",
        "#",
    ]
    own_table = is_own = within = False
    for line in text.rstrip("\n").split("\n"):
        if not within:  # a text of several lines
            own_table = _OWN_TABLES.match(line) is not None if _A_TABLE.match(line) else own_table
            is_own = own_table or line.startswith("introduction")
        lines.append(f"# {line}" if is_own and line and not line.startswith("#") else line)
        within ^= line.count('"""') == 1
    return "\n".join(lines) + "\n"


# ------------------------------------------------------------------------------------------- a network of given sizes


class _Examples(NamedTuple):
    """What the last layer answers, and the lines of [data]."""

    inputs: int
    outputs: int
    loss: str
    activation: str
    lines: tuple[str, ...]
    epochs: int = 100
    names: str = ""


def drawn_lesson(layers: str | None, activation: str | None, data: Path | None) -> str:
    """Return the text of a lesson: a network of these layers ("3,4,2": inputs first), its weights drawn.

    `activation` is that of the hidden layers, or of the only one. `data` is a CSV file to lie beside the lesson; its
    last columns are the targets. Raises InputError where these words, or the file, cannot be used.
    """
    sizes = None if layers is None else _sizes(layers)
    hidden = _activation(activation or "tanh")
    if data is None:
        sizes = sizes or [2, HIDDEN_UNITS, 1]
        examples = _one_example(sizes[0], sizes[-1])
        if activation and len(sizes) == 2:  # without a hidden layer it is that of the outputs
            examples = examples._replace(activation=hidden)
    else:
        examples = _examples(data.name, _text_of(data), sizes)
        sizes = sizes or [examples.inputs, HIDDEN_UNITS, examples.outputs]
        if (sizes[0], sizes[-1]) != (examples.inputs, examples.outputs):
            fitting = ",".join(map(str, [examples.inputs, *sizes[1:-1], examples.outputs]))
            there = f"{_count(sizes[0], 'input')} and {_count(sizes[-1], 'output')}"
            what = f"{data.name} has {examples.names}, but these are {there}."
            raise InputError(LAYERS_OPTION, [Problem("", what, f"Write {LAYERS_OPTION} {fitting}.")])
    return "\n".join(_lines(sizes, hidden, examples)) + "\n"


def _sizes(words: str) -> list[int]:
    sizes = [int(word) if word.strip().isdecimal() and len(word) < 9 else 0 for word in words.split(",")]
    if len(sizes) < 2 or not all(1 <= size <= MAX_UNITS for size in sizes):
        what = f'whole numbers from 1 to {MAX_UNITS:,} are needed, inputs first and outputs last, not "{words[:40]}".'
        raise InputError(LAYERS_OPTION, [Problem("", what, f"For instance: {LAYERS_OPTION} 3,4,2")])
    return sizes


def _activation(word: str) -> str:
    if word not in ACTIVATIONS:
        what = f'there is no activation "{word[:40]}" for hidden layers.'
        raise InputError(
            ACTIVATION_OPTION, [Problem("", what, cure_of_choice("activation", word[:40], [*ACTIVATIONS]))]
        )
    return word


def _text_of(data: Path) -> str:
    if not is_bare_name(data.name, ".csv"):
        what = "the name of a CSV file is needed, one that ends in .csv."
        raise InputError(DATA_OPTION, [Problem("", what, f"For instance: {DATA_OPTION} examples.csv")])
    if not data.exists():
        raise InputError(DATA_OPTION, [Problem("", f'there is no file "{data}".', "Is the path right?")])
    return companion_text(data.parent, data.name)


def _one_example(inputs: int, outputs: int) -> _Examples:
    numbers = [round((number + 1) / (inputs + 1), 2) for number in range(inputs)]
    targets = [0.99 if number % 2 else 0.01 for number in range(outputs)]
    lines = (f"inputs = {numbers}", f"targets = {targets}", "# several examples: inputs = [[0, 0], [0, 1]]")
    return _Examples(inputs, outputs, "half squared error", "sigmoid", lines)


def _examples(name: str, text: str, sizes: list[int] | None) -> _Examples:
    """Return what a CSV file asks of a network. Its last column is the target, or as many as there are outputs."""
    table = read_table(text, name)
    names = table.header.cells
    if len(names) < 2 or any(len(row.cells) != len(names) for row in table.rows):
        read_csv(text, name, names[-1:], "")  # raises
    outputs = sizes[-1] if sizes else 1
    left_out = _left_out(table, 1)
    classes = _classes(table, outputs, sizes is not None and sizes[0] + len(left_out) + 1 == len(names))
    targets = names[-1:] if classes else names[-outputs:]
    left_out = _left_out(table, len(targets))
    columns = read_csv(text, name, () if classes else targets, targets[0] if classes else "", left_out)
    lines = [f"file = {toml_text(name)}"]
    if classes:
        lines.append(f"class_column = {toml_text(targets[0])}".ljust(32) + " # each value of it becomes an output")
    else:
        lines.append(f"target_columns = {toml_text(targets)}")
    if left_out:
        lines.append(
            f"leave_out = {toml_text(left_out)}".ljust(33)
            + "# texts, or what only numbers the rows; the others are inputs"
        )
    shares = {target for row in columns.targets for target in row} <= {0.0, 1.0}
    loss, activation = ("half squared error", "identity") if not shares else ("binary cross-entropy", "sigmoid")
    if classes:
        loss, activation = "categorical cross-entropy", "softmax"
    inputs, answers = len(columns.input_names), len(columns.targets[0])
    told = f"{_count(inputs, 'input')} ({', '.join(columns.input_names)}) and "
    told += f"{answers} classes" if classes else _count(answers, "target")
    epochs = min(20, max(1, _ROWS_A_RUN // len(columns.inputs)))
    return _Examples(inputs, answers, loss, activation, tuple(lines), epochs, told)


def _classes(table: CsvTable, outputs: int, one_target: bool) -> bool:
    """Return whether the last column holds classes: texts, or as many different whole numbers as there are outputs.

    `one_target` tells that all columns before it are needed for the inputs.
    """
    last = len(table.header.cells) - 1
    different = {*table.column(last)}
    if holds_texts(table, last):
        return 1 < len(different) <= MAX_CLASSES
    return one_target and outputs > 1 and len(different) == outputs and all(cell.isdecimal() for cell in different)


def _left_out(table: CsvTable, targets: int) -> list[str]:
    """Return the names of the columns before so many targets that hold texts, or only number the rows."""
    others = range(len(table.header.cells) - targets)
    may_count = len(others) > 1  # of a single column it is all that can be learnt from

    def is_no_input(column: int) -> bool:
        return holds_texts(table, column) or (may_count and column_numbers_rows(table, column))

    return [table.header.cells[column] for column in others if is_no_input(column)]


def _count(number: int, of_what: str) -> str:
    return f"{number} {of_what}{'s' * (number != 1)}"


def _lines(sizes: Sequence[int], hidden: str, examples: _Examples) -> list[str]:
    """Return the lines of the lesson file."""
    return [
        "# A lesson for xlbackprop. Lines that begin with # are remarks. Numbers use a decimal point: 0.05, not 0,05.",
        '# "xlbackprop parts" lists what can be written in the place of each name.',
        "",
        f'title = "A {"-".join(map(str, sizes))} network"',
        '# introduction = "What this lesson shows, and what to look at."',
        "",
        "[network]",
        f'loss = "{examples.loss}"',
        "seed = 1                         # decides every draw: the same seed, the same weights on every computer",
        *_layers(sizes, hidden, examples.activation),
        "",
        "[data]",
        *examples.lines,
        "",
        "[training]",
        'optimizer = "gradient descent"',
        "learning_rates = [0.1, 0.5]      # one sheet for each",
        f"epochs = {examples.epochs}",
        "",
        "# [[try]]                        # a question for the reader, on Summary",
        '# question = "…"',
        '# prediction = "…"               # what most readers will expect',
        '# knob = "…"                     # what to turn, and what can be seen then',
    ]


def _layers(sizes: Sequence[int], hidden: str, outputs: str) -> Iterator[str]:
    """Yield the lines of the layers; `hidden` and `outputs` are their activations."""
    last = len(sizes) - 1
    for layer, units in enumerate(sizes[1:], start=1):
        activation = outputs if layer == last else hidden
        draw = "He" if "ReLU" in activation else "Xavier"
        yield from (
            "",
            f"[[network.layers]]               # {'the output layer' if layer == last else f'hidden layer {layer}'}",
            f"units = {units}",
            f'activation = "{activation}"',
            f'weights = "{draw}"'.ljust(33) + "# drawn; or a row of numbers for each unit",
            'bias = "unit"                    # one a unit, from 0 on; "none" leaves them out',
        )
