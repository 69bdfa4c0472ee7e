"""What is said of a thing that a file shows otherwise than the document, and how."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

NOTHING = "nothing"
CURE = "open and save it in a spreadsheet program, or generate it anew"
LONGEST = 90  # characters of a text in a message
_Key = TypeVar("_Key", bound=Hashable)


class Weight(Enum):
    """How much a thing that is otherwise matters."""

    DIFFERENT = "different"  # it misleads
    STORED = "stored"  # of points that a chart stores: out of date
    LOST = "lost"  # a program left it out when it saved the file
    TOLD = "told"  # somebody's own, or harmless

    def heading(self, number: int) -> str:
        """Return the line above a list of `number` entries."""
        are = "thing is" if number == 1 else "things are"
        match self:
            case Weight.DIFFERENT:
                return f"{number:,} {are} shown otherwise than in the workbook as it was made:"
            case Weight.STORED:
                return f"{number:,} {are} stored with charts otherwise than the cells say: {CURE}."
            case Weight.LOST:
                return f"{number:,} {are} lost, left out by a program that saved the file:"
            case Weight.TOLD:
                return f"{number:,} {are} somebody's own around the cells, or harmless:"


@dataclass(frozen=True, slots=True)
class Surrounding:
    """A thing that the file shows otherwise: "calculation: expected automatic, found manual"."""

    what: str
    expected: str
    found: str
    weight: Weight = Weight.DIFFERENT

    def __str__(self) -> str:
        if self.weight is Weight.LOST:
            return f"{self.what}: lost"
        if self.weight is Weight.TOLD:
            return f"{self.what}: {self.found}"
        return f"{self.what}: expected {self.expected}, found {self.found}"


def entries(
    what: str,
    expected: Mapping[_Key, str],
    found: Mapping[_Key, str],
    at: Callable[[_Key], str],
    *,
    gone: Weight = Weight.LOST,
    added: Callable[[_Key], Weight | None] = lambda _: Weight.DIFFERENT,
) -> Iterator[Surrounding]:
    """Yield the entries that are not alike on both sides; `added` returns the weight of one that only the file has."""
    for key, value in expected.items():
        if key not in found:
            yield Surrounding(f"{what} {at(key)}", cut(value), NOTHING, gone)
        elif found[key] != value:
            yield Surrounding(f"{what} {at(key)}", *apart(value, found[key]))
    for key, value in found.items():
        if key not in expected and (weight := added(key)) is not None:
            yield Surrounding(f"{what} {at(key)}", NOTHING, cut(value) or "an empty one", weight)


def apart(one: str, other: str) -> tuple[str, str]:
    """Return two texts as a message tells them: long ones from a little before they differ."""
    shorter = min(len(one), len(other))
    same = next((place for place in range(shorter) if one[place] != other[place]), shorter)
    start = max(0, same - LONGEST // 4) if max(len(one), len(other)) > LONGEST else 0
    first, second = (cut("…" * bool(start) + text[start:]) for text in (one, other))
    return first, second


def cut(text: str) -> str:
    """Return a text as one line that is not too long for a message."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
