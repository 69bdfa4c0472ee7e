"""The roster of a class: a CSV file as spreadsheet programs and learning platforms save it, a student a row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from xlbackprop.errors import InputError, Problem
from xlbackprop.lesson import CsvTable, read_table

_LONGEST = 200  # characters of an id, a name, an address
# What a column may be called, in small letters without blanks and signs.
_ID = (
    "id studentid userid username user login matriculation matriculationnumber matrikelnummer number studentnumber "
    "idnumber sisuserid orgdefinedid"
)
_NAME = "name fullname student studentname"
_FIRST, _LAST = "firstname vorname givenname prenom", "lastname surname nachname familyname nom"
_NAMES = ("name", "first", "last")
_MAIL = "mail email emailaddress emailadresse"


class Student(NamedTuple):
    """A row of the roster; `name` and `mail` may be empty."""

    id: str
    name: str = ""
    mail: str = ""


def read_roster(path: Path) -> tuple[Student, ...]:
    """Return the students of a roster, in its order; its columns may stand in any order, and there may be others.

    Raises InputError where it cannot be read, has no column of ids, or has one twice.
    """
    table = read_table(_text(path), str(path))
    columns = _columns(table, path)
    students, problems, lines = [], [], dict[str, int]()
    for row in table.rows:
        cells = [*row.cells, *[""] * len(table.header.cells)]
        student = Student(
            as_read(cells[columns["id"]]),
            " ".join(filter(None, (as_read(cells[columns[key]]) for key in _NAMES if key in columns))),
            as_read(cells[columns["mail"]]) if "mail" in columns else "",
        )
        place = table.place(row, columns["id"])
        if not student.id:
            problems.append(Problem(place, "this student has no id.", "Fill it in, or leave the row out."))
        elif student.id in lines:
            what = f'"{student.id[:40]}" is the id of line {lines[student.id]}, too.'
            problems.append(Problem(place, what, "Each student needs an id of its own."))
        elif max(map(len, student)) > _LONGEST:
            problems.append(Problem(place, f"there is a text of more than {_LONGEST} characters.", "Shorten it."))
        lines.setdefault(student.id, row.line)
        students.append(student)
    if problems:
        raise InputError(str(path), problems[:10])
    return tuple(students)


def _text(path: Path) -> str:
    """Return the text of a file in UTF-8, in the UTF-16 of "Unicode text", or as older Excel saves it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(str(path), [Problem("", f"it cannot be read: {error.strerror}.")]) from None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _columns(table: CsvTable, path: Path) -> Mapping[str, int]:
    """Return the column of each thing that the header names; raises InputError where none holds ids."""
    found = columns_by_name(table.header.cells)
    if "id" not in found:
        shown = ", ".join(f'"{header[:40]}"' for header in table.header.cells[:8])
        what = f"no column is called id; there are {shown}."
        raise InputError(str(path), [Problem("line 1", what, "Name the one with the students' ids: id")])
    return found


def columns_by_name(header: Sequence[str]) -> dict[str, int]:
    """Return the columns called "id", "name" (or "first" and "last") and "mail", in any of the usual words for them."""
    known = {"id": _ID, "name": _NAME, "first": _FIRST, "last": _LAST, "mail": _MAIL}
    headers = [re.sub(r"[\W_]", "", cell).lower() for cell in header]
    found = {what: at for what, names in known.items() if (at := _first(headers, names.split())) is not None}
    if "id" not in found and "mail" in found:
        found["id"] = found["mail"]
    if "name" in found:
        found = {what: at for what, at in found.items() if what not in ("first", "last")}
    return found


def _first(headers: Sequence[str], names: Sequence[str]) -> int | None:
    """Return the column with the first of these names that a header has."""
    return next((headers.index(name) for name in names if name in headers), None)


def as_read(cell: str) -> str:
    """Return a text without the apostrophe by which a table keeps it from being a formula."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _FORMULA_SIGNS else cell


_FORMULA_SIGNS = ("=", "+", "-", "@")


def as_text(cell: str) -> str:
    """Return a text as a CSV file may hold it: no spreadsheet program takes it for a formula."""
    return f"'{cell}" if cell.startswith((*_FORMULA_SIGNS, "\t", "\r")) else cell
