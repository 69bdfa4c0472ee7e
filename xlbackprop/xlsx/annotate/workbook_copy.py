"""A copy of a stranger's workbook with notes, frames of cells, and a sheet in front that says what was found.

It is surgery on the parts of the file: a library that loads a workbook and saves it loses shapes, charts and whatever
else it does not know. What is not touched stays byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from xlbackprop.errors import InputError, Problem
from xlbackprop.machine import whole_file
from xlbackprop.workbook import Place
from xlbackprop.xlsx.annotate.book import Book, show_no_other
from xlbackprop.xlsx.annotate.front_page import TYPE, FrontPage
from xlbackprop.xlsx.annotate.looks import FRAMES, Looks
from xlbackprop.xlsx.annotate.notes import add_notes
from xlbackprop.xlsx.annotate.revision import Revision
from xlbackprop.xlsx.annotate.said import CellNote, FrontSheet, NoteKind
from xlbackprop.xlsx.annotate.sheet_cells import SheetXml
from xlbackprop.xlsx.read import DamagedWorkbook, Package, workbook_package


def annotated_copy(source: Path, target: Path, notes: Sequence[CellNote], front: FrontSheet) -> None:
    """Write a copy of a workbook with notes of its cells and a first sheet that says what was found.

    The sheets, formulas, values, charts, shapes and names stay as they are. A cell that is not in the file gets its
    note, but no frame. Raises InputError where `source` is no readable .xlsx workbook, has no sheet of a note, or is
    `target` itself; OSError where `target` cannot be written.
    """
    if target.exists() and source.exists() and target.samefile(source):
        raise InputError(str(source), [Problem("", "an annotated copy would replace the workbook itself.")])
    with workbook_package(source) as package:
        revision = _annotated(package, notes, front)
        with whole_file(target) as stream:
            revision.write(stream)


def _annotated(package: Package, notes: Sequence[CellNote], front: FrontSheet) -> Revision:
    of_sheet: dict[str, list[CellNote]] = {}
    for note in notes:
        if note.sheet not in package.sheets:
            raise DamagedWorkbook(f'it has no sheet "{note.sheet[:40]}", of which something is said.')
        of_sheet.setdefault(note.sheet, []).append(note)
    revision = Revision(package)
    looks, book = Looks(revision), Book(revision)
    for name, said in of_sheet.items():
        _annotate(revision, package.sheets[name], said, looks, book.number_of(name))
    name = book.free_name(front.title)
    page = FrontPage(front, looks)
    looks.save()
    part = revision.free("worksheets/feedback", ".xml")
    id_ = revision.add(package.book, "worksheet", part, page.xml(revision.main, book.windows), TYPE)
    show_no_other(revision)
    book.put_first(name, id_, page.header_row)
    return revision


def _annotate(revision: Revision, part: str, said: Sequence[CellNote], looks: Looks, number: int) -> None:
    kinds: Mapping[Place, NoteKind] = {note.place: note.kind for note in said if note.kind in FRAMES}
    sheet = SheetXml(revision.read(part), kinds)
    for place, (at, style) in sheet.found.items():
        if (framed := looks.framed(style, kinds[place])) is not None:
            sheet.set_at(at, "s", framed)
    if noted := [note for note in said if note.text]:
        add_notes(revision, part, sheet, noted, number)
    revision.put(part, sheet.result())
