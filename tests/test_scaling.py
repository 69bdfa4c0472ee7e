"""Scaled inputs: NumPy and the formulas of `Data` come to the same by themselves, and Checks sees what is scaled wrongly."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean, pstdev

import numpy as np
import pytest
from openpyxl.utils import range_boundaries

from tests.slow import slow
from tests.tampering import set_cell
from tests.test_checks import Recalculated
from tests.test_edits import CLASSES
from tests.test_lesson import problems
from xlbackprop import compile_document, train, verify, write_workbook
from xlbackprop.lesson.cautions import lesson_warnings
from xlbackprop.lesson.lesson import SCALES, STANDARD, ZERO_TO_ONE, Lesson
from xlbackprop.lesson.lesson_file import read_lesson
from xlbackprop.network.quantities import Input, Target
from xlbackprop.numpy_run import scaling
from xlbackprop.numpy_run.scaling import Received, received
from xlbackprop.sheets.inputs.places import DATA, InputsLayout
from xlbackprop.workbook.document import Cell, Document, address

pytestmark = pytest.mark.installed

ROWS = ((2.5, 0.1, -400.0), (4.0, 0.1, 250.0), (7.25, 0.1, 1000.0), (90.0, 0.3, 3.0))
TEXT = (
    CLASSES.replace("[[0.8, -0.7], [0.5, 0.6]]", "[[0.8, -0.7, 0.4], [0.5, 0.6, -0.3]]")
    .replace("[[0, 0], [0, 1], [1, 0], [1, 1]]", str([list(row) for row in ROWS]))
    .replace('"Adam"', '"gradient descent"')
)


def scaled(scale: str) -> Lesson:
    return read_lesson(TEXT.replace("[data]", f'[data]\nscale = "{scale}"'), "scaled.toml")


def data_cell(document: Document, lesson: Lesson, unit: int, row: int) -> Cell:
    """Return the cell of a scaled input: its row counted from the first example, 0; -1 is the header."""
    places = InputsLayout(lesson)
    return document[DATA].cells[places.data_header_row + 1 + row, places.data_column(Input(unit))]


@pytest.fixture(scope="module", params=SCALES)
def lesson(request: pytest.FixtureRequest) -> Lesson:
    return scaled(request.param)


@pytest.fixture(scope="module")
def document(lesson: Lesson) -> Document:
    return compile_document(lesson)


@pytest.fixture(scope="module")
def path(document: Document, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scaled") / "scaled.xlsx"
    write_workbook(document, path)
    return path


# ------------------------------------------------------------------------------------------------------- the NumPy side


def test_the_numbers_of_the_examples_trained_on_scale_all() -> None:
    columns = [*zip(*ROWS, strict=True)]
    standard = [[(x - fmean(c[:3])) / pstdev(c[:3]) for x in c] for c in (columns[0], columns[2])]
    ends = [[(x - min(c[:3])) / (max(c[:3]) - min(c[:3])) for x in c] for c in (columns[0], columns[2])]
    for scale, expected in ((STANDARD, standard), (ZERO_TO_ONE, ends)):
        found = received(scaled(scale)).inputs
        np.testing.assert_allclose(found[:, [0, 2]].T, expected, rtol=1e-14)
        assert found[3, 0] > 10, "held back, and far from those trained on"


def test_an_input_that_is_the_same_in_all_examples_trained_on_becomes_0(lesson: Lesson) -> None:
    assert received(lesson).inputs[:, 1].tolist() == [0, 0, 0, 0]


def test_inputs_without_scale_are_received_as_they_are_typed() -> None:
    found = received(read_lesson(TEXT, "plain.toml"))
    assert found.inputs.tolist() == [list(row) for row in ROWS]
    assert np.isnan(found.by).all()


def test_the_runs_use_scaled_inputs(lesson: Lesson) -> None:
    trace = train(lesson)
    np.testing.assert_array_equal(trace["i1"][0, :3], received(lesson).inputs[:3, 0])
    assert trace["i1"][0, -1] == received(lesson).inputs[3, 0]


# ----------------------------------------------------------------------------------------------------------- the sheet


def test_data_has_typed_and_scaled_inputs_beside_each_other(lesson: Lesson, document: Document) -> None:
    places, data = InputsLayout(lesson), document[DATA]
    header = places.data_header_row
    assert [data.cells[header, column].value for column in range(3, 10)] == [
        "i1 typed", "i2 typed", "i3 typed", "i1", "i2", "i3", "t1",
    ]  # fmt: skip
    typed = [data.cells[header + 3, places.typed_column(of)] for of in (Input(0), Input(2), Target(0))]
    assert [cell.value for cell in typed] == [7.25, 1000.0, 1.0]
    assert [cell.changeable for cell in typed] == ["i1 of example 3", "i3 of example 3", "t1 of example 3"]
    for unit in range(3):
        for row in range(4):
            cell = data_cell(document, lesson, unit, row)
            assert cell.formula is not None
            assert cell.value == received(lesson).inputs[row, unit]


def test_every_formula_of_data_is_counted_by_checks(lesson: Lesson, document: Document) -> None:
    """Beside, `LR=0.1` and others count theirs; see `test_typed_over`."""
    formulas = {place for place, cell in document[DATA].cells.items() if cell.formula is not None}
    counted: set[tuple[int, int]] = set()
    for block, count in InputsLayout(lesson).scaled_formulas().items():
        left, top, right, bottom = range_boundaries(block.rpartition("!")[2])
        cells = {(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)}
        assert count == len(cells & formulas) == len(cells)
        counted |= cells
        assert any(block in (cell.formula or "") for cell in document["Checks"].cells.values())
    assert counted == formulas


def test_a_constant_column_is_told(lesson: Lesson, document: Document) -> None:
    assert [data_cell(document, lesson, unit, -2).value for unit in range(3)] == ["", "constant: 0", ""]
    assert [*lesson_warnings(lesson)] == [
        "line 14, data.scale: i2 is 0.1 in every example trained on; scaled, it becomes 0 and teaches nothing. Leave it out."
    ]
    assert [*lesson_warnings(read_lesson(TEXT, "plain.toml"))] == []


@pytest.mark.parametrize(
    "engine",
    [
        None,
        slow("ironcalc", engine="ironcalc"),
        slow("libreoffice", engine="libreoffice"),
        slow("gnumeric", engine="gnumeric"),
    ],
)
def test_programs_find_the_same(path: Path, engine: str | None) -> None:
    report = verify(path, engine) if engine else verify(path)
    assert report.equal, "\n".join(report.lines())


@pytest.mark.parametrize(
    ("name", "value"),
    [("i1 of example 2", 11.5), ("i1 of example 4", -3.0), ("i2 of example 1", 0.5), ("i3 of example 1", 250.0)],
)
def test_an_edit_of_a_typed_input_moves_what_is_scaled(
    lesson: Lesson, path: Path, tmp_path: Path, name: str, value: float
) -> None:
    copy = tmp_path / "edited.xlsx"
    copy.write_bytes(path.read_bytes())
    place = InputsLayout(lesson).cell(name).rpartition("!")[2].replace("$", "")
    set_cell(copy, DATA, place, f"<v>{value}</v>")
    report = verify(copy)
    assert report.recalculates, "\n".join(report.lines())
    assert any(note.startswith(f"Edited since it was made: {name} = ") for note in report.notes)
    opened = Recalculated(copy, lesson)
    assert opened.verdict().startswith("PASS")


def test_a_column_that_becomes_constant_is_0_and_passes(lesson: Lesson, path: Path) -> None:
    opened, places = Recalculated(path, lesson), InputsLayout(lesson)
    first, column = places.data_header_row + 1, places.typed_column(Input(0))
    for row in range(3):
        opened.plant(DATA, first + row, column, 0.1)
    opened.workbook.evaluate_all()
    scaled = [opened.workbook.get_value(DATA, first + row, places.data_column(Input(0))) for row in range(4)]
    assert scaled == [0, 0, 0, 0]
    assert opened.workbook.get_value(DATA, first - 2, places.data_column(Input(0))) == "constant: 0"
    assert opened.verdict().startswith("PASS")


# ----------------------------------------------------------------------------------------------------- planted faults


FAULTS = {
    "a number over a scaled input": lambda top: (top + 1, 6, 0.7),
    "another formula of one scaled input": lambda top: (top + 1, 6, f"=C{top + 1}/10"),
    "the mean, or the lowest, of others": lambda top: (top - 3, 3, f"=C{top + 1}"),
    "the deviation, or the highest, of all": lambda top: (top - 2, 3, f"=MAX(C{top}:C{top + 3})"),
    "a deviation of 0, as if constant": lambda top: (top - 2, 5, f"=E{top - 3}*(E{top - 3}<-399)"),
    "a held back example scaled otherwise": lambda top: (top + 3, 6, f"=F{top + 2}"),
    "a constant that is not 0": lambda top: (top + 1, 7, 0.1),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_checks_sees_what_is_scaled_wrongly(lesson: Lesson, path: Path, fault: str) -> None:
    opened, top = Recalculated(path, lesson), InputsLayout(lesson).data_header_row + 1
    assert opened.verdict().startswith("PASS")
    opened.plant(DATA, *FAULTS[fault](top))
    opened.workbook.evaluate_all()
    assert opened.verdict().startswith("FAIL")


def test_the_file_with_a_wrong_formula_is_not_what_it_should_be(lesson: Lesson, path: Path, tmp_path: Path) -> None:
    copy, places = tmp_path / "wrong.xlsx", InputsLayout(lesson)
    copy.write_bytes(path.read_bytes())
    place = address(places.data_header_row - 2, 3)
    set_cell(copy, DATA, place, "<f>C9</f><v>1</v>")
    assert not verify(copy).equal


def test_numpy_that_scales_otherwise_than_the_formulas_is_seen(
    lesson: Lesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the deviation of a sample, say, or by the numbers of all examples."""
    whole = scaling.received

    def wrong(of: Lesson) -> Received:
        found = whole(of)
        return found._replace(inputs=found.inputs * np.sqrt(2 / 3))

    for module in ("numpy_run.trace", "numpy_run.row_judge", "sheets.derivation.opening"):
        monkeypatch.setattr(f"xlbackprop.{module}.received", wrong)
    path = tmp_path / "wrong.xlsx"
    write_workbook(compile_document(lesson), path)
    report = verify(path)
    assert not report.equal
    assert any(DATA in line for line in report.lines())


# ----------------------------------------------------------------------------------------------------------- messages

DATA_LINE = "inputs = [[0, 0], [0, 1], [1, 0], [1, 1]]"


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("held_back = 1", 'held_back = 1\nscale = "minmax"', 'line 17, data.scale: there is no way to scale "minmax". Did you mean "0 to 1"?'),
        ("held_back = 1", 'held_back = 1\nscale = "z-score"', 'line 17, data.scale: there is no way to scale "z-score". Did you mean "standard"?'),
        ("held_back = 1", "held_back = 1\nscale = true", 'line 17, data.scale: the name of a way to scale is needed, but this is true or false (true). Did you mean "standard" or "0 to 1"?'),
        ("held_back = 1", "held_back = 1\nnormalize = true", 'line 17, data.normalize: there is no such key. Did you mean "scale"?'),
        ("held_back = 1", 'held_back = 3\nscale = "standard"', "line 17, data.scale: there is one example to learn from only; others are needed to scale it by. Leave scale out."),
        (DATA_LINE, 'scale = "0 to 1"\ninputs = [[1e6, 0], [1e6, 1], [1000001, 0], [1e6, 1]]', "line 14, data.scale: i1 goes from 1000000 to 1000001; so near together, they lose digits when scaled. Subtract 1e+06 in the data, or leave scale out."),
    ],
)  # fmt: skip
def test_a_way_to_scale_that_cannot_be_taken_is_told(right: str, wrong: str, told: str) -> None:
    assert right in CLASSES
    assert problems(CLASSES.replace(right, wrong)) == [told]
