"""The terms of a net input: h1 = w1·i1 + w2·i2 + b1 has three."""

from __future__ import annotations

from typing import NamedTuple

from xlbackprop.network.quantities import Input, NetInput, Output, Parameter


class Term(NamedTuple):
    """One term of a net input: w6·out_h2 in o1 is Term(o1, w6, out_h2). A bias is a term without a source (None).

    The terms describe a layer completely. Forward, those of a unit add up to its net input. Backward, each contributes
    ∂E/∂`net` times the parameter to ∂E/∂`source`, and ∂E/∂`net` times the source to ∂E/∂`parameter`.
    """

    net: NetInput
    parameter: Parameter
    source: Input | Output | None


def output_of(layer: int, unit: int) -> Input | Output:
    """Return the output of a unit, out_h1; in layer 0 the input, i1."""
    return Input(unit) if layer == 0 else Output(layer, unit)
