"""The network in NumPy, a layer at a time: the judge of the formulas.

This side must not know `columns`, where the taught chain rule stands: their likeness is the proof. The numbers of a
whole run, row by row, are kept in `trace`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from xlbackprop.activations import ACTIVATIONS
from xlbackprop.lesson import Lesson
from xlbackprop.losses import LOSSES
from xlbackprop.optimizers import OPTIMIZERS


class Forward(NamedTuple):
    """One forward pass for any number of weight sets at once (leading axes …).

    `net[l]` and `out[l]` are (…, units of layer l); `net[0]` is empty and `out[0]` the inputs, without leading axes.
    NaN stands where a spreadsheet shows an error.
    """

    net: list[np.ndarray]
    out: list[np.ndarray]


class Backward(NamedTuple):
    """How the loss moves with every number of a forward pass, leading axes as there.

    `out[l]` and `net[l]` are (…, units of layer l), empty for layer 0; `weights[l - 1]` is (…, units, sources).
    """

    out: list[np.ndarray]
    net: list[np.ndarray]
    weights: list[np.ndarray]


class Network:
    """The network of a lesson as matrices; its example, activations and loss. Every method is free of side effects.

    Where a spreadsheet overflows, the numbers are NaN; `trusting` leaves that out for who is told of overflows
    otherwise.
    """

    def __init__(self, lesson: Lesson, *, trusting: bool = False) -> None:
        sizes = lesson.naming.sizes
        self._shapes = list(zip(sizes[1:], sizes, strict=False))
        self._ends = np.cumsum([0, *(units * sources for units, sources in self._shapes)]).tolist()
        self._inputs = np.array(lesson.inputs)
        self._targets = np.array(lesson.targets)
        self._activations = [ACTIVATIONS[layer.activation] for layer in lesson.layers]
        self._loss = LOSSES[lesson.loss]
        self._checked = _as_it_is if trusting else error_if_infinite

    def layers(self, weights: np.ndarray) -> list[np.ndarray]:
        """Return views of flat weights (…, number of weights): one (…, units, sources) array a layer."""
        leading = weights.shape[:-1]
        return [
            weights[..., start:stop].reshape(*leading, *shape)
            for (start, stop), shape in zip(pairwise(self._ends), self._shapes, strict=True)
        ]

    def forward(self, layers: list[np.ndarray]) -> Forward:
        """Run the network forward; one (…, units, sources) array of weights a layer."""
        net, out = [np.empty(0)], [self._inputs]
        for weights, activation in zip(layers, self._activations, strict=True):
            net.append(self._checked(_applied(weights, out[-1])))
            answer = activation.compute(net[-1])
            out.append(self._checked(answer))
        return Forward(net, out)

    def loss(self, run: Forward) -> tuple[np.ndarray, np.ndarray]:
        """Return the share of each output unit (…, outputs), and the loss (…)."""
        shares = self._checked(self._loss.compute(self._targets, run.out[-1]))
        return shares, self._checked(shares.sum(axis=-1))

    def backward(self, layers: list[np.ndarray], run: Forward) -> Backward:
        """Carry the slope of the loss back, layer by layer; `run` is the forward pass of these weights."""
        out = [self._checked(self._loss.compute_slope(self._targets, run.out[-1]))]
        net: list[np.ndarray] = []
        gradients: list[np.ndarray] = []
        for layer in range(len(layers), 0, -1):
            slope = self._activations[layer - 1].compute_slope(run.net[layer])
            net.append(self._checked(out[-1] * slope))
            gradients.append(self._checked(net[-1][..., :, None] * run.out[layer - 1][..., None, :]))
            if layer > 1:
                out.append(self._checked((net[-1][..., None, :] @ layers[layer - 1])[..., 0, :]))
        nothing = np.empty(0)
        return Backward([nothing, *out[::-1]], [nothing, *net[::-1]], gradients[::-1])


def _applied(weights: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """Return what the units receive: (…, units, sources) times (…, sources), or times the inputs (sources,)."""
    received: np.ndarray = weights @ sources if sources.ndim == 1 else (weights @ sources[..., None])[..., 0]
    return received


def error_if_infinite(values: np.ndarray) -> np.ndarray:
    """A spreadsheet has no infinity: what overflows is an error (NaN here) in all that follows."""
    return values + 0.0 * values  # quicker than asking each: 0·∞ is NaN, and a finite number stays as it is


def _as_it_is(values: np.ndarray) -> np.ndarray:
    return values


class Learner:
    """Gradient descent of several runs side by side, each from its own weights (runs, weights)."""

    def __init__(self, lesson: Lesson, start: np.ndarray, rates: np.ndarray) -> None:
        """`rates` are (runs,)."""
        self._network = Network(lesson)
        self._quick = Network(lesson, trusting=True)
        self._update = OPTIMIZERS[lesson.optimizer].step
        self._weights = start.copy()  # stepped in place, so that its layers need be told apart only once
        self._layers = self._network.layers(self._weights)
        self._rates = rates[:, None]

    def rows(self, count: int) -> np.ndarray:
        """Return the weights of the next rows, (runs, rows, weights), and move on.

        All gradients of a row come from the weights of that row.
        """
        history = np.empty((len(self._weights), count, self._weights.shape[-1]))
        with np.errstate(over="raise", divide="raise", invalid="raise"):
            for row in range(count):
                history[:, row] = self._weights
                try:
                    self._weights[:] = self._update(self._weights, self._gradient(self._quick), self._rates)
                except FloatingPointError:
                    self._weights[:] = self._careful_step()
        return history

    def _careful_step(self) -> np.ndarray:
        """Return the next weights where NumPy told of an overflow: now every number is looked at."""
        with np.errstate(all="ignore"):
            return error_if_infinite(self._update(self._weights, self._gradient(self._network), self._rates))

    def _gradient(self, network: Network) -> np.ndarray:
        """Return ∂E/∂(weights) as (runs, weights)."""
        gradients = network.backward(self._layers, network.forward(self._layers)).weights
        return np.concatenate([gradient.reshape(len(gradient), -1) for gradient in gradients], axis=-1)
