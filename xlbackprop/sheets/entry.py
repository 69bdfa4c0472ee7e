"""`Entry`: what each kind of sheet says of itself; the compiler and all other modules ask the entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from xlbackprop.lesson import Lesson
from xlbackprop.sheets.book import Book
from xlbackprop.workbook import Sheet


class Changeable(NamedTuple):
    """A number that a reader may change on a sheet, and its name: "w1", "chosen epoch".

    `shipped` is its value in a fresh workbook; of a text that is chosen from a list, the place in the list, from 0.
    `allowed` is the range of whole numbers that it may be, or None: any number. `is_view` says that it only chooses
    what a sheet shows, so that a change is no edit.
    """

    name: str
    shipped: float
    allowed: range | None = None
    is_view: bool = False


def _none(_: Lesson) -> Iterable[Changeable]:
    return ()


def _no_names(_: Book) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Entry:
    """A kind of sheet: how it is made, and what other modules must know of it.

    `name` is the sheet's name; empty for the sheets of runs, which have the names of the runs. No run may have this
    name, nor a name that is `reserved` ("Step by step*": every name that begins so). `sheets` yields the sheets of a
    book. `changeable` yields the numbers that a reader may change there, `defined_names` gives names for a reader's own
    formulas: {"verdict": "'Checks'!$B$3"}. `only_for` tells whether a lesson has such a sheet; None: every lesson has
    one. Sheets that are `on_paper` belong to the printed hand-out; to those that are `linked` the top of `Summary` has
    a link.
    """

    name: str
    sheets: Callable[[Book], Iterable[Sheet]]
    reserved: tuple[str, ...] = ()
    changeable: Callable[[Lesson], Iterable[Changeable]] = _none
    defined_names: Callable[[Book], Mapping[str, str]] = _no_names
    only_for: Callable[[Lesson], bool] | None = None
    on_paper: bool = False
    linked: bool = True

    def is_of(self, lesson: Lesson) -> bool:
        """Return whether the workbook of this lesson has a sheet of this kind."""
        return self.only_for is None or self.only_for(lesson)
