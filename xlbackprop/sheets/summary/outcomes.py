"""The right half of `Summary`: results of the runs, what to try, what was corrected, and the drawing in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from xlbackprop.network import (
    Correct,
    Given,
    Input,
    LearningRate,
    Output,
    Parameter,
    Quantity,
    Target,
    TotalLoss,
    Weight,
)
from xlbackprop.numpy_run import Spread
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas, fixed, fixed_text, role_of
from xlbackprop.sheets.inputs.sheet import unit_name
from xlbackprop.sheets.network_diagram import fits
from xlbackprop.sheets.number_formats import FOUR_DECIMALS, RATE, four_digits
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.sheets.summary.layout import LAST, RIGHT, RIGHT_WIDTH, TEXT_ROW, block, heading
from xlbackprop.workbook import ErrorValue, Look, Role, Value, quoted

_COLUMNS = LAST - RIGHT  # beside the first, which names the row
_MOST_OUTPUTS = 5
_MOST_EXAMPLES = 8
# Where, right of the first column, the labels of the drawing stand: which way, and the label. Long ones, as
# "h1_1 → h2_1: w10 = -0.5000", run over into an empty column.
_NARROW, _WIDE = ((0, 1), (2, 3), (4, 5)), ((0, 1), (3, 5))
_TWO_DIGITS = 10


class Right:
    """The right half of `Summary`, block below block.

    `row` is the next free row. `label_of` gives for each weight and bias the cell and the text of its label in the
    drawing.
    """

    def __init__(self, canvas: Canvas, book: Book) -> None:
        self.canvas = canvas
        self.book = book
        self.row = TEXT_ROW
        self.label_of: dict[Parameter, tuple[str, str]] = {}

    def build(self) -> None:
        """Put all blocks, one below the other."""
        if self.book.lesson.single:
            self._answers()
        else:
            self._losses()
            self._answers_of_examples()
        self._experiments()
        self._corrections()
        self._words_of_diagram()
        self._legend()

    def _heading(self, text: str) -> None:
        heading(self.canvas, self.row, (RIGHT, LAST), text)
        self.row += 1

    def _headers(self, first: str, headers: Sequence[tuple[str, Role]]) -> None:
        self.canvas.put(self.row, RIGHT, first, Look.HEADER)
        for column, (text, role) in enumerate(headers, start=RIGHT + 1):
            self.canvas.put(self.row, column, text, Look.HEADER, role)
        self.row += 1

    def _block(self, text: str) -> None:
        self.row = block(self.canvas, self.row, (RIGHT, LAST), text, RIGHT_WIDTH)

    def _note(self, text: str) -> None:
        self.canvas.put(self.row, RIGHT, text, Look.NOTE)
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
        self.canvas.put(self.row, RIGHT, "target", Look.LABEL, Role.TARGET)
        for unit in outputs:
            self._given(RIGHT + 1 + unit, Given(Target(unit)), 0)
        self.row += 1
        self._row_of(book.runs[0], 0, "before (epoch 0)", shown)
        for run in book.runs:
            self._given(RIGHT + 1 + len(shown), Given(LearningRate()), run.index)
            self._row_of(run, book.lesson.epochs, run.name, self._answers_of(run, outputs))
        self._note(f"The lower rows stand after {book.lesson.epochs} updates, a run each.")
        self._say_where_losses_differ()
        self.row += 1

    def _answers_of(self, run: RunLayout, outputs: range) -> list[Quantity]:
        """Return the outputs and the loss of a run; its outputs may be in another layer than those of other runs."""
        return [*(Output(run.of.naming.depth, unit) for unit in outputs), TotalLoss()]

    def _row_of(self, run: RunLayout, index: int, label: str, shown: Sequence[Quantity]) -> None:
        """Put a row of the table: a label, and these quantities from row `index` of a run's table."""
        link = f"{quoted(run.name)}!A1" if index else None
        self.canvas.put(self.row, RIGHT, label, Look.LINK if link else Look.LABEL, link=link)
        for column, quantity in enumerate(shown, start=RIGHT + 1):
            self._fetched(column, run, quantity, index)
        self.row += 1

    def _fetched(self, column: int, run: RunLayout, quantity: Quantity, index: int) -> None:
        value = self.book.trace.number(quantity, run.index, index)
        number_format = "0" if isinstance(quantity, Correct) else four_digits(Spread.of([value]))
        formula = run.cell(quantity, index)
        role = role_of(quantity, self.book.naming)
        self.canvas.put(self.row, column, value, Look.LINKED, role, number_format, formula=formula)

    def _given(self, column: int, given: Given, run: int) -> None:
        """Put a typed number of a run."""
        value = self.book.standing[self.book.lesson.given_names[run][given]]
        formula = self.book.inputs.given(given, run)
        role = role_of(given, self.book.naming)
        number_format = RATE if role is Role.UPDATE else FOUR_DECIMALS
        self.canvas.put(self.row, column, value, Look.LINKED, role, number_format, formula=formula)

    def _losses(self) -> None:
        """Put the table of losses before and after, a row for each run, with the number of right answers at the end."""
        book, lesson = self.book, self.book.lesson
        judged = any(run.recipe.accuracy for run in book.runs)
        headers = [("epoch 0", Role.LOSS), (f"epoch {lesson.epochs}", Role.LOSS)]
        headers += [("right", Role.LOSS)] * judged
        headers += [("held back", Role.LOSS)] * (judged and lesson.held_back > 0)
        self._heading("The loss of an epoch, before and after")
        self._headers("run", [*headers, ("η now", Role.UPDATE)])
        for run in book.runs:
            self.canvas.put(self.row, RIGHT, run.name, Look.LINK, link=f"{quoted(run.name)}!A1")
            for column, (epoch, value) in enumerate(
                zip((0, lesson.epochs), book.ends(run.index), strict=True), start=RIGHT + 1
            ):
                self._epoch_loss(column, run, epoch, value)
            if run.recipe.accuracy:
                first = run.recipe.row_of(lesson.epochs)
                self._count_right(RIGHT + 3, run, first, lesson.examples)
                self._count_right(RIGHT + 4, run, first + lesson.examples, lesson.held_back)
            self._given(RIGHT + 1 + len(headers), Given(LearningRate()), run.index)
            self.row += 1
        self._note(self._what_a_loss_is())
        self._say_where_losses_differ()
        self.row += 1

    def _epoch_loss(self, column: int, run: RunLayout, epoch: int, value: float) -> None:
        curves = self.book.curves
        formula, look = curves.at_epoch(run, epoch), Look.LINKED if curves.divisor(run) == 1 else Look.NUMBER
        number_format = four_digits(Spread.of([value]))
        self.canvas.put(self.row, column, value, look, Role.LOSS, number_format, formula=formula)

    def _count_right(self, column: int, run: RunLayout, first: int, count: int) -> None:
        """Put how many of `count` rows of a run's table, from row `first` on, name the right class: "3 of 4"."""
        if not count:
            return
        right = np.concatenate([self.book.trace.column(run.index, Correct())[first : first + count]])
        value: Value = ErrorValue.NUM if np.isnan(right).any() else f"{right.sum():.0f} of {count}"
        formula = f'SUM({run.range(Correct(), first, first + count - 1)})&" of {count}"'
        self.canvas.put(self.row, column, value, Look.NUMBER, Role.LOSS, formula=formula, align="right")

    def _what_a_loss_is(self) -> str:
        lesson = self.book.lesson
        ways = dict.fromkeys("mean" if run.recipe.mean else "sum" for run in self.book.runs)
        text = f"The loss of an epoch is the {' or, where a step adds its gradients, the '.join(ways)} over its"
        text += f" {lesson.examples:,} example{'s' * (lesson.examples > 1)}"
        return f"{text}, without those held back." if lesson.held_back else f"{text}."

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
            self.canvas.put(self.row, RIGHT, f"{example + 1}{held_back}", Look.LABEL, align="left")
            if has_class:
                self._class(run, first + example)
            for column, quantity in enumerate(shown, start=RIGHT + 1 + has_class):
                self._fetched(column, run, quantity, first + example)
            self.row += 1
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
        """Put the class of an example, counted from 1: the number of its largest target."""
        targets = run.of.naming.targets()
        there = run.block(targets[0], targets[-1], index, index)
        values = [self.book.trace.number(target, run.index, index) for target in targets]
        formula = f"MATCH(MAX({there}),{there},0)"
        value = float(np.argmax(values)) + 1
        self.canvas.put(self.row, RIGHT + 1, value, Look.NUMBER, Role.TARGET, "0", formula=formula)

    # ------------------------------------------------------------------------------------------------- the lesson says

    def _experiments(self) -> None:
        experiments = self.book.lesson.experiments
        if not experiments:
            return
        numbers = {1: "One thing to try", 2: "Two things to try", 3: "Three things to try"}
        self._heading(numbers.get(len(experiments), "Try"))
        for number, experiment in enumerate(experiments, start=1):
            self.canvas.put(self.row, RIGHT, f"{number}. {experiment.question}", Look.STRONG)
            self.row += 1
            self._block(f"You may expect: {experiment.prediction}")
            self._block(f"Try: {' '.join(experiment.knob.split())}")
        self.row += 1

    def _corrections(self) -> None:
        lesson = self.book.lesson
        if not lesson.corrections:
            return
        self._heading(f"What was corrected from {lesson.corrected_source}")
        for text in lesson.corrections:
            self._block(f"• {text}")
        self.row += 1

    # ----------------------------------------------------------------------------------------------------- the drawing

    def _words_of_diagram(self) -> None:
        """Put weights and biases of the drawing in cells, for whoever cannot see it; its labels show these cells."""
        naming = self.book.naming
        if not fits(naming):
            return
        self._heading("The arrows of the diagram, in words")
        parameters = list(naming.parameters())
        places = _NARROW if len(parameters) < _TWO_DIGITS and naming.depth <= 2 else _WIDE
        for index, parameter in enumerate(parameters):
            row = self.row + index // len(places)
            way, label_column = places[index % len(places)]
            given, name = Given(parameter), naming.name(parameter)
            self.canvas.put(row, RIGHT + way, f"{self._way_of(parameter)}:", Look.BODY)
            value = self.book.standing[self.book.lesson.given_names[0][given]]
            text, cell = f"{name} = {fixed_text(value)}", self.book.inputs.given(given, 0)
            formula = f'"{name} = "&{fixed(cell)}'
            label = self.canvas.put(row, RIGHT + label_column, text, Look.BODY, formula=formula)
            self.label_of[parameter] = (label, text)
        self.row += (len(parameters) - 1) // len(places) + 2

    def _way_of(self, parameter: Parameter) -> str:
        """Return what a parameter joins: "i1 → h1" for a weight, "b1 → h1" for a bias."""
        naming = self.book.naming
        if isinstance(parameter, Weight):
            source = unit_name(naming, parameter.layer - 1, parameter.source)
            return f"{source} → {unit_name(naming, parameter.layer, parameter.unit)}"
        fed = naming.fed_by(parameter)
        first, last = (unit_name(naming, parameter.layer, unit) for unit in (fed[0], fed[-1]))
        return f"{naming.name(parameter)} → {first if len(fed) == 1 else f'{first}–{last}'}"

    def _legend(self) -> None:
        self._heading("Colours")
        roles = [role for role in Role if role not in (Role.NONE, Role.UPDATE)]
        for column, role in enumerate(roles, start=RIGHT):
            has_biases = any(any(run.of.naming.biases) for run in self.book.runs)
            text = "weight, bias" if role is Role.PARAMETER and has_biases else role.value
            self.canvas.put(self.row, column, text, Look.LABEL, role)
        self._note_below("Blue in a frame: typed, yours to change. Black: a formula.")
        self._note_below("Green: fetched from another sheet. Grey italics: stored, as shipped.")

    def _note_below(self, text: str) -> None:
        self.row += 1
        self.canvas.put(self.row, RIGHT, text, Look.NOTE)
