"""`LossCurvesLayout`: the cell of each number of `Loss curves`, found by arithmetic on the lesson."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from xlbackprop.lesson import Lesson
from xlbackprop.network import EpochLoss, Quantity, TotalLoss
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.workbook import Fill, Series, address, column_letters, filled_down, quoted

LOSS_CURVES = "Loss curves"
THRESHOLD = "threshold"
PATHS_OF = "paths of run"
FINISHED = ", finished"  # after the name of a run, in legends

# A chart is drawn from at most about so many points a curve: more are slow to draw and look the same.
MOST_POINTS = 1000
CHART_COLUMNS = 10  # that the charts stand over


@dataclass(frozen=True)
class LossCurvesLayout:
    """The layout of `Loss curves`: the table of losses, a row for each epoch shown, a column for each run.

    Every epoch is shown where they are few, else every n-th (`stride`) and the last.

    Where an epoch has several steps, the loss of an epoch is one of weights that change while it is added up. In the
    last epoch nothing is learnt: its loss is that of the finished network, another thing, and stands apart from the
    table, in a row of its own below it (`finished`).
    """

    lesson: Lesson

    header_row = 5
    first_row = 6

    @property
    def left(self) -> int:
        """The first column right of the losses, where the results and the charts begin."""
        return len(self.lesson.runs) + 3

    @property
    def sizes_column(self) -> int:
        """The first column right of the charts and the names in their legends, with the numbers of the small ones."""
        return self.legend_column + 3

    @property
    def legend_column(self) -> int:
        """The first column right of the charts, with the names in the legends: of lines, and right of it of marks."""
        return self.left + CHART_COLUMNS + 1

    def result(self, run: int, offset: int) -> str:
        """Return a cell of a run in the small table of results, from 1, its rate, to 4: `'Loss curves'!$K$6`."""
        return f"{quoted(LOSS_CURVES)}!{address(self.first_row + run, self.left + offset, fixed=True)}"

    @property
    def best(self) -> str:
        """The cell with the name of the run that ends lowest: `'Loss curves'!$L$12`."""
        return self.result(len(self.lesson.runs), 3)

    @property
    def threshold_place(self) -> tuple[int, int]:
        """Row and column of the threshold, a loss that a reader may change to see when each run falls below it."""
        return 4, self.left + 4

    @property
    def threshold(self) -> str:
        """The cell of the threshold: `'Loss curves'!$M$4`."""
        return f"{quoted(LOSS_CURVES)}!{address(*self.threshold_place, fixed=True)}"

    @property
    def stride(self) -> int:
        """The distance from one epoch shown to the next: 1 for every epoch, 10 for every 10th."""
        return max(1, -(-self._last_epoch // MOST_POINTS))

    @property
    def has_finished(self) -> bool:
        """Whether the loss of the finished network stands apart: where epochs of several steps are learnt."""
        return self.lesson.runs[0].recipe.steps > 1 and self.lesson.epochs > 0

    @property
    def one_loss(self) -> bool:
        """Whether all runs have the same loss function, so that their losses can be compared by size."""
        recipes = [run.recipe for run in self.lesson.runs]
        return len({(recipe.loss, recipe.loss_parameters, recipe.decays_in_loss) for recipe in recipes}) == 1

    @property
    def _last_epoch(self) -> int:
        return self.lesson.epochs - self.has_finished

    @cached_property
    def epochs(self) -> tuple[int, ...]:
        """The epochs of the curves: 0, 10, 20, … with a stride of 10, and the last, or the last in which is learnt."""
        last = self._last_epoch
        return (*range(0, last, self.stride), last)

    @cached_property
    def all_epochs(self) -> tuple[int, ...]:
        """The epochs of the curves, and that of the finished network where it stands apart."""
        return (*self.epochs, self.lesson.epochs) if self.has_finished else self.epochs

    @property
    def last_row(self) -> int:
        return self.header_row + len(self.epochs)

    @property
    def finished_row(self) -> int:
        """The row with the losses of the finished networks, below a blank one and a heading; if they stand apart."""
        return self.last_row + 3

    def quantity(self, run: RunLayout) -> EpochLoss | TotalLoss:
        """Return the quantity of a run's table that holds an epoch's loss: E_Total, of several examples ΣE_Total."""
        return TotalLoss() if run.recipe.single else EpochLoss()

    def row(self, run: RunLayout, epoch: int) -> int:
        """Return the row of a run's table, from 0, that holds the loss of an epoch: that of its last example."""
        return run.recipe.row_of(epoch + 1) - 1

    def loss_name(self, run: RunLayout) -> str:
        """Return the name of the loss of all examples: "mean E_Total" or "sum of E_Total"; of one "E_Total"."""
        if run.recipe.single:
            return "E_Total"
        return "mean E_Total" if run.recipe.mean else "sum of E_Total"

    def divisor(self, run: RunLayout) -> int:
        """Return the number by which ΣE_Total is divided: how many examples there are if the loss is a mean, else 1."""
        return run.recipe.examples if run.recipe.mean else 1

    def at_epoch(self, run: RunLayout, epoch: int) -> str:
        """Return the formula of a run's loss at an epoch: `'LR=0.1'!$X$8`, or as a mean of four `'Learnt'!$O$11/4`."""
        cell, divisor = run.cell(self.quantity(run), self.row(run, epoch)), self.divisor(run)
        return cell if divisor == 1 else f"{cell}/{divisor}"

    def is_row_by_row(self, run: RunLayout) -> bool:
        """Return whether each row of the run's table has a row of its own in this table, none left out."""
        return self.stride == 1 and run.recipe.single

    def row_number(self, run: RunLayout, epoch_column: str) -> str:
        """Return the formula of a row's number in the run's table, from 1, from the epoch in a column: "$A#+1".

        With four examples it is "$A#*4+4"; # stands for the number of the row that holds the epoch.
        """
        return (
            f"{epoch_column}#+1"
            if run.recipe.single
            else f"{epoch_column}#*{run.recipe.examples}+{run.recipe.examples}"
        )

    def fetched(self, run: RunLayout, epoch_column: str) -> Fill:
        """Return the formula that fetches the loss of the epoch in a column: INDEX('LR=0.1'!$X$8:$X$48,$A#+1)."""
        divisor = self.divisor(run)
        loss = f"INDEX({run.range(self.quantity(run))},{self.row_number(run, epoch_column)})"
        return filled_down(loss if divisor == 1 else f"{loss}/{divisor}")

    def beside(self, run: RunLayout, quantity: Quantity) -> Fill:
        """Return the reference to the same epoch in the run's table, 'LR=0.1'!X8 in row 6; only if `is_row_by_row`."""
        return (f"{quoted(run.name)}!{column_letters(run.column_of[quantity])}", run.first_row - self.first_row)

    def first_error(self, run: int) -> str:
        """Return a formula of the first epoch shown whose loss is an error; from there on all losses are errors."""
        count, known = len(self.epochs), f"COUNT({self.curve(run)})"
        epoch = f"INDEX({self.epoch_range()},MIN({known}+1,{count}))"
        return f"IF({known}={count},{self.lesson.epochs},{epoch})" if self.has_finished else epoch

    def legend(self, run: int, *, finished: bool = False) -> str:
        """Return the cell with the name of a run's line in the legends, or of its mark: `'Loss curves'!$Q$6`."""
        place = self.first_row + run, self.legend_column + finished
        return f"{quoted(LOSS_CURVES)}!{address(*place, fixed=True)}"

    def mark(self, run: int, column: int, place: int, name: str, loss: float) -> Series:
        """Return the mark of a run's finished network, whose loss is in a column of the tables; its line is `place`.

        `name` and `loss` are its values in the cells.
        """
        return Series(
            name=self.legend(run, finished=True),
            name_text=f"{name}{FINISHED}",
            x=self.finished(1),
            x_values=np.array([float(self.lesson.epochs)]),
            y=self.finished(column),
            y_values=np.array([loss]),
            marked=True,
            like=place,
        )

    def finished(self, column: int) -> str:
        """Return the cell of the finished network in a column of the tables: `'Loss curves'!$B$68`."""
        return f"{quoted(LOSS_CURVES)}!{address(self.finished_row, column, fixed=True)}"

    def at(self, column: int, place: int) -> str:
        """Return a cell of a column of the tables, `'Loss curves'!$B$6`; `place` counts from 0, −1 is the last."""
        row = self.first_row + place % len(self.epochs)
        return f"{quoted(LOSS_CURVES)}!{address(row, column, fixed=True)}"

    def end(self, run: int) -> str:
        """Return the cell with a run's loss at the end: the last of its curve, or that of the finished network."""
        return self.finished(run + 2) if self.has_finished else self.at(run + 2, -1)

    def epoch_range(self) -> str:
        """Return the range of the epochs: `'Loss curves'!$A$6:$A$46`."""
        return self.column(1)

    def curve(self, run: int) -> str:
        """Return the range of a run's losses: `'Loss curves'!$B$6:$B$46`."""
        return self.column(run + 2)

    def header_of(self, column: int) -> str:
        """Return the header cell of any column of the tables: `'Loss curves'!$B$5`."""
        return f"{quoted(LOSS_CURVES)}!{address(self.header_row, column, fixed=True)}"

    def column(self, column: int) -> str:
        """Return the range of numbers in any column of the tables: `'Loss curves'!$B$6:$B$46`."""
        first, last = (address(row, column, fixed=True) for row in (self.first_row, self.last_row))
        return f"{quoted(LOSS_CURVES)}!{first}:{last}"
