"""No wrong number stands on `Summary` or `Step by step` while `Checks` says PASS."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import formualizer
import pytest

from tests.every_engine import EVERY_ENGINE
from tests.slow import slow
from tests.tampering import set_cell
from tests.test_checks_that_are_fooled import PROGRAMS
from xlbackprop import compile_document, load_lesson, write_workbook
from xlbackprop.engines import BlindCopy
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.network.quantities import Output, Weight
from xlbackprop.sheets import verdict_wording as wording
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.checks.places import CHECKS, ChecksLayout
from xlbackprop.sheets.steps.chosen_row import Row
from xlbackprop.sheets.steps.places import STEP_BY_STEP, StepLayout, step_sheets
from xlbackprop.sheets.summary.layout import SUMMARY
from xlbackprop.workbook.document import Cell, Document, Look, address
from xlbackprop.xlsx.read.reader import blind_copy

ADAM = Path(__file__).parent / "sample_lessons" / "adam_in_mini_batches.toml"
SHORT = load_lesson(epochs=14, learning_rates=[0.1, 0.5])
DIFFER, BEGINS = 5, 10  # columns of the line of the numbers shown


class Opened(NamedTuple):
    """A workbook open in the embedded engine."""

    lesson: Lesson
    document: Document
    workbook: Any

    @classmethod
    def of(cls, lesson: Lesson, folder: Path) -> Opened:
        document = compile_document(lesson)
        write_workbook(document, path := folder / "lesson.xlsx")
        workbook = formualizer.load_workbook(str(path), strategy="eager_all")
        workbook.evaluate_all()
        return cls(lesson, document, workbook)

    def line(self, column: int = 2) -> object:
        """What the line of the numbers shown has in a column."""
        self.workbook.evaluate_all()
        return self.workbook.get_value(CHECKS, ChecksLayout(self.lesson).shown_row, column)

    @property
    def verdict(self) -> object:
        self.workbook.evaluate_all()
        return self.workbook.get_value(CHECKS, ChecksLayout(self.lesson).verdict_row, 2)


def _printed(document: Document, layout: StepLayout) -> Iterator[tuple[str, int, int, Cell]]:
    """Yield the formula cells of the printed parts, but for the verdict and what the table of docs/trust.md names."""
    for sheet, last in ((SUMMARY, 10**6), (layout.name, layout.last_network_column)):
        for (row, column), told in sorted(document[sheet].cells.items()):
            if told.formula is not None and column <= last and told.style.look not in (Look.VERDICT, Look.LINK):
                yield sheet, row, column, told


@pytest.mark.parametrize(
    "name",
    ["walkthrough", *map(slow, ("xor", "softmax-3-classes", "digits", str(ADAM)))],
)
def test_whatever_is_put_in_the_place_of_a_shown_number_is_counted(tmp_path: Path, name: str) -> None:
    """Each formula of the printed parts, one at a time, becomes another number, or another text."""
    opened = Opened.of(SHORT if name == "walkthrough" else load_lesson(Path(name) if "/" in name else name), tmp_path)
    layout = step_sheets(opened.lesson)[0]
    unseen, planted = [], 0
    for sheet, row, column, told in _printed(opened.document, layout):
        wrong = f'"{told.value}0"' if isinstance(told.value, str) else f"({told.formula})*2+1/3"
        opened.workbook.set_formula(sheet, row, column, wrong)
        planted += 1
        if opened.verdict != wording.SHOWN:
            unseen.append((sheet, address(row, column), told.value, told.formula))
        opened.workbook.set_formula(sheet, row, column, told.formula)
    assert planted > 60
    assert unseen == []
    assert opened.line() == "PASS"


def test_the_line_leads_to_the_first_wrong_cell(tmp_path: Path) -> None:
    opened = Opened.of(SHORT, tmp_path)
    assert (opened.line(DIFFER), opened.line(BEGINS)) == (0, "")
    cells = opened.document[SUMMARY].cells
    (place,) = (place for place, told in cells.items() if place[1] == 4 and told.formula == "'LR=0.1'!$J$8")  # of h1
    opened.workbook.set_formula(SUMMARY, *place, "'LR=0.1'!$K$8")
    assert (opened.line(DIFFER), opened.line(BEGINS)) == (1, f"'Summary'!{address(*place)}")


def test_a_number_of_summary_that_gets_the_name_of_another_is_counted(tmp_path: Path) -> None:
    """The cell of the name decides under which header the number is sought."""
    opened = Opened.of(SHORT, tmp_path)
    names = {told.value: place for place, told in opened.document[SUMMARY].cells.items() if place[1] == 1}
    for one, other in (("out_o1", "out_o2"), ("E1", "E2")):
        opened.workbook.set_value(SUMMARY, *names[one], other)
        assert (opened.line(DIFFER), opened.verdict) == (1, wording.SHOWN)
        opened.workbook.set_value(SUMMARY, *names[one], one)
    assert opened.line() == "PASS"


@pytest.mark.parametrize("name", ["walkthrough", "softmax-3-classes", "optimizers"])
def test_no_number_drops_out_silently(name: str) -> None:
    """What is put without a claim is a factor or something computed, whose product or sum is compared, or the choice."""
    lesson = SHORT if name == "walkthrough" else load_lesson(name)
    document, layout = compile_document(lesson), step_sheets(lesson)[0]
    for sheet, row, column, _ in _printed(document, layout):
        is_factor = re.match(r"\d+\. ∂", str(document[SUMMARY].cells.get((row, 1), Cell("")).value))
        is_proved = is_factor if sheet == SUMMARY else column == layout.value or row == layout.sentence_row
        claimed = {claim.cell for claim in document[sheet].claims}
        assert is_proved or address(row, column, fixed=True) in claimed, (sheet, address(row, column))


def _another_number(self: Book, run: Any, quantity: object, index: int, honest: Any = Book.number) -> Any:
    return honest(self, run, Output(1, 1) if quantity == Output(1, 0) else quantity, index)


def _another_text(self: Row, quantity: object, honest: Any = Row.text) -> Any:
    return honest(self, Weight(1, 0, 1) if quantity == Weight(1, 0, 0) else quantity)


def _another_cell(self: Row, quantity: object, honest: Any = Row.shown) -> Any:
    return honest(self, Output(1, 1) if quantity == Output(1, 0) else quantity)


@pytest.mark.parametrize(
    ("of", "name", "wrong"),
    [(Book, "number", _another_number), (Row, "text", _another_text), (Row, "shown", _another_cell)],
    ids=["Summary", "texts of Step by step", "numbers of Step by step"],
)
def test_a_number_that_the_program_itself_takes_for_another_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, of: type, name: str, wrong: Any
) -> None:
    """Formula and value are wrong alike, so no comparison of the two would tell."""
    monkeypatch.setattr(of, name, wrong)
    assert Opened.of(SHORT, tmp_path).verdict == wording.SHOWN


CHOICES = {
    "nothing there is": {"A4": "y", "B4": "no run", "C4": "w99"},
    "an epoch beyond the last": {"A4": 400.0},
    "the last": {"A4": 14.0, "B4": "LR=0.5", "C4": "w7"},
    "a bad number": {"A4": -2.5, "C4": "w8"},
}
WEIGHTS = {"a large weight": 1e300, "an overflow": 1e154, "0": 0.0}


def _cell(content: float | str) -> tuple[str, str]:
    return (f"<is><t>{content}</t></is>", "inlineStr") if isinstance(content, str) else (f"<v>{content!r}</v>", "")


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS)
def test_whatever_is_chosen_or_typed_no_program_counts_a_right_number(tmp_path: Path, program: str) -> None:
    write_workbook(compile_document(SHORT), path := tmp_path / "lesson.xlsx")
    edits: list[tuple[str, dict[str, float | str]]] = [(STEP_BY_STEP, dict(cells)) for cells in CHOICES.values()]
    edits += [("Inputs", {"B14": weight}) for weight in WEIGHTS.values()]
    blind = []
    for number, (sheet, cells) in enumerate(edits):
        edited = Path(shutil.copy(path, tmp_path / f"edited-{number}.xlsx"))
        for place, content in cells.items():
            set_cell(edited, sheet, place, *_cell(content))
        blind_copy(edited, copy := tmp_path / f"blind-{number}.xlsx")
        blind.append(BlindCopy.of(copy))
    row = ChecksLayout(SHORT).shown_row
    found = [values[CHECKS][row, 2] for values in EVERY_ENGINE[program].recalculate(blind)]
    assert found == ["PASS"] * len(edits)
