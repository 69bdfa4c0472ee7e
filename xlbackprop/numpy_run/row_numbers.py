"""All numbers of the rows of a run in NumPy, from the parameters of each row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np

from xlbackprop.lesson import Run
from xlbackprop.network import SCHEDULES, Quantity, Recipe, row_quantities
from xlbackprop.numpy_run.forward_backward import Backward, Forward, LayerParameters, Network
from xlbackprop.numpy_run.training import History


class RowNumbers:
    """The numbers of a run's rows, in the order of `quantities`.

    Running sums go on from block to block, so `table` must be called for the blocks of rows in their order.

    `inputs` (examples, inputs) and `targets` (examples, outputs) are those of all examples.
    """

    def __init__(self, recipe: Recipe, inputs: Sequence[Sequence[float]], targets: Sequence[Sequence[float]]) -> None:
        self.recipe = recipe
        self.inputs, self.targets = np.array(inputs), np.array(targets)
        self.quantities = tuple(row_quantities(recipe))
        self._network = Network(recipe)
        trained = [recipe.is_trained(parameter) for parameter in recipe.naming.parameters()]
        self._trained = np.flatnonzero(trained)
        self._carried: dict[str, np.ndarray] = {}

    @cached_property
    def places(self) -> dict[Quantity, int]:
        """The position of each quantity in a row, counted from 0."""
        return {quantity: index for index, quantity in enumerate(self.quantities)}

    def table(self, first: int, history: History, run: Run) -> np.ndarray:
        """Return all numbers (rows, quantities) of the rows from `first` on that have the parameters of `history`."""
        counters = _Counters(self.recipe, first, len(history.parameters))
        inputs, targets = self.inputs[counters.example], self.targets[counters.example]
        with np.errstate(all="ignore"):
            layers = self._network.layers(history.parameters)
            forward = self._network.forward(layers, inputs)
            shares, loss = self._network.loss(forward, targets)
            backward = self._network.backward(layers, forward, targets)
            gradients = backward.parameters[:, self._trained]
            parts = [
                *self._counted(counters, run),
                targets,
                inputs,
                *self._forward_parts(layers, forward),
                shares,
                loss[:, None],
                *self._judged(counters, forward, targets, loss),
                *self._backward_parts(backward),
                gradients,
            ]
            if self.recipe.sums:
                parts.append(self._running("gradients", gradients, counters.starts_step))
            parts += [kept[:, self._trained] for kept in history.kept.values()]
        return np.concatenate(parts, axis=1)

    def losses(self, first: int, parameters: np.ndarray) -> np.ndarray:
        """Return the loss (rows,) with these parameters (rows, parameters) in the rows from `first` on."""
        counters = _Counters(self.recipe, first, len(parameters))
        forward = self._network.forward(self._network.layers(parameters), self.inputs[counters.example])
        return self._network.loss(forward, self.targets[counters.example])[1]

    def hangs_on_rounding(self, first: int, parameters: np.ndarray) -> np.ndarray:
        """Return in which rows rounding decides on which side of a kink a net input lies: booleans (rows,)."""
        if not self._network.has_kinks:
            return np.zeros(len(parameters), dtype=bool)
        counters, layers = _Counters(self.recipe, first, len(parameters)), self._network.layers(parameters)
        return self._network.hangs_on_rounding(layers, self._network.forward(layers, self.inputs[counters.example]))

    def _counted(self, counters: _Counters, run: Run) -> Iterator[np.ndarray]:
        yield counters.epoch[:, None]
        if not self.recipe.single:
            yield counters.step[:, None]
            yield counters.example[:, None] + 1.0
        if self.recipe.sums:
            yield counters.in_batch[:, None] + 1.0
        if self.recipe.schedule != "constant":
            constants = {
                name: np.array(value) for name, value in zip(self.recipe.constants, run.constants, strict=True)
            }
            rate = np.array(run.learning_rate)
            compute = SCHEDULES[self.recipe.schedule].compute
            yield np.asarray(compute(rate, counters.epoch, constants, self.recipe.epochs))[:, None]

    def _judged(
        self, counters: _Counters, forward: Forward, targets: np.ndarray, loss: np.ndarray
    ) -> Iterator[np.ndarray]:
        """Yield the columns of the loss of the epoch so far, and of whether the network predicts the right class."""
        if not self.recipe.single:
            yield self._running("loss", loss[:, None], counters.starts_sum)
        if self.recipe.accuracy:
            yield _right(forward, targets)[:, None]

    def _forward_parts(self, layers: LayerParameters, forward: Forward) -> Iterator[np.ndarray]:
        """Yield layer by layer the parameters, and the net inputs and outputs in the order of the layer's columns."""
        naming, rows = self.recipe.naming, len(forward.out[-1])
        for number, (weights, biases) in enumerate(zip(*layers, strict=True), start=1):
            yield weights.reshape(rows, -1)
            if biases is not None:
                yield biases
            net, between, out = forward.net[number], forward.between[number], forward.out[number]
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

    def _running(self, what: str, values: np.ndarray, starts: np.ndarray) -> np.ndarray:
        """Return running sums (rows, columns) that begin anew where `starts`; the last is kept for the next block."""
        sums = np.empty_like(values)
        edges = [0, *(np.flatnonzero(starts[1:]) + 1).tolist(), len(values)]
        for begin, end in pairwise(edges):
            np.cumsum(values[begin:end], axis=0, out=sums[begin:end])
            if begin == 0 and not starts[0]:
                sums[:end] += self._carried[what]
        self._carried[what] = sums[-1].copy()
        return sums


class _Counters:
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


def _right(forward: Forward, targets: np.ndarray) -> np.ndarray:
    """Return 1 where the network predicts the right class, else 0, and NaN where its output is an error: (rows,)."""
    answers, nets = forward.out[-1], forward.net[-1]
    if answers.shape[1] == 1:
        sides = np.sign(answers[:, 0] - 0.5) == np.sign(targets[:, 0] - 0.5)
        right = sides & (answers[:, 0] != 0.5)  # undecided is not right
        return np.where(np.isnan(answers[:, 0]), np.nan, right)
    right = (targets * nets).sum(axis=1) == nets.max(axis=1)
    return np.where(np.isnan(nets).any(axis=1), np.nan, right)
