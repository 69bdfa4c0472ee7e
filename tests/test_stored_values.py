"""What a reader sees before anything is recalculated: `verify` compares the stored values, and what charts store."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.every_engine import EACH_ENGINE, verified
from tests.lessons import covering_lessons
from tests.slow import slow_where
from tests.tampering import edit_part, set_cell, sheet_part
from xlbackprop import compile_document, load_lesson, verify, write_workbook
from xlbackprop.proof import Made
from xlbackprop.proof.differences import Kind
from xlbackprop.proof.report import Report
from xlbackprop.workbook import Document, address

pytestmark = pytest.mark.installed

_VALUE = re.compile(r"(<c [^>]*>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>))<v>[^<]*</v>")
_NUMBER = re.compile(r'(<c r="[A-Z]+\d+" s="\d+">(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)<v>)[^<]*</v>')


def made(name: str, folder: Path) -> tuple[Path, Document]:
    """Write a lesson of at most three epochs."""
    document = compile_document(load_lesson(name, epochs=min(3, load_lesson(name).epochs)))
    write_workbook(document, folder / f"{name}.xlsx")
    return folder / f"{name}.xlsx", document


def edit_sheets(path: Path, pattern: re.Pattern[str], instead: str) -> None:
    with ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    with ZipFile(path, "w") as package:
        for name, content in parts.items():
            is_sheet = name.startswith("xl/worksheets/sheet")
            package.writestr(name, pattern.sub(instead, content.decode()) if is_sheet else content)


def all_numbers_are_0(path: Path) -> None:
    edit_sheets(path, _NUMBER, r"\g<1>0</v>")


def no_value_is_there(path: Path) -> None:
    edit_sheets(path, _VALUE, r"\g<1>")


def one_value_is_another(path: Path, document: Document) -> tuple[str, str]:
    """Change a value in the middle of the last run's table; return the sheet and the cell."""
    sheet = [sheet for sheet in document.sheets if sheet.name in {run.name for run in document.outcomes}][-1]
    table = sheet.tables[0]
    place = table.first_row + 1, table.first_column + len(table.columns) - 1
    cell = address(*place)
    edit_part(
        path,
        sheet_part(path, sheet.name),
        lambda text: re.sub(
            rf'(<c [^>]*r="{cell}"[^>]*>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)<v>)[^<]*', r"\g<1>-98765.25", text
        ),
    )
    return sheet.name, cell


def one_point_is_another(path: Path) -> None:
    edit_part(
        path,
        "xl/charts/chart1.xml",
        lambda text: re.sub(r'(<c:yVal>.*?<c:pt idx="1"><c:v>)[^<]*', r"\g<1>0.123", text, count=1, flags=re.DOTALL),
    )


def told(report: Report) -> str:
    return "\n".join(report.lines())


def changes_are_seen(path: Path, document: Document, engine: str) -> None:
    """Assert what `verify` says of the sound file and of four copies with other stored values."""
    assert verified(path, engine).is_equal(strict=True), told(verified(path, engine))
    copy = path.with_name("changed.xlsx")

    shutil.copy(path, copy)
    place = one_value_is_another(copy, document)
    report = verified(copy, engine)
    assert not report.equal
    assert report.recalculates, told(report)  # what the program calculates is right
    assert place in {(one.sheet, one.cell) for one in report.stored}
    assert report.stored_kinds[Kind.STORED] <= 3  # itself, and what follows from it

    for change, kind in ((all_numbers_are_0, Kind.STORED), (no_value_is_there, Kind.STORED_MISSING)):
        shutil.copy(path, copy)
        change(copy)
        report = verified(copy, engine)
        assert not report.equal
        assert report.recalculates, told(report)
        assert report.stored_kinds[kind] > report.formulas / 10  # the pixels of digits are 0 anyway
        assert "open and save it in a spreadsheet program, or generate it anew" in told(report)

    shutil.copy(path, copy)
    one_point_is_another(copy)
    report = verified(copy, engine)
    assert not report.equal
    assert report.recalculates
    (point,) = report.around
    assert "y of point 2 stored with the curve" in str(point)
    assert "found 0.123" in str(point)


@pytest.mark.parametrize("name", slow_where(covering_lessons(), {"digits", "xor", "vanishing"}))
def test_a_stored_value_that_is_not_true_is_seen_in_every_lesson(name: str, tmp_path: Path) -> None:
    changes_are_seen(*made(name, tmp_path), "formualizer")


@pytest.mark.slow
@pytest.mark.parametrize("engine", EACH_ENGINE)
@pytest.mark.parametrize("name", ["walkthrough", "optimizers", "softmax-3-classes"])
def test_a_stored_value_that_is_not_true_is_seen_with_every_engine(name: str, engine: str, tmp_path: Path) -> None:
    changes_are_seen(*made(name, tmp_path), engine)


@pytest.mark.parametrize("row", slow_where([8, 9, 11], {8, 11}))
@pytest.mark.parametrize("letters", ["A", "F", "J", "K", "X", "Y", "AF"])
def test_each_stored_number_of_a_run_is_judged_by_its_own_row(letters: str, row: int, tmp_path: Path) -> None:
    """A wrong number is told where it stands; of what follows from it nothing, for that is right."""
    path, _ = made("walkthrough", tmp_path)
    part = sheet_part(path, "LR=0.5")
    value = rf'(<c [^>]*r="{letters}{row}"[^>]*>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?<v>)([^<]*)'
    edit_part(path, part, lambda text: re.sub(value, lambda found: f"{found[1]}{float(found[2]) + 0.001}", text))
    report = verify(path)
    cells = {one.cell for one in (*report.stored, *report.differences) if one.sheet == "LR=0.5"}
    assert f"{letters}{row}" in cells


def test_a_stored_text_a_truth_value_and_an_error_are_compared(tmp_path: Path) -> None:
    path, _ = made("walkthrough", tmp_path)
    for inside, kind, found in (
        ("<v>PASS</v>", "str", '"PASS"'),
        ("<v>1</v>", "b", "TRUE"),
        ("<v>#N/A</v>", "e", "#N/A"),
        ("<v>7</v>", "", "7"),
    ):
        copy = Path(shutil.copy(path, tmp_path / "copy.xlsx"))
        formula = re.search(r'r="B3"[^>]*>(<f[^>]*>[^<]*</f>)', ZipFile(path).read(sheet_part(path, "Checks")).decode())
        assert formula is not None
        set_cell(copy, "Checks", "B3", formula[1] + inside, kind)
        (difference,) = verify(copy).stored
        assert (difference.cell, difference.found) == ("B3", found)


def test_a_chart_without_stored_points_has_lost_them(tmp_path: Path) -> None:
    path, _ = made("walkthrough", tmp_path)
    edit_part(
        path, "xl/charts/chart1.xml", lambda text: re.sub(r"<c:numCache>.*?</c:numCache>", "", text, flags=re.DOTALL)
    )
    report = verify(path)
    assert report.equal
    assert not report.is_equal(strict=True)
    assert "what is stored with" in told(report)


def test_the_proof_of_generate_sees_them_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from xlbackprop.cli import main
    from xlbackprop.commands import generate

    proved: Callable[[Path, str, Made], Report] = generate.recalculated

    def tampered(path: Path, engine: str, made: Made) -> Report:
        all_numbers_are_0(path)
        return proved(path, engine, made)

    monkeypatch.setattr(generate, "recalculated", tampered)
    assert main(["generate", "walkthrough", "--epochs", "3", "-o", str(tmp_path / "w.xlsx")]) == 1
