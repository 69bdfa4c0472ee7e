"""`Canvas`, on which a sheet's cells are put, and what all sheets share: roles, the axis of the epochs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from xlbackprop import network
from xlbackprop.arithmetic import magnitude
from xlbackprop.sheets.number_formats import format_of_cell
from xlbackprop.workbook import Cell, Claim, Live, Look, Role, Style, Told, Written, address, cell, quoted


class Canvas:
    """The cells of a sheet outside its tables, while it is laid out.

    `cells` is by (row, column), `heights` by row, in points; `merged` lists ranges, "A1:K1". `Checks` compares what
    `claims` say.
    """

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], Cell] = {}
        self.heights: dict[int, float] = {}
        self.merged: list[str] = []
        self.claims: list[Claim] = []

    def claim(self, told: Live, there: Live | str, size: str = "") -> None:
        """Say what a cell must show, as `Claim` does.

        Of a text that is made of names the cell's own formula will do: what refers to another cell later is seen.
        """
        self.claims.append(Claim(told.formula, str(there), size))

    def put(
        self,
        row: int,
        column: int,
        told: Told | bool,
        look: Look = Look.BODY,
        role: Role = Role.NONE,
        number_format: str = "",
        *,
        link: str | None = None,
        changeable: str | None = None,
        choices: tuple[str, ...] = (),
        wrap: bool = False,
        align: Literal["left", "center", "right"] | None = None,
        shrink: bool = False,
    ) -> Live:
        """Put a constant or a formula with its value, and return the cell, to be used in other formulas of the sheet.

        `Cell` and `Style` tell what the other parameters mean. Without a `number_format` a formula has that of its
        kind, and all else is General.
        """
        value, formula = (told.value, told.formula) if isinstance(told, Live) else (told, None)
        formula = None if isinstance(told, Written) else formula
        number_format = number_format or (format_of_cell(value, role) if formula is not None else "General")
        style = Style(look, role, number_format, align, wrap, shrink)
        self.cells[row, column] = Cell(value, style, formula, link, changeable, choices)
        return cell(address(row, column, fixed=True), value)

    def head(self, title: str, links: Mapping[str, str]) -> None:
        """Put the title of a sheet and, in the row below, links: what each says → the sheet that it leads to."""
        self.put(1, 1, title, Look.TITLE)
        for column, (words, sheet) in enumerate(links.items(), start=1):
            self.put(2, column, words, Look.LINK, link=f"{quoted(sheet)}!A1")

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
    """Return how many lines a text takes in a cell that is `width` characters wide; longer words are broken."""
    lines = 0
    for paragraph in text.split("\n"):
        lines, room = lines + 1, width
        for word in paragraph.split(" "):
            if len(word) > room and room < width:
                lines, room = lines + 1, width
            broken = max(0, len(word) - 1) // width
            lines, room = lines + int(broken), room - (len(word) - broken * width) - 1
    return lines


def role_of(quantity: network.Quantity, naming: network.Naming) -> Role:
    """Return the role of a quantity, which decides its colour: Role.PARAMETER of w1, Role.GRADIENT of ∂E/∂w1.

    `naming` is that of its network, which tells the output layer from the hidden ones.
    """
    match quantity:
        case network.Input():
            return Role.INPUT
        case network.Target():
            return Role.TARGET
        case network.Weight() | network.Bias():
            return Role.PARAMETER
        case network.NetInput(layer) | network.Output(layer):
            return role_of_layer(layer, naming)
        case network.Highest() | network.Exponential() | network.ExponentialSum():
            return Role.OUTPUT
        case network.UnitLoss() | network.TotalLoss() | network.EpochLoss() | network.Correct():
            return Role.LOSS
        case network.Gradient() | network.BatchGradient():
            return Role.GRADIENT
        case network.LearningRate() | network.Constant() | network.State():
            return Role.UPDATE
        case network.Given(of) | network.Datum(of):
            return role_of(of, naming)
        case network.Epoch() | network.Step() | network.ExampleNumber() | network.InBatch():
            return Role.NONE


def role_of_layer(layer: int, naming: network.Naming) -> Role:
    """Return the role of what the units of a layer receive and pass on."""
    return Role.OUTPUT if layer == naming.depth else Role.HIDDEN


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
