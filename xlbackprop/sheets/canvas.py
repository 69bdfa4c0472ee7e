"""`Canvas`, on which a sheet's cells are put, and what all sheets share: roles, numbers as text."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Literal

from xlbackprop.arithmetic import magnitude
from xlbackprop.network import (
    BatchGradient,
    Bias,
    Constant,
    Correct,
    Datum,
    Epoch,
    EpochLoss,
    ExampleNumber,
    Exponential,
    ExponentialSum,
    Given,
    Gradient,
    Highest,
    InBatch,
    Input,
    LearningRate,
    Naming,
    NetInput,
    Output,
    Quantity,
    State,
    Step,
    Target,
    TotalLoss,
    UnitLoss,
    Weight,
)
from xlbackprop.sheets.number_formats import format_of_cell
from xlbackprop.workbook import Cell, ErrorValue, Look, Role, Style, Value, address


class Canvas:
    """The cells of a sheet outside its tables, while it is laid out.

    `cells` is by (row, column), `heights` by row, in points; `merged` lists ranges, "A1:K1".
    """

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], Cell] = {}
        self.heights: dict[int, float] = {}
        self.merged: list[str] = []

    def put(
        self,
        row: int,
        column: int,
        value: Value,
        look: Look = Look.BODY,
        role: Role = Role.NONE,
        number_format: str = "",
        *,
        formula: str | None = None,
        link: str | None = None,
        changeable: str | None = None,
        choices: tuple[str, ...] = (),
        wrap: bool = False,
        align: Literal["left", "center", "right"] | None = None,
        shrink: bool = False,
    ) -> str:
        """Put a cell and return its fixed address, e.g. `$F$6`. `Cell` and `Style` tell what the parameters mean.

        Without a `number_format` a formula has that of its kind, and all else is General.
        """
        number_format = number_format or (format_of_cell(value, role) if formula is not None else "General")
        style = Style(look, role, number_format, align, wrap, shrink)
        self.cells[row, column] = Cell(value, style, formula, link, changeable, choices)
        return address(row, column, fixed=True)

    def paragraph(
        self,
        row: int,
        columns: tuple[int, int],
        text: str,
        width: float,
        look: Look = Look.BODY,
        role: Role = Role.NONE,
    ) -> None:
        """Put wrapped text over the first to the last of `columns`, merged; the row is made as high as its lines need.

        `width` is how many characters fit into a line.
        """
        self.put(row, columns[0], text, look, role, wrap=True)
        if columns[1] > columns[0]:
            self.merged.append(f"{address(row, columns[0])}:{address(row, columns[1])}")
        self.heights[row] = max(self.heights.get(row, 0), min(409.0, 15.0 * lines_of(text, width) + 1))


def lines_of(text: str, width: float) -> int:
    """Return how many lines a text takes in a cell that is `width` characters wide, words kept whole."""
    lines = 0
    for paragraph in text.split("\n"):
        lines, room = lines + 1, width
        for word in paragraph.split(" "):
            if len(word) > room and room < width:
                lines, room = lines + 1, width
            room -= len(word) + 1
    return lines


def role_of(quantity: Quantity, naming: Naming) -> Role:
    """Return the role of a quantity, which decides its colour: Role.PARAMETER of w1, Role.GRADIENT of ∂E/∂w1.

    `naming` is that of its network, which tells the output layer from the hidden ones.
    """
    match quantity:
        case Input():
            return Role.INPUT
        case Target():
            return Role.TARGET
        case Weight() | Bias():
            return Role.PARAMETER
        case NetInput(layer) | Output(layer):
            return role_of_layer(layer, naming)
        case Highest() | Exponential() | ExponentialSum():
            return Role.OUTPUT
        case UnitLoss() | TotalLoss() | EpochLoss() | Correct():
            return Role.LOSS
        case Gradient() | BatchGradient():
            return Role.GRADIENT
        case LearningRate() | Constant() | State():
            return Role.UPDATE
        case Given(of) | Datum(of):
            return role_of(of, naming)
        case Epoch() | Step() | ExampleNumber() | InBatch():
            return Role.NONE


def role_of_layer(layer: int, naming: Naming) -> Role:
    """Return the role of what the units of a layer receive and pass on."""
    return Role.OUTPUT if layer == naming.depth else Role.HIDDEN


def fixed(cell: str) -> str:
    """Return a formula that writes a cell's number as text with four significant digits, alike in every language."""
    # LibreOffice refuses more than 15 decimals, so what is smaller is 0 here; beyond 10^15 programs show other digits
    number = f"FIXED({cell},MIN(15,MAX(0,3-INT(LOG10(ABS({cell}))))),TRUE)"
    return f'IF(ABS({cell})<5/10^16,"0",IF(ABS({cell})<10^15,{number},"beyond 10^15"))'


def fixed_text(value: float) -> str:
    """Return the text that the formula of `fixed` gives, e.g. 0.1235; "an error" where the number is not finite."""
    if not math.isfinite(value):
        return "an error"
    if abs(value) < 5e-16:
        return "0"
    if abs(value) >= 1e15:
        return "beyond 10^15"
    return _rounded(value, _four_digit_decimals(value))


def _four_digit_decimals(value: float) -> int:
    return min(15, max(0, 3 - magnitude(value)))


_ALL_DIGITS = Context(prec=400)  # the largest number has 309 digits before the point


def _rounded(value: float, decimals: int) -> str:
    return f"{Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _ALL_DIGITS):f}"


def short(cell: str) -> str:
    """Return a formula that writes a cell's number as text: 0.3 as it is, a longer one with four significant digits."""
    # What is this near to a number of four decimals is meant as one, whatever a program makes of its last digits; and a
    # number halfway between two texts is made a little larger, so that its last digits do not decide.
    places = f"IF({_is_at(cell, 1)},IF({_is_at(cell, 0)},0,1),2)"
    few = f"IF({_is_at(cell, 2)},{places},IF({_is_at(cell, 3)},3,4))"
    many = f"MIN(15,MAX(0,3-INT(LOG10(ABS({cell})))))"
    number = f"FIXED({cell}*(1+1/10^12),IF(AND(ABS({cell})>=1/10^4,{_is_at(cell, 4)}),{few},{many}),TRUE)"
    return f'IF(ABS({cell})<5/10^16,"0",IF(ABS({cell})<10^15,{number},"beyond 10^15"))'


def _is_at(cell: str, decimals: int) -> str:
    return f"ABS({cell}-ROUND({cell},{decimals}))<(1+ABS({cell}))/10^12"


def short_text(value: float) -> str | ErrorValue:
    """Return the text that the formula of `short` gives, e.g. 0.3 or 0.3333; #NUM! where the number is not finite."""
    if not math.isfinite(value):
        return ErrorValue.NUM
    if abs(value) < 5e-16 or abs(value) >= 1e15:
        return fixed_text(value)
    if abs(value) < 1e-4:
        return _rounded(value * (1 + 1e-12), _four_digit_decimals(value))
    near = (1 + abs(value)) * 1e-12
    exact = (decimals for decimals in range(5) if abs(value - float(_rounded(value, decimals))) < near)
    return _rounded(value * (1 + 1e-12), next(exact, _four_digit_decimals(value)))


def epoch_axis(last: int) -> tuple[float, float]:
    """Return end and step of an axis for the epochs 0 … `last`: 10000 and 2000 for 10,000 epochs.

    The axis has about six parts, each 1, 2 or 5 times a power of ten.
    """
    rough = last / 6
    power = 10.0 ** magnitude(rough)
    step = max(1.0, next(step * power for step in (1, 2, 5, 10) if step * power >= rough))
    return step * math.ceil(last / step), step


def every(stride: int) -> str:
    """Return in words which epochs are shown: "every epoch", "every 2nd epoch", "every 10th epoch"."""
    if stride == 1:
        return "every epoch"
    ending = "th" if stride % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(stride % 10, "th")
    return f"every {stride:,}{ending} epoch"
