"""How many digits of a run are meant: those on which all programs agree, whatever each of them rounds.

Stochastic arithmetic tells them (Vignes' CESTAC): a run is trained twice more, and the last digit of each result on the
way is nudged, up in one and down in the other, at random but always the same. Where the losses of the three part,
rounding decides, and so do those of two sound programs. The nudged runs take a unit's slope from its output, as a
spreadsheet does: of an output near 1 few digits are left in 1 − out².
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from hashlib import shake_256
from itertools import cycle
from typing import NamedTuple

import numpy as np

from xlbackprop.network import Recipe

REPEATS = 2
_ULP = 2.0**-52
_LAST_DIGITS = np.array((1 << 20) - 1)  # bits that are 0 in ½, 3 or 0.75
_ZERO = np.array(0)
CAUTION = 30  # a program may be so much farther off than the nudged runs
LOSS_ABSOLUTE, LOSS_RELATIVE = 1e-15, 1e-9  # how far losses may be from NumPy's; below 1e-15 a difference means nothing
_TOLERANCES = (LOSS_RELATIVE, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4)


def _signs() -> np.ndarray:
    bits = np.unpackbits(np.frombuffer(shake_256(b"the last digits").digest(1 << 13), dtype=np.uint8))
    return np.where(bits == 1, _ULP, -_ULP)


_UP_AND_DOWN = 1.0 + np.stack([_signs(), -_signs()])


class Nudges:
    """Moves the last digits of numbers, each time by others of a fixed sequence of directions.

    The first `exact` entries of an array stay as they are. Of the rest, the second half is moved the other way than the
    first. With `keeps_short` numbers of few digits stay, too: they are exact in every program, and where an activation
    has a kink a sum of them may lie right at it.
    """

    def __init__(self, exact: int = 0, *, keeps_short: bool = True) -> None:
        self.exact, self.keeps_short = exact, keeps_short
        self._factors_of: dict[tuple[int, ...], Iterator[np.ndarray]] = {}

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Move the last digits of an array (sets, …) in place; return it."""
        if self.keeps_short:
            is_long = (values.view(np.int64) & _LAST_DIGITS) != _ZERO
            np.multiply(values, self._factors(values.shape), out=values, where=is_long)
        else:
            values *= self._factors(values.shape)
        return values

    def always(self, values: np.ndarray) -> np.ndarray:
        """Move the last digits of all numbers of an array in place, also of short ones; return it."""
        values *= self._factors(values.shape)
        return values

    def as_if_from_1(self, values: np.ndarray) -> np.ndarray:
        """Move numbers that a spreadsheet computes from 1 + … by a last digit of 1, in place; return them."""
        values += self._factors(values.shape) - 1.0
        return values

    def _factors(self, shape: tuple[int, ...]) -> np.ndarray:
        if shape not in self._factors_of:
            self._factors_of[shape] = cycle(_factors(shape, self.exact))
        return next(self._factors_of[shape])


def _factors(shape: tuple[int, ...], exact: int) -> list[np.ndarray]:
    """Return arrays of this shape that differ in their directions: up to 31, which few numbers of steps share.

    The first `exact` entries are 1.
    """
    nudged = (shape[0] - exact, *shape[1:])
    of_one, there = math.prod(nudged) // REPEATS, _UP_AND_DOWN.shape[1]
    if of_one > there:
        sets = [np.resize(_UP_AND_DOWN, (REPEATS, of_one))]
    else:
        count = min(31, there // max(1, of_one))
        sets = [_UP_AND_DOWN[:, begin * of_one : (begin + 1) * of_one] for begin in range(count)]
    return [np.concatenate([np.ones((exact, *shape[1:])), factors.reshape(nudged)]) for factors in sets]


class DigitsMeant(NamedTuple):
    """How well two sound programs agree on the loss of each epoch of a run: to `tolerance`, relative, until `through`.

    `through` is the last epoch up to which they do, None where that is the end; −1 where it is none at all.
    """

    tolerance: float
    through: int | None


class LossSpread:
    """Gathers, block by block, how far apart the losses of the nudged runs are."""

    def __init__(self, recipe: Recipe) -> None:
        self._examples, self._rows = recipe.examples, (recipe.epochs + 1) * recipe.examples  # none held back
        self._sums = np.zeros(1 + REPEATS)  # of the epoch that the last block left unfinished
        self._first_beyond: list[int | None] = [None] * len(_TOLERANCES)

    def add(self, first: int, losses: np.ndarray) -> None:
        """Add the losses (1 + repeats, rows) of the rows from `first` on: of the run itself, and of its repeats."""
        losses = losses[:, : max(0, self._rows - first)]
        if not losses.size:
            return
        row = np.arange(first, first + losses.shape[1])
        begins = np.flatnonzero(row % self._examples == 0)
        starts = begins if begins.size and begins[0] == 0 else np.concatenate(([0], begins))
        sums = np.add.reduceat(losses, starts, axis=1)
        if first % self._examples:
            sums[:, 0] += self._sums
        self._sums = sums[:, -1]
        if (row[-1] + 1) % self._examples:  # the last epoch is not over
            sums, starts = sums[:, :-1], starts[:-1]
        apart = np.abs(sums[1:] - sums[0]).max(axis=0)
        apart[np.isnan(sums[0])] = 0.0  # an overflow is one in every program
        apart[np.isnan(apart)] = np.inf
        for index, tolerance in enumerate(_TOLERANCES):
            if self._first_beyond[index] is None:
                beyond = CAUTION * apart > LOSS_ABSOLUTE * self._examples + tolerance * np.abs(sums[0])
                if beyond.any():
                    self._first_beyond[index] = int(row[starts[beyond.argmax()]]) // self._examples

    def meant(self) -> DigitsMeant:
        """Return how many digits are meant: nine while there are so many, or as many as there are to the end."""
        for tolerance, epoch in zip(_TOLERANCES, self._first_beyond, strict=True):
            if epoch is None:
                return DigitsMeant(tolerance, None)
        few = next((index for index, epoch in enumerate(self._first_beyond) if epoch != 0), -1)
        epoch = self._first_beyond[few]
        return DigitsMeant(_TOLERANCES[few], None if epoch is None else epoch - 1)
