"""The mathematics of a rule as a live text: with numbers, or with names that follow the choice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from math import inf
from typing import TypeAlias

from xlbackprop.network import Expression, Quantity
from xlbackprop.workbook import Live, joined, live, math_pieces

Pieces: TypeAlias = Sequence[str | Quantity]  # of a rule as mathematics: texts, and quantities between them

_NUMBER = 7  # characters that most numbers have; (−0.0003873) has more
_TIMES = " × "


def pieces(expression: Expression) -> Pieces:
    """Return the mathematics of a rule in pieces: ["= ", w1, "·", i1, " + ", w2, "·", i2]."""
    first, *others = math_pieces(expression)
    return [f"= {first}", *others] if isinstance(first, str) else ["= ", first, *others]


def in_rows(
    told: Pieces, name: Callable[[Quantity], str], of_names: float, of_numbers: float = inf, *, shrunk: float = 1.0
) -> list[Pieces]:
    """Return the pieces of a long rule row by row, each further from a plus or minus, that of a product from a "·(" on.

    A row with names takes at most about `of_names` characters, with numbers `of_numbers`, where a term allows that.
    What has not more than `shrunk` times as many stays in one row, to be shown in smaller letters.
    """

    def fits(told: Pieces, room: float = 1.0) -> bool:
        return len(named(told, name)) <= room * of_names and len(_numbered(told)) <= room * of_numbers

    if fits(told, shrunk):
        return [told]
    rows: list[Pieces] = [[]]
    for part in _divided(told, ("·(",) if _is_product(told) else (" + ", " − ")):
        longer = [*rows[-1], *part]
        if rows[-1] and not fits(longer):
            rows.append([str(part[0]).lstrip(), *part[1:]])
        else:
            rows[-1] = longer
    return rows


def _divided(told: Pieces, signs: tuple[str, ...]) -> Iterator[Pieces]:
    """Yield the parts of a rule, each but the first from one of the signs on; what is in (…) is not divided."""
    sign = "|".join(map(re.escape, signs))
    term: list[str | Quantity] = []
    depth = 0
    for piece in told:
        for part in re.split(f"(?={sign})", piece) if isinstance(piece, str) else [piece]:
            if isinstance(part, str):
                if part.startswith(signs) and term and not depth:
                    yield term
                    term = []
                depth += part.count("(") - part.count(")")
            term.append(part)
    yield term


def _is_product(told: Pieces) -> bool:
    """Return whether nothing but products stands outside (…)."""
    outside = re.sub(r"\([^()]*\)", "", named(told, lambda _: ""))
    return not any(sign in outside for sign in (" + ", " − ", " if "))


def named(told: Pieces, name: Callable[[Quantity], str]) -> str:
    """Return the mathematics of a rule as a text: "= w1·i1 + w2·i2"."""
    return "".join(piece if isinstance(piece, str) else name(piece) for piece in told)


def _numbered(told: Pieces) -> str:
    """Return about the text of a rule with numbers, whatever these are."""
    return named(told, lambda _: "0" * _NUMBER).replace("·", _TIMES)


def widest(told: Sequence[Pieces], name: Callable[[Quantity], str]) -> tuple[int, int]:
    """Return how many characters the longest of these rules has with names, and about how many with numbers."""
    with_name = max((len(named(one, name)) for one in told), default=0)
    return with_name, max((len(_numbered(one)) for one in told), default=0)


def with_numbers(told: Pieces, number: Callable[[Quantity], Live], operand: Callable[[Quantity], Live]) -> Live:
    """Return the mathematics of a rule with numbers in place of its quantities: "= 0.3 × 0.05 + 0.5 × 0.1".

    `number` gives the text of a quantity's number that stands alone, `operand` of one beside a sign, (−0.2) if
    negative.
    """
    parts: list[Live] = []
    for before, piece, after in zip(["", *told], told, [*told[1:], ""], strict=False):
        if isinstance(piece, str):
            parts.append(live(piece.replace("·", _TIMES)))
        else:
            stands_alone = str(before).endswith(_OPENINGS) and not str(after).startswith(("²", "³", "^"))
            parts.append((number if stands_alone else operand)(piece))
    return joined(parts)


# What a number may follow without parentheses around its minus.
_OPENINGS = ("(", "[", "= ", "if ", "else ", "> ", "≥ ", "|", ", ")


def with_names(told: Pieces, name: Callable[[Quantity], Live]) -> Live:
    """Return the mathematics of a rule with names that follow the choice: "= w1 − η·∂E/∂w1".

    `name` gives the text of a quantity's name.
    """
    return joined(piece if isinstance(piece, str) else name(piece) for piece in told)
