"""Faults of the walkthrough's kind, planted in networks of several kinds, turn the workbook's own checks red."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import formualizer
import pytest

from tests.lessons import sample_lesson
from tests.slow import slow
from xlbackprop import compile_document, write_workbook
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.network.quantities import (
    Constant,
    Given,
    Gradient,
    LearningRate,
    NetInput,
    Output,
    Quantity,
    State,
    Weight,
)
from xlbackprop.sheets.checks.places import CHECKS, ChecksLayout
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.workbook.document import Document, column_letters

LESSONS = {
    "3-5-4, mini-batches, softmax, expanded": sample_lesson("softmax_in_mini_batches"),
    "4-6-1, one example": sample_lesson("one_example"),
    "5-2-3-2, all examples a step, chain": sample_lesson("all_examples_a_step"),
}


def _letters(run: RunLayout, quantity: Quantity) -> str:
    return column_letters(run.column_of[quantity])


def _carrier(run: RunLayout, unit: int) -> Output:
    return Output(run.of.naming.depth - 1, unit)


def _wrong_neighbour(run: RunLayout, row: int, formula: str) -> str:
    right, wrong = (_letters(run, _carrier(run, unit)) for unit in (0, 1))
    return formula.replace(f"{right}{row}", f"{wrong}{row}")


def _forgotten_bias(run: RunLayout, row: int, formula: str) -> str:
    bias = run.of.naming.bias(1, 0)
    assert bias is not None
    return formula.replace(f"+{_letters(run, bias)}{row}", "")


def _wrong_momentum(run: RunLayout, _row: int, formula: str) -> str:
    return formula.replace(run.given(Given(Constant("momentum"))), run.given(Given(LearningRate())))


def _sign_of_the_update(run: RunLayout, _row: int, formula: str) -> str:
    for cell in (run.given(Given(LearningRate())), *_rates(run)):
        formula = formula.replace(f"-{cell}", f"+{cell}")
    return formula


def _rates(run: RunLayout) -> list[str]:
    """Return the column of the rate, where a schedule gives it one."""
    return [column_letters(run.column_of[LearningRate()])] if LearningRate() in run.column_of else []


Fault = Callable[[RunLayout, int, str], str]


def _faults(run: RunLayout) -> dict[str, tuple[Quantity, Fault]]:
    return {
        "a wrong neighbour": (Gradient(Weight(run.of.naming.depth, 0, 0)), _wrong_neighbour),
        "a forgotten bias": (NetInput(1, 0), _forgotten_bias),
        "a wrong momentum constant": (State("v", Weight(1, 0, 1)), _wrong_momentum),
        "the sign of the update": (Weight(1, 1, 0), _sign_of_the_update),
    }


@pytest.fixture(scope="module", params=LESSONS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Lesson, Document, Path]:
    lesson = LESSONS[request.param]
    document = compile_document(lesson)
    path = tmp_path_factory.mktemp("faults") / "sound.xlsx"
    write_workbook(document, path)
    return lesson, document, path


@pytest.mark.parametrize("whole", [slow(True), False], ids=["whole column", "one row"])
@pytest.mark.parametrize(
    "fault", ["a wrong neighbour", "a forgotten bias", "a wrong momentum constant", "the sign of the update"]
)
def test_a_planted_fault_is_caught(made: tuple[Lesson, Document, Path], fault: str, whole: bool) -> None:
    lesson, document, path = made
    run, checks = RunLayout(lesson, 1), ChecksLayout(lesson)
    quantity, change = _faults(run)[fault]
    workbook = formualizer.load_workbook(str(path), strategy="eager_all")
    workbook.evaluate_all()
    assert str(workbook.get_value(CHECKS, checks.verdict_row, 2)).startswith("PASS")
    table, column = document[run.name].tables[0], run.column_of[quantity]
    # the row in which the last step has just been made: there an update shows
    last_step = run.first_row + run.recipe.row_of(run.recipe.epochs)
    rows = range(run.first_row + 1, run.last_row + 1) if whole else [last_step]
    planted = 0
    for row in rows:
        formula = table.columns[column - 1].formula_at(row - table.first_row, row)
        assert formula is not None
        faulty = change(run, row, formula)
        planted += faulty != formula
        workbook.set_formula(run.name, row, column, f"={faulty}")
    assert planted == len(rows)
    workbook.evaluate_all()
    verdicts = [str(workbook.get_value(CHECKS, checks.run_row(number), 2)) for number in (0, 1)]
    assert verdicts[0].startswith("PASS")
    assert verdicts[1].startswith("FAIL")
