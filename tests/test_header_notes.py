"""The notes of headers: what they say, and that every program finds them in the file."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree
from zipfile import ZipFile

import numpy as np
import openpyxl
import pytest

from tests.lessons import covering_lessons, sample_lesson
from tests.test_surroundings_resaved import saved_by_libreoffice
from xlbackprop import compile_document, load_lesson, verify, write_workbook
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.network.expression import Number
from xlbackprop.network.losses import LOSSES
from xlbackprop.network.quantities import Constant, Correct, Datum, Given, Quantity, UnitLoss
from xlbackprop.sheets.runs import sheet as runs
from xlbackprop.sheets.runs.header_notes import LONGEST, header_note
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.taught.column import Column
from xlbackprop.workbook.document import Document, Filled, Sheet, Table
from xlbackprop.workbook.formula_notation import math_text
from xlbackprop.workbook.looks import Look, Style
from xlbackprop.xlsx.read.reader import blind_copy, read_workbook
from xlbackprop.xlsx.write import workbook_bytes

LESSONS = covering_lessons()


def notes_of(document: Document) -> dict[str, list[tuple[str, str]]]:
    """Return header and note of every column of the tables of each sheet that has notes."""
    found = {
        sheet.name: [(c.header, c.note) for table in sheet.tables for c in table.columns] for sheet in document.sheets
    }
    return {name: columns for name, columns in found.items() if any(note for _, note in columns)}


def runs_of(lesson: Lesson) -> list[RunLayout]:
    return [RunLayout(lesson, run) for run in range(len(lesson.runs))]


# ---------------------------------------------------------------------------------------------------------- the words


@pytest.mark.parametrize("name", LESSONS)
def test_every_header_of_a_lesson_tells_its_symbol_and_its_rule(name: str) -> None:
    lesson = load_lesson(name, epochs=2)
    notes = notes_of(compile_document(lesson))
    assert notes.keys() == {run.name for run in lesson.runs}
    for run in runs_of(lesson):
        for column, (header, note) in zip(run.columns, notes[run.name], strict=True):
            if len(run.columns) > runs.MOST_NOTES and not note:
                continue
            lines = note.split("\n")
            assert re.match(rf"{re.escape(header)}( \([^)]+\))?[:,] ", lines[0])
            assert lines[1].startswith(f"{header} = ")
            of_textbook = isinstance(column.quantity, UnitLoss) and LOSSES[run.recipe.loss].textbook is not None
            assert math_text(column.formula, run.of.naming.name)[:60] in lines[2 if of_textbook else 1]
            assert len(note) <= LONGEST


def test_a_note_gives_the_reason() -> None:
    (_, first), *others = notes_of(compile_document(load_lesson(epochs=2)))["LR=0.5"]
    notes = dict(others)
    assert first == "epoch: how many updates have been made.\nepoch = epoch (row above) + 1; first row: 0"
    assert notes["out_h1"] == (
        "out_h1, hidden layer: what hidden unit 1 passes on.\n"
        "out_h1 = σ(h1) = 1/(1 + exp(−h1))\n"
        "Why: the activation function: σ(z) = 1/(1 + exp(−z))."
    )
    assert notes["∂E/∂w5"].endswith("\nWhy: the chain rule, all from this row's weights.\nSummary derives this rule.")


def test_summary_is_named_only_where_it_derives_the_rule() -> None:
    lesson = load_lesson("xor", epochs=2)  # the first run has no hidden layer, the others have
    notes = notes_of(compile_document(lesson))
    says_so = {name: sum("Summary" in note for _, note in columns) for name, columns in notes.items()}
    assert says_so[lesson.runs[0].name] == 3
    assert {count for name, count in says_so.items() if name != lesson.runs[0].name} == {0}


def test_every_kind_of_column_has_a_note_and_no_other_quantity_has() -> None:
    kinds: set[type] = set()
    for name in LESSONS:
        for run in runs_of(load_lesson(name, epochs=2)):
            kinds |= {type(column.quantity) for column in run.columns}
    assert kinds == {*get_args(Quantity)} - {Constant, Datum, Given}
    with pytest.raises(ValueError, match="no column"):
        header_note(RunLayout(load_lesson(), 0), Column(Constant("momentum"), Number(1.0), "given"))


def test_a_rule_too_long_for_a_note_is_cut_between_its_words() -> None:
    lesson = sample_lesson("many_paths")
    shortened = 0
    for run in runs_of(lesson):
        for column in run.columns:
            note = header_note(run, column)
            assert len(note) <= LONGEST
            rule = note.split("\n")[1]
            if rule.endswith(" …"):
                shortened += 1
                name = run.of.naming.name
                whole = f"{name(column.quantity)} = {math_text(column.formula, name)}; first row: "
                assert whole.startswith(rule.removesuffix("…"))
    assert shortened


def test_a_wide_table_has_a_note_where_each_band_begins() -> None:
    lesson = load_lesson("digits", epochs=1)
    document = compile_document(lesson)
    (run,) = runs_of(lesson)
    assert len(run.columns) > runs.MOST_NOTES
    sheet = document[run.name]
    noted = [number for number, column in enumerate(sheet.tables[0].columns, 1) if column.note]
    named = [number for number in range(1, len(run.columns) + 1) if sheet.cells[run.role_row, number].value]
    alone = [1, run.column_of[Correct()]]  # bands of one column, which its header names
    assert noted == sorted([*alone, *named])


def test_the_limit_is_a_number_of_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = load_lesson(epochs=2, learning_rates=[0.5])
    width = len(runs_of(lesson)[0].columns)
    counts = []
    for limit in (width, width - 1):
        monkeypatch.setattr(runs, "MOST_NOTES", limit)
        counts.append(sum(bool(note) for _, note in notes_of(compile_document(lesson))["LR=0.5"]))
    assert counts == [width, 9]


def test_notes_do_not_follow_what_is_typed() -> None:
    lesson = load_lesson(epochs=2)
    typed = {name: value * 1e30 for name, value in lesson.typed.items() if name.startswith("w")}
    assert notes_of(compile_document(lesson, typed)) == notes_of(compile_document(lesson))


# ----------------------------------------------------------------------------------------------------------- the file


@pytest.fixture(scope="module")
def document() -> Document:
    return compile_document(load_lesson(epochs=5, learning_rates=[0.5, 2.0]))


@pytest.fixture(scope="module")
def path(document: Document, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("notes") / "notes.xlsx"
    write_workbook(document, path)
    return path


def parts_of(document: Document) -> dict[str, str]:
    with ZipFile(BytesIO(workbook_bytes(document))) as package:
        return {name: package.read(name).decode() for name in package.namelist()}


def alone(*notes: str, width: float = 10.0) -> Document:
    """Return a workbook of one table, without a chart."""
    columns = (
        Filled(f"c{n}", None, np.ones(2), Style(Look.STORED), note=note, width=width) for n, note in enumerate(notes)
    )
    return Document("t", "", (Sheet("S", {}, (Table(2, 2, tuple(columns)),)), Sheet("bare", {})))


def read_notes(path: Path) -> dict[tuple[str, str], str]:
    book = openpyxl.load_workbook(path)
    cells = (cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.comment is not None)
    return {(cell.parent.title, cell.coordinate): cell.comment.text for cell in cells}


def expected_notes(document: Document) -> dict[tuple[str, str], str]:
    letters = openpyxl.utils.get_column_letter
    return {
        (sheet.name, f"{letters(column)}{table.header_row}"): filled.note
        for sheet in document.sheets
        for table in sheet.tables
        for column, filled in enumerate(table.columns, table.first_column)
        if filled.note
    }


def test_openpyxl_reads_every_note(document: Document, path: Path) -> None:
    expected = expected_notes(document)
    assert len(expected) == 64
    assert read_notes(path) == expected


def test_a_note_may_hold_any_text(tmp_path: Path) -> None:
    text = 'a < b & "c"  twice\n  indented _x0041_ ∂'
    write_workbook(alone(text), tmp_path / "any.xlsx")
    assert read_notes(tmp_path / "any.xlsx") == {("S", "B2"): text.replace("_x0041_", "_x005F_x0041_")}


@pytest.mark.engine("libreoffice")
def test_libreoffice_keeps_every_note(document: Document, path: Path, tmp_path: Path) -> None:
    assert read_notes(saved_by_libreoffice(path, tmp_path)) == expected_notes(document)


def test_notes_change_nothing_that_a_reader_of_cells_sees(document: Document, path: Path, tmp_path: Path) -> None:
    def without(sheet: Sheet) -> Sheet:
        tables = (replace(t, columns=tuple(replace(column, note="") for column in t.columns)) for t in sheet.tables)
        return replace(sheet, tables=tuple(tables))

    plain = tmp_path / "plain.xlsx"
    write_workbook(replace(document, sheets=tuple(map(without, document.sheets))), plain)
    assert read_notes(plain) == {}
    assert read_workbook(path) == read_workbook(plain)
    assert verify(path).equal


def test_a_copy_without_values_keeps_its_notes(path: Path, tmp_path: Path) -> None:
    blind_copy(path, tmp_path / "blind.xlsx")
    assert read_notes(tmp_path / "blind.xlsx") == read_notes(path)


def test_what_a_sheet_refers_to_stands_in_the_order_of_the_schema(document: Document) -> None:
    parts = parts_of(document)
    number = [sheet.name for sheet in document.sheets].index("LR=0.5") + 1
    tree = ElementTree.fromstring(parts[f"xl/worksheets/sheet{number}.xml"])
    order = ["headerFooter", "ignoredErrors", "drawing", "legacyDrawing"]
    assert [child.tag.partition("}")[2] for child in tree][-4:] == order
    links = dict(re.findall(r'Id="(\w+)"[^>]*Target="([^"]*)"', parts[f"xl/worksheets/_rels/sheet{number}.xml.rels"]))
    referred = [next(iter(child.attrib.values())) for child in [*tree][-2:]]
    assert [links[reference] for reference in referred] == [
        f"../drawings/drawing{number}.xml",
        f"../drawings/vmlDrawing{number}.vml",
    ]
    assert f"../comments{number}.xml" in links.values()


def test_notes_stand_without_a_drawing_and_a_sheet_without_notes_has_no_parts_for_them() -> None:
    parts = parts_of(alone("c0: one.\nc0 = 1"))
    assert '<legacyDrawing xmlns:r="' in parts["xl/worksheets/sheet1.xml"]
    assert "<drawing" not in parts["xl/worksheets/sheet1.xml"]
    assert {name for name in parts if "omment" in name or "vml" in name} == {
        "xl/comments1.xml",
        "xl/drawings/vmlDrawing1.vml",
    }
    assert "vml" not in parts_of(alone(""))["[Content_Types].xml"]


def test_a_box_is_hidden_and_as_large_as_its_text() -> None:
    short, long = "c0: one.", "c1: two.\n" + "many words " * 30
    document = alone(short, long, width=10)
    boxes = ElementTree.fromstring(parts_of(document)["xl/drawings/vmlDrawing1.vml"]).findall("{*}shape")
    sizes = []
    for box in boxes:
        style = dict(part.split(":") for part in box.attrib["style"].split(";"))
        assert style["visibility"] == "hidden"
        sizes.append(tuple(float(style[side].removesuffix("pt")) / 0.75 for side in ("width", "height")))
    assert all(larger > smaller for smaller, larger in zip(*sizes, strict=True))
    for box, (width, height) in zip(boxes, sizes, strict=True):
        anchor = box.findtext("{*}ClientData/{*}Anchor")
        assert anchor is not None
        left, left_in, top, top_in, right, right_in, bottom, bottom_in = map(int, anchor.split(", "))
        columns = [75 if column in (1, 2) else 64 for column in range(20)]
        assert sum(columns[left:right]) - left_in + right_in == width
        assert 20 * (bottom - top) - top_in + bottom_in == height


def test_a_box_knows_its_header() -> None:
    boxes = ElementTree.fromstring(parts_of(alone("c0: one.", "", "c2: three."))["xl/drawings/vmlDrawing1.vml"])
    known = [
        [found.findtext(f"{{*}}{side}") for side in ("Row", "Column")]
        for found in boxes.iter()
        if found.get("ObjectType")
    ]
    assert known == [["1", "1"], ["1", "3"]]  # B2 and D2, counted from 0


def test_the_boxes_of_a_workbook_have_numbers_of_their_own(document: Document) -> None:
    drawn = [text for name, text in parts_of(document).items() if name.endswith(".vml")]
    numbers = [int(number) for text in drawn for number in re.findall(r'id="_x0000_s(\d+)"', text)]
    assert len(numbers) == 64
    assert all(one < other for one, other in pairwise(numbers))
