"""The optimizers, each told twice: as the sheet writes it, and as NumPy computes it.

To add one, write its entry below and name it in OPTIMIZERS; the tests find it there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from xlbackprop.expression import Expression


class Optimizer(NamedTuple):
    """One update rule of a weight w, its gradient g and the learning rate η, all of the row above.

    On the sheet: `formula(w, g, rate)` as a tree. In NumPy: `step(w, g, rate)` on arrays that broadcast.
    """

    name: str
    rule: str
    formula: Callable[[Expression, Expression, Expression], Expression]
    step: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


GRADIENT_DESCENT = Optimizer(
    name="gradient descent",
    rule="w(n+1) = w(n) − η·∂E/∂w(n)",
    formula=lambda w, g, rate: w - rate * g,
    step=lambda w, g, rate: w + (-rate) * g,
)

OPTIMIZERS = {entry.name: entry for entry in (GRADIENT_DESCENT,)}
