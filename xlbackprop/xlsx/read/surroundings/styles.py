"""The styles part of a workbook: the number format of each style, and what conditional formats change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element

from xlbackprop.xlsx.read.package import MAIN, Package
from xlbackprop.xlsx.read.surroundings.number_formats import BUILT_IN, GENERAL, NumberFormat, shown_format
from xlbackprop.xlsx.read.surroundings.xml_tools import is_true

_PALETTE = ("000000", "FFFFFF", "FF0000", "00FF00", "0000FF", "FFFF00", "FF00FF", "00FFFF")
_INDEXED = dict(enumerate(_PALETTE * 2)) | {64: "000000", 65: "FFFFFF"}  # those of the system are black on white
_WAYS = {  # of letters, that a reader sees
    "b": "bold", "i": "italic", "u": "underlined", "strike": "struck out", "vertAlign": "raised or lowered"
}  # fmt: skip


class Styles(NamedTuple):
    """The number formats of the styles of cells, and the changes of conditional formats, both by their index."""

    formats: Sequence[NumberFormat]
    changes: Sequence[str]

    def format_of(self, style: int) -> NumberFormat:
        """Return the number format of a cell with this style; a style that is not there is General."""
        return self.formats[style] if 0 <= style < len(self.formats) else shown_format(GENERAL)

    def change(self, index: str | None) -> str:
        """Return what the conditional format with this index changes, or "" where there is none."""
        known = index is not None and index.isdigit() and int(index) < len(self.changes)
        return self.changes[int(index or 0)] if known else ""


def read_styles(package: Package) -> Styles:
    """Return the styles of a workbook; empty where it has none."""
    parts = package.parts_of(package.book, "styles")
    if not parts:
        return Styles((), ())
    root = package.tree(parts[0])
    codes = {str(number): code for number, code in BUILT_IN.items()}
    codes |= {each.get("numFmtId", ""): each.get("formatCode", "") for each in root.iterfind(f"{MAIN}numFmts/*")}
    numbers = [each.get("numFmtId", "0") for each in root.iterfind(f"{MAIN}cellXfs/{MAIN}xf")]
    formats = [shown_format(codes.get(number, f"[format {number}]")) for number in numbers]
    return Styles(formats, [change(each) for each in root.iterfind(f"{MAIN}dxfs/{MAIN}dxf")])


def change(dxf: Element | None) -> str:
    """Return what a conditional format changes: "letters 0B5A1E, fill C6EFCE"."""
    return "" if dxf is None else ", ".join(_changes(dxf))


def _changes(dxf: Element) -> Iterator[str]:
    font, fill = dxf.find(f"{MAIN}font"), dxf.find(f"{MAIN}fill")
    if font is not None:
        if (letters := font.find(f"{MAIN}color")) is not None:
            yield f"letters {colour(letters)}"
        yield from (way for tag, way in _WAYS.items() if is_true(font.find(MAIN + tag), absent=_has(font, tag)))
    pattern = None if fill is None else fill.find(f"{MAIN}patternFill")
    if pattern is not None and pattern.get("patternType") != "none":
        # The background is the colour that shows; a pattern that is named has the other one in its lines.
        ground = pattern.find(f"{MAIN}bgColor")
        ground = pattern.find(f"{MAIN}fgColor") if ground is None else ground
        kind = pattern.get("patternType", "solid")
        yield f"{'fill' if kind == 'solid' else kind} {'none' if ground is None else colour(ground)}"
    elif fill is not None and len(fill) and pattern is None:
        yield "fill in gradients"
    if (number := dxf.find(f"{MAIN}numFmt")) is not None:
        yield f"number format {shown_format(number.get('formatCode', ''))}"


def _has(font: Element, tag: str) -> bool:
    return font.find(MAIN + tag) is not None


def colour(element: Element) -> str:
    """Return a colour as RRGGBB where the file has it so, else in its words: "theme 4"."""
    if (rgb := element.get("rgb")) is not None:
        return rgb[-6:].upper()
    if (index := element.get("indexed", "")).isdigit() and int(index) in _INDEXED:
        return _INDEXED[int(index)]
    return " ".join(f"{name} {value}" for name, value in sorted(element.items()))
