"""The paths from a parameter to the loss: their plan, the local derivatives that they are made of, and their lines.

What depends on the choice is looked up: each local derivative of the network stands once in the workings, and a plan
tells which of them make the paths of a unit. All weights into a unit share its plan but for the last factor, which is
their own. The paths stand below each other: a line for each factor, one for the product. Running results, right of
each line, are the product and the sum so far, with which the next line goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

import numpy as np

from xlbackprop.network import Parameter, Quantity, Weight, mixes_outputs
from xlbackprop.sheets.derivation.words import pieces, with_numbers
from xlbackprop.sheets.steps.chosen_row import Row
from xlbackprop.sheets.steps.lines import StepLines
from xlbackprop.sheets.steps.places import MOST_PLANS, StepLayout
from xlbackprop.taught import Factor, chains
from xlbackprop.workbook import Filled, Live, Look, Role, Style, Table, cells, element, live, math_text, when

MOST_LINES, MOST_CELLS, MOST_FACTORS = 300, 20_000, MOST_PLANS
# A line of the plan that is not the number of a local derivative: empty, a product, the parameter's own factor.
NOTHING, PRODUCT, OWN = 0, -1, -2


@dataclass(frozen=True, eq=False)
class Plan:
    """The plan by which the sheet writes out, line by line, the paths from the chosen parameter to the loss.

    `factors` are the local derivatives. `lines` has the plan of each unit, a list of lines; a line is the number of a
    local derivative, counted from 1, or one of NOTHING, PRODUCT and OWN. `unit_of` gives for each parameter the number
    of its plan, `own` the number of the local derivative that is its own; both count from 1.
    """

    factors: tuple[Factor, ...]
    lines: tuple[tuple[int, ...], ...]
    unit_of: tuple[int, ...]
    own: tuple[int, ...]

    @property
    def longest(self) -> int:
        """How many lines the longest plan has."""
        return max(map(len, self.lines))

    @property
    def most_paths(self) -> int:
        """The largest number of paths that a sum goes over."""
        return max(lines.count(PRODUCT) for lines in self.lines)

    @property
    def most_factors(self) -> int:
        """How many factors the longest product has; all paths of a parameter have as many."""
        return max(len(lines) // lines.count(PRODUCT) - 1 for lines in self.lines)


def plan_of(row: Row) -> Plan | None:
    """Return the plan of all paths of a network, or None where they are too many to be written out."""
    if _most_lines(row) > MOST_LINES or len(row.recipe.trained) > MOST_FACTORS:
        return None
    numbers: dict[tuple[Quantity, Quantity], int] = {}
    factors: list[Factor] = []

    def number(factor: Factor) -> int:
        key = factor.top, factor.bottom
        if key not in numbers:
            factors.append(factor)
            numbers[key] = len(factors)
        return numbers[key]

    lines: dict[object, tuple[int, ...]] = {}
    unit_of, own = [], []
    for parameter in row.recipe.trained:
        paths = chains(row.recipe, parameter)
        alone = isinstance(parameter, Weight) or len(row.naming.fed_by(parameter)) == 1
        key = _unit_of(row, parameter) if alone else parameter
        told = [[number(factor) for factor in path] for path in paths]
        own.append(told[0][-1])
        if key not in lines:
            ends = [OWN] if alone else []
            lines[key] = tuple(line for path in told for line in (*(path[:-1] if alone else path), *ends, PRODUCT))
        unit_of.append(list(lines).index(key) + 1)
    plan = Plan(tuple(factors), tuple(lines.values()), tuple(unit_of), tuple(own))
    return plan if plan.longest * len(plan.lines) <= MOST_CELLS and len(factors) <= MOST_FACTORS else None


def _most_lines(row: Row) -> int:
    """Return how many lines the longest sum of paths would take, by arithmetic: they may be millions."""
    sizes = row.recipe.sizes
    shares = any(not isinstance(of, Weight) and len(row.naming.fed_by(of)) > 1 for of in row.recipe.trained)
    to_outputs = sizes[-1] if mixes_outputs(row.recipe) else 1
    return to_outputs * prod(sizes[1 if shares else 2 :]) * (2 * row.naming.depth + 2)


def _unit_of(row: Row, parameter: Parameter) -> tuple[int, int]:
    if isinstance(parameter, Weight):
        return parameter.layer, parameter.unit
    return parameter.layer, row.naming.fed_by(parameter)[0]


def plan_table(plan: Plan, places: StepLayout, header_row: int) -> Table:
    """Return the plan as a table: a column for each unit, a row for each line."""
    style = Style(Look.STORED)
    columns = []
    for number, lines in enumerate(plan.lines, start=1):
        padded = np.zeros(plan.longest)
        padded[: len(lines)] = lines
        columns.append(Filled(f"plan {number}", None, padded, style))
    return Table(header_row, places.workings, tuple(columns))


# ------------------------------------------------------------------------------------------------ the local derivatives

# The columns, counted from 1; the first four are those of a line of mathematics.
TEXT, OPERAND = 5, 6
_HEADERS = ("derivative", "rule", "with numbers", "value", "as text", "in a product")


class Library:
    """The table of all local derivatives that a plan of paths uses, from which one of them can be looked up."""

    def __init__(self, shown: Row, plan: Plan) -> None:
        self.shown = shown
        self.places = shown.places
        self.plan = plan
        self._columns = [*self._put()]

    def _put(self) -> Iterator[Live]:
        """Put the table; yield its columns."""
        canvas, places, name = self.shown.canvas, self.places, self.shown.naming.name
        top = places.header_row
        canvas.put(top - 1, places.library, "Every local derivative of the network, in this row", Look.STRONG)
        for column, header in enumerate(_HEADERS, start=1):
            canvas.put(top, self._column(column), header, Look.HEADER)
        rows = range(top + 1, top + 1 + len(self.plan.factors))
        for row, (up, down, rule) in zip(rows, self.plan.factors, strict=True):
            derivative = f"∂{name(up)}/∂{name(down)}"
            canvas.put(row, self._column(places.symbol), derivative, Look.LABEL, Role.GRADIENT)
            canvas.put(row, self._column(places.rule), f"= {math_text(rule, name)}", Look.MATH)
            numbers = with_numbers(pieces(rule), self.shown.text, self.shown.operand)
            canvas.claim(canvas.put(row, self._column(places.numbers), numbers), self.shown.by_names(pieces(rule)))
            number = self.shown.computed(rule)
            cell = canvas.put(row, self._column(places.value), number, Look.NUMBER, Role.GRADIENT)
            self.shown.spelled(row, self._column(TEXT), cell)
        for column in range(places.library, places.library + len(_HEADERS)):
            values = [canvas.cells[row, column].value for row in rows]
            yield cells(f"{places.cell(rows[0], column)}:{places.cell(rows[-1], column)}", values)

    def _column(self, column: int) -> int:
        return self.places.library + column - 1

    def of(self, column: int, line: Live) -> Live:
        """Return what a column here has for a derivative; the cell `line` holds its number, from 1."""
        return element(self._columns[column - 1], line)


# ------------------------------------------------------------------------------------------------------------ the lines

# Up to here a product, or the sum of the paths, is written out with its numbers.
_MOST_IN_A_PRODUCT, _MOST_IN_A_SUM = 7, 4


class Running(NamedTuple):
    """The running results of a line: its derivative, the factors and paths so far, the product and the sum so far.

    Product and sum are there as numbers and, with the numbers that they are made from, as texts.
    """

    line: Live
    factors: Live
    paths: Live
    product: Live
    product_text: Live
    total: Live
    total_text: Live


_BEFORE_THE_FIRST = Running(live(NOTHING), live(0), live(0), live(1), live(""), live(0), live(""))


class PathLines:
    """The lines of the paths of the chosen parameter.

    `told` gives what the plan has in a line, counted from 0, and `own` the parameter's own factor. `spells_product` and
    `spells_sum` tell whether a product, and the sum of the paths, is short enough to be written out with its numbers.
    """

    def __init__(self, lines: StepLines, library: Library, plan: Plan, told: Callable[[int], Live], own: Live) -> None:
        self.lines, self.canvas, self.shown, self.places = lines, lines.canvas, lines.shown, lines.places
        self.library, self.plan, self.told, self.own = library, plan, told, own
        self.spells_product = plan.most_factors <= _MOST_IN_A_PRODUCT
        self.spells_sum = plan.most_paths <= _MOST_IN_A_SUM

    def put(self) -> Running:
        """Put all lines; return the running results of the last, among them the sum of all paths."""
        running = _BEFORE_THE_FIRST
        for index in range(self.plan.longest):
            running = self._results(index, running)
            self._show(self.lines.row, running)
            self.lines.row += 1
        return running

    def _results(self, index: int, before: Running) -> Running:
        """Put the running results of a line right of it."""
        row = self.lines.row

        def put(field: str, told: Live) -> Live:
            return self.canvas.put(row, self.places.beside + Running._fields.index(field), told, Look.NOTE)

        told = self.told(index)
        line = put("line", when(told.equals(OWN), self.own, told))
        is_factor, ends, goes_on = line > 0, line.equals(PRODUCT), before.line > 0
        factors = put("factors", before.factors + when(is_factor, 1, 0))
        paths = put("paths", before.paths + when(ends, 1, 0))
        value, spelled = self.library.of(self.places.value, line), self.library.of(OPERAND, line)
        product = put("product", when(is_factor, when(goes_on, before.product, 1) * value, before.product))
        total = put("total", before.total + when(ends, product, 0))
        product_text = total_text = live("")
        if self.spells_product:
            so_far = when(goes_on, before.product_text & " × ", "= ")
            product_text = put("product_text", when(is_factor, so_far & spelled, before.product_text & ""))
        if self.spells_sum:
            beside = self.shown.spelled(row, self.places.beside + len(Running._fields), product)
            so_far = when(before.paths > 0, before.total_text & " + ", "= ")
            total_text = put("total_text", when(ends, so_far & beside.operand, before.total_text & ""))
        return Running(line, factors, paths, product, product_text, total, total_text)

    def _show(self, row: int, here: Running) -> None:
        """Put the part of a line that a reader sees: a factor, a product, or nothing."""
        places = self.places
        product = here.product_text if self.spells_product else live("= the product of its factors")
        of_path = ("path " & here.paths, live("the product of these factors"), product, here.product)
        looks = (Look.LABEL, Look.MATH, Look.BODY, Look.NUMBER)
        columns = (places.symbol, places.rule, places.numbers, places.value)
        for column, ended, look in zip(columns, of_path, looks, strict=True):
            factor = self.library.of(column, here.line)
            factor = here.factors & ". " & factor if column == places.symbol else factor
            told = when(here.line > 0, factor, when(here.line.equals(PRODUCT), ended, ""))
            there = self.canvas.put(row, column, told, look, shrink=column in (places.rule, places.numbers))
            self.canvas.claim(there, told)
