"""Nobody makes `Checks` green by breaking the judge: dead estimates, numbers typed over verdicts, cells outside tables."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.every_engine import EACH_ENGINE, EVERY_ENGINE
from tests.lessons import covering_lessons
from tests.slow import slow
from tests.tampering import set_cell
from tests.test_checks import Recalculated
from xlbackprop import compile_document, load_lesson, verify, write_workbook
from xlbackprop.engines import BlindCopy, engine
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.network.quantities import Gradient, Output, Quantity, TotalLoss, Weight
from xlbackprop.numpy_run import train
from xlbackprop.sheets import verdict_wording as wording
from xlbackprop.sheets.checks.places import CHECKS, ChecksLayout
from xlbackprop.sheets.curves.places import LOSS_CURVES, LossCurvesLayout
from xlbackprop.sheets.inputs.places import InputsLayout
from xlbackprop.workbook.document import Document, Table, Verdict, address
from xlbackprop.xlsx.read.careful_parse import place_of
from xlbackprop.xlsx.read.reader import blind_copy

RUN = "LR=0.5"
UNPROVED = wording.OF_A_RUN[Verdict.UNPROVED]
TYPED, DIFFER, BEGINS = 4, 5, 10  # columns of counts 2 and 3, and of the link


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return load_lesson(epochs=14, learning_rates=[0.1, 0.5])


@pytest.fixture(scope="module")
def document(lesson: Lesson) -> Document:
    return compile_document(lesson)


@pytest.fixture(scope="module")
def path(document: Document, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fooled") / "walkthrough.xlsx"
    write_workbook(document, path)
    return path


@pytest.fixture
def opened(lesson: Lesson, path: Path) -> Recalculated:
    return Recalculated(path, lesson)


def _estimates(document: Document, run: int) -> Table:
    return [table for table in document[CHECKS].tables if table.columns[-1].header == "differ" and table.rows > 3][run]


def _column(table: Table, header: str) -> int:
    return table.first_column + [column.header for column in table.columns].index(header)


def _place(reference: str) -> tuple[int, int]:
    return place_of(reference.rpartition("!")[2].partition(":")[0].replace("$", ""))


# ------------------------------------------------------------------------------------------- estimates that are dead

DEAD = {
    "a constant": lambda row: 0.25 + 0 * row,
    "garbage": lambda row: float(np.random.default_rng(row).uniform(-9, 9)),
    "a ramp": lambda row: 1000.0 * row * row,
    "a formula": lambda row: f"=10*MOD({row},3)",
}


@pytest.mark.parametrize("edited", [False, True], ids=["as shipped", "edited"])
@pytest.mark.parametrize("dead", DEAD)
def test_losses_of_no_pass_leave_no_green_verdict(
    opened: Recalculated, document: Document, dead: str, edited: bool
) -> None:
    """Estimates whose losses jump are left out; with all of them left out nothing is proved."""
    table = _estimates(document, 1)
    if edited:
        opened.plant("Inputs", *_place(InputsLayout(opened.runs[0].lesson).cell("w1")), 0.4)
        opened.workbook.evaluate_all()
        assert opened.verdict() == "PASS: live checks of 2 runs; inputs edited"
    for row in range(table.first_row, table.last_row + 1):
        opened.plant(CHECKS, row, _column(table, "E_Total"), DEAD[dead](row))
    opened.workbook.evaluate_all()
    assert opened.run_verdict(1) == UNPROVED
    assert opened.verdict() == "UNPROVED: too many estimates are left out in 1 of 2 runs"


def test_one_estimate_more_that_is_left_out_is_seen_in_the_workbook_as_shipped(
    opened: Recalculated, document: Document
) -> None:
    table = _estimates(document, 1)
    opened.plant(CHECKS, table.last_row, _column(table, "E_Total"), 0.9)
    opened.workbook.evaluate_all()
    assert opened.run_verdict(1) == UNPROVED


@pytest.mark.parametrize(("count", "verdict"), [(6, "PASS, inputs edited"), (7, UNPROVED)])
def test_after_an_edit_a_quarter_of_the_estimates_may_be_left_out(
    opened: Recalculated, document: Document, count: int, verdict: str
) -> None:
    table = _estimates(document, 1)
    opened.plant("Inputs", *_place(InputsLayout(opened.runs[0].lesson).cell("w1")), 0.4)
    for row in range(table.first_row, table.first_row + 4 * count, 4):
        opened.plant(CHECKS, row, _column(table, "E_Total"), 0.9)
    opened.workbook.evaluate_all()
    assert opened.run_verdict(1) == verdict


def test_another_epoch_may_leave_others_out(opened: Recalculated, document: Document) -> None:
    """Its weights are others, and may lie at a kink."""
    table = _estimates(document, 1)
    opened.plant(CHECKS, opened.checks.chosen_epoch_row, 3, 3)
    opened.plant(CHECKS, table.first_row + 4 * 9, _column(table, "E_Total"), 0.9)
    opened.workbook.evaluate_all()
    assert opened.run_verdict(1) == "PASS"


def test_estimates_at_kinks_are_left_out_as_when_it_was_made() -> None:
    """In the run with ReLU two estimates cross a kink; weights of 0 make a few more."""
    lesson = load_lesson("xor")
    assert compile_document(lesson).verdict is Verdict.PASS
    weights = {name: 0.0 for name in lesson.typed if name.startswith("w")}
    edited = compile_document(lesson, weights)
    assert np.count_nonzero(_estimates(edited, 3).columns[-6].values[:]) == 5
    assert edited.verdict is Verdict.PASS_EDITED


def test_weights_of_zero_that_leave_nearly_all_out_are_unproved(tmp_path: Path) -> None:
    """A single ReLU with weights of 0 stays at its kink: no gradient is seen, the workbook is sound, and says so."""
    text = """\
title = "One ReLU"
[network]
loss = "half squared error"
[[network.layers]]
units = 1
activation = "ReLU"
weights = [[0.5, 0.25]]
[data]
inputs = [[1, 2]]
targets = [[2]]
[training]
optimizer = "gradient descent"
learning_rates = [0.1]
epochs = 5
"""
    (tmp_path / "relu.toml").write_text(text)
    lesson = load_lesson(tmp_path / "relu.toml")
    path = tmp_path / "relu.xlsx"
    write_workbook(compile_document(lesson), path)
    opened = Recalculated(path, lesson)
    assert opened.verdict() == "PASS: all checks of 1 run"
    edits = {name: 0.0 for name in lesson.typed if name.startswith("w")}
    for name in edits:
        opened.plant("Inputs", *_place(InputsLayout(lesson).cell(name)), 0.0)
    opened.workbook.evaluate_all()
    assert opened.run_verdict(0) == UNPROVED
    assert compile_document(lesson, edits)[CHECKS].cells[opened.checks.verdict_row, 2].value == opened.verdict()


# --------------------------------------------------------------------------------------------------- honest edits


@pytest.mark.parametrize("name", covering_lessons())
@pytest.mark.parametrize("number", ["w1", "learning rate 1", "i1"])
def test_an_honest_edit_of_a_lesson_stays_green(name: str, number: str) -> None:
    lesson = load_lesson(name)
    typed = next(typed for typed in lesson.typed if typed == number or typed.startswith(f"{number} of "))
    document = compile_document(lesson, {typed: 1.5 * lesson.typed[typed] + 0.01})
    assert document.verdict is Verdict.PASS_EDITED


@pytest.mark.parametrize(
    "program",
    [
        slow("formualizer"),
        slow("ironcalc", engine="ironcalc"),
        slow("libreoffice", engine="libreoffice"),
    ],
)
@pytest.mark.parametrize("name", [name for name in covering_lessons() if name != "digits"])
def test_an_honest_edit_is_green_in_this_program(tmp_path: Path, name: str, program: str) -> None:
    lesson = load_lesson(name)
    write_workbook(compile_document(lesson), tmp_path / "lesson.xlsx")
    blind = []
    for edit, number in enumerate(("w1", "learning rate 1", "i1")):
        typed = next(typed for typed in lesson.typed if typed == number or typed.startswith(f"{number} of "))
        sheet, cell = InputsLayout(lesson).cell(typed).replace("'", "").replace("$", "").split("!")
        edited = Path(shutil.copy(tmp_path / "lesson.xlsx", tmp_path / "edited.xlsx"))
        set_cell(edited, sheet, cell, f"<v>{1.5 * lesson.typed[typed] + 0.01!r}</v>")
        blind_copy(edited, copy := tmp_path / f"blind-{edit}.xlsx")
        blind.append(BlindCopy.of(copy))
    for values in engine(program).recalculate(blind):
        assert str(values[CHECKS][ChecksLayout(lesson).verdict_row, 2]).startswith("PASS: live checks of ")


# ------------------------------------------------------------------------------------- what is typed over a judgement


def _text(words: str) -> tuple[str, str]:
    return f"<is><t>{words}</t></is>", "inlineStr"


LIES = {
    "PASS over the verdict of a run": (18, 2, *_text("PASS")),
    "0 over a count": (18, 8, "<v>0</v>", ""),
    "inputs edited over count 7": (18, 9, *_text("inputs edited")),
    "0 over the count of cells that were typed over": (18, 4, "<v>0</v>", ""),
    "PASS over the line of all runs": (19, 2, *_text("PASS")),
    "0 over its count": (19, 4, "<v>0</v>", ""),
    "0 over a column with a broken row": (26, 4, "<v>0</v>", ""),
}


def _told_lies(path: Path, folder: Path) -> list[Path]:
    made = []
    for number, (row, column, inside, kind) in enumerate(LIES.values()):
        lie = Path(shutil.copy(path, folder / f"lie-{number}.xlsx"))
        set_cell(lie, CHECKS, address(row, column), inside, kind)
        made.append(lie)
    return made


@pytest.mark.slow
@pytest.mark.engine("libreoffice")
def test_what_is_typed_over_a_judgement_turns_the_book_red_where_the_program_can_tell(
    path: Path, lesson: Lesson, tmp_path: Path
) -> None:
    checks = ChecksLayout(lesson)
    blind = []
    for lie in [path, *_told_lies(path, tmp_path)]:
        blind_copy(lie, copy := tmp_path / f"blind-{lie.name}")
        blind.append(BlindCopy.of(copy))
    honest, *lies = (values[CHECKS][checks.verdict_row, 2] for values in engine("libreoffice").recalculate(blind))
    assert honest == "PASS: all checks of 2 runs"
    assert [lie for lie, verdict in zip(LIES, lies, strict=True) if not str(verdict).startswith("FAIL")] == []


def test_verify_always_names_what_is_typed_over_a_judgement(path: Path, tmp_path: Path) -> None:
    for lie, (row, column, *_) in zip(_told_lies(path, tmp_path), LIES.values(), strict=True):
        found = verify(lie).differences
        assert (CHECKS, address(row, column)) in {(difference.sheet, difference.cell) for difference in found}


@pytest.mark.parametrize("words", ["inputs edited", "PASS"])
def test_nobody_can_say_that_inputs_were_edited(opened: Recalculated, words: str) -> None:
    """In any program: what was edited is counted among the inputs themselves."""
    opened.plant(CHECKS, opened.checks.run_row(1), 9, f'="{words}"')
    opened.workbook.evaluate_all()
    assert opened.run_verdict(1) == wording.UNLIKE_NUMPY
    assert opened.verdict() == "FAIL: 1 of 2 runs"


def test_a_0_over_count_7_hides_no_edit(opened: Recalculated) -> None:
    opened.plant("Inputs", *_place(InputsLayout(opened.runs[0].lesson).cell("w1")), 0.4)
    opened.plant(CHECKS, opened.checks.run_row(1), 9, 0.0)
    opened.workbook.evaluate_all()
    assert opened.run_verdict(1) == wording.UNLIKE_NUMPY


# fast-formula-parser does not know SUMPRODUCT, nor HyperFormula FIXED, which makes the sentence in a run's head.
PROGRAMS = [each for each in EACH_ENGINE if each.values[0] not in ("fast-formula-parser", "hyperformula")]


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_sees_a_judge_that_is_dead(
    path: Path, lesson: Lesson, document: Document, tmp_path: Path, program: str
) -> None:
    table = _estimates(document, 1)
    losses, count_7 = _column(table, "E_Total"), ChecksLayout(lesson).run_row(1)
    dead = {address(row, losses): ("<v>0.25</v>", "") for row in range(table.first_row, table.last_row + 1)}
    said, row = {address(count_7, 9): _text("inputs edited")}, {"O12": ("<v>0.3125</v>", "")}
    curve = {address(*_place(_result(lesson, 3, 1))): ("<v>0.3125</v>", "")}  # the end of a curve among the results
    blind = []
    for number, (sheet, cells) in enumerate(
        ((CHECKS, {}), (CHECKS, dead), (CHECKS, said), (RUN, row), (LOSS_CURVES, curve))
    ):
        planted = Path(shutil.copy(path, tmp_path / f"planted-{number}.xlsx"))
        for cell, content in cells.items():
            set_cell(planted, sheet, cell, *content)
        blind_copy(planted, copy := tmp_path / f"blind-{number}.xlsx")
        blind.append(BlindCopy.of(copy))
    found = [values[CHECKS] for values in EVERY_ENGINE[program].recalculate(blind)]
    assert [values[count_7, 2] for values in found] == ["PASS", UNPROVED, wording.UNLIKE_NUMPY, *[wording.BROKEN] * 2]
    assert found[3][count_7, BEGINS] == "w6, row 12"


# ------------------------------------------------------------------------------------ heads of runs, and Loss curves


@pytest.mark.parametrize("name", ["walkthrough", "xor", "softmax-3-classes", "vanishing", "regression"])
def test_every_number_beside_the_tables_is_judged(tmp_path: Path, name: str) -> None:
    """The sentence in a run's head; its rate, ends, and first epoch below; the gradient's size; the epochs; the best."""
    lesson = load_lesson(name, epochs=12)
    document = compile_document(lesson)
    write_workbook(document, tmp_path / "book.xlsx")
    opened = Recalculated(tmp_path / "book.xlsx", lesson)
    assert opened.verdict().startswith("PASS")
    checks, run = opened.checks, opened.runs[0]
    curves = document[LOSS_CURVES]
    sizes, paths = curves.tables[1:3]
    of_run = {(run.name, run.state_row, run.rate_column): '="E_Total is 0.2512 at epoch 0 and 0.1 at epoch 12."'}
    results = _place(_result(lesson, 1))
    of_run |= {(LOSS_CURVES, results[0], results[1] + offset): 0.3125 for offset in range(3)}
    of_run[LOSS_CURVES, results[0], results[1] + 3] = 3.0
    of_run |= {(LOSS_CURVES, row, sizes.first_column): 7.0 for row in (sizes.first_row, sizes.last_row)}
    places = LossCurvesLayout(lesson)
    if lesson.by_rate:
        of_run |= {(LOSS_CURVES, *_place(cell)): '="nobody"' for cell in (_result(lesson, 0), places.legend(0))}
    if places.has_finished:
        of_run[LOSS_CURVES, *_place(places.finished(2))] = 0.3125
        of_run[LOSS_CURVES, *_place(places.legend(0, finished=True))] = '="nobody"'
    of_paths = {(LOSS_CURVES, row, paths.first_column + 1): 7.0 for row in (paths.first_row, paths.last_row)}
    of_all: dict[tuple[str, int, int], object] = {(LOSS_CURVES, 9, 1): 7.0}
    if places.one_loss:
        of_all[LOSS_CURVES, *_place(_result(lesson, 3, len(lesson.runs)))] = '="nobody"'
    lines = (checks.run_row(0), checks.run_row(lesson.of_one_network[0]), checks.shared_row)
    for plants, row in zip((of_run, of_paths, of_all), lines, strict=True):
        for place, plant in plants.items():
            honest = opened.workbook.get_formula(*place)
            opened.plant(*place, plant)
            opened.workbook.evaluate_all()
            assert opened.workbook.get_value(CHECKS, row, DIFFER) > 0, place
            assert opened.verdict().startswith("FAIL"), place
            opened.plant(*place, honest)
    opened.workbook.evaluate_all()
    assert opened.verdict().startswith("PASS")


def _result(lesson: Lesson, offset: int, run: int = 0) -> str:
    return LossCurvesLayout(lesson).result(run, offset)


def test_a_weight_in_a_path_that_is_not_shown_now_is_none_of_its_business(opened: Recalculated) -> None:
    assert opened.workbook.get_value(CHECKS, opened.checks.run_row(1), DIFFER) == 0


# ------------------------------------------------------------------------------------------------- where it begins


@pytest.mark.parametrize(
    ("quantity", "epoch", "text"),
    [
        (Output(1, 0), 9, "out_h1, row 17"),
        (Gradient(Weight(1, 1, 0)), 0, "∂E/∂w3, row 8"),
        (Weight(2, 0, 0), 0, "w5, row 8"),
        (Weight(2, 0, 0), 14, "w5, row 22"),
        (TotalLoss(), 3, "E_Total, row 11"),
    ],
)
def test_the_first_row_that_breaks_a_rule_is_named(
    opened: Recalculated, quantity: object, epoch: int, text: str
) -> None:
    run = opened.runs[1]
    for row in (epoch, min(epoch + 2, 14)):
        opened.plant(run.name, run.first_row + row, run.column_of[quantity], 0.3125)
    opened.workbook.evaluate_all()
    assert opened.workbook.get_value(CHECKS, opened.checks.run_row(1), BEGINS) == text
    assert opened.workbook.get_value(CHECKS, opened.checks.run_row(0), BEGINS) == ""


@pytest.mark.parametrize("name", ["xor", "softmax-3-classes", "regression"])
def test_the_first_row_is_named_for_every_column(tmp_path: Path, name: str) -> None:
    """Also for those with several parts to compare: examples, largest numbers, logarithms."""
    lesson = load_lesson(name, epochs=6)
    write_workbook(compile_document(lesson), tmp_path / "book.xlsx")
    opened = Recalculated(tmp_path / "book.xlsx", lesson)
    for run in opened.runs:
        lines = opened.checks.matrix_rows(run.recipe)
        for line, number in zip(lines, range(1, len(run.columns) + 1), strict=True):
            for row in (run.first_row + 4, run.last_row):
                honest = opened.workbook.get_formula(run.name, row, number)
                opened.plant(run.name, row, number, 77.125)
                opened.workbook.evaluate_all()
                found = opened.workbook.get_value(CHECKS, line, opened.checks.first_rows_column(run.index))
                assert found == row, (run.name, run.columns[number - 1].quantity)
                opened.plant(run.name, row, number, honest)
        opened.workbook.evaluate_all()


@pytest.mark.parametrize(("name", "planted"), [("walkthrough", Output(1, 0)), ("xor", Gradient(Weight(1, 0, 0)))])
def test_where_it_begins_is_also_told_of_numbers_that_a_program_found(
    tmp_path: Path, name: str, planted: Quantity
) -> None:
    """From these `verify` makes what a sound program shows of a faulty workbook."""
    lesson = load_lesson(name, epochs=6)
    write_workbook(compile_document(lesson), tmp_path / "book.xlsx")
    opened = Recalculated(tmp_path / "book.xlsx", lesson)
    run = opened.runs[1]
    opened.plant(run.name, run.first_row + 4, run.column_of[planted], 0.3125)
    opened.workbook.evaluate_all()
    trace = train(lesson)

    def found(index: int, start: int, stop: int) -> np.ndarray:
        there = opened.runs[index]
        columns = [there.column_of[quantity] for quantity in trace.places(index)]
        rows = range(there.first_row + start, there.first_row + stop)
        return np.array([[opened.workbook.get_value(there.name, row, column) for column in columns] for row in rows])

    cells = compile_document(lesson, trace=trace, now=trace.with_numbers(found))[CHECKS].cells
    assert cells[opened.checks.run_row(1), BEGINS].value == f"{run.of.naming.name(planted)}, row {run.first_row + 4}"
    for place, cell in cells.items():
        if cell.formula is not None and place[0] < opened.checks.shipped_header_row:
            assert cell.value == opened.workbook.get_value(CHECKS, *place), place


def test_an_estimate_that_differs_is_named_on_this_sheet(opened: Recalculated, document: Document) -> None:
    table = _estimates(document, 1)
    row = table.first_row + 4 * 5 + 3
    opened.plant(CHECKS, row, _column(table, "∂E/∂w there"), 0.5)
    opened.workbook.evaluate_all()
    assert opened.workbook.get_value(CHECKS, opened.checks.run_row(1), BEGINS) == f"row {row} here"
    assert opened.run_verdict(1) == wording.BROKEN
