"""`mark`: what the answers in a filled-in exercise are worth, as JSON; one object a workbook."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlbackprop.commands.error_reporting import file_trouble, scratch_trouble
from xlbackprop.commands.exercise import rows_of
from xlbackprop.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlbackprop.classroom import ManifestRow, Variants


def run(arguments: argparse.Namespace) -> int:
    """Print the marks of each workbook; return the exit code: 2 where one of them cannot be marked."""
    from xlbackprop.classroom import Variants, read_manifest  # noqa: PLC0415
    from xlbackprop.sheets import load_lesson  # noqa: PLC0415

    variants = Variants(load_lesson(arguments.lesson), "", arguments.level, rows_of(arguments.rows))
    manifest: dict[str, ManifestRow] = {}
    if arguments.manifest is not None:
        with file_trouble(Path(arguments.manifest)):
            manifest = read_manifest(Path(arguments.manifest))
    code, told = 0, []
    for name in arguments.files:
        try:
            with file_trouble(Path(name)), scratch_trouble():
                told.append(_marked(Path(name), variants, manifest))
        except InputError as error:
            code = 2
            told.append({"file": name, "error": " ".join(str(error).split())})
    print(json.dumps(told if len(told) > 1 else told[0], ensure_ascii=False, indent=2))
    return code


def _marked(path: Path, variants: Variants, manifest: Mapping[str, ManifestRow]) -> dict[str, Any]:
    from xlbackprop.classroom import code_of, make_exercise, mark, marks_as_data  # noqa: PLC0415

    code, whose = code_of(path), {}
    if not code:
        exercise = make_exercise(variants.lesson, variants.level, variants.rows)
    elif code in manifest:
        row = manifest[code]
        exercise, whose = variants.made(row.numbers), {"code": code, "id": row.student.id, "name": row.student.name}
    else:
        what = f"it is the variant {code}, and no manifest says whose and with which numbers."
        raise InputError(str(path), [Problem("", what, "Name that of its class: --manifest week3/manifest.csv")])
    return {"file": str(path), **whose, **marks_as_data(mark(path, exercise), exercise)}
