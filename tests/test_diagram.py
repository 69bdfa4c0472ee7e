"""The drawing of the network: every label can be read."""

from __future__ import annotations

from itertools import combinations, pairwise, product
from pathlib import Path

import pytest

from tests.test_networks import lesson_text
from xlbackprop import compile_document, load_lesson
from xlbackprop.network.naming import Naming
from xlbackprop.network.quantities import NetInput, Quantity, TotalLoss
from xlbackprop.sheets.network_diagram import MOST_LABELS, NetworkDiagram, fits
from xlbackprop.workbook.figures import Diagram, Shape
from xlbackprop.workbook.looks import Role

SIZES = [
    *((1, 1), (4, 3), (6, 6), (1, 6), (6, 3), (3, 6)),
    *((2, 2, 2), (3, 2, 1), (2, 3, 2), (3, 3, 2), (1, 4, 1), (2, 2, 1), (3, 3, 3), (5, 5, 5), (6, 6, 6)),
    *((2, 2, 2, 2), (6, 1, 6, 1), (6, 6, 6, 6), (2, 2, 2, 2, 2), (1, 1, 1, 1, 1), (6, 6, 6, 6, 6)),
]


def _naming(sizes: tuple[int, ...], biases: str = "none") -> Naming:
    units = sizes[1:]
    return Naming(sizes, {"none": (), "unit": units, "layer": (1,) * len(units)}[biases])


def _drawing(naming: Naming) -> Diagram:
    quantities: list[Quantity] = [TotalLoss(), *naming.inputs()]
    for layer in naming.layers():
        for unit in naming.units(layer):
            quantities += [NetInput(layer, unit), naming.output(layer, unit)]
    texts = dict.fromkeys(quantities, "-0.1234") | {of: f"{naming.name(of)} = -0.1234" for of in naming.parameters()}
    cells = {quantity: f"$C${row}" for row, quantity in enumerate(texts, start=1)}
    return NetworkDiagram(naming, 585, 300, cells, texts).diagram("A7")


def _overlap(one: Shape, other: Shape) -> bool:
    return (
        abs(one.x + one.width / 2 - other.x - other.width / 2) < (one.width + other.width) / 2
        and abs(one.y + one.height / 2 - other.y - other.height / 2) < (one.height + other.height) / 2
    )


def _is_pair(one: Shape, other: Shape) -> bool:
    """Return whether these are the two nodes of a unit, which touch on purpose."""
    return one.kind == other.kind == "ellipse" and abs(one.y - other.y) < 0.01 and one.role is other.role


@pytest.mark.parametrize("biases", ["none", "unit", "layer"])
@pytest.mark.parametrize("sizes", SIZES, ids=lambda sizes: "-".join(map(str, sizes)))
def test_nothing_covers_anything_and_all_lies_inside(sizes: tuple[int, ...], biases: str) -> None:
    diagram = _drawing(_naming(sizes, biases))
    pairs = combinations(diagram.shapes, 2)
    covered = [(one.text, other.text) for one, other in pairs if _overlap(one, other) and not _is_pair(one, other)]
    assert covered == []
    for shape in diagram.shapes:
        assert shape.x >= -1, shape.text
        assert shape.x + shape.width <= diagram.width + 1, shape.text
        assert shape.y >= 0, shape.text
        assert shape.y + shape.height <= diagram.height + 1, shape.text


@pytest.mark.parametrize("biases", ["none", "unit"])
@pytest.mark.parametrize("sizes", SIZES, ids=lambda sizes: "-".join(map(str, sizes)))
def test_every_weight_has_a_label_where_there_are_few(sizes: tuple[int, ...], biases: str) -> None:
    weights = sum(a * b for a, b in pairwise(sizes))
    labels = [shape for shape in _drawing(_naming(sizes, biases)).shapes if shape.text.startswith("w")]
    assert len(labels) == (weights if weights <= MOST_LABELS else 0)


@pytest.mark.parametrize("sizes", [(1, 1), (2, 2, 2), (3, 2, 1), (2, 3, 2), (3, 3, 2), (2, 2, 1), (3, 3, 3), (4, 3)])
def test_the_labels_of_a_usual_network_are_live(sizes: tuple[int, ...]) -> None:
    for shape in _drawing(_naming(sizes, "unit")).shapes:
        if shape.role is Role.PARAMETER:
            assert shape.cell is not None, shape.text
            assert "=" in shape.text


def test_small_networks_of_any_shape_can_be_drawn() -> None:
    for sizes in product(range(1, 5), repeat=3):
        for biases in ("none", "unit"):
            shapes = _drawing(_naming(sizes, biases)).shapes
            parameters = [shape for shape in shapes if shape.role is Role.PARAMETER]
            weights = sum(a * b for a, b in pairwise(sizes))
            own = sum(sizes[1:]) * (biases == "unit")
            assert len(parameters) == own + (weights if weights <= MOST_LABELS else 0), sizes


def test_a_shared_bias_stands_at_each_unit() -> None:
    shapes = _drawing(_naming((2, 2, 2), "layer")).shapes
    assert [shape.text for shape in shapes if shape.text.startswith("b")] == [
        "b1 = -0.1234",
        "b1 = -0.1234",
        "b2 = -0.1234",
        "b2 = -0.1234",
    ]


def test_the_description_counts_weights_and_biases() -> None:
    assert "by the weights w1 to w8;" in _drawing(_naming((2, 2, 2))).alt_text
    assert "by the weights w1 to w8 and the biases b1 to b4;" in _drawing(_naming((2, 2, 2), "unit")).alt_text


def test_what_is_too_large_or_too_deep_is_not_drawn() -> None:
    assert fits(_naming((6, 6, 6, 6, 6)))
    assert not fits(_naming((7, 2)))
    assert not fits(_naming((2, 2, 2, 2, 2, 2)))


def test_a_network_that_is_too_large_is_not_drawn_but_said(tmp_path: Path) -> None:
    (tmp_path / "lesson.toml").write_text(lesson_text((7, 2)), encoding="utf-8")
    summary = compile_document(load_lesson(tmp_path / "lesson.toml"))["Summary"]
    assert summary.diagrams == ()
    assert summary.cells[7, 1].value == "A network of 7-2 units is too large to draw here."
