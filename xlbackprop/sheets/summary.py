"""`Summary`: the lesson on one page, each line of mathematics with its live number.

The left half goes from the network to the update, the right half from the loss curves to what one can try.
"""

from __future__ import annotations

from collections.abc import Iterator

from xlbackprop.document import Diagram, Flag, Look, Page, Role, Sheet, address, quoted
from xlbackprop.layout import CHECKS, DATA, INPUTS, LESSON, LOSS_CURVES, SUMMARY
from xlbackprop.limits import shape
from xlbackprop.sheets import loss_curves
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas, lines_of
from xlbackprop.sheets.network_diagram import NetworkDiagram, fits
from xlbackprop.sheets.summary_left import Left
from xlbackprop.sheets.summary_page import LAST, LEFT, LEFT_END, PICTURES_HEIGHT, PICTURES_ROW, RIGHT, TEXT_ROW, WIDTHS
from xlbackprop.sheets.summary_page import heading as put_heading
from xlbackprop.sheets.summary_right import Right

_ROWS_A_PAGE = 120
_TITLE_WIDTH = 85  # in characters as large as those of a title


def sheets(book: Book) -> Iterator[Sheet]:
    """Yield the sheet."""
    canvas = Canvas()
    _top(canvas, book)
    left = Left(canvas, book)
    left.build()
    right = Right(canvas, book)
    right.build()
    last = max(left.row, right.row)
    longest_run = max(len(run.name) for run in book.runs)
    yield Sheet(
        name=SUMMARY,
        cells=canvas.cells,
        charts=(loss_curves.comparison(book, address(PICTURES_ROW, RIGHT), 590, 310),),
        diagrams=tuple(_diagrams(canvas, book, left, right)),
        widths=WIDTHS
        | {LEFT: max(WIDTHS[LEFT], left.longest_name + 1), RIGHT: max(WIDTHS[RIGHT], min(longest_run + 1, 32))},
        heights=canvas.heights,
        merged=tuple(canvas.merged),
        flags=(Flag("B3", 'LEFT($B$3,4)="PASS"', "good"), Flag("B3", 'LEFT($B$3,4)<>"PASS"', "bad")),
        page=Page(landscape=False, pages_tall=-(-last // _ROWS_A_PAGE), area=f"A1:{address(last, LAST)}"),
        tab=Role.FORWARD,
    )


def _top(canvas: Canvas, book: Book) -> None:
    _put_title(canvas, f"Summary: {book.lesson.title}")
    introduction = book.lesson.introduction or "Every number of this workbook is a formula that you can follow."
    canvas.paragraph(2, (1, LAST), " ".join(introduction.split()), 165)
    canvas.put(3, 1, "proof", Look.LABEL)
    canvas.put(3, 2, book.verdict, Look.VERDICT, formula=book.checks.verdict)
    canvas.put(4, 1, "go to", Look.LABEL)
    canvas.put(4, 2, "Inputs: the numbers you can change", Look.LINK, link=f"{quoted(INPUTS)}!A1")
    names = (LOSS_CURVES, CHECKS, LESSON) if book.lesson.single else (LOSS_CURVES, CHECKS, LESSON, DATA)
    for column, name in enumerate(names, start=RIGHT):
        canvas.put(4, column, name, Look.LINK, link=f"{quoted(name)}!A1")
    put_heading(canvas, PICTURES_ROW - 1, (LEFT, LEFT_END), _network(book))
    put_heading(canvas, PICTURES_ROW - 1, (RIGHT, LAST), "How the loss falls")


def _put_title(canvas: Canvas, title: str) -> None:
    """Put the title; a long one over more lines, or the edge of the page would cut it off."""
    lines = lines_of(title, _TITLE_WIDTH)
    canvas.put(1, 1, title, Look.TITLE, wrap=lines > 1)
    if lines > 1:
        canvas.merged.append(f"A1:{address(1, LAST)}")
        canvas.heights[1] = 24.0 * lines


def _network(book: Book) -> str:
    """Return the heading of the drawing; where runs differ in their networks, it says whose this is."""
    networks = {run.recipe.layers for run in book.runs}
    return "The network" if len(networks) == 1 else f"The network of {book.runs[0].name}"


def _diagrams(canvas: Canvas, book: Book, left: Left, right: Right) -> Iterator[Diagram]:
    if not fits(book.naming):
        text = f"A network of {shape(book.naming.sizes)} units is too large to draw here."
        canvas.put(PICTURES_ROW, 1, text, Look.NOTE)
        return
    cells = left.cell_of | {parameter: cell for parameter, (cell, _) in right.label_of.items()}
    texts = {quantity: left.shown(cell) for quantity, cell in left.cell_of.items()}
    texts |= {parameter: text for parameter, (_, text) in right.label_of.items()}
    note = "In Excel the drawing follows your edits; elsewhere it keeps the numbers it came with, the cells do not."
    canvas.put(TEXT_ROW - 1, 1, note, Look.NOTE)
    drawing = NetworkDiagram(book.naming, 585, PICTURES_HEIGHT, cells, texts, left.when)
    yield drawing.diagram(address(PICTURES_ROW, 1))
