"""The chosen row of a sheet `Step by step`: its numbers, and the cells that hold them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from xlbackprop.network import WEIGHT_DECAY, Constant, Expression, Given, Parameter, Quantity
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas
from xlbackprop.sheets.derivation.words import Pieces, with_numbers
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.sheets.steps.places import StepLayout
from xlbackprop.workbook import (
    Filled,
    Live,
    Look,
    Style,
    Table,
    cell,
    cells,
    choose,
    column_letters,
    element,
    filled_down,
    larger,
    live,
    operand,
    position,
    rule,
    short,
    smaller,
    unless_error,
    when,
    whole,
)

DECAY = Given(Constant(WEIGHT_DECAY.name))


class NumberCells(NamedTuple):
    """A number of the chosen row: its cell, and the cells of its texts.

    One text is for a number that stands alone, -0.2, the other for an operand, (-0.2).
    """

    number: Live
    text: Live
    operand: Live


class Row:
    """The row that is chosen on a sheet: its run, epoch and example, the chosen parameter, and all numbers of the row.

    `shown` gives the cells of each number. Other parts of the sheet `keep` what they compute, so that later parts can
    refer to it. The state of the choice is put by `put_state`: the number of the shown run, of the row in its table, of
    the row in which its step ends, and whether an update follows (1, else 0); all count from 1.
    """

    run_number: Live
    row_number: Live
    step_end: Live
    learns: Live

    def __init__(self, canvas: Canvas, book: Book, places: StepLayout) -> None:
        self.canvas = canvas
        self.book = book
        self.places = places
        self.recipe = places.recipe
        self.naming = places.naming
        self._kept: dict[Quantity, NumberCells] = {}
        self._named: dict[str, NumberCells] = {}

    @property
    def run(self) -> RunLayout:
        """The run that is shown."""
        return self.places.runs[int(self.run_number.value) - 1]

    @property
    def parameter(self) -> Parameter:
        """The chosen weight or bias."""
        return self.recipe.trained[int(self.book.standing.get(self.places.parameter_choice, 0))]

    # ------------------------------------------------------------------------------------------------ where they stand

    def keep(self, quantity: Quantity, shown: NumberCells) -> None:
        """Remember the cells of a quantity that is not in the table of workings."""
        self._kept[quantity] = self._named[self.naming.name(quantity)] = shown

    def named(self, name: str) -> NumberCells:
        """Return the cells of a number by its name. Raises KeyError where the sheet has no such name."""
        return self._named[name]

    def by_names(self, told: Pieces) -> Live:
        """Return the mathematics of a rule with numbers, each sought by the name that a reader sees in the rule."""
        shown, name = self._named, self.naming.name
        return with_numbers(told, lambda of: shown[name(of)].text, lambda of: shown[name(of)].operand)

    def has(self, quantity: Quantity) -> bool:
        """Return whether this sheet has a cell with the number of a quantity."""
        return quantity in self._kept

    def shown(self, quantity: Quantity) -> NumberCells:
        """Return the cells of a quantity in the chosen row. Raises KeyError where the sheet has no such cell."""
        return self._kept[quantity]

    def text(self, quantity: Quantity) -> Live:
        """Return the text of a quantity's number where it stands alone: 0.3 or -0.2."""
        return self.shown(quantity).text

    def operand(self, quantity: Quantity) -> Live:
        """Return the text of a quantity's number beside a sign of arithmetic: 0.3 or (-0.2)."""
        return self.shown(quantity).operand

    def computed(self, expression: Expression) -> Live:
        """Return a rule with the numbers of this row."""
        return rule(expression, lambda ref: self.shown(ref.quantity).number)

    def spelled(self, row: int, column: int, number: Live) -> NumberCells:
        """Put a number as text, alone and as an operand, at (row, column) and right of it; return all three."""
        text = self.canvas.put(row, column, short(number), Look.NOTE)
        return NumberCells(number, text, self.canvas.put(row, column + 1, operand(text), Look.NOTE))

    # ------------------------------------------------------------------------------------------------------- the table

    def put_numbers(self) -> None:
        """Put the number of each quantity of the chosen row, fetched from the run.

        Each looks into the one column of the run that it needs. Looking into the whole table, each would wait for every
        cell of the table, and LibreOffice would take twice as long to follow an edit.
        """
        places, value = self.places, self.places.workings + 3
        self.canvas.put(places.header_row, value, "number", Look.HEADER)
        for quantity, row in places.row_of.items():
            columns = (self.book.column(run, quantity) for run in places.runs)
            fetched = self.of_run([element(column, self.row_number) for column in columns])
            number = self.canvas.put(row, value, fetched, Look.LINKED)
            text = cell(places.cell(row, places.workings + 1), short(number).value)
            beside = cell(places.cell(row, places.workings + 2), operand(text).value)
            self.keep(quantity, NumberCells(number, text, beside))
        if self.recipe.decays_in_loss:
            self._put_decay()

    def _put_decay(self) -> None:
        """Put the weight decay of the shown run above the numbers of the update: it is part of E_Total, too."""
        row, column = self.places.state_row, self.places.update
        number = self.of_run([self.book.in_head(run, DECAY) for run in self.places.runs])
        self.canvas.put(row, column, self.naming.name(DECAY), Look.LABEL)
        self.keep(DECAY, self.spelled(row, column + 2, self.canvas.put(row, column + 1, number, Look.LINKED)))

    def table(self) -> Table:
        """Return the table left of the numbers: the names of the quantities, and the two texts of each number."""
        places, shown = self.places, [*map(self.shown, self.places.quantities)]
        text, number = (cell(f"${column_letters(places.workings + offset)}#", "") for offset in (1, 3))
        symbols = texts(map(self.naming.name, places.quantities))
        told = (
            ("as text", short(number), [of.text.value for of in shown]),
            ("in a product", operand(text), [of.operand.value for of in shown]),
        )
        spelled = (Filled(name, filled_down(of.formula), texts(values), Style(Look.NOTE)) for name, of, values in told)
        names = Filled("symbol", None, symbols, Style(Look.LABEL), width=14)
        return Table(places.header_row, places.workings, (names, *spelled))

    @cached_property
    def numbers(self) -> Live:
        """All numbers of the row: the range of the column that holds them."""
        numbers = [self.shown(of).number for of in self.places.quantities]
        return cells(f"{numbers[0]}:{numbers[-1]}", [number.value for number in numbers])

    @property
    def symbols(self) -> str:
        """The range of the names of all numbers of the row."""
        column, rows = self.places.workings, [*self.places.row_of.values()]
        return f"{self.places.cell(rows[0], column)}:{self.places.cell(rows[-1], column)}"

    def of_run(self, options: Sequence[Live]) -> Live:
        """Return the one of the shown run from `options`, one for each run."""
        return choose(self.run_number, options)

    # --------------------------------------------------------------------------------------------- what is chosen

    def chosen(self, column: int, choice: str) -> Live:
        """Return the cell in which a number is chosen."""
        return cell(self.places.cell(self.places.choice_row, column), self.book.standing[choice])

    @property
    def chosen_run(self) -> Live:
        """The cell with the name of the chosen run."""
        places = self.places
        index = int(self.book.standing.get(places.run_choice, 0))
        return cell(places.cell(places.choice_row, places.run_column), places.runs[index].name)

    @cached_property
    def epoch(self) -> Live:
        """The epoch of the chosen row: where none of the lesson's is chosen, the nearest one."""
        return unless_error(larger(0, smaller(self.recipe.epochs, whole(self.chosen_epoch))), 0)

    @property
    def chosen_epoch(self) -> Live:
        """The cell in which an epoch is chosen."""
        return self.chosen(self.places.epoch_column, self.places.epoch_choice)

    def put_state(self) -> None:
        """Put into the workings which row is shown: the run, the row of its table, the end of the step."""
        places, recipe, last = self.places, self.recipe, self.recipe.epochs
        self.run_number = live(1)
        if len(places.runs) > 1:
            found = position(self.chosen_run, self.list_of_runs)
            self.run_number = self.state(0, "shown run", unless_error(found, 1))
            for index, run in enumerate(places.runs):
                self.canvas.put(places.header_row + 1 + index, places.workings + 7, run.name, Look.LABEL)
        self.learns = self.state(3, "an update follows", when(self.epoch < last, 1, 0))
        if self.book.lesson.single:
            self.row_number = self.state(1, "row of its table", self.epoch + 1)
            ends = self.row_number
        else:
            example = unless_error(larger(1, whole(self.chosen(places.example_column, places.example_choice))), 1)
            looked_at = when(self.epoch < last, recipe.examples, recipe.examples + recipe.held_back)
            before = self.epoch * recipe.examples
            self.row_number = self.state(1, "row of its table", before + smaller(example, looked_at))
            full = recipe.batch * (whole((self.row_number - 1 - before) / recipe.batch) + 1)
            ends = when(self.learns.equals(1), before + smaller(recipe.examples, full), self.row_number)
        self.step_end = self.state(2, "row in which its step ends", ends)

    @property
    def list_of_runs(self) -> Live:
        """The range of the runs' names, from which the menu is made."""
        places, names = self.places, [run.name for run in self.places.runs]
        first, last = (places.cell(places.header_row + row, places.workings + 7) for row in (1, len(names)))
        return cells(f"{first}:{last}", names)

    def state(self, offset: int, words: str, told: Live) -> Live:
        """Put one number of the choice into the workings, `offset` rows below the first, with its name in words."""
        row = self.places.state_row + offset
        self.canvas.put(row, self.places.workings, words, Look.LABEL)
        return self.canvas.put(row, self.places.workings + 3, told, Look.NUMBER)


def texts(values: Iterable[object]) -> np.ndarray:
    """Return texts as an array, as a column of a table needs them."""
    return np.array([*values], dtype=object)
