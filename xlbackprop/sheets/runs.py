"""`LR=…`: the table of one run, a row an epoch, in the order of the source walkthrough."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import numpy as np

from xlbackprop.columns import Column
from xlbackprop.document import (
    Chart,
    Fill,
    Filled,
    Flag,
    Look,
    Page,
    Role,
    Series,
    Sheet,
    Style,
    Table,
    address,
    fill_text,
    quoted,
)
from xlbackprop.expression import excel
from xlbackprop.layout import CHECKS, INPUTS, SUMMARY, RunLayout
from xlbackprop.lesson import rate_name, rate_text
from xlbackprop.quantities import Epoch, Given, Gradient, Input, NetInput, Output, Quantity, Target, TotalLoss, Weight
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas, epoch_axis, every, fixed, fixed_text, four_digits, role_of, width_of


def sheets(book: Book) -> Iterator[Sheet]:
    """Yield one sheet for each learning rate."""
    first = book.runs[0]
    fills = [excel(column.formula, first.here) for column in first.columns]  # the same on every sheet
    for run in book.runs:
        yield _sheet(book, run, fills)


def _sheet(book: Book, run: RunLayout, fills: list[Fill]) -> Sheet:
    canvas = Canvas()
    chart_column = len(run.columns) + 2
    _head(canvas, book, run, chart_column)
    _bands(canvas, run)
    _links_to_inputs(canvas, book, run)
    columns = zip(run.columns, fills, strict=True)
    table = Table(run.header_row, 1, tuple(_filled(book, run, column, fill) for column, fill in columns))
    return Sheet(
        name=run.name,
        cells=canvas.cells,
        tables=(table,),
        charts=(_chart(book, run, address(run.header_row, chart_column)),),
        widths={number: column.width for number, column in enumerate(table.columns, start=1)},
        freeze=address(run.first_row, 2),
        flags=(
            Flag("F3", "LEN($F$3)>0", "muted"),
            Flag("D4", 'LEFT($D$4,16)="The run diverged"', "bad"),
        ),
        page=Page(landscape=True, repeat_rows=f"{run.role_row}:{run.header_row}", area=_print_area(run)),
        tab=Role.PARAMETER,
    )


def _print_area(run: RunLayout) -> str:
    return f"A1:{address(run.last_row, len(run.columns))}"


def _head(canvas: Canvas, book: Book, run: RunLayout, chart_column: int) -> None:
    last = book.lesson.epochs
    canvas.put(
        1,
        1,
        f"{run.name}: run {run.run + 1} of {book.lesson.runs}. Row n stands after n updates; "
        f"epoch 0 is the start, epoch {last} the end.",
        Look.TITLE,
    )
    canvas.put(2, 1, "← Summary", Look.LINK, link=f"{quoted(SUMMARY)}!A1")
    canvas.put(2, 3, "Inputs", Look.LINK, link=f"{quoted(INPUTS)}!A1")
    canvas.put(2, 4, "Checks", Look.LINK, link=f"{quoted(CHECKS)}!A{book.checks.run_row(run.run)}")
    canvas.put(2, 6, "Loss chart →", Look.LINK, link=run.elsewhere(address(run.first_row, chart_column)))
    _rate(canvas, book, run)
    _state(canvas, book, run)


def _rate(canvas: Canvas, book: Book, run: RunLayout) -> None:
    name = rate_name(run.run)
    row, column = run.rate_row, run.rate_column
    canvas.put(row, 1, "learning rate η", Look.LABEL)
    cell = canvas.put(row, column, book.rate(run.run), Look.LINKED, Role.UPDATE, formula=book.inputs.cell(name))
    shipped = rate_text(book.lesson.learning_rates[run.run])
    edited = f"The learning rate was edited; the sheet keeps the name of {shipped}."
    value = "" if book.is_shipped(name) else edited
    canvas.put(row, column + 2, value, Look.NOTE, formula=f'IF({cell}={book.checks.shipped(name)},"","{edited}")')


def _state(canvas: Canvas, book: Book, run: RunLayout) -> None:
    """Say where the loss came from and went, or where the numbers grew too large for a spreadsheet."""
    loss = run.column_of[TotalLoss()]
    first, last = address(run.first_row, loss), address(run.last_row, loss)
    epochs = book.lesson.epochs
    diverged = book.trace.diverged_at(run.run)
    if diverged is None:
        ends = tuple(map(fixed_text, book.ends(run.run)))
        value = f"E_Total is {ends[0]} at epoch 0 and {ends[1]} at epoch {epochs}."
    else:
        value = f"The run diverged: numbers are too large for a spreadsheet from epoch {diverged} on."
    error = f'"The run diverged: numbers are too large for a spreadsheet from epoch "&COUNT({first}:{last})&" on."'
    sound = f'"E_Total is "&{fixed(first)}&" at epoch 0 and "&{fixed(last)}&" at epoch {epochs}."'
    formula = f"IF(COUNT({first}:{last})<{book.lesson.rows},{error},{sound})"
    canvas.put(run.state_row, 1, "what happened", Look.LABEL)
    canvas.put(run.state_row, run.rate_column, value, Look.BODY, formula=formula)


def _bands(canvas: Canvas, run: RunLayout) -> None:
    """Name each group of columns in words, so that the colours are never alone."""
    for (band, role), group in groupby(run.columns, key=lambda column: (band_of(column.quantity), _role(column))):
        columns = [run.column_of[column.quantity] for column in group]
        for column in columns:
            canvas.put(run.role_row, column, band if column == columns[0] else "", Look.LABEL, role)


def _role(column: Column) -> Role:
    return role_of(column.quantity)


def band_of(quantity: Quantity) -> str:
    """Return the name of the group of columns that a quantity stands in."""
    match quantity:
        case Epoch():
            return ""
        case Target():
            return "target"
        case Input():
            return "input"
        case Weight(layer):
            return f"weights into layer {layer}"
        case NetInput(layer) | Output(layer):
            return f"forward, layer {layer}"
        case Gradient(Weight()):
            return "gradients: how E_Total moves with each weight"
        case Gradient(NetInput(layer) | Output(layer)):
            return f"backward, layer {layer}: how E_Total moves with each unit"
        case _:
            return "loss"


def _links_to_inputs(canvas: Canvas, book: Book, run: RunLayout) -> None:
    canvas.put(run.given_row, 1, "Inputs", Look.LABEL)
    given = book.now.given(run.run)
    for column in run.columns:
        if not isinstance(column.quantity, Input | Target | Weight):
            continue
        source = Given(column.quantity)
        canvas.put(
            run.given_row,
            run.column_of[column.quantity],
            given[source],
            Look.LINKED,
            role_of(column.quantity),
            formula=book.inputs.given(source, run.run),
        )


def _filled(book: Book, run: RunLayout, column: Column, fill: Fill) -> Filled:
    spread = book.trace.spread(run.run, column.quantity)
    role = role_of(column.quantity)
    typed = isinstance(column.quantity, Input | Target | Epoch)
    number_format = "General" if typed else four_digits(spread)
    header = book.naming.name(column.quantity)
    is_epoch = isinstance(column.quantity, Epoch)
    first = None if column.first is None or is_epoch else fill_text(excel(column.first, run.here), run.first_row)
    return Filled(
        header=header,
        fill=fill,
        values=book.trace.column(run.run, column.quantity),
        style=Style(Look.NUMBER, role, number_format),
        first=first,
        constant_first=is_epoch,
        header_style=Style(Look.HEADER, role),
        width=7.5 if is_epoch else width_of(number_format, spread, header) if not typed else 8,
    )


def _chart(book: Book, run: RunLayout, anchor: str) -> Chart:
    end, step = epoch_axis(book.lesson.epochs)
    name = f"{run.name}: E_Total at {every(book.curves.stride)}"
    # a long run's curve is drawn from the fewer points of Loss curves
    whole = book.curves.stride == 1
    series = Series(
        name=run.elsewhere(address(run.header_row, run.column_of[TotalLoss()], fixed=True)),
        name_text="E_Total",
        x=run.range(Epoch()) if whole else book.curves.epoch_range(),
        x_values=np.array(book.curves.epochs, dtype=np.float64),
        y=run.range(TotalLoss()) if whole else book.curves.curve(run.run),
        y_values=book.curve(run.run),
    )
    return Chart(
        anchor=anchor,
        width=620,
        height=340,
        title=name,
        x_title="epoch",
        y_title="E_Total",
        series=(series,),
        alt_text=f"{name}. {_gist(*book.ends(run.run))}",
        x_max=end,
        x_step=step,
        legend=False,
    )


def _gist(start: float, end: float) -> str:
    return f"From {fixed_text(start)} at epoch 0 to {fixed_text(end)} at the end."
