"""Count 2 of `Checks`: how many formulas there should be. Only Excel, LibreOffice and OnlyOffice count how many there are."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from openpyxl.utils import range_boundaries

from tests.mutants.proof_lessons import proof_lessons
from xlbackprop import compile_document
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.sheets.checks.places import CHECKS, ChecksLayout
from xlbackprop.sheets.curves.places import LOSS_CURVES, LossCurvesLayout
from xlbackprop.sheets.inputs.places import DATA, INPUTS
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.workbook.document import Document, contents

_TYPED_OVER = 4  # the column of the count
_COUNTED = re.compile(r"SUMPRODUCT\(--_xlfn\.ISFORMULA\((?:'([^']+)'!)?([$A-Z0-9:]+)\)\)(?!,0\)=2)")  # not the probe
Place = tuple[str, int, int]


@pytest.fixture(scope="module", params=["plain", "layers", "optimizers", "wide", "broad"])
def made(request: pytest.FixtureRequest) -> tuple[Lesson, Document]:
    lesson = proof_lessons()[request.param]
    return lesson, compile_document(lesson)


def _formulas(document: Document) -> set[Place]:
    return {
        (sheet.name, row, column)
        for sheet in document.sheets
        for row, column, formula, _ in contents(sheet)
        if formula is not None
    }


def _cells(formula: str) -> Iterator[Place]:
    """Yield the cells whose formulas are counted."""
    for sheet, block in _COUNTED.findall(formula):
        left, top, right, bottom = range_boundaries(block)
        yield from (
            (sheet or CHECKS, row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)
        )


def test_as_many_formulas_are_expected_as_there_are(made: tuple[Lesson, Document]) -> None:
    lesson, document = made
    formulas, checks = _formulas(document), ChecksLayout(lesson)
    for run in range(len(lesson.runs)):
        formula = document[CHECKS].cells[checks.run_row(run), _TYPED_OVER].formula
        assert formula is not None
        expected = re.search(r"=2,(\d+)-SUMPRODUCT", formula)
        assert expected is not None, formula
        cells = list(_cells(formula))
        assert len(cells) == len({*cells}), "a cell is counted twice"
        assert int(expected[1]) == len(formulas & {*cells})


def test_every_formula_of_a_run_is_counted(made: tuple[Lesson, Document]) -> None:
    """In its table, its head, its block of examples, and its curve: wherever a number comes from Inputs."""
    lesson, document = made
    checks = ChecksLayout(lesson)
    for run in (RunLayout(lesson, number) for number in range(len(lesson.runs))):
        cells = {*_cells(document[CHECKS].cells[checks.run_row(run.index), _TYPED_OVER].formula or "")}
        curves = LossCurvesLayout(lesson)
        rows = [*range(6, curves.last_row + 1), *[curves.finished_row] * curves.has_finished]
        assert len(rows) == lesson.epochs + 1
        assert {(LOSS_CURVES, row, 2 + run.index) for row in rows} <= cells
        for row, column, formula, value in contents(document[run.name]):
            fetches = formula is not None and (f"'{INPUTS}'" in formula or f"'{DATA}'" in formula)
            is_number = isinstance(value, float | int)
            in_table = run.first_row <= row <= run.last_row and column <= len(run.columns)
            if is_number and formula is not None and (in_table or fetches):
                assert (run.name, row, column) in cells, formula


def test_the_probe_looks_at_two_cells_that_are_formulas(made: tuple[Lesson, Document]) -> None:
    lesson, document = made
    formula = document[CHECKS].cells[ChecksLayout(lesson).run_row(0), _TYPED_OVER].formula or ""
    probe = re.search(r"IFERROR\(SUMPRODUCT\(--_xlfn\.ISFORMULA\(([$A-Z0-9:]+)\)\),0\)=2", formula)
    assert probe is not None, formula
    left, top, right, bottom = range_boundaries(probe[1])
    cells = {(CHECKS, row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)}
    assert len(cells) == 2
    assert cells <= _formulas(document)
