"""Does a file show what the document shows, besides the contents of its cells?

A file may be right in every cell and still mislead: a curve that begins at its header, a number format that drops a
minus, a hidden column, a text box over a verdict. KINDS below lists what is compared. What misleads is a difference;
what a program merely lost when it saved the file is listed as such; what people add for themselves is told.

Both sides are brought to the vocabulary of `xlsx.read` (`SheetSurroundings`), where they meet. To add a kind of thing:
one function in `proof/around` that yields what is unlike, and its entry in KINDS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from xlbackprop.proof.around import book, cells, drawings
from xlbackprop.proof.around.matching import matched_charts
from xlbackprop.proof.around.sides import Both
from xlbackprop.proof.around.surrounding import CURE, NOTHING, Surrounding, Weight
from xlbackprop.workbook import Document
from xlbackprop.xlsx.read import Surroundings

__all__ = ["CURE", "KINDS", "NOTHING", "Surrounding", "Weight", "compare_surroundings", "matched_charts"]


def compare_surroundings(document: Document, found: Surroundings) -> Iterator[Surrounding]:
    """Yield what a file shows otherwise than the document; many things of one kind that are gone are one entry."""
    both = Both(document, found)
    for kind in KINDS:
        yield from _gathered(kind, list(kind.compare(both)))


class Kind(NamedTuple):
    """A kind of thing around the cells: its name in the plural, and the function that yields what is unlike."""

    name: str
    compare: Callable[[Both], Iterator[Surrounding]]


def _gathered(kind: Kind, unlike: Iterable[Surrounding]) -> Iterator[Surrounding]:
    """Yield things that are unlike; many that are gone, or many of which the same is to be said, become one entry."""
    groups: dict[tuple[Weight, str, str], list[Surrounding]] = {}
    for each in unlike:
        expected = "as made" if each.found == NOTHING else each.expected
        groups.setdefault((each.weight, expected, each.found), []).append(each)
    for (_, expected, found), (first, *others) in groups.items():
        if not others:
            yield first
        elif found == NOTHING:
            yield replace(first, what=f"{1 + len(others)} {kind.name} ({first.what}, …)", expected=expected)
        else:
            yield replace(first, what=f"{first.what} and {len(others)} more")


# What is compared, in the order of the messages; docs/trust.md has a row for each.
KINDS = (
    Kind("defined names", book.names),
    Kind("settings", book.settings),
    Kind("hidden things", book.hidden),
    Kind("chart sheets", book.chart_sheets),
    Kind("charts", drawings.charts),
    Kind("drawings", drawings.drawings),
    Kind("outlines", drawings.outlines),
    Kind("alt texts", drawings.alt_texts),
    Kind("number formats", cells.formats),
    Kind("conditional formats", cells.rules),
    Kind("merged cells", cells.merged),
    Kind("validations", cells.validations),
    Kind("notes", cells.notes),
    Kind("links", cells.links),
)
