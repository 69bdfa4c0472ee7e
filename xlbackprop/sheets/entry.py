"""What each kind of sheet says of itself; the compiler and everybody else ask the entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from xlbackprop.lesson import Lesson
from xlbackprop.sheets.book import Book
from xlbackprop.workbook import Sheet


@dataclass(frozen=True, slots=True)
class Entry:
    """A kind of sheet: what is on it, and what others must know of it.

    No run of a lesson may be called `name`, nor by one of the `reserved` names; "Step by step*" reserves all that begin
    so. `name` is empty where the sheets have the names of runs. `sheets` makes the sheets of a book. Where not every
    lesson has them, `only_for` tells which. The hand-out has those that are `on_paper`; the top of `Summary` leads to
    those that are `linked`.
    """

    name: str
    sheets: Callable[[Book], Iterable[Sheet]]
    reserved: tuple[str, ...] = ()
    only_for: Callable[[Lesson], bool] | None = None
    on_paper: bool = False
    linked: bool = True

    def is_of(self, lesson: Lesson) -> bool:
        """Return whether the workbook of a lesson has it."""
        return self.only_for is None or self.only_for(lesson)
