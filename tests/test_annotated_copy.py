"""Annotated copies: what is not touched stays byte for byte, what is said is there for every reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import openpyxl
import pytest

from tests.slow import slow
from tests.strange_workbooks import PACKAGES, by_openpyxl, written_package
from tests.surroundings import surroundings
from tests.test_surroundings_resaved import PROGRAMS
from tests.validators.__main__ import validate
from xlbackprop import compile_document, load_lesson, write_workbook
from xlbackprop.errors import InputError
from xlbackprop.workbook import Place, address
from xlbackprop.xlsx.annotate import CellNote, FrontRow, FrontSheet, NoteKind, annotated_copy
from xlbackprop.xlsx.annotate.looks import FRAMES
from xlbackprop.xlsx.read import ReadCell, read_workbook

TEXT = 'A mistake.\nIt says <b> & "c" = ∂E/∂w1, \x01 and _x0041_.'
KINDS = [*NoteKind, *NoteKind]
SOURCES = [*PACKAGES, "openpyxl", "ours"]


def source(name: str, path: Path) -> Path:
    if name in PACKAGES:
        return written_package(name, path)
    if name == "openpyxl":
        return by_openpyxl(path)
    write_workbook(compile_document(load_lesson(epochs=2, learning_rates=[0.5])), path)
    return path


def annotated(path: Path, target: Path, sheet: str = "", text: str = TEXT) -> list[CellNote]:
    """Write an annotated copy with notes of the first formulas of a sheet; return the notes."""
    sheets = read_workbook(path)
    name = sheet or next(iter(sheets))
    places = [place for place, cell in sheets[name].items() if cell.formula is not None][: len(KINDS)]
    notes = [CellNote(name, place, text, kind) for place, kind in zip(places, KINDS, strict=False)]
    rows = [FrontRow(note.sheet, address(*note.place), note.text, "=1+1", "=2") for note in notes]
    annotated_copy(path, target, notes, FrontSheet("Feedback", "=Heading", "78 of 100", ["=1+1", "A line."], rows))
    return notes


def cells(path: Path) -> dict[str, dict[Place, ReadCell]]:
    return {
        name: {place: cell._replace(style=0) for place, cell in sheet.items()}
        for name, sheet in read_workbook(path).items()
    }


def notes_of(path: Path, sheet: str) -> dict[str, str]:
    """Return the notes of a sheet by the addresses of their cells, as our own reader finds them."""
    seen = surroundings(path).sheets[sheet].notes
    return {address(area.first_row, area.first_column): text for area, text in seen.items()}


def opened(path: Path) -> openpyxl.Workbook:
    """Return a workbook as openpyxl opens it, which does not know the strict dialect."""
    with ZipFile(path) as archive:
        if any(b"purl.oclc.org" in archive.read(name) for name in archive.namelist()):
            pytest.skip("openpyxl does not read it")
    return openpyxl.load_workbook(path)


@pytest.fixture(params=SOURCES)
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Path, list[CellNote]]:
    path, target = source(request.param, tmp_path / "source.xlsx"), tmp_path / "target.xlsx"
    return path, target, annotated(path, target)


Pair = tuple[Path, Path, list[CellNote]]


def test_formulas_and_values_stay_and_the_new_sheet_is_first(pair: Pair) -> None:
    path, target, _ = pair
    old, new = cells(path), cells(target)
    first, *others = new
    assert first == ("Feedback 2" if "feedback" in old else "Feedback")
    assert {name: new[name] for name in others} == old
    assert others == [*old]
    assert not [cell for cell in new[first].values() if cell.formula is not None]
    assert {"=Heading", "78 of 100", "=1+1", "A line.", TEXT.replace("\r", "")} <= {
        cell.value for cell in new[first].values()
    }


def test_parts_that_are_not_touched_stay_byte_for_byte(pair: Pair) -> None:
    path, target, notes = pair
    touched = re.compile(
        r"\[Content_Types\]\.xml|.*/_rels/[^/]*\.rels|.*/(?:styles|(?:work)?book)\.xml|.*\.vml|.*comments?[^/]*\.xml|.*notes\.xml"
    )
    with ZipFile(path) as old, ZipFile(target) as new:
        assert [name for name in new.namelist() if name in old.namelist()] == old.namelist()
        changed = {name for name in old.namelist() if new.read(name) != old.read(name)}
        sheets = [name for name in changed if not touched.fullmatch(name)]
        selected = [name for name in sheets if b"tabSelected" in old.read(name)]
        assert len({*sheets} - {*selected}) <= len({note.sheet for note in notes})
        for (
            name
        ) in sheets:  # what was there is there in its order: something was put between it, or a number is another
            strip = re.compile(rb"""\s(?:s|tabSelected)=(?:"[^"]*"|'[^']*')|<(?:\w+:)?legacyDrawing [^>]*>""")
            assert strip.sub(b"", new.read(name)) == strip.sub(b"", old.read(name))


def test_each_note_is_there_beside_the_old_ones(pair: Pair) -> None:
    path, target, notes = pair
    old, new = notes_of(path, notes[0].sheet), notes_of(target, notes[0].sheet)
    ours = {address(*note.place) for note in notes}
    assert old.keys() | ours == new.keys()
    for place, text in new.items():
        assert text.startswith(old.get(place, ""))
        assert ("and _x0041_." in text and "∂E/∂w1" in text) == (place in ours), text


def test_a_note_tells_whose_it_is(tmp_path: Path) -> None:
    path, target = by_openpyxl(tmp_path / "a.xlsx"), tmp_path / "b.xlsx"
    annotated(path, target)
    sheet = opened(target)["Sheet"]
    assert (sheet["B2"].comment.author, sheet["B3"].comment.author) == ("Somebody", "xlbackprop")
    assert sheet["B2"].comment.text.startswith("a note of theirs\n\nxlbackprop:\nA mistake.")


def test_each_note_has_one_box_of_its_own(pair: Pair) -> None:
    _, target, _ = pair
    with ZipFile(target) as archive:
        boxes = [archive.read(name).decode() for name in archive.namelist() if name.lower().endswith(".vml")]
    assert sum(len(re.findall(r"<\w+:Row>", part)) for part in boxes) == sum(
        len(notes_of(target, name)) for name in cells(target)
    )
    for part in boxes:
        ids = re.findall(r"""<\w+:shape [^>]*?\bid=["']([^"']+)["']""", part)
        places = re.findall(r":Row>(\d+)</\w+:Row>\s*<\w+:Column>(\d+)<", part)
        assert len({*ids}) == len(ids)
        assert len({*places}) == len(places)
        kinds = re.findall(r"""<\w+:shapetype [^>]*?\bid=["']([^"']+)["']""", part)
        assert len({*kinds}) == len(kinds) > 0


def test_a_frame_changes_neither_number_format_nor_letters(pair: Pair) -> None:
    path, target, notes = pair
    old, new = (opened(each)[notes[0].sheet] for each in (path, target))
    with ZipFile(path) as archive:
        has_styles = "xl/styles.xml" in archive.namelist()
    for note in notes:
        one, other = old.cell(*note.place), new.cell(*note.place)
        # letters of a workbook without styles are as each program likes
        for looks in ("number_format", "alignment", "protection", *(["font"] * has_styles)):
            assert repr(getattr(one, looks)) == repr(getattr(other, looks))
        if (frame := FRAMES.get(note.kind)) is None:
            assert (repr(one.border), repr(one.fill)) == (repr(other.border), repr(other.fill))
        else:
            assert (other.border.left.style, other.fill.fgColor.rgb) == (frame.line, f"FF{frame.fill}")


def test_the_new_sheet_is_shown_and_no_other(pair: Pair) -> None:
    _, target, _ = pair
    book = opened(target)
    assert book.active.title.startswith("Feedback")
    assert [sheet.title for sheet in book.worksheets if sheet.sheet_view.tabSelected] == [book.active.title]


def test_links_lead_to_the_cells_and_rows_are_high_enough(pair: Pair) -> None:
    _, target, notes = pair
    sheet = opened(target).worksheets[0]
    links = [cell.hyperlink.location for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    wanted = [f"'{note.sheet.replace(chr(39), chr(39) * 2)}'!{address(*note.place)}" for note in notes]
    assert links == wanted
    assert all(sheet.row_dimensions[row].height >= 15 for row in range(1, sheet.max_row + 1))


def test_names_of_sheets_move_with_them(tmp_path: Path) -> None:
    path, target = by_openpyxl(tmp_path / "a.xlsx"), tmp_path / "b.xlsx"
    annotated(path, target, "It's two")
    book = opened(target)
    assert [sheet.print_area for sheet in book.worksheets[1:]] == ["'Sheet'!$A$1:$B$5", "'It''s two'!$A$1:$A$3"]
    assert [[*sheet.defined_names] for sheet in book.worksheets] == [[], [], ["here"]]
    assert [*book.defined_names] == ["there"]
    assert book.worksheets[0].print_title_rows is not None


def findings(path: Path) -> set[str]:
    """Return what the validators that are here find, without the places."""
    found = [problem.what for verdict in validate(path).verdicts for problem in verdict.findings]
    return {re.sub(r"\d+", "#", what) for what in found}


@pytest.mark.parametrize("name", ["bare", "noted", slow("noted without boxes"), "prefixed", slow("openpyxl"), "ours"])
def test_validators_find_nothing_that_was_not_there_before(name: str, tmp_path: Path) -> None:
    path, target = source(name, tmp_path / "a.xlsx"), tmp_path / "b.xlsx"
    annotated(path, target)
    assert findings(target) - findings(path) == set()


# In the order of the format, of the parts that are changed.
ORDER = [
    "numFmts",
    "fonts",
    "fills",
    "borders",
    "cellStyleXfs",
    "cellXfs",
    "cellStyles",
    "dxfs",
    "workbookPr",
    "bookViews",
    "sheets",
    "definedNames",
    "calcPr",
    "sheetPr",
    "dimension",
    "sheetViews",
    "sheetFormatPr",
    "cols",
    "sheetData",
    "sheetProtection",
    "mergeCells",
    "conditionalFormatting",
    "dataValidations",
    "hyperlinks",
    "printOptions",
    "pageMargins",
    "pageSetup",
    "headerFooter",
    "drawing",
    "legacyDrawing",
    "tableParts",
    "extLst",
]


def test_what_is_new_stands_where_the_format_has_it(pair: Pair) -> None:
    with ZipFile(pair[1]) as archive:
        roots = [ElementTree.fromstring(archive.read(name)) for name in archive.namelist() if name.endswith(".xml")]
    for root in roots:
        if root.tag.rpartition("}")[2] in ("workbook", "worksheet", "styleSheet"):
            names = [part.tag.rpartition("}")[2] for part in root]
            places = [ORDER.index(name) for name in names if name in ORDER]
            assert places == sorted(places), names


def test_a_formula_that_is_shown_stays_a_text_when_it_is_typed_anew(pair: Pair) -> None:
    sheet = opened(pair[1]).worksheets[0]
    shown = [cell for row in sheet.iter_rows() for cell in row if cell.value in ("=1+1", "=2") and cell.column > 2]
    assert shown
    assert all(cell.quotePrefix for cell in shown)


def test_a_list_of_looks_counts_what_is_in_it(pair: Pair) -> None:
    with ZipFile(pair[1]) as archive:
        styles = ElementTree.fromstring(archive.read("xl/styles.xml"))
    for part in styles:
        if "count" in part.attrib and part.tag.rpartition("}")[2] in ("fonts", "fills", "borders", "cellXfs"):
            assert int(part.get("count", 0)) == len(part)


def test_a_note_has_runs_or_a_plain_text_and_not_both(pair: Pair) -> None:
    with ZipFile(pair[1]) as archive:
        parts = [
            archive.read(name) for name in archive.namelist() if re.search("(?:comments?|notes)[^/]*[.]xml$", name)
        ]
    texts = [text for part in parts for text in ElementTree.fromstring(part).iter() if text.tag.endswith("}text")]
    assert texts
    assert all(len({piece.tag for piece in text}) == 1 for text in texts)


def test_a_long_text_is_cut_and_its_row_is_as_high_as_one_can_be(tmp_path: Path) -> None:
    path, target = by_openpyxl(tmp_path / "a.xlsx"), tmp_path / "b.xlsx"
    annotated(path, target, text="word " * 10_000)
    sheet = opened(target).worksheets[0]
    assert len(sheet.cell(sheet.max_row, 2).value) <= 32_767
    assert sheet.row_dimensions[sheet.max_row].height == 409


def test_a_copy_can_be_annotated_again(tmp_path: Path) -> None:
    path, twice = by_openpyxl(tmp_path / "a.xlsx"), tmp_path / "c.xlsx"
    annotated(path, tmp_path / "b.xlsx")
    annotated(tmp_path / "b.xlsx", twice, "Sheet", "once more")
    book = opened(twice)
    assert book.sheetnames == ["Feedback 2", "Feedback", "Sheet", "It's two"]
    assert {text.count("once more") for text in notes_of(twice, "Sheet").values()} == {1}
    assert all("∂E/∂w1" in text for text in notes_of(twice, "Sheet").values())


def test_what_cannot_be_annotated_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    path, target = by_openpyxl(tmp_path / "a.xlsx"), tmp_path / "b.xlsx"
    before, front = path.read_bytes(), FrontSheet("Feedback", "Feedback")
    with pytest.raises(InputError, match=r"has no sheet .Nowhere."):
        annotated_copy(path, target, [CellNote("Nowhere", (1, 1), "x")], front)
    with pytest.raises(InputError, match="replace the workbook itself"):
        annotated_copy(path, path, [], front)
    (tmp_path / "text.xlsx").write_text("no workbook")
    with pytest.raises(InputError, match=r"not an \.xlsx file"):
        annotated_copy(tmp_path / "text.xlsx", target, [], front)
    assert not target.exists()
    assert path.read_bytes() == before


def _by_programs() -> Iterator[object]:
    for program in ("libreoffice", "gnumeric"):
        yield slow(program, engine=program)
    yield from (slow(program) for program in ("sheetjs", "exceljs"))


@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")  # of what Gnumeric saves
@pytest.mark.parametrize("program", [*_by_programs()])
def test_files_of_other_programs(program: str, tmp_path: Path) -> None:
    made = "ours" if program == "exceljs" else "openpyxl"  # exceljs does not know absolute targets
    path, saved, target = source(made, tmp_path / "a.xlsx"), tmp_path / "saved" / "a.xlsx", tmp_path / "b.xlsx"
    saved.parent.mkdir()
    PROGRAMS[program](path, saved)
    pair = saved, target, annotated(saved, target)
    for check in (
        test_formulas_and_values_stay_and_the_new_sheet_is_first,
        test_each_note_is_there_beside_the_old_ones,
        test_each_note_has_one_box_of_its_own,
        test_a_frame_changes_neither_number_format_nor_letters,
        test_the_new_sheet_is_shown_and_no_other,
    ):
        check(pair)


@pytest.mark.slow
@pytest.mark.engine("libreoffice")
@pytest.mark.parametrize("name", SOURCES)
def test_libreoffice_sees_the_notes_the_links_and_the_cells(name: str, tmp_path: Path) -> None:
    path, target, again = source(name, tmp_path / "source.xlsx"), tmp_path / "b.xlsx", tmp_path / "again.xlsx"
    notes = annotated(path, target)
    PROGRAMS["libreoffice"](target, again)
    seen = notes_of(again, notes[0].sheet)
    assert {address(*note.place) for note in notes} <= seen.keys()
    assert opened(again).sheetnames == opened(target).sheetnames
    first = opened(again).worksheets[0]
    assert [cell.hyperlink.location for row in first.iter_rows() for cell in row if cell.hyperlink]
