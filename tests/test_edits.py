"""A reader edits examples, constants and weights: the workbook's stored picture of it is what a program computes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.slow import slow
from tests.tampering import set_cell
from xlbackprop import compile_document, load_lesson, verify, write_workbook
from xlbackprop.lesson.lesson_file import read_lesson
from xlbackprop.workbook.document import Document, address

CLASSES = """\
title = "Two classes"
[network]
loss = "binary cross-entropy"
[[network.layers]]
units = 2
activation = "ReLU"
weights = [[0.8, -0.7], [0.5, 0.6]]
biases = [0.1, -0.2]
[[network.layers]]
units = 1
activation = "sigmoid"
weights = [[0.3, -0.2]]
[data]
inputs = [[0, 0], [0, 1], [1, 0], [1, 1]]
targets = [[0], [1], [1], [0]]
held_back = 1
[training]
optimizer = "Adam"
learning_rates = [0.1]
epochs = 6
"""


OVERFLOWING = Path(__file__).parent / "regression_lessons" / "estimates_that_overflow.toml"


def _document(name: str) -> Document:
    if name == "estimates that overflow":
        return compile_document(load_lesson(OVERFLOWING))
    if name == "classes":
        return compile_document(read_lesson(CLASSES, name))
    return compile_document(load_lesson(name, epochs=min(25, load_lesson(name).epochs)))


def _place(document: Document, setting: str) -> tuple[str, str]:
    """Return sheet and cell in which a reader may change this number."""
    return next(
        (sheet.name, address(*place))
        for sheet in document.sheets
        for place, cell in sheet.cells.items()
        if cell.changeable == setting
    )


@pytest.mark.parametrize(
    ("name", "setting", "value"),
    [
        ("classes", "t1 of example 3", "0.5"),  # no class at all
        ("classes", "i1 of example 1", "1E+200"),  # numbers overflow
        ("classes", "i2 of example 4", "-3"),  # held back
        ("classes", "beta1, run 1", "0.5"),
        ("classes", "b1", "-20"),  # a unit that is never switched on
        ("optimizers", "i2 of example 1", "3"),  # losses beyond what a text can show
        ("optimizers", "learning rate 3", "1E+9"),  # a run that diverges in one example first
        slow("optimizers", "epsilon, run 6", "0.9"),
        ("slow-start", "w1 of Squared near", "900"),
        ("softmax-3-classes", "t1", "0.5"),  # targets that no longer add up to 1
        slow("vanishing", "w1 of 1 sigmoid", "3"),
        ("regression", "i1 of example 1", "-4"),
        ("estimates that overflow", "w1", "1E-6"),  # none overflows any more
        ("estimates that overflow", "w2", "-1E-12"),  # the run itself does
    ],
)
def test_an_edited_workbook_is_verified(tmp_path: Path, name: str, setting: str, value: str) -> None:
    document = _document(name)
    path = tmp_path / "edited.xlsx"
    write_workbook(document, path)
    set_cell(path, *_place(document, setting), f"<v>{value}</v>")
    report = verify(path)
    assert report.recalculates, "\n".join(report.lines())
    assert any(note.startswith(f"Edited since it was made: {setting} = ") for note in report.notes)


@pytest.mark.parametrize(
    "engine",
    [pytest.param("ironcalc", marks=pytest.mark.engine("ironcalc")), slow("libreoffice", engine="libreoffice")],
)
def test_classes_in_other_programs(tmp_path: Path, engine: str) -> None:
    path = tmp_path / "classes.xlsx"
    write_workbook(_document("classes"), path)
    report = verify(path, engine)
    assert report.equal, "\n".join(report.lines())
