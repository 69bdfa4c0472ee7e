"""The forward pass of a run computed again on `Checks`, by formulas other than those of the run's table.

A row here holds all parameters, and SUMPRODUCT adds up what a unit receives. A row may move one parameter (or input) by
some steps; from such rows gradients are estimated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import assert_never

import numpy as np

from xlbackprop.arithmetic import error_if_infinite
from xlbackprop.network import (
    WEIGHT_DECAY,
    Bias,
    Constant,
    Dense,
    Exponential,
    ExponentialSum,
    Expression,
    Function,
    Given,
    Highest,
    Input,
    NetInput,
    Output,
    Parameter,
    Quantity,
    Ref,
    Softmax,
    Target,
    Term,
    TotalLoss,
    UnitLoss,
    Weight,
    activation_of,
    call,
    loss_of,
)
from xlbackprop.numpy_run import Forward, Network, penalty_of
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import role_of
from xlbackprop.sheets.checks.places import CHOSEN_EPOCH
from xlbackprop.sheets.checks.tolerance import is_far, is_far_formula
from xlbackprop.sheets.number_formats import SCIENTIFIC, SIX_DECIMALS, WHOLE
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.taught import answer_of
from xlbackprop.workbook import Fill, Filled, Look, Style, Table, column_letters, excel, filled_down

STEP = 1e-3
LABELS = 7  # columns before the numbers: check, what, row, what is moved, by how many steps, input number, step
_COMPUTED = NetInput | Highest | Exponential | ExponentialSum | Output | UnitLoss | TotalLoss


@dataclass(frozen=True, eq=False)
class PassRows:
    """The forward passes of one table: from which row of the run's table each starts, and what it moves, how far.

    Each array has one entry for each row of this table; `rows` holds rows of the run's table, counted from 0.
    """

    rows: np.ndarray
    moved: np.ndarray  # the number of the parameter, or behind all of them of the input; 0 for none
    direction: np.ndarray  # by how many steps
    source: np.ndarray  # the number of the input that the weight carries, 0 where it carries a unit's output


class RunPasses:
    """The forward passes of a run on `Checks`: columns, NumPy values, and the table of those that move nothing."""

    def __init__(self, book: Book, run: RunLayout) -> None:
        self.book = book
        self.run = run
        self.recipe = run.recipe
        self.naming = run.of.naming
        self.places = book.checks
        self.parameters = tuple(self.naming.parameters())

    # ------------------------------------------------------------------------------------ columns of a forward pass

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """The quantities of a row of workings in their order: targets, inputs, parameters, layer by layer, losses."""
        naming = self.naming
        layers: list[Quantity] = []
        for layer in map(naming.layer, naming.layers()):
            layers += (*layer.nets(), *layer.between(), *layer.outputs())
        losses = [UnitLoss(unit) for unit in naming.units(naming.depth)]
        return (*naming.targets(), *naming.inputs(), *self.parameters, *layers, *losses, TotalLoss())

    @cached_property
    def column_of(self) -> dict[Quantity, int]:
        return {quantity: LABELS + 1 + index for index, quantity in enumerate(self.quantities)}

    @cached_property
    def computed(self) -> tuple[Quantity, ...]:
        """The quantities that a forward pass computes, h1 … E_Total; their columns stand side by side."""
        return tuple(quantity for quantity in self.quantities if isinstance(quantity, _COMPUTED))

    def _letters(self, quantity: Quantity) -> str:
        return f"${column_letters(self.column_of[quantity])}"

    def _here(self, quantity: Quantity) -> Fill:
        return (self._letters(quantity), 0)

    def _row(self, quantities: Sequence[Quantity], back: int = 0) -> Fill:
        return (self._letters(quantities[0]), -back, f":{self._letters(quantities[-1])}", -back)

    def _formula(self, quantity: Quantity) -> Fill:
        """Return the formula of a quantity in a row of workings; it is written apart from the tables' own formulas."""
        naming = self.naming
        match quantity:
            case Target() | Input() | Weight() | Bias():
                return self._fetched(quantity)
            case NetInput(layer, unit):
                return self._net_input(naming.layer(layer).terms(unit))
            case Highest(layer):
                return ("MAX(", *self._row([NetInput(layer, unit) for unit in naming.units(layer)]), ")")
            case ExponentialSum(layer):
                return ("SUM(", *self._row([Exponential(layer, unit) for unit in naming.units(layer)]), ")")
            case Exponential(layer, unit):
                formula: Expression = call(Function.EXP, Ref(NetInput(layer, unit)) - Ref(Highest(layer)))
            case Output():
                formula = self._output(quantity)
            case UnitLoss(unit):
                formula = loss_of(self.recipe).formula(answer_of(self.recipe, unit))
            case _:
                shares = self._row([UnitLoss(unit) for unit in naming.units(naming.depth)])
                return ("SUM(", *shares, ")", *self._penalty())
        return excel(formula, lambda ref: self._here(ref.quantity))

    def _penalty(self) -> Fill:
        """Return the formula of what a penalty adds to the loss: half the weight decay times the sum of squares."""
        if not self.recipe.decays_in_loss:
            return ()
        decay = self.run.elsewhere(self.run.given(Given(Constant(WEIGHT_DECAY.name))))
        weights = self._row([*self.naming.weights()])
        return (f"+{decay}/2*SUMPRODUCT(", *weights, ",", *weights, ")")

    def _net_input(self, terms: Sequence[Term]) -> Fill:
        """Return the formula of a net input: SUMPRODUCT of weights and sources, each side by side, plus the bias."""
        products = [(term.parameter, term.source) for term in terms if term.source is not None]
        biases = [part for term in terms if term.source is None for part in ("+", *self._here(term.parameter))]
        weights, sources = zip(*products, strict=True)
        return ("SUMPRODUCT(", *self._row(weights), ",", *self._row(sources), ")", *biases)

    def _output(self, output: Output) -> Expression:
        match self.naming.layer(output.layer):
            case Softmax():
                return Ref(Exponential(output.layer, output.unit)) / Ref(ExponentialSum(output.layer))
            case Dense():
                activation = activation_of(self.recipe.layers[output.layer - 1])
                return activation.formula(Ref(NetInput(output.layer, output.unit)))
            case other:
                assert_never(other)

    def _fetched(self, quantity: Target | Input | Parameter) -> Fill:
        """Return the formula of a number that is fetched, with the step added in a row that moves it.

        Inputs and targets of a single example come from `Inputs`, everything else from the run's table.
        """
        if isinstance(quantity, Target | Input) and self.book.lesson.single:
            there = self.book.inputs.cell(self.naming.name(quantity))
        else:
            there = f"INDEX({self.run.range(quantity)},$C#+1)"
        number = self._moved_number(quantity)
        return filled_down(f"{there}+IF($D#={number},$E#*$G#,0)" if number else there)

    def _moved_number(self, quantity: Target | Input | Parameter) -> int:
        """Return the number, from 1, by which a row says that it moves this quantity; 0 where no row does."""
        if isinstance(quantity, Target):
            return 0
        if isinstance(quantity, Input):
            return len(self.parameters) + quantity.unit + 1 if self.recipe.input_gradients else 0
        return self.naming.parameter_number(quantity)

    # --------------------------------------------------------------------------------------------- the same in NumPy

    def _at(self, rows: np.ndarray, quantities: Sequence[Quantity]) -> np.ndarray:
        """Return the NumPy values of these quantities in these rows of the run's table, (rows, quantities)."""
        trace = self.book.trace
        places = trace.places(self.run.index)
        asked, which = np.unique(rows, return_inverse=True)
        there = trace.at(self.run.index, asked)[:, [places[quantity] for quantity in quantities]]
        numbers: np.ndarray = there[which]
        return numbers

    def _passes(self, rows: PassRows) -> tuple[Forward, tuple[np.ndarray, np.ndarray], np.ndarray, np.ndarray]:
        """Return the forward passes of these rows in NumPy, their losses (by unit, total), parameters and inputs."""
        numbers = self._at(rows.rows, (*self.parameters, *self.naming.inputs()))
        moved = rows.moved > 0
        numbers[np.flatnonzero(moved), rows.moved[moved] - 1] += (rows.direction * self._steps(rows))[moved]
        parameters, inputs = np.split(numbers, [len(self.parameters)], axis=1)
        targets = self._at(rows.rows, self.naming.targets())
        network = Network(self.recipe)
        with np.errstate(all="ignore"):
            done = network.forward(network.layers(parameters), inputs)
            shares, loss = network.loss(done, targets)
            penalty = penalty_of(self.book.now.runs[self.run.index])
            return done, (shares, error_if_infinite(penalty.with_loss(loss, parameters))), parameters, inputs

    def _steps(self, rows: PassRows) -> np.ndarray:
        """Return the size of each row's step, (rows): smaller where the moved weight multiplies a large input."""
        inputs = np.concatenate([np.ones((len(rows.rows), 1)), self._at(rows.rows, self.naming.inputs())], axis=1)
        carried = np.take_along_axis(inputs, rows.source[:, None], axis=1)[:, 0]
        steps: np.ndarray = STEP / np.maximum(1.0, np.abs(carried))
        return steps

    def _values(self, rows: PassRows) -> dict[Quantity, np.ndarray]:
        done, (shares, loss), parameters, inputs = self._passes(rows)
        values: dict[Quantity, np.ndarray] = dict(zip(self.parameters, parameters.T, strict=True))
        values |= zip(self.naming.inputs(), inputs.T, strict=True)
        values |= zip(self.naming.targets(), self._at(rows.rows, self.naming.targets()).T, strict=True)
        for number in self.naming.layers():
            layer = self.naming.layer(number)
            values |= zip(layer.nets(), done.net[number].T, strict=True)
            values |= zip(layer.between(), (column for part in done.between[number] for column in part.T), strict=True)
            values |= zip(layer.outputs(), done.out[number].T, strict=True)
        values |= {UnitLoss(unit): shares[:, unit] for unit in self.naming.units(self.naming.depth)}
        return values | {TotalLoss(): loss}

    # ------------------------------------------------------------------------------------------------- shared columns

    def _probed_rows(self) -> np.ndarray:
        """Return the rows of the run's table that are checked, from 0: first row, chosen epoch, last epoch."""
        chosen, examples = int(self.book.standing[CHOSEN_EPOCH]), self.recipe.examples
        return np.array([0, chosen * examples + chosen % examples, self._last_row])

    @property
    def _last_row(self) -> int:
        return self.recipe.row_of(self.recipe.epochs + 1) - 1

    def _labels(self, rows: PassRows, what: list[str]) -> Iterator[Filled]:
        """Yield the columns left of the forward pass: which row it starts from, and what it moves by how many steps."""
        names = self.places.probes
        checks = np.repeat(np.array(names, dtype=object), len(rows.rows) // len(names))
        chosen = self.places.value(self.places.chosen_epoch_row)
        examples = self.recipe.examples
        if examples > 1:  # each epoch another example
            chosen = f"{chosen}*{examples}+MOD({chosen},{examples})"
        plain = Style(Look.BODY)
        yield constants("check", checks, plain)
        yield constants("what is computed", np.array(what, dtype=object), plain)
        yield Filled(
            "epoch" if self.recipe.single else "row, from 0",
            filled_down(f'IF($A#="{names[0]}",0,IF($A#="{names[1]}",{chosen},{self._last_row}))'),
            rows.rows.astype(np.float64),
            Style(Look.NUMBER, number_format=WHOLE),
        )
        yield constants("number moved", rows.moved.astype(np.float64), Style(Look.STORED))
        yield constants("steps", rows.direction.astype(np.float64), Style(Look.STORED))
        yield constants("input number", rows.source.astype(np.float64), Style(Look.STORED))
        inputs = self.naming.inputs()
        block = self.run.block(inputs[0], inputs[-1])
        step = self.places.value(self.places.step_row)
        yield Filled(
            "step",
            filled_down(f"{step}/IF($F#=0,1,MAX(1,ABS(INDEX({block},$C#+1,MAX(1,$F#)))))"),
            self._steps(rows),
            Style(Look.NUMBER, number_format="0E+00"),
        )

    def _pass_columns(self, values: dict[Quantity, np.ndarray]) -> Iterator[Filled]:
        for quantity in self.quantities:
            role = role_of(quantity, self.naming)
            yield Filled(
                self.naming.name(quantity),
                self._formula(quantity),
                values[quantity],
                Style(Look.NUMBER, role, six_decimals(values[quantity])),
                header_style=Style(Look.HEADER, role),
            )

    # ------------------------------------------------------------------------------------------- the forward passes

    def forward_table(self) -> Table:
        """Return the table of forward passes computed again; its last column counts differences from the run's."""
        none = np.zeros(3, dtype=np.int64)
        rows = PassRows(self._probed_rows(), none, none, none)
        values = self._values(rows)
        fetched = dict(zip(self.computed, self._at(rows.rows, self.computed).T, strict=True))
        columns = [*self._labels(rows, ["the forward pass from this row's weights"] * 3)]
        columns += self._pass_columns(values)
        for quantity in self.computed:
            fill = filled_down(f"INDEX({self.run.range(quantity)},$C#+1)")
            style = Style(Look.LINKED, role_of(quantity, self.naming), six_decimals(fetched[quantity]))
            columns.append(Filled(f"{self.naming.name(quantity)} there", fill, fetched[quantity], style))
        far = np.asarray(np.sum([is_far(values[quantity], fetched[quantity]) for quantity in self.computed], axis=0))
        columns.append(Filled("differ", self._differ(), far, Style(Look.NUMBER, number_format=WHOLE), width=8))
        return Table(self.places.forward_header_row(self.run.index), 1, tuple(columns))

    def _differ(self) -> Fill:
        absolute, relative = (self.places.value(r) for r in (self.places.absolute_row, self.places.relative_row))
        first = LABELS + 1 + len(self.quantities)
        table = f"${column_letters(first)}#:${column_letters(first + len(self.computed) - 1)}#"
        mine = f"{self._letters(self.computed[0])}#:{self._letters(TotalLoss())}#"
        return filled_down(f"SUMPRODUCT(--({is_far_formula(mine, table, absolute, relative)}))")


def six_decimals(values: np.ndarray) -> str:
    """Return "0.000000", which shows the steps of an estimate, or a scientific format for numbers from 100,000 on."""
    return SCIENTIFIC if (np.abs(values) >= 1e5).any() else SIX_DECIMALS


def constants(header: str, values: np.ndarray, style: Style) -> Filled:
    """Return a column of stored numbers or texts, without formulas."""
    return Filled(header, None, values, style)
