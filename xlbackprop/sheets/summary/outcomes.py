"""The right half of `Summary`: results of the runs, what to try, the colours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from xlbackprop.network import Correct, Given, Input, LearningRate, Output, Quantity, Target, TotalLoss
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas, role_of
from xlbackprop.sheets.number_formats import FOUR_DECIMALS, LOSS, RATE, WHOLE
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.sheets.summary.layout import SummaryLayout, block, heading
from xlbackprop.workbook import Look, Role, address, cell, element, live, quoted

_COLUMNS = 6  # beside the first, which names the row
_MOST_OUTPUTS = 5
_MOST_EXAMPLES = 8


class Right:
    """The right half of `Summary`, block below block.

    `row` is the next free row, `header_row` that of the last headers.
    """

    def __init__(self, canvas: Canvas, book: Book, page: SummaryLayout) -> None:
        self.canvas = canvas
        self.book = book
        self.page = page
        self.row = self.header_row = page.text_row

    def build(self) -> None:
        """Put all blocks, one below the other."""
        if self.book.lesson.single:
            self._answers()
        else:
            self._losses()
            self._answers_of_examples()
        self._experiments()
        self._legend()

    def _heading(self, text: str) -> None:
        heading(self.canvas, self.row, (self.page.right, self.page.last), text)
        self.row += 1

    def _headers(self, first: str, headers: Sequence[tuple[str, Role]]) -> None:
        self.header_row = self.row
        self.canvas.put(self.row, self.page.right, first, Look.HEADER)
        for column, (text, role) in enumerate(headers, start=self.page.right + 1):
            self.canvas.put(self.row, column, text, Look.HEADER, role)
        self.row += 1

    def _block(self, text: str) -> None:
        self.row = block(self.canvas, self.row, (self.page.right, self.page.last), text, self.page.right_characters)

    def _note(self, text: str) -> None:
        self.canvas.put(self.row, self.page.right, text, Look.NOTE)
        self.row += 1

    # ---------------------------------------------------------------------------------------------------- the results

    def _answers(self) -> None:
        """Put the table of outputs against targets: before the training, and after that of each run."""
        book, naming = self.book, self.book.naming
        outputs = naming.units(naming.depth)[:_MOST_OUTPUTS]
        self._heading("Output against target")
        shown = self._answers_of(book.runs[0], outputs)
        headers = [(naming.name(quantity), role_of(quantity, naming)) for quantity in shown]
        self._headers("", [*headers, ("η now", Role.UPDATE)])
        self.canvas.put(self.row, self.page.right, "target", Look.LABEL, Role.TARGET)
        for unit in outputs:
            self._given(self.page.right + 1 + unit, Given(Target(unit)), 0)
        self.row += 1
        self.canvas.put(self.row, self.page.right, "before (epoch 0)", Look.LABEL)
        self._row_of(book.runs[0], 0, shown)
        for run in book.runs:
            self._given(self.page.right + 1 + len(shown), Given(LearningRate()), run.index)
            self._run(run)
            self._row_of(run, book.lesson.epochs, self._answers_of(run, outputs))
        self._note(f"The lower rows stand after {book.lesson.epochs} updates, a run each.")
        self._say_what_is_left_out(book.runs[0], shown)
        self._say_where_losses_differ()
        self.row += 1

    def _answers_of(self, run: RunLayout, outputs: range) -> list[Quantity]:
        """Return the outputs and the loss of a run; its outputs may be in another layer than those of other runs."""
        return [*(Output(run.of.naming.depth, unit) for unit in outputs), TotalLoss()]

    def _run(self, run: RunLayout) -> None:
        """Put the name of a run, with the rate that it has now where that is another than the one it is named by."""
        link = f"{quoted(run.name)}!A1"
        if not self.book.lesson.by_rate:
            self.canvas.put(self.row, self.page.right, run.name, Look.LINK, link=link)
            return
        name = self.book.legend(run.index)
        fetched = cell(self.book.curves.legend(run.index), name.value)
        self.canvas.claim(self.canvas.put(self.row, self.page.right, fetched, Look.LINK, link=link), name)

    def _row_of(self, run: RunLayout, index: int, shown: Sequence[Quantity]) -> None:
        """Put these quantities from row `index` of a run's table into a row of the table here."""
        for column, quantity in enumerate(shown, start=self.page.right + 1):
            self._fetched(column, run, quantity, index)
        self.row += 1

    def _fetched(self, column: int, run: RunLayout, quantity: Quantity, index: int) -> None:
        number = self.book.number(run, quantity, index)
        role = role_of(quantity, run.of.naming)
        number_format = WHOLE if isinstance(quantity, Correct) else LOSS if role is Role.LOSS else FOUR_DECIMALS
        there = self.canvas.put(self.row, column, number, Look.LINKED, role, number_format)
        self.canvas.claim(there, run.named(address(self.header_row, column, fixed=True), index))

    def _given(self, column: int, given: Given, run: int) -> None:
        """Put a typed number of a run."""
        role = role_of(given, self.book.runs[run].of.naming)
        number_format = RATE if role is Role.UPDATE else FOUR_DECIMALS
        there = self.canvas.put(self.row, column, self.book.given(given, run), Look.LINKED, role, number_format)
        self.canvas.claim(there, self.book.runs[run].elsewhere(self.book.runs[run].given(given)))

    def _losses(self) -> None:
        """Put the table of losses before and after, a row for each run, with the number of right answers at the end."""
        book, lesson = self.book, self.book.lesson
        judged = any(run.recipe.accuracy for run in book.runs)
        ends = ("in epoch 0", "finished") if book.curves.has_finished else ("epoch 0", f"epoch {lesson.epochs}")
        headers = [(end, Role.LOSS) for end in ends]
        headers += [("right", Role.LOSS)] * judged
        headers += [("held back", Role.LOSS)] * (judged and lesson.held_back > 0)
        apart = book.curves.has_finished
        self._heading("The loss while learning, and of the finished network" if apart else "The loss before and after")
        self._headers("run", [*headers, ("η now", Role.UPDATE)])
        for run in book.runs:
            self._run(run)
            for column, (epoch, value) in enumerate(
                zip((0, lesson.epochs), book.ends(run.index), strict=True), start=self.page.right + 1
            ):
                self._epoch_loss(column, run, epoch, value)
            if run.recipe.accuracy:
                first = run.recipe.row_of(lesson.epochs)
                self._count_right(self.page.right + 3, run, first, lesson.examples)
                self._count_right(self.page.right + 4, run, first + lesson.examples, lesson.held_back)
            self._given(self.page.right + 1 + len(headers), Given(LearningRate()), run.index)
            self.row += 1
        for sentence in self._what_a_loss_is():
            self._note(sentence)
        self._say_where_losses_differ()
        self.row += 1

    def _epoch_loss(self, column: int, run: RunLayout, epoch: int, value: float) -> None:
        curves = self.book.curves
        formula, look = curves.at_epoch(run, epoch), Look.LINKED if curves.divisor(run) == 1 else Look.NUMBER
        there = self.canvas.put(self.row, column, cell(formula, value), look, Role.LOSS, LOSS)
        self.canvas.claim(there, curves.end(run.index) if epoch else curves.at(run.index + 2, 0))

    def _count_right(self, column: int, run: RunLayout, first: int, count: int) -> None:
        """Put how many of `count` rows of a run's table, from row `first` on, name the right class: "3 of 4"."""
        if not count:
            return
        right = np.concatenate([self.book.trace.column(run.index, Correct())[first : first + count]])
        rows = run.range(Correct(), first, first + count - 1)
        found = cell(f"SUM({rows})", float(right.sum()))
        there = self.canvas.put(self.row, column, found & f" of {count}", Look.NUMBER, Role.LOSS, align="right")
        self.canvas.claim(there, f'SUMPRODUCT(--({rows}=1))&" of {count}"')

    def _what_a_loss_is(self) -> Iterator[str]:
        lesson = self.book.lesson
        ways = dict.fromkeys("mean" if run.recipe.mean else "sum" for run in self.book.runs)
        text = f"The loss is the {' or, where a step adds its gradients, the '.join(ways)} of E_Total over"
        text += f" {lesson.examples:,} example{'s' * (lesson.examples > 1)}"
        yield f"{text}, without those held back." if lesson.held_back else f"{text}."
        if self.book.curves.has_finished:
            yield "In epoch 0 each example meets the weights of its own step,"
            yield "in the finished network all meet the last ones: two things."

    def _say_what_is_left_out(self, run: RunLayout, shown: Sequence[Quantity]) -> None:
        naming = run.of.naming
        outputs = (Output(naming.depth, unit) for unit in naming.units(naming.depth))
        if left_out := [naming.name(output) for output in outputs if output not in shown]:
            names = ", ".join(left_out if len(left_out) <= 3 else [left_out[0], "…", left_out[-1]])
            self._note(f"No room here for {names}; they stand in the tables of the runs.")

    def _say_where_losses_differ(self) -> None:
        if len({run.recipe.loss for run in self.book.runs}) > 1:
            self._note("The runs differ in their loss function, so their losses cannot be compared by size.")

    def _answers_of_examples(self) -> None:
        """Put the table of outputs against targets for the first examples, at the end of the first run."""
        run, lesson = self.book.runs[0], self.book.lesson
        naming, shown = run.of.naming, self._shown_of_examples(run)
        name = naming.name
        self._heading(f"Output against target, at the end of {run.name}")
        has_class = len(run.of.naming.targets()) > 1 and run.recipe.accuracy
        class_header = [("class", Role.TARGET)] * has_class
        self._headers("example", [*class_header, *((name(quantity), role_of(quantity, naming)) for quantity in shown)])
        first, count = run.recipe.row_of(lesson.epochs), len(lesson.inputs)
        for example in range(min(count, _MOST_EXAMPLES)):
            held_back = ", held back" if example >= lesson.examples else ""
            self.canvas.put(self.row, self.page.right, f"{example + 1}{held_back}", Look.LABEL, align="left")
            if has_class:
                self._class(run, first + example)
            for column, quantity in enumerate(shown, start=self.page.right + 1 + has_class):
                self._fetched(column, run, quantity, first + example)
            self.row += 1
        self._say_what_is_left_out(run, shown)
        if count > _MOST_EXAMPLES:
            self._note(f"… and {count - _MOST_EXAMPLES:,} more, in the last rows of {run.name}.")
        self.row += 1

    def _shown_of_examples(self, run: RunLayout) -> list[Quantity]:
        """Return the quantities shown of an example, as many as have a column; inputs only where all of them fit."""
        naming = run.of.naming
        judged: list[Quantity] = [Correct()] if run.recipe.accuracy else []
        targets = naming.targets()
        free = _COLUMNS - len(judged)
        if len(targets) > 1 and judged:
            return [*(Output(naming.depth, target.unit) for target in targets[: free - 1]), *judged]
        pairs = targets[: free // 2]
        shown: list[Quantity] = [*pairs, *(Output(naming.depth, target.unit) for target in pairs), *judged]
        inputs: tuple[Input, ...] = naming.inputs()
        return [*inputs, *shown] if len(inputs) + len(shown) <= _COLUMNS else shown

    def _class(self, run: RunLayout, index: int) -> None:
        """Put the class of an example, that of its largest target: its own name, or its number counted from 1."""
        targets, names = run.of.naming.targets(), self.book.inputs.data_class_names()
        there = run.block(targets[0], targets[-1], index, index)
        values = [self.book.trace.number(target, run.index, index) for target in targets]
        number = cell(f"MATCH(MAX({there}),{there},0)", float(np.argmax(values)) + 1)
        column = self.page.right + 1
        if names is None:
            shown = self.canvas.put(self.row, column, number, Look.NUMBER, Role.TARGET, "0")
            self.canvas.claim(shown, f"IFERROR(IF(INDEX({there},1,{shown})=MAX({there}),{shown},0),0)")
        else:
            name = element(names, live(1), number)  # of a range that is one row Gnumeric finds a cell only so
            shown = self.canvas.put(self.row, column, name, Look.BODY, Role.TARGET, align="right", shrink=True)
            found = f"SUMPRODUCT(({names}={shown})*({there}=MAX({there})))"  # MATCH would take * and ~ for signs
            self.canvas.claim(shown, f'IFERROR(IF({found}>0,{shown},""),"")')

    # ------------------------------------------------------------------------------------------------- the lesson says

    def _experiments(self) -> None:
        experiments = self.book.lesson.experiments
        if not experiments:
            return
        numbers = {1: "One thing to try", 2: "Two things to try", 3: "Three things to try"}
        self._heading(numbers.get(len(experiments), "Try"))
        for number, experiment in enumerate(experiments, start=1):
            self.canvas.put(self.row, self.page.right, f"{number}. {experiment.question}", Look.STRONG)
            self.row += 1
            self._block(f"You may expect: {experiment.prediction}")
            self._block(f"Try: {' '.join(experiment.knob.split())}")
        self.row += 1

    # ------------------------------------------------------------------------------------------------------ the colours

    def _legend(self) -> None:
        self._heading("Colours")
        roles = [role for role in Role if role not in (Role.NONE, Role.UPDATE)]
        for column, role in enumerate(roles, start=self.page.right):
            has_biases = any(any(run.of.naming.biases) for run in self.book.runs)
            text = "weight, bias" if role is Role.PARAMETER and has_biases else role.value
            self.canvas.put(self.row, column, text, Look.LABEL, role, shrink=True)
        self._note_below("Blue in a frame: typed, yours to change. Black: a formula.")
        self._note_below("Green: fetched from another sheet. Grey italics: stored, as shipped.")

    def _note_below(self, text: str) -> None:
        self.row += 1
        self.canvas.put(self.row, self.page.right, text, Look.NOTE)
