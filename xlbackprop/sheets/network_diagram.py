"""The network as native shapes: a pair of nodes a unit (net input and output), an arrow a weight, live labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from xlbackprop.document import Arrow, Diagram, Role, Shape
from xlbackprop.quantities import NetInput, Quantity, TotalLoss, UnitLoss, Weight
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import role_of

MOST_UNITS = 6
MOST_LABELS = 18
_NODE = 46.0
_LABEL_WIDTH, _LABEL_HEIGHT = 70.0, 17.0


def fits(book: Book) -> bool:
    """Return whether the network can be drawn legibly."""
    return max(book.naming.sizes) <= MOST_UNITS and book.naming.depth <= 3


@dataclass(frozen=True, eq=False)
class NetworkDiagram:
    """The drawing. `cells` tells which cell shows a quantity's number or a weight's label, `texts` what it shows."""

    book: Book
    width: int
    height: int
    cells: Mapping[Quantity, str]
    texts: Mapping[Quantity, str]

    def diagram(self, anchor: str) -> Diagram:
        """Return the drawing, with its corner at a cell."""
        naming = self.book.naming
        return Diagram(
            anchor=anchor,
            width=self.width,
            height=self.height,
            arrows=tuple(self._arrows()),
            shapes=(*self._nodes(), *self._weight_labels()),
            alt_text=(
                f"The network: {' – '.join(map(str, naming.sizes))} units, each layer joined fully to the next by the "
                f"weights w1 to w{len(self.book.lesson.weights)}; the outputs are compared with the targets and give "
                f"E_Total, {self.texts[TotalLoss()]} at epoch 0. The same numbers stand in cells below."
            ),
        )

    @cached_property
    def _pair_gap(self) -> float:
        """How far the output node stands right of the net input's node: they touch, as one unit."""
        return _NODE - 1

    @cached_property
    def _left(self) -> list[float]:
        """The left edge of each layer, and of the loss at the end."""
        depth = self.book.naming.depth
        room = self.width - _NODE * 1.3
        gap = (room - _NODE - depth * (_NODE + self._pair_gap)) / (depth + 0.7)
        lefts = [0.0]
        for layer in range(1, depth + 1):
            before = _NODE if layer == 1 else _NODE + self._pair_gap
            lefts.append(lefts[-1] + before + gap)
        return [*lefts, room]

    def _middle(self, layer: int, unit: int) -> float:
        """The height of a unit's middle."""
        count = self.book.naming.sizes[layer]
        spread = self.height - _NODE - 2 * _LABEL_HEIGHT
        step = spread / max(count - 1, 1)
        top = _NODE / 2 + 4 if count > 1 else self.height / 2 - 8
        return top + unit * step

    def _right_edge(self, layer: int) -> float:
        return self._left[layer] + _NODE + (self._pair_gap if layer else 0)

    # ------------------------------------------------------------------------------------------------------- the parts

    def _nodes(self) -> Iterator[Shape]:
        naming = self.book.naming
        for layer in range(naming.depth + 1):
            for unit in naming.units(layer):
                y = self._middle(layer, unit)
                output = naming.output(layer, unit)
                yield from self._node(output, self._right_edge(layer) - _NODE, y)
                if layer:
                    yield from self._node(NetInput(layer, unit), self._left[layer], y)
        yield from self._node(TotalLoss(), self._left[-1], self.height / 2 - 8, _NODE * 1.3)

    def _node(self, quantity: Quantity, x: float, y: float, size: float = _NODE) -> Iterator[Shape]:
        """Yield the node of a quantity and below it its live number."""
        name, role = self.book.naming.name(quantity), role_of(quantity)
        points = 9.0 if len(name) < 6 else 7.5
        yield Shape("ellipse", x, y - size / 2, size, size, name, role, bold=True, size=points)
        text, cell = self.texts[quantity], self.cells[quantity]
        yield Shape("label", x, y + size / 2 + 1, size, _LABEL_HEIGHT, text, Role.NONE, cell, size=7.5)

    def _arrows(self) -> Iterator[Arrow]:
        naming = self.book.naming
        for weight in naming.weights():
            yield Arrow(*self._ends(weight))
        for unit in naming.units(naming.depth):
            x, y = self._right_edge(naming.depth), self._middle(naming.depth, unit)
            yield Arrow(x, y, self._left[-1] + 2, self.height / 2 - 8 + (unit + 0.5 - naming.sizes[-1] / 2) * 8)

    def _ends(self, weight: Weight) -> tuple[float, float, float, float]:
        before, here = self._middle(weight.layer - 1, weight.source), self._middle(weight.layer, weight.unit)
        return self._right_edge(weight.layer - 1), before, self._left[weight.layer], here

    def _weight_labels(self) -> Iterator[Shape]:
        naming = self.book.naming
        if len(self.book.lesson.weights) > MOST_LABELS:
            return
        # level arrows first: their label belongs in the middle, and the slanting ones have more room to give way
        taken: list[tuple[float, float]] = []
        for weight in sorted(naming.weights(), key=self._slant):
            x, y = self._free_place(weight, taken)
            taken.append((x, y))
            corner = x - _LABEL_WIDTH / 2, y - _LABEL_HEIGHT / 2
            text, cell = self.texts[weight], self.cells[weight]
            yield Shape("label", *corner, _LABEL_WIDTH, _LABEL_HEIGHT, text, Role.PARAMETER, cell, size=8.5)
        for unit in naming.units(naming.depth):
            x = (self._right_edge(naming.depth) + self._left[-1]) / 2
            y = (self._middle(naming.depth, unit) + self.height / 2 - 8) / 2
            name = naming.name(UnitLoss(unit))
            yield Shape("label", x - 13, y - 8, 26, _LABEL_HEIGHT, name, Role.LOSS, size=8.5)

    def _slant(self, weight: Weight) -> float:
        _, y1, _, y2 = self._ends(weight)
        return abs(y1 - y2)

    def _free_place(self, weight: Weight, taken: list[tuple[float, float]]) -> tuple[float, float]:
        """Return the middle of a weight's label: on its arrow, clear of the labels that are there already."""
        x1, y1, x2, y2 = self._ends(weight)
        places = [(x1 + part * (x2 - x1), y1 + part * (y2 - y1)) for part in self._parts(weight)]

        def clearance(place: tuple[float, float]) -> float:
            """The least distance to another label, counted in heights, since labels are wide; beyond 1 is free."""
            gaps = (max(abs(place[0] - x) / _LABEL_WIDTH, abs(place[1] - y) / _LABEL_HEIGHT) for x, y in taken)
            return min(gaps, default=9.0)

        return next((place for place in places if clearance(place) > 1.05), max(places, key=clearance))

    def _parts(self, weight: Weight) -> list[float]:
        """Return the parts of the way along an arrow that a label tries, the best first; slanting: near its source."""
        if self._slant(weight) < 1:
            return [0.5]
        return sorted(
            (step / 40 for step in range(4, 37)), key=lambda part: min(abs(part - 0.3), abs(part - 0.7) + 0.01)
        )
