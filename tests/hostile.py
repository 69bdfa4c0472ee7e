"""Workbooks as somebody with bad intentions would make them, each from a sound one."""

from __future__ import annotations

import re
import stat
import struct
from collections.abc import Callable
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from tests.bad_input.workbooks import (
    BOOK,
    BOOK_LINKS,
    OFFICE,
    PACKAGE,
    SHEET,
    TEXTS,
    TYPES,
    changed,
    formula,
    parts_of,
    related,
    relationship,
    zipped,
)
from xlbackprop.workbook import column_letters

Make = Callable[[bytes], bytes]


# --------------------------------------------------------------------------------------------------------- the zip


def with_entry(name: str, content: bytes = b"<x/>", attributes: int = 0, kind: int = ZIP_DEFLATED) -> Make:
    """Return what puts one more entry into the zip."""

    def change(workbook: bytes) -> bytes:
        entry = ZipInfo(name)
        entry.external_attr, entry.compress_type = attributes << 16, kind
        made = BytesIO(workbook)
        with ZipFile(made, "a") as package:
            package.writestr(entry, content)
        return made.getvalue()

    return change


def bomb(workbook: bytes) -> bytes:
    """Put 60 million zeros into a sheet."""
    made = BytesIO(zipped({name: content for name, content in parts_of(workbook).items() if name != SHEET}))
    with ZipFile(made, "a", ZIP_DEFLATED, compresslevel=1) as package, package.open(SHEET, "w") as sheet:
        for _ in range(60):
            sheet.write(bytes(1_000_000))
    return made.getvalue()


def many_entries(workbook: bytes) -> bytes:
    return zipped(parts_of(workbook) | {f"xl/x{number}.xml": b"" for number in range(10_001)})


def overlapping(workbook: bytes) -> bytes:
    """Let the list of parts name the same packed bytes again and again, as a bomb of some kilobytes does."""
    made = BytesIO(with_entry("xl/big.xml", b"<x>" + b"0123456789" * 90_000 + b"</x>")(workbook))
    package = ZipFile(made, "a")
    big = package.getinfo("xl/big.xml")
    for number in range(500):
        again = ZipInfo(f"xl/big{number}.xml")
        again.header_offset, again.CRC, again.compress_type = big.header_offset, big.CRC, big.compress_type
        again.compress_size, again.file_size = big.compress_size, big.file_size
        package.filelist.append(again)
    package._didModify = True  # type: ignore[attr-defined] -- no other way to write such a list
    package.close()
    return made.getvalue()


def _lying(size: int) -> Make:
    """Return what makes the list of parts tell another size of the sheet than its bytes unpack to."""

    def change(workbook: bytes) -> bytes:
        made = bytearray(zipped(parts_of(workbook)))
        entry = made.rindex(SHEET.encode()) - 46
        assert made[entry : entry + 4] == b"PK\1\2"
        made[entry + 24 : entry + 28] = struct.pack("<I", size)
        return bytes(made)

    return change


def stored(part: str, end: str, xml: Callable[[], str]) -> Make:
    """Return what writes something before the last `end` of a part, which is not packed: much of the same is refused."""

    def change(workbook: bytes) -> bytes:
        parts = parts_of(workbook)
        content = parts.pop(part).decode()
        place = content.rindex(end)
        made = BytesIO(zipped(parts))
        with ZipFile(made, "a", ZIP_STORED) as package:
            package.writestr(part, f"{content[:place]}{xml()}{content[place:]}")
        return made.getvalue()

    return change


def _cells(first_row: int, rows: int, columns: int, cell: Callable[[str, int], str]) -> str:
    """Return the XML of rows; `cell` makes what is in a cell's tag and the cell, of its address and its number."""
    letters = [column_letters(column) for column in range(1, columns + 1)]
    return "".join(
        f'<row r="{row}">{"".join(cell(f"{letter}{row}", row * columns + n) for n, letter in enumerate(letters))}</row>'
        for row in range(first_row, first_row + rows)
    )


def _attributes(first: int, count: int) -> str:
    return " ".join(f'a{first}_{number}=""' for number in range(count))


def twice(workbook: bytes) -> bytes:
    made = BytesIO(workbook)
    with ZipFile(made, "a") as package:
        for old, new in ((TEXTS, TEXTS.upper()),):
            package.writestr(new, package.read(old))
    return made.getvalue()


# ------------------------------------------------------------------------------------------------------------- XML

LAUGHS = "<!DOCTYPE x [<!ENTITY a0 'ha'>" + "".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)
) + "]>"  # fmt: skip
QUADRATIC = f"<!DOCTYPE x [<!ENTITY a '{'a' * 100_000}'>]>"
OUTSIDE = "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"
PARAMETER = "<!DOCTYPE x [<!ENTITY % a SYSTEM 'http://127.0.0.1:9/x.dtd'> %a;]>"
STYLES, LINKS = "xl/styles.xml", "_rels/.rels"


def _before_root(part: str, doctype: str) -> Make:
    def change(workbook: bytes) -> bytes:
        parts = parts_of(workbook)
        content = parts[part]
        root = content.index(b"<", content.index(b"?>") if content.startswith(b"<?") else 0)
        return zipped({**parts, part: content[:root] + doctype.encode() + content[root:]})

    return change


def encoded(part: str, encoding: str, told: str | None = None) -> Make:
    """Return what writes a part in another encoding, which its first line tells, or another one."""

    def change(workbook: bytes) -> bytes:
        parts = parts_of(workbook)
        text = re.sub(r"^<\?xml.*?\?>\s*", "", parts[part].decode())
        text = f'<?xml version="1.0" encoding="{told or encoding}"?>{text}'
        return zipped({**parts, part: text.encode(encoding, "xmlcharrefreplace")})

    return change


def in_utf16(part: str, doctype: str = "") -> Make:
    """Return what writes a part in another encoding, where a search for plain letters finds nothing."""

    def change(workbook: bytes) -> bytes:
        parts = parts_of(_before_root(part, doctype)(workbook))
        text = parts[part].decode().replace('encoding="UTF-8"', 'encoding="UTF-16"')
        return zipped({**parts, part: text.encode("utf-16")})

    return change


def rows(*texts: str) -> Make:
    """Return what writes rows below the others of a sheet; each is the inside of a row, from the 2000th on."""
    written = "".join(f'<row r="{2000 + number}">{text}</row>' for number, text in enumerate(texts))
    return changed(SHEET, "</sheetData>", f"{written}</sheetData>")


def below(xml: str) -> Make:
    """Return what writes something below the cells of a sheet."""
    return changed(SHEET, "</sheetData>", f"</sheetData>{xml}")


def thousands_of_sheets(workbook: bytes) -> bytes:
    parts = parts_of(workbook)
    numbers = range(3_000)
    sheet = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>'
    parts |= {f"xl/worksheets/more{number}.xml": sheet for number in numbers}
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
    links = "".join(f'<Relationship Id="m{n}" Type="{kind}" Target="worksheets/more{n}.xml"/>' for n in numbers)
    sheets = "".join(f'<sheet name="more {n}" sheetId="{n + 1000}" r:id="m{n}"/>' for n in numbers)
    types = "".join(
        f'<Override PartName="/xl/worksheets/more{n}.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'spreadsheetml.worksheet+xml"/>'
        for n in numbers
    )
    for part, end, more in (
        (BOOK_LINKS, "</Relationships>", links),
        (BOOK, "</sheets>", sheets),
        (TYPES, "</Types>", types),
    ):
        parts[part] = parts[part].replace(end.encode(), f"{more}{end}".encode())
    return zipped(parts)


WIDE = "A1:XFD1048576"

# What is hostile, and what is said where it is refused; nothing where it is read, and does no harm.
ZIPS: dict[str, tuple[Make, str]] = {
    "a bomb": (bomb, "its part xl/worksheets/sheet4.xml is packed 200 times or more"),
    "a bomb in a part that nobody reads": (
        with_entry("xl/x.bin", bytes(20_000_000)),
        "its part xl/x.bin is packed 200",
    ),
    "a zip in the zip": (with_entry("xl/x.zip", zipped({"a": bytes(900_000)})), ""),
    "ten thousand parts": (many_entries, "it has 10,"),
    "parts that lie over each other": (overlapping, "its parts lie over each other"),
    "a part that is larger than it says": (_lying(100), "it is damaged: Bad CRC-32"),
    "a part that is smaller than it says": (_lying(900_000), ""),
    "a part of four gigabytes, it says": (_lying(0xFFFFFFF0), "its parts are together larger than"),
    "a name that leads out": (with_entry("../../evil"), "it has a part named '../../evil', which leads out of it."),
    "a name that leads out from within": (with_entry("xl/../../evil"), "it has a part named"),
    "an absolute name": (with_entry("/etc/evil"), "it has a part named '/etc/evil'"),
    "a name of Windows": (with_entry("xl\\..\\evil"), "it has a part named"),
    "a drive": (with_entry("C:evil"), "it has a part named 'C:evil'"),
    "a link in the zip": (with_entry("xl/x", b"/etc/passwd", stat.S_IFLNK | 0o777), "it has a link to another file"),
    "a part twice": (twice, "it has two parts named XL/SHAREDSTRINGS.XML."),
    "a device": (with_entry("CON", kind=ZIP_STORED), ""),
}

TEXT: dict[str, tuple[Make, str]] = {
    **{
        f"{called} in {part}": (_before_root(part, doctype), "it has a document type in its XML")
        for called, doctype in (("a billion laughs", LAUGHS), ("a quadratic swelling", QUADRATIC), ("a file outside", OUTSIDE), ("a parameter", PARAMETER))
        for part in (BOOK, SHEET, TEXTS, LINKS, STYLES, TYPES, "xl/theme/theme1.xml", "docProps/core.xml", "xl/drawings/drawing1.xml")
    },
    "a document type in UTF-16": (in_utf16(STYLES, LAUGHS), "one of its parts is written in UTF-16"),
    "a sheet in UTF-16": (in_utf16(SHEET), "one of its parts is written in UTF-16"),
    "tags a million deep": (below("<x>" * 300_000 + "</x>" * 300_000), ""),
    "a tag of 100,000 attributes": (below("<x " + " ".join(f'a{n}="{n}"' for n in range(100_000)) + "/>"), "has more than 262,144 bytes without a new tag"),
    "a formula of a million signs": (formula("A1+" * 333_333 + "1"), "has more than 262,144 bytes without a new tag"),
    "brackets 8,000 deep": (formula("(" * 8_000 + "1" + ")" * 8_000), "it has a formula with more than 128 brackets"),
    "functions 129 deep": (formula("NOT(" * 129 + "1" + ")" * 129), "it has a formula with more than 128 brackets"),
    "signs 8,000 deep": (formula("-" * 8_000 + "1"), "it has a formula with more than 128 signs"),
    "brackets 8,000 deep in a name": (changed(BOOK, "<definedNames>", f"<definedNames><definedName name='zz'>{'(' * 8000}1{')' * 8000}</definedName>"), "it has a formula with more than 128"),
    **{
        f"{part} in {encoding}": (encoded(part, encoding), "one of its parts is written in")
        for part in (SHEET, TEXTS, STYLES)
        for encoding in ("utf-7", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "iso-8859-1", "windows-1252")
    },
    "a sheet in EBCDIC": (encoded(SHEET, "cp037"), "it is damaged"),
    "a sheet in UTF-16 that says UTF-8": (encoded(SHEET, "utf-16", "UTF-8"), "one of its parts is written in UTF-16"),
    "a NUL in a value": (formula("1\0"), "it is damaged"),
    "a control character in a value": (formula("1\1"), "it is damaged"),
    "the end of a section in a value": (rows('<c r="A2000" t="str"><f>1</f><v>]]></v></c>'), "it is damaged"),
    "an entity that is not declared": (formula("&a;"), "it is damaged"),
    "formulas 300,000 deep": (stored(STYLES, "</styleSheet>", lambda: "<f>" * 300_000 + "</f>" * 300_000), ""),
    "tags 300,000 deep in a sheet": (stored(SHEET, "</worksheet>", lambda: "<x>" * 300_000 + "</x>" * 300_000), ""),
    "a row beyond the sheet": (changed(SHEET, "</sheetData>", '<row r="9999999999"><c r="A1"/></row></sheetData>'), "it has a row"),
    "an array formula over the whole sheet": (rows(f'<c r="ZZ2000"><f t="array" ref="{WIDE}">ROW()</f></c>'), "its array formula in ZZ2000 has more than 1,000,000 cells"),
    "20,000 defined names": (changed(BOOK, "<definedNames>", "<definedNames>" + "".join(f'<definedName name="zz{n}">1</definedName>' for n in range(20_000))), "it has more than 10,000 defined names."),
}  # fmt: skip

# Read, calculated, and found to be different: programs must neither break down nor take all memory over them.
HEAVY: dict[str, tuple[Make, str]] = {
    "one cell in the last corner": (changed(SHEET, "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'), ""),
    "it says that it is full": (changed(SHEET, '<dimension ref="[^"]*" />', f'<dimension ref="{WIDE}"/>'), ""),
    "a sum over the whole sheet": (formula(f"SUM({WIDE})"), ""),
    "products over the whole sheet": (formula(f"SUMPRODUCT({WIDE},{WIDE})"), ""),
    "a search in the whole sheet": (formula(f"MATCH(TRUE,INDEX({WIDE}=7,0),0)"), ""),
    "a text without end": (formula('LEN(REPT("a",2000000000))'), ""),
    "a number of a billion places": (formula("FIXED(1,1000000000)"), ""),
    "a sequence without end": (formula("SUM(_xlfn.SEQUENCE(1048576,16384))"), ""),
    "a matrix without end": (formula("MDETERM(A1:XFD16384)"), ""),
    "a function that calls itself": (formula("_xlfn.LAMBDA(_xlpm.x,_xlpm.x(_xlpm.x))(_xlfn.LAMBDA(_xlpm.x,_xlpm.x(_xlpm.x)))"), ""),
    "powers 4,000 deep": (formula("1^" * 4_000 + "1"), ""),
    "braces 4,000 deep": (formula("{" * 4_000 + "1" + "}" * 4_000), ""),
    "per cents 8,000 deep": (formula("1" + "%" * 8_000), ""),
    "texts 2,000 times joined": (formula('"a"&amp;' * 2_000 + '"a"'), ""),
    "a formula that needs itself": (formula("AZ2000+1"), ""),
    "formulas in a ring": (rows(*(f'<c r="ZZ{2000 + n}"><f>ZZ{2000 + (n + 1) % 2000}+1</f></c>' for n in range(2_000))), ""),
    "a chain of 20,000 formulas": (rows(*(f'<c r="ZZ{2000 + n}"><f>ZZ{2001 + n}+1</f></c>' for n in range(20_000))), ""),
    "a shared formula over the whole sheet": (rows(f'<c r="ZZ2000"><f t="shared" ref="{WIDE}" si="99">1+1</f></c>'), ""),
    "3,000 sheets": (thousands_of_sheets, ""),
    "100,000 merged ranges": (below("<mergeCells>" + "".join(f'<mergeCell ref="AAA{n}:AAB{n}"/>' for n in range(1, 100_001)) + "</mergeCells>"), ""),
    "20,000 conditional formats": (below("".join(f'<conditionalFormatting sqref="AA{n}"><cfRule type="expression" priority="{n}"><formula>A{n}</formula></cfRule></conditionalFormatting>' for n in range(1, 20_001))), ""),
    "20,000 validations": (below("<dataValidations>" + "".join(f'<dataValidation type="whole" sqref="AA{n}"><formula1>{n}</formula1></dataValidation>' for n in range(1, 20_001)) + "</dataValidations>"), ""),
}  # fmt: skip


# Of some ten million bytes each.
HUGE: dict[str, tuple[Make, str]] = {
    "16 million tags": (stored(STYLES, "</styleSheet>", lambda: "<x/>" * 15_900_000), "has more than 2,000,000 elements and attributes"),
    "as many tags as are allowed": (stored(STYLES, "</styleSheet>", lambda: '<x a=""/>' * 950_000), ""),
    "a part of 65 million bytes": (stored(STYLES, "</styleSheet>", lambda: f"<x>{' ' * 200_000}</x>" * 325), "is larger than 64,000,000 bytes"),
    "a million attributes": (stored(STYLES, "</styleSheet>", lambda: "".join(f"<x {_attributes(n, 20_000)}/>" for n in range(50))), ""),
    "a million relationships": (stored("xl/worksheets/_rels/sheet4.xml.rels", "</Relationships>", lambda: "".join(f'<Relationship Id="{n}" Type="x" Target="x"/>' for n in range(1_000_000))), "more than 2,000,000 elements and attributes"),
    "a million shared formulas": (stored(SHEET, "</sheetData>", lambda: _cells(2000, 61, 16_384, lambda at, n: f'<c r="{at}"><f t="shared" si="{n}" ref="{at}">1</f></c>')), "has more than 100,000 shared formulas"),
    "ten times 16,384 blocks": (stored(SHEET, "</sheetData>", lambda: _cells(2000, 10, 16_384, lambda at, _: f'<c r="{at}"><f t="array" ref="{at}:{at}">1</f></c>')), ""),
    "a row of 16 million bytes": (stored(SHEET, "</sheetData>", lambda: _cells(2000, 1, 4_000, lambda at, n: f'<c r="{at}" s="0"><f>&quot;{n}{"a" * 3_900}&quot;</f><v>1</v></c>')), ""),
    "150,000 formulas": (stored(SHEET, "</sheetData>", lambda: _cells(2000, 1_500, 100, lambda at, _: f'<c r="{at}"><f>A1+1</f><v>0.5</v></c>')), ""),
}  # fmt: skip


# -------------------------------------------------------------------------------------------------- what reaches out

DRAWING, CHART, VML = "xl/drawings/drawing4.xml", "xl/charts/chart3.xml", "xl/drawings/vmlDrawing4.vml"
EXTERNAL = 'TargetMode="External"'
A = "http://schemas.openxmlformats.org/drawingml/2006/main"


def _links_of(part: str) -> str:
    folder, _, name = part.rpartition("/")
    return f"{folder}/_rels/{name}.rels".lstrip("/")


def both(*changes: Make) -> Make:
    """Return what makes several changes, one after the other."""

    def change(workbook: bytes) -> bytes:
        for one in changes:
            workbook = one(workbook)
        return workbook

    return change


def linked(part: str, kind: str, target: str, *more: str) -> Make:
    """Return what gives a part one more relationship, with the id "x1"."""

    def change(workbook: bytes) -> bytes:
        parts = parts_of(workbook)
        link = relationship(kind, target, *more)
        link = re.sub('Id="[^"]*"', 'Id="x1"', link)
        links = parts.get(_links_of(part), f'<Relationships xmlns="{PACKAGE}"></Relationships>'.encode())
        return zipped({**parts, _links_of(part): links.replace(b"</Rel", f"{link}</Rel".encode())})

    return change


def part(name: str, content: str, kind: str = "") -> Make:
    """Return what puts a part of a type into the file."""

    def change(workbook: bytes) -> bytes:
        parts = parts_of(workbook)
        if kind:
            listed = f'<Override PartName="/{name}" ContentType="{kind}"/></Types>'
            parts[TYPES] = parts[TYPES].replace(b"</Types>", listed.encode())
        return zipped({**parts, name: content.encode()})

    return change


def in_root(name: str, xml: str) -> Make:
    """Return what writes something before the end of a part's root element."""

    def change(workbook: bytes) -> bytes:
        parts = parts_of(workbook)
        end = parts[name].rindex(b"</")
        return zipped({**parts, name: parts[name][:end] + xml.encode() + parts[name][end:]})

    return change


def filled_by(part: str, attribute: str) -> Make:
    """Return what fills the first shape of a drawing or a chart by the picture with the relationship "x1"."""
    fill = f'<a:blipFill xmlns:a="{A}" xmlns:r="{OFFICE}"><a:blip r:{attribute}="x1"/><a:stretch/></a:blipFill>'
    if part == CHART:
        return changed(part, "</c:chart>", f"</c:chart><c:spPr>{fill}</c:spPr>")
    return changed(part, "</xdr:spPr>", f"{fill}</xdr:spPr>")


def picture_in(part: str, attribute: str) -> Make:
    """Return what puts a picture with the relationship "x1" into a drawing."""
    xdr = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
    return in_root(part, f'<xdr:oneCellAnchor xmlns:xdr="{xdr}" xmlns:a="{A}" xmlns:r="{OFFICE}"><xdr:from><xdr:col>1</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>1</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:ext cx="999999" cy="999999"/><xdr:pic><xdr:nvPicPr><xdr:cNvPr id="99" name="p"/><xdr:cNvPicPr/></xdr:nvPicPr><xdr:blipFill><a:blip r:{attribute}="x1"/><a:stretch/></xdr:blipFill><xdr:spPr><a:prstGeom prst="rect"/></xdr:spPr></xdr:pic><xdr:clientData/></xdr:oneCellAnchor>')  # fmt: skip


def vml(shape: str) -> Make:
    return in_root(VML, f'<v:shape id="s9" type="#_x0000_t202" style="position:absolute;width:99pt;height:99pt" xmlns:r="{OFFICE}">{shape}</v:shape>')  # fmt: skip


SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="99" height="99"><image width="99" height="99" xlink:href="{}/svg.png"/></svg>'
MICROSOFT = "http://schemas.microsoft.com/office"
LINK = f'<hyperlink ref="AZ9" r:id="x1" xmlns:r="{OFFICE}"/>'
PIVOT = '<pivotCacheDefinition xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{}" {}><cacheSource type="{}"><worksheetSource {}ref="A1:B9" sheet="Inputs"/></cacheSource></pivotCacheDefinition>'
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def _pivot(flags: str = "", source: str = "worksheet", more: str = "") -> Make:
    return both(
        linked(BOOK, "pivotCacheDefinition", "pivotCache/p1.xml"),
        part("xl/pivotCache/p1.xml", PIVOT.format(OFFICE, flags, source, more), f"{_TYPE}.pivotCacheDefinition+xml"),
    )


# What would fetch or start something if a program let it, for a program that is asked to calculate it nevertheless.
def acting(address: str) -> dict[str, Make]:
    """Return files that ask for something at an address of the web."""
    picture = f"{address}/picture.png"
    return {
        "web service": formula(f'_xlfn.WEBSERVICE("{address}/service")'),
        "external picture": related("image", picture, EXTERNAL),
        "external link": related("externalLink", f"{address}/book.xlsx", EXTERNAL),
        "external cell": formula(f"'{address}/[book.xlsx]Sheet1'!A1"),
        "DDE": formula("soffice|'/etc/passwd'!A1"),
        "entity": _before_root(STYLES, f"<!DOCTYPE x [<!ENTITY a SYSTEM '{address}/entity'>]>"),
        "data table of the web": related("connections", "connections.xml", content=f'<connections xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><connection id="1" type="4" name="c" refreshOnLoad="1"><webPr url="{address}/query"/></connection></connections>'.encode()),
        "web service in a shared formula": rows(f'<c r="ZZ2000"><f t="shared" si="990" ref="ZZ2000:ZZ2001">_xlfn.WEBSERVICE("{address}/shared")</f></c>', '<c r="ZZ2001"><f t="shared" si="990"/></c>'),
        "web service in an array formula": rows(f'<c r="ZZ2000"><f t="array" ref="ZZ2000:ZZ2001">_xlfn.WEBSERVICE("{address}/array")</f></c>'),
        "web service in a conditional format": below(f'<conditionalFormatting sqref="A1"><cfRule type="expression" priority="99"><formula>_xlfn.WEBSERVICE("{address}/format")=1</formula></cfRule></conditionalFormatting>'),
        "web service in a name": changed(BOOK, "<definedNames>", f'<definedNames><definedName name="zz">_xlfn.WEBSERVICE("{address}/name")</definedName>'),
        "web service for a shape": changed("xl/drawings/drawing1.xml", 'textlink="[^"]*"', f'textlink="_xlfn.WEBSERVICE(&quot;{address}/shape&quot;)"'),
        "web service in a chart": changed(CHART, "<c:f>[^<]*</c:f>", f'<c:f>_xlfn.WEBSERVICE("{address}/chart")</c:f>'),
        **{
            f"picture of a {kind} by {attribute}": both(linked(DRAWING, kind, f"{address}/{kind}-{attribute}.png", EXTERNAL), picture_in(DRAWING, attribute))
            for kind in ("image", "hyperlink", "chart")
            for attribute in ("link", "embed")
        },
        "a picture that is a link, too": both(linked(DRAWING, "hyperlink", picture, EXTERNAL), picture_in(DRAWING, "embed"), in_root(DRAWING, f'<a:hlinkClick xmlns:a="{A}" xmlns:r="{OFFICE}" r:id="x1"/>')),
        "fill of a shape": both(linked("xl/drawings/drawing1.xml", "hyperlink", f"{address}/fill.png", EXTERNAL), filled_by("xl/drawings/drawing1.xml", "link")),
        "fill of a chart": both(linked(CHART, "hyperlink", f"{address}/chart-fill.png", EXTERNAL), filled_by(CHART, "link")),
        "shapes of a chart": both(linked(CHART, "chartUserShapes", f"{address}/shapes.xml", EXTERNAL), changed(CHART, "</c:chartSpace>", f'<c:userShapes r:id="x1" xmlns:r="{OFFICE}"/></c:chartSpace>')),
        "background of a sheet": both(linked(SHEET, "hyperlink", f"{address}/background.png", EXTERNAL), changed(SHEET, "</worksheet>", f'<picture r:id="x1" xmlns:r="{OFFICE}"/></worksheet>')),
        "background of a sheet as a picture": both(linked(SHEET, "image", f"{address}/background2.png", EXTERNAL), changed(SHEET, "</worksheet>", f'<picture r:id="x1" xmlns:r="{OFFICE}"/></worksheet>')),
        "an address that is said to be inside": both(linked(DRAWING, "image", f"{address}/inside.png"), picture_in(DRAWING, "embed")),
        "a picture of an older drawing by its link": both(linked(VML, "hyperlink", f"{address}/vml.png", EXTERNAL), vml('<v:imagedata o:relid="x1"/>')),
        "a picture of an older drawing by its address": vml(f'<v:imagedata src="{address}/vml-src.png"/>'),
        "a fill of an older drawing by its address": vml(f'<v:fill type="frame" src="{address}/vml-fill.png"/>'),
        "a fill of an older drawing by its link": both(linked(VML, "image", f"{address}/vml-fill2.png", EXTERNAL), vml('<v:fill type="frame" o:relid="x1"/>')),
        "a picture in a picture": both(linked(DRAWING, "image", "../media/p.svg"), picture_in(DRAWING, "embed"), part("xl/media/p.svg", SVG.format(address), "image/svg+xml")),
        "a picture in a picture of another ending": both(linked(DRAWING, "image", "../media/p.png"), picture_in(DRAWING, "embed"), part("xl/media/p.png", SVG.format(address), "image/png")),
        "a link that no element names": linked(SHEET, "hyperlink", picture, EXTERNAL),
        "an add-in of the web": both(linked("", f"{MICROSOFT}/2011/relationships/webextensiontaskpanes", "xl/webextensions/taskpanes.xml"), part("xl/webextensions/taskpanes.xml", "<x/>", "application/vnd.ms-office.webextensiontaskpanes+xml")),
        "a ribbon of its own": both(linked("", f"{MICROSOFT}/2007/relationships/ui/extensibility", "customUI/customUI14.xml"), part("customUI/customUI14.xml", "<x/>", "application/xml")),
        "a pivot table that is refreshed": _pivot('refreshOnLoad="1"'),
        "a pivot table of a data base": _pivot(source="external"),
        "a pivot table of another workbook": both(_pivot(more='r:id="x1" '), linked("xl/pivotCache/p1.xml", "externalLinkPath", f"{address}/pivot.xlsx", EXTERNAL)),
        "maps of XML": both(linked(BOOK, "xmlMaps", "xmlMaps.xml"), part("xl/xmlMaps.xml", "<x/>")),
        "a data model": both(linked(BOOK, "http://schemas.microsoft.com/office/2007/relationships/powerPivotData", "model/item.data"), part("xl/model/item.data", "x", "application/vnd.openxmlformats-officedocument.model+data")),
        "a reference to another book": changed(BOOK, "<definedNames>", '<externalReferences><externalReference r:id="x1"/></externalReferences><definedNames>'),
        "a control": changed(SHEET, "</worksheet>", f'<controls><control shapeId="1" r:id="x1" xmlns:r="{OFFICE}" name="c"/></controls></worksheet>'),
        "a control of an older drawing": changed(VML, 'ObjectType="Note"', 'ObjectType="Button"'),
        "an object": changed(SHEET, "</worksheet>", '<oleObjects><oleObject progId="Excel.Sheet" shapeId="1"/></oleObjects></worksheet>'),
        "a macro on a shape": changed("xl/drawings/drawing1.xml", 'macro=""', 'macro="[0]!run"'),
        "a name that is a macro": changed(BOOK, "<definedNames>", '<definedNames><definedName name="zz" function="1" vbProcedure="1">1</definedName>'),
    }  # fmt: skip


# What waits for a click, and what is not there.
HARMLESS: dict[str, Make] = {
    "a link in a cell": both(linked(SHEET, "hyperlink", "http://127.0.0.1:9/click", EXTERNAL), changed(SHEET, "<hyperlinks>", f"<hyperlinks>{LINK}")),
    "a link on a shape": both(linked(DRAWING, "hyperlink", "http://127.0.0.1:9/click", EXTERNAL), in_root(DRAWING, f'<a:hlinkClick xmlns:a="{A}" xmlns:r="{OFFICE}" r:id="x1"/>')),
    "a link in a formula": formula('HYPERLINK("http://127.0.0.1:9/click")'),
    "a link on a shape to a cell": both(linked(DRAWING, "hyperlink", "#Inputs!A1:B2"), in_root(DRAWING, f'<a:hlinkClick xmlns:a="{A}" xmlns:r="{OFFICE}" r:id="x1"/>')),
    "a type of macros for parts that are not there": in_root(TYPES, '<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>'),
    "a type of macros for a part that has another": both(in_root(TYPES, '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'), part("xl/printerSettings1.bin", "x", f"{_TYPE}.printerSettings")),
    "a pivot table of its own cells": _pivot(),
    "a linked property": changed("docProps/custom.xml", 'pid="2"', 'pid="2" linkTarget="lr_main"'),
    "a size for embedding": changed(BOOK, "</definedNames>", '</definedNames><oleSize ref="A1:B2"/>'),
}  # fmt: skip


# ----------------------------------------------------------------------------------------------------- said twice

X = 'xmlns:x="urn:x"'
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"


cell = rows  # which are written into a row below the others


def alternative(name: str, xml: str) -> Make:
    """Return what writes something at the end of a part for those programs only that know no better."""
    return in_root(name, f'<mc:AlternateContent xmlns:mc="{MC}"><mc:Choice Requires="x" {X}/><mc:Fallback>{xml}</mc:Fallback></mc:AlternateContent>')  # fmt: skip


def second(kind: str, ending: str, content: str) -> dict[str, tuple[Make, str]]:
    """Return files with a second part of a kind, by relationships and by types."""
    told = f"{_TYPE}.{ending}" if "." not in ending else f"application/vnd.openxmlformats-officedocument.{ending}"
    name = f"xl/second{kind}.xml"
    return {
        f"two parts {kind} by relationships": (both(related(kind, f"second{kind}.xml", content=content.encode())), f"it has two parts of the kind {kind}"),
        f"two parts {kind} by types": (part(name, content, told), f"it has a second part of the kind {kind}: {name}"),
    }  # fmt: skip


# What is said twice, or where only some programs would look for it; and what is said of it.
TWICE: dict[str, tuple[Make, str]] = {
    "two settings of calculation": (changed(BOOK, "</workbook>", '<calcPr fullPrecision="0"/></workbook>'), "'calcPr' twice or in an odd place"),
    "settings of calculation in an extension": (changed(BOOK, "</workbook>", '<extLst><ext uri="x"><calcPr fullPrecision="0"/></ext></extLst></workbook>'), "'calcPr' twice"),
    "settings of calculation in an alternative": (alternative(BOOK, '<calcPr fullPrecision="0"/>'), "'calcPr' twice"),
    "settings of calculation of another namespace": (changed(BOOK, "</workbook>", f'<x:calcPr {X} fullPrecision="0"/></workbook>'), "'calcPr' twice"),
    "two lists of sheets": (changed(BOOK, "</workbook>", "<sheets/></workbook>"), "'sheets' twice"),
    "a sheet in an alternative": (changed(BOOK, "</sheets>", f'<mc:AlternateContent xmlns:mc="{MC}"><mc:Fallback><sheet name="zz" sheetId="99" r:id="rId99"/></mc:Fallback></mc:AlternateContent></sheets>'), "'sheet' twice"),
    "two lists of names": (changed(BOOK, "</workbook>", "<definedNames/></workbook>"), "'definedNames' twice"),
    "a name twice": (changed(BOOK, "<definedNames>", '<definedNames><definedName name="ZZ">1</definedName><definedName name="zz">2</definedName>'), "it has two defined names 'zz'"),
    "a name twice for a sheet": (changed(BOOK, "<definedNames>", '<definedNames><definedName name="zz" localSheetId="1">1</definedName><definedName name="Zz" localSheetId="1">2</definedName>'), "it has two defined names 'zz'"),
    "a number of two sheets": (changed(BOOK, 'sheetId="2"', 'sheetId="1"'), "it has two sheets with the number 1"),
    "a part of two sheets": (changed(BOOK_LINKS, "worksheets/sheet2.xml", "worksheets/sheet1.xml"), "have the same part xl/worksheets/sheet1.xml"),
    "a sheet that is a theme": (changed(BOOK, 'r:id="rId2"', 'r:id="rId99"'), "its sheet 'Inputs' is related to no part that is a sheet"),
    "a sheet with two relationships": (changed(BOOK, 'r:id="rId2"', 'r:id="rId2" x:id="rId3" xmlns:x="http://purl.oclc.org/ooxml/officeDocument/relationships"'), "duplicate attribute"),
    "a sheet whose part is a chart sheet": (changed(TYPES, "worksheet\\+xml\"(?= /><Override PartName=\"/xl/worksheets/sheet3)", 'chartsheet+xml"'), "is of another kind than its part xl/worksheets/sheet2.xml"),
    "a sheet that is none": (both(changed(SHEET, "<worksheet ", "<dialogsheet "), changed(SHEET, "</worksheet>", "</dialogsheet>")), "one of its sheets holds no cells"),
    **second("sharedStrings", "sharedStrings+xml", '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'),
    **second("styles", "styles+xml", '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'),
    **second("theme", "theme+xml", f'<theme xmlns="{A}"/>'),
    "two workbooks by relationships": (changed(LINKS, "</Relationships>", f'{relationship("officeDocument", "xl/second.xml")}</Relationships>'), "it has two workbooks in it"),
    "two workbooks by types": (part("xl/second.xml", "<x/>", f"{_TYPE}.sheet.main+xml"), "it has a second part of the kind workbook: xl/second.xml"),
    "a type twice": (in_root(TYPES, f'<Override PartName="/XL/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'), "tells the type of /xl/workbook.xml twice"),
    "a type of an ending twice": (in_root(TYPES, '<Default Extension="XML" ContentType="text/xml"/>'), "tells the type of xml twice"),
    "types in an alternative": (alternative(TYPES, '<Default Extension="x" ContentType="text/xml"/>'), "tells the type of something twice"),
    "a relationship twice": (changed(BOOK_LINKS, 'Id="rId2"', 'Id="rId1"'), "has one id for two things"),
    "relationships in an alternative": (alternative(BOOK_LINKS, relationship("styles", "x.xml")), "is no list of relationships"),
    "relationships elsewhere": (part("xl/_RELS/workbook.xml.rels", f'<Relationships xmlns="{PACKAGE}"/>'), "it has two parts named xl/_RELS/workbook.xml.rels"),
    "relationships of odd spelling": (part("xl/_rels/x.xml.RELS", f'<Relationships xmlns="{PACKAGE}"/>'), "is not where programs look for it"),
    "an OpenDocument file as well": (part("content.xml", "<x/>"), "it is an OpenDocument file as well"),
    "rows twice": (below("<sheetData/>"), "a sheet has cells outside of its rows"),
    "rows in an alternative": (alternative(SHEET, '<sheetData><row r="1"><c r="A1"><v>9</v></c></row></sheetData>'), "a sheet has cells outside of its rows"),
    "rows of another namespace": (below(f"<x:sheetData {X}/>"), "a sheet has cells outside of its rows"),
    "rows inside of something": (both(changed(SHEET, "<sheetData>", "<extLst><sheetData>"), changed(SHEET, "</sheetData>", "</sheetData></extLst>")), "a sheet has cells outside of its rows"),
    "a row twice": (changed(SHEET, "</sheetData>", '<row r="1"/></sheetData>'), "a sheet has the row 1 twice or out of order"),
    "a row with leading zeros": (changed(SHEET, "</sheetData>", '<row r="02000"/></sheetData>'), "it has a row '02000'"),
    "a cell twice": (cell('<c r="A2000"/><c r="A2000"/>'), "a sheet has the cell A2000 twice or out of order"),
    "cells out of order": (cell('<c r="B2000"/><c r="A2000"/>'), "a sheet has the cell A2000 twice or out of order"),
    "a cell of another row": (cell('<c r="A2"><v>9</v></c>'), "a sheet has the cell A2 twice or out of order"),
    "a cell with leading zeros": (cell('<c r="A02000"/>'), "it has a cell 'A02000'"),
    "a cell of small letters": (cell('<c r="a2000"/>'), "it has a cell 'a2000'"),
    "a cell in an alternative": (cell(f'<mc:AlternateContent xmlns:mc="{MC}"><mc:Fallback><c r="A2000"><v>1</v></c></mc:Fallback></mc:AlternateContent>'), "declares a namespace among its cells"),
    "a cell of another namespace": (both(changed(SHEET, "<worksheet ", f"<worksheet {X} "), cell('<x:c r="A2000"><v>1</v></x:c>')), "an element 'c' among its cells, inside of 'row'"),
    "a cell of the other dialect": (both(changed(SHEET, "<worksheet ", '<worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main" '), cell('<x:c r="A2000"><v>1</v></x:c>')), "an element 'c' among its cells"),
    "a cell in an extension": (cell('<extLst><c r="A2000"><v>1</v></c></extLst>'), "an element 'extLst' among its cells"),
    "a value in an extension": (cell('<c r="A2000"><extLst><v>1</v></extLst></c>'), "an element 'extLst' among its cells"),
    "a prefix declared anew": (cell('<c r="A2000"><f xmlns="urn:x">1</f></c>'), "declares a namespace among its cells"),
    "two formulas": (cell('<c r="A2000"><f>1</f><f>2</f><v>1</v></c>'), "two formulas in A2000"),
    "two values": (cell('<c r="A2000"><v>1</v><v>2</v></c>'), "two values in A2000"),
    "a text beside a value": (cell('<c r="A2000" t="inlineStr"><is><t>a</t></is><v>2</v></c>'), "two values in A2000"),
    "a text in a number": (cell('<c r="A2000"><is><t>1</t></is></c>'), "or one of another type"),
    "two texts": (cell('<c r="A2000" t="inlineStr"><is><t>a</t><t>b</t></is></c>'), "a cell with two texts"),
    "an element in a formula": (cell('<c r="A2000"><f>1<x/>+1</f></c>'), "an element 'x' among its cells, inside of 'f'"),
    "a value of no type": (cell('<c r="A2000" t="x"><v>1</v></c>'), "a value of the type 'x'"),
    "neither true nor false": (cell('<c r="A2000" t="b"><v>2</v></c>'), "it has '2' where TRUE or FALSE should be"),
    "a number of Python": (cell('<c r="A2000"><v>1_0</v></c>'), "it has '1_0' where a number should be"),
    "no number": (cell('<c r="A2000"><v>nan</v></c>'), "it has 'nan' where a number should be"),
    "a style of odd spelling": (cell('<c r="A2000" s=" 1"><v>1</v></c>'), "a style ' 1'"),
    "two shared formulas of a number": (cell('<c r="A2000"><f t="shared" si="999" ref="A2000">1</f></c><c r="B2000"><f t="shared" si="999" ref="B2000">1</f></c>'), "two shared formulas with the number '999'"),
    "a shared formula with leading zeros": (cell('<c r="A2000"><f t="shared" si="0999" ref="A2000">1</f></c>'), "has no number"),
    "a formula of no type": (cell('<c r="A2000"><f t="x">1</f></c>'), "of the type 'x'"),
    "a follower with a text of its own": (rows('<c r="A2000"><f t="shared" si="999" ref="A2000:A2001">B2000*2</f></c>', '<c r="A2001"><f t="shared" si="999">B2001*3</f></c>'), "the formula in A2001 is not in its own area"),
    "a shared formula elsewhere": (cell('<c r="A2000"><f t="shared" si="999" ref="A2001:A2002">1</f></c>'), "the formula in A2000 is not in its own area"),
    "a block of nothing": (cell('<c r="A2000"><f t="array">1</f></c>'), "the formula in A2000 is that of a block"),
    "a second sign": (cell('<c r="A2000"><f>=1</f></c>'), "the formula in A2000 begins with a second ="),
    "a formula in a block of another": (cell('<c r="A2000"><f t="array" ref="A2000:B2000">1</f></c><c r="B2000"><f>2</f></c>'), "an array formula covers the formula in B2000"),
    "two blocks over each other": (rows('<c r="A2000"><f t="array" ref="A2000:B2001">1</f></c>', '<c r="A2001"><f t="array" ref="A2001:A2002">1</f></c>'), "covers the formula in A2001"),
    "two lists of merged cells": (below("<mergeCells/><mergeCells/>"), "a sheet has an element 'mergeCells' twice"),
    "two lists of validations": (below("<dataValidations/><dataValidations/>"), "a sheet has an element 'dataValidations' twice"),
}  # fmt: skip
