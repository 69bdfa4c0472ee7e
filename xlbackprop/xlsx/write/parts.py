"""All parts of the file in their order: the shell by openpyxl with cells, charts, diagrams and pictures put in.

Some output of openpyxl is corrected here: time stamps, the order of a font's properties, absolute targets. And a table
of shared texts is added: openpyxl writes each text into its cell, which some readers do not expect.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from itertools import count

from xlbackprop.workbook import Document, Sheet
from xlbackprop.xlsx.write.cells import SharedStrings
from xlbackprop.xlsx.write.charts import chart_part
from xlbackprop.xlsx.write.drawings import drawing_part
from xlbackprop.xlsx.write.markup import DECLARATION, PACKAGE_RELATIONSHIPS, RELATIONSHIPS, tag, words
from xlbackprop.xlsx.write.notes import boxes_part, comments_part, has_notes
from xlbackprop.xlsx.write.rows import has_formulas, sheet_rows, used_range
from xlbackprop.xlsx.write.seal import STAMP_PART
from xlbackprop.xlsx.write.styles import StyleBook

PROGRAM = "xlbackprop"
ALWAYS = "2000-01-01T00:00:00Z"  # a fixed time, so that the same lesson always makes the same parts

CONTENT_TYPES, ROOT_RELATIONSHIPS = "[Content_Types].xml", "_rels/.rels"
WORKBOOK_RELATIONSHIPS = "xl/_rels/workbook.xml.rels"
STYLES, STRINGS = "xl/styles.xml", "xl/sharedStrings.xml"
CORE, APP = "docProps/core.xml", "docProps/app.xml"
_OPEN_XML = "application/vnd.openxmlformats-officedocument"
_REFERRED_TO = {"drawing": "drawing", "vmlDrawing": "legacyDrawing"}  # kinds that a sheet names, and by which element
_SHEET_DATA = re.compile(r"<sheetData\s*/>|<sheetData>.*</sheetData>", re.DOTALL)

Part = tuple[str, Iterable[str] | bytes]
Related = tuple[str, str]  # a kind of relationship and the part it leads to


def finished_parts(document: Document, shell: dict[str, bytes], styles: StyleBook) -> Iterator[Part]:
    """Yield every part but the seal's: its name, and its bytes, or its text in pieces that are made one by one."""
    strings = SharedStrings()
    numbered = dict(enumerate(document.sheets, 1))
    drawn = {number: sheet for number, sheet in numbered.items() if sheet.has_drawing}
    noted = {number: sheet for number, sheet in numbered.items() if has_notes(sheet)}
    sheet_parts = {_sheet_name(number): sheet for number, sheet in numbered.items()}
    yield CONTENT_TYPES, [_content_types(shell[CONTENT_TYPES].decode(), drawn, noted)]
    yield ROOT_RELATIONSHIPS, [_mended(ROOT_RELATIONSHIPS, shell[ROOT_RELATIONSHIPS].decode())]
    yield CORE, [_core_properties(document)]
    yield APP, [_with_company(shell[APP].decode(), document.institution)]
    for name in sorted(shell.keys() - sheet_parts.keys() - {CONTENT_TYPES, ROOT_RELATIONSHIPS, CORE, APP}):
        yield name, [_mended(name, shell[name].decode())]
    for number, (name, sheet) in enumerate(sheet_parts.items(), 1):
        related = [*_drawing_of(number, drawn), *_notes_of(number, noted)]
        yield name, _sheet_part(sheet, shell[name].decode(), styles, strings, related)
        if related:
            yield _relationships_of(name, related)
    yield from _drawing_parts(drawn, document.language)
    for number, sheet in noted.items():
        yield _boxes_name(number), [boxes_part(sheet, number)]
        yield _comments_name(number), [comments_part(sheet)]
    yield STRINGS, strings.part()  # last, when every text has been met


def _sheet_name(number: int) -> str:
    return f"xl/worksheets/sheet{number}.xml"


def _drawn_names(drawn: dict[int, Sheet]) -> dict[int, tuple[list[str], list[str]]]:
    """Return sheet number → (names of its chart parts, names of its picture parts); both are numbered workbook-wide."""
    charts, pictures = count(1), count(1)
    return {
        number: (
            [f"xl/charts/chart{next(charts)}.xml" for _ in sheet.charts],
            [f"xl/media/image{next(pictures)}.{picture.image.kind}" for picture in sheet.pictures],
        )
        for number, sheet in drawn.items()
    }


def _drawing_name(number: int) -> str:
    return f"xl/drawings/drawing{number}.xml"


def _drawing_of(number: int, drawn: dict[int, Sheet]) -> list[Related]:
    return [("drawing", _drawing_name(number))] if number in drawn else []


def _notes_of(number: int, noted: dict[int, Sheet]) -> list[Related]:
    return [("vmlDrawing", _boxes_name(number)), ("comments", _comments_name(number))] if number in noted else []


def _boxes_name(number: int) -> str:
    return f"xl/drawings/vmlDrawing{number}.vml"


def _comments_name(number: int) -> str:
    return f"xl/comments{number}.xml"


def _drawing_parts(drawn: dict[int, Sheet], language: str) -> Iterator[Part]:
    for number, (charts, pictures) in _drawn_names(drawn).items():
        sheet, drawing = drawn[number], _drawing_name(number)
        yield drawing, [drawing_part(sheet)]
        if charts or pictures:
            links = [*(("chart", name) for name in charts), *(("image", name) for name in pictures)]
            yield _relationships_of(drawing, links)
        for name, chart in zip(charts, sheet.charts, strict=True):
            yield name, [chart_part(chart, language)]
        for name, picture in zip(pictures, sheet.pictures, strict=True):
            yield name, picture.image.data


def _relationships_of(source: str, related: list[Related]) -> Part:
    """Return the part that lists the relationships of the part `source`, numbered rId1, rId2, …"""
    folder, file = posixpath.split(source)
    links = (
        tag("Relationship", Id=f"rId{n}", Type=f"{RELATIONSHIPS}/{kind}", Target=_relative(target, folder))
        for n, (kind, target) in enumerate(related, 1)
    )
    return f"{folder}/_rels/{file}.rels", [DECLARATION + tag("Relationships", *links, xmlns=PACKAGE_RELATIONSHIPS)]


def _sheet_part(
    sheet: Sheet, shell: str, styles: StyleBook, strings: SharedStrings, related: list[Related]
) -> Iterator[str]:
    found = _SHEET_DATA.search(shell)
    if found is None:
        raise ValueError("openpyxl wrote a sheet without <sheetData>")
    used = used_range(sheet)
    yield re.sub(r'<dimension ref="[^"]*"', f'<dimension ref="{used}"', shell[: found.start()], count=1)
    yield "<sheetData>"
    yield from sheet_rows(sheet, styles.number, strings)
    yield "</sheetData>"
    yield shell[found.end() :].removesuffix("</worksheet>")
    # The schema wants these in this order, after all that openpyxl writes here.
    yield _ignored_errors(used) if has_formulas(sheet) else ""
    for n, (kind, _) in enumerate(related, 1):
        if kind in _REFERRED_TO:
            yield tag(_REFERRED_TO[kind], **{"xmlns:r": RELATIONSHIPS, "r:id": f"rId{n}"})
    yield "</worksheet>"


def _ignored_errors(used: str) -> str:
    """Return the element by which Excel shows no green triangles in the used range.

    #NUM! is part of a lesson, and lines of the lesson file may look like numbers. A formula that differs from its
    neighbours is still marked: none of ours does, so it is one that somebody changed.
    """
    kinds = ("evalError", "numberStoredAsText", "formulaRange", "unlockedFormula", "emptyCellReference")
    return tag("ignoredErrors", tag("ignoredError", sqref=used, **dict.fromkeys(kinds, True)))


def _content_types(shell: str, drawn: dict[int, Sheet], noted: dict[int, Sheet]) -> str:
    parts = {
        STAMP_PART: f"{_OPEN_XML}.custom-properties+xml",
        STRINGS: f"{_OPEN_XML}.spreadsheetml.sharedStrings+xml",
    }
    for number, (charts, _) in _drawn_names(drawn).items():
        parts[_drawing_name(number)] = f"{_OPEN_XML}.drawing+xml"
        parts |= dict.fromkeys(charts, f"{_OPEN_XML}.drawingml.chart+xml")
    parts |= {_comments_name(number): f"{_OPEN_XML}.spreadsheetml.comments+xml" for number in noted}
    overrides = (tag("Override", PartName=f"/{name}", ContentType=kind) for name, kind in parts.items())
    kinds = {"vml": f"{_OPEN_XML}.vmlDrawing"} if noted else {}
    kinds |= {
        picture.image.kind: f"image/{picture.image.kind}" for sheet in drawn.values() for picture in sheet.pictures
    }
    defaults = (tag("Default", Extension=ending, ContentType=kind) for ending, kind in sorted(kinds.items()))
    return shell.replace("</Types>", "".join((*defaults, *overrides)) + "</Types>")


def _mended(name: str, text: str) -> str:
    if name == STYLES:
        return _ordered_fonts(text)
    if name == ROOT_RELATIONSHIPS:
        text = _with_relationship(text, "rIdStamp", "custom-properties", STAMP_PART)
    if name == WORKBOOK_RELATIONSHIPS:
        text = _with_relationship(text, "rIdStrings", "sharedStrings", "/" + STRINGS)
    return _relative_targets(name, text) if name.endswith(".rels") else text


def _with_relationship(text: str, number: str, kind: str, target: str) -> str:
    added = tag("Relationship", Id=number, Type=f"{RELATIONSHIPS}/{kind}", Target=target)
    return text.replace("</Relationships>", added + "</Relationships>")


def _relative_targets(name: str, text: str) -> str:
    """Return a list of relationships with relative targets; some readers do not understand absolute ones."""
    folder = posixpath.dirname(posixpath.dirname(name))
    return re.sub(r'Target="/([^"]*)"', lambda found: f'Target="{_relative(found[1], folder)}"', text)


def _relative(part: str, folder: str) -> str:
    """Return the path of a part relative to a folder of the package: "../charts/chart1.xml" from "xl/drawings"."""
    return posixpath.relpath(f"/{part}", f"/{folder}")


_FONT_ORDER = (  # as in the schema
    *("b", "i", "strike", "condense", "extend", "outline", "shadow", "u"),
    *("vertAlign", "sz", "color", "name", "family", "charset", "scheme"),
)


def _ordered_fonts(styles: str) -> str:
    def ordered(font: re.Match[str]) -> str:
        properties = re.findall(r"<(\w+)[^>]*/>", font[1]), re.findall(r"<\w+[^>]*/>", font[1])
        pairs = sorted(zip(*properties, strict=True), key=lambda pair: _FONT_ORDER.index(pair[0]))
        return f"<font>{''.join(text for _, text in pairs)}</font>"

    return re.sub(r"<font>(.*?)</font>", ordered, styles, flags=re.DOTALL)


def _with_company(app: str, institution: str) -> str:
    company = words("Company", institution) if institution else ""
    return app.replace("</Properties>", company + "</Properties>")


def _core_properties(document: Document) -> str:
    dublin_core, terms = "http://purl.org/dc/elements/1.1/", "http://purl.org/dc/terms/"
    core = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
    instance = "http://www.w3.org/2001/XMLSchema-instance"
    moment = {"xsi:type": "dcterms:W3CDTF"}
    return DECLARATION + tag(
        "cp:coreProperties",
        words("dc:title", document.title),
        words("dc:creator", document.author or PROGRAM),
        words("dc:description", document.description),
        words("dc:language", document.language),
        words("cp:lastModifiedBy", PROGRAM),
        words("dcterms:created", ALWAYS, **moment),
        words("dcterms:modified", ALWAYS, **moment),
        **{"xmlns:cp": core, "xmlns:dc": dublin_core, "xmlns:dcterms": terms, "xmlns:xsi": instance},
    )
