"""The mathematics of a rule as a live text: with numbers, or with names that follow the choice."""

from __future__ import annotations

from collections.abc import Callable

from xlbackprop.network import Expression, Quantity
from xlbackprop.workbook import Live, joined, live, math_pieces


def with_numbers(
    expression: Expression, number: Callable[[Quantity], Live], operand: Callable[[Quantity], Live]
) -> Live:
    """Return the mathematics of a rule with numbers in place of its quantities: "= 0.3 × 0.05 + 0.5 × 0.1".

    `number` gives the text of a quantity's number that stands alone, `operand` of one beside a sign, (-0.2) if
    negative.
    """
    pieces = [*_after_equals(expression), ""]
    parts: list[Live] = []
    for before, piece, after in zip(["", *pieces], pieces, pieces[1:], strict=False):
        if isinstance(piece, str):
            parts.append(live(piece.replace("·", " × ")))
        else:
            stands_alone = str(before).endswith(_OPENINGS) and not str(after).startswith(("²", "³", "^"))
            parts.append((number if stands_alone else operand)(piece))
    return joined(parts)


# What a number may follow without parentheses around its minus.
_OPENINGS = ("(", "[", "= ", "if ", "else ", "> ", "≥ ", "|", ", ")


def with_names(expression: Expression, name: Callable[[Quantity], Live]) -> Live:
    """Return the mathematics of a rule with names that follow the choice: "= w1 − η·∂E/∂w1".

    `name` gives the text of a quantity's name.
    """
    pieces = _after_equals(expression)
    return joined(piece if isinstance(piece, str) else name(piece) for piece in pieces)


def _after_equals(expression: Expression) -> list[str | Quantity]:
    first, *others = math_pieces(expression)
    return [f"= {first}", *others] if isinstance(first, str) else ["= ", first, *others]
