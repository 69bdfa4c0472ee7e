"""The learning-rate schedules, each defined twice: as a formula for the sheet, and in NumPy.

To add one, write its entry below and name it in SCHEDULES; the tests find it there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

import numpy as np

from xlbackprop import arithmetic
from xlbackprop.network.expression import Condition, Expression, Function, Number, call, if_else, product
from xlbackprop.network.optimizers import Hyperparameter

DROP_AT = "epoch of drop"
T = TypeVar("T")


class Schedule(NamedTuple):
    """A rule for the learning rate of each epoch.

    For the sheet `formula(rate, epoch, constants, last)` returns a tree; in NumPy `compute` takes the same as arrays
    that broadcast. `rate` is the starting rate, `constants` maps the names of hyperparameters to their values, `last`
    is the number of the last epoch. `rule` says it in mathematics; `settings` are its hyperparameters. With `drops`
    the lesson also lists the epochs at which η drops: constants "epoch of drop 1", ….
    """

    name: str
    rule: str
    formula: Callable[[Expression, Expression, Mapping[str, Expression], int], Expression]
    compute: Callable[[np.ndarray, np.ndarray, Mapping[str, np.ndarray], int], np.ndarray]
    settings: tuple[Hyperparameter, ...] = ()
    drops: bool = False


CONSTANT = Schedule(
    name="constant",
    rule="η stays as it is",
    formula=lambda rate, epoch, constant, last: rate,
    compute=lambda rate, epoch, constant, last: rate + 0.0 * epoch,
)

STEP = Schedule(
    name="step",
    rule="η is multiplied by the drop factor at each epoch named",
    formula=lambda rate, epoch, constant, last: product(
        [rate, *(if_else(Condition(epoch, ">=", at), constant["drop factor"], 1.0) for at in _drops(constant))]
    ),
    compute=lambda rate, epoch, constant, last: (
        rate * arithmetic.power(constant["drop factor"], np.sum([at <= epoch for at in _drops(constant)], axis=0))
    ),
    settings=(Hyperparameter("drop factor", 0.1, 1e-6, 1e6),),
    drops=True,
)

COSINE = Schedule(
    name="cosine",
    rule="η falls to the lowest rate along half a cosine: lowest + ½·(η − lowest)·(1 + cos(π·epoch/last epoch))",
    formula=lambda rate, epoch, constant, last: (
        constant["lowest rate"]
        + 0.5
        * (rate - constant["lowest rate"])
        * (1.0 + call(Function.COS, Number(math.pi) * epoch / Number(float(max(last, 1)))))
    ),
    compute=lambda rate, epoch, constant, last: (
        constant["lowest rate"]
        + (rate - constant["lowest rate"])
        * np.square(arithmetic.sin(0.5 * np.pi * (max(last, 1) - np.asarray(epoch)) / max(last, 1)))
    ),
    settings=(Hyperparameter("lowest rate", 0.0, 0.0, 1e9),),
)

_DECAY_RATE = Hyperparameter("decay rate", 0.1, 0.0, 1e3)

EXPONENTIAL = Schedule(
    name="exponential",
    rule="η falls by the same part each epoch: η·exp(−decay rate·epoch)",
    formula=lambda rate, epoch, constant, last: rate * call(Function.EXP, -(constant["decay rate"] * epoch)),
    compute=lambda rate, epoch, constant, last: (
        rate * arithmetic.power(arithmetic.exp(-constant["decay rate"]), np.asarray(epoch))
    ),
    settings=(_DECAY_RATE,),
)

INVERSE_TIME = Schedule(
    name="1/t",
    rule="η/(1 + decay rate·epoch)",
    formula=lambda rate, epoch, constant, last: rate / (1.0 + constant["decay rate"] * epoch),
    compute=lambda rate, epoch, constant, last: rate * np.reciprocal(1.0 + np.asarray(epoch) * constant["decay rate"]),
    settings=(_DECAY_RATE,),
)

SCHEDULES = {entry.name: entry for entry in (CONSTANT, STEP, COSINE, EXPONENTIAL, INVERSE_TIME)}


def drop_name(number: int) -> str:
    """Return the name of the constant that holds the epoch of a drop; drops count from 1: "epoch of drop 1"."""
    return f"{DROP_AT} {number}"


def _drops(constant: Mapping[str, T]) -> list[T]:
    return [value for name, value in constant.items() if name.startswith(DROP_AT)]
