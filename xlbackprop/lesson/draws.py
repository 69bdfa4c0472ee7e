"""What is drawn at random: starting weights, and the order of examples.

A draw is remembered by the lesson's seed alone, so it must come out the same on every computer and with every version
of Python. Only `random()` is promised that, so all draws are made from it.
"""

from __future__ import annotations

import math
from random import Random
from statistics import NormalDist
from typing import NamedTuple

UNIFORM, NORMAL, XAVIER, HE = DRAWS = ("uniform", "normal", "Xavier", "He")
LARGEST_SEED = 999_999_999
# So that a person can compute with them.
DECIMALS = 4


class Draw(NamedTuple):
    """The distribution from which the weights of a layer are drawn.

    `first` and `second` are the bounds of a uniform draw, or mean and standard deviation of a normal one. For Xavier
    and He they follow from the layer's size.
    """

    kind: str
    first: float = 0.0
    second: float = 0.0


def draw_weights(draw: Draw, seed: int, layer: int, sources: int, units: int) -> tuple[float, ...]:
    """Return the weights of a layer, unit by unit; layers count from 1.

    Xavier: uniform within ±√(6/(sources + units)). Glorot and Bengio, "Understanding the difficulty of training deep
    feedforward neural networks", AISTATS 2010, equation 16.
    He: normal, deviation √(2/sources). He, Zhang, Ren and Sun, "Delving Deep into Rectifiers", ICCV 2015, equation 10.
    """
    random = Random(f"{seed}/{layer}").random
    kind, first, second = draw
    if kind == XAVIER:
        second = math.sqrt(6.0 / (sources + units))
        kind, first = UNIFORM, -second
    if kind == UNIFORM:
        return tuple(_rounded(first + (second - first) * random()) for _ in range(sources * units))
    normal = NormalDist(0.0, math.sqrt(2.0 / sources)) if kind == HE else NormalDist(first, second)
    # random() may be 0, where a normal number would be minus infinity
    return tuple(_rounded(normal.inv_cdf(random() or 2.0**-54)) for _ in range(sources * units))


def draw_order(seed: int, count: int) -> tuple[int, ...]:
    """Return the numbers 0 … count − 1 in a random order."""
    random = Random(f"{seed}/order").random
    keys = [random() for _ in range(count)]
    return tuple(sorted(range(count), key=keys.__getitem__))


def _rounded(number: float) -> float:
    return round(number, DECIMALS) + 0.0  # no minus zero
