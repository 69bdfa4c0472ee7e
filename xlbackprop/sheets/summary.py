"""`Summary`: the lesson on one page, each line of mathematics with its live number.

The left half goes from the network to the update, the right half from the loss curves to what one can try. All rows
are of one height: what needs more lines is merged over more rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

from xlbackprop.activations import ACTIVATIONS
from xlbackprop.columns import Factor, chains
from xlbackprop.document import Diagram, ErrorValue, Flag, Look, Page, Role, Sheet, address, quoted
from xlbackprop.expression import Expression, excel, math_text
from xlbackprop.layout import CHECKS, INPUTS, LESSON, LOSS_CURVES, SUMMARY, RunLayout
from xlbackprop.optimizers import OPTIMIZERS
from xlbackprop.quantities import Given, Gradient, LearningRate, NetInput, Output, Quantity, TotalLoss, UnitLoss, Weight
from xlbackprop.sheets import loss_curves
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import SCIENTIFIC, Canvas, fixed, fixed_text, four_digits, lines_of, role_of
from xlbackprop.sheets.inputs import unit_name
from xlbackprop.sheets.network_diagram import NetworkDiagram, fits
from xlbackprop.trace import Spread

_WIDTHS = {1: 15, 2: 54, 3: 12, 4: 2, 5: 13, 6: 11, 7: 11, 8: 11, 9: 11, 10: 11, 11: 11}
_LEFT, _RIGHT, _LAST = 1, 5, 11
_LEFT_WIDTH, _RIGHT_WIDTH = 60, 92
_PICTURES_ROW, _TEXT_ROW = 7, 23
_MOST_LINES = 12
_MOST_FACTORS = 20


def sheets(book: Book) -> Iterator[Sheet]:
    """Yield the sheet."""
    canvas = Canvas()
    _top(canvas, book)
    left = _Left(canvas, book)
    left.build()
    right = _right(canvas, book, left)
    last = max(left.row, right)
    yield Sheet(
        name=SUMMARY,
        cells=canvas.cells,
        charts=(loss_curves.comparison(book, address(_PICTURES_ROW, _RIGHT), 590, 310),),
        diagrams=tuple(left.diagrams()),
        widths=_WIDTHS | {_LEFT: max(_WIDTHS[_LEFT], left.longest_name + 1)},
        heights=canvas.heights,
        merged=tuple(canvas.merged),
        flags=(Flag("B3", 'LEFT($B$3,4)="PASS"', "good"), Flag("B3", 'LEFT($B$3,4)<>"PASS"', "bad")),
        page=Page(landscape=False, pages_tall=1, area=f"A1:{address(last, _LAST)}"),
        tab=Role.FORWARD,
    )


def _top(canvas: Canvas, book: Book) -> None:
    canvas.put(1, 1, f"Summary: {book.lesson.title}", Look.TITLE)
    introduction = book.lesson.introduction or "Every number of this workbook is a formula that you can follow."
    canvas.paragraph(2, (1, _LAST), " ".join(introduction.split()), 165)
    canvas.put(3, 1, "proof", Look.LABEL)
    canvas.put(3, 2, book.verdict, Look.VERDICT, formula=book.checks.verdict)
    canvas.put(4, 1, "go to", Look.LABEL)
    canvas.put(4, 2, "Inputs: the numbers you can change", Look.LINK, link=f"{quoted(INPUTS)}!A1")
    for column, name in ((5, LOSS_CURVES), (6, CHECKS), (7, LESSON)):
        canvas.put(4, column, name, Look.LINK, link=f"{quoted(name)}!A1")
    _heading(canvas, _PICTURES_ROW - 1, (_LEFT, 3), "The network")
    _heading(canvas, _PICTURES_ROW - 1, (_RIGHT, _LAST), "How the loss falls")


class _Left:
    """The left half: line after line of mathematics with a live number, epoch 0 of the first run."""

    def __init__(self, canvas: Canvas, book: Book) -> None:
        self.canvas = canvas
        self.book = book
        self.run = book.runs[0]
        self.naming = book.naming
        self.row = _TEXT_ROW
        self.cell_of: dict[Quantity, str] = {}
        self.label_of: dict[Weight, tuple[str, str]] = {}
        self.longest_name = 0

    def build(self) -> None:
        start = f"at epoch 0 of {self.run.name}"
        self._heading("Forward", start)
        self._forward()
        self._heading("Backward: the weights into the outputs", start)
        self._output_weights()
        if self.naming.depth > 1:
            self._heading("Backward: the weights before", start)
            self._hidden_weights()
        self._heading("Update", f"from epoch 0 to 1 of {self.run.name}")
        self._update()

    # ------------------------------------------------------------------------------------------------------ one line

    def _heading(self, text: str, note: str) -> None:
        if self.row > _TEXT_ROW:
            self.row += 1
        _heading(self.canvas, self.row, (1, 3), text)
        self.canvas.put(self.row + 1, 2, f"numbers {note}", Look.NOTE)
        self.row += 2

    def _line(self, name: str, mathematics: str, formula: str, value: float, role: Role) -> str:
        """Put a line: name, mathematics, live number; return the number's cell."""
        lines = lines_of(mathematics, _LEFT_WIDTH)
        self.longest_name = max(self.longest_name, len(name))
        self.canvas.put(self.row, 1, name, Look.LABEL, role)
        self.canvas.put(self.row, 2, mathematics, Look.MATH, wrap=lines > 1)
        if lines > 1:
            self.canvas.merged += [f"{letter}{self.row}:{letter}{self.row + lines - 1}" for letter in "ABC"]
        number_format = four_digits(Spread.of([value]))
        cell = self.canvas.put(self.row, 3, value, Look.LINKED, role, number_format, formula=formula)
        self.row += lines
        return cell

    def _words(self, text: str) -> None:
        self.row = _block(self.canvas, self.row, (1, 3), text, 92)

    def _math(self, expression: Expression) -> str:
        return "= " + math_text(expression, self.naming.name)

    def _computed(self, quantity: Quantity) -> None:
        """Put the line of a quantity of the table: its rule, and its number fetched from the table."""
        column = next(column for column in self.run.columns if column.quantity == quantity)
        value = self.book.trace.number(quantity, 0, 0)
        mathematics = self._math(column.formula)
        if isinstance(quantity, Output):
            symbol = ACTIVATIONS[self.book.lesson.layers[quantity.layer - 1].activation].symbol
            net = self.naming.name(NetInput(quantity.layer, quantity.unit))
            mathematics = f"= {symbol}({net}) {mathematics}"
        self.cell_of[quantity] = self._line(
            self.naming.name(quantity), mathematics, self.run.cell(quantity, 0), value, role_of(quantity)
        )

    def _others(self, weights: Sequence[Weight], words: str) -> None:
        """Put the gradients of the weights whose derivation has the same form, as many as are worth reading."""
        if not weights:
            return
        self._words(words)
        for weight in weights[:_MOST_LINES]:
            self._computed(Gradient(weight))
        if len(weights) > _MOST_LINES:
            self._words(f"… and {len(weights) - _MOST_LINES:,} more of the same form, in the tables.")

    # --------------------------------------------------------------------------------------------------- the sections

    def _forward(self) -> None:
        naming = self.naming
        inputs = naming.inputs()
        for given in inputs[:_MOST_LINES]:
            source = Given(given)
            value = self.book.now.given(0)[source]
            formula = self.book.inputs.given(source, 0)
            self.cell_of[given] = self._line(naming.name(given), "given", formula, value, Role.INPUT)
        self._more(len(inputs) - _MOST_LINES, "inputs")
        for layer in naming.layers():
            for unit in naming.units(layer)[:_MOST_LINES]:
                self._computed(NetInput(layer, unit))
                self._computed(Output(layer, unit))
            self._more(len(naming.units(layer)) - _MOST_LINES, f"units of layer {layer}")
        outputs = naming.units(naming.depth)
        for unit in outputs[:_MOST_LINES]:
            self._computed(UnitLoss(unit))
        self._more(len(outputs) - _MOST_LINES, "outputs")
        self._computed(TotalLoss())

    def _more(self, left_out: int, what: str) -> None:
        if left_out > 0:
            self._words(f"… and {left_out:,} more {what}, in the tables.")

    def _output_weights(self) -> None:
        weights = list(self.naming.weights(self.naming.depth))
        if self.naming.sizes[-1] > 1:
            self._words(f"{self.naming.name(weights[0])} moves E_Total only through E1, so there is one chain:")
        self._derivation(weights[0])
        self._others(weights[1:], "In the same way for the others; each moves only the loss of the unit it leads to:")

    def _hidden_weights(self) -> None:
        weights = [weight for weight in self.naming.weights() if weight.layer < self.naming.depth]
        if self.naming.sizes[-1] > 1:
            self._words(f"{self.naming.name(weights[0])} moves every output, so the chains of all paths are added:")
        self._derivation(weights[0])
        self._others(weights[1:], "In the same way, with the unit and the input that each weight joins:")

    def _derivation(self, weight: Weight) -> None:
        """Put the chain rule for one weight: every factor of every path, and the product from these very cells."""
        name = self.naming.name(Gradient(weight))
        if not self.book.lesson.renders_expanded:
            self._steps(weight)
            return
        paths = chains(self.book.lesson, weight)
        if sum(map(len, paths)) > _MOST_FACTORS:
            self._words(f"{name} is a sum over {len(paths)} paths to the outputs; the table writes it out.")
            self._computed(Gradient(weight))
            return
        for sign, path in zip(("=", *"+" * (len(paths) - 1)), paths, strict=True):
            rule = " · ".join(self._derivative(factor) for factor in path)
            self._line_without_number(name if sign == "=" else "", f"{sign} {rule}")
        products: list[str] = []
        number = 0
        for path in paths:
            cells = []
            for factor in path:
                number += 1
                cells.append(self._factor(number, factor))
            products.append("*".join(cells))
        column = next(column for column in self.run.columns if column.quantity == Gradient(weight))
        value = self.book.trace.number(Gradient(weight), 0, 0)
        self._line(name, self._math(column.formula), "+".join(products), value, Role.GRADIENT)

    def _steps(self, weight: Weight) -> None:
        """Put the steps by which the table finds the gradient: back to the unit that the weight feeds, then to it."""
        unit = weight.layer, weight.unit
        self._computed(Gradient(Output(*unit)))
        self._computed(Gradient(NetInput(*unit)))
        self._computed(Gradient(weight))

    def _derivative(self, factor: Factor) -> str:
        return f"∂{self.naming.name(factor.top)}/∂{self.naming.name(factor.bottom)}"

    def _factor(self, number: int, factor: Factor) -> str:
        there = "".join(map(str, excel(factor.value, lambda ref: (self.run.cell(ref.quantity, 0),))))
        value = self.book.at_start(factor.value)
        name = f"{number}. {self._derivative(factor)}"
        return self._line(name, self._math(factor.value), there, value, Role.GRADIENT)

    def _line_without_number(self, name: str, mathematics: str) -> None:
        self.canvas.put(self.row, 1, name, Look.LABEL, Role.GRADIENT)
        self.row = _block(self.canvas, self.row, (2, 3), mathematics, _LEFT_WIDTH + 14, Look.MATH)

    def _update(self) -> None:
        rule = OPTIMIZERS[self.book.lesson.optimizer].rule
        self._words(f"{rule}, every weight at once, all gradients from the old weights (η is the learning rate).")
        weights = list(self.naming.weights())
        for weight in dict.fromkeys((weights[0], weights[-1])):
            name = self.naming.name(weight)
            value = self.book.trace.number(weight, 0, 1)
            mathematics = f"= {name} − η·∂E/∂{name}"
            self._line(f"{name} at epoch 1", mathematics, self.run.cell(weight, 1), value, Role.PARAMETER)

    # ----------------------------------------------------------------------------------------------------- the diagram

    def diagrams(self) -> Iterator[Diagram]:
        if not fits(self.book):
            text = f"A network of {'-'.join(map(str, self.naming.sizes))} units is too large to draw here."
            self.canvas.put(_PICTURES_ROW, 1, text, Look.NOTE)
            return
        cells = self.cell_of | {weight: cell for weight, (cell, _) in self.label_of.items()}
        texts: dict[Quantity, str] = {}
        for quantity, cell in self.cell_of.items():
            texts[quantity] = self._shown(cell)
        texts |= {weight: text for weight, (_, text) in self.label_of.items()}
        note = "In Excel the drawing follows your edits; elsewhere it keeps the numbers it came with, the cells do not."
        self.canvas.put(_TEXT_ROW - 1, 1, note, Look.NOTE)
        yield NetworkDiagram(self.book, 585, 300, cells, texts).diagram(address(_PICTURES_ROW, 1))

    def _shown(self, fixed_cell: str) -> str:
        """Return what a cell of this sheet shows, as its number format writes it."""
        row = int(fixed_cell.rpartition("$")[2])
        cell = self.canvas.cells[row, 3]
        if isinstance(cell.value, float) and not isfinite(cell.value):
            return ErrorValue.NUM.value
        if cell.style.number_format == SCIENTIFIC:
            return f"{cell.value:.3E}"
        decimals = len(cell.style.number_format.partition(".")[2])
        return f"{cell.value:.{decimals}f}"


# --------------------------------------------------------------------------------------------------- the right half


def _block(canvas: Canvas, row: int, columns: tuple[int, int], text: str, width: float, look: Look = Look.BODY) -> int:
    """Put wrapped text over as many rows as its lines need; return the row below."""
    lines = lines_of(text, width)
    canvas.put(row, columns[0], text, look, wrap=True)
    canvas.merged.append(f"{address(row, columns[0])}:{address(row + lines - 1, columns[1])}")
    return row + lines


def _right(canvas: Canvas, book: Book, left: _Left) -> int:
    row = _answers(canvas, book, _TEXT_ROW)
    row = _experiments(canvas, book, row)
    row = _corrections(canvas, book, row)
    row = _words_of_diagram(canvas, book, left, row)
    return _legend(canvas, row)


def _heading(canvas: Canvas, row: int, columns: tuple[int, int], text: str) -> None:
    """Put a heading whose rule runs over all its columns."""
    for column in range(columns[0], columns[1] + 1):
        canvas.put(row, column, text if column == columns[0] else "", Look.HEADING)


def _right_heading(canvas: Canvas, row: int, text: str) -> None:
    _heading(canvas, row, (_RIGHT, _LAST), text)


def _answers(canvas: Canvas, book: Book, row: int) -> int:
    """Output against target, before and after, per run; return the next free row."""
    outputs = [Output(book.naming.depth, unit) for unit in book.naming.units(book.naming.depth)][:5]
    shown: list[Quantity] = [*outputs, TotalLoss()]
    _right_heading(canvas, row, "Output against target")
    canvas.put(row + 1, _RIGHT, "", Look.HEADER)
    for column, quantity in enumerate(shown, start=_RIGHT + 1):
        canvas.put(row + 1, column, book.naming.name(quantity), Look.HEADER, role_of(quantity))
    canvas.put(row + 1, _RIGHT + 1 + len(shown), "η now", Look.HEADER, Role.UPDATE)
    canvas.put(row + 2, _RIGHT, "target", Look.LABEL, Role.TARGET)
    for column, target in zip(range(_RIGHT + 1, _LAST + 1), book.naming.targets()[: len(outputs)], strict=False):
        given = Given(target)
        formula = book.inputs.given(given, 0)
        canvas.put(row + 2, column, book.now.given(0)[given], Look.LINKED, Role.TARGET, formula=formula)
    _answer_row(canvas, book, row + 3, ("before (epoch 0)", book.runs[0], 0), shown)
    for run in book.runs:
        _answer_row(canvas, book, row + 4 + run.run, (run.name, run, book.lesson.epochs), shown)
        rate = book.inputs.given(Given(LearningRate()), run.run)
        column = _RIGHT + 1 + len(shown)
        canvas.put(row + 4 + run.run, column, book.rate(run.run), Look.LINKED, Role.UPDATE, formula=rate)
    row += 4 + book.lesson.runs
    canvas.put(row, _RIGHT, f"The lower rows stand after {book.lesson.epochs} updates, a run each.", Look.NOTE)
    return row + 2


def _answer_row(
    canvas: Canvas, book: Book, row: int, which: tuple[str, RunLayout, int], shown: Sequence[Quantity]
) -> None:
    label, run, index = which
    link = f"{quoted(run.name)}!A1" if index else None
    canvas.put(row, _RIGHT, label, Look.LINK if link else Look.LABEL, link=link)
    for column, quantity in enumerate(shown, start=_RIGHT + 1):
        value = book.trace.number(quantity, run.run, index)
        number_format = four_digits(Spread.of([value]))
        formula = run.cell(quantity, index)
        canvas.put(row, column, value, Look.LINKED, role_of(quantity), number_format, formula=formula)


def _experiments(canvas: Canvas, book: Book, row: int) -> int:
    if not book.lesson.experiments:
        return row
    count = len(book.lesson.experiments)
    _right_heading(
        canvas, row, {1: "One thing to try", 2: "Two things to try", 3: "Three things to try"}.get(count, "Try")
    )
    row += 1
    for number, experiment in enumerate(book.lesson.experiments, start=1):
        canvas.put(row, _RIGHT, f"{number}. {experiment.question}", Look.STRONG)
        row = _block(canvas, row + 1, (_RIGHT, _LAST), f"You may expect: {experiment.prediction}", _RIGHT_WIDTH)
        row = _block(canvas, row, (_RIGHT, _LAST), f"Try: {' '.join(experiment.knob.split())}", _RIGHT_WIDTH)
    return row + 1


def _corrections(canvas: Canvas, book: Book, row: int) -> int:
    if not book.lesson.corrections:
        return row
    _right_heading(canvas, row, f"What was corrected from {book.lesson.corrected_source}")
    row += 1
    for text in book.lesson.corrections:
        row = _block(canvas, row, (_RIGHT, _LAST), f"• {text}", _RIGHT_WIDTH)
    return row + 1


def _words_of_diagram(canvas: Canvas, book: Book, left: _Left, row: int) -> int:
    """The weights of the diagram in cells, for whoever does not see shapes; the shapes show these cells."""
    if not fits(book):
        return row
    _right_heading(canvas, row, "The arrows of the diagram, in words")
    given = book.now.given(0)
    weights = list(book.naming.weights())
    per_row = 3
    for index, weight in enumerate(weights):
        here = row + 1 + index // per_row
        column = _RIGHT + (index % per_row) * 2
        name, cell = book.naming.name(weight), book.inputs.given(Given(weight), 0)
        source = unit_name(book, weight.layer - 1, weight.source)
        joined = f"{source} → {unit_name(book, weight.layer, weight.unit)}:"
        canvas.put(here, column, joined, Look.BODY)
        text = f"{name} = {fixed_text(given[Given(weight)])}"
        label = canvas.put(here, column + 1, text, Look.BODY, formula=f'"{name} = "&{fixed(cell)}')
        left.label_of[weight] = (label, text)
    return row + 2 + (len(weights) - 1) // per_row + 1


def _legend(canvas: Canvas, row: int) -> int:
    _right_heading(canvas, row, "Colours")
    roles = [role for role in Role if role not in (Role.NONE, Role.UPDATE)]
    for column, role in enumerate(roles, start=_RIGHT):
        canvas.put(row + 1, column, role.value, Look.LABEL, role)
    canvas.put(row + 2, _RIGHT, "Blue in a frame: typed, yours to change. Black: a formula.", Look.NOTE)
    canvas.put(row + 3, _RIGHT, "Green: fetched from another sheet. Grey italics: stored, as shipped.", Look.NOTE)
    return row + 3
