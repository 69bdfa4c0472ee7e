"""Faults to plant into one sound small workbook: edits of its zip and its XML, each with who must see it.

`rule` is the rule of our own lint that sees the fault, `others` the validators that do. Where neither is told, nobody
that we know sees it: a known gap, kept here so that it is not forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, TypeAlias
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import DEFUSEDXML

from tests.xlsx_sample import sample
from xlbackprop.workbook.document import Document, Sheet

Parts: TypeAlias = list[tuple[str, bytes]]  # in the order of the zip; a name may come twice
Change: TypeAlias = Callable[[Parts], Parts]

SDK, STRICT, OPENPYXL, CALAMINE = "Open XML SDK", "strict formualizer", "openpyxl", "calamine"
OTHERS = (SDK, STRICT, OPENPYXL, CALAMINE)
# openpyxl refuses a document type only where defusedxml is installed beside it
GUARDED = (OPENPYXL,) if DEFUSEDXML else ()

TYPES, BOOK, BOOK_LINKS = "[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
STYLES, TEXTS, CORE = "xl/styles.xml", "xl/sharedStrings.xml", "docProps/core.xml"
SUMMARY, INPUTS, RUN = (f"xl/worksheets/sheet{number}.xml" for number in (1, 2, 3))
SUMMARY_LINKS = "xl/worksheets/_rels/sheet1.xml.rels"
DRAWING, DRAWING_LINKS, CHART = (
    "xl/drawings/drawing1.xml",
    "xl/drawings/_rels/drawing1.xml.rels",
    "xl/charts/chart1.xml",
)
NOTES, BOXES = "xl/comments3.xml", "xl/drawings/vmlDrawing3.vml"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


class Fault(NamedTuple):
    name: str
    change: Change
    rule: str
    others: frozenset[str]


def sound_document() -> Document:
    """The sample with notes at the headers of its first run."""
    made = sample(rows=4)
    return replace(made, sheets=tuple(_noted(sheet) if sheet.name == "LR=0.01" else sheet for sheet in made.sheets))


def _noted(sheet: Sheet) -> Sheet:
    (table,) = sheet.tables
    columns = tuple(replace(column, note=f"{column.header}: why.") for column in table.columns[:3])
    return replace(sheet, tables=(replace(table, columns=columns + table.columns[3:]),))


def plant(sound: Path, fault: Fault, target: Path) -> None:
    """Write a copy of a workbook with the fault in it."""
    with ZipFile(sound) as package:
        parts = [(name, package.read(name)) for name in package.namelist()]
    changed = fault.change(parts)
    assert changed != parts, f"{fault.name}: the edit changes nothing"
    with ZipFile(target, "w", ZIP_DEFLATED) as package:
        for name, content in changed:
            package.writestr(name, content)


# ------------------------------------------------------------------------------------------------------------- edits


def put(part: str, old: str, new: str) -> Change:
    """Put a text in the place of the first that is there."""

    def change(parts: Parts) -> Parts:
        assert any(name == part and old in content.decode() for name, content in parts), (part, old)
        return [(n, c.decode().replace(old, new, 1).encode()) if n == part else (n, c) for n, c in parts]

    return change


def pattern(part: str, old: str, new: str) -> Change:
    """The same with a regular expression."""

    def change(parts: Parts) -> Parts:
        return [
            (n, re.sub(old, new, c.decode(), count=1, flags=re.DOTALL).encode()) if n == part else (n, c)
            for n, c in parts
        ]

    return change


def without(part: str) -> Change:
    return lambda parts: [(name, content) for name, content in parts if name != part]


def added(part: str, content: str) -> Change:
    return lambda parts: [*parts, (part, content.encode())]


def twice(part: str) -> Change:
    return lambda parts: [*parts, *((name, content) for name, content in parts if name == part)]


def both(*changes: Change) -> Change:
    def change(parts: Parts) -> Parts:
        for one in changes:
            parts = one(parts)
        return parts

    return change


def link(part: str, kind: str, target: str, mode: str = "") -> Change:
    line = f'<Relationship Id="rId77" Type="{RELATIONS}/{kind}" Target="{target}"{mode}/></Relationships>'
    return put(part, "</Relationships>", line)


def typed(part: str, content_type: str) -> Change:
    return put(TYPES, "</Types>", f'<Override PartName="/{part}" ContentType="{content_type}"/></Types>')


def formula(text: str) -> Change:
    """Put a formula into a loose cell of the first run."""
    return put(RUN, "<f>2*$B$3</f>", f"<f>{text}</f>")


def defined(name: str, text: str = "'Inputs'!$B$3", more: str = "") -> Change:
    line = f'<definedName name="{name}"{more}>{text}</definedName></definedNames>'
    return put(BOOK, "</definedNames>", line)


_FIRST_CELL = '<c r="B3" s="41"><v>0.30000000000000004</v></c>'
_LIST = (
    '<dataValidation sqref="A12" type="list" allowBlank="1"><formula1>{}</formula1></dataValidation></dataValidations>'
)
_WORKSHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>'
_WORKSHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"


def cell(new: str) -> Change:
    """Put something else in the place of the first number of Inputs."""
    return put(INPUTS, _FIRST_CELL, new)


def fault(name: str, change: Change, rule: str = "", *others: str) -> Fault:
    return Fault(name, change, rule, frozenset(others))


# ------------------------------------------------------------------------------------------------------------ the table

PACKAGE_FAULTS = (
    fault("a sheet that ends too early", put(INPUTS, "</worksheet>", ""), "parts_can_be_read", SDK, STRICT, OPENPYXL),
    fault("a document type", put(CORE, "<cp:core", '<!DOCTYPE a [<!ENTITY x "y">]><cp:core'), "parts_can_be_read", *GUARDED),
    fault("a part that is there twice", twice(INPUTS), "parts_are_there_once", SDK, STRICT),
    fault("a part without any type", pattern(TYPES, r'<Default Extension="vml"[^>]*/>', ""), "parts_have_types", SDK, STRICT),
    fault("a type for a part that is not there", typed("xl/absent.xml", "text/xml"), "parts_have_types"),
    fault("a sheet that is plain XML by its type", pattern(TYPES, r'<Override PartName="/xl/worksheets/sheet2.xml"[^>]*/>', ""), "types_fit_the_links", SDK, STRICT),
    fault("styles that have the type of a theme", put(TYPES, "spreadsheetml.styles+xml", "theme+xml"), "types_fit_the_links", SDK, STRICT),
    fault("a chart that is missing", without(CHART), "links_lead_to_parts", SDK, OPENPYXL),
    fault("a relationship that leads to nothing", put(SUMMARY_LINKS, "drawing1.xml", "drawing9.xml"), "links_lead_to_parts", SDK, OPENPYXL),
    fault("an absolute target", put(SUMMARY_LINKS, "../drawings/drawing1.xml", "/xl/drawings/drawing1.xml"), "links_lead_to_parts"),
    fault("two relationships of one id", put(DRAWING_LINKS, '"rId2"', '"rId1"'), "links_lead_to_parts", SDK, OPENPYXL),
    fault("a drawing by an id that is not there", pattern(SUMMARY, r'(<drawing [^>]*)r:id="rId1"', r'\1r:id="rId9"'), "ids_have_links", SDK),
    fault("a drawing that the sheet does not show", pattern(SUMMARY, r"<drawing [^>]*/>", ""), "links_are_used"),
    fault("a part to which nothing refers", both(added("xl/worksheets/sheet99.xml", _WORKSHEET), typed("xl/worksheets/sheet99.xml", _WORKSHEET_TYPE)), "parts_are_reached"),
    fault("a link to another workbook", link(BOOK_LINKS, "externalLinkPath", "file:///other.xlsx", ' TargetMode="External"'), "nothing_runs_or_reaches_out"),
    fault("macros", both(added("xl/vbaProject.bin", "x"), typed("xl/vbaProject.bin", "application/vnd.ms-office.vbaProject"), link(BOOK_LINKS, "vbaProject", "vbaProject.bin")), "nothing_runs_or_reaches_out"),
    fault("a date that is none in the properties", pattern(CORE, r"2000-01-01T00:00:00Z", "yesterday"), "", OPENPYXL),
)  # fmt: skip

BOOK_FAULTS = (
    fault("a sheet name of 32 characters", put(BOOK, 'name="Summary"', f'name="{"x" * 32}"'), "sheet_names_are_legal", SDK, OPENPYXL),
    fault("a sheet name with a slash", put(BOOK, 'name="Summary"', 'name="a/b"'), "sheet_names_are_legal", SDK, OPENPYXL),
    fault("the sheet name that Excel keeps", put(BOOK, 'name="Summary"', 'name="History"'), "sheet_names_are_legal"),
    fault("two sheets of one name", put(BOOK, 'name="LR=0.02"', 'name="lr=0.01"'), "sheet_names_are_legal", SDK, STRICT, OPENPYXL),
    fault("two sheets of one number", put(BOOK, 'sheetId="2"', 'sheetId="1"'), "sheets_are_told_apart", SDK, STRICT),
    fault("two sheets of one part", put(BOOK, 'r:id="rId2"', 'r:id="rId1"'), "sheets_are_told_apart", STRICT),
    fault("a first sheet that is not there", put(BOOK, 'activeTab="0"', 'activeTab="99"'), "sheets_are_told_apart"),
    fault("a name that is defined twice", defined("FIRST_W"), "defined_names_are_legal", STRICT),
    fault("a name that looks like a cell", defined("w1"), "defined_names_are_legal"),
    fault("a name that looks like R1C1", defined("r2c3"), "defined_names_are_legal"),
    fault("a name with a space", defined("first w"), "defined_names_are_legal"),
    fault("a name of a sheet that is not there", defined("far", more=' localSheetId="99"'), "defined_names_are_legal", STRICT, OPENPYXL),
    fault("a name that stands for nothing", defined("empty", ""), "defined_names_are_legal", STRICT),
    fault("a name for a sheet that is not there", defined("lost", "'Gone'!$A$1"), "references_lead_to_sheets"),
    fault("a name for cells that are gone", defined("lost", "'Inputs'!#REF!"), "references_lead_to_sheets"),
    fault("a count that is not true", pattern(STYLES, r'<cellXfs count="\d+"', '<cellXfs count="3"'), "counts_are_true"),
    fault("a count of texts that is not true", pattern(TEXTS, r'uniqueCount="\d+"', 'uniqueCount="3"'), "counts_are_true"),
    fault("the children of a font in another order", pattern(STYLES, r'(<sz val="18" />)(<color rgb="\w+" />)(<name [^>]*/>)', r"\3\1\2"), "", SDK),
    fault("a list that is spelled otherwise", both(put(STYLES, "<cellXfs", "<cellxfs"), put(STYLES, "</cellXfs>", "</cellxfs>")), "cell_styles_are_there", SDK, OPENPYXL),
    fault("a font that is not there", put(STYLES, 'fontId="1"', 'fontId="99"'), "styles_refer_to_what_is_there"),
    fault("a fill that is not there", put(STYLES, 'fillId="2"', 'fillId="99"'), "styles_refer_to_what_is_there"),
    fault("a border that is not there", put(STYLES, 'borderId="1"', 'borderId="99"'), "styles_refer_to_what_is_there"),
    fault("a number format that is not there", pattern(STYLES, r'<xf numFmtId="16\d"', '<xf numFmtId="999"'), "styles_refer_to_what_is_there"),
    fault("a base style that is not there", put(STYLES, 'xfId="0"', 'xfId="9"'), "styles_refer_to_what_is_there", SDK),
    fault("a number format with an open quote", put(STYLES, 'formatCode="0.0000"', 'formatCode="0&quot;x"'), "number_formats_are_legal"),
    fault("a number format of five sections", put(STYLES, 'formatCode="0.0000"', 'formatCode="0;0;0;0;0"'), "number_formats_are_legal"),
    fault("a colour that is none", put(STYLES, 'rgb="FF1F2933"', 'rgb="blue"'), "", SDK, OPENPYXL),
    fault("a cell of a style that is not there", cell(_FIRST_CELL.replace('"41"', '"999"')), "cell_styles_are_there", SDK, OPENPYXL),
    fault("a conditional look that is not there", put(RUN, 'dxfId="1"', 'dxfId="99"'), "conditional_styles_are_there", OPENPYXL),
    fault("a text that is not there", put(RUN, "<v>41</v>", "<v>999</v>"), "shared_texts_are_there", STRICT, OPENPYXL, CALAMINE),
    fault("a text that is too long", put(TEXTS, "merged", "x" * 32_768), "shared_texts_are_there"),
)  # fmt: skip

CELL_FAULTS = (
    fault("a cell that is there twice", cell(_FIRST_CELL * 2), "cells_stand_in_order", STRICT, OPENPYXL, CALAMINE),
    fault("cells out of order", cell('<c r="C3"><v>1</v></c>' + _FIRST_CELL), "cells_stand_in_order", STRICT),
    fault("rows out of order", put(INPUTS, '<row r="12">', '<row r="14"><c r="A14"><v>1</v></c></row><row r="12">'), "cells_stand_in_order", STRICT),
    fault("a cell in another row", cell(_FIRST_CELL.replace('"B3"', '"B4"')), "cells_stand_in_order", STRICT, OPENPYXL, CALAMINE),
    fault("a cell beyond the last column", cell(_FIRST_CELL + '<c r="XFE3"><v>1</v></c>'), "cells_stand_in_order", STRICT),
    fault("a row that is too high", put(INPUTS, 'ht="30"', 'ht="1000"'), "cells_stand_in_order"),
    fault("a number that is a word", cell(_FIRST_CELL.replace("0.30000000000000004", "three")), "values_are_of_their_kind", STRICT, OPENPYXL),
    fault("a number that is infinite", cell(_FIRST_CELL.replace("0.30000000000000004", "INF")), "values_are_of_their_kind", STRICT, OPENPYXL),
    fault("a truth value that is a word", put(INPUTS, "<f>1+1=2</f><v>1</v>", "<f>1+1=2</f><v>yes</v>"), "values_are_of_their_kind", SDK, OPENPYXL, CALAMINE),
    fault("a kind of value that is not known", cell(_FIRST_CELL.replace('r="B3"', 'r="B3" t="x"')), "values_are_of_their_kind", SDK, STRICT, CALAMINE),
    fault("an error that Excel does not know", put(INPUTS, "<v>#NUM!</v>", "<v>#OOPS!</v>"), "values_are_of_their_kind", CALAMINE),
    fault("an error that is stored as a text", put(INPUTS, ' t="e"><f>EXP', ' t="str"><f>EXP'), "values_are_of_their_kind"),
    fault("a formula without its value", put(RUN, "<f>2*$B$3</f><v>0.02</v>", "<f>2*$B$3</f>"), "formulas_have_values"),
    fault("a formula with a wrong value", put(RUN, "<f>2*$B$3</f><v>0.02</v>", "<f>2*$B$3</f><v>0.03</v>")),
    fault("a dimension that is too small", put(RUN, '<dimension ref="A1:I11" />', '<dimension ref="A1:B3" />'), "the_dimension_covers_the_cells", STRICT),
    fault("a range beyond the last row", put(RUN, 'sqref="C8:C11"', 'sqref="C8:C1048577"'), "ranges_are_on_the_sheet", OPENPYXL),
    fault("merged cells that overlap", put(INPUTS, '<mergeCell ref="D3:F4" />', '<mergeCell ref="D3:F4" /><mergeCell ref="F4:G5" />'), "merged_cells_do_not_overlap"),
    fault("columns that are told twice", put(RUN, 'min="2" max="2"', 'min="2" max="3"'), "columns_are_told_once"),
    fault("a column that is too wide", put(RUN, 'width="11.7143"', 'width="300"'), "columns_are_told_once", SDK),
    fault("a menu of 300 characters", put(INPUTS, "</dataValidations>", _LIST.format('"' + "x" * 300 + '"')), "menus_and_messages_are_short"),
    fault("a message of 300 characters", put(INPUTS, "A number, please.", "x" * 300), "menus_and_messages_are_short"),
    fault("a title of 40 characters", put(INPUTS, 'errorTitle="Whole"', f'errorTitle="{"x" * 40}"'), "menus_and_messages_are_short", SDK),
    fault("a menu without entries", put(INPUTS, "</dataValidations>", _LIST.format("")), "menus_and_messages_are_short", STRICT),
    fault("two conditions of one rank", put(RUN, 'priority="2"', 'priority="1"'), "conditions_are_told_apart"),
    fault("a condition without its formula", put(RUN, "<formula>C8&gt;7</formula>", ""), "conditions_are_told_apart"),
    fault("a link to a sheet that is not there", put(INPUTS, "location=\"'LR=0.1'!A1\"", "location=\"'Gone'!A1\""), "jumps_lead_somewhere"),
    fault("a link to nothing", put(INPUTS, "location=\"'LR=0.1'!A1\"", ""), "jumps_lead_somewhere"),
    fault("a footer of 300 characters", pattern(RUN, "<oddFooter>.*?</oddFooter>", f"<oddFooter>{'x' * 300}</oddFooter>"), "headers_and_footers_are_short", OPENPYXL),
    fault("the margins before the menus", pattern(INPUTS, r"(<dataValidations.*</dataValidations>)(.*)(<pageMargins [^>]*/>)", r"\3\1\2"), "", SDK),
)  # fmt: skip

FORMULA_FAULTS = (
    fault("a formula with a sign before it", formula("=2*$B$3"), "formulas_are_written_without_a_sign", STRICT),
    fault("a formula that is empty", formula(""), "formulas_are_written_without_a_sign", STRICT),
    fault("a formula that is too long", formula("+".join(["$B$3"] * 1_700)), "formulas_are_not_too_long", STRICT),
    fault("a formula that is nested too deep", formula("ABS(" * 65 + "1" + ")" * 65), "formulas_are_not_too_long"),
    fault("a formula that is not closed", formula("SUM(1,2"), "formulas_close_what_they_open", STRICT),
    fault("a formula that lacks an operand", formula("1+*2"), "formulas_close_what_they_open", STRICT),
    fault("a condition that lacks an operand", put(RUN, "C8&gt;7", "C8&gt;"), "formulas_close_what_they_open", STRICT),
    fault("two numbers side by side", formula("1 2"), "", STRICT),
    fault("a function of too many arguments", formula("SIN(1,2)"), "functions_have_their_arguments"),
    fault("a function that is not known", formula("NOSUCH(1)"), "", STRICT),
    fault("a formula to a sheet that is not there", formula("'Gone'!$A$1"), "references_lead_to_sheets", STRICT),
    fault("a formula to another workbook", formula("[1]Data!$A$1"), "references_lead_to_sheets", STRICT),
    fault("a formula to another program", formula("cmd|'/c calc'!A0"), "references_lead_to_sheets", STRICT),
    fault("a curve of a sheet that is not there", put(CHART, "'LR=0.01'!$A$8", "'Gone'!$A$8"), "references_lead_to_sheets"),
    fault("a newer function without its prefix", formula("IFNA($B$3,0)"), "newer_functions_have_their_prefix"),
    fault("a shared formula of two ranges", put(RUN, 'si="1003" t="shared" ref=', 'si="1002" t="shared" ref='), "shared_formulas_are_whole", STRICT),
    fault("a shared range that is too small", put(RUN, 'ref="C8:C11"', 'ref="C8:C10"'), "shared_formulas_are_whole", STRICT),
    fault("a shared formula without its first cell", put(RUN, '<f si="1002" t="shared"/>', '<f si="999" t="shared"/>'), "shared_formulas_are_whole", STRICT),
    fault("a shared range that is none", put(RUN, 'ref="C8:C11"', 'ref="C8:C"'), "shared_formulas_are_whole", STRICT),
    fault("a shared formula to another sheet", put(RUN, "(B8-$B$5)^2", "(B8-'Inputs'!$B$4)^2"), "shared_formulas_stay_on_their_sheet"),
    fault("a shared formula with an array constant", put(RUN, "(B8-$B$5)^2", "(B8-SUM({1,2}))^2"), "shared_formulas_stay_on_their_sheet"),
)  # fmt: skip

DRAWING_FAULTS = (
    fault("a drawing below the last row", put(DRAWING, "<xdr:row>3</xdr:row>", "<xdr:row>1048576</xdr:row>"), "drawings_lie_on_the_sheet"),
    fault("a drawing of a negative size", pattern(DRAWING, r'<xdr:ext cx="\d+"', '<xdr:ext cx="-5"'), "drawings_lie_on_the_sheet", SDK),
    fault("two drawn things of one number", put(DRAWING, 'id="3"', 'id="2"'), "drawn_things_have_their_own_number", SDK),
    fault("a curve with more points than it says", put(CHART, '<c:ptCount val="4"/>', '<c:ptCount val="2"/>'), "charts_keep_what_they_count"),
    fault("two curves of one number", put(CHART, '<c:idx val="1"/>', '<c:idx val="0"/>'), "charts_keep_what_they_count"),
    fault("an axis that is not there", pattern(CHART, r'<c:crossAx val="\d+"/>', '<c:crossAx val="77"/>'), "chart_axes_meet"),
    fault("a note without its box", pattern(BOXES, r"<x:Row>6</x:Row><x:Column>1</x:Column>", "<x:Row>6</x:Row><x:Column>7</x:Column>"), "notes_have_their_boxes"),
    fault("two notes of one cell", put(NOTES, 'ref="B7"', 'ref="A7"'), "notes_have_their_boxes"),
    fault("a note of an author who is not there", put(NOTES, 'authorId="0"', 'authorId="5"'), "notes_have_their_boxes", OPENPYXL),
    fault("notes whose boxes are not shown", pattern(RUN, r"<legacyDrawing [^>]*/>", ""), "links_are_used"),
)  # fmt: skip

FAULTS = (*PACKAGE_FAULTS, *BOOK_FAULTS, *CELL_FAULTS, *FORMULA_FAULTS, *DRAWING_FAULTS)
