"""Files that are no workbook, that are too large, and that say one thing twice, are refused with a reason."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest

from tests.tampering import edit_part, sheet_part
from tests.test_reader import SHEET, edited, refused, with_sheet
from xlbackprop import compile_document, load_lesson, write_workbook
from xlbackprop.errors import InputError
from xlbackprop.xlsx.read import package, reader
from xlbackprop.xlsx.read.reader import read_workbook
from xlbackprop.xlsx.write import is_untouched
from xlbackprop.xlsx.write import seal as stamp


def replaced(xml: bytes, old: str, new: str) -> bytes:
    assert old.encode() in xml
    return xml.replace(old.encode(), new.encode())


def test_a_file_that_is_no_workbook_is_said_to_be_none(tmp_path: Path) -> None:
    made = with_sheet(tmp_path, "")
    text, old, none = tmp_path / "text.xlsx", tmp_path / "old.xls", tmp_path / "zip.xlsx"
    text.write_text("hello")
    old.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    with ZipFile(none, "w") as archive:
        archive.writestr("hello.txt", "hello")

    assert "no such file" in refused(tmp_path / "absent.xlsx")
    assert "folder" in refused(tmp_path)
    assert "not an .xlsx file" in refused(text)
    assert "password" in refused(old)
    assert "no workbook" in refused(none)
    assert "no workbook" in refused(edited(made, tmp_path / "b.xlsx", **{"xl/workbook.xml": lambda _: None}))
    assert "is missing" in refused(edited(made, tmp_path / "c.xlsx", **{SHEET: lambda _: None}))


def test_a_cut_off_file_is_refused(tmp_path: Path) -> None:
    whole = with_sheet(tmp_path, '<row r="1"><c r="A1"><v>1</v></c></row>' * 50).read_bytes()
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(whole[: len(whole) // 2])
    refused(cut)
    broken = bytearray(whole)
    broken[60] ^= 0xFF  # in the packed bytes of the first part, which is read by every reader
    cut.write_bytes(broken)
    try:
        read_workbook(cut)
    except InputError as fault:
        assert "cut.xlsx" in str(fault)  # noqa: PT017 -- where the byte does no harm, nothing has to be said


def test_entities_are_refused(tmp_path: Path) -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;">]><worksheet>&y;</worksheet>'
    outside = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet>&x;</worksheet>'
    made = with_sheet(tmp_path, "")
    for xml in (bomb, outside):
        assert "document type" in refused(edited(made, tmp_path / "b.xlsx", **{SHEET: lambda _, xml=xml: xml}))


def test_a_part_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MAX_PART", 20_000)
    path = with_sheet(tmp_path, '<row r="1">' + '<c r="A1"><v>1</v></c>' * 1000 + "</row>")
    assert "its part xl/worksheets/sheet1.xml is larger than 20,000 bytes." in refused(path)


@pytest.mark.parametrize("limit", ["MAX_TIGHT_PART", "MAX_TIGHT_TOTAL"])
def test_what_is_large_may_not_be_packed_tight(limit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file that unpacks to gigabytes is made to burst; large workbooks of ours are packed 5 to 13 times."""
    monkeypatch.setattr(package, limit, 5_000)
    cells = "".join(f"<c><v>{column * 0.37:.17g}</v></c>" for column in range(1500))
    loose = with_sheet(tmp_path, f'<row r="1">{cells}</row>')
    (found,) = read_workbook(loose).values()
    assert len(found) == 1500
    tight = with_sheet(tmp_path, f'<row r="1">{"<c><v>1</v></c>" * 16_000}</row>')
    assert "larger than" in refused(tight)


def test_parts_that_are_together_too_large_or_too_many_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = with_sheet(tmp_path, "")
    monkeypatch.setattr(package, "MAX_PARTS", 5)
    assert "parts, more than 5." in refused(path)
    monkeypatch.setattr(package, "MAX_PARTS", 500)
    monkeypatch.setattr(package, "MAX_TOTAL", 5_000)
    assert "together larger than 5,000 bytes" in refused(path)


def test_two_sheets_of_one_name_or_one_part_are_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Inputs"
    book.create_sheet("Checks")
    book.save(tmp_path / "two.xlsx")

    def with_book(old: str, new: str) -> Path:
        part = "xl/workbook.xml"
        return edited(tmp_path / "two.xlsx", tmp_path / "b.xlsx", **{part: lambda xml: replaced(xml, old, new)})

    assert "two sheets named 'INPUTS'" in refused(with_book('"Checks"', '"INPUTS"'))
    assert "have the same part xl/worksheets/sheet1.xml" in refused(with_book('r:id="rId2"', 'r:id="rId1"'))


def test_one_id_for_two_parts_is_refused(tmp_path: Path) -> None:
    part = "xl/_rels/workbook.xml.rels"
    made = with_sheet(tmp_path, "")
    path = edited(made, tmp_path / "b.xlsx", **{part: lambda xml: replaced(xml, '"rId9"', '"rId1"')})
    assert f"its part {part} has one id for two things" in refused(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", [SHEET, SHEET.upper()])
def test_a_part_that_stands_twice_is_refused(tmp_path: Path, name: str) -> None:
    path = with_sheet(tmp_path, "")
    with ZipFile(path, "a") as archive:
        archive.writestr(name, "<worksheet/>")
    assert f"two parts named {name}" in refused(path)


def test_the_reader_looks_at_nothing_outside_the_file() -> None:
    for module in (reader, package):
        assert not {"urllib", "socket", "subprocess"} & set(vars(module))


def test_a_workbook_of_ours_with_a_cell_added_behind_its_back_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lesson.xlsx"
    write_workbook(compile_document(load_lesson(epochs=3, learning_rates=[0.5])), path)
    hidden = '<row r="3"><c r="B3" t="str"><v>PASS</v></c></row></sheetData>'
    edit_part(path, sheet_part(path, "Checks"), lambda text: text.replace("</sheetData>", hidden))
    assert "a sheet has the row 3 twice" in refused(path)


def test_a_stamp_larger_than_any_of_ours_is_not_unpacked_to_say_that_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lesson.xlsx"
    write_workbook(compile_document(load_lesson(epochs=3, learning_rates=[0.5])), path)
    assert is_untouched(path)
    monkeypatch.setattr(stamp, "MAX_STAMP", 3)
    monkeypatch.setattr(ZipFile, "open", lambda *_: pytest.fail("a part was opened"))
    assert not is_untouched(path)
