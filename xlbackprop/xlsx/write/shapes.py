"""One diagram → the XML of a group of shapes with one description, to be read out, moved and copied as a whole.

A shape with a `cell` shows the text of that cell: Excel takes it from the cell, LibreOffice shows the text stored here.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import NAMESPACE_URL, uuid5

from xlbackprop.workbook import Arrow, Diagram, Role, Shape
from xlbackprop.xlsx.write import colours
from xlbackprop.xlsx.write.markup import tag, words

EMU_A_PIXEL = 9_525
EMU_A_POINT = 12_700
ARROW_LINE = int(1.25 * EMU_A_POINT)
NODE_LINE = int(1.25 * EMU_A_POINT)

NextId = Callable[[], int]


def emu(pixels: float) -> int:
    """Return a length in English Metric Units, the unit of the file: 9,525 a pixel."""
    return round(pixels * EMU_A_PIXEL)


def diagram_group(diagram: Diagram, name: str, next_id: NextId, language: str) -> str:
    """Return the XML of the group, with arrows below the shapes; each object takes an id from `next_id()`."""
    size = {"cx": emu(diagram.width), "cy": emu(diagram.height)}
    frame = tag(
        "a:xfrm",
        tag("a:off", x=0, y=0),
        tag("a:ext", **size),
        tag("a:chOff", x=0, y=0),
        tag("a:chExt", **size),
    )
    named = tag("xdr:cNvPr", id=next_id(), name=name, descr=diagram.alt_text)
    return tag(
        "xdr:grpSp",
        tag("xdr:nvGrpSpPr", named, tag("xdr:cNvGrpSpPr")),
        tag("xdr:grpSpPr", frame),
        *(_arrow(arrow, next_id()) for arrow in diagram.arrows),
        *(_shape(shape, next_id(), name, language) for shape in diagram.shapes),
    )


def _colour(colour: str) -> str:
    return tag("a:solidFill", tag("a:srgbClr", val=colour))


def box(x: float, y: float, width: float, height: float, **flips: object) -> str:
    """Return the element <a:xfrm> of a place and a size in pixels; `flips` are flipH and flipV."""
    return tag("a:xfrm", tag("a:off", x=emu(x), y=emu(y)), tag("a:ext", cx=emu(width), cy=emu(height)), **flips)


def form(name: str) -> str:
    """Return the element of a predefined outline: "rect", "ellipse"."""
    return tag("a:prstGeom", tag("a:avLst"), prst=name)


def _arrow(arrow: Arrow, number: int) -> str:
    """Return the XML of an arrow: a connector runs from its box's top left corner, unless the box is flipped."""
    frame = box(
        min(arrow.x1, arrow.x2),
        min(arrow.y1, arrow.y2),
        abs(arrow.x2 - arrow.x1),
        abs(arrow.y2 - arrow.y1),
        flipH=True if arrow.x2 < arrow.x1 else None,
        flipV=True if arrow.y2 < arrow.y1 else None,
    )
    head = tag("a:tailEnd", type="triangle", w="med", len="med")
    line = tag("a:ln", _colour(colours.ARROW), tag("a:round"), head, w=ARROW_LINE)
    return tag(
        "xdr:cxnSp",
        tag("xdr:nvCxnSpPr", tag("xdr:cNvPr", id=number, name=f"Arrow {number}"), tag("xdr:cNvCxnSpPr")),
        tag("xdr:spPr", frame, form("straightConnector1"), line),
        macro="",
    )


def _shape(shape: Shape, number: int, diagram: str, language: str) -> str:
    name = f"{'Node' if shape.kind == 'ellipse' else 'Label'} {number}"
    return tag(
        "xdr:sp",
        tag("xdr:nvSpPr", tag("xdr:cNvPr", id=number, name=name), tag("xdr:cNvSpPr")),
        tag("xdr:spPr", box(shape.x, shape.y, shape.width, shape.height), _body(shape)),
        _text(shape, f"{diagram}/{number}", language),
        macro="",
        textlink=shape.cell or "",
    )


def _body(shape: Shape) -> str:
    tones = colours.TONES[shape.role]
    if shape.kind == "ellipse":
        return form("ellipse") + _colour(tones.header) + tag("a:ln", _colour(tones.line), w=NODE_LINE)
    # A label lies on arrows: its own ground, and no line, keep it readable.
    ground = colours.WHITE if shape.role is Role.NONE else tones.cell
    return form("rect") + _colour(ground) + tag("a:ln", tag("a:noFill"))


def _text(shape: Shape, seed: str, language: str) -> str:
    """Return the XML of a shape's text: centred, without wrapping or margins; it may overflow, but is never cut off."""
    insets = dict.fromkeys(("lIns", "tIns", "rIns", "bIns"), 0)
    body = tag(
        "a:bodyPr", tag("a:noAutofit"), vertOverflow="overflow", horzOverflow="overflow", wrap="none", **insets,
        rtlCol=0, anchor="ctr", anchorCtr=0,
    )  # fmt: skip
    if shape.cell is not None:
        field_id = "{" + str(uuid5(NAMESPACE_URL, f"xlbackprop:{seed}")).upper() + "}"
        looks = _letters(shape, language)
        fields = [tag("a:fld", looks, tag("a:pPr", algn="ctr"), words("a:t", shape.text), id=field_id, type="TxLink")]
    else:
        fields = [tag("a:r", _letters(shape, language), words("a:t", line)) for line in shape.text.split("\n")]
    paragraphs = (tag("a:p", tag("a:pPr", algn="ctr"), field) for field in fields)
    return tag("xdr:txBody", body, tag("a:lstStyle"), *paragraphs)


def _letters(shape: Shape, language: str) -> str:
    face = tag("a:latin", typeface="Calibri")
    return tag("a:rPr", _colour(colours.TEXT), face, lang=language, sz=round(shape.size * 100), b=shape.bold)
