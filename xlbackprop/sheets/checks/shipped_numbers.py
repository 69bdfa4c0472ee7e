"""The table of all typed numbers on `Checks`, now and as shipped: which were edited, and for which runs."""

from __future__ import annotations

from xlbackprop.network import Datum, Given
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas
from xlbackprop.sheets.checks.places import MOST_PROBED_ALL
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.workbook import Live, Look, address, cell, when


def put_shipped(canvas: Canvas, book: Book) -> None:
    """Put for each typed number its value now, its shipped value, and whether the two differ."""
    places, top = book.checks, book.checks.shipped_header_row
    canvas.put(top - 1, 1, "Inputs now, and as shipped", Look.HEADING)
    for column, header in enumerate(("number", "", "now", "as shipped", "edited?"), start=1):
        canvas.put(top, column, header, Look.HEADER)
    for name, shipped in book.lesson.typed.items():
        row = places.shipped_row_of[name]
        canvas.put(row, 1, name, Look.LABEL)
        canvas.put(row, 3, book.typed(name), Look.LINKED)
        canvas.put(row, 4, shipped, Look.STORED)
        now, then = (cell(f"{column}{row}", value) for column, value in (("C", book.standing[name]), ("D", shipped)))
        words = '"edited";"edited";"as shipped"'
        canvas.put(row, 5, when(now.equals(then), 0, 1), Look.NUMBER, number_format=words)


def own_numbers(book: Book, run: RunLayout) -> dict[Given, str]:
    """Return the names of the typed numbers in a run's head: {Given(LearningRate()): "learning rate 1", …}.

    Inputs and targets of several examples are not among them: they stand in a block of their own.
    """
    names = book.lesson.given_names[run.index]
    return {given: name for given, name in names.items() if not isinstance(given.of, Datum)}


def heads_side_by_side(book: Book) -> bool:
    """Return whether a run has so many typed numbers that one formula cannot compare each with the run's head.

    Then `put_heads` puts the heads beside the typed numbers, and whole columns are compared.
    """
    return max(len(own_numbers(book, run)) for run in book.runs) > MOST_PROBED_ALL


def head_column(run: RunLayout) -> int:
    """Return the column of `Checks` in which the head of a run is shown beside the typed numbers."""
    return 6 + run.index


def _head_rows(book: Book) -> tuple[int, int]:
    """Return the first and the last row of `Checks` with a typed number that the head of a run fetches."""
    rows = [book.checks.shipped_row_of[name] for run in book.runs for name in own_numbers(book, run).values()]
    return min(rows), max(rows)


def shipped_range(book: Book, column: int) -> str:
    """Return the range of a column over all rows with numbers that heads fetch: `$C$62:$C$79`."""
    first, last = _head_rows(book)
    return f"{address(first, column, fixed=True)}:{address(last, column, fixed=True)}"


def put_heads(canvas: Canvas, book: Book) -> None:
    """Put beside each typed number its value in the head of each run's sheet; where a head lacks it, it is repeated."""
    first, last = _head_rows(book)
    for run in book.runs:
        column = head_column(run)
        there = {name: run.given(given) for given, name in own_numbers(book, run).items()}
        canvas.put(book.checks.shipped_header_row, column, f"head of {run.name}", Look.HEADER)
        for name, row in book.checks.shipped_row_of.items():
            if first <= row <= last:
                fetched = run.elsewhere(there[name]) if name in there else f"C{row}"
                canvas.put(row, column, cell(fetched, book.standing[name]), Look.LINKED)


def edits(book: Book, run: RunLayout, sheet: str = "") -> Live:
    """Return how many numbers of a run were edited, SUM($E$62:$E$74); elsewhere `sheet` is "'Checks'!"."""
    names = {*book.lesson.given_names[run.index].values()}
    rows = {book.checks.shipped_row_of[name] for name in names}
    starts = sorted(row for row in rows if row - 1 not in rows)
    ends = sorted(row for row in rows if row + 1 not in rows)
    formula = "+".join(f"SUM({sheet}$E${start}:$E${end})" for start, end in zip(starts, ends, strict=True))
    return cell(formula, sum(not book.is_shipped(name) for name in names))


def is_edited(book: Book, run: RunLayout) -> bool:
    """Return whether a typed number of a run differs from its shipped value."""
    return not all(book.is_shipped(name) for name in book.lesson.given_names[run.index].values())
