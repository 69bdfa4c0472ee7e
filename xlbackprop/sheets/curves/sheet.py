"""The sheet `Loss curves`: the loss of every run at every epoch, side by side, in a table and in two charts.

Below them stand two smaller charts, of gradients and of weights (`path_curves`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate

import numpy as np

from xlbackprop.lesson import Lesson, rate_name
from xlbackprop.network import TotalLoss
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas, epoch_axis, every, fixed_text
from xlbackprop.sheets.curves.logarithmic import Logarithmic
from xlbackprop.sheets.curves.path_curves import PathCurves
from xlbackprop.sheets.curves.places import CHART_COLUMNS, LOSS_CURVES, PATHS_OF, THRESHOLD, LossCurvesLayout
from xlbackprop.sheets.entry import Changeable, Entry
from xlbackprop.sheets.number_formats import LOSS, LOSS_WIDTH, RATE, WHOLE
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.sheets.summary.layout import SUMMARY, heading
from xlbackprop.workbook import (
    Chart,
    ErrorValue,
    Filled,
    Live,
    Look,
    Page,
    Role,
    Series,
    Sheet,
    Style,
    Table,
    Validation,
    Value,
    address,
    cell,
    filled_down,
    first_where,
    is_number,
    quoted,
    unless_error,
    when,
)

_HEADER_ROW, _FIRST_ROW = LossCurvesLayout.header_row, LossCurvesLayout.first_row


_WIDTH, _HEIGHT, _ROWS = 640, 320, 17  # a chart of losses: its pixels, and the rows that it takes with a gap
_NARROW = 4.0  # characters: of the columns right of the results, so that on paper a chart ends where it ends
_BELOW = 19  # rows from the one in which a run is chosen to the last one below the small charts


def sheets(book: Book) -> Iterator[Sheet]:
    """Yield the sheet `Loss curves`."""
    canvas = Canvas()
    left = book.curves.left
    canvas.put(1, 1, f"Loss curves: {_what(book)} of every run, from epoch 0 {_start(book)} to the last.", Look.TITLE)
    canvas.put(2, 1, "← Summary", Look.LINK, link=f"{quoted(SUMMARY)}!A1")
    canvas.put(4, 1, f"{_what(book)} at {_which_epochs(book.curves)}, fetched from the run sheets", Look.LABEL)
    _results(canvas, book, left)
    below = _below_results(book)
    table = _table(book)
    widths = _widths(table, left)
    paths = book.once(path_curves)
    choice = paths.choice[0]
    paths.put(canvas, left)
    all_sizes, weights = paths.tables()
    losses = Logarithmic(book.curves, "losses", 2, table.columns[1:], paths.stop_column + 1)
    sizes = Logarithmic(book.curves, "sizes", paths.first_column, all_sizes.columns, losses.stop_column + 1)
    _put_logarithmic(canvas, losses, sizes, left, choice)
    _put_link(canvas, left, choice)
    yield Sheet(
        name=LOSS_CURVES,
        cells=canvas.cells,
        tables=(table, all_sizes, weights, losses.table, sizes.table),
        charts=(
            comparison(book, address(below, left), _WIDTH, _HEIGHT),
            comparison(book, address(below + _ROWS, left), _WIDTH, _HEIGHT, logarithmic=losses),
            *paths.charts(choice + 2, left, _middle(widths, left), _WIDTH, sizes),
        ),
        widths=widths | paths.widths() | {shown.first_column - 1: 3.0 for shown in (losses, sizes)},
        freeze=address(_FIRST_ROW, 2),
        validations=(_threshold_validation(book.curves), *paths.validations()),
        heights=canvas.heights | {_HEADER_ROW: 32},
        merged=tuple(canvas.merged),
        page=Page(
            (f"{address(3, left)}:{address(choice + _BELOW, left + 4)}",),
            blocks=True,
            instead=(
                (address(4, left), _until(book)),
                (address(choice, left), "The weights are those of this run:"),
            ),
        ),
        tab=Role.LOSS,
    )


def _put_logarithmic(canvas: Canvas, losses: Logarithmic, sizes: Logarithmic, left: int, choice: int) -> None:
    """Put what the logarithmic charts draw, and below each of them what it leaves off."""
    canvas.put(2, losses.first_column, "What the two logarithmic charts draw", Look.HEADING)
    words = "The same numbers where they are above 0, else #N/A, which a chart leaves off: its axis has no place for 0"
    canvas.put(3, losses.first_column, words, Look.LABEL)
    losses.put(canvas, (choice - 2, left))
    sizes.put(canvas, (choice + _BELOW, left))


def path_curves(book: Book) -> PathCurves:
    """Return the two small charts with the places of their numbers."""
    left = book.curves.left
    return PathCurves(book, book.curves.sizes_column, (_below_results(book) + 2 * _ROWS + 1, left + 4))


def _below_results(book: Book) -> int:
    """Return the row in which the charts begin, below the small table of results."""
    return _FIRST_ROW + len(book.runs) + 2


def _put_link(canvas: Canvas, left: int, choice: int) -> None:
    link = f"{quoted(LOSS_CURVES)}!{address(choice - 1, left)}"
    canvas.put(2, left, "Size of the gradient, and paths of the weights ↓", Look.LINK, link=link)


def _middle(widths: Mapping[int, float], left: int) -> tuple[int, int]:
    """Return the column whose left edge is nearest to the middle of the charts, and its pixels from column `left`."""
    edges = accumulate(round(7 * widths[column]) + 5 for column in range(left, left + 5))
    return min(enumerate(edges, start=left + 1), key=lambda edge: abs(edge[1] - _WIDTH / 2))


def _what(book: Book) -> str:
    """Return the name of the loss that the curves show; "E_Total" where the runs have different ones."""
    names = {book.curves.loss_name(run) for run in book.runs}
    return names.pop() if len(names) == 1 else "E_Total"


def _until(book: Book) -> str:
    return f"Epochs until {_what(book)} is below"


def _start(book: Book) -> str:
    return "(before any update)" if book.runs[0].recipe.steps == 1 else "(while the first updates are made)"


def _which_epochs(curves: LossCurvesLayout) -> str:
    return "each epoch" if curves.stride == 1 else f"{every(curves.stride)} and the last"


def _table(book: Book) -> Table:
    curves, last = book.curves, book.lesson.epochs
    step = "A↑+1" if curves.stride == 1 else f"MIN(A↑+{curves.stride},{last})"
    epoch = Filled(
        header="epoch",
        fill=filled_down(step),
        values=np.array(curves.epochs, dtype=np.float64),
        style=Style(Look.NUMBER, number_format=WHOLE),
        constant_first=True,
        width=8,
    )
    return Table(_HEADER_ROW, 1, (epoch, *(_losses(book, run) for run in book.runs)))


def _losses(book: Book, run: RunLayout) -> Filled:
    curves = book.curves
    return Filled(
        header=run.name,
        fill=curves.beside(run, TotalLoss()) if curves.is_row_by_row(run) else curves.fetched(run, "$A"),
        values=book.curve(run.index),
        style=Style(Look.LINKED, Role.LOSS, LOSS),
        header_style=Style(Look.HEADER, Role.LOSS),
        width=max(LOSS_WIDTH, len(run.name) + 2.5),
    )


def _widths(table: Table, left: int) -> dict[int, float]:
    widths = {number: column.width for number, column in enumerate(table.columns, start=1)}
    names = max(len(column.header) for column in table.columns)
    return widths | {
        left - 1: 3,
        left: max(12, names + 2),
        left + 1: 13,
        left + 2: 13,
        left + 3: 13,
        left + 4: max(13, names + 2),
        **dict.fromkeys(range(left + 5, left + CHART_COLUMNS), _NARROW),
    }


def _results(canvas: Canvas, book: Book, left: int) -> None:
    """Put the small table of results at the top right."""
    heading(canvas, 3, (left, left + 4), "Which run ends lowest, and which is quick?")
    place = book.curves.threshold_place
    threshold = canvas.put(*place, book.standing[THRESHOLD], Look.TYPED, Role.LOSS, changeable=THRESHOLD)
    what = _what(book)
    canvas.put(4, left, f"{_until(book)} (type another number) →", Look.BODY)
    headers = ("run", "learning rate", f"{what} at epoch 0", f"{what} at the end", "first epoch below")
    for offset, header in enumerate(headers):
        canvas.put(_HEADER_ROW, left + offset, header, Look.HEADER, Role.LOSS)
    for run in book.runs:
        _result(canvas, book, run, left, threshold)
    _best(canvas, book, left)


def _result(canvas: Canvas, book: Book, run: RunLayout, left: int, threshold: Live) -> None:
    row, (start, end) = _FIRST_ROW + run.index, book.ends(run.index)
    curve, single = book.curves, run.recipe.single
    first_cell, last_cell = (curve.at_epoch(run, epoch) for epoch in (0, book.lesson.epochs))
    losses = run.range(TotalLoss()) if single else curve.curve(run.index)
    canvas.put(row, left, run.name, Look.LINK, link=f"{quoted(run.name)}!A1")
    canvas.put(row, left + 1, book.typed(rate_name(run.index)), Look.LINKED, number_format=RATE)
    canvas.put(row, left + 2, cell(first_cell, start), Look.LINKED, Role.LOSS, LOSS)
    last = cell(last_cell, end)
    told = when(is_number(last), last, "diverged")
    canvas.put(row, left + 3, told, Look.LINKED, Role.LOSS, LOSS, align="right")
    found = first_where(f"{losses}<{threshold}")
    # the table of several examples may leave epochs out
    epoch = f"{found}-1" if single else f"INDEX({curve.epoch_range()},{found})"
    below = unless_error(cell(epoch, _first_below(book, run)), "never")
    canvas.put(row, left + 4, below, Look.NUMBER, Role.LOSS, WHOLE, align="right")


def _first_below(book: Book, run: RunLayout) -> Value:
    """Return the first epoch of a run whose loss is below the threshold; #N/A where there is none."""
    threshold = book.standing[THRESHOLD]
    if not run.recipe.single:
        below = book.curve(run.index) < threshold
        return int(book.curves.epochs[int(np.argmax(below))]) if below.any() else ErrorValue.NA
    epoch = 0
    for losses in book.trace.column_blocks(run.index, TotalLoss()):
        below = losses < threshold
        if below.any():
            return epoch + int(np.argmax(below))
        epoch += len(losses)
    return ErrorValue.NA


def _best(canvas: Canvas, book: Book, left: int) -> None:
    """Put the name of the run that ends lowest."""
    row = _FIRST_ROW + len(book.runs)
    names = f"{address(_FIRST_ROW, left, fixed=True)}:{address(row - 1, left, fixed=True)}"
    ends = f"{address(_FIRST_ROW, left + 3, fixed=True)}:{address(row - 1, left + 3, fixed=True)}"
    # what differs by less than rounding is a tie, and the first run wins it
    losses = np.array([book.ends(run.index)[1] for run in book.runs])
    smallest = np.nanmin(losses, initial=np.inf)
    lowest = losses <= smallest + 1e-9 * abs(smallest) + 1e-15
    best = book.runs[int(np.argmax(lowest))].name
    first = f"INDEX({names},{first_where(f'{ends}<=MIN({ends})+ABS(MIN({ends}))/10^9+1/10^15')})"
    if len(book.runs) == 1:  # Gnumeric finds nothing in a range of one cell
        first = address(_FIRST_ROW, left, fixed=True)
    canvas.put(row, left, "lowest at the end:", Look.LABEL)
    known = cell(f"COUNT({ends})", int(np.isfinite(losses).sum()))
    canvas.put(row, left + 3, when(known.equals(0), "none", cell(first, best)), Look.VERDICT, Role.LOSS)


def _threshold_validation(curves: LossCurvesLayout) -> Validation:
    return Validation(
        cells=address(*curves.threshold_place),
        kind="decimal",
        low=0,
        high=None,
        title="A number is needed",
        message="Type the loss to come below: a number of at least 0.",
    )


def comparison(book: Book, anchor: str, width: int, height: int, *, logarithmic: Logarithmic | None = None) -> Chart:
    """Return the chart of the loss curves of all runs with its top left corner at the cell `anchor`, on any sheet.

    `width` and `height` are in pixels; with `logarithmic`, the losses that it can show, the axis of them is so.
    """
    log = logarithmic is not None
    end, step = epoch_axis(book.lesson.epochs)
    epochs = np.array(book.curves.epochs, dtype=np.float64)
    series = tuple(
        Series(
            name=book.curves.header(run.index),
            name_text=run.name,
            x=book.curves.epoch_range(),
            x_values=epochs,
            y=book.curves.curve(run.index),
            y_values=book.curve(run.index),
        )
        for run in book.runs
    )
    return Chart(
        anchor=anchor,
        width=width,
        height=height,
        title=f"{_what(book)} at {every(book.curves.stride)}" + (", logarithmic" if log else ""),
        x_title="epoch",
        y_title=_what(book) + (" (logarithmic)" if log else ""),
        series=series if logarithmic is None else logarithmic.series(),
        alt_text=_alt_text(book, log=log),
        x_max=end,
        x_step=step,
        y_log=log,
    )


def _alt_text(book: Book, *, log: bool) -> str:
    ends = "; ".join(f"{run.name} ends at {fixed_text(book.ends(run.index)[1])}" for run in book.runs)
    starts = {fixed_text(book.ends(run.index)[0]) for run in book.runs}
    start = f"all from {starts.pop()}" if len(starts) == 1 else "each from its own loss"
    axis = " on a logarithmic axis" if log else ""
    return f"Loss curves of {len(book.runs)} runs{axis}, {start} at epoch 0: {ends}."


def _changeable(lesson: Lesson) -> Iterator[Changeable]:
    yield Changeable(THRESHOLD, 0.01)
    if len(lesson.of_one_network) > 1:
        yield Changeable(PATHS_OF, 0.0, is_view=True)


def _defined_names(book: Book) -> dict[str, str]:
    return {"threshold": book.curves.threshold}


ENTRY = Entry(LOSS_CURVES, sheets, changeable=_changeable, defined_names=_defined_names, on_paper=True)
