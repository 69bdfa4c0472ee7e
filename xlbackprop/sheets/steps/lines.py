"""The lines of the forward and the backward pass: symbol, rule, rule with numbers, value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    instead_of_slopes,
)
from xlbackprop.sheets.canvas import Canvas, role_of
from xlbackprop.sheets.derivation.own_names import beside
from xlbackprop.sheets.derivation.words import Pieces, in_rows, named, pieces, widest, with_numbers
from xlbackprop.sheets.steps.chosen_row import Row
from xlbackprop.sheets.steps.places import StepLayout
from xlbackprop.taught import Column, backward, textbook_loss
from xlbackprop.workbook import Live, Look

# In characters: beside columns of these widths a small network is seen at once in a window of 1366 pixels.
WIDTHS = {StepLayout.symbol: 11.5, StepLayout.rule: 23.5, StepLayout.numbers: 26.0, StepLayout.value: 9.5}
_WIDEST, _WIDEST_ALONE = (26.0, 31.5), (36.0, 50.0)  # beside a drawn network, and where none is drawn
_OF_A_DIGIT = 0.8  # as wide is a letter of mathematics on average
_SHRUNK = 1.15  # so many times as many letters are made to fit by smaller ones


class StepLines:
    """The left part of a sheet `Step by step`, line below line; `row` is the next free row."""

    def __init__(self, canvas: Canvas, shown: Row) -> None:
        self.canvas = canvas
        self.shown = shown
        self.places = shown.places
        self.row = self.places.first_row
        self.blocks = 0
        self.widths = dict(WIDTHS)

    def make_room_for(self, characters: int) -> None:
        """Make the first column wide enough for a name of so many characters."""
        self.widths[self.places.symbol] = max(self.widths[self.places.symbol], 0.95 * characters)

    def heading(self, text: str | Live, note: str) -> None:
        """Put the heading of a numbered block, and below it a note that explains the block."""
        if self.row > self.places.first_row:
            self.row += 1
        self.blocks += 1
        number = f"{self.blocks}. "
        told = number + text if isinstance(text, str) else number & text
        there = self.canvas.put(self.row, self.places.symbol, told, Look.HEADING)
        if isinstance(told, Live):
            self.canvas.claim(there, told)
        for column in (self.places.rule, self.places.numbers, self.places.value):
            self.canvas.put(self.row, column, "", Look.HEADING)
        self.row += 1
        self.canvas.put(self.row, self.places.symbol, note, Look.NOTE)
        self.row += 1

    def passes(self) -> None:
        """Put the lines of the forward pass and, where the network is drawn, of ∂E/∂out, ∂E/∂net and ∂E/∂i."""
        forward, back = [*self._forward()], [*self._backward()]
        self._make_room_for_rules([pieces(column.formula) for column in (*forward, *back)])
        losses = [column for column in forward if isinstance(column.quantity, UnitLoss | TotalLoss | Correct)]
        self.heading("Forward", "rule, the same with the numbers of this row, and what comes out")
        for column in forward:
            if column not in losses:
                self._line(column)
        twice = textbook_loss(self.shown.recipe, UnitLoss(0)) is not None
        forms = "; first as a textbook writes it, then as it is computed" if twice else ""
        self.heading("The loss", f"how far the outputs are from their targets{forms}")
        for column in losses:
            self._line(column)
        if back:
            meaning = instead_of_slopes(self.shown.recipe) or "how E_Total moves with x; each comes from those above it"
            self.heading("Backward, unit by unit", f"∂E/∂x: {meaning}")
        for column in back:
            self._line(column)

    def _backward(self) -> Iterator[Column]:
        """Yield the columns of ∂E/∂out, ∂E/∂net and ∂E/∂i, of a network that is drawn."""
        recipe = replace(self.shown.recipe, expanded=False, input_gradients=True)
        for column in backward(recipe) if self.places.is_drawn else ():
            if isinstance(column.quantity, Gradient) and not isinstance(column.quantity.of, Parameter):
                yield column

    def _make_room_for_rules(self, rules: list[Pieces]) -> None:
        """Make the columns as wide as the longest rule needs, but not too wide: still longer ones take more rows."""
        columns = (self.places.rule, self.places.numbers)
        limits = _WIDEST if self.places.is_drawn else _WIDEST_ALONE
        for column, most, letters in zip(columns, limits, widest(rules, self.shown.naming.name), strict=True):
            self.widths[column] = max(self.widths[column], min(most, _OF_A_DIGIT * letters))

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
        shown, quantity, row = self.shown, column.quantity, self.row
        textbook = textbook_loss(shown.recipe, quantity) if isinstance(quantity, UnitLoss) else None
        rules = [column.formula] if textbook is None else [textbook, column.formula]
        fetched = shown.has(quantity)
        number = shown.shown(quantity).number if fetched else shown.computed(column.formula)
        there = self._put(quantity, rules, number)
        if fetched:
            self.canvas.claim(there, shown.named(str(self.canvas.cells[row, self.places.symbol].value)).number)
        else:
            shown.keep(quantity, shown.spelled(row, self.places.beside, there))

    def _put(self, quantity: Quantity, rules: Sequence[Expression], number: Live) -> Live:
        """Put the line of a quantity: its rules, one below the other, also with numbers, and its number.

        The cell of the number is returned.
        """
        canvas, places, naming = self.canvas, self.places, self.shown.naming
        name, role = naming.name(quantity), role_of(quantity, naming)
        self.make_room_for(len(name))
        canvas.put(self.row, places.symbol, name, Look.LABEL, role)
        there = canvas.put(self.row, places.value, number, Look.NUMBER, role)
        first, *others = rules
        self._rows(first, self.shown.book.lesson.own_name(quantity, self.shown.run.index))
        for rule in others:
            self._rows(rule)
        return there

    def _rows(self, rule: Expression, own: str = "") -> None:
        """Put a rule after the own name of what it computes, and beside it the rule with numbers, row by row."""
        canvas, places, naming = self.canvas, self.places, self.shown.naming
        room = [self.widths[column] / _OF_A_DIGIT for column in (places.rule, places.numbers)]
        rows = in_rows(pieces(rule), naming.name, *room, shrunk=_SHRUNK)
        texts = beside(own, [named(told, naming.name) for told in rows], room[0])
        if len(texts) > len(rows):
            canvas.put(self.row, places.rule, texts.pop(0), Look.MATH)
            self.row += 1
        for told, text in zip(rows, texts, strict=True):
            canvas.put(self.row, places.rule, text, Look.MATH, shrink=True)
            numbers = with_numbers(told, self.shown.text, self.shown.operand)
            canvas.claim(canvas.put(self.row, places.numbers, numbers, shrink=True), self.shown.by_names(told))
            self.row += 1
