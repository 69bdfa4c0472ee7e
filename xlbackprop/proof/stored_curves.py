"""Are the points that a file stores with its charts those of its cells? A preview draws them as they are stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from xlbackprop.proof.surroundings import NOTHING, Surrounding, Weight, matched_charts
from xlbackprop.workbook import Chart, Document, quoted
from xlbackprop.xlsx.read import SeenChart, Surroundings, chart_reference

SIGNIFICANT = 5e-5  # five digits: no eye sees more in a curve


def compare_stored_curves(document: Document, found: Surroundings) -> Iterator[Surrounding]:
    """Yield the curves of which a file stores another name, or other points, than the document has.

    Charts and curves that are not in the file, or draw other cells, are no matter of this comparison.
    """
    lost = 0
    for sheet in document.sheets:
        if (seen := found.sheets.get(sheet.name)) is None:
            continue
        for chart, (_, theirs) in zip(sheet.charts, matched_charts(sheet, seen), strict=True):
            for unlike in _unlike(chart, theirs) if theirs is not None else ():
                if unlike.found == NOTHING and not unlike.role:
                    lost += 1
                else:
                    where = f"the curve {unlike.curve!r} of the chart {chart.title!r} of {quoted(sheet.name)}"
                    what = f"{unlike.role} stored with {where}"
                    yield Surrounding(what, unlike.expected, unlike.found, Weight.STORED)
    if lost:
        yield Surrounding(f"what is stored with {lost:,} curves of charts", "as made", NOTHING, Weight.LOST)


class _Unlike(NamedTuple):
    """What is stored otherwise with a curve: "y of point 7", or all of it, where nothing is stored."""

    curve: str
    role: str
    expected: str
    found: str


def _unlike(chart: Chart, theirs: SeenChart) -> Iterator[_Unlike]:
    """Yield what is stored otherwise with the curves of a chart."""
    places = {curve[:3]: place for place, curve in enumerate(theirs.curves)}
    for series in chart.series:
        references = chart_reference(series.name), chart_reference(series.x), chart_reference(series.y)
        if (place := places.get(references)) is None:
            continue
        name, x, y = theirs.caches[place]
        if name is None or x is None or y is None:
            yield _Unlike(series.name_text, "", "as made", NOTHING)
            continue
        said = "".join(text for _, text in name.points())
        if said != series.name_text:
            yield _Unlike(series.name_text, "the name", series.name_text or NOTHING, said or NOTHING)
        for role, cache, values in (("x", x, series.x_values), ("y", y, series.y_values)):
            if (unlike := _unlike_points(cache.points(), values)) is not None:
                yield _Unlike(series.name_text, f"{role} of point {unlike[0] + 1}", *unlike[1:])


def _unlike_points(points: list[tuple[str, str]], values: np.ndarray) -> tuple[int, str, str] | None:
    """Return the first point that is not stored as its value is: its place, and the texts of both; or None."""
    expected = np.asarray(values, dtype=np.float64)
    stored = np.full(len(expected), np.nan)
    try:
        places = np.array([int(place) for place, _ in points], dtype=int)
        numbers = np.array([float(text) for _, text in points])
    except ValueError:
        return 0, NOTHING, "no number"
    outside = (places < 0) | (places >= len(expected))
    if outside.any():
        return int(places[outside.argmax()]), NOTHING, _text(numbers[outside.argmax()])
    stored[places] = numbers
    known = ~np.isnan(expected)
    size = np.maximum(np.abs(expected), np.abs(stored))
    unlike = (known != ~np.isnan(stored)) | (known & (np.abs(expected - stored) > SIGNIFICANT * size))
    if not unlike.any():
        return None
    place = int(unlike.argmax())
    return place, _text(expected[place]), _text(stored[place])


def _text(number: float) -> str:
    return NOTHING if np.isnan(number) else f"{number:.6g}"
