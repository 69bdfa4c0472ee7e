"""The table of all local derivatives (∂h1/∂w1) of the network in the chosen row; the paths' lines look them up."""

from __future__ import annotations

import numpy as np

from xlbackprop.network import evaluate
from xlbackprop.sheets.steps.chosen_row import Row
from xlbackprop.sheets.steps.paths import Plan
from xlbackprop.sheets.steps.words import with_numbers
from xlbackprop.workbook import Look, Role, Value, element, excel, math_text

# The columns, counted from 1; the first four are those of a line of mathematics.
TEXT, OPERAND = 5, 6
_HEADERS = ("derivative", "rule", "with numbers", "value", "as text", "in a product")


class Library:
    """The table of all local derivatives that a plan of paths uses, and formulas that look one of them up.

    `values` and `operands` hold their numbers and the texts of these, in the order of `plan.factors`.
    """

    def __init__(self, shown: Row, plan: Plan) -> None:
        self.shown = shown
        self.places = shown.places
        self.plan = plan
        self.values: list[float] = []
        self.operands: list[Value] = []
        self._put()

    def _put(self) -> None:
        canvas, places, name = self.shown.canvas, self.places, self.shown.naming.name
        top = places.header_row
        canvas.put(top - 1, places.library, "Every local derivative of the network, in this row", Look.HEADING)
        for column, header in enumerate(_HEADERS, start=1):
            canvas.put(top, self._column(column), header, Look.HEADER)
        for row, (up, down, rule) in enumerate(self.plan.factors, start=top + 1):
            numbers = with_numbers(rule, self.shown.text, self.shown.operand)
            formula = "".join(map(str, excel(rule, lambda ref: (self.shown.shown(ref.quantity).cell,))))
            value = float(evaluate(rule, lambda ref: np.asarray(self.shown.number(ref.quantity))))
            derivative = f"∂{name(up)}/∂{name(down)}"
            canvas.put(row, self._column(places.symbol), derivative, Look.LABEL, Role.GRADIENT)
            canvas.put(row, self._column(places.rule), f"= {math_text(rule, name)}", Look.MATH)
            canvas.put(row, self._column(places.numbers), numbers.value, formula=numbers.formula)
            cell = canvas.put(row, self._column(places.value), value, Look.NUMBER, Role.GRADIENT, formula=formula)
            self.shown.spelled(row, self._column(TEXT), cell, value)
            self.values.append(value)
            self.operands.append(canvas.cells[row, self._column(OPERAND)].value)

    def _column(self, column: int) -> int:
        return self.places.library + column - 1

    def of(self, column: int, line: str) -> str:
        """Return the formula that looks up a column here; the cell `line` holds the derivative's number, from 1."""
        top = self.places.header_row
        first, last = (self.places.cell(top + row, self._column(column)) for row in (1, len(self.plan.factors)))
        return element(first, last, line)

    def cell_value(self, column: int, number: int) -> Value:
        """Return the value in a column of this table for the derivative of this number, counted from 1."""
        return self.shown.canvas.cells[self.places.header_row + number, self._column(column)].value
