"""Files of every kind of program, and files that are not what they say."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest

from xlbackprop.errors import InputError
from xlbackprop.workbook.document import ErrorValue
from xlbackprop.xlsx.read import ReadCell, ReadSheet, blind_copy, careful_parse, read_workbook, relative_formula

pytestmark = pytest.mark.installed

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
SHEET = "xl/worksheets/sheet1.xml"


def edited(source: Path, target: Path, **parts: Callable[[bytes], bytes | None]) -> Path:
    """Copy a zip; each named part goes through its function, and is left out where that gives None."""
    with ZipFile(source) as old, ZipFile(target, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            content: bytes | None = old.read(name)
            assert content is not None
            if name in parts:
                content = parts[name](content)
            if content is not None:
                new.writestr(name, content)
    return target


def with_sheet(tmp_path: Path, rows: str, *, space: str = MAIN, prefix: str = "", strings: str = "") -> Path:
    """Return a workbook whose only sheet has these rows, written as they stand."""
    source = tmp_path / "empty.xlsx"
    openpyxl.Workbook().save(source)
    colon = f"{prefix}:" if prefix else ""
    name = f":{prefix}" if prefix else ""
    xml = f'<{colon}worksheet xmlns{name}="{space}"><{colon}sheetData>{rows}</{colon}sheetData></{colon}worksheet>'
    texts = f'<Relationship Id="rId9" Type="{space}/sharedStrings" Target="texts.xml"/></Relationships>'
    parts = {
        SHEET: lambda _: xml.encode(),
        "xl/_rels/workbook.xml.rels": lambda old: old.replace(b"</Relationships>", texts.encode()),
    }
    made = edited(source, tmp_path / "made.xlsx", **parts)
    with ZipFile(made, "a") as package:
        package.writestr("xl/texts.xml", f'<sst xmlns="{MAIN}">{strings}</sst>')
    return made


def cells_of(tmp_path: Path, rows: str, **how: str) -> ReadSheet:
    (cells,) = read_workbook(with_sheet(tmp_path, rows, **how)).values()
    return cells


def formulas_of(cells: ReadSheet) -> dict[tuple[int, int], str | None]:
    return {place: cell.formula for place, cell in cells.items()}


# ------------------------------------------------------------------------------------------------------------- values


def test_a_workbook_of_openpyxl_is_read_sheet_by_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "LR=0.1"
    book.active["B2"] = "∂E/∂w"
    book.active["C2"] = "=B3*2"
    book.create_chartsheet("only a chart")
    book.create_sheet("it's").append([1, 2.5, True, None, "x"])
    book.save(tmp_path / "a.xlsx")

    assert read_workbook(tmp_path / "a.xlsx") == {
        "LR=0.1": {(2, 2): ReadCell(None, "∂E/∂w"), (2, 3): ReadCell("B3*2", None)},
        "it's": {
            (1, 1): ReadCell(None, 1.0),
            (1, 2): ReadCell(None, 2.5),
            (1, 3): ReadCell(None, True),
            (1, 5): ReadCell(None, "x"),
        },
    }


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c r="A1"><v>0.30000000000000004</v></c>', 0.1 + 0.2),
        ('<c r="A1" t="n"><v>1E-19</v></c>', 1e-19),
        ('<c r="A1" t="b"><v>0</v></c>', False),
        ('<c r="A1" t="e"><v>#NUM!</v></c>', ErrorValue.NUM),
        ('<c r="A1" t="e"><v>#BUSY!</v></c>', ErrorValue.VALUE),
        ('<c r="A1" t="str"><f>B1</f><v>6.0</v></c>', "6.0"),
        ('<c r="A1" t="str"><f>B1</f><v></v></c>', ""),
        ('<c r="A1"><f>B1</f></c>', None),
        ('<c r="A1"><f>B1</f><v/></c>', None),
        ('<c r="A1" t="s"><v>0</v></c>', "plain"),
        ('<c r="A1" t="s"><v>1</v></c>', "rich text"),
        ('<c r="A1" t="s"><v>2</v></c>', "tab\x0bin it"),
        ('<c r="A1" t="inlineStr"><is><t>in</t><r><t xml:space="preserve"> line</t></r></is></c>', "in line"),
    ],
)
def test_every_type_of_cell_has_its_value(tmp_path: Path, cell: str, value: object) -> None:
    strings = (
        "<si><t>plain</t></si>"
        "<si><r><rPr><b/></rPr><t>rich</t></r><r><t> text</t></r><rPh><t>how it is said</t></rPh></si>"
        "<si><t>tab_x000B_in it</t></si>"
    )
    found = cells_of(tmp_path, f'<row r="1">{cell}</row>', strings=strings)[1, 1].value
    assert found == value
    assert type(found) is type(value)


def test_empty_cells_are_absent(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1" s="3"/><c r="B1"><v></v></c><c r="C1" t="inlineStr"><is><t></t></is></c></row>'
    assert cells_of(tmp_path, rows) == {}


def test_cells_without_an_address_are_counted(tmp_path: Path) -> None:
    rows = '<row><c><v>1</v></c><c><v>2</v></c></row><row r="5"><c r="C5"><v>3</v></c><c><v>4</v></c></row>'
    assert [*cells_of(tmp_path, rows)] == [(1, 1), (1, 2), (5, 3), (5, 4)]


@pytest.mark.parametrize("space", [MAIN, STRICT])
def test_prefixes_and_the_strict_dialect_are_read(tmp_path: Path, space: str) -> None:
    rows = '<x:row r="1"><x:c r="A1"><x:f>B1</x:f><x:v>2</x:v></x:c></x:row>'
    assert cells_of(tmp_path, rows, space=space, prefix="x") == {(1, 1): ReadCell("B1", 2.0)}


# ---------------------------------------------------------------------------------------------------- shared formulas


def test_a_shared_formula_is_written_out_down_a_column(tmp_path: Path) -> None:
    rows = (
        '<row r="2"><c r="C2"><f t="shared" ref="C2:C4" si="0">B1-$C$1*Y1&amp;"B1"</f><v>1</v></c></row>'
        '<row r="3"><c r="C3"><f t="shared" si="0"/><v>2</v></c></row>'
        '<row r="4"><c r="C4"><f t="shared" si="0"/><v>3</v></c></row>'
    )
    cells = cells_of(tmp_path, rows)
    assert cells[3, 3] == ReadCell('B2-$C$1*Y2&"B1"', 2.0)
    assert cells[4, 3] == ReadCell('B3-$C$1*Y3&"B1"', 3.0)


def test_a_shared_formula_is_written_out_over_a_block(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="B1"><f t="shared" ref="B1:C2" si="4">A1+$A1+A$1+$A$1</f></c>'
        '<c r="C1"><f t="shared" si="4"/></c></row>'
        '<row r="2"><c r="B2"><f t="shared" si="4"/></c><c r="C2"><f t="shared" si="4"/></c></row>'
    )
    assert formulas_of(cells_of(tmp_path, rows)) == {
        (1, 2): "A1+$A1+A$1+$A$1",
        (1, 3): "B1+$A1+B$1+$A$1",
        (2, 2): "A2+$A2+A$1+$A$1",
        (2, 3): "B2+$A2+B$1+$A$1",
    }


def test_the_first_cell_of_a_shared_formula_may_come_last(tmp_path: Path) -> None:
    rows = (
        '<row r="2"><c r="A2"><f t="shared" si="0"/></c></row>'
        '<row r="3"><c r="A3"><f t="shared" ref="A2:A3" si="0">B3*2</f></c></row>'
    )
    assert formulas_of(cells_of(tmp_path, rows)) == {(2, 1): "B2*2", (3, 1): "B3*2"}


@pytest.mark.parametrize(
    ("formula", "moved"),  # from B2 to D5
    [
        ("LOG10(A1)+EXP(B2)", "LOG10(C4)+EXP(D5)"),
        ("'LR=0.1'!A1+Sheet1!$A1+AB12!C3", "'LR=0.1'!C4+Sheet1!$A4+AB12!E6"),
        ("'it''s A1'!A1", "'it''s A1'!C4"),
        ('IF(A1="A1 ""B2""",A1,"%d")', 'IF(C4="A1 ""B2""",C4,"%d")'),
        ("SUM(A:B)+SUM($A:B)+SUM(1:2)+SUM($1:2)", "SUM(C:D)+SUM($A:D)+SUM(4:5)+SUM($1:5)"),
        ("SUM(A1:B$2,$A$1:C3)", "SUM(C4:D$2,$A$1:E6)"),
        ("lr_main*w_1+name.A1+1E5+x1y", "lr_main*w_1+name.A1+1E5+x1y"),
        ("Table1[[#This Row],[A1]]*A1%", "Table1[[#This Row],[A1]]*C4%"),
        ("[1]Sheet1!A1+TRUE", "[1]Sheet1!C4+TRUE"),
        ("A1048574+XFC1+XFD1048576", "#REF!+#REF!+#REF!"),
    ],
)
def test_only_references_move(formula: str, moved: str) -> None:
    assert relative_formula(formula, row=2, right=2).at(5) == moved


def test_an_array_formula_belongs_to_every_cell_of_its_block(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1"><f t="array" ref="A1:A2">B1:B2*2</f><v>2</v></c><c r="B1"><v>1</v></c></row>'
        '<row r="2"><c r="A2"><v>4</v></c><c r="B2"><v>2</v></c></row>'
    )
    cells = cells_of(tmp_path, rows)
    assert cells[1, 1] == ReadCell("B1:B2*2", 2.0)
    assert cells[2, 1] == ReadCell("B1:B2*2", 4.0)
    assert cells[2, 2] == ReadCell(None, 2.0)


def test_sixty_thousand_shared_cells_are_read_in_about_a_second(tmp_path: Path) -> None:
    letters = "BCDEFGHIJKLMNOPQRSTU"
    first = "".join(f'<c r="{a}1"><f t="shared" ref="{a}1:{a}3000" si="{n}">({a}9-$A$1)*{a}8</f><v>0.123</v></c>'
                    for n, a in enumerate(letters))  # fmt: skip
    rows = [f'<row r="1">{first}</row>']
    for row in range(2, 3001):
        cells = "".join(f'<c r="{a}{row}"><f t="shared" si="{n}"/><v>0.123</v></c>' for n, a in enumerate(letters))
        rows.append(f'<row r="{row}">{cells}</row>')
    path = with_sheet(tmp_path, "".join(rows))

    start = time.perf_counter()
    (found,) = read_workbook(path).values()
    assert time.perf_counter() - start < 5  # about 0.4 s; slow machines may take their time
    assert len(found) == 60_000
    assert found[3000, 21].formula == "(U3008-$A$1)*U3007"


# ------------------------------------------------------------------------------------------------------ what is refused


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_workbook(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ('<row r="1"><c r="A1"><v>1</v></row>', "damaged"),
        ('<row r="1"><c r="A1"><v>one</v></c></row>', "damaged"),
        ('<row r="1"><c r="A1" t="s"><v>7</v></c></row>', "text number '7'"),
        ('<row r="1"><c r="ABCD1"><v>1</v></c></row>', "'ABCD1'"),
        ('<row r="1"><c r="A1048577"><v>1</v></c></row>', "'A1048577'"),
        ('<row r="1"><c r="A1"><f t="shared" si="3"/></c></row>', "shared formula number '3'"),
    ],
)
def test_a_damaged_sheet_is_said_to_be_damaged(tmp_path: Path, rows: str, said: str) -> None:
    assert said in refused(with_sheet(tmp_path, rows))


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="4"><c r="C4"><v>1</v></c><c r="C4"><v>2</v></c></row>',
        '<row r="4"><c r="D4"><v>1</v></c><c r="C4"><v>2</v></c></row>',
        '<row r="1"><c r="C4"><v>1</v></c></row>',
        '<row r="4"><c r="D4"/><c r="C4"/></row>',
    ],
)
def test_a_cell_twice_or_out_of_order_is_refused(tmp_path: Path, rows: str) -> None:
    """Some programs take the first of two cells, some the last; some believe the row, some the cell."""
    path = with_sheet(tmp_path, rows)
    assert "a sheet has the cell C4 twice or out of order" in refused(path)
    with pytest.raises(InputError, match="cell C4 twice"):
        blind_copy(path, tmp_path / "blind.xlsx")


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="4"><c r="A4"><v>1</v></c></row><row r="4"><c r="B4"><v>2</v></c></row>',
        '<row r="5"/><row r="4"><c/><c r="C4"/></row>',
        '<row r="3"/><row/><row r="4"/>',
    ],
)
def test_a_row_twice_or_out_of_order_is_refused(tmp_path: Path, rows: str) -> None:
    assert "a sheet has the row 4 twice or out of order" in refused(with_sheet(tmp_path, rows))


@pytest.mark.parametrize(
    "rows",
    [
        '<x:wrap xmlns:x="urn:x"><row r="1"><c r="A1"><v>1</v></c></row></x:wrap>',
        '<row r="1"><x:wrap xmlns:x="urn:x"><c r="A1"><v>1</v></c></x:wrap></row>',
        '<row r="1"><x:c xmlns:x="urn:x" r="A1"><v>1</v></x:c></row>',
        '<row r="1"><c r="A1"><v>1</v><x:f xmlns:x="urn:x">B1</x:f></c></row>',
        '<row r="1"><c r="A1"><extLst><row r="2"><c r="A2"/></row></extLst></c></row>',
        '<c r="A1"><v>1</v></c>',
        '<row r="1"><row r="2"><c r="A2"/></row></row>',
    ],
)
def test_a_cell_inside_another_element_is_refused(tmp_path: Path, rows: str) -> None:
    """A program that ignores the wrapper does not see it; one that looks for the names of elements does."""
    assert re.search("an element|a namespace", refused(with_sheet(tmp_path, rows)))


@pytest.mark.parametrize(
    "rows", ['<row r="1048576"/><row><c/></row>', '<row r="0"><c/></row>', '<row r="2"><c r="XFD2"/><c/></row>']
)
def test_cells_are_not_counted_beyond_the_sheet(tmp_path: Path, rows: str) -> None:
    assert "which no sheet has" in refused(with_sheet(tmp_path, rows))


def test_array_formulas_that_lie_over_each_other_are_refused(tmp_path: Path) -> None:
    def rows(one: str, other: str) -> str:
        return (
            f'<row r="1"><c r="A1"><f t="array" ref="{one}">D1</f></c><c r="B1"><v>2</v></c></row>'
            f'<row r="3"><c r="A3"><f t="array" ref="{other}">D2</f></c><c r="B3"><v>2</v></c></row>'
        )

    assert "covers the formula in A3" in refused(with_sheet(tmp_path, rows("A1:B3", "A3:B4")))
    assert "in A3 lies over another" in refused(with_sheet(tmp_path, rows("A1:B2", "A1:A2")))
    cells = cells_of(tmp_path, rows("B2:A1", "A3:XFD3"))
    assert [cells[row, 2].formula for row in (1, 3)] == ["D1", "D2"]


def test_many_array_formulas_take_no_longer_than_many_cells(tmp_path: Path) -> None:
    rows = []
    for row in range(1, 20_001):
        array = f'<c r="A{row}"><f t="array" ref="A{row}:XFD{row}">Z1</f></c>'
        rows.append(f'<row r="{row}">{array}<c r="B{row}"><v>1</v></c><c r="D{row}"><v>1</v></c></row>')
    path = with_sheet(tmp_path, "".join(rows))
    start = time.perf_counter()
    (cells,) = read_workbook(path).values()
    blind_copy(path, tmp_path / "blind.xlsx")
    assert time.perf_counter() - start < 10  # under one second; every cell asked of every block would take minutes
    assert all(cell.formula == "Z1" for cell in cells.values())
    (cells,) = read_workbook(tmp_path / "blind.xlsx").values()
    assert len(cells) == 20_000


def test_shared_formulas_do_not_swell_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(careful_parse, "MAX_EXPANDED", 1_000)
    rows = f'<row r="1"><c r="A1"><f t="shared" ref="A1:A9" si="0">{"B1+" * 100}1</f></c></row>' + "".join(
        f'<row r="{row}"><c r="A{row}"><f t="shared" si="0"/></c></row>' for row in range(2, 10)
    )
    assert "too many" in refused(with_sheet(tmp_path, rows))


@pytest.mark.parametrize("seed", range(20))
def test_no_damage_breaks_the_reader(tmp_path: Path, seed: int) -> None:
    rows = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><f t="shared" ref="B1:B2" si="0">A1*2</f><v>2</v></c></row>'
    )
    whole = with_sheet(tmp_path, rows, strings="<si><t>text</t></si>").read_bytes()
    chance = random.Random(seed)
    path = tmp_path / "damaged.xlsx"
    for _ in range(25):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        for use in (read_workbook, lambda source: blind_copy(source, tmp_path / "blind.xlsx")):
            with suppress(InputError):
                use(path)
