"""What `grade` writes and says when all is marked: lists, a page of the class, the gradebook, the zip of feedback."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from xlbackprop.errors import InputError, Problem, printable

if TYPE_CHECKING:
    from xlbackprop.classroom import (
        ClassMark,
        ClassRow,
        Filled,
        Gradebook,
        GradingJournal,
        ManifestRow,
        Student,
        Submissions,
    )

ALL_MARKED, TO_BE_LOOKED_AT = 0, 1
_MOST = 8  # lines of a kind, and names in a line
_ZIP = "feedback.zip"


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
            if person is not None and (one.points is not None or one.graded.problem):
                marks[person.key] = one.points, one.comment
        return self.people.gradebook.filled(marks, overwrite=overwrite)


def report(graded: GradedClass, journal: GradingJournal, arguments: argparse.Namespace) -> tuple[int, str]:
    """Write all files of a graded class; return the exit code, and what a teacher has to know.

    Raises InputError, before anything is written, where somebody has changed one of the files that are there.
    """
    from xlbackprop.classroom import feedback_zip, marks_data  # noqa: PLC0415
    from xlbackprop.machine import whole_file  # noqa: PLC0415

    folder, with_names = graded.folder, not arguments.no_names
    data = marks_data(graded.marks, with_names=with_names)
    filled = graded.filled(overwrite=arguments.overwrite_grades)
    files = dict(_files(graded, data, with_names=with_names)) | _gradebook(graded, filled)
    # a gradebook that was filled in before, with grades of a teacher's own, may come in again: these are kept
    given = graded.people.gradebook.path.resolve() if graded.people.gradebook else None
    changed = [name for name in (*files, _ZIP) if journal.is_changed(name) and (folder / name).resolve() != given]
    if changed and not arguments.force:
        what = "somebody has changed it since it was written."
        cure = "Move it away, or say --force. A gradebook with grades of your own goes to --marks: they are kept."
        raise InputError(str(folder), [Problem(name, what, cure) for name in changed])
    for name, content in files.items():
        with whole_file(folder / name) as stream:
            stream.write(content)
        journal.add_file(name, content)
    feedback = {one.submission.original: folder / one.feedback for one in graded.marks if one.feedback}
    feedback_zip(folder / _ZIP, [one.submission for one in graded.marks], feedback)
    journal.add_file(_ZIP, (folder / _ZIP).read_bytes())
    lines = (f"  {label:<10} {text}" if label else text for label, text in _said(graded, filled, with_names=with_names))
    told = json.dumps(data, ensure_ascii=False, indent=2) if arguments.json else "\n".join(lines)
    is_done = all(one.points is not None and not one.remarks for one in graded.marks) and not _doubtful(filled)
    return ALL_MARKED if is_done else TO_BE_LOOKED_AT, told


def _files(graded: GradedClass, data: object, *, with_names: bool) -> Iterator[tuple[str, bytes]]:
    """Yield the names and contents of the lists and of the page of the class."""
    from xlbackprop.classroom import class_page, marks_csv  # noqa: PLC0415

    yield "marks.csv", marks_csv(graded.marks, graded.absent, with_names=with_names).encode()
    yield "marks.json", json.dumps(data, ensure_ascii=False, indent=1).encode()
    yield "class.html", class_page(graded.title, [*_class_rows(graded)], with_names=with_names).encode()


def _gradebook(graded: GradedClass, filled: Filled | None) -> dict[str, bytes]:
    book = graded.people.gradebook
    return {} if filled is None or book is None else {book.path.name: filled.content}


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
    from xlbackprop.classroom import Certainty  # noqa: PLC0415

    submissions, marks = graded.submissions, graded.marks
    count = f"{len(submissions.taken):,} workbook{'s' * (len(submissions.taken) != 1)}"
    is_sure = submissions.certainty in (Certainty.SURE, Certainty.TOLD)
    doubt = "" if is_sure else f", {submissions.certainty.value}"
    yield "", f"{graded.folder}  ({count} from {submissions.platform.value}{doubt})"
    points = sorted(one.points for one in marks if one.points is not None)
    if points:
        mean = sum(points) / len(points)
        yield "marked", f"{len(points):,}, from {points[0]:g} to {points[-1]:g} of 100, {mean:.1f} on average"
    told = {one.original for one, _ in submissions.unread}
    for notice in submissions.notices:
        if names := [name for name in notice.names if name not in told]:
            yield "left out", _counted(notice.kind.value, names, with_names=with_names)
    for text, names in _alike(
        ("; ".join(map(str, one.remarks)) or one.graded.problem, one.submission.original if with_names else one.code)
        for one in marks
        if one.points is None or one.remarks
    ):
        yield "look at", _counted(text, names, with_names=True)
    if graded.absent:
        yield "absent", _counted("", [one.name or one.id for one in graded.absent], with_names=with_names)
    made = Counter(mistake["sentence"] for one in marks for mistake in one.mistakes)
    for sentence, times in made.most_common(_MOST):
        yield "mistake", f"{times:,} × {sentence}"
    yield from _of_gradebook(graded, filled, with_names=with_names)
    yield "feedback", f"{_ZIP}, to be uploaded as it is"
    yield "lists", "marks.csv, marks.json; class.html shows them"


def _of_gradebook(graded: GradedClass, filled: Filled | None, *, with_names: bool) -> Iterator[tuple[str, str]]:
    book = graded.people.gradebook
    if filled is None or book is None:
        return
    where = f'{book.path.name}, {book.kind.value}, column "{book.heading}"'
    yield "gradebook", printable(f"{where}: {len(filled.filled):,} of {len(book.people):,} rows have their grade")
    for reason, names in _alike((left.reason.value, left.name or left.key) for left in filled.left):
        yield "no grade", _counted(reason, names, with_names=with_names)


def _alike(told: Iterable[tuple[str, str]]) -> Iterator[tuple[str, list[str]]]:
    """Yield each text once, with the names of all of which it is told."""
    found: dict[str, list[str]] = {}
    for text, name in told:
        found.setdefault(text, []).append(name)
    yield from found.items()


def _counted(text: str, names: Sequence[str], *, with_names: bool) -> str:
    """Return a line of the report: what is told, and of whom."""
    few = ", ".join(names[:_MOST]) + (f" … ({len(names):,} in all)" if len(names) > _MOST else "")
    return printable(": ".join(filter(None, (text.rstrip("."), few if with_names else f"{len(names):,}"))))


def _doubtful(filled: Filled | None) -> bool:
    """Return whether a mark did not get into the gradebook; rows without a submission are none of them."""
    from xlbackprop.classroom import Unfilled  # noqa: PLC0415

    return filled is not None and any(left.reason is not Unfilled.NO_SUBMISSION for left in filled.left)
