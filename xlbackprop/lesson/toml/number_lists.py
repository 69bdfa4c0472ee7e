"""Numbers and lists of numbers as people type them: fractions, decimal commas, lists that should have been rows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice
from typing import Any

MOST_WITH_COMMAS = 24  # numbers in a list whose decimal commas are looked for; in longer ones there are too many ways
FRACTION = re.compile(r"\s*([+-]?[0-9]{1,50})\s*/\s*([0-9]{1,50})\s*")
_COMMAS = "Decimal commas? With points: "
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def is_number(text: str) -> bool:
    """Return whether a text is a decimal number with a point, or without."""
    return _NUMBER.fullmatch(text) is not None


def fraction(text: str) -> float | None:
    """Return the number nearest to a fraction of whole numbers, "1/3" or "-2/7"; None where the text is none."""
    found = FRACTION.fullmatch(text)
    return None if found is None or not int(found[2]) else float(Fraction(int(found[1]), int(found[2])))


def is_flat(value: Any) -> bool:
    """Return whether this is a list of numbers, at least one."""
    return isinstance(value, list) and bool(value) and all(type(item) in (int, float) for item in value)


def regrouped(flat: Sequence[Any], width: int) -> list[list[Any]]:
    """Return a list cut into rows: [1, 2, 3, 4] with a width of 2 is [[1, 2], [3, 4]]."""
    return [list(flat[start : start + width]) for start in range(0, len(flat), width)]


def toml_text(value: Any) -> str:
    """Return a number, a text, or a list or tuple of these as a TOML file has it."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_text, value))}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def written(value: Any, longest: int = 300) -> str:
    """Return numbers in lists as a lesson file writes them; of a long list only its begin: [[0.1, 0.2], …]."""
    text = toml_text(value)
    if len(text) <= longest:
        return text
    shown = text[:longest].rpartition("], " if text.startswith("[[") else ", ")[0]
    return f"{shown}], …]" if text.startswith("[[") else f"{shown}, …]"


def cure_of_commas(rows: Sequence[Any], count: int) -> str:
    """Return what to write where each list was meant as `count` numbers with decimal commas, else "".

    TOML takes a decimal comma for one between two numbers, so there are up to twice as many: [0,5, 0,2], [0,5, 1].
    """
    meant = [_without_commas(row, count) for row in rows]
    if not all(meant):
        return ""
    return f"{_COMMAS}{written(meant if len(meant) > 1 else meant[0])}."


def mind_the_minus(cure: str) -> str:
    """Return a cure of a file in which −0,5 stands: what TOML reads of it is 0 and 5."""
    return f"{cure} Where a minus stood before 0, write it again." if cure.startswith(_COMMAS) else cure


def _without_commas(row: Any, count: int) -> list[float]:
    """Return the one list of `count` numbers that a list with decimal commas may be, [] where there is none or several.

    Of several, the one in which 0 stands before every comma is meant: [0,5, 1] is 0.5 and 1, not 0 and 5.1.
    """
    if not is_flat(row) or not 0 < count < len(row) <= MOST_WITH_COMMAS:
        return []
    for only in (None, 0):
        ways = [*islice(_joined(row, len(row) - count, only), 2)]
        if len(ways) == 1:
            return ways[0]
    return []


def _joined(row: Sequence[float], commas: int, only: int | None) -> Iterator[list[float]]:
    """Yield a list for each way to take so many of its commas for decimal commas; `only` is what stands before them."""
    if not commas:
        yield [*row]
    elif len(row) >= 2 * commas:
        whole, after = row[:2]
        if type(whole) is type(after) is int and after >= 0 and only in (None, whole):
            yield from ([float(f"{whole}.{after}"), *rest] for rest in _joined(row[2:], commas - 1, only))
        yield from ([whole, *rest] for rest in _joined(row[1:], commas, only))
