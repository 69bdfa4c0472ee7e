"""How close numbers that some program found are to those of NumPy."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from xlbackprop.network import Quantity, TotalLoss
from xlbackprop.numpy_run.trace import Trace
from xlbackprop.workbook import blocks

ABSOLUTE, RELATIVE = 1e-12, 1e-9  # how far apart two numbers may be that count as equal: 1e-12 + 1e-9·|expected|


def deviations(expected: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Return how far found numbers are from those expected, in units of what is allowed; above 1 they are different.

    Two errors (NaN) are 0 apart, an error and a number ∞.
    """
    with np.errstate(all="ignore"):
        apart: np.ndarray = np.abs(expected - found) / (ABSOLUTE + RELATIVE * np.abs(expected))
    alone = np.isnan(apart)
    if alone.any():
        apart[alone] = np.where(np.isnan(expected[alone]) & np.isnan(found[alone]), 0.0, np.inf)
    return apart


class Agreement(NamedTuple):
    """How far the numbers found for a run agree with those of NumPy's own training, which may part without a fault.

    `largest` is the largest relative difference of any number, and `quantity` and `row` (from 0) tell which it is of;
    `loss` is the largest of an example's loss. Relative is |found − own|/(|own| + 0.001): a number near 0 has no digits
    that two programs must share. ∞ means that one of the two is an error. `parts_at` is the first epoch in which a
    number is farther off than rows may be that follow from each other, None where there is none.
    """

    largest: float
    quantity: Quantity
    row: int
    loss: float
    parts_at: int | None


class FoundRows(Protocol):
    """Numbers that some program found for a lesson."""

    def rows(self, run: int, start: int, stop: int) -> np.ndarray:
        """Return the numbers of the rows start … stop − 1 of a run, as `Trace.rows` does."""
        ...


def agreement_of(trained: Trace, found: FoundRows, run: int) -> Agreement:
    """Return how far the numbers found for a run agree with those trained."""
    quantities, losses = [*trained.places(run)], trained.places(run)[TotalLoss()]
    recipe = trained.lesson.runs[run].recipe
    largest, place, row, loss, parts_at = 0.0, losses, 0, 0.0, None
    for start, stop in blocks(trained.lesson.rows, len(quantities)):
        apart = deviations(trained.rows(run, start, stop), found.rows(run, start, stop))
        of_rows = apart.max(axis=1)
        worst = int(of_rows.argmax())
        if of_rows[worst] > largest:
            largest, place, row = float(of_rows[worst]), int(apart[worst].argmax()), start + worst
        loss = max(loss, float(apart[:, losses].max()))
        if parts_at is None and of_rows[worst] > 1:
            parts_at = min((start + int((of_rows > 1).argmax())) // recipe.examples, recipe.epochs)
    return Agreement(RELATIVE * largest, quantities[place], row, RELATIVE * loss, parts_at)
