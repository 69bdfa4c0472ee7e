"""The drawing part of a sheet: its outlines, and the places of its charts and pictures."""

from __future__ import annotations

from itertools import count

from openpyxl.utils.cell import column_index_from_string as column_number
from openpyxl.utils.cell import coordinate_from_string

from xlbackprop.workbook import Chart, Corner, Picture, Sheet
from xlbackprop.xlsx.write.markup import CHART, DECLARATION, DRAWING, RELATIONSHIPS, SHEET_DRAWING, tag
from xlbackprop.xlsx.write.shapes import box, corner, emu, form, outline

_UNESCAPED = str.maketrans('<>&"', "‹›+”")


def drawing_part(sheet: Sheet) -> str:
    """Return the XML of the drawing part of a sheet.

    Its relationships rId1, rId2, … are the charts in the order of the sheet, then the pictures.
    """
    numbers = count(2)  # 1 is the drawing itself

    outlines = [outline(drawn, next(numbers)) for drawn in sheet.outlines]
    charts = (
        _anchored(c.anchor, c.width, c.height, _chart_frame(c, _named("Chart", i, sheet), f"rId{i}", next(numbers)))
        for i, c in enumerate(sheet.charts, 1)
    )
    pictures = (
        _picture(picture, _named("Picture", i, sheet), f"rId{len(sheet.charts) + i}", next(numbers))
        for i, picture in enumerate(sheet.pictures, 1)
    )
    namespaces = {"xmlns:xdr": SHEET_DRAWING, "xmlns:a": DRAWING, "xmlns:r": RELATIONSHIPS}
    return DECLARATION + tag("xdr:wsDr", *outlines, *charts, *pictures, **namespaces)


def _named(kind: str, number: int, sheet: Sheet) -> str:
    """Return the name of a drawing, without the signs that XML escapes: Gnumeric does not escape them in a chart's."""
    return f"{kind} {number} of {sheet.name}".translate(_UNESCAPED)


def _anchored(anchor: str, width: float, height: float, drawn: str, offset: float = 0) -> str:
    """Return a drawing anchored at a cell ("I5"); it keeps its size, in pixels, when columns change their widths."""
    letters, row = coordinate_from_string(anchor)
    start = corner("xdr:from", Corner(row, column_number(letters), offset))
    size = tag("xdr:ext", cx=emu(width), cy=emu(height))
    return tag("xdr:oneCellAnchor", start, size, drawn, tag("xdr:clientData"))


def _chart_frame(chart: Chart, name: str, relationship: str, number: int) -> str:
    named = tag("xdr:cNvPr", id=number, name=name, descr=chart.alt_text, title=chart.title)
    reference = tag("c:chart", **{"xmlns:c": CHART, "r:id": relationship})
    return tag(
        "xdr:graphicFrame",
        tag("xdr:nvGraphicFramePr", named, tag("xdr:cNvGraphicFramePr")),
        tag("xdr:xfrm", tag("a:off", x=0, y=0), tag("a:ext", cx=0, cy=0)),
        tag("a:graphic", tag("a:graphicData", reference, uri=CHART)),
        macro="",
    )


def _picture(picture: Picture, name: str, relationship: str, number: int) -> str:
    named = tag("xdr:cNvPr", id=number, name=name, descr=picture.alt_text)
    locked = tag("xdr:cNvPicPr", tag("a:picLocks", noChangeAspect=True))
    drawn = tag(
        "xdr:pic",
        tag("xdr:nvPicPr", named, locked),
        tag("xdr:blipFill", tag("a:blip", **{"r:embed": relationship}), tag("a:stretch", tag("a:fillRect"))),
        tag("xdr:spPr", box(0, 0, picture.width, picture.height), form("rect")),
    )
    return _anchored(picture.anchor, picture.width, picture.height, drawn, picture.offset)
