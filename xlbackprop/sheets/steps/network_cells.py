"""The network in cells: the numbers of the drawing, layer by layer from left to right, for every program and reader."""

from __future__ import annotations

import numpy as np

from xlbackprop.network import Gradient, Input, NetInput, Output, Parameter, Quantity, TotalLoss, UnitLoss, Weight
from xlbackprop.sheets.canvas import Canvas, role_of, role_of_layer
from xlbackprop.sheets.steps.chosen_row import Row
from xlbackprop.sheets.steps.places import CARD_COLUMNS
from xlbackprop.workbook import ColourScale, Look, Role, address

_WIDTHS = (8.2, 9.4, 10.2, 1.4)  # a name, its value, ∂E/∂, a gap


class NetworkInCells:
    """The network as cards of cells, one a unit: its weights with what they bring in, its net input, its output.

    Each number has its ∂E/∂ beside it.
    """

    def __init__(self, canvas: Canvas, shown: Row) -> None:
        self.canvas = canvas
        self.shown = shown
        self.places = shown.places
        self.naming = shown.naming
        self.top = self.bottom = 0
        self._scaled: dict[Role, list[tuple[int, int]]] = {Role.PARAMETER: [], Role.GRADIENT: []}

    def put(self, top: int) -> int:
        """Put all layers from row `top` on; return the row below them."""
        self.top = self.bottom = top
        column = self.places.right
        self._header(column, "inputs", Role.INPUT)
        for unit, given in enumerate(self.naming.inputs()):
            self._entry(self.top + 1 + 2 * unit, column, given, given)
        column += CARD_COLUMNS
        for layer in self.naming.layers():
            self._layer(layer, column)
            column += 2 * CARD_COLUMNS
        self._losses(column)
        return self.bottom

    def _layer(self, layer: int, column: int) -> None:
        units = column + CARD_COLUMNS
        self._header(column, f"→ layer {layer}", Role.PARAMETER)
        self._header(units, f"layer {layer}", role_of_layer(layer, self.naming))
        row = self.top + 1
        for unit in self.naming.units(layer):
            coming: list[Parameter] = [Weight(layer, unit, source) for source in self.naming.units(layer - 1)]
            bias = self.naming.bias(layer, unit)
            coming += [bias] if bias is not None else []
            for offset, parameter in enumerate(coming):
                self._entry(row + offset, column, parameter, parameter)
            self._entry(row, units, NetInput(layer, unit), NetInput(layer, unit))
            self._entry(row + 1, units, Output(layer, unit), Output(layer, unit))
            row += max(2, len(coming)) + 1

    def _header(self, column: int, text: str, role: Role) -> None:
        for offset, words in enumerate((text, "value", "∂E/∂")):
            self.canvas.put(self.top, column + offset, words, Look.HEADER, Role.GRADIENT if offset == 2 else role)

    def _entry(self, row: int, column: int, quantity: Quantity, of: Parameter | Input | NetInput | Output) -> None:
        """Put the name of a quantity, its value, and ∂E/∂`of`."""
        canvas, shown, name = self.canvas, self.shown, self.naming.name(quantity)
        role = role_of(quantity, self.naming)
        canvas.put(row, column, name, Look.LABEL, role)
        number = shown.shown(quantity)
        canvas.put(row, column + 1, number.value, Look.NUMBER, role, formula=number.cell)
        if role is Role.PARAMETER:
            self._scaled[role].append((row, column + 1))
        gradient = Gradient(of)
        if shown.has(gradient):
            slope = shown.shown(gradient)
            canvas.put(row, column + 2, slope.value, Look.NUMBER, Role.GRADIENT, formula=slope.cell)
            self._scaled[Role.GRADIENT].append((row, column + 2))
        self.bottom = max(self.bottom, row + 1)

    def _losses(self, column: int) -> None:
        canvas, shown = self.canvas, self.shown
        for offset, words in enumerate(("loss", "value")):
            canvas.put(self.top, column + offset, words, Look.HEADER, Role.LOSS)
        losses: list[Quantity] = [UnitLoss(unit) for unit in self.naming.units(self.naming.depth)]
        for row, quantity in enumerate([*losses, TotalLoss()], start=self.top + 1):
            number = shown.shown(quantity)
            canvas.put(row, column, self.naming.name(quantity), Look.LABEL, Role.LOSS)
            canvas.put(row, column + 1, number.value, Look.NUMBER, Role.LOSS, formula=number.cell)
            self.bottom = max(self.bottom, row + 1)

    def widths(self) -> dict[int, float]:
        """Return the widths of the network's columns."""
        first, last = self.places.right, self.places.last_network_column
        return {column: _WIDTHS[(column - first) % CARD_COLUMNS] for column in range(first, last + 1)}

    def scales(self) -> tuple[ColourScale, ...]:
        """Return the colours of weights and gradients by size and sign; the numbers show both without colour.

        The sizes with the full colour are put into the workings.
        """
        found = []
        for offset, (places, words) in enumerate(zip(self._scaled.values(), ("weight", "∂E/∂"), strict=True)):
            row, column = self.places.state_row + offset, self.places.workings + 7
            formula, value = self._largest(places)
            self.canvas.put(row, column - 1, f"largest {words}", Look.LABEL)
            limit = self.canvas.put(row, column, value, Look.NUMBER, formula=formula)
            found.append(ColourScale(" ".join(address(*place) for place in places), limit))
        return tuple(found)

    def _largest(self, places: list[tuple[int, int]]) -> tuple[str, float]:
        """Return formula and value of the largest absolute value in cells (row, column); an error if one is."""
        rows: dict[int, list[int]] = {}
        for row, column in places:
            rows.setdefault(column, []).append(row)
        ranges = ",".join(
            f"{address(min(of), column, fixed=True)}:{address(max(of), column, fixed=True)}"
            for column, of in rows.items()
        )
        values = np.array([self.canvas.cells[place].value for place in places], dtype=np.float64)
        return f"MAX(MAX({ranges}),-MIN({ranges}))", float(np.abs(values).max())
