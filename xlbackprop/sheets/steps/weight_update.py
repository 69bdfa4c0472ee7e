"""The update of the chosen parameter: from its gradient, by way of what the optimizer keeps, to its new value."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from xlbackprop.network import (
    OPTIMIZERS,
    WEIGHT_DECAY,
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
from xlbackprop.sheets.derivation.words import pieces, with_names, with_numbers
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.sheets.steps.choice import Choice, compared, tick
from xlbackprop.sheets.steps.chosen_row import NumberCells
from xlbackprop.taught import adds_decay, update_rule
from xlbackprop.workbook import (
    Flag,
    Live,
    Look,
    Role,
    absolute,
    cell,
    element,
    is_number,
    live,
    operand,
    rule,
    short,
    unless_error,
    when,
)

_ENDS = "no update follows"
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
        self.weights = sum(not isinstance(of, Bias) for of in trained)
        # A rule is written for one parameter of each kind, weight or bias, and holds for all of that kind.
        self.weight = trained[0]
        self.bias = next((of for of in trained if isinstance(of, Bias)), trained[0])
        self.count = max(len(self._targets(run, self.weight)) for run in self.runs)
        self._slots: dict[Quantity, NumberCells] = {}
        self._new_numbers: list[NumberCells] = []

    def put(self) -> tuple[Flag, Flag]:
        """Put lines for the numbers kept, the new value, the table's value; return the colours of the comparison."""
        of_step = "this row" if self.shown.recipe.batch == 1 else "the step to which this row belongs"
        self.lines.heading("Its update", f"after {of_step}; all gradients are taken from the old values")
        self._put_slots()
        self._gradients()
        for index in range(self.count):
            self._line(index)
        return self._compare()

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
        canvas.put(places.header_row - 1, places.update, "What the update is made from", Look.STRONG)
        for offset, header in enumerate(("number", "value", "as text", "in a product")):
            canvas.put(places.header_row, places.update + offset, header, Look.HEADER)
        sources = [self._sources(run) for run in self.runs]
        keys = dict.fromkeys(key for source in sources for key in source)
        for row, key in enumerate(keys, start=places.header_row + 1):
            found = self.shown.of_run([source.get(key, live(0)) for source in sources])  # not every run has every one
            canvas.put(row, places.update, self._plain_name(key), Look.LABEL)
            number = canvas.put(row, places.update + 1, found, Look.LINKED)
            self._slots[key] = self.shown.spelled(row, places.update + 2, number)

    def _sources(self, run: RunLayout) -> dict[Quantity, Live]:
        """Return each number that a run's rules need; the chosen parameter's under `weight`."""
        recipe, book, key, trained = run.recipe, self.shown.book, self.weight, self.shown.recipe.trained

        def at_end(quantity: Quantity) -> Live:
            return element(book.column(run, quantity), self.shown.step_end)

        def of_chosen(of: Callable[[Parameter], Quantity]) -> Live:
            return element(book.block(run, [*map(of, trained)]), self.shown.step_end, self.choice.number)

        found: dict[Quantity, Live] = {key: self.choice.value}
        if recipe.sums:
            found |= {BatchGradient(key): of_chosen(BatchGradient), InBatch(): at_end(InBatch())}
        else:
            found[Gradient(key)] = self.choice.gradient
        if recipe.schedule == "constant":
            found[Given(LearningRate())] = book.in_head(run, Given(LearningRate()))
        else:
            found[LearningRate()] = at_end(LearningRate())
        found |= {of: book.in_head(run, of) for of in (Given(Constant(name)) for name in recipe.constants)}
        counter: Quantity = Epoch() if recipe.single else Step()
        found[counter] = at_end(counter) + 1
        for letter in OPTIMIZERS[recipe.optimizer].keeps:
            found[State(_OLD + letter, key)] = of_chosen(partial(State, letter))
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

    # ---------------------------------------------------------------------------------------- the gradient of the step

    def _gradients(self) -> None:
        """Put the gradient that the step uses: the mean over its examples, and what weight decay makes of it."""
        recipe = self.shown.recipe
        key: Quantity = BatchGradient(self.weight) if recipe.sums else Gradient(self.weight)
        name, gradient = self._name(key), self._slots[key]
        if recipe.sums and recipe.mean:
            name, gradient = self._mean(name, gradient)
        if any(adds_decay(run.recipe) for run in self.runs):
            self._decayed(name, gradient)

    def _mean(self, name: Live, total: NumberCells) -> tuple[Live, NumberCells]:
        """Put the line of the mean gradient; return its name and its cells."""
        row, count, mean = self.lines.row, self._slots[InBatch()], "mean ∂E/∂" & self.choice.name
        number = self.choice.line(
            self._if_learns(mean),
            self._if_learns("= " & name & "/" & count.text),
            self._if_learns("= " & total.text & "/" & count.text),
            self._if_learns(total.number / count.number),
        )
        end = self.shown.step_end
        again = []
        for run in self.runs:
            table, headers = run.block(run.columns[0].quantity, run.columns[-1].quantity), run.headers()
            names = (name, live(self.naming.name(InBatch())))
            over = "/".join(f"INDEX({table},{end},MATCH({of},{headers},0))" for of in names)
            again.append(cell(f"({over})", 0.0))
        found = unless_error(self._if_learns(self.shown.of_run(again)), "error")
        self.lines.canvas.claim(number, found, absolute(number).formula)
        text = self._if_number(row, self.places.beside, number, short(number))
        return mean, NumberCells(number, text, self._if_number(row, self.places.beside + 1, number, operand(text)))

    def _decayed(self, name: Live, gradient: NumberCells) -> None:
        """Put the line of the gradient with weight decay: g + λ·w. A bias does not decay."""
        decay, value = self._slots[Given(Constant(WEIGHT_DECAY.name))], self._slots[self.weight]
        is_weight = self.choice.number <= self.weights

        def told(of: Live) -> Live:
            return self._if_learns(self.shown.of_run([of if adds_decay(run.recipe) else live("") for run in self.runs]))

        more = f" + {WEIGHT_DECAY.name}·" & self.choice.name
        spelled = " + " & decay.operand & " × " & value.operand
        number = self.choice.line(
            told(live("with decay")),
            told("= " & name & when(is_weight, more, ": a bias does not decay")),
            told("= " & gradient.text & when(is_weight, spelled, "")),
            told(gradient.number + when(is_weight, decay.number * value.number, 0)),
        )
        again = gradient.number + decay.number * value.number * when(is_weight, 1, 0)
        self.lines.canvas.claim(
            number, unless_error(told(again), "error"), (absolute(gradient.number) + absolute(value.number)).formula
        )

    # ------------------------------------------------------------------------------------------------------- the lines

    def _line(self, index: int) -> None:
        """Put one line; where no update follows, the first says so and the others are empty."""
        row = self.lines.row
        number = self.choice.line(
            self._if_learns(self._picked(index, lambda _, target: self._name(target, new=True))),
            self._if_learns(
                self._picked(index, lambda run, target: with_names(pieces(self._rule(run, target)), self._name)),
                _ENDS if index == 0 else "",
            ),
            self._if_learns(self._picked(index, self._with_numbers)),
            self._if_learns(self._picked(index, self._new)),
            Role.UPDATE,
        )
        text = self._if_number(row, self.places.beside, number, short(number))
        beside = self._if_number(row, self.places.beside + 1, number, operand(text))
        self._new_numbers.append(NumberCells(number, text, beside))

    def _if_number(self, row: int, column: int, number: Live, text: Live) -> Live:
        """Put a text of a new number beside its line; it is empty where there is no number."""
        return self.lines.canvas.put(row, column, when(is_number(number), text, ""), Look.NOTE)

    def _if_learns(self, told: Live, otherwise: str = "") -> Live:
        """Return what is `otherwise` where no update follows."""
        return when(self.shown.learns.equals(1), told, otherwise)

    def _picked(self, index: int, made: Callable[[RunLayout, Quantity], Live]) -> Live:
        """Return what line `index` has for the shown run and the kind of the chosen parameter, weight or bias.

        `made` gives it for a run and the quantity that its line computes.
        """
        options = []
        for run in self.runs:
            targets = (self._target(run, index, bias=bias) for bias in (False, True))
            weight, bias = (live("") if target is None else made(run, target) for target in targets)
            is_weight = self.choice.number <= self.weights
            options.append(weight if weight.formula == bias.formula else when(is_weight, weight, bias))
        return self.shown.of_run(options)

    def _name(self, quantity: Quantity, *, new: bool = False) -> Live:
        """Return the name of a quantity for the chosen parameter: ∂E/∂w1, v_w1, η; with `new`, new w1."""
        match self._slot(quantity):
            case Gradient():
                return "∂E/∂" & self.choice.name
            case BatchGradient():
                return "Σ∂E/∂" & self.choice.name
            case State(kind):
                return f"{kind}_" & self.choice.name
            case Given(LearningRate()) | LearningRate():
                return live("η")
            case InBatch() as key:
                return self._slots[key].text
            case Constant() | Epoch() | Step() | Given() as key:
                return live(self.naming.name(key))
            case _:
                return "new " & self.choice.name if new else self.choice.name

    def _shown(self, run: RunLayout, quantity: Quantity) -> NumberCells:
        """Return the cells of a number that goes into an update: one of the table, or of a line above."""
        key = self._slot(quantity)
        return self._slots.get(key) or self._new_numbers[self._targets(run, self.weight).index(key)]

    def _with_numbers(self, run: RunLayout, target: Quantity) -> Live:
        shown = partial(self._shown, run)
        return with_numbers(pieces(self._rule(run, target)), lambda of: shown(of).text, lambda of: shown(of).operand)

    def _new(self, run: RunLayout, target: Quantity) -> Live:
        """Return the new value, made from the numbers beside."""
        return rule(self._rule(run, target), lambda ref: self._shown(run, ref.quantity).number)

    # ------------------------------------------------------------------------------------------------------- the proof

    def _compare(self) -> tuple[Flag, Flag]:
        """Put the value that the table has after the update, and whether the new value above equals it."""
        shown, places, row = self.shown, self.places, self.lines.row
        blocks = [shown.book.block(run, places.quantities) for run in self.runs]
        after = shown.of_run([element(block, shown.step_end + 1, self.choice.value_line) for block in blocks])
        lasts = [self._new_numbers[len(self._targets(run, self.weight)) - 1].number for run in self.runs]
        words = "as its next row has it" if shown.recipe.batch == 1 else "as the next step has it"
        # in a cell of its own: IronCalc says of a CHOOSE inside a formula that it is no number
        new = self.lines.canvas.put(row, places.beside, self._if_learns(shown.of_run(lasts)), Look.NOTE)
        there = self._if_learns(after)
        named = [
            f"INDEX({block},{shown.step_end + 1},MATCH({self.choice.name},{run.headers()},0))"
            for block, run in zip(blocks, self.runs, strict=True)
        ]
        number = self.choice.line(
            self._if_learns(self._name(self.weight, new=True)),
            self._if_learns(live(words)),
            self._if_learns(compared(new, cell(places.cell(row, places.value), lambda: there.value))),
            there,
            Role.UPDATE,
        )
        canvas = self.lines.canvas
        canvas.claim(new, number, absolute(number).formula)
        canvas.claim(number, self._if_learns(shown.of_run([cell(formula, 0.0) for formula in named])))
        return tick(row, places.numbers)
