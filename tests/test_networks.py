"""Other networks than the walkthrough's go the whole way: lesson file, workbook, two engines."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.slow import slow
from xlbackprop import compile_document, load_lesson, write_workbook
from xlbackprop.engines import ENGINES
from xlbackprop.proof.verification import Verification

SHAPES = [(1, 1), (3, 2, 1), (1, 3, 1), (2, 2, 2, 2), slow((5, 5, 3)), slow((9, 2, 1)), (3, 9, 2), slow((7, 10, 3))]


def lesson_text(sizes: tuple[int, ...]) -> str:
    """Return a lesson file for a network of these sizes, with drawn numbers."""
    draw = np.random.default_rng(sum(sizes))
    lines = ['title = "A network"', "[network]", 'loss = "half squared error"']
    for before, units in pairwise(sizes):
        weights = draw.uniform(-2, 2, (units, before)).round(3).tolist()
        lines += ["[[network.layers]]", f"units = {units}", 'activation = "sigmoid"', f"weights = {weights}"]
    lines += ["[data]", f"inputs = {draw.uniform(-1, 1, sizes[0]).round(3).tolist()}"]
    lines += [f"targets = {draw.uniform(0, 1, sizes[-1]).round(3).tolist()}", "[training]"]
    lines += ['optimizer = "gradient descent"', "learning_rates = [0.5, 3]", "epochs = 6"]
    return "\n".join(lines)


@pytest.fixture(scope="module", params=SHAPES, ids=lambda sizes: "-".join(map(str, sizes)))
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Verification:
    """Return the workbook of a network, for both engines."""
    folder = tmp_path_factory.mktemp("networks")
    (folder / "lesson.toml").write_text(lesson_text(request.param), encoding="utf-8")
    document = compile_document(load_lesson(folder / "lesson.toml"))
    assert document["Checks"].cells[3, 2].value == "PASS: all checks of 2 runs"
    write_workbook(document, folder / "lesson.xlsx")
    return Verification(folder / "lesson.xlsx")


@pytest.mark.parametrize(
    "engine", [pytest.param(name, marks=pytest.mark.engine(name)) for name in ("formualizer", "ironcalc")]
)
def test_a_network_of_another_shape_is_compiled_and_verified(opened: Verification, engine: str) -> None:
    report = opened.by(ENGINES[engine], "")
    assert report.equal, "\n".join(report.lines())
