"""An exercise: the first rows of a run with cells to fill in, each with a check that does not hold its answer.

It is a workbook of its own, in which nothing tells an answer: no other run, no derivation, no stored number. A check
knows an answer by its digest. Where the number is another, it asks whether all that it follows from is right: so one
mistake is told once, at its root, in whatever order a student works.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import groupby

import numpy as np

from xlbackprop.classroom.answer_table import AnswerTable, Spot, answer_table
from xlbackprop.classroom.edited_rule import shown_name
from xlbackprop.classroom.wrong_numbers import WrongNumbers
from xlbackprop.lesson import ALL, FORWARD, HIDDEN, OUTPUT, Lesson
from xlbackprop.network import Epoch, Given, Input, LearningRate, Parameter, Quantity, Target, TotalLoss
from xlbackprop.numpy_run import train
from xlbackprop.sheets import RATE, Canvas, ColumnLooks, RunLayout, alone, epoch_axis, put_bands, role_of
from xlbackprop.workbook import (
    MINUS,
    Chart,
    Document,
    Flag,
    Look,
    Page,
    Role,
    Series,
    Sheet,
    address,
    cell,
    excel,
    fill_text,
    math_text,
    quoted,
)

EXERCISE, ON_PAPER, SCRATCH = "Exercise", "On paper", "Scratch"
IS_IT_RIGHT = "Is it right?"  # the heading of the checks
RIGHT, WRONG, TYPED, WAITS, NOT_YET = "✓", "✗", "typed", "waits", "not yet"
_STATES = {
    RIGHT: "right",
    WRONG: "wrong: the mistake is here, all that it is made from is right",
    TYPED: "the number is right, but a formula belongs here",
    WAITS: "something that it is made from is not right yet",
    NOT_YET: "empty",
}
_PAPER_LETTERS = 95  # that fit into a line of the sheet for paper
_EPOCH_WIDTH = 6.5  # characters: the header "epoch" in bold letters
_OF_LEVEL = {
    FORWARD: "the forward pass",
    OUTPUT: "the gradients of the output layer, and its first update",
    HIDDEN: "the gradients of the hidden layers, and their updates",
    ALL: "the forward pass, the gradients, the updates",
}


@dataclass(frozen=True)
class Exercise:
    """An exercise on a lesson: the table of its answers, and its workbook.

    With `hints` the sheet for paper has the rules, with `solved` the answers are filled in: the teacher's edition.
    `code` tells the teacher whose variant it is, and stands in the file's properties; `student`, a name, on the sheet.
    """

    table: AnswerTable
    hints: bool = True
    solved: bool = False
    code: str = ""
    student: str = ""

    @property
    def asked(self) -> str:
        """In words, what is to be filled in."""
        return _OF_LEVEL[self.table.level]

    @cached_property
    def run(self) -> RunLayout:
        """The layout of the run, as in the lesson's workbook: the student's table stands in the same cells."""
        return RunLayout(self.table.trace.lesson, 0)

    def at(self, spot: Spot) -> tuple[int, int]:
        """Return row and column of a cell of the table."""
        return self.run.first_row + spot.row, self.run.column_of[spot.quantity]

    def place(self, spot: Spot, *, fixed: bool = False) -> str:
        """Return the address of a cell of the table."""
        return address(*self.at(spot), fixed=fixed)

    @cached_property
    def number_places(self) -> Mapping[str, tuple[int, int]]:
        """Row and column of each number that the run starts from, by its name: i1, t1, w1, …; of several examples, of
        the parameters alone.
        """
        naming, found = self.run.of.naming, {}
        for quantity, column in self.run.column_of.items():
            if isinstance(quantity, Parameter):
                found[naming.name(quantity)] = self.run.given_row, column
            elif isinstance(quantity, Input | Target) and self.run.lesson.single:
                found[naming.name(quantity)] = self.run.first_row, column
        return found

    def check_at(self, spot: Spot) -> tuple[int, int]:
        """Return row and column of the check of an answer."""
        return self._check_row(spot.row), self.run.column_of[spot.quantity]

    def check_place(self, spot: Spot) -> str:
        """Return the address of the check of an answer."""
        return address(*self.check_at(spot))

    @property
    def check_rows(self) -> tuple[int, int]:
        """The first and the last row of the checks."""
        return self._check_row(0), self._check_row(self.table.rows - 1)

    def _check_row(self, row: int) -> int:
        return self.run.first_row + self.table.rows + 3 + row  # below a heading and the names

    def formula(self, spot: Spot) -> str:
        """Return the formula of a cell, without "=", as the lesson's workbook would have it."""
        return fill_text(excel(self.table.rule(spot), self.run.here), self.run.first_row + spot.row)

    @cached_property
    def wrong_numbers(self) -> WrongNumbers:
        """The numbers that mistakes give in the place of the answers."""
        return WrongNumbers(self.table)

    # ---------------------------------------------------------------------------------------------------- the workbook

    def document(self) -> Document:
        """Return the workbook."""
        lesson, edition = self.run.lesson, ", solved" if self.solved else ""
        return Document(
            title=f"Exercise{edition}: {lesson.title}",
            description=f"To be filled in: {self.asked}. Made by xlbackprop.{self.code and f' Code: {self.code}'}",
            sheets=(self._exercise(), self._on_paper(), _scratch()),
            author=lesson.credits.author,
            institution=lesson.credits.institution,
        )

    def _exercise(self) -> Sheet:
        canvas, run = Canvas(), self.run
        looks = ColumnLooks(run.lesson, self.table.trace, run)
        widths = [looks.of(column.quantity).width for column in run.columns]
        widths[0] = max(widths[0], _EPOCH_WIDTH)
        self._head(canvas, widths)
        self._table(canvas, looks)
        self._checks(canvas)
        body = f"{address(run.first_row, 1)}:{address(run.first_row + self.table.rows - 1, len(run.columns))}"
        check, end = address(self._check_row(0), 1), self._check_row(self.table.rows) + len(_STATES)
        states = f"{check}:{address(self._check_row(self.table.rows - 1), len(run.columns))}"
        return Sheet(
            name=EXERCISE,
            cells=canvas.cells,
            charts=tuple(self._chart()),
            widths=dict(enumerate(widths, start=1)),
            heights=canvas.heights,
            freeze=address(run.first_row, 2),
            flags=tuple(flag for cells in (body, states) for flag in _flags(cells, check)),
            page=Page((f"A1:{address(end, len(run.columns))}",), repeat_columns="A:A"),
            tab=Role.UPDATE,
            locked=True,
        )

    def _head(self, canvas: Canvas, widths: Sequence[float]) -> None:
        run, lesson = self.run, self.run.lesson
        edition = "Solution" if self.solved else "Exercise"
        canvas.put(1, 1, f"{edition}: {lesson.title}", Look.TITLE)
        canvas.heights[1] = 24.0
        whose = f"{self.student}: fill in" if self.student else "Fill in"
        asked = f"{whose} {self.asked}: in each framed cell a formula, beginning with =. Do not round."
        canvas.put(2, 1, f"{asked} Row n stands after n updates." if lesson.single else asked, Look.BODY)
        canvas.put(run.rate_row, 1, "learning rate η", Look.LABEL)
        rate = self.table.given(Given(LearningRate()))
        canvas.put(run.rate_row, run.rate_column, rate, Look.BODY, Role.UPDATE, RATE)
        for given, name in lesson.given_names[0].items():
            if name.endswith(", run 1"):
                row = run.constant_row(name.removesuffix(", run 1"))
                canvas.put(row, 1, name.removesuffix(", run 1"), Look.LABEL)
                canvas.put(row, run.rate_column, self.table.given(given), Look.BODY, Role.UPDATE, RATE)
        canvas.put(run.given_row, 1, "start", Look.LABEL)
        put_bands(canvas, run, widths)
        for quantity, column in run.column_of.items():
            role = role_of(quantity, run.of.naming)
            canvas.put(run.header_row, column, run.of.naming.name(quantity), Look.HEADER, role)

    def _table(self, canvas: Canvas, looks: ColumnLooks) -> None:
        table, run = self.table, self.run
        for of in run.fetched:
            if not self.table.is_typed(Spot(0, of)):
                place, role = (run.given_row, run.column_of[of]), role_of(of, run.of.naming)
                canvas.put(*place, table.given(Given(of)), Look.BODY, role, looks.of(of).number_format)
        for spot in table.spots:
            row, column = run.first_row + spot.row, run.column_of[spot.quantity]
            role, number_format = role_of(spot.quantity, run.of.naming), looks.of(spot.quantity).number_format
            formula = self.formula(spot)
            if table.is_typed(spot):
                canvas.put(row, column, table.value(spot), Look.BODY, role, number_format)
            elif table.is_answer(spot):
                told = cell(formula, table.value(spot)) if self.solved else ""
                canvas.put(row, column, told, Look.ANSWER, role, number_format)
            elif reads := table.reads(spot):
                guarded = f'IF(COUNT({",".join(map(self.place, reads))})={len(reads)},{formula},"")'
                told = cell(guarded, table.value(spot) if self.solved else "")
                canvas.put(row, column, told, Look.NUMBER, role, number_format)
            else:
                canvas.put(row, column, cell(formula, table.value(spot)), Look.NUMBER, role, number_format)

    def _checks(self, canvas: Canvas) -> None:
        """Put the state of each answer below the table, and on top how many there are of each."""
        run, answers = self.run, self.table.answers
        canvas.put(self._check_row(0) - 2, 1, IS_IT_RIGHT, Look.STRONG)
        for quantity, column in run.column_of.items():
            name = run.of.naming.name(quantity)
            canvas.put(self._check_row(0) - 1, column, name, Look.HEADER, role_of(quantity, run.of.naming))
        for row in range(self.table.rows):
            number = cell(address(run.first_row + row, 1), float(row))
            canvas.put(self._check_row(row), 1, number, Look.LABEL, number_format="0")
        for row, (state, said) in enumerate(_STATES.items(), start=self._check_row(self.table.rows) + 1):
            canvas.put(row, 1, state, Look.LABEL, align="center")
            canvas.put(row, 2, said, Look.BODY)
        for spot in answers:
            place = self._check_row(spot.row), run.column_of[spot.quantity]
            told = cell(self._check(spot), RIGHT if self.solved else NOT_YET)
            canvas.put(*place, told, Look.LABEL, align="center", shrink=True)
        block = f"{address(self._check_row(0), 2)}:{address(self._check_row(self.table.rows - 1), len(run.columns))}"
        right = len(answers) if self.solved else 0
        counted = [f'SUMPRODUCT(--({block}="{state}"))' for state in (RIGHT, WRONG, TYPED)]
        text = f'{counted[0]}&" of {len(answers)} right, "&{counted[1]}&" wrong, "&{counted[2]}&" typed"'
        canvas.put(run.state_row, 1, "so far", Look.LABEL)
        told = cell(text, f"{right} of {len(answers)} right, 0 wrong, 0 typed")
        canvas.put(run.state_row, run.rate_column, told, Look.STRONG)

    def _check(self, spot: Spot) -> str:
        """Return the formula of the state of an answer."""
        there = self.place(spot)
        probe = address(self._check_row(0), 1, fixed=True)  # surely a formula, where a program can tell
        is_typed = f"IF(IFERROR(_xlfn.ISFORMULA({probe}),FALSE),NOT(_xlfn.ISFORMULA({there})),FALSE)"
        needs = self.table.needs(spot)
        blocks = [*self._blocks(needs)]
        counted = "+".join(f'SUMPRODUCT(--({block}="{state}"))' for state in (RIGHT, TYPED) for block in blocks)
        wrong = f'IF({counted}={len(needs)},"{WRONG}","{WAITS}")' if needs else f'"{WRONG}"'
        if_right = f'IF({is_typed},"{TYPED}","{RIGHT}")'
        judged = (
            f"IF(ISNUMBER({there}),IF({self.wrong_numbers.digest(spot).formula(there)},{if_right},{wrong}),{wrong})"
        )
        return f'IFERROR(IF({there}="","{NOT_YET}",{judged}),{wrong})'

    def _blocks(self, spots: Iterable[Spot]) -> Iterator[str]:
        """Yield the ranges in which the checks of answers stand: side by side, and below each other alike."""
        columns: dict[int, list[int]] = {}
        for row, quantity in spots:
            columns.setdefault(row, []).append(self.run.column_of[quantity])
        stretches = {row: (*_stretches(sorted(columns[row])),) for row in sorted(columns)}
        for rows, alike in ((rows, stretches[rows[0]]) for rows in _runs_of_rows(stretches)):
            for first, last in alike:
                top, bottom = self._check_row(rows[0]), self._check_row(rows[-1])
                yield f"{address(top, first)}:{address(bottom, last)}"

    def _chart(self) -> Iterator[Chart]:
        """Yield the chart of the student's own losses, one example's."""
        lesson, rows = self.run.lesson, self.table.rows
        if not lesson.single or rows < 3:
            return
        end, step = epoch_axis(rows - 1)
        header = address(self.run.header_row, self.run.column_of[TotalLoss()], fixed=True)
        spots = [Spot(row, TotalLoss()) for row in range(rows)]
        is_known = [self.solved or not (self.table.is_answer(spot) or self.table.needs(spot)) for spot in spots]
        losses = Series(
            name=f"{quoted(EXERCISE)}!{header}",
            name_text=self.run.of.naming.name(TotalLoss()),
            x=self._range(Epoch()),
            x_values=self.table.numbers(Epoch()),
            y=self._range(TotalLoss()),
            y_values=np.where(is_known, self.table.numbers(TotalLoss()), np.nan),
            marked=True,
        )
        yield Chart(
            anchor=address(self._check_row(rows) + len(_STATES) + 2, 2),
            width=620,
            height=300,
            title="E_Total, as you work it out",
            x_title="epoch",
            y_title="E_Total",
            series=(losses,),
            alt_text="The loss of each epoch that is filled in.",
            x_max=end,
            x_step=step,
            legend=False,
        )

    def _range(self, of: Quantity) -> str:
        first, last = (self.place(Spot(row, of), fixed=True) for row in (0, self.table.rows - 1))
        return f"{quoted(EXERCISE)}!{first}:{last}"

    def _given(self) -> Iterator[tuple[str, float]]:
        """Yield the name and the number of all that is given: data, starting weights, the learning rate, constants."""
        for given, name in self.run.lesson.given_names[0].items():
            yield "η" if given.of == LearningRate() else name.removesuffix(", run 1"), self.table.given(given)

    def _on_paper(self) -> Sheet:
        """Return the sheet to be printed: a line to write on for each answer of the first rows."""
        canvas, naming = Canvas(), self.run.of.naming
        canvas.put(1, 1, f"{self.run.lesson.title}: on paper", Look.TITLE)
        canvas.heights[1] = 24.0
        columns = (1, 3)
        given = "; ".join(f"{name} = {number:.10g}" for name, number in self._given())
        canvas.paragraph(2, columns, f"Given: {given.replace('-', MINUS)}.", _PAPER_LETTERS)
        row, last = 3, -1
        for spot in self.table.answers:
            if spot.row > (1 if self.run.lesson.single else self.table.rows):
                break
            if spot.row != last:
                row, last = row + 1, spot.row
                heading = f"{'Epoch' if self.run.lesson.single else 'Row'} {spot.row}"
                for column, text in enumerate((heading, "", ""), start=1):
                    canvas.put(row, column, text, Look.HEADING)
                row += 1
            canvas.put(row, 1, naming.name(spot.quantity), Look.LABEL, role_of(spot.quantity, naming), wrap=True)
            if self.hints:
                rule = math_text(self.table.rule(spot), partial(shown_name, naming))
                canvas.put(row, 2, f"= {rule}", Look.MATH, wrap=True)
            canvas.put(row, 3, "", Look.HEADING)
            canvas.heights[row] = 30.0
            row += 1
        return Sheet(
            name=ON_PAPER,
            cells=canvas.cells,
            widths={1: 12.0, 2: 60.0 if self.hints else 4.0, 3: 30.0},
            heights=canvas.heights,
            merged=tuple(canvas.merged),
            page=Page(landscape=False),
            on_paper=True,
            locked=True,
        )


def _stretches(columns: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of columns that stand side by side: (1, 3), (5, 5) of 1, 2, 3, 5."""
    for _, beside in groupby(enumerate(columns), key=lambda place: place[1] - place[0]):
        numbers = [column for _, column in beside]
        yield numbers[0], numbers[-1]


def _runs_of_rows(stretches: Mapping[int, tuple[tuple[int, int], ...]]) -> Iterator[list[int]]:
    """Yield the rows that follow each other and have the same stretches."""
    for _, alike in groupby(enumerate(stretches), key=lambda place: (place[1] - place[0], stretches[place[1]])):
        yield [row for _, row in alike]


def _flags(cells: str, check: str) -> Iterator[Flag]:
    """Yield the colours of cells by their checks, of which `check` is the first."""
    yield Flag(cells, f'{check}="{RIGHT}"', "good")
    yield Flag(cells, f'{check}="{WRONG}"', "bad")
    yield Flag(cells, f'OR({check}="{WAITS}",{check}="{TYPED}")', "muted")


def _scratch() -> Sheet:
    canvas = Canvas()
    canvas.put(1, 1, "Scratch: room for what you like to work out beside. Nothing here is judged.", Look.BODY)
    return Sheet(name=SCRATCH, cells=canvas.cells, gridlines=True)


def make_exercise(
    lesson: Lesson, level: str | None = None, rows: int | None = None, *, hints: bool = True, solved: bool = False
) -> Exercise:
    """Return an exercise on a run of a lesson: the one that `Summary` derives.

    `level` is one of LEVELS; `rows` is how many rows of the run's table there are. None is what the lesson says of
    them; where it does not, all is filled in, in a few epochs of one example, or two steps of several. Raises
    InputError where the lesson has nothing for this level, or is too large.
    """
    choice = lesson.exercise
    table = answer_table(train(alone(lesson)), level or choice.level, choice.rows if rows is None else rows)
    return Exercise(table, hints, solved)
