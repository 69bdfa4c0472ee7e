"""The softmax layer: fully connected; its outputs are shares that add up to 1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from xlbackprop.network.layers.dense import Dense
from xlbackprop.network.quantities import Exponential, ExponentialSum, Highest, Quantity


@dataclass(frozen=True, slots=True)
class Softmax(Dense):
    """A fully connected layer in which each output is the unit's exponential, divided by the sum over all units.

    `name` is the activation's name in a lesson; `xlbackprop parts` lists it with its `rule`.
    """

    name: ClassVar[str] = "softmax"
    rule: ClassVar[str] = "softmax: exp(z)/Σexp(z), each z less the largest"

    def between(self) -> Iterator[Quantity]:
        """Yield the largest net input, the exponentials of distances to it, their sum: max_o, exp_o1, …, sum_exp_o."""
        yield Highest(self.number)
        yield from (Exponential(self.number, unit) for unit in range(self.units))
        yield ExponentialSum(self.number)

    @property
    def between_count(self) -> int:
        """The number of quantities that `between` yields."""
        return self.units + 2
