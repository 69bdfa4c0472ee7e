"""The loss functions, each defined twice: as a formula for the sheet, and in NumPy.

To add one, write its entry below and name it in LOSSES; the tests find it there.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple

import numpy as np

from xlbackprop import arithmetic
from xlbackprop.network.expression import Condition, Expression, Function, Number, call, if_else


class Answer(NamedTuple):
    """The trees from which the loss of one output unit is built.

    `t` is its target, `a` its output, `z` its net input; `units` is the number of output units. For softmax alone:
    `highest` is the largest net input, `exponential_sum` the sum of exp(z − highest) over the units.
    """

    t: Expression
    a: Expression
    z: Expression
    units: int
    highest: Expression
    exponential_sum: Expression


class Targets(Enum):
    """Which targets a loss is defined for."""

    ANY = auto()
    BETWEEN_0_AND_1 = auto()
    SHARES_OF_1 = auto()  # each at least 0; those of an example add up to 1


class Loss(NamedTuple):
    """One loss function: a sum over the output units.

    For the sheet, as trees for one unit: `formula` is the unit's share of the loss, `slope` is ∂E/∂out. In NumPy, on
    arrays (…, outputs): `compute(targets, outputs, net inputs)` returns the shares, `compute_slope(targets, outputs)`
    the slopes. A loss with `pairs_with` ("sigmoid") goes with that activation alone. It is computed from the net input,
    where no digit is lost, and its slope is ∂E/∂net: the derivatives of loss and activation in one.
    `rule` is the loss as a formula of mathematics; `targets` are those that it is defined for. `textbook`, where it is
    another formula than the one that is computed, gives the same share as a textbook writes it.
    """

    name: str
    rule: str
    formula: Callable[[Answer], Expression]
    slope: Callable[[Answer], Expression]
    compute: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    compute_slope: Callable[[np.ndarray, np.ndarray], np.ndarray]
    pairs_with: str = ""
    targets: Targets = Targets.ANY
    textbook: Callable[[Answer], Expression] | None = None


def _over_outputs(share: Expression, at: Answer) -> Expression:
    """Return a share of the mean over the outputs; of a single one it is the share itself."""
    return share / float(at.units) if at.units > 1 else share


HALF_SQUARED_ERROR = Loss(
    name="half squared error",
    rule="E = ½·(t − out)²",
    formula=lambda at: 0.5 * (at.t - at.a) ** 2.0,
    slope=lambda at: at.a - at.t,
    compute=lambda t, a, z: np.square(a - t) / 2.0,
    compute_slope=lambda t, a: -(t - a),
)

MEAN_SQUARED_ERROR = Loss(
    name="mean squared error",
    rule="E = (t − out)²/n, n being the number of outputs",
    formula=lambda at: _over_outputs((at.t - at.a) ** 2.0, at),
    slope=lambda at: _over_outputs(2.0 * (at.a - at.t), at),
    compute=lambda t, a, z: np.square(a - t) / a.shape[-1],
    compute_slope=lambda t, a: -(t - a) / (0.5 * a.shape[-1]),
)

BINARY_CROSS_ENTROPY = Loss(
    name="binary cross-entropy",
    rule="E = −t·ln(out) − (1 − t)·ln(1 − out), computed from the net input",
    formula=lambda at: (
        if_else(Condition(at.z, ">", 0.0), at.z, 0.0)
        - at.z * at.t
        + call(Function.LN, 1.0 + call(Function.EXP, -call(Function.ABS, at.z)))
    ),
    slope=lambda at: at.a - at.t,
    compute=lambda t, a, z: (1.0 - t) * arithmetic.softplus(z)[0] + t * arithmetic.softplus(-z)[0],
    compute_slope=lambda t, a: a * (1.0 - t) - (1.0 - a) * t,
    pairs_with="sigmoid",
    targets=Targets.BETWEEN_0_AND_1,
    textbook=lambda at: -at.t * call(Function.LN, at.a) - (1.0 - at.t) * call(Function.LN, 1.0 - at.a),
)

CATEGORICAL_CROSS_ENTROPY = Loss(
    name="categorical cross-entropy",
    rule="E = −t·ln(out), computed from the net inputs",
    formula=lambda at: at.t * call(Function.LN, at.exponential_sum) - at.t * (at.z - at.highest),
    slope=lambda at: at.a - at.t,
    compute=lambda t, a, z: -t * (z - np.max(z, axis=-1, keepdims=True) - arithmetic.log(_exponential_sum(z))),
    compute_slope=lambda t, a: -(t - a),
    pairs_with="softmax",
    targets=Targets.SHARES_OF_1,
    textbook=lambda at: -at.t * call(Function.LN, at.a),
)

OUTPUT_ITSELF = Loss(
    name="the output itself",
    rule="E = out, whatever the target: ∂E/∂w is then how the output moves with w",
    formula=lambda at: at.a,
    slope=lambda at: Number(1.0),
    compute=lambda t, a, z: a + 0.0 * t,
    compute_slope=lambda t, a: np.ones_like(a) + 0.0 * t,
)


def _exponential_sum(z: np.ndarray) -> np.ndarray:
    return arithmetic.add_up(arithmetic.exp(z - np.max(z, axis=-1, keepdims=True)))[..., None]


LOSSES = {
    entry.name: entry
    for entry in (
        HALF_SQUARED_ERROR,
        MEAN_SQUARED_ERROR,
        BINARY_CROSS_ENTROPY,
        CATEGORICAL_CROSS_ENTROPY,
        OUTPUT_ITSELF,
    )
}
