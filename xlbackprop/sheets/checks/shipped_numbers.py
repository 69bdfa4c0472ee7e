"""The numbers of `Inputs` now and as shipped, side by side on `Checks`: which were edited, and for which runs."""

from __future__ import annotations

from xlbackprop.network import Datum, Given
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas
from xlbackprop.sheets.checks.places import MOST_PROBED_ALL
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.workbook import Look, address


def put_shipped(canvas: Canvas, book: Book) -> None:
    """Put each typed number as it is now, as it was shipped, and whether the two differ."""
    places, top = book.checks, book.checks.shipped_header_row
    canvas.put(top - 1, 1, "Inputs now, and as shipped", Look.HEADING)
    for column, header in enumerate(("number", "", "now", "as shipped", "edited?"), start=1):
        canvas.put(top, column, header, Look.HEADER)
    for name, shipped in book.lesson.typed.items():
        row = places.shipped_row_of[name]
        canvas.put(row, 1, name, Look.LABEL)
        canvas.put(row, 3, book.standing[name], Look.LINKED, formula=book.inputs.cell(name))
        canvas.put(row, 4, shipped, Look.STORED)
        edited, words = int(not book.is_shipped(name)), '"edited";"edited";"as shipped"'
        canvas.put(row, 5, edited, Look.NUMBER, number_format=words, formula=f"IF(C{row}=D{row},0,1)")


def own_numbers(book: Book, run: RunLayout) -> dict[Given, str]:
    """Return the names of the typed numbers that a run's head fetches; examples of several stand in a block apart."""
    names = book.lesson.given_names[run.index]
    return {given: name for given, name in names.items() if not isinstance(given.of, Datum)}


def heads_side_by_side(book: Book) -> bool:
    """Whether the typed numbers are so many that a comparison of each would not fit into one formula."""
    return max(len(own_numbers(book, run)) for run in book.runs) > MOST_PROBED_ALL


def head_column(run: RunLayout) -> int:
    """Return the column in which the head of a run stands beside the typed numbers."""
    return 6 + run.index


def _head_rows(book: Book) -> tuple[int, int]:
    """Return the first and the last row, among the shipped numbers, of those that heads fetch."""
    rows = [book.checks.shipped_row_of[name] for run in book.runs for name in own_numbers(book, run).values()]
    return min(rows), max(rows)


def shipped_range(book: Book, column: int) -> str:
    """Return the cells of a column beside the numbers that heads fetch."""
    first, last = _head_rows(book)
    return f"{address(first, column, fixed=True)}:{address(last, column, fixed=True)}"


def put_heads(canvas: Canvas, book: Book) -> None:
    """Put beside each typed number what the head of each run's sheet shows; a number of other runs is repeated."""
    first, last = _head_rows(book)
    for run in book.runs:
        column = head_column(run)
        there = {name: run.given(given) for given, name in own_numbers(book, run).items()}
        canvas.put(book.checks.shipped_header_row, column, f"head of {run.name}", Look.HEADER)
        for name, row in book.checks.shipped_row_of.items():
            if first <= row <= last:
                formula = run.elsewhere(there[name]) if name in there else f"C{row}"
                canvas.put(row, column, book.standing[name], Look.LINKED, formula=formula)


def edits(book: Book, run: RunLayout) -> str:
    """Return a formula that counts the edited numbers of a run."""
    rows = {book.checks.shipped_row_of[name] for name in book.lesson.given_names[run.index].values()}
    starts = sorted(row for row in rows if row - 1 not in rows)
    ends = sorted(row for row in rows if row + 1 not in rows)
    return "+".join(f"SUM($E${start}:$E${end})" for start, end in zip(starts, ends, strict=True))


def is_edited(book: Book, run: RunLayout) -> bool:
    """Return whether a number of a run is not as it was shipped."""
    return not all(book.is_shipped(name) for name in book.lesson.given_names[run.index].values())
