"""The outlines over a sheet's cells as XML: circles, and arrows, without text or fill."""

from __future__ import annotations

from xlbackprop.workbook import Corner, Outline
from xlbackprop.xlsx.write import colours
from xlbackprop.xlsx.write.markup import tag, words

EMU_A_PIXEL = 9_525
EMU_A_POINT = 12_700
_LINE = int(1.5 * EMU_A_POINT)
_CIRCLE = "flowChartConnector"  # not "ellipse", which Gnumeric fills with white: this one it leaves out
_COLUMN, _ROW = 64, 20  # pixels, about: programs take the size of an outline from the cells that it lies over


def emu(pixels: float) -> int:
    """Return a length in English Metric Units, the unit of the file: 9,525 a pixel."""
    return round(pixels * EMU_A_PIXEL)


def box(x: float, y: float, width: float, height: float, **flips: object) -> str:
    """Return the element <a:xfrm> of a place and a size in pixels; `flips` are flipH and flipV."""
    return tag("a:xfrm", tag("a:off", x=emu(x), y=emu(y)), tag("a:ext", cx=emu(width), cy=emu(height)), **flips)


def form(name: str) -> str:
    """Return the element of a predefined outline: "rect", "ellipse"."""
    return tag("a:prstGeom", tag("a:avLst"), prst=name)


def corner(name: str, at: Corner) -> str:
    """Return the element of a place on a sheet: "xdr:from", "xdr:to"."""
    return tag(
        name,
        words("xdr:col", str(at.column - 1)),
        words("xdr:colOff", str(emu(at.right))),
        words("xdr:row", str(at.row - 1)),
        words("xdr:rowOff", str(emu(at.down))),
    )


def outline(drawn: Outline, number: int) -> str:
    """Return the XML of an outline; it is anchored at both ends, and so moves and grows with its cells."""
    start, end = drawn.start, drawn.end
    rises = (end.row, end.down) < (start.row, start.down)
    upper, lower = (end, start) if rises else (start, end)
    height = (lower.row - upper.row) * _ROW + lower.down - upper.down
    about = box(
        start.column * _COLUMN,
        upper.row * _ROW,
        (end.column - start.column) * _COLUMN + end.right - start.right,
        height,
        flipV=True if rises else None,
    )
    first, last = (
        Corner(upper.row, start.column, start.right, upper.down),
        Corner(lower.row, end.column, end.right, lower.down),
    )
    return tag(
        "xdr:twoCellAnchor",
        corner("xdr:from", first),
        corner("xdr:to", last),
        _arrow(drawn, about, number) if drawn.kind == "arrow" else _circle(drawn, about, number),
        tag("xdr:clientData"),
        editAs="twoCell",
    )


def _line(colour: str, *ends: str) -> str:
    return tag("a:ln", tag("a:solidFill", tag("a:srgbClr", val=colour)), *ends, w=_LINE)


def _circle(drawn: Outline, about: str, number: int) -> str:
    named = tag("xdr:cNvPr", id=number, name=f"Circle {number}", descr=drawn.alt_text)
    line = _line(colours.TONES[drawn.role].line)
    return tag(
        "xdr:sp",
        tag("xdr:nvSpPr", named, tag("xdr:cNvSpPr")),
        tag("xdr:spPr", about, form(_CIRCLE), tag("a:noFill"), line),
        macro="",
        textlink="",
    )


def _arrow(drawn: Outline, about: str, number: int) -> str:
    named = tag("xdr:cNvPr", id=number, name=f"Arrow {number}", descr=drawn.alt_text)
    line = _line(colours.ARROW, tag("a:round"), tag("a:tailEnd", type="triangle", w="med", len="med"))
    return tag(
        "xdr:cxnSp",
        tag("xdr:nvCxnSpPr", named, tag("xdr:cNvCxnSpPr")),
        tag("xdr:spPr", about, form("straightConnector1"), line),
        macro="",
    )
