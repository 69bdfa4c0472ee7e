"""Exercises as somebody with bad intentions would hand them in, each made from a filled-in one."""

from __future__ import annotations

import stat
from collections.abc import Callable
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from tests.bad_input.workbooks import TEXTS, TYPES, changed, related, zipped
from tests.hostile import LAUGHS, WIDE, _before_root, _cells, many_entries, stored, thousands_of_sheets, with_entry

Make = Callable[[bytes], bytes]
EXERCISE = "xl/worksheets/sheet1.xml"
XLSM = "application/vnd.ms-excel.sheet.macroEnabled.main"
ODS = b"application/vnd.oasis.opendocument.spreadsheet"
MANIFEST = (
    b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    b'<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
    b'<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)
REPEATED = (
    b'<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    b' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2">'
    b'<office:body><office:spreadsheet><table:table table:name="Exercise">'
    b'<table:table-row table:number-rows-repeated="1000000"><table:table-cell table:number-columns-repeated="1000"'
    b' table:formula="of:=SUM([.$A$1:.$Z$1000000])+ROW()" office:value-type="float" office:value="1"/></table:table-row>'
    b"</table:table></office:spreadsheet></office:body></office:document-content>"
)


def rows(count: int, formula: Callable[[int], str], first: int = 2000) -> Make:
    """Return what writes a column of formulas below the exercise; `formula` returns that of a row."""
    return stored(
        EXERCISE,
        "</sheetData>",
        lambda: "".join(
            f'<row r="{row}"><c r="A{row}"><f>{formula(row)}</f></c></row>' for row in range(first, first + count)
        ),
    )


def _bomb(_: bytes) -> bytes:
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as package, package.open(EXERCISE, "w") as sheet:
        for _ in range(300):
            sheet.write(bytes(1_000_000))
    return made.getvalue()


def _zips_in_zips(_: bytes) -> bytes:
    """Return a zip of sixteen zips of sixteen zips and so on, which would unpack to petabytes."""
    content = zipped({"0": bytes(4_000_000)})
    for _ in range(5):
        content = zipped({f"{number}.zip": content for number in range(16)})
    return content


def _ods(**parts: bytes) -> Make:
    def make(_: bytes) -> bytes:
        made = BytesIO()
        with ZipFile(made, "w", ZIP_DEFLATED) as package:
            package.writestr("mimetype", ODS, 0)
            for name, content in parts.items():
                package.writestr(
                    name.replace("META_INF", "META-INF").replace("__", "/").replace("_xml", ".xml"), content
                )
        return made.getvalue()

    return make


# What is hostile, and what is said of it: "" where it may be marked or refused, as long as it does no harm.
FILES: dict[str, tuple[Make, str]] = {
    "a bomb": (_bomb, "packed 200 times or more"),
    "bombs in bombs": (_zips_in_zips, "it has no workbook in it"),
    "a billion laughs": (_before_root(EXERCISE, LAUGHS), "document type"),
    "a billion laughs in the texts": (_before_root(TEXTS, LAUGHS), "document type"),
    "products over whole areas": (rows(200_000, lambda row: f"SUMPRODUCT($A$1:$AZ$200000,$A$1:$AZ$200000)+A{row}*0"), ""),
    "sums of all above": (rows(100_000, lambda row: f"SUM(B$1:B{row})+SUMPRODUCT(A$2000:A{row - 1},B$2000:B{row - 1})"), ""),
    "a cell in the last corner": (changed(EXERCISE, "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'), ""),
    "cells far apart": (stored(EXERCISE, "</sheetData>", lambda: "".join(f'<row r="{r}"><c r="A{r}"><v>1</v></c><c r="XFD{r}"><v>1</v></c></row>' for r in range(2000, 1_000_000, 7))), ""),
    "a text that doubles": (rows(60, lambda row: 'REPT("a",30000)' if row == 2000 else f"A{row - 1}&amp;A{row - 1}"), ""),
    "texts of 32,767 signs": (rows(40_000, lambda row: f'LEN(REPT("ab{row}",4000))+LEN(REPT("x",32767)&amp;REPT("y",32767))'), ""),
    "formulas in a ring": (rows(20_000, lambda row: f"A{2000 + (row - 1999) % 20_000}+1"), ""),
    "3,000 sheets": (thousands_of_sheets, ""),
    "ten thousand parts": (many_entries, "it has 10,"),
    "brackets 8,000 deep": (rows(1, lambda _: "(" * 8_000 + "1" + ")" * 8_000), "more than 128 brackets"),
    "functions 120 deep": (rows(3_000, lambda _: "IF(1," * 120 + "1" + ",2)" * 120), ""),
    "a sequence without end": (rows(40, lambda _: "SUM(_xlfn.SEQUENCE(1048576,16384))"), ""),
    "a function that calls itself": (rows(1, lambda _: "_xlfn.REDUCE(0,_xlfn.SEQUENCE(1048576),_xlfn.LAMBDA(_xlpm.a,_xlpm.b,_xlpm.a+SUM(_xlfn.SEQUENCE(1048576))))"), ""),
    "an array of a thousand million": (rows(1, lambda _: "SUM(_xlfn.MAKEARRAY(1048576,1000,_xlfn.LAMBDA(_xlpm.r,_xlpm.c,_xlpm.r*_xlpm.c)))"), ""),
    "a call of the web": (rows(1, lambda _: 'WEBSERVICE("http://127.0.0.1:9/"&amp;A8)'), "links to other files or programs"),
    "a call of a program": (rows(1, lambda _: "cmd|'/c calc'!A0"), "links to other files or programs"),
    "a link to another workbook": (related("externalLink", "externalLinks/externalLink1.xml"), "links to other files or programs"),
    "macros, renamed": (changed(TYPES, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main", XLSM), "it holds macros"),
    "with a password": (lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5_000), "it has a password"),
    "cut off": (lambda sound: sound[: len(sound) // 2], "it is cut off or damaged"),
    "a link in the zip": (with_entry("xl/x", b"/etc/passwd", stat.S_IFLNK | 0o777), "it has a link to another file"),
    "a name that leads out": (with_entry("../../evil"), "which leads out of it"),
    "addresses in a loop": (rows(30_000, lambda row: f'INDIRECT("A"&amp;({row}+1))+SUM(OFFSET(A{row},1,0,30000,1))'), ""),
    "a shared formula over the whole sheet": (changed(EXERCISE, "</sheetData>", f'<row r="2000"><c r="A2000"><f t="shared" ref="{WIDE}" si="999">1+1</f></c></row></sheetData>'), ""),
    "an array formula over the whole sheet": (changed(EXERCISE, "</sheetData>", f'<row r="2000"><c r="A2000"><f t="array" ref="{WIDE}">ROW()</f></c></row></sheetData>'), "more than 1,000,000 cells"),
    "a hundred thousand shared formulas": (stored(EXERCISE, "</sheetData>", lambda: _cells(2000, 100, 990, lambda at, n: f'<c r="{at}"><f t="shared" si="{n}" ref="{at}">1</f></c>')), ""),
    "a bomb in an .ods file": (_ods(content_xml=b" " * 200_000_000), "100,000,000 bytes"),
    "macros in an .ods file": (_ods(Basic__x_xml=b"<a/>", content_xml=b"<a/>"), "it has macros"),
    "an .ods file that calls the web": (_ods(content_xml=b'<c table:formula="of:=WEBSERVICE(&quot;x&quot;)"/>'), "would fetch"),
    "an .ods file that repeats itself": (_ods(content_xml=REPEATED, META_INF__manifest_xml=MANIFEST), ""),
    "an .ods file of nothing": (_ods(content_xml=b"<a/>"), ""),
}  # fmt: skip
