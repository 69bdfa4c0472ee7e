"""`Loss curves`: the loss of every run at every epoch, side by side, in a table and in two charts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from xlbackprop.document import (
    Chart,
    Filled,
    Look,
    Page,
    Role,
    Series,
    Sheet,
    Style,
    Table,
    Validation,
    address,
    column_letters,
    filled_down,
    quoted,
)
from xlbackprop.layout import LOSS_CURVES, SUMMARY, RunLayout
from xlbackprop.lesson import rate_name
from xlbackprop.quantities import TotalLoss
from xlbackprop.sheets.book import THRESHOLD, Book
from xlbackprop.sheets.canvas import Canvas, epoch_axis, fixed_text, four_digits, width_of

HEADER_ROW = 5
_FIRST_ROW = HEADER_ROW + 1
_RESULTS = ("run", "learning rate", "E_Total at epoch 0", "E_Total at the end", "first epoch below")


def sheets(book: Book) -> Iterator[Sheet]:
    """Yield the sheet."""
    canvas = Canvas()
    left = book.lesson.runs + 3
    canvas.put(1, 1, "Loss curves: E_Total of every run, from epoch 0 (before any update) to the last.", Look.TITLE)
    canvas.put(2, 1, "← Summary", Look.LINK, link=f"{quoted(SUMMARY)}!A1")
    canvas.put(4, 1, "E_Total at each epoch, fetched from the run sheets", Look.LABEL)
    below = _results(canvas, book, left)
    table = _table(book)
    yield Sheet(
        name=LOSS_CURVES,
        cells=canvas.cells,
        tables=(table,),
        charts=(
            comparison(book, address(below, left), 760, 400),
            comparison(book, address(below + 21, left), 760, 400, log=True),
        ),
        widths=_widths(table, left),
        freeze=address(_FIRST_ROW, 2),
        validations=(_threshold_validation(left),),
        heights={HEADER_ROW: 32},
        page=Page(landscape=False, pages_tall=1, area=f"{address(3, left)}:{address(below + 42, left + 9)}"),
        tab=Role.LOSS,
    )


def _table(book: Book) -> Table:
    rows = book.lesson.rows
    epoch = Filled(
        header="epoch",
        fill=filled_down("A↑+1"),
        values=np.arange(rows, dtype=np.float64),
        style=Style(Look.NUMBER),
        constant_first=True,
        width=8,
    )
    return Table(HEADER_ROW, 1, (epoch, *(_losses(book, run) for run in book.runs)))


def _losses(book: Book, run: RunLayout) -> Filled:
    values = book.trace.loss[run.run]
    letters = column_letters(run.column_of[TotalLoss()])
    number_format = four_digits(values)
    return Filled(
        header=run.name,
        fill=(f"{quoted(run.name)}!{letters}", run.first_row - _FIRST_ROW),
        values=values,
        style=Style(Look.LINKED, Role.LOSS, number_format),
        header_style=Style(Look.HEADER, Role.LOSS),
        width=width_of(number_format, values, run.name),
    )


def _widths(table: Table, left: int) -> dict[int, float]:
    widths = {number: column.width for number, column in enumerate(table.columns, start=1)}
    return widths | {left - 1: 3, left: 12, left + 1: 13, left + 2: 13, left + 3: 13, left + 4: 13}


def _results(canvas: Canvas, book: Book, left: int) -> int:
    """Put the small table of results at the top right; return the row below it."""
    canvas.put(3, left, "Which run ends lowest, and which is quick?", Look.HEADING)
    threshold = canvas.put(4, left + 4, book.settings[THRESHOLD], Look.TYPED, Role.LOSS, setting=THRESHOLD)
    canvas.put(4, left, "Count the epochs until E_Total is below (type another number) →", Look.BODY)
    for offset, header in enumerate(_RESULTS):
        canvas.put(HEADER_ROW, left + offset, header, Look.HEADER, Role.LOSS)
    for run in book.runs:
        _result(canvas, book, run, left, threshold)
    return _best(canvas, book, left) + 2


def _result(canvas: Canvas, book: Book, run: RunLayout, left: int, threshold: str) -> None:
    row, losses = _FIRST_ROW + run.run, book.trace.loss[run.run]
    start_format = four_digits(book.trace.loss[:, 0])
    last_cell, curve = run.cell(TotalLoss(), book.lesson.epochs), run.range(TotalLoss())
    number_format = four_digits(losses)
    canvas.put(row, left, run.name, Look.LINK, link=f"{quoted(run.name)}!A1")
    rate = book.inputs.cell(rate_name(run.run))
    canvas.put(row, left + 1, book.rate(run.run), Look.LINKED, formula=rate)
    canvas.put(row, left + 2, float(losses[0]), Look.LINKED, Role.LOSS, start_format, formula=run.cell(TotalLoss(), 0))
    diverged = bool(np.isnan(losses[-1]))
    canvas.put(
        row,
        left + 3,
        "diverged" if diverged else float(losses[-1]),
        Look.LINKED,
        Role.LOSS,
        number_format,
        formula=f'IF(ISNUMBER({last_cell}),{last_cell},"diverged")',
        align="right",
    )
    below = np.flatnonzero(losses < book.settings[THRESHOLD])
    canvas.put(
        row,
        left + 4,
        int(below[0]) if below.size else "never",
        Look.NUMBER,
        Role.LOSS,
        formula=f'IFERROR(MATCH(TRUE,INDEX({curve}<{threshold},0),0)-1,"never")',
        align="right",
    )


def _best(canvas: Canvas, book: Book, left: int) -> int:
    """Name the run that ends lowest; return the row it stands in."""
    row = _FIRST_ROW + book.lesson.runs
    names = f"{address(_FIRST_ROW, left, fixed=True)}:{address(row - 1, left, fixed=True)}"
    ends = f"{address(_FIRST_ROW, left + 3, fixed=True)}:{address(row - 1, left + 3, fixed=True)}"
    # what differs by less than rounding is a tie, and the first run wins it
    losses = book.trace.loss[:, -1]
    lowest = losses <= np.nanmin(losses, initial=np.inf) * (1 + 1e-9) + 1e-15
    best = book.runs[int(np.argmax(lowest))].name if lowest.any() else "none"
    canvas.put(row, left, "lowest at the end:", Look.LABEL)
    canvas.put(
        row,
        left + 3,
        best,
        Look.VERDICT,
        Role.LOSS,
        formula=f'IF(COUNT({ends})=0,"none",INDEX({names},MATCH(TRUE,INDEX({ends}<=MIN({ends})*(1+1/10^9)+1/10^15,0),0)))',
    )
    return row


def _threshold_validation(left: int) -> Validation:
    return Validation(
        cells=address(4, left + 4),
        kind="decimal",
        low=0,
        high=None,
        title="A number is needed",
        message="Type the loss to come below: a number of at least 0.",
    )


def _column(book: Book, column: int) -> str:
    first, last = (address(row, column, fixed=True) for row in (_FIRST_ROW, HEADER_ROW + book.lesson.rows))
    return f"{quoted(LOSS_CURVES)}!{first}:{last}"


def loss_curve(book: Book, run: RunLayout) -> str:
    """Return the losses of a run on this sheet, as another sheet refers to them."""
    return _column(book, run.run + 2)


def comparison(book: Book, anchor: str, width: int, height: int, *, log: bool = False) -> Chart:
    """Return the chart of all loss curves, for this sheet or another."""
    end, step = epoch_axis(book.lesson.epochs)
    epochs = np.arange(book.lesson.rows, dtype=np.float64)
    series = tuple(
        Series(
            name=f"{quoted(LOSS_CURVES)}!{address(HEADER_ROW, run.run + 2, fixed=True)}",
            name_text=run.name,
            x=_column(book, 1),
            x_values=epochs,
            y=loss_curve(book, run),
            y_values=book.trace.loss[run.run],
        )
        for run in book.runs
    )
    return Chart(
        anchor=anchor,
        width=width,
        height=height,
        title="E_Total at every epoch" + (", logarithmic" if log else ""),
        x_title="epoch",
        y_title="E_Total" + (" (logarithmic)" if log else ""),
        series=series,
        alt_text=_alt_text(book, log=log),
        x_max=end,
        x_step=step,
        y_log=log,
    )


def _alt_text(book: Book, *, log: bool) -> str:
    ends = "; ".join(
        f"{run.name} ends at {fixed_text(float(end))}"
        for run, end in zip(book.runs, book.trace.loss[:, -1], strict=True)
    )
    start = fixed_text(float(book.trace.loss[0, 0]))
    axis = " on a logarithmic axis" if log else ""
    return f"Loss curves of {book.lesson.runs} runs{axis}, all from {start} at epoch 0: {ends}."
