"""The network drawn as native shapes: two nodes a unit (net input and output), an arrow a weight, and live labels.

Nothing covers anything: where the labels of the weights find no free place they get smaller, then they show the names
without the numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from xlbackprop.network import Naming, NetInput, Quantity, TotalLoss, UnitLoss, Weight
from xlbackprop.sheets.canvas import role_of
from xlbackprop.workbook import Arrow, Diagram, Role, Shape

MOST_UNITS, MOST_LAYERS = 6, 4
MOST_LABELS = 18
_LARGEST_NODE, _NODE_OF_A_DEEP_NETWORK = 46.0, 42.0
_SMALLEST_NODE_WITH_BIAS = 30.0
_LABEL_HEIGHT, _LOW_LABEL_HEIGHT = 17.0, 14.0
_BIAS_HEIGHT = 13.0
_MARGIN = 4.0


class _LabelForm(NamedTuple):
    """The size of a weight's label in pixels and points; it shows "w1 = 0.15", or the name alone if not `numbered`."""

    width: float
    height: float
    points: float
    numbered: bool = True


_LABEL_FORMS = (_LabelForm(70, 17, 8.5), _LabelForm(56, 14, 7), _LabelForm(24, 13, 7.5, numbered=False))


def fits(naming: Naming) -> bool:
    """Return whether the network is small enough to be drawn legibly."""
    return max(naming.sizes) <= MOST_UNITS and naming.depth <= MOST_LAYERS


@dataclass(frozen=True, eq=False)
class NetworkDiagram:
    """The drawing of a network, `width` by `height` pixels.

    `cells` gives the cell ("$C$24") that holds a quantity's number or a parameter's label, `texts` the text in that
    cell. `when` says from which row of the run the numbers are.
    """

    naming: Naming
    width: int
    height: int
    cells: Mapping[Quantity, str]
    texts: Mapping[Quantity, str]
    when: str = "at epoch 0"

    def diagram(self, anchor: str) -> Diagram:
        """Return the drawing with its top left corner at the cell `anchor`."""
        naming = self.naming
        biases = len([*naming.layer_biases()])
        added = {0: "", 1: " and the bias b1"}.get(biases, f" and the biases b1 to b{biases}")
        return Diagram(
            anchor=anchor,
            width=self.width,
            height=self.height,
            arrows=tuple(self._arrows()),
            shapes=(*self._fixed_shapes, *self._weight_labels(), *self._loss_labels()),
            alt_text=(
                f"The network: {' – '.join(map(str, naming.sizes))} units, each layer joined fully to the next by the "
                f"weights w1 to w{self._weights}{added}; the outputs are compared with the targets and give "
                f"E_Total, {self.texts[TotalLoss()]} {self.when}. The same numbers stand in cells below."
            ),
        )

    # ---------------------------------------------------------------------------------------------------- the measures

    @cached_property
    def _weights(self) -> int:
        return len([*self.naming.weights()])

    @cached_property
    def _above(self) -> float:
        """The height of the label of a bias above a node; 0 where no bias is drawn, for lack of one or of room."""
        drawn = any(self.naming.biases) and self._node_under(_BIAS_HEIGHT) >= _SMALLEST_NODE_WITH_BIAS
        return _BIAS_HEIGHT if drawn else 0.0

    def _node_under(self, above: float) -> float:
        """Return the diameter of nodes that stay apart in the largest layer, with `above` left free above each."""
        units = max(self.naming.sizes)
        largest = _LARGEST_NODE if self.naming.depth < MOST_LAYERS else _NODE_OF_A_DEEP_NETWORK
        return min(largest, (self.height - _MARGIN) / units - _LOW_LABEL_HEIGHT - 2 - above)

    @cached_property
    def _node(self) -> float:
        """The diameter of a node."""
        return self._node_under(self._above)

    @cached_property
    def _below(self) -> float:
        """The height of the label with the number under a node."""
        room = (self.height - _MARGIN) / max(self.naming.sizes) - self._node - self._above - 2
        return _LABEL_HEIGHT if room >= _LABEL_HEIGHT else _LOW_LABEL_HEIGHT

    @property
    def _pair_gap(self) -> float:
        """How far the output node stands right of the net input's node: they touch, as one unit."""
        return self._node - 1

    @property
    def _loss_node(self) -> float:
        return _LARGEST_NODE * 1.3

    @cached_property
    def _left(self) -> list[float]:
        """The left edge of the nodes of each layer, and last of the loss."""
        depth, node = self.naming.depth, self._node
        room = self.width - self._loss_node
        gap = (room - node - depth * (node + self._pair_gap)) / (depth + 0.7)
        lefts = [0.0]
        for layer in range(1, depth + 1):
            before = node if layer == 1 else node + self._pair_gap
            lefts.append(lefts[-1] + before + gap)
        return [*lefts, room]

    @property
    def _centre(self) -> float:
        return self.height / 2 - 8

    def _middle(self, layer: int, unit: int) -> float:
        """Return the y of the middle of a unit's nodes."""
        count = self.naming.sizes[layer]
        if count == 1:
            return self._centre
        top = self._node / 2 + self._above + (_MARGIN if count <= 4 else 1)
        bottom = self.height - self._node / 2 - self._below - (13 if count <= 3 else 1)
        return top + unit * (bottom - top) / (count - 1)

    def _right_edge(self, layer: int) -> float:
        return self._left[layer] + self._node + (self._pair_gap if layer else 0)

    # ------------------------------------------------------------------------------------------------------- the nodes

    @cached_property
    def _fixed_shapes(self) -> tuple[Shape, ...]:
        """The nodes, their numbers and the biases: all shapes that are placed before the labels of the weights."""
        return tuple(self._nodes())

    def _nodes(self) -> Iterator[Shape]:
        naming = self.naming
        for layer in range(naming.depth + 1):
            for unit in naming.units(layer):
                y = self._middle(layer, unit)
                output = naming.output(layer, unit)
                yield from self._node_of(output, self._right_edge(layer) - self._node, y, self._node)
                if layer:
                    yield from self._node_of(NetInput(layer, unit), self._left[layer], y, self._node)
                    yield from self._bias_of(layer, unit)
        yield from self._node_of(TotalLoss(), self._left[-1], self._centre, self._loss_node)

    def _node_of(self, quantity: Quantity, x: float, y: float, size: float) -> Iterator[Shape]:
        """Yield the node of a quantity and below it its live number."""
        name, role = self.naming.name(quantity), role_of(quantity, self.naming)
        points = 9.0 if len(name) < 6 else 7.5 if len(name) < 8 else 6.5
        if size < _NODE_OF_A_DEEP_NETWORK:
            points = max(5.5, points * size / _LARGEST_NODE)
        yield Shape("ellipse", x, y - size / 2, size, size, name, role, bold=True, size=points)
        text, cell = self.texts[quantity], self.cells[quantity]
        number = 7.5 if size >= _SMALLEST_NODE_WITH_BIAS + 8 else 6.5
        yield Shape("label", x + 1, y + size / 2 + 1, size - 2, self._below, text, Role.NONE, cell, size=number)

    def _bias_of(self, layer: int, unit: int) -> Iterator[Shape]:
        """Yield the label of a unit's bias, above the pair of its nodes; a shared bias stands above each unit."""
        bias = self.naming.bias(layer, unit)
        if bias is None or not self._above:
            return
        x, y = self._left[layer], self._middle(layer, unit) - self._node / 2 - self._above
        text, cell = self.texts[bias], self.cells[bias]
        yield Shape("label", x, y, 54, self._above - 1, text, Role.PARAMETER, cell, size=7.5)

    # ------------------------------------------------------------------------------------------------------ the arrows

    def _arrows(self) -> Iterator[Arrow]:
        naming = self.naming
        for weight in naming.weights():
            yield Arrow(*self._ends(weight))
        for unit in naming.units(naming.depth):
            x, y = self._right_edge(naming.depth), self._middle(naming.depth, unit)
            yield Arrow(x, y, self._left[-1] + 2, self._centre + (unit + 0.5 - naming.sizes[-1] / 2) * 8)

    def _ends(self, weight: Weight) -> tuple[float, float, float, float]:
        before, here = self._middle(weight.layer - 1, weight.source), self._middle(weight.layer, weight.unit)
        return self._right_edge(weight.layer - 1), before, self._left[weight.layer], here

    def _loss_labels(self) -> Iterator[Shape]:
        """Yield a name on each arrow to the loss."""
        naming = self.naming
        right = self._right_edge(naming.depth)
        width = min(26.0, self._left[-1] - right - 2)
        for unit in naming.units(naming.depth):
            y = (self._middle(naming.depth, unit) + self._centre) / 2
            name, x = naming.name(UnitLoss(unit)), (right + self._left[-1]) / 2
            yield Shape("label", x - width / 2, y - 8, width, _LABEL_HEIGHT, name, Role.LOSS, size=8.5)

    # --------------------------------------------------------------------------------------------------- their weights

    def _weight_labels(self) -> Sequence[Shape]:
        """Return the labels of the weights, in the largest form in which all of them find a free place."""
        if self._weights > MOST_LABELS:
            return ()
        return next((labels for form in _LABEL_FORMS if (labels := self._placed(form)) is not None), ())

    def _placed(self, form: _LabelForm) -> list[Shape] | None:
        """Return the labels in this form, each on its arrow and clear of all that is there already; None if one is not.

        Level arrows come first: their label belongs in the middle, and the slanting ones have more room to give way.
        """
        labels: list[Shape] = []
        for weight in sorted(self.naming.weights(), key=self._slant):
            places = (self._label(weight, part, form) for part in self._parts(weight))
            taken = (*self._fixed_shapes, *labels)
            free = next((label for label in places if not any(_overlap(label, shape) for shape in taken)), None)
            if free is None:
                return None
            labels.append(free)
        return labels

    def _label(self, weight: Weight, part: float, form: _LabelForm) -> Shape:
        """Return the label of a weight, centred on its arrow at `part` (0 … 1) of the arrow's length."""
        x1, y1, x2, y2 = self._ends(weight)
        x, y = x1 + part * (x2 - x1) - form.width / 2, y1 + part * (y2 - y1) - form.height / 2
        text = self.texts[weight] if form.numbered else self.naming.name(weight)
        cell = self.cells[weight] if form.numbered else None
        return Shape("label", x, y, form.width, form.height, text, Role.PARAMETER, cell, size=form.points)

    def _slant(self, weight: Weight) -> float:
        _, y1, _, y2 = self._ends(weight)
        return abs(y1 - y2)

    def _parts(self, weight: Weight) -> list[float]:
        """Return where a label is tried, as parts of its arrow's length: best first, if slanting near its source."""
        if self._slant(weight) < 1:
            return [0.5]
        return sorted(
            (step / 40 for step in range(4, 37)), key=lambda part: min(abs(part - 0.3), abs(part - 0.7) + 0.01)
        )


def _overlap(one: Shape, other: Shape) -> bool:
    """Return whether two shapes cover each other, or all but touch."""
    return (
        abs(one.x + one.width / 2 - other.x - other.width / 2) < (one.width + other.width) / 2 + 0.5
        and abs(one.y + one.height / 2 - other.y - other.height / 2) < (one.height + other.height) / 2 + 0.5
    )
