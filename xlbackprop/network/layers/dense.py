"""The fully connected layer: each unit has a weight for each unit of the layer before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xlbackprop.network.band import Band, Part
from xlbackprop.network.layers.terms import Term, output_of
from xlbackprop.network.quantities import Bias, NetInput, Output, Parameter, Quantity, Weight

# Terms: up to here a reader follows a sum term by term, w1·i1 + w2·i2 + …; a longer one is clearer as one SUMPRODUCT,
# and the cells that it multiplies must be next to each other.
LONGEST_SUM = 8


@dataclass(frozen=True, slots=True)
class Dense:
    """A fully connected layer; each output is the activation function of the unit's own net input.

    `number` is the number of the layer, from 1; `sources` is the number of units in the layer before; `bias_count` is
    0, 1 (shared by the units) or as many as units.
    """

    number: int
    sources: int
    units: int
    bias_count: int = 0

    # ------------------------------------------------------------------------------------------------- parameters

    @property
    def weight_count(self) -> int:
        """The number of weights of the layer."""
        return self.units * self.sources

    def weights(self) -> Iterator[Weight]:
        """Yield the weights in the order of their numbers: unit by unit, and for each unit source by source."""
        for unit in range(self.units):
            for source in range(self.sources):
                yield Weight(self.number, unit, source)

    def place(self, weight: Weight) -> int:
        """Return the position of a weight in `weights()`, counted from 0."""
        return weight.unit * self.sources + weight.source

    def biases(self) -> Iterator[Bias]:
        """Yield the biases in the order of their numbers."""
        return (Bias(self.number, index) for index in range(self.bias_count))

    def bias(self, unit: int) -> Bias | None:
        """Return the bias that a unit adds to its weighted sum, or None."""
        return Bias(self.number, unit if self.bias_count > 1 else 0) if self.bias_count else None

    # ------------------------------------------------------------------------------------------------------ terms

    def terms(self, unit: int) -> tuple[Term, ...]:
        """Return the terms of a unit's net input in their order, the bias last: for h1 w1·i1, w2·i2, b1."""
        products = tuple(self._product(unit, source) for source in range(self.sources))
        bias = self.bias(unit)
        return products if bias is None else (*products, Term(NetInput(self.number, unit), bias, None))

    def terms_with(self, parameter: Parameter) -> tuple[Term, ...]:
        """Return the terms that contain a parameter: one; for a bias that the units share, one for each unit."""
        if isinstance(parameter, Weight):
            return (self._product(parameter.unit, parameter.source),)
        units = range(self.units) if self.bias_count == 1 else (parameter.index,)
        return tuple(Term(NetInput(self.number, unit), parameter, None) for unit in units)

    def terms_from(self, source: int) -> tuple[Term, ...]:
        """Return the terms with the output of a unit of the layer before: w5·out_h1 (in o1), w7·out_h1 (in o2)."""
        return tuple(self._product(unit, source) for unit in range(self.units))

    @property
    def fan_out(self) -> int:
        """The number of terms that contain the output of one unit of the layer before."""
        return self.units

    def _product(self, unit: int, source: int) -> Term:
        weight = Weight(self.number, unit, source)
        return Term(NetInput(self.number, unit), weight, output_of(self.number - 1, source))

    # ------------------------------------------------------------------------------------------- numbers of a row

    def nets(self) -> Iterator[NetInput]:
        """Yield the net inputs: h1, h2."""
        return (NetInput(self.number, unit) for unit in range(self.units))

    def outputs(self) -> Iterator[Output]:
        """Yield the outputs: out_h1, out_h2."""
        return (Output(self.number, unit) for unit in range(self.units))

    def between(self) -> Iterator[Quantity]:
        """Yield the quantities computed between net inputs and outputs: none here, three sorts in a Softmax."""
        return iter(())

    @property
    def between_count(self) -> int:
        """The number of quantities that `between` yields."""
        return 0

    @property
    def is_interleaved(self) -> bool:
        """Whether the columns alternate, h1 out_h1 h2 out_h2, instead of all net inputs before all outputs."""
        return self.units <= LONGEST_SUM and not self.between_count

    def bands(self) -> Iterator[Band]:
        """Yield the bands of net inputs and outputs, and of the quantities between, in the order of their columns."""
        if self.is_interleaved:
            yield Band(Part.UNIT, 2 * self.units, self._pairs())
            return
        yield Band(Part.UNIT, self.units, self.nets())
        yield Band(Part.JOINT, self.between_count, self.between())
        yield Band(Part.UNIT, self.units, self.outputs())

    def _pairs(self) -> Iterator[NetInput | Output]:
        for pair in zip(self.nets(), self.outputs(), strict=True):
            yield from pair
