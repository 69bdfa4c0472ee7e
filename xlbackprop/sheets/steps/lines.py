"""The lines of the forward and the backward pass: symbol, rule, rule with numbers, value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from xlbackprop.network import (
    Correct,
    Exponential,
    ExponentialSum,
    Expression,
    Gradient,
    Highest,
    NetInput,
    Output,
    Parameter,
    Quantity,
    TotalLoss,
    UnitLoss,
)
from xlbackprop.sheets.canvas import Canvas, lines_of, role_of
from xlbackprop.sheets.steps.chosen_row import Row
from xlbackprop.sheets.steps.places import StepLayout
from xlbackprop.sheets.steps.words import Text, constant, with_numbers
from xlbackprop.taught import Column, backward
from xlbackprop.workbook import Look, Role, excel, math_text

WIDTHS = {StepLayout.symbol: 15.0, StepLayout.rule: 34.0, StepLayout.numbers: 44.0, StepLayout.value: 12.0}
HEADING_HEIGHT = 3  # a gap, the heading, its note
_LONGEST_NUMBER = 8  # most have about so many characters; (-0.0003873) has more
_SHRUNK = 12  # so many characters more are made to fit by smaller letters


class StepLines:
    """The left part of a sheet `Step by step`, line below line; `row` is the next free row."""

    def __init__(self, canvas: Canvas, shown: Row) -> None:
        self.canvas = canvas
        self.shown = shown
        self.places = shown.places
        self.row = self.places.first_row
        self.widths = dict(WIDTHS)

    def make_room_for(self, characters: int) -> None:
        """Make the first column wide enough for a name of so many characters."""
        self.widths[self.places.symbol] = max(self.widths[self.places.symbol], characters + 1.0)

    def heading(self, text: Text, note: str) -> None:
        """Put the heading of a part, and below it a note that explains the part."""
        if self.row > self.places.first_row:
            self.row += 1
        self.canvas.put(self.row, self.places.symbol, text.value, Look.HEADING, formula=text.formula_if_live)
        for column in (self.places.rule, self.places.numbers, self.places.value):
            self.canvas.put(self.row, column, "", Look.HEADING)
        self.row += 1
        self.canvas.put(self.row, self.places.symbol, note, Look.NOTE)
        self.row += 1

    def passes(self) -> None:
        """Put the lines of the forward pass and, where the network is drawn, of ∂E/∂out, ∂E/∂net and ∂E/∂i."""
        self.heading(constant("Forward"), "rule, the same with the numbers of this row, and what comes out")
        for column in self._forward():
            self._line(column)
        if not self.places.is_drawn:
            return
        self.heading(
            constant("Backward, unit by unit"),
            "how E_Total moves with each number; each comes from those above it",
        )
        recipe = replace(self.shown.recipe, expanded=False, input_gradients=True)
        for column in backward(recipe):
            if isinstance(column.quantity, Gradient) and not isinstance(column.quantity.of, Parameter):
                self._line(column)

    def _forward(self) -> Iterator[Column]:
        """Yield the columns of the forward pass; of a network that is not drawn its outputs and losses only."""
        kinds: tuple[type, ...] = (NetInput, Output, Highest, Exponential, ExponentialSum, UnitLoss, TotalLoss, Correct)
        for column in self.shown.run.columns:
            quantity = column.quantity
            if isinstance(quantity, kinds) and (self.places.is_drawn or self._is_last(quantity)):
                yield column

    def _is_last(self, quantity: Quantity) -> bool:
        return getattr(quantity, "layer", self.places.naming.depth) == self.places.naming.depth

    def _line(self, column: Column) -> None:
        shown, places, quantity = self.shown, self.places, column.quantity
        name, value = shown.naming.name(quantity), shown.number(quantity)
        fetched = shown.has(quantity)
        formula = shown.shown(quantity).cell if fetched else self._computed(column.formula)
        self._put(name, column.formula, formula, value, role_of(quantity, self.places.naming))
        if not fetched:
            here = places.cell(self.row - 1, places.value)
            shown.keep(quantity, shown.spelled(self.row - 1, places.beside, here, value))

    def _computed(self, formula: Expression) -> str:
        return "".join(map(str, excel(formula, lambda ref: (self.shown.shown(ref.quantity).cell,))))

    def _put(self, name: str, rule: Expression, formula: str, value: float, role: Role) -> None:
        """Put a line: its rule, the rule with numbers, and the number that `formula` gives."""
        canvas, places = self.canvas, self.places
        mathematics = f"= {math_text(rule, self.shown.naming.name)}"
        numbers = with_numbers(rule, self.shown.text, self.shown.operand)
        canvas.put(self.row, places.symbol, name, Look.LABEL, role)
        self.make_room_for(len(name))
        wraps = max(lines_of(mathematics, WIDTHS[places.rule] + _SHRUNK / 2), self._lines_of_numbers(rule))
        canvas.put(self.row, places.rule, mathematics, Look.MATH, wrap=wraps > 1, shrink=wraps == 1)
        canvas.put(self.row, places.numbers, numbers.value, formula=numbers.formula, wrap=wraps > 1, shrink=wraps == 1)
        canvas.put(self.row, places.value, value, Look.NUMBER, role, formula=formula)
        if wraps > 1:
            canvas.heights[self.row] = 15.0 * wraps + 1
        self.row += 1

    def _lines_of_numbers(self, rule: Expression) -> int:
        """Return how many lines the text of the rule with numbers takes, whatever the numbers are."""
        return lines_of(
            math_text(rule, lambda _: "0" * _LONGEST_NUMBER).replace("·", " × "),
            WIDTHS[self.places.numbers] + _SHRUNK,
        )
