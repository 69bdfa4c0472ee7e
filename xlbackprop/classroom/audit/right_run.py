"""The run that a table should have been: from its own first row and learning rate, computed by NumPy."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from xlbackprop.classroom.audit.meanings import Meanings
from xlbackprop.lesson import Lesson, Run
from xlbackprop.network import Recipe, TotalLoss
from xlbackprop.numpy_run import train

MOST_ROWS = 20_000


def start_of(meanings: Meanings) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]] | None:
    """Return the inputs, targets and starting weights of a table; None where one of them is not known."""
    table, naming = meanings.table, meanings.table.recipe.naming
    parameters = tuple(
        float(table.found[of][0]) if of in table.columns else float(np.nan) for of in naming.parameters()
    )
    inputs = tuple(meanings.given(of) for of in naming.inputs())
    targets = tuple(meanings.given(of) for of in naming.targets())
    return None if np.isnan([*parameters, *inputs, *targets]).any() else (inputs, targets, parameters)


def right_losses(meanings: Meanings) -> np.ndarray | None:
    """Return E_Total in each row of a run without mistakes; None where its start or its learning rate is not known."""
    start, rate = start_of(meanings), meanings.rate.number
    if start is None or np.isnan(rate):
        return None
    return losses(meanings.table.recipe, *start, rate, len(meanings.table.rows))


@lru_cache(maxsize=256)
def losses(
    recipe: Recipe,
    inputs: tuple[float, ...],
    targets: tuple[float, ...],
    parameters: tuple[float, ...],
    rate: float,
    rows: int,
) -> np.ndarray:
    """Return E_Total of a run that starts so, `rows` numbers."""
    recipe = replace(recipe, epochs=max(1, min(rows, MOST_ROWS) - 1))
    run = Run("run", recipe, rate, parameters)
    lesson = Lesson("", "", (run,), (inputs,), (targets,), 0, recipe.epochs, True, (), "", (), "")
    return np.asarray(train(lesson).column(0, TotalLoss())[:])[:rows]
