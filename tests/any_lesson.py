"""What holds for any lesson, whatever it says. `hold` looks at one; the caller counts what it was told.

A lesson is refused, with a place and a cure for each fault, or goes the whole way: it is compiled, written, the same
bytes each time, read as a file, and recalculated by a spreadsheet engine to the same numbers.

Where rounding decides (`Trace.digits_meant`) two sound programs part, and nothing can be asked of their numbers
from there on. If they do part, the lesson is proved up to the epoch before, with `epochs` shortened as a person would.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from python_calamine import CalamineWorkbook

from tests.lesson_text import put_into
from xlbackprop import compile_document, load_lesson, write_workbook
from xlbackprop.engines import engine as engine_named
from xlbackprop.errors import InputError, Problem
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.numpy_run.meant_digits import DigitsMeant
from xlbackprop.numpy_run.trace import Trace, train
from xlbackprop.proof.differences import Kind
from xlbackprop.proof.report import Report
from xlbackprop.proof.verification import verify
from xlbackprop.sheets import lesson_text
from xlbackprop.sheets.checks.places import CHECKS, ChecksLayout
from xlbackprop.sheets.lesson_text import LESSON
from xlbackprop.workbook.document import Document

ALL_DIGITS = DigitsMeant(1e-9, None)
REFUSED, EQUAL, EQUAL_SO_FAR, ONLY_CHAOS, NO_OVERFLOWS = (
    "refused",
    "equal",
    "equal up to where rounding decides",
    "rounding decides from the first epoch on",
    "overflows are not shown by this engine",
)
_A_CURE = re.compile(r"\b(needed|allowed|expected|must|is positive|go up to|add up to|lie between|is below|larger)\b")


@dataclass(frozen=True)
class Outcome:
    """What became of a lesson; `lesson` is None where it was refused."""

    what: str
    lesson: Lesson | None = None
    diverged: bool = False
    chaotic: bool = False
    overflows_at_the_end: bool = False


def hold(text: str, folder: Path, engine: str = "formualizer") -> Outcome:
    """Hold everything against one lesson; raise AssertionError where it is not so."""
    path = put_into(folder, text)
    try:
        lesson = load_lesson(path)
        trace = train(lesson)
        document = compile_document(lesson, trace=trace)
    except InputError as refusal:
        assert_it_helps(refusal)
        return Outcome(REFUSED)
    assert lesson.text == text
    workbook = folder / "lesson.xlsx"
    write_workbook(document, workbook)
    assert_it_can_be_read(workbook, document, lesson)
    assert_the_same_again(workbook, path)
    runs = range(len(lesson.runs))
    diverged = any(trace.diverged_at(run) is not None for run in runs)
    chaotic = any(trace.digits_meant(run) != ALL_DIGITS for run in runs)
    assert_the_verdict_is_true(document, trace)
    errors_are_shown = engine_named(engine).overflow_is_error or not _has_errors(document)
    what = _proved(path, workbook, trace, engine) if errors_are_shown else NO_OVERFLOWS
    at_the_end = any(overflows_at_the_end(trace, run) for run in runs)
    return Outcome(what, lesson, diverged, chaotic, at_the_end)


# --------------------------------------------------------------------------------------------------------- refused


def assert_it_helps(refusal: InputError) -> None:
    """Every fault names its place, and says what would be right."""
    assert refusal.problems
    for problem in refusal.problems:
        assert _helps(problem), f"this does not help: {problem!r}"


def _helps(problem: Problem) -> bool:
    return bool(problem.place) and bool(problem.hint or _A_CURE.search(problem.what) or "no such key" in problem.what)


# ---------------------------------------------------------------------------------------------------------- written


def assert_it_can_be_read(workbook: Path, document: Document, lesson: Lesson) -> None:
    """The file is sound XML throughout, its sheets have names that Excel takes, and it carries its lesson."""
    with zipfile.ZipFile(workbook) as parts:
        assert parts.testzip() is None
        for name in parts.namelist():
            if name.endswith((".xml", ".rels", ".vml")):
                ElementTree.fromstring(parts.read(name))
    names = [sheet.name for sheet in document.sheets]
    assert len({name.casefold() for name in names}) == len(names)
    assert all(len(name.encode("utf-16-le")) // 2 <= 31 for name in names), names
    found = CalamineWorkbook.from_path(str(workbook))
    assert found.sheet_names == names
    rows = enumerate(found.get_sheet_by_name(LESSON).to_python(skip_empty_area=False), start=1)
    cells = {(row, column): value for row, values in rows for column, value in enumerate(values, start=1)}
    carried = lesson_text.read_carried(str(workbook), cells)
    assert carried.text == lesson.text
    assert (carried.data or "") == lesson.data_text


def assert_the_same_again(workbook: Path, path: Path) -> None:
    again = workbook.with_name("again.xlsx")
    write_workbook(compile_document(load_lesson(path)), again)
    assert again.read_bytes() == workbook.read_bytes()


def assert_the_verdict_is_true(document: Document, trace: Trace) -> None:
    """`Checks` says that all is well, or in how many runs a number overflows."""
    runs = range(len(trace.lesson.runs))
    noun = "run" if len(runs) == 1 else "runs"
    overflown = sum(trace.diverged_at(run) is not None or overflows_at_the_end(trace, run) for run in runs)
    if overflown:
        expected = f"OVERFLOW in {overflown} of {len(runs)} {noun}; the others pass"
    else:
        expected = f"PASS: all checks of {len(runs)} {noun}"
    verdict = document[CHECKS].cells[ChecksLayout.verdict_row, 2].value
    assert verdict == expected, verdict


def _has_errors(document: Document) -> bool:
    columns = (column.values for sheet in document.sheets for table in sheet.tables for column in table.columns)
    return any(np.isnan(values[:]).any() for values in columns if values.dtype == np.float64)


def overflows_at_the_end(trace: Trace, run: int) -> bool:
    """Return whether numbers of a run overflow from which no loss is computed any more."""
    errors = any(trace.spread(run, quantity).errors for quantity in trace.places(run))
    return errors and trace.diverged_at(run) is None


# ----------------------------------------------------------------------------------------------------- recalculated


def _proved(path: Path, workbook: Path, trace: Trace, engine: str) -> str:
    """Return how far a workbook is equal; raise AssertionError where it should be and is not."""
    report = verify(workbook, engine)
    if report.equal:
        return EQUAL
    calm = _calm_epochs(trace)
    assert calm is not None, _told(report)
    assert not report.around, _told(report)
    assert all(difference.kind is Kind.VALUE for difference in report.differences), _told(report)
    if calm < 1:
        return ONLY_CHAOS
    trace = train(load_lesson(path, epochs=calm))
    write_workbook(compile_document(trace.lesson, trace=trace), workbook)
    so_far = _proved(path, workbook, trace, engine)
    return EQUAL_SO_FAR if so_far == EQUAL else so_far


def _calm_epochs(trace: Trace) -> int | None:
    """Return the last epoch before rounding decides anywhere, None where it never does."""
    meant = [trace.digits_meant(run) for run in range(len(trace.lesson.runs))]
    through = [one.through for one in meant if one.through is not None]
    return min(through) if through else None


def _told(report: Report) -> str:
    lines: Sequence[str] = report.lines()
    return "\n".join(lines)
