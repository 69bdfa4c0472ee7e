"""The network of the chosen row drawn as native shapes.

The number that comes in along a weight is shown at a port, a place at the left of the unit that the weight feeds: the
weight's name, its value and ∂E/∂w. So no label lies on an arrow, however many there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from xlbackprop.network import Gradient, Input, NetInput, Output, Parameter, Quantity, TotalLoss, UnitLoss, Weight
from xlbackprop.sheets.canvas import role_of
from xlbackprop.sheets.steps.chosen_row import Row
from xlbackprop.workbook import Arrow, Diagram, Role, Shape

_NODE, _LOSS_NODE = 42.0, 58.0
_NUMBER_HEIGHT = 13.0  # of the value, and of ∂E/∂, below a node
_NAME_WIDTH, _VALUE_WIDTH, _GRADIENT_WIDTH = 26.0, 48.0, 60.0
_UNIT_GAP = 12.0
_PAIR_GAP = 14.0  # between what a unit receives and what it passes on: their numbers need it
_WIDE, _NARROW = 80.0, 56.0  # the way of the arrows; in a deep network
_LARGEST = 1.45
_MANY = 4  # from so many ports a unit on they are drawn smaller


class NetworkDrawing:
    """The drawing: the place of every node, port and arrow, in pixels from its top left corner."""

    def __init__(self, shown: Row) -> None:
        self.shown = shown
        self.naming = shown.naming
        self.depth = self.naming.depth

    def diagram(self, anchor: str, width: float) -> Diagram:
        """Return the drawing with its corner at the cell `anchor`; a small one is enlarged to about `width` pixels."""
        own = self._left[-1] + _LOSS_NODE
        times = max(1.0, min(_LARGEST, width / own))
        return Diagram(
            anchor=anchor,
            width=round(own * times),
            height=round(self.height * times),
            arrows=tuple(Arrow(*(end * times for end in arrow)) for arrow in self._arrows()),
            shapes=tuple(_times(shape, times) for shape in self._shapes()),
            alt_text=self._alt_text(),
        )

    def _alt_text(self) -> str:
        shown, name = self.shown, self.naming.name
        outputs = [Output(self.depth, unit) for unit in self.naming.units(self.depth)]
        said = ", ".join(f"{name(of)} = {shown.text(of).value}" for of in outputs)
        slopes = [Gradient(of) for of in shown.recipe.trained]
        largest = max(slopes, key=lambda of: abs(shown.number(of)))
        return (
            f"The network of {shown.run.name} at epoch {shown.epoch}, {'–'.join(map(str, self.naming.sizes))} units: "
            f"{said}; E_Total = {shown.text(TotalLoss()).value}; the largest gradient is "
            f"{name(largest)} = {shown.text(largest).value}. The same numbers stand in cells below."
        )

    # ---------------------------------------------------------------------------------------------------- the measures

    @cached_property
    def _port_height(self) -> float:
        return 15.0 if self._most_ports <= _MANY else 12.0

    @cached_property
    def _most_ports(self) -> int:
        return max(len(self._coming(layer, 0)) for layer in self.naming.layers())

    def _coming(self, layer: int, unit: int) -> list[Parameter]:
        """Return the parameters that feed a unit: its weights, and its bias."""
        weights: list[Parameter] = [Weight(layer, unit, source) for source in self.naming.units(layer - 1)]
        bias = self.naming.bias(layer, unit)
        return weights if bias is None else [*weights, bias]

    def _slot(self, layer: int) -> float:
        """Return the height that a unit of a layer takes."""
        ports = len(self._coming(layer, 0)) * (self._port_height + 1) if layer else 0.0
        return max(_NODE + 2 * _NUMBER_HEIGHT + 2, ports) + _UNIT_GAP

    @cached_property
    def height(self) -> float:
        """The height of the whole drawing."""
        of_loss = _LOSS_NODE + 3 * _NUMBER_HEIGHT
        return max(of_loss, *(self._slot(layer) * self.naming.sizes[layer] for layer in range(self.depth + 1)))

    @property
    def _ports_width(self) -> float:
        return _NAME_WIDTH + _VALUE_WIDTH + _GRADIENT_WIDTH

    @cached_property
    def _left(self) -> list[float]:
        """The left edge of the nodes of each layer, and of the loss."""
        way = _WIDE if self.depth <= 3 else _NARROW
        lefts = [0.0]
        for layer in range(1, self.depth + 1):
            lefts.append(self._right(layer - 1, lefts[-1]) + way + self._ports_width + 3)
        return [*lefts, self._right(self.depth, lefts[-1]) + way + _NAME_WIDTH + _VALUE_WIDTH + 3]

    def _right(self, layer: int, left: float) -> float:
        return left + (2 * _NODE + _PAIR_GAP if layer else _NODE)

    def _middle(self, layer: int, unit: int) -> float:
        """Return the y of the middle of a unit's nodes."""
        step = self.height / self.naming.sizes[layer]
        return step * (unit + 0.5) - self._raised(layer)

    def _raised(self, layer: int) -> float:
        """Return how much a unit stands above the middle of its slot, so that the numbers below it have room."""
        ports = len(self._coming(layer, 0)) * (self._port_height + 1) if layer else 0.0
        return max(0.0, min(_NUMBER_HEIGHT, (self._slot(layer) - _UNIT_GAP - ports) / 2))

    @property
    def _centre(self) -> float:
        return self.height / 2 - _NUMBER_HEIGHT

    def _ports(self, count: int, middle: float) -> list[float]:
        """Return the y of the middle of each port, for `count` ports of a unit whose own middle is `middle`."""
        step = self._port_height + 1
        return [middle + (index - (count - 1) / 2) * step for index in range(count)]

    # ------------------------------------------------------------------------------------------------------ the shapes

    def _shapes(self) -> Iterator[Shape]:
        for unit in self.naming.units(0):
            yield from self._node(Input(unit), self._left[0], self._middle(0, unit), _NODE)
        for layer in self.naming.layers():
            for unit in self.naming.units(layer):
                yield from self._unit(layer, unit)
        losses: list[Quantity] = [UnitLoss(unit) for unit in self.naming.units(self.depth)]
        for loss, y in zip(losses, self._ports(len(losses), self._centre), strict=True):
            yield from self._port(loss, None, self._left[-1] - 3 - _NAME_WIDTH - _VALUE_WIDTH, y)
        yield from self._node(TotalLoss(), self._left[-1], self._centre, _LOSS_NODE)

    def _unit(self, layer: int, unit: int) -> Iterator[Shape]:
        left, middle = self._left[layer], self._middle(layer, unit)
        coming = self._coming(layer, unit)
        for parameter, y in zip(coming, self._ports(len(coming), middle), strict=True):
            yield from self._port(parameter, Gradient(parameter), left - 3 - self._ports_width, y)
        yield from self._node(NetInput(layer, unit), left, middle, _NODE)
        yield from self._node(Output(layer, unit), left + _NODE + _PAIR_GAP, middle, _NODE)

    def _port(self, quantity: Quantity, gradient: Quantity | None, x: float, y: float) -> Iterator[Shape]:
        """Yield the labels of a port: the name of its quantity, its value and ∂E/∂."""
        height, points = self._port_height, 8.0 if self._port_height > 13 else 7.0
        top, role, name = y - height / 2, role_of(quantity, self.naming), self.naming.name(quantity)
        yield Shape("label", x, top, _NAME_WIDTH, height, name, role, bold=True, size=points)
        yield self._number(quantity, x + _NAME_WIDTH, top, (_VALUE_WIDTH, height), role, points)
        if gradient is not None and self.shown.has(gradient):
            x += _NAME_WIDTH + _VALUE_WIDTH
            yield self._number(gradient, x, top, (_GRADIENT_WIDTH, height), Role.GRADIENT, points)

    def _node(self, quantity: Quantity, x: float, y: float, size: float) -> Iterator[Shape]:
        """Yield a node with its name, and below it the labels of its value and ∂E/∂."""
        name = self.naming.name(quantity)
        points = 9.5 if len(name) < 5 else 8.0 if len(name) < 8 else 6.5
        yield Shape(
            "ellipse", x, y - size / 2, size, size, name, role_of(quantity, self.naming), bold=True, size=points
        )
        below = y + size / 2 + 1
        width = size - 2
        yield self._number(quantity, x + 1, below, (width, _NUMBER_HEIGHT), Role.NONE, 7.5)
        if not isinstance(quantity, TotalLoss) and self.shown.has(gradient := Gradient(quantity)):  # type: ignore[arg-type]
            at = below + _NUMBER_HEIGHT
            yield self._number(gradient, x + 1, at, (width, _NUMBER_HEIGHT), Role.GRADIENT, 6.5)

    def _number(
        self, quantity: Quantity, x: float, y: float, size: tuple[float, float], role: Role, points: float
    ) -> Shape:
        text = self.shown.text(quantity)
        return Shape("label", x, y, *size, str(text.value), role, text.formula, size=points)

    # ------------------------------------------------------------------------------------------------------ the arrows

    def _arrows(self) -> Iterator[Arrow]:
        for layer in self.naming.layers():
            for unit in self.naming.units(layer):
                ports = self._ports(len(self._coming(layer, unit)), self._middle(layer, unit))
                end, own = self._left[layer] - 3 - self._ports_width, self._left[layer] + _NODE
                yield Arrow(own, self._middle(layer, unit), own + _PAIR_GAP, self._middle(layer, unit))
                for source, y in zip(self.naming.units(layer - 1), ports, strict=False):
                    yield Arrow(self._right(layer - 1, self._left[layer - 1]), self._middle(layer - 1, source), end, y)
        ends = self._ports(self.naming.sizes[-1], self._centre)
        for unit, y in enumerate(ends):
            x = self._right(self.depth, self._left[self.depth])
            yield Arrow(x, self._middle(self.depth, unit), self._left[-1] - 3 - _NAME_WIDTH - _VALUE_WIDTH, y)


def _times(shape: Shape, times: float) -> Shape:
    places = {side: getattr(shape, side) * times for side in ("x", "y", "width", "height")}
    return shape._replace(**places, size=round(shape.size * times, 1))
