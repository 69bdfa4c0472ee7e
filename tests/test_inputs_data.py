"""`Inputs` and `Data`, the typed numbers; and `Lesson`, which carries the files that they were read from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.test_summary import DEEPER, ONE_LAYER, RATES, XOR
from xlbackprop import compile_document
from xlbackprop.errors import InputError
from xlbackprop.lesson.lesson_file import MAX_NUMBER, read_lesson
from xlbackprop.sheets import lesson_text
from xlbackprop.workbook.document import Document, Sheet
from xlbackprop.workbook.looks import Look

NAMED = f'{XOR}optimizer = "momentum"\nmomentum = 0.8\n{DEEPER}'


def _document(text: str) -> Document:
    return compile_document(read_lesson(text, "a lesson"))


def _column(sheet: Sheet, column: int) -> list[object]:
    return [sheet.cells[place].value for place in sorted(sheet.cells) if place[1] == column]


def _beside(sheet: Sheet, name: str) -> object:
    row = next(row for (row, column), cell in sheet.cells.items() if column == 1 and cell.value == name)
    return sheet.cells[row, 3].value


@pytest.mark.parametrize("text", [XOR + RATES, ONE_LAYER, NAMED], ids=["examples", "one layer", "named runs"])
def test_every_number_of_the_lesson_is_typed_in_one_place(text: str) -> None:
    lesson, document = read_lesson(text, "a lesson"), _document(text)
    found = {
        cell.changeable: cell.value
        for sheet in document.sheets
        if sheet.name in ("Inputs", "Data")
        for cell in sheet.cells.values()
        if cell.style.look is Look.TYPED
    }
    assert found == dict(lesson.typed)


def test_a_bias_says_whose_it_is_and_whether_it_is_trained() -> None:
    assert _beside(_document(XOR + RATES)["Inputs"], "b1") == "bias of h1"
    assert _beside(_document(ONE_LAYER)["Inputs"], "b1") == "bias of all units of layer 1 (o1, o2, o3), not trained"


def test_where_runs_start_differently_each_start_says_of_which_run() -> None:
    inputs = _document(NAMED)["Inputs"]
    assert _beside(inputs, "w1 of shallow") == "weight from i1 to h1"
    assert _beside(inputs, "w1 of deeper") == "weight from i1 to h1_1"
    assert _beside(inputs, "momentum, run 2") == "momentum of the sheet deeper"
    assert _beside(inputs, "learning rate 2") == "of the sheet deeper"
    assert "the start of shallow" in _column(inputs, 3)


def test_inputs_says_where_the_examples_are() -> None:
    document = _document(XOR + RATES)
    assert document["Inputs"].cells[2, 3].link == "'Data'!A1"
    assert "Data" not in [sheet.name for sheet in _document(ONE_LAYER).sheets]
    assert [sheet.name for sheet in document.sheets][:3] == ["Summary", "Inputs", "Data"]


def test_only_numbers_may_be_typed_and_rates_are_positive() -> None:
    document = _document(XOR + RATES)
    bounds = {validation.cells: (validation.low, validation.high) for validation in document["Inputs"].validations}
    assert bounds["B19:B20"] == (1e-12, MAX_NUMBER)
    assert bounds["B6:B11"] == (-MAX_NUMBER, MAX_NUMBER)
    assert [validation.cells for validation in document["Data"].validations] == ["C6:E9"]


def test_an_example_stands_in_one_row_and_says_whether_it_is_trained_on() -> None:
    data = _document(XOR.replace("[training]", "held_back = 1\n[training]") + RATES)["Data"]
    rows = [[data.cells[row, column].value for column in range(1, 6)] for row in range(5, 10)]
    assert rows == [
        ["example", "", "i1", "i2", "t1"],
        [1, "trained on", 0.0, 0.0, 0.0],
        [2, "trained on", 0.0, 1.0, 1.0],
        [3, "trained on", 1.0, 0.0, 1.0],
        [4, "held back", 1.0, 1.0, 0.0],
    ]
    assert data.freeze == "C6"
    assert data.page.repeat_rows == "4:5"


@pytest.mark.parametrize(
    "data",
    ["a,b\n1,2\n", "a,b\n1,2", "\n\n", "", "the data file other.csv\n\nthe lesson file\n=1+1\n7", "x\n\n\ny\n\n"],
)
@pytest.mark.parametrize("text", ["title\n", "a\n\nb", "the data file x.csv\n\n", "\n"])
def test_the_files_of_a_lesson_come_back_as_they_were(text: str, data: str) -> None:
    lesson = read_lesson(XOR + RATES, "a lesson")
    carrying = replace(lesson, text=text, data_file="my data.csv", data_text=data, options=(("--epochs", "5"),))
    for expected, one in ((data, carrying), (None, replace(carrying, data_file="", data_text=""))):
        sheet = compile_document(one, versions={"numpy": "2"})["Lesson"]
        carried = lesson_text.read_carried("a file", {place: cell.value for place, cell in sheet.cells.items()})
        assert carried.text == text
        assert carried.data == expected
        assert carried.options == (("--epochs", "5"),)
        assert carried.versions == {"numpy": "2"}


SHUFFLED = """\
title = "Shuffled"
[network]
loss = "half squared error"
[[network.layers]]
units = 1
activation = "sigmoid"
weights = [[0.1, 0.2]]
[data]
inputs = [[1, 0], [2, 0], [3, 1], [4, 1], [5, 2]]
targets = [[0.1], [0.2], [0.3], [0.4], [0.5]]
shuffle = 3
held_back = 2
[training]
learning_rates = [0.5]
epochs = 3
"""


def test_shuffled_examples_keep_their_targets_and_say_where_each_stood() -> None:
    lesson = read_lesson(SHUFFLED, "shuffled")
    assert sorted(lesson.order) == [0, 1, 2, 3, 4] != [*lesson.order]
    assert [row[0] for row in lesson.inputs] == [place + 1 for place in lesson.order]
    assert [row[0] for row in lesson.targets] == [(place + 1) / 10 for place in lesson.order]
    assert lesson.inputs_as_read == ((1, 0), (2, 0), (3, 1), (4, 1), (5, 2))
    assert read_lesson(SHUFFLED.replace("= 3\nheld", "= 4\nheld"), "another seed").order != lesson.order
    numbers = [f"{number} ({place + 1})" for number, place in enumerate(lesson.order, start=1)]
    assert [text for text in _column(_document(SHUFFLED)["Data"], 1) if text in numbers] == numbers


def test_a_wrong_target_is_named_by_its_place_before_shuffling() -> None:
    text = SHUFFLED.replace("half squared error", "binary cross-entropy").replace("[0.4]", "[4]")
    with pytest.raises(InputError, match="example 4: with binary cross-entropy"):
        read_lesson(text, "shuffled")
