"""The network in NumPy, forward and back, a layer at a time; the formulas are compared with it.

This side must not import `taught`, where the chain rule is written out: the proof is that both agree.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from xlbackprop.network import LOSSES, Recipe
from xlbackprop.numpy_run.kernels import kernels_of


class Forward(NamedTuple):
    """One forward pass for any number of weight sets and examples at once (leading axes …).

    `net[l]` and `out[l]` are (…, units of layer l); `net[0]` is empty and `out[0]` the inputs. `between[l]` holds, for
    softmax, the largest net input (…, 1), the exponentials (…, units) and their sum (…, 1); else it is ().
    A number is NaN where a spreadsheet shows an error.
    """

    net: list[np.ndarray]
    between: list[tuple[np.ndarray, ...]]
    out: list[np.ndarray]


class Backward(NamedTuple):
    """The gradients of each example's loss with respect to the numbers of its forward pass; leading axes (…) as there.

    `out[l]` and `net[l]` are (…, units of layer l); `net[0]` is empty, and so is the last `out` where the loss gives
    ∂E/∂net at once, and `out[0]`, of the inputs, where the recipe does not ask for it. `parameters` is (…, number of
    parameters): weights, then biases.
    """

    out: list[np.ndarray]
    net: list[np.ndarray]
    parameters: np.ndarray


class LayerParameters(NamedTuple):
    """Parameters layer by layer: weights as (…, units, sources), biases as (…, biases) or None where there are none."""

    weights: list[np.ndarray]
    biases: list[np.ndarray | None]


_NOTHING = np.empty(0)


class Network:
    """The network of a recipe as matrices, with its activations and loss. Every method is free of side effects.

    Where a spreadsheet overflows, the numbers are NaN; `trusting` leaves that check out, for a caller that has NumPy
    raise FloatingPointError at an overflow.
    """

    def __init__(self, recipe: Recipe, *, trusting: bool = False) -> None:
        self._kernels = kernels_of(recipe)
        weights, biases = zip(*((kernel.weight_count, kernel.bias_count) for kernel in self._kernels), strict=True)
        self._ends = np.cumsum([0, *weights, *biases]).tolist()
        self.has_kinks = any(kernel.kink for kernel in self._kernels)
        self._loss = LOSSES[recipe.loss]
        self._input_gradients = recipe.input_gradients
        self._checked = _as_it_is if trusting else error_if_infinite

    def layers(self, parameters: np.ndarray) -> LayerParameters:
        """Return flat parameters (…, number of parameters) layer by layer, as views."""
        leading = parameters.shape[:-1]
        parts = [parameters[..., start:stop] for start, stop in pairwise(self._ends)]
        depth = len(self._kernels)
        shapes = (kernel.weights_shape for kernel in self._kernels)
        weights = [part.reshape(*leading, *shape) for part, shape in zip(parts[:depth], shapes, strict=True)]
        return LayerParameters(weights, [part if part.shape[-1] else None for part in parts[depth:]])

    def forward(self, layers: LayerParameters, inputs: np.ndarray) -> Forward:
        """Run the network forward on inputs (…, inputs), whose leading axes broadcast against those of the weights."""
        run = Forward([_NOTHING], [()], [inputs])
        for kernel, weights, biases in zip(self._kernels, *layers, strict=True):
            net = self._checked(kernel.receive(weights, biases, run.out[-1]))
            between, out = kernel.answer(net)
            run.net.append(net)
            run.between.append(between)
            run.out.append(self._checked(out))
        return run

    def hangs_on_rounding(self, layers: LayerParameters, run: Forward) -> np.ndarray:
        """Return where rounding decides on which side of a kink a net input lies: booleans (…), for a forward pass.

        It does where the terms of a net input cancel to no more than their own rounding. A net input of exactly 0 is
        taken as exact: whole numbers cancel to it in every program.
        """
        hangs = np.zeros(run.out[-1].shape[:-1], dtype=bool)
        for index, kernel in enumerate(self._kernels):
            if not kernel.kink:
                continue
            sources, size = np.abs(run.out[index]), np.abs(run.net[index + 1])
            if index and self._kernels[index - 1].rounds_as_1:
                sources = np.maximum(1.0, sources)
            biases = layers.biases[index]
            terms = kernel.receive(np.abs(layers.weights[index]), None if biases is None else np.abs(biases), sources)
            hangs |= ((size > 0) & (size < terms / 1e15)).any(axis=-1)
        return hangs

    def loss(self, run: Forward, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the loss of each output unit (…, outputs) and their sum (…), for targets (…, outputs)."""
        shares = self._checked(self._loss.compute(targets, run.out[-1], run.net[-1]))
        return shares, self._checked(shares.sum(axis=-1))

    def backward(self, layers: LayerParameters, run: Forward, targets: np.ndarray) -> Backward:
        """Return the gradients, computed layer by layer from the outputs back; `run` is the pass of `layers`."""
        slope = self._checked(self._loss.compute_slope(targets, run.out[-1]))
        paired = bool(self._loss.pairs_with)
        out = [_NOTHING if paired else slope]
        net: list[np.ndarray] = []
        gradients: list[np.ndarray] = []
        bias_gradients: list[np.ndarray] = []
        for layer in range(len(self._kernels), 0, -1):
            kernel = self._kernels[layer - 1]
            if paired and not net:
                net.append(slope)
            else:
                net.append(self._checked(out[-1] * kernel.slope(run.net[layer])))
            outer = self._checked(kernel.weight_gradients(net[-1], run.out[layer - 1]))
            gradients.append(outer.reshape(*outer.shape[:-2], -1))
            if kernel.bias_count:
                bias_gradients.append(kernel.bias_gradients(net[-1]))
            if layer > 1 or self._input_gradients:
                out.append(self._checked(kernel.hand_back(layers.weights[layer - 1], net[-1])))
        if not self._input_gradients:
            out.append(_NOTHING)
        return Backward(
            out[::-1], [_NOTHING, *net[::-1]], np.concatenate([*gradients[::-1], *bias_gradients[::-1]], axis=-1)
        )


def error_if_infinite(values: np.ndarray) -> np.ndarray:
    """Return the values with NaN for ±∞: a spreadsheet has no infinity, an overflow is an error there."""
    return values + 0.0 * values  # quicker than asking each: 0·∞ is NaN, and a finite number stays as it is


def _as_it_is(values: np.ndarray) -> np.ndarray:
    return values
