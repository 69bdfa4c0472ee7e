"""The sentence in the head of a run's sheet: from where to where the loss went, or where numbers become errors."""

from __future__ import annotations

from collections.abc import Sequence

from xlbackprop.sheets import verdict_wording as wording
from xlbackprop.sheets.canvas import fixed
from xlbackprop.sheets.curves.places import LossCurvesLayout
from xlbackprop.sheets.runs.places import RunLayout


def what_falls(run: RunLayout) -> str:
    """Return the subject of the sentence: "E_Total"."""
    recipe = run.recipe
    return "E_Total" if recipe.single else f"The {'mean' if recipe.mean else 'sum'} of E_Total over an epoch"


def happened_formula(curves: LossCurvesLayout, run: RunLayout, ends: Sequence[str], losses: str) -> str:
    """Return the formula of the sentence, from the cells of the run's first and last loss and the range of all losses.

    `Checks` makes the sentence again, from cells of `Loss curves`.
    """
    count = f"COUNT({losses})"
    epoch = count if run.recipe.single else curves.first_error(run.index)
    first, last = map(fixed, ends)
    sound = f'"{what_falls(run)} is "&{first}&" at epoch 0 and "&{last}&" at epoch {run.lesson.epochs}."'
    return f"IF({count}<{run.recipe.rows},{wording.live(wording.DIVERGED, epoch)},{sound})"
