"""`show`: every number of one step, in the terminal."""

from __future__ import annotations

import argparse
from math import isfinite
from typing import TYPE_CHECKING

from xlbackprop.commands.error_reporting import scratch_trouble
from xlbackprop.errors import InputError, Problem, did_you_mean

if TYPE_CHECKING:
    from xlbackprop.lesson import Lesson


def run(arguments: argparse.Namespace) -> int:
    """Print each quantity of one row of a run with its value and formula; return the exit code."""
    from xlbackprop.lesson import with_own  # noqa: PLC0415
    from xlbackprop.numpy_run import train  # noqa: PLC0415
    from xlbackprop.sheets import load_lesson  # noqa: PLC0415
    from xlbackprop.taught import columns  # noqa: PLC0415
    from xlbackprop.workbook import math_text  # noqa: PLC0415

    lesson = load_lesson(arguments.lesson)
    index, epoch, example = _chosen(lesson, arguments)
    with scratch_trouble():
        trace = train(lesson)
    run = lesson.runs[index]
    which = "" if lesson.single else f", example {example + 1}"
    print(f"{lesson.title}\n{run.name}, epoch {epoch}{which}\n")
    name, row, table = run.naming.name, run.recipe.row_of(epoch) + example, columns(run.recipe)
    names = [with_own(name(column.quantity), lesson.own_name(column.quantity, index)) for column in table]
    width = max(map(len, names))
    for column, called in zip(table, names, strict=True):
        value = trace.number(column.quantity, index, row)
        mathematics = math_text(column.rule(row), name)
        shown = repr(value) if isfinite(value) else "#NUM!"
        is_bare = mathematics == name(column.quantity)
        print(f"{called:>{width}}  {shown:>24}  " + ("" if is_bare else f"= {mathematics}"))
    return 0


def _chosen(lesson: Lesson, arguments: argparse.Namespace) -> tuple[int, int, int]:
    """Return run, epoch and example, from 0, that the arguments name. Raises InputError where there is none."""
    problems: list[Problem] = []
    run = _chosen_run(lesson, arguments, problems)
    epoch = _chosen_number("--epoch", arguments.epoch, range(lesson.epochs + 1), problems)
    is_last = epoch == lesson.epochs
    examples = range(1, 1 + (len(lesson.inputs) if is_last else lesson.examples))
    hint = "" if is_last or not lesson.held_back else f"Those held back are looked at in epoch {lesson.epochs} only."
    example = _chosen_number("--example", arguments.example, examples, problems, hint)
    if problems:
        raise InputError(lesson.title, problems)
    return run, epoch, example - 1


def _chosen_number(option: str, word: str | None, allowed: range, problems: list[Problem], hint: str = "") -> int:
    """Return the whole number that an option names, the first of those allowed where it is not given."""
    if word is None:
        return allowed[0]
    number = int(word) if word.isdecimal() and len(word) < 10 else -1
    if number in allowed:
        return number
    what = f'an {option[2:]} from {allowed[0]} to {allowed[-1]:,} is needed, not "{word[:20]}".'
    problems.append(Problem(option, what, hint))
    return allowed[0]


def _chosen_run(lesson: Lesson, arguments: argparse.Namespace, problems: list[Problem]) -> int:
    from xlbackprop.lesson import rate_text  # noqa: PLC0415

    matches = list(range(len(lesson.runs)))
    if arguments.rate is not None:
        matches = [index for index in matches if _number(arguments.rate) == lesson.runs[index].learning_rate]
        if not matches:
            known = ", ".join(dict.fromkeys(rate_text(run.learning_rate) for run in lesson.runs))
            what = f'the lesson has no learning rate "{arguments.rate[:40]}".'
            problems.append(Problem("--rate", what, f"It has {known}."))
    if arguments.run is not None:
        named = [index for index, run in enumerate(lesson.runs) if run.name == arguments.run]
        if not named:
            hint = did_you_mean(arguments.run[:40], [run.name for run in lesson.runs])
            problems.append(Problem("--run", f'the lesson has no run "{arguments.run[:40]}".', hint))
        elif matches and named[0] not in matches:
            what = f'"{arguments.run}" has another learning rate than {arguments.rate}.'
            problems.append(Problem("--rate", what, "Give the run or the rate, not both."))
        matches = [index for index in matches if index in named]
    return matches[0] if matches else 0


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None
