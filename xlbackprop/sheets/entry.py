"""What each kind of sheet says of itself; the compiler and everybody else ask the entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from xlbackprop.lesson import Lesson
from xlbackprop.sheets.book import Book
from xlbackprop.workbook import Sheet


class Changeable(NamedTuple):
    """A number that a reader may change on a sheet, and its name: "w1", "chosen epoch".

    `shipped` is the number as handed out; of a text that is chosen from a list it is the place, from 0. Only whole
    numbers are `allowed`, where these are told. `is_view` says that it chooses what is shown, which is no edit.
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
    """A kind of sheet: what is on it, and what others must know of it.

    `name` is the sheet's, empty where sheets are called as the runs. No run may have it, nor a name that is `reserved`
    ("Step by step*": every name that begins so). `sheets` makes the sheets of a book. `changeable` are the numbers that
    a reader may change there, `defined_names` what a reader's own formulas may refer to: {"verdict": "'Checks'!$B$3"}.
    `only_for` tells which lessons have it, where not all do. The hand-out has it where it is `on_paper`, the top of
    `Summary` leads to it where it is `linked`.
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
        """Return whether the workbook of a lesson has it."""
        return self.only_for is None or self.only_for(lesson)
