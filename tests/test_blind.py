"""A blind copy has no value that was calculated, and is the same file otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.test_reader import MAIN, SHEET, edited, formulas_of, with_sheet
from xlbackprop.errors import InputError
from xlbackprop.workbook import Place, Value
from xlbackprop.workbook.document import ErrorValue
from xlbackprop.xlsx.read import DamagedWorkbook, ReadCell, blind_copy, read_workbook, reader
from xlbackprop.xlsx.read.careful_parse import CarefulParse


def sheet(cells: str, after: str = "") -> bytes:
    return f'<worksheet xmlns="{MAIN}"><sheetData><row>{cells}</row></sheetData>{after}</worksheet>'.encode()


def blinded(xml: bytes, given: Mapping[Place, Value] | None = None) -> bytes:
    return CarefulParse(xml, ()).blinded(given or {})


def test_a_blind_copy_has_formulas_and_constants_but_no_results(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1" s="1" t="str"><f>B1&amp;"x"</f><v>3x</v></c><c r="B1"><v>3</v></c></row>'
        '<row r="2"><c r="A2" t="b"><f>TRUE</f><v>1</v></c><c r="B2" t="inlineStr"><is><t>text</t></is></c></row>'
        '<row r="3"><c r="A3"><f t="shared" ref="A3:A4" si="0">B3*2</f><v>6</v></c><c r="B3"><v>3</v></c></row>'
        '<row r="4"><c r="A4"><f t="shared" si="0"/><v xml:space="preserve">7</v></c></row>'
        '<row r="5"><c r="A5"><f t="array" ref="A5:B5">B1:B2</f><v>6</v></c><c r="B5"><v>8</v></c></row>'
    )
    source, target = with_sheet(tmp_path, rows), tmp_path / "blind.xlsx"
    blind_copy(source, target)

    (before,), (after,) = read_workbook(source).values(), read_workbook(target).values()
    assert formulas_of(after) == {place: cell.formula for place, cell in before.items() if place != (5, 2)}
    assert all(cell.value is None for cell in after.values() if cell.formula is not None)
    assert after[2, 2] == ReadCell(None, "text")


def test_what_is_given_stands_in_the_place_of_its_formula(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1" t="str"><f>FIXED(B1,2)</f><v>stale</v></c><c r="B1"><v>3</v></c></row>'
        '<row r="2"><c r="A2"><f>B1*2</f><v>6</v></c><c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
        '<row r="3"><c r="A3" t="b"><f t="shared" ref="A3:A4" si="0">B3&gt;1</f><v>1</v></c></row>'
        '<row r="4"><c r="A4"><f t="shared" si="0"/></c><c r="B4"><f>1/3</f></c></row>'
    )
    source, target = with_sheet(tmp_path, rows), tmp_path / "blind.xlsx"
    given = {(1, 1): '3 < 4 & "x"', (2, 2): ErrorValue.NUM, (3, 1): True, (4, 1): False, (4, 2): 1 / 3}
    blind_copy(source, target, {"Sheet": given})
    (cells,) = read_workbook(target).values()
    assert {place: cells[place] for place in given} == {place: ReadCell(None, value) for place, value in given.items()}
    assert cells[2, 1] == ReadCell("B1*2", None)
    assert cells[1, 2] == ReadCell(None, 3.0)


def test_what_is_given_has_the_prefix_of_the_file() -> None:
    xml = '<x:c r="A1"><x:f>B1</x:f><x:v>1</x:v></x:c>'
    there = '<x:c r="A1" t="str"><x:v>a</x:v></x:c>'
    assert blinded(prefixed(xml), {(1, 1): "a"}) == prefixed(there)


def prefixed(cells: str) -> bytes:
    rows = f"<x:sheetData><x:row>{cells}</x:row></x:sheetData>"
    return f'<x:worksheet xmlns:x="{MAIN}">{rows}</x:worksheet>'.encode()


def test_a_blind_copy_changes_nothing_else(tmp_path: Path) -> None:
    source, target = with_sheet(tmp_path, '<row r="1"><c r="A1"><v>3</v></c></row>'), tmp_path / "blind.xlsx"
    blind_copy(source, target)
    with ZipFile(source) as one, ZipFile(target) as other:
        assert sorted(one.namelist()) == sorted(other.namelist())
        assert all(one.read(name) == other.read(name) for name in one.namelist())


@pytest.mark.parametrize("value", ["<v/>", "<v />", "<v></v>", "<v>3</v>"])
def test_a_value_is_cut_out_however_it_is_written(value: str) -> None:
    def cell(kind: str, inside: str) -> str:
        return f'<c r="A1"{kind}><f>B1</f>{inside}</c><c r="B1"/>'

    assert blinded(sheet(cell("", value))) == sheet(cell(' t="n"', ""))


def test_the_values_are_cut_out_whatever_the_prefix_is() -> None:
    xml = '<x:c t="e" r="A1"><x:f>B1</x:f><x:v>#N/A</x:v></x:c><x:c r="B1"/>'
    assert blinded(prefixed(xml)) == prefixed('<x:c t="n" r="A1"><x:f>B1</x:f></x:c><x:c r="B1"/>')


def test_a_blind_copy_does_not_replace_the_workbook(tmp_path: Path) -> None:
    source = with_sheet(tmp_path, "")
    before = source.read_bytes()
    with pytest.raises(InputError, match="itself"):
        blind_copy(source, source)
    assert source.read_bytes() == before


@pytest.mark.parametrize(
    ("cell", "without"),
    [
        (
            """<c foo="a>b" r='A1' t="str"><f x=">">B1</f><v y='>'>3</v ></c>""",
            """<c foo="a>b" r='A1' t="n"><f x=">">B1</f></c>""",
        ),
        ("""<c foo=" t='x'" r="A1"><f>B1</f><v>3</v></c>""", """<c foo=" t='x'" r="A1" t="n"><f>B1</f></c>"""),
        ("""<c r="A1" a=">"><v>3</v><f/></c>""", """<c r="A1" a=">" t="n"><f/></c>"""),
        ("""<c r="A1"><f>B1</f><v><![CDATA[32]]></v></c>""", """<c r="A1" t="n"><f>B1</f></c>"""),
        (
            """<!-- <v>1</v> --><c r="A1"><f>B1</f><v a="/>">3</v></c>""",
            """<!-- <v>1</v> --><c r="A1" t="n"><f>B1</f></c>""",
        ),
    ],
)
def test_the_cut_is_in_its_place_whatever_the_attributes_hold(cell: str, without: str) -> None:
    assert blinded(sheet(cell)) == sheet(without)


@pytest.mark.parametrize("space", ["http://schemas.microsoft.com/office/excel/2006/main", MAIN])
def test_a_formula_outside_the_cells_takes_no_value_away(space: str) -> None:
    """Excel writes the formulas of a data validation or a sparkline after the cells, as xm:f."""
    after = f'<extLst><x:f xmlns:x="{space}">A1</x:f></extLst>'
    xml = sheet('<c r="A1"><f>B1</f></c><c r="B1"><v>3</v></c>', after)
    assert blinded(xml) == xml.replace(b'<c r="A1">', b'<c r="A1" t="n">')


def test_the_values_of_a_block_are_cut_out_where_the_cells_have_no_address() -> None:
    xml = sheet('<c><f t="array" ref="A1:B1">D1:E1</f><v>1</v></c><c><v>2</v></c><c><v>3</v></c>')
    assert xml.count(b"<v>") == 3
    assert blinded(xml).count(b"<v>") == 1


def test_a_mark_of_the_byte_order_and_letters_of_many_bytes_move_no_cut() -> None:
    xml = b"\xef\xbb\xbf" + sheet('<c r="A1" t="str"><f>"∂η"</f><v>∂η</v></c><c r="B1"><v>3</v></c>')
    assert blinded(xml) == b"\xef\xbb\xbf" + sheet('<c r="A1" t="n"><f>"∂η"</f></c><c r="B1"><v>3</v></c>')


@pytest.mark.parametrize("encoding", ["UTF-16", "UTF-16-LE", "UTF-16-BE", "ISO-8859-1"])
def test_a_sheet_in_another_encoding_is_refused(tmp_path: Path, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding[:10].removesuffix("-LE").removesuffix("-BE")}"?>'
    xml = (text + sheet('<c r="A1"><f>B1</f><v>1</v></c>').decode()).encode(encoding)
    path = edited(with_sheet(tmp_path, ""), tmp_path / "other.xlsx", **{SHEET: lambda _: xml})
    for use in (read_workbook, lambda path: blind_copy(path, tmp_path / "blind.xlsx")):
        with pytest.raises(InputError, match=f"written in {encoding[:6]}.* instead of UTF-8"):
            use(path)


def test_an_encoding_that_only_the_byte_order_tells_is_refused() -> None:
    with pytest.raises(DamagedWorkbook, match="UTF-16"):
        blinded(sheet('<c r="A1"><f>B1</f><v>1</v></c>').decode().encode("UTF-16"))


def test_large_parts_are_copied_a_block_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "BLOCK_SIZE", 100)
    path = with_sheet(tmp_path, "")
    picture = bytes(range(256)) * 40
    with ZipFile(path, "a") as archive:
        archive.writestr("xl/media/image1.png", picture)
    blind_copy(path, tmp_path / "blind.xlsx")
    with ZipFile(tmp_path / "blind.xlsx") as copy:
        assert copy.read("xl/media/image1.png") == picture
