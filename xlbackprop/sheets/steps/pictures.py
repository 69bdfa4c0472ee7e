"""The right half of a sheet `Step by step`: the network as a drawing and in cells, and below it the loss curves."""

from __future__ import annotations

from xlbackprop.lesson import shape
from xlbackprop.sheets.canvas import Canvas
from xlbackprop.sheets.steps.chosen_row import Row
from xlbackprop.sheets.steps.loss_chart import loss_chart
from xlbackprop.sheets.steps.network_cells import NetworkInCells
from xlbackprop.sheets.steps.network_drawing import NetworkDrawing
from xlbackprop.workbook import Chart, ColourScale, Diagram, Look, address

_POINTS_A_ROW, _PIXELS_A_POINT = 15.0, 4 / 3
_PIXELS_A_CHARACTER = 7
_CHART_WIDTHS, _CHART_HEIGHT = (560, 900), 300


class Pictures:
    """The pictures while they are put one below the other; `row` is the next free row.

    `build` fills `diagrams`, `charts`, `scales` and `widths`, which the sheet takes from here.
    """

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
        """Leave as many rows free as a picture of this height covers; some are higher, for the lines at the left."""
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
            "In Excel and OnlyOffice the drawing follows your choice; elsewhere it stays, and the cells below follow."
        )
        self.row += 1
        self._heading("The same network in cells")
        self._note("Layer by layer from left to right. Blue is negative, orange positive, the stronger the larger.")
        self.row = in_cells.put(self.row)
        self.scales = in_cells.scales()

    def _loss(self) -> None:
        """Put the loss curves with the dot of the chosen step."""
        narrow, wide = _CHART_WIDTHS
        width = int(max(narrow, min(wide, sum(self.widths.values()) * _PIXELS_A_CHARACTER)))
        anchor = address(self.row, self.places.right)
        self.charts = (loss_chart(self.canvas, self.shown, anchor, width, _CHART_HEIGHT),)
        self._leave(_CHART_HEIGHT)
