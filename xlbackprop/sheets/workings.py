"""The lower part of `Checks`: what its counts rest on.

For each run, at its first, its last and a chosen epoch: the forward pass done again from the weights alone, in
another form (SUMPRODUCT over rows), and every ∂E/∂w estimated by the central difference of that pass. Last,
NumPy's losses for the shipped numbers, at every epoch of the loss curves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from xlbackprop.activations import ACTIVATIONS
from xlbackprop.document import (
    Fill,
    Filled,
    Look,
    Role,
    Style,
    Table,
    Value,
    address,
    column_letters,
    filled_down,
    quoted,
)
from xlbackprop.expression import Ref, excel
from xlbackprop.layout import CHECKS, RunLayout
from xlbackprop.losses import LOSSES
from xlbackprop.quantities import (
    Gradient,
    Input,
    NetInput,
    Output,
    Quantity,
    Target,
    TotalLoss,
    UnitLoss,
    Weight,
)
from xlbackprop.sheets.book import CHOSEN_EPOCH, Book
from xlbackprop.sheets.canvas import SCIENTIFIC, Canvas, role_of
from xlbackprop.training import Forward, Network

STEP = 1e-4
ABSOLUTE, RELATIVE = 1e-12, 1e-9
GRADIENT_ABSOLUTE, GRADIENT_RELATIVE = 1e-9, 1e-5
_LABELS = 7  # columns before the numbers: check, what, epoch, weight number, direction, input number, step


def is_far(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Return 1 where two numbers count as different, as the sheet writes it: (a − b)² > absolute² + (relative·b)².

    NaN where a number is an error, or a square is too large for a spreadsheet.
    """
    with np.errstate(all="ignore"):
        distance, allowed = (here - there) ** 2, ABSOLUTE**2 + (RELATIVE * there) ** 2
        return np.where(np.isfinite(distance + allowed), distance > allowed, np.nan)


@dataclass(frozen=True, eq=False)
class _Pass:
    """The rows of one table of forward passes: which epoch each starts from, which weight it moves, which way."""

    epochs: np.ndarray
    moved: np.ndarray  # the number of the weight, 0 for none
    direction: np.ndarray  # 1, −1 or 0
    source: np.ndarray  # the number of the input that the weight carries, 0 where it carries a unit's output


class Workings:
    """The tables of the lower part, and the formulas by which the upper part refers to them."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.lesson = book.lesson
        self.naming = book.naming
        self.places = book.checks

    # ------------------------------------------------------------------------------------ columns of a forward pass

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """What a row of workings holds: the example, the weights, then layer by layer, and the loss."""
        naming = self.naming
        layers: list[Quantity] = []
        for layer in naming.layers():
            layers += [NetInput(layer, unit) for unit in naming.units(layer)]
            layers += [Output(layer, unit) for unit in naming.units(layer)]
        losses = [UnitLoss(unit) for unit in naming.units(naming.depth)]
        return (*naming.targets(), *naming.inputs(), *naming.weights(), *layers, *losses, TotalLoss())

    @cached_property
    def column_of(self) -> dict[Quantity, int]:
        return {quantity: _LABELS + 1 + index for index, quantity in enumerate(self.quantities)}

    @cached_property
    def computed(self) -> tuple[Quantity, ...]:
        """The quantities that a forward pass computes, side by side in a row of workings."""
        return tuple(q for q in self.quantities if isinstance(q, NetInput | Output | UnitLoss | TotalLoss))

    def _here(self, quantity: Quantity) -> Fill:
        return (f"${column_letters(self.column_of[quantity])}", 0)

    def _row(self, quantities: Sequence[Quantity]) -> Fill:
        return (*self._here(quantities[0]), ":", *self._here(quantities[-1]))

    def _formula(self, run: RunLayout, quantity: Quantity) -> Fill:
        """Return how a row of workings computes a quantity; written apart from the tables' own formulas."""
        naming = self.naming
        match quantity:
            case Input() | Target():
                return (self.book.inputs.cell(naming.name(quantity)),)
            case Weight():
                number = naming.weight_number(quantity)
                return filled_down(f"INDEX({run.range(quantity)},$C#+1)+IF($D#={number},$E#*$G#,0)")
            case NetInput(layer, unit):
                weights = [Weight(layer, unit, source) for source in naming.units(layer - 1)]
                sources = [naming.output(layer - 1, source) for source in naming.units(layer - 1)]
                return ("SUMPRODUCT(", *self._row(weights), ",", *self._row(sources), ")")
            case Output(layer, unit):
                formula = ACTIVATIONS[self.lesson.layers[layer - 1].activation].formula(Ref(NetInput(layer, unit)))
            case UnitLoss(unit):
                formula = LOSSES[self.lesson.loss].formula(Ref(Target(unit)), Ref(Output(naming.depth, unit)))
            case _:
                return ("SUM(", *self._row([UnitLoss(unit) for unit in naming.units(naming.depth)]), ")")
        return excel(formula, lambda ref: self._here(ref.quantity))

    def _at(self, run: RunLayout, epochs: np.ndarray, quantities: Sequence[Quantity]) -> np.ndarray:
        """Return numbers of the run's table in NumPy, (epochs, quantities)."""
        trace = self.book.trace
        asked, which = np.unique(epochs, return_inverse=True)
        there = trace.at(run.run, asked)[:, [trace.place[quantity] for quantity in quantities]]
        numbers: np.ndarray = there[which]
        return numbers

    def _passes(self, run: RunLayout, rows: _Pass) -> tuple[Forward, tuple[np.ndarray, np.ndarray], np.ndarray]:
        """Return the forward passes of these rows in NumPy, their losses, and their weights (rows, weights)."""
        weights = self._at(run, rows.epochs, list(self.naming.weights()))
        moved = rows.moved > 0
        weights[np.flatnonzero(moved), rows.moved[moved] - 1] += (rows.direction * self._steps(rows))[moved]
        network = Network(self.book.now)
        with np.errstate(all="ignore"):
            done = network.forward(network.layers(weights))
            return done, network.loss(done), weights

    def _steps(self, rows: _Pass) -> np.ndarray:
        """Return how far each row moves its weight: less where the weight carries a large input."""
        inputs = np.array([1.0, *self.book.now.inputs])
        steps: np.ndarray = STEP / np.maximum(1.0, np.abs(inputs[rows.source]))
        return steps

    def _values(self, run: RunLayout, rows: _Pass) -> dict[Quantity, np.ndarray]:
        done, (shares, loss), weights = self._passes(run, rows)
        count = len(rows.epochs)
        values: dict[Quantity, np.ndarray] = {TotalLoss(): loss}
        for quantity in self.quantities:
            match quantity:
                case Input(unit):
                    values[quantity] = np.full(count, self.book.now.inputs[unit])
                case Target(unit):
                    values[quantity] = np.full(count, self.book.now.targets[unit])
                case Weight():
                    values[quantity] = weights[:, self.naming.weight_number(quantity) - 1]
                case NetInput(layer, unit):
                    values[quantity] = done.net[layer][:, unit]
                case Output(layer, unit):
                    values[quantity] = done.out[layer][:, unit]
                case UnitLoss(unit):
                    values[quantity] = shares[:, unit]
        return values

    def _labels(self, rows: _Pass, what: list[str]) -> Iterator[Filled]:
        """Yield the first columns of a table of forward passes."""
        names = self.places.probes
        checks = np.repeat(np.array(names, dtype=object), len(rows.epochs) // len(names))
        chosen = self.places.value(self.places.chosen_epoch_row)
        plain = Style(Look.BODY)
        yield _constants("check", checks, plain)
        yield _constants("what is computed", np.array(what, dtype=object), plain)
        yield Filled(
            "epoch",
            filled_down(f'IF($A#="{names[0]}",0,IF($A#="{names[1]}",{chosen},{self.lesson.epochs}))'),
            rows.epochs.astype(np.float64),
            Style(Look.NUMBER),
        )
        yield _constants("weight number", rows.moved.astype(np.float64), Style(Look.STORED))
        yield _constants("direction", rows.direction.astype(np.float64), Style(Look.STORED))
        yield _constants("input number", rows.source.astype(np.float64), Style(Look.STORED))
        inputs = self.book.inputs.group([self.naming.name(given) for given in self.naming.inputs()])
        step = self.places.value(self.places.step_row)
        yield Filled(
            "step",
            filled_down(f"{step}/IF($F#=0,1,MAX(1,ABS(INDEX({inputs},MAX(1,$F#)))))"),
            self._steps(rows),
            Style(Look.NUMBER, number_format="0E+00"),
        )

    def _pass_columns(self, run: RunLayout, values: dict[Quantity, np.ndarray]) -> Iterator[Filled]:
        for quantity in self.quantities:
            role = role_of(quantity)
            yield Filled(
                self.naming.name(quantity),
                self._formula(run, quantity),
                values[quantity],
                Style(Look.NUMBER, role, "0.000000"),
                header_style=Style(Look.HEADER, role),
            )

    def _epochs(self) -> np.ndarray:
        chosen = int(self.book.settings[CHOSEN_EPOCH])
        return np.array([0, chosen, self.lesson.epochs])

    # ------------------------------------------------------------------------------------------------- the two tables

    def headings(self, canvas: Canvas, run: RunLayout) -> None:
        """Put what stands above the tables of a run."""
        forward_row, gradient_row = self.places.forward_header_row(run.run), self.places.gradient_header_row(run.run)
        canvas.put(self.places.workings_row(run.run), 1, f"Workings for {run.name}", Look.HEADING)
        canvas.put(forward_row - 1, 1, "The forward pass done again, and what the table holds:", Look.NOTE)
        probed, weights = len(self.places.probed), len(self.lesson.weights)
        which = "Each weight" if probed == weights else f"{probed} of the {weights:,} weights, spread over all: each"
        canvas.put(gradient_row - 1, 1, f"{which} a step up, then a step down; the difference of E_Total:", Look.NOTE)
        if run.run == 0:
            row = self.places.curves_header_row
            canvas.put(row - 2, 1, "The loss curves", Look.HEADING)
            canvas.put(row - 1, 1, "What NumPy found for the shipped numbers, at the epochs of Loss curves:", Look.NOTE)

    def tables(self) -> tuple[Table, ...]:
        """Return all tables of the lower part."""
        return (*(table for pair in self._of_runs for table in pair), self._curves_table())

    @cached_property
    def _of_runs(self) -> tuple[tuple[Table, Table], ...]:
        """The tables of each run: its forward passes, its central differences."""
        return tuple((self._forward_table(run), self._gradient_table(run)) for run in self.book.runs)

    def _forward_table(self, run: RunLayout) -> Table:
        none = np.zeros(3, dtype=np.int64)
        rows = _Pass(self._epochs(), none, none, none)
        values = self._values(run, rows)
        again, there = self.computed, self._there_columns
        fetched = dict(zip(again, self._at(run, rows.epochs, again).T, strict=True))
        columns = [*self._labels(rows, ["the forward pass from this epoch's weights"] * 3)]
        columns += self._pass_columns(run, values)
        for quantity in again:
            fill = filled_down(f"INDEX({run.range(quantity)},$C#+1)")
            style = Style(Look.LINKED, role_of(quantity), "0.000000")
            columns.append(Filled(f"{self.naming.name(quantity)} there", fill, fetched[quantity], style))
        columns.append(
            Filled("differ", self._differ(there), self._count_far(values, fetched), Style(Look.NUMBER), width=8)
        )
        return Table(self.places.forward_header_row(run.run), 1, tuple(columns))

    @property
    def _there_columns(self) -> tuple[int, int]:
        first = _LABELS + 1 + len(self.quantities)
        return first, first + len(self.computed) - 1

    def _differ(self, there: tuple[int, int]) -> Fill:
        absolute, relative = (self.places.value(r) for r in (self.places.absolute_row, self.places.relative_row))
        table = f"${column_letters(there[0])}#:${column_letters(there[1])}#"
        mine = f"${column_letters(self.column_of[self.computed[0]])}#:${column_letters(self.column_of[TotalLoss()])}#"
        return filled_down(f"SUMPRODUCT(--(({mine}-{table})^2>{absolute}^2+({relative}*{table})^2))")

    def _count_far(self, again: dict[Quantity, np.ndarray], there: dict[Quantity, np.ndarray]) -> np.ndarray:
        far = [is_far(again[q], there[q]) for q in self.computed]
        return np.asarray(np.sum(far, axis=0))

    def _gradient_table(self, run: RunLayout) -> Table:
        probed = self.places.probed
        names, numbers = zip(*((self.naming.name(w), self.naming.weight_number(w)) for w in probed), strict=True)
        count = len(probed)
        rows = _Pass(
            np.repeat(self._epochs(), 2 * count),
            np.tile(np.repeat(numbers, 2), 3),
            np.tile(np.array([1, -1]), 3 * count),
            np.tile(np.repeat([w.source + 1 if w.layer == 1 else 0 for w in probed], 2), 3),
        )
        what = [f"E_Total with {name} {way} step" for _ in range(3) for name in names for way in ("+", "−")]
        values = self._values(run, rows)
        steps, loss = self._steps(rows), values[TotalLoss()]
        estimate = (np.roll(loss, 1) - loss) / (2 * steps)
        gradients = self._at(run, rows.epochs, [Gradient(weight) for weight in self.naming.weights()])
        there = gradients[np.arange(len(gradients)), rows.moved - 1]
        down = rows.direction < 0
        columns = [*self._labels(rows, what), *self._pass_columns(run, values)]
        columns += self._estimate_columns(run, np.where(down, estimate, 0.0), there, (down, loss / 1e15 / steps))
        return Table(self.places.gradient_header_row(run.run), 1, tuple(columns))

    def _estimate_columns(
        self, run: RunLayout, estimate: np.ndarray, there: np.ndarray, context: tuple[np.ndarray, np.ndarray]
    ) -> Iterator[Filled]:
        """Yield the estimate (in the rows of the step down), the table's gradient, and whether the two differ."""
        places = self.places
        down, rounding = context  # which rows step down; what rounding makes of the difference of two losses
        loss = column_letters(self.column_of[TotalLoss()])
        column = _LABELS + 1 + len(self.quantities)
        mine, table = column_letters(column), column_letters(column + 1)
        weights = list(self.naming.weights())
        block = run.block(Gradient(weights[0]), Gradient(weights[-1]))
        yield Filled(
            "∂E/∂w estimated",
            filled_down(f"IF($E#=-1,(${loss}↑-${loss}#)/(2*$G#),0)"),
            estimate,
            # 0 in the rows of the step up is not a result and stays unseen
            Style(Look.NUMBER, Role.GRADIENT, f"{SCIENTIFIC};-{SCIENTIFIC};"),
            noise=1e-10 + 10 * float(np.nanmax(rounding, initial=0.0)),
            width=13,
        )
        yield Filled(
            "∂E/∂w there",
            filled_down(f"INDEX({block},$C#+1,$D#)"),
            there,
            Style(Look.LINKED, Role.GRADIENT, SCIENTIFIC),
            width=13,
        )
        absolute, relative = (places.value(r) for r in (places.gradient_absolute_row, places.gradient_relative_row))
        allowed = f"{absolute}+{relative}*ABS(${table}#)+${loss}#/10^15/$G#"
        far = np.abs(estimate - there) > GRADIENT_ABSOLUTE + GRADIENT_RELATIVE * np.abs(there) + rounding
        differs = np.where(np.isnan(estimate - there), np.nan, (far & down).astype(np.float64))
        yield Filled(
            "differ",
            filled_down(f"IF($E#=-1,IF(ABS(${mine}#-${table}#)>{allowed},1,0),0)"),
            np.where(down, differs, 0.0),
            Style(Look.NUMBER),
            width=8,
        )

    # ------------------------------------------------------------------------------------------------- loss curves

    def _curves_table(self) -> Table:
        """For each run NumPy's losses as shipped; where the curves leave epochs out, also those of the run's table."""
        book = self.book
        columns = [_constants("epoch", np.array(book.curves.epochs, dtype=np.float64), Style(Look.STORED))]
        for run in book.runs:
            header = f"{run.name} E_Total, NumPy as shipped"
            shipped = book.curve(run.run, as_shipped=True)
            columns.append(_constants(header, shipped, Style(Look.STORED, Role.LOSS, "0.00000000")))
        if book.curves.stride > 1:
            columns += [self._fetched(run) for run in book.runs]
        return Table(self.places.curves_header_row, 3, tuple(columns))

    def _fetched(self, run: RunLayout) -> Filled:
        fill = filled_down(f"INDEX({run.range(TotalLoss())},$C#+1)")
        style = Style(Look.LINKED, Role.LOSS, "0.00000000")
        return Filled(f"{run.name} E_Total there", fill, self.book.curve(run.run), style)

    def _curves_range(self, column: int) -> str:
        top = self.places.curves_header_row
        last = top + len(self.book.curves.epochs)
        return f"{quoted(CHECKS)}!{address(top + 1, column, fixed=True)}:{address(last, column, fixed=True)}"

    def stored_losses(self, run: RunLayout) -> str:
        """Return the range of NumPy's losses of a run, at the epochs of the loss curves."""
        return self._curves_range(4 + run.run)

    def losses(self, run: RunLayout) -> str:
        """Return the range of the losses of the run's table, at the epochs of the loss curves."""
        if self.book.curves.stride == 1:
            return run.range(TotalLoss())
        return self._curves_range(4 + self.lesson.runs + run.run)

    # ----------------------------------------------------------------------------------- what the upper part counts

    def forward_differences(self, run: RunLayout) -> tuple[str, Value]:
        """Return formula and value of the count of numbers that differ when the forward pass is done again."""
        return _sum_of_last_column(self._of_runs[run.run][0])

    def gradient_differences(self, run: RunLayout) -> tuple[str, Value]:
        """Return formula and value of the count of gradients that differ from their estimates."""
        return _sum_of_last_column(self._of_runs[run.run][1])


def _sum_of_last_column(table: Table) -> tuple[str, Value]:
    letters = column_letters(table.first_column + len(table.columns) - 1)
    cells = f"${letters}${table.first_row}:${letters}${table.last_row}"
    return f"SUM({cells})", float(table.columns[-1].values[:].sum())


def _constants(header: str, values: np.ndarray, style: Style) -> Filled:
    return Filled(header, None, values, style)
