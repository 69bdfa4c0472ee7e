"""The loss curves on a sheet `Step by step`, with a dot on the curve at the chosen run and epoch."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from xlbackprop.sheets.canvas import Canvas
from xlbackprop.sheets.curves import sheet as loss_curves
from xlbackprop.sheets.steps.chosen_row import Row
from xlbackprop.workbook import Chart, ErrorValue, Look, Role, Series, address, element, quoted, smaller, whole


def loss_chart(canvas: Canvas, shown: Row, anchor: str, width: int, height: int) -> Chart:
    """Return the chart, `width` by `height` pixels at the cell `anchor`; the dot's numbers are put on the canvas."""
    chart = loss_curves.comparison(shown.book, anchor, width, height)
    return replace(
        chart,
        series=(*chart.series, _dot(canvas, shown)),
        title=f"{chart.title}, and the chosen step",
        alt_text=f"{chart.alt_text} A dot marks {shown.run.name} at epoch {shown.epoch.value}.",
    )


def _dot(canvas: Canvas, shown: Row) -> Series:
    """Put epoch and loss of the chosen step into the workings; return them as a curve of one point."""
    places, curves = shown.places, shown.book.curves
    column, top = places.workings + 6, places.state_row + 4
    recipe = shown.recipe
    epoch = smaller(recipe.epochs, whole((shown.row_number - 1) / recipe.examples))
    canvas.put(top - 1, column, "the dot on the curves", Look.LABEL)
    canvas.put(top - 1, column + 1, "this step", Look.LABEL, Role.LOSS)
    canvas.put(top, column, "its epoch", Look.LABEL)
    x = canvas.put(top, column + 1, epoch, Look.NUMBER)
    canvas.put(top + 1, column, "its loss", Look.LABEL)
    last_row = (x + 1) * recipe.examples
    loss = shown.of_run([element(shown.book.column(run, curves.quantity(run)), last_row) for run in places.runs])
    divisor = curves.divisor(shown.run)
    y = canvas.put(top + 1, column + 1, loss / divisor if divisor > 1 else loss, Look.LINKED, Role.LOSS)
    sheet = f"{quoted(places.name)}!"
    name = address(top - 1, column + 1, fixed=True)
    return Series(
        name=sheet + name,
        name_text="this step",
        x=f"{sheet}{x}",
        x_values=np.array([float(x.value)]),
        y=f"{sheet}{y}",
        y_values=np.array([math.nan if isinstance(y.value, ErrorValue) else y.value]),
        marked=True,
    )
