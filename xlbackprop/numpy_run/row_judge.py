"""The row-wise judge: what each number of a run's table should be, given the numbers found beside it.

A comparison of whole runs also sees the rounding that a run magnifies from row to row, so that two sound programs part.
Here each number is held against the numbers from which it is computed as they are found, in its row and the row above.
No more than the rounding of one step can lie between, however long the run.
"""

from __future__ import annotations

import numpy as np

from xlbackprop.arithmetic import add_up, error_if_infinite
from xlbackprop.lesson import Lesson
from xlbackprop.numpy_run.forward_backward import Backward, LayerParameters, Network
from xlbackprop.numpy_run.row_numbers import Counters, Row, RowNumbers, constants_of, penalty_of
from xlbackprop.numpy_run.scaling import received
from xlbackprop.numpy_run.training import Update

_ROUNDING = 1e-15  # how far the rounding of an output moves its slope: some units of the last digit of 1


class RowJudge:
    """Tells what the numbers of one run of a lesson should be, from the numbers that some program found for it."""

    def __init__(self, lesson: Lesson, run: int) -> None:
        self._run = lesson.runs[run]
        recipe = self._run.recipe
        self._numbers = RowNumbers(recipe, received(lesson).inputs, lesson.targets)
        self._network = Network(recipe)
        self._start = np.array(self._run.parameters)
        self._penalty = penalty_of(self._run)
        is_weight = self._numbers.trained < recipe.naming.weight_count
        self._update = Update(recipe, constants_of(self._run), is_weight)

    def expected(self, first: int, found: np.ndarray, above: np.ndarray | None = None) -> np.ndarray:
        """Return what each number found in the rows from `first` on should be, (rows, quantities) as `found`.

        Columns are in the order of `Trace.places`; NaN is an error or no number. `above` is the row found above the
        first one (quantities,); None if that is the first of the run.

        * Counters, inputs, targets, learning rates, and the starting values in the first row are those of the lesson.
        * A net input follows from the parameters and outputs found in its row, an output from its net input, a loss
          from outputs and net inputs, a gradient from all of these, and from ∂E/∂out and ∂E/∂net where they have
          columns.
        * A running sum follows from that found above and the addend *found* in its row: a wrong addend is reported
          itself, not once more in every sum that rightly counts it.
        * Where a step begins, parameters follow from those found above, with the gradients, the learning rate and the
          kept numbers found there, and the new kept numbers found in their own row. Elsewhere they are those above.

        So a wrong number is reported where it stands, and what rightly follows from it is not. The slope of a unit is
        taken from its output, as formulas do. Where it differs from that taken from the net input by no more than the
        rounding of the output, that one is as sound, and of both gradients the one nearer to that found counts: NumPy
        trains with it, and near 1 an output has few digits left.
        """
        counters = Counters(self._run.recipe, first, len(found))
        shifted = np.concatenate([np.full((1, found.shape[1]), np.nan) if above is None else above[None], found[:-1]])
        here, before = self._numbers.parted(found), self._numbers.parted(shifted)
        with np.errstate(all="ignore"):
            parameters, kept = self._updated(first, counters, here, before)
            layers = self._network.layers(here.parameters)
            forward = self._network.forward(layers, self._numbers.inputs[counters.example], here.forward)
            backward, exact = self._backward(layers, here)
            row = Row(
                rate=self._numbers.rate(counters, self._run),
                parameters=parameters,
                forward=forward,
                targets=self._numbers.targets[counters.example],
                shares=self._network.loss(here.forward, here.targets)[0],
                loss=error_if_infinite(self._penalty.with_loss(add_up(here.shares), here.parameters)[:, None]),
                epoch_loss=_sums(before.epoch_loss, self._numbers.of_epochs(here.loss), counters.starts_sum),
                right=self._numbers.right(here.forward, here.targets),
                backward=backward,
                gradients=self._gradients(backward, here),
                gathered=_sums(before.gathered, self._numbers.of_steps(here.gradients), counters.starts_step),
                kept=kept,
            )
            told = self._numbers.joined(counters, row)
            exactly = row._replace(backward=exact, gradients=self._gradients(exact, here))
            other = self._numbers.joined(counters, exactly)
            return np.where(np.abs(found - other) < np.abs(found - told), other, told)

    def _gradients(self, backward: Backward, here: Row) -> np.ndarray:
        """Return the gradients of parameters that have a column (rows, gradients), with what a penalty adds."""
        gradients = self._penalty.with_gradient(backward.parameters, here.parameters)
        return error_if_infinite(gradients[:, self._numbers.with_gradient])

    def _backward(self, layers: LayerParameters, here: Row) -> tuple[Backward, Backward]:
        """Return the gradients with the slopes of outputs, and with those of net inputs where they are as good."""
        found = None if self._run.recipe.expanded else here.backward
        from_outputs, from_nets = self._network.slopes(here.forward)
        exact = [
            np.where(np.abs(one - other) <= _ROUNDING, other, one)
            for one, other in zip(from_outputs, from_nets, strict=True)
        ]
        backward = self._network.backward
        return (
            backward(layers, here.forward, here.targets, found, from_outputs),
            backward(layers, here.forward, here.targets, found, exact),
        )

    def _updated(
        self, first: int, counters: Counters, here: Row, before: Row
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Return the parameters (rows, parameters), and the numbers kept for those trained, (rows, trained) each."""
        recipe, trained = self._run.recipe, self._numbers.trained
        values = before.parameters[:, trained]
        kept = {letter: numbers.copy() for letter, numbers in before.kept.items()}
        steps = counters.starts_step.copy()
        if first == 0:
            steps[0], values[0] = False, self._start[trained]
            for numbers in kept.values():
                numbers[0] = 0.0
        gradient = (before.gathered if recipe.sums else before.gradients[:, self._numbers.used])[steps]
        if recipe.sums and recipe.mean:
            gradient = gradient / (Counters(recipe, first - 1, len(steps)).in_batch[steps, None] + 1.0)
        new = {letter: numbers[steps] for letter, numbers in kept.items()}
        values[steps] = error_if_infinite(
            self._update.step(
                values[steps],
                gradient,
                np.array(self._run.learning_rate) if recipe.schedule == "constant" else before.rate[steps],
                counters.step[steps, None],
                new,
                {letter: numbers[steps] for letter, numbers in here.kept.items()},
            )
        )
        for letter, numbers in new.items():
            kept[letter][steps] = numbers
        parameters = np.repeat(self._start[None], len(steps), axis=0)
        parameters[:, trained] = values
        return parameters, kept


def _sums(above: np.ndarray, addends: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return running sums (rows, columns) from those of the rows above, begun anew where `starts`."""
    return error_if_infinite(np.where(starts[:, None], addends, above + addends))
