"""Which chart, diagram or picture of a file is which of the document."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from xlbackprop.workbook import POINT, Chart, Diagram, Picture, Series, Sheet, quoted, stroke
from xlbackprop.xlsx.read import (
    Axis,
    Curve,
    Drawing,
    SeenChart,
    SheetSurroundings,
    chart_reference,
    number,
    picture_name,
    shown_format,
)


def matched_charts(sheet: Sheet, seen: SheetSurroundings) -> list[tuple[SeenChart, SeenChart | None]]:
    """Return each chart of the document, and the one of the file that has most in common with it, or None."""
    expected = [_expected_chart(chart) for chart in sheet.charts]
    alike = [
        (_alike(one, other), mine, theirs)
        for mine, one in enumerate(expected)
        for theirs, other in enumerate(seen.charts)
    ]
    partners: dict[int, int] = {}
    for score, mine, theirs in sorted(alike, key=lambda each: -each[0]):
        if score and mine not in partners and theirs not in partners.values():
            partners[mine] = theirs
    return [(one, seen.charts[partners[mine]] if mine in partners else None) for mine, one in enumerate(expected)]


def _alike(one: SeenChart, other: SeenChart) -> int:
    """Return how much two charts have in common; 0 where no reference of a curve is the same."""
    ours, theirs = ({reference for curve in chart.curves for reference in curve[:3]} for chart in (one, other))
    shared = len(ours & theirs)
    return 2 * shared + (one.title == other.title) + (one.y_axis == other.y_axis) if shared else 0


def _expected_chart(chart: Chart) -> SeenChart:
    lowest = "" if chart.lowest_decade is None else number(f"1e{chart.lowest_decade}")
    return SeenChart(
        "scatterChart",
        chart.title,
        Axis(chart.x_title, "0", number(str(chart.x_max)), "", "minMax", True, "General"),
        Axis(chart.y_title, lowest, "", "10" if chart.y_log else "", "minMax", True, str(shown_format(chart.y_format))),
        chart.legend,
        tuple(_expected_curve(series, index) for index, series in enumerate(chart.series)),
        alt_text=chart.alt_text,
    )


def _expected_curve(series: Series, index: int) -> Curve:
    name, x, y = map(chart_reference, (series.name, series.x, series.y))
    line = "none" if series.marked else " ".join(stroke(index))
    return Curve(name, x, y, line, " ".join(POINT) if series.marked else "none")


class Drawn(NamedTuple):
    """A diagram or picture of the document: its name in messages, and what the file has of it, or None."""

    what: str
    expected: Diagram | Picture
    standing: Diagram | Picture
    found: Drawing | None


def matched_drawings(sheet: Sheet, standing: Sheet, seen: SheetSurroundings) -> list[Drawn]:
    """Return each diagram and picture of the document with what the file has of it."""
    rest = list(seen.drawings)
    matched = []
    expected: list[Diagram | Picture] = [*sheet.diagrams, *sheet.pictures]
    stand: list[Diagram | Picture] = [*standing.diagrams, *standing.pictures]
    for ours, now in zip(expected, stand, strict=True):
        found = max(rest, key=lambda each: _shared(ours, each), default=None)
        if found is not None and _shared(ours, found) >= 0.5:
            rest.remove(found)
        else:
            found = None
        kind = "diagram" if isinstance(ours, Diagram) else "picture"
        matched.append(Drawn(f"{kind} {quoted(sheet.name)}!{ours.anchor}", ours, now, found))
    return matched


def _shared(ours: Diagram | Picture, drawing: Drawing) -> float:
    """Return the share of a diagram that a drawing of the file has, or 1 for the same picture."""
    if isinstance(ours, Picture):
        return float(picture_name(ours.image.data) == drawing.picture)
    labels = Counter(shape.text for shape in ours.shapes)
    return (labels & Counter(label.text for label in drawing.labels)).total() / max(1, len(ours.shapes))
