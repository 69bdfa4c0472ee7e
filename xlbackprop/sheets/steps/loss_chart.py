"""The loss curves on a sheet `Step by step`, with a dot on the curve at the chosen run and epoch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from xlbackprop.sheets.canvas import Canvas
from xlbackprop.sheets.curves import sheet as loss_curves
from xlbackprop.sheets.steps.chosen_row import Row
from xlbackprop.workbook import Chart, Look, Role, Series, address, quoted


def loss_chart(canvas: Canvas, shown: Row, anchor: str, width: int, height: int) -> Chart:
    """Return the chart, `width` by `height` pixels at the cell `anchor`; the dot's numbers are put on the canvas."""
    chart = loss_curves.comparison(shown.book, anchor, width, height)
    return replace(
        chart,
        series=(*chart.series, _dot(canvas, shown)),
        title=f"{chart.title}, and the chosen step",
        alt_text=f"{chart.alt_text} A dot marks {shown.run.name} at epoch {shown.epoch}.",
    )


def _dot(canvas: Canvas, shown: Row) -> Series:
    """Put epoch and loss of the chosen step into the workings; return them as a curve of one point."""
    places, curves = shown.places, shown.book.curves
    column, top = places.workings + 6, places.state_row + 4
    recipe, last = shown.recipe, shown.recipe.epochs
    epoch = f"MIN({last},INT(({places.row_number}-1)/{recipe.examples}))"
    index = recipe.row_of(shown.epoch + 1) - 1
    run, divisor = shown.run, curves.divisor(shown.run)
    loss = float(shown.book.trace.number(curves.quantity(run), run.index, index)) / divisor
    canvas.put(top - 1, column, "the dot on the curves", Look.LABEL)
    canvas.put(top - 1, column + 1, "this step", Look.LABEL, Role.LOSS)
    canvas.put(top, column, "its epoch", Look.LABEL)
    x = canvas.put(top, column + 1, shown.epoch, Look.NUMBER, formula=epoch)
    canvas.put(top + 1, column, "its loss", Look.LABEL)
    losses = [f"INDEX({run.range(curves.quantity(run))},({x}+1)*{recipe.examples})" for run in places.runs]
    formula = shown.of_run(losses) + f"/{divisor}" * (divisor > 1)
    y = canvas.put(top + 1, column + 1, loss, Look.LINKED, Role.LOSS, formula=formula)
    sheet = f"{quoted(places.name)}!"
    name = address(top - 1, column + 1, fixed=True)
    return Series(
        name=sheet + name,
        name_text="this step",
        x=sheet + x,
        x_values=np.array([float(shown.epoch)]),
        y=sheet + y,
        y_values=np.array([loss]),
        marked=True,
    )
