"""What a reader sees besides the contents of the cells: read from any program's file, and compared with the document."""

from __future__ import annotations

import re
import shutil
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference

from tests.pictures import png
from tests.surroundings import surroundings
from tests.tampering import edit_part, sheet_part
from tests.test_credits import with_logo
from tests.test_reader import edited
from xlbackprop import compile_document, load_lesson, write_workbook
from xlbackprop.errors import InputError
from xlbackprop.proof.surroundings import KINDS, Surrounding, Weight, compare_surroundings
from xlbackprop.workbook import Document, column_letters
from xlbackprop.xlsx.read import package, shown_format
from xlbackprop.xlsx.read.surroundings import xml_tools
from xlbackprop.xlsx.read.surroundings.xml_tools import chart_reference, name_reference

BOOK, STYLES = "xl/workbook.xml", "xl/styles.xml"
CHART = "xl/charts/chart4.xml"  # of LR=2.0: those of Summary and Step by step come first
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SUMMARY = "xl/drawings/drawing1.xml"  # the network and a chart
RUN, STEPS, INPUTS, CHECKS = "LR=2.0", "Step by step", "Inputs", "Checks"  # sheets


@pytest.fixture(scope="module")
def document() -> Document:
    return compile_document(load_lesson(epochs=12, learning_rates=[0.5, 2.0]))


@pytest.fixture(scope="module")
def sound(document: Document, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("surroundings") / "sound.xlsx"
    write_workbook(document, path)
    return path


@pytest.fixture
def path(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path / "workbook.xlsx"))


def unlike(document: Document, path: Path) -> list[Surrounding]:
    return list(compare_surroundings(document, surroundings(path)))


def said(document: Document, path: Path) -> list[str]:
    return [f"{each.weight.value}: {each}" for each in unlike(document, path)]


class Edit(NamedTuple):
    """A change of a part, or of the part of a sheet: `old`, which must be there, becomes `new`, once or everywhere."""

    part: str
    old: str
    new: str
    everywhere: bool = False

    def at(self, path: Path) -> None:
        part = self.part if "/" in self.part else sheet_part(path, self.part)
        edit_part(path, part, lambda text: re.sub(self.old, self.new, text, count=not self.everywhere, flags=re.DOTALL))


def literally(part: str, old: str, new: str) -> Edit:
    return Edit(part, re.escape(old), new.replace("\\", r"\\"))


# ------------------------------------------------------------------------------------------------ the workbook as it is


def test_a_workbook_as_written_shows_what_its_document_says(document: Document, path: Path) -> None:
    assert unlike(document, path) == []


def test_what_is_read_is_what_was_written(document: Document, path: Path) -> None:
    """A reader that finds nothing would find nothing wrong."""
    found = surroundings(path)
    assert list(found.sheets) == [sheet.name for sheet in document.sheets]
    assert found.names == {name.lower(): reference for name, reference in document.names.items()}
    for sheet in document.sheets:
        seen = found.sheets[sheet.name]
        assert seen is not None
        assert len(seen.charts) == len(sheet.charts)
        assert [drawing.alt_text for drawing in seen.drawings] == [outline.alt_text for outline in sheet.outlines]
        assert len(seen.notes) == sum(bool(filled.note) for table in sheet.tables for filled in table.columns)
        assert len(seen.links) == sum(cell.link is not None for cell in sheet.cells.values())
        assert len(seen.merged) == len(sheet.merged)
        cells = sum(len(band.rows) * len(band.columns) for band in seen.formats)
        in_tables = sum(len(table.columns) * (table.rows + 1) for table in sheet.tables)
        assert cells >= in_tables + sum(cell.value != "" for cell in sheet.cells.values())


# ----------------------------------------------------------------------------------------------- faults, a kind at a time

BOX = (
    "<xdr:twoCellAnchor><xdr:from><xdr:col>1</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>{row}</xdr:row><xdr:rowOff>0"
    "</xdr:rowOff></xdr:from><xdr:to><xdr:col>2</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>{row}</xdr:row><xdr:rowOff>9"
    '</xdr:rowOff></xdr:to><xdr:sp macro="" textlink=""><xdr:nvSpPr><xdr:cNvPr id="900" name="Box"/><xdr:cNvSpPr/>'
    "</xdr:nvSpPr><xdr:spPr>{fill}</xdr:spPr><xdr:txBody><a:bodyPr/><a:p><a:r><a:t>{text}</a:t></a:r></a:p></xdr:txBody>"
    "</xdr:sp><xdr:clientData/></xdr:twoCellAnchor>"
)
END = "</xdr:wsDr>"
FILL = '<a:solidFill><a:srgbClr val="FFFFFF"/></a:solidFill>'
RULE = (
    '<conditionalFormatting sqref="{cells}"><cfRule type="expression" priority="99" dxfId="0"><formula>TRUE</formula>'
    "</cfRule></conditionalFormatting>"
)
WHITE = '<dxfs count="4"><dxf><font><color rgb="FFFFFFFF"/></font><numFmt numFmtId="900" formatCode="&quot;0.5&quot;"/></dxf>'
TITLE = "'E_Total at every epoch' of 'LR=2.0'"
GREEN = "letters 0B5A1E, fill C6EFCE"

FAULTS: dict[str, list[tuple[Edit, str]]] = {
    "defined names": [
        (
            literally(BOOK, ">'Checks'!$B$3<", ">'Checks'!$B$4<"),
            "defined name verdict: expected 'Checks'!$B$3, found 'Checks'!$B$4",
        ),
        (
            literally(BOOK, ">'Checks'!$B$3<", ">Checks!$B3<"),
            "defined name verdict: expected 'Checks'!$B$3, found 'Checks'!$B3",
        ),
        (
            literally(BOOK, 'name="verdict"', 'name="judgement"'),
            "defined name verdict: expected 'Checks'!$B$3, found nothing",
        ),
        (
            literally(
                BOOK, "</definedNames>", '<definedName name="Verdict" localSheetId="0">Inputs!$B$6</definedName></definedNames>'
            ),
            "defined name 'Summary'!verdict: expected nothing, found 'Inputs'!$B$6",
        ),
    ],
    "settings": [
        (
            literally(BOOK, "<calcPr ", '<calcPr fullPrecision="0" '),
            "precision of the numbers: expected full, found as displayed",
        ),
        (literally(BOOK, "<calcPr ", '<calcPr calcMode="manual" '), "calculation: expected automatic, found manual"),
        (
            literally(CHECKS, "<sheetView ", '<sheetView showZeros="0" '),
            "cells of 'Checks' that are 0: expected shown, found hidden",
        ),
    ],
    "hidden things": [
        (
            literally(BOOK, 'name="Checks" sheetId="7" state="visible"', 'name="Checks" sheetId="7" state="hidden"'),
            "sheet 'Checks': expected visible, found hidden",
        ),
        (
            literally(BOOK, 'name="Checks" sheetId="7" state="visible"', 'name="Checks" sheetId="7" state="veryHidden"'),
            "sheet 'Checks': expected visible, found hidden",
        ),
        (literally(RUN, '<row r="9"', '<row hidden="1" r="9"'), "rows 9 of 'LR=2.0': expected shown, found hidden"),
        (literally(RUN, '<row r="8"', '<row ht="0" r="8"'), "rows 8 of 'LR=2.0': expected shown, found hidden"),
        (  # without cells, but the drawing over it would come to stand over the numbers below
            literally("Summary", '<row r="15" ht="15"', '<row r="15" ht="4"'),
            "rows 15 of 'Summary': expected shown, found hidden",
        ),
        (
            literally(RUN, 'customWidth="1" min="6"', 'customWidth="1" hidden="1" min="6"'),
            "columns F of 'LR=2.0': expected shown, found hidden",
        ),
        (
            literally(RUN, 'width="7.3643" customWidth="1" min="6"', 'width="0" customWidth="1" min="6"'),
            "columns F of 'LR=2.0': expected shown, found hidden",
        ),
        (
            Edit(RUN, r'<col outlineLevel="1" (?=[^>]*min="[78]")', '<col outlineLevel="1" hidden="1" ', everywhere=True),
            "columns G:H of 'LR=2.0': expected shown, found hidden",
        ),
    ],
    "charts": [
        (
            literally(CHART, "$X$8:$X$20", "$X$7:$X$20"),
            f"y of curve 'LR=2.0'!X7 of chart {TITLE}: expected 'LR=2.0'!X8:X20, found 'LR=2.0'!X7:X20",
        ),
        (
            literally(CHART, "0072B2", "D55E00"),
            f"line of curve 'LR=2.0'!X7 of chart {TITLE}: expected 0072B2 solid, found D55E00 solid",
        ),
        (
            Edit(CHART, '<a:ln w="22225" cap="rnd">.*?</a:ln>', "<a:ln><a:noFill/></a:ln>"),
            f"line of curve 'LR=2.0'!X7 of chart {TITLE}: expected 0072B2 solid, found none",
        ),
        (
            Edit(CHART, "<c:tx><c:strRef>.*?</c:tx>", "<c:tx><c:v>best</c:v></c:tx>"),
            f"name of curve 'LR=2.0'!X7 of chart {TITLE}: expected 'LR=2.0'!X7, found none",
        ),
        (
            Edit(CHART, "(<c:ser>.*?</c:ser>)", r"\1\1"),
            f"curve 'LR=2.0'!X7 of chart {TITLE}: expected none, found name 'LR=2.0'!X7, x 'LR=2.0'!A8:A20, y 'LR=2.0'!X8:X20",
        ),
        (
            Edit("xl/charts/chart1.xml", "<c:ser>.*?</c:ser>", ""),
            "curve 'Loss curves'!P6 of chart 'E_Total at every epoch' of 'Summary': expected "
            "name 'Loss curves'!P6, x 'Loss curves'!A6:A18, y 'Loss curves'!B6:B18, found none",
        ),
        (
            literally(CHART, '<c:smooth val="0"/>', '<c:trendline><c:trendlineType val="linear"/></c:trendline>'),
            f"added of curve 'LR=2.0'!X7 of chart {TITLE}: expected none, found trendline",
        ),
        (
            literally(CHART, '<c:smooth val="0"/>', '<c:smooth val="1"/>'),
            f"added of curve 'LR=2.0'!X7 of chart {TITLE}: expected none, found smooth",
        ),
        (
            literally(CHART, "<c:xVal>", '<c:dLbls><c:showVal val="1"/></c:dLbls><c:xVal>'),
            f"added of curve 'LR=2.0'!X7 of chart {TITLE}: expected none, found dLbls",
        ),
        (
            literally(CHART, "<c:xVal>", '<c:dPt><c:idx val="3"/></c:dPt><c:xVal>'),
            f"added of curve 'LR=2.0'!X7 of chart {TITLE}: expected none, found dPt",
        ),
        (
            literally(CHART, "<c:spPr><a:noFill/>", "<c:spPr><a:blipFill><a:blip/></a:blipFill>"),
            f"added of chart {TITLE}: expected none, found picture",
        ),
        (
            Edit("xl/charts/chart1.xml", "<c:legend>.*?</c:legend>", ""),
            "legend of chart 'E_Total at every epoch' of 'Summary': expected True, found False",
        ),
        (
            Edit("xl/charts/chart1.xml", '<c:order val="0"/>', '<c:order val="7"/>'),
            "order of the curves of chart 'E_Total at every epoch' of 'Summary': expected as made, found changed",
        ),
        (
            literally(CHART, "E_Total at every epoch", "E_Total falls"),
            f"title of chart {TITLE}: expected E_Total at every epoch, found E_Total falls",
        ),
        (
            literally(CHART, '<c:min val="0"/>', '<c:min val="5"/>'),
            f"lowest of x axis of chart {TITLE}: expected 0, found 5",
        ),
        (
            literally(CHART, "</c:scaling><c:delete val=\"0\"/><c:axPos val=\"l\"/>", "</c:scaling><c:delete val=\"1\"/><c:axPos val=\"l\"/>"),
            f"visible of y axis of chart {TITLE}: expected True, found False",
        ),
        (
            Edit(CHART, r'minMax(?="/></c:scaling>)', "maxMin"),
            f"direction of y axis of chart {TITLE}: expected minMax, found maxMin",
        ),
        (
            literally(CHART, '<c:orientation val="minMax"/></c:scaling>', '<c:logBase val="10"/><c:orientation val="minMax"/></c:scaling>'),
            f"log base of y axis of chart {TITLE}: expected none, found 10",
        ),
        (
            Edit(CHART, "(<a:t>)E_Total(</a:t>)", r"\1accuracy\2"),
            f"title of y axis of chart {TITLE}: expected E_Total, found accuracy",
        ),
        (
            Edit(CHART, 'scatterChart>', "lineChart>", everywhere=True),
            f"kind of chart {TITLE}: expected scatterChart, found lineChart",
        ),
        (
            Edit("xl/drawings/_rels/drawing5.xml.rels", r"<Relationship [^>]*/>", ""),
            f"chart {TITLE}: expected as made, found nothing",
        ),
        (
            literally("xl/drawings/drawing5.xml", 'name="Chart 1', 'hidden="1" name="Chart 1'),
            f"chart {TITLE}: expected as made, found nothing",
        ),
        (
            literally("xl/drawings/_rels/drawing5.xml.rels", "chart4.xml", "chart3.xml"),
            f"chart {TITLE}",
        ),
    ],
    "drawings": [
        (
            literally(SUMMARY, END, BOX.format(row=2, fill=FILL, text="PASS") + END),
            "drawing 'Summary'!B3:C3: expected nothing, found sp PASS",
        ),
        (
            literally(SUMMARY, END, BOX.format(row=2, fill=FILL, text="") + END),
            "drawing 'Summary'!B3:C3: expected nothing, found sp",
        ),
        (
            literally(SUMMARY, END, BOX.format(row=10, fill="<a:noFill/>", text="0.9") + END),
            "drawing 'Summary'!B11:C11: expected nothing, found sp 0.9",
        ),
        (
            literally(SUMMARY, 'i1"/>', 'i1"><a:hlinkClick action="elsewhere"/></xdr:cNvPr>'),
            "link of drawing 'Summary'!A9:B12: expected nothing, found elsewhere",
        ),
        (
            literally(INPUTS, "</worksheet>", "<picture/></worksheet>"),
            "drawing over 'Inputs': expected nothing, found a background picture",
        ),
        (
            literally("xl/drawings/vmlDrawing5.vml", 'ObjectType="Note"', 'ObjectType="Button"'),
            "drawing over 'LR=2.0': expected nothing, found a control Button",
        ),
        (
            literally(
                SUMMARY,
                END,
                '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice Requires="z">'
                f"</mc:Choice><mc:Fallback>{BOX.format(row=500, fill='', text='')}</mc:Fallback></mc:AlternateContent>{END}",
            ),
            "drawings of 'Summary': expected one for all programs, found another for some of them",
        ),
    ],
    "outlines": [
        (
            literally(SUMMARY, "<a:noFill/>", FILL),
            "circle round i1 of 'Summary'!A9: expected a circle without text or fill, found one that hides what is below it",
        ),
        (
            literally(SUMMARY, "<xdr:row>8</xdr:row>", "<xdr:row>1</xdr:row>"),
            "place of circle round i1 of 'Summary'!A9: expected as made, found over cells, 'Summary'!A2:B12",
        ),
        (
            literally(SUMMARY, 'flipV="1"', ""),
            "place of arrow from i1 to w1 of 'Summary'!B11: expected as made, found over cells, 'Summary'!B10:C11",
        ),
    ],
    "alt texts": [
        (
            Edit("xl/drawings/drawing5.xml", 'descr="', 'descr="Wrong: '),
            f"alt text of chart {TITLE}",
        ),
    ],
    "number formats": [
        (
            literally(STYLES, 'formatCode="0.00000"', 'formatCode="0.0"'),
            "number format 'LR=0.5'!J8",
        ),
        (
            Edit(STYLES, 'formatCode="0.000E[+]00;-0.000E[+]00;"', 'formatCode="0.000E+00;0.000E+00;"'),
            "number format",
        ),
    ],
    "conditional formats": [
        (
            Edit(CHECKS, r'("LEFT\(\$B\$3,4\)=)?&lt;&gt;"PASS"', '="PASS"'),
            "conditional format",
        ),
        (
            literally(CHECKS, "<hyperlinks>", RULE.format(cells="B3") + "<hyperlinks>"),
            f"conditional format 'Checks'!B3: expected nothing, found {GREEN} where TRUE",
        ),
        (
            Edit(STYLES, "FFC6EFCE", "FFFFC7CE", everywhere=True),
            "conditional format",
        ),
        (
            Edit(STYLES, "FF3B3B98", "FFD9D9F3", everywhere=True),
            "conditional format 'Step by step'!",
        ),
        (
            Edit(RUN, r"ABS\(J8\)&gt;=100<", "ABS(J8)&gt;=9<"),
            "conditional format 'LR=2.0'!J8:J20",
        ),
        (
            literally(CHECKS, 'priority="5"', 'priority="95"'),
            "stronger rule",
        ),
    ],
    "merged cells": [
        (
            literally(RUN, "</sheetData>", '</sheetData><mergeCells><mergeCell ref="B8:B9"/></mergeCells>'),
            "merged cells 'LR=2.0'!B8:B9: expected apart, found merged",
        ),
    ],
    "validations": [
        (
            literally(STEPS, "<formula2>12<", "<formula2>11<"),
            "validation 'Step by step'!A4",
        ),
        (
            literally(STEPS, "<formula1>$Z$18:$Z$19", "<formula1>$Z$18:$Z$18"),
            "validation 'Step by step'!B4",
        ),
        (
            literally(INPUTS, 'showErrorMessage="1"', 'showErrorMessage="0"'),
            "validation 'Inputs'!B6 and 1 more: expected …00000 and 1000000000, else the alert A number is needed: Type a number; no "
            "text, not bla…, found …00000 and 1000000000, anything else after the alert A number is needed: Type a number; n…",
        ),
        (
            literally(INPUTS, 'showInputMessage="0"', 'showInputMessage="1" prompt="type 1"'),
            "validation 'Inputs'!B6 and 1 more: expected …r; no text, not blank., found …r; no text, not blank., prompt type 1",
        ),
    ],
    "notes": [
        (literally("xl/comments5.xml", "how many updates", "how few updates"), "note 'LR=2.0'!A7"),
        (
            literally("xl/comments5.xml", "</commentList>", '<comment ref="B9" authorId="0"><text><t>right</t></text></comment></commentList>'),
            "note 'LR=2.0'!B9: expected nothing, found right",
        ),
    ],
    "links": [
        (
            literally(RUN, "'Checks'!A18", "'Checks'!A19"),
            "link 'LR=2.0'!D2: expected 'Checks'!A18, found 'Checks'!A19",
        ),
        (
            literally(RUN, "location=\"'Inputs'!A1\"", "location=\"'Inputs'!A1\" tooltip=\"click me\""),
            "link 'LR=2.0'!C2: expected 'Inputs'!A1, found 'Inputs'!A1 click me",
        ),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "edit", "message"),
    [
        pytest.param(kind, *case, id=f"{kind} {index}")
        for kind, cases in FAULTS.items()
        for index, case in enumerate(cases)
    ],
)
def test_what_misleads_is_a_difference(
    document: Document, path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, edit: Edit, message: str
) -> None:
    edit.at(path)
    found = unlike(document, path)
    assert {each.weight for each in found} == {Weight.DIFFERENT}
    if ": expected" in message:
        assert [str(each) for each in found] == [message]
    else:
        assert str(found[0]).startswith(message)
    monkeypatch.setattr("xlbackprop.proof.surroundings.KINDS", [each for each in KINDS if each.name == kind])
    assert unlike(document, path) == found  # no other kind has said it


def test_every_kind_has_a_fault_or_can_only_be_lost_or_told() -> None:
    assert [kind.name for kind in KINDS if kind.name not in FAULTS] == ["chart sheets"]


def test_the_page_on_trust_has_a_row_for_each_kind() -> None:
    page = (Path(__file__).parents[1] / "docs" / "trust.md").read_text(encoding="utf-8")
    section = page.partition("## What `verify` compares")[2].partition("\n## ")[0]
    table = section.partition("\n| kind |")[2]
    rows = re.findall(r"^\| ([a-z ]+) \| [^|]+ \| [^|]+ \|$", table, re.MULTILINE)
    assert rows == [kind.name for kind in KINDS]


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ([Edit(RUN, "<hyperlinks>.*</hyperlinks>", "")], "5 links (link 'LR=2.0'!A2, …): lost"),
        ([Edit(RUN, "<conditionalFormatting.*</conditionalFormatting>", "")], "49 conditional formats (conditional format 'LR=2.0'!F3, …): lost"),
        ([Edit(INPUTS, "<dataValidations.*</dataValidations>", "")], "14 validations (validation 'Inputs'!B6, …): lost"),
        ([Edit("Summary", "<mergeCells.*</mergeCells>", "")], "21 merged cells (merged cells 'Summary'!"),
        ([Edit("xl/comments5.xml", "<commentList>.*</commentList>", "<commentList/>")], "32 notes (note 'LR=2.0'!A7, …): lost"),
        ([Edit(SUMMARY, "<xdr:twoCellAnchor.*</xdr:twoCellAnchor>", "")], "17 drawings (circle round i1 of 'Summary'!A9, …): lost"),
        ([Edit(SUMMARY, ' descr="[^"]*"', "", everywhere=True)], "18 alt texts (alt text of chart 'E_Total at every epoch' of 'Summary', …): lost"),
    ],
)  # fmt: skip
def test_what_was_merely_lost_is_listed_as_such(
    document: Document, path: Path, edits: list[Edit], message: str
) -> None:
    for edit in edits:
        edit.at(path)
    (found,) = said(document, path)
    assert found.startswith(f"lost: {message}")


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (literally(BOOK, "<calcPr ", '<calcPr iterate="1" '), "circles of formulas: repeated, not errors"),
        (
            literally("xl/comments5.xml", "</commentList>", '<comment ref="AZ99" authorId="0"><text><t>mine</t></text></comment></commentList>'),
            "note 'LR=2.0'!AZ99: mine",
        ),
        (literally(SUMMARY, END, BOX.format(row=300, fill=FILL, text="mine") + END), "drawing 'Summary'!B301:C301: sp mine"),
        (literally(SUMMARY, END, BOX.format(row=2, fill="<a:noFill/>", text="") + END), "drawing 'Summary'!B3:C3: sp"),
        (literally(RUN, "<hyperlinks>", "<hyperlinks><hyperlink ref=\"B9\" location=\"Inputs!A1\"/>"), "link 'LR=2.0'!B9: 'Inputs'!A1"),
        (literally(CHECKS, "<hyperlinks>", RULE.format(cells="AZ99") + "<hyperlinks>"), f"conditional format 'Checks'!AZ99: {GREEN} where TRUE"),
    ],
)  # fmt: skip
def test_what_people_add_beside_is_told(document: Document, path: Path, edit: Edit, message: str) -> None:
    edit.at(path)
    assert said(document, path) == [f"told: {message}"]


@pytest.mark.parametrize(
    "edit",
    [
        literally(BOOK, "</definedNames>", '<definedName name="mine">Inputs!$A$1</definedName></definedNames>'),
        literally(BOOK, 'name="verdict"', 'name="VERDICT"'),
        literally(BOOK, ">'Checks'!$B$3<", ">Checks!$B$3<"),
        literally(BOOK, "<calcPr ", '<calcPr calcMode="autoNoTable" fullPrecision="1" iterate="false" '),
        literally(BOOK, "<workbookPr ", '<workbookPr date1904="1" '),
        literally(RUN, 'showGridLines="0"', 'showGridLines="1" zoomScale="50"'),
        literally(RUN, 'width="7.3643" customWidth="1" min="6"', 'width="30" customWidth="1" min="6"'),
        literally(RUN, 'ref="A2"', 'ref="$A$2:A2"'),
        literally(INPUTS, "<formula2>1000000000<", "<formula2>1E9<"),
        literally(CHART, "0072B2", "0072b2"),
        literally(CHART, '<c:min val="0"/>', '<c:min val="0.000000"/>'),
        literally(STYLES, 'formatCode="0.000E+00;-0.000E+00;"', r'formatCode="0.000E+00;\-0.000E+00;;"'),
        Edit(CHECKS, r'priority="(\d)"', r'priority="1\1"', everywhere=True),
        Edit(CHECKS, r"COUNTIF\((C\d+):\1,0\)", r"COUNTIF(\1,0)"),
    ],
)
def test_what_changes_nothing_that_is_seen_is_not_told(document: Document, path: Path, edit: Edit) -> None:
    edit.at(path)
    assert said(document, path) == []


def test_a_hidden_row_without_cells_of_ours_is_not_told(document: Document, path: Path) -> None:
    literally(RUN, "</sheetData>", '<row r="999" hidden="1"><c r="A999"><v>1</v></c></row></sheetData>').at(path)
    assert said(document, path) == []


def test_merged_cells_that_hide_nothing_are_not_told(document: Document, path: Path) -> None:
    """The last cell of a column, and the empty one below it."""
    literally(RUN, "</sheetData>", '</sheetData><mergeCells><mergeCell ref="A20:A21"/></mergeCells>').at(path)
    assert said(document, path) == []


def test_a_sheet_without_cells_is_told(document: Document, path: Path) -> None:
    literally(BOOK, "</sheets>", '<sheet name="Mine" sheetId="99" r:id="rId999"/></sheets>').at(path)
    link = f'<Relationship Id="rId999" Type="{OFFICE}/relationships/chartsheet" Target="chartsheets/one.xml"/></Relationships>'
    literally("xl/_rels/workbook.xml.rels", "</Relationships>", link).at(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/chartsheets/one.xml", f'<chartsheet xmlns="{MAIN}"/>')
    assert said(document, path) == ["told: sheet 'Mine': added, without cells"]


# ------------------------------------------------------------------------------------------------------- number formats


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0.000E+00;-0.000E+00;", r"0.000E+00;\-0.000E+00;"),
        ("0.000E+00;-0.000E+00;0", '0.000E+00;"-"0.000E+00;0'),
        ("0.00", "0.00;-0.00"),
        ("0.00", "0.00;-0.00;0.00"),
        ("0.00", "0.00;-0.00;0.00;@"),
        ("0.00", "0.00;@"),
        ("General", "GENERAL"),
        ("General", "@"),
        ("General", ""),
        ("0.00", "[$-409]0.00"),
        ("0.00", "0.00_)"),
        ('"as shipped"', r"\a\s\ \s\h\i\p\p\e\d"),
        ("$0", "[$$-409]0"),
        ("0.0e+00", "0.0E+00"),
    ],
)
def test_formats_that_show_the_same_are_equal(one: str, other: str) -> None:
    assert shown_format(one)[:3] == shown_format(other)[:3]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0.00", "0.000"),
        ("0.00", "0.00%"),
        ("0.00", "0.00;0.00"),
        ("0.00", "0.00,"),
        ("0.00", "#.00"),
        ("0.00", '"0.50"'),
        ("0.00", '0.00"1"'),
        ("0.00", ";;;"),
        ("0.00", "0.00;-0.00;"),
        ("0.00", "[White]0.00"),
        ("0.00", "[>1]0.00;0"),
        ("0.00", "[$-D000000]0.00"),
        ("0.00", "0.00E+00"),
        ("0.00", "General"),
        ("0", "yyyy"),
        ("@", '"PASS"'),
        ("@", '@" is right"'),
        ("0*1", "0"),
    ],
)
def test_formats_that_show_something_else_are_different(one: str, other: str) -> None:
    assert shown_format(one) != shown_format(other)


def test_a_text_is_not_seen_through_the_sections_of_numbers(document: Document, path: Path) -> None:
    """A style of texts may have any format of numbers, one of numbers any section for texts."""
    columns = document[RUN].tables[0].columns
    column = next(place for place, filled in enumerate(columns, 1) if filled.style.number_format == "0.0000")
    with zipfile.ZipFile(path) as archive:
        of_a_number = re.search(
            rf'<c r="{column_letters(column)}8" s="(\d+)"', archive.read("xl/worksheets/sheet5.xml").decode()
        )
    assert of_a_number is not None
    Edit(RUN, r'<c r="A1" s="\d+"', f'<c r="A1" s="{of_a_number[1]}"').at(path)
    literally(STYLES, 'formatCode="0.0000"', 'formatCode="0.0000;-0.0000;0.0000;@"').at(path)
    assert said(document, path) == []
    literally(STYLES, "0.0000;@", "0.0000;&quot;PASS&quot;").at(path)
    (found,) = said(document, path)
    assert found.startswith("different: number format 'LR=2.0'!A1: expected General, found ")


# ------------------------------------------------------------------------------------ the same, said in other ways

EXTENDED = (
    '<extLst><ext xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" xmlns:xm="http://schemas.microsoft.com/'
    'office/excel/2006/main">{}</ext></extLst></worksheet>'
)


def test_rules_may_be_written_as_extensions(document: Document, path: Path) -> None:
    """So does OnlyOffice; a rule that is only there counts as any other."""
    muted = '<x14:dxf><font><color rgb="{}"/></font><fill><patternFill><bgColor rgb="FFEDEDED"/></patternFill></fill></x14:dxf>'
    rule = (
        '<x14:conditionalFormattings><x14:conditionalFormatting><x14:cfRule type="expression" priority="1"><xm:f>LEN($F$3)&gt;0</xm:f>'
        f"{muted}</x14:cfRule><xm:sqref>F3</xm:sqref></x14:conditionalFormatting></x14:conditionalFormattings>"
    )
    Edit(RUN, '<conditionalFormatting sqref="F3">.*?</conditionalFormatting>', "").at(path)
    other = Path(shutil.copy(path, path.with_name("other.xlsx")))
    literally(RUN, "</worksheet>", EXTENDED.format(rule.format("FF595959"))).at(path)
    literally(RUN, "</worksheet>", EXTENDED.format(rule.format("FFFFFFFF"))).at(other)
    assert said(document, path) == []
    assert said(document, other) == [
        "different: conditional format 'LR=2.0'!F3: expected letters 595959, fill EDEDED where LEN($F$3)>0, "
        "found letters FFFFFF, fill EDEDED where LEN($F$3)>0"
    ]


def test_validations_may_be_written_as_extensions(document: Document, path: Path) -> None:
    menu = (
        '<x14:dataValidations><x14:dataValidation type="list" showErrorMessage="1" errorTitle="Not in the list" error="Pick a run '
        'from the list that opens with the arrow beside the cell."><x14:formula1><xm:f>$Z$18:$Z${}</xm:f></x14:formula1>'
        "<xm:sqref>B4</xm:sqref></x14:dataValidation></x14:dataValidations>"
    )
    Edit(STEPS, '<dataValidation sqref="B4".*?</dataValidation>', "").at(path)
    other = Path(shutil.copy(path, path.with_name("other.xlsx")))
    literally(STEPS, "</worksheet>", EXTENDED.format(menu.format(19))).at(path)
    literally(STEPS, "</worksheet>", EXTENDED.format(menu.format(20))).at(other)
    assert said(document, path) == []
    assert ["validation 'Step by step'!B4" in each for each in said(document, other)] == [True]


def test_a_note_may_be_told_twice_but_not_in_two_ways(document: Document, path: Path, tmp_path: Path) -> None:
    links = "xl/worksheets/_rels/sheet5.xml.rels"
    types = "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"
    space = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
    literally(
        links, "</Relationships>", f'<Relationship Id="rId77" Type="{types}" Target="../threads.xml"/></Relationships>'
    ).at(path)
    note = next(text for area, text in surroundings(path).sheets[RUN].notes.items() if area[:2] == (7, 1))

    def with_thread(text: str, name: str) -> Path:
        copy = Path(shutil.copy(path, tmp_path / name))
        with zipfile.ZipFile(copy, "a") as archive:
            comment = f'<threadedComment ref="A7" id="{{1}}"><text>{escape(text)}\n</text></threadedComment>'
            archive.writestr("xl/threads.xml", f'<ThreadedComments xmlns="{space}">{comment}</ThreadedComments>')
        return copy

    assert said(document, with_thread(note, "same.xlsx")) == []
    (other,) = said(document, with_thread("Wrong!", "other.xlsx"))
    assert other.startswith("different: note 'LR=2.0'!A7")


def test_a_note_that_names_its_author_is_the_same(document: Document, path: Path) -> None:
    edit = Edit("xl/comments5.xml", r'(<t xml:space="preserve">)(epoch)', r"\1xlbackprop:\n\2")
    edit.at(path)
    assert said(document, path) == []


def test_another_picture_in_the_place_of_a_logo_is_a_difference(tmp_path: Path) -> None:
    document = compile_document(load_lesson(with_logo(tmp_path, png(60, 20))))
    path = tmp_path / "logo.xlsx"
    write_workbook(document, path)
    assert said(document, path) == []
    with zipfile.ZipFile(path) as archive:
        (picture,) = (name for name in archive.namelist() if name.endswith(".png"))
    other = edited(path, tmp_path / "other.xlsx", **{picture: lambda _: png(60, 21)})
    assert [words.split(": ")[:2] for words in said(document, other)] == [
        ["lost", "picture 'Summary'!N1"],
        ["different", "drawing 'Summary'!N1:Q2"],
    ]


# -------------------------------------------------------------------------------------------------------------- charts


def test_a_chart_that_no_drawing_shows_is_not_there(document: Document, path: Path) -> None:
    """Its part may be in the file all the same."""
    Edit("xl/drawings/drawing5.xml", "<xdr:oneCellAnchor>.*</xdr:oneCellAnchor>", "").at(path)
    assert said(document, path) == [f"different: chart {TITLE}: expected as made, found nothing"]


def test_charts_of_other_kinds_and_without_names_are_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["x", "losses"])
    bars = BarChart()
    bars.add_data(Reference(sheet, min_col=2, min_row=1, max_row=4), titles_from_data=True)
    bars.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=4))
    sheet.add_chart(bars)
    book.create_chartsheet("alone").add_chart(BarChart())
    book.save(tmp_path / "bars.xlsx")
    found = surroundings(tmp_path / "bars.xlsx")
    (chart,) = found.sheets["Sheet"].charts
    assert (chart.kind, chart.curves[0][:3]) == ("barChart", ("'Sheet'!B1", "'Sheet'!A2:A4", "'Sheet'!B2:B4"))
    assert found.sheets["alone"] is None


def test_only_the_curve_itself_counts_whatever_the_prefix_and_the_dialect(path: Path, tmp_path: Path) -> None:
    space = "http://purl.oclc.org/ooxml/drawingml/chart"
    xml = (
        f'<k:chartSpace xmlns:k="{space}" xmlns:o="urn:other"><k:chart><k:plotArea><k:scatterChart><k:ser><k:idx val="0"/>'
        "<k:tx><k:v>typed</k:v></k:tx><k:errBars><k:plus><k:numRef><k:f>S!$Z$1</k:f></k:numRef></k:plus></k:errBars>"
        "<k:xVal><k:numRef><k:f>S!$A$1:\n$A$2 </k:f></k:numRef></k:xVal>"
        "<k:yVal><k:numRef><k:f>S!b$1:B2</k:f><k:numCache><k:pt idx='3'><k:v>1</k:v></k:pt></k:numCache></k:numRef></k:yVal>"
        "<o:yVal><o:numRef><o:f>S!$Y$1</o:f></o:numRef></o:yVal></k:ser></k:scatterChart></k:plotArea></k:chart></k:chartSpace>"
    )
    found = surroundings(edited(path, tmp_path / "k.xlsx", **{CHART: lambda _: xml.encode()}))
    (chart,) = found.sheets[RUN].charts
    (curve,) = chart.curves
    assert curve[:3] == ("", "'S'!A1:A2", "'S'!B1:B2")
    assert curve.added == "errBars"
    caches = {key[1:]: points for key, points in found.caches() if key[0] == RUN}
    assert caches == {(0, 0, "name"): None, (0, 0, "x"): None, (0, 0, "y"): [("3", "1")]}


def test_the_stored_points_of_charts_are_those_of_the_document(document: Document, path: Path) -> None:
    """Whether they are taken apart or not: points with a format of their own are."""
    plain = dict(surroundings(path).caches())
    for number in range(1, 9):
        Edit(f"xl/charts/chart{number}.xml", "<c:pt ", '<c:pt formatCode="0.0" ', everywhere=True).at(path)
    assert dict(surroundings(path).caches()) == plain
    for sheet in document.sheets:
        for number, chart in enumerate(sheet.charts):
            for index, series in enumerate(chart.series):
                assert plain[sheet.name, number, index, "name"] == [("0", series.name_text)]
                heights = [float(f"{value:.4e}") for value in series.y_values.tolist()]  # five digits
                for role, values in (("x", series.x_values.tolist()), ("y", heights)):
                    points = plain[sheet.name, number, index, role]
                    assert points is not None
                    assert [(int(place), float(text)) for place, text in points] == list(enumerate(values))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("'Checks'!$B$3", "Checks!B3"),
        ("'LR=0.1'!$X$8:$X$290", "'LR=0.1'!x8:X290"),
        ("Inputs!$B$6:$B$6", "'Inputs'!$B$6"),
    ],
)
def test_references_of_a_chart_that_mean_the_same_have_one_form(one: str, other: str) -> None:
    assert chart_reference(one) == chart_reference(other)


def test_references_that_are_different_stay_so() -> None:
    assert chart_reference("'a$b'!$A$1") == "'a$b'!A1"
    assert chart_reference("S!$A$1:$A$11") == "'S'!A1:A11"
    assert name_reference("S!$A$1") != name_reference("S!A1")


# -------------------------------------------------------------------------------------------------------- hostile files


@pytest.mark.parametrize(
    "what", ["defined names", "conditional formats", "notes", "links", "validations", "merged cells"]
)
def test_what_has_no_end_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    def refuse(kind: str, size: int, _: int | None = None) -> None:
        if kind == what and size > 2:
            raise package.DamagedWorkbook(f"it has more than 2 {kind}.")

    for module in ("", ".rules", ".notes_and_links"):
        monkeypatch.setattr(f"xlbackprop.xlsx.read.surroundings{module}.limited", refuse)
    with pytest.raises(InputError, match=f"more than 2 {what}"):
        surroundings(path)


def test_a_limit_is_one() -> None:
    xml_tools.limited("notes", xml_tools.MAX_ENTRIES)
    with pytest.raises(package.DamagedWorkbook, match="more than 20,000 notes"):
        xml_tools.limited("notes", xml_tools.MAX_ENTRIES + 1)


def test_a_name_that_stands_twice_is_refused(path: Path) -> None:
    literally(BOOK, 'name="weights"', 'name="Verdict"').at(path)
    with pytest.raises(InputError, match="two defined names 'verdict'"):
        surroundings(path)


def test_a_reference_without_end_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MAX_FORMULA", 3)
    with pytest.raises(InputError, match="characters"):
        surroundings(path)


@pytest.mark.parametrize(
    "edit",
    [
        literally(RUN, 'ref="A2"', 'ref=""'),
        literally(RUN, 'sqref="F3"', 'sqref="F0"'),
        literally("xl/comments5.xml", 'ref="A7"', 'ref="7"'),
        literally(SUMMARY, "<xdr:wsDr", "<xdr:wsDr " + " ".join(f'a{n}="1"' for n in range(9))),
        literally(SUMMARY, END, "<z>" * 500 + "</z>" * 500 + END),
        literally(SUMMARY, "<xdr:row>6</xdr:row>", "<xdr:row>-6</xdr:row>"),
        literally(RUN, 'width="7.3643" customWidth="1" min="6"', 'width="wide" customWidth="1" min="6"'),
        literally(BOOK, 'state="visible"', 'state="odd"'),
    ],
)
def test_odd_parts_are_read_or_refused(path: Path, edit: Edit) -> None:
    edit.at(path)
    with suppress(InputError):
        surroundings(path)


# ------------------------------------------------------------------------------------- settings that hide what is there


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (Edit("xl/workbook.xml", "<workbookPr", '<workbookPr showObjects="none"'), "charts and drawings are not shown"),
        (Edit("xl/workbook.xml", "<workbookView [^>]*/>", '<workbookView visibility="hidden"/>'), "its window is hidden"),
        (Edit("xl/workbook.xml", "<workbookView [^>]*/>", '<workbookView showSheetTabs="0"/>'), "names of its sheets"),
        (Edit("Summary", "<sheetFormatPr", '<sheetFormatPr zeroHeight="1"'), "rows without cells are hidden"),
        (Edit("Summary", 'defaultRowHeight="15"', 'defaultRowHeight="0"'), "of no size of their own"),
        (Edit("Summary", "<sheetFormatPr", '<sheetFormatPr defaultColWidth="0"'), "of no size of their own"),
        (Edit(RUN, "<sheetView ", '<sheetView showFormulas="1" '), "formulas are shown instead of values"),
        (Edit(RUN, "<sheetPr>", '<sheetPr enableFormatConditionsCalculation="0">'), "are not evaluated"),
        (Edit(RUN, "<sheetPr>", '<sheetPr transitionEvaluation="1">'), "Lotus"),
        (Edit(RUN, r'width="[\d.]+" customWidth="1" min="6"', 'width="0.9" customWidth="1" min="6"'), "columns F of"),
        (
            Edit(CHECKS, '<cfRule type="expression" priority="1"', '<cfRule type="expression" priority="0" stopIfTrue="1">'
                 r'<formula>TRUE</formula></cfRule><cfRule type="expression" priority="1"'),
            "what comes after it neither",
        ),
    ],
)  # fmt: skip
def test_a_setting_that_hides_or_turns_what_is_there_is_a_difference(
    document: Document, path: Path, edit: Edit, said: str
) -> None:
    edit.at(path)
    found = [str(each) for each in unlike(document, path) if each.weight is Weight.DIFFERENT]
    assert any(said in each for each in found), found


def test_a_chart_that_was_laid_over_the_verdict_is_a_difference(document: Document, path: Path) -> None:
    corner = r"<xdr:from><xdr:col>\d+</xdr:col>(.*?)<xdr:row>\d+</xdr:row>(.{0,400}?<xdr:graphicFrame)"
    Edit(SUMMARY, corner, r"<xdr:from><xdr:col>0</xdr:col>\1<xdr:row>0</xdr:row>\2").at(path)
    found = [str(each) for each in unlike(document, path) if each.weight is Weight.DIFFERENT]
    assert any("place of chart" in each for each in found), found


def test_a_helper_cell_that_a_program_gave_the_format_of_what_it_reads_is_no_difference(
    document: Document, path: Path
) -> None:
    """LibreOffice does that with text where it recalculates; a format that drops the sign is another matter."""
    plain = re.search(r'<c r="B9" s="(\d+)"', sheet_xml(path, RUN))
    helper = re.search(r'<c r="(V\d+)" s="(\d+)" t="str"><f>', sheet_xml(path, "Step by step"))
    assert plain is not None
    assert helper is not None
    Edit("Step by step", f'<c r="{helper[1]}" s="{helper[2]}"', f'<c r="{helper[1]}" s="{plain[1]}"').at(path)
    assert unlike(document, path) == []


def sheet_xml(path: Path, sheet: str) -> str:
    with zipfile.ZipFile(path) as package:
        return package.read(sheet_part(path, sheet)).decode()
