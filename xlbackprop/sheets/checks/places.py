"""`ChecksLayout`: the cell of each number of `Checks`, found by arithmetic on the lesson."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from xlbackprop.lesson import Lesson
from xlbackprop.network import Input, Parameter, Recipe
from xlbackprop.sheets.curves.places import LossCurvesLayout
from xlbackprop.taught import columns, epoch_column
from xlbackprop.workbook import address, math_text, quoted

CHECKS = "Checks"
CHOSEN_EPOCH = "chosen epoch"

# Each estimate of a gradient takes twelve forward passes a run, each a row of its own on Checks that holds all
# parameters. So all are estimated where they are few; where they are many, some, fewer the wider the network is.
MOST_PROBED_ALL = 32
LEAST_SAMPLE, SAMPLE = 4, 12
SAMPLE_CELLS = 200_000


@dataclass(frozen=True)
class ChecksLayout:
    """The layout of `Checks`: verdicts, the matrix of broken rows, the shipped numbers, and below them the workings.

    `probes` names the rows of a run whose forward pass is computed again. Runs are counted from 0.
    """

    lesson: Lesson

    verdict_row = 3
    value_column = 3  # the column of what the checks use, and of the first run in the matrix
    chosen_epoch_row = 7
    absolute_row = 8
    relative_row = 9
    step_row = 10
    gradient_absolute_row = 11
    gradient_relative_row = 12
    loss_relative_row = 13
    runs_header_row = 16
    probes = ("first row", "chosen epoch", "last epoch")
    directions = (2, 1, -1, -2)  # steps by which a parameter is moved for the estimate of its gradient

    def value(self, row: int) -> str:
        """Return the cell of a number that the checks use (a tolerance, the step) by its row, on this sheet: `$C$8`."""
        return address(row, self.value_column, fixed=True)

    @property
    def verdict(self) -> str:
        """The cell of the verdict of the whole workbook: `'Checks'!$B$3`."""
        return f"{quoted(CHECKS)}!{address(self.verdict_row, 2, fixed=True)}"

    def run_row(self, run: int) -> int:
        """Return the row with a run's verdict and its seven counts."""
        return self.runs_header_row + 1 + run

    @property
    def shared_row(self) -> int:
        """The row with the verdict on the cells that all runs share, below those of the runs."""
        return self.run_row(len(self.lesson.runs))

    @property
    def shown_row(self) -> int:
        """The row with the verdict on the numbers that `Summary` and `Step by step` show, below that."""
        return self.shared_row + 1

    @property
    def matrix_header_row(self) -> int:
        """The header row of the matrix of broken rows: a row for each column of the runs' tables, a column a run."""
        return self.shown_row + 5

    def first_rows_column(self, run: int) -> int:
        """Return the column, right of the printed page, of the first broken rows of a run."""
        return max(12, 5 + len(self.lesson.runs)) + run

    @cached_property
    def _matrix(self) -> tuple[int, dict[Recipe, tuple[int, ...]]]:
        """The number of rows of the matrix, and for each recipe the row of each of its columns in it, counted from 0.

        Columns of the same name and the same rule share a row.
        """
        tables = {run.recipe: (epoch_column(run.recipe), *columns(run.recipe)) for run in self.lesson.runs}
        if len(tables) == 1:
            (only,) = tables.values()
            return len(only), dict.fromkeys(tables, tuple(range(len(only))))
        row_of: dict[tuple[str, str], int] = {}
        places = {}
        for recipe, table in tables.items():
            name = recipe.naming.name
            keys = [(name(column.quantity), math_text(column.formula, name)) for column in table]
            places[recipe] = tuple(row_of.setdefault(key, len(row_of)) for key in keys)
        return len(row_of), places

    def matrix_rows(self, recipe: Recipe) -> tuple[int, ...]:
        """Return for each column of a recipe's table, epoch first, its row in the matrix of broken rows."""
        return tuple(self.matrix_header_row + 1 + place for place in self._matrix[1][recipe])

    def matrix_range(self, column: int) -> str:
        """Return the range of a column over all rows of the matrix, as this sheet refers to it: `C25:C61`."""
        return f"{address(self.matrix_header_row + 1, column)}:{address(self.matrix_last_row, column)}"

    @property
    def matrix_last_row(self) -> int:
        return self.matrix_header_row + self._matrix[0]

    @property
    def shipped_header_row(self) -> int:
        """The header row of the table of typed numbers, now and as shipped."""
        return self.matrix_last_row + 3

    @cached_property
    def shipped_row_of(self) -> dict[str, int]:
        """The row of each typed number in that table, by its name, e.g. "w1"."""
        return {name: self.shipped_header_row + 1 + index for index, name in enumerate(self.lesson.typed)}

    def shipped(self, name: str) -> str:
        """Return the cell that stores the shipped value of a typed number: `'Checks'!$D$66`."""
        return f"{quoted(CHECKS)}!{address(self.shipped_row_of[name], self.value_column + 1, fixed=True)}"

    @cached_property
    def _probed(self) -> dict[Recipe, tuple[Parameter | Input, ...]]:
        return {run.recipe: _probed(run.recipe) for run in self.lesson.runs}

    def probed(self, run: int) -> tuple[Parameter | Input, ...]:
        """Return the parameters and inputs whose gradients are estimated: all, or a sample from first to last."""
        return self._probed[self.lesson.runs[run].recipe]

    def workings_row(self, run: int) -> int:
        """Return the row of the heading over a run's two tables of workings.

        With the number of runs as `run` it is the first row below all of these.
        """
        row = self.shipped_header_row + len(self.shipped_row_of) + 3
        for before in range(run):
            row += 2 + (1 + len(self.probes)) + 2 + (1 + self.estimate_rows(before)) + 1
        return row

    def estimate_rows(self, run: int) -> int:
        """Return how many rows a run's table of estimated gradients has."""
        return len(self.directions) * len(self.probed(run)) * len(self.probes)

    def forward_header_row(self, run: int) -> int:
        """Return the header row of the table in which a run's forward pass is computed again."""
        return self.workings_row(run) + 2

    def gradient_header_row(self, run: int) -> int:
        """Return the header row of a run's table of estimated gradients."""
        return self.forward_header_row(run) + len(self.probes) + 2

    @property
    def curves_header_row(self) -> int:
        """The header row of the table of NumPy's losses: a row for each epoch of the loss curves, a column a run."""
        return self.workings_row(len(self.lesson.runs)) + 2

    @property
    def shown_header_row(self) -> int:
        """The header row of the table of numbers on other sheets that are found again, below the loss curves."""
        return self.curves_header_row + len(LossCurvesLayout(self.lesson).all_epochs) + 4


def _probed(recipe: Recipe) -> tuple[Parameter | Input, ...]:
    moved: tuple[Parameter | Input, ...] = recipe.with_gradient
    if len(moved) > MOST_PROBED_ALL:
        passes = len(ChecksLayout.directions) * len(ChecksLayout.probes)
        affordable = SAMPLE_CELLS // (passes * (len(moved) + 2 * sum(recipe.sizes)))
        count, last = min(SAMPLE, max(LEAST_SAMPLE, affordable)), len(moved) - 1
        moved = tuple(moved[number * last // (count - 1)] for number in range(count))
    return (*moved, *recipe.naming.inputs()[:SAMPLE]) if recipe.input_gradients else moved
