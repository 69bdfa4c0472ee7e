"""The drawing of the network: every label can be read."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path

import pytest

from tests.test_networks import lesson_text
from xlbackprop import compile_document, load_lesson
from xlbackprop.document import Diagram, Shape


def _diagram(tmp_path: Path, sizes: tuple[int, ...]) -> Diagram:
    (tmp_path / "lesson.toml").write_text(lesson_text(sizes), encoding="utf-8")
    (diagram,) = compile_document(load_lesson(tmp_path / "lesson.toml"))["Summary"].diagrams
    return diagram


def _overlap(one: Shape, other: Shape) -> bool:
    return (
        abs(one.x + one.width / 2 - other.x - other.width / 2) < (one.width + other.width) / 2
        and abs(one.y + one.height / 2 - other.y - other.height / 2) < (one.height + other.height) / 2
    )


@pytest.mark.parametrize("sizes", [(1, 1), (2, 2, 2), (3, 2, 1), (2, 3, 2), (3, 3, 2), (1, 4, 1), (2, 2, 1)])
def test_no_label_of_a_weight_covers_another(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    labels = [shape for shape in _diagram(tmp_path, sizes).shapes if shape.text.startswith("w")]
    assert len(labels) == sum(a * b for a, b in pairwise(sizes))
    assert [f"{one.text} over {other.text}" for one, other in combinations(labels, 2) if _overlap(one, other)] == []


@pytest.mark.parametrize("sizes", [(1, 1), (2, 2, 2), (6, 6), (2, 2, 2, 2)])
def test_everything_lies_inside_the_drawing(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    diagram = _diagram(tmp_path, sizes)
    for shape in diagram.shapes:
        assert shape.x >= -1, shape.text
        assert shape.x + shape.width <= diagram.width + 1, shape.text
        assert shape.y >= 0, shape.text
        assert shape.y + shape.height <= diagram.height + 1, shape.text


def test_a_network_that_is_too_large_is_not_drawn_but_said(tmp_path: Path) -> None:
    (tmp_path / "lesson.toml").write_text(lesson_text((7, 2)), encoding="utf-8")
    summary = compile_document(load_lesson(tmp_path / "lesson.toml"))["Summary"]
    assert summary.diagrams == ()
    assert summary.cells[7, 1].value == "A network of 7-2 units is too large to draw here."
