"""Gradients estimated from the loss alone: the second table of the workings of a run on `Checks`.

For each estimate four forward passes move one parameter (or input) by two steps up, one up, one down and two down. The
four losses give the slope of the loss, and how far that slope may be off.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from xlbackprop.arithmetic import add_up, error_if_infinite
from xlbackprop.network import (
    ACTIVATIONS,
    Bias,
    Gradient,
    Input,
    Parameter,
    Quantity,
    TotalLoss,
    Weight,
    instead_of_slopes,
)
from xlbackprop.numpy_run import Network
from xlbackprop.sheets.checks.forward_again import LABELS, PassRows, RunPasses, constants, six_decimals
from xlbackprop.sheets.number_formats import SCIENTIFIC, WHOLE
from xlbackprop.workbook import Fill, Filled, Look, Role, Style, Table, column_letters, filled_down

GRADIENT_ABSOLUTE, GRADIENT_RELATIVE = 1e-9, 1e-5
_WAYS = ("+ 2 steps", "+ step", "− step", "− 2 steps")
# 0 in the other rows is not a result and stays unseen
_SEEN = Style(Look.NUMBER, Role.GRADIENT, "0.000E+00;-0.000E+00;")

# the columns after those of the forward passes, in their order
_KINKS, _LOSS, LEFT_OUT = "kinks crossed", "E_Total there", "left out"
_ESTIMATED, _DOUBT, _NUMBER, _THERE, _DIFFER = (
    "∂E/∂w estimated",
    "exact to ±",
    "gradient number",
    "∂E/∂w there",
    "differ",
)
_AFTER = (_KINKS, _LOSS, LEFT_OUT, _ESTIMATED, _DOUBT, _NUMBER, _THERE, _DIFFER)


class RunEstimates(RunPasses):
    """The table of a run's gradients, estimated by central differences."""

    def gradient_table(self) -> Table:
        """Return the table that compares each gradient with its estimate; it has four rows, forward passes, for each.

        The last column is 1 where the two disagree.
        """
        probed, directions = self.places.probed(self.run.index), self.places.directions
        numbers = [self._moved_number(quantity) for quantity in probed]
        times = len(directions)
        rows = PassRows(
            np.repeat(self._probed_rows(), times * len(probed)),
            np.tile(np.repeat(numbers, times), 3),
            np.tile(np.array(directions), 3 * len(probed)),
            np.tile(np.repeat([self._input_number(quantity) for quantity in probed], times), 3),
        )
        what = [f"E_Total with {self.naming.name(of)} {way}" for _ in range(3) for of in probed for way in _WAYS]
        values = self._values(rows)
        columns = [*self._labels(rows, what), *self._pass_columns(values)]
        kinks, near = self._kinks(values)
        there, left_out = self._left_out(rows, values, kinks.values[:], near)
        noise = self._noise(rows, values)
        slope, doubt = self._slope(rows, values, noise), self._doubt(rows, values, noise)
        number, gradient = self._table_gradients(rows)
        differ = self._comparison(rows, left_out.values[:] > 0, slope.values[:], doubt.values[:], gradient.values[:])
        columns += [kinks, there, left_out, slope, doubt, number, gradient, differ]
        return Table(self.places.gradient_header_row(self.run.index), 1, tuple(columns))

    def _input_number(self, quantity: Parameter | Input) -> int:
        """Return the number, from 1, of the input that a weight of the first layer multiplies; 0 for all others."""
        terms = () if isinstance(quantity, Input) else self.naming.layer(quantity.layer).terms_with(quantity)
        return next((term.source.unit + 1 for term in terms if isinstance(term.source, Input)), 0)

    def _kinks(self, values: dict[Quantity, np.ndarray]) -> tuple[Filled, np.ndarray]:
        """Return the column that counts the net inputs which change sides within the four rows of an estimate.

        Return also, (rows), whether rounding decides in a row on which side one of them is.

        Where an activation's slope jumps at 0 the function has two pieces, and differences across both tell nothing. If
        the terms of a net input cancel to no more than their rounding, each program decides for itself on which side it
        is.
        """
        layers = [
            [*self.naming.layer(layer).nets()]
            for layer in self.naming.layers()
            if (entry := ACTIVATIONS.get(self.recipe.layers[layer - 1].activation)) is not None and entry.kink
        ]
        terms: list[str | int] = []
        count = np.zeros(len(values[TotalLoss()]))
        last = np.arange(len(count)) % 4 == 3
        rounding, undecided, near = self._largest(values)[:, None] / 1e14, 0, np.zeros(len(count), dtype=bool)
        for nets in layers:
            numbers = np.column_stack([values[net] for net in nets])
            above = numbers > 0
            close = (numbers != 0) & (np.abs(numbers) < rounding)
            undecided += 3 * int(np.count_nonzero(close.any(axis=0)))
            near |= close.any(axis=1)
            for back in (1, 2, 3):
                there, here = self._row(nets, back=back), self._row(nets)
                # products, because not every program compares ranges of truth values
                terms += ["+" if terms else "", "SUMPRODUCT((", *there, ">0)*(", *here, "<=0)+("]
                terms += [*there, "<=0)*(", *here, ">0))"]
                count += (np.roll(above, back, axis=0) != above).sum(axis=1)
                errors = np.isnan(numbers) | np.isnan(np.roll(numbers, back, axis=0))
                count[errors.any(axis=1)] = np.nan
        fill: Fill = ("IF($E", 0, "=-2,", *(terms or ["0"]), ",0)")
        count = np.where(last, count, 0.0)
        return Filled(
            _KINKS, fill, count, Style(Look.NUMBER, number_format=WHOLE), noise=float(undecided), width=13
        ), near

    def _left_out(
        self, rows: PassRows, values: dict[Quantity, np.ndarray], kinks: np.ndarray, near: np.ndarray
    ) -> tuple[Filled, Filled]:
        """Return two columns: the loss with nothing moved, and 1 for an estimate that proves nothing.

        It crosses a kink, or the loss bends too much within its four steps, or the network learns by slopes that are no
        derivatives; then all are left out. The noise of the second column is the number of estimates of which rounding
        decides this; `near`, (rows), is where it does so for a kink.

        Of a smooth loss the third difference is small beside the first, and the fourth beside the second. Where huge
        weights make the loss jump, they are alike: then it looks flat on both sides, and the slope between is not seen.
        A bend that would move the slope by less than its tolerance does not count.
        """
        there = self._at(rows.rows, [TotalLoss()])[:, 0]
        block = f"INDEX({self.run.range(TotalLoss())},$C#+1)"
        loss = values[TotalLoss()]
        two_up, up, down = _rows_above(loss)
        with np.errstate(all="ignore"):
            bends = np.abs(two_up - 2 * up + 2 * down - loss) + np.abs(two_up - 4 * up + 6 * there - 4 * down + loss)
            largest = np.max(np.abs([two_up, up, down, loss]), axis=0)
            allowed = (np.abs(up - down) + np.abs(up - 2 * there + down)) / 10 + largest / 1e9
            beyond = error_if_infinite(bends - allowed - GRADIENT_ABSOLUTE * self._steps(rows))
            # some twenty losses are added up, each rounded
            undecided = np.abs(beyond) < 100 * self._rounding(rows, values)
        estimated = rows.direction == -2
        silent = np.where(kinks > 0, 1.0, np.where(np.isnan(kinks + beyond), np.nan, beyond > 0))
        if self._proves_nothing:
            silent, undecided = np.ones_like(silent), np.zeros_like(undecided)
        else:
            undecided |= near.reshape(-1, 4).any(axis=1).repeat(4)
        noise = float(np.count_nonzero(undecided & estimated))
        return (
            Filled(_LOSS, filled_down(block), there, Style(Look.LINKED, Role.LOSS, six_decimals(there))),
            Filled(
                LEFT_OUT,
                self._left_out_formula(),
                np.where(estimated, silent, 0.0),
                Style(Look.NUMBER, number_format=WHOLE),
                noise=noise,
                width=13,
            ),
        )

    @cached_property
    def _proves_nothing(self) -> bool:
        return bool(instead_of_slopes(self.recipe))

    def _left_out_formula(self) -> Fill:
        if self._proves_nothing:
            return ("IF($E", 0, "=-2,1,0)")
        e, crossed, there = self._letters(TotalLoss()), (self._after(_KINKS), 0), (self._after(_LOSS), 0)
        third: Fill = ("ABS(", e, -3, "-2*", e, -2, "+2*", e, -1, "-", e, 0, ")")
        fourth: Fill = ("ABS(", e, -3, "-4*", e, -2, "+6*", *there, "-4*", e, -1, "+", e, 0, ")")
        first: Fill = ("ABS(", e, -2, "-", e, -1, ")")
        second: Fill = ("ABS(", e, -2, "-2*", *there, "+", e, -1, ")")
        four: Fill = (e, -3, f":{e}", 0)
        largest: Fill = ("MAX(MAX(", *four, "),-MIN(", *four, "))/10^9")
        least: Fill = (f"{self.places.value(self.places.gradient_absolute_row)}*$G", 0)
        limit: Fill = ("(", *first, "+", *second, ")/10+", *largest, "+", *least)
        return ("IF($E", 0, "=-2,IF(", *crossed, ">0,1,IF(", *third, "+", *fourth, ">", *limit, ",1,0)),0)")

    def _largest(self, values: dict[Quantity, np.ndarray]) -> np.ndarray:
        """Return the largest absolute value in each row, (rows); numbers that overflow are left out."""
        largest: np.ndarray = np.fmax.reduce([np.abs(values[quantity]) for quantity in self.quantities])
        return largest

    def _rounding(self, rows: PassRows, values: dict[Quantity, np.ndarray]) -> np.ndarray:
        """Return how far rounding within a forward pass may move the loss, (rows); NaN where something overflows.

        The loss is as inexact as the last digits of the largest number that it is made of. An output is as inexact as
        its own last digits or, where it is computed from 1 + …, as those of 1; ∂E/∂out tells how far that moves the
        loss.
        """
        done, _, parameters, _ = self._passes(rows)
        network = Network(self.recipe)
        with np.errstate(all="ignore"):
            slopes = network.backward(network.layers(parameters), done, self._at(rows.rows, self.naming.targets()))
            moved = self._largest(values)
            for out, slope in zip(done.out[1:-1], slopes.out[1:-1], strict=True):
                moved = moved + np.nan_to_num(add_up(np.maximum(1.0, np.abs(out)) * np.abs(slope)))
            return error_if_infinite(moved / 1e15)

    def _noise(self, rows: PassRows, values: dict[Quantity, np.ndarray]) -> float:
        """Return how far the estimates of another sound program may be from these."""
        with np.errstate(all="ignore"):
            moved = error_if_infinite(self._rounding(rows, values) / self._steps(rows))
        return 1e-10 + 10 * float(np.nanmax(moved, initial=0.0))

    def _slope(self, rows: PassRows, values: dict[Quantity, np.ndarray], noise: float) -> Filled:
        """Return the column of the estimated gradients, each in the last of its four rows."""
        loss, e = values[TotalLoss()], self._letters(TotalLoss())
        two_up, up, down = _rows_above(loss)
        with np.errstate(all="ignore"):
            slope = error_if_infinite((8 * (up - down) - (two_up - loss)) / (12 * self._steps(rows)))
        fill: Fill = ("IF($E", 0, "=-2,(8*(", e, -2, "-", e, -1, ")-(", e, -3, "-", e, 0, "))/(12*$G", 0, "),0)")
        return Filled(_ESTIMATED, fill, np.where(rows.direction == -2, slope, 0.0), _SEEN, noise=noise, width=13)

    def _doubt(self, rows: PassRows, values: dict[Quantity, np.ndarray], noise: float) -> Filled:
        """Return the column that says how far each estimate may be off, in the last of its four rows.

        It may be off as far as the slopes over one step and over two disagree: where these lie apart, the loss is too
        curved for the step. And as far as the last digits of the largest number in the row count in the slope.
        """
        loss, steps = values[TotalLoss()], self._steps(rows)
        two_up, up, down = _rows_above(loss)
        # not _largest: here, as in the sheet, one number that overflows leaves the doubt without a value
        largest = np.max([np.abs(values[quantity]) for quantity in self.quantities], axis=0)
        with np.errstate(all="ignore"):
            doubt = np.abs(2 * (up - down) - (two_up - loss)) / (4 * steps) + largest / 1e15 / steps
            doubt = np.where(rows.direction == -2, error_if_infinite(doubt), 0.0)
        e, row = self._letters(TotalLoss()), self._row((self.quantities[0], self.quantities[-1]))
        apart: Fill = ("ABS(2*(", e, -2, "-", e, -1, ")-(", e, -3, "-", e, 0, "))/(4*$G", 0, ")")
        last_digits: Fill = ("MAX(MAX(", *row, "),-MIN(", *row, "))/10^15/$G", 0)
        return Filled(
            _DOUBT, ("IF($E", 0, "=-2,", *apart, "+", *last_digits, ",0)"), doubt, _SEEN, noise=noise, width=13
        )

    def _table_gradients(self, rows: PassRows) -> tuple[Filled, Filled]:
        """Return two columns: the gradient's number among those of the run's table, from 1, and its value there."""
        gradients = [Gradient(of) for of in self.places.probed(self.run.index)]
        place = np.tile(np.repeat([self._gradients.index(of) + 1 for of in gradients], 4), 3)
        row = np.arange(len(rows.rows))
        there = self._at(rows.rows, gradients)[row, row // 4 % len(gradients)]
        block = self.run.block(self._gradients[0], self._gradients[-1])
        fill = filled_down(f"INDEX({block},$C#+1,{self._after(_NUMBER)}#)")
        return (
            constants(_NUMBER, place.astype(np.float64), Style(Look.STORED)),
            Filled(_THERE, fill, there, Style(Look.LINKED, Role.GRADIENT, SCIENTIFIC), width=13),
        )

    def _comparison(
        self, rows: PassRows, silent: np.ndarray, estimate: np.ndarray, doubt: np.ndarray, there: np.ndarray
    ) -> Filled:
        """Return the column that is 1 where the table's gradient is not the estimate, in the last of its four rows.

        In `silent` rows, which are left out, it is 0.
        """
        # where a large input makes the step small, the products that it is part of leave the losses few digits
        part = GRADIENT_RELATIVE + np.minimum(1.0, 1e-15 / self._steps(rows))
        far = np.abs(estimate - there) > GRADIENT_ABSOLUTE + part * np.abs(there) + doubt
        differs = np.where(np.isnan(estimate - there + doubt), np.nan, far.astype(np.float64))
        left_out, mine, allowed, table = (
            f"{self._after(header)}#" for header in (LEFT_OUT, _ESTIMATED, _DOUBT, _THERE)
        )
        absolute, relative = (
            self.places.value(row) for row in (self.places.gradient_absolute_row, self.places.gradient_relative_row)
        )
        limit = f"{absolute}+({relative}+MIN(1,1/10^15/$G#))*ABS({table})+{allowed}"
        fill = filled_down(f"IF($E#=-2,IF({left_out}>0,0,IF(ABS({mine}-{table})>{limit},1,0)),0)")
        return Filled(
            _DIFFER,
            fill,
            np.where((rows.direction == -2) & ~silent, differs, 0.0),
            Style(Look.NUMBER, number_format=WHOLE),
            width=8,
        )

    def _after(self, header: str) -> str:
        """Return the letters of a column right of the forward pass by its header, e.g. "$AB"."""
        return f"${column_letters(LABELS + 1 + len(self.quantities) + _AFTER.index(header))}"

    @cached_property
    def _gradients(self) -> list[Quantity]:
        """The gradients of parameters and inputs in the run's table; their columns stand side by side."""
        columns = [column.quantity for column in self.run.columns]
        return [of for of in columns if isinstance(of, Gradient) and isinstance(of.of, Weight | Bias | Input)]


def _rows_above(loss: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the losses three, two and one rows above each row: those of the other three rows of an estimate."""
    return (np.roll(loss, back) for back in (3, 2, 1))
