"""The network drawn over live cells: its numbers stand in cells, circles and arrows lie over them.

So the drawing is alive in every program and on paper, and one that draws no shapes still shows the numbers in the form
of the network. What comes in along a weight stands at a port, left of the unit that the weight feeds, and there its
arrow ends: no label lies on an arrow, however many there are.

It has two densities. Plain, a unit is one circle, with what it receives above what it passes on. With gradients these
are two circles side by side, and below each number stands ∂E_Total/∂ of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from math import floor
from typing import NamedTuple

from xlbackprop.network import Gradient, Naming, NetInput, Parameter, Quantity, Target, TotalLoss, UnitLoss, Weight
from xlbackprop.sheets.canvas import Canvas, role_of
from xlbackprop.sheets.number_formats import FOUR_DECIMALS, format_of_loss
from xlbackprop.workbook import Corner, Live, Look, Outline, Role, address, live

MOST_UNITS, MOST_LAYERS, MOST_WEIGHTS = 8, 10, 200  # beyond these a network is not drawn
_ROW = 20  # pixels
_SHORT = "0.00E+00;-0.00E+00;0"  # a fourth digit would not fit into a circle
_ABOVE = 4  # pixels by which a circle is higher than its cells


def can_be_drawn(naming: Naming) -> bool:
    """Return whether a network is small enough to be drawn."""
    sizes = naming.sizes
    weights = sum(before * here for before, here in pairwise(sizes))
    return max(sizes) <= MOST_UNITS and naming.depth <= MOST_LAYERS and weights <= MOST_WEIGHTS


class Place(NamedTuple):
    """A quantity of the drawing, and the cell of its name; below it stand its number and ∂E_Total/∂ of it."""

    quantity: Quantity
    row: int
    column: int


@dataclass(frozen=True, eq=False)
class NetworkDrawing:
    """The drawing with its first cell at (`top`, `left`).

    `number` gives the cell of a quantity's number, or None for what has none, `text` that number as text; `named` finds
    both by a name.
    """

    naming: Naming
    top: int
    left: int
    number: Callable[[Quantity], Live | None]
    text: Callable[[Quantity], Live]
    named: Callable[[Live], tuple[Live, Live]]
    gradients: bool

    # ---------------------------------------------------------------------------------------------------- the measures

    @property
    def _rows_of_one(self) -> int:
        """How many rows a quantity takes: its name, its number, and ∂E_Total/∂ of it."""
        return 3 if self.gradients else 2

    @property
    def _rows_of_port(self) -> int:
        return self._rows_of_one - 1

    def _rows_of_unit(self, layer: int) -> int:
        return 4 if layer and not self.gradients else self._rows_of_one

    @property
    def columns_a_layer(self) -> int:
        """How many columns a layer takes: that of the arrows into it, its ports, its units."""
        return 4 if self.gradients else 3

    def _coming(self, layer: int, unit: int) -> list[Parameter]:
        """Return the parameters that feed a unit: its weights, and its bias."""
        weights: list[Parameter] = [Weight(layer, unit, source) for source in self.naming.units(layer - 1)]
        bias = self.naming.bias(layer, unit)
        return weights if bias is None else [*weights, bias]

    def _slot(self, layer: int) -> int:
        """Return how many rows a unit of a layer takes with a free row below it."""
        ports = len(self._coming(layer, 0)) * self._rows_of_port if layer else 0
        return max(self._rows_of_unit(layer), ports) + 1

    @property
    def rows(self) -> int:
        """How many rows the drawing takes."""
        losses = 3 * self.naming.sizes[-1] + 2
        return max(losses, *(self._slot(layer) * self.naming.sizes[layer] for layer in range(self.naming.depth + 1)))

    def _first_row(self, layer: int, unit: int, rows: int) -> int:
        """Return the first row of what is so many rows high and stands in the middle of a unit's part of the height."""
        middle = (2 * unit + 1) * self.rows / (2 * self.naming.sizes[layer])
        # halves always down the sheet: where one went up and the next down, units would overlap
        return self.top + floor(middle - rows / 2 + 0.5)

    def _ways(self, layer: int) -> int:
        """Return the column of the arrows into a layer; right of it stand its ports and its units."""
        return self.left + 1 + self.columns_a_layer * (layer - 1)

    @property
    def last_column(self) -> int:
        """The column of the losses."""
        return self._ways(self.naming.depth + 1) + 1

    @property
    def arrow_columns(self) -> list[int]:
        """The columns over which nothing but arrows lie."""
        return [self._ways(layer) for layer in range(1, self.naming.depth + 2)]

    def widths(self) -> dict[int, float]:
        """Return the widths of the columns, in characters."""
        found = {self.left: 8.5, self.last_column - 1: 3.5, self.last_column: 9.0}
        for layer in self.naming.layers():
            way = self._ways(layer)
            longest = max(len(self.naming.name(of)) for of in self._coming(layer, 0))
            units = max(8.5, len(self.naming.name(self.naming.output(layer, 0))) + 1.5)
            found |= {way: 2.0 + min(8, self.naming.sizes[layer - 1]), way + 1: longest + 8.0}
            found |= dict.fromkeys(range(way + 2, self._ways(layer + 1)), units)
        return found

    # ------------------------------------------------------------------------------------------------------ the places

    def nodes(self, layer: int, unit: int) -> list[Place]:
        """Return the places of what a unit receives and passes on; an input passes itself on."""
        row, column = self._first_row(layer, unit, self._rows_of_unit(layer)), self._ways(layer) + 2
        if layer == 0:
            return [Place(self.naming.output(0, unit), row, self.left)]
        beside = (row, column + 1) if self.gradients else (row + 2, column)
        return [Place(NetInput(layer, unit), row, column), Place(self.naming.output(layer, unit), *beside)]

    def ports(self, layer: int, unit: int) -> list[Place]:
        """Return the places of the weights, and the bias, that feed a unit; name and number stand in one cell."""
        coming = self._coming(layer, unit)
        rows = range(self._first_row(layer, unit, len(coming) * self._rows_of_port), 10**9, self._rows_of_port)
        return [Place(parameter, row, self._ways(layer) + 1) for parameter, row in zip(coming, rows, strict=False)]

    def losses(self) -> list[Place]:
        """Return the places of the losses: that of each output, below its target, and below them their sum."""
        outputs = self.naming.units(self.naming.depth)
        rows = range(self.top + (self.rows - 3 * len(outputs) - 2) // 2 + 1, 10**9, 3)
        places = [Place(UnitLoss(unit), row, self.last_column) for unit, row in zip(outputs, rows, strict=False)]
        return [*places, Place(TotalLoss(), places[-1].row + 2, self.last_column)]

    def _units(self) -> Iterator[tuple[int, int]]:
        return ((layer, unit) for layer in range(self.naming.depth + 1) for unit in self.naming.units(layer))

    def cells(self, place: Place) -> str:
        """Return the cells of a place without its gradient: the label of a weight, of others their name and number."""
        rows = 1 if isinstance(place.quantity, Parameter) else 2
        return f"{address(place.row, place.column)}:{address(place.row + rows - 1, place.column)}"

    # ------------------------------------------------------------------------------------------------------- the cells

    def put(self, canvas: Canvas) -> None:
        """Put all numbers of the network."""
        for layer, unit in self._units():
            for place in self.nodes(layer, unit):
                self._put_named(canvas, place)
                self._put_gradient(canvas, place, 2)
            for place in self.ports(layer, unit) if layer else ():
                self._put_label(canvas, *place)
                self._put_gradient(canvas, place, 1)
        for place in self.losses():
            self._put_named(canvas, place)
            if isinstance(place.quantity, UnitLoss):
                self._put_label(canvas, Target(place.quantity.unit), place.row - 1, place.column)

    def _put_label(self, canvas: Canvas, quantity: Quantity, row: int, column: int) -> None:
        """Put name and number of a quantity into one cell: w1 = 0.15."""
        name, role = self.naming.name(quantity), role_of(quantity, self.naming)
        label = f"{name} = " & self.text(quantity)
        there = canvas.put(row, column, label, Look.LABEL, role, align="center", shrink=True)
        canvas.claim(there, f"{name} = " & self.named(live(name))[1])

    def _put_named(self, canvas: Canvas, place: Place) -> None:
        quantity, row, column = place
        role = role_of(quantity, self.naming)
        name = canvas.put(row, column, self.naming.name(quantity), Look.LABEL, role, align="center")
        if (number := self.number(quantity)) is not None:
            look = Look.LINKED if "!" in number.formula else Look.NUMBER
            number_format = format_of_loss(number.value) if role is Role.LOSS else FOUR_DECIMALS
            there = canvas.put(row + 1, column, number, look, role, number_format, align="center", shrink=True)
            canvas.claim(there, self.named(name)[0])

    def _put_gradient(self, canvas: Canvas, place: Place, below: int) -> None:
        of = place.quantity
        number = self.number(Gradient(of)) if self.gradients else None  # type: ignore[arg-type]
        if number is not None:
            row, column, role = place.row + below, place.column, Role.GRADIENT
            there = canvas.put(row, column, number, Look.NUMBER, role, _SHORT, align="center", shrink=True)
            canvas.claim(there, self.named(live(f"∂E/∂{self.naming.name(of)}"))[0])

    # ------------------------------------------------------------------------------------------------------ the shapes

    def outlines(self) -> tuple[Outline, ...]:
        """Return the circles round the nodes, and the arrows."""
        return tuple(chain(self._circles(), self._arrows()))

    def _circles(self) -> Iterator[Outline]:
        for layer, unit in self._units():
            first, *others = self.nodes(layer, unit)
            if self.gradients or not others:
                yield from (self._circle(place, self._rows_of_one) for place in (first, *others))
            else:
                yield self._circle(first, self._rows_of_unit(layer))
        yield self._circle(self.losses()[-1], 2)

    def _circle(self, place: Place, rows: int) -> Outline:
        start = Corner(place.row - 1, place.column, 0, _ROW - _ABOVE)
        end = Corner(place.row + rows, place.column + 1, 0, _below(rows))
        words = f"circle round {self.naming.name(place.quantity)}"
        return Outline("ellipse", start, end, role_of(place.quantity, self.naming), words)

    def _arrows(self) -> Iterator[Outline]:
        for layer, unit in self._units():
            for place in self.ports(layer, unit) if layer else ():
                if isinstance(place.quantity, Weight):
                    yield self._arrow(layer, place.quantity.source, place)
        for unit, place in enumerate(self.losses()[:-1]):
            yield self._arrow(self.naming.depth + 1, unit, place)

    def _arrow(self, layer: int, source: int, place: Place) -> Outline:
        """Return the arrow from a unit of the layer before to the cell of a weight or loss."""
        way, rows = self._ways(layer), self._rows_of_unit(layer - 1)
        first = self.nodes(layer - 1, source)[0].row
        middle = _ROW / 2 * (rows % 2) + (_below(rows) - _ABOVE) / 2
        start, end = Corner(first + rows // 2, way, 0, middle), Corner(place.row, way + 1, 0, _ROW / 2)
        names = map(self.naming.name, (self.naming.output(layer - 1, source), place.quantity))
        return Outline("arrow", start, end, Role.NONE, f"arrow from {' to '.join(names)}")


def _below(rows: int) -> int:
    """Return by how many pixels a circle goes below its cells: the lowest of three numbers needs more room."""
    return 15 if rows == 3 else _ABOVE
