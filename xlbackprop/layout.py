"""Where each number stands: sheets, rows and columns, and how a formula refers to them.

The places are pure arithmetic on the lesson; nothing is computed or written here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from xlbackprop.columns import Column, columns, epoch_column
from xlbackprop.document import Fill, address, column_letters, quoted
from xlbackprop.expression import Ref
from xlbackprop.lesson import Lesson, rate_name, run_name
from xlbackprop.quantities import Given, Input, LearningRate, Quantity, Target, Weight

SUMMARY = "Summary"
INPUTS = "Inputs"
LOSS_CURVES = "Loss curves"
CHECKS = "Checks"
LESSON = "Lesson"


@dataclass(frozen=True)
class RunLayout:
    """The sheet of one run: a head, then a table with one row an epoch."""

    lesson: Lesson
    run: int

    rate_row = 3
    rate_column = 4
    state_row = 4
    role_row = 5
    given_row = 6  # what comes from Inputs, above its column
    header_row = 7
    first_row = 8

    @cached_property
    def name(self) -> str:
        """The name of the sheet."""
        return run_name(self.lesson.learning_rates[self.run])

    @property
    def last_row(self) -> int:
        """The row of the last epoch."""
        return self.header_row + self.lesson.rows

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the table, epoch first."""
        return (epoch_column(), *columns(self.lesson))

    @cached_property
    def column_of(self) -> dict[Quantity, int]:
        return {column.quantity: number for number, column in enumerate(self.columns, start=1)}

    def here(self, ref: Ref) -> Fill:
        """Return how a row of the table refers to a quantity, on this sheet."""
        if isinstance(ref.quantity, Given):
            return (self.given(ref.quantity),)
        return (column_letters(self.column_of[ref.quantity]), -ref.back)

    def given(self, quantity: Given) -> str:
        """Return the cell of the head that fetches a typed number from Inputs: $F$6."""
        if isinstance(quantity.of, LearningRate):
            return address(self.rate_row, self.rate_column, fixed=True)
        return address(self.given_row, self.column_of[quantity.of], fixed=True)

    def cell(self, quantity: Quantity, index: int) -> str:
        """Return a cell of the table as another sheet refers to it; `index` counts rows from 0."""
        return f"{quoted(self.name)}!{address(self.first_row + index, self.column_of[quantity], fixed=True)}"

    def range(self, quantity: Quantity, first: int = 0, last: int | None = None) -> str:
        """Return a column of the table from row index `first` to `last`, as another sheet refers to it."""
        return self.block(quantity, quantity, first, last)

    def block(self, left: Quantity, right: Quantity, first: int = 0, last: int | None = None) -> str:
        """Return the columns from `left` to `right`, as another sheet refers to them."""
        end = self.last_row if last is None else self.first_row + last
        start = address(self.first_row + first, self.column_of[left], fixed=True)
        return f"{quoted(self.name)}!{start}:{address(end, self.column_of[right], fixed=True)}"

    def head(self) -> str:
        """Return the row of the head that fetches from Inputs, gaps and all, as another sheet refers to it."""
        columns = [
            self.column_of[quantity] for quantity in self.column_of if isinstance(quantity, Input | Target | Weight)
        ]
        first, last = (address(self.given_row, column, fixed=True) for column in (min(columns), max(columns)))
        return f"{quoted(self.name)}!{first}:{last}"

    def elsewhere(self, fixed_address: str) -> str:
        """Return a cell of this sheet as another sheet refers to it."""
        return f"{quoted(self.name)}!{fixed_address}"


# Each estimate of a gradient takes six forward passes a run, each a row of its own on Checks.
MOST_PROBED_ALL, SAMPLE = 64, 12

# A chart is drawn from at most about so many points a curve: more are slow to draw and look the same.
MOST_POINTS = 1000


@dataclass(frozen=True)
class LossCurvesLayout:
    """The table of loss curves: every epoch where they are few, else every n-th and the last."""

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

    def header(self, run: int) -> str:
        """Return the cell that names a run's curve, as another sheet refers to it."""
        return f"{quoted(LOSS_CURVES)}!{address(self.header_row, run + 2, fixed=True)}"

    def epoch_range(self) -> str:
        """Return the epochs, as another sheet refers to them."""
        return self._column(1)

    def curve(self, run: int) -> str:
        """Return the losses of a run, as another sheet refers to them."""
        return self._column(run + 2)

    def _column(self, column: int) -> str:
        first, last = (address(row, column, fixed=True) for row in (self.first_row, self.last_row))
        return f"{quoted(LOSS_CURVES)}!{first}:{last}"


@dataclass(frozen=True)
class InputsLayout:
    """The sheet of typed numbers: one a row, in groups with a heading."""

    lesson: Lesson

    value_column = 2
    first_row = 5

    @cached_property
    def groups(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The headings, and under each the names of its numbers."""
        naming = self.lesson.naming
        return (
            ("Inputs", tuple(naming.name(quantity) for quantity in naming.inputs())),
            ("Targets", tuple(naming.name(quantity) for quantity in naming.targets())),
            ("Starting weights", tuple(naming.name(quantity) for quantity in naming.weights())),
            ("Learning rates", tuple(rate_name(run) for run in range(self.lesson.runs))),
        )

    @cached_property
    def row_of(self) -> dict[str, int]:
        """The row of each number, and of each heading under its own words."""
        rows: dict[str, int] = {}
        row = self.first_row
        for heading, names in self.groups:
            rows[heading] = row
            for offset, name in enumerate(names, start=1):
                rows[name] = row + offset
            row += len(names) + 2
        return rows

    def group(self, names: Sequence[str]) -> str:
        """Return the cells of typed numbers that stand below each other, as another sheet refers to them."""
        first, last = (address(self.row_of[name], self.value_column, fixed=True) for name in (names[0], names[-1]))
        return f"{quoted(INPUTS)}!{first}:{last}"

    def cell(self, name: str) -> str:
        """Return the cell of a typed number as another sheet refers to it: 'Inputs'!$B$6."""
        return f"{quoted(INPUTS)}!{address(self.row_of[name], self.value_column, fixed=True)}"

    def given(self, quantity: Given, run: int) -> str:
        """Return the cell that a run's typed number comes from."""
        of = quantity.of
        return self.cell(rate_name(run) if isinstance(of, LearningRate) else self.lesson.naming.name(of))


@dataclass(frozen=True)
class ChecksLayout:
    """The sheet of checks: verdicts, then one row a column of the tables, then the shipped numbers, then workings."""

    lesson: Lesson

    verdict_row = 3
    value_column = 3  # of settings and of the first run in the matrix
    chosen_epoch_row = 7
    absolute_row = 8
    relative_row = 9
    step_row = 10
    gradient_absolute_row = 11
    gradient_relative_row = 12
    loss_relative_row = 13
    runs_header_row = 16
    probes = ("first epoch", "chosen epoch", "last epoch")

    def value(self, row: int) -> str:
        """Return the cell of a setting on this sheet: $C$8."""
        return address(row, self.value_column, fixed=True)

    @property
    def verdict(self) -> str:
        """The cell of the verdict of the whole book, as another sheet refers to it."""
        return f"{quoted(CHECKS)}!{address(self.verdict_row, 2, fixed=True)}"

    def run_row(self, run: int) -> int:
        """Return the row of a run's verdict and counts."""
        return self.runs_header_row + 1 + run

    @property
    def matrix_header_row(self) -> int:
        """The header of the counts of broken rows, one row a column of the tables."""
        return self.run_row(self.lesson.runs) + 3

    @cached_property
    def _columns(self) -> int:
        return len(columns(self.lesson)) + 1

    @property
    def matrix_last_row(self) -> int:
        return self.matrix_header_row + self._columns

    @property
    def shipped_header_row(self) -> int:
        """The header of the typed numbers, as they are now and as they were shipped."""
        return self.matrix_last_row + 3

    @cached_property
    def shipped_row_of(self) -> dict[str, int]:
        """The row of each typed number among the shipped ones."""
        return {name: self.shipped_header_row + 1 + index for index, name in enumerate(self.lesson.typed())}

    def shipped(self, name: str) -> str:
        """Return the stored constant of a typed number, as another sheet refers to it."""
        return f"{quoted(CHECKS)}!{address(self.shipped_row_of[name], self.value_column + 1, fixed=True)}"

    @cached_property
    def probed(self) -> tuple[Weight, ...]:
        """The weights whose gradients are estimated: all where they are few, else some, spread from first to last."""
        weights = tuple(self.lesson.naming.weights())
        if len(weights) <= MOST_PROBED_ALL:
            return weights
        last = len(weights) - 1
        return tuple(weights[number * last // (SAMPLE - 1)] for number in range(SAMPLE))

    def workings_row(self, run: int) -> int:
        """Return the row of the heading over a run's two tables of workings; `run` may be the number of runs."""
        each = 2 + (1 + len(self.probes)) + 2 + (1 + 2 * len(self.probed) * len(self.probes)) + 1
        return self.shipped_header_row + len(self.shipped_row_of) + 3 + run * each

    def forward_header_row(self, run: int) -> int:
        """Return the header row of a run's forward passes done again."""
        return self.workings_row(run) + 2

    def gradient_header_row(self, run: int) -> int:
        """Return the header row of a run's central differences."""
        return self.forward_header_row(run) + len(self.probes) + 2

    @property
    def curves_header_row(self) -> int:
        """The header of NumPy's losses, a row for each epoch of the loss curves."""
        return self.workings_row(self.lesson.runs) + 2
