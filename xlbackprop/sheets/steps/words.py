"""`Text`: a text that follows the chosen row, as a formula that joins texts of cells, and its value."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from xlbackprop.network import Expression, Quantity
from xlbackprop.workbook import ErrorValue, Value, math_pieces


class Shown(NamedTuple):
    """A number of the chosen row: its cell, its value, and the cells of its texts.

    One text is for a number that stands alone, -0.2, the other for an operand, (-0.2).
    """

    cell: str
    value: float
    text_cell: str
    operand_cell: str


class Text(NamedTuple):
    """A text of a cell: the formula that gives it, without the leading "=", and the text itself (or an error)."""

    formula: str
    value: Value

    @property
    def formula_if_live(self) -> str | None:
        """The formula; None where the text is always the same."""
        return None if self == constant(str(self.value)) else self.formula


def constant(text: str) -> Text:
    """Return a text that is always the same."""
    return Text('"' + text.replace('"', '""') + '"', text)


def joined(parts: Iterable[Text]) -> Text:
    """Return texts joined one after the other; if one of them is an error, the result is this error."""
    parts = list(parts)
    formula = "&".join(part.formula for part in parts)
    errors = [part.value for part in parts if isinstance(part.value, ErrorValue)]
    return Text(formula, errors[0] if errors else "".join(str(part.value) for part in parts))


def with_numbers(
    expression: Expression, number: Callable[[Quantity], Text], operand: Callable[[Quantity], Text]
) -> Text:
    """Return the mathematics of a rule with numbers in place of its quantities: "= 0.3 × 0.05 + 0.5 × 0.1".

    `number` gives the text of a quantity's number that stands alone, `operand` of one beside a sign, (-0.2) if
    negative.
    """
    pieces = [*_after_equals(expression), ""]
    parts = []
    for before, piece, after in zip(["", *pieces], pieces, pieces[1:], strict=False):
        if isinstance(piece, str):
            parts.append(constant(piece.replace("·", " × ")))
        else:
            stands_alone = str(before).endswith(_OPENINGS) and not str(after).startswith(("²", "³", "^"))
            parts.append((number if stands_alone else operand)(piece))
    return joined(parts)


# What a number may follow without parentheses around its minus.
_OPENINGS = ("(", "[", "= ", "if ", "else ", "> ", "≥ ", "|", ", ")


def with_names(expression: Expression, name: Callable[[Quantity], Text]) -> Text:
    """Return the mathematics of a rule with names that follow the choice: "= w1 − η·∂E/∂w1".

    `name` gives the text of a quantity's name.
    """
    pieces = _after_equals(expression)
    return joined(constant(piece) if isinstance(piece, str) else name(piece) for piece in pieces)


def _after_equals(expression: Expression) -> list[str | Quantity]:
    first, *others = math_pieces(expression)
    return [f"= {first}", *others] if isinstance(first, str) else ["= ", first, *others]
