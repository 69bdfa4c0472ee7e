"""A kind of sheet is one entry: a stranger's, named in the tuple alone, is everywhere where ours are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from tests.tampering import set_cell
from xlbackprop import InputError, compile_document, load_lesson, verify, write_workbook
from xlbackprop.engines import pdf_handout, sheets_on_paper
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.proof.differences import Kind
from xlbackprop.sheets import entries, read_lesson
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas
from xlbackprop.sheets.entry import Changeable, Entry
from xlbackprop.workbook import Document, Look, Sheet

HOMEWORK, TIMES = "Homework", "times"


def _changeable(_: Lesson) -> Iterator[Changeable]:
    yield Changeable(TIMES, 3.0, range(1, 10))


def _sheets(book: Book) -> Iterator[Sheet]:
    canvas = Canvas()
    canvas.put(1, 1, "Homework: some times the first weight.", Look.TITLE)
    times = canvas.put(3, 1, book.standing[TIMES], Look.TYPED, changeable=TIMES)
    canvas.put(3, 2, times * book.typed("w1"), Look.NUMBER)
    yield Sheet(HOMEWORK, canvas.cells)


ENTRY = Entry(
    HOMEWORK,
    _sheets,
    reserved=("Home*",),
    changeable=_changeable,
    defined_names=lambda _: {"homework": f"'{HOMEWORK}'!$B$3"},
    on_paper=True,
)


@pytest.fixture(autouse=True)
def _with_homework(monkeypatch: pytest.MonkeyPatch) -> None:
    *others, lesson = entries.SHEETS
    monkeypatch.setattr(entries, "SHEETS", (*others, ENTRY, lesson))


@pytest.fixture
def document() -> Document:
    return compile_document(load_lesson(epochs=3, learning_rates=[0.5]))


@pytest.fixture
def path(document: Document, tmp_path: Path) -> Path:
    path = tmp_path / "workbook.xlsx"
    write_workbook(document, path)
    return path


def test_it_stands_in_the_file_with_its_name_and_a_link_from_summary(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[-3:] == ["Checks", HOMEWORK, "Lesson"]
    assert book[HOMEWORK]["B3"].value == "=$A$3*'Inputs'!$B$14"
    assert openpyxl.load_workbook(path, data_only=True)[HOMEWORK]["B3"].value == pytest.approx(0.9)
    assert book.defined_names["homework"].attr_text == f"'{HOMEWORK}'!$B$3"
    links = {cell.value: cell.hyperlink.location for row in book["Summary"] for cell in row if cell.hyperlink}
    assert links[HOMEWORK] == f"'{HOMEWORK}'!A1"


def test_untouched_it_is_equal(path: Path) -> None:
    report = verify(path)
    assert report.equal, report.lines()
    assert not report.notes


def test_a_changed_formula_on_it_is_named(path: Path) -> None:
    set_cell(path, HOMEWORK, "B3", "<f>$A$3*'Inputs'!$B$15</f><v>0.9</v>")
    report = verify(path)
    assert {(one.sheet, one.cell, one.kind) for one in report.differences} == {
        (HOMEWORK, "B3", Kind.FORMULA),
        (HOMEWORK, "B3", Kind.VALUE),
    }


def test_its_number_may_be_changed_and_is_noted(path: Path) -> None:
    set_cell(path, HOMEWORK, "A3", "<v>4</v>")
    report = verify(path)
    assert report.recalculates, report.lines()
    assert "Edited since it was made: times = 4 (was 3)." in report.notes


def test_what_its_number_may_not_be_is_told(path: Path) -> None:
    set_cell(path, HOMEWORK, "A3", "<v>4.5</v>")
    with pytest.raises(InputError, match=r"'Homework'!A3: times is a whole number from 1 to 9, but 4.5 stands there"):
        verify(path)


def test_it_is_on_paper(document: Document) -> None:
    assert HOMEWORK in sheets_on_paper(document)
    assert pdf_handout.for_paper(document)[HOMEWORK].cells[3, 2].formula is None


@pytest.mark.parametrize("name", ["homework", "Home alone"])
def test_no_run_may_have_its_names_and_all_problems_are_told_at_once(name: str) -> None:
    text = f"""
        title = "Names"
        [network]
        loss = "half squared error"
        [[network.layers]]
        units = 1
        activation = "sigmoyd"
        weights = [[0.5]]
        [data]
        inputs = [[1]]
        targets = [[0]]
        [training]
        epochs = 3
        learning_rate = 0.1
        optimizer = "gradient descent"
        [[runs]]
        name = "{name}"
        """
    taken = "the workbook has, or may have, another of this name. Choose another."
    with pytest.raises(InputError) as caught:
        read_lesson(text, "lesson.toml")
    told = str(caught.value)
    assert f'run 1, name: "{name}" cannot be the name of a sheet: {taken}' in told
    assert 'there is no activation "sigmoyd"' in told


def test_without_it_its_names_are_free(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Homework" in entries.reserved_names()
    monkeypatch.setattr(entries, "SHEETS", tuple(entry for entry in entries.SHEETS if entry is not ENTRY))
    assert "Homework" not in entries.reserved_names()
    assert not {HOMEWORK, "homework"} & {*entries.linked(load_lesson()), *entries.changeable(load_lesson())}
