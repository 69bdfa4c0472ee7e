"""The names of a network's quantities, e.g. "w6" or "out_h1", and lists of the quantities that it has.

Names follow the source walkthrough: i1 h1 out_h1 o1 out_o1 t1 E1 E_Total w1…; weights are numbered layer by layer, unit
by unit. With several hidden layers h gets the layer first: h1_2 is unit 2 of hidden layer 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import assert_never

from xlbackprop.network.layers import Dense, Kind, output_of
from xlbackprop.network.quantities import (
    BatchGradient,
    Bias,
    Constant,
    Correct,
    Datum,
    Epoch,
    EpochLoss,
    ExampleNumber,
    Exponential,
    ExponentialSum,
    Given,
    Gradient,
    Highest,
    InBatch,
    Input,
    LearningRate,
    NetInput,
    Output,
    Parameter,
    Quantity,
    State,
    Step,
    Target,
    TotalLoss,
    UnitLoss,
    Weight,
)


@dataclass(frozen=True, slots=True)
class Naming:
    """The names of one network's quantities, and lists of its inputs, layers, weights and biases.

    `sizes` is (inputs, units of layer 1, …, outputs). For each layer after the inputs, `biases` is the number of its
    biases (0, 1 shared by its units, or one a unit) and `kinds` its class, Dense or Softmax. Left out, there are no
    biases, and all layers are dense. Two namings are equal where their names mean the same parameters, so `kinds` does
    not count: a softmax layer has the parameters of a dense one.
    """

    sizes: tuple[int, ...]
    biases: tuple[int, ...] = ()
    kinds: tuple[type[Kind], ...] = field(default=(), compare=False)

    @property
    def depth(self) -> int:
        """The number of the output layer; the inputs are layer 0."""
        return len(self.sizes) - 1

    def inputs(self) -> tuple[Input, ...]:
        """Return the inputs: i1, i2, …"""
        return tuple(Input(unit) for unit in range(self.sizes[0]))

    def targets(self) -> tuple[Target, ...]:
        """Return the targets: t1, t2, …"""
        return tuple(Target(unit) for unit in range(self.sizes[-1]))

    def layers(self) -> range:
        """Return the numbers of the layers after the inputs: 1 … depth."""
        return range(1, self.depth + 1)

    def units(self, layer: int) -> range:
        """Return the indices of a layer's units, counted from 0; layer 0 is the inputs."""
        return range(self.sizes[layer])

    def layer(self, number: int) -> Kind:
        """Return the layer of this number, counted from 1, as a Dense or a Softmax."""
        kind = self.kinds[number - 1] if self.kinds else Dense
        biases = self.biases[number - 1] if self.biases else 0
        return kind(number, self.sizes[number - 1], self.sizes[number], biases)

    def weights(self, layer: int | None = None) -> Iterator[Weight]:
        """Yield the weights of one layer, or of all layers, in the order of their numbers: w1, w2, …"""
        for here in self.layers() if layer is None else (layer,):
            yield from self.layer(here).weights()

    def layer_biases(self, layer: int | None = None) -> Iterator[Bias]:
        """Yield the biases of one layer, or of all layers, in the order of their numbers: b1, b2, …"""
        for here in self.layers() if layer is None else (layer,):
            yield from self.layer(here).biases()

    def bias(self, layer: int, unit: int) -> Bias | None:
        """Return the bias that a unit adds to its weighted sum, or None."""
        return self.layer(layer).bias(unit)

    def fed_by(self, parameter: Parameter) -> tuple[int, ...]:
        """Return the indices of the units that a parameter feeds: one, (0,), or for a shared bias all, (0, 1)."""
        return tuple(term.net.unit for term in self.layer(parameter.layer).terms_with(parameter))

    def parameters(self) -> Iterator[Parameter]:
        """Yield all weights, then all biases: their order in flat arrays of parameters."""
        yield from self.weights()
        yield from self.layer_biases()

    def output(self, layer: int, unit: int) -> Input | Output:
        """Return the output of a unit, out_h1; in layer 0 the input, i1."""
        return output_of(layer, unit)

    def weight_number(self, weight: Weight) -> int:
        """Return the number in a weight's name: 6 for w6."""
        return self._weights_before[weight.layer - 1] + self.layer(weight.layer).place(weight) + 1

    def parameter_number(self, parameter: Parameter) -> int:
        """Return the position of a parameter in `parameters()`, counted from 1: weights first, then biases."""
        if isinstance(parameter, Weight):
            return self.weight_number(parameter)
        return self.weight_count + self._bias_number(parameter)

    @property
    def weight_count(self) -> int:
        """How many weights the network has."""
        return self._weights_before[-1]

    @property
    def _weights_before(self) -> tuple[int, ...]:
        return _weights_before(self.sizes, self.kinds)

    def _bias_number(self, bias: Bias) -> int:
        return sum(self.biases[: bias.layer - 1]) + bias.index + 1

    def name(self, quantity: Quantity) -> str:
        """Return the name that every sheet, message and API uses for a quantity, e.g. "∂E/∂w6"."""
        match quantity:
            case Input(unit):
                return f"i{unit + 1}"
            case Target(unit):
                return f"t{unit + 1}"
            case Weight():
                return f"w{self.weight_number(quantity)}"
            case Bias():
                return f"b{self._bias_number(quantity)}"
            case NetInput(layer, unit):
                return self._unit_name(layer, unit)
            case Output(layer, unit):
                return f"out_{self._unit_name(layer, unit)}" if layer else f"i{unit + 1}"
            case Highest(layer):
                return f"max_{self._layer_letter(layer)}"
            case Exponential(layer, unit):
                return f"exp_{self._unit_name(layer, unit)}"
            case ExponentialSum(layer):
                return f"sum_exp_{self._layer_letter(layer)}"
            case UnitLoss(unit):
                return f"E{unit + 1}"
            case Gradient(of):
                return f"∂E/∂{self.name(of)}"
            case BatchGradient(of):
                return f"Σ∂E/∂{self.name(of)}"
            case State(kind, of):
                return f"{kind}_{self.name(of)}"
            case Constant(name):
                return name
            case Datum(of, example):
                return f"{self.name(of)} of example {example + 1}"
            case Given(of):
                return self.name(of)
            case (
                Epoch() | Step() | ExampleNumber() | InBatch() | LearningRate() | TotalLoss() | EpochLoss() | Correct()
            ):
                return _PLAIN_NAMES[type(quantity)]
            case _:
                assert_never(quantity)

    def _unit_name(self, layer: int, unit: int) -> str:
        if layer == self.depth:
            return f"o{unit + 1}"
        return f"h{unit + 1}" if self.depth == 2 else f"h{layer}_{unit + 1}"

    def _layer_letter(self, layer: int) -> str:
        return "o" if layer == self.depth else f"h{layer}"


_PLAIN_NAMES: dict[type, str] = {
    Epoch: "epoch",
    Step: "step",
    ExampleNumber: "example",
    InBatch: "in this step",
    LearningRate: "learning rate",
    TotalLoss: "E_Total",
    EpochLoss: "ΣE_Total",
    Correct: "right",
}


@lru_cache(maxsize=16)
def _weights_before(sizes: tuple[int, ...], kinds: tuple[type[Kind], ...]) -> tuple[int, ...]:
    """Return for each layer after the inputs the number of weights in the layers before it; last, that of all weights.

    It is cached because a deep network asks often.
    """
    naming = Naming(sizes, kinds=kinds)
    return (0, *accumulate(naming.layer(number).weight_count for number in naming.layers()))
