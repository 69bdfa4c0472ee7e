"""XML as text: elements, escapes, nothing else.

The parts that are written here are small or written row by row, so plain text serves better than a tree; and the
prefixes (`c:`, `xdr:`) come out as they are typed, which some readers insist on.
"""

from __future__ import annotations

import re

DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
SHEET_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"

# What XML cannot hold at all, and what a spreadsheet program would itself take for such a mark ("_x0041_" is "A").
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def escaped(text: str) -> str:
    """Return the text as it may stand in an element or attribute; what XML cannot hold is left out."""
    text = _UNWRITABLE.sub("", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def cell_text(text: str) -> str:
    """Return the text of a cell, in which a spreadsheet program reads _x000D_ as a carriage return."""
    text = _LOOKS_ESCAPED.sub("_x005F_", text)
    return escaped(_UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text))


def spaces_kept(text: str) -> str:
    """Return the attribute that saves blanks at the ends and line breaks, where the text has any."""
    return ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""


def attributes_text(attributes: dict[str, object]) -> str:
    """Return attributes with a blank before each; truth is written 1 or 0, None is left out."""
    return "".join(f' {name}="{_attribute(value)}"' for name, value in attributes.items() if value is not None)


def _attribute(value: object) -> str:
    text = str(int(value)) if isinstance(value, bool) else str(value)
    return escaped(text).replace("\n", "&#10;")


def tag(name: str, /, *children: str, **attributes: object) -> str:
    """Return one element around markup; use `words` for text."""
    opening = name + attributes_text(attributes)
    inner = "".join(children)
    return f"<{opening}>{inner}</{name}>" if inner else f"<{opening}/>"


def words(name: str, text: str, /, **attributes: object) -> str:
    """Return one element around text."""
    return f"<{name}{attributes_text(attributes)}>{escaped(text)}</{name}>"
