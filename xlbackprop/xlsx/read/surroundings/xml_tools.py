"""Names and small readings of XML that the parts around the cells have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from xlbackprop.workbook import MAX_COLUMNS, MAX_ROWS
from xlbackprop.xlsx.read.careful_parse import block_of
from xlbackprop.xlsx.read.formula_text import column_number, relative_formula
from xlbackprop.xlsx.read.formula_tree import canonical_formula
from xlbackprop.xlsx.read.package import DamagedWorkbook, check_formula
from xlbackprop.xlsx.read.sheet import Area

CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
SHEET_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
EXTENDED = "{http://schemas.microsoft.com/office/spreadsheetml/2009/9/main}"  # what Excel 2010 added
EXTENDED_TEXT = "{http://schemas.microsoft.com/office/excel/2006/main}"
THREADED = "{http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments}"
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_ALTERNATE, _CHOICE, _FALLBACK = (_COMPATIBILITY + tag for tag in ("AlternateContent", "Choice", "Fallback"))
MAX_DEPTH = 200  # of elements with alternatives in them
MAX_ENTRIES = 20_000  # of one kind around the cells of a sheet, or of the workbook
MAX_DRAWINGS = 2_000  # on a sheet


def is_true(element: Element | None, name: str = "val", *, absent: bool = False) -> bool:
    """Return a truth value of an element; `absent` where it is not said, or where there is no element."""
    written = None if element is None else element.get(name)
    return absent if written is None else written.strip() in ("1", "true", "t", "on")


def number(text: str | None) -> str:
    """Return the common form of a number: "300" for "300.000000"; the text itself where it is none, "" for None."""
    try:
        return format(float(text or ""), ".15g")
    except ValueError:
        return text or ""


def texts(element: Element | None, tag: str) -> str:
    """Return the texts of all elements of this name below an element, one after the other."""
    return "" if element is None else "".join(piece.text or "" for piece in element.iter(tag))


def limited(what: str, size: int, limit: int | None = None) -> None:
    """Raise DamagedWorkbook where there are more than `limit`, or MAX_ENTRIES, of a kind ("notes")."""
    limit = MAX_ENTRIES if limit is None else limit
    if size > limit:
        raise DamagedWorkbook(f"it has more than {limit:,} {what}.")


def versions(root: Element) -> tuple[Element, ...]:
    """Return a part as programs read it: once, or twice where it has alternatives for newer and for older programs."""
    if next(root.iter(_ALTERNATE), None) is None:
        return (root,)
    return _chosen(root, _CHOICE), _chosen(root, _FALLBACK)


def _chosen(element: Element, branch: str, depth: int = 0) -> Element:
    """Return an element with its alternatives replaced by the content of one; what has none is not copied."""
    if depth > MAX_DEPTH:
        raise DamagedWorkbook("one of its parts is nested too deeply.")
    chosen = Element(element.tag, element.attrib)
    chosen.text = element.text
    for child in element:
        if child.tag == _ALTERNATE:
            alternative = child.find(branch)
            chosen.extend(_chosen(alternative, branch, depth + 1) if alternative is not None else ())
        elif next(child.iter(_ALTERNATE), None) is None:
            chosen.append(child)
        else:
            chosen.append(_chosen(child, branch, depth + 1))
    return chosen


# --------------------------------------------------------------------------------------------------------- references

_DOLLAR = re.compile(r"('(?:[^']|'')*')|\$")
_LINES = re.compile(r"\$?([A-Za-z]{1,3}):\$?([A-Za-z]{1,3})|\$?([0-9]{1,7}):\$?([0-9]{1,7})")


def areas(references: str) -> Iterator[Area]:
    """Yield the areas of a list of references: "B5:B9 D5". Raises DamagedWorkbook where no sheet has such an area."""
    pieces = references.replace("$", "").split()
    limited("areas", len(pieces))
    for piece in pieces:
        if (lines := _LINES.fullmatch(piece)) is None:
            yield Area(*block_of(piece))
        elif lines[1]:
            first, last = sorted(column_number(letters.upper()) for letters in lines.groups()[:2])
            yield Area(1, first, MAX_ROWS, min(last, MAX_COLUMNS))
        else:
            first, last = sorted(int(digits) for digits in lines.groups()[2:])
            yield Area(max(1, first), 1, min(last, MAX_ROWS), MAX_COLUMNS)


def name_reference(text: str) -> str:
    """Return the common form of a defined name's reference: 'Inputs'!$C$5. "$" has a meaning here, so it is kept."""
    check_formula(text)
    return canonical_formula(text)


def chart_reference(text: str) -> str:
    """Return the common form of a reference that never moves: 'LR=0.1'!B5:B9, without "$"."""
    return canonical_formula(_DOLLAR.sub(lambda match: match[1] or "", name_reference(text)))


def formula_at(text: str, origin: Area, area: Area) -> str:
    """Return the common form of a formula that is written for the first cell of `origin`, for the first of `area`."""
    check_formula(text)
    text = text.strip().removeprefix("=")
    if area[:2] != origin[:2]:
        moved = relative_formula(text, origin.first_row, area.first_column - origin.first_column)
        text = moved.at(area.first_row)
    return canonical_formula(text)
