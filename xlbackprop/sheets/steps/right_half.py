"""The right half of a sheet: the network as a drawing and in cells, and where the step stands on the loss curves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from xlbackprop.lesson import shape
from xlbackprop.sheets.canvas import Canvas
from xlbackprop.sheets.curves import sheet as loss_curves
from xlbackprop.sheets.steps.drawing import NetworkDrawing
from xlbackprop.sheets.steps.network import NetworkInCells
from xlbackprop.sheets.steps.row import Row
from xlbackprop.workbook import Chart, ColourScale, Diagram, Look, Role, Series, address, quoted

_POINTS_A_ROW, _PIXELS_A_POINT = 15.0, 4 / 3
_PIXELS_A_CHARACTER = 7
_CHART_WIDTHS, _CHART_HEIGHT = (560, 900), 300


class RightHalf:
    """What stands there, and what the sheet must know of it; `row` is the row below all."""

    def __init__(self, canvas: Canvas, shown: Row) -> None:
        self.canvas = canvas
        self.shown = shown
        self.places = shown.places
        self.row = self.places.first_row
        self.diagrams: tuple[Diagram, ...] = ()
        self.charts: tuple[Chart, ...] = ()
        self.scales: tuple[ColourScale, ...] = ()
        self.widths: dict[int, float] = {}

    def build(self) -> None:
        """Put all parts, one below the other."""
        self._heading("The network at this step")
        if self.places.is_drawn:
            self._network()
        else:
            text = f"A network of {shape(self.shown.naming.sizes)} units is too large to be drawn and written out here."
            self._note(text)
            self._note("The table of workings, right of this, has every number of the chosen row.")
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
        """Leave as many rows as something of this height covers; some are higher, for the lines at the left."""
        while pixels > 0:
            pixels -= self.canvas.heights.get(self.row, _POINTS_A_ROW) * _PIXELS_A_POINT
            self.row += 1
        self.row += 1

    def _network(self) -> None:
        """Put the drawing, and the same figures in cells."""
        in_cells = NetworkInCells(self.canvas, self.shown)
        self.widths = in_cells.widths()
        width = sum(self.widths.values()) * _PIXELS_A_CHARACTER
        diagram = NetworkDrawing(self.shown).diagram(address(self.row, self.places.right), width)
        self.diagrams = (diagram,)
        self._leave(diagram.height)
        self._note(
            "Under a node: its value, and ∂E/∂ of it. At the end of an arrow: the weight, its value, ∂E/∂ of it."
        )
        self._note(
            "In Excel the drawing follows what you choose; elsewhere it stays as it came, and the cells below follow."
        )
        self.row += 1
        self._heading("The same network in cells")
        self._note("Layer by layer from left to right. Blue is negative, orange positive, the stronger the larger.")
        self.row = in_cells.put(self.row)
        self.scales = in_cells.scales()

    def _loss(self) -> None:
        """Put the loss curves, and on them the point of the chosen run and epoch."""
        point = self._point()
        narrow, wide = _CHART_WIDTHS
        width = int(max(narrow, min(wide, sum(self.widths.values()) * _PIXELS_A_CHARACTER)))
        chart = loss_curves.comparison(self.shown.book, address(self.row, self.places.right), width, _CHART_HEIGHT)
        where = f"{self.shown.run.name} at epoch {self.shown.epoch}"
        marked = replace(
            chart,
            series=(*chart.series, point),
            title=f"{chart.title}, and the chosen step",
            alt_text=f"{chart.alt_text} A dot marks {where}.",
        )
        self.charts = (marked,)
        self._leave(_CHART_HEIGHT)

    def _point(self) -> Series:
        """Put where the dot stands, and return it as a curve of one point."""
        places, shown, curves = self.places, self.shown, self.shown.book.curves
        column, top = places.workings + 6, places.state_row + 4
        recipe, last = shown.recipe, shown.recipe.epochs
        epoch = f"MIN({last},INT(({places.row_number}-1)/{recipe.examples}))"
        losses = shown.of_run([run.range(curves.quantity(run)) for run in places.runs])
        index = recipe.row_of(shown.epoch + 1) - 1
        run, divisor = shown.run, curves.divisor(shown.run)
        loss = float(shown.book.trace.number(curves.quantity(run), run.index, index)) / divisor
        self.canvas.put(top - 1, column, "the dot on the curves", Look.LABEL)
        self.canvas.put(top - 1, column + 1, "this step", Look.LABEL, Role.LOSS)
        self.canvas.put(top, column, "its epoch", Look.LABEL)
        x = self.canvas.put(top, column + 1, shown.epoch, Look.NUMBER, formula=epoch)
        self.canvas.put(top + 1, column, "its loss", Look.LABEL)
        formula = f"INDEX({losses},({x}+1)*{recipe.examples})" + f"/{divisor}" * (divisor > 1)
        y = self.canvas.put(top + 1, column + 1, loss, Look.LINKED, Role.LOSS, formula=formula)
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
