"""Which cells of a run's table a student fills in, which are given, and what each of them needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from xlbackprop.classroom.formula_parts import refs_of
from xlbackprop.errors import InputError, Problem
from xlbackprop.lesson import ALL, FORWARD, HIDDEN, LEVELS, LOSS, MOST_EXERCISE_ROWS, OUTPUT, UPDATES
from xlbackprop.network import (
    BatchGradient,
    Bias,
    Epoch,
    ExampleNumber,
    Exponential,
    ExponentialSum,
    Expression,
    Given,
    Gradient,
    Highest,
    If,
    InBatch,
    Input,
    NetInput,
    Number,
    Output,
    Quantity,
    Recipe,
    Ref,
    State,
    Step,
    Target,
    TotalLoss,
    UnitLoss,
    Weight,
    with_children,
)
from xlbackprop.network import children as parts_of
from xlbackprop.numpy_run import Trace
from xlbackprop.taught import Column, columns, epoch_column

_FEW_EPOCHS = 5  # after the first, of a single example
_MOST_COLUMNS = 250
# what no student works out, and no mistake changes
TYPED = Epoch | Step | ExampleNumber | InBatch | Input | Target


class Spot(NamedTuple):
    """A cell of the table: a quantity, and the index of its row, from 0."""

    row: int
    quantity: Quantity


@dataclass(frozen=True)
class AnswerTable:
    """The first rows of the first run of a lesson, in which a student fills in what belongs to a level.

    `rows` is how many there are. The level "output" ends with the update of the output layer; it has no gradients of
    hidden layers, whose formulas would say what those of the outputs are.
    """

    trace: Trace
    level: str
    rows: int

    @property
    def recipe(self) -> Recipe:
        return self.trace.lesson.runs[0].recipe

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the run's table."""
        return (epoch_column(self.recipe), *columns(self.recipe))

    # ------------------------------------------------------------------------------------------------------- the cells

    def is_typed(self, spot: Spot) -> bool:
        """Return whether a cell holds a number that no student works out: a count, an input, a target."""
        return isinstance(spot.quantity, TYPED)

    def is_answer(self, spot: Spot) -> bool:
        """Return whether the student fills in a cell. What only repeats another number is given."""
        level = _level_of(spot.quantity, self.recipe.naming.depth)
        belongs = level is not None and self.level in (ALL, level)
        return belongs and self.is_there(spot) and not isinstance(self.rule(spot), Ref | Number)

    def is_there(self, spot: Spot) -> bool:
        """Return whether the exercise has a cell at all."""
        if self.level != OUTPUT or self.is_typed(spot):
            return True
        level = _level_of(spot.quantity, self.recipe.naming.depth)
        is_parameter = isinstance(spot.quantity, Weight | Bias)
        if spot.row == self.rows - 1:
            return level == OUTPUT and (is_parameter or isinstance(spot.quantity, State))
        return level != HIDDEN or is_parameter

    @cached_property
    def spots(self) -> tuple[Spot, ...]:
        """All cells, row by row."""
        return tuple(
            spot
            for row in range(self.rows)
            for column in self.columns
            if self.is_there(spot := Spot(row, column.quantity))
        )

    @cached_property
    def answers(self) -> tuple[Spot, ...]:
        """The cells that the student fills in."""
        return tuple(filter(self.is_answer, self.spots))

    # ------------------------------------------------------------------------------------------- rules, values, needs

    def rule(self, spot: Spot) -> Expression:
        """Return the formula of a cell; where it asks whether a step or an epoch begins, the branch that holds."""
        return self._taken(self._column_of[spot.quantity].rule(spot.row), spot.row)

    @cached_property
    def _column_of(self) -> Mapping[Quantity, Column]:
        return {column.quantity: column for column in self.columns}

    def _taken(self, rule: Expression, row: int) -> Expression:
        match rule:
            case If(Ref(Step() | Epoch() as counter, 0), ">", Ref(), yes, no):
                begins = row > 0 and self._number(counter, row) > self._number(counter, row - 1)
                return self._taken(yes if begins else no, row)
            case _:
                return with_children(rule, [self._taken(part, row) for part in parts_of(rule)])

    def value(self, spot: Spot) -> float:
        """Return the true number of a cell."""
        return self._number(spot.quantity, spot.row)

    def _number(self, quantity: Quantity, row: int) -> float:
        return float(self.numbers(quantity)[row])

    def numbers(self, quantity: Quantity) -> np.ndarray:
        """Return the true numbers of a column, of shape (rows,)."""
        return self.trace.column(0, quantity)[0 : self.rows]

    def given(self, given: Given) -> float:
        """Return a number that the run starts from."""
        return self.trace.lesson.given(0)[given]

    def needs(self, spot: Spot) -> frozenset[Spot]:
        """Return all answers from which a cell follows, at once or by way of other cells."""
        return self._needs[spot]

    @cached_property
    def _needs(self) -> dict[Spot, frozenset[Spot]]:
        found: dict[Spot, frozenset[Spot]] = {}
        for spot in self.spots:
            self._find_needs(spot, found)
        return found

    def _find_needs(self, spot: Spot, found: dict[Spot, frozenset[Spot]]) -> frozenset[Spot]:
        if spot not in found:
            read = [*self._read_by(spot)]
            behind = (self._find_needs(other, found) for other in read)
            found[spot] = frozenset(filter(self.is_answer, read)).union(*behind)
        return found[spot]

    def _read_by(self, spot: Spot) -> Iterator[Spot]:
        if self.is_typed(spot):
            return
        for ref in refs_of(self.rule(spot)):
            if not isinstance(ref.quantity, Given):
                yield Spot(spot.row - ref.back, ref.quantity)

    def reads(self, spot: Spot) -> tuple[Spot, ...]:
        """Return the cells that the formula of a given cell reads and that are empty as long as answers are missing."""
        return tuple(dict.fromkeys(one for one in self._read_by(spot) if self.is_answer(one) or self.needs(one)))


def answer_table(trace: Trace, level: str, rows: int | None = None) -> AnswerTable:
    """Return the table of an exercise; `rows` None: a few epochs of one example, two steps of several.

    Raises InputError where the lesson has nothing for this level, or is too large to be filled in by hand.
    """
    lesson = trace.lesson
    recipe = lesson.runs[0].recipe
    step_ends = 1 if lesson.single else min(recipe.batch, recipe.examples)
    standard = 1 + _FEW_EPOCHS if lesson.single else 2 * step_ends + 1
    count = step_ends + 1 if level == OUTPUT else min(rows or standard, recipe.rows)
    table = AnswerTable(trace, level, min(count, recipe.rows))
    problems = [*_problems(table)]
    if problems:
        raise InputError("the exercise", problems)
    return table


def _problems(table: AnswerTable) -> Iterator[Problem]:
    if len(table.columns) > _MOST_COLUMNS:
        what = f"its table has {len(table.columns):,} columns; {_MOST_COLUMNS} are the most for one that is filled in."
        yield Problem("", what, "Take a lesson with a smaller network.")
    elif table.rows > MOST_EXERCISE_ROWS:
        yield Problem("--rows", f"it is {table.rows:,}; {MOST_EXERCISE_ROWS} are the most.", "Students fill down.")
    elif not table.answers:
        what = f"there is nothing to fill in at the level {table.level}."
        others = ", ".join(level for level in LEVELS if level != table.level)
        yield Problem("--level", what, f"Choose another: {others}.")
    elif any(np.isnan(table.value(spot)) for spot in table.answers):
        what = "numbers grow too large in the rows that are filled in."
        yield Problem("", what, "Take fewer rows, or a smaller rate.")


def part_of(quantity: Quantity, depth: int) -> str | None:
    """Return which of PARTS the working out of a quantity is; None for what is none of them."""
    match quantity:
        case UnitLoss() | TotalLoss():
            return LOSS
        case Weight() | Bias() | State():
            return UPDATES
        case _:
            return _level_of(quantity, depth)


def _level_of(quantity: Quantity, depth: int) -> str | None:
    """Return to which level the working out of a quantity belongs; None for what belongs to none."""
    match quantity:
        case NetInput() | Output() | Highest() | Exponential() | ExponentialSum() | UnitLoss() | TotalLoss():
            return FORWARD
        case Weight(layer) | Bias(layer):
            return OUTPUT if layer == depth else HIDDEN
        case Gradient(of) | BatchGradient(of) | State(_, of):
            layer = 0 if isinstance(of, Input) else of.layer
            return OUTPUT if layer == depth else HIDDEN
        case _:
            return None
