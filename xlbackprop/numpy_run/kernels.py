"""The matrix arithmetic of each kind of layer, a kernel: its forward pass, and how gradients go back through it.

Arrays may have any leading axes (…), of weight sets and examples, that broadcast against each other.
"""

from __future__ import annotations

from typing import TypeAlias, assert_never

import numpy as np

from xlbackprop.network import ACTIVATIONS, Activation, Dense, Recipe, Softmax


class _FullyConnected:
    """What all fully connected layers share. Weights are (…, units, sources), biases (…, biases) or None.

    `kink` is True where the slope of the outputs jumps at a net input of 0; `rounds_as_1` where a spreadsheet computes
    an output from 1 + …, so that digits far below 1 are lost in it.
    """

    kink = False
    rounds_as_1 = False

    def __init__(self, layer: Dense) -> None:
        self.weights_shape = (layer.units, layer.sources)
        self.weight_count, self.bias_count = layer.weight_count, layer.bias_count
        self._shares_bias = layer.bias_count < layer.units

    def receive(self, weights: np.ndarray, biases: np.ndarray | None, sources: np.ndarray) -> np.ndarray:
        """Return the net inputs (…, units) from the outputs of the layer before (…, sources)."""
        received: np.ndarray = (weights @ sources[..., None])[..., 0]
        return received if biases is None else received + biases

    def weight_gradients(self, blame: np.ndarray, sources: np.ndarray) -> np.ndarray:
        """Return ∂E/∂w (…, units, sources) from ∂E/∂net (…, units) and the outputs of the layer before (…, sources)."""
        gradients: np.ndarray = blame[..., :, None] * sources[..., None, :]
        return gradients

    def bias_gradients(self, blame: np.ndarray) -> np.ndarray:
        """Return ∂E/∂b (…, biases) from ∂E/∂net (…, units)."""
        return blame.sum(axis=-1, keepdims=True) if self._shares_bias else blame

    def hand_back(self, weights: np.ndarray, blame: np.ndarray) -> np.ndarray:
        """Return ∂E/∂out of the layer before (…, sources) from ∂E/∂net (…, units)."""
        handed: np.ndarray = (blame[..., None, :] @ weights)[..., 0, :]
        return handed


class DenseKernel(_FullyConnected):
    """A fully connected layer in which each output depends on its own net input alone."""

    def __init__(self, layer: Dense, activation: Activation) -> None:
        super().__init__(layer)
        self._activation = activation
        self.kink, self.rounds_as_1 = activation.kink, activation.rounds_as_1

    def answer(self, net: np.ndarray) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
        """Return an empty tuple, since nothing is computed between, and the outputs (…, units)."""
        return (), self._activation.compute(net)

    def slope(self, net: np.ndarray) -> np.ndarray:
        """Return ∂out/∂net (…, units)."""
        return self._activation.compute_slope(net)

    def slope_at(self, out: np.ndarray, net: np.ndarray) -> np.ndarray:
        """Return ∂out/∂net (…, units) for outputs that were found."""
        return self._activation.compute_slope_at(out, net)


class SoftmaxKernel(_FullyConnected):
    """A fully connected layer whose outputs are shares that add up to 1."""

    def answer(self, net: np.ndarray) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
        """Return (largest net input (…, 1), exponentials (…, units), their sum (…, 1)) and the outputs (…, units)."""
        highest = net.max(axis=-1, keepdims=True)
        exponentials = np.exp(net - highest)
        exponential_sum = exponentials.sum(axis=-1, keepdims=True)
        return (highest, exponentials, exponential_sum), exponentials / exponential_sum

    def slope(self, net: np.ndarray) -> np.ndarray:
        """Raise NotImplementedError: the loss of softmax gives ∂E/∂net at once."""
        raise NotImplementedError


Kernel: TypeAlias = DenseKernel | SoftmaxKernel


def kernels_of(recipe: Recipe) -> list[Kernel]:
    """Return the kernels of the layers 1, 2, …"""
    return [_kernel(recipe, number) for number in recipe.naming.layers()]


def _kernel(recipe: Recipe, number: int) -> Kernel:
    match recipe.naming.layer(number):
        case Softmax() as layer:
            return SoftmaxKernel(layer)
        case Dense() as layer:
            return DenseKernel(layer, ACTIVATIONS[recipe.layers[number - 1].activation])
        case other:
            assert_never(other)
