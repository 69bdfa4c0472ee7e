"""Files that other programs have saved again: what each of them leaves out, and that none of it passes for a fault.

What a program writes depends on its version; here are those of 2026. An unregistered document-builder, which is
OnlyOffice without its window, paints "Unregistered Version" on each sheet; that is taken out of its files first.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.onlyoffice import onlyoffice
from tests.slow import slow
from tests.surroundings import surroundings
from xlbackprop import compile_document, load_lesson, write_workbook
from xlbackprop.engines.libreoffice import _program
from xlbackprop.lesson import Lesson
from xlbackprop.proof.surroundings import Weight, compare_surroundings

SHEETJS = """const X = require('xlsx'); const [, from, to] = process.argv;
X.writeFile(X.readFile(from, {cellFormula: true, cellStyles: true, cellNF: true, sheetStubs: true}), to, {cellStyles: true});"""
EXCELJS = """const E = require('exceljs'); const [, from, to] = process.argv;
(async () => { const book = new E.Workbook(); await book.xlsx.readFile(from); await book.xlsx.writeFile(to); })();"""
DOCBUILDER = 'assert builder.OpenFile(sys.argv[1], "") == 0 and builder.SaveFile("xlsx", sys.argv[2]) == 0'
PAINTED = re.compile(
    r"<xdr:oneCellAnchor>(?:(?!</xdr:oneCellAnchor>).)*Unregistered Version.*?</xdr:oneCellAnchor>", re.DOTALL
)


def run(*command: object) -> None:
    subprocess.run([str(word) for word in command], check=True, capture_output=True, timeout=300)


def by_openpyxl(source: Path, target: Path) -> None:
    openpyxl.load_workbook(source).save(target)


def by_libreoffice(source: Path, target: Path) -> None:
    shutil.copy(saved_by_libreoffice(source, target.parent), target)


def saved_by_libreoffice(path: Path, room: Path) -> Path:
    """Return the path of a workbook as LibreOffice saves it, in a folder below `room`."""
    home = f"-env:UserInstallation={(room / 'profile').as_uri()}"
    run(_program(), home, "--headless", "--convert-to", "xlsx", "--outdir", room / "out", path)
    return room / "out" / path.name


def by_gnumeric(source: Path, target: Path) -> None:
    run("ssconvert", "--export-type=Gnumeric_Excel:xlsx2", source, target)


def by_ironcalc(source: Path, target: Path) -> None:
    program = "import sys, ironcalc; ironcalc.load_from_xlsx(sys.argv[1], 'en', 'UTC', 'en').save_to_xlsx(sys.argv[2])"
    run(sys.executable, "-c", program, source, target)


def by_onlyoffice(source: Path, target: Path) -> None:
    painted = target.with_name("painted.xlsx")
    onlyoffice(DOCBUILDER, source, painted)
    with zipfile.ZipFile(painted) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.startswith("xl/drawings/drawing"):
                content = PAINTED.sub("", content.decode()).encode()
            new.writestr(name, content)


def by_node(library: str, script: str) -> Callable[[Path, Path], None]:
    def save(source: Path, target: Path) -> None:
        node = shutil.which("node")
        there = ["-e", f"require('{library}')"]
        if node is None or subprocess.run([node, *there], capture_output=True, check=False).returncode:
            _missing(library, f"Node, npm install {library}, and NODE_PATH")
        run(node, "-e", script, source, target)

    return save


def _missing(name: str, cure: str) -> None:
    from tests.planting import required

    if required(name):
        pytest.fail(f"XLBACKPROP_REQUIRE asks for {name}: {cure}")
    pytest.skip(f"{name} is not here")


PROGRAMS = {
    "openpyxl": by_openpyxl,
    "libreoffice": by_libreoffice,
    "gnumeric": by_gnumeric,
    "onlyoffice": by_onlyoffice,
    "ironcalc": by_ironcalc,
    "sheetjs": by_node("xlsx", SHEETJS),
    "exceljs": by_node("exceljs", EXCELJS),
}
CHARTS = "different: 8 charts (chart 'E_Total at every epoch' of 'Summary', …): expected as made, found nothing"
DRAWINGS = "lost: 38 drawings (circle round i1 of 'Summary'!A9, …): lost"
NOTES = "lost: 64 notes (note 'LR=0.5'!A7, …): lost"
LINKS = "lost: 123 links (link 'Summary'!B4, …): lost"
VALIDATIONS = "lost: 20 validations (validation 'Inputs'!B6, …): lost"
ALT_TEXTS = "lost: {} alt texts (alt text of chart 'E_Total at every epoch' of 'Summary', …): lost"
SAID = {
    "openpyxl": [DRAWINGS, ALT_TEXTS.format(8)],
    "libreoffice": [
        ALT_TEXTS.format(46),
    ],
    "gnumeric": [
        "told: circles of formulas: repeated, not errors",
        DRAWINGS,
        ALT_TEXTS.format(8),
        "lost: 62 conditional formats (conditional format 'LR=0.5'!B8:B20, …): lost",
    ],
    "onlyoffice": [],
    "ironcalc": [CHARTS, DRAWINGS, VALIDATIONS, NOTES],
    "sheetjs": [
        CHARTS,
        DRAWINGS,
        "lost: 136 conditional formats (conditional format 'Summary'!B3, …): lost",
        VALIDATIONS,
    ],
    "exceljs": [
        CHARTS,
        DRAWINGS,
        *(
            f"different: conditional format 'LR=0.5'!{cells} and 1 more: expected number format "
            f'0.000E+00;"-"0.000E+00;0 where ABS({cell})>={limit}, found number format [object object] where '
            f"ABS({cell})>={limit}"
            for cells, cell, limit in (
                ("J8:J20", "J8", 100),
                ("L8:L20", "L8", 100),
                ("V8:X20", "V8", 100),
                ("B8:I20", "B8", 1000),
                ("K8:K20", "K8", 1000),
                ("M8:U20", "M8", 1000),
            )
        ),
        LINKS,
    ],
}
PARAMETERS = [
    "openpyxl",
    slow("libreoffice", engine="libreoffice"),
    slow("gnumeric", engine="gnumeric"),
    slow("onlyoffice"),
    pytest.param("ironcalc", marks=pytest.mark.engine("ironcalc")),
    slow("sheetjs"),
    slow("exceljs"),
]


def said(lesson: Lesson, program: str, room: Path) -> list[str]:
    """Return what is said of a lesson's workbook after a program has saved it again."""
    document, path = compile_document(lesson), room / "made.xlsx"
    write_workbook(document, path)
    (room / "again").mkdir()
    again = room / "again" / "made.xlsx"
    PROGRAMS[program](path, again)
    return [f"{each.weight.value}: {each}" for each in compare_surroundings(document, surroundings(again))]


@pytest.mark.parametrize("program", PARAMETERS)
def test_what_a_program_leaves_out_is_listed(tmp_path: Path, program: str) -> None:
    lesson = load_lesson(epochs=12, learning_rates=[0.5, 2.0])
    assert said(lesson, program, tmp_path) == SAID[program]


@pytest.mark.slow
@pytest.mark.parametrize("program", [*PARAMETERS[:4]])
@pytest.mark.parametrize(
    "name",
    [
        "regression_lessons/softmax_of_one_unit.toml",
        "regression_lessons/quotation_marks_in_the_name_of_a_run.toml",
        "sample_lessons/many_paths.toml",
    ],
)
def test_no_program_that_keeps_charts_shows_a_lesson_otherwise(tmp_path: Path, program: str, name: str) -> None:
    lesson = load_lesson(Path(__file__).parent / name)
    assert not [words for words in said(lesson, program, tmp_path) if words.startswith(Weight.DIFFERENT.value)]
