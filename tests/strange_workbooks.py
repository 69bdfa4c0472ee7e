"""Workbooks as other programs write them: hand-written packages with whatever the format allows, and one by openpyxl."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

import openpyxl
from openpyxl.chart import LineChart, Reference
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName

OFFICE = "http://schemas.openxmlformats.org"
STRICT = "http://purl.oclc.org/ooxml"
NOTE = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shape id="_x0000_s1025" type="#_x0000_t202"'
    " style='visibility:hidden'><v:textbox><div style='text-align:left'>not quite XML: <br></div></v:textbox>"
    '<x:ClientData ObjectType="Note"><x:Anchor>1, 15, 0, 2, 3, 15, 4, 1</x:Anchor><x:Row>0</x:Row><x:Column>0</x:Column>'
    "</x:ClientData></v:shape></xml>\n"
)


def _parts(*, strict: bool, prefix: str, absolute: bool) -> dict[str, str]:
    """Return the parts of a workbook without shared texts, styles, or addresses of cells."""
    main = f"{STRICT}/spreadsheetml/main" if strict else f"{OFFICE}/spreadsheetml/2006/main"
    links = f"{STRICT}/officeDocument/relationships" if strict else f"{OFFICE}/officeDocument/2006/relationships"
    space = f'xmlns:{prefix}="{main}"' if prefix else f'xmlns="{main}"'
    p = f"{prefix}:" if prefix else ""
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    related = f'<Relationships xmlns="{OFFICE}/package/2006/relationships">'
    folder = "/xl/" if absolute else ""
    sheet = (
        f'<{p}worksheet {space} xmlns:mc="{OFFICE}/markup-compatibility/2006" xmlns:z9="urn:z9" mc:Ignorable="z9">'
        f"<!-- kept --><{p}sheetViews><{p}sheetView tabSelected='true' workbookViewId='0'/></{p}sheetViews>"
        f"<{p}sheetData><{p}row z9:odd='1'><{p}c><{p}f>1+1</{p}f><{p}v>2</{p}v></{p}c>"
        f'<{p}c t="inlineStr"><{p}is><{p}t>a &gt; b</{p}t></{p}is></{p}c></{p}row>'
        f'<{p}row r="4"><{p}c/><{p}c t="str"><{p}f>"x"&amp;B1</{p}f><{p}v>xa &gt; b</{p}v></{p}c></{p}row></{p}sheetData>'
        f'<{p}pageMargins left="0.7" right="0.7" top="0.7" bottom="0.7" header="0.3" footer="0.3"/></{p}worksheet>'
    )
    return {
        "[Content_Types].xml": (
            f'<?xml version="1.0"?><Types xmlns="{OFFICE}/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/>'
            f'<Override PartName="/xl/one.xml" ContentType="{kinds}.worksheet+xml"/></Types>'
        ),
        "_rels/.rels": f'{related}<Relationship Id="a" Type="{links}/officeDocument" Target="/xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": (
            f'<{p}workbook {space} xmlns:rel="{links}"><{p}sheets>'
            f'<{p}sheet name="feedback" sheetId="7" rel:id="rId2"/></{p}sheets></{p}workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'{related}<Relationship Id="rId2" Type="{links}/worksheet" Target="{folder}one.xml"/></Relationships>'
        ),
        "xl/one.xml": sheet,
    }


def _with_notes(parts: Mapping[str, str], *, boxes: bool) -> dict[str, str]:
    """Return the parts with a note of A1, with or without its box."""
    links, kinds = f"{OFFICE}/officeDocument/2006/relationships", "application/vnd.openxmlformats-officedocument"
    notes = (
        f'<comments xmlns="{OFFICE}/spreadsheetml/2006/main"><authors><author>Somebody</author></authors>'
        '<commentList><comment ref="A1" authorId="0"><text><t>their note</t></text></comment></commentList></comments>'
    )
    declared = f'<Override PartName="/xl/notes.xml" ContentType="{kinds}.spreadsheetml.comments+xml"/>'
    vml = f'<Default Extension="VML" ContentType="{kinds}.vmlDrawing"/>' if boxes else ""
    box = f'<Relationship Id="b" Type="{links}/vmlDrawing" Target="boxes.vml"/>' if boxes else ""
    reference = f'<legacyDrawing xmlns:q="{links}" q:id="b"/></worksheet>' if boxes else "</worksheet>"
    return {
        **parts,
        "[Content_Types].xml": parts["[Content_Types].xml"].replace("</Types>", f"{vml}{declared}</Types>"),
        "xl/one.xml": parts["xl/one.xml"].replace("</worksheet>", reference),
        "xl/_rels/one.xml.rels": (
            f'<Relationships xmlns="{OFFICE}/package/2006/relationships">{box}'
            f'<Relationship Id="rId1" Type="{links}/comments" Target="notes.xml"/></Relationships>'
        ),
        "xl/notes.xml": notes,
        **({"xl/boxes.vml": NOTE} if boxes else {}),
    }


_BARE = _parts(strict=False, prefix="", absolute=False)
PACKAGES = {
    "bare": _BARE,
    "strict": _parts(strict=True, prefix="", absolute=False),
    "prefixed": _parts(strict=False, prefix="x", absolute=True),
    "noted": _with_notes(_BARE, boxes=True),
    "noted without boxes": _with_notes(_BARE, boxes=False),
}


def written_package(name: str, path: Path) -> Path:
    """Write one of PACKAGES."""
    with ZipFile(path, "w") as archive:
        for part, xml in PACKAGES[name].items():
            archive.writestr(part, xml)
    return path


def by_openpyxl(path: Path) -> Path:
    """Write a workbook of two sheets with a chart, a note, number formats, and names of the workbook and of a sheet."""
    book = openpyxl.Workbook()
    one, two = book.active, book.create_sheet("It's two")
    for row in range(1, 6):
        one.append([row, f"=A{row}*2", "=not a formula"])
        one.cell(row, 2).number_format = "0.000%"
        two.cell(row, 1, f"=Sheet!B{row}").number_format = '0.0" units"'
    one["C1"].data_type = "s"
    one["B2"].comment = Comment("a note of theirs", "Somebody")
    chart = LineChart()
    chart.add_data(Reference(one, min_col=2, min_row=1, max_row=5))
    one.add_chart(chart, "E2")
    one.print_area, two.print_area = "A1:B5", "A1:A3"
    two.defined_names["here"] = DefinedName("here", attr_text="'It''s two'!$A$1")
    book.defined_names["there"] = DefinedName("there", attr_text="Sheet!$A$1")
    book.active = 1
    book.save(path)
    return path
