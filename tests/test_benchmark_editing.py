"""The benchmark of edits takes the time of edits that the program follows, and compares two workbooks fairly."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmark import editing
from tests.benchmark.editing import EDITS, TURNS, VALUES
from tests.benchmark.opening import OFFICE, make_profile
from xlbackprop import compile_document, load_lesson, write_workbook

pytestmark = pytest.mark.checkout


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("editing") / "short.xlsx"
    write_workbook(compile_document(load_lesson("walkthrough", epochs=8)), path)
    return path


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    room = tmp_path_factory.mktemp("room")
    make_profile(room, editing._MACRO)
    return room


PROGRAMS = [
    pytest.param("formualizer", marks=pytest.mark.engine("formualizer")),
    pytest.param(OFFICE, marks=[pytest.mark.slow, pytest.mark.engine("libreoffice")]),
]


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_the_time_of_each_edit_but_the_first_is_taken(workbook: Path, room: Path, program: str, name: str) -> None:
    edit = EDITS[name]
    seconds = TURNS[program](workbook, edit.sheet, editing.cell_of(workbook, edit), room)
    assert len(seconds) == len(VALUES) - 1
    assert all(0 <= one < 5 for one in seconds)


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_edit_that_nothing_follows_has_no_time(workbook: Path, room: Path, program: str) -> None:
    with pytest.raises(SystemExit, match="nothing followed"):
        TURNS[program](workbook, "Inputs", "B300", room)


def test_the_edited_cells_are_found_by_what_stands_beside(workbook: Path) -> None:
    assert [editing.cell_of(workbook, edit) for edit in EDITS.values()] == ["B14", "A4"]


def test_a_table_has_the_medians_and_their_ratio() -> None:
    found = {("formualizer", "a weight", "before"): [0.2, 0.3, 0.4], ("formualizer", "a weight", "now"): [0.1, 0.15, 1]}
    line = [*editing.table("walkthrough", found)][-1]
    assert line == "| formualizer, a weight | 300 (200) | 150 (100) | 0.50 |"


def test_a_given_workbook_takes_part_as_it_is(workbook: Path, tmp_path: Path) -> None:
    files = editing.workbooks("walkthrough", str(workbook), tmp_path)
    assert files == {"before": workbook, "now": tmp_path / "walkthrough.xlsx"}
    assert files["now"].exists()
