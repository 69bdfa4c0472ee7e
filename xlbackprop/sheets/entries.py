"""`SHEETS`: every kind of sheet, in the order of a workbook; and what other modules ask of all of them at once.

To add a kind of sheet, write its module or folder with an `ENTRY` (see `entry`), and name it in SHEETS.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from xlbackprop import lesson as lessons
from xlbackprop.lesson import Lesson
from xlbackprop.lesson_library import DEFAULT_LESSON
from xlbackprop.sheets import lesson_text
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.checks import sheet as checks
from xlbackprop.sheets.curves import sheet as curves
from xlbackprop.sheets.entry import Changeable, Entry
from xlbackprop.sheets.inputs import data
from xlbackprop.sheets.inputs import sheet as inputs
from xlbackprop.sheets.runs import sheet as runs
from xlbackprop.sheets.steps import sheet as steps
from xlbackprop.sheets.summary import sheet as summary
from xlbackprop.workbook import Sheet

SHEETS: tuple[Entry, ...] = (
    summary.ENTRY,
    inputs.ENTRY,
    data.ENTRY,
    steps.ENTRY,
    runs.ENTRY,
    curves.ENTRY,
    checks.ENTRY,
    lesson_text.ENTRY,
)


def made(book: Book) -> Iterator[Sheet]:
    """Yield all sheets of a workbook, in their order."""
    for entry in _of(book.lesson):
        for sheet in book.sheets_of(entry.sheets):
            yield replace(sheet, on_paper=entry.on_paper)


def changeable(lesson: Lesson) -> dict[str, Changeable]:
    """Return every number that a reader may change in the workbook of a lesson, by its name, e.g. "w1"."""
    return {each.name: each for entry in _of(lesson) for each in entry.changeable(lesson)}


def as_shipped(lesson: Lesson) -> dict[str, float]:
    """Return the shipped value of every changeable number by its name: {"i1": 0.05, …, "threshold": 0.01, …}."""
    return {name: each.shipped for name, each in changeable(lesson).items()}


def defined_names(book: Book) -> dict[str, str]:
    """Return the names that a reader's formulas may use, {"verdict": "'Checks'!$B$3"}; the last sheet's come first."""
    return {name: place for entry in reversed([*_of(book.lesson)]) for name, place in entry.defined_names(book).items()}


def linked(lesson: Lesson) -> tuple[str, ...]:
    """Return the names of the sheets to which the top of `Summary` has links; those of every workbook come first."""
    entries = sorted(_of(lesson), key=lambda entry: entry.only_for is not None)
    return tuple(entry.name for entry in entries if entry.linked)


def reserved_names() -> tuple[str, ...]:
    """Return the names that no run of any lesson may have: "Summary", …, and "Step by step*" for all that begin so."""
    return tuple(name for entry in SHEETS for name in (entry.name, *entry.reserved) if name)


def _of(lesson: Lesson) -> Iterator[Entry]:
    return (entry for entry in SHEETS if entry.is_of(lesson))


# ---------------------------------------------------------------------------------- lessons of which a workbook is made


def load_lesson(
    lesson: str | Path = DEFAULT_LESSON,
    *,
    epochs: int | str | None = None,
    learning_rates: Sequence[float | str] | None = None,
) -> Lesson:
    """Return a built-in lesson by its name, or the lesson in a TOML file by its path.

    `epochs` (the number of the last epoch) and `learning_rates` replace those of the file; both may be text, as typed
    by a person. A file of examples and a logo are read from the lesson's folder. Raises InputError with every problem
    at once.
    """
    return lessons.load_lesson(lesson, epochs=epochs, learning_rates=learning_rates, reserved=reserved_names())


def read_lesson(text: str, source: str, options: Sequence[tuple[str, str]] = (), data: str | None = None) -> Lesson:
    """Return the lesson that a TOML text describes, as `xlbackprop.lesson.read_lesson` does."""
    return lessons.read_lesson(text, source, options, data, reserved_names())
