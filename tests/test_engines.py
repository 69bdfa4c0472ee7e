"""Every engine calculates, instead of repeating what the file says; and every sheet function we use works in each."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from math import cos, exp, isclose, log, pi, sqrt, tanh, ulp
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest

from tests.every_engine import EACH_ENGINE, EVERY_ENGINE
from tests.javascript_engines import FOLLOWS_FROM_A_GAP
from tests.known_deviations import DEVIATIONS_OF_FUNCTIONS, DEVIATIONS_OF_TORTURE
from tests.slow import slow, slow_where
from tests.torture import SHARED, TORTURE, shared_formulas, torture_workbook
from xlbackprop import compile_document, load_lesson, write_workbook
from xlbackprop.engines import BlindCopy, EngineFailed, EngineMissing, engine
from xlbackprop.engines import libreoffice as libreoffice_room
from xlbackprop.engines.base import Gap
from xlbackprop.engines.libreoffice import LibreOffice
from xlbackprop.engines.python_packages import PythonPackage
from xlbackprop.errors import InputError
from xlbackprop.workbook.document import Document, ErrorValue, Value, address, contents
from xlbackprop.xlsx.read.reader import blind_copy

each_engine = pytest.mark.parametrize("name", EACH_ENGINE)
# LibreOffice takes a second to begin: where it is asked the like below, this is left to -m slow
each_quick_engine = pytest.mark.parametrize("name", slow_where(EACH_ENGINE, {"libreoffice"}))
SHEET = "xl/worksheets/sheet1.xml"


def calculated(name: str, path: Path) -> dict[tuple[int, int], Value]:
    """Return the values of the first sheet as the engine calculates them from a blind copy."""
    blind = path.with_name(f"blind-{path.name}")
    blind_copy(path, blind)
    (sheets,) = EVERY_ENGINE[name].recalculate([BlindCopy.of(blind)])
    return dict(next(iter(sheets.values())))


def three_cells(path: Path, formula: str = "A1*2", stored: str = "6") -> Path:
    """Return a workbook with A1 = 3, A2 = a formula and A3 = A2 + 1, with a stored value for A2 and 7 for A3."""
    book = openpyxl.Workbook()
    book.active["A1"], book.active["A2"], book.active["A3"] = 3, f"={formula}", "=A2+1"
    book.save(path)
    with ZipFile(path) as package:
        parts = {part: package.read(part) for part in package.namelist()}
    for text, value in ((formula, stored), ("A2+1", "7")):
        place = re.compile(rf"(<f>{re.escape(text)}</f>)<v ?(?:/>|></v>)".encode())
        parts[SHEET], found = place.subn(rf"\1<v>{value}</v>".encode(), parts[SHEET])
        assert found == 1
    with ZipFile(path, "w", ZIP_DEFLATED) as package:
        for part, content in parts.items():
            package.writestr(part, content)
    return path


# --------------------------------------------------------------------------------------------------- true and false


@each_quick_engine
def test_a_workbook_that_lies_is_noticed(name: str, tmp_path: Path) -> None:
    lies = three_cells(tmp_path / "lies.xlsx", stored="999")
    assert calculated(name, lies) == {(1, 1): 3.0, (2, 1): 6.0, (3, 1): 7.0}


@each_engine
def test_stored_values_are_not_believed_even_where_they_are_left_in(name: str, tmp_path: Path) -> None:
    lies = three_cells(tmp_path / "lies.xlsx", stored="999")
    ((_, cells),) = EVERY_ENGINE[name].recalculate([BlindCopy.of(lies)])[0].items()
    assert cells == {(1, 1): 3.0, (2, 1): 6.0, (3, 1): 7.0}


@each_quick_engine
def test_a_false_formula_under_an_honest_value_is_noticed(name: str, tmp_path: Path) -> None:
    false = three_cells(tmp_path / "false.xlsx", formula="A1*2.0001", stored="6")
    assert calculated(name, false)[2, 1] == pytest.approx(6.0003, rel=1e-12)


@each_engine
def test_numbers_are_exact(name: str, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    formulas = {
        "0.1+0.2": 0.1 + 0.2,
        "1/3": 1 / 3,
        "1/(1+EXP(-0.065))": 1 / (1 + exp(-0.065)),
        "1/3/10^19": 1 / 3 / 1e19,
    }
    for row, formula in enumerate(formulas, 1):
        book.active.cell(row, 1, f"={formula}")
    book.save(tmp_path / "exact.xlsx")
    found = calculated(name, tmp_path / "exact.xlsx")
    steps = 1 if name == "gnumeric" else 0  # it calculates with 80 bits, and rounds once
    for row, expected in enumerate(formulas.values(), 1):
        assert abs(found[row, 1] - expected) <= steps * ulp(expected)


@each_engine
def test_every_kind_of_value_keeps_its_type(name: str, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    inputs = [
        "=NA()",
        "=1/0",
        "=EXP(710)",
        '="a"+1',
        "=1=1",
        "=1=2",
        "=5",
        '="#NUM!"',
        '="6.0"',
        True,
        "text",
        7,
        "'",
        None,
    ]
    for row, content in enumerate(inputs, 1):
        book.active.cell(row, 1, content)
    book.create_sheet("it's LR=0.1")["C3"] = "=Sheet!A12*2"
    path = tmp_path / "kinds.xlsx"
    book.save(path)
    (sheets,) = EVERY_ENGINE[name].recalculate([BlindCopy.of(path)])

    first = sheets["Sheet"]
    error = ErrorValue
    expected = [error.NA, error.DIV0, error.NUM, error.VALUE, True, False, 5.0, "#NUM!", "6.0", True, "text", 7.0, "'"]
    assert [first[row, 1] for row in range(1, 14)] == expected
    assert [type(first[row, 1]) for row in range(1, 14)] == [type(value) for value in expected]
    assert (14, 1) not in first
    assert sheets["it's LR=0.1"] == {(3, 3): 14.0}


@each_quick_engine
def test_an_empty_text_is_an_empty_text_or_nothing(name: str, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = '=""'
    book.save(tmp_path / "empty.xlsx")
    assert calculated(name, tmp_path / "empty.xlsx").get((1, 1), "") == ""


@each_quick_engine
def test_several_workbooks_come_back_in_their_order(name: str, tmp_path: Path) -> None:
    paths = [three_cells(tmp_path / f"{factor}.xlsx", formula=f"A1*{factor}") for factor in (5, 2, 9)]
    results = EVERY_ENGINE[name].recalculate([BlindCopy.of(path) for path in paths])
    assert [next(iter(result.values()))[2, 1] for result in results] == [15.0, 6.0, 27.0]


@each_quick_engine
def test_a_file_that_is_no_workbook_is_a_failure_in_words(name: str, tmp_path: Path) -> None:
    junk = tmp_path / "junk.xlsx"
    junk.write_text("hello")
    with pytest.raises(EngineFailed, match=r"junk\.xlsx"):
        EVERY_ENGINE[name].recalculate([BlindCopy(junk, {})])


@each_engine
def test_nothing_to_do_is_done_at_once(name: str) -> None:
    assert EVERY_ENGINE[name].recalculate([]) == []


@each_engine
def test_an_engine_tells_its_version(name: str) -> None:
    assert EVERY_ENGINE[name].name == name
    assert EVERY_ENGINE[name].version()[0].isdigit()


# ------------------------------------------------------------------------------------------------ the sheet functions

# Columns A and B of the sheet; A8 holds an error, D1:D4 formulas and constants.
NUMBERS = (3.0, 0.5, 0.02, 0.004, 0.0, -1.5)
OTHERS = (3.0, 0.5, 0.02, 0.0041, 0.0, -1.5)

FUNCTIONS: dict[str, Value] = {
    "SUMPRODUCT(--((A1:A6-B1:B6)^2>1E-12))": 1.0,
    "SUMPRODUCT(--((A1:A6-B1:B6)^2>0.000001))": 0.0,
    "SUMXMY2(A1:A6,B1:B6)": (0.004 - 0.0041) ** 2,
    "SUMXMY2(A1:A5,A2:A6-0.5*B1:B5)": sum(
        (a - (b - 0.5 * c)) ** 2 for a, b, c in zip(NUMBERS, NUMBERS[1:], OTHERS, strict=False)
    ),
    "COUNT(A1:A6)": 6.0,
    "COUNT(A1:A8)": 6.0,
    "COUNT(A1:A6)=6": True,
    "COUNTIF(A1:A6,0)": 1.0,
    "COUNTIF(A5:A10,0)": 1.0,  # an empty cell is not 0
    'COUNTIF(A7:A7,"edited")': 0.0,
    "INDEX(A1:A6,3)": 0.02,
    "INDEX(A1:B6,4,2)": 0.0041,
    "INDEX(A1:A6,1+1)": 0.5,
    "INDEX('LR=0.1'!$A$1:$A$3,2)": 6.0,
    "SUMPRODUCT(MATCH(TRUE,A1:A6<0.1,0))": 3.0,
    "MATCH(MIN(A1:A6),A1:A6,0)": 6.0,
    "MIN(A1:A6)": -1.5,
    "MAX(A1:A6)": 3.0,
    "MAX(A1:A6,B1:B6)": 3.0,
    "SUM(A1:A6)": sum(NUMBERS),
    'IF(A1>A2,"yes","no")': "yes",
    'IF(A1<A2,"yes","")': "",
    "AND(A1>0,A2>0)": True,
    "AND(A1>0,A2<0)": False,
    "OR(A1<0,A2>0)": True,
    "NOT(A1>0)": False,
    "ISNUMBER(A1)": True,
    "ISNUMBER(A7)": False,
    "ISERROR(A8)": True,
    "ISERROR(A1)": False,
    'IFERROR(SUMPRODUCT(MATCH(TRUE,A1:A6<-99,0)),"never")': "never",
    'IFERROR(SUMPRODUCT(MATCH(TRUE,A1:A6<0.1,0)),"never")': 3.0,
    "FIXED(A3,4,TRUE)": "0.0200",
    "FIXED(1234.56789,2,TRUE)": "1234.57",
    'SUBSTITUTE(FIXED(-0.25,2,TRUE),"-","−")': "−0.25",
    "FIXED(A4,3-INT(LOG10(ABS(A4))),TRUE)": "0.004000",
    "FIXED(-0.00038733356671782,3-INT(LOG10(ABS(-0.00038733356671782))),TRUE)": "-0.0003873",
    "FIXED(0.000000000055,15,TRUE)": "0.000000000055000",
    "FIXED(5.5E-19,3-INT(LOG10(ABS(5.5E-19))),TRUE)": "0.0000000000000000005500",
    'A7&" = "&A1': "text = 3",
    'A7&" is "&FIXED(A2,4,TRUE)': "text is 0.5000",
    "ABS(A6)": 1.5,
    "INT(A6)": -2.0,
    "LOG10(A3*50000)": 3.0,
    "EXP(0)": 1.0,
    "EXP(-710)": exp(-710),
    "ROUND(A4*1000.4,0)": 4.0,
    "(A1<>B1)+(A4<>B4)": 1.0,
    "(A1=B1)*1": 1.0,
    "-(A2^2)": -0.25,
    "-((A2^2)*A1)": -0.75,
    "TANH(0.5)": tanh(0.5),
    "SQRT(A2)": sqrt(0.5),
    "LN(A1)": log(3),
    "LN(0)": ErrorValue.NUM,
    "COS(PI()/3)": cos(pi / 3),
    "A1^0.5": sqrt(3),
    "SUMPRODUCT(EXP(1)^(-A1:A5))": sum(exp(-number) for number in NUMBERS[:5]),
    "SUMPRODUCT((A1:A5>0.01)*(A1:A5)^2)": 3.0**2 + 0.5**2 + 0.02**2,
    "SUMPRODUCT(--(A1:A5<>B1:B5))": 1.0,
    "SUMPRODUCT(A1:B2,A3:B4)": 3 * 0.02 + 3 * 0.02 + 0.5 * 0.004 + 0.5 * 0.0041,
    "INDEX(A1:A6,MAX(1,A5))": 3.0,
    "SQRT(SUMSQ(A2:B2))": sqrt(0.5),
    "SQRT(SUMSQ(INDEX(A1:B6,1+1,0)))": sqrt(0.5),
    "SQRT(SUMSQ(INDEX(A1:A6,1+1,0)))": 0.5,
    "SQRT(SUMSQ(E1:E2))": ErrorValue.NUM,
    "ISNUMBER(SQRT(SUMSQ(E1:E2))/1)": False,
    "SQRT(SUMSQ(INDEX(A1:B8,8,0)))": ErrorValue.NUM,
    "CHOOSE(2,A4,B4)": 0.0041,
    "CHOOSE(1,A4,A8)": 0.004,  # what is not chosen may be an error
    "CHOOSE(2,A4,A8)": ErrorValue.NUM,
    "CHOOSE(2,INDEX(A1:A6,4),INDEX(B1:B6,4))": 0.0041,
    "CHOOSE(INT((A1-1)/2)+1,CHOOSE(A1-0,INDEX(B1:B6,4),INDEX(B1:B6,4)),CHOOSE(A1-2,INDEX(A1:A6,4)))": 0.004,
    'SUMPRODUCT(MATCH(TRUE,E3:E5=A1&"",0))': 2.0,  # a name may look like a number,
    'SUMPRODUCT(MATCH(TRUE,E3:E5=E5&"",0))': 3.0,  # or like a pattern
    "MOD(7,5)": 2.0,
    "IF(A8>0,1,0)": ErrorValue.NUM,
    "1/(1+EXP(710))": ErrorValue.NUM,
    "1/(1+EXP(-A6*0))": 0.5,
    'HYPERLINK("#\'LR=0.1\'!A1","go")': "go",
    "_xlfn.ISFORMULA(D2)": True,
    "SUMPRODUCT(--_xlfn.ISFORMULA(D1:D4))": 3.0,
    # What happens where an error stands in the range, or behind the hit: a run that diverged.
    "SUMPRODUCT(MATCH(TRUE,A1:A8<0.1,0))": 3.0,
    "SUMPRODUCT(MATCH(TRUE,C1:C6<0.1,0))": 4.0,
    "MAX(A1:A8)": ErrorValue.NUM,
    "SUM(A1:A8)": ErrorValue.NUM,
    "SUMXMY2(A1:A8,B1:B8)": ErrorValue.NUM,
    "SUMPRODUCT(--((C1:C4-B1:B4)^2>1))": ErrorValue.NUM,
    'IFERROR(A8,"diverged")': "diverged",
    'IFERROR(EXP(710),"diverged")': "diverged",
    # what a chart leaves off: 0 and less, and errors
    "IF(IFERROR(LOG10(A3),-999)>-150.5,A3,NA())": 0.02,
    "IF(IFERROR(LOG10(A3/10^30),-999)>-150.5,1,0)": 1.0,
    "IF(IFERROR(LOG10(A5),-999)>-150.5,A5,NA())": ErrorValue.NA,
    "IF(IFERROR(LOG10(A6),-999)>-150.5,A6,NA())": ErrorValue.NA,
    "IF(IFERROR(LOG10(A8),-999)>-150.5,A8,NA())": ErrorValue.NA,
    # Functions that we leave alone, and why: they are not the same everywhere.
    "SUMPRODUCT(ABS(A1:A6-B1:B6))": 0.0041 - 0.004,
    "SUMPRODUCT(--ISNUMBER(A1:A6))": 6.0,
    "COUNTIF(A5,0)": 1.0,
    "LN(-1)": ErrorValue.NUM,
}


@cache
def function_results(name: str) -> dict[str, Value | None]:
    book = openpyxl.Workbook()
    sheet = book.active
    for row, (a, b) in enumerate(zip(NUMBERS, OTHERS, strict=True), 1):
        sheet.cell(row, 1, a)
        sheet.cell(row, 2, b)
    sheet["A7"], sheet["A8"] = "text", "=EXP(710)"
    sheet["C1"], sheet["C2"], sheet["C3"], sheet["C4"] = 5, "=EXP(710)", 4, 0.01
    sheet["D1"], sheet["D2"], sheet["D3"], sheet["D4"] = "=A1", "=A2", 7, "=A3"
    sheet["E1"], sheet["E2"], sheet["E3"], sheet["E4"], sheet["E5"] = 1e200, 3, "text", "3", "t*"
    for row, formula in enumerate(FUNCTIONS, 1):
        sheet.cell(row, 6, f"={formula}")
    book.create_sheet("LR=0.1")["A2"] = 6
    with TemporaryDirectory() as folder:
        book.save(Path(folder) / "functions.xlsx")
        found = calculated(name, Path(folder) / "functions.xlsx")
    return {formula: found.get((row, 6)) for row, formula in enumerate(FUNCTIONS, 1)}


def deviations(name: str, expected: Mapping[str, Value], found: Mapping[str, Value | None]) -> dict[str, Value]:
    """Return what an engine gives where it is not what Excel gives; formulas that it is never asked for are left out."""
    asked = {
        formula: "" if value is None else value
        for formula, value in found.items()
        if not any(gap.pattern.search(formula) for gap in EVERY_ENGINE[name].gaps)
    }
    return {formula: value for formula, value in asked.items() if not same(value, expected[formula])}


def same(one: Value, other: Value) -> bool:
    if type(one) is not type(other):
        return False
    return isclose(one, other, rel_tol=1e-12, abs_tol=1e-300) if isinstance(one, float) else one == other


@each_engine
def test_every_sheet_function_gives_what_excel_gives_but_for_the_known_deviations(name: str) -> None:
    assert deviations(name, FUNCTIONS, function_results(name)) == DEVIATIONS_OF_FUNCTIONS[name]


@pytest.mark.parametrize(
    ("name", "gap"),
    [
        pytest.param(one.name, gap, marks=pytest.mark.engine(one.name), id=f"{one.name}: {gap.what}")
        for one in EVERY_ENGINE.values()
        for gap in one.gaps
        if gap is not FOLLOWS_FROM_A_GAP
    ],
)
def test_what_an_engine_is_not_asked_it_really_cannot(name: str, gap: Gap) -> None:
    found = {formula: value for formula, value in function_results(name).items() if gap.pattern.search(formula)}
    assert any(not same("" if value is None else value, FUNCTIONS[formula]) for formula, value in found.items())


def test_what_follows_from_a_gap_is_one_column_alone() -> None:
    """A pattern that is too wide would spare an engine what it can calculate; one that meets nothing would be dead."""
    lesson = load_lesson("digits", epochs=1)
    document = compile_document(lesson)
    hit = {
        (sheet.name, column)
        for sheet in document.sheets
        for _, column, formula, _ in contents(sheet)
        if formula and FOLLOWS_FROM_A_GAP.pattern.search(formula)
    }
    assert hit == {
        (sheet.name, table.first_column + place)
        for sheet in document.sheets
        for table in sheet.tables
        for place, column in enumerate(table.columns)
        if column.header == "right"
    }


@each_engine
def test_torture(name: str, tmp_path: Path) -> None:
    found = calculated(name, torture_workbook(tmp_path / "torture.xlsx"))
    results = {case: found.get((row, 1)) for row, case in enumerate(TORTURE, 1)}
    assert deviations(name, TORTURE, results) == DEVIATIONS_OF_TORTURE[name]


@each_quick_engine
def test_a_shared_formula_moves_what_is_not_anchored(name: str, tmp_path: Path) -> None:
    (sheets,) = EVERY_ENGINE[name].recalculate([BlindCopy.of(shared_formulas(tmp_path / "shared.xlsx"))])
    found = {place: value for place, value in sheets["it's LR=0.1"].items() if place in SHARED}
    assert found == pytest.approx(SHARED)


# ------------------------------------------------------------------------------------------------------- the programs


def test_an_unknown_engine_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match='Did you mean "libreoffice"'):
        engine("libre-office")
    with pytest.raises(InputError, match="formualizer, ironcalc, cellrune"):
        engine("xyz")


def test_asking_for_the_engines_loads_none_of_them() -> None:
    packages = {"formualizer", "ironcalc", "cellrune", "betteroffice_xlsx", "openpyxl"}
    code = f"import sys, xlbackprop.engines; print(set(sys.modules) & {packages})"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "set()"


def test_a_missing_program_is_said_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(libreoffice_room.shutil, "which", lambda _: None)
    monkeypatch.setattr(libreoffice_room, "_PLACES", {})
    with pytest.raises(EngineMissing, match=r"libreoffice\.org"):
        LibreOffice().version()
    with pytest.raises(EngineMissing, match=r"libreoffice\.org"):
        LibreOffice().recalculate([BlindCopy.of(three_cells(tmp_path / "a.xlsx"))])


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("formualizer", "formualizer>="),
        ("ironcalc", r"ironcalc>=0\.9,<0\.10"),
        ("cellrune", r"cellrune>=0\.2,<0\.3"),
        ("betteroffice", r"betteroffice-xlsx>=0\.2\.1,<0\.3"),
    ],
)
def test_a_missing_package_is_said_with_how_to_get_it(name: str, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import metadata

    def nothing(package: str) -> str:
        raise metadata.PackageNotFoundError(package)

    monkeypatch.setattr(metadata, "version", nothing)
    with pytest.raises(EngineMissing, match=how):
        engine(name).recalculate([BlindCopy(Path("never-opened.xlsx"), {})])


class PanicException(BaseException):
    """As a panic of Rust code arrives: no Exception."""


def test_a_package_that_panics_is_a_failure_in_words_and_ctrl_c_is_none() -> None:
    def broken_by(fault: BaseException) -> PythonPackage:
        def calculate(_: Path) -> NoReturn:
            raise fault

        return PythonPackage("name", "The package", "formualizer", "formualizer", calculate, apart=False)

    with pytest.raises(EngineFailed, match=r"The package broke down over w\.xlsx: index out of bounds"):
        broken_by(PanicException("index out of bounds")).recalculate([BlindCopy(Path("w.xlsx"), {})])
    with pytest.raises(KeyboardInterrupt):
        broken_by(KeyboardInterrupt()).recalculate([BlindCopy(Path("w.xlsx"), {})])


@pytest.mark.engine("libreoffice")
def test_libreoffice_is_ended_when_its_time_is_over(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed, match=r"0\.05 seconds"):
        LibreOffice(time_limit=0.05).recalculate([BlindCopy.of(three_cells(tmp_path / "a.xlsx"))])


@pytest.mark.engine("libreoffice")
def test_libreoffice_without_macros_calculates_to_fifteen_digits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lies = three_cells(tmp_path / "lies.xlsx", formula="A1/9", stored="999")
    monkeypatch.setattr(libreoffice_room, "_MACRO", "macro:///Standard.Module1.Absent")
    ((_, cells),) = LibreOffice().recalculate([BlindCopy.of(lies)])[0].items()
    assert cells[2, 1] == 0.333333333333333


@pytest.fixture(scope="module")
def walkthrough(tmp_path_factory: pytest.TempPathFactory) -> tuple[Document, Path]:
    document, path = (
        compile_document(load_lesson(epochs=5)),
        tmp_path_factory.mktemp("walkthrough") / "walkthrough.xlsx",
    )
    write_workbook(document, path)
    return document, path


@pytest.mark.engine("libreoffice")
@pytest.mark.parametrize("language", ["de-DE", slow("fr-FR")])
def test_texts_are_right_where_the_decimal_mark_is_a_comma(language: str, walkthrough: tuple[Document, Path]) -> None:
    document, path = walkthrough
    (calculated,) = LibreOffice(language=language).recalculate([BlindCopy.of(path)])
    with_comma = 0
    for sheet in document.sheets:
        for row, column, formula, value in contents(sheet):
            if formula is None or not isinstance(value, str) or isinstance(value, ErrorValue):
                continue
            found = str(calculated[sheet.name].get((row, column), ""))
            with_comma += bool(re.search(r"\d,\d", found))
            assert re.sub(r"(?<=\d),(?=\d)", ".", found) == value, (sheet.name, address(row, column))
    assert with_comma > 100


@pytest.mark.engine("libreoffice")
def test_the_language_of_the_machine_does_not_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    path = three_cells(tmp_path / "fixed.xlsx", formula="FIXED(A1/2,2)")
    assert calculated("libreoffice", path)[2, 1] == "1.50"
    assert LibreOffice(language="").recalculate([BlindCopy.of(path)])[0]["Sheet"][2, 1] == "1,50"  # that of the machine


@pytest.mark.engine("libreoffice")
def test_libreoffice_leaves_the_file_and_the_folder_alone(tmp_path: Path) -> None:
    path = three_cells(tmp_path / "a&b, c %20 ü.xlsx")
    before = path.read_bytes()
    assert next(iter(LibreOffice().recalculate([BlindCopy.of(path)])[0].values()))[2, 1] == 6.0
    assert path.read_bytes() == before
    assert [*tmp_path.iterdir()] == [path]
