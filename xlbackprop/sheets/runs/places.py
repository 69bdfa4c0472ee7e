"""`RunLayout`: the cell of each number of a run's sheet, found by arithmetic on the lesson."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from xlbackprop.lesson import BESIDE_THE_TABLE, Lesson, Run
from xlbackprop.network import Constant, Datum, Given, Input, LearningRate, Parameter, Quantity, Recipe, Ref, Target
from xlbackprop.taught import Column, columns, epoch_column
from xlbackprop.workbook import Fill, address, column_letters, quoted


@dataclass(frozen=True)
class RunLayout:
    """The layout of the sheet of run `index` (from 0): a head, then a table with a row for each example looked at.

    The head holds the learning rate and the constants, each in a row of its own, and just above the table the numbers
    fetched from `Inputs`, each over its column. Several examples are fetched into a block right of the table and its
    chart.
    """

    lesson: Lesson
    index: int

    rate_row = 3
    rate_column = 4

    @cached_property
    def of(self) -> Run:
        """The run of the lesson."""
        return self.lesson.runs[self.index]

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe of the run: its network, loss and way of training, without numbers."""
        return self.of.recipe

    @property
    def name(self) -> str:
        """The name of the sheet."""
        return self.of.name

    def constant_row(self, name: str) -> int:
        """Return the row of the head that holds a constant of the optimizer or schedule, e.g. "momentum"."""
        return self.rate_row + 1 + self.recipe.constants.index(name)

    @cached_property
    def state_row(self) -> int:
        """The row of the head that says in a sentence what happened in the run."""
        return self.rate_row + 1 + len(self.recipe.constants)

    @property
    def role_row(self) -> int:
        return self.state_row + 1

    @property
    def given_row(self) -> int:
        """The row of the numbers fetched from `Inputs`, each above its column."""
        return self.state_row + 2

    @property
    def header_row(self) -> int:
        return self.state_row + 3

    @property
    def first_row(self) -> int:
        return self.state_row + 4

    @property
    def last_row(self) -> int:
        """The last row of the table."""
        return self.header_row + self.recipe.rows

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the table from left to right, epoch first."""
        return (epoch_column(self.recipe), *columns(self.recipe))

    @cached_property
    def column_of(self) -> dict[Quantity, int]:
        return {column.quantity: number for number, column in enumerate(self.columns, start=1)}

    @property
    def chart_column(self) -> int:
        """The column of the chart's left edge."""
        return len(self.columns) + 2

    @property
    def chart_row(self) -> int:
        """The row of the chart's upper edge: not the table's first, or it would print under every page's header."""
        return self.first_row + 1

    def here(self, ref: Ref) -> Fill:
        """Return how a row's formula refers to a quantity: ("F", -1), F of the row above; ("$F$6",), a fixed cell."""
        if isinstance(ref.quantity, Given):
            return (self.given(ref.quantity),)
        return (column_letters(self.column_of[ref.quantity]), -ref.back)

    def given(self, quantity: Given) -> str:
        """Return the cell of the head that fetches a typed number from Inputs: `$F$6`.

        Of an input or a target, where there are several examples: the cells of all of them, `$AB$8:$AB$11`.
        """
        match quantity.of:
            case LearningRate():
                return address(self.rate_row, self.rate_column, fixed=True)
            case Constant(name):
                return address(self.constant_row(name), self.rate_column, fixed=True)
            case Datum(of, example):
                return address(self.first_row + example, self.data_column_of[of], fixed=True)
            case Input() | Target() if not self.lesson.single:
                column, last = self.data_column_of[quantity.of], self.header_row + len(self.lesson.inputs)
                first = address(self.first_row, column, fixed=True)
                return f"{first}:{address(last, column, fixed=True)}"
            case _:
                return address(self.given_row, self.column_of[quantity.of], fixed=True)

    @cached_property
    def data_column_of(self) -> Mapping[Quantity, int]:
        """The column of each input and target in the block of examples; left of them is the example's number."""
        naming = self.of.naming
        first = len(self.columns) + BESIDE_THE_TABLE + 1
        quantities: tuple[Quantity, ...] = (*naming.inputs(), *naming.targets())
        return {of: first + place for place, of in enumerate(quantities)}

    def data_block(self) -> str:
        """Return the range of the block of examples: `'Learnt'!$AI$8:$AK$11`."""
        numbers = list(self.data_column_of.values())
        first, last = self.first_row, self.header_row + len(self.lesson.inputs)
        end = address(last, max(numbers), fixed=True)
        return f"{quoted(self.name)}!{address(first, min(numbers), fixed=True)}:{end}"

    def cell(self, quantity: Quantity, index: int) -> str:
        """Return a cell of the table, `index` being its row counted from 0: `'LR=0.1'!$F$8`."""
        return f"{quoted(self.name)}!{address(self.first_row + index, self.column_of[quantity], fixed=True)}"

    def header(self, quantity: Quantity, *, fixed: bool = True) -> str:
        """Return the header cell of a column of the table: `'LR=0.1'!$F$7`; not `fixed`, `'LR=0.1'!F7`."""
        return self.elsewhere(address(self.header_row, self.column_of[quantity], fixed=fixed))

    def headers(self) -> str:
        """Return the range of the headers of all columns: `'LR=0.1'!$A$7:$BQ$7`."""
        first, last = (self.header(column.quantity) for column in (self.columns[0], self.columns[-1]))
        return f"{first}:{last.rpartition('!')[2]}"

    def named(self, name: str, index: int) -> str:
        """Return the formula of the number that row `index` has under a header: a cell with its name, or a text."""
        row = self.block(self.columns[0].quantity, self.columns[-1].quantity, index, index)
        return f"INDEX({row},1,MATCH({name},{self.headers()},0))"

    def range(self, quantity: Quantity, first: int = 0, last: int | None = None) -> str:
        """Return the range of a column of the table from row `first` to `last`, from 0: `'LR=0.1'!$F$8:$F$48`.

        `last` None is the last row of the table.
        """
        return self.block(quantity, quantity, first, last)

    def block(self, left: Quantity, right: Quantity, first: int = 0, last: int | None = None) -> str:
        """Return the range of all columns from `left` to `right`: `'LR=0.1'!$F$8:$I$48`; rows are as in `range`."""
        end = self.last_row if last is None else self.first_row + last
        start = address(self.first_row + first, self.column_of[left], fixed=True)
        return f"{quoted(self.name)}!{start}:{address(end, self.column_of[right], fixed=True)}"

    @cached_property
    def fetched(self) -> tuple[Parameter | Input | Target, ...]:
        """The quantities that the head fetches from `Inputs`: parameters and, if there is one example, its numbers."""
        found = (of for of in self.column_of if isinstance(of, Parameter | Input | Target))
        return tuple(of for of in found if self.lesson.single or isinstance(of, Parameter))

    def head(self) -> str:
        """Return the range of the fetched numbers in the head, gaps and all: `'LR=0.1'!$B$6:$Q$6`."""
        numbers = [self.column_of[quantity] for quantity in self.fetched]
        first, last = (address(self.given_row, column, fixed=True) for column in (min(numbers), max(numbers)))
        return f"{quoted(self.name)}!{first}:{last}"

    def constants(self) -> str:
        """Return the range of the learning rate and the constants in the head: `'LR=0.1'!$D$3:$D$3`."""
        first, last = (address(row, self.rate_column, fixed=True) for row in (self.rate_row, self.state_row - 1))
        return f"{quoted(self.name)}!{first}:{last}"

    def elsewhere(self, fixed_address: str) -> str:
        """Return a cell of this sheet as another sheet refers to it: `'LR=0.1'!$F$6` for `$F$6`."""
        return f"{quoted(self.name)}!{fixed_address}"
