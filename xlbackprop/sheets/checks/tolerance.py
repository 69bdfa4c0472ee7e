"""When `Checks` takes two numbers for different, in two forms: as a formula of the sheet, and in NumPy.

Numbers a and b differ where ((a − b)/(absolute + relative·|b|))² is above ½. They are divided before they are squared,
so that large ones, whose squares would overflow, can be compared too.
"""

from __future__ import annotations

import numpy as np

ABSOLUTE, RELATIVE = 1e-12, 1e-9


def is_far(here: np.ndarray, there: np.ndarray, absolute: float = ABSOLUTE, relative: float = RELATIVE) -> np.ndarray:
    """Return 1 where `here` differs from `there`, else 0; NaN where one is an error or the square overflows."""
    with np.errstate(all="ignore"):
        square = ((here - there) / (absolute + relative * np.abs(there))) ** 2
        return np.where(np.isfinite(square), square > 0.5, np.nan)


def is_far_formula(here: str, there: str, absolute: str, relative: str, *, positive: bool = False) -> str:
    """Return the formula that tests the same for cells or ranges; with `positive`, `there` is known to be at least 0.

    `absolute` and `relative` are tolerances: cells, or numbers. ABS of a range is not computed alike by all programs,
    so |`there`| is written without it. Adding 1 and taking it away leaves nothing of a quotient whose square would be
    too small for a number: LibreOffice makes an error of such a power.
    """
    size = there if positive else f"{there}*(2*({there}>0)-1)"
    return f"(1+({here}-{there})/({absolute}+{relative}*{size})-1)^2>1/2"
