"""`mark`: what the answers in a filled-in exercise are worth, as JSON, or as a platform has it."""

from __future__ import annotations

import argparse
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlbackprop.commands.error_reporting import file_trouble, reading_trouble, scratch_trouble
from xlbackprop.commands.exercise import level_of, rows_of
from xlbackprop.commands.many import limits
from xlbackprop.errors import InputError, Problem, did_you_mean, printable
from xlbackprop.streams import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xlbackprop.classroom import Grader, ManifestRow

_JSON = "json"


def run(arguments: argparse.Namespace) -> int:
    """Print the marks of each workbook, or write them to a file; return the exit code: 2 where one cannot be marked."""
    from xlbackprop.classroom import PLATFORM_RESULTS, Grader, Variants, read_manifest  # noqa: PLC0415
    from xlbackprop.sheets import load_lesson  # noqa: PLC0415

    _refuse_format(arguments, [_JSON, *PLATFORM_RESULTS])
    _refuse_output(arguments.output)
    grader = Grader(Variants(load_lesson(arguments.lesson), "", level_of(arguments.level), rows_of(arguments.rows)))
    manifest: dict[str, ManifestRow] = {}
    if arguments.manifest is not None:
        with reading_trouble(Path(arguments.manifest)):
            manifest = read_manifest(Path(arguments.manifest))
    if arguments.format == _JSON:
        code, told = _of_each(arguments.files, grader, manifest)
    else:
        code, told = _of_submission(Path(arguments.files[0]), grader, manifest, arguments.format)
    _tell(told, arguments.output)
    return code


def _of_each(names: list[str], grader: Grader, manifest: Mapping[str, ManifestRow]) -> tuple[int, Any]:
    """Return the exit code, and the marks of the workbook, or a list of those of several."""
    from xlbackprop.classroom import sentence_of  # noqa: PLC0415

    marked = [*_marked([*map(Path, names)], grader, manifest)]
    told = [
        {"file": name, "error": sentence_of(one)} if isinstance(one, InputError) else one
        for name, one in zip(names, marked, strict=True)
    ]
    return 2 if any(isinstance(one, InputError) for one in marked) else 0, told if len(told) > 1 else told[0]


def _of_submission(
    place: Path, grader: Grader, manifest: Mapping[str, ManifestRow], platform: str
) -> tuple[int, dict[str, Any]]:
    """Return the exit code, and the results of a submission, a file or a folder, as a platform wants them."""
    from xlbackprop.classroom import PLATFORM_RESULTS, marks_of_nothing, submitted_workbook  # noqa: PLC0415

    try:
        (found,) = _marked([submitted_workbook(place)], grader, manifest)
    except InputError as error:
        found = error
    if isinstance(found, InputError):
        say(found)  # to the teacher, who can use the hints
        return 2, PLATFORM_RESULTS[platform](marks_of_nothing(found))
    return 0, PLATFORM_RESULTS[platform](found)


def _marked(
    paths: list[Path], grader: Grader, manifest: Mapping[str, ManifestRow]
) -> Iterator[dict[str, Any] | InputError]:
    """Yield the marks of each workbook, or why it has none; a process apart works them out, with limits."""
    from xlbackprop.machine import in_watched_processes  # noqa: PLC0415

    with scratch_trouble():
        for path, outcome in in_watched_processes(partial(_marks_of, grader, manifest), paths, 1, limits()):
            if isinstance(outcome, Exception) and not isinstance(outcome, InputError):
                yield InputError(str(path), [Problem("", f"it could not be marked: {outcome}")])
            else:
                yield outcome


def _marks_of(grader: Grader, manifest: Mapping[str, ManifestRow], path: Path) -> dict[str, Any]:
    from xlbackprop.classroom import mark, marks_as_data  # noqa: PLC0415

    with scratch_trouble(), reading_trouble(path):
        row = _variant(path, grader, manifest)
        exercise = grader.exercise(row and row.numbers)
        whose = {} if row is None else {"code": row.code, "id": row.student.id, "name": row.student.name}
        return {"file": str(path), **whose, **marks_as_data(mark(path, exercise), exercise)}


def _variant(path: Path, grader: Grader, manifest: Mapping[str, ManifestRow]) -> ManifestRow | None:
    """Return whose variant a workbook is, None where all have the same. Raises InputError where that is not known."""
    from xlbackprop.classroom import VariantFinder  # noqa: PLC0415

    row, what = VariantFinder(grader, manifest).of(path)
    if what:
        hint = "" if manifest else "Name that of its class: --manifest week3/manifest.csv"
        raise InputError(str(path), [Problem("", what, hint)])
    return row


def _refuse_format(arguments: argparse.Namespace, known: list[str]) -> None:
    """Raise InputError where there is no such format, or several files for one that is about a single submission."""
    if arguments.format not in known:
        what = f'there is no format "{arguments.format[:40]}".'
        raise InputError("--format", [Problem("", what, did_you_mean(arguments.format[:40], known))])
    if arguments.format != _JSON and len(arguments.files) > 1:
        what = f"it is for one submission, and there are {len(arguments.files)}."
        raise InputError("--format", [Problem("", what, "Name one file, or the folder of one submission.")])


def _refuse_output(output: str | None) -> None:
    """Raise InputError where the marks would replace something that is no JSON, as a student's workbook."""
    if output is not None and Path(output).suffix.lower() != ".json":
        hint = "For instance: -o results.json"
        raise InputError(output or "--output", [Problem("", "the name of a file of marks ends in .json.", hint)])


def _tell(told: Any, output: str | None) -> None:
    from xlbackprop.machine import whole_file  # noqa: PLC0415

    text = json.dumps(told, ensure_ascii=False, indent=2)
    if output is None:
        print(text)
        return
    with file_trouble(Path(output)), whole_file(Path(output)) as stream:
        stream.write(f"{text}\n".encode())
    for one in told if isinstance(told, list) else [told]:
        if "file" in one:  # a platform's results are for the platform
            print(printable(f"{one['file']}: {one.get('error') or _in_a_line(one)}"))


def _in_a_line(marks: Mapping[str, Any]) -> str:
    """Return the points of a workbook and its mistakes."""
    return " ".join([f"{marks['points']:g} of {marks['of']}.", *(made["sentence"] for made in marks["mistakes"])])
