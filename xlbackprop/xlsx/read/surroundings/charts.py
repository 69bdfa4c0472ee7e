"""One chart part → what a reader sees of it, with the elements that hold its stored numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element

from xlbackprop.xlsx.read.package import MAX_TREE, DamagedWorkbook, Package, tree_of
from xlbackprop.xlsx.read.surroundings.number_formats import shown_format
from xlbackprop.xlsx.read.surroundings.seen import RUN, Axis, Cache, Curve, SeenChart
from xlbackprop.xlsx.read.surroundings.xml_tools import (
    CHART,
    DRAWING,
    chart_reference,
    is_true,
    limited,
    number,
    texts,
    versions,
)

_SHOWN_LABELS = [f"{CHART}show{what}" for what in ("Val", "CatName", "SerName", "Percent", "BubbleSize")]
_ADDITIONS = ("trendline", "errBars", "dPt")  # to a curve: lines, bars, points that look otherwise
_CACHES = (f"{CHART}strCache", f"{CHART}numCache", f"{CHART}multiLvlStrCache")
NO_AXIS = Axis("", "", "", "", "", False, "")


class _Roles(NamedTuple):
    """The elements of a curve that tell its name, its x and its y."""

    name: Element | None
    x: Element | None
    y: Element | None


# Points of a curve, one after the other: nine tenths of a chart's XML, which are not worth an element each.
_POINTS = re.compile(rb'(?:<((?:[\w.-]++:)?+)pt idx="[0-9]++">\s*+<\1v>[^<&]*+</\1v>\s*+</\1pt>\s*+)++')


def _tree(package: Package, part: str) -> tuple[Element, list[bytes]]:
    """Return a chart as a tree, and its runs of points as XML; in the tree is an element with the number of a run."""
    with package.open(part) as content:
        xml = content.read(MAX_TREE + 1)
    runs: list[bytes] = []
    if RUN.encode() in xml:
        raise DamagedWorkbook(f"its chart {part} has an attribute that no chart has.")

    def numbered(run: re.Match[bytes]) -> bytes:
        runs.append(run[0])
        return b'<%bpt %b="%d"/>' % (run[1], RUN.encode(), len(runs) - 1)

    return package.hold(tree_of(_POINTS.sub(numbered, xml))), runs


def read_chart(package: Package, part: str) -> list[SeenChart]:
    """Return a chart as programs show it: once, or twice where it has something else for older programs."""
    found: list[SeenChart] = []
    tree, runs = _tree(package, part)
    for root in versions(tree):
        chart = _chart(root, runs)
        if any(link.kind == "chartUserShapes" for link in package.relationships(part)):
            chart = chart._replace(added=f"{chart.added} drawings on it".strip())
        if chart not in found:
            found.append(chart)
    return found


def _chart(root: Element, runs: list[bytes]) -> SeenChart:
    plot = root.find(f"{CHART}chart/{CHART}plotArea")
    groups = [] if plot is None else [each for each in plot if each.tag.endswith("Chart")]
    series = sorted((each for group in groups for each in group.iterfind(f"{CHART}ser")), key=_order)
    limited("curves in a chart", len(series))
    axes = (
        {} if plot is None else {_value(each, "axId"): each for each in plot if each.find(f"{CHART}axId") is not None}
    )
    ids = [each.get("val", "") for group in groups for each in group.iterfind(f"{CHART}axId")]
    x_axis, y_axis = ([_axis(axes[each]) for each in ids[:2] if each in axes] + [NO_AXIS] * 2)[:2]
    roles = [_roles(each) for each in series]
    legend = root.find(f"{CHART}chart/{CHART}legend")
    return SeenChart(
        " and ".join(_local(each) for each in groups),
        _title(root.find(f"{CHART}chart")),
        x_axis,
        y_axis,
        legend is not None and legend.find(f"{CHART}legendEntry") is None,
        tuple(_curve(each, role) for each, role in zip(series, roles, strict=True)),
        " ".join(filter(None, (*map(_labelled, groups), _picture(root)))),
        caches=tuple((_cache(role.name, runs), _cache(role.x, runs), _cache(role.y, runs)) for role in roles),
    )


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _value(element: Element | None, name: str) -> str:
    found = None if element is None else element.find(CHART + name)
    return "" if found is None else found.get("val", "")


def _order(series: Element) -> int:
    written = _value(series, "order")
    return int(written) if written.isdigit() else 0


def _title(of: Element | None) -> str:
    """Return the text of a title; "=" and a reference where it is taken from a cell."""
    title = None if of is None else of.find(f"{CHART}title")
    if title is None:
        return ""
    reference = title.find(f"{CHART}tx/{CHART}strRef/{CHART}f")
    return texts(title, f"{DRAWING}t") if reference is None else f"={chart_reference(reference.text or '')}"


def _axis(axis: Element) -> Axis:
    scaling, numbers = axis.find(f"{CHART}scaling"), axis.find(f"{CHART}numFmt")
    linked = numbers is None or is_true(numbers, "sourceLinked")
    labels = "" if linked or numbers is None else str(shown_format(numbers.get("formatCode", "")))
    if (units := axis.find(f"{CHART}dispUnits")) is not None:
        labels += f" in {_value(units, 'builtInUnit') or 'other units'}"
    return Axis(
        _title(axis),
        number(_value(scaling, "min")),
        number(_value(scaling, "max")),
        number(_value(scaling, "logBase")),
        _value(scaling, "orientation") or "minMax",
        not is_true(axis.find(f"{CHART}delete"), absent=False),
        "none" if _value(axis, "tickLblPos") == "none" else labels,
    )


def _roles(series: Element) -> _Roles:
    x, y = (series.find(f"{CHART}{each}Val") for each in "xy")
    return _Roles(
        series.find(f"{CHART}tx"),
        series.find(f"{CHART}cat") if x is None else x,
        series.find(f"{CHART}val") if y is None else y,
    )


def _curve(series: Element, roles: _Roles) -> Curve:
    looks, marker = series.find(f"{CHART}spPr"), series.find(f"{CHART}marker")
    added = [tag for tag in _ADDITIONS if series.find(CHART + tag) is not None]
    if is_true(series.find(f"{CHART}smooth")):
        added.append("smooth")
    if labelled := _labelled(series):
        added.append(labelled)
    name, x, y = map(_reference, roles)
    return Curve(name, x, y, _line(looks), _points(marker), " ".join(added))


def _reference(role: Element | None) -> str:
    """Return the reference of a name, of x or of y; empty where it is typed or absent."""
    formula = None if role is None else role.find(f"*/{CHART}f")
    return "" if formula is None else chart_reference(formula.text or "")


def _cache(role: Element | None, runs: list[bytes]) -> Cache | None:
    found = [] if role is None else [each for tag in _CACHES for each in role.iterfind(f"*/{tag}")]
    return Cache(found[0], runs) if found else None


def _labelled(element: Element) -> str:
    labels = element.find(f"{CHART}dLbls")
    shown = labels is not None and any(is_true(each, absent=True) for tag in _SHOWN_LABELS for each in labels.iter(tag))
    return "dLbls" if shown else ""


def _picture(root: Element) -> str:
    """Return whether a picture fills the chart or a part of it: it may show a curve."""
    return "" if next(root.iter(f"{DRAWING}blip"), None) is None else "picture"


def _line(looks: Element | None) -> str:
    line = None if looks is None else looks.find(f"{DRAWING}ln")
    if line is None:
        return "automatic"
    if line.find(f"{DRAWING}noFill") is not None:
        return "none"
    dash = line.find(f"{DRAWING}prstDash")
    return f"{_filled(line)} {'solid' if dash is None else dash.get('val', '')}"


def _points(marker: Element | None) -> str:
    symbol = _value(marker, "symbol") or "automatic"
    looks = None if marker is None else marker.find(f"{CHART}spPr")
    return symbol if symbol == "none" or looks is None else f"{symbol} {_filled(looks)}"


def _filled(element: Element) -> str:
    """Return the colour of a fill: "0072B2", "accent1 alpha 0"."""
    fill = element.find(f"{DRAWING}solidFill")
    if fill is None:
        return "automatic" if element.find(f"{DRAWING}noFill") is None else "none"
    return " ".join(_colour_words(fill))


def _colour_words(fill: Element) -> Iterator[str]:
    for colour in fill:
        yield colour.get("val", "").upper() if _local(colour) == "srgbClr" else colour.get("val", "automatic")
        yield from (f"{_local(change)} {change.get('val', '')}" for change in colour)
