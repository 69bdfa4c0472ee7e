"""The sheets on paper: how many pages they take, and that every text can be read whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from tests.lessons import covering_lessons
from tests.printed import cut_off, pages_of, reader, texts
from tests.slow import slow
from tests.test_step_by_step import selections
from xlbackprop.engines import pdf_handout
from xlbackprop.engines.libreoffice import LibreOffice
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.lesson.lesson_file import load_lesson
from xlbackprop.machine import write_workbook
from xlbackprop.numpy_run.trace import train
from xlbackprop.sheets.compiler import book_of, compile_document, installed_versions
from xlbackprop.sheets.entries import as_shipped
from xlbackprop.sheets.steps import sheet as step_by_step
from xlbackprop.workbook.document import Cell, Document, Page, Sheet, address, contents
from xlbackprop.workbook.extents import STANDARD_HEIGHT, Range, row_heights
from xlbackprop.workbook.looks import Look, Style
from xlbackprop.workbook.paper import SMALLEST, pages
from xlbackprop.xlsx.read.reader import blind_copy

pytestmark = pytest.mark.engine("libreoffice")


def printed(document: Document) -> PdfReader:
    with TemporaryDirectory() as room:
        path = Path(room) / "workbook.xlsx"
        write_workbook(document, path)
        return reader(LibreOffice().pdf(path, document.language))


@cache
def lesson(name: str, epochs: str | None = None) -> tuple[Document, PdfReader]:
    document = compile_document(load_lesson(name, epochs=epochs))
    return document, printed(document)


def cut_off_in(document: Document, pdf: PdfReader) -> dict[str, set[str]]:
    """Return what cannot be read whole, by sheet."""
    found = {sheet: cut_off(document[sheet], pages) for sheet, pages in pages_of(pdf).items()}
    return {sheet: cut for sheet, cut in found.items() if cut}


def test_the_walkthrough_takes_a_few_pages_for_what_one_reads_and_more_for_each_table() -> None:
    pages = {sheet: len(pages) for sheet, pages in pages_of(lesson("walkthrough")[1]).items()}
    runs = {f"LR={rate}": 19 for rate in ("0.1", "0.2", "0.5", "0.8", "1.0", "2.0")}
    assert pages == {"Summary": 4, "Inputs": 1, "Step by step": 3, **runs, "Loss curves": 2, "Checks": 2, "Lesson": 3}


# --------------------------------------------------------------------------------------------------------- a hand-out

A4, LETTER = 9, 1  # how a file calls them
ROUNDED = 0.01  # points: sizes in a PDF are rounded
OF_A_SCREEN = re.compile(
    "^←|[→↓]$|go to|pick one|[Cc]hoose (a|another) |type another|type here|yours to change|right of this"
)


def handout(document: Document, paper: int = A4, scale: int | None = None) -> PdfReader:
    """Return the pages of a hand-out on this paper, or all at one `scale`, in percent."""
    with TemporaryDirectory() as room:
        path = Path(room) / "workbook.xlsx"
        write_workbook(pdf_handout.for_paper(document), path)
        workbook = load_workbook(path)
        for sheet in workbook:
            sheet.page_setup.paperSize = paper
            if scale is not None:
                sheet.page_setup.scale, sheet.sheet_properties.pageSetUpPr.fitToPage = scale, False
        workbook.save(path)
        return reader(LibreOffice().pdf(path, document.language))


def small_letters(pdf: PdfReader) -> set[str]:
    """Return the texts of a PDF, those of its charts and page headers too, whose letters are too small to be read."""
    found = (text for page in pdf.pages for text in texts(page))
    return {text.words for text in found if text.size < SMALLEST - ROUNDED and text.words.strip()}


EVERY_LESSON = ["walkthrough", *(slow(name) for name in covering_lessons() if name != "walkthrough")]


@pytest.mark.parametrize("paper", [A4, LETTER], ids=["A4", "Letter"])
@pytest.mark.parametrize("name", EVERY_LESSON)
def test_every_letter_has_nine_points_on_pages_that_are_those_of_the_file(name: str, paper: int) -> None:
    document = compile_document(load_lesson(name, epochs="6"))
    pdf = handout(document, paper)
    assert small_letters(pdf) == set()
    expected = {sheet.name: len(pages(sheet).areas) for sheet in pdf_handout.for_paper(document).sheets}
    assert {sheet: len(own) for sheet, own in pages_of(pdf).items()} == expected


def test_letters_at_a_scale_of_70_percent_are_seen_to_be_too_small() -> None:
    assert len(small_letters(handout(lesson("walkthrough", "30")[0], scale=70))) > 100


def broken_blocks(sheet: Sheet, areas: Sequence[Range], height: float) -> list[int]:
    """Return the rows of the headings whose block is on two pages of so many points, though it would fit on one."""
    heights, looks = row_heights(sheet), {place: cell.style.look for place, cell in sheet.cells.items() if cell.value}
    found = []
    for left in {area.left for area in areas}:
        own = [area for area in areas if area.left == left]
        within = {row for (row, column) in looks if any(area.holds(row, column) for area in own)}
        heads = sorted(row for (row, column), look in looks.items() if look is Look.HEADING and column == left)
        for head, following in pairwise([*heads, max(within) + 1]):
            last = max(row for row in within if row < following)
            tall = sum(heights.get(row, STANDARD_HEIGHT) for row in range(head, last + 1))
            if tall < height and not any(area.top <= head and last <= area.bottom for area in own):
                found.append(head)
    return found


@pytest.mark.parametrize("name", EVERY_LESSON)
def test_no_block_is_broken_that_fits_a_page(name: str) -> None:
    for sheet in pdf_handout.for_paper(compile_document(load_lesson(name, epochs="6"))).sheets:
        found = pages(sheet)
        assert broken_blocks(sheet, found.areas, 490 if found.landscape else 680) == []


@pytest.mark.parametrize(("columns", "expected"), [(12, (1, 1)), (26, (2, 1)), (3000, (1, 250))])
def test_a_table_is_as_many_pages_wide_as_its_letters_need(columns: int, expected: tuple[int, int]) -> None:
    """More than twenty areas would make too long a formula; then the programs break the columns."""
    cells = {(1, column): Cell("band", Style(Look.HEADER)) for column in range(1, columns + 1, 4)}
    area = f"A1:{address(9, columns)}"
    page = Page((area,), repeat_rows="1:1", repeat_columns="A:A")
    found = pages(Sheet("t", cells, widths=dict.fromkeys(range(1, columns + 1), 10.0), page=page))
    assert (len(found.areas), found.wide) == expected
    assert [area.right for area in found.areas[:-1]] == [12] * (len(found.areas) - 1)


def test_a_broken_block_is_seen() -> None:
    sheet = lesson("walkthrough", "30")[0]["Summary"]
    first, second, *others = pages(sheet).areas
    moved = [first._replace(bottom=first.bottom - 2), second._replace(top=first.bottom - 1), *others]
    assert broken_blocks(sheet, [first, second, *others], 680) == []
    assert len(broken_blocks(sheet, moved, 680)) == 1


@pytest.mark.parametrize("name", EVERY_LESSON)
def test_a_hand_out_has_no_links_and_no_hints_for_the_screen(name: str) -> None:
    document = compile_document(load_lesson(name, epochs="6"))
    for sheet in pdf_handout.for_paper(document).sheets:
        for row, column, _, value in contents(sheet):
            if isinstance(value, str) and any(area.holds(row, column) for area in pages(sheet).areas):
                assert not OF_A_SCREEN.search(value), (sheet.name, row, column, value)
        assert Look.LINK not in {cell.style.look for cell in sheet.cells.values()}


def test_the_screen_has_such_hints() -> None:
    document = lesson("walkthrough", "30")[0]
    texts = [value for sheet in document.sheets for _, _, _, value in contents(sheet) if isinstance(value, str)]
    assert sum(bool(OF_A_SCREEN.search(text)) for text in texts) > 10


# --------------------------------------------------------------------------------------------------- what can be read


@pytest.mark.parametrize(
    ("name", "epochs"), [("walkthrough", "30"), slow("xor", "6"), slow("optimizers", "6"), slow("vanishing", "6")]
)
def test_no_text_of_any_sheet_is_cut_off(name: str, epochs: str) -> None:
    assert cut_off_in(*lesson(name, epochs)) == {}


@pytest.mark.parametrize("name", ["two-biases", slow("softmax-3-classes"), slow("digits")])
def test_no_text_of_a_hand_out_is_cut_off(name: str) -> None:
    document = pdf_handout.for_paper(compile_document(load_lesson(name, epochs="2")))
    assert cut_off_in(document, printed(document)) == {}


@pytest.mark.slow
def test_a_long_title_stands_whole_on_its_page() -> None:
    title = ("Sigmoid & tanh, " * 8)[:120].strip()
    document = pdf_handout.for_paper(compile_document(replace(load_lesson("walkthrough", epochs="2"), title=title)))
    assert cut_off_in(document, printed(document)) == {}


def test_what_is_cut_off_is_seen() -> None:
    long, edge = Cell("a text that is longer than its column is wide", Style()), Cell("Words. " * 30, Style(Look.TITLE))
    beside = Cell("beside it", Style())
    sheets = (
        Sheet("room", {(1, 1): long}),
        Sheet("no room", {(1, 1): long, (1, 2): beside}),
        Sheet("low", {(1, 1): replace(long, style=Style(wrap=True)), (1, 2): beside}, heights={1: 15}),
        Sheet("edge", {(1, 1): edge, (2, 4): beside}, page=Page(("A1:D2",))),
    )
    document = Document("t", "", sheets)
    cut = cut_off_in(document, printed(document))
    assert cut.keys() == {"no room", "low", "edge"}
    assert all(document[sheet].cells[1, 1].value in words for sheet, words in cut.items())


def test_every_page_names_the_lesson_the_sheet_and_its_number() -> None:
    document, pdf = lesson("walkthrough", "30")
    number = 0
    for sheet, own in pages_of(pdf).items():
        for page in own:
            number += 1
            found = list(texts(page))
            highest, lowest = (pick(text.begin[1] for text in found) for pick in (max, min))
            top = "".join(text.words for text in found if text.begin[1] > highest - 1)
            bottom = "".join(text.words for text in found if text.begin[1] < lowest + 1)
            assert top.strip() == document.title
            assert bottom.split() == [*sheet.split(), str(number), "/", str(len(pdf.pages))]


@pytest.mark.parametrize(
    ("sheet", "headers"), [("LR=0.1", {"epoch", "∂E/∂w8"}), ("Checks", {"column", "its rule", "LR=2.0"})]
)
def test_tables_repeat_their_header_on_every_page(sheet: str, headers: set[str]) -> None:
    document, pdf = lesson("walkthrough")
    printed, wide = pages_of(pdf)[sheet], len(pages(document[sheet]).areas)
    tall = len(printed) // wide  # the pages of the first columns come first
    assert tall > 1
    for page in printed[-tall:]:
        assert headers <= {text.words.strip() for text in texts(page)}


@pytest.mark.slow
def test_over_several_pages_the_sentences_of_the_head_are_not_repeated_in_part() -> None:
    printed = pages_of(lesson("vanishing", "6")[1])["8 sigmoids"]
    assert len(printed) == 4
    for page in printed:
        words = [text.words.strip() for text in texts(page)]
        assert words.count("epoch") == 1
        assert not [text for text in words if text.startswith(("what", "learn", "8 sigmoids:"))]


@pytest.mark.slow
@pytest.mark.parametrize("name", covering_lessons())
def test_after_any_choice_and_an_edit_every_number_and_text_is_read_whole(tmp_path: Path, name: str) -> None:
    """LibreOffice calculates each sheet from nothing: where it gave a cell another format, it would print ###."""
    document, copies = chosen_and_edited(load_lesson(name, epochs=min(8, load_lesson(name).epochs)), 20)
    path, blind = tmp_path / "chosen.xlsx", tmp_path / "blind.xlsx"
    write_workbook(replace(document, sheets=(*document.sheets, *copies)), path)
    blind_copy(path, blind)
    pages = pages_of(reader(LibreOffice().pdf(blind, document.language)))
    found = {sheet.name: cut_off(sheet, pages[sheet.name]) for sheet in copies}
    assert {sheet: cut for sheet, cut in found.items() if cut} == {}
    hashes = [sheet for sheet, own in pages.items() for page in own for text in texts(page) if "###" in text.words]
    assert hashes == []


def chosen_and_edited(lesson: Lesson, count: int) -> tuple[Document, list[Sheet]]:
    """Return the workbook of a lesson after an edit of a weight and a rate, and so many choices on `Step by step`."""
    weight = next(typed for typed in lesson.typed if re.fullmatch(r"w\d+( of .*)?", typed))
    edits = {weight: -12.3456789, "learning rate 1": 1.5 * lesson.typed["learning rate 1"]}
    standing, trace = {**as_shipped(lesson), **edits}, train(lesson)
    now = train(lesson.with_typed(standing))
    copies = []
    for number, (places, chosen) in enumerate(selections(lesson, count)):
        book = book_of(trace, {**standing, **chosen}, installed_versions(), now)
        sheet = next(sheet for sheet in step_by_step.sheets(book) if sheet.name == places.name)
        copies.append(replace(sheet, name=f"Copy {number}", charts=(), outlines=()))
    return compile_document(lesson, edits, trace=trace, now=now), copies
