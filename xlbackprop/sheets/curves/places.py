"""Where each number of `Loss curves` stands, and how a formula refers to it: arithmetic on the lesson."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from xlbackprop.lesson import Lesson
from xlbackprop.network import EpochLoss, Quantity, TotalLoss
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.workbook import Fill, address, column_letters, filled_down, quoted

LOSS_CURVES = "Loss curves"
THRESHOLD = "threshold"
PATHS_OF = "paths of run"

# A chart is drawn from at most about so many points a curve: more are slow to draw and look the same.
MOST_POINTS = 1000


@dataclass(frozen=True)
class LossCurvesLayout:
    """The tables of curves, that of losses first: every epoch where they are few, else every n-th and the last."""

    lesson: Lesson

    header_row = 5
    first_row = 6

    @property
    def left(self) -> int:
        """The first column of what stands right of the losses."""
        return len(self.lesson.runs) + 3

    @property
    def threshold_place(self) -> tuple[int, int]:
        """Row and column of the loss to come below, which a reader may change."""
        return 4, self.left + 4

    @property
    def threshold(self) -> str:
        """The cell of that loss, as another sheet refers to it."""
        return f"{quoted(LOSS_CURVES)}!{address(*self.threshold_place, fixed=True)}"

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
