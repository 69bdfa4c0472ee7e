"""XML as text: elements, attributes and escapes.

The parts are small or written row by row, so text serves better than a tree; and the namespace prefixes (`c:`, `xdr:`)
are written as they are typed, which some readers insist on.
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

# Characters that XML cannot hold, and text that a spreadsheet program would take for an escaped one ("_x0041_" is "A").
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def escaped(text: str) -> str:
    """Return the text with escapes for an element or attribute; characters that XML cannot hold are left out."""
    text = _UNWRITABLE.sub("", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def cell_text(text: str) -> str:
    """Return the text of a cell with escapes, also of control characters: a carriage return becomes _x000D_."""
    text = _LOOKS_ESCAPED.sub("_x005F_", text)
    return escaped(_UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text))


def spaces_kept(text: str) -> str:
    """Return the attribute that keeps line breaks and spaces at the ends, if the text has any, else ""."""
    return ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""


def attributes_text(attributes: dict[str, object]) -> str:
    """Return attributes as text, each after a space: ' id="2" b="1"'. True is 1, False is 0, None is left out."""
    return "".join(f' {name}="{_attribute(value)}"' for name, value in attributes.items() if value is not None)


def _attribute(value: object) -> str:
    text = str(int(value)) if isinstance(value, bool) else str(value)
    return escaped(text).replace("\n", "&#10;")


def tag(name: str, /, *children: str, **attributes: object) -> str:
    """Return an element whose children are XML already, not escaped again; for text use `words`."""
    opening = name + attributes_text(attributes)
    inner = "".join(children)
    return f"<{opening}>{inner}</{name}>" if inner else f"<{opening}/>"


def words(name: str, text: str, /, **attributes: object) -> str:
    """Return an element whose content is a text, which is escaped."""
    return f"<{name}{attributes_text(attributes)}>{escaped(text)}</{name}>"
