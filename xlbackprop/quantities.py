"""Which number is meant, and what it is called.

A quantity is an identity, not a rule: `Weight(2, 0, 1)` is the weight into unit 0 of layer 2 from unit 1 of layer 1.
How it is computed is told twice, in `columns` and in `training`; the identity is all that the two share.

Layers count from 0 (the inputs) to the depth of the network (the outputs); units count from 0 in code and from 1 in
names. Names follow the source walkthrough: i1 h1 out_h1 o1 out_o1 t1 E1 E_Total w1…; weights are numbered layer by
layer, unit by unit. With several hidden layers h gets the layer first: h1_2 is unit 2 of hidden layer 1.

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
    """How many updates have been made."""


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
class UnitLoss:
    """The share of one output unit in the loss: E1."""

    unit: int


@dataclass(frozen=True, slots=True)
class TotalLoss:
    """The loss: E_Total."""


@dataclass(frozen=True, slots=True)
class Gradient:
    """How fast the loss grows with a weight, or on the way there with what a unit receives or passes on.

    ∂E/∂w6; ∂E/∂h1, ∂E/∂out_h1.
    """

    of: Weight | NetInput | Output


@dataclass(frozen=True, slots=True)
class Given:
    """A number as it is typed on `Inputs`, before any training: the starting value of a weight, say."""

    of: Input | Target | Weight | LearningRate


Quantity: TypeAlias = (
    Epoch | LearningRate | Input | Target | Weight | NetInput | Output | UnitLoss | TotalLoss | Gradient | Given
)


@dataclass(frozen=True, slots=True)
class Naming:
    """Names and places of the numbers of one network. `sizes` is (inputs, units of layer 1, …, outputs)."""

    sizes: tuple[int, ...]

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

    def output(self, layer: int, unit: int) -> Input | Output:
        """Return what a unit passes on; for layer 0 the input."""
        return Input(unit) if layer == 0 else Output(layer, unit)

    def weight_number(self, weight: Weight) -> int:
        """Return the number in a weight's name, counted from 1."""
        before = _weights_before(self.sizes)[weight.layer - 1]
        return before + weight.unit * self.sizes[weight.layer - 1] + weight.source + 1

    def name(self, quantity: Quantity) -> str:
        """Return the name that every sheet, message and API uses for a quantity."""
        match quantity:
            case Epoch():
                return "epoch"
            case LearningRate():
                return "learning rate"
            case Input(unit):
                return f"i{unit + 1}"
            case Target(unit):
                return f"t{unit + 1}"
            case Weight():
                return f"w{self.weight_number(quantity)}"
            case NetInput(layer, unit):
                return self._unit_name(layer, unit)
            case Output(layer, unit):
                return f"out_{self._unit_name(layer, unit)}" if layer else f"i{unit + 1}"
            case UnitLoss(unit):
                return f"E{unit + 1}"
            case TotalLoss():
                return "E_Total"
            case Gradient(of):
                return f"∂E/∂{self.name(of)}"
            case Given(of):
                return self.name(of)
            case _:
                assert_never(quantity)

    def _unit_name(self, layer: int, unit: int) -> str:
        if layer == self.depth:
            return f"o{unit + 1}"
        return f"h{unit + 1}" if self.depth == 2 else f"h{layer}_{unit + 1}"


@lru_cache(maxsize=16)
def _weights_before(sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Return for each layer that computes how many weights the layers before it have; a deep network asks often."""
    return (0, *accumulate(before * units for before, units in pairwise(sizes)))
