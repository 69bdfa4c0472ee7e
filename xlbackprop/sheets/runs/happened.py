"""The sentence in the head of a run's sheet: from where to where the loss went, or where numbers become errors."""

from __future__ import annotations

from collections.abc import Sequence

from xlbackprop.sheets import verdict_wording as wording
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import fixed
from xlbackprop.sheets.checks.places import CHECKS
from xlbackprop.sheets.checks.shipped_numbers import edits
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.workbook import quoted


def what_falls(run: RunLayout) -> str:
    """Return the subject of the sentence: "E_Total"."""
    recipe = run.recipe
    return "E_Total" if recipe.single else f"The {'mean' if recipe.mean else 'sum'} of E_Total over an epoch"


def parting_sentence(book: Book, run: RunLayout) -> str:
    """Return the sentence that follows where rounding decides of a run as shipped, " From epoch 36 on …", or ""."""
    through = book.shipped.digits_meant(run.index).through
    return "" if through is None else f" {wording.PARTING.replace('{number}', str(through + 1))}"


def happened_formula(book: Book, run: RunLayout, ends: Sequence[str], losses: str) -> str:
    """Return the formula of the sentence, from the cells of the run's first and last loss and the range of all losses.

    `Checks` makes the sentence again, from cells of `Loss curves`.
    """
    curves = book.curves
    count = f"COUNT({losses})"
    epoch = count if run.recipe.single else curves.first_error(run.index)
    first, last = map(fixed, ends)
    sound = f'"{what_falls(run)} is "&{first}&" at epoch 0 and "&{last}&" at epoch {run.lesson.epochs}."'
    if parting := parting_sentence(book, run):
        sound += f'&IF({edits(book, run, f"{quoted(CHECKS)}!")}=0,"{parting}","")'
    return f"IF({count}<{run.recipe.rows},{wording.live(wording.DIVERGED, epoch)},{sound})"
