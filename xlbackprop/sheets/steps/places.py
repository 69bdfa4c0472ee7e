"""`StepLayout`: the cell of each number of a sheet `Step by step`, found by arithmetic on the lesson.

A sheet shows one row of one run, both chosen in its head, and one parameter of it. Runs whose networks differ in what
is drawn and written out have sheets of their own; runs that differ in rate, start or optimizer share one.

Left are the lines of mathematics, right of them the network, and right of that the workings: cells in which the sheet
looks up what is chosen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile

from xlbackprop.lesson import Lesson
from xlbackprop.network import Naming, Quantity, Recipe
from xlbackprop.sheets.derivation.drawing import can_be_drawn
from xlbackprop.sheets.derivation.opening import opening, opening_of
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.workbook import address, quoted

STEP_BY_STEP = "Step by step"

MOST_PLANS = 1_000  # for no more parameters paths are written out


@dataclass(frozen=True)
class StepLayout:
    """The layout of one sheet `Step by step`: its number among these, from 0, and the runs that it can show.

    `run_choice`, `epoch_choice`, `example_choice` and `parameter_choice` are the names of what a reader chooses there:
    "run of Step by step".
    """

    lesson: Lesson
    number: int
    runs: tuple[RunLayout, ...]

    symbol, rule, numbers, value = 1, 2, 3, 4  # the columns of a line
    right = 6  # the first column of the network
    choice_row = 4  # its cells are chosen in, below their names
    epoch_column, run_column, example_column = 1, 2, 3
    sentence_row = 5  # the sentence that says what is shown stays in view, and so do all rows above it
    first_row = 7
    state_row = 4  # the first row of the numbers that tell what is chosen
    header_row = 17

    @property
    def parameter_column(self) -> int:
        """The column in which a weight or a bias is chosen, the last of the choices."""
        return 3 if self.lesson.single else 4

    @property
    def name(self) -> str:
        """The name of the sheet."""
        return STEP_BY_STEP if self.number == 0 else f"{STEP_BY_STEP} {self.number + 1}"

    @property
    def recipe(self) -> Recipe:
        """The recipe that the runs of this sheet share; its optimizer and constants are those of the first run."""
        return self.runs[0].recipe

    @property
    def naming(self) -> Naming:
        return self.recipe.naming

    @property
    def run_choice(self) -> str:
        return f"run of {self.name}"

    @property
    def epoch_choice(self) -> str:
        return f"epoch of {self.name}"

    @property
    def example_choice(self) -> str:
        return f"example of {self.name}"

    @property
    def parameter_choice(self) -> str:
        return f"parameter of {self.name}"

    @property
    def choices(self) -> dict[str, float]:
        """The shipped value of each choice on the sheet: {"epoch of Step by step": 0, …}.

        Where a text is chosen from a list, the value is its place in the list, from 0.
        """
        first, indices = opening(self.lesson), [run.index for run in self.runs]
        place = indices.index(first.run) if first.run in indices else 0
        chosen = {self.run_choice: float(place)} if len(self.runs) > 1 else {}
        chosen[self.epoch_choice] = float(first.epoch)
        if not self.lesson.single:
            chosen[self.example_choice] = opening_of(self.lesson, indices[place]).example + 1.0
        if len(self.recipe.trained) > 1:
            chosen[self.parameter_choice] = 0.0
        return chosen

    @property
    def whole_choices(self) -> dict[str, range]:
        """The allowed values of choices for which a whole number is typed: {"epoch of Step by step": range(101)}."""
        ranges = {self.epoch_choice: range(self.lesson.epochs + 1)}
        if not self.lesson.single:
            ranges[self.example_choice] = range(1, len(self.lesson.inputs) + 1)
        return ranges

    @property
    def is_drawn(self) -> bool:
        """Whether the network is drawn, and its units written out."""
        return can_be_drawn(self.naming)

    @cached_property
    def network_columns(self) -> int:
        """The width, in columns, of the network: the inputs, four columns a layer, two for the losses."""
        return 4 * self.naming.depth + 3 if self.is_drawn else 12

    @property
    def workings(self) -> int:
        """The first column of the workings, which begin with the table of the chosen row."""
        return self.right + self.network_columns + 2

    @property
    def beside(self) -> int:
        """The first column, right of the tables of workings, for texts and running results that the lines need.

        The widest table is the plan of the paths, which has a column for each unit and each bias that units share.
        """
        widest = sum(self.recipe.sizes[1:]) + self.naming.depth
        return self.workings + 11 + min(widest, MOST_PLANS)

    @property
    def library(self) -> int:
        """The first column of the table of local derivatives."""
        return self.beside + 10

    @property
    def update(self) -> int:
        """The first column of the table of numbers that the update of the chosen parameter is made from."""
        return self.library + 7

    # ------------------------------------------------------------------------------------------------------ the row

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """The quantities of the chosen row: the columns at the left that the tables of all runs of this sheet share.

        The numbers that an optimizer keeps are in the last columns, and another optimizer keeps other numbers.
        """
        tables = [[column.quantity for column in run.columns] for run in self.runs]
        common = takewhile(lambda quantities: len({*quantities}) == 1, zip(*tables, strict=False))
        return tuple(first for first, *_ in common)

    @cached_property
    def row_of(self) -> dict[Quantity, int]:
        """A mapping from each quantity of the shown row to its row in the table of workings."""
        return {quantity: self.header_row + 1 + index for index, quantity in enumerate(self.quantities)}

    def cell(self, row: int, column: int) -> str:
        """Return the fixed address of a cell, e.g. `$F$6`."""
        return address(row, column, fixed=True)

    @property
    def last_network_column(self) -> int:
        return self.right + self.network_columns - 1

    @property
    def place(self) -> str:
        """The target of links to this sheet: `'Step by step'!A1`."""
        return f"{quoted(self.name)}!A1"


def step_sheets(lesson: Lesson) -> tuple[StepLayout, ...]:
    """Return the layouts of all sheets `Step by step` of a lesson.

    The first is that of the run which is explained first, then they come in the order of the first runs that they show.
    """
    first = lesson.runs[opening(lesson).run]
    groups: dict[Recipe, list[RunLayout]] = {_alike(first.recipe): []}
    for index, run in enumerate(lesson.runs):
        groups.setdefault(_alike(run.recipe), []).append(RunLayout(lesson, index))
    return tuple(StepLayout(lesson, number, tuple(runs)) for number, runs in enumerate(groups.values()))


def _alike(recipe: Recipe) -> Recipe:
    """Return a recipe without the parts that only the update uses; runs that are equal in the rest share a sheet.

    Whether the learning rate changes is no such part: it decides a column.
    """
    schedule = "constant" if recipe.schedule == "constant" else "changes"
    return replace(recipe, optimizer="", schedule=schedule, constants=(), inside_root=False)
