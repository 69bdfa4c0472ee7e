"""The right half of a sheet `Step by step`: the network over live cells, and below it the loss curves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from math import isqrt

import numpy as np

from xlbackprop.lesson import shape
from xlbackprop.network import Quantity, UnitLoss, Weight, instead_of_slopes
from xlbackprop.sheets.canvas import Canvas
from xlbackprop.sheets.curves import sheet as loss_curves
from xlbackprop.sheets.derivation.drawing import NetworkDrawing
from xlbackprop.sheets.derivation.own_names import list_of_names
from xlbackprop.sheets.steps.choice import Choice
from xlbackprop.sheets.steps.chosen_row import Row
from xlbackprop.workbook import (
    Chart,
    ColourScale,
    ErrorValue,
    Flag,
    Live,
    Look,
    Outline,
    Role,
    Series,
    address,
    cells,
    element,
    larger,
    largest,
    quoted,
    smaller,
    smallest,
    whole,
)

_POINTS_A_ROW, _PIXELS_A_POINT = 15.0, 4 / 3
_PIXELS_A_CHARACTER = 7.3
_PIXELS_OF_A_LETTER = 5.2  # of a note
_CHART_WIDTHS, _CHART_HEIGHT = (480, 700), 240
_LEAST_SIDE, _PIXEL = 3, "0.##"  # of a picture


class Pictures:
    """The pictures while they are put one below the other; `row` is the next free row.

    `build` fills `charts`, `outlines`, `flags`, `scales` and `widths`, which the sheet takes from here.
    """

    def __init__(self, canvas: Canvas, shown: Row, choice: Choice) -> None:
        self.canvas = canvas
        self.shown = shown
        self.choice = choice
        self.places = shown.places
        self.row = self.places.first_row
        self.charts: tuple[Chart, ...] = ()
        self.outlines: tuple[Outline, ...] = ()
        self.flags: tuple[Flag, ...] = ()
        self.scales: tuple[ColourScale, ...] = ()
        self.widths: dict[int, float] = {}
        self.told_of_workings = ""  # the cell that leads to them, on a screen

    def build(self) -> None:
        """Put all parts, one below the other."""
        self._heading("The network at this step")
        width = _CHART_WIDTHS[0] / _PIXELS_OF_A_LETTER
        for line in list_of_names(self.shown.book.lesson, self.shown.run.index, width):
            self._note(line)
        if self.places.is_drawn:
            self._network()
        else:
            text = f"A network of {shape(self.shown.naming.sizes)} units is too large to be drawn and written out here."
            self._note(text)
            self.told_of_workings = address(self.row, self.places.right)
            self._note("The table of workings, right of this, has every number of the chosen row.")
            self._pixels()
        self.row += 1
        self._heading("Where this step stands")
        self._loss()

    def _heading(self, text: str) -> None:
        for column in range(self.places.right, self.places.last_network_column + 1):
            self.canvas.put(self.row, column, text if column == self.places.right else "", Look.HEADING)
        self.row += 1

    def _note(self, text: str) -> None:
        self.canvas.put(self.row, self.places.right, text, Look.NOTE)
        self.row += 1

    def _leave(self, pixels: float) -> None:
        """Leave as many rows free as a picture of this height covers; some are higher, for the lines at the left."""
        while pixels > 0:
            pixels -= self.canvas.heights.get(self.row, _POINTS_A_ROW) * _PIXELS_A_POINT
            self.row += 1

    def _network(self) -> None:
        orange = "∂E_Total/∂ of" if instead_of_slopes(self.shown.recipe) else "how E_Total moves with"
        self._note(f"Blue: chosen. Violet: its paths. Orange: {orange} what is above.")
        corner = self.row + 1, self.places.right
        naming, text = self.shown.naming, self.shown.text
        drawing = NetworkDrawing(naming, *corner, self._number, text, self._named, gradients=True)
        drawing.put(self.canvas)
        self.outlines = drawing.outlines()
        self.flags = tuple(self._standing_out(drawing))
        self.widths = drawing.widths()
        self.row = drawing.top + drawing.rows

    def _pixels(self) -> None:
        """Put the inputs of the chosen row as a picture of tinted cells, where they may be the pixels of a square."""
        inputs, places = self.shown.naming.inputs(), self.places
        side = isqrt(len(inputs))
        if side**2 != len(inputs) or not _LEAST_SIDE <= side <= places.network_columns:
            return
        self.row += 1
        self._heading("The inputs as a picture, row by row")
        pixels = []
        for place, given in enumerate(inputs):
            at, told = (self.row + place // side, places.right + place % side), self.shown.shown(given).number
            pixels.append(self.canvas.put(*at, told, Look.NUMBER, number_format=_PIXEL, align="center", shrink=True))
            self.canvas.claim(pixels[-1], self.shown.named(self.shown.naming.name(given)).number)
        area = f"{pixels[0]}:{pixels[-1]}"
        column = places.workings + 6
        self.canvas.put(places.state_row, column, "largest input", Look.LABEL)
        values = cells(area, [pixel.value for pixel in pixels])
        limit = self.canvas.put(places.state_row, column + 1, larger(largest(values), -smallest(values)), Look.NUMBER)
        self.scales = (ColourScale(area.replace("$", ""), limit.formula),)
        self.widths = dict.fromkeys(range(places.right, places.right + side), 5.0)
        self.row += side

    def _number(self, quantity: Quantity) -> Live | None:
        return self.shown.shown(quantity).number if self.shown.has(quantity) else None

    def _named(self, name: Live) -> tuple[Live, Live]:
        found = self.shown.named(name.value)
        return found.number, found.text

    def _standing_out(self, drawing: NetworkDrawing) -> Iterator[Flag]:
        """Yield the colours of what is chosen, and of all that lies on a path from it to the loss."""
        of_chosen, unit_of_chosen = self.choice.layer, self.choice.unit
        numbers = {of: number for number, of in enumerate(self.choice.trained, start=1)}

        def follows(layer: int, unit: int) -> str:
            """Return whether the chosen parameter feeds this unit, or one of a layer before it."""
            fed = f"OR({unit_of_chosen}=0,{unit_of_chosen}={unit + 1})"
            return f"OR({of_chosen}<{layer},AND({of_chosen}={layer},{fed}))"

        for place in drawing.losses():
            match place.quantity:
                case UnitLoss(unit=unit):
                    way = follows(self.shown.naming.depth, unit)
                case _:
                    way = f"{of_chosen}>0"
            yield Flag(drawing.cells(place), way, "path")
        units = [(layer, unit) for layer in self.shown.naming.layers() for unit in self.shown.naming.units(layer)]
        for here, each in units:
            first, last = drawing.nodes(here, each)
            # one range, as some programs save two
            both = f"{drawing.cells(first).partition(':')[0]}:{drawing.cells(last).rpartition(':')[2]}"
            yield Flag(both, follows(here, each), "path")
            for place in drawing.ports(here, each):
                if place.quantity in numbers:
                    yield Flag(drawing.cells(place), f"{self.choice.number}={numbers[place.quantity]}", "chosen")
                if isinstance(place.quantity, Weight) and here > 1:
                    yield Flag(drawing.cells(place), follows(here - 1, place.quantity.source), "path")

    def _loss(self) -> None:
        """Put the loss curves with the dot of the chosen step."""
        narrow, wide = _CHART_WIDTHS
        width = int(max(narrow, min(wide, sum(self.widths.values()) * _PIXELS_A_CHARACTER)))
        anchor = address(self.row, self.places.right)
        self.charts = (_loss_chart(self.canvas, self.shown, anchor, width, _CHART_HEIGHT),)
        self._leave(_CHART_HEIGHT)


def _loss_chart(canvas: Canvas, shown: Row, anchor: str, width: int, height: int) -> Chart:
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
