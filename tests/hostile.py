"""Workbooks as somebody with bad intentions would make them, each from a sound one."""

from __future__ import annotations

import stat
import struct
from collections.abc import Callable
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from tests.bad_input.workbooks import BOOK, BOOK_LINKS, SHEET, TEXTS, TYPES, changed, formula, parts_of, related, zipped

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
    "a document type in UTF-16": (in_utf16(STYLES, LAUGHS), "it has a document type"),
    "a sheet in UTF-16": (in_utf16(SHEET), "one of its sheets is written in UTF-16"),
    "tags a million deep": (below("<x>" * 300_000 + "</x>" * 300_000), ""),
    "a tag of 100,000 attributes": (below("<x " + " ".join(f'a{n}="{n}"' for n in range(100_000)) + "/>"), "has more than 262,144 bytes without a new tag"),
    "a formula of a million signs": (formula("A1+" * 333_333 + "1"), "has more than 262,144 bytes without a new tag"),
    "brackets 8,000 deep": (formula("(" * 8_000 + "1" + ")" * 8_000), "it has a formula with more than 128 brackets"),
    "functions 129 deep": (formula("NOT(" * 129 + "1" + ")" * 129), "it has a formula with more than 128 brackets"),
    "signs 8,000 deep": (formula("-" * 8_000 + "1"), "it has a formula with more than 128 signs"),
    "brackets 8,000 deep in a name": (changed(BOOK, "<definedNames>", f"<definedNames><definedName name='zz'>{'(' * 8000}1{')' * 8000}</definedName>"), "it has a formula with more than 128"),
    "a row beyond the sheet": (changed(SHEET, "</sheetData>", '<row r="9999999999"><c r="A1"/></row></sheetData>'), "it has a row"),
    "an array formula over the whole sheet": (rows(f'<c r="ZZ2000"><f t="array" ref="{WIDE}">ROW()</f></c>'), "it has an array formula over A1:XFD1048576"),
    "20,000 defined names": (changed(BOOK, "<definedNames>", "<definedNames>" + "".join(f'<definedName name="zz{n}">1</definedName>' for n in range(20_000))), "it has more than 10,000 defined names."),
}  # fmt: skip

# Read, calculated, and found to be different: programs must neither break down nor take all memory over them.
HEAVY: dict[str, tuple[Make, str]] = {
    "one cell in the last corner": (changed(SHEET, "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'), ""),
    "it says that it is full": (changed(SHEET, "<sheetData>", f'<dimension ref="{WIDE}"/><sheetData>'), ""),
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


# What would fetch or start something if a program let it, for a program that is asked to calculate it nevertheless.
def acting(address: str) -> dict[str, Make]:
    """Return files that ask for something at an address of the web."""
    return {
        "web service": formula(f'_xlfn.WEBSERVICE("{address}/service")'),
        "external picture": related("image", f"{address}/picture.png", 'TargetMode="External"'),
        "external link": related("externalLink", f"{address}/book.xlsx", 'TargetMode="External"'),
        "external cell": formula(f"'{address}/[book.xlsx]Sheet1'!A1"),
        "DDE": formula("soffice|'/etc/passwd'!A1"),
        "hyperlink function": formula(f'HYPERLINK("{address}/click")'),
        "entity": _before_root(STYLES, f"<!DOCTYPE x [<!ENTITY a SYSTEM '{address}/entity'>]>"),
        "data table of the web": related("connections", "connections.xml", content=f'<connections xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><connection id="1" type="4" name="c" refreshOnLoad="1"><webPr url="{address}/query"/></connection></connections>'.encode()),
    }  # fmt: skip
