"""The chosen parameter of a sheet `Step by step`: its menu, its numbers, and the sum over its paths to the loss."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from xlbackprop.lesson import with_own
from xlbackprop.network import Bias, Gradient, Weight
from xlbackprop.sheets.steps.chosen_row import DECAY, Row, texts
from xlbackprop.sheets.steps.lines import StepLines
from xlbackprop.sheets.steps.paths import NOTHING, Library, PathLines, Plan, plan_of, plan_table
from xlbackprop.workbook import (
    Filled,
    Flag,
    Live,
    Look,
    Role,
    Style,
    Table,
    Told,
    absolute,
    address,
    cell,
    cells,
    element,
    is_number,
    live,
    operand,
    position,
    short,
    ten_to,
    unless_error,
    when,
)

_OWN_NAMES = "with its own name"
EQUAL, UNEQUAL, NO_NUMBERS = "✓ equal", "✗ not equal", "no numbers to compare"


class Choice:
    """The chosen parameter, and the cells in which its numbers are looked up.

    `trained` lists the parameters of the menu. `plan` tells the paths from each to the loss, or is None where these are
    too many. `parameters_row` and `plan_row` are the header rows of the two tables. `number` is that of the parameter,
    counted from 1, `name` its name as a text that follows the choice: w1. `called` is the same with its own name, w1
    (w13), where the lesson has such names. `chosen` is the cell in which it is chosen.
    """

    def __init__(self, lines: StepLines) -> None:
        self.lines = lines
        self.shown: Row = lines.shown
        self.places = lines.places
        self.trained = self.shown.recipe.trained
        self.plan: Plan | None = plan_of(self.shown)
        self.parameters_row = self.places.header_row + len(self.places.quantities) + 3
        self.plan_row = self.parameters_row + len(self.trained) + 3
        self._put_state()

    # ---------------------------------------------------------------------------------------------------- the workings

    @cached_property
    def _parameters(self) -> tuple[Filled, ...]:
        """The columns of the table of parameters to choose from, with the lines of their numbers in the workings."""
        lines = {of: float(line) for line, of in enumerate(self.places.quantities, start=1)}
        fed = [self.shown.naming.fed_by(of) if isinstance(of, Bias) else (of.unit,) for of in self.trained]
        stored = {
            "line of its value": [lines[of] for of in self.trained],
            "line of its gradient": [lines[Gradient(of)] for of in self.trained],
            "its layer": [float(of.layer) for of in self.trained],
            "its unit (0: all)": [float(units[0] + 1 if len(units) == 1 else 0) for units in fed],
        }
        if self.plan is not None:
            stored |= {"plan": [*map(float, self.plan.unit_of)], "own factor": [*map(float, self.plan.own)]}
        name, lesson, run = self.shown.naming.name, self.shown.book.lesson, self.shown.run.index
        names = Filled("parameter", None, texts(map(name, self.trained)), Style(Look.LABEL))
        numbers = (Filled(name, None, np.array(of), Style(Look.STORED)) for name, of in stored.items())
        called = [with_own(name(of), lesson.own_name(of, run)) for of in self.trained]
        has_own = any(lesson.own_name(of, run) for of in self.trained)
        return names, *numbers, *[Filled(_OWN_NAMES, None, texts(called), Style(Look.LABEL))] * has_own

    def tables(self) -> tuple[Table, ...]:
        """Return the table of parameters, and the plan of paths."""
        parameters = Table(self.parameters_row, self.places.workings, self._parameters)
        return (parameters,) if self.plan is None else (parameters, plan_table(self.plan, self.places, self.plan_row))

    def _column(self, column: int) -> Live:
        """Return a column, from 0, of the table of parameters."""
        at, rows = self.places.workings + column, (self.parameters_row + 1, self.parameters_row + len(self.trained))
        first, last = (self.places.cell(row, at) for row in rows)
        return cells(f"{first}:{last}", self._parameters[column].values.tolist())  # type: ignore[union-attr]

    @property
    def menu(self) -> str:
        """The range of the parameters' names, from which the menu is made."""
        return self._column(0).formula

    def _put_state(self) -> None:
        """Put into the workings the chosen parameter's number, and what is looked up for it: name, lines, plan."""
        shown, places = self.shown, self.places
        self.chosen = cell(places.cell(places.choice_row, places.parameter_column), shown.naming.name(shown.parameter))
        number = unless_error(position(self.chosen, self._column(0)), 1) if len(self.trained) > 1 else live(1) * 1
        self.number = shown.state(4, "number of the parameter", number)
        words = ("its name", *(column.header for column in self._parameters[1:] if column.style.look is Look.STORED))
        self.name, self.value_line, self.gradient_line, self.layer, self.unit, *of_plan = (
            shown.state(5 + column, word, element(self._column(column), self.number))
            for column, word in enumerate(words)
        )
        self.plan_number, self.own_factor = of_plan or (live(0), live(0))

    @property
    def called(self) -> Live:
        """The name of the chosen parameter, with its own name if any has one: w1 (w13)."""
        last = len(self._parameters) - 1
        return element(self._column(last), self.number) if self._parameters[last].header == _OWN_NAMES else self.name

    @property
    def value(self) -> Live:
        """The value of the chosen parameter in the chosen row."""
        return element(self.shown.numbers, self.value_line)

    @property
    def gradient(self) -> Live:
        """∂E/∂ of the chosen parameter in the chosen row."""
        return element(self.shown.numbers, self.gradient_line)

    # ------------------------------------------------------------------------------------------------------ the result

    @property
    def longest_name(self) -> int:
        """The length of the longest text in the first column of the paths' lines, in characters: "10. ∂out_h1/∂h1"."""
        name = self.shown.naming.name
        factors = () if self.plan is None else self.plan.factors
        return max((len(f"10. ∂{name(factor.top)}/∂{name(factor.bottom)}") for factor in factors), default=0)

    def put_paths(self) -> None:
        """Put all paths, below them their sum, and below that the table's gradient."""
        name = "∂E/∂" & self.name
        verdict: Told = "too many paths to be written out"
        if self.plan is not None:
            library = Library(self.shown, self.plan)
            paths = PathLines(self.lines, library, self.plan, self._told, self.own_factor)
            end = paths.put()
            numbers = end.total_text if paths.spells_sum else "the sum of its " & end.paths & " paths"
            there = self._sum(name, numbers, end.total)
            verdict = compared(there, cell(self.places.cell(self.lines.row, self.places.value), self.gradient.value))
        symbol = self.places.cell(self.lines.row, self.places.symbol)
        there = self.line(name, "as the run's table has it", verdict, self.gradient)
        self.lines.canvas.claim(there, f"INDEX({self.shown.numbers},MATCH({symbol},{self.shown.symbols},0))")

    def _sum(self, name: Told, numbers: Live, total: Live) -> Live:
        """Put the line of the sum of the paths; where large weights have a penalty, a weight adds the slope of that."""
        rule = "= its paths, added up"
        if not self.shown.recipe.decays_in_loss:
            return self.line(name, rule, numbers, total)
        weights = sum(isinstance(of, Weight) for of in self.trained)
        decay, is_weight = self.shown.shown(DECAY), self.number <= weights
        more = when(is_weight, f", + {self.shown.naming.name(DECAY)}·" & self.name, "")
        spelled = when(is_weight, " + " & decay.operand & " × " & operand(short(self.value)), "")
        return self.line(name, rule & more, numbers & spelled, total + when(is_weight, decay.number * self.value, 0))

    def _told(self, index: int) -> Live:
        """Return what the plan of the chosen parameter has in a line, counted from 0."""
        assert self.plan is not None
        lines = [told[index] if index < len(told) else NOTHING for told in self.plan.lines]
        row, first = self.plan_row + 1 + index, self.places.workings
        ends = (self.places.cell(row, first + column) for column in (0, len(lines) - 1))
        # of a range that is one row Gnumeric finds a cell only by row and column
        return element(cells(":".join(ends), [[float(line)] for line in lines]), live(1), self.plan_number)

    def line(self, name: Told, rule: Told, numbers: Told, number: Live, role: Role = Role.GRADIENT) -> Live:
        """Put a line (name, rule, rule with numbers, number) whose texts may all follow the choice.

        Returns the cell of the number.
        """
        canvas, places, row = self.lines.canvas, self.places, self.lines.row
        texts = {
            canvas.put(row, places.symbol, name, Look.LABEL, role): name,
            canvas.put(row, places.rule, rule, Look.MATH, shrink=True): rule,
            canvas.put(row, places.numbers, numbers, Look.BODY, shrink=True): numbers,
        }
        for there, told in texts.items():
            if isinstance(told, Live):
                canvas.claim(there, told)
        self.lines.row += 1
        return canvas.put(row, places.value, number, Look.NUMBER, role)


def compared(one: Live, other: Live) -> Live:
    """Return a text that says whether two cells hold equal numbers, but for rounding: "✓ equal" or "✗ not equal"."""
    near = absolute(one - other) <= 1 / ten_to(12) + absolute(other) / ten_to(9)
    return when(is_number(one - other), when(near, EQUAL, UNEQUAL), NO_NUMBERS)


def tick(row: int, column: int) -> tuple[Flag, Flag]:
    """Return the colours of a cell with such a text: green for "✓ equal", red for "✗ not equal"."""
    there = address(row, column)
    first = f"LEFT({address(row, column, fixed=True)},1)"
    return Flag(there, f'{first}="{EQUAL[0]}"', "good"), Flag(there, f'{first}="{UNEQUAL[0]}"', "bad")
