"""The stored values of cells: from the text in a file to a value, and back."""

from __future__ import annotations

import re
from html import escape

from xlbackprop.workbook import ErrorValue, Value, stored
from xlbackprop.xlsx.read.package import DamagedWorkbook

ERRORS = {error.value: error for error in ErrorValue}
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")  # how the format writes a control character

_NUMBER = re.compile(r"\s*[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\s*")


def cell_text(raw: str) -> str:
    """Return the text of a cell as a person sees it: _x000D_ is a carriage return."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), raw) if "_x" in raw else raw


def cell_number(raw: str) -> Value:
    """Return a number; one beyond all bounds is an error. Raises DamagedWorkbook where it is none."""
    if _NUMBER.fullmatch(raw):  # Python takes 1_0 and infinity for numbers, too
        return stored(float(raw))
    raise DamagedWorkbook(f"it has {raw[:20]!r} where a number should be.")


def written(value: Value) -> tuple[str, str]:
    """Return the type of a cell with this value, and the value as its XML writes it: ("n", "0.3"), ("b", "1")."""
    match value:
        case ErrorValue():
            return "e", value.value
        case bool():
            return "b", str(int(value))
        case str():
            return "str", escape(value, quote=False)
        case _:
            return "n", repr(float(value))
