"""`twin`: writes a lesson as one Python file that computes the same numbers."""

from __future__ import annotations

import argparse
from pathlib import Path

from xlbackprop.commands.error_reporting import file_trouble
from xlbackprop.commands.overwriting import loss_of, windows_warnings
from xlbackprop.errors import InputError, Problem


def run(arguments: argparse.Namespace) -> int:
    """Write the file; return the exit code."""
    from xlbackprop.machine import whole_files  # noqa: PLC0415
    from xlbackprop.sheets import load_lesson  # noqa: PLC0415
    from xlbackprop.twin import twin  # noqa: PLC0415

    lesson = load_lesson(arguments.lesson)
    path = _target_of(arguments.output, f"{Path(arguments.lesson).stem}_twin.py")
    text = twin(lesson, path.name)
    with file_trouble(path):
        _refuse_losses(path, force=arguments.force)
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_files(path, last_look=lambda: _refuse_losses(path, force=arguments.force)) as (stream,):
            stream.write(text.encode())
    print(path)
    print(f"  lesson    {lesson.title}")
    print(f"  runs      {len(lesson.runs)}, epochs 0 to {lesson.epochs}; every number of every row")
    for sentence in windows_warnings(path):
        print(f"  warning   {sentence}")
    print(f"  run it    python {path} --epoch {min(3, lesson.epochs)}")
    return 0


def _target_of(output: str | None, name: str) -> Path:
    """Return the path of the file that the option --output names; without it, one in output/.

    Raises InputError where a Python file cannot have this name.
    """
    if output is not None and not output.strip():
        raise InputError("--output", [Problem("", "the name is empty.", f"For instance: -o {name}")])
    path = Path("output") / name if output is None else Path(output)
    if path.is_dir():
        path = path / name
    if path.suffix.lower() != ".py":
        known = path.with_suffix(".py") if path.name.strip(". ") else path.with_name(name)
        problem = Problem("--output", "the name of a Python file ends in .py.", f"For instance: {known}")
        raise InputError(str(path), [problem])
    return path


def _refuse_losses(path: Path, *, force: bool) -> None:
    """Raise InputError where a file must not be overwritten: a person changed it, or xlbackprop did not make it."""
    from xlbackprop.twin import is_untouched  # noqa: PLC0415

    if problems := [*loss_of(path, "", is_untouched, force=force)]:
        raise InputError(str(path), problems)
