"""`generate --pdf`: what the hand-out holds, and that nobody's file is lost to it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.slow import slow
from tests.test_cli import SHORT, run
from tests.test_networks import lesson_text
from tests.xlsx_sample import sample
from xlbackprop.engines import EngineFailed, pdf_handout
from xlbackprop.engines import libreoffice as libreoffice_room
from xlbackprop.engines.libreoffice import LibreOffice
from xlbackprop.lesson.lesson_file import load_lesson
from xlbackprop.sheets.compiler import compile_document
from xlbackprop.workbook.document import Document, Sheet, Value, contents
from xlbackprop.workbook.extents import Range, range_of

needs_libreoffice = pytest.mark.engine("libreoffice")
BLANK = b"%PDF-1.6\n%%EOF\n"
WORDS = ("generate", *SHORT, "--no-verify", "--pdf", "-o", "mine.xlsx")


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Let no program draw; return what it would have been given."""
    given: list[Path] = []

    def pdf(_: LibreOffice, workbook: Path, language: str) -> bytes:
        assert language == "en-GB"
        given.append(workbook)
        return BLANK

    monkeypatch.setattr(LibreOffice, "require", lambda _: None)
    monkeypatch.setattr(LibreOffice, "pdf", pdf)
    return given


def no_libreoffice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libreoffice_room.shutil, "which", lambda _: None)
    monkeypatch.setattr(libreoffice_room, "_PLACES", {})


def pages(path: Path) -> PdfReader:
    return PdfReader(BytesIO(path.read_bytes()), strict=True)


# ------------------------------------------------------------------------------------------------------- what it holds


def test_it_holds_what_one_reads_on_paper_in_the_order_of_the_workbook() -> None:
    document = compile_document(load_lesson("xor", epochs="2"))
    expected = ("Summary", "Inputs", "Step by step", "Step by step 2", "Step by step 3", "Loss curves")
    assert pdf_handout.sheets_on_paper(document) == expected
    assert tuple(sheet.name for sheet in pdf_handout.for_paper(document).sheets) == expected


@pytest.mark.parametrize("lesson", ["walkthrough", "xor"])
def test_its_values_are_those_of_the_workbook_and_there_is_nothing_to_calculate(lesson: str) -> None:
    document = compile_document(load_lesson(lesson, epochs="4"))
    paper = pdf_handout.for_paper(document)
    for sheet in paper.sheets:
        told = [range_of(cells) for cells, _ in sheet.page.instead]  # what is of use on a screen only

        def values(of: Sheet, left_out: list[Range]) -> dict[tuple[int, int], Value]:
            cells = ((row, column, value) for row, column, _, value in contents(of))
            return {
                (row, column): value
                for row, column, value in cells
                if not any(one.holds(row, column) for one in left_out)
            }

        assert values(sheet, told) == values(document[sheet.name], told)
    assert paper.formulas == 0
    assert not any(cell.link for sheet in paper.sheets for cell in sheet.cells.values())
    assert paper.names == {}
    assert paper.title == document.title


@needs_libreoffice
def test_it_is_a_tagged_pdf_with_bookmarks_title_and_language(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, *WORDS)
    assert code == 0
    assert "\n  hand-out  mine.pdf (Summary, Inputs, Step by step, Loss curves)\n" in out
    pdf = pages(Path("mine.pdf"))
    assert pdf.metadata is not None
    assert pdf.metadata.title == load_lesson("walkthrough").title
    assert [mark.title for mark in pdf.outline] == ["Summary", "Inputs", "Step by step", "Loss curves"]
    root = pdf.root_object
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"file:" not in Path("mine.pdf").read_bytes()


@needs_libreoffice
@pytest.mark.parametrize(
    "title",
    [
        "a & b < c > \\\"d\\\" 'e' 🙂 ∂E/∂w é",
        slow("Sigmoid and tanh & ReLU " * 5),
        slow("&P of &N"),
        slow("{0} %s ${HOME} 漢字"),
    ],
    ids=["signs", "long", "commands of a header", "other signs"],
)
def test_any_title_makes_a_hand_out(title: str, capsys: pytest.CaptureFixture[str]) -> None:
    title = title.strip()
    text = lesson_text((2, 2, 2)).replace('title = "A network"', f'title = "{title}"')
    assert title in text
    Path("a&b, c %20 ü.toml").write_text(text, encoding="utf-8")
    code, out, _ = run(capsys, "generate", "a&b, c %20 ü.toml", "--no-verify", "--pdf")
    assert code == 0
    path = Path("output/a&b, c %20 ü.pdf")
    assert str(path) in out
    pdf = pages(path)
    assert pdf.metadata is not None
    assert pdf.metadata.title == title.replace('\\"', '"')
    assert len(pdf.pages) == 9
    assert title[:8] in pdf.pages[0].extract_text()


# ------------------------------------------------------------------------------------------------- nobody's file is lost


@pytest.mark.usefixtures("drawn")
def test_it_is_sealed_and_made_anew_as_long_as_nobody_changed_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, *WORDS)[0] == 0
    made = Path("mine.pdf").read_bytes()
    assert made.startswith(BLANK)
    assert pdf_handout.is_untouched_handout(Path("mine.pdf"))
    assert run(capsys, *WORDS)[0] == 0
    assert {path.name for path in Path().iterdir()} == {"mine.xlsx", "mine.pdf"}


CHANGES = {
    "written on": lambda pdf: pdf + b"1 0 obj\n<< /Type /Annot >>\nendobj\n%%EOF\n",
    "a byte changed": lambda pdf: pdf.replace(b"1.6", b"1.7"),
    "saved without the seal": lambda _: BLANK,
    "cut short": lambda pdf: pdf[:-3],
    "not a PDF": lambda _: b"my notes",
    "empty": lambda _: b"",
}


@pytest.mark.usefixtures("drawn")
@pytest.mark.parametrize("change", CHANGES)
def test_one_that_was_changed_is_kept_unless_forced(change: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, *WORDS)
    workbook = Path("mine.xlsx").read_bytes()
    changed = CHANGES[change](Path("mine.pdf").read_bytes())
    Path("mine.pdf").write_bytes(changed)
    code, out, err = run(capsys, *WORDS, "--epochs", "5")
    assert (code, out) == (2, "")
    assert "  mine.pdf: it was changed since it was made, or xlbackprop did not make it; it is left as it is." in err
    assert Path("mine.pdf").read_bytes() == changed
    assert Path("mine.xlsx").read_bytes() == workbook
    assert run(capsys, *WORDS, "--force")[0] == 0
    assert pdf_handout.is_untouched_handout(Path("mine.pdf"))


@pytest.mark.usefixtures("drawn")
def test_without_the_word_a_pdf_of_that_name_is_nobodys_business(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.pdf").write_bytes(b"my notes")
    code, out, _ = run(capsys, "generate", *SHORT, "--no-verify", "-o", "mine.xlsx")
    assert code == 0
    assert "hand-out" not in out
    assert Path("mine.pdf").read_bytes() == b"my notes"


def test_a_folder_of_that_name_is_kept(drawn: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.pdf").mkdir()
    code, _, err = run(capsys, *WORDS)
    assert code == 2
    assert "mine.pdf" in err
    assert drawn == []
    assert not Path("mine.xlsx").exists()


# ------------------------------------------------------------------------------------------------- the program is missing


def test_where_libreoffice_is_missing_nothing_is_written_and_everything_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    no_libreoffice(monkeypatch)
    Path("mine.xlsx").write_bytes(b"my notes")
    code, out, err = run(capsys, *WORDS)
    assert (code, out) == (2, "")
    assert "--pdf: LibreOffice is not here, or not on the PATH: https://www.libreoffice.org/download" in err
    assert "without --pdf the workbook alone is made" in err
    assert "it was changed since it was made" in err  # the workbook
    assert [*Path().iterdir()] == [Path("mine.xlsx")]


def test_where_the_pages_cannot_be_drawn_nothing_is_written(
    drawn: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(*_: object) -> bytes:
        raise EngineFailed("LibreOffice was not ready after 300 seconds.")

    run(capsys, *WORDS)
    before = {path: path.read_bytes() for path in Path().iterdir()}
    monkeypatch.setattr(LibreOffice, "pdf", failing)
    code, _, err = run(capsys, *WORDS, "--epochs", "9")
    assert code == 2
    assert "LibreOffice was not ready after 300 seconds. Nothing was written" in err
    assert {path: path.read_bytes() for path in Path().iterdir()} == before
    assert not drawn[0].exists()


# ----------------------------------------------------------------------------------------------------------- the engine


@needs_libreoffice
def test_a_file_that_is_no_workbook_makes_no_pdf() -> None:
    Path("junk.xlsx").write_bytes(b"PK\x03\x04 junk")
    with pytest.raises(EngineFailed, match=r"could not make a PDF of junk\.xlsx"):
        LibreOffice().pdf(Path("junk.xlsx"), "en-GB")


@needs_libreoffice
def test_the_numbers_on_paper_are_the_stored_ones() -> None:
    document = pdf_handout.for_paper(Document("t", "", (Sheet("Summary", sample()["Inputs"].cells, on_paper=True),)))
    Path("made.pdf").write_bytes(pdf_handout.handout_pdf(document))
    text = pages(Path("made.pdf")).pages[0].extract_text()
    assert "0.3" in text
    assert "#NUM!" in text
