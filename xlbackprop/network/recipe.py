"""A recipe: the choices that decide the formulas of a run's table (network, loss, training), and none of its numbers.

Two runs of one recipe have the same formulas in the same columns; they differ in their typed numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from xlbackprop.network.layers import Kind, kind_of
from xlbackprop.network.naming import Naming
from xlbackprop.network.quantities import Bias, Parameter

NO_BIAS, BIAS_A_UNIT, BIAS_A_LAYER = BIASES = ("none", "unit", "layer")


class Layer(NamedTuple):
    """A layer after the inputs: the number of its units, their activation function, and its sort of bias.

    `activation` is a name of ACTIVATIONS or JOINT_ACTIVATIONS; `bias` is "none", "unit" (one for each) or "layer" (one
    for all). Weights and biases that are not trained (`trains_weights`, `trains_bias`) keep their starting values.
    `parameters` are those of the activation function, (0.2,) for a leaky ReLU; empty where they are the standard ones.
    """

    units: int
    activation: str
    bias: str = NO_BIAS
    trains_bias: bool = True
    parameters: tuple[float, ...] = ()
    trains_weights: bool = True

    @property
    def biases(self) -> int:
        """The number of biases of the layer."""
        return {NO_BIAS: 0, BIAS_A_UNIT: self.units, BIAS_A_LAYER: 1}[self.bias]

    @property
    def kind(self) -> type[Kind]:
        """The class of the layer: Dense or Softmax."""
        return kind_of(self.activation)


@dataclass(frozen=True, slots=True)
class Recipe:
    """The network of a run and its training, without numbers.

    `loss`, `optimizer` and `schedule` are keys of LOSSES, OPTIMIZERS and SCHEDULES; `constants` are the names of the
    hyperparameters, e.g. "momentum". `inside_root` is True for √(s + ε), False for √s + ε. `examples` is the number of
    training examples, `held_back` that of test examples, which have rows in the last epoch alone; `batch` examples
    make a step, whose gradients are averaged (`mean`) or added. With `expanded` each ∂E/∂w is one formula written out
    in full; without it the table has columns for ∂E/∂out and ∂E/∂net too, and each formula is short.
    `input_gradients` adds the columns ∂E/∂i1, …, and `accuracy` a column that is 1 where the class is right.
    `loss_parameters` are the numbers of the loss, (2.0,) for a Huber loss; empty where they are the standard ones.
    With `decays_in_loss` the weight decay λ is a penalty in the loss: ½·λ·Σw² is part of E_Total, and λ·w of ∂E/∂w;
    without it the update alone adds λ·w to the gradient. `frozen` are single parameters that keep their starting
    values, whatever their layer trains.
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
    loss_parameters: tuple[float, ...] = ()
    decays_in_loss: bool = False
    frozen: frozenset[Parameter] = frozenset()

    @property
    def sizes(self) -> tuple[int, ...]:
        """(inputs, units of layer 1, …, outputs)."""
        return (self.inputs, *(layer.units for layer in self.layers))

    @property
    def naming(self) -> Naming:
        """The Naming of this network: names and lists of its quantities."""
        layers = self.layers
        return Naming(self.sizes, tuple(layer.biases for layer in layers), tuple(layer.kind for layer in layers))

    @property
    def single(self) -> bool:
        """Whether there is one example only; then every row is a step and an epoch."""
        return self.examples == 1 and not self.held_back

    @property
    def sums(self) -> bool:
        """Whether the gradients of several examples are added up for a step."""
        return self.batch > 1

    @property
    def steps(self) -> int:
        """The number of updates in an epoch; the last step of an epoch may have fewer examples."""
        return -(-self.examples // self.batch)

    @property
    def rows(self) -> int:
        """The number of rows of the run's table: one for each example in each epoch, then the test examples."""
        return self.examples * (self.epochs + 1) + self.held_back

    def row_of(self, epoch: int) -> int:
        """Return the index of the first row of an epoch, counted from 0."""
        return epoch * self.examples

    def is_trained(self, parameter: Parameter) -> bool:
        """Return whether the updates change this parameter."""
        return parameter not in self.frozen and self._layer_trains(parameter)

    def _layer_trains(self, parameter: Parameter) -> bool:
        layer = self.layers[parameter.layer - 1]
        return layer.trains_bias if isinstance(parameter, Bias) else layer.trains_weights

    def has_gradient(self, parameter: Parameter) -> bool:
        """Return whether a row has ∂E/∂ of this parameter: all have it but the biases that a layer does not train.

        That of a frozen weight is part of the chain rule and its proof; no update uses it.
        """
        return not isinstance(parameter, Bias) or self.layers[parameter.layer - 1].trains_bias

    @property
    def trained(self) -> tuple[Parameter, ...]:
        """The parameters that the updates change, weights first."""
        return tuple(parameter for parameter in self.naming.parameters() if self.is_trained(parameter))

    @property
    def trained_count(self) -> int:
        """The number of trained parameters, counted without listing them: there may be millions."""
        weights = sum(
            layer.units * sources
            for layer, sources in zip(self.layers, self.sizes, strict=False)
            if layer.trains_weights
        )
        biases = sum(layer.biases for layer in self.layers if layer.trains_bias)
        return weights + biases - sum(map(self._layer_trains, self.frozen))

    @property
    def with_gradient(self) -> tuple[Parameter, ...]:
        """The parameters of which a row has ∂E/∂, weights first."""
        return tuple(filter(self.has_gradient, self.naming.parameters()))

    @property
    def gradient_count(self) -> int:
        """The number of parameters of which a row has ∂E/∂."""
        return self.naming.weight_count + sum(layer.biases for layer in self.layers if layer.trains_bias)

    @property
    def freezes(self) -> bool:
        """Whether a row has ∂E/∂ of parameters that no update changes."""
        return self.trained_count < self.gradient_count
