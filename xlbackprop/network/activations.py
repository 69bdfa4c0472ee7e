"""The activation functions, each defined twice: as a formula for the sheet, and in NumPy.

The two definitions differ on purpose, so that a slip in one is not repeated in the other: the sheet takes the slope
from the unit's output a where the textbooks do, NumPy takes it from the net input z. Where NumPy judges numbers that
were found, it takes the slope from the output, too: one near 1 is rounded, and only from it do its digits follow.

To add one, write its entry below and name it in ACTIVATIONS; the tests find it there. One with parameters is made by a
function of them; what stands in ACTIVATIONS is that with the standard ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from xlbackprop import arithmetic
from xlbackprop.network.expression import NEXT_TO_0, Condition, Expression, Function, Number, call, if_else, product
from xlbackprop.network.optimizers import Hyperparameter, named
from xlbackprop.network.recipe import Layer, Recipe


class Activation(NamedTuple):
    """One activation function of a single unit.

    `symbol` is its sign in mathematics ("σ"), `rule` its definition ("σ(z) = 1/(1 + exp(−z))").
    For the sheet, as trees: `formula(z)` is the output for the net input z; `slope(a, z)` lists the factors of ∂a/∂z,
    from the output a and z. In NumPy, elementwise on arrays of any shape: `compute(z)` is the output and its slope
    ∂a/∂z, both from z, since they share the powers of e; the slope is NaN where a spreadsheet overflows.
    `compute_slope_at(a, z)` is ∂a/∂z for an output a that was found, rounded as it is.
    `kink` is True where the slope, or its own slope, jumps at z = 0, `rounds_as_1` where the sheet computes the output
    from 1 + …, so that digits far below 1 are lost in it. `instead_of_slope` says in words what stands in the place of
    the slope, where that is not the derivative of the output; no estimate of a gradient proves it.
    `parameters` are the numbers of the function that a lesson may give, and `made` returns the entry for others.
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
    instead_of_slope: str = ""
    parameters: tuple[Hyperparameter, ...] = ()
    made: Callable[..., Activation] | None = None


def activation_of(layer: Layer) -> Activation:
    """Return the activation of a layer, with its parameters. Raises KeyError where the units answer together."""
    entry = ACTIVATIONS[layer.activation]
    return entry.made(*layer.parameters) if entry.made and layer.parameters else entry


def activation_words(layer: Layer) -> str:
    """Return the name of a layer's activation, with parameters that are not the standard: "leaky ReLU (slope 0.2)"."""
    known = ACTIVATIONS.get(layer.activation)
    return named(layer.activation, known.parameters if known else (), layer.parameters)


def instead_of_slopes(recipe: Recipe) -> str:
    """Return in words what a network takes in the place of slopes that are no derivatives; "" where all of them are."""
    known = (ACTIVATIONS[layer.activation] for layer in recipe.layers if layer.activation in ACTIVATIONS)
    return next((entry.instead_of_slope for entry in known if entry.instead_of_slope), "")


def _words(number: float) -> str:
    return f"{number:.6g}".replace("-", "−")


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


_LEAK = Hyperparameter("slope", 0.01, 0.0, 1.0)


def _leaky_relu(slope: float = _LEAK.default) -> Activation:
    return Activation(
        name="leaky ReLU",
        symbol="leaky ReLU",
        rule=f"leaky ReLU(z) = z where z > 0, else {_words(slope)}·z",
        formula=lambda z: if_else(Condition(z, ">", 0.0), z, slope * z),
        slope=lambda a, z: [if_else(Condition(z, ">", 0.0), 1.0, slope)],
        compute=lambda z: (np.maximum(z, slope * z), _one_above_0(z, slope)),
        compute_slope_at=lambda a, z: _one_above_0(z, slope),
        kink=True,
        parameters=(_LEAK,),
        made=_leaky_relu,
    )


LEAKY_RELU = _leaky_relu()


def _one_above_0(z: np.ndarray, else_slope: np.ndarray | float) -> np.ndarray:
    """Return a slope that is 1 where z > 0 and another elsewhere; NaN where z is an error."""
    return np.where(z > 0.0, 1.0, else_slope) + 0.0 * z


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


_STEEPNESS = Hyperparameter("slope", 1.0, 0.01, 100.0)


def _bipolar_sigmoid(slope: float = _STEEPNESS.default) -> Activation:
    half = slope / 2.0

    def compute(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        out, of_half = arithmetic.tanh(half * z)
        return out, half * of_half + 0.0 * arithmetic.exp(-slope * z)  # 0·∞ is NaN, where the sheet overflows

    sloped = "" if slope == 1.0 else f"{_words(slope)}·"
    return Activation(
        name="bipolar sigmoid",
        symbol="bipolar sigmoid",
        rule=f"bipolar sigmoid(z) = 2/(1 + exp(−{sloped}z)) − 1",
        formula=lambda z: 2.0 / (1.0 + call(Function.EXP, -product([Number(slope), z]))) - 1.0,
        slope=lambda a, z: [Number(half), 1.0 + a, 1.0 - a],
        compute=compute,
        compute_slope_at=lambda a, z: half * (1.0 - np.square(a)),
        rounds_as_1=True,
        parameters=(_STEEPNESS,),
        made=_bipolar_sigmoid,
    )


BIPOLAR_SIGMOID = _bipolar_sigmoid()


_HEIGHT, _SCALE = Hyperparameter("a", 1.7159, 0.01, 100.0), Hyperparameter("b", 2.0 / 3.0, 0.01, 100.0)


def _scaled_tanh(a: float = _HEIGHT.default, b: float = _SCALE.default) -> Activation:
    def compute(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        out, slope = arithmetic.tanh(b * z)
        return a * out, a * b * slope

    return Activation(
        name="scaled tanh",
        symbol="",
        rule=f"{_words(a)}·tanh({_words(b)}·z)",
        formula=lambda z: Number(a) * call(Function.TANH, product([Number(b), z])),
        slope=lambda out, z: [Number(b / a), a - out, a + out],
        compute=compute,
        compute_slope_at=lambda out, z: (a - out) * (a + out) * (b / a),
        parameters=(_HEIGHT, _SCALE),
        made=_scaled_tanh,
    )


SCALED_TANH = _scaled_tanh()


_ALPHA = Hyperparameter("alpha", 1.0, 0.0, 100.0)


def _elu(alpha: float = _ALPHA.default) -> Activation:
    def compute(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        below = np.minimum(z, 0.0)
        half = arithmetic.tanh(0.5 * below)[0]  # e^z − 1 is 2·tanh(z/2)/(1 − tanh(z/2)), and keeps its digits near 0
        out = np.where(z > 0.0, z, alpha * (2.0 * half / (1.0 - half)))
        return out, _one_above_0(z, alpha * arithmetic.exp(below))

    return Activation(
        name="ELU",
        symbol="ELU",
        rule=f"ELU(z) = z where z > 0, else {'exp(z) − 1' if alpha == 1.0 else f'{_words(alpha)}·(exp(z) − 1)'}",
        # of −|z|, since programs that compute both branches overflow in the other one
        formula=lambda z: if_else(
            Condition(z, ">", 0.0), z, product([Number(alpha), call(Function.EXP, -call(Function.ABS, z)) - 1.0])
        ),
        slope=lambda a, z: [if_else(Condition(z, ">", 0.0), 1.0, a + alpha)],
        compute=compute,
        compute_slope_at=lambda a, z: _one_above_0(z, a + alpha),
        kink=True,
        rounds_as_1=True,
        parameters=(_ALPHA,),
        made=_elu,
    )


ELU = _elu()


def _silu(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    power = arithmetic.exp(-z)
    gate = arithmetic.ONE / (arithmetic.ONE + power)
    out = z * gate
    return out, gate + out * power * gate


SILU = Activation(
    name="SiLU",
    symbol="SiLU",
    rule="SiLU(z) = z·σ(z) = z/(1 + exp(−z))",
    formula=lambda z: z / (1.0 + call(Function.EXP, -z)),
    slope=lambda a, z: [a + (1.0 - a) / (1.0 + call(Function.EXP, -z))],
    compute=_silu,
    compute_slope_at=lambda a, z: (1.0 + a * arithmetic.exp(-z)) / (1.0 + arithmetic.exp(-z)),
)

_ROOT_2_PI, _CUBE = math.sqrt(2.0 / math.pi), 0.044715


def _of_gelu(z: Expression) -> Expression:
    return call(Function.TANH, _ROOT_2_PI * (z + _CUBE * z * z * z))


def _gelu(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return GELU(z) = z·σ(2u) and its slope."""
    twice, gate, rest = _gates_of_gelu(z)
    out = z * gate + 0.0 * twice  # 0·∞ is NaN, where the sheet overflows
    return out, gate + z * gate * rest * _steepness_of_gelu(z)


def _gates_of_gelu(z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return 2u, σ(2u) and σ(−2u); they need the power of e of −|2u| alone, which cannot overflow."""
    twice = 2.0 * _ROOT_2_PI * z * (1.0 + _CUBE * z * z)
    small = arithmetic.exp(-np.abs(twice))
    above, below = 1.0 / (1.0 + small), small / (1.0 + small)
    return twice, np.where(twice > 0.0, above, below), np.where(twice > 0.0, below, above)


def _steepness_of_gelu(z: np.ndarray) -> np.ndarray:
    """Return the derivative of 2u."""
    steepness: np.ndarray = 2.0 * _ROOT_2_PI * (1.0 + 3.0 * _CUBE * z * z)
    return steepness


def _slope_of_gelu(a: np.ndarray, z: np.ndarray) -> np.ndarray:
    _, gate, rest = _gates_of_gelu(z)
    slope: np.ndarray = gate + a * rest * _steepness_of_gelu(z)
    return slope


GELU = Activation(
    name="GELU",
    symbol="GELU",
    rule="GELU(z) = ½·z·(1 + tanh(√(2/π)·(z + 0.044715·z³)))",
    formula=lambda z: 0.5 * z * (1.0 + _of_gelu(z)),
    # ½·(1 + tanh) + ½·z·(1 − tanh²)·u′, gathered so that the long tanh stands there once
    slope=lambda a, z: [
        1.0 + (1.0 - _of_gelu(z)) * (_ROOT_2_PI * (1.0 + 3.0 * _CUBE * z * z) * a - 0.5),
    ],
    compute=_gelu,
    compute_slope_at=_slope_of_gelu,
    rounds_as_1=True,
)


_LOW = Hyperparameter("low", 0.0, -1.0, 0.0)


def _step(low: float = _LOW.default) -> Activation:
    return Activation(
        name="step",
        symbol="step",
        rule=f"step(z) = 1 where z ≥ 0 (what rounding leaves below 0 counts as 0), else {_words(low)}",
        formula=lambda z: if_else(Condition(z, ">=", -NEXT_TO_0), 1.0, low),
        slope=lambda a, z: [],
        compute=lambda z: (low + (1.0 - low) * np.heaviside(z + NEXT_TO_0, 1.0), np.ones_like(z) + 0.0 * z),
        compute_slope_at=lambda a, z: np.ones_like(z) + 0.0 * z,
        instead_of_slope="a step has the slope 0 or none; the rule of the perceptron takes 1 in its place",
        parameters=(_LOW,),
        made=_step,
    )


STEP = _step()


ACTIVATIONS = {
    entry.name: entry
    for entry in (
        SIGMOID,
        IDENTITY,
        TANH,
        RELU,
        LEAKY_RELU,
        SOFTPLUS,
        BIPOLAR_SIGMOID,
        SCALED_TANH,
        ELU,
        SILU,
        GELU,
        STEP,
    )
}
