"""The network over live cells: every number stands in a cell, circles and arrows lie where they belong."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any

import pytest

from tests.lessons import covering_lessons
from xlbackprop import compile_document, load_lesson
from xlbackprop.network.naming import Naming
from xlbackprop.network.quantities import Weight
from xlbackprop.sheets.canvas import Canvas
from xlbackprop.sheets.derivation.drawing import NetworkDrawing, Place, can_be_drawn
from xlbackprop.workbook.document import Sheet, address
from xlbackprop.workbook.figures import Outline
from xlbackprop.workbook.live_cells import Live, cell, live

SIZES = [(1, 1), (1, 3, 1), (2, 2, 2), (3, 3, 3), (4, 6, 3), (8, 8, 8, 4), (2, 3, 2, 3, 2), (8, 1), (1, 8)]


def drawing_of(sizes: tuple[int, ...], *, biases: bool = False, gradients: bool = True) -> NetworkDrawing:
    naming = Naming(sizes, tuple(units if biases else 0 for units in sizes[1:]))
    number, text = cell("$A$1", 0.5), live("0.5")
    return NetworkDrawing(naming, 5, 3, lambda _: number, lambda _: text, lambda _: (number, text), gradients)


def nodes_and_ports(drawing: NetworkDrawing) -> list[Place]:
    units = [(layer, unit) for layer in range(drawing.naming.depth + 1) for unit in drawing.naming.units(layer)]
    nodes = [place for unit in units for place in drawing.nodes(*unit)]
    return [*nodes, *(place for layer, unit in units if layer for place in drawing.ports(layer, unit))]


def cells_of(area: str) -> set[tuple[str, int]]:
    first, last = (
        ("".join(filter(str.isalpha, end)), int("".join(filter(str.isdigit, end)))) for end in area.split(":")
    )
    assert first[0] == last[0]
    return {(first[0], row) for row in range(first[1], last[1] + 1)}


class Overwritten(Canvas):
    """A canvas that remembers the cells into which something was put twice."""

    def __init__(self) -> None:
        super().__init__()
        self.overwritten: list[tuple[int, int]] = []

    def put(self, row: int, column: int, *args: Any, **kwargs: Any) -> Live:
        self.overwritten += [(row, column)] * ((row, column) in self.cells)
        return super().put(row, column, *args, **kwargs)


@pytest.mark.parametrize("gradients", [True, False])
@pytest.mark.parametrize("biases", [True, False])
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_every_number_has_cells_of_its_own_and_no_arrow_lies_on_one(
    sizes: tuple[int, ...], biases: bool, gradients: bool
) -> None:
    drawing = drawing_of(sizes, biases=biases, gradients=gradients)
    canvas = Overwritten()
    drawing.put(canvas)
    assert canvas.overwritten == []
    places = nodes_and_ports(drawing)
    units = sum(sizes[1:])
    weights = sum(before * here for before, here in pairwise(sizes))
    assert len(places) == sizes[0] + 2 * units + weights + (units if biases else 0)
    own = [cells_of(drawing.cells(place)) for place in places]
    assert len(set.union(*own)) == sum(map(len, own))
    assert not {column for _, column in canvas.cells} & {*drawing.arrow_columns}
    rows = {row for row, _ in canvas.cells}
    assert min(rows) >= drawing.top
    assert max(rows) < drawing.top + drawing.rows + 1
    columns = drawing.widths()
    assert {column for _, column in canvas.cells} | {*drawing.arrow_columns} == {*columns}


@pytest.mark.parametrize("gradients", [True, False])
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_arrows_lead_from_a_circle_to_the_cell_of_their_weight(sizes: tuple[int, ...], gradients: bool) -> None:
    drawing = drawing_of(sizes, gradients=gradients)
    circles = {each.alt_text: each for each in drawing.outlines() if each.kind == "ellipse"}
    arrows = {each.alt_text: each for each in drawing.outlines() if each.kind == "arrow"}
    name = drawing.naming.name
    ports = [place for place in nodes_and_ports(drawing) if isinstance(place.quantity, Weight)]
    assert len(arrows) == len(ports) + sizes[-1]
    for place in ports:
        weight = place.quantity
        assert isinstance(weight, Weight)
        source = drawing.nodes(weight.layer - 1, weight.source)
        arrow = arrows[f"arrow from {name(source[-1].quantity)} to {name(weight)}"]
        assert (arrow.end.row, arrow.end.column, arrow.end.right) == (place.row, place.column, 0)
        assert 0 < arrow.end.down < 20
        circle = circles[f"circle round {name(source[-1 if gradients else 0].quantity)}"]
        assert arrow.start.column == circle.end.column
        assert _y(circle.start) < _y(arrow.start) < _y(circle.end)
        assert abs(_y(arrow.start) - (_y(circle.start) + _y(circle.end)) / 2) <= 1


def _y(corner: object) -> float:
    return 20 * corner.row + corner.down  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize("gradients", [True, False], ids=["with gradients", "plain"])
@pytest.mark.parametrize("biases", [True, False], ids=["with biases", "without"])
@pytest.mark.parametrize("sizes", [*SIZES, (3, 3, 2), (3, 3, 3, 3), (2, 5, 3)], ids=str)
def test_circles_do_not_touch_those_above_and_below(sizes: tuple[int, ...], biases: bool, gradients: bool) -> None:
    drawing = drawing_of(sizes, biases=biases, gradients=gradients)
    circles = [each for each in drawing.outlines() if each.kind == "ellipse"]
    for one, other in combinations(circles, 2):
        beside = one.end.column <= other.start.column or other.end.column <= one.start.column
        assert beside or _y(one.end) <= _y(other.start) or _y(other.end) <= _y(one.start), (one, other)


def test_what_is_too_large_is_not_drawn() -> None:
    drawn = {sizes: can_be_drawn(Naming(sizes)) for sizes in [(8, 8, 8, 4), (9, 1), (1, *[1] * 10), (1, *[1] * 11)]}
    assert drawn == {(8, 8, 8, 4): True, (9, 1): False, (1, *[1] * 10): True, (1, *[1] * 11): False}


@pytest.mark.parametrize("lesson", [name for name in covering_lessons() if name != "digits"])
def test_what_stands_in_a_circle_is_what_its_words_say(lesson: str) -> None:
    document = compile_document(load_lesson(lesson, epochs=2))
    for sheet in (sheet for sheet in document.sheets if sheet.outlines):
        for outline in sheet.outlines:
            said = outline.alt_text.split(" ")[-1]
            assert said == _first_text(sheet, outline)


def _first_text(sheet: Sheet, outline: Outline) -> str:
    if outline.kind == "arrow":
        return str(sheet.cells[outline.end.row, outline.end.column].value).split(" = ")[0]
    return str(sheet.cells[outline.start.row + 1, outline.start.column].value)


def test_the_walkthrough_has_a_circle_for_each_node_and_an_arrow_for_each_weight() -> None:
    document = compile_document(load_lesson(epochs=2))
    outlines = document["Step by step"].outlines
    assert len(outlines) == 2 + 8 + 1 + 8 + 2
    assert address(outlines[0].start.row + 1, outlines[0].start.column) == "F11"
