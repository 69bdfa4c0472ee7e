"""The products that a net input is a sum of."""

from __future__ import annotations

from typing import NamedTuple

from xlbackprop.network.quantities import Input, NetInput, Output, Parameter


class Term(NamedTuple):
    """One product of a net input: w6·out_h2 of o1 is Term(o1, w6, out_h2); a bias is added as it is, its source None.

    All that a layer does is in its terms: the forward pass adds up those of a unit; back, each hands ∂E/∂`net` times
    the parameter to its source, and times the source to its parameter.
    """

    net: NetInput
    parameter: Parameter
    source: Input | Output | None


def output_of(layer: int, unit: int) -> Input | Output:
    """Return the number that a unit passes on, out_h1; of layer 0 the input, i1."""
    return Input(unit) if layer == 0 else Output(layer, unit)
