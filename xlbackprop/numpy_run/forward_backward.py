"""The network in NumPy, forward and back, a layer at a time; the formulas are compared with it.

This side must not import `taught`, where the chain rule is written out: the proof is that both agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from xlbackprop.arithmetic import add_up, error_if_infinite
from xlbackprop.network import ACTIVATIONS, Recipe, loss_of
from xlbackprop.numpy_run.kernels import NOTHING, DenseKernel, kernels_of
from xlbackprop.numpy_run.meant_digits import Nudges


class Forward(NamedTuple):
    """One forward pass for any number of weight sets and examples at once (leading axes …).

    `net[l]` and `out[l]` are (…, units of layer l); `net[0]` is empty and `out[0]` the inputs. `between[l]` holds, for
    softmax, the largest net input (…, 1), the exponentials (…, units) and their sum (…, 1); else it is (). `slope[l]`
    is ∂out/∂net (…, units) where it was computed with the outputs, else empty.
    A number is NaN where a spreadsheet shows an error.
    """

    net: list[np.ndarray]
    between: list[tuple[np.ndarray, ...]]
    out: list[np.ndarray]
    slope: list[np.ndarray]


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


class Network:
    """The network of a recipe as matrices, with its activations and loss. No method changes what it is given.

    Where a spreadsheet overflows, the numbers are NaN; `trusting` leaves that check out, for a caller that has NumPy
    raise FloatingPointError at an overflow. `nudges` move the last digit of each result of some weight sets.
    """

    def __init__(self, recipe: Recipe, *, trusting: bool = False, nudges: Nudges | None = None) -> None:
        self._kernels = kernels_of(recipe)
        weights, biases = zip(*((kernel.weight_count, kernel.bias_count) for kernel in self._kernels), strict=True)
        self._ends = np.cumsum([0, *weights, *biases]).tolist()
        self._loss = loss_of(recipe)
        self._input_gradients = recipe.input_gradients
        self._trusting, self._nudges = trusting, nudges
        self._checked = _as_it_is if trusting else error_if_infinite

    def layers(self, parameters: np.ndarray) -> LayerParameters:
        """Return flat parameters (…, number of parameters) layer by layer, as views."""
        leading = parameters.shape[:-1]
        parts = [parameters[..., start:stop] for start, stop in pairwise(self._ends)]
        depth = len(self._kernels)
        shapes = (kernel.weights_shape for kernel in self._kernels)
        weights = [part.reshape(*leading, *shape) for part, shape in zip(parts[:depth], shapes, strict=True)]
        return LayerParameters(weights, [part if part.shape[-1] else None for part in parts[depth:]])

    def forward(self, layers: LayerParameters, inputs: np.ndarray, found: Forward | None = None) -> Forward:
        """Run the network forward on inputs (…, inputs), whose leading axes broadcast against those of the weights.

        Each step goes on from what the one before it gives; where a pass is found, from what stands there instead.
        """
        run = Forward([NOTHING], [()], [inputs], [NOTHING])
        read = run if found is None else found
        for layer, (kernel, weights, biases) in enumerate(zip(self._kernels, *layers, strict=True), start=1):
            products = kernel.products(weights, read.out[layer - 1])
            run.net.append(self._checked(self._received(products, biases)))
            answers = kernel.answer(read.net[layer])
            if self._nudges is not None:
                kernel.nudge(answers, read.net[layer], self._nudges)
            run.between.append(answers.between)
            run.out.append(answers.out if self._trusting else answers.out_or_error())
            run.slope.append(answers.slope)
        return run

    def _received(self, products: np.ndarray, biases: np.ndarray | None) -> np.ndarray:
        """Return net inputs (…, units) from their products; one that cancels to 0 is 0, whatever is nudged."""
        if self._nudges is None or not self._nudges.keeps_short:
            summed = add_up(products if self._nudges is None else self._nudges(products))
            return summed if biases is None else summed + biases
        exact, nudged = add_up(products), add_up(self._nudges(products))
        if biases is not None:
            exact, nudged = exact + biases, nudged + biases
        return np.where(exact == 0, 0.0, nudged)

    def loss(self, run: Forward, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the loss of each output unit (…, outputs) and their sum (…), for targets (…, outputs)."""
        shares = self._checked(self._loss.compute(targets, run.out[-1], run.net[-1]))
        if self._nudges is not None:
            self._nudges(shares)
        return shares, self._checked(add_up(shares))

    def slopes(self, run: Forward) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return ∂out/∂net of each layer (…, units) from its outputs as they stand in a pass, and from its net inputs.

        Both are empty for layer 0 and for softmax, in which no unit has a slope of its own.
        """
        at, of = [NOTHING], [NOTHING]
        for kernel, out, net in zip(self._kernels, run.out[1:], run.net[1:], strict=True):
            at.append(kernel.slope_at(out, net) if isinstance(kernel, DenseKernel) else NOTHING)
            of.append(kernel.answer(net).slope)
        return at, of

    def backward(
        self,
        layers: LayerParameters,
        run: Forward,
        targets: np.ndarray,
        found: Backward | None = None,
        slopes: Sequence[np.ndarray] | None = None,
    ) -> Backward:
        """Return the gradients, computed layer by layer from the outputs back; `run` is the pass of `layers`.

        As in `forward`, each step goes on from what is found, where that is given. `slopes` are ∂out/∂net of each
        layer, by default those computed with the outputs.
        """
        depth, slopes = len(self._kernels), run.slope if slopes is None else slopes
        out, net = [NOTHING] * (depth + 1), [NOTHING] * (depth + 1)
        read_out, read_net = (out, net) if found is None else (found.out, found.net)
        paired = bool(self._loss.pairs_with)
        (net if paired else out)[depth] = self._checked(self._loss.compute_slope(targets, run.out[-1]))
        gradients: list[np.ndarray] = []
        bias_gradients: list[np.ndarray] = []
        for layer in range(depth, 0, -1):
            kernel = self._kernels[layer - 1]
            if layer < depth or not paired:
                net[layer] = self._checked(kernel.through(read_out[layer], run.out[layer], slopes[layer]))
            outer = self._checked(kernel.weight_gradients(read_net[layer], run.out[layer - 1]))
            gradients.append(outer.reshape(*outer.shape[:-2], -1))
            if kernel.bias_count:
                bias_gradients.append(kernel.bias_gradients(read_net[layer]))
            if layer > 1 or self._input_gradients:
                out[layer - 1] = self._checked(kernel.hand_back(layers.weights[layer - 1], read_net[layer]))
        return Backward(out, net, np.concatenate([*gradients[::-1], *bias_gradients[::-1]], axis=-1))


def nudges_of(recipe: Recipe, exact: int = 0) -> Nudges:
    """Return nudges for the networks of a recipe; the first `exact` weight sets stay as they are."""
    return Nudges(
        exact, keeps_short=any(getattr(ACTIVATIONS.get(of.activation), "kink", False) for of in recipe.layers)
    )


def _as_it_is(values: np.ndarray) -> np.ndarray:
    return values
