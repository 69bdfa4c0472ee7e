"""The marks of a class: each submission with whose it is, what came of it, and what a teacher has to look at."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, NamedTuple

from xlbackprop.classroom.exercise import Exercise
from xlbackprop.classroom.feedback import WORDS
from xlbackprop.classroom.grading import Graded, Grader
from xlbackprop.classroom.manifest import ManifestRow
from xlbackprop.classroom.marking import Mark
from xlbackprop.classroom.platforms import Submission
from xlbackprop.classroom.roster import Student, as_text

_FEWEST = 3  # numbers of another variant that are no chance
_CLOSE = 1e-6


class Remark(Enum):
    """What a teacher has to look at before a mark counts; the values are the words for it."""

    LATE = "late"
    ANOTHERS = "the variant is another student's"
    SAME_VARIANT = "somebody else handed in this variant, too"
    SAME_FILE = "the same file as another"
    OTHER_LESSON = "its title is that of another lesson"
    OTHERS_NUMBERS = "wrong numbers that are right in another variant"
    NOBODY = "it is not told whose it is"


_WITHHELD = {Remark.ANOTHERS, Remark.SAME_VARIANT}  # whose points these are is not for a program to say


class Remarked(NamedTuple):
    """A remark, and what it is about: a code, a file."""

    remark: Remark
    about: str = ""

    def __str__(self) -> str:
        return f"{self.remark.value} ({self.about})" if self.about else self.remark.value


@dataclass(frozen=True)
class ClassMark:
    """A submission of a class: its number from 1, its variant, if it is one, its student, if known, and its marks.

    `feedback` is the name of the workbook with feedback in the folder of the marks, "" where there is none.
    """

    number: int
    submission: Submission
    graded: Graded
    variant: ManifestRow | None = None
    student: Student | None = None
    feedback: str = ""
    remarks: tuple[Remarked, ...] = ()

    @property
    def points(self) -> float | None:
        """How many of 100 points it gets; None where it has no marks, or a teacher has to say whose they are."""
        is_withheld = any(one.remark in _WITHHELD for one in self.remarks)
        return None if self.graded.marks is None or is_withheld else float(self.graded.marks["points"])

    @property
    def code(self) -> str:
        """The code of its variant, or its number: what may be told where names are not."""
        return self.variant.code if self.variant is not None else f"{self.number:04d}"

    @property
    def mistakes(self) -> Sequence[Mapping[str, Any]]:
        """Its mistakes that have a name, as `marks_as_data` tells them."""
        found: Sequence[Mapping[str, Any]] = () if self.graded.marks is None else self.graded.marks["mistakes"]
        return found

    @property
    def comment(self) -> str:
        """What the gradebook tells the student."""
        if self.graded.marks is None:
            return f"It could not be marked: {self.graded.problem}"
        points = f"{self.graded.marks['points']:g} of {self.graded.marks['of']}."
        return " ".join([points, *self.sentences])

    @property
    def sentences(self) -> Sequence[str]:
        """Why it has not all points: each mistake with its cells, then how many answers are none for another reason."""
        if self.graded.marks is None:
            return ()
        named = [f"{one['sentence'][:-1]} ({_cells(one['cells'])})." for one in self.mistakes]
        counts = self.graded.marks["answers"]
        others = [
            WORDS[mark].counted.format(n=count)
            for mark in Mark
            if mark not in (Mark.RIGHT, Mark.FOLLOWS, Mark.MISTAKE) and (count := counts.get(mark.value))
        ]
        return [*named, *([f"{', '.join(others).capitalize()}."] if others else [])]


def _cells(cells: Sequence[str]) -> str:
    return cells[0] if len(cells) == 1 else f"{cells[0]} to {cells[-1]}"


def with_remarks(marks: Sequence[ClassMark], contents: Mapping[int, str], grader: Grader) -> list[ClassMark]:
    """Return the marks of a class with the remarks that follow from others; `contents` are digests, by number."""
    of_code, of_content = defaultdict[str, list[ClassMark]](list), defaultdict[str, list[ClassMark]](list)
    for one in marks:
        of_content[contents[one.number]].append(one)
        if one.variant is not None:
            of_code[one.variant.code].append(one)
    numbers = _OtherNumbers({one.variant.code: one.variant for one in marks if one.variant is not None}, grader)

    def remarks(one: ClassMark) -> Iterator[Remarked]:
        if one.submission.late:
            yield Remarked(Remark.LATE)
        if one.variant is not None and one.student is not None and one.variant.student.id != one.student.id:
            yield Remarked(Remark.ANOTHERS, one.variant.code)
        if one.variant is not None and len(of_code[one.variant.code]) > 1:
            yield Remarked(Remark.SAME_VARIANT, one.variant.code)
        for other in of_content[contents[one.number]]:
            if other is not one:
                yield Remarked(Remark.SAME_FILE, f"{other.number:04d}")
                break
        title = one.graded.marks["title"] if one.graded.marks else ""
        if title and grader.variants.lesson.title not in title:
            yield Remarked(Remark.OTHER_LESSON, title)
        if code := numbers.of(one):
            yield Remarked(Remark.OTHERS_NUMBERS, code)

    return [replace(one, remarks=(*one.remarks, *remarks(one))) for one in marks]


class _OtherNumbers:
    """The right numbers of all variants, to be found again where they are wrong."""

    def __init__(self, variants: Mapping[str, ManifestRow], grader: Grader) -> None:
        self._variants, self._grader = variants, grader
        self._exercises: dict[str, Exercise] = {}

    def of(self, one: ClassMark) -> str:
        """Return the code of the other variant whose numbers some wrong ones are; "" where they are of none."""
        if one.variant is None or one.graded.marks is None:
            return ""
        cells = one.graded.marks["cells"]
        suspicious = (Mark.WRONG.value, Mark.TYPED_WRONG.value, Mark.TYPED.value)
        wrong = {cell: told["number"] for cell, told in cells.items() if told["mark"] in suspicious and told["number"]}
        if len(wrong) < _FEWEST:
            return ""
        found = Counter(
            {code: self._same(code, wrong) for code in self._variants if code != one.variant.code}
        ).most_common(1)
        return found[0][0] if found and found[0][1] >= _FEWEST else ""

    def _same(self, code: str, wrong: Mapping[str, float]) -> int:
        if code not in self._exercises:
            self._exercises[code] = self._grader.exercise(self._variants[code].numbers)
        of = self._exercises[code]
        right = {of.place(spot): of.table.value(spot) for spot in of.table.answers}
        return sum(
            abs(right[cell] - number) <= _CLOSE * abs(right[cell]) for cell, number in wrong.items() if cell in right
        )


# -------------------------------------------------------------------------------------------------------------- written


def marks_csv(marks: Sequence[ClassMark], absent: Sequence[Student], *, with_names: bool) -> str:
    """Return the marks of a class as a CSV file: a submission a line, then those who handed in nothing."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = ["id", "name", "file"] if with_names else []
    writer.writerow([*names, "code", "points", "remarks", "why"])
    for one in marks:
        student = one.student or Student("")
        whose = [as_text(student.id), as_text(student.name), as_text(one.submission.original)] if with_names else []
        told = "; ".join(map(str, one.remarks)) or one.graded.problem
        points, why = "" if one.points is None else one.points, " ".join(one.sentences)
        writer.writerow([*whose, one.code, points, told, as_text(why)])
    for student in absent if with_names else ():
        writer.writerow([as_text(student.id), as_text(student.name), "", "", "", "absent", ""])
    return f"\ufeff{text.getvalue()}"  # by which Excel knows that it is UTF-8


def marks_data(marks: Sequence[ClassMark], *, with_names: bool) -> list[dict[str, Any]]:
    """Return the marks of a class as plain data, for JSON."""
    return [
        {
            **(_whose(one) if with_names else {}),
            "code": one.code,
            "points": one.points,
            "remarks": [*map(str, one.remarks)],
            "problem": one.graded.problem,
            "feedback": one.feedback,
            "marks": one.graded.marks,
        }
        for one in marks
    ]


def _whose(one: ClassMark) -> dict[str, str]:
    student = one.student or Student("")
    return {"id": student.id, "name": student.name, "file": one.submission.original}
