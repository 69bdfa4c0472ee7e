"""Digests of numbers: by one a sheet knows whether a number is right, without holding it.

The digest of a number is a residue: its first seven or so digits, as a whole number, are divided by a prime number, and
the rest is kept. A thousandth of all numbers have the same, so it gives none of them back.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from xlbackprop.workbook import number_text

_DIGITS = (8, 7, 6)  # that are compared; more than 6 where the last of them is not about to be rounded the other way
_MARGIN = 0.05  # how far a number is from where its last digit would be another, in units of this digit
_PRIMES = (997, 991, 983, 977, 971, 967, 953, 947, 941, 937, 929, 919, 911, 907, 887, 883, 881, 877, 863, 859)
_TOO_LARGE = 2.0**40  # Excel finds no residue of larger numbers: they are wrong
_MIDDLE = 6  # a number is between 1 and 11 times the least of its size; so no last digit decides
_ABOVE_0 = 10**9  # added before the division: programs differ in residues of negative numbers


class Digest(NamedTuple):
    """`rest` is what is left of a number times `scale`, rounded, when it is divided by `prime`.

    `least` is the smallest size that the number times `scale` has, and ten times of it the largest: where the number
    begins, its scale tells anyhow.
    """

    scale: float
    prime: int
    rest: int
    least: int

    def formula(self, cell: str) -> str:
        """Return the formula that is true where a cell has this digest."""
        scaled = f"{cell}*{number_text(self.scale)}"
        is_so_large = f"ABS(ABS({scaled})-{_MIDDLE * self.least:.0f})<={(_MIDDLE - 1) * self.least:.0f}"
        has_rest = f"MOD(ROUND({scaled},0)+{_ABOVE_0},{self.prime})={self.rest}"
        return f"AND({is_so_large},{has_rest})" if self.least else f"AND(ABS({scaled})<0.5,{has_rest})"

    def fits(self, number: float) -> bool:
        """Return whether a number has this digest."""
        size = abs(number * self.scale)
        is_so_large = self.least <= size <= (2 * _MIDDLE - 1) * self.least if self.least else size < 0.5
        return is_so_large and _rest(number, self.scale, self.prime) == self.rest


def digest_of(number: float, wrong: Iterable[float]) -> Digest:
    """Return a digest of a number that no other of `wrong` has but those that agree with it in all digits compared.

    Raises ValueError where there is none.
    """
    scale = _scale(number)
    others = {round(other * scale) for other in wrong if abs(other * scale) < _TOO_LARGE} - {round(number * scale)}
    for prime in _PRIMES:
        rest = _rest(number, scale, prime)
        if all((other + _ABOVE_0) % prime != rest for other in others):
            return Digest(scale, prime, rest, _least(number, scale))
    raise ValueError(f"every prime number takes {number} for one of {len(others)} others")


def tolerance(number: float) -> float:
    """Return how far another number may be from this one and have its digest by right."""
    return 0.5 / _scale(number)


def agrees(number: float, other: float) -> bool:
    """Return whether two numbers agree in all digits that a digest compares."""
    scale = _scale(number)
    return abs(other * scale) < _TOO_LARGE and round(number * scale) == round(other * scale)


def _least(number: float, scale: float) -> int:
    """Return a power of ten somewhat below a number times its scale; 0 for 0."""
    return 0 if number == 0.0 else int(10 ** math.floor(math.log10(abs(number * scale) * 0.98)))


def _rest(number: float, scale: float, prime: int) -> int:
    return (round(number * scale) + _ABOVE_0) % prime


def _scale(number: float) -> float:
    """Return the power of ten by which a number becomes a whole one of six to eight digits."""
    if number == 0.0:
        return 10.0 ** _DIGITS[0]
    first = math.floor(math.log10(abs(number)))
    scales = [10.0 ** (digits - 1 - first) for digits in _DIGITS]
    return next((scale for scale in scales if abs(abs(number * scale) % 1.0 - 0.5) > _MARGIN), scales[-1])
