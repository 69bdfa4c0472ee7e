"""Grading: the workbook of one student → points, mistakes and feedback, in whatever process or on whatever machine.

What is sent elsewhere is the workbook under a number, never a name: of the file, of a student, of who saved it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from xlbackprop.classroom.exercise import Exercise, make_exercise
from xlbackprop.classroom.feedback import write_feedback
from xlbackprop.classroom.marking import mark
from xlbackprop.classroom.plain_data import marks_as_data
from xlbackprop.classroom.variants import Variants
from xlbackprop.engines import EngineFailed, EngineMissing
from xlbackprop.errors import InputError
from xlbackprop.machine import temporary_folder


class HandedIn(NamedTuple):
    """A workbook to be graded: its number in the class, its suffix, its bytes, and the numbers of its variant.

    `numbers` is None where all have the exercise of the lesson itself.
    """

    number: int
    suffix: str
    content: bytes
    numbers: Mapping[str, float] | None


class Graded(NamedTuple):
    """What came of it: the marks as data (`marks_as_data`) and the workbook with feedback, or why there are none."""

    marks: Mapping[str, Any] | None
    feedback: bytes | None
    problem: str = ""


@dataclass(frozen=True)
class Grader:
    """Grades the workbooks of a class; `with_right` tells students a right formula for each mistake."""

    variants: Variants
    with_right: bool = False

    def exercise(self, numbers: Mapping[str, float] | None) -> Exercise:
        """Return the exercise with these numbers; None: with those of the lesson."""
        return self._own if numbers is None else self.variants.made(numbers)

    @cached_property
    def _own(self) -> Exercise:
        return make_exercise(self.variants.lesson, self.variants.level, self.variants.rows)

    def grade(self, handed_in: HandedIn) -> Graded:
        """Return the marks and the feedback of a workbook, or the sentence why it has none."""
        with temporary_folder() as room:
            path = room / f"submission{handed_in.suffix}"
            path.write_bytes(handed_in.content)
            try:
                exercise = self.exercise(handed_in.numbers)
                marking = mark(path, exercise)
                told = room / f"feedback{handed_in.suffix}"
                write_feedback(path, told, marking, exercise, show_right=self.with_right)
                return Graded(marks_as_data(marking, exercise), told.read_bytes())
            except (EngineFailed, EngineMissing) as failed:
                return Graded(None, None, str(failed))
            except InputError as error:
                return Graded(None, None, sentence_of(error))


def sentence_of(error: InputError) -> str:
    """Return what an error says, in one line and without the name of the file."""
    return " ".join(map(str, error.problems))
