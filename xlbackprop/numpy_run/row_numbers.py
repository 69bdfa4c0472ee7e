"""All numbers of the rows of a run in NumPy, from the parameters of each row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from xlbackprop.arithmetic import add_up, error_if_infinite
from xlbackprop.lesson import Run
from xlbackprop.network import LOSSES, NEXT_TO_0, OPTIMIZERS, SCHEDULES, Quantity, Recipe, row_quantities
from xlbackprop.numpy_run.forward_backward import Backward, Forward, Network, nudges_of
from xlbackprop.numpy_run.penalty import Penalty
from xlbackprop.numpy_run.training import History


class Row(NamedTuple):
    """The numbers of rows, sorted by what they are; each array is (rows, …), in the order of the table's columns.

    `rate` is the learning rate (rows, 1), empty unless a schedule changes it. `parameters` are all, weights before
    biases; `gradients` are those of the parameters that have one, `gathered` (their sums over a step so far, empty
    unless the recipe has them) and `kept` those of the trained parameters alone. `loss` is that of the example (rows,
    1), `epoch_loss` its sum over the epoch so far, empty with a single example; `right` is 1 where the class is right,
    empty unless the recipe asks for it.
    """

    rate: np.ndarray
    parameters: np.ndarray
    forward: Forward
    targets: np.ndarray
    shares: np.ndarray
    loss: np.ndarray
    epoch_loss: np.ndarray
    right: np.ndarray
    backward: Backward
    gradients: np.ndarray
    gathered: np.ndarray
    kept: Mapping[str, np.ndarray]


class RowNumbers:
    """The numbers of a run's rows, in the order of `quantities`.

    Running sums go on from block to block, so `table` must be called for the blocks of rows in their order.

    `inputs` (examples, inputs), as the network receives them, and `targets` (examples, outputs) are those of all
    examples. `with_gradient` and `trained` are the positions of the parameters that have a gradient, and of those that
    are trained, among all; `used` are the positions of the trained ones among the former.
    """

    def __init__(self, recipe: Recipe, inputs: np.ndarray, targets: Sequence[Sequence[float]]) -> None:
        self.recipe = recipe
        self.inputs, self.targets = inputs, np.array(targets)
        self.quantities = tuple(row_quantities(recipe))
        self._network, self._nudged = Network(recipe), Network(recipe, nudges=nudges_of(recipe))
        parameters = [*recipe.naming.parameters()]
        self.with_gradient = np.flatnonzero([*map(recipe.has_gradient, parameters)])
        self.trained = np.flatnonzero([*map(recipe.is_trained, parameters)])
        self.used = np.flatnonzero(np.isin(self.with_gradient, self.trained))
        self._carried: dict[str, np.ndarray] = {}

    @cached_property
    def places(self) -> dict[Quantity, int]:
        """The position of each quantity in a row, counted from 0."""
        return {quantity: index for index, quantity in enumerate(self.quantities)}

    def table(self, first: int, history: History, run: Run) -> np.ndarray:
        """Return all numbers (rows, quantities) of the rows from `first` on that have the parameters of `history`."""
        counters = Counters(self.recipe, first, len(history.parameters))
        targets, penalty = self.targets[counters.example], penalty_of(run)
        with np.errstate(all="ignore"):
            layers = self._network.layers(history.parameters)
            forward = self._network.forward(layers, self.inputs[counters.example])
            shares, loss = self._network.loss(forward, targets)
            backward = self._network.backward(layers, forward, targets)
            loss = error_if_infinite(penalty.with_loss(loss, history.parameters))
            gradients = error_if_infinite(penalty.with_gradient(backward.parameters, history.parameters))
            gradients = gradients[:, self.with_gradient]
            row = Row(
                rate=self.rate(counters, run),
                parameters=history.parameters,
                forward=forward,
                targets=targets,
                shares=shares,
                loss=loss[:, None],
                epoch_loss=self._running("loss", self.of_epochs(loss[:, None]), counters.starts_sum),
                right=self.right(forward, targets),
                backward=backward,
                gradients=gradients,
                gathered=self._running("gradients", self.of_steps(gradients), counters.starts_step),
                kept={letter: kept[:, self.trained] for letter, kept in history.kept.items()},
            )
        return self.joined(counters, row)

    def nudged_losses(self, first: int, parameters: np.ndarray, run: Run) -> np.ndarray:
        """Return the losses (repeats, rows) of the rows of a run from `first` on, with nudged digits on the way.

        `parameters` are those of the nudged runs, (repeats, rows, parameters).
        """
        counters = Counters(self.recipe, first, parameters.shape[1])
        with np.errstate(all="ignore"):
            forward = self._nudged.forward(self._nudged.layers(parameters), self.inputs[counters.example][None])
            losses = self._nudged.loss(forward, self.targets[counters.example])[1]
            return penalty_of(run).with_loss(losses, parameters)

    # ----------------------------------------------------------------------------- numbers that not all recipes have

    def rate(self, counters: Counters, run: Run) -> np.ndarray:
        """Return the learning rates of rows under a schedule (rows, 1); (rows, 0) where it stays as it is."""
        if self.recipe.schedule == "constant":
            return _none(counters.epoch)
        compute = SCHEDULES[self.recipe.schedule].compute
        rate = compute(np.array(run.learning_rate), counters.epoch, constants_of(run), self.recipe.epochs)
        return np.asarray(rate)[:, None]

    def of_epochs(self, losses: np.ndarray) -> np.ndarray:
        """Return the losses (rows, 1) that are added up over an epoch; (rows, 0) where that has one example only."""
        return _none(losses) if self.recipe.single else losses

    def of_steps(self, gradients: np.ndarray) -> np.ndarray:
        """Return the gradients (rows, trained) that are added up over a step; (rows, 0) where none are."""
        return gradients[:, self.used] if self.recipe.sums else _none(gradients)

    def right(self, forward: Forward, targets: np.ndarray) -> np.ndarray:
        """Return whether the network predicts the right class, 1 or 0 (rows, 1); (rows, 0) where nobody asks."""
        return _right(forward, targets)[:, None] if self.recipe.accuracy else _none(targets)

    # ------------------------------------------------------------------------------------------- columns of the table

    def joined(self, counters: Counters, row: Row) -> np.ndarray:
        """Return the numbers of rows as a table (rows, quantities)."""
        parts = [
            *self._counted(counters),
            row.rate,
            row.targets,
            row.forward.out[0],
            *self._forward_parts(row),
            row.shares,
            row.loss,
            row.epoch_loss,
            row.right,
            *self._backward_parts(row.backward),
            row.gradients,
            row.gathered,
            *row.kept.values(),
        ]
        return np.concatenate(parts, axis=1)

    def parted(self, table: np.ndarray) -> Row:
        """Return the numbers of a table (rows, quantities) sorted by what they are: what `joined` was told of them.

        `between` of a pass is left empty, and so are its `parameters`, which `gradients` are of.
        """
        recipe, naming, take = self.recipe, self.recipe.naming, _taker(table)
        take(1 + 2 * (not recipe.single) + recipe.sums)
        rate, targets, inputs = (take(n) for n in (recipe.schedule != "constant", naming.sizes[-1], naming.sizes[0]))
        forward, weights, biases = Forward([take(0)], [()], [inputs], []), [], []
        for layer in map(naming.layer, naming.layers()):
            weights.append(take(layer.weight_count))
            biases.append(take(layer.bias_count))
            numbers = take(2 * layer.units + layer.between_count)
            split = layer.is_interleaved
            forward.net.append(numbers[:, ::2] if split else numbers[:, : layer.units])
            forward.between.append(())
            forward.out.append(numbers[:, 1::2] if split else numbers[:, -layer.units :])
        shares, loss = take(naming.sizes[-1]), take(1)
        epoch_loss, right = take(not recipe.single), take(recipe.accuracy)
        backward = self._parted_backward(take)
        gradients, gathered = take(len(self.with_gradient)), take(recipe.sums * len(self.trained))
        kept = {letter: take(len(self.trained)) for letter in OPTIMIZERS[recipe.optimizer].keeps}
        parameters = np.concatenate([*weights, *biases], axis=1)
        return Row(
            rate, parameters, forward, targets, shares, loss, epoch_loss, right, backward, gradients, gathered, kept
        )

    def _counted(self, counters: Counters) -> Iterator[np.ndarray]:
        yield counters.epoch[:, None]
        if not self.recipe.single:
            yield counters.step[:, None]
            yield counters.example[:, None] + 1.0
        if self.recipe.sums:
            yield counters.in_batch[:, None] + 1.0

    def _forward_parts(self, row: Row) -> Iterator[np.ndarray]:
        """Yield layer by layer the parameters, and the net inputs and outputs in the order of the layer's columns."""
        naming, rows, layers = self.recipe.naming, len(row.parameters), self._network.layers(row.parameters)
        for number, (weights, biases) in enumerate(zip(*layers, strict=True), start=1):
            yield weights.reshape(rows, -1)
            if biases is not None:
                yield biases
            net, between, out = (numbers[number] for numbers in row.forward[:3])
            if naming.layer(number).is_interleaved:
                yield np.stack((net, out), axis=-1).reshape(rows, -1)
            else:
                yield from (net, *between, out)

    def _backward_parts(self, backward: Backward) -> Iterator[np.ndarray]:
        if not self.recipe.expanded:
            for layer in reversed(self.recipe.naming.layers()):
                if backward.out[layer].size:
                    yield backward.out[layer]
                yield backward.net[layer]
        if self.recipe.input_gradients:
            yield backward.out[0]

    def _parted_backward(self, take: Callable[[int], np.ndarray]) -> Backward:
        naming = self.recipe.naming
        out, net = ([take(0)] * (naming.depth + 1) for _ in range(2))
        for layer in () if self.recipe.expanded else reversed(naming.layers()):
            if layer < naming.depth or not LOSSES[self.recipe.loss].pairs_with:
                out[layer] = take(naming.sizes[layer])
            net[layer] = take(naming.sizes[layer])
        if self.recipe.input_gradients:
            out[0] = take(naming.sizes[0])
        return Backward(out, net, take(0))

    def _running(self, what: str, values: np.ndarray, starts: np.ndarray) -> np.ndarray:
        """Return running sums (rows, columns) that begin anew where `starts`; the last is kept for the next block."""
        sums = np.empty_like(values)
        edges = [0, *(np.flatnonzero(starts[1:]) + 1).tolist(), len(values)]
        for begin, end in pairwise(edges if values.size else ()):
            np.cumsum(values[begin:end], axis=0, out=sums[begin:end])
            if begin == 0 and not starts[0]:
                sums[:end] += self._carried[what]
        self._carried[what] = sums[-1].copy()
        return sums


class Counters:
    """The epochs, steps and examples of rows, computed from the row numbers; all counted from 0."""

    def __init__(self, recipe: Recipe, first: int, rows: int) -> None:
        row = np.arange(first, first + rows)
        epoch = np.minimum(row // recipe.examples, recipe.epochs)
        self.example = row - epoch * recipe.examples
        learning = epoch < recipe.epochs
        batch = np.where(learning, self.example // recipe.batch, 0)
        self.epoch = epoch.astype(np.float64)
        self.step = (epoch * recipe.steps + batch).astype(np.float64)
        self.in_batch = self.example - batch * recipe.batch
        self.starts_step = self.in_batch == 0
        self.starts_sum = (self.example == 0) | (self.example == recipe.examples)


def constants_of(run: Run) -> dict[str, np.ndarray]:
    """Return the hyperparameters of a run by name, as arrays without axes."""
    return {name: np.array(value) for name, value in zip(run.recipe.constants, run.constants, strict=True)}


def penalty_of(run: Run) -> Penalty:
    """Return the penalty of large weights in the loss of a run."""
    return Penalty(run.recipe, constants_of(run))


def _none(like: np.ndarray) -> np.ndarray:
    """Return no column at all, for as many rows."""
    return np.empty((len(like), 0))


def _taker(table: np.ndarray) -> Callable[[int], np.ndarray]:
    """Return a function that gives the next so many columns of a table each time, from the left."""
    taken = 0

    def take(count: int) -> np.ndarray:
        nonlocal taken
        taken += count
        return table[:, taken - count : taken]

    return take


def _right(forward: Forward, targets: np.ndarray) -> np.ndarray:
    """Return 1 where the network predicts the right class, else 0: (rows,).

    NaN where an output or a target is an error.
    """
    answers, nets = forward.out[-1], forward.net[-1]
    if answers.shape[1] == 1:
        sides = np.sign(answers[:, 0] - 0.5) == np.sign(targets[:, 0] - 0.5)
        decided = np.abs(answers[:, 0] - 0.5) * np.abs(targets[:, 0] - 0.5) > NEXT_TO_0
        right = sides & decided
        return np.where(np.isnan(answers[:, 0] + targets[:, 0]), np.nan, right)
    right = add_up(targets * nets) == nets.max(axis=1)
    return np.where(np.isnan(nets + targets).any(axis=1), np.nan, right)
