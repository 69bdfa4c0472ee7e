"""Every lesson after an edit in OnlyOffice's own engine, which stores what it calculated: each stored value is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lessons import covering_lessons
from tests.onlyoffice import onlyoffice
from tests.tampering import set_cell
from xlbackprop import compile_document, load_lesson, verify, write_workbook
from xlbackprop.sheets.checks.places import CHECKS, ChecksLayout
from xlbackprop.sheets.inputs.places import InputsLayout
from xlbackprop.workbook.document import address
from xlbackprop.xlsx.read import read_workbook

# An edit is what makes it calculate: a file that is only saved again keeps the values that were stored.
EDIT = """source, sheet, cell, value, target = sys.argv[1:]
assert builder.OpenFile(source, "") == 0
sheets = builder.GetContext().GetGlobal()["Api"]
sheets.Call("GetSheet", sheet).Call("GetRange", cell).Call("SetValue", value)
assert builder.SaveFile("xlsx", target) == 0"""
EDITED = ("w1", "learning rate 1", "i1")  # "w1 of Learnt" and "i1 of example 1" where there are several


def edited(source: Path, place: str, value: float) -> Path:
    """Return the path of a workbook with a number typed into a cell in OnlyOffice, beside the source."""
    sheet, cell = place.replace("'", "").replace("$", "").split("!")
    target = source.with_name("edited.xlsx")
    onlyoffice(EDIT, source, sheet, cell, value, target)
    return target


@pytest.mark.slow
@pytest.mark.parametrize("name", covering_lessons())
@pytest.mark.parametrize("number", EDITED)
def test_every_value_that_onlyoffice_stores_after_an_edit_is_right(tmp_path: Path, name: str, number: str) -> None:
    lesson = load_lesson(name)
    typed = next(typed for typed in lesson.typed if typed == number or typed.startswith(f"{number} of "))
    write_workbook(compile_document(lesson), tmp_path / "lesson.xlsx")
    value = 1.5 * lesson.typed[typed] + 0.01
    report = verify(edited(tmp_path / "lesson.xlsx", InputsLayout(lesson).cell(typed), value))
    assert not report.differences
    assert not report.stored, report.stored[:5]
    assert f"{typed} = " in "\n".join(report.notes)  # the edit was seen


@pytest.mark.slow
@pytest.mark.parametrize("column", [2, 4, 8], ids=["a verdict", "count 2", "count 6"])
def test_onlyoffice_counts_formulas_in_a_range(tmp_path: Path, column: int) -> None:
    """So a verdict that is typed over turns the book red; programs that do not count show 0."""
    lesson = load_lesson(epochs=6, learning_rates=[0.5])
    path, checks = tmp_path / "lesson.xlsx", ChecksLayout(lesson)
    write_workbook(compile_document(lesson), path)
    contents = ("<is><t>PASS</t></is>", "inlineStr") if column == 2 else ("<v>0</v>",)
    for verdict in ("PASS: live checks of 1 run; inputs edited", "FAIL: see the line “all runs”"):
        saved = read_workbook(edited(path, InputsLayout(lesson).cell("w1"), 0.4))[CHECKS].stored
        assert saved[checks.verdict_row, 2] == verdict
        if verdict.startswith("PASS"):
            set_cell(path, CHECKS, address(checks.run_row(0), column), *contents)
