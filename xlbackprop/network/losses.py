"""The loss functions, each defined twice: as a formula for the sheet, and in NumPy.

To add one, write its entry below and name it in LOSSES; the tests find it there. One with parameters is made by a
function of them; what stands in LOSSES is that with the standard ones.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple

import numpy as np

from xlbackprop import arithmetic
from xlbackprop.network.expression import NEXT_TO_0, Condition, Expression, Function, Number, call, if_else, product
from xlbackprop.network.layers import JOINT_ACTIVATIONS, Softmax
from xlbackprop.network.optimizers import Hyperparameter, named
from xlbackprop.network.recipe import Recipe


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
    SIGNS = auto()  # −1 or 1


class Loss(NamedTuple):
    """One loss function: a sum over the output units.

    For the sheet, as trees for one unit: `formula` is the unit's share of the loss, `slope` is ∂E/∂out. In NumPy, on
    arrays (…, outputs): `compute(targets, outputs, net inputs)` returns the shares, `compute_slope(targets, outputs)`
    the slopes. A loss with `pairs_with` ("sigmoid") goes with that activation alone. It is computed from the net input,
    where no digit is lost, and its slope is ∂E/∂net: the derivatives of loss and activation in one.
    `rule` is the loss as a formula of mathematics; `targets` are those that it is defined for, and `activations` those
    of the outputs, empty where any will do. `parameters` are the numbers of the loss that a lesson may give, and
    `made` returns the entry for others. `textbook`, where it is another formula than the one that is computed, gives
    the same share as a textbook writes it.
    """

    name: str
    rule: str
    formula: Callable[[Answer], Expression]
    slope: Callable[[Answer], Expression]
    compute: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    compute_slope: Callable[[np.ndarray, np.ndarray], np.ndarray]
    pairs_with: str = ""
    targets: Targets = Targets.ANY
    activations: tuple[str, ...] = ()
    parameters: tuple[Hyperparameter, ...] = ()
    made: Callable[..., Loss] | None = None
    textbook: Callable[[Answer], Expression] | None = None


def loss_of(recipe: Recipe) -> Loss:
    """Return the loss of a recipe, with its parameters."""
    entry = LOSSES[recipe.loss]
    return entry.made(*recipe.loss_parameters) if entry.made and recipe.loss_parameters else entry


def mixes_outputs(recipe: Recipe) -> bool:
    """Return whether a net input of the last layer moves the loss through every output: softmax with a loss of outputs.

    A loss that is paired with softmax gives ∂E/∂net at once instead.
    """
    return recipe.layers[-1].activation in JOINT_ACTIVATIONS and not LOSSES[recipe.loss].pairs_with


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

SQUARED_ERROR = Loss(
    name="squared error",
    rule="E = (t − out)²",
    formula=lambda at: (at.t - at.a) ** 2.0,
    slope=lambda at: 2.0 * (at.a - at.t),
    compute=lambda t, a, z: np.square(a - t),
    compute_slope=lambda t, a: -(t - a) / 0.5,
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


def _mean_of(loss: Loss) -> Loss:
    """Return a loss with the mean over the outputs in the place of the sum, as PyTorch and Keras take it."""
    textbook = loss.textbook
    return loss._replace(
        name=f"mean {loss.name}",
        rule=f"{loss.rule}, and divided by n, the number of outputs",
        formula=lambda at: _over_outputs(loss.formula(at), at),
        slope=lambda at: _over_outputs(loss.slope(at), at),
        textbook=None if textbook is None else lambda at: _over_outputs(textbook(at), at),
        compute=lambda t, a, z: loss.compute(t, a, z) * (1.0 / a.shape[-1]),
        compute_slope=lambda t, a: loss.compute_slope(t, a) * (1.0 / a.shape[-1]),
    )


MEAN_BINARY_CROSS_ENTROPY = _mean_of(BINARY_CROSS_ENTROPY)
MEAN_CATEGORICAL_CROSS_ENTROPY = _mean_of(CATEGORICAL_CROSS_ENTROPY)


def _slope_of_logs(at: Answer) -> Expression:
    """Return (out − t)/(out·(1 − out)); where an output is 0 or 1 its loss is an error, and the divisor 1."""
    both = at.a * (1.0 - at.a)
    return (at.a - at.t) / (both + if_else(Condition(both, ">", 0.0), 0.0, 1.0))


TWO_TERM_LOG_LOSS = Loss(
    name="two-term log loss",
    rule="E = −t·ln(out) − (1 − t)·ln(1 − out), computed from the output",
    formula=lambda at: -at.t * call(Function.LN, at.a) - (1.0 - at.t) * call(Function.LN, 1.0 - at.a),
    slope=_slope_of_logs,
    compute=lambda t, a, z: t * (arithmetic.log(1.0 - a) - arithmetic.log(a)) - arithmetic.log(1.0 - a),
    compute_slope=lambda t, a: np.where(a * (1.0 - a) > 0.0, (1.0 - t) / (1.0 - a) - t / a, a - t) + 0.0 * a,
    targets=Targets.BETWEEN_0_AND_1,
    activations=("sigmoid", Softmax.name),
)

ABSOLUTE_ERROR = Loss(
    name="absolute error",
    rule="E = |t − out|; its slope is 0 where out = t",
    formula=lambda at: call(Function.ABS, at.t - at.a),
    slope=lambda at: if_else(
        Condition(at.a - at.t, ">", NEXT_TO_0), 1.0, if_else(Condition(at.t - at.a, ">", NEXT_TO_0), -1.0, 0.0)
    ),
    compute=lambda t, a, z: np.abs(a - t),
    compute_slope=lambda t, a: np.sign(a - t) * (np.abs(a - t) > NEXT_TO_0),
)

_DELTA = Hyperparameter("delta", 1.0, 1e-6, 1e6)


def _huber(delta: float = _DELTA.default) -> Loss:
    def compute(size: np.ndarray) -> np.ndarray:
        bowl = np.minimum(size, delta)
        share: np.ndarray = bowl * (size - bowl / 2.0)
        return share

    times = "" if delta == 1.0 else f"{delta:.6g}·"
    return Loss(
        name="Huber",
        rule=f"E = ½·(t − out)² where |t − out| ≤ {delta:.6g}, else {times}(|t − out| − {delta / 2.0:.6g})",
        formula=lambda at: if_else(
            Condition(call(Function.ABS, at.t - at.a), ">", delta),
            product([Number(delta), call(Function.ABS, at.t - at.a) - delta / 2.0]),
            0.5 * (at.t - at.a) ** 2.0,
        ),
        slope=lambda at: if_else(
            Condition(at.a - at.t, ">", delta), delta, if_else(Condition(at.t - at.a, ">", delta), -delta, at.a - at.t)
        ),
        compute=lambda t, a, z: compute(np.abs(a - t)),
        compute_slope=lambda t, a: np.clip(a - t, -delta, delta),
        parameters=(_DELTA,),
        made=_huber,
    )


HUBER = _huber()

HINGE = Loss(
    name="hinge",
    rule="E = 1 − t·out where that is above 0, else 0; targets are −1 or 1",
    formula=lambda at: if_else(Condition(1.0 - at.t * at.a, ">", 0.0), 1.0 - at.t * at.a, 0.0),
    slope=lambda at: if_else(Condition(1.0 - at.t * at.a, ">", NEXT_TO_0), -at.t, 0.0),
    compute=lambda t, a, z: np.maximum(0.0, 1.0 - t * a),
    compute_slope=lambda t, a: 0.0 - t * np.heaviside(1.0 - t * a - NEXT_TO_0, 0.0),
    targets=Targets.SIGNS,
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
        SQUARED_ERROR,
        MEAN_SQUARED_ERROR,
        ABSOLUTE_ERROR,
        HUBER,
        HINGE,
        BINARY_CROSS_ENTROPY,
        MEAN_BINARY_CROSS_ENTROPY,
        CATEGORICAL_CROSS_ENTROPY,
        MEAN_CATEGORICAL_CROSS_ENTROPY,
        TWO_TERM_LOG_LOSS,
        OUTPUT_ITSELF,
    )
}


def loss_words(recipe: Recipe) -> str:
    """Return the name of a recipe's loss, with parameters that are not the standard: "Huber (delta 2)"."""
    return named(recipe.loss, LOSSES[recipe.loss].parameters, recipe.loss_parameters)
