"""The sheets on paper: how many pages they take, and that every text can be read whole."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from pypdf import PdfReader

from tests.printed import cut_off, pages_of, reader, texts
from tests.slow import slow
from tests.test_step_by_step import selections
from xlbackprop.engines import pdf_handout
from xlbackprop.engines.libreoffice import LibreOffice
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.lesson.lesson_file import load_lesson
from xlbackprop.lesson_library import built_in_lessons
from xlbackprop.machine import write_workbook
from xlbackprop.numpy_run.trace import train
from xlbackprop.sheets.compiler import book_of, compile_document, installed_versions
from xlbackprop.sheets.entries import as_shipped
from xlbackprop.sheets.steps import sheet as step_by_step
from xlbackprop.workbook.document import Cell, Document, Page, Sheet
from xlbackprop.workbook.looks import Look, Style
from xlbackprop.xlsx.read.reader import blind_copy

pytestmark = pytest.mark.engine("libreoffice")

# The drawings of its eight layers go over three pages, and through some of their labels run the edges.
KNOWN = {
    "Step by step 4": {"0.6586", "out_h4_1", "0.002550"},
    "Step by step 5": {"1", "0.5", "out_h4_1"},
}


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


def test_the_walkthrough_takes_a_page_for_what_one_reads_and_a_few_for_each_table() -> None:
    pages = {sheet: len(pages) for sheet, pages in pages_of(lesson("walkthrough")[1]).items()}
    runs = {f"LR={rate}": 5 for rate in ("0.1", "0.2", "0.5", "0.8", "1.0", "2.0")}
    assert pages == {"Summary": 1, "Inputs": 1, "Step by step": 1, **runs, "Loss curves": 1, "Checks": 2, "Lesson": 2}


@pytest.mark.parametrize(
    ("name", "epochs"), [("walkthrough", "30"), slow("xor", "6"), slow("optimizers", "6"), slow("vanishing", "6")]
)
def test_no_text_of_any_sheet_is_cut_off(name: str, epochs: str) -> None:
    found = cut_off_in(*lesson(name, epochs))
    assert found == (KNOWN if name == "vanishing" else {})


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
        Sheet("edge", {(1, 1): edge, (2, 4): beside}, page=Page(area="A1:D2")),
    )
    document = Document("t", "", sheets)
    cut = cut_off_in(document, printed(document))
    assert cut.keys() == {"no room", "low", "edge"}
    assert all(document[sheet].cells[1, 1].value in words for sheet, words in cut.items())


def test_every_page_names_the_lesson_the_sheet_and_its_number() -> None:
    document, pdf = lesson("walkthrough", "30")
    number = 0
    for sheet, pages in pages_of(pdf).items():
        for page in pages:
            number += 1
            found = list(texts(page))
            highest, lowest = (pick(text.begin[1] for text in found) for pick in (max, min))
            top = "".join(text.words for text in found if text.begin[1] > highest - 1)
            bottom = "".join(text.words for text in found if text.begin[1] < lowest + 1)
            assert top.strip() == document.title
            assert bottom.split() == [*sheet.split(), str(number), "/", str(len(pdf.pages))]


@pytest.mark.parametrize(
    ("sheet", "headers"), [("LR=0.1", {"epoch", "out_h1", "∂E/∂w8"}), ("Checks", {"column", "its rule", "LR=2.0"})]
)
def test_tables_repeat_their_header_on_every_page(sheet: str, headers: set[str]) -> None:
    pages = pages_of(lesson("walkthrough")[1])[sheet]
    assert len(pages) > 1
    for page in pages:
        assert headers <= {text.words.strip() for text in texts(page)}


@pytest.mark.slow
def test_over_several_pages_the_sentences_of_the_head_are_not_repeated_in_part() -> None:
    pages = pages_of(lesson("vanishing", "6")[1])["8 sigmoids"]
    assert len(pages) == 2
    for page in pages:
        words = [text.words.strip() for text in texts(page)]
        assert words.count("epoch") == 1
        assert not [text for text in words if text.startswith(("what", "learn", "8 sigmoids:"))]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(built_in_lessons()))
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
