"""`Plan`: which local derivatives make every path from a parameter to the loss.

What depends on the choice is looked up: each local derivative of the network stands once in the workings, and a plan
tells which of them make the paths of a unit. All weights into a unit share its plan but for the last factor, which is
their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from xlbackprop.network import Parameter, Quantity, Weight, mixes_outputs
from xlbackprop.sheets.steps.chosen_row import Row
from xlbackprop.sheets.steps.places import MOST_PLANS, StepLayout
from xlbackprop.taught import Factor, chains
from xlbackprop.workbook import Filled, Look, Style, Table

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
