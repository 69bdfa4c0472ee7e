"""The sheet `Lesson`: the lesson file line by line, versions and a fingerprint, so that all can be verified later.

Above the lesson file stands what the lesson corrects of its source, if it does, below it the file of examples, if it
names one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from xlbackprop.errors import InputError, Problem
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas
from xlbackprop.sheets.entry import Entry
from xlbackprop.sheets.summary.layout import SUMMARY
from xlbackprop.workbook import Document, Look, Page, Sheet, Value

LESSON = "Lesson"
FINGERPRINT_ROW = 4
FINGERPRINT = "fingerprint"
_FIRST_FACT = FINGERPRINT_ROW + 1
_LINES = "the lesson file"
_DATA_LINES = "the data file "
_OPTION = "changed by "
_MADE_WITH = "made with "
_TEXT_WIDTH = 130.0  # in characters


def sheets(book: Book) -> Iterator[Sheet]:
    """Yield the sheet `Lesson`; the compiler fills in its fingerprint once the whole document is known."""
    canvas = Canvas()
    title = "Lesson: the text this workbook was made from, so that it can be verified years later."
    canvas.head(title, {"← Summary": SUMMARY})
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
    row += 2
    if book.lesson.corrections:
        canvas.put(row, 1, f"What was corrected from {book.lesson.corrected_source}", Look.HEADING)
        for note in book.lesson.corrections:
            row += 1
            canvas.paragraph(row, (2, 2), note, 1.1 * _TEXT_WIDTH)
        row += 2
    row = _put_lines(canvas, row, _LINES, book.lesson.text)
    if book.lesson.data_file:
        _put_lines(canvas, row + 1, _DATA_LINES + book.lesson.data_file, book.lesson.data_text)
    widths = {1: max(24, len(_DATA_LINES + book.lesson.data_file) + 2), 2: _TEXT_WIDTH}
    yield Sheet(name=LESSON, cells=canvas.cells, widths=widths, heights=canvas.heights, page=Page(pages_wide=1))


def _put_lines(canvas: Canvas, row: int, header: str, text: str) -> int:
    """Put a text under a header in this row, each line with its number; return the row below."""
    canvas.put(row, 1, header, Look.HEADER)
    canvas.put(row, 2, "text", Look.HEADER)
    number = 0
    for number, line in enumerate(text.split("\n"), start=1):
        canvas.put(row + number, 1, number, Look.NOTE)
        if line:
            canvas.put(row + number, 2, line, Look.CODE)
    return row + number + 1


class Carried(NamedTuple):
    """What the sheet `Lesson` says about the making of its workbook.

    `text` is the lesson file, `options` are the options that changed the lesson, (name, words), and `versions` those of
    the programs, by name. `data` is the text of the file of examples, or None.
    """

    text: str
    options: tuple[tuple[str, str], ...]
    versions: Mapping[str, str]
    fingerprint: str
    data: str | None = None


def read_carried(source: str, cells: Mapping[tuple[int, int], Value | None]) -> Carried:
    """Return what a sheet `Lesson` says; `cells` holds its values by (row, column).

    Raises InputError, which names `source`, where the cells are not those of a workbook made by xlbackprop.
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
    # a line of either file has its number in the first column, so that no line can be taken for this header
    headers = (line for line in range(row + 1, last + 1) if str(cells.get((line, 1), "")).startswith(_DATA_LINES))
    data_header = next(headers, None)
    return Carried(
        text=_lines(cells, row + 1, last if data_header is None else data_header - 2),
        options=tuple((key.removeprefix(_OPTION), facts[key]) for key in facts if key.startswith(_OPTION)),
        versions={key.removeprefix(_MADE_WITH): facts[key] for key in facts if key.startswith(_MADE_WITH)},
        fingerprint=facts[FINGERPRINT],
        data=None if data_header is None else _lines(cells, data_header + 1, last),
    )


def fingerprint(document: Document) -> str:
    """Return the fingerprint on the sheet `Lesson` of a document: 64 hexadecimal digits."""
    return str(document[LESSON].cells[FINGERPRINT_ROW, 2].value)


def _lines(cells: Mapping[tuple[int, int], Value | None], first: int, last: int) -> str:
    return "\n".join(str(cells.get((line, 2)) or "") for line in range(first, last + 1))


ENTRY = Entry(LESSON, sheets)
