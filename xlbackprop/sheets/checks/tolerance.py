"""When two numbers count as different on `Checks`, told twice: as the sheet writes it, and as NumPy computes it.

They differ where (a − b)/(absolute + relative·|b|) squared is above ½. Numbers are divided before they are squared, so
that large ones, whose squares would overflow, can be compared too.
"""

from __future__ import annotations

import numpy as np

ABSOLUTE, RELATIVE = 1e-12, 1e-9


def is_far(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Return 1 where a number is not what stands `there`, else 0; NaN where one is an error or the square overflows."""
    with np.errstate(all="ignore"):
        square = ((here - there) / (ABSOLUTE + RELATIVE * np.abs(there))) ** 2
        return np.where(np.isfinite(square), square > 0.5, np.nan)


def is_far_formula(here: str, there: str, absolute: str, relative: str, *, positive: bool = False) -> str:
    """Return the same for cells or whole ranges; `positive` tells that what stands `there` is never below 0.

    ABS of a range is not computed alike by all programs.
    """
    size = there if positive else f"{there}*(2*({there}>0)-1)"
    return f"(({here}-{there})/({absolute}+{relative}*{size}))^2>1/2"
