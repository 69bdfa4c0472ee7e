"""The chosen parameter of a sheet `Step by step`: its menu, its numbers, and the sum over its paths to the loss."""

from __future__ import annotations

import numpy as np

from xlbackprop.network import Gradient
from xlbackprop.sheets.steps.chosen_row import Row, number_in, texts
from xlbackprop.sheets.steps.lines import StepLines
from xlbackprop.sheets.steps.local_derivatives import Library
from xlbackprop.sheets.steps.path_lines import PathLines
from xlbackprop.sheets.steps.paths import Plan, plan_of, plan_table
from xlbackprop.sheets.steps.words import Text, constant, joined
from xlbackprop.workbook import Filled, Flag, Look, Role, Style, Table, Value, address, element

EQUAL, UNEQUAL, NO_NUMBERS = "✓ equal", "✗ not equal", "no numbers to compare"


class Choice:
    """The chosen parameter, and the formulas that look up its numbers.

    `trained` lists the parameters of the menu. `plan` tells the paths from each to the loss, or is None where these are
    too many. `parameters_row` and `plan_row` are the header rows of the two tables.
    """

    def __init__(self, lines: StepLines) -> None:
        self.lines = lines
        self.shown: Row = lines.shown
        self.places = lines.places
        self.trained = self.shown.recipe.trained
        self.plan: Plan | None = plan_of(self.shown)
        self.parameters_row = self.places.header_row + len(self.places.quantities) + 3
        self.plan_row = self.parameters_row + len(self.trained) + 3

    # ---------------------------------------------------------------------------------------------------- the workings

    def tables(self) -> tuple[Table, ...]:
        """Return the table of parameters to choose from, with the lines of their numbers, and the plan of paths."""
        places, rows = self.places, {of: index for index, of in enumerate(self.places.quantities, start=1)}

        def stored(header: str, numbers: list[int]) -> Filled:
            return Filled(header, None, np.array(numbers, dtype=np.float64), Style(Look.STORED))

        columns = [
            Filled("parameter", None, texts(map(self.shown.naming.name, self.trained)), Style(Look.LABEL)),
            stored("line of its value", [rows[parameter] for parameter in self.trained]),
            stored("line of its ∂E/∂", [rows[Gradient(parameter)] for parameter in self.trained]),
        ]
        if self.plan is None:
            return (Table(self.parameters_row, places.workings, tuple(columns)),)
        columns += [stored("plan", list(self.plan.unit_of)), stored("own factor", list(self.plan.own))]
        parameters = Table(self.parameters_row, places.workings, tuple(columns))
        return parameters, plan_table(self.plan, places, self.plan_row)

    def _column(self, column: int) -> tuple[str, str]:
        """Return the first and the last cell of a column, from 0, of the table of parameters."""
        first, last = (self.places.workings + column, self.parameters_row + 1), len(self.trained)
        return address(first[1], first[0], fixed=True), address(first[1] + last - 1, first[0], fixed=True)

    @property
    def menu(self) -> str:
        """The range of the parameters' names, from which the menu is made."""
        return ":".join(self._column(0))

    @property
    def name(self) -> Text:
        """The name of the chosen parameter as a text that follows the choice: w1."""
        return Text(self.places.parameter_name, self.shown.naming.name(self.shown.parameter))

    def put_state(self) -> None:
        """Put into the workings the chosen parameter's number, and what is looked up for it: name, lines, plan."""
        shown, places, index = self.shown, self.places, self.shown.parameter_index
        selector = places.cell(places.parameter_row, places.rule)
        shown.state(
            4,
            "number of the parameter",
            index + 1,
            number_in(self.menu, selector) if len(self.trained) > 1 else "1",
        )
        lines = [places.quantities.index(of) + 1 for of in (shown.parameter, Gradient(shown.parameter))]
        looked_up: list[tuple[str, Value]] = [("its name", self.name.value)]
        looked_up += zip(("line of its value", "line of its ∂E/∂"), lines, strict=True)
        if self.plan is not None:
            looked_up += [("its plan", self.plan.unit_of[index]), ("its own factor", self.plan.own[index])]
        for column, (words, value) in enumerate(looked_up):
            shown.state(5 + column, words, value, element(*self._column(column), places.parameter_number))

    def in_row(self, line: str) -> str:
        """Return the formula of a number in the table of workings; the cell `line` holds its line, from 1."""
        places = self.places
        first, last = (places.cell(places.header_row + row, places.workings + 3) for row in (1, len(places.quantities)))
        return element(first, last, line)

    # ------------------------------------------------------------------------------------------------------ the result

    @property
    def longest_name(self) -> int:
        """The length of the longest text in the first column of the paths' lines, in characters: "10. ∂out_h1/∂h1"."""
        name = self.shown.naming.name
        factors = () if self.plan is None else self.plan.factors
        return max((len(f"10. ∂{name(factor.top)}/∂{name(factor.bottom)}") for factor in factors), default=0)

    @property
    def results(self) -> int:
        """How many lines the result takes: the sum of the paths where it is written out, and the table's gradient."""
        return 1 if self.plan is None else 2

    def put_paths(self, first: int) -> None:
        """Put the sum over the paths and below it the table's gradient; put all paths from row `first` on."""
        gradient, gradient_line = joined([constant("∂E/∂"), self.name]), self.places.gradient_line
        value = self.shown.number(Gradient(self.shown.parameter))
        if self.plan is None:
            verdict = constant("its paths to the loss are too many to be written out")
        else:
            paths = PathLines(self.lines, Library(self.shown, self.plan), self.plan, self.plan_row, first)
            paths.put()
            cells, carried = paths.end
            numbers = Text(cells.total_text, carried.total_text)
            if not paths.spells_sum:
                numbers = Text(f'"the sum of its "&{cells.paths}&" paths"', f"the sum of its {carried.paths} paths")
            rule = constant("= the products along its paths, added up")
            self.line(gradient, rule, numbers, cells.total, carried.total)
            total = self.places.cell(self.lines.row - 1, self.places.value)
            verdict = compared(total, self.places.cell(self.lines.row, self.places.value), carried.total, value)
        self.line(gradient, constant("as the table of the run has it"), verdict, self.in_row(gradient_line), value)

    def line(
        self, name: Text, rule: Text, numbers: Text, formula: str, value: Value, role: Role = Role.GRADIENT
    ) -> None:
        """Put a line (name, rule, rule with numbers, value) whose texts may all follow the choice."""
        canvas, places, row = self.lines.canvas, self.places, self.lines.row
        for column, text, look in (
            (places.symbol, name, Look.LABEL),
            (places.rule, rule, Look.MATH),
            (places.numbers, numbers, Look.BODY),
        ):
            in_role = role if column == places.symbol else Role.NONE
            shrink = column == places.numbers
            canvas.put(row, column, text.value, look, in_role, formula=text.formula_if_live, shrink=shrink)
        canvas.put(row, places.value, value, Look.NUMBER, role, formula=formula)
        self.lines.row += 1


def compared(cell: str, other: str, value: float, there: float) -> Text:
    """Return a text that says whether two cells hold equal numbers, but for rounding: "✓ equal" or "✗ not equal".

    `value` and `there` are the numbers in the cells `cell` and `other`.
    """
    near = f"ABS({cell}-{other})<=1/10^12+ABS({other})/10^9"
    formula = f'IF(ISNUMBER({cell}-{other}),IF({near},"{EQUAL}","{UNEQUAL}"),"{NO_NUMBERS}")'
    if not np.isfinite(value - there):
        return Text(formula, NO_NUMBERS)
    return Text(formula, EQUAL if abs(value - there) <= 1e-12 + abs(there) / 1e9 else UNEQUAL)


def tick(row: int, column: int) -> tuple[Flag, Flag]:
    """Return the colours of a cell with such a text: green for "✓ equal", red for "✗ not equal"."""
    cell = address(row, column)
    first = f"LEFT({address(row, column, fixed=True)},1)"
    return Flag(cell, f'{first}="{EQUAL[0]}"', "good"), Flag(cell, f'{first}="{UNEQUAL[0]}"', "bad")
