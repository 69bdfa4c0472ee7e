"""What `generate` warns of: a lesson that can be computed, but hardly says what was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xlbackprop.errors import Problem
from xlbackprop.lesson.csv_text import numbers_rows
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.lesson.own_names import with_own
from xlbackprop.lesson.runs_section import RATES_OPTION
from xlbackprop.lesson.toml.places import in_words, line_numbers
from xlbackprop.network import Input, NetInput

# w12, out_h1, h1_2, LR=0.5, run 3; not the w1 in s_w1, which is a column of an optimizer
_NAMED = re.compile(r"(?<![\w.])(?:(?:out_)?([iothwb]\d+(?:_\d+)?)|(LR=\d+(?:\.\d+)?)|run (\d+))(?![\w])")


def lesson_warnings(lesson: Lesson) -> Iterator[str]:
    """Yield a sentence for each column that only numbers its rows or cannot be scaled, and each text that names what is
    not there.
    """
    lines = line_numbers(lesson.text)
    rows = lesson.inputs_as_read
    for index, column in enumerate(lesson.input_names):
        if len(lesson.input_names) > 1 and numbers_rows(column, [row[index] for row in rows]):
            first = ", ".join(f"{row[index]:g}" for row in rows[:3])
            name = column.replace('"', "'")
            yield (
                f'{lesson.data_file}, column "{name}": it seems to number the examples, {first} …, and the network '
                f'learns from it as i{index + 1}. To leave it out, write leave_out = ["{name}"] in [data].'
            )
    for index, numbers in enumerate(zip(*lesson.inputs[: lesson.examples], strict=True)):
        if lesson.scale and min(numbers) == max(numbers):
            name = with_own(f"i{index + 1}", lesson.own_name(Input(index)))
            what = f"{name} is {numbers[0]:g} in every example trained on; scaled, it becomes 0 and teaches nothing."
            yield str(in_words(Problem("data.scale", what, "Leave it out."), {}, lines))
    for place, text in _texts(lesson):
        if strange := _unknown_names(lesson, text):
            what = f"it names {' and '.join(strange)}, which this lesson does not have."
            yield str(in_words(Problem(place, what), {}, lines))


def _texts(lesson: Lesson) -> Iterator[tuple[str, str]]:
    """Yield the texts that speak of the lesson's numbers, each with its place in the file."""
    yield "introduction", lesson.introduction
    for index, experiment in enumerate(lesson.experiments):
        yield from ((f"try[{index}].{key}", text) for key, text in experiment._asdict().items())
    for number, text in enumerate(lesson.corrections, start=1):
        yield f"corrections.notes, text {number}", text


def _unknown_names(lesson: Lesson, text: str) -> list[str]:
    """Return the names of weights, units and runs in a text that no run of the lesson has.

    Where the command line chooses the rates, the runs of the file may be named though they are not there.
    """
    known = (
        {run.name for run in lesson.runs}
        | {own for _, own in lesson.own_names}
        | {f"run {number + 1}" for number in range(len(lesson.runs))}
    )
    for naming in dict.fromkeys(run.naming for run in lesson.runs):
        units = (NetInput(layer, unit) for layer in naming.layers() for unit in naming.units(layer))
        known |= {naming.name(of) for of in (*naming.inputs(), *naming.targets(), *naming.parameters(), *units)}
    found: dict[str, None] = {}
    for quantity, rate, run in _NAMED.findall(text):
        if rate or run:
            is_known = RATES_OPTION in dict(lesson.options) or f"run {run}" in known
            is_known = is_known or any(_same_rate(rate, name) for name in known)
        else:
            is_known = quantity in known
        if not is_known:
            found[quantity or rate or f"run {run}"] = None
    return [*found]


def _same_rate(told: str, name: str) -> bool:
    """Return whether both are the name of a run by its learning rate: LR=2 is LR=2.0."""
    return told != "" and name.startswith("LR=") and float(told[3:]) == float(name[3:])
