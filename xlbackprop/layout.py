"""Where each number stands: sheets, rows and columns, and how a formula refers to them.

The places are pure arithmetic on the lesson; nothing is computed or written here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from xlbackprop.backward import Column
from xlbackprop.columns import columns, epoch_column
from xlbackprop.document import Fill, address, column_letters, filled_down, quoted
from xlbackprop.expression import Ref
from xlbackprop.lesson import INPUTS_HEADING, TARGETS_HEADING, Lesson, Run
from xlbackprop.limits import BESIDE_THE_TABLE
from xlbackprop.quantities import (
    Constant,
    Datum,
    EpochLoss,
    Given,
    Input,
    LearningRate,
    Parameter,
    Quantity,
    Target,
    TotalLoss,
)
from xlbackprop.recipe import Recipe

SUMMARY = "Summary"
INPUTS = "Inputs"
DATA = "Data"
STEP_BY_STEP = "Step by step"
LOSS_CURVES = "Loss curves"
CHECKS = "Checks"
LESSON = "Lesson"


@dataclass(frozen=True)
class RunLayout:
    """The sheet of one run: a head, then a table with one row an example looked at.

    The head holds the learning rate and the constants, each in a row of its own, and above the table what comes from
    `Inputs`. With several examples these stand in a block of their own, right of the table and its chart.
    """

    lesson: Lesson
    run: int

    rate_row = 3
    rate_column = 4

    @cached_property
    def of(self) -> Run:
        """The run itself."""
        return self.lesson.runs[self.run]

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


# A chart is drawn from at most about so many points a curve: more are slow to draw and look the same.
MOST_POINTS = 1000


@dataclass(frozen=True)
class LossCurvesLayout:
    """The tables of curves, that of losses first: every epoch where they are few, else every n-th and the last."""

    lesson: Lesson

    header_row = 5
    first_row = 6

    @property
    def stride(self) -> int:
        """From how many epochs one is shown."""
        return max(1, -(-self.lesson.epochs // MOST_POINTS))

    @cached_property
    def epochs(self) -> tuple[int, ...]:
        """The epochs that are shown."""
        last = self.lesson.epochs
        return (*range(0, last, self.stride), last)

    @property
    def last_row(self) -> int:
        return self.header_row + len(self.epochs)

    def quantity(self, run: RunLayout) -> EpochLoss | TotalLoss:
        """Return the column of a run's table from which the loss of an epoch is read."""
        return TotalLoss() if run.recipe.single else EpochLoss()

    def row(self, run: RunLayout, epoch: int) -> int:
        """Return the row of the table, counted from 0, in which it stands: that of the epoch's last example."""
        return run.recipe.row_of(epoch + 1) - 1

    def loss_name(self, run: RunLayout) -> str:
        """Return what the loss of an epoch is called."""
        if run.recipe.single:
            return "E_Total"
        return "mean E_Total" if run.recipe.mean else "sum of E_Total"

    def divisor(self, run: RunLayout) -> int:
        """Return by what the number there is divided: by the examples, where the loss of an epoch is their mean."""
        return run.recipe.examples if run.recipe.mean else 1

    def at_epoch(self, run: RunLayout, epoch: int) -> str:
        """Return the loss of an epoch, as another sheet computes it from the run's table."""
        cell, divisor = run.cell(self.quantity(run), self.row(run, epoch)), self.divisor(run)
        return cell if divisor == 1 else f"{cell}/{divisor}"

    def is_row_by_row(self, run: RunLayout) -> bool:
        """Return whether a row of this table is a row of the run's table, and no row of that is left out."""
        return self.stride == 1 and run.recipe.single

    def row_number(self, run: RunLayout, epoch_column: str) -> str:
        """Return how a row whose epoch stands in a column computes the number of that epoch's row, counted from 1."""
        return (
            f"{epoch_column}#+1"
            if run.recipe.single
            else f"{epoch_column}#*{run.recipe.examples}+{run.recipe.examples}"
        )

    def fetched(self, run: RunLayout, epoch_column: str) -> Fill:
        """Return how a row whose epoch stands in a column fetches the loss of that epoch from the run's table."""
        divisor = self.divisor(run)
        loss = f"INDEX({run.range(self.quantity(run))},{self.row_number(run, epoch_column)})"
        return filled_down(loss if divisor == 1 else f"{loss}/{divisor}")

    def beside(self, run: RunLayout, quantity: Quantity) -> Fill:
        """Return how a row refers to a cell of the run's table that stands for the same epoch, where all do."""
        return (f"{quoted(run.name)}!{column_letters(run.column_of[quantity])}", run.first_row - self.first_row)

    def first_error(self, run: int) -> str:
        """Return the first epoch shown whose loss is an error, as another sheet finds it: errors stay to the end."""
        return f"INDEX({self.epoch_range()},MIN(COUNT({self.curve(run)})+1,{len(self.epochs)}))"

    def header(self, run: int) -> str:
        """Return the cell that names a run's curve, as another sheet refers to it."""
        return self.header_of(run + 2)

    def epoch_range(self) -> str:
        """Return the epochs, as another sheet refers to them."""
        return self.column(1)

    def curve(self, run: int) -> str:
        """Return the losses of a run, as another sheet refers to them."""
        return self.column(run + 2)

    def header_of(self, column: int) -> str:
        """Return the header of a column of the tables, as another sheet refers to it."""
        return f"{quoted(LOSS_CURVES)}!{address(self.header_row, column, fixed=True)}"

    def column(self, column: int) -> str:
        """Return the numbers of a column of the tables, as another sheet refers to them."""
        first, last = (address(row, column, fixed=True) for row in (self.first_row, self.last_row))
        return f"{quoted(LOSS_CURVES)}!{first}:{last}"


@dataclass(frozen=True)
class InputsLayout:
    """The sheets of typed numbers: on `Inputs` one a row, in groups with a heading; on `Data` one example a row.

    `Data` is there where there are several examples.
    """

    lesson: Lesson

    value_column = 2
    first_row = 5
    data_header_row = 5
    data_first_column = 3

    @cached_property
    def groups(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The headings of `Inputs`, and under each the names of its numbers."""
        elsewhere = () if self.lesson.single else (INPUTS_HEADING, TARGETS_HEADING)
        return tuple((heading, names) for heading, names in self.lesson.groups if heading not in elsewhere)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """The row of each number of `Inputs`, and of each heading under its own words."""
        rows: dict[str, int] = {}
        row = self.first_row
        for heading, names in self.groups:
            rows[heading] = row
            for offset, name in enumerate(names, start=1):
                rows[name] = row + offset
            row += len(names) + 2
        return rows

    @cached_property
    def _data_place(self) -> dict[str, tuple[int, int]]:
        """The row and column of each number of `Data`."""
        if self.lesson.single:
            return {}
        name = self.lesson.runs[0].naming.name
        places = {}
        for given, _ in self.lesson.data():
            assert isinstance(given.of, Datum)
            row = self.data_header_row + 1 + given.of.example
            places[name(given)] = row, self.data_column(given.of.of)
        return places

    def data_column(self, of: Input | Target) -> int:
        """Return the column of `Data` in which an input or target stands."""
        return self.data_first_column + of.unit + (len(self.lesson.inputs[0]) if isinstance(of, Target) else 0)

    @property
    def data_last_row(self) -> int:
        return self.data_header_row + len(self.lesson.inputs)

    def group(self, names: Sequence[str]) -> str:
        """Return the cells of typed numbers that stand below each other, as another sheet refers to them."""
        first, last = (address(self.row_of[name], self.value_column, fixed=True) for name in (names[0], names[-1]))
        return f"{quoted(INPUTS)}!{first}:{last}"

    def data_block(self) -> str:
        """Return all numbers of `Data`, as another sheet refers to them."""
        right = self.data_column(Target(len(self.lesson.targets[0]) - 1))
        first = address(self.data_header_row + 1, self.data_first_column, fixed=True)
        return f"{quoted(DATA)}!{first}:{address(self.data_last_row, right, fixed=True)}"

    def data_cells(self, of: Input | Target, first: int, last: int) -> str:
        """Return an input or target of the examples `first` to `last` (from 0), as another sheet refers to them."""
        rows = (self.data_header_row + 1 + example for example in (first, last))
        start, end = (address(row, self.data_column(of), fixed=True) for row in rows)
        return f"{quoted(DATA)}!{start}:{end}"

    def blocks(self) -> tuple[str, ...]:
        """Return all typed numbers as ranges, as another sheet refers to them."""
        data = () if self.lesson.single else (self.data_block(),)
        return (*data, *(self.group(names) for _, names in self.groups))

    def cell(self, name: str) -> str:
        """Return the cell of a typed number as another sheet refers to it: 'Inputs'!$B$6."""
        if name in self._data_place:
            return f"{quoted(DATA)}!{address(*self._data_place[name], fixed=True)}"
        return f"{quoted(INPUTS)}!{address(self.row_of[name], self.value_column, fixed=True)}"

    def given(self, quantity: Given, run: int) -> str:
        """Return the cell that a run's typed number comes from."""
        return self.cell(self.lesson.given_names[run][quantity])
