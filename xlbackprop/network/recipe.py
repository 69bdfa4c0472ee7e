"""The choices that decide the formulas of a run's table, and none of its numbers: network, loss, way of training.

Two runs of one recipe have the same formulas in the same columns; they differ in what is typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from xlbackprop.network.layers import Kind, kind_of
from xlbackprop.network.naming import Naming
from xlbackprop.network.quantities import Bias, Parameter

NO_BIAS, BIAS_A_UNIT, BIAS_A_LAYER = BIASES = ("none", "unit", "layer")


class Layer(NamedTuple):
    """A layer that computes: its units, their activation function, and one of `BIASES`.

    `activation` is a name of ACTIVATIONS or JOINT_ACTIVATIONS. A bias that is not trained keeps its starting value.
    """

    units: int
    activation: str
    bias: str = NO_BIAS
    trains_bias: bool = True

    @property
    def biases(self) -> int:
        """How many biases the layer has."""
        return {NO_BIAS: 0, BIAS_A_UNIT: self.units, BIAS_A_LAYER: 1}[self.bias]

    @property
    def kind(self) -> type[Kind]:
        """The kind of layer that this is, e.g. Dense."""
        return kind_of(self.activation)


@dataclass(frozen=True, slots=True)
class Recipe:
    """The network of a run and the way of its training, without numbers.

    `loss`, `optimizer` and `schedule` are names of entries of LOSSES, OPTIMIZERS and SCHEDULES; `constants` the names
    of the numbers that optimizer and schedule are given. `inside_root` tells where ε stands: √(s + ε) or √s + ε.
    `examples` counts those trained on, `held_back` those that are only looked at in the last epoch; `batch` examples
    make a step, whose gradients are averaged (`mean`) or added. `expanded` tells whether each ∂E/∂w is one formula
    written out in full, and not the end of a chain of short ones.
    """

    inputs: int
    layers: tuple[Layer, ...]
    loss: str
    epochs: int
    optimizer: str = "gradient descent"
    schedule: str = "constant"
    constants: tuple[str, ...] = ()
    inside_root: bool = False
    examples: int = 1
    held_back: int = 0
    batch: int = 1
    mean: bool = True
    expanded: bool = True
    input_gradients: bool = False
    accuracy: bool = False

    @property
    def sizes(self) -> tuple[int, ...]:
        """(inputs, units of layer 1, …, outputs)."""
        return (self.inputs, *(layer.units for layer in self.layers))

    @property
    def naming(self) -> Naming:
        """The names of this network's numbers."""
        layers = self.layers
        return Naming(self.sizes, tuple(layer.biases for layer in layers), tuple(layer.kind for layer in layers))

    @property
    def single(self) -> bool:
        """Whether there is one example only: then a row, a step and an epoch are the same."""
        return self.examples == 1 and not self.held_back

    @property
    def sums(self) -> bool:
        """Whether gradients are gathered over several examples before a step."""
        return self.batch > 1

    @property
    def steps(self) -> int:
        """How many updates an epoch has; the last step of an epoch may have fewer examples."""
        return -(-self.examples // self.batch)

    @property
    def rows(self) -> int:
        """How many rows the run's table has: one for each example, epoch 0 to the last; then those held back."""
        return self.examples * (self.epochs + 1) + self.held_back

    def row_of(self, epoch: int) -> int:
        """Return the row, counted from 0, in which an epoch begins."""
        return epoch * self.examples

    def is_trained(self, parameter: Parameter) -> bool:
        """Return whether the updates move this parameter."""
        return not isinstance(parameter, Bias) or self.layers[parameter.layer - 1].trains_bias

    @property
    def trained(self) -> tuple[Parameter, ...]:
        """The parameters that the updates move, weights first."""
        return tuple(parameter for parameter in self.naming.parameters() if self.is_trained(parameter))

    @property
    def trained_count(self) -> int:
        """How many parameters the updates move; told without a list, there may be millions."""
        biases = sum(layer.biases for layer in self.layers if layer.trains_bias)
        return self.naming.weight_count + biases
