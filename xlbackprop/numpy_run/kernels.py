"""The matrix arithmetic of each kind of layer, a kernel: its forward pass, and how gradients go back through it.

Arrays may have any leading axes (…), of weight sets and examples, that broadcast against each other.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias, assert_never

import numpy as np

from xlbackprop.arithmetic import add_up, exp
from xlbackprop.network import Activation, Dense, Recipe, Softmax, activation_of
from xlbackprop.numpy_run.meant_digits import Nudges

NOTHING = np.empty(0)


class Answers(NamedTuple):
    """What a layer makes of its net inputs: numbers between, its outputs (…, units), their slopes ∂out/∂net (…, units).

    The slopes are NaN where a spreadsheet overflows; empty for softmax, in which no unit has one of its own.
    """

    between: tuple[np.ndarray, ...]
    out: np.ndarray
    slope: np.ndarray

    def out_or_error(self) -> np.ndarray:
        """Return the outputs with NaN for those that a spreadsheet cannot compute, or only with an overflow."""
        checked = self.out + 0.0 * self.out  # 0·∞ is NaN, and a finite number stays as it is
        return checked + 0.0 * self.slope if self.slope.size else checked


class _FullyConnected:
    """What all fully connected layers share. Weights are (…, units, sources), biases (…, biases) or None."""

    def __init__(self, layer: Dense) -> None:
        self.weights_shape = (layer.units, layer.sources)
        self.weight_count, self.bias_count = layer.weight_count, layer.bias_count
        self._shares_bias = layer.bias_count < layer.units

    def products(self, weights: np.ndarray, sources: np.ndarray) -> np.ndarray:
        """Return what the net inputs add up, (…, units, sources), from the outputs of the layer before (…, sources)."""
        products: np.ndarray = weights * sources[..., None, :]
        return products

    def weight_gradients(self, blame: np.ndarray, sources: np.ndarray) -> np.ndarray:
        """Return ∂E/∂w (…, units, sources) from ∂E/∂net (…, units) and the outputs of the layer before (…, sources)."""
        gradients: np.ndarray = blame[..., :, None] * sources[..., None, :]
        return gradients

    def bias_gradients(self, blame: np.ndarray) -> np.ndarray:
        """Return ∂E/∂b (…, biases) from ∂E/∂net (…, units)."""
        return add_up(blame)[..., None] if self._shares_bias else blame

    def hand_back(self, weights: np.ndarray, blame: np.ndarray) -> np.ndarray:
        """Return ∂E/∂out of the layer before (…, sources) from ∂E/∂net (…, units)."""
        return add_up(blame[..., None, :] * weights.swapaxes(-1, -2))


class DenseKernel(_FullyConnected):
    """A fully connected layer in which each output depends on its own net input alone."""

    def __init__(self, layer: Dense, activation: Activation) -> None:
        super().__init__(layer)
        self._activation = activation

    def answer(self, net: np.ndarray) -> Answers:
        """Return the outputs and their slopes; nothing is computed between."""
        return Answers((), *self._activation.compute(net))

    def nudge(self, answers: Answers, net: np.ndarray, nudges: Nudges) -> None:
        """Nudge the last digits of outputs in place, and put the slopes that follow from these."""
        if self._activation.rounds_as_1:
            nudges.as_if_from_1(answers.out)
        nudges(answers.out)
        at = slice(nudges.exact, None)
        answers.slope[at] = self.slope_at(answers.out[at], net[at])

    def slope_at(self, out: np.ndarray, net: np.ndarray) -> np.ndarray:
        """Return ∂out/∂net (…, units) for outputs that were found."""
        return self._activation.compute_slope_at(out, net)

    def through(self, blame: np.ndarray, _: np.ndarray, slope: np.ndarray) -> np.ndarray:
        """Return ∂E/∂net (…, units) from ∂E/∂out and ∂out/∂net, both (…, units)."""
        through: np.ndarray = blame * slope
        return through


class SoftmaxKernel(_FullyConnected):
    """A fully connected layer whose outputs are shares that add up to 1."""

    def answer(self, net: np.ndarray) -> Answers:
        """Return the outputs, and between largest net input (…, 1), exponentials (…, units), their sum (…, 1)."""
        highest = net.max(axis=-1, keepdims=True) + 0.0  # of 0 and −0 it is 0
        exponentials = exp(net - highest)
        exponential_sum = add_up(exponentials)[..., None]
        return Answers((highest, exponentials, exponential_sum), exponentials / exponential_sum, NOTHING)

    def nudge(self, answers: Answers, _: np.ndarray, nudges: Nudges) -> None:
        """Nudge the last digits of outputs in place."""
        nudges(answers.out)

    def through(self, blame: np.ndarray, out: np.ndarray, _: np.ndarray) -> np.ndarray:
        """Return ∂E/∂net (…, units) from ∂E/∂out and the outputs, both (…, units), by the matrix of all slopes."""
        matrix = out[..., :, None] * (np.eye(out.shape[-1]) - out[..., None, :])
        return add_up(matrix * blame[..., None, :])


Kernel: TypeAlias = DenseKernel | SoftmaxKernel


def kernels_of(recipe: Recipe) -> list[Kernel]:
    """Return the kernels of the layers 1, 2, …"""
    return [_kernel(recipe, number) for number in recipe.naming.layers()]


def _kernel(recipe: Recipe, number: int) -> Kernel:
    match recipe.naming.layer(number):
        case Softmax() as layer:
            return SoftmaxKernel(layer)
        case Dense() as layer:
            return DenseKernel(layer, activation_of(recipe.layers[number - 1]))
        case other:
            assert_never(other)
