"""`compile_document`: from a lesson to its workbook, with the values of all formulas, defined names, a fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from xlbackprop._version import __version__
from xlbackprop.errors import InputError, Problem
from xlbackprop.lesson import Lesson
from xlbackprop.numpy_run import Trace, train
from xlbackprop.sheets import lesson_text
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.checks.counts import Judgement
from xlbackprop.sheets.checks.places import ChecksLayout
from xlbackprop.sheets.curves.places import LossCurvesLayout
from xlbackprop.sheets.entries import as_shipped, defined_names, linked, made
from xlbackprop.sheets.inputs.places import InputsLayout
from xlbackprop.sheets.lesson_text import LESSON
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.sheets.steps.places import step_sheets
from xlbackprop.workbook import MAX_FORMULA, Cell, Document, RunOutcome, Sheet, address, quoted


def compile_document(
    lesson: Lesson,
    changed: Mapping[str, float] | None = None,
    versions: Mapping[str, str] | None = None,
    trace: Trace | None = None,
    now: Trace | None = None,
) -> Document:
    """Return the workbook of a lesson as plain data, every formula with its value.

    `changed` maps names to the numbers that a reader has changed since ("w1", "learning rate 2", "threshold"): the
    values follow them, while the names of sheets and the stored constants stay as shipped. `versions` of programs, by
    name, default to those installed. `trace` is the trained lesson, if the caller has it already. `now` are the runs
    with the changed numbers: they are trained, too, where the caller has no others that some program found.
    Raises InputError where a formula would be longer than a spreadsheet allows.
    """
    standing = {**as_shipped(lesson), **(changed or {})}
    book = book_of(trace or train(lesson), standing, versions or installed_versions(), now)
    sheets = tuple(made(book))
    document = Document(
        title=lesson.title,
        description=_description(lesson),
        sheets=sheets,
        names=defined_names(book) | dict(_header_rows(sheets)),
        author=lesson.credits.author,
        institution=lesson.credits.institution,
        outcomes=tuple(_outcomes(book)),
    )
    _check_formulas(document)
    return _with_fingerprint(document, book.as_shipped)


def _outcomes(book: Book) -> Iterator[RunOutcome]:
    for run, verdict in zip(book.runs, book.once(Judgement).verdicts, strict=True):
        yield RunOutcome(run.name, verdict, book.diverged_epoch(run.index))


def _description(lesson: Lesson) -> str:
    made = "Every number is a live formula with its true value; Checks proves it. Made by xlbackprop."
    return f"{made} Licence: {lesson.credits.licence}" if lesson.credits.licence else made


def installed_versions() -> dict[str, str]:
    """Return the version of what makes a workbook's formulas and numbers: {"xlbackprop": …}. NumPy's has no say."""
    return {"xlbackprop": __version__}


def book_of(
    shipped: Trace, standing: Mapping[str, float], versions: Mapping[str, str], trace: Trace | None = None
) -> Book:
    """Return the book from which all sheets are made.

    `shipped` is the trained lesson as shipped; `standing` holds every changeable number as it is now, by name. `trace`
    are the runs of now; without it they are trained.
    """
    lesson = shipped.lesson
    now = lesson.with_typed(standing)
    return Book(
        lesson=lesson,
        shipped=shipped,
        now=now,
        trace=trace or (shipped if now == lesson else train(now)),
        standing=standing,
        as_shipped=as_shipped(lesson),
        versions=versions,
        runs=tuple(RunLayout(lesson, run) for run in range(len(lesson.runs))),
        inputs=InputsLayout(lesson),
        checks=ChecksLayout(lesson),
        curves=LossCurvesLayout(lesson),
        steps=step_sheets(lesson),
        linked=linked(lesson),
    )


def _header_rows(sheets: tuple[Sheet, ...]) -> Iterator[tuple[str, str]]:
    """Yield for each table a defined name by which the screen readers JAWS and NVDA find its header row, and its cell.

    They know such names by their form: the number of the table on its sheet, its first and its last cell, the number of
    the sheet, as in ColumnTitleRegion1.A7.AF48.4. The name refers to the first header.
    """
    for number, sheet in enumerate(sheets, start=1):
        for region, table in enumerate(sheet.tables, start=1):
            first = table.header_row, table.first_column
            last = address(table.last_row, table.first_column + len(table.columns) - 1)
            name = f"ColumnTitleRegion{region}.{address(*first)}.{last}.{number}"
            yield name, f"{quoted(sheet.name)}!{address(*first, fixed=True)}"


def _check_formulas(document: Document) -> None:
    problems = []
    for sheet in document.sheets:
        for place, length in _formula_lengths(sheet):
            if length >= MAX_FORMULA:
                what = f"its formula would have {length:,} characters; a spreadsheet allows {MAX_FORMULA:,}."
                where = f"{quoted(sheet.name)}!{address(*place)}"
                problems.append(Problem(where, what, "Use fewer units or fewer layers."))
    if problems:
        more = len(problems) - 5
        ending = [Problem("", f"… and {more:,} more cells.")] if more > 0 else []
        raise InputError("the workbook of this lesson", [*problems[:5], *ending])


def _formula_lengths(sheet: Sheet) -> Iterator[tuple[tuple[int, int], int]]:
    """Yield (row, column) and length of each formula outside the tables, and of the last in each column of a table.

    In the last row of a column the row numbers, and so the formula, are longest.
    """
    for place, cell in sheet.cells.items():
        if cell.formula is not None:
            yield place, len(cell.formula)
    for table in sheet.tables:
        digits = len(str(table.last_row))
        for column, filled in enumerate(table.columns, start=table.first_column):
            length = sum(len(part) if isinstance(part, str) else digits for part in filled.fill or ())
            yield (table.last_row, column), length


# ------------------------------------------------------------------------------------------------------- fingerprint


def _with_fingerprint(document: Document, shipped: Mapping[str, float]) -> Document:
    """Return the document with its fingerprint on the sheet `Lesson`.

    The fingerprint is the SHA-256 of all formulas and constants as shipped, and not of the values of formulas.
    """
    digest = hashlib.sha256()
    for sheet in document.sheets:
        for line in _handed_out(sheet, shipped):
            digest.update(line.encode())
    sheet = document[LESSON]
    place = (lesson_text.FINGERPRINT_ROW, 2)
    cells = {**sheet.cells, place: Cell(digest.hexdigest(), sheet.cells[place].style)}
    marked = replace(sheet, cells=cells)
    return replace(document, sheets=tuple(marked if old is sheet else old for old in document.sheets))


def _handed_out(sheet: Sheet, shipped: Mapping[str, float]) -> Iterator[str]:
    """Yield the lines that the fingerprint is made of: one for each cell outside the tables, one for each table column.

    Typed numbers are as shipped, whatever stands in the workbook now. NumPy's stored losses are left out: they follow
    from the rest.
    """
    yield f"{sheet.name}\n"
    for place, cell in sheet.cells.items():
        constant = cell.value if cell.changeable is None else shipped[cell.changeable]
        yield f"{place}\t{cell.formula if cell.formula is not None else repr(constant)}\n"
    for table in sheet.tables:
        yield f"{table.header_row}\t{table.first_column}\t{table.rows}\n"
        for filled in table.columns:
            is_told = filled.fill is None and filled.values.dtype != np.float64
            constants = filled.values[:].tolist() if is_told else ""
            yield f"{filled.header}\t{filled.first}\t{filled.fill}\t{constants}\n"
