"""The sheet `Summary`: the lesson on one page, each line of mathematics with its live number.

The left half goes from the network to the update, the right half from the loss curves to what one can try.
"""

from __future__ import annotations

from collections.abc import Iterator

from xlbackprop.lesson import Lesson, shape
from xlbackprop.sheets import verdict_wording as wording
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas, lines_of
from xlbackprop.sheets.checks.counts import Judgement
from xlbackprop.sheets.curves import sheet as loss_curves
from xlbackprop.sheets.entry import Entry
from xlbackprop.sheets.inputs.places import INPUTS
from xlbackprop.sheets.network_diagram import NetworkDiagram, fits
from xlbackprop.sheets.summary.layout import (
    LAST,
    LEFT,
    LEFT_END,
    PICTURES_HEIGHT,
    PICTURES_ROW,
    RIGHT,
    SUMMARY,
    TEXT_ROW,
    WIDTHS,
)
from xlbackprop.sheets.summary.layout import heading as put_heading
from xlbackprop.sheets.summary.mathematics import Left
from xlbackprop.sheets.summary.outcomes import Right
from xlbackprop.workbook import Diagram, Look, Page, Picture, Role, Sheet, address, quoted

_ROWS_A_PAGE = 120
# How many characters fit into a line: of running text, and of that beside a logo.
PAGE_CHARACTERS, BESIDE_LOGO = 165, 141
TITLE_CHARACTERS, TITLE_BESIDE_LOGO = 85, 80  # as large as those of a title
# The logo stands above the last two columns, beside title and credits, which are together as high as it may be.
LOGO_COLUMN, LOGO_COLUMN_PIXELS = LAST - 1, 82
LOGO_ROOM = (150, 50)


def sheets(book: Book) -> Iterator[Sheet]:
    """Yield the sheet `Summary`."""
    canvas = Canvas()
    verdict = _top(canvas, book)
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
        pictures=tuple(_logo(book.lesson)),
        widths=WIDTHS
        | {LEFT: max(WIDTHS[LEFT], left.longest_name + 1), RIGHT: max(WIDTHS[RIGHT], min(longest_run + 1, 32))},
        heights=canvas.heights,
        merged=tuple(canvas.merged),
        flags=wording.verdict_flags(f"B{verdict}", f"$B${verdict}"),
        page=Page(landscape=False, pages_tall=-(-last // _ROWS_A_PAGE), area=f"A1:{address(last, LAST)}"),
        tab=Role.HIDDEN,
    )


def _top(canvas: Canvas, book: Book) -> int:
    """Put title, introduction, verdict and links above the pictures; return the row of the verdict."""
    row = _title(canvas, book.lesson)
    introduction = book.lesson.introduction or "Every number of this workbook is a formula that you can follow."
    canvas.paragraph(row, (1, LAST), " ".join(introduction.split()), PAGE_CHARACTERS)
    canvas.put(row + 1, 1, "proof", Look.LABEL)
    verdict = wording.verdict_words(book.once(Judgement).verdicts)
    canvas.put(row + 1, 2, verdict, Look.VERDICT, formula=book.checks.verdict)
    canvas.put(row + 2, 1, "go to", Look.LABEL)
    canvas.put(row + 2, 2, "Inputs: the numbers you can change", Look.LINK, link=f"{quoted(INPUTS)}!A1")
    for column, name in zip(range(RIGHT, LAST + 1), book.linked, strict=False):
        canvas.put(row + 2, column, name, Look.LINK, link=f"{quoted(name)}!A1")
    for column, step in zip(range(RIGHT, LAST + 1), book.steps, strict=False):
        name = f"{step.name} →" if step.number == 0 else f"… {step.number + 1} →"
        canvas.put(row + 1, column, name, Look.LINK, link=step.place)
    put_heading(canvas, PICTURES_ROW - 1, (LEFT, LEFT_END), _network(book))
    put_heading(canvas, PICTURES_ROW - 1, (RIGHT, LAST), "How the loss falls")
    return row + 1


def _title(canvas: Canvas, lesson: Lesson) -> int:
    """Put the title and, in a row of their own, the credits; return the row below.

    That row takes the place of the empty one above the headings of the pictures, which stay where they are. A logo
    stands right of both; its room is left whether or not the picture is at hand, as it is not in a verification.
    """
    title = f"Summary: {lesson.title}"
    if not lesson.credits:
        _put_title(canvas, title, LAST, TITLE_CHARACTERS)
        return 2
    beside_logo = bool(lesson.credits.logo_file)
    columns = (1, LOGO_COLUMN - 1 if beside_logo else LAST)
    _put_title(canvas, title, columns[1], TITLE_BESIDE_LOGO if beside_logo else TITLE_CHARACTERS)
    canvas.paragraph(2, columns, lesson.credits.line, BESIDE_LOGO if beside_logo else PAGE_CHARACTERS)
    canvas.heights[2] = max(canvas.heights[2], 18.0)
    canvas.heights[PICTURES_ROW - 1] = 30.0
    return 3


def _logo(lesson: Lesson) -> Iterator[Picture]:
    """Yield the logo, if there is one, with its right edge on that of the page."""
    if (logo := lesson.credits.logo) is not None:
        width, height = logo.fitted(*LOGO_ROOM)
        # no program lets a picture begin further right than its cell ends
        column, offset = divmod(2 * LOGO_COLUMN_PIXELS - width, LOGO_COLUMN_PIXELS)
        yield Picture(address(1, LOGO_COLUMN + column), offset, width, height, logo, lesson.credits.logo_text)


def _put_title(canvas: Canvas, title: str, last: int, width: int) -> None:
    """Put the title; a long one over more lines, or the edge of the page would cut it off."""
    lines = lines_of(title, width)
    canvas.put(1, 1, title, Look.TITLE, wrap=lines > 1)
    if lines > 1 or last < LAST:
        canvas.merged.append(f"A1:{address(1, last)}")
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
    note = (
        "In Excel and OnlyOffice the drawing follows your edits; elsewhere it stays as it came, and the cells follow."
    )
    canvas.put(TEXT_ROW - 1, 1, note, Look.NOTE)
    drawing = NetworkDiagram(book.naming, 585, PICTURES_HEIGHT, cells, texts, left.when)
    yield drawing.diagram(address(PICTURES_ROW, 1))


ENTRY = Entry(SUMMARY, sheets, on_paper=True, linked=False)
