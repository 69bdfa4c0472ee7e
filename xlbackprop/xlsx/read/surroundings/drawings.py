"""The drawing part of a sheet → its charts, and its other objects: shapes, pictures."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple
from xml.etree.ElementTree import Element

from xlbackprop.workbook import MAX_COLUMNS, MAX_ROWS
from xlbackprop.xlsx.read.package import RELATED, Package
from xlbackprop.xlsx.read.sheet import Area
from xlbackprop.xlsx.read.surroundings.charts import read_chart
from xlbackprop.xlsx.read.surroundings.seen import Drawing, SeenChart
from xlbackprop.xlsx.read.surroundings.xml_tools import (
    CHART,
    DRAWING,
    MAX_DRAWINGS,
    SHEET_DRAWING,
    is_true,
    limited,
    versions,
)

_ANCHORS = [f"{SHEET_DRAWING}{kind}Anchor" for kind in ("oneCell", "twoCell", "absolute")]
_NARROW, _LOW = 20 * 9_525, 12 * 9_525  # a narrow column and a low row, in the unit of drawings
_FILLS = [f"{DRAWING}{kind}Fill" for kind in ("solid", "grad", "patt", "blip")]
_CLICKS = [f"{DRAWING}hlink{kind}" for kind in ("Click", "Hover", "MouseOver")]
_OWN = frozenset(f"{SHEET_DRAWING}{kind}" for kind in ("sp", "cxnSp", "pic"))


class Drawn(NamedTuple):
    """What is drawn on a sheet; `ambiguous` has the titles of charts, and "drawings", that depend on the program."""

    charts: list[SeenChart]
    drawings: list[Drawing]
    ambiguous: list[str]


def read_drawings(package: Package, part: str, known: dict[str, list[SeenChart]]) -> Drawn:
    """Return what is drawn on a sheet by the parts that the sheet's part refers to.

    The parts of charts that have been read are in `known`, and go there.
    """
    drawn = Drawn([], [], [])
    for drawing in package.parts_of(part, "drawing"):
        found = [_drawn(package, drawing, root, known) for root in versions(package.tree(drawing))]
        drawn.charts.extend(found[0].charts)
        drawn.drawings.extend(found[0].drawings)
        drawn.ambiguous.extend(found[0].ambiguous)
        if found[0] != found[-1]:
            drawn.ambiguous.append("drawings")
    return drawn


def _drawn(package: Package, part: str, root: Element, known: dict[str, list[SeenChart]]) -> Drawn:
    drawn = Drawn([], [], [])
    targets = {link.id: link.target for link in package.relationships(part)}
    for anchor in root:
        if anchor.tag not in _ANCHORS:
            continue
        area = _area(anchor)
        for frame in anchor.iter(f"{SHEET_DRAWING}graphicFrame"):
            chart = frame.find(f".//{CHART}chart")
            target = "" if chart is None else targets.get(chart.get(f"{RELATED}id", ""), "")
            if package.has(target) and not _is_hidden(frame):
                if target not in known:
                    known[target] = read_chart(package, target)
                first, *others = known[target]
                drawn.charts.append(first._replace(alt_text=_alt_text(frame), area=area))
                drawn.ambiguous.extend(f"chart {other.title!r}" for other in others)
                drawn.drawings.extend(_linked(frame, area, targets))
        drawn.drawings.extend(_objects(package, anchor, area, targets))
        limited("drawings", len(drawn.charts) + len(drawn.drawings), MAX_DRAWINGS)
    return drawn


def _objects(package: Package, anchor: Element, area: Area, targets: dict[str, str]) -> Iterator[Drawing]:
    """Yield the objects of an anchor that are no charts."""
    for element in anchor:
        kind = element.tag.removeprefix(SHEET_DRAWING)
        if kind not in ("sp", "grpSp", "cxnSp", "pic", "graphicFrame", "contentPart") or _is_hidden(element):
            continue
        if next(element.iter(f"{CHART}chart"), None) is not None and not any(
            each.tag in _OWN for each in element.iter()
        ):
            continue  # a chart, or a group of charts
        yield Drawing(
            kind,
            area,
            _covers(element),
            " ".join(text.text or "" for text in element.iter(f"{DRAWING}t")),
            " ".join(_pictures(package, element, targets)),
            _alt_text(element),
            tuple(_clicks(element, targets)),
            _turns(element),
        )


def _turns(element: Element) -> str:
    """Return how an object is turned and mirrored, in words; empty where it is not."""
    frame = element.find(f"{SHEET_DRAWING}spPr/{DRAWING}xfrm")
    if frame is None:
        return ""
    rotated = ["turned"] if frame.get("rot", "0") != "0" else []
    return " ".join([*rotated, *(flip for flip in ("flipH", "flipV") if is_true(frame, flip))])


def _linked(frame: Element, area: Area, targets: dict[str, str]) -> Iterator[Drawing]:
    """Yield a drawing that is nothing but the links of a chart, where it has any."""
    if clicks := tuple(_clicks(frame, targets)):
        yield Drawing("link", area, False, links=clicks)


def _area(anchor: Element) -> Area:
    """Return about the cells below an anchored object; at most it has more of them than it covers."""
    start, end, size = (anchor.find(SHEET_DRAWING + tag) for tag in ("from", "to", "ext"))
    if start is None:
        return Area(1, 1, MAX_ROWS, MAX_COLUMNS)
    row, column = _corner(start)
    if end is not None:
        return Area(row, column, *_corner(end))
    wide, high = (0 if size is None else _whole(size.get(each)) for each in ("cx", "cy"))
    return Area(row, column, row + high // _LOW, column + wide // _NARROW)


def _corner(corner: Element) -> tuple[int, int]:
    row, column = (_whole(corner.findtext(SHEET_DRAWING + tag)) for tag in ("row", "col"))
    return row + 1, column + 1


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else 0


def _named(element: Element) -> Element | None:
    return element.find(f"*/{SHEET_DRAWING}cNvPr")


def _is_hidden(element: Element) -> bool:
    return is_true(_named(element), "hidden")


def _alt_text(element: Element) -> str:
    named = _named(element)
    return "" if named is None else named.get("descr", "")


def _covers(element: Element) -> bool:
    """Return whether something hides what is below an object: a fill, a text, a picture."""
    for each in element.iter():
        kind = each.tag.removeprefix(SHEET_DRAWING)
        if kind in ("pic", "graphicFrame", "contentPart", "cxnSp") or (
            kind == "txBody" and "".join(each.itertext()).strip()
        ):
            return True
        if kind in ("spPr", "grpSpPr") and any(child.tag in _FILLS for child in each):
            return True
        if kind == "sp" and _filled_by_style(each):
            return True
    return False


def _filled_by_style(shape: Element) -> bool:
    style = shape.find(f"{SHEET_DRAWING}style/{DRAWING}fillRef")
    empty = shape.find(f"{SHEET_DRAWING}spPr/{DRAWING}noFill")
    return empty is None and style is not None and style.get("idx", "0") != "0"


def _pictures(package: Package, element: Element, targets: dict[str, str]) -> Iterator[str]:
    for blip in element.iter(f"{DRAWING}blip"):
        if package.has(target := targets.get(blip.get(f"{RELATED}embed", ""), "")):
            with package.open(target) as content:
                yield picture_name(content.read())


def picture_name(data: bytes) -> str:
    """Return a short name that tells a picture from any other."""
    return sha256(data).hexdigest()[:16]


def _clicks(element: Element, targets: dict[str, str]) -> Iterator[str]:
    for tag in _CLICKS:
        for click in element.iter(tag):
            yield targets.get(click.get(f"{RELATED}id", ""), "") or click.get("action", "") or "nowhere"
