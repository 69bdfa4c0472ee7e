"""What a student gets back: an annotated copy of what was handed in, with a note where something is to be said.

The words of each mark are an entry of WORDS. What stands in cells side by side or below each other is told once; each
answer that is not right has a frame of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from xlbackprop.classroom.exercise import EXERCISE, Exercise
from xlbackprop.classroom.marking import Mark, MarkedAnswer, Marking
from xlbackprop.classroom.rubric import FULL_MARKS
from xlbackprop.classroom.strangers import as_xlsx
from xlbackprop.engines import as_ods
from xlbackprop.machine import temporary_folder
from xlbackprop.workbook import Place, address
from xlbackprop.xlsx.annotate import CellNote, FrontRow, FrontSheet, NoteKind, annotated_copy

TITLE = "Feedback"  # the name of the sheet in front
_DONE = (Mark.RIGHT, Mark.FOLLOWS)  # nothing is to be changed there


class Words(NamedTuple):
    """What is said of answers with one mark; "{name}" is the number that is asked for, "{sentence}" the mistake's.

    `counted` is said of how many there are, "{n}" being the number. With `one_by_one` each cell has a note and its
    formula is shown; without, a block of cells has one note, and all blocks have one row of the table.
    """

    kind: NoteKind
    said: str
    counted: str
    one_by_one: bool = True


WORDS: dict[Mark, Words] = {
    Mark.MISTAKE: Words(NoteKind.MISTAKE, "{sentence}", "{n} with a mistake"),
    Mark.WRONG: Words(
        NoteKind.MISTAKE,
        "This is not {name} yet: it does not follow from the numbers in your table. Compare it with the rule.",
        "{n} not right in another way",
    ),
    Mark.LINKED: Words(
        NoteKind.MISTAKE,
        "This is made from a check, which only says whether an answer is right. Make it from the numbers of the table.",
        "{n} made from a check",
    ),
    Mark.TYPED_WRONG: Words(
        NoteKind.MISTAKE,
        "A number is typed here, and it is not {name}. Write the formula, beginning with =.",
        "{n} with a typed number that is not right",
    ),
    Mark.TYPED: Words(
        NoteKind.OPEN,
        "The number is right, but it is typed. Write the formula, beginning with =: it follows when a weight changes.",
        "{n} with the right number typed where a formula belongs",
    ),
    Mark.UNCLEAR: Words(
        NoteKind.OPEN,
        "This formula could not be calculated here. Your teacher looks at it.",
        "{n} to be looked at by your teacher",
    ),
    Mark.BLANK: Words(NoteKind.OPEN, "Still empty: a formula belongs here.", "{n} still empty", one_by_one=False),
    Mark.FOLLOWS: Words(
        NoteKind.FOLLOWS,
        "Right from your own numbers before it: full points. When those are right, so is this.",
        "{n} right from your own numbers, with full points",
        one_by_one=False,
    ),
    Mark.RIGHT: Words(NoteKind.RIGHT, "", "{n} right"),
}
_FRAMES = (
    f'In the sheet "{EXERCISE}" a thin green frame is a right answer, a dashed blue one right from your own '
    "numbers, a thick red one a mistake, a dash-dotted yellow one empty or typed. Point at a cell to read its note."
)


class _Group(NamedTuple):
    """Answers of which the same is said, in a block of cells, row by row."""

    answers: Sequence[MarkedAnswer]
    cells: str

    @property
    def first(self) -> MarkedAnswer:
        return self.answers[0]

    @property
    def mark(self) -> Mark:
        return self.first.mark


def write_feedback(
    source: Path,
    target: Path,
    marking: Marking,
    exercise: Exercise,
    *,
    show_right: bool = False,
    points: float | None = None,
    remarks: Sequence[str] = (),
) -> None:
    """Write the annotated copy of a marked exercise beside what was handed in, which stays as it is.

    Both are .xlsx or .ods files. With `show_right` right formulas stand beside wrong ones. `points` are those that
    count, where they are others than the marking's; `remarks` are the teacher's own sentences, e.g. why. Raises
    InputError where the source is no readable workbook or is the target, EngineMissing or EngineFailed for an .ods
    file, OSError where the target cannot be written.
    """
    told = _Feedback(marking, exercise, show_right)
    front = told.front(marking.points if points is None else points, remarks)
    with as_xlsx(source) as book, temporary_folder() as room:
        if target.suffix.lower() == ".ods":
            annotated_copy(book, room / "feedback.xlsx", [*told.notes()], front)
            as_ods(room / "feedback.xlsx", target)
        else:
            annotated_copy(book, target, [*told.notes()], front)


class _Feedback:
    def __init__(self, marking: Marking, exercise: Exercise, show_right: bool) -> None:
        self._answers, self._exercise, self._show_right = marking.answers, exercise, show_right
        self._groups = [*self._grouped()]

    def _grouped(self) -> Iterator[_Group]:
        """Yield the blocks of answers that are not right: what is to be changed first, and of it by row and column."""
        for mark in WORDS:
            alike = [answer for answer in self._answers if answer.mark is mark]
            if mark is not Mark.RIGHT:
                found = _blocks(alike, self._exercise, across=not self._one_by_one(mark))
                yield from sorted(found, key=lambda group: self._exercise.at(group.first.spot))

    def _one_by_one(self, mark: Mark) -> bool:
        return WORDS[mark].one_by_one or (self._show_right and mark not in _DONE)

    def _name(self, answer: MarkedAnswer) -> str:
        return self._exercise.run.of.naming.name(answer.spot.quantity)

    def _said(self, group: _Group) -> str:
        return WORDS[group.mark].said.format(name=self._name(group.first), sentence=group.first.sentence)

    def _right(self, answer: MarkedAnswer) -> str:
        """Return a right formula, where it may be shown and the answer needs one."""
        asked = self._show_right and answer.mark not in _DONE
        return f"={self._exercise.formula(answer.spot)}" if asked else ""

    # --------------------------------------------------------------------------------------------- the first sheet

    def front(self, points: float, remarks: Sequence[str]) -> FrontSheet:
        lines = [self._counted(), *self._first_of_all(), *remarks]
        heading = f"Feedback: {self._exercise.run.lesson.title}"
        return FrontSheet(TITLE, heading, f"{points:g} of {FULL_MARKS:g} points", [*lines, _FRAMES], [*self._rows()])

    def _rows(self) -> Iterator[FrontRow]:
        for mark, alike in groupby(self._groups, key=lambda group: group.mark):
            if self._one_by_one(mark):
                for group in alike:
                    formula = "" if group.first.formula is None else f"={group.first.formula}"
                    yield FrontRow(EXERCISE, group.cells, self._said(group), formula, self._right(group.first))
            else:
                first, *others = alike
                also = f" The same: {', '.join(group.cells for group in others)}." if others else ""
                yield FrontRow(EXERCISE, first.cells, self._said(first) + also)

    def _counted(self) -> str:
        counts = {mark: sum(answer.mark is mark for answer in self._answers) for mark in (Mark.RIGHT, *WORDS)}
        total = len(self._answers)
        if counts[Mark.RIGHT] == total:
            return f"All {total} answers are right. Well done."
        told = [WORDS[mark].counted.format(n=count) for mark, count in counts.items() if count]
        return f"Of {total} answers: {', '.join(told)}."

    def _first_of_all(self) -> Iterator[str]:
        """Yield where to look first: at the first answer whose own formula is to be changed."""
        own = [group for group in self._groups if group.mark not in _DONE]
        wrong = [group for group in own if WORDS[group.mark].kind is NoteKind.MISTAKE] or own
        if not wrong:
            return
        first = min(wrong, key=lambda group: self._exercise.at(group.first.spot))
        row = f"{'epoch' if self._exercise.run.lesson.single else 'row'} {first.first.spot.row}"
        yield f"Look first at {first.first.cell}, {self._name(first.first)} in {row}: {self._said(first)}"
        if WORDS[first.mark].kind is NoteKind.MISTAKE:
            yield "A mistake costs points in its own cell alone: what is made from it is marked by your own numbers."

    # ---------------------------------------------------------------------------------------------------- the notes

    def notes(self) -> Iterator[CellNote]:
        """Yield the notes: in full in the first cell of a block, and in the others where each has one."""
        for answer in self._answers:
            if answer.mark is Mark.RIGHT:
                yield CellNote(EXERCISE, self._place(answer), "", NoteKind.RIGHT)
        for group in self._groups:
            for answer in group.answers:
                again = f"The same as in {group.first.cell}." if self._one_by_one(group.mark) else ""
                text = self._said(group) if answer is group.first else again
                if text and (right := self._right(answer)):
                    text += f"\nA right formula: {right}"
                yield CellNote(EXERCISE, self._place(answer), text, WORDS[group.mark].kind)

    def _place(self, answer: MarkedAnswer) -> Place:
        return self._exercise.at(answer.spot)


def _blocks(answers: Sequence[MarkedAnswer], exercise: Exercise, *, across: bool) -> Iterator[_Group]:
    """Yield answers of one mark in blocks: below each other with the same sentence, with `across` side by side, too."""
    columns: dict[int, dict[int, MarkedAnswer]] = {}
    for answer in answers:
        row, column = exercise.at(answer.spot)
        columns.setdefault(column, {})[row] = answer
    open_blocks: dict[tuple[int, int], tuple[int, list[MarkedAnswer]]] = {}  # first and last row → last column, answers
    for column in sorted(columns):
        runs = dict(_runs(columns[column]))
        for rows in [*open_blocks]:
            if not (across and rows in runs and open_blocks[rows][0] == column - 1):
                yield _block(open_blocks.pop(rows)[1], exercise)
        for rows, run in runs.items():
            before = open_blocks[rows][1] if rows in open_blocks else []
            open_blocks[rows] = column, [*before, *run]
    yield from (_block(gathered, exercise) for _, gathered in open_blocks.values())


def _runs(column: dict[int, MarkedAnswer]) -> Iterator[tuple[tuple[int, int], list[MarkedAnswer]]]:
    """Yield the first and the last row of answers below each other of which the same is said, and these answers."""
    in_order = enumerate(sorted(column.items()))
    for _, alike in groupby(in_order, key=lambda each: (each[1][0] - each[0], each[1][1].sentence)):
        rows = [row for _, row in alike]
        yield (rows[0][0], rows[-1][0]), [answer for _, answer in rows]


def _block(answers: Sequence[MarkedAnswer], exercise: Exercise) -> _Group:
    in_order = sorted(answers, key=lambda answer: exercise.at(answer.spot))
    (top, left), (bottom, right) = exercise.at(in_order[0].spot), exercise.at(in_order[-1].spot)
    first, last = address(top, left), address(bottom, right)
    return _Group(in_order, first if first == last else f"{first}:{last}")
