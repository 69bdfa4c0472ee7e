"""The optimizers, each defined twice: as formulas for the sheet, and in NumPy.

To add one, write its entry below and name it in OPTIMIZERS; the tests find it there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from xlbackprop.arithmetic import power
from xlbackprop.network.expression import Condition, Expression, Function, call, if_else


class Hyperparameter(NamedTuple):
    """A number of an optimizer or a schedule: its name ("momentum"), its default, its lowest and highest value."""

    name: str
    default: float
    low: float
    high: float


def named(entry: str, parameters: Sequence[Hyperparameter], values: Sequence[float]) -> str:
    """Return the name of an entry with the values of its parameters, "leaky ReLU (slope 0.2)"; alone without values."""
    told = (f"{parameter.name} {value:.6g}" for parameter, value in zip(parameters, values, strict=False))
    return f"{entry} ({', '.join(told)})" if values else entry


class UpdateTrees(NamedTuple):
    """The trees from which the update of one parameter is built.

    `w` and `g` are the parameter and its gradient before the update, `rate` is the learning rate, `number` that of the
    update, counted from 1. `constant` maps the names of hyperparameters ("momentum") to their values; `before` and
    `after` map the letters of the numbers kept for this parameter ("v") to their values before and after the update.
    `inside_root` is True for √(s + ε), False for √s + ε.
    """

    w: Expression
    g: Expression
    rate: Expression
    number: Expression
    constant: Mapping[str, Expression]
    before: Mapping[str, Expression]
    after: Mapping[str, Expression]
    inside_root: bool


class UpdateArrays(NamedTuple):
    """The arrays from which the update of all parameters of several runs is computed; they broadcast.

    The fields mean the same as in `UpdateTrees`. `kept` maps the letters of the kept numbers to their values before
    the update; `Optimizer.step` replaces them by those after it. The parameters follow from these, or, where `after`
    is given, from the kept numbers in it.
    """

    w: np.ndarray
    g: np.ndarray
    rate: np.ndarray
    number: int | np.ndarray
    constant: Mapping[str, np.ndarray]
    kept: dict[str, np.ndarray]
    inside_root: bool
    after: Mapping[str, np.ndarray] | None = None


class Optimizer(NamedTuple):
    """One update rule.

    For the sheet, as trees: `weight` returns the new value of a parameter. `keeps` has an entry for each number that
    the optimizer keeps for a parameter from step to step, e.g. "v": the function that returns its new value (it starts
    at 0). In NumPy: `step` returns the new values of all parameters. `rule` is the update in mathematics, η being the
    learning rate and g the gradient; `settings` are its hyperparameters. With `has_root` a lesson may put ε inside or
    outside of the root. A lesson may also name an optimizer with `bias_correction = false`, where there is one called
    as it is and "without bias correction".
    """

    name: str
    rule: str
    weight: Callable[[UpdateTrees], Expression]
    step: Callable[[UpdateArrays], np.ndarray]
    settings: tuple[Hyperparameter, ...] = ()
    keeps: Mapping[str, Callable[[UpdateTrees], Expression]] = {}
    has_root: bool = False


GRADIENT_DESCENT = Optimizer(
    name="gradient descent",
    rule="w(n+1) = w(n) − η·∂E/∂w(n)",
    weight=lambda u: u.w - u.rate * u.g,
    step=lambda n: n.w + (-n.rate) * n.g,
)

_MOMENTUM = Hyperparameter("momentum", 0.9, 0.0, 1.0)

MOMENTUM = Optimizer(
    name="momentum",
    rule="v = μ·v + g; w(n+1) = w(n) − η·v (the convention of PyTorch)",
    weight=lambda u: u.w - u.rate * u.after["v"],
    step=lambda n: n.w - n.rate * _keep(n, "v", n.constant["momentum"] * n.kept["v"] + n.g),
    settings=(_MOMENTUM,),
    keeps={"v": lambda u: u.constant["momentum"] * u.before["v"] + u.g},
)

CLASSICAL_MOMENTUM = Optimizer(
    name="classical momentum",
    rule="v = μ·v − η·g; w(n+1) = w(n) + v",
    weight=lambda u: u.w + u.after["v"],
    step=lambda n: n.w + _keep(n, "v", -n.rate * n.g + n.kept["v"] * n.constant["momentum"]),
    settings=(_MOMENTUM,),
    keeps={"v": lambda u: u.constant["momentum"] * u.before["v"] - u.rate * u.g},
)


AVERAGED_MOMENTUM = Optimizer(
    name="averaged momentum",
    rule="v = μ·v + (1 − μ)·g; w(n+1) = w(n) − η·v",
    weight=lambda u: u.w - u.rate * u.after["v"],
    step=lambda n: n.w - n.rate * _keep(n, "v", _mean(n.kept["v"], n.g, n.constant["momentum"])),
    settings=(_MOMENTUM,),
    keeps={"v": lambda u: u.constant["momentum"] * u.before["v"] + (1.0 - u.constant["momentum"]) * u.g},
)


NESTEROV = Optimizer(
    name="Nesterov momentum",
    rule="v = μ·v + g; w(n+1) = w(n) − η·(g + μ·v) (the convention of PyTorch)",
    weight=lambda u: u.w - u.rate * (u.g + u.constant["momentum"] * u.after["v"]),
    step=lambda n: (
        n.w - n.rate * (_keep(n, "v", n.constant["momentum"] * n.kept["v"] + n.g) * n.constant["momentum"] + n.g)
    ),
    settings=(_MOMENTUM,),
    keeps={"v": lambda u: u.constant["momentum"] * u.before["v"] + u.g},
)


EPSILON = Hyperparameter("epsilon", 1e-8, 0.0, 1.0)  # where a lesson says 0, no recipe has it among its constants

ADAGRAD = Optimizer(
    name="AdaGrad",
    rule="s = s + g²; w(n+1) = w(n) − η·g/√s, with ε so that nothing is divided by 0",
    weight=lambda u: u.w - u.rate * u.g / _root(u, u.after["s"]),
    step=lambda n: n.w - n.rate * n.g / _numpy_root(n, _keep(n, "s", n.kept["s"] + np.square(n.g))),
    settings=(EPSILON,),
    keeps={"s": lambda u: u.before["s"] + u.g**2.0},
    has_root=True,
)


RMSPROP = Optimizer(
    name="RMSProp",
    rule="s = γ·s + (1 − γ)·g²; w(n+1) = w(n) − η·g/√s, with ε so that nothing is divided by 0",
    weight=lambda u: u.w - u.rate * u.g / _root(u, u.after["s"]),
    step=lambda n: (
        n.w - n.rate * n.g / _numpy_root(n, _keep(n, "s", _mean(n.kept["s"], np.square(n.g), n.constant["decay"])))
    ),
    settings=(Hyperparameter("decay", 0.9, 0.0, 1.0), EPSILON),
    keeps={"s": lambda u: u.constant["decay"] * u.before["s"] + (1.0 - u.constant["decay"]) * u.g**2.0},
    has_root=True,
)


ADAM = Optimizer(
    name="Adam",
    rule="m = β1·m + (1 − β1)·g; v = β2·v + (1 − β2)·g²; w(n+1) = w(n) − η·[m/(1 − β1^n)]/√[v/(1 − β2^n)], "
    "with ε so that nothing is divided by 0",
    weight=lambda u: (
        u.w
        - u.rate
        * (u.after["m"] / (1.0 - u.constant["beta1"] ** u.number))
        / _root(u, u.after["v"] / (1.0 - u.constant["beta2"] ** u.number))
    ),
    step=lambda n: (
        n.w
        - n.rate
        / (1.0 - power(n.constant["beta1"], n.number))
        * _keep(n, "m", _mean(n.kept["m"], n.g, n.constant["beta1"]))
        / _numpy_root(
            n,
            _keep(n, "v", _mean(n.kept["v"], np.square(n.g), n.constant["beta2"]))
            / (1.0 - power(n.constant["beta2"], n.number)),
        )
    ),
    # nearer to 1, too many digits are lost in 1 − β^n
    settings=(Hyperparameter("beta1", 0.9, 0.0, 0.9999), Hyperparameter("beta2", 0.999, 0.0, 0.9999), EPSILON),
    keeps={
        "m": lambda u: u.constant["beta1"] * u.before["m"] + (1.0 - u.constant["beta1"]) * u.g,
        "v": lambda u: u.constant["beta2"] * u.before["v"] + (1.0 - u.constant["beta2"]) * u.g**2.0,
    },
    has_root=True,
)


ADAM_WITHOUT_CORRECTION = ADAM._replace(
    name="Adam without bias correction",
    rule="m = β1·m + (1 − β1)·g; v = β2·v + (1 − β2)·g²; w(n+1) = w(n) − η·m/√v, "
    "with ε so that nothing is divided by 0",
    weight=lambda u: u.w - u.rate * u.after["m"] / _root(u, u.after["v"]),
    step=lambda n: _stepped_by(n, *_means(n)),
)


def _means(n: UpdateArrays) -> tuple[np.ndarray, np.ndarray]:
    """Mix the gradient and its square into Adam's means, and return them."""
    return (
        _keep(n, "m", _mean(n.kept["m"], n.g, n.constant["beta1"])),
        _keep(n, "v", _mean(n.kept["v"], np.square(n.g), n.constant["beta2"])),
    )


def _stepped_by(n: UpdateArrays, m: np.ndarray, v: np.ndarray) -> np.ndarray:
    stepped: np.ndarray = n.w - n.rate * (m / _numpy_root(n, v))
    return stepped


def _ratio_of_corrections(u: UpdateTrees) -> Expression:
    root = call(Function.SQRT, 1.0 - u.constant["beta2"] ** u.number)
    return root / (1.0 - u.constant["beta1"] ** u.number)


def _adam_with_epsilon_hat(n: UpdateArrays) -> np.ndarray:
    m, v = _means(n)
    corrected = m / (1.0 - power(n.constant["beta1"], n.number))
    divisor = _numpy_root(n, v) / np.sqrt(1.0 - power(n.constant["beta2"], n.number))
    stepped: np.ndarray = n.w - n.rate * (corrected / divisor)
    return stepped


# D. P. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, the end of section 2: the same two
# corrections in another order, so that ε̂ stands beside the root that is not corrected.
ADAM_WITH_EPSILON_HAT = ADAM._replace(
    name="Adam with epsilon hat",
    rule="m = β1·m + (1 − β1)·g; v = β2·v + (1 − β2)·g²; w(n+1) = w(n) − η·[√(1 − β2^n)/(1 − β1^n)]·m/√v, "
    "with ε beside √v so that nothing is divided by 0 (the convention of Keras and scikit-learn)",
    weight=lambda u: u.w - u.rate * _ratio_of_corrections(u) * u.after["m"] / _root(u, u.after["v"]),
    step=_adam_with_epsilon_hat,
)


def _mean_from_first(u: UpdateTrees, letter: str, new: Expression, kept: Expression) -> Expression:
    mean = kept * u.before[letter] + (1.0 - kept) * new
    return if_else(Condition(u.number, ">", 1.0), mean, new)


def _numpy_mean_from_first(n: UpdateArrays, letter: str, new: np.ndarray, kept: np.ndarray) -> np.ndarray:
    return _keep(n, letter, np.where(np.asarray(n.number) == 1, new, _mean(n.kept[letter], new, kept)))


ADAM_FROM_FIRST_GRADIENT = ADAM_WITHOUT_CORRECTION._replace(
    name="Adam from the first gradient",
    rule="m = g and v = g² at the first update, then m = β1·m + (1 − β1)·g and v = β2·v + (1 − β2)·g²; "
    "w(n+1) = w(n) − η·m/√v, with ε so that nothing is divided by 0",
    step=lambda n: _stepped_by(
        n,
        _numpy_mean_from_first(n, "m", n.g, n.constant["beta1"]),
        _numpy_mean_from_first(n, "v", np.square(n.g), n.constant["beta2"]),
    ),
    keeps={
        "m": lambda u: _mean_from_first(u, "m", u.g, u.constant["beta1"]),
        "v": lambda u: _mean_from_first(u, "v", u.g**2.0, u.constant["beta2"]),
    },
)


def _adam_from_before(n: UpdateArrays) -> np.ndarray:
    stepped = _stepped_by(n, n.kept["m"], n.kept["v"])
    _means(n)
    return stepped


ADAM_FROM_BEFORE = ADAM_WITHOUT_CORRECTION._replace(
    name="Adam from the averages before",
    rule="w(n+1) = w(n) − η·m/√v, with ε so that nothing is divided by 0, with m and v from before this gradient: the "
    "first update moves nothing; then m = β1·m + (1 − β1)·g; v = β2·v + (1 − β2)·g²",
    weight=lambda u: u.w - u.rate * u.before["m"] / _root(u, u.before["v"]),
    step=_adam_from_before,
)


def _root_or_1(u: UpdateTrees, squares: Expression) -> Expression:
    """Return the root of an average, and 1 where no gradient has been mixed into it yet."""
    if "epsilon" not in u.constant:
        return _root(u, squares)
    return if_else(Condition(squares, ">", 0.0), _root(u, squares), 1.0)


def _rmsprop_from_before(n: UpdateArrays) -> np.ndarray:
    root = np.where(n.kept["s"] == 0.0, 1.0, _numpy_root(n, n.kept["s"]))
    _keep(n, "s", _mean(n.kept["s"], np.square(n.g), n.constant["decay"]))
    stepped: np.ndarray = n.w - n.rate * n.g / root
    return stepped


RMSPROP_FROM_BEFORE = RMSPROP._replace(
    name="RMSProp from the average before",
    rule="w(n+1) = w(n) − η·g/√s, with ε so that nothing is divided by 0, with s from before this gradient, and "
    "w(n) − η·g where that is 0, as at the first update; then s = γ·s + (1 − γ)·g²",
    weight=lambda u: u.w - u.rate * u.g / _root_or_1(u, u.before["s"]),
    step=_rmsprop_from_before,
)


def _keep(n: UpdateArrays, letter: str, value: np.ndarray) -> np.ndarray:
    """Store the new value of a number that the optimizer keeps; return what the parameters follow from.

    NaN is stored where the value overflows.
    """
    n.kept[letter] = value + 0.0 * value  # 0·∞ is NaN, and a finite number stays as it is
    return (n.kept if n.after is None else n.after)[letter]


def _mean(old: np.ndarray, new: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Return the weighted mean kept·old + (1 − kept)·new.

    Forms with a difference of old and new lose digits where `kept` is nearly 1 or 0.
    """
    mean: np.ndarray = new * (1.0 - kept) + old * kept
    return mean


def _root(u: UpdateTrees, squares: Expression) -> Expression:
    """Return √s + ε or √(s + ε); without ε √s, and 1 where that is 0, since every gradient was 0 then."""
    if (epsilon := u.constant.get("epsilon")) is None:
        return call(Function.SQRT, squares) + if_else(Condition(squares, ">", 0.0), 0.0, 1.0)
    return call(Function.SQRT, squares + epsilon) if u.inside_root else call(Function.SQRT, squares) + epsilon


def _numpy_root(n: UpdateArrays, squares: np.ndarray) -> np.ndarray:
    if "epsilon" not in n.constant:
        root: np.ndarray = np.sqrt(squares) + (squares == 0.0)
        return root
    inside, outside = (n.constant["epsilon"], 0.0) if n.inside_root else (0.0, n.constant["epsilon"])
    return np.sqrt(squares + inside) + outside


OPTIMIZERS = {
    entry.name: entry
    for entry in (
        GRADIENT_DESCENT,
        MOMENTUM,
        CLASSICAL_MOMENTUM,
        AVERAGED_MOMENTUM,
        NESTEROV,
        ADAGRAD,
        RMSPROP,
        RMSPROP_FROM_BEFORE,
        ADAM,
        ADAM_WITH_EPSILON_HAT,
        ADAM_WITHOUT_CORRECTION,
        ADAM_FROM_FIRST_GRADIENT,
        ADAM_FROM_BEFORE,
    )
}


def without_correction(optimizer: str) -> str | None:
    """Return the name of the same optimizer without bias correction, None where it has none to leave out."""
    name = f"{optimizer} without bias correction"
    return name if name in OPTIMIZERS else None


WEIGHT_DECAY = Hyperparameter("weight decay", 0.0, 0.0, 1e6)
GRADIENT_CLIP = Hyperparameter("gradient clip", 0.0, 0.0, 1e9)  # 0 is none
