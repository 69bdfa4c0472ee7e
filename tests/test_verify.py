"""`verify` believes no stored value, and names those that are wrong: what was changed is told, cell by cell."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import openpyxl
import pytest

from tests.every_engine import EACH_ENGINE, verified
from tests.slow import slow_where
from tests.tampering import edit_part, set_cell, sheet_part
from xlbackprop import InputError, compile_document, load_lesson, verify, write_workbook
from xlbackprop.engines import ENGINES, Gap
from xlbackprop.numpy_run import train
from xlbackprop.proof.differences import Kind
from xlbackprop.proof.report import Report
from xlbackprop.proof.verification import Made, Verification

pytestmark = pytest.mark.installed


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("verify") / "sound.xlsx"
    write_workbook(compile_document(load_lesson(epochs=12, learning_rates=[0.5, 2.0])), path)
    return path


@pytest.fixture
def path(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path / "workbook.xlsx"))


def told(report: Report) -> str:
    return "\n".join(report.lines())


@pytest.mark.slow  # an edited one, below, is equal in every engine, too
@pytest.mark.parametrize("engine", EACH_ENGINE)
def test_a_sound_workbook_is_equal(path: Path, engine: str) -> None:
    report = verified(path, engine)
    assert report.equal, told(report)
    assert report.formulas > 3000
    assert engine in told(report)


# a false formula in a column alone is shown to every engine in test_engines
@pytest.mark.parametrize(
    "engine",
    slow_where(
        EACH_ENGINE, {"cellrune", "betteroffice", "libreoffice", "gnumeric", "hyperformula", "fast-formula-parser"}
    ),
)
def test_falsified_formulas_under_honest_values_are_reported(path: Path, engine: str) -> None:
    """∂E/∂w3 with out_h1 for out_h2 in a whole column; every stored value is left as it was."""

    def falsify(text: str) -> str:
        return re.sub(r'(<c [^>]*r="AA\d+"[^>]*><f[^>]*>[^<]*?)M(\d+)\*\(1-M\2\)', r"\1K\2*(1-K\2)", text)

    edit_part(path, sheet_part(path, "LR=0.5"), falsify)
    report = verified(path, engine)
    assert not report.equal
    values = {(one.sheet, one.cell) for one in report.differences if one.kind is Kind.VALUE}
    assert {("LR=0.5", f"AA{row}") for row in range(8, 21)} <= values
    if "SUMPRODUCT" not in report.given:
        assert ("Checks", "B3") in values


def test_what_was_made_of_a_lesson_counts_only_for_its_own_workbook(path: Path) -> None:
    """As `generate` does it: the same lesson is not compiled again, and a falsified file is seen all the same."""
    (own, other) = (load_lesson(epochs=12, learning_rates=rates) for rates in ([0.5, 2.0], [0.5, 1.0]))
    made, unlike = (Made(trace, compile_document(trace.lesson, trace=trace)) for trace in map(train, (own, other)))
    assert Verification(path, made).document is made.document
    assert Verification(path, unlike).document is not unlike.document
    assert verify(path, made=made).equal
    assert verify(path, made=unlike).equal
    set_cell(path, "LR=0.5", "X9", "<v>0.25</v>")
    assert ("LR=0.5", "X9") in {(one.sheet, one.cell) for one in verify(path, made=made).differences}


@pytest.mark.engine("gnumeric")
def test_what_a_program_cannot_calculate_is_counted_and_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A formula that it is not asked for is compared as text all the same, and a lie in its value is not believed."""
    cells = (f"{letter}{row}" for letter in "IJKL" for row in range(4, 12))
    cell = next(cell for cell in cells if "MATCH(TRUE," in formula_of(path, "Loss curves", cell))
    monkeypatch.setattr(ENGINES["gnumeric"], "gaps", (Gap("MATCH in a range", re.compile(r"\bMATCH\(TRUE,")),))
    report = verify(path, "gnumeric")
    assert report.given["MATCH in a range"] > 0
    assert "Not asked of gnumeric, which cannot calculate them" in told(report)
    set_cell(path, "Loss curves", cell, "<f>MATCH(TRUE,A1:A2&lt;0,0)</f><v>3</v>")
    assert ("Loss curves", cell) in {(one.sheet, one.cell) for one in verify(path, "gnumeric").differences}


def formula_of(path: Path, sheet: str, cell: str) -> str:
    return str(openpyxl.load_workbook(path)[sheet][cell].value)


def test_a_lying_value_under_an_honest_formula_does_not_deceive(path: Path) -> None:
    def lie(text: str) -> str:
        return re.sub(r'(<c [^>]*r="X15"[^>]*><f[^>]*/?>(?:[^<]*</f>)?<v>)[^<]*', r"\g<1>0.5", text)

    edit_part(path, sheet_part(path, "LR=0.5"), lie)
    report = verify(path)
    assert report.recalculates
    (difference,) = report.stored
    assert (difference.sheet, difference.cell, difference.found) == ("LR=0.5", "X15", "0.5")
    assert "1 stored value differs: open and save it in a spreadsheet program, or generate it anew." in told(report)


TAMPERINGS = {
    "a changed formula of the same value": ("J10", "<f>G10*E10+F10*D10</f><v>0</v>"),
    "a missing formula": ("J10", ""),
    "a constant typed over a formula": ("J10", "<v>0.0650001</v>"),
    "a constant typed over that agrees": ("A10", "<v>2</v>"),
    "an unanchored rate": ("F10", "<f>F9-D4*Y9</f><v>0</v>"),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_a_tampered_cell_is_named_even_where_values_agree(path: Path, tampering: str) -> None:
    cell, inside = TAMPERINGS[tampering]
    set_cell(path, "LR=2.0", cell, inside)
    report = verify(path)
    assert not report.equal
    assert ("LR=2.0", cell) in {(difference.sheet, difference.cell) for difference in report.differences}
    assert f"{cell}" in told(report)


def test_an_added_row_is_reported(path: Path) -> None:
    def add(text: str) -> str:
        return re.sub(r'(<row r="21"[^>]*>)', r'\1<c r="A21"><f>A20+1</f><v>13</v></c>', text)

    edit_part(path, sheet_part(path, "LR=0.5"), add)
    report = verify(path)
    assert [(difference.sheet, difference.cell) for difference in report.differences] == [("LR=0.5", "A21")]


def test_a_removed_row_is_reported(path: Path) -> None:
    edit_part(path, sheet_part(path, "LR=0.5"), lambda text: re.sub(r'<row r="20"[^>]*>.*?</row>', "", text))
    report = verify(path)
    assert {f"{letter}20" for letter in "ABXY"} <= {d.cell for d in report.differences if d.sheet == "LR=0.5"}


def test_a_chart_that_begins_at_its_header_is_reported(path: Path) -> None:
    """The slip of the class workbook: the curve starts at 0 and runs one epoch late; no cell tells."""
    edit_part(path, "xl/charts/chart1.xml", lambda text: text.replace("'Loss curves'!$B$6:", "'Loss curves'!$B$5:"))
    report = verify(path)
    assert not report.equal
    assert "expected 'Loss curves'!B6:B18, found 'Loss curves'!B5:B18" in told(report)


def test_numbers_rounded_to_what_is_shown_are_reported(path: Path) -> None:
    edit_part(path, "xl/workbook.xml", lambda text: text.replace("<calcPr ", '<calcPr fullPrecision="0" '))
    assert "precision" in told(verify(path))
    assert not verify(path).equal


@pytest.mark.parametrize("engine", EACH_ENGINE)
def test_an_edit_of_inputs_moves_all_sheets_and_is_still_right(path: Path, engine: str) -> None:
    set_cell(path, "Inputs", "B16", "<v>0.31</v>")
    set_cell(path, "Inputs", "B25", "<v>1.25</v>")
    set_cell(path, "Loss curves", "I4", "<v>0.2</v>")
    set_cell(path, "Checks", "C7", "<v>3</v>")
    report = verified(path, engine)
    assert report.recalculates, told(report)
    assert "w3" in told(report)
    assert "learning rate 2" in told(report)


@pytest.mark.parametrize("inside", ["", "<v>#N/A</v>"])
def test_an_input_that_is_no_number_is_told(path: Path, inside: str) -> None:
    set_cell(path, "Inputs", "B16", inside, "e" if inside else "")
    with pytest.raises(InputError, match="w3"):
        verify(path)


def test_a_changed_lesson_text_is_reported(path: Path) -> None:
    edit_part(
        path,
        "xl/sharedStrings.xml",
        lambda text: text.replace("optimizer = &quot;gradient", "optimiser = &quot;gradient").replace(
            'optimizer = "gradient', 'optimiser = "gradient'
        ),
    )
    with pytest.raises(InputError, match="optimiser"):
        verify(path)


def test_a_workbook_of_another_version_says_so(path: Path) -> None:
    edit_part(path, "xl/sharedStrings.xml", lambda text: text.replace("<t>0.1.0</t>", "<t>0.0.9</t>"))
    assert "0.0.9" in told(verify(path))


def test_a_run_that_diverged_is_shown_and_verified(tmp_path: Path) -> None:
    path = tmp_path / "diverged.xlsx"
    write_workbook(compile_document(load_lesson(epochs=5, learning_rates=[0.5, 1e6])), path)
    report = verify(path)
    assert report.equal, told(report)
    assert "LR=1000000.0" in told(report)


def menus_of_excel(text: str, formula: str = "") -> str:
    """Return a sheet's XML with its menus as Excel and OnlyOffice save those whose list is on another sheet."""
    pattern = r'<dataValidation sqref="(\w+)"[^>]*( errorTitle="[^"]*" error="[^"]*") type="list"[^>]*><formula1>(.*?)</formula1>'
    menus = re.findall(pattern, text)
    assert menus
    own = "'Step by step'!"
    rules = "".join(
        '<x14:dataValidation type="list" allowBlank="1" showErrorMessage="1"'
        f'{alert} xr:uid="{{00000000-0002-0000-0000-000000000000}}">'
        f"<x14:formula1><xm:f>{formula or own + entries}</xm:f></x14:formula1><xm:sqref>{cell}</xm:sqref>"
        "</x14:dataValidation>"
        for cell, alert, entries in menus
    )
    text = re.sub(r'<dataValidation sqref="\w+"[^>]* type="list".*?</dataValidation>', "", text)
    text = re.sub(r'<dataValidations count="\d+">', '<dataValidations count="1">', text)
    extension = (
        '<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}" '
        'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" '
        'xmlns:xr="http://schemas.microsoft.com/office/spreadsheetml/2014/revision">'
        f'<x14:dataValidations count="{len(menus)}" xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main">'
        f"{rules}</x14:dataValidations></ext></extLst></worksheet>"
    )
    return text.replace("</worksheet>", extension)


@pytest.mark.parametrize("engine", slow_where(EACH_ENGINE, {"hyperformula", "fast-formula-parser"}))
def test_menus_as_excel_and_onlyoffice_save_them_are_no_difference(path: Path, engine: str) -> None:
    edit_part(path, sheet_part(path, "Step by step"), menus_of_excel)
    report = verified(path, engine)
    assert report.equal, told(report)


def test_a_menu_that_reaches_out_is_refused_in_that_form_too(path: Path) -> None:
    reaching = 'WEBSERVICE("http://127.0.0.1/")'
    edit_part(path, sheet_part(path, "Step by step"), lambda text: menus_of_excel(text, reaching))
    with pytest.raises(InputError, match="links to other files or programs"):
        verify(path)


@pytest.mark.parametrize("name", ["missing.xlsx", "text.xlsx", "other.xlsx"])
def test_a_file_that_is_no_workbook_of_ours_is_told(tmp_path: Path, name: str) -> None:
    import openpyxl

    (tmp_path / "text.xlsx").write_text("no zip", encoding="utf-8")
    openpyxl.Workbook().save(tmp_path / "other.xlsx")
    with pytest.raises(InputError):
        verify(tmp_path / name)
