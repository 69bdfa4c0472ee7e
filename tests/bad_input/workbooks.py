"""Files that are no workbook of ours, how each is made from a sound one, and all that `verify` says of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from posixpath import normpath
from zipfile import ZIP_DEFLATED, ZipFile
from zlib import crc32

import openpyxl

Parts = dict[str, bytes]

NOT_XLSX = "it is not an .xlsx file. Save it as an Excel workbook (.xlsx)."
OLD = "it is an old .xls file, or it has a password. Save it as an Excel workbook (.xlsx)."
NO_LESSON = 'it has no sheet "Lesson" that holds a lesson, so it was not made by xlbackprop. Only its own workbooks can be verified.'
EMPTY = "it has no workbook in it. Save it as an Excel workbook (.xlsx)."
WHOLE = "Copy or download it once more, or save it anew in a spreadsheet program."
NEVER = "xlbackprop never makes such a workbook. Do not open it unless you know who made it; verify one without them."

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def parts_of(workbook: bytes) -> Parts:
    """Return the parts of a zip by name."""
    with ZipFile(BytesIO(workbook)) as package:
        return {name: package.read(name) for name in package.namelist()}


def zipped(parts: Parts) -> bytes:
    """Return a zip of parts."""
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return made.getvalue()


def relationship(kind: str, target: str, *more: str) -> str:
    """Return the XML of a relationship; `kind` is the last word of its type, or the whole of it."""
    whole = kind if "/" in kind else f"{OFFICE}/{kind}"
    return f'<Relationship Id="x{crc32(target.encode())}" Type="{whole}" Target="{target}" {" ".join(more)}/>'


def changed(part: str, old: str, new: str) -> Callable[[bytes], bytes]:
    """Return what changes a text in one part of a workbook, wherever it stands."""

    def change(workbook: bytes) -> bytes:
        parts = parts_of(workbook)
        assert re.search(old.encode(), parts[part]), (part, old)
        return zipped({**parts, part: re.sub(old.encode(), lambda _: new.encode(), parts[part])})

    return change


def related(kind: str, target: str, *more: str, content: bytes = b"<x/>") -> Callable[[bytes], bytes]:
    """Return what makes the workbook part refer to something more, and puts it into the file."""

    def change(workbook: bytes) -> bytes:
        parts = parts_of(
            changed(BOOK_LINKS, "</Relationships>", f"{relationship(kind, target, *more)}</Relationships>")(workbook)
        )
        return zipped(parts if more else {**parts, normpath(f"xl/{target}"): content})

    return change


def without(part: str) -> Callable[[bytes], bytes]:
    """Return what takes a part out."""
    return lambda workbook: zipped({name: content for name, content in parts_of(workbook).items() if name != part})


def formula(text: str) -> Callable[[bytes], bytes]:
    """Return what writes one more formula below the others of a sheet."""
    return changed(SHEET, "</sheetData>", f'<row r="2000"><c r="AZ2000"><f>{text}</f></c></row></sheetData>')


def _by_openpyxl(**cells: str) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "Lesson"
    for place, value in cells.items():
        book.active[place] = value
    made = BytesIO()
    book.save(made)
    return made.getvalue()


BOOK, BOOK_LINKS, SHEET, TEXTS = (
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/worksheets/sheet4.xml",
    "xl/sharedStrings.xml",
)
TYPES = "[Content_Types].xml"
ODS = zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"})
DOCX = zipped({
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}">{relationship("officeDocument", "word/document.xml")}</Relationships>'.encode(),
    "word/document.xml": b"<x/>",
})  # fmt: skip

# What is wrong; the file's bytes, or what makes them from a sound workbook; what is said.
WORKBOOKS: list[tuple[str, bytes | Callable[[bytes], bytes], str]] = [
    ("nothing", b"", NOT_XLSX),
    ("a text", b"hello", NOT_XLSX),
    ("a CSV file", b"a,b\n1,2\n", NOT_XLSX),
    ("a page of the web", b"<html><table><tr><td>1</td></tr></table></html>", NOT_XLSX),
    ("XML of Excel 2003", b'<?xml version="1.0"?><Workbook/>', NOT_XLSX),
    ("a PDF", b"%PDF-1.7", NOT_XLSX),
    ("an old workbook, or one with a password", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), OLD),
    ("half of it", lambda sound: sound[: len(sound) // 2], f"it is cut off or damaged. {WHOLE}"),
    ("all but its last byte", lambda sound: sound[:-1], f"it is cut off or damaged. {WHOLE}"),
    ("all but its first byte", lambda sound: sound[1:], f"it is damaged: its list of parts points outside of it. {WHOLE}"),
    ("an OpenDocument workbook", ODS, "it is an OpenDocument file (.ods). Save it as an Excel workbook (.xlsx)."),
    ("a document of Word", DOCX, EMPTY),
    ("an empty zip", b"PK\5\6" + bytes(18), EMPTY),
    ("another program's workbook", _by_openpyxl(A1="lecture 1"), NO_LESSON),
    ("a sheet Lesson without a lesson", _by_openpyxl(A4="fingerprint", A5="the lesson file"), "there is no lesson in it. xlbackprop new my-lesson.toml writes one."),
    ("its sheet Lesson renamed", changed(BOOK, 'name="Lesson"', 'name="Lessons"'), NO_LESSON),
    ("its sheet Lesson edited: no fingerprint", changed(TEXTS, ">fingerprint<", ">fingerprit<"), NO_LESSON),
    ("its sheet Lesson edited: a wrong word", changed(TEXTS, r'>optimizer = [^<]*<', '>optimizer = "Adm"<'), 'line 17, training.optimizer: there is no optimizer "Adm". Did you mean "Adam"?'),
    ("its sheet Lesson edited: no TOML", changed(TEXTS, r">\[training\]<", ">[training<"), "line 16, column 10: this is not TOML: the bracket of this table is not closed. For instance: [data] or [[runs]]"),
    ("its sheet Lesson edited: far more rows", changed(TEXTS, ">epochs = 3<", ">epochs = 30000<"), "the lesson it carries would fill 1,440,048 cells, and the workbook has 6,585. Its sheet Lesson does not belong to the other sheets."),
    ("no workbook part", without(BOOK), EMPTY),
    ("no list of types", without(TYPES), "its part [Content_Types].xml is missing."),
    ("no texts", without(TEXTS), "its part xl/sharedStrings.xml is missing."),
    ("no sheet", without(SHEET), "its part xl/worksheets/sheet4.xml is missing."),
    ("a document type", changed(BOOK, "<workbook", '<!DOCTYPE x [<!ENTITY a "b">]><workbook'), "it has a document type in its XML, which no workbook has."),
    ("broken XML", changed(BOOK, "</workbook>", "</workbok>"), "it is damaged: mismatched tag: line 1, column "),
    ("a word for a number", changed(SHEET, r"<v>0\.3</v>", "<v>one</v>"), "it has 'one' where a number should be."),
    ("a word for a row", changed(SHEET, '<row r="3"', '<row r="three"'), "it has a row 'three', which no sheet has."),
    ("a row that no sheet has", changed(SHEET, '<row r="3"', '<row r="99999999999"'), "it has a row '99999999999', which no sheet has."),
    ("a text counted from the end", changed(SHEET, r't="s"><v>[0-9]+</v>', 't="s"><v>-1</v>'), "it refers to a text number '-1' that it does not have."),
    ("a formula without end", formula("1+" * 9000 + "1"), "it has a formula of 18,001 characters."),
    ("a formula that is nested too deep", formula("(" * 129 + "1" + ")" * 129), "it has a formula with more than 128 brackets inside each other."),
    ("a formula of signs", formula("- " * 129 + "1"), "it has a formula with more than 128 signs before a number."),
    ("macros", related("http://schemas.microsoft.com/office/2006/relationships/vbaProject", "vbaProject.bin"), f"it holds macros (xl/vbaProject.bin). {NEVER}"),
    ("a macro-enabled workbook renamed", changed(TYPES, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main", "application/vnd.ms-excel.sheet.macroEnabled.main"), f"it holds macros (xl/workbook.xml). {NEVER}"),
    ("a macro sheet of an old Excel", related("http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet", "macrosheets/sheet1.xml"), f"it holds macros (xl/macrosheets/sheet1.xml). {NEVER}"),
    ("a link to another workbook", related("externalLink", "externalLinks/externalLink1.xml"), f"it holds links to other files or programs (xl/externalLinks/externalLink1.xml). {NEVER}"),
    ("a picture from elsewhere", related("image", "http://127.0.0.1:9/x.png", 'TargetMode="External"'), f"it holds links to other files or programs (http://127.0.0.1:9/x.png). {NEVER}"),
    ("an object of another program", related("oleObject", "embeddings/oleObject1.bin"), f"it holds objects of other programs (xl/embeddings/oleObject1.bin). {NEVER}"),
    ("an embedded package", related("package", "embeddings/a.docx"), f"it holds objects of other programs (xl/embeddings/a.docx). {NEVER}"),
    ("an ActiveX control", related("control", "activeX/activeX1.xml"), f"it holds objects of other programs (xl/activeX/activeX1.xml). {NEVER}"),
    ("a connection to a database", related("connections", "connections.xml"), f"it holds connections to data elsewhere (xl/connections.xml). {NEVER}"),
    ("DDE", formula("cmd|'/c calc'!A1"), f"it holds links to other files or programs (=cmd|'/c calc'!A1). {NEVER}"),
    ("DDE, its sign hidden", formula("cmd&#x7C;'/c calc'!A1"), f"it holds links to other files or programs (=cmd|'/c calc'!A1). {NEVER}"),
    ("DDE in a defined name", changed(BOOK, "<definedNames>", "<definedNames><definedName name=\"x\">cmd|'/c calc'!A1</definedName>"), f"it holds links to other files or programs (=cmd|'/c calc'!A1). {NEVER}"),
    ("a question to the web", formula('_xlfn.WEBSERVICE("http://127.0.0.1:9/x")'), f'it holds links to other files or programs (=_xlfn.WEBSERVICE("http://127.0.0.1:9/x")). {NEVER}'),
    ("a question to the web, its letters hidden", formula("_xlfn.WEB&#83;ERVICE(A1)"), f"it holds links to other files or programs (=_xlfn.WEBSERVICE(A1)). {NEVER}"),
    ("a library that is called", formula('CALL("kernel32","WinExec","JCJ","calc",0)'), f'it holds links to other files or programs (=CALL("kernel32","WinExec","JCJ","calc",0)). {NEVER}'),
    ("live data", formula('RTD("x.y",,"z")'), f'it holds links to other files or programs (=RTD("x.y",,"z")). {NEVER}'),
    ("a cell of another workbook", formula("[1]Sheet1!A1"), f"it holds links to other files or programs (=[1]Sheet1!A1). {NEVER}"),
    ("a cell of a file elsewhere", formula("'file:///etc/[passwd]Sheet1'!A1"), f"it holds links to other files or programs (='file:///etc/[passwd]Sheet1'!A1). {NEVER}"),
]  # fmt: skip
