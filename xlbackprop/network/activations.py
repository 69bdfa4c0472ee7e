"""The activation functions, each defined twice: as a formula for the sheet, and in NumPy.

The two definitions differ on purpose, so that a slip in one is not repeated in the other: the sheet takes the slope
from the unit's output a where the textbooks do, NumPy takes it from the net input z. Where NumPy judges numbers that
were found, it takes the slope from the output, too: one near 1 is rounded, and only from it do its digits follow.

To add one, write its entry below and name it in ACTIVATIONS; the tests find it there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from xlbackprop import arithmetic
from xlbackprop.network.expression import Condition, Expression, Function, call, if_else


class Activation(NamedTuple):
    """One activation function of a single unit.

    `symbol` is its sign in mathematics ("σ"), `rule` its definition ("σ(z) = 1/(1 + exp(−z))").
    For the sheet, as trees: `formula(z)` is the output for the net input z; `slope(a, z)` lists the factors of ∂a/∂z,
    from the output a and z. In NumPy, elementwise on arrays of any shape: `compute(z)` is the output and its slope
    ∂a/∂z, both from z, since they share the powers of e; the slope is NaN where a spreadsheet overflows.
    `compute_slope_at(a, z)` is ∂a/∂z for an output a that was found, rounded as it is.
    `kink` is True where the slope jumps at z = 0, `rounds_as_1` where the sheet computes the output from 1 + …, so
    that digits far below 1 are lost in it.
    """

    name: str
    symbol: str
    rule: str
    formula: Callable[[Expression], Expression]
    slope: Callable[[Expression, Expression], list[Expression]]
    compute: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
    compute_slope_at: Callable[[np.ndarray, np.ndarray], np.ndarray]
    kink: bool = False
    rounds_as_1: bool = False


def _sigmoid(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    power = arithmetic.exp(-z)
    out = arithmetic.ONE / (arithmetic.ONE + power)
    return out, power * out * out  # ∞·0 is NaN


SIGMOID = Activation(
    name="sigmoid",
    symbol="σ",
    rule="σ(z) = 1/(1 + exp(−z))",
    formula=lambda z: 1.0 / (1.0 + call(Function.EXP, -z)),
    slope=lambda a, z: [a, 1.0 - a],
    compute=_sigmoid,
    compute_slope_at=lambda a, z: a * (arithmetic.ONE - a),
)

IDENTITY = Activation(
    name="identity",
    symbol="",
    rule="the net input itself",
    formula=lambda z: z,
    slope=lambda a, z: [],
    compute=lambda z: (z + 0.0, np.ones_like(z)),
    compute_slope_at=lambda a, z: np.ones_like(z),
)

TANH = Activation(
    name="tanh",
    symbol="tanh",
    rule="tanh(z)",
    formula=lambda z: call(Function.TANH, z),
    slope=lambda a, z: [1.0 - a**2.0],
    compute=arithmetic.tanh,
    compute_slope_at=lambda a, z: 1.0 - np.square(a),
)

RELU = Activation(
    name="ReLU",
    symbol="ReLU",
    rule="ReLU(z) = z where z > 0, else 0",
    formula=lambda z: if_else(Condition(z, ">", 0.0), z, 0.0),
    slope=lambda a, z: [if_else(Condition(z, ">", 0.0), 1.0, 0.0)],
    compute=lambda z: (np.maximum(z, 0.0) + 0.0, np.heaviside(z, 0.0)),  # of 0 and −0 it is 0
    compute_slope_at=lambda a, z: np.heaviside(z, 0.0),
    kink=True,
)

LEAKY_RELU = Activation(
    name="leaky ReLU",
    symbol="leaky ReLU",
    rule="leaky ReLU(z) = z where z > 0, else 0.01·z",
    formula=lambda z: if_else(Condition(z, ">", 0.0), z, 0.01 * z),
    slope=lambda a, z: [if_else(Condition(z, ">", 0.0), 1.0, 0.01)],
    compute=lambda z: (np.maximum(z, z / 100.0), 0.01 + 0.99 * np.heaviside(z, 0.0)),
    compute_slope_at=lambda a, z: 0.01 + 0.99 * np.heaviside(z, 0.0),
    kink=True,
)

SOFTPLUS = Activation(
    name="softplus",
    symbol="softplus",
    rule="softplus(z) = ln(1 + exp(z)), written so that no exponential overflows",
    formula=lambda z: (
        if_else(Condition(z, ">", 0.0), z, 0.0) + call(Function.LN, 1.0 + call(Function.EXP, -call(Function.ABS, z)))
    ),
    slope=lambda a, z: [1.0 - call(Function.EXP, -a)],
    compute=arithmetic.softplus,
    compute_slope_at=lambda a, z: 1.0 - arithmetic.exp(-a),
    rounds_as_1=True,
)

ACTIVATIONS = {entry.name: entry for entry in (SIGMOID, IDENTITY, TANH, RELU, LEAKY_RELU, SOFTPLUS)}
