"""What `grade` writes and says when all is marked: lists, a page of the class, the gradebook, the zip of feedback."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlbackprop.errors import printable

if TYPE_CHECKING:
    from xlbackprop.classroom import ClassMark, ClassRow, Filled, Gradebook, ManifestRow, Student, Submissions

ALL_MARKED, TO_BE_LOOKED_AT = 0, 1
_MOST = 8  # lines of a kind


@dataclass(frozen=True)
class People:
    """Who is in the class: the manifest of its variants by code, the students, the gradebook to be filled in."""

    manifest: Mapping[str, ManifestRow]
    students: Sequence[Student]
    gradebook: Gradebook | None


@dataclass(frozen=True)
class GradedClass:
    """A class whose submissions are marked, and the folder for all that is written of it."""

    submissions: Submissions
    people: People
    marks: Sequence[ClassMark]
    folder: Path
    title: str

    @cached_property
    def absent(self) -> Sequence[Student]:
        """The students of the roster from whom there is nothing."""
        there = {one.student.id for one in self.marks if one.student is not None}
        return [student for student in self.people.students if student.id not in there]

    def filled(self, *, overwrite: bool) -> Filled | None:
        """Return the gradebook with the marks; None where there is none."""
        from xlbackprop.classroom import Unpaired, find_person, pair  # noqa: PLC0415

        if self.people.gradebook is None:
            return None
        people = self.people.gradebook.people
        found = pair([one.submission for one in self.marks], people).found
        marks: dict[str, tuple[float | None, str]] = {}
        for one in self.marks:
            person = found.get(one.submission.original)
            if person is None and one.student is not None:
                by_student = find_person(people, (one.student.id, one.student.mail), (one.student.name,))
                person = None if isinstance(by_student, Unpaired) else by_student
            if person is not None and one.points is not None:
                marks[person.key] = one.points, one.comment
        return self.people.gradebook.filled(marks, overwrite=overwrite)


def report(graded: GradedClass, arguments: argparse.Namespace) -> int:
    """Write all files of a graded class and print what a teacher has to know; return the exit code."""
    from xlbackprop.classroom import class_page, feedback_zip, marks_csv, marks_data  # noqa: PLC0415
    from xlbackprop.machine import whole_file  # noqa: PLC0415

    folder, with_names = graded.folder, not arguments.no_names

    def write(name: str, content: bytes) -> None:
        with whole_file(folder / name) as stream:
            stream.write(content)

    data = marks_data(graded.marks, with_names=with_names)
    write("marks.csv", marks_csv(graded.marks, graded.absent, with_names=with_names).encode())
    write("marks.json", json.dumps(data, ensure_ascii=False, indent=1).encode())
    filled = graded.filled(overwrite=arguments.overwrite_grades)
    if filled is not None and graded.people.gradebook is not None:
        write(graded.people.gradebook.path.name, filled.content)
    page = class_page(graded.title, [*_class_rows(graded)], with_names=with_names)
    write("class.html", page.encode())
    files = {one.submission.original: folder / one.feedback for one in graded.marks if one.feedback}
    feedback_zip(folder / "feedback.zip", [one.submission for one in graded.marks], files)
    if arguments.json:
        print(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        for label, text in _said(graded, filled, with_names=with_names):
            print(f"  {label:<9} {text}" if label else text)
    is_done = all(one.points is not None and not one.remarks for one in graded.marks) and not _doubtful(filled)
    return ALL_MARKED if is_done else TO_BE_LOOKED_AT


def _class_rows(graded: GradedClass) -> Iterator[ClassRow]:
    """Yield the rows of the page of the class: a submission each, then the students from whom there is nothing."""
    from xlbackprop.classroom import ClassRow, MadeMistake, Remark  # noqa: PLC0415

    for one in graded.marks:
        name = one.student.name or one.student.id if one.student else one.submission.shown
        problem = one.graded.problem or "; ".join(map(str, one.remarks))
        made = [MadeMistake(mistake["sentence"], mistake["kind"]) for mistake in one.mistakes]
        is_late = any(remarked.remark is Remark.LATE for remarked in one.remarks)
        yield ClassRow(one.code, name, one.feedback, one.points, problem, made, is_late)
    for student in graded.absent:
        yield ClassRow("", student.name or student.id, problem="absent")


def _said(graded: GradedClass, filled: Filled | None, *, with_names: bool) -> Iterator[tuple[str, str]]:
    """Yield the lines of the report, each with its label."""
    submissions, marks = graded.submissions, graded.marks
    yield (
        "",
        f"{graded.folder}  ({len(marks):,} workbooks; {submissions.platform.value}, {submissions.certainty.value})",
    )
    points = sorted(one.points for one in marks if one.points is not None)
    if points:
        mean = sum(points) / len(points)
        yield "marked", f"{len(points):,}, from {points[0]:g} to {points[-1]:g} of 100, {mean:.1f} on average"
    for notice in submissions.notices:
        yield "left out", printable(f"{notice.kind.value}: {_listed(notice.names)}")
    look = [one for one in marks if one.points is None or one.remarks]
    for one in look[:_MOST]:
        name = one.submission.original if with_names else one.code
        yield "look at", printable(f"{name}: {'; '.join(map(str, one.remarks)) or one.graded.problem}")
    if len(look) > _MOST:
        yield "look at", f"… and {len(look) - _MOST:,} more, in marks.csv"
    if graded.absent:
        names = [student.name or student.id for student in graded.absent]
        yield "absent", printable(f"{len(names):,}" + (f": {_listed(names)}" if with_names else ""))
    made = Counter(mistake["sentence"] for one in marks for mistake in one.mistakes)
    for sentence, count in made.most_common(_MOST):
        yield "mistake", f"{count:,} × {sentence}"
    yield from _of_gradebook(graded, filled, with_names=with_names)
    yield "feedback", "feedback.zip, as the platform takes it back"
    yield "lists", "marks.csv, marks.json; class.html shows them"


def _of_gradebook(graded: GradedClass, filled: Filled | None, *, with_names: bool) -> Iterator[tuple[str, str]]:
    if filled is None or graded.people.gradebook is None:
        return
    book = graded.people.gradebook
    yield (
        "gradebook",
        printable(f"{book.path.name}: {book.kind.value}, {book.heading}: {len(filled.filled):,} filled in"),
    )
    reasons: dict[str, list[str]] = {}
    for left in filled.left:
        reasons.setdefault(left.reason.value, []).append(left.name or left.key)
    for reason, names in reasons.items():
        yield "not", printable(f"{reason}: " + (_listed(names) if with_names else f"{len(names):,}"))


def _doubtful(filled: Filled | None) -> bool:
    """Return whether a mark did not get into the gradebook; rows without a submission are none of them."""
    from xlbackprop.classroom import Unfilled  # noqa: PLC0415

    return filled is not None and any(left.reason is not Unfilled.NO_SUBMISSION for left in filled.left)


def _listed(names: Sequence[Any]) -> str:
    few = ", ".join(map(str, names[:_MOST]))
    return few if len(names) <= _MOST else f"{few} … ({len(names):,} in all)"
