"""Which number is meant, and what it is called.

A quantity is an identity, not a rule: `Weight(2, 0, 1)` is the weight into unit 0 of layer 2 from unit 1 of layer 1.
How it is computed is told twice, in `columns` and in `training`; the identity is all that the two share.

Layers count from 0 (the inputs) to the depth of the network (the outputs); units count from 0 in code and from 1 in
names. Names follow the source walkthrough: i1 h1 out_h1 o1 out_o1 t1 E1 E_Total w1…; weights are numbered layer by
layer, unit by unit. With several hidden layers h gets the layer first: h1_2 is unit 2 of hidden layer 1.

Where there are several training examples, a row of a run's table is one example looked at; a *step* is one update of
the parameters, an *epoch* one pass over all examples.

To add a quantity, write its class, name it in `Quantity` and give it a name in `Naming.name`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import TypeAlias, assert_never


@dataclass(frozen=True, slots=True)
class Epoch:
    """How often all training examples have been gone through; with a single example, how many updates were made."""


@dataclass(frozen=True, slots=True)
class Step:
    """How many updates have been made."""


@dataclass(frozen=True, slots=True)
class ExampleNumber:
    """Which example the row looks at, counted from 1."""


@dataclass(frozen=True, slots=True)
class InBatch:
    """How many examples of the current step have been looked at, this one among them."""


@dataclass(frozen=True, slots=True)
class LearningRate:
    """The learning rate of a run."""


@dataclass(frozen=True, slots=True)
class Input:
    """An input of the training example: i1."""

    unit: int


@dataclass(frozen=True, slots=True)
class Target:
    """What the network should answer: t1."""

    unit: int


@dataclass(frozen=True, slots=True)
class Weight:
    """The weight into `unit` of `layer` from `source`, a unit of the layer before: w6."""

    layer: int
    unit: int
    source: int


@dataclass(frozen=True, slots=True)
class Bias:
    """A bias of `layer`, number `index` of those that the layer has: b1.

    With a bias for each unit, `index` is the unit; with one for the whole layer it is 0.
    """

    layer: int
    index: int


Parameter: TypeAlias = Weight | Bias


@dataclass(frozen=True, slots=True)
class NetInput:
    """What a unit receives before its activation function: h1, o1."""

    layer: int
    unit: int


@dataclass(frozen=True, slots=True)
class Output:
    """What a unit passes on: out_h1, out_o1. In layer 0 it is the input itself."""

    layer: int
    unit: int


@dataclass(frozen=True, slots=True)
class Highest:
    """The largest net input of a softmax layer; softmax is computed from the distances to it: max_o."""

    layer: int


@dataclass(frozen=True, slots=True)
class Exponential:
    """e to the power of a net input's distance to the largest of its layer: exp_o1."""

    layer: int
    unit: int


@dataclass(frozen=True, slots=True)
class ExponentialSum:
    """The sum of a layer's exponentials: sum_exp_o."""

    layer: int


@dataclass(frozen=True, slots=True)
class UnitLoss:
    """The share of one output unit in the loss: E1."""

    unit: int


@dataclass(frozen=True, slots=True)
class TotalLoss:
    """The loss: E_Total."""


@dataclass(frozen=True, slots=True)
class EpochLoss:
    """The sum of the losses of the training examples looked at so far in this epoch: ΣE_Total."""


@dataclass(frozen=True, slots=True)
class Correct:
    """1 where the network names the class of the example, else 0."""


@dataclass(frozen=True, slots=True)
class Gradient:
    """How fast the loss of the row's example grows with a parameter, or on the way there with another number.

    ∂E/∂w6, ∂E/∂b1; ∂E/∂h1, ∂E/∂out_h1, ∂E/∂i1.
    """

    of: Weight | Bias | NetInput | Output | Input


@dataclass(frozen=True, slots=True)
class BatchGradient:
    """The sum of the gradients of the examples looked at so far in this step: Σ∂E/∂w6."""

    of: Weight | Bias


@dataclass(frozen=True, slots=True)
class State:
    """A number that the optimizer keeps for a parameter, by the optimizer's own letter for it: v_w6."""

    kind: str
    of: Weight | Bias


@dataclass(frozen=True, slots=True)
class Constant:
    """A number of the optimizer or of the learning-rate schedule, by its name: momentum."""

    name: str


@dataclass(frozen=True, slots=True)
class Datum:
    """An input or a target of one of several examples, counted from 0: i1 of example 3."""

    of: Input | Target
    example: int


@dataclass(frozen=True, slots=True)
class Given:
    """A number as it is typed on `Inputs` or `Data`, before any training: the starting value of a weight, say."""

    of: Input | Target | Datum | Weight | Bias | LearningRate | Constant


Quantity: TypeAlias = (
    Epoch
    | Step
    | ExampleNumber
    | InBatch
    | LearningRate
    | Input
    | Target
    | Weight
    | Bias
    | NetInput
    | Highest
    | Exponential
    | ExponentialSum
    | Output
    | UnitLoss
    | TotalLoss
    | EpochLoss
    | Correct
    | Gradient
    | BatchGradient
    | State
    | Constant
    | Datum
    | Given
)


@dataclass(frozen=True, slots=True)
class Naming:
    """Names and places of the numbers of one network.

    `sizes` is (inputs, units of layer 1, …, outputs); `biases` tells how many biases each layer that computes has: 0,
    1 (shared by its units) or one a unit. Left out, there are none.
    """

    sizes: tuple[int, ...]
    biases: tuple[int, ...] = ()

    @property
    def depth(self) -> int:
        """The number of the output layer."""
        return len(self.sizes) - 1

    def inputs(self) -> tuple[Input, ...]:
        """Return i1, i2, …"""
        return tuple(Input(unit) for unit in range(self.sizes[0]))

    def targets(self) -> tuple[Target, ...]:
        """Return t1, t2, …"""
        return tuple(Target(unit) for unit in range(self.sizes[-1]))

    def layers(self) -> range:
        """The layers that compute: 1 … depth."""
        return range(1, self.depth + 1)

    def units(self, layer: int) -> range:
        """Return the units of a layer, counted from 0; layer 0 are the inputs."""
        return range(self.sizes[layer])

    def weights(self, layer: int | None = None) -> Iterator[Weight]:
        """Yield the weights of one layer, or of all, in the order of their numbers."""
        for here in self.layers() if layer is None else (layer,):
            for unit in self.units(here):
                for source in self.units(here - 1):
                    yield Weight(here, unit, source)

    def layer_biases(self, layer: int | None = None) -> Iterator[Bias]:
        """Yield the biases of one layer, or of all, in the order of their numbers."""
        for here in self.layers() if layer is None else (layer,):
            for index in range(self.biases[here - 1] if self.biases else 0):
                yield Bias(here, index)

    def bias(self, layer: int, unit: int) -> Bias | None:
        """Return the bias that a unit adds to what it receives, or None."""
        count = self.biases[layer - 1] if self.biases else 0
        return Bias(layer, unit if count > 1 else 0) if count else None

    def fed_by(self, bias: Bias) -> range:
        """Return the units that add a bias to what they receive: one, or all of its layer."""
        units = self.units(bias.layer)
        return units if self.biases[bias.layer - 1] == 1 else units[bias.index : bias.index + 1]

    def parameters(self) -> Iterator[Parameter]:
        """Yield all weights, then all biases: the order in which flat arrays hold them."""
        yield from self.weights()
        yield from self.layer_biases()

    def output(self, layer: int, unit: int) -> Input | Output:
        """Return what a unit passes on; for layer 0 the input."""
        return Input(unit) if layer == 0 else Output(layer, unit)

    def weight_number(self, weight: Weight) -> int:
        """Return the number in a weight's name, counted from 1."""
        before = _weights_before(self.sizes)[weight.layer - 1]
        return before + weight.unit * self.sizes[weight.layer - 1] + weight.source + 1

    def parameter_number(self, parameter: Parameter) -> int:
        """Return the place of a parameter among all, counted from 1: weights first, then biases."""
        if isinstance(parameter, Weight):
            return self.weight_number(parameter)
        return _weights_before(self.sizes)[-1] + self._bias_number(parameter)

    def _bias_number(self, bias: Bias) -> int:
        return sum(self.biases[: bias.layer - 1]) + bias.index + 1

    def name(self, quantity: Quantity) -> str:
        """Return the name that every sheet, message and API uses for a quantity."""
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
def _weights_before(sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Return for each layer that computes how many weights the layers before it have; a deep network asks often."""
    return (0, *accumulate(before * units for before, units in pairwise(sizes)))
