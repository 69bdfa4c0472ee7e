"""`autograder`: makes the zip by which Gradescope marks an exercise as soon as it is submitted."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from xlbackprop.commands.error_reporting import file_trouble, patience
from xlbackprop.commands.exercise import level_of, rows_of
from xlbackprop.commands.overwriting import loss_of
from xlbackprop.errors import InputError, Problem


def run(arguments: argparse.Namespace) -> int:
    """Write the zip; return the exit code. What cannot be made into an exercise is told here, not to the students."""
    from xlbackprop.classroom import Variants, autograder_zip, make_exercise, read_manifest  # noqa: PLC0415
    from xlbackprop.machine import whole_files  # noqa: PLC0415
    from xlbackprop.sheets import load_lesson  # noqa: PLC0415

    level, rows = level_of(arguments.level), rows_of(arguments.rows)
    lesson = load_lesson(arguments.lesson)
    path = _target(arguments.output, Path(arguments.lesson).stem)
    with file_trouble(path):
        _refuse_losses(path, force=arguments.force)
    with patience("working out the answers"):
        made = make_exercise(lesson, level, rows)
    manifest, count = None, 0
    if arguments.manifest is not None:
        place = Path(arguments.manifest)
        with file_trouble(place):
            manifest, variants = place.read_bytes(), read_manifest(place)
        count, names = len(variants), Variants(lesson, "", level, rows).names
        if not variants or any((*row.numbers,) != names for row in variants.values()):
            what = "it is the manifest of another lesson." if variants else "it has no variants."
            raise InputError(str(place), [Problem("", what, "Name that of the class that has this exercise.")])
    content = autograder_zip(lesson, level, rows, manifest, open_documents=arguments.ods)
    with file_trouble(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_files(path, last_look=partial(_refuse_losses, path, force=arguments.force)) as (stream,):
            stream.write(content)
    print(f"{path}  ({len(content) / 1e6:.2f} MB)")
    print(f"  exercise  {lesson.title}: {made.asked}")
    print(f"  variants  {f'{count:,}, by the manifest' if count else 'none: all students have the same numbers'}")
    print("  upload it to Gradescope as the autograder of a programming assignment of 100 points")
    return 0


def _target(output: str | None, stem: str) -> Path:
    path = Path("output") / f"{stem}-autograder.zip" if output is None else Path(output)
    if path.suffix.lower() != ".zip":
        hint = "For instance: -o autograder.zip"
        raise InputError(output or "--output", [Problem("", "the name of an autograder ends in .zip.", hint)])
    return path


def _refuse_losses(path: Path, *, force: bool) -> None:
    from xlbackprop.classroom import is_untouched_autograder  # noqa: PLC0415

    if problems := [*loss_of(path, "", is_untouched_autograder, force=force)]:
        raise InputError(str(path), problems)
