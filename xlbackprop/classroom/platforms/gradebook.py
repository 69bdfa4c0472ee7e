"""A platform's exported gradebook, filled in: grades and comments in their cells, every other byte as it was."""

from __future__ import annotations

import html
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from xlbackprop.classroom.platforms.csv_cells import CsvText, read_csv_text
from xlbackprop.classroom.platforms.gradebook_kinds import POINTS, GradebookKind, Layout, PersonRow, layout_of, number
from xlbackprop.classroom.platforms.pairing import Person
from xlbackprop.errors import InputError, Problem

Mark = tuple[float | None, str]  # points of 100, or None where there are none, and a comment, which may be empty


class Unfilled(Enum):
    """Why a row, or a mark, is not filled in; the values are the words for it."""

    NO_SUBMISSION = "no mark for this row"
    NO_POINTS = "the mark has no points"
    NOT_IN_FILE = "no row for this mark"
    TWICE = "several rows of this person"
    LOCKED = "the platform takes no grade for this row"
    NO_NUMBER = "the grade is a word of a scale, or its maximum is not told"
    HAS_GRADE = "there is another grade already"
    HAS_COMMENT = "there is another comment already"


class Left(NamedTuple):
    """A row or a mark that was not filled in: the person's key, the name in the file, and why."""

    key: str
    name: str
    reason: Unfilled


class Filled(NamedTuple):
    """The bytes of the filled gradebook, the keys of the people whose grades are in it, and what was left as it was."""

    content: bytes
    filled: tuple[str, ...]
    left: tuple[Left, ...]


@dataclass(frozen=True, slots=True)
class Gradebook:
    """An exported gradebook; `heading` is the header of its grades."""

    path: Path
    table: CsvText
    layout: Layout

    @property
    def kind(self) -> GradebookKind:
        """Whose gradebook it is."""
        return self.layout.kind

    @property
    def people(self) -> tuple[Person, ...]:
        """The people who have a row, in its order."""
        return tuple(row.person for row in self.layout.rows)

    @property
    def heading(self) -> str:
        """The header of the grades, e.g. "Backpropagation (12345)"."""
        header = self.table.rows[0]
        return header[self.layout.grade].value.strip() if self.layout.grade < len(header) else POINTS

    def filled(self, marks: Mapping[str, Mark], *, overwrite: bool = False) -> Filled:
        """Return the file with these marks, by the keys of `people`, scaled from 100 points to the maximum of the file.

        Another grade or comment that is there already stays unless `overwrite` is set. Raises ValueError where points
        are not from 0 to 100, InputError where the encoding of the file lacks a character of a comment.
        """
        if wrong := [points for points, _ in marks.values() if points is not None and not 0 <= points <= 100]:
            raise ValueError(f"points are from 0 to 100, not {wrong[0]}")
        times = Counter(row.person.key for row in self.layout.rows)
        changes, filled, left = self._new_column(), list[str](), list[Left]()
        decimal_sign = "," if self._has_decimal_commas() else "."
        for row in self.layout.rows:
            key = row.person.key
            reasons = self._reasons(row, marks.get(key), times[key], overwrite)
            left += [Left(key, (*row.person.names[-1:], "")[0], reason) for reason in reasons]
            if key not in marks or not {*reasons} <= {Unfilled.NO_POINTS, Unfilled.HAS_COMMENT}:
                continue
            points, comment = marks[key]
            if points is not None and self.layout.maximum is not None:
                filled.append(key)
                changes |= self._grade(row.row, _scaled(points, self.layout.maximum), decimal_sign)
            if comment and self.layout.comment is not None and Unfilled.HAS_COMMENT not in reasons:
                changes[row.row, self.layout.comment] = self._comment(comment)
        left += [Left(key, "", Unfilled.NOT_IN_FILE) for key in marks if key not in times]
        try:
            return Filled(self.table.with_cells(changes), tuple(filled), tuple(left))
        except UnicodeEncodeError as error:
            what = f'its encoding lacks "{error.object[error.start]}" of a comment.'
            raise InputError(str(self.path), [Problem("", what, "Save it as CSV in UTF-8.")]) from None

    def _reasons(self, row: PersonRow, mark: Mark | None, times: int, overwrite: bool) -> list[Unfilled]:
        """Return why a row cannot be filled, or not wholly."""
        if mark is None:
            return [Unfilled.NO_SUBMISSION]
        if times > 1:
            return [Unfilled.TWICE]
        if row.locked:
            return [Unfilled.LOCKED]
        points, comment = mark
        reasons = []
        if points is None:
            reasons.append(Unfilled.NO_POINTS)
        elif self.layout.maximum is None:
            reasons.append(Unfilled.NO_NUMBER)
        elif not overwrite and (there := self.table.value(row.row, self.layout.grade)):
            is_same = number(there) == float(_scaled(points, self.layout.maximum))
            reasons += [] if is_same else [Unfilled.HAS_GRADE]
        if not overwrite and comment and self.layout.comment is not None:
            is_same = self.table.value(row.row, self.layout.comment) in ("", self._comment(comment).strip())
            reasons += [] if is_same else [Unfilled.HAS_COMMENT]
        return reasons

    def _new_column(self) -> dict[tuple[int, int], str]:
        """Return the cells of a column that the file does not have yet: its header and an empty cell a row."""
        if self.layout.grade < len(self.table.rows[0]):
            return {}
        return {(row, self.layout.grade): "" if row else POINTS for row in range(len(self.table.rows))}

    def _grade(self, row: int, value: Decimal, decimal_sign: str) -> dict[tuple[int, int], str]:
        """Return the cell of a grade; one that says the same number already stays as it is written."""
        if number(self.table.value(row, self.layout.grade)) == float(value):
            return {}
        return {(row, self.layout.grade): f"{value:f}".rstrip("0").rstrip(".").replace(".", decimal_sign)}

    def _has_decimal_commas(self) -> bool:
        """Return whether the numbers of the file have commas: more of its cells than have points."""
        cells = [cell.value.strip() for row in self.table.rows for cell in row]
        with_sign = Counter(found[1] for cell in cells if (found := _DECIMAL.fullmatch(cell)))
        return with_sign[","] > with_sign["."]

    def _comment(self, comment: str) -> str:
        """Return a comment as the platform takes it, which no spreadsheet program takes for a formula.

        Moodle reads a comment as HTML (mod/assign/feedback/comments/locallib.php).
        """
        first = unicodedata.normalize("NFKC", comment.strip()[:1])  # wide forms, as ＝, count in some programs
        harmless = f"'{comment}" if first in _FORMULA_SIGNS else comment
        if self.layout.kind is not GradebookKind.MOODLE:
            return harmless
        return re.sub(r"\r\n|\r|\n", "<br>", html.escape(harmless, quote=False))


_DECIMAL = re.compile(r"[0-9]+([.,])[0-9]{1,2}")
_FORMULA_SIGNS = ("=", "+", "-", "@")


def _scaled(points: float, maximum: float) -> Decimal:
    """Return a grade with two decimals, as Moodle and Canvas keep it; halves go up."""
    exact = Decimal(repr(points)) * Decimal(repr(maximum)) / 100
    return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


def read_gradebook(path: Path, column: str | None = None, maximum: float | None = None) -> Gradebook:
    """Return an exported gradebook; `column` is the header of the grades, needed where more than one may be meant.

    `maximum` is the grade that 100 points are, where the file does not tell one. Raises InputError where the file
    cannot be read, or does not tell where the grades go.
    """
    if maximum is not None and not (math.isfinite(maximum) and maximum > 0):
        raise ValueError(f"a maximum is above 0, not {maximum}")
    table = read_csv_text(path)
    layout = layout_of(table, column, str(path))
    if maximum is not None and (layout.maximum is None or layout.kind is GradebookKind.PLAIN):
        layout = replace(layout, maximum=maximum)
    return Gradebook(path, table, layout)
