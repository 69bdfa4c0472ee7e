"""The sheet `Loss curves`: the loss of every run at every epoch, side by side, in a table and in two charts.

Below them stand two smaller charts, of gradients and of weights (`path_curves`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

import numpy as np

from xlbackprop.lesson import Lesson, rate_name
from xlbackprop.network import TotalLoss, loss_words
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas, epoch_axis, every
from xlbackprop.sheets.curves.logarithmic import Logarithmic
from xlbackprop.sheets.curves.path_curves import PathCurves
from xlbackprop.sheets.curves.places import CHART_COLUMNS, FINISHED, LOSS_CURVES, PATHS_OF, THRESHOLD, LossCurvesLayout
from xlbackprop.sheets.entry import Changeable, Entry
from xlbackprop.sheets.number_formats import LOSS, LOSS_WIDTH, RATE, WHOLE, fixed_text
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
_IN_NOTES = 1.3  # characters of a note in the room of one of a number
_BELOW = 19  # rows from the one in which a run is chosen to the last one below the small charts


def sheets(book: Book) -> Iterator[Sheet]:
    """Yield the sheet `Loss curves`."""
    canvas = Canvas()
    left = book.curves.left
    canvas.head(f"Loss curves: {_what(book)} of every run{_from_to(book)}.", {"← Summary": SUMMARY})
    canvas.put(4, 1, _what_is_in_the_table(book), Look.LABEL)
    table = _table(book)
    widths = _widths(book, table, left)
    _put_names(canvas, book)
    _results(canvas, book, left)
    if note := _note(book):
        room = sum(widths[column] for column in range(left, left + 5))
        canvas.paragraph(_below_results(book) - 1, (left, left + 4), note, _IN_NOTES * room, Look.NOTE)
    below = _below_results(book)
    paths = book.once(path_curves)
    choice = paths.choice[0]
    paths.put(canvas, left)
    all_sizes, weights = paths.tables()
    ends = tuple(book.ends(run.index)[1] for run in book.runs) if book.curves.has_finished else ()
    losses = Logarithmic(book.curves, "losses", 2, table.columns[1:], paths.stop_column + 1, ends)
    sizes = Logarithmic(book.curves, "sizes", paths.first_column, all_sizes.columns, losses.stop_column + 1)
    _put_logarithmic(canvas, losses, sizes, left, choice)
    _put_finished(canvas, book)
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
        widths=widths
        | _widths_of_names(book)
        | paths.widths()
        | {shown.first_column - 1: 3.0 for shown in (losses, sizes)},
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
    """Return the row in which the charts begin, below the small table of results and a note on it."""
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


def _from_to(book: Book) -> str:
    if book.curves.has_finished:
        return " while it learns, epoch by epoch, and of the finished network"
    return ", from epoch 0 (before any update) to the last"


def _what_is_in_the_table(book: Book) -> str:
    curves = book.curves
    if curves.has_finished:
        return "while learning" + ("" if curves.stride == 1 else f", {every(curves.stride)}")
    which = "each epoch" if curves.stride == 1 else f"{every(curves.stride)} and the last"
    return f"{_what(book)} at {which}, fetched from the run sheets"


def _note(book: Book) -> str:
    """Return what must be known to read the curves: what a line and a mark are, and which runs can be compared."""
    sentences = []
    if book.curves.has_finished:
        way = "mean" if book.runs[0].recipe.mean else "sum"
        sentences.append(
            f"A line is the {way} of E_Total over the examples of an epoch while it is learnt, each with the weights "
            "of its own step: they change from step to step. A mark is the finished network: all examples with the "
            "last weights. These are two things: what lies between a line's end and its mark was not learnt there."
        )
    if not book.curves.one_loss:
        runs: dict[str, list[str]] = {}
        for run in book.runs:
            runs.setdefault(loss_words(run.recipe), []).append(run.name)
        which = "; ".join(f"{loss} in {' and '.join(names)}" for loss, names in runs.items())
        sentences.append(f"E_Total is not one function here: {which}. Compare heights only within one function.")
    return " ".join(sentences)


def _put_names(canvas: Canvas, book: Book) -> None:
    """Put the names in the legends: a run's own, the rate that it has now, and its loss where others have another."""
    curves, column = book.curves, book.curves.legend_column
    canvas.put(_HEADER_ROW, column, "name of the line", Look.HEADER)
    if curves.has_finished:
        canvas.put(_HEADER_ROW, column + 1, "name of the mark", Look.HEADER)
    for run in book.runs:
        row = _FIRST_ROW + run.index
        name = canvas.put(row, column, book.legend(run.index), Look.BODY)
        if curves.has_finished:
            canvas.put(row, column + 1, name & FINISHED, Look.BODY)


def _widths_of_names(book: Book) -> dict[int, float]:
    column, names = book.curves.legend_column, max(16.0, book.longest_legend + 2.0)
    return {column: names, column + 1: names + 8.0 if book.curves.has_finished else 3.0, column + 2: 3.0}


def _put_finished(canvas: Canvas, book: Book) -> None:
    """Put the losses of the finished networks below those of the curves, each in the column of its run."""
    curves = book.curves
    if not curves.has_finished:
        return
    row = curves.finished_row
    canvas.put(row - 1, 1, "finished network", Look.LABEL)
    canvas.put(row, 1, float(book.lesson.epochs), Look.STORED, number_format=WHOLE)
    for run in book.runs:
        loss = cell(curves.at_epoch(run, book.lesson.epochs), book.ends(run.index)[1])
        canvas.put(row, run.index + 2, loss, Look.LINKED, Role.LOSS, LOSS)


def _table(book: Book) -> Table:
    curves = book.curves
    step = "A↑+1" if curves.stride == 1 else f"MIN(A↑+{curves.stride},{curves.epochs[-1]})"
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


def _widths(book: Book, table: Table, left: int) -> dict[int, float]:
    widths = {number: column.width for number, column in enumerate(table.columns, start=1)}
    names = max(len(column.header) for column in table.columns)
    return widths | {
        left - 1: 3,
        left: max(12, (book.longest_legend if book.lesson.by_rate else names) + 2),
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
    ends = (f"{what} at epoch 0", f"{what} at the end")
    if book.curves.has_finished:
        ends = ("while learning epoch 0", "finished network")
    headers = ("run", "learning rate", *ends, "first epoch below")
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
    name = cell(curve.legend(run.index), book.legend(run.index).value) if book.lesson.by_rate else run.name
    canvas.put(row, left, name, Look.LINK, link=f"{quoted(run.name)}!A1")
    canvas.put(row, left + 1, book.typed(rate_name(run.index)), Look.LINKED, number_format=RATE)
    canvas.put(row, left + 2, cell(first_cell, start), Look.LINKED, Role.LOSS, LOSS)
    last = cell(last_cell, end)
    told = when(is_number(last), last, "diverged")
    canvas.put(row, left + 3, told, Look.LINKED, Role.LOSS, LOSS, align="right")
    found = first_where(f"{losses}<{threshold}")
    # the table of several examples may leave epochs out
    epoch = f"{found}-1" if single else f"INDEX({curve.epoch_range()},{found})"
    if len(curve.epochs) == 1:  # Gnumeric finds nothing in a range of one cell
        epoch = f"IF({losses}<{threshold},0,NA())"
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
    canvas.put(row, left, "lowest at the end:", Look.LABEL)
    if not book.curves.one_loss:
        canvas.put(row, left + 3, "not comparable", Look.VERDICT, Role.LOSS)
        return
    names = f"{address(_FIRST_ROW, left, fixed=True)}:{address(row - 1, left, fixed=True)}"
    ends = f"{address(_FIRST_ROW, left + 3, fixed=True)}:{address(row - 1, left + 3, fixed=True)}"
    # what differs by less than rounding is a tie, and the first run wins it
    losses = np.array([book.ends(run.index)[1] for run in book.runs])
    smallest = np.nanmin(losses, initial=np.inf)
    lowest = losses <= smallest + 1e-9 * abs(smallest) + 1e-15
    best = book.legend(int(np.argmax(lowest))).value
    first = f"INDEX({names},{first_where(f'{ends}<=MIN({ends})+ABS(MIN({ends}))/10^9+1/10^15')})"
    if len(book.runs) == 1:  # Gnumeric finds nothing in a range of one cell
        first = address(_FIRST_ROW, left, fixed=True)
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
    lines = tuple(
        Series(
            name=book.curves.legend(run.index),
            name_text=book.legend(run.index).value,
            x=book.curves.epoch_range(),
            x_values=epochs,
            y=book.curves.curve(run.index),
            y_values=book.curve(run.index),
        )
        for run in book.runs
    )
    series = (*lines, *marks(book, book.runs)) if logarithmic is None else logarithmic.series(book)
    return Chart(
        anchor=anchor,
        width=width,
        height=height,
        title=_title(book) + (", logarithmic" if log else ""),
        x_title="epoch",
        y_title=_what(book) + (" (logarithmic)" if log else ""),
        series=series,
        alt_text=_alt_text(book, log=log),
        x_max=end,
        x_step=step,
        y_log=log,
        legend_below=not book.curves.one_loss,
    )


def _title(book: Book) -> str:
    curves = book.curves
    when = f"while learning, at {every(curves.stride)}" if curves.has_finished else f"at {every(curves.stride)}"
    return f"{_what(book)} {when}" + ("" if curves.one_loss else ", of different loss functions")


def marks(book: Book, runs: Sequence[RunLayout]) -> Iterator[Series]:
    """Yield the marks of the finished networks of `runs`, the lines of a chart, where these stand apart."""
    for place, run in enumerate(runs if book.curves.has_finished else ()):
        name, loss = book.legend(run.index).value, book.ends(run.index)[1]
        yield book.curves.mark(run.index, run.index + 2, place, name, loss)


def _alt_text(book: Book, *, log: bool) -> str:
    at = ", the finished network, is at" if book.curves.has_finished else " ends at"
    ends = "; ".join(f"{book.legend(run.index).value}{at} {fixed_text(book.ends(run.index)[1])}" for run in book.runs)
    starts = {fixed_text(book.ends(run.index)[0]) for run in book.runs}
    start = f"all from {starts.pop()}" if len(starts) == 1 else "each from its own loss"
    axis = " on a logarithmic axis" if log else ""
    losses = "" if book.curves.one_loss else " The loss is not the same function in every run."
    return f"Loss curves of {len(book.runs)} runs{axis}, {start} at epoch 0: {ends}.{losses}"


def _changeable(lesson: Lesson) -> Iterator[Changeable]:
    yield Changeable(THRESHOLD, 0.01)
    if len(lesson.of_one_network) > 1:
        yield Changeable(PATHS_OF, 0.0, is_view=True)


def _defined_names(book: Book) -> dict[str, str]:
    return {"threshold": book.curves.threshold}


ENTRY = Entry(LOSS_CURVES, sheets, changeable=_changeable, defined_names=_defined_names, on_paper=True)
