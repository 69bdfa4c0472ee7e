"""A run as its formulas give it, without any spreadsheet program: a sheet in a few lines, in which rules can be wrong.

The functions are those of the mathematics library, which most programs use, and not NumPy's: the last digits differ.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import pytest

from xlbackprop.lesson.lesson import Lesson
from xlbackprop.network import expression
from xlbackprop.network.expression import Expression, Function, Ref, evaluate
from xlbackprop.network.quantities import Datum, Given, Input, Quantity, Target
from xlbackprop.numpy_run.scaling import received
from xlbackprop.taught.column import Column
from xlbackprop.taught.counters import epoch_column
from xlbackprop.taught.run_columns import columns

_LIBRARY = {Function.EXP: math.exp, Function.LN: math.log, Function.TANH: math.tanh, Function.COS: math.cos}


def formula_run(lesson: Lesson, run: int, wrong: Mapping[Quantity, Expression] | None = None) -> np.ndarray:
    """Return all numbers of a run (rows, quantities), calculated cell after cell; `wrong` replaces rules of columns."""
    with pytest.MonkeyPatch.context() as patch:
        for name, function in _LIBRARY.items():
            patch.setitem(expression._FUNCTIONS, name, _of_the_library(function))
        return _calculated(lesson, run, wrong or {})


def _calculated(lesson: Lesson, run: int, wrong: Mapping[Quantity, Expression]) -> np.ndarray:
    table = run_columns(lesson, run)
    rules = {column.quantity: column for column in table}
    given = given_numbers(lesson, run)
    above: dict[Quantity, np.ndarray] = {}
    here: dict[Quantity, np.ndarray] = {}
    row = 0

    def number(ref: Ref) -> np.ndarray:
        of = ref.quantity
        if isinstance(of, Given):
            return given[of]
        if ref.back:
            return above[of]
        if of not in here:
            rule = rules[of].rule(row)
            here[of] = evaluate(rule if rule is rules[of].first else wrong.get(of, rule), number)
        return here[of]

    calculated = np.empty((lesson.rows, len(table)))
    for row in range(lesson.rows):
        above, here = here, {}
        calculated[row] = [float(number(Ref(column.quantity))) for column in table]
    return calculated


def _of_the_library(function: Callable[[float], float]) -> Callable[[np.ndarray], np.ndarray]:
    def told(argument: float) -> float:
        try:
            return function(argument)
        except (OverflowError, ValueError):
            return math.nan

    return np.vectorize(told, otypes=[np.float64])


def formulas_of(lesson: Lesson, run: int, found: np.ndarray) -> np.ndarray:
    """Return what each formula gives from the numbers found in the cells that it refers to, (rows, quantities)."""
    table, given = run_columns(lesson, run), given_numbers(lesson, run)
    place = {column.quantity: index for index, column in enumerate(table)}
    above = np.concatenate([np.full_like(found[:1], np.nan), found[:-1]])

    def number(ref: Ref) -> np.ndarray:
        of = ref.quantity
        return given[of] if isinstance(of, Given) else (above if ref.back else found)[:, place[of]]

    told = np.empty_like(found)
    for column, index in zip(table, place.values(), strict=True):
        told[:, index] = evaluate(column.formula, number)
        if column.first is not None:
            told[:1, index] = np.ravel(evaluate(column.first, number))[0]
    return told


def run_columns(lesson: Lesson, run: int) -> list[Column]:
    """Return all columns of a run's table."""
    recipe = lesson.runs[run].recipe
    return [epoch_column(recipe), *columns(recipe)]


def given_numbers(lesson: Lesson, run: int) -> dict[Given, np.ndarray]:
    """Return the typed numbers; of an input or a target those of all examples, where there are several."""
    given = {of: np.asarray(value) for of, value in lesson.given(run).items()}
    naming, examples = lesson.runs[run].naming, range(len(lesson.inputs))
    data: tuple[Input | Target, ...] = (*naming.inputs(), *naming.targets())
    if not lesson.single:
        given |= {Given(of): np.array([given[Given(Datum(of, example))] for example in examples]) for of in data}
    if lesson.scale:
        given |= zip(map(Given, naming.inputs()), received(lesson).inputs.T, strict=True)
    return given
