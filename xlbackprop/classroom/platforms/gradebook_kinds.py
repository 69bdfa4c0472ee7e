"""Where a platform's exported gradebook has what: the people, the grades, the maximum, the comments.

Headers are in the language of whoever exported a worksheet of Moodle, so its columns are found by what stands in them
and in which order. Canvas and Brightspace write theirs in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from xlbackprop.classroom.platforms.csv_cells import CsvText
from xlbackprop.classroom.platforms.download_names import Platform
from xlbackprop.classroom.platforms.pairing import Person
from xlbackprop.classroom.roster import as_read, columns_by_name
from xlbackprop.errors import InputError, Problem, did_you_mean


class GradebookKind(Enum):
    """Whose gradebook a file is."""

    MOODLE = "Moodle's grading worksheet"
    CANVAS = "Canvas's gradebook"
    BRIGHTSPACE = "Brightspace's gradebook"
    PLAIN = "a table with ids"


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person's row, by its number in the file (0 is the header), and whether the platform takes no grade there."""

    row: int
    person: Person
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of grades and of comments, counted from 0, and the grade that 100 points are.

    `comment` is None where the platform has no such column, `maximum` where grades are no numbers (a scale of words).
    A `grade` beyond the header is a column to add.
    """

    kind: GradebookKind
    rows: tuple[PersonRow, ...]
    grade: int
    comment: int | None
    maximum: float | None


def number(cell: str) -> float | None:
    """Return the number that a cell says, with a decimal point or comma; None where it says none."""
    return float(cell.replace(",", ".")) if _NUMBER.fullmatch(cell) else None


_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)?")


def layout_of(table: CsvText, column: str | None, name: str) -> Layout:
    """Return the layout of a gradebook; `column` is the header of the grades, where it is not the only candidate.

    Raises InputError, which `name` names, where no column or more than one may hold the grades.
    """
    header = [cell.value.strip() for cell in table.rows[0]]
    for reader in (_canvas, _brightspace, _moodle):
        if (layout := reader(table, header, column, name)) is not None:
            return layout
    return _plain(table, header, column, name)


# -------------------------------------------------------------------------------------------------------------- Moodle

_PARTICIPANT = re.compile(r"(\D*[^\W\d_]\D+?)\s*([0-9]+)")
# mod/assign/gradingtable.php: after the maximum come the state of the marking workflow, if there is one, and whether
# the grade can be changed, in the words yes and no of the language.
_YES = (
    "yes ja oui sí si sim tak áno ano да так evet はい 是 نعم כן ναι igen 예 네 bai da kyllä jah jā taip có ใช่ ya "
    "بله हाँ já"
)
_NO = (
    "no nein non não nee nej nei ei nie ne нет ні не hayır いいえ 否 لا לא όχι nem 아니오 아니요 ez nu nē không ไม่ "
    "tidak خیر नहीं"
)
_TIME = re.compile(r"-|–|(?=.*\d{1,2}[:.h]\d{2})(?=.*\d{4}).*", re.DOTALL)


def _moodle(table: CsvText, header: Sequence[str], column: str | None, name: str) -> Layout | None:
    """Moodle docs: Assignment, offline grading worksheet. The first column is Identifier, "Participant 12345"."""
    body, width = range(1, len(table.rows)), len(header)
    columns = [[table.value(row, at) for row in body] for at in range(width)]
    people = [_PARTICIPANT.fullmatch(cell) for cell in columns[0]]
    times = [at for at in range(1, width) if any(columns[at]) and all(map(_TIME.fullmatch, columns[at]))]
    if not all(people) or len({found[1].strip() for found in people if found}) != 1 or not times:
        return None
    candidates = [at for at in range(1, times[-1] - 1) if _is_grade(columns[at], columns[at + 1])]
    if column is not None:
        candidates = [_asked(header, range(1, times[-1]), column, name)]
    grade = _only(header, candidates, name)
    maxima = {*columns[grade + 1]}
    changeable = next((at for at in range(grade + 2, min(grade + 4, width)) if _is_yes_or_no(columns[at])), None)
    rows = []
    for row, found in zip(body, people, strict=True):
        assert found is not None
        ids = [cell for at in range(2, grade) if (cell := table.value(row, at)) and not re.search(r"\s", cell)]
        names = (table.value(row, 0), table.value(row, 1))[: grade - 1]  # with blind marking there is no full name
        person = Person(found[2], tuple(ids), names, Platform.MOODLE)
        locked = changeable is not None and table.value(row, changeable).casefold() in _NO.split()
        rows.append(PersonRow(row, person, locked))
    comment = width - 1 if times[-1] == width - 2 else None  # another plugin may have a text of its own
    return Layout(GradebookKind.MOODLE, tuple(rows), grade, comment, number(maxima.pop()) if len(maxima) == 1 else None)


def _is_grade(grades: Sequence[str], maxima: Sequence[str]) -> bool:
    """Return whether a column may be the grades, and the next their maximum or, of a scale, its words line by line."""
    if len({*maxima}) != 1:
        return False
    if (most := number(maxima[0])) is not None:
        return most > 0 and all(not cell or ((value := number(cell)) is not None and value <= most) for cell in grades)
    words = maxima[0].splitlines()
    return len(words) > 1 and all(not cell or cell in words for cell in grades)


def _is_yes_or_no(cells: Sequence[str]) -> bool:
    return all(cell.casefold() in f"{_YES} {_NO}".split() for cell in cells)


# -------------------------------------------------------------------------------------------------------------- Canvas

_ASSIGNMENT = re.compile(r"(.+) \(([0-9]+)\)", re.DOTALL)
_POINTS_POSSIBLE = "Points Possible"
_NO_STUDENT = re.compile(r"(?:Muted|Manual Posting.*)?", re.IGNORECASE)


def _canvas(table: CsvText, header: Sequence[str], column: str | None, name: str) -> Layout | None:
    """Canvas docs: importing grades from a CSV file; lib/gradebook_importer.rb says how columns and rows are known.

    An assignment that Canvas does not know would be made anew, so a column must be there, with its number.
    """
    if not {"ID", "Section"} <= {*header} or header[0] not in ("Student", "LastName"):
        return None
    possible = next((row for row in range(1, len(table.rows)) if _POINTS_POSSIBLE in table.value(row, 0)), None)
    if possible is None:
        what = f'there is no row "{_POINTS_POSSIBLE}".'
        raise InputError(
            name, [Problem("", what, "Export the gradebook from Canvas once more, and leave it as it is.")]
        )
    candidates = {
        at: found
        for at in range(header.index("Section") + 1, len(header))
        if (found := _ASSIGNMENT.fullmatch(header[at])) and number(table.value(possible, at)) is not None
    }
    if column is not None:
        exact = [at for at, found in candidates.items() if column.strip() in (found[0], found[2])]
        asked = exact or [at for at, found in candidates.items() if column.strip() == found[1].strip()]
        if not asked:
            raise _no_column(column, [header[at] for at in candidates], name)
        grade = _only(header, asked, name)
    else:
        grade = _only(header, [*candidates], name)
    at_id, section = header.index("ID"), header.index("Section")
    rows = []
    for row in range(1, len(table.rows)):
        cells = [table.value(row, at) for at in range(len(header))]
        if row == possible or not cells[at_id] or all(map(_NO_STUDENT.fullmatch, cells)):
            continue
        names = (", ".join(cells[:at_id]),)
        ids = tuple(filter(None, cells[at_id + 1 : section]))
        rows.append(PersonRow(row, Person(cells[at_id], ids, names, Platform.CANVAS), cells[grade] == "N/A"))
    return Layout(GradebookKind.CANVAS, tuple(rows), grade, None, number(table.value(possible, grade)) or None)


# --------------------------------------------------------------------------------------------------------- Brightspace

_POINTS_GRADE = re.compile(r"(.+) Points Grade(?:\s*<(.*)>)?", re.DOTALL)
_MAX_POINTS = re.compile(r"MaxPoints:([0-9]+(?:[.,][0-9]+)?)")


def _brightspace(table: CsvText, header: Sequence[str], column: str | None, name: str) -> Layout | None:
    """Brightspace help: Importing grades. People by OrgDefinedId or Username, each with # before it in an export."""
    keys = [header.index(key) for key in ("OrgDefinedId", "Username") if key in header]
    candidates = {at: found for at, cell in enumerate(header) if (found := _POINTS_GRADE.fullmatch(cell))}
    if not keys or not (candidates or header[-1] == "End-of-Line Indicator"):
        return None
    if column is not None:
        asked = [at for at, found in candidates.items() if column.strip() in (found[0], found[1].strip())]
        if not asked:
            raise _no_column(column, [found[1] for found in candidates.values()], name)
        grade = _only(header, asked, name)
    else:
        grade = _only(header, [*candidates], name)
    found = _MAX_POINTS.search(candidates[grade][2] or "")
    named, rows = columns_by_name(header), []
    for row in range(1, len(table.rows)):
        ids = [cell for at in keys if (cell := table.value(row, at).removeprefix("#"))]
        full = " ".join(filter(None, (table.value(row, named[key]) for key in ("first", "last") if key in named)))
        mails = [table.value(row, named["mail"])] if "mail" in named else []
        if ids:
            rows.append(PersonRow(row, Person(ids[0], (*ids[1:], *filter(None, mails)), tuple(filter(None, [full])))))
    maximum = number(found[1]) if found else None
    return Layout(GradebookKind.BRIGHTSPACE, tuple(rows), grade, None, maximum or None)


# ---------------------------------------------------------------------------------------------------------- any table

POINTS = "points"
_COMMENTS = ("comment", "comments", "feedback")


def _plain(table: CsvText, header: Sequence[str], column: str | None, name: str) -> Layout:
    """A table with a column of ids, as a roster has; grades go to the column asked for, or to one that is added."""
    columns = columns_by_name(header)
    if "id" not in columns:
        shown = ", ".join(f'"{cell[:40]}"' for cell in header[:8])
        what = f"this is no gradebook of a platform, and no column is called id; there are {shown}."
        raise InputError(name, [Problem("line 1", what, "Export it once more, or name the column of ids: id")])
    grade = _asked(header, range(len(header)), column, name) if column is not None else len(header)
    small = [cell.lower() for cell in header]
    if column is None and small.count(POINTS):
        grade = _only(header, [at for at, cell in enumerate(small) if cell == POINTS], name)
    comment = next((small.index(word) for word in _COMMENTS if word in small), None)
    rows = []
    for row in range(1, len(table.rows)):
        told = {what: as_read(table.value(row, at)) for what, at in columns.items()}
        full = " ".join(told[what] for what in ("name", "first", "last") if told.get(what))
        if told["id"]:
            mails = tuple(filter(None, [told.get("mail", "")]))
            rows.append(PersonRow(row, Person(told["id"], mails, tuple(filter(None, [full])))))
    return Layout(GradebookKind.PLAIN, tuple(rows), grade, comment, 100.0)


# ------------------------------------------------------------------------------------------------------ one column of


def _asked(header: Sequence[str], among: Iterable[int], column: str, name: str) -> int:
    """Return the only column of this header."""
    places = [at for at in among if header[at] == column.strip()]
    if not places:
        raise _no_column(column, [header[at] for at in among if header[at]], name)
    return _only(header, places, name)


def _only(header: Sequence[str], candidates: Sequence[int], name: str) -> int:
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        what, cure = "it has no column that takes grades.", "Export it with the assignment to be graded."
    else:
        shown = ", ".join(f'"{header[at]}"' for at in candidates[:8])
        what, cure = f"several columns may take the grades: {shown}.", "Say which."
    raise InputError(name, [Problem("line 1", what, cure)])


def _no_column(column: str, known: Sequence[str], name: str) -> InputError:
    return InputError(
        name, [Problem("line 1", f'no column for grades is called "{column}".', did_you_mean(column, known))]
    )
