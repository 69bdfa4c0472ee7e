"""A cell of a run's table turns red where it is not what the rule of its column gives, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from openpyxl.formula.translate import Translator
from openpyxl.utils import range_boundaries

from tests.mutants.opened import Opened
from tests.mutants.proof_lessons import proof_lessons
from tests.slow import slow_but
from xlbackprop import compile_document, load_lesson
from xlbackprop.sheets.runs import broken_cells
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.workbook.document import Document, address, fill_text
from xlbackprop.workbook.formula_notation import excel

FAR_RIGHT = 400  # columns: there the conditions stand as formulas
Place = tuple[str, int, int]


def conditions(document: Document, run: RunLayout) -> Iterator[tuple[int, int, str]]:
    """Yield (row, column, condition) of the first, the second and the last row of a run's table."""
    for flag in document[run.name].flags:
        left, top, right, bottom = range_boundaries(flag.cells)
        if top < run.first_row or flag.colour != "bad":
            continue
        assert left == right
        for row in {run.first_row, run.first_row + 1, run.last_row} & {*range(top, bottom + 1)}:
            moved = Translator(f"={flag.formula}", address(top, left)).translate_formula(address(row, left))
            yield row, left, moved


def red(opened: Opened, planted: dict[Place, str]) -> set[tuple[int, int]]:
    """Return the cells, (row, column), whose condition is true."""
    found = {place: opened.workbook.get_value(*place) for place in planted}
    assert {type(value) for value in found.values()} <= {bool, dict}  # an error, of a row with errors, is not red
    return {(row, column - FAR_RIGHT) for (_, row, column), value in found.items() if value is True}


@pytest.mark.parametrize("name", slow_but(proof_lessons(), {"plain", "optimizers"}))
def test_a_number_typed_over_a_formula_is_red_and_no_sound_one_is(name: str) -> None:
    opened = Opened(proof_lessons()[name])
    for run in opened.runs:
        planted = {
            (run.name, row, FAR_RIGHT + column): condition
            for row, column, condition in conditions(opened.document, run)
        }
        opened.plant(planted)
        covered = {column - FAR_RIGHT for _, _, column in planted}
        rules = {number: excel(column.formula, run.here) for number, column in enumerate(run.columns, start=1)}
        left_out = [fill_text(rule, run.first_row + 1) for number, rule in rules.items() if number not in covered]
        assert all(len(rule) > 150 for rule in left_out) or len(run.columns) > broken_cells.MOST_COLUMNS
        if not planted:
            continue
        assert not red(opened, planted)
        for column in sorted(covered)[::3]:
            cell = run.name, run.first_row + 1, column
            if opened.workbook.get_value(*cell[:2], FAR_RIGHT + column) is not False:
                continue  # the rule itself gives an error here
            opened.plant({cell: 1.5 * float(str(opened.value(*cell) or 0)) + 0.25})
            assert red(opened, planted) == {cell[1:]}
            opened.take_back([cell])


def test_every_rule_of_the_walkthrough_is_short_enough_for_a_condition() -> None:
    document = compile_document(load_lesson(epochs=3))
    run = RunLayout(load_lesson(epochs=3), 0)
    assert {column for _, column, _ in conditions(document, run)} == {*range(1, len(run.columns) + 1)}


def test_a_table_of_very_many_columns_has_no_such_conditions() -> None:
    lesson = load_lesson("digits", epochs=1)
    assert not [*conditions(compile_document(lesson), RunLayout(lesson, 0))]
