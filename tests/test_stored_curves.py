"""The points that a chart stores are held against its cells: to five digits, in their places, and none too few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element, SubElement, fromstring

import numpy as np
import pytest

from xlbackprop.proof.stored_curves import compare_stored_curves
from xlbackprop.proof.surroundings import NOTHING, Surrounding, Weight
from xlbackprop.workbook import Chart, Document, Series, Sheet
from xlbackprop.xlsx.read import Axis, Curve, SeenChart, SheetSurroundings, Surroundings, chart_reference
from xlbackprop.xlsx.read.surroundings.seen import CHART, Cache
from xlbackprop.xlsx.write.charts import chart_part

X, Y = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.5, 0.25, np.nan, -100.0])
SERIES = Series("'a'!$B$1", "loss", "'a'!$A$2:$A$5", X, "'a'!$B$2:$B$5", Y)
OTHER = replace(SERIES, name="'a'!$C$1", name_text="", y="'a'!$C$2:$C$5")
Points = Sequence[tuple[object, object]]
SOUND: dict[str, Points] = {
    "name": [(0, "loss")],
    "x": [(0, 0), (1, 1), (2, 2), (3, 3)],
    "y": [(0, 0.5), (1, 0.25), (3, -100)],
}
WITHOUT_NAME: dict[str, Points] = SOUND | {"name": []}


def cache(points: Points | None) -> Cache | None:
    if points is None:
        return None
    element = Element(f"{CHART}numCache")
    for place, text in points:
        SubElement(SubElement(element, f"{CHART}pt", idx=str(place)), f"{CHART}v").text = str(text)
    return Cache(element, ())


def file_with(*charts: SeenChart) -> Surroundings:
    """Return what is around the cells of a file whose sheet "a" has these charts, and nothing else."""
    sheet = SheetSurroundings(True, True, (), (), (), (), (), {}, {}, {}, charts, (), (), ())
    return Surroundings({}, True, False, False, {"a": sheet})


def told(*stored: dict[str, Points | None], series: Sequence[Series] = (SERIES,)) -> list[Surrounding]:
    """Return what is said of a chart with these curves, of which a file stores these points."""
    chart = Chart("E5", 400, 300, "Losses", "epoch", "loss", tuple(series), "", 4.0, 1.0)
    document = Document("A lesson", "", (Sheet("of no chart", {}), Sheet("a", {}, charts=(chart,))))
    curves = tuple(Curve(*map(chart_reference, (one.name, one.x, one.y)), "", "") for one in series)
    caches = tuple((cache(one["name"]), cache(one["x"]), cache(one["y"])) for one in stored)
    axis = Axis("", "", "", "", "", False, "")
    seen = SeenChart("scatterChart", "Losses", axis, axis, False, curves, caches=caches)
    return [*compare_stored_curves(document, file_with(seen))]


def test_points_as_they_were_made_are_no_difference() -> None:
    assert told(SOUND) == []
    assert told(SOUND, WITHOUT_NAME, series=(SERIES, OTHER)) == []


@pytest.mark.parametrize(
    ("role", "points", "what", "expected", "found"),
    [
        ("y", [(0, 0.5), (1, 0.26), (3, -100)], "y of point 2", "0.25", "0.26"),
        ("y", [(0, 0.5), (1, 0.26123456), (3, -100)], "y of point 2", "0.25", "0.261235"),
        ("y", [(0, 0.6), (1, 0.26), (3, -100)], "y of point 1", "0.5", "0.6"),
        ("y", [(0, 0.5), (1, 0.25), (3, 100)], "y of point 4", "-100", "100"),
        ("y", [(0, 0.5), (1, 0.25)], "y of point 4", "-100", NOTHING),
        ("y", [(0, 0.5), (1, 0.25), (2, 0), (3, -100)], "y of point 3", NOTHING, "0"),
        ("y", [], "y of point 1", "0.5", NOTHING),
        ("y", [(0, 0.5), (1, 0.25), (3, -100), (4, 7)], "y of point 5", NOTHING, "7"),
        ("y", [(0, 0.5), (1, 0.25), (3, -100), (-1, 7)], "y of point 0", NOTHING, "7"),
        ("y", [(0, "#N/A"), (1, 0.25), (3, -100)], "y of point 1", NOTHING, "no number"),
        ("y", [("", 0.5), (1, 0.25), (3, -100)], "y of point 1", NOTHING, "no number"),
        ("x", [(0, 0), (1, 1), (2, 2), (3, 4)], "x of point 4", "3", "4"),
        ("x", [(0, 1e-9), (1, 1), (2, 2), (3, 3)], "x of point 1", "0", "1e-09"),
        ("name", [(0, "lost")], "the name", "loss", "lost"),
        ("name", [], "the name", "loss", NOTHING),
    ],
)
def test_another_point_or_name_is_told(role: str, points: Points, what: str, expected: str, found: str) -> None:
    (unlike,) = told(SOUND | {role: points})
    assert unlike.what == f"{what} stored with the curve 'loss' of the chart 'Losses' of 'a'"
    assert (unlike.expected, unlike.found, unlike.weight) == (expected, found, Weight.STORED)


def test_a_name_where_there_should_be_none_is_told() -> None:
    (unlike,) = told(SOUND | {"name": [(0, "x")]}, series=(OTHER,))
    assert (unlike.expected, unlike.found) == (NOTHING, "x")


@pytest.mark.parametrize(("last", "count"), [(-100.00499, 0), (-99.99501, 0), (-100.0051, 1), (-99.9949, 1)])
def test_five_digits_are_enough(last: float, count: int) -> None:
    assert len(told(SOUND | {"y": [(0, 0.5), (1, 0.25), (3, last)]})) == count


def test_the_digits_that_are_written_are_those_that_are_compared() -> None:
    values = np.concatenate([np.linspace(0.9999, 1.0002, 40_001), -np.geomspace(1e-300, 1e300, 1001), [0.0, 5e-324]])
    series = replace(SERIES, x=SERIES.y, x_values=np.arange(len(values)) + 1e6, y_values=values)
    part = fromstring(chart_part(Chart("E5", 400, 300, "", "", "", (series,), "", 4.0, 1.0), "en"))
    name, x, y = (
        [(point.get("idx"), point.findtext(f"{CHART}v")) for point in part.iterfind(f".//{CHART}{role}//{CHART}pt")]
        for role in (f"tx/{CHART}strRef", "xVal", "yVal")
    )
    written: dict[str, Points] = {"name": name, "x": x, "y": y}
    assert max(len(text or "") for _, text in y) <= len("-9.9999e-300")
    assert told(written, series=(series,)) == []
    (unlike,) = told(written | {"y": [*y[:7], (7, "1.0001"), *y[8:]]}, series=(series,))
    assert unlike.what.startswith("y of point 8 ")


@pytest.mark.parametrize("role", ["name", "x", "y"])
def test_curves_without_stored_points_have_lost_them_and_the_others_are_compared(role: str) -> None:
    wrong = WITHOUT_NAME | {"x": [(0, 0), (1, 1), (2, 2), (3, 9)]}
    unlike, lost = told(SOUND | {role: None}, wrong, series=(SERIES, OTHER))
    assert unlike.what.startswith("x of point 4")
    assert lost == Surrounding("what is stored with 1 curves of charts", "as made", NOTHING, Weight.LOST)
    (both,) = told(SOUND | {role: None}, WITHOUT_NAME | {"y": None}, series=(SERIES, OTHER))
    assert both.what == "what is stored with 2 curves of charts"


def test_a_curve_that_the_file_does_not_draw_is_no_matter_of_this_comparison() -> None:
    wrong = SOUND | {"x": [(0, 7)]}
    chart = Chart("E5", 400, 300, "Losses", "", "", (OTHER, SERIES), "", 4.0, 1.0)
    axis = Axis("", "", "", "", "", False, "")
    curve = Curve(*map(chart_reference, (SERIES.name, SERIES.x, SERIES.y)), "", "")
    caches = ((cache(wrong["name"]), cache(wrong["x"]), cache(wrong["y"])),)
    seen = SeenChart("scatterChart", "", axis, axis, False, (curve,), caches=caches)
    document = Document("", "", (Sheet("a", {}, charts=(chart, replace(chart, series=(OTHER,)))),))
    (unlike,) = compare_stored_curves(document, file_with(seen))
    assert unlike.what.startswith("x of point 1 ")
    assert [*compare_stored_curves(document, file_with())] == []
    assert [*compare_stored_curves(document, Surroundings({}, True, False, False, {}))] == []
