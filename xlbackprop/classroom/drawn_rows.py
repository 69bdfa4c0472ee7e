"""Which formulas are the same in other words: they give the same in rows of numbers drawn once for all."""

from __future__ import annotations

import hashlib

import numpy as np

from xlbackprop.classroom.formula_parts import with_refs
from xlbackprop.network import (
    Epoch,
    ExampleNumber,
    Exponential,
    ExponentialSum,
    Expression,
    Gradient,
    Highest,
    InBatch,
    NetInput,
    Output,
    Recipe,
    Ref,
    Step,
    TotalLoss,
    UnitLoss,
    evaluate,
)
from xlbackprop.taught import column_of

_ROWS = 12
_COUNTS = Epoch | Step | ExampleNumber | InBatch
_FOLLOWS = NetInput | Output | Highest | Exponential | ExponentialSum | UnitLoss | TotalLoss | Gradient


class DrawnRows:
    """Numbers of rows that are drawn: of typed numbers, weights and counts at random, the others follow from them."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self._numbers: dict[Ref, np.ndarray] = {}

    def fingerprint(self, formula: Expression) -> tuple[float | None, ...]:
        """Return what a formula gives in these rows: formulas with the same are the same in other words."""
        found = np.broadcast_to(evaluate(formula, self._number), _ROWS)
        return tuple(None if np.isnan(number) else float(f"{number:.10e}") for number in found)

    def _number(self, ref: Ref) -> np.ndarray:
        if ref not in self._numbers:
            self._numbers[ref] = self._follows(ref) if isinstance(ref.quantity, _FOLLOWS) else _drawn(ref)
        return self._numbers[ref]

    def _follows(self, ref: Ref) -> np.ndarray:
        rule = column_of(self.recipe, ref.quantity).formula
        return evaluate(with_refs(rule, lambda of: Ref(of.quantity, of.back + ref.back)), self._number)


def _drawn(ref: Ref) -> np.ndarray:
    """Return numbers for a reference, the same on every machine: counts from 0 to 3, others from −0.9 to 0.9."""
    words = np.frombuffer(hashlib.shake_256(repr(ref).encode()).digest(8 * _ROWS), dtype="<u4")
    sizes, signs = words[:_ROWS] / 2.0**32, np.where(words[_ROWS:] % 2, 1.0, -1.0)
    return np.floor(4.0 * sizes) if isinstance(ref.quantity, _COUNTS) else np.asarray(signs * (0.1 + 0.8 * sizes))
