"""`Lesson`: the lesson file, line by line, with versions and a fingerprint, so that the file can be verified later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from xlbackprop.document import Look, Page, Sheet, Value, quoted
from xlbackprop.errors import InputError, Problem
from xlbackprop.layout import LESSON, SUMMARY
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas

FINGERPRINT_ROW = 4
FINGERPRINT = "fingerprint"
_FIRST_FACT = FINGERPRINT_ROW + 1
_LINES = "the lesson file"
_OPTION = "changed by "
_MADE_WITH = "made with "


def sheets(book: Book) -> Iterator[Sheet]:
    """Yield the sheet; its fingerprint is filled in once the whole document is known."""
    canvas = Canvas()
    canvas.put(
        1, 1, "Lesson: the text this workbook was made from, so that it can be verified years later.", Look.TITLE
    )
    canvas.put(2, 1, "← Summary", Look.LINK, link=f"{quoted(SUMMARY)}!A1")
    canvas.put(FINGERPRINT_ROW, 1, FINGERPRINT, Look.LABEL)
    canvas.put(FINGERPRINT_ROW, 2, "", Look.CODE)
    row = _FIRST_FACT
    for name, version in book.versions.items():
        canvas.put(row, 1, _MADE_WITH + name, Look.LABEL)
        canvas.put(row, 2, version, Look.CODE)
        row += 1
    for name, words in book.lesson.options:
        canvas.put(row, 1, _OPTION + name, Look.LABEL)
        canvas.put(row, 2, words, Look.CODE)
        row += 1
    canvas.put(row, 1, "how to verify", Look.LABEL)
    canvas.put(row, 2, "xlbackprop verify FILE", Look.CODE)
    canvas.put(row + 2, 1, _LINES, Look.HEADER)
    canvas.put(row + 2, 2, "text", Look.HEADER)
    for number, line in enumerate(book.lesson.text.split("\n"), start=1):
        canvas.put(row + 2 + number, 1, number, Look.NOTE)
        if line:
            canvas.put(row + 2 + number, 2, line, Look.CODE)
    yield Sheet(name=LESSON, cells=canvas.cells, widths={1: 24, 2: 130}, page=Page(landscape=True))


class Carried(NamedTuple):
    """What a workbook says of its own making."""

    text: str
    options: tuple[tuple[str, str], ...]
    versions: Mapping[str, str]
    fingerprint: str


def read(source: str, cells: Mapping[tuple[int, int], Value | None]) -> Carried:
    """Return what the cells of a `Lesson` sheet say.

    Raises InputError where they are not those of a workbook of ours.
    """
    facts: dict[str, str] = {}
    row = FINGERPRINT_ROW
    last = max((row for row, _ in cells), default=0)
    while row <= last and cells.get((row, 1)) != _LINES:
        facts[str(cells.get((row, 1), ""))] = str(cells.get((row, 2), ""))
        row += 1
    if row > last or FINGERPRINT not in facts:
        what = f'it has no sheet "{LESSON}" that holds a lesson, so it was not made by xlbackprop.'
        raise InputError(source, [Problem("", what, "Only its own workbooks can be verified.")])
    lines = [str(cells.get((line, 2)) or "") for line in range(row + 1, last + 1)]
    return Carried(
        text="\n".join(lines),
        options=tuple((key.removeprefix(_OPTION), facts[key]) for key in facts if key.startswith(_OPTION)),
        versions={key.removeprefix(_MADE_WITH): facts[key] for key in facts if key.startswith(_MADE_WITH)},
        fingerprint=facts[FINGERPRINT],
    )
