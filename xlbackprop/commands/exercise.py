"""`exercise`: makes a workbook to be filled in, whose checks do not hold the answers."""

from __future__ import annotations

import argparse
from pathlib import Path

from xlbackprop.commands.error_reporting import file_trouble, patience, scratch_trouble
from xlbackprop.commands.overwriting import windows_warnings
from xlbackprop.commands.writing import refuse_losses, target_of, write
from xlbackprop.errors import InputError, Problem, did_you_mean


def run(arguments: argparse.Namespace) -> int:
    """Make an exercise, or with --solution what the teacher keeps; return the exit code.

    1 where the file that was written would give an answer away.
    """
    from xlbackprop.classroom import leaks, make_exercise  # noqa: PLC0415
    from xlbackprop.sheets import load_lesson  # noqa: PLC0415

    level, rows = level_of(arguments.level), rows_of(arguments.rows)
    if arguments.roster is not None:
        from xlbackprop.commands import exercises_of_a_class  # noqa: PLC0415

        return exercises_of_a_class.run(arguments, rows)
    _refuse_without_roster(arguments)
    lesson = load_lesson(arguments.lesson)
    edition = "solution" if arguments.solution else "exercise"
    with file_trouble(Path(arguments.output or "output")):
        path = target_of(arguments.output, f"{Path(arguments.lesson).stem}-{edition}")
        refuse_losses(path, None, force=arguments.force)
    with patience("working out the answers, and what mistakes make of them"), scratch_trouble():
        made = make_exercise(lesson, level, rows, hints=not arguments.no_hints, solved=arguments.solution)
        document = made.document()
    write(document, path, None, force=arguments.force)
    print(f"{path}  ({path.stat().st_size / 1e6:.2f} MB)")
    print(f"  {edition}  {lesson.title}: {made.asked}")
    print(f"  answers   {len(made.table.answers)}, in {made.table.rows} rows of {made.run.name}")
    for sentence in windows_warnings(path):
        print(f"  warning   {sentence}")
    if made.solved:
        return 0
    found = list(dict.fromkeys(leak.spot for leak in leaks(path, made)))
    names = ", ".join(f"{made.run.of.naming.name(spot.quantity)} in row {spot.row}" for spot in found[:5])
    print("  search    " + (f"the file gives away {names}" if found else "no part of the file holds an answer"))
    return 1 if found else 0


def _refuse_without_roster(arguments: argparse.Namespace) -> None:
    """Raise InputError where an option is given that means something for a class alone."""
    given = {"--key": arguments.key, "--jobs": arguments.jobs, "--shard": arguments.shard, "--names": arguments.names}
    problems = [
        Problem(name, "it is for a class.", "Add --roster students.csv") for name, value in given.items() if value
    ]
    if problems:
        raise InputError("exercise", problems)


def level_of(typed: str | None) -> str | None:
    """Return the level that an option asks for. Raises InputError where there is none of this name."""
    from xlbackprop.lesson import LEVELS  # noqa: PLC0415

    if typed not in (None, *LEVELS):
        what = f'there is no level "{typed[:40]}".'
        raise InputError("--level", [Problem("", what, did_you_mean(typed[:40], LEVELS))])
    return typed


def rows_of(typed: str | None) -> int | None:
    """Return the number of rows that an option asks for. Raises InputError where it is none."""
    if typed is None:
        return None
    if not typed.strip().isascii() or not typed.strip().isdigit() or int(typed) < 1:
        what = f'a whole number from 1 on is needed, but this is "{typed[:40]}".'
        raise InputError("--rows", [Problem("", what, "For instance: --rows 6")])
    return int(typed)
