"""One workbook audited: its tables, where they start from, its charts, and its comparisons of learning rates."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from xlbackprop.classroom.audit.book import Book, read_book
from xlbackprop.classroom.audit.by_formulas import by_formulas
from xlbackprop.classroom.audit.charts import chart_faults
from xlbackprop.classroom.audit.comparisons import find_comparisons, stale_comparisons
from xlbackprop.classroom.audit.findings import Audit
from xlbackprop.classroom.audit.judged_table import judge_table
from xlbackprop.classroom.audit.meanings import Meanings
from xlbackprop.classroom.audit.starts import not_the_lessons, wrong_starts
from xlbackprop.classroom.audit.tables import find_tables, why_no_table
from xlbackprop.classroom.audit.texts import text_slips
from xlbackprop.errors import InputError, Problem
from xlbackprop.lesson import Lesson
from xlbackprop.sheets import LESSON, reserved_names


def audit_file(path: Path, lesson: Lesson, *, own_numbers: bool = True) -> Audit:
    """Return what is right and wrong with the tables of a workbook, for the network of a lesson.

    With `own_numbers` the tables may start from numbers of their own; without it those of the lesson are expected.
    Raises InputError where the file cannot be read, or the lesson is none whose runs stand in such tables.
    """
    refuse_other_lessons(lesson)
    return audit_book(read_book(path), lesson, own_numbers=own_numbers)


def audit_book(book: Book, lesson: Lesson, *, own_numbers: bool = True) -> Audit:
    """Return what is right and wrong with the tables of a workbook that was read."""
    ours = _sheets_of_ours(book)
    found = [
        by_formulas(book, table) for table in find_tables(book, lesson.runs[0].recipe) if table.sheet.name not in ours
    ]
    tables = [Meanings(book, table, found) for table in found]
    judged = [judge_table(one) for one in tables]
    comparisons = find_comparisons(book, tables)
    started = []
    for one, table in zip(tables, judged, strict=True):
        findings, remarks = wrong_starts(book, one, comparisons)
        if not own_numbers:
            more, told = not_the_lessons(one, lesson)
            known = {finding.first for finding in findings}
            findings, remarks = [*findings, *(each for each in more if each.first not in known)], [*remarks, *told]
        started.append(replace(table, findings=[*findings, *table.findings], remarks=[*table.remarks, *remarks]))
    charts = [
        *chart_faults(book, [one.table for one in tables], comparisons),
        *stale_comparisons(comparisons, tables, judged),
    ]
    remarks = [] if book.around is not None else ["Its charts and drawings cannot be read."]
    sheets = {one.table.sheet.name: one.table.sheet for one in tables}.values()
    remarks += dict.fromkeys(slip for sheet in sheets for slip in text_slips(sheet, lesson.runs[0].recipe))
    if ours:
        remarks.append("xlbackprop has made it: `xlbackprop verify` compares every cell of it with NumPy.")
    if not tables:
        remarks += why_no_table(book, lesson.runs[0].recipe)
    if book.left_out:
        remarks.append(f"{book.left_out} more sheets were not looked at.")
    if not book.is_calculated:
        remarks.append("Its formulas cannot be calculated here: the numbers that the file has stored were judged.")
    return Audit(started, charts, remarks)


def _sheets_of_ours(book: Book) -> Set[str]:
    """Return the sheets that are no runs in a workbook that xlbackprop has made; of any other, none."""
    if LESSON not in book.sheets:
        return frozenset()
    return {name for name in book.sheets if any(fnmatchcase(name, pattern) for pattern in reserved_names())}


def refuse_other_lessons(lesson: Lesson) -> None:
    """Raise InputError for a lesson whose runs are no tables of one example at one learning rate."""
    recipe = lesson.runs[0].recipe
    what = ""
    if not recipe.single:
        what = "it has several examples, and the audit judges tables of one."
    elif recipe.schedule != "constant" or recipe.optimizer != "gradient descent" or recipe.constants:
        what = "its runs learn otherwise than by gradient descent at a constant learning rate."
    if what:
        hint = "Name a lesson of one example, a constant learning rate and gradient descent."
        raise InputError("--lesson", [Problem("", what, hint)])
