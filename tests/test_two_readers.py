"""The quick reader and the careful one give the same for every sheet that the quick one takes.

Sheets are drawn as our own writer writes them, and changed in places where two readers could part. Where the quick one
leaves a sheet to the other nothing is compared, so it is counted how many it takes.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import ParseError, tostring
from xml.parsers.expat import ExpatError

import pytest

from tests.slow import slow
from tests.test_lesson import GOOD
from xlbackprop import compile_document, write_workbook
from xlbackprop.sheets import read_lesson
from xlbackprop.workbook import ErrorValue, Place, Value, address
from xlbackprop.xlsx.read import quick_scan, reader
from xlbackprop.xlsx.read.careful_parse import CarefulParse
from xlbackprop.xlsx.read.package import DamagedWorkbook, workbook_package
from xlbackprop.xlsx.read.quick_scan import NotOurs, QuickScan
from xlbackprop.xlsx.read.reader import read_workbook
from xlbackprop.xlsx.read.sheet import ReadCell, ReadSheet

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRINGS = ["plain", "", "a & b <c>", "∂E/∂w", "%d"]
SHEETS = 150  # a seed
SEEDS = [0, 1, *map(slow, range(2, 30))]
Given = Mapping[Place, Value]
Cells = dict[Place, ReadCell]


REFUSED = (DamagedWorkbook, ExpatError, ParseError, ValueError)  # whoever opens a package makes InputError of them


class Reading(NamedTuple):
    """A sheet as one of the readers gives it, with the XML of its blind copy."""

    sheet: ReadSheet
    blind: bytes

    @property
    def cells(self) -> Cells:
        return dict(self.sheet.items())


def quick(xml: bytes, given: Given) -> Reading | None:
    """Return what the quick reader gives, or None where it refuses the sheet. Raises NotOurs."""
    pieces: list[bytes] = []
    try:
        sheet = QuickScan(STRINGS, pieces.append, given).read(BytesIO(xml))
    except REFUSED:
        return None
    return Reading(sheet, b"".join(pieces))


def careful(xml: bytes, given: Given) -> Reading | None:
    """Return what the careful reader gives, or None where it refuses the sheet."""
    try:
        parsed = CarefulParse(xml, STRINGS)
    except REFUSED:
        return None
    return Reading(parsed.sheet, parsed.blinded(given))


def is_taken(xml: bytes, given: Given) -> bool:
    """Return whether the quick reader takes a sheet; then the careful one must give the same."""
    try:
        one = quick(xml, given)
    except NotOurs:
        return False
    other = careful(xml, given)
    assert (one is None) == (other is None), xml
    if one is not None and other is not None:
        assert one.cells == other.cells, xml
        assert dict(one.sheet.others) == dict(other.sheet.others), xml
        assert one.sheet.hidden_rows == other.sheet.hidden_rows, xml
        assert tostring(one.sheet.frame) == tostring(other.sheet.frame), xml
        assert [*_numbers(one.sheet)] == [*_numbers(other.sheet)], xml
        _check_blind(one, given)
        _check_blind(other, given)
    return True


def _numbers(sheet: ReadSheet) -> Iterator[tuple[Place, str]]:
    for band in sheet.bands:
        for row, numbers in zip(band.rows, band.numbers, strict=True):
            yield from (((row, column), repr(n)) for column, n in zip(band.pattern.columns, numbers, strict=True))


def _check_blind(reading: Reading, given: Given) -> None:
    """Check that a blind copy has the formulas and constants of the sheet, no stored value, and what was given."""
    blind = careful(reading.blind, {})
    assert blind is not None, reading.blind
    wanted = {
        place: cell if cell.formula is None else ReadCell(cell.formula, None, cell.style)
        for place, cell in reading.sheet.items()
    }
    for place, value in given.items():
        if place in wanted and wanted[place].formula is not None:
            wanted[place] = ReadCell(None, value, wanted[place].style)
    wanted = {place: cell for place, cell in wanted.items() if cell.formula is not None or cell.value not in (None, "")}
    assert dict(blind.sheet.items()) == wanted, reading.blind


# ------------------------------------------------------------------------------------------------ sheets of our own

ENDINGS = ('<mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells>', "", "<pageMargins left='1'/>")
FORMULAS = (
    "A{0}+$B$3*C{1}",
    "{0}*A{0}",
    "IF(B{0}&lt;5,&quot;A{0} &amp; %d&quot;,&quot;&quot;)",
    "SUM(A$1:A{0})%",
    "'LR=0.1'!$C{1}",
    "A{1}/(1-0.5^{0})",
    "SUM(A:B)+SUM({0}:{1})",
    "INDEX($A$1:$A$9,3)",
)
VALUES = ("0", "1", "0.1", "-0", "1E-19", "0.30000000000000004", "-12345.678", "1e+22", "5e-324")


class Writer:
    """Writes sheets as our own writer does, of a table or two and single rows around them."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.groups = 0
        self.formulas: list[Place] = []  # formulas of their own, for which a value can be given

    def sheet(self) -> str:
        chance = self.chance
        row = chance.choice((1, 1, 7, 95, 1048500))
        rows: list[str] = []
        for _ in range(chance.randint(1, 4)):
            if chance.random() < 0.4:
                rows.append(self.single(row))
                row += 1
            else:
                length = chance.choice((1, 2, 3, 8, 20))
                rows += self.table(row, length)
                row += length
            row += chance.choice((0, 0, 1, 3))
        end = chance.choice(ENDINGS)
        return f'<worksheet xmlns="{MAIN}"><dimension ref="A1"/><sheetData>{"".join(rows)}</sheetData>{end}</worksheet>'

    def single(self, row: int) -> str:
        return self._row(row, [self.cell(row, column) for column in self.columns(3)])

    def columns(self, most: int) -> list[int]:
        return sorted(self.chance.sample((1, 2, 3, 4, 5, 26, 27, 16384), self.chance.randint(0, most)))

    def _row(self, row: int, cells: list[str]) -> str:
        looks = ("", "", "", ' ht="15.75" customHeight="1"', ' hidden="1"', ' outlineLevel="1"')
        return f'<row r="{row}"{self.chance.choice(looks)}>{"".join(cells)}</row>'

    def cell(self, row: int, column: int) -> str:
        chance = self.chance
        tag = f'<c r="{address(row, column)}" s="{chance.choice((0, 3, row, 12))}"'
        number = f"<v>{chance.choice(VALUES)}</v>"
        match chance.randrange(8):
            case 0:
                return f"{tag}></c>"
            case 1:
                return f'{tag} t="s"><v>{chance.choice((0, 2, 3, 4))}</v></c>'
            case 2:
                return f'{tag} t="b"><v>{chance.choice("01")}</v></c>'
            case 3:
                return f'{tag} t="e"><v>#NUM!</v></c>'
            case 4:
                return f"{tag}>{number}</c>"
            case 5:
                self.formulas.append((row, column))
                return f'{tag} t="str">{self.formula(row)}<v>{chance.choice(("", "near", "a &amp; b", "_x000D_", "∂"))}</v></c>'
            case _:
                self.formulas.append((row, column))
                return f"{tag}>{self.formula(row)}{chance.choice((number, number, ''))}</c>"

    def formula(self, row: int) -> str:
        space = self.chance.choice(("", "", ' xml:space="preserve"'))
        return f"<f{space}>{self.chance.choice(FORMULAS).format(row, row + 1)}</f>"

    def table(self, row: int, length: int) -> list[str]:
        """Return the rows of a table, some columns of which share a formula or have the same one, filled down."""
        columns = self.columns(5)
        kinds = {column: self.chance.choice(("shared", "filled", "typed", "text", "error")) for column in columns}
        groups = {column: self.groups + index for index, column in enumerate(columns)}
        self.groups += len(columns)
        texts = {column: self.chance.choice(FORMULAS) for column in columns}
        look = self._row(row, []).removeprefix(f'<row r="{row}"').removesuffix("</row>")
        made = []
        for number in range(row, row + length):
            cells = []
            for column in columns:
                tag = f'<c r="{address(number, column)}" s="4"'
                value = self.chance.choice(VALUES)
                text = texts[column].format(number, number + 1)
                match kinds[column]:
                    case "shared":
                        area = f"{address(row, column)}:{address(row + length - 1, column)}"
                        first = f' ref="{area}">{text}</f>' if number == row else "/>"
                        cells.append(f'{tag}><f si="{groups[column]}" t="shared"{first}<v>{value}</v></c>')
                    case "filled":
                        self.formulas.append((number, column))
                        cells.append(f"{tag}><f>{text}</f><v>{value}</v></c>")
                    case "typed":
                        cells.append(f"{tag}><v>{value}</v></c>")
                    case "text":
                        self.formulas.append((number, column))
                        cells.append(f'{tag} t="str"><f>{text}</f><v>{value}</v></c>')
                    case _:
                        self.formulas.append((number, column))
                        cells.append(f'{tag} t="e"><f>{text}</f><v>#DIV/0!</v></c>')
            made.append(f'<row r="{number}"{look}{"".join(cells)}</row>')
        return made

    def given(self) -> dict[Place, Value]:
        """Return values for some of the formulas."""
        values: tuple[Value, ...] = (1.5, "a & <b>", "", True, ErrorValue.NUM)
        some = self.chance.sample(self.formulas, self.chance.randint(0, min(4, len(self.formulas))))
        return {place: self.chance.choice(values) for place in some}


# --------------------------------------------------------------------------------------------------------- changes

ODD_TEXTS = (
    *("1_0", " 1", "1 ", "0x1p3", "1e400", "-1e400", "nan", "infinity", "inf", "+1", "", "-", ".5", "5.", "1 2", "007"),
    *("&#65;", "&#49;", "&apos;", "&amp;lt;", "&lt;", "&gt;", "&bogus;", "&", "<![CDATA[1]]>", "<!-- -->1", "1\r\n"),
    *("\t1", "\n", "\x011", "\x02", "\x03-1\x03", "\x0b", "\x0c1", "\x1f", "]]>", "#N/A", "TRUE", "true", "2", "5", "9" * 400),
    *("_x0041_", "\ufffe", "\x7f", "\u0085", "\u2028", "１", "%", "%d", "%%d", "A1048576", "A1048577", "XFD1", "XFE1"),
    *("<!DOCTYPE a>", "<x/>", "</v><v>", "</c>", "x" * 300_000, "0" * 300_000 + "1", "A1+" * 5_000, "(" * 200),
)  # fmt: skip
ODD_STYLES = ("007", "-1", "x", "", "99999999999", "1 ", "+1", "１", '1" s="1')
ODD_ADDRESSES = ("A05", "a5", "$A$5", "XFE5", "AAAA5", "A1048577", "A0", "", "A", "5", "R1C1", 'A5" x="')
ODD_TYPES = ("s", "str", "e", "b", "n", "inlineStr", "d", "x", "")
ODD_FORMULAS = (
    *("<f/>", "<f></f>", '<f t="shared" si="0"/>', '<f si="0" t="shared"/>', '<f si="00" t="shared"/>'),
    *('<f si="0" t="shared">A1</f>', '<f si="0" t="shared" ref="A1:A9">A1</f>', '<f si="0" t="shared" ref="A1:A9"/>'),
    *('<f si="77" t="shared" ref="A1:A9">A1*2</f>', '<f si="77" t="shared"/>', '<f si="x" t="shared"/>'),
    *('<f t="array" ref="A1:A2">A1</f>', '<f ca="1">A1</f>', "<f>=A1</f>", "<f> A1 </f>", '<f t="normal">A1</f>'),
    *("<f>A1</f><f>A2</f>", "<x:f>A1</x:f>", f'<f xmlns="{MAIN}">A1</f>', "<f>A<!-- -->1</f>", "<f>A1<x/></f>"),
)  # fmt: skip
ROW_ATTRIBUTES = (
    *(' hidden="1"', ' hidden="true"', ' hidden="false"', ' hidden="t"', ' hidden="on"', ' hidden=" 1"', ' ht="0"'),
    *(' ht="0.0"', ' ht="00"', ' ht="1e-9"', ' ht="x"', ' ht="-1"', ' ht="15"', ' ht="nan"', ' spans="1:3"', ' r="7"'),
    *(' spans="1" spans="1"', ' a="&lt;"', ' x:y="1"', ' a="\x01"', ' a="\ufffe"', ' a="&"', " a='1'", '  a="1"'),
    *(' xmlns="urn:x"', ' a=""', ' HIDDEN="1"', ' height="0"', ' ht = "0"', ' hidden="1" hidden="0"', ' a="é"'),
)  # fmt: skip
ODD_HEADS = (
    *('<?xml version="1.0" encoding="UTF-8"?>', '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'),
    *('<?xml version="1.0" encoding="UTF-16"?>', '<?xml version="1.0" encoding="utf-7"?>', "\ufeff", " ", "<!-- -->"),
    *("<!DOCTYPE a>", "<?x <sheetData></sheetData> ?>", '<?xml version="1.1"?>'),
)  # fmt: skip
_ROWS = '<sheetData><row r="1"></row></sheetData>'
INSIDE_HEADS = (
    f"<!-- {_ROWS} -->",
    f"<?x {_ROWS} ?>",
    f'<x a="{_ROWS}"/>',
    f"<![CDATA[{_ROWS}]]>",
    _ROWS,
    "<!-- <sheetData> -->",
    "<?x <sheetData> ?>",
    '<x a="<sheetData>"/>',
    "<x>",
    "<sheetData/>",
    "<c/>",
    "é",
)
ODD_TAILS = (
    *("<sheetData/>", "<sheetData></sheetData>", "<row/>", "<!-- -->", "<x>", "</x>", "<mergeCells/><mergeCells/>"),
    *('<x xmlns="urn:x"><sheetData/></x>', "<![CDATA[<c/>]]>", "<pageMargins/>", "]]>", "<legacyDrawing/>"),
)  # fmt: skip


class Change(NamedTuple):
    """Something else in the place of what a pattern matches: any of the options."""

    pattern: re.Pattern[str]
    options: Callable[[re.Match[str]], Sequence[str]]

    def everywhere(self, xml: str) -> Iterator[str]:
        """Yield the sheet with each option in each place."""
        for match in self.pattern.finditer(xml):
            for option in self.options(match):
                yield xml[: match.start()] + option + xml[match.end() :]

    def somewhere(self, xml: str, chance: random.Random) -> str:
        """Return the sheet with one option in one place."""
        matches = [*self.pattern.finditer(xml)]
        if not matches:
            return xml
        match = chance.choice(matches)
        return xml[: match.start()] + chance.choice(self.options(match)) + xml[match.end() :]


def _instead(pattern: str, options: Sequence[str]) -> Change:
    return Change(re.compile(pattern), lambda _: options)


def _more(pattern: str, more: Sequence[str]) -> Change:
    return Change(re.compile(pattern), lambda match: [match[0] + option for option in more])


def _again(match: re.Match[str]) -> list[str]:
    """Write the last row once more below itself, with the number of a new row or without."""
    row, old = match[0], int(match[1])
    news = [row.replace(f'{old}"', f'{old + more}"') for more in (0, 1, 2)]
    news += [row.replace(str(old), str(old + 1)), re.sub(f'( r="[A-Z]*){old}', rf"\g<1>{old + 1}", row)]
    return [row + again for again in news]


def _moved(match: re.Match[str]) -> list[str]:
    """Give a row another number, and its cells, too."""
    row, old = match[0], match[1]
    return [row.replace(f'{old}"', f'{new}"') for new in ("0", "1", "1048576", "1048577", "10485760", f"0{old}")]


_BETWEEN = (" ", "\n", "x", "\x01", "<!-- -->", "<c/>", "<v>1</v>", "<row>", '<row r="99">', "</row>", "<x>")
CHANGES = (
    _instead("(?<=<v>)[^<]*(?=</v>)", ODD_TEXTS),
    _instead("<v>[^<]*</v>", ("", "<v/>", "<v>1</v><v>1</v>", "<v >1</v>", "<v>1</v >", "\x01")),
    _instead('(?<= s=")[^"]*(?=")', ODD_STYLES),
    _instead(' s="[^"]*"', ("",)),
    Change(re.compile('(?<= r=")[A-Z]+([0-9]+)(?=")'), lambda match: [*ODD_ADDRESSES, *(f"{a}{match[1]}" for a in ("A", "XFD", "XFE", "ZZZ", "AAAA", "a", "$A"))]),
    _instead('(?<= r="[A-Z])[0-9]+(?=")', ("0", "01", "5", "1048576", "x", "9" * 5000)),
    _instead(' t="[a-z]*"|(?<=[0-9]")(?=>)', [f' t="{kind}"' for kind in ODD_TYPES]),
    _instead("<f[ >/].*?(?:/>|</f>)", ODD_FORMULAS),
    _more("(?<=<f>)(?=[^<])|(?<=[^<])(?=</f>)", ODD_TEXTS),
    _instead('(?<= si=")[0-9]+', ("0", "1", "2", "01", "99", "x", "", "9" * 5000)),
    _instead(' ref="[A-Z0-9:]*"', ("", ' ref=""', ' ref="A1"', ' ref="XFD1048576"', ' ref="C5:XFE9"', ' ref="C5:A1"', ' ref="C5:C5:C6"')),
    _more('(?<=<row r=")[0-9]+"[^>]*', ROW_ATTRIBUTES),
    Change(re.compile('(?<=<row r=")[0-9]{1,8}(?=")'), lambda match: ["1", "1048576", str(int(match[0]) + 1), "9" * 5000]),
    Change(re.compile('<row r="([0-9]+)".*?</row>'), _moved),
    Change(re.compile("<(row|c) .*?</\\1>"), lambda match: ["", match[0] * 2]),
    Change(re.compile('<row r="([0-9]{1,8})"(?:(?!<row).)*</row>(?=</sheetData>)'), _again),
    _instead("(?=<worksheet)", ODD_HEADS),
    _instead("(?=<dimension)", INSIDE_HEADS),
    _instead("(?<=</sheetData>)", ODD_TAILS),
    _instead("(?=<c )|(?=</c>)|(?=</row>)|(?=<row)|(?=</sheetData>)", _BETWEEN),
    _instead("(?s).", "\x00\x01\x02\x03\t\n\r <>&\"'/=0159AZaz%:é！\ud800"),
)  # fmt: skip
# Those that leave a sheet one of ours, mostly.
GENTLE = (
    _instead("(?<=<v>)[-0-9.e]+(?=</v>)", (*VALUES, "+1", "007", " 1", ".5", "5.", "1E+05")),
    _instead('(?<=t="str">)<v>[^<]*(?=</v>)', ("<v>&lt;", "<v>\n", "<v>_x0041_", "<v>%d", "<v>é\u2028")),
    _instead('(?<= s=")[0-9]+(?=")', ("0", "3", "999999999")),
    _instead('(?<=</f>)<v>[^<]*</v>|(?<=s="4">)<v>[^<]*</v>', ("",)),
    _instead("(?<=<f>)[^<]*(?=</f>)", ("A1", "%", "'A1'!A1", "$A1:A$1", "A:A", "A1048576", "A1048577", "A1%*A01", "1:1")),
    _more('(?<=<row r=")[0-9]+"', (' hidden="1"', ' hidden="true"', ' ht="0"', ' ht="15"', ' spans="1:3"', ' hidden="false"')),
    Change(re.compile("<(row|c) .*?</\\1>"), lambda _: [""]),
    _instead("(?=<worksheet)", ODD_HEADS[:2]),
    _instead("(?<=</sheetData>)", ("<!-- -->", "<x/>", '<x xmlns="urn:x"/>')),
)  # fmt: skip
EVERYTHING = (
    f'<worksheet xmlns="{MAIN}"><dimension ref="A1"/><sheetData>'
    '<row r="3" ht="15.75" customHeight="1"><c r="A3" s="3"><v>0.5</v></c><c r="B3" s="0" t="s"><v>2</v></c>'
    '<c r="C3" s="3" t="b"><v>1</v></c><c r="D3" s="1" t="e"><v>#NUM!</v></c><c r="E3" s="4"></c></row>'
    '<row r="5" hidden="1"><c r="A5" s="4"><f>B$3+C6*5</f><v>5</v></c><c r="B5" s="4" t="str"><f>A5&amp;"%d"</f><v>a</v></c>'
    '<c r="C5" s="4"><f si="0" t="shared" ref="C5:C6">A5*2</f><v>10</v></c></row>'
    '<row r="6" hidden="1"><c r="A6" s="4"><f>B$3+C7*5</f><v>6</v></c><c r="B6" s="4" t="str"><f>A6&amp;"%d"</f><v></v></c>'
    '<c r="C6" s="4"><f si="0" t="shared"/><v>12</v></c></row>'
    '<row r="8"><c r="A8" s="4" t="e"><f si="1" t="shared" ref="A8">A7+A9</f><v>#DIV/0!</v></c><c r="B8" s="3"><v>1</v></c></row>'
    "</sheetData></worksheet>"
)  # fmt: skip


def _part_moved(xml: str, chance: random.Random) -> str:
    """Take a piece between two tags out, or put it elsewhere or twice."""
    cuts = [match.start() for match in re.finditer("<", xml)]
    start, stop = sorted(chance.choices(cuts or [0], k=2))
    piece, rest = xml[start:stop], xml[:start] + xml[stop:]
    to = chance.choice(cuts or [0])
    return chance.choice((rest, xml[:to] + piece + xml[to:], rest[:to] + piece + rest[to:]))


def changed(xml: str, chance: random.Random) -> bytes:
    """Return a sheet with one or two changes, now and then many."""
    for _ in range(chance.choice((1, 1, 2, 6))):
        change = chance.choice((*chance.choice((CHANGES, GENTLE)), None))
        xml = _part_moved(xml, chance) if change is None else change.somewhere(xml, chance)
    return xml.encode("utf-8", "surrogatepass")


@pytest.fixture(params=[32, 1 << 20], ids=["many chunks", "one chunk"])
def chunk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Read that many bytes at once."""
    monkeypatch.setattr(quick_scan, "CHUNK", request.param)
    return int(request.param)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.usefixtures("chunk")
def test_the_quick_reader_takes_every_sheet_of_ours_and_gives_the_same(seed: int) -> None:
    for number in range(SHEETS):
        writer = Writer(random.Random(f"{seed} {number}"))
        xml = writer.sheet()
        assert is_taken(xml.encode(), writer.given()), xml


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.usefixtures("chunk")
def test_both_readers_give_the_same_for_a_sheet_that_was_changed(seed: int) -> None:
    taken = 0
    for number in range(SHEETS):
        chance = random.Random(f"{seed} {number}")
        writer = Writer(chance)
        taken += is_taken(changed(writer.sheet(), chance), writer.given())
    assert taken > SHEETS / 4


@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_both_readers_give_the_same_for_each_change_alone(number: int) -> None:
    assert is_taken(EVERYTHING.encode(), {(5, 1): 7.0})
    for xml in CHANGES[number].everywhere(EVERYTHING):
        is_taken(xml.encode("utf-8", "surrogatepass"), {(5, 1): 7.0})


@pytest.mark.parametrize("row", [1_048_576, 1_048_577])
def test_a_row_beyond_the_sheet_is_left_to_the_careful_reader(row: int) -> None:
    xml = f'<worksheet xmlns="{MAIN}"><sheetData><row r="{row}"><c r="A{row}" s="0"><v>1</v></c></row></sheetData></worksheet>'
    assert is_taken(xml.encode(), {}) == (row == 1_048_576)


def test_a_formula_that_is_too_long_further_down_is_left_to_the_careful_reader() -> None:
    rows = "".join(
        f'<row r="{row}"><c r="A{row}" s="0"><f>{f"B{row}+" * 2_340}1</f></c></row>' for row in (99_999, 100_000)
    )
    assert not is_taken(f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'.encode(), {})


def test_many_shared_formulas_are_written_out_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("quick_scan", "careful_parse"):
        monkeypatch.setattr(f"xlbackprop.xlsx.read.{module}.MOST_GROUPS", 1)
    for number in range(SHEETS):
        writer = Writer(random.Random(number))
        assert is_taken(writer.sheet().encode(), writer.given())


@pytest.mark.parametrize("given", [{}, {"Checks": {(2, 2): "given"}}])
def test_a_whole_workbook_is_read_alike(tmp_path: Path, given: Mapping[str, Given]) -> None:
    path = tmp_path / "lesson.xlsx"
    write_workbook(compile_document(read_lesson(GOOD, "good.toml")), path)
    found: list[dict[str, Cells]] = []
    blind: list[dict[str, Cells]] = []
    for quickly in (True, False):
        copy = tmp_path / f"{quickly}.xlsx"
        with workbook_package(path) as package:
            strings = reader._shared_strings(package)
            sheets = reader._read(package, copy, given, strings, quick=quickly)
            found.append({name: dict(sheet.items()) for name, sheet in sheets.items()})
        blind.append({name: dict(sheet.items()) for name, sheet in read_workbook(copy).items()})
    assert found[0] == found[1]
    assert blind[0] == blind[1]
    assert not any(cell.value for cells in blind[0].values() for cell in cells.values() if cell.formula)
