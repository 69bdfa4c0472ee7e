"""`generate --plant-bug`: a workbook with a mistake to be found, and a file that says to the teacher which."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from xlbackprop.commands.error_reporting import file_trouble, patience, scratch_trouble
from xlbackprop.commands.overwriting import windows_warnings
from xlbackprop.commands.writing import refuse_losses, target_of
from xlbackprop.errors import InputError, Problem


def run(arguments: argparse.Namespace) -> int:
    """Write the workbook and, beside it, the answer; return the exit code."""
    from xlbackprop.classroom import plant_mistake  # noqa: PLC0415
    from xlbackprop.machine import whole_files  # noqa: PLC0415
    from xlbackprop.sheets import load_lesson  # noqa: PLC0415
    from xlbackprop.xlsx.write import write_package  # noqa: PLC0415

    seed = _seed(arguments.seed)
    rates = None if arguments.rates is None else arguments.rates.split(",")
    lesson = load_lesson(arguments.lesson, epochs=arguments.epochs, learning_rates=rates)
    with file_trouble(Path(arguments.output or "output")):
        path = target_of(arguments.output, f"{Path(arguments.lesson).stem}-bug")
        refuse_losses(path, None, force=arguments.force)
    answer = path.with_name(f"{path.stem}-answer.txt")
    with patience("looking for a mistake that hides well"), scratch_trouble():
        planted = plant_mistake(lesson, arguments.plant_bug or None, seed)
        document = planted.document()
    with patience(f"writing {path}"), file_trouble(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        last_look = partial(refuse_losses, path, None, force=arguments.force)
        with whole_files(path, answer, last_look=last_look) as (workbook, text):
            write_package(document, workbook)
            text.write(planted.answer().encode())
    print(f"{path}  ({path.stat().st_size / 1e6:.1f} MB)")
    print(f"  lesson    {lesson.title}, with a mistake in it")
    print(f"  answer    {answer}, for you alone")
    for sentence in windows_warnings(path):
        print(f"  warning   {sentence}")
    return 0


def _seed(typed: str | None) -> int:
    if typed is None:
        return 0
    if not typed.isascii() or not typed.isdigit():
        what = f'a whole number is needed, but this is "{typed[:40]}".'
        raise InputError("--seed", [Problem("", what, "For instance: --seed 7")])
    return int(typed)
