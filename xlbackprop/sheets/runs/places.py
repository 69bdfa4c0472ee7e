"""Where each number of a run's sheet stands, and how a formula refers to it: arithmetic on the lesson."""

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
    """The sheet of one run: a head, then a table with one row an example looked at.

    The head holds the learning rate and the constants, each in a row of its own, and above the table what comes from
    `Inputs`. With several examples these stand in a block of their own, right of the table and its chart.
    """

    lesson: Lesson
    index: int

    rate_row = 3
    rate_column = 4

    @cached_property
    def of(self) -> Run:
        """The run itself."""
        return self.lesson.runs[self.index]

    @cached_property
    def recipe(self) -> Recipe:
        """What the run computes."""
        return self.of.recipe

    @property
    def name(self) -> str:
        """The name of the sheet."""
        return self.of.name

    def constant_row(self, name: str) -> int:
        """Return the row of the head in which a constant stands."""
        return self.rate_row + 1 + self.recipe.constants.index(name)

    @cached_property
    def state_row(self) -> int:
        """The row of the head that says what happened in the run."""
        return self.rate_row + 1 + len(self.recipe.constants)

    @property
    def role_row(self) -> int:
        return self.state_row + 1

    @property
    def given_row(self) -> int:
        """The row of what comes from Inputs, above its column."""
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
        """The columns of the table, epoch first."""
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
        """The row of its upper edge; one row free, or that edge would print under the header of every page."""
        return self.first_row + 1

    def here(self, ref: Ref) -> Fill:
        """Return how a row of the table refers to a quantity, on this sheet."""
        if isinstance(ref.quantity, Given):
            return (self.given(ref.quantity),)
        return (column_letters(self.column_of[ref.quantity]), -ref.back)

    def given(self, quantity: Given) -> str:
        """Return the cell of the head that fetches a typed number from Inputs: $F$6.

        Of an input or a target, where there are several examples: the cells of all of them, $AB$8:$AB$11.
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
        """The columns of the block of examples, right of the chart; before them stands the number of the example."""
        naming = self.of.naming
        first = len(self.columns) + BESIDE_THE_TABLE + 1
        quantities: tuple[Quantity, ...] = (*naming.inputs(), *naming.targets())
        return {of: first + place for place, of in enumerate(quantities)}

    def data_block(self) -> str:
        """Return the cells of the block of examples, as another sheet refers to them."""
        numbers = list(self.data_column_of.values())
        first, last = self.first_row, self.header_row + len(self.lesson.inputs)
        end = address(last, max(numbers), fixed=True)
        return f"{quoted(self.name)}!{address(first, min(numbers), fixed=True)}:{end}"

    def cell(self, quantity: Quantity, index: int) -> str:
        """Return a cell of the table as another sheet refers to it; `index` counts rows from 0."""
        return f"{quoted(self.name)}!{address(self.first_row + index, self.column_of[quantity], fixed=True)}"

    def header(self, quantity: Quantity, *, fixed: bool = True) -> str:
        """Return the cell that names a column of the table, as another sheet refers to it."""
        return self.elsewhere(address(self.header_row, self.column_of[quantity], fixed=fixed))

    def range(self, quantity: Quantity, first: int = 0, last: int | None = None) -> str:
        """Return a column of the table from row index `first` to `last`, as another sheet refers to it."""
        return self.block(quantity, quantity, first, last)

    def block(self, left: Quantity, right: Quantity, first: int = 0, last: int | None = None) -> str:
        """Return the columns from `left` to `right`, as another sheet refers to them."""
        end = self.last_row if last is None else self.first_row + last
        start = address(self.first_row + first, self.column_of[left], fixed=True)
        return f"{quoted(self.name)}!{start}:{address(end, self.column_of[right], fixed=True)}"

    @cached_property
    def fetched(self) -> tuple[Parameter | Input | Target, ...]:
        """What the head fetches from Inputs, each above its column."""
        found = (of for of in self.column_of if isinstance(of, Parameter | Input | Target))
        return tuple(of for of in found if self.lesson.single or isinstance(of, Parameter))

    def head(self) -> str:
        """Return the row of the head that fetches from Inputs, gaps and all, as another sheet refers to it."""
        numbers = [self.column_of[quantity] for quantity in self.fetched]
        first, last = (address(self.given_row, column, fixed=True) for column in (min(numbers), max(numbers)))
        return f"{quoted(self.name)}!{first}:{last}"

    def constants(self) -> str:
        """Return the learning rate and the constants of the head, as another sheet refers to them."""
        first, last = (address(row, self.rate_column, fixed=True) for row in (self.rate_row, self.state_row - 1))
        return f"{quoted(self.name)}!{first}:{last}"

    def elsewhere(self, fixed_address: str) -> str:
        """Return a cell of this sheet as another sheet refers to it."""
        return f"{quoted(self.name)}!{fixed_address}"
