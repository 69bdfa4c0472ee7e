"""`audit`: what is right and wrong in workbooks that people made by hand."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlbackprop.commands.error_reporting import file_trouble
from xlbackprop.errors import InputError, Problem, printable

if TYPE_CHECKING:
    from xlbackprop.classroom import Audit

RIGHT, WRONG, UNUSABLE = 0, 1, 2


def run(arguments: argparse.Namespace) -> int:
    """Print the audit of each workbook; return the exit code, of several files the highest."""
    from xlbackprop.classroom import audit_files  # noqa: PLC0415
    from xlbackprop.lesson_library import DEFAULT_LESSON  # noqa: PLC0415
    from xlbackprop.sheets import load_lesson  # noqa: PLC0415

    lesson = load_lesson(arguments.lesson or DEFAULT_LESSON)
    answers = audit_files([Path(name) for name in arguments.files], lesson, own_numbers=not arguments.lesson)
    if arguments.annotate is not None:
        _annotate([Path(name) for name in arguments.files], Path(arguments.annotate), answers)
    codes = [_code(answer) for answer in answers]
    if arguments.json:
        told = [_as_json(name, answer) for name, answer in zip(arguments.files, answers, strict=True)]
        print(json.dumps(told if len(told) > 1 else told[0], ensure_ascii=False, indent=2))
    else:
        _print(arguments.files, answers)
    return max(codes)


def _annotate(paths: Sequence[Path], out: Path, answers: Sequence[Audit | InputError]) -> None:
    """Write the annotated copies; of one workbook to `out`, of several into that folder.

    Raises InputError where a file is there already, or cannot be written.
    """
    from xlbackprop.classroom import write_annotated  # noqa: PLC0415

    targets = [out] if len(paths) == 1 else [out / f"{path.stem}-audited.xlsx" for path in paths]
    taken = [target for number, target in enumerate(targets) if target.exists() or target in targets[:number]]
    if taken:
        what = f"{taken[0]} is there already, and is left as it is." if taken[0].exists() else f"two are {taken[0]}."
        raise InputError("--annotate", [Problem("", what, "Name another place.")])
    for path, target, answer in zip(paths, targets, answers, strict=True):
        if not isinstance(answer, InputError):
            with file_trouble(target):
                target.parent.mkdir(parents=True, exist_ok=True)
                write_annotated(path, target, answer)


def _code(answer: Audit | InputError) -> int:
    from xlbackprop.classroom import Verdict  # noqa: PLC0415

    if isinstance(answer, InputError) or answer.verdict is Verdict.NO_TABLE:
        return UNUSABLE
    return RIGHT if answer.verdict is Verdict.RIGHT else WRONG


def _print(names: Sequence[str], answers: Sequence[Audit | InputError]) -> None:
    """Print a line for each file, and below it what is wrong."""
    from xlbackprop.classroom import first_line, lines  # noqa: PLC0415

    width = max(len(printable(name)) for name in names)
    for name, answer in zip(names, answers, strict=True):
        if isinstance(answer, InputError):
            first, *others = answer.problems
            more = f" (and {len(others):,} more)" if others else ""
            print(f"{printable(name):{width}}  not readable: {first}{more}")
            continue
        print(f"{printable(name):{width}}  {printable(first_line(answer))}")
        for line in lines(answer):
            print(f"  {printable(line)}")


def _as_json(name: str, answer: Audit | InputError) -> dict[str, Any]:
    if isinstance(answer, InputError):
        return {"file": name, "verdict": "unreadable", "error": " ".join(str(answer).split())}
    from xlbackprop.classroom import as_data  # noqa: PLC0415

    return {"file": name, **as_data(answer)}
