"""The manifest of a class: whose variant is which, and with which numbers; a CSV file beside the workbooks."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from xlbackprop.classroom.roster import Student, as_read, as_text
from xlbackprop.errors import InputError, Problem

_COLUMNS = ("code", "id", "name", "mail", "file", "draws")


class ManifestRow(NamedTuple):
    """A student's variant: its code, its file, how often it was drawn, and its numbers by name."""

    code: str
    student: Student
    file: str
    draws: int
    numbers: Mapping[str, float]


def manifest_lines(names: Sequence[str], rows: Iterable[ManifestRow]) -> str:
    """Return the text of a manifest whose variants differ in the numbers of these names."""
    return "".join([_line([*_COLUMNS, *names]), *map(manifest_line, rows)])


def manifest_line(row: ManifestRow) -> str:
    """Return the line of a variant."""
    return _line([row.code, *map(as_text, row.student), row.file, row.draws, *row.numbers.values()])


def _line(cells: Sequence[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def read_manifest(path: Path) -> dict[str, ManifestRow]:
    """Return the rows of a manifest by their codes. A last line of which a part is missing is left out.

    Raises InputError where it is none, OSError where it cannot be read.
    """
    header, *rows = [*csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))] or [[]]
    if tuple(header[: len(_COLUMNS)]) != _COLUMNS:
        what = f"it is no manifest: its header begins with {', '.join(_COLUMNS[:3])}, …"
        raise InputError(str(path), [Problem("line 1", what, "`xlbackprop exercise --roster` writes one.")])
    names = header[len(_COLUMNS) :]
    found = {}
    for cells in rows:
        if len(cells) == len(header):
            code, *whose, file, draws = cells[: len(_COLUMNS)]
            try:
                numbers = dict(zip(names, map(float, cells[len(_COLUMNS) :]), strict=True))
                found[code] = ManifestRow(code, Student(*map(as_read, whose)), file, int(draws), numbers)
            except ValueError:
                continue
    return found
