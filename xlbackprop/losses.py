"""The loss functions, each told twice: as the sheet writes it, and as NumPy computes it.

To add one, write its entry below and name it in LOSSES; the tests find it there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from xlbackprop.expression import Expression


class Loss(NamedTuple):
    """One loss function: a sum over the output units, of target t and output a.

    On the sheet: `formula` and `slope` (∂E/∂a) for one unit, as trees. In NumPy: `compute` and `compute_slope`
    elementwise on arrays of any shape. `rule` says it in mathematics.
    """

    name: str
    rule: str
    formula: Callable[[Expression, Expression], Expression]
    slope: Callable[[Expression, Expression], Expression]
    compute: Callable[[np.ndarray, np.ndarray], np.ndarray]
    compute_slope: Callable[[np.ndarray, np.ndarray], np.ndarray]


HALF_SQUARED_ERROR = Loss(
    name="half squared error",
    rule="E = ½·(t − out)²",
    formula=lambda t, a: 0.5 * (t - a) ** 2.0,
    slope=lambda t, a: a - t,
    compute=lambda t, a: np.square(a - t) / 2.0,
    compute_slope=lambda t, a: -(t - a),
)

LOSSES = {entry.name: entry for entry in (HALF_SQUARED_ERROR,)}
