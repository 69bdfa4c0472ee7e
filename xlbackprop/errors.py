"""What can be wrong with something a person wrote, and how it is said.

A `Problem` names a place, a fault and a cure. An `InputError` carries all the problems of one source (a lesson
file, a workbook, a command line), so that a person mends them in one go; the command ends with exit code 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Problem(NamedTuple):
    """One fault: its place, the fault itself, and the cure (`hint`, which may be empty)."""

    place: str
    what: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.place}: {self.what}" if self.place else self.what
        return printable(f"{text} {self.hint}" if self.hint else text)


class InputError(Exception):
    """All the problems of one source, in the order in which a person reads it."""

    def __init__(self, source: str, problems: Iterable[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__(source, self.problems)

    def __str__(self) -> str:
        return "\n".join([printable(self.source), *(f"  {problem}" for problem in self.problems)])


def printable(text: str) -> str:
    """Return a text of one line that gives no commands to the terminal; an unprintable character shows as �.

    Python calls all spaces but one unprintable; those that do not break, or are narrow or wide, stay as they are.
    """
    return "".join(sign if sign.isprintable() or _is_space(sign) else "�" for sign in text)


def _is_space(sign: str) -> bool:
    """Return whether this is a space within a line; those below U+00A0 are control characters."""
    return sign.isspace() and sign >= "\u00a0" and sign not in "\u2028\u2029"


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Return a sentence that names the nearest known word, or all of them where none is near."""
    from difflib import get_close_matches  # noqa: PLC0415

    by_letters = {name.lower(): name for name in known}
    near = get_close_matches(word, known, n=1, cutoff=0.6) or get_close_matches(
        word.lower(), by_letters, n=1, cutoff=0.6
    )
    if near:
        return f'Did you mean "{by_letters.get(near[0], near[0])}"?'
    return "Known here: " + ", ".join(known) + "."
