"""The update of the chosen parameter: from its gradient, by way of what the optimizer keeps, to its new value."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

from xlbackprop.network import (
    OPTIMIZERS,
    BatchGradient,
    Bias,
    Constant,
    Epoch,
    Expression,
    Given,
    Gradient,
    InBatch,
    LearningRate,
    Parameter,
    Quantity,
    State,
    Step,
)
from xlbackprop.sheets.canvas import short, short_text
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.sheets.steps.choice import Choice, compared, tick
from xlbackprop.sheets.steps.chosen_row import operand_formula, operand_text
from xlbackprop.sheets.steps.lines import HEADING_HEIGHT
from xlbackprop.sheets.steps.words import Text, constant, joined, with_names, with_numbers
from xlbackprop.taught import update_rule
from xlbackprop.workbook import Flag, Look, Role, Value, excel

_ENDS = "no update follows: this is the last epoch"
_OLD = "old "


class UpdateLines:
    """The lines of the update. Runs of one sheet may differ in the optimizer: each line picks that of the shown run."""

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self.lines = choice.lines
        self.shown = choice.shown
        self.places = choice.places
        self.naming = self.shown.naming
        self.runs = self.places.runs
        trained = self.shown.recipe.trained  # the same for all runs of the sheet
        self.ends = trained[0], trained[-1]
        self.weights = sum(not isinstance(of, Bias) for of in trained)
        # A rule is written for one parameter of each kind, weight or bias, and holds for all of that kind.
        self.weight = trained[0]
        self.bias = next((of for of in trained if isinstance(of, Bias)), trained[0])
        self.count = max(len(self._targets(run, self.weight)) for run in self.runs)
        self._slots: dict[Quantity, int] = {}

    @property
    def height(self) -> int:
        """How many rows the update takes, its heading included."""
        return HEADING_HEIGHT + self.count + 1

    def put(self) -> tuple[Flag, Flag]:
        """Put lines for the numbers kept, the new value, the table's value; return the colours of the comparison."""
        of_step = "this row" if self.shown.recipe.batch == 1 else "the step to which this row belongs"
        self.lines.heading(constant("Its update"), f"after {of_step}; all gradients are taken from the old values")
        self._put_slots()
        first = self.lines.row
        for index in range(self.count):
            self._line(index, first)
        return self._compare(first)

    # ------------------------------------------------------------------------------------------- what is worked out

    def _targets(self, run: RunLayout, parameter: Parameter) -> list[Quantity]:
        """Return the quantities that an update computes: those that the optimizer keeps, then the parameter."""
        return [*(State(letter, parameter) for letter in OPTIMIZERS[run.recipe.optimizer].keeps), parameter]

    def _rule(self, run: RunLayout, quantity: Quantity) -> Expression:
        column = next(column for column in run.columns if column.quantity == quantity)
        return update_rule(run.recipe, column)

    def _target(self, run: RunLayout, index: int, *, bias: bool) -> Quantity | None:
        targets = self._targets(run, self.bias if bias else self.weight)
        return targets[index] if index < len(targets) else None

    # -------------------------------------------------------------------------------- the numbers that go into it

    def _put_slots(self) -> None:
        """Put the table of all numbers that the update's rules need, for the chosen parameter and the shown run."""
        canvas, places = self.lines.canvas, self.places
        canvas.put(places.header_row - 1, places.update, "What the update is made from", Look.HEADING)
        for offset, header in enumerate(("number", "value", "as text", "in a product")):
            canvas.put(places.header_row, places.update + offset, header, Look.HEADER)
        sources = [self._sources(run) for run in self.runs]
        keys = dict.fromkeys(key for source in sources for key in source)
        self._slots = {key: row for row, key in enumerate(keys, start=places.header_row + 1)}
        for key, row in self._slots.items():
            formulas = [source.get(key, ("0", 0.0))[0] for source in sources]  # not every run has every number
            value = sources[self.shown.choice].get(key, ("0", 0.0))[1]
            canvas.put(row, places.update, self._plain_name(key), Look.LABEL)
            cell = canvas.put(row, places.update + 1, value, Look.LINKED, formula=self.shown.of_run(formulas))
            self.shown.spelled(row, places.update + 2, cell, value)

    def _sources(self, run: RunLayout) -> dict[Quantity, tuple[str, float]]:
        """Return formula and value of each number that a run's rules need; the chosen parameter's under `weight`."""
        recipe, shown, places = run.recipe, self.shown, self.places
        there, number = shown.run is run, places.parameter_number
        key, chosen = self.weight, shown.parameter
        first, last = self.ends

        def at_end(left: Quantity, right: Quantity, column: str) -> str:
            return f"INDEX({run.block(left, right)},{places.step_end},{column})"

        def value(quantity: Quantity) -> float:
            return shown.number(quantity, at=1) if there else 0.0

        found: dict[Quantity, tuple[str, float]] = {key: (self.choice.in_row(places.value_line), value(chosen))}
        if recipe.sums:
            gathered = BatchGradient(first), BatchGradient(last)
            found[BatchGradient(key)] = at_end(*gathered, number), value(BatchGradient(chosen))
            found[InBatch()] = at_end(InBatch(), InBatch(), "1"), value(InBatch())
        else:
            found[Gradient(key)] = self.choice.in_row(places.gradient_line), value(Gradient(chosen))
        given = self.shown.book.now.given(run.index)
        if recipe.schedule == "constant":
            rate = Given(LearningRate())
            found[rate] = run.elsewhere(run.given(rate)), given[rate]
        else:
            found[LearningRate()] = at_end(LearningRate(), LearningRate(), "1"), value(LearningRate())
        for name in recipe.constants:
            of = Given(Constant(name))
            found[of] = run.elsewhere(run.given(of)), given[of]
        counter: Quantity = Epoch() if recipe.single else Step()
        found[counter] = f"{at_end(counter, counter, '1')}+1", value(counter) + 1
        for letter in OPTIMIZERS[recipe.optimizer].keeps:
            states = State(letter, first), State(letter, last)
            found[State(_OLD + letter, key)] = at_end(*states, number), value(State(letter, chosen))
        return found

    def _slot(self, quantity: Quantity) -> Quantity:
        """Return the key of a number in that table: one key serves for all parameters, weights and biases."""
        weight = self.weight
        match quantity:
            case Gradient(Bias()):
                return Gradient(weight)
            case BatchGradient(Bias()):
                return BatchGradient(weight)
            case State(kind, Bias()):
                return State(kind, weight)
            case Bias():
                return weight
            case _:
                return quantity

    def _plain_name(self, key: Quantity) -> str:
        match key:
            case Given(LearningRate()) | LearningRate():
                return "η"
            case Gradient() | BatchGradient():
                return "gradient"
            case State(kind):
                return kind
            case Given(Constant(name)):
                return name
            case Epoch() | Step():
                return "number of the update"
            case InBatch():
                return "examples of the step"
            case _:
                return "value"

    # ------------------------------------------------------------------------------------------------------- the lines

    def _line(self, index: int, first: int) -> None:
        """Put one line; where no update follows, the first says so and the others are empty."""
        row = self.lines.row
        name = self._picked(index, lambda _, target: self._name(target, new=True))
        rule = self._picked(index, lambda run, target: with_names(self._rule(run, target), self._name))
        numbers = self._picked(index, lambda run, target: self._with_numbers(run, target, first))
        value = self._picked(index, lambda run, target: self._new(run, target, first))
        ends = _ENDS if index == 0 else ""
        self.choice.line(
            self._if_learns(name),
            self._if_learns(rule, ends),
            self._if_learns(numbers),
            self._if_learns(value).formula,
            self._if_learns(value).value,
            Role.UPDATE,
        )
        self._spell(row, self.places.cell(row, self.places.value), self._if_learns(value).value)

    def _if_learns(self, text: Text, otherwise: str = "") -> Text:
        """Return a text that is `otherwise` where no update follows."""
        value = text.value if self.shown.learns else otherwise
        return Text(f"IF({self.places.learns}=1,{text.formula},{constant(otherwise).formula})", value)

    def _picked(self, index: int, made: Callable[[RunLayout, Quantity], Text]) -> Text:
        """Return the text of line `index` for the shown run and the kind of the chosen parameter, weight or bias.

        `made` gives the text for a run and the quantity that its line computes.
        """
        formulas, found = [], constant("")
        for run in self.runs:
            kinds = []
            for bias in (False, True):
                target = self._target(run, index, bias=bias)
                kinds.append(constant("") if target is None else made(run, target))
                if run is self.shown.run and bias == isinstance(self.shown.parameter, Bias):
                    found = kinds[-1]
            weight, other = (kind.formula for kind in kinds)
            is_weight = f"{self.places.parameter_number}<={self.weights}"
            formulas.append(weight if weight == other else f"IF({is_weight},{weight},{other})")
        return Text(self.shown.of_run(formulas), found.value)

    def _name(self, quantity: Quantity, *, new: bool = False) -> Text:
        """Return the name of a quantity for the chosen parameter: ∂E/∂w1, v_w1, η; with `new`, new w1."""
        match self._slot(quantity):
            case Gradient():
                return joined([constant("∂E/∂"), self.choice.name])
            case BatchGradient():
                return joined([constant("Σ∂E/∂"), self.choice.name])
            case State(kind):
                return joined([constant(f"{kind}_"), self.choice.name])
            case Given(LearningRate()) | LearningRate():
                return constant("η")
            case InBatch() as key:
                return Text(*self._cell(key, 2))
            case Constant() | Epoch() | Step() | Given() as key:
                return constant(self.naming.name(key))
            case _:
                return joined([constant("new "), self.choice.name]) if new else self.choice.name

    def _cell(self, key: Quantity, offset: int) -> tuple[str, Value]:
        """Return a cell of the table of the update's numbers, `offset` columns from its left, and its value."""
        row, column = self._slots[key], self.places.update + offset
        return self.places.cell(row, column), self.lines.canvas.cells[row, column].value

    def _number(self, run: RunLayout, quantity: Quantity, first: int, offset: int) -> Text:
        """Return the value of a number (`offset` 1), its text (2) or its text beside a sign (3), as cell and value."""
        key = self._slot(quantity)
        if key in self._slots:
            return Text(*self._cell(key, offset))
        # what is kept, after the update: a line of this very part
        row = first + self._targets(run, self.weight).index(key)
        column = self.places.value if offset == 1 else self.places.beside + offset - 2
        cell = self.lines.canvas.cells.get((row, column))
        return Text(self.places.cell(row, column), "" if cell is None else cell.value)

    def _with_numbers(self, run: RunLayout, target: Quantity, first: int) -> Text:
        number, operand = (
            lambda quantity, offset=offset: self._number(run, quantity, first, offset) for offset in (2, 3)
        )
        return with_numbers(self._rule(run, target), number, operand)

    def _new(self, run: RunLayout, target: Quantity, first: int) -> Text:
        """Return the formula of the new value, made from the numbers beside; its value is the table's, a row on."""
        parts = excel(self._rule(run, target), lambda ref: (self._number(run, ref.quantity, first, 1).formula,))
        value: Value = ""
        if run is self.shown.run and self.shown.learns:
            chosen = self.shown.parameter
            quantity = State(target.kind, chosen) if isinstance(target, State) else chosen
            value = self.shown.number(quantity, at=2)
        return Text("".join(map(str, parts)), value)

    def _spell(self, row: int, cell: str, value: Value) -> None:
        """Put the two texts of a new number beside its line; they are empty where there is no number."""
        canvas, column = self.lines.canvas, self.places.beside
        known = isinstance(value, float) and isfinite(value)
        text: Value = short_text(value) if known and isinstance(value, float) else ""
        there = canvas.put(row, column, text, Look.NOTE, formula=f'IF(ISNUMBER({cell}),{short(cell)},"")')
        formula = f'IF(ISNUMBER({cell}),{operand_formula(there)},"")'
        operand: Value = operand_text(value) if known and isinstance(value, float) else ""
        canvas.put(row, column + 1, operand, Look.NOTE, formula=formula)

    # ------------------------------------------------------------------------------------------------------- the proof

    def _compare(self, first: int) -> tuple[Flag, Flag]:
        """Put the value that the table has after the update, and whether the new value above equals it."""
        shown, places, row = self.shown, self.places, self.lines.row
        quantities = places.quantities
        blocks = [run.block(quantities[0], quantities[-1]) for run in self.runs]
        there = shown.of_run([f"INDEX({block},{places.step_end}+1,{places.value_line})" for block in blocks])
        last = [first + len(self._targets(run, self.weight)) - 1 for run in self.runs]
        picked = shown.of_run([places.cell(row_of_run, places.value) for row_of_run in last])
        value = shown.number(shown.parameter, at=2)
        after = "as the next row of the table has it" if shown.recipe.batch == 1 else "as it is in the step after this"
        number, new = self._if_learns(Text(there, value)), self._if_learns(Text(picked, value))
        # in a cell of its own: IronCalc says of a CHOOSE inside a formula that it is no number
        beside = self.lines.canvas.put(row, places.beside, new.value, Look.NOTE, formula=new.formula)
        self.choice.line(
            self._if_learns(self._name(self.weight, new=True)),
            self._if_learns(constant(after)),
            self._if_learns(compared(beside, places.cell(row, places.value), value, value)),
            number.formula,
            number.value,
            Role.UPDATE,
        )
        return tick(row, places.numbers)
