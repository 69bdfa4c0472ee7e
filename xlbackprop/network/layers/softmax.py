"""The softmax layer: fully connected; its units share out 1 among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from xlbackprop.network.layers.dense import Dense
from xlbackprop.network.quantities import Exponential, ExponentialSum, Highest, Quantity


@dataclass(frozen=True, slots=True)
class Softmax(Dense):
    """A fully connected layer whose units answer together: each output is the unit's share in a sum over all.

    `name` and `rule` are those that a lesson and `xlbackprop parts` know it by.
    """

    name: ClassVar[str] = "softmax"
    rule: ClassVar[str] = "softmax: exp(z)/Σexp(z), each z less the largest"

    def between(self) -> Iterator[Quantity]:
        """Yield the largest net input, the exponentials of the distances to it, and their sum."""
        yield Highest(self.number)
        yield from (Exponential(self.number, unit) for unit in range(self.units))
        yield ExponentialSum(self.number)

    @property
    def between_count(self) -> int:
        """How many numbers `between` yields."""
        return self.units + 2
