"""How numbers are shown: formats with four significant digits, and widths that they fit.

A reader may edit any number, and then others become large or small. A cell shrinks its letters where a number is wider
than its column. What would be too long, or too small for its decimals, is in scientific notation: by a condition in the
format of numbers that are never negative, else by a rule of the sheet (`Reformat`). A format with conditions cannot
serve both signs: LibreOffice leaves out the minus of its third section, and Excel that of the first two.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from xlbackprop.network import (
    BatchGradient,
    Correct,
    Epoch,
    EpochLoss,
    ExampleNumber,
    Exponential,
    ExponentialSum,
    Gradient,
    InBatch,
    Input,
    LearningRate,
    Output,
    Quantity,
    State,
    Step,
    Target,
    TotalLoss,
    UnitLoss,
)
from xlbackprop.numpy_run import Spread
from xlbackprop.workbook import ErrorValue, Role, Value, cell, fixed

WHOLE = "0"
FOUR_DECIMALS, FIVE_DECIMALS, SIX_DECIMALS = "0.0000", "0.00000", "0.000000"
SCIENTIFIC = "0.000E+00;-0.000E+00;0"  # a zero is 0, also one that rounding made negative
LOSS = "[=0]0;[<0.001]0.000E+00;0.000000"  # never negative; six decimals have four digits from 0.001 on
LARGE_LOSS = "[=0]0;[<0.1]0.000E+00;0.0000"
RATE = "[=0]0;[<0.001]0.000E+00;0.0###"  # a single learning rate or constant: as many decimals as were typed
# From this size on a number is in scientific notation where its format, of either sign, would write it out.
TOO_LONG = {FOUR_DECIMALS: 1000, LARGE_LOSS: 1000, FIVE_DECIMALS: 100, SIX_DECIMALS: 100, LOSS: 100}


class Shown(NamedTuple):
    """How a column is shown: number format, and width in characters."""

    number_format: str
    width: float


# In characters, in which these stand at their full size: 0.1234, -0.1234, 0.123456, -1.234E-04. All 32 columns of the
# 2-2-2 network are seen at once in a window of 1920 pixels, of which LibreOffice has some 1800 for them.
_OF_UNITS, _OF_WEIGHTS, LOSS_WIDTH, _SIGNED = 6.05, 6.65, 8.1, 8.9


def shown(quantity: Quantity, numbers: Spread, *, whole: bool = False) -> Shown:
    """Return how a column of a run is shown. `numbers` are those of all columns that shall look alike.

    With `whole` they are whole numbers, as long as nobody types another one.
    """
    largest = max(abs(numbers.lowest), abs(numbers.highest))
    match quantity:
        case Epoch() | Step() | ExampleNumber() | InBatch() | Correct():
            return Shown(WHOLE, max(4.55, 0.6 + len(f"{largest:.0f}")))
        case Input() | Target() if whole:
            return Shown(WHOLE, 5.6)  # "target" stands above
        case UnitLoss() | TotalLoss() | EpochLoss() | LearningRate() | Exponential() | ExponentialSum():
            return Shown(loss_format(largest), LOSS_WIDTH)
        case Gradient() | BatchGradient() | State():
            small = math.isnan(numbers.smallest) or numbers.smallest < 0.001 or largest >= 10
            plus = 0.6 if largest >= 1 else 0.0  # E+00 is wider than E-04
            return Shown(SCIENTIFIC, _SIGNED + plus) if small else Shown(SIX_DECIMALS, _SIGNED)
        case _ if 0 < largest < 0.01 or largest >= 1000:
            return Shown(SCIENTIFIC, _SIGNED)
        case _ if 0 < largest < 0.1:
            return Shown(FIVE_DECIMALS, LOSS_WIDTH if numbers.lowest < 0 else _OF_WEIGHTS)
        case Input() | Target() | Output():
            return Shown(FOUR_DECIMALS, _OF_WEIGHTS if largest >= 10 or numbers.lowest < 0 else _OF_UNITS)
        case _:
            return Shown(FOUR_DECIMALS, _OF_WEIGHTS)


def loss_format(largest: float) -> str:
    """Return the number format of losses, or other numbers that are never negative, up to the largest one."""
    return LOSS if largest < 10 or math.isnan(largest) else LARGE_LOSS if largest < 1000 else SCIENTIFIC


def format_of_cell(value: Value, role: Role) -> str:
    """Return the number format of a single cell with a formula: any but General, which LibreOffice would replace.

    It shows a number in General by the format of the cells that the formula reads, and a text as it is.
    """
    if isinstance(value, str) and not isinstance(value, ErrorValue):
        return "General"
    if isinstance(value, int):
        return WHOLE
    return {Role.GRADIENT: SCIENTIFIC, Role.LOSS: LOSS}.get(role, SIX_DECIMALS)


def together(spreads: Iterable[Spread]) -> Spread:
    """Return the range of the numbers of several columns."""
    return Spread.of([number for one in spreads for number in (one.lowest, one.highest, one.smallest)])


def header_width(header: str) -> float:
    """Return the width of a column, in characters, in which its bold header stands in one line."""
    return 0.55 + sum(1.5 if letter in "mwM" else 0.6 if letter in "fijlrt " else 1.0 for letter in header)


def fixed_text(value: float) -> str:
    """Return a number as text with four significant digits, 0.1235; "an error" where it is not finite."""
    text = fixed(cell("", value)).value
    return "an error" if isinstance(text, ErrorValue) else text
