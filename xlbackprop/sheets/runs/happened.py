"""The sentence in the head of a run's sheet: from where to where the loss went, or where numbers become errors."""

from __future__ import annotations

from collections.abc import Sequence

from xlbackprop.network import TotalLoss
from xlbackprop.sheets import verdict_wording as wording
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.checks.places import CHECKS
from xlbackprop.sheets.checks.shipped_numbers import edits
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.workbook import Live, cell, fixed, joined, quoted, when


def what_falls(run: RunLayout) -> str:
    """Return the subject of the sentence: "E_Total"."""
    recipe = run.recipe
    return "E_Total" if recipe.single else f"The {'mean' if recipe.mean else 'sum'} of E_Total over all examples"


def happened(book: Book, run: RunLayout, ends: Sequence[Live], losses: str) -> Live:
    """Return the sentence, from the run's first and last loss and the range of all its losses.

    `Checks` makes it again, from cells of `Loss curves`.
    """
    rows = run.recipe.rows
    known = cell(f"COUNT({losses})", rows - book.trace.spread(run.index, TotalLoss()).errors)
    epoch = known if run.recipe.single else cell(book.curves.first_error(run.index), lambda: _diverged(book, run))
    first, last = map(fixed, ends)
    between, after = " at epoch 0 and ", f" at epoch {run.lesson.epochs}."
    if book.curves.has_finished:
        between, after = " while epoch 0 is learnt, and ", " of the finished network."
    sentence = joined([f"{what_falls(run)} is ", first, between, last, after])
    if (through := book.shipped.digits_meant(run.index).through) is not None:
        parting = f" {wording.PARTING.replace('{number}', str(through + 1))}"
        sentence &= when(edits(book, run, f"{quoted(CHECKS)}!").equals(0), parting, "")
    return when(known < rows, wording.with_number(wording.DIVERGED, epoch), sentence)


def _diverged(book: Book, run: RunLayout) -> int:
    epoch = book.diverged_epoch(run.index)
    assert epoch is not None
    return epoch
