"""Which chart, outline or picture of a file is which of the document."""

from __future__ import annotations

from typing import NamedTuple

from xlbackprop.workbook import Chart, Outline, Picture, Series, Sheet, address, quoted, stroke
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
    return Curve(name, x, y, line, " ".join(series.point) if series.marked else "none")


class Drawn(NamedTuple):
    """An outline or picture of the document: its name in messages, and what the file has of it, or None."""

    what: str
    expected: Outline | Picture
    found: Drawing | None


def matched_drawings(sheet: Sheet, seen: SheetSurroundings) -> list[Drawn]:
    """Return each outline and picture of the document with what the file has of it."""
    rest = list(seen.drawings)
    matched = []
    expected: list[Outline | Picture] = [*sheet.outlines, *sheet.pictures]
    for ours in expected:
        found = max(rest, key=lambda each: _shared(ours, each), default=None)
        if found is not None and _shared(ours, found):
            rest.remove(found)
        else:
            found = None
        if isinstance(ours, Picture):
            what = f"picture {quoted(sheet.name)}!{ours.anchor}"
        else:
            what = f"{ours.alt_text} of {quoted(sheet.name)}!{address(ours.start.row, ours.start.column)}"
        matched.append(Drawn(what, ours, found))
    return matched


def _shared(ours: Outline | Picture, drawing: Drawing) -> int:
    """Return how much a drawing of the file has in common with an outline or picture; 0 if it is another one."""
    if isinstance(ours, Picture):
        return int(picture_name(ours.image.data) == drawing.picture)
    if drawing.kind != ("sp" if ours.kind == "ellipse" else "cxnSp"):
        return 0
    return 2 * (drawing.alt_text == ours.alt_text) + is_in_place(ours, drawing)


def is_in_place(ours: Outline, drawing: Drawing) -> bool:
    """Return whether an outline lies over its cells, and points where it should; by a cell programs may differ."""
    near = all(abs(one - other) <= 1 for one, other in zip(area_of(ours), drawing.area, strict=True))
    rises = (ours.end.row, ours.end.down) < (ours.start.row, ours.start.down)
    return near and (ours.kind == "ellipse" or drawing.turned == ("flipV" if rises else ""))


def area_of(ours: Outline) -> tuple[int, int, int, int]:
    """Return the first row and column and the last row and column over which an outline lies."""
    (row, column, *_), (other_row, last_column, *_) = ours.start, ours.end
    return min(row, other_row), column, max(row, other_row), last_column
