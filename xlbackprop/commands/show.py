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
    from xlbackprop.numpy_run import train  # noqa: PLC0415
    from xlbackprop.sheets import load_lesson  # noqa: PLC0415
    from xlbackprop.taught import columns  # noqa: PLC0415
    from xlbackprop.workbook import math_text  # noqa: PLC0415

    lesson = load_lesson(arguments.lesson)
    index, epoch = _chosen(lesson, arguments)
    with scratch_trouble():
        trace = train(lesson)
    run = lesson.runs[index]
    example = "" if lesson.single else ", example 1"
    print(f"{lesson.title}\n{run.name}, epoch {epoch}{example}\n")
    name, row, table = run.naming.name, run.recipe.row_of(epoch), columns(run.recipe)
    width = max(len(name(column.quantity)) for column in table)
    for column in table:
        called = name(column.quantity)
        value = trace.number(column.quantity, index, row)
        mathematics = math_text(column.rule(row), name)
        shown = repr(value) if isfinite(value) else "#NUM!"
        print(f"{called:>{width}}  {shown:>24}  " + ("" if mathematics == called else f"= {mathematics}"))
    return 0


def _chosen(lesson: Lesson, arguments: argparse.Namespace) -> tuple[int, int]:
    """Return the index of the run and the epoch that the arguments name. Raises InputError where there is none."""
    problems: list[Problem] = []
    run = _chosen_run(lesson, arguments, problems)
    row, epoch = 0, arguments.epoch
    if epoch is not None:
        row = int(epoch) if epoch.isdecimal() and len(epoch) < 10 else -1
        if not 0 <= row <= lesson.epochs:
            what = f'an epoch from 0 to {lesson.epochs:,} is needed, not "{epoch[:20]}".'
            problems.append(Problem("--epoch", what))
    if problems:
        raise InputError(lesson.title, problems)
    return run, row


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
