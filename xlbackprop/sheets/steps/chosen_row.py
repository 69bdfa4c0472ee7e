"""The chosen row of a sheet `Step by step`: its numbers, and the cells that hold them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np

from xlbackprop.network import Gradient, Input, NetInput, Output, Parameter, Quantity
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas, short, short_text
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.sheets.steps.places import StepLayout
from xlbackprop.sheets.steps.words import Shown, Text
from xlbackprop.workbook import (
    ErrorValue,
    Filled,
    Look,
    Style,
    Table,
    Value,
    column_letters,
    filled_down,
    first_where,
    one_of,
)


class Row:
    """The row that is chosen on a sheet: its run, epoch and example, the chosen parameter, and all numbers of the row.

    `shown` gives the cells of each number. Other parts of the sheet `keep` what they compute, so that later parts can
    refer to it. `choice` is the number of the run among those of the sheet, `example` that of the example, both from 0.
    """

    def __init__(self, canvas: Canvas, book: Book, places: StepLayout) -> None:
        self.canvas = canvas
        self.book = book
        self.places = places
        self.recipe = places.recipe
        self.naming = places.naming
        standing = book.standing
        self.choice = int(standing.get(places.run_choice, 0))
        self.run: RunLayout = places.runs[self.choice]
        self.epoch = int(standing[places.epoch_choice])
        self.parameter_index = int(standing.get(places.parameter_choice, 0))
        looked_at = self.recipe.examples + (self.recipe.held_back if self.epoch == self.recipe.epochs else 0)
        self.example = min(int(standing.get(places.example_choice, 1)), looked_at) - 1
        self._kept: dict[Quantity, Shown] = {}

    @property
    def index(self) -> int:
        """The number of the chosen row in the run's table, counted from 0."""
        return self.recipe.row_of(self.epoch) + self.example

    @property
    def learns(self) -> bool:
        """Whether an update follows the chosen row: not in the last epoch."""
        return self.epoch < self.recipe.epochs

    @property
    def step_end(self) -> int:
        """The row of the run's table, from 0, in which the chosen row's step ends; the row itself in the last epoch."""
        if not self.learns:
            return self.index
        batch = self.recipe.batch
        return self.recipe.row_of(self.epoch) + min(self.recipe.examples, (self.example // batch + 1) * batch) - 1

    @property
    def parameter(self) -> Parameter:
        """The chosen weight or bias."""
        return self.recipe.trained[self.parameter_index]

    # ---------------------------------------------------------------------------------------------------- its numbers

    @cached_property
    def _numbers(self) -> np.ndarray:
        """The numbers of three rows, (3, quantities): the chosen row, the last of its step, the one after that."""
        after = min(self.step_end + 1, self.recipe.rows - 1)
        return self.book.trace.at(self.run.index, [self.index, self.step_end, after])

    def number(self, quantity: Quantity, *, at: int = 0) -> float:
        """Return a number of the chosen row (`at` 0), of the last row of its step (1), or of the row after that (2)."""
        if at == 0 and quantity in self._of_units:
            return self._of_units[quantity]
        return float(self._numbers[at, self.book.trace.places(self.run.index)[quantity]])

    @cached_property
    def _of_units(self) -> dict[Quantity, float]:
        """∂E/∂h1, ∂E/∂out_h1, ∂E/∂i1, …: a table that writes gradients out has no columns for these."""
        if not self.places.is_drawn:
            return {}
        naming, depth = self.naming, self.naming.depth
        found = self.book.trace.backward_at(self.run.index, self.index)
        numbers: dict[Quantity, float] = {Gradient(Input(unit)): float(found.out[0][unit]) for unit in naming.units(0)}
        for layer in range(1, depth + 1):
            numbers |= {Gradient(Output(layer, unit)): float(value) for unit, value in enumerate(found.out[layer])}
            numbers |= {Gradient(NetInput(layer, unit)): float(value) for unit, value in enumerate(found.net[layer])}
        return numbers

    # ------------------------------------------------------------------------------------------------ where they stand

    def keep(self, quantity: Quantity, shown: Shown) -> None:
        """Remember the cells of a quantity that is not in the table of workings."""
        self._kept[quantity] = shown

    def has(self, quantity: Quantity) -> bool:
        """Return whether this sheet has a cell with the number of a quantity."""
        return quantity in self._kept or quantity in self.places.row_of

    def shown(self, quantity: Quantity) -> Shown:
        """Return value and cells of a quantity in the chosen row. Raises KeyError where the sheet has no such cell."""
        if quantity in self._kept:
            return self._kept[quantity]
        row, first = self.places.row_of[quantity], self.places.workings
        text, operand, value = (self.places.cell(row, first + offset) for offset in (1, 2, 3))
        return Shown(value, self.number(quantity), text, operand)

    def text(self, quantity: Quantity) -> Text:
        """Return the text of a quantity's number where it stands alone: 0.3 or -0.2."""
        shown = self.shown(quantity)
        return Text(shown.text_cell, short_text(shown.value))

    def operand(self, quantity: Quantity) -> Text:
        """Return the text of a quantity's number beside a sign of arithmetic: 0.3 or (-0.2)."""
        shown = self.shown(quantity)
        return Text(shown.operand_cell, operand_text(shown.value))

    def spelled(self, row: int, column: int, cell: str, value: float) -> Shown:
        """Put a number of the cell `cell` as text, alone and as an operand, at (row, column) and right of it.

        Returns all three cells and the value.
        """
        text = self.canvas.put(row, column, short_text(value), Look.NOTE, formula=short(cell))
        operand = operand_formula(text)
        beside = self.canvas.put(row, column + 1, operand_text(value), Look.NOTE, formula=operand)
        return Shown(cell, value, text, beside)

    # ------------------------------------------------------------------------------------------------------- the table

    def table(self) -> Table:
        """Put the number of each quantity of the chosen row, fetched from the run; return the table left of them.

        The table names the quantities, and has the two texts of each number.
        """
        places, quantities = self.places, self.places.quantities
        first = places.workings
        self._fetch(first + 3)
        value, text = f"${column_letters(first + 3)}#", f"${column_letters(first + 1)}#"
        told = [self.number(quantity) for quantity in quantities]
        return Table(
            places.header_row,
            first,
            (
                Filled("symbol", None, texts(map(self.naming.name, quantities)), Style(Look.LABEL), width=14),
                Filled("as text", filled_down(short(value)), texts(map(short_text, told)), Style(Look.NOTE)),
                Filled(
                    "in a product",
                    filled_down(operand_formula(text)),
                    texts(map(operand_text, told)),
                    Style(Look.NOTE),
                ),
            ),
        )

    def _fetch(self, column: int) -> None:
        """Put the numbers of the chosen row into a column.

        Each looks into the one column of the run that it needs. Looking into the whole table, each would wait for every
        cell of the table, and LibreOffice would take twice as long to follow an edit.
        """
        places, put = self.places, self.canvas.put
        put(places.header_row, column, "number", Look.HEADER)
        for quantity, row in places.row_of.items():
            fetched = self.of_run([f"INDEX({run.range(quantity)},{places.row_number})" for run in places.runs])
            put(row, column, self.number(quantity), Look.LINKED, formula=fetched)

    def of_run(self, formulas: list[str]) -> str:
        """Return the formula that picks the one of the shown run from `formulas`, one for each run: CHOOSE($AG$4,…)."""
        if all(formula == formulas[0] for formula in formulas):
            return formulas[0]
        return "".join(map(str, one_of(self.places.run_number, [(formula,) for formula in formulas])))

    # --------------------------------------------------------------------------------------------- what is chosen

    def put_state(self) -> None:
        """Put into the workings which row is shown: the run, the row of its table, the end of the step."""
        places, recipe, last = self.places, self.recipe, self.recipe.epochs
        epoch = f"MAX(0,MIN({last},INT({places.cell(places.epoch_row, places.rule)})))"
        if len(places.runs) > 1:
            chosen = number_in(self.list_of_runs, places.cell(places.run_row, places.rule))
            self.state(0, "shown run", self.choice + 1, chosen)
            for index, run in enumerate(places.runs):
                self.canvas.put(places.header_row + 1 + index, places.workings + 7, run.name, Look.LABEL)
        row, end = f"{epoch}+1", places.row_number
        if not self.book.lesson.single:
            example = f"MAX(1,INT({places.cell(places.example_row, places.rule)}))"
            looked_at = f"IF({epoch}<{last},{recipe.examples},{recipe.examples + recipe.held_back})"
            row = f"{epoch}*{recipe.examples}+MIN({example},{looked_at})"
            of_epoch = f"({places.row_number}-1-{epoch}*{recipe.examples})"
            full = f"({recipe.batch}*(INT({of_epoch}/{recipe.batch})+1))"
            ends = f"{epoch}*{recipe.examples}+MIN({recipe.examples},{full})"
            end = f"IF({places.learns}=1,{ends},{places.row_number})"
        self.state(1, "row of its table", self.index + 1, row)
        self.state(2, "row in which its step ends", self.step_end + 1, end)
        self.state(3, "an update follows", int(self.learns), f"IF({epoch}<{last},1,0)")

    @property
    def list_of_runs(self) -> str:
        """The range of the runs' names, from which the menu is made."""
        return f"{self._list_cell(0)}:{self._list_cell(len(self.places.runs) - 1)}"

    def _list_cell(self, index: int) -> str:
        return self.places.cell(self.places.header_row + 1 + index, self.places.workings + 7)

    def state(self, offset: int, words: str, value: Value, formula: str) -> None:
        """Put one number of the choice into the workings, `offset` rows below the first, with its name in words."""
        row = self.places.state_row + offset
        self.canvas.put(row, self.places.workings, words, Look.LABEL)
        self.canvas.put(row, self.places.workings + 3, value, Look.NUMBER, formula=formula)


def operand_formula(text: str) -> str:
    """Return a formula that puts parentheses around the text in a cell if it begins with a minus: (-0.2)."""
    return f'IF(LEFT({text},1)="-","("&{text}&")",{text}&"")'


def operand_text(value: float) -> str | ErrorValue:
    """Return the text of a number as `operand_formula` gives it: 0.3 or (-0.2); #NUM! where it is not finite."""
    text = short_text(value)
    return f"({text})" if text.startswith("-") else text


def number_in(names: str, cell: str) -> str:
    """Return the formula of the position, from 1, that the text in `cell` has in the range `names`."""
    return first_where(f'{names}={cell}&""')  # a run may be called 1, and then the cell holds a number


def texts(values: Iterable[object]) -> np.ndarray:
    """Return texts as an array, as a column of a table needs them."""
    return np.array([*values], dtype=object)
