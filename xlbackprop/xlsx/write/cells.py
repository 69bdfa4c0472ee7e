"""One cell as XML, and the table of texts that cells share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from xlbackprop.workbook import ErrorValue, Style, Value, stored
from xlbackprop.xlsx.write.markup import DECLARATION, MAIN, cell_text, escaped, spaces_kept


class StyleNumber(Protocol):
    """Returns the index of a style's format, or of the n-th copy of it."""

    def __call__(self, style: Style, copy: int = 0, /) -> int: ...


@dataclass(slots=True)
class SharedStrings:
    """The texts of the workbook, each kept once, in the order in which `number` met them; `uses` counts its calls."""

    numbers: dict[str, int] = field(default_factory=dict)
    uses: int = 0

    def number(self, text: str) -> int:
        """Return the index of a text in the table, counted from 0; a new text is added."""
        self.uses += 1
        return self.numbers.setdefault(text, len(self.numbers))

    def part(self) -> Iterator[str]:
        """Yield the XML of the part xl/sharedStrings.xml in pieces."""
        yield f'{DECLARATION}<sst xmlns="{MAIN}" count="{self.uses}" uniqueCount="{len(self.numbers)}">'
        for text in self.numbers:
            yield f"<si><t{spaces_kept(text)}>{cell_text(text)}</t></si>"
        yield "</sst>"


def number_text(number: float) -> str:
    """Return the text of a number with all its digits, but without ".0": 0.30000000000000004, 283."""
    text = float.__repr__(number) if isinstance(number, float) else str(int(number))
    return text[:-2] if text.endswith(".0") else text


def cell_markup(place: str, style: int, formula: str, value: Value, strings: SharedStrings) -> str:
    """Return the XML of the cell `place` ("C4"), <c r="C4" …>…</c>; `formula` is <f>…</f> or ""."""
    kind, inner = _typed(value, bool(formula), strings)
    return f'<c r="{place}" s="{style}"{kind}>{formula}{inner}</c>'


def _typed(value: Value, calculated: bool, strings: SharedStrings) -> tuple[str, str]:
    """Return the type attribute and the <v> of a cell; a constant text is shared, a formula's text is in the cell."""
    value = stored(value.item() if isinstance(value, np.generic) else value)
    match value:
        case ErrorValue():
            return ' t="e"', f"<v>{value}</v>"
        case bool():
            return ' t="b"', f"<v>{int(value)}</v>"
        case str() if calculated:
            return ' t="str"', f"<v>{cell_text(value)}</v>"
        case str() if value == "":
            return "", ""  # a framed or tinted cell with nothing in it
        case str():
            return ' t="s"', f"<v>{strings.number(value)}</v>"
        case _:
            return "", f"<v>{number_text(value)}</v>"


def formula_markup(formula: str | None) -> str:
    """Return the XML of a formula, <f>…</f>, or "" for None."""
    return "" if formula is None else f"<f{spaces_kept(formula)}>{escaped(formula)}</f>"
