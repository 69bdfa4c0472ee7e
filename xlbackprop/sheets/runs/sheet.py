"""The sheet of a run, `LR=…` or a name: its table, a row for each example, in the order of the source walkthrough."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby

import numpy as np

from xlbackprop.lesson import rate_name, rate_text
from xlbackprop.network import (
    OPTIMIZERS,
    BatchGradient,
    Bias,
    Constant,
    Correct,
    Datum,
    Epoch,
    ExampleNumber,
    Exponential,
    ExponentialSum,
    Given,
    Gradient,
    Highest,
    InBatch,
    Input,
    LearningRate,
    Naming,
    NetInput,
    Number,
    Output,
    Quantity,
    State,
    Step,
    Target,
    TotalLoss,
    Weight,
    activation_words,
    instead_of_slopes,
    loss_words,
)
from xlbackprop.sheets import verdict_wording as wording
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas, epoch_axis, every, role_of
from xlbackprop.sheets.checks.places import CHECKS
from xlbackprop.sheets.curves.sheet import marks
from xlbackprop.sheets.entry import Entry
from xlbackprop.sheets.inputs.places import DATA, INPUTS
from xlbackprop.sheets.number_formats import RATE, fixed_text, header_width
from xlbackprop.sheets.runs.broken_cells import broken_cells
from xlbackprop.sheets.runs.column_looks import ColumnLooks
from xlbackprop.sheets.runs.happened import happened
from xlbackprop.sheets.runs.header_notes import header_note
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.sheets.summary.layout import SUMMARY
from xlbackprop.taught import Column
from xlbackprop.workbook import (
    Chart,
    Fill,
    Filled,
    Flag,
    Group,
    Look,
    Page,
    Role,
    Series,
    Sheet,
    Style,
    Table,
    address,
    cell,
    column_letters,
    excel,
    fill_text,
    quoted,
    when,
)

_COUNTERS = Epoch | Step | ExampleNumber | InBatch
MOST_NOTES = 128  # each costs the file a drawn box


def sheets(book: Book) -> Iterator[Sheet]:
    """Yield the sheet of each run."""
    alike: dict[object, list[tuple[Fill, str]]] = {}  # runs of one recipe have the same formulas and notes
    for run in book.runs:
        if run.recipe not in alike:
            fills = (excel(column.formula, run.here) for column in run.columns)
            alike[run.recipe] = [*zip(fills, _notes(run), strict=True)]
        yield _sheet(book, run, alike[run.recipe])


def _notes(run: RunLayout) -> Iterator[str]:
    """Yield the note on the header of each column; in a wide table only the first of each band is not empty."""
    first_of_band = {columns[0] for _, _, columns in _banded(run)}
    for number, column in enumerate(run.columns, start=1):
        yield header_note(run, column) if len(run.columns) <= MOST_NOTES or number in first_of_band else ""


def _sheet(book: Book, run: RunLayout, formulas: list[tuple[Fill, str]]) -> Sheet:
    canvas = Canvas()
    columns = zip(run.columns, formulas, strict=True)
    looks = ColumnLooks(book.lesson, book.shipped, run)
    table = Table(run.header_row, 1, tuple(_filled(book, run, looks, column, *formula) for column, formula in columns))
    _head(canvas, book, run, [column.width for column in table.columns])
    _links_to_inputs(canvas, book, run, looks)
    _links_to_data(canvas, book, run, looks)
    put_bands(canvas, run, [column.width for column in table.columns])
    return Sheet(
        name=run.name,
        cells=canvas.cells,
        tables=(table,),
        charts=(_chart(book, run, address(run.chart_row, run.chart_column)),),
        widths={number: column.width for number, column in enumerate(table.columns, start=1)},
        freeze=address(run.first_row, 1 + _frozen(run)),
        flags=(*_flags(book, run), *broken_cells(book, run, [fill for fill, _ in formulas])),
        reformats=tuple(looks.reformats()),
        groups=tuple(_groups(run)),
        page=_page(run),
        tab=Role.PARAMETER,
    )


def _flags(book: Book, run: RunLayout) -> Iterator[Flag]:
    if book.lesson.by_rate:
        note = address(run.rate_row, run.rate_column + 2, fixed=True)
        yield Flag(note.replace("$", ""), f"LEN({note})>0", "muted")
    yield wording.diverged_flag(address(run.state_row, run.rate_column, fixed=True))


def _frozen(run: RunLayout) -> int:
    """Return how many columns stay in view: epoch, step, example and place in the step."""
    return sum(isinstance(column.quantity, _COUNTERS) for column in run.columns)


def _page(run: RunLayout) -> Page:
    """Return how the sheet prints: the table. The sentences of its head would be repeated in part on every page."""
    return Page(
        (f"A{run.role_row}:{address(run.last_row, len(run.columns))}",),
        repeat_rows=f"{run.role_row}:{run.header_row}",
        repeat_columns=f"A:{column_letters(_frozen(run))}",
    )


def _head(canvas: Canvas, book: Book, run: RunLayout, widths: Sequence[float]) -> None:
    title = f"{run.name}: run {run.index + 1} of {len(book.runs)}"
    canvas.put(1, 1, title, Look.TITLE)
    canvas.put(1, _right_of(title, 1, widths, 1.8), _rows_in_words(run), Look.BODY)
    column = 1
    for text, link in _links(book, run).items():
        canvas.put(2, column, text, Look.LINK, link=link)
        column = _right_of(text, column, widths)
    _rate(canvas, book, run)
    _constants(canvas, book, run)
    _state(canvas, book, run)


def _links(book: Book, run: RunLayout) -> dict[str, str]:
    """Return the links of the head: text → the cell to which a click jumps."""
    step = next(step for step in book.steps if any(other.index == run.index for other in step.runs))
    data = {} if book.lesson.single else {"Data": f"{quoted(DATA)}!A1"}
    return {
        "← Summary": f"{quoted(SUMMARY)}!A1",
        "Inputs": f"{quoted(INPUTS)}!A1",
        **data,
        "Checks": f"{quoted(CHECKS)}!A{book.checks.run_row(run.index)}",
        "Loss chart →": run.elsewhere(address(run.chart_row, run.chart_column)),
        "Step by step →": step.place,
    }


def _right_of(text: str, column: int, widths: Sequence[float], letter: float = 1.0) -> int:
    """Return the first column right of a text that begins in `column`; a letter is so many characters wide."""
    edges = enumerate(accumulate(widths[column - 1 :]), column + 1)
    return next((right for right, edge in edges if edge > letter * len(text)), column + 1)


def _rows_in_words(run: RunLayout) -> str:
    recipe, last = run.recipe, run.recipe.epochs
    if recipe.single:
        return f"Row n stands after n updates; epoch 0 is the start, epoch {last} the end."
    if recipe.batch == 1:
        step = "every example is a step: the weights change after each"
    else:
        which = "all" if recipe.steps == 1 else f"{recipe.batch}"
        step = f"a step uses the {'mean' if recipe.mean else 'sum'} of the gradients of {which} examples"
    held = " and then at those held back" if recipe.held_back else ""
    return f"A row looks at one example; {step}. Epoch {last}, the last, looks at all{held} and learns no more."


def _rate(canvas: Canvas, book: Book, run: RunLayout) -> None:
    name = rate_name(run.index)
    row, column = run.rate_row, run.rate_column
    canvas.put(row, 1, "learning rate η", Look.LABEL)
    rate = canvas.put(row, column, book.typed(name), Look.LINKED, Role.UPDATE, RATE)
    if not book.lesson.by_rate:
        canvas.put(row, column + 2, _method(run), Look.NOTE)
        return
    shipped = rate_text(run.of.learning_rate)
    edited = f"The learning rate was edited; the sheet keeps the name of {shipped}."
    canvas.put(row, column + 2, when(rate.equals(book.shipped_number(name)), "", edited), Look.NOTE)


def _method(run: RunLayout) -> str:
    """Return in words how the run learns: optimizer, layers and loss."""
    recipe = run.recipe
    layers = "; ".join(f"{layer.units} {activation_words(layer)}" for layer in recipe.layers)
    return f"{recipe.optimizer}: {OPTIMIZERS[recipe.optimizer].rule}. Layers: {layers}. Loss: {loss_words(recipe)}."


def _constants(canvas: Canvas, book: Book, run: RunLayout) -> None:
    for name in run.recipe.constants:
        row = run.constant_row(name)
        canvas.put(row, 1, name, Look.LABEL)
        canvas.put(row, run.rate_column, book.given(Given(Constant(name)), run.index), Look.LINKED, Role.UPDATE, RATE)


def _state(canvas: Canvas, book: Book, run: RunLayout) -> None:
    """Put the sentence that says from where to where the loss went, or from which epoch on numbers are errors."""
    curves, last = book.curves, book.lesson.epochs
    column, divisor = run.column_of[curves.quantity(run)], curves.divisor(run)
    rows = [curves.row(run, epoch) for epoch in (0, last)]
    numbers = [book.number(run, curves.quantity(run), row).value for row in rows]
    losses_there = (cell(address(run.first_row + row, column), of) for row, of in zip(rows, numbers, strict=True))
    ends = [loss if divisor == 1 else loss / divisor for loss in losses_there]
    loss = run.column_of[TotalLoss()]
    losses = f"{address(run.first_row, loss)}:{address(run.last_row, loss)}"
    canvas.put(run.state_row, 1, "what happened", Look.LABEL)
    canvas.put(run.state_row, run.rate_column, happened(book, run, ends, losses), Look.BODY)


def put_bands(canvas: Canvas, run: RunLayout, widths: Sequence[float]) -> None:
    """Put the name of each band of columns above it, so that the colours are never alone.

    `widths` are those of all columns; a name is as long as they allow.
    """
    for band, role, columns in _banded(run):
        room = sum(widths[column - 1] + 0.7 for column in columns)
        text = next((words for words in band if len(words) <= room), band[-1])
        for column in columns:
            canvas.put(run.role_row, column, text if column == columns[0] else "", Look.LABEL, role)


def _banded(run: RunLayout) -> Iterator[tuple[tuple[str, ...], Role, list[int]]]:
    """Yield the bands, groups of columns that belong together: their names, role and column numbers."""
    naming, without_slopes = run.of.naming, bool(instead_of_slopes(run.recipe))
    named = (
        (band_of(quantity, naming, without_slopes=without_slopes), role_of(quantity, naming), number)
        for quantity, number in run.column_of.items()
    )
    for (band, role), group in groupby(named, key=lambda each: each[:2]):
        yield band, role, [number for _, _, number in group]


def band_of(quantity: Quantity, naming: Naming, *, without_slopes: bool = False) -> tuple[str, ...]:
    """Return the name of the band of columns that a quantity belongs to, and shorter names for narrow bands.

    For b1: ("biases of the hidden layer", "biases", "bias"). The longest name of gradients speaks of slopes, which a
    perceptron's are not.
    """
    match quantity:
        case Gradient() if without_slopes:
            return band_of(quantity, naming)[1:]
        case Epoch() | Correct():  # the header says it
            return ("",)
        case Step() | ExampleNumber() | InBatch():
            return ("which row",)
        case LearningRate():
            return ("η",)
        case Target():
            return ("target",)
        case Input():
            return ("input",)
        case Weight(layer):
            return (f"weights into {the_layer(layer, naming)}", "weights")
        case Bias(layer):
            return (f"biases of {the_layer(layer, naming)}", "biases", "bias")
        case NetInput(layer) | Output(layer) | Highest(layer) | Exponential(layer) | ExponentialSum(layer):
            return (the_layer(layer, naming).removeprefix("the "), f"layer {layer}")
        case Gradient(Weight()):
            return ("gradients: how E_Total moves with each weight", "gradients of the weights", "gradients")
        case Gradient(Bias()):
            return ("how E_Total moves with each bias", "gradients of the biases", "biases")
        case Gradient(Input()):
            return ("how E_Total moves with each input", "gradients of the inputs", "inputs")
        case Gradient(NetInput(layer) | Output(layer)):
            return (
                f"backward, {the_layer(layer, naming)}: how E_Total moves with each unit",
                f"backward, {the_layer(layer, naming)}",
                f"backward, layer {layer}",
                "backward",
            )
        case BatchGradient():
            return ("gradients of this step's examples so far, added up", "added up in this step", "added up")
        case State(kind):
            return (f"what the optimizer keeps: {kind}", f"kept: {kind}")
        case _:
            return ("loss",)


def the_layer(layer: int, naming: Naming) -> str:
    """Return what a layer is called in a sentence: "the hidden layer", "hidden layer 2", "the output layer"."""
    if layer == naming.depth:
        return "the output layer"
    return "the hidden layer" if naming.depth == 2 else f"hidden layer {layer}"


# Groups of columns that a reader always wants to see.
_ALWAYS = ("", "which row", "loss", "target", "input", "η")


def _groups(run: RunLayout) -> Iterator[Group]:
    """Yield the columns that a reader can fold away: each band by layer and role, but for its first column."""
    for band, _, numbers in _banded(run):
        if band[0] not in _ALWAYS and len(numbers) > 1:
            # the first column of a band stays: it holds the band's name
            yield Group(numbers[0] + 1, numbers[-1])


def _links_to_inputs(canvas: Canvas, book: Book, run: RunLayout, looks: ColumnLooks) -> None:
    canvas.put(run.given_row, 1, "Inputs", Look.LABEL)
    for quantity in run.fetched:
        fetched = book.given(Given(quantity), run.index)
        role, number_format = role_of(quantity, run.of.naming), looks.of(quantity).number_format
        canvas.put(run.given_row, run.column_of[quantity], fetched, Look.LINKED, role, number_format)


def _links_to_data(canvas: Canvas, book: Book, run: RunLayout, looks: ColumnLooks) -> None:
    """Put the block of examples, fetched from Data, right of the chart: the table's formulas look them up there."""
    if book.lesson.single:
        return
    columns = run.data_column_of
    number_column = min(columns.values()) - 1
    canvas.put(run.role_row, number_column, "the examples, fetched from Data", Look.LABEL)
    canvas.put(run.header_row, number_column, "example", Look.HEADER)
    for of, column in columns.items():
        canvas.put(run.header_row, column, book.naming.name(of), Look.HEADER, role_of(of, run.of.naming))
    for example in range(len(book.lesson.inputs)):
        canvas.put(run.first_row + example, number_column, example + 1, Look.STORED)
    for source, _ in book.lesson.data():
        assert isinstance(source.of, Datum)
        row, of = run.first_row + source.of.example, source.of.of
        role, number_format = role_of(of, run.of.naming), looks.of(of).number_format
        canvas.put(row, columns[of], book.given(source, run.index), Look.LINKED, role, number_format)


def _filled(book: Book, run: RunLayout, looks: ColumnLooks, column: Column, fill: Fill, note: str) -> Filled:
    role, shown = role_of(column.quantity, run.of.naming), looks.of(column.quantity)
    is_total = column.quantity == TotalLoss()
    header = run.of.naming.name(column.quantity)
    begins_with_number = isinstance(column.first, Number)
    first = None
    if column.first is not None and not begins_with_number:
        first = fill_text(excel(column.first, run.here), run.first_row)
    return Filled(
        header=header,
        fill=fill,
        values=book.trace.column(run.index, column.quantity),
        style=Style(Look.TOTAL if is_total else Look.NUMBER, role, shown.number_format, lined=is_total),
        first=first,
        constant_first=begins_with_number,
        header_style=Style(Look.HEADER, role, lined=is_total),
        width=max(shown.width, header_width(header)),
        note=note,
    )


def _chart(book: Book, run: RunLayout, anchor: str) -> Chart:
    end, step = epoch_axis(book.lesson.epochs)
    curves = book.curves
    what = curves.loss_name(run)
    learning = " while learning," if curves.has_finished else ""
    named = f"{what}{learning} at {every(curves.stride)}"
    # a title cannot follow the rate of which the sheet has its name
    title = named if book.lesson.by_rate else f"{run.name}: {named}"
    # a long run's curve, and that of several examples, is drawn from the fewer points of Loss curves
    whole = curves.is_row_by_row(run)
    legend = book.legend(run.index).value if curves.has_finished else run.of.naming.name(curves.quantity(run))
    series = Series(
        name=curves.legend(run.index) if curves.has_finished else run.header(curves.quantity(run)),
        name_text=legend,
        x=run.range(Epoch()) if whole else curves.epoch_range(),
        x_values=np.array(curves.epochs, dtype=np.float64),
        y=run.range(TotalLoss()) if whole else curves.curve(run.index),
        y_values=book.curve(run.index),
    )
    return Chart(
        anchor=anchor,
        width=620,
        height=340,
        title=title,
        x_title="epoch",
        y_title=what,
        series=(series, *marks(book, [run])),
        alt_text=f"{run.name}: {named}. {_gist(book, run)}",
        x_max=end,
        x_step=step,
        legend=curves.has_finished,
        legend_below=True,
    )


def _gist(book: Book, run: RunLayout) -> str:
    start, end = map(fixed_text, book.ends(run.index))
    if book.curves.has_finished:
        return f"{start} while epoch 0 is learnt; a mark shows the finished network, {end}."
    return f"From {start} at epoch 0 to {end} at the end."


ENTRY = Entry("", sheets, linked=False)
