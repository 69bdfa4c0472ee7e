"""The checks that live in the workbook turn red for every planted fault, and green again without it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import formualizer
import numpy as np
import openpyxl
import pytest

from tests.slow import slow
from tests.tampering import set_cell
from xlbackprop.engines import BlindCopy, engine
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.lesson.lesson_file import load_lesson, read_lesson
from xlbackprop.machine import write_workbook
from xlbackprop.network.quantities import Given, Gradient, LearningRate, NetInput, Output, Quantity, TotalLoss, Weight
from xlbackprop.sheets.checks import estimates
from xlbackprop.sheets.checks.places import CHECKS, ChecksLayout
from xlbackprop.sheets.compiler import compile_document
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.workbook.document import Document, column_letters
from xlbackprop.xlsx.read.reader import blind_copy

EPOCHS = 40
RUNS = 6
MIDDLE = 23


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return load_lesson(epochs=EPOCHS)


@pytest.fixture(scope="module")
def document(lesson: Lesson) -> Document:
    return compile_document(lesson)


class Recalculated:
    """The workbook open in the embedded engine: plant formulas, read cells."""

    def __init__(self, path: Path, lesson: Lesson) -> None:
        self.workbook = formualizer.load_workbook(str(path), strategy="eager_all")
        self.workbook.evaluate_all()
        self.runs = [RunLayout(lesson, run) for run in range(len(lesson.runs))]
        self.checks = ChecksLayout(lesson)

    def verdict(self) -> str:
        return str(self.workbook.get_value(CHECKS, self.checks.verdict_row, 2))

    def run_verdict(self, run: int) -> str:
        return str(self.workbook.get_value(CHECKS, self.checks.run_row(run), 2))

    def plant(self, sheet: str, row: int, column: int, formula: str | float | None) -> None:
        if isinstance(formula, str):
            self.workbook.set_formula(sheet, row, column, formula)
        else:
            self.workbook.set_value(sheet, row, column, formula)


@pytest.fixture(scope="module")
def path(document: Document, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("checks") / "walkthrough.xlsx"
    write_workbook(document, path)
    return path


@pytest.fixture
def opened(lesson: Lesson, path: Path) -> Recalculated:
    return Recalculated(path, lesson)


Fault = Callable[[RunLayout, int, str], str | float | None]


def _letters(run: RunLayout, quantity: Quantity) -> str:
    return column_letters(run.column_of[quantity])


def _wrong_neighbour(run: RunLayout, row: int, formula: str) -> str:
    """out_h1 where out_h2 belongs: the bug of the class workbook."""
    right, wrong = _letters(run, Output(1, 1)), _letters(run, Output(1, 0))
    return formula.replace(f"{right}{row}", f"{wrong}{row}")


def _unanchored_rate(run: RunLayout, row: int, formula: str) -> str:
    rate = run.given(Given(LearningRate()))
    return formula.replace(rate, f"$D{run.rate_row + row - run.first_row}")


def _neighbours_gradient(run: RunLayout, row: int, formula: str) -> str:
    right, wrong = _letters(run, Gradient(Weight(2, 0, 0))), _letters(run, Gradient(Weight(2, 0, 1)))
    return formula.replace(f"{right}{row - 1}", f"{wrong}{row - 1}")


def _updated_weights(run: RunLayout, row: int, formula: str) -> str:
    """The hidden gradient from the output weight of the next row, which is already updated."""
    weight = _letters(run, Weight(2, 0, 0))
    return formula.replace(f"{weight}{row}", f"{weight}{row + 1}")


def _pasted_constant(_run: RunLayout, _row: int, _formula: str) -> float:
    return 0.3125


def _blank(_run: RunLayout, _row: int, _formula: str) -> None:
    return None


FAULTS: dict[str, tuple[Quantity, Fault]] = {
    "out_h1 for out_h2 in ∂E/∂w3": (Gradient(Weight(1, 1, 0)), _wrong_neighbour),
    "an unanchored rate": (Weight(2, 0, 0), _unanchored_rate),
    "the update with a neighbour's gradient": (Weight(2, 0, 0), _neighbours_gradient),
    "hidden gradients from updated weights": (Gradient(Weight(1, 0, 0)), _updated_weights),
    "a pasted constant": (NetInput(2, 1), _pasted_constant),
    "a blank": (Output(1, 0), _blank),
    "a blank gradient": (Gradient(Weight(2, 1, 1)), _blank),
    "a constant loss": (TotalLoss(), _pasted_constant),
}


def _rows(run: RunLayout, quantity: Quantity, fault: str, *, whole: bool) -> Iterator[int]:
    if not whole:
        yield run.first_row + MIDDLE
        return
    start = run.first_row + (1 if isinstance(quantity, Weight) else 0)
    end = run.last_row - (1 if fault == "hidden gradients from updated weights" else 0)
    yield from range(start, end + 1)


def test_a_sound_workbook_passes(opened: Recalculated) -> None:
    assert opened.verdict() == "PASS: all checks of 6 runs"


@pytest.mark.parametrize("whole", [slow(True), False], ids=["whole column", "one row"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_turns_its_run_red_in_every_run_sheet(
    opened: Recalculated, document: Document, fault: str, whole: bool
) -> None:
    quantity, change = FAULTS[fault]
    for run in opened.runs:
        column = run.column_of[quantity]
        table = document[run.name].tables[0]
        filled = table.columns[column - 1]
        honest = {
            row: filled.formula_at(row - table.first_row, row) for row in _rows(run, quantity, fault, whole=whole)
        }
        for row, formula in honest.items():
            assert formula is not None
            planted = change(run, row, formula)
            assert planted != formula, "the fault changes nothing"
            opened.plant(run.name, row, column, f"={planted}" if isinstance(planted, str) else planted)
        opened.workbook.evaluate_all()
        verdicts = [opened.run_verdict(number) for number in range(RUNS)]
        assert [verdict.startswith("PASS") for verdict in verdicts] == [number != run.index for number in range(RUNS)]
        assert opened.verdict() == "FAIL: 1 of 6 runs"
        for row, formula in honest.items():
            opened.plant(run.name, row, column, f"={formula}")
        opened.workbook.evaluate_all()
        assert opened.verdict().startswith("PASS")


@pytest.mark.parametrize("row", [0, 1, EPOCHS], ids=["first", "second", "last"])
def test_a_fault_in_a_border_row_is_seen(opened: Recalculated, row: int) -> None:
    run = opened.runs[3]
    for quantity in (Gradient(Weight(1, 1, 0)), Weight(2, 0, 0), Output(2, 1), TotalLoss()):
        column = run.column_of[quantity]
        honest = opened.workbook.get_formula(run.name, run.first_row + row, column)
        opened.plant(run.name, run.first_row + row, column, 0.3125)
        opened.workbook.evaluate_all()
        assert opened.run_verdict(3).startswith("FAIL"), quantity
        opened.plant(run.name, run.first_row + row, column, honest)
        opened.workbook.evaluate_all()
        assert opened.verdict().startswith("PASS")


@pytest.mark.parametrize(
    ("sheet", "place", "formula", "verdict"),
    [
        ("Loss curves", (20, 4), "='LR=0.2'!$X$20", "FAIL: 1 of 6 runs"),  # a curve that shows another run
        ("LR=0.5", (3, 4), 0.51, "FAIL: 1 of 6 runs"),  # a rate typed into the head
        ("LR=0.5", (6, 6), 0.31, "FAIL: 1 of 6 runs"),  # a starting weight typed into the head
        ("Checks", (8, 3), 1e9, "FAIL: a tolerance was changed"),
        ("Checks", (12, 3), 1.0, "FAIL: a tolerance was changed"),
        ("Inputs", (14, 2), None, "FAIL: 6 of 6 runs"),
        ("Inputs", (14, 2), "0,3", "FAIL: 6 of 6 runs"),
    ],
)
def test_a_fault_around_the_tables_is_seen(
    opened: Recalculated, sheet: str, place: tuple[int, int], formula: str | float | None, verdict: str
) -> None:
    if isinstance(formula, str) and not formula.startswith("="):
        opened.workbook.set_value(sheet, *place, formula)
    else:
        opened.plant(sheet, *place, formula)
    opened.workbook.evaluate_all()
    assert opened.verdict() == verdict


# columns of the line of a run: its verdict, the counts 2, 3 and 7
@pytest.mark.parametrize("column", [2, 4, 5, 9])
@pytest.mark.parametrize("fault", ["=1/0", '="0"', '="FAIL"', "=2"])
def test_a_check_that_breaks_is_not_green(opened: Recalculated, column: int, fault: str) -> None:
    opened.plant(CHECKS, opened.checks.run_row(1), column, fault)
    opened.workbook.evaluate_all()
    assert opened.verdict() == "FAIL: 1 of 6 runs"
    assert column == 2 or opened.run_verdict(1).startswith("FAIL: ")


@pytest.mark.parametrize("fault", ["=1/0", '="0"', "=2"])
def test_an_error_among_the_broken_rows_is_one_broken_column(opened: Recalculated, fault: str) -> None:
    opened.plant(CHECKS, opened.checks.matrix_header_row + 3, 4, fault)
    opened.workbook.evaluate_all()
    assert opened.workbook.get_value(CHECKS, opened.checks.run_row(1), 6) == 1
    assert opened.run_verdict(1) == "FAIL: see the counts that are not 0"


PASTED = {("LR=0.5", "J20"), ("LR=0.5", "D3"), ("LR=0.5", "F6"), ("LR=0.5", "A20"), ("Loss curves", "B20")}


@pytest.mark.engine("libreoffice")
def test_a_constant_that_agrees_is_seen_where_the_program_can_tell_formulas(tmp_path: Path) -> None:
    """ISFORMULA of a range: Excel 2013, LibreOffice and OnlyOffice count it; other programs leave that to `verify`."""
    lesson, path = load_lesson(epochs=14, learning_rates=[0.5]), tmp_path / "sound.xlsx"
    write_workbook(compile_document(lesson), path)
    stored = openpyxl.load_workbook(path, data_only=True)
    blind = []
    for number, (sheet, cell) in enumerate(sorted(PASTED)):
        pasted = Path(shutil.copy(path, tmp_path / "pasted.xlsx"))
        set_cell(pasted, sheet, cell, f"<v>{stored[sheet][cell].value!r}</v>")
        blind_copy(pasted, copy := tmp_path / f"blind-{number}.xlsx")
        blind.append(BlindCopy.of(copy))
    checks = ChecksLayout(lesson)
    for place, values in zip(sorted(PASTED), engine("libreoffice").recalculate(blind), strict=True):
        assert values[CHECKS][checks.run_row(0), 4] == 1, place
        assert values[CHECKS][checks.verdict_row, 2] == "FAIL: 1 of 1 run", place


@pytest.mark.parametrize("content", [None, "0.1"], ids=["deleted", "text"])
def test_a_loss_that_was_deleted_is_no_overflow_though_the_curve_does_not_show_it(
    tmp_path: Path, content: str | None
) -> None:
    """Of several examples the curve shows the losses of whole epochs, in which a missing one counts as 0."""
    lesson = load_lesson("xor", epochs=3)
    write_workbook(compile_document(lesson), tmp_path / "xor.xlsx")
    opened = Recalculated(tmp_path / "xor.xlsx", lesson)
    run = opened.runs[1]
    opened.plant(run.name, run.first_row + 2, run.column_of[TotalLoss()], None)
    if content is not None:
        opened.workbook.set_value(run.name, run.first_row + 2, run.column_of[TotalLoss()], content)
    opened.workbook.evaluate_all()
    assert opened.run_verdict(1) == "FAIL: 1 losses are not numbers"
    assert opened.verdict() == "FAIL: 1 of 4 runs"


GROWING = """\
title = "Two examples, and a run that grows without end"
[network]
loss = "half squared error"
[[network.layers]]
units = 1
activation = "identity"
weights = [[1]]
[data]
inputs = [[1], [2]]
targets = [[0], [1]]
[training]
optimizer = "gradient descent"
batch = 1
learning_rates = [0.1, 1000000000]
epochs = 12
"""


def test_several_examples_that_overflow_are_an_overflow(tmp_path: Path) -> None:
    lesson = read_lesson(GROWING, "growing")
    document = compile_document(lesson)
    write_workbook(document, tmp_path / "growing.xlsx")
    opened = Recalculated(tmp_path / "growing.xlsx", lesson)
    assert opened.verdict() == "OVERFLOW in 1 of 2 runs; the others pass"
    assert document[CHECKS].cells[opened.checks.verdict_row, 2].value == opened.verdict()


def test_gradients_that_overflow_where_nothing_is_learnt_from_them_are_an_overflow(tmp_path: Path) -> None:
    """Every loss is a number then; that other cells hold none, or a number instead of a formula, is still a fault."""
    path = Path(__file__).parent / "regression_lessons" / "gradients_overflow_from_which_nothing_is_learnt.toml"
    lesson = load_lesson(path)
    write_workbook(compile_document(lesson), tmp_path / "book.xlsx")
    opened = Recalculated(tmp_path / "book.xlsx", lesson)
    assert opened.verdict() == "OVERFLOW in 2 of 2 runs; the others pass"
    run = opened.runs[1]
    opened.plant(run.name, run.first_row + 1, run.column_of[NetInput(1, 0)], None)
    opened.workbook.evaluate_all()
    assert opened.run_verdict(1) == "FAIL: see the counts that are not 0"
    assert opened.verdict() == "FAIL: 1 of 2 runs"


def test_estimates_that_overflow_are_left_out_and_no_more(tmp_path: Path) -> None:
    """The run is sound; one estimate more that is no number, or a gradient that is wrong, is still counted."""
    path = Path(__file__).parent / "regression_lessons" / "estimates_that_overflow.toml"
    lesson = load_lesson(path)
    document = compile_document(lesson)
    write_workbook(document, tmp_path / "book.xlsx")
    (table,) = (table for table in document[CHECKS].tables if table.columns[-1].header == "differ" and table.rows > 3)
    headers = [column.header for column in table.columns]
    assert np.isnan(table.columns[headers.index("∂E/∂w estimated")].values[:]).sum() == 3
    opened = Recalculated(tmp_path / "book.xlsx", lesson)
    row = opened.checks.run_row(0)
    assert opened.verdict() == "PASS: all checks of 1 run"
    opened.plant(CHECKS, table.first_row, table.first_column + headers.index("E_Total"), "=1/0")
    opened.workbook.evaluate_all()
    assert opened.run_verdict(0) == "FAIL: see the counts that are not 0"
    opened = Recalculated(tmp_path / "book.xlsx", lesson)
    run = opened.runs[0]
    opened.plant(run.name, run.last_row, run.column_of[Gradient(Weight(3, 0, 0))], 1e6)
    opened.workbook.evaluate_all()
    assert opened.workbook.get_value(CHECKS, row, 8) == 1
    assert opened.run_verdict(0) == "FAIL: see the counts that are not 0"


@pytest.mark.parametrize("name", ["walkthrough", "vanishing", "xor", "softmax-3-classes", "optimizers"])
def test_the_doubt_in_an_estimate_hides_no_fault(name: str) -> None:
    """It is less than what is allowed anyway, wherever no kink is crossed; no step is too wide."""
    document = compile_document(load_lesson(name))
    seen = 0
    for table in document[CHECKS].tables:
        columns = {column.header: np.asarray(column.values[:]) for column in table.columns}
        if "exact to ±" in columns:
            estimated = (columns["steps"] == -2) & (columns["kinks crossed"] == 0)
            assert not columns["left out"][columns["kinks crossed"] == 0].any()
            there, doubt = columns["∂E/∂w there"][estimated], columns["exact to ±"][estimated]
            assert (doubt > 0).all()
            assert (doubt < estimates.GRADIENT_ABSOLUTE + estimates.GRADIENT_RELATIVE * np.abs(there)).all()
            seen += np.count_nonzero(estimated)
    assert seen > 20
