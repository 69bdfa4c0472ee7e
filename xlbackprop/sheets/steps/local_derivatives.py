"""The table of all local derivatives (∂h1/∂w1) of the network in the chosen row; the paths' lines look them up."""

from __future__ import annotations

from collections.abc import Iterator

from xlbackprop.sheets.derivation.words import pieces, with_numbers
from xlbackprop.sheets.steps.chosen_row import Row
from xlbackprop.sheets.steps.paths import Plan
from xlbackprop.workbook import Live, Look, Role, cells, element, math_text

# The columns, counted from 1; the first four are those of a line of mathematics.
TEXT, OPERAND = 5, 6
_HEADERS = ("derivative", "rule", "with numbers", "value", "as text", "in a product")


class Library:
    """The table of all local derivatives that a plan of paths uses, from which one of them can be looked up."""

    def __init__(self, shown: Row, plan: Plan) -> None:
        self.shown = shown
        self.places = shown.places
        self.plan = plan
        self._columns = [*self._put()]

    def _put(self) -> Iterator[Live]:
        """Put the table; yield its columns."""
        canvas, places, name = self.shown.canvas, self.places, self.shown.naming.name
        top = places.header_row
        canvas.put(top - 1, places.library, "Every local derivative of the network, in this row", Look.STRONG)
        for column, header in enumerate(_HEADERS, start=1):
            canvas.put(top, self._column(column), header, Look.HEADER)
        rows = range(top + 1, top + 1 + len(self.plan.factors))
        for row, (up, down, rule) in zip(rows, self.plan.factors, strict=True):
            derivative = f"∂{name(up)}/∂{name(down)}"
            canvas.put(row, self._column(places.symbol), derivative, Look.LABEL, Role.GRADIENT)
            canvas.put(row, self._column(places.rule), f"= {math_text(rule, name)}", Look.MATH)
            numbers = with_numbers(pieces(rule), self.shown.text, self.shown.operand)
            canvas.claim(canvas.put(row, self._column(places.numbers), numbers), self.shown.by_names(pieces(rule)))
            number = self.shown.computed(rule)
            cell = canvas.put(row, self._column(places.value), number, Look.NUMBER, Role.GRADIENT)
            self.shown.spelled(row, self._column(TEXT), cell)
        for column in range(places.library, places.library + len(_HEADERS)):
            values = [canvas.cells[row, column].value for row in rows]
            yield cells(f"{places.cell(rows[0], column)}:{places.cell(rows[-1], column)}", values)

    def _column(self, column: int) -> int:
        return self.places.library + column - 1

    def of(self, column: int, line: Live) -> Live:
        """Return what a column here has for a derivative; the cell `line` holds its number, from 1."""
        return element(self._columns[column - 1], line)
