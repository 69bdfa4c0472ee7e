"""What is written is the document: every formula, every value to the last digit, whichever program reads it."""

from __future__ import annotations

import os
import re
import zlib
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from formualizer import load_workbook as load_for_recalculation
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from tests.xlsx_sample import FIRST_W, network_only, run_sheet, sample
from xlbackprop.machine import write_workbook
from xlbackprop.workbook.document import Cell, Document, ErrorValue, Fill, Filled, Sheet, Table, block_rows, contents
from xlbackprop.workbook.looks import Look, Style
from xlbackprop.xlsx.write import workbook_bytes
from xlbackprop.xlsx.write.styles import MOST_COPIES
from xlbackprop.xlsx.write.tables import can_be_shared

pytestmark = pytest.mark.installed

NUMBER = Style(Look.NUMBER)


def parts_of(document: Document) -> dict[str, str]:
    with ZipFile(BytesIO(workbook_bytes(document))) as package:
        return {name: package.read(name).decode() for name in package.namelist()}


def document_of(*columns: Filled, cells: dict[tuple[int, int], Cell] | None = None) -> Document:
    tables = (Table(2, 2, columns),) if columns else ()
    return Document("t", "", (Sheet("S", cells or {}, tables),))


def first_sheet_of(document: Document) -> str:
    return parts_of(document)["xl/worksheets/sheet1.xml"]


def blind_copy(data: bytes, path: Path) -> Path:
    """Every formula now claims to be worth 12345; who trusts what is stored is found out."""
    with ZipFile(BytesIO(data)) as source, ZipFile(path, "w") as target:
        for name in source.namelist():
            text = source.read(name).decode()
            if name.startswith("xl/worksheets/sheet"):
                text = re.sub(r"(</f>|<f [^>]*/>)<v>[^<]*</v>", r"\1<v>12345</v>", text)
                text = re.sub(r' t="(str|e|b)"(><f)', r"\2", text)
            target.writestr(name, text)
    return path


def test_openpyxl_reads_back_every_formula_of_the_document() -> None:
    document = sample()
    workbook = load_workbook(BytesIO(workbook_bytes(document)))
    for sheet in document.sheets:
        for row, column, formula, _ in contents(sheet):
            if formula is not None:
                assert workbook[sheet.name].cell(row, column).value == "=" + formula, (sheet.name, row, column)


def test_openpyxl_reads_back_every_value_to_the_last_digit() -> None:
    document = sample()
    workbook = load_workbook(BytesIO(workbook_bytes(document)), data_only=True)
    for sheet in document.sheets:
        for row, column, _, value in contents(sheet):
            assert workbook[sheet.name].cell(row, column).value == value, (sheet.name, row, column)


def test_calamine_reads_every_value(tmp_path: Path) -> None:
    document = sample()
    write_workbook(document, tmp_path / "sample.xlsx")
    workbook = CalamineWorkbook.from_path(tmp_path / "sample.xlsx")
    for sheet in document.sheets:
        rows = workbook.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
        for row, column, _, value in contents(sheet):
            if not isinstance(value, ErrorValue):
                assert rows[row - 1][column - 1] == value, (sheet.name, row, column)


def test_another_engine_calculates_the_same_from_a_copy_that_lies(tmp_path: Path) -> None:
    document = sample()
    path = blind_copy(workbook_bytes(document), tmp_path / "blind.xlsx")
    workbook = load_for_recalculation(str(path), strategy="eager_all")
    workbook.evaluate_all()
    for sheet in document.sheets:
        for row, column, formula, value in contents(sheet):
            if formula is not None and not isinstance(value, ErrorValue):
                found = workbook.get_value(sheet.name, row, column)
                wanted = pytest.approx(value, rel=1e-12) if isinstance(value, float) else value
                assert found == wanted, (sheet.name, row, column, formula)


def test_the_same_document_makes_the_same_bytes() -> None:
    assert workbook_bytes(sample()) == workbook_bytes(sample())


def test_another_compressor_makes_the_same_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As isal on another processor is: the seal agrees, too."""
    here = workbook_bytes(sample())
    monkeypatch.setattr("xlbackprop.xlsx.write.writer.deflater", lambda _: zlib.compressobj(9, zlib.DEFLATED, -15))
    elsewhere = workbook_bytes(sample())
    assert here != elsewhere
    one, other = (ZipFile(BytesIO(data)) for data in (here, elsewhere))
    assert [(name, one.read(name)) for name in one.namelist()] == [
        (name, other.read(name)) for name in other.namelist()
    ]


def test_no_part_tells_when_it_was_made() -> None:
    with ZipFile(BytesIO(workbook_bytes(sample()))) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2000-01-01T00:00:00Z</dcterms:modified>" in package.read("docProps/core.xml")


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lesson.xlsx"
    path.write_text("the old file")

    def no_space_left(_: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", no_space_left)
    with pytest.raises(OSError, match="no space left"):
        write_workbook(sample(), path)
    assert path.read_text() == "the old file"
    assert list(tmp_path.iterdir()) == [path]


def test_an_old_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "lesson.xlsx"
    path.write_text("the old file")
    write_workbook(sample(), path)
    assert path.read_bytes() == workbook_bytes(sample())
    assert list(tmp_path.iterdir()) == [path]


def test_a_text_that_looks_like_a_formula_stays_text() -> None:
    constants = np.array(["=cmd", "plain"], dtype=object)
    column = Filled("=header", None, constants, NUMBER)
    workbook = load_workbook(BytesIO(workbook_bytes(document_of(column, cells={(1, 1): Cell("=1+1")}))))
    found = [workbook["S"][place] for place in ("A1", "B2", "B3")]
    assert [(cell.value, cell.data_type) for cell in found] == [("=1+1", "s"), ("=header", "s"), ("=cmd", "s")]


def test_no_text_breaks_the_file() -> None:
    awkward = ["\x01 bell", "a\r\nb", " ends ", "<&>\"'", "_x0041_", "\ud800", "∂ 😀"]
    cells = {(row, 1): Cell(text) for row, text in enumerate(awkward, 1)}
    texts = parts_of(document_of(cells=cells))["xl/sharedStrings.xml"]
    assert "_x0001_ bell" in texts
    assert "a_x000D_\nb" in texts
    assert '<t xml:space="preserve"> ends </t>' in texts
    assert "_x005F_x0041_" in texts
    assert load_workbook(BytesIO(workbook_bytes(document_of(cells=cells))))["S"]["A7"].value == "∂ 😀"


@pytest.mark.parametrize(
    ("cell", "markup"),
    [
        (Cell(0.1 + 0.2), '<c r="A1" s="1"><v>0.30000000000000004</v></c>'),
        (Cell(np.float64(0.1)), '<c r="A1" s="1"><v>0.1</v></c>'),
        (Cell(3.0), '<c r="A1" s="1"><v>3</v></c>'),
        (Cell(True), '<c r="A1" s="1" t="b"><v>1</v></c>'),
        (Cell(""), '<c r="A1" s="1"></c>'),
        (Cell("a"), '<c r="A1" s="1" t="s"><v>0</v></c>'),
        (Cell(2.5, formula="5/2"), '<c r="A1" s="1"><f>5/2</f><v>2.5</v></c>'),
        (Cell("<", formula='"<"'), '<c r="A1" s="1" t="str"><f>&quot;&lt;&quot;</f><v>&lt;</v></c>'),
        (Cell(False, formula="1>2"), '<c r="A1" s="1" t="b"><f>1&gt;2</f><v>0</v></c>'),
        (Cell(float("nan"), formula="LN(-1)"), '<c r="A1" s="1" t="e"><f>LN(-1)</f><v>#NUM!</v></c>'),
        (Cell(float("inf"), formula="EXP(1E3)"), '<c r="A1" s="1" t="e"><f>EXP(1E3)</f><v>#NUM!</v></c>'),
        (Cell(ErrorValue.DIV0, formula="1/0"), '<c r="A1" s="1" t="e"><f>1/0</f><v>#DIV/0!</v></c>'),
    ],
)
def test_each_kind_of_value_is_stored_as_what_it_is(cell: Cell, markup: str) -> None:
    assert markup in first_sheet_of(document_of(cells={(1, 1): cell}))


def test_a_number_that_ran_away_is_an_error_in_a_table_too() -> None:
    column = Filled("h", ("EXP(A", 0, ")"), np.array([1.0, np.nan, np.inf]), NUMBER)
    text = first_sheet_of(document_of(column))
    assert text.count('t="e"') == text.count("<v>#NUM!</v>") == 2


@pytest.mark.parametrize(("columns", "styles"), [(MOST_COPIES, MOST_COPIES), (MOST_COPIES + 1, 1)])
def test_each_column_of_a_narrow_table_has_a_copy_of_its_style(columns: int, styles: int) -> None:
    table = [Filled("h", ("A", 0), np.arange(5.0), Style(Look.NUMBER, number_format="0.00"))] * columns
    parts = parts_of(document_of(*table))
    row = re.findall(r'r="[A-Z]+5" s="([0-9]+)"', parts["xl/worksheets/sheet1.xml"])
    assert (len(row), len(set(row))) == (columns, styles)
    formats = re.findall(
        "<xf .*?(?:/>|</xf>)", parts["xl/styles.xml"].partition("<cellXfs")[2].partition("</cellXfs>")[0]
    )
    assert len({formats[int(number)] for number in row}) == 1
    assert 'numFmtId="2"' in formats[int(row[0])]


def test_one_formula_serves_a_column() -> None:
    column = Filled("h", ("A", 0, "+$A$1"), np.arange(5.0), NUMBER)
    text = first_sheet_of(document_of(column))
    assert '<c r="B3" s="3"><f si="1000" t="shared" ref="B3:B7">A3+$A$1</f><v>0</v></c>' in text
    assert text.count('<f si="1000" t="shared"/>') == 4


@pytest.mark.parametrize(("first", "constant_first"), [("$A$1", False), (None, True)])
def test_where_the_first_row_differs_the_second_tells_the_formula(first: str | None, constant_first: bool) -> None:
    column = Filled("h", ("B", -1, "+1"), np.arange(5.0), NUMBER, first, constant_first=constant_first)
    text = first_sheet_of(document_of(column))
    assert '<f si="1000" t="shared" ref="B4:B7">B3+1</f>' in text
    assert text.count('<f si="1000" t="shared"/>') == 3
    assert ("<f>$A$1</f>" in text) is not constant_first


@pytest.mark.parametrize(
    "fill",
    [
        ("'Other'!$B$", 0),
        ("SUMPRODUCT({1,2}*A", 0, ":B", 0, ")"),
        ("A5+A", 0),  # would become A6 a row further down
        ("A$", 0),  # would stay where it is
        ("A", 0, "+", 0),  # a row's number that is no reference
    ],
)
def test_a_formula_that_cannot_be_shared_is_written_out(fill: Fill) -> None:
    column = Filled("h", fill, np.zeros(4), NUMBER)
    assert not can_be_shared(column)
    text = first_sheet_of(document_of(column))
    assert "shared" not in text
    assert text.count("<f>") == 4


def test_each_group_on_a_sheet_has_its_own_number() -> None:
    text = parts_of(sample())["xl/worksheets/sheet3.xml"]
    masters = re.findall(r'<c [^>]*r="([A-Z]+)\d+"[^>]*><f si="(\d+)" t="shared" ref="([A-Z]+)\d+:\3\d+">', text)
    numbers = {column: number for column, number, _ in masters}
    assert numbers == {"A": "1000", "B": "1001", "C": "1002", "D": "1003", "F": "1004"}  # E looks at another sheet
    assert all(column == reach for column, _, reach in masters)


def test_two_tables_share_a_sheet() -> None:
    def table(header_row: int) -> Table:
        return Table(header_row, 1, (Filled("h", ("B", 0, "+1"), np.ones(3), NUMBER),))

    between = {(row, 1): Cell(row) for row in (1, 7, 20)}
    text = first_sheet_of(Document("t", "", (Sheet("S", between, (table(9), table(2))),)))
    assert [int(row) for row in re.findall(r'<row r="(\d+)"', text)] == [1, 2, 3, 4, 5, 7, 9, 10, 11, 12, 20]
    assert re.findall(r'si="(\d+)" t="shared" ref="(A\d+:A\d+)"', text) == [("1000", "A3:A5"), ("1001", "A10:A12")]


BLOCK = block_rows(6)


@pytest.mark.parametrize("rows", [1, 2, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 3])
def test_no_row_is_lost_where_blocks_meet(rows: int) -> None:
    document = Document("t", "", (run_sheet(0.1, rows), *sample().sheets[:2]))
    workbook = load_workbook(BytesIO(workbook_bytes(document)))
    for row, column, formula, value in contents(document.sheets[0]):
        wanted = value if formula is None else "=" + formula
        assert workbook["LR=0.1"].cell(row, column).value == wanted


def test_loose_cells_stand_in_column_order_beside_a_table() -> None:
    column = Filled("h", None, np.arange(3.0), NUMBER)
    cells = {(3, 6): Cell(1), (3, 4): Cell(2), (3, 1): Cell(3), (4, 4): Cell(4)}
    text = first_sheet_of(document_of(column, cells=cells))
    assert re.findall(r'<c [^>]*r="([A-Z]+\d)"', text) == ["B2", "A3", "B3", "D3", "F3", "B4", "D4", "B5"]


def side_by_side(
    column: int, rows: int = 3, header_row: int = 2, cells: dict[tuple[int, int], Cell] | None = None
) -> Document:
    """Return two tables of two columns and three rows: the first in B and C, the second at will."""
    filled = [Filled("a", ("$A", 0, "+1"), np.ones(3), NUMBER), Filled("b", None, np.arange(3.0), NUMBER)]
    other = [Filled("c", ("$A", 0, "+2"), np.ones(rows), NUMBER), Filled("d", None, np.arange(float(rows)), NUMBER)]
    tables = (Table(header_row, column, tuple(other)), Table(2, 2, tuple(filled)))
    return Document("t", "", (Sheet("S", cells or {}, tables),))


def test_tables_of_the_same_rows_stand_side_by_side_with_loose_cells_between() -> None:
    text = first_sheet_of(side_by_side(6, cells={(4, 4): Cell(1), (4, 1): Cell(2), (4, 8): Cell(3)}))
    row = re.search(r'<row r="4".*?</row>', text)
    assert row is not None
    assert re.findall(r'<c [^>]*r="([A-Z]+)4"', row[0]) == ["A", "B", "C", "D", "F", "G", "H"]
    assert re.findall(r'<row r="(\d+)"', text) == ["2", "3", "4", "5"]
    assert re.findall(r'si="(\d+)" t="shared" ref="([A-Z]\d+:[A-Z]\d+)"', text) == [
        ("1000", "B3:B5"),
        ("1001", "F3:F5"),
    ]


@pytest.mark.parametrize("place", [{"column": 3}, {"column": 6, "rows": 4}, {"column": 6, "header_row": 4}])
def test_tables_that_share_some_rows_only_or_a_column_are_refused(place: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="share rows, but do not stand side by side"):
        workbook_bytes(side_by_side(**place))


def test_a_loose_cell_inside_a_table_is_refused() -> None:
    column = Filled("h", None, np.arange(3.0), NUMBER)
    with pytest.raises(ValueError, match="S!B4 belongs to a table"):
        workbook_bytes(document_of(column, cells={(4, 2): Cell(1)}))


def test_the_used_range_is_told() -> None:
    parts = parts_of(sample())
    assert '<dimension ref="A1:I47"/>' in parts["xl/worksheets/sheet3.xml"].replace(" />", "/>")
    assert '<dimension ref="A1"/>' in parts_of(network_only())["xl/worksheets/sheet2.xml"].replace(" />", "/>")


def test_typed_numbers_keep_digits_that_openpyxl_would_round() -> None:
    workbook = load_workbook(BytesIO(workbook_bytes(sample())))
    assert workbook["Inputs"]["B3"].value == FIRST_W == 0.1 + 0.2
