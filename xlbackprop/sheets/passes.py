"""The workings of one run on `Checks`: forward passes done again, and gradients estimated from them.

Written apart from the formulas of the tables: a row here holds all parameters, and SUMPRODUCT adds what a unit
receives. A row of the second table moves one parameter (or input) by some steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from xlbackprop.activations import ACTIVATIONS, SOFTMAX
from xlbackprop.backward import answer_of
from xlbackprop.document import Fill, Filled, Table, column_letters, filled_down
from xlbackprop.expression import Expression, Function, Ref, call
from xlbackprop.layout import RunLayout
from xlbackprop.looks import Look, Role, Style
from xlbackprop.losses import LOSSES
from xlbackprop.quantities import (
    Bias,
    Exponential,
    ExponentialSum,
    Gradient,
    Highest,
    Input,
    NetInput,
    Output,
    Parameter,
    Quantity,
    Target,
    TotalLoss,
    UnitLoss,
    Weight,
)
from xlbackprop.readings import excel
from xlbackprop.sheets.book import CHOSEN_EPOCH, Book
from xlbackprop.sheets.canvas import SCIENTIFIC, role_of
from xlbackprop.sheets.closeness import is_far, is_far_formula
from xlbackprop.training import Forward, Network, error_if_infinite

STEP = 1e-3
GRADIENT_ABSOLUTE, GRADIENT_RELATIVE = 1e-9, 1e-5
_LABELS = 7  # columns before the numbers: check, what, row, what is moved, by how many steps, input number, step
_COMPUTED = NetInput | Highest | Exponential | ExponentialSum | Output | UnitLoss | TotalLoss


@dataclass(frozen=True, eq=False)
class _Pass:
    """The rows of one table of forward passes: which row of the run's table each starts from, what it moves how far."""

    rows: np.ndarray
    moved: np.ndarray  # the number of the parameter, or behind all of them of the input; 0 for none
    direction: np.ndarray  # by how many steps
    source: np.ndarray  # the number of the input that the weight carries, 0 where it carries a unit's output


class RunWorkings:
    """The two tables of a run."""

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
        """What a row of workings holds: the example, the parameters, then layer by layer, and the loss."""
        naming = self.naming
        layers: list[Quantity] = []
        for layer in naming.layers():
            units = naming.units(layer)
            layers += [NetInput(layer, unit) for unit in units]
            if self.recipe.layers[layer - 1].activation == SOFTMAX:
                layers += [Highest(layer), *(Exponential(layer, unit) for unit in units), ExponentialSum(layer)]
            layers += [Output(layer, unit) for unit in units]
        losses = [UnitLoss(unit) for unit in naming.units(naming.depth)]
        return (*naming.targets(), *naming.inputs(), *self.parameters, *layers, *losses, TotalLoss())

    @cached_property
    def column_of(self) -> dict[Quantity, int]:
        return {quantity: _LABELS + 1 + index for index, quantity in enumerate(self.quantities)}

    @cached_property
    def computed(self) -> tuple[Quantity, ...]:
        """The quantities that a forward pass computes, side by side in a row of workings."""
        return tuple(quantity for quantity in self.quantities if isinstance(quantity, _COMPUTED))

    def _letters(self, quantity: Quantity) -> str:
        return f"${column_letters(self.column_of[quantity])}"

    def _here(self, quantity: Quantity) -> Fill:
        return (self._letters(quantity), 0)

    def _row(self, quantities: Sequence[Quantity], back: int = 0) -> Fill:
        return (self._letters(quantities[0]), -back, f":{self._letters(quantities[-1])}", -back)

    def _formula(self, quantity: Quantity) -> Fill:
        """Return how a row of workings computes a quantity; written apart from the tables' own formulas."""
        naming = self.naming
        match quantity:
            case Target() | Input() | Weight() | Bias():
                return self._fetched(quantity)
            case NetInput(layer, unit):
                weights = [Weight(layer, unit, source) for source in naming.units(layer - 1)]
                sources = [naming.output(layer - 1, source) for source in naming.units(layer - 1)]
                bias = naming.bias(layer, unit)
                added: Fill = () if bias is None else ("+", *self._here(bias))
                return ("SUMPRODUCT(", *self._row(weights), ",", *self._row(sources), ")", *added)
            case Highest(layer):
                return ("MAX(", *self._row([NetInput(layer, unit) for unit in naming.units(layer)]), ")")
            case ExponentialSum(layer):
                return ("SUM(", *self._row([Exponential(layer, unit) for unit in naming.units(layer)]), ")")
            case Exponential(layer, unit):
                formula: Expression = call(Function.EXP, Ref(NetInput(layer, unit)) - Ref(Highest(layer)))
            case Output(layer, unit) if self.recipe.layers[layer - 1].activation == SOFTMAX:
                formula = Ref(Exponential(layer, unit)) / Ref(ExponentialSum(layer))
            case Output(layer, unit):
                formula = ACTIVATIONS[self.recipe.layers[layer - 1].activation].formula(Ref(NetInput(layer, unit)))
            case UnitLoss(unit):
                formula = LOSSES[self.recipe.loss].formula(answer_of(self.recipe, unit))
            case _:
                return ("SUM(", *self._row([UnitLoss(unit) for unit in naming.units(naming.depth)]), ")")
        return excel(formula, lambda ref: self._here(ref.quantity))

    def _fetched(self, quantity: Target | Input | Parameter) -> Fill:
        """Return how a row fetches a number: the example from where it is typed, a parameter from the run's table."""
        if isinstance(quantity, Target | Input) and self.book.lesson.single:
            there = self.book.inputs.cell(self.naming.name(quantity))
        else:
            there = f"INDEX({self.run.range(quantity)},$C#+1)"
        number = self._moved_number(quantity)
        return filled_down(f"{there}+IF($D#={number},$E#*$G#,0)" if number else there)

    def _moved_number(self, quantity: Target | Input | Parameter) -> int:
        """Return the number by which a row says that it moves this quantity; 0 where none does."""
        if isinstance(quantity, Target):
            return 0
        if isinstance(quantity, Input):
            return len(self.parameters) + quantity.unit + 1 if self.recipe.input_gradients else 0
        return self.naming.parameter_number(quantity)

    # --------------------------------------------------------------------------------------------- the same in NumPy

    def _at(self, rows: np.ndarray, quantities: Sequence[Quantity]) -> np.ndarray:
        """Return numbers of the run's table in NumPy, (rows, quantities)."""
        trace = self.book.trace
        places = trace.places(self.run.run)
        asked, which = np.unique(rows, return_inverse=True)
        there = trace.at(self.run.run, asked)[:, [places[quantity] for quantity in quantities]]
        numbers: np.ndarray = there[which]
        return numbers

    def _passes(self, rows: _Pass) -> tuple[Forward, tuple[np.ndarray, np.ndarray], np.ndarray, np.ndarray]:
        """Return the forward passes of these rows in NumPy, their losses, and their parameters and inputs."""
        numbers = self._at(rows.rows, (*self.parameters, *self.naming.inputs()))
        moved = rows.moved > 0
        numbers[np.flatnonzero(moved), rows.moved[moved] - 1] += (rows.direction * self._steps(rows))[moved]
        parameters, inputs = np.split(numbers, [len(self.parameters)], axis=1)
        targets = self._at(rows.rows, self.naming.targets())
        network = Network(self.recipe)
        with np.errstate(all="ignore"):
            done = network.forward(network.layers(parameters), inputs)
            return done, network.loss(done, targets), parameters, inputs

    def _steps(self, rows: _Pass) -> np.ndarray:
        """Return how far each row moves its parameter: less where a weight carries a large input."""
        inputs = np.concatenate([np.ones((len(rows.rows), 1)), self._at(rows.rows, self.naming.inputs())], axis=1)
        carried = np.take_along_axis(inputs, rows.source[:, None], axis=1)[:, 0]
        steps: np.ndarray = STEP / np.maximum(1.0, np.abs(carried))
        return steps

    def _values(self, rows: _Pass) -> dict[Quantity, np.ndarray]:
        done, (shares, loss), parameters, inputs = self._passes(rows)
        values: dict[Quantity, np.ndarray] = dict(zip(self.parameters, parameters.T, strict=True))
        values |= zip(self.naming.inputs(), inputs.T, strict=True)
        values |= zip(self.naming.targets(), self._at(rows.rows, self.naming.targets()).T, strict=True)
        for layer in self.naming.layers():
            for unit in self.naming.units(layer):
                values[NetInput(layer, unit)] = done.net[layer][:, unit]
                values[Output(layer, unit)] = done.out[layer][:, unit]
                if layer == self.naming.depth and done.highest.size:
                    values[Exponential(layer, unit)] = done.exponentials[:, unit]
                    values[Highest(layer)] = done.highest[:, 0]
                    values[ExponentialSum(layer)] = done.exponential_sum[:, 0]
        values |= {UnitLoss(unit): shares[:, unit] for unit in self.naming.units(self.naming.depth)}
        return values | {TotalLoss(): loss}

    # ------------------------------------------------------------------------------------------------- shared columns

    def _probed_rows(self) -> np.ndarray:
        """Return the rows of the run's table that are checked: the first, one of the chosen epoch, one of the last."""
        chosen, examples = int(self.book.settings[CHOSEN_EPOCH]), self.recipe.examples
        return np.array([0, chosen * examples + chosen % examples, self._last_row])

    @property
    def _last_row(self) -> int:
        return self.recipe.row_of(self.recipe.epochs + 1) - 1

    def _labels(self, rows: _Pass, what: list[str]) -> Iterator[Filled]:
        """Yield the first columns of a table of forward passes."""
        names = self.places.probes
        checks = np.repeat(np.array(names, dtype=object), len(rows.rows) // len(names))
        chosen = self.places.value(self.places.chosen_epoch_row)
        examples = self.recipe.examples
        if examples > 1:  # each epoch another example
            chosen = f"{chosen}*{examples}+MOD({chosen},{examples})"
        plain = Style(Look.BODY)
        yield _constants("check", checks, plain)
        yield _constants("what is computed", np.array(what, dtype=object), plain)
        yield Filled(
            "epoch" if self.recipe.single else "row, from 0",
            filled_down(f'IF($A#="{names[0]}",0,IF($A#="{names[1]}",{chosen},{self._last_row}))'),
            rows.rows.astype(np.float64),
            Style(Look.NUMBER),
        )
        yield _constants("number moved", rows.moved.astype(np.float64), Style(Look.STORED))
        yield _constants("steps", rows.direction.astype(np.float64), Style(Look.STORED))
        yield _constants("input number", rows.source.astype(np.float64), Style(Look.STORED))
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
            role = role_of(quantity)
            yield Filled(
                self.naming.name(quantity),
                self._formula(quantity),
                values[quantity],
                Style(Look.NUMBER, role, "0.000000"),
                header_style=Style(Look.HEADER, role),
            )

    # ------------------------------------------------------------------------------------------- the forward passes

    def forward_table(self) -> Table:
        """Return the table of forward passes done again; its last column counts what differs."""
        none = np.zeros(3, dtype=np.int64)
        rows = _Pass(self._probed_rows(), none, none, none)
        values = self._values(rows)
        fetched = dict(zip(self.computed, self._at(rows.rows, self.computed).T, strict=True))
        columns = [*self._labels(rows, ["the forward pass from this row's weights"] * 3)]
        columns += self._pass_columns(values)
        for quantity in self.computed:
            fill = filled_down(f"INDEX({self.run.range(quantity)},$C#+1)")
            style = Style(Look.LINKED, role_of(quantity), "0.000000")
            columns.append(Filled(f"{self.naming.name(quantity)} there", fill, fetched[quantity], style))
        far = np.asarray(np.sum([is_far(values[quantity], fetched[quantity]) for quantity in self.computed], axis=0))
        columns.append(Filled("differ", self._differ(), far, Style(Look.NUMBER), width=8))
        return Table(self.places.forward_header_row(self.run.run), 1, tuple(columns))

    def _differ(self) -> Fill:
        absolute, relative = (self.places.value(r) for r in (self.places.absolute_row, self.places.relative_row))
        first = _LABELS + 1 + len(self.quantities)
        table = f"${column_letters(first)}#:${column_letters(first + len(self.computed) - 1)}#"
        mine = f"{self._letters(self.computed[0])}#:{self._letters(TotalLoss())}#"
        return filled_down(f"SUMPRODUCT(--({is_far_formula(mine, table, absolute, relative)}))")

    # ------------------------------------------------------------------------------------------ the central differences

    def gradient_table(self) -> Table:
        """Return the table of estimated gradients; its last column counts those that differ from the run's table."""
        probed, directions = self.places.probed(self.run.run), self.places.directions
        numbers = [self._moved_number(quantity) for quantity in probed]
        times = len(directions)
        rows = _Pass(
            np.repeat(self._probed_rows(), times * len(probed)),
            np.tile(np.repeat(numbers, times), 3),
            np.tile(np.array(directions), 3 * len(probed)),
            np.tile(np.repeat([_input_number(quantity) for quantity in probed], times), 3),
        )
        what = [f"E_Total with {self.naming.name(of)} {way}" for _ in range(3) for of in probed for way in _WAYS]
        values = self._values(rows)
        columns = [*self._labels(rows, what), *self._pass_columns(values), *self._kinks(values)]
        columns += self._estimates(rows, values[TotalLoss()], columns[-1].values[:], self._rounding(rows))
        return Table(self.places.gradient_header_row(self.run.run), 1, tuple(columns))

    def _kinks(self, values: dict[Quantity, np.ndarray]) -> Iterator[Filled]:
        """Yield the count of net inputs that change sides within the four rows of an estimate.

        Where an activation's slope jumps at 0 the function has two pieces, and differences across both tell nothing.
        """
        layers = [
            [NetInput(layer, unit) for unit in self.naming.units(layer)]
            for layer in self.naming.layers()
            if (entry := ACTIVATIONS.get(self.recipe.layers[layer - 1].activation)) is not None and entry.kink
        ]
        terms: list[str | int] = []
        count = np.zeros(len(values[TotalLoss()]))
        last = np.arange(len(count)) % 4 == 3
        for nets in layers:
            numbers = np.column_stack([values[net] for net in nets])
            above = numbers > 0
            for back in (1, 2, 3):
                there, here = self._row(nets, back=back), self._row(nets)
                # products, because not every program compares ranges of truth values
                terms += ["+" if terms else "", "SUMPRODUCT((", *there, ">0)*(", *here, "<=0)+("]
                terms += [*there, "<=0)*(", *here, ">0))"]
                count += (np.roll(above, back, axis=0) != above).sum(axis=1)
                errors = np.isnan(numbers) | np.isnan(np.roll(numbers, back, axis=0))
                count[errors.any(axis=1)] = np.nan
        fill: Fill = ("IF($E", 0, "=-2,", *(terms or ["0"]), ",0)")
        yield Filled("kinks crossed", fill, np.where(last, count, 0.0), Style(Look.NUMBER), width=13)

    def _rounding(self, rows: _Pass) -> float:
        """Return how far rounding within a forward pass may move an estimate, at most.

        An output is rounded as it stands or, where it is made as 1 + …, as 1 is; ∂E/∂out tells how that moves the loss.
        """
        done, (_, loss), parameters, _ = self._passes(rows)
        network = Network(self.recipe)
        with np.errstate(all="ignore"):
            slopes = network.backward(network.layers(parameters), done, self._at(rows.rows, self.naming.targets()))
            moved = np.abs(loss)
            for out, slope in zip(done.out[1:-1], slopes.out[1:-1], strict=True):
                moved = moved + (np.maximum(1.0, np.abs(out)) * np.abs(slope)).sum(axis=-1)
            rounding = error_if_infinite(moved / 1e15 / self._steps(rows))
        return float(np.nanmax(rounding, initial=0.0))

    def _estimates(self, rows: _Pass, loss: np.ndarray, kinks: np.ndarray, noise: float) -> Iterator[Filled]:
        """Yield the estimate (in the last of its four rows), the table's gradient, and whether the two differ."""
        steps, last = self._steps(rows), rows.direction == -2
        two_up, up, down = (np.roll(loss, back) for back in (3, 2, 1))
        with np.errstate(all="ignore"):
            slope = error_if_infinite((8 * (up - down) - (two_up - loss)) / (12 * steps))
            rounding = error_if_infinite(np.abs(loss) / 1e15 / steps)
        estimate = np.where(last, slope, 0.0)
        gradients = [Gradient(of) for of in self.places.probed(self.run.run)]
        there = self._at(rows.rows, gradients)[np.arange(len(loss)), np.arange(len(loss)) // 4 % len(gradients)]
        e = self._letters(TotalLoss())
        first = _LABELS + 1 + len(self.quantities)
        crossed, mine, number, table = (f"${column_letters(first + place)}" for place in range(4))
        yield Filled(
            "∂E/∂w estimated",
            ("IF($E", 0, "=-2,(8*(", e, -2, "-", e, -1, ")-(", e, -3, "-", e, 0, "))/(12*$G", 0, "),0)"),
            estimate,
            # 0 in the other rows is not a result and stays unseen
            Style(Look.NUMBER, Role.GRADIENT, "0.000E+00;-0.000E+00;"),
            noise=1e-10 + 10 * noise,
            width=13,
        )
        place = np.tile(np.repeat([self._gradients.index(of) + 1 for of in gradients], 4), 3)
        yield _constants("gradient number", place.astype(np.float64), Style(Look.STORED))
        block = self.run.block(self._gradients[0], self._gradients[-1])
        fill = filled_down(f"INDEX({block},$C#+1,{number}#)")
        yield Filled("∂E/∂w there", fill, there, Style(Look.LINKED, Role.GRADIENT, SCIENTIFIC), width=13)
        absolute, relative = (
            self.places.value(row) for row in (self.places.gradient_absolute_row, self.places.gradient_relative_row)
        )
        size = f"ABS({e}#)" if LOSSES[self.recipe.loss].signed else f"{e}#"
        allowed = f"{absolute}+{relative}*ABS({table}#)+{size}/10^15/$G#"
        far = np.abs(estimate - there) > GRADIENT_ABSOLUTE + GRADIENT_RELATIVE * np.abs(there) + rounding
        differs = np.where(np.isnan(estimate - there + rounding), np.nan, far.astype(np.float64))
        yield Filled(
            "differ",
            filled_down(f"IF($E#=-2,IF({crossed}#>0,0,IF(ABS({mine}#-{table}#)>{allowed},1,0)),0)"),
            np.where(last & ~(kinks > 0), differs, 0.0),
            Style(Look.NUMBER),
            width=8,
        )

    @cached_property
    def _gradients(self) -> list[Quantity]:
        """The columns of the run's table that hold gradients; they stand side by side."""
        columns = [column.quantity for column in self.run.columns]
        return [of for of in columns if isinstance(of, Gradient) and isinstance(of.of, Weight | Bias | Input)]


_WAYS = ("+ 2 steps", "+ step", "− step", "− 2 steps")


def _input_number(quantity: Parameter | Input) -> int:
    """Return the number of the input that a weight of the first layer carries, else 0."""
    return quantity.source + 1 if isinstance(quantity, Weight) and quantity.layer == 1 else 0


def _constants(header: str, values: np.ndarray, style: Style) -> Filled:
    return Filled(header, None, values, style)
