"""How many digits a file has: a number that was pasted, or stored by a program that rounds, is exact no further."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from xlbackprop.network import Bias, Input, LearningRate, Quantity, Target, Weight

if TYPE_CHECKING:
    from xlbackprop.classroom.audit.tables import Table

ALL = 15  # significant digits, from which on a number is as good as exact


def slack_of(table: Table, quantity: Quantity) -> np.ndarray:
    """Return by how much each number of a column may differ from what was meant; 0 where it was calculated here."""
    found = table.found[quantity]
    slack = np.zeros(len(found))
    if isinstance(quantity, Input | Target | LearningRate):
        return slack
    rounded = np.isnan(table.calculated(quantity)) | np.array([one is None for one in table.formulas[quantity]])
    if isinstance(quantity, Weight | Bias):
        rounded[0] = False  # a starting weight is what was typed
    rounded &= np.isfinite(found)
    if (rounded & (found != 0)).any():
        slack[rounded] = half_units(found[rounded])
    return slack


def half_units(numbers: np.ndarray) -> np.ndarray:
    """Return half a unit of the last digit of each number, as many digits as the one with most of them has."""
    written = [np.format_float_scientific(number, trim="-") for number in numbers]
    digits = [len(one.partition("e")[0].replace(".", "").replace("-", "")) for one in written]
    exponents = np.array([int(one.partition("e")[2]) for one in written])
    most = max(digits)
    if most >= ALL:
        return np.zeros(len(numbers))
    decimals = max(count - 1 - int(exponent) for count, exponent in zip(digits, exponents, strict=True))
    return np.maximum(0.5 * 10.0**-decimals, 0.5 * 10.0 ** (exponents - most + 1))
