"""What is drawn: charts, outlines, pictures; and drawings of others that hide something."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from xlbackprop.proof.around.matching import is_in_place
from xlbackprop.proof.around.sides import Both, Pair
from xlbackprop.proof.around.surrounding import NOTHING, Surrounding, Weight, apart, cut
from xlbackprop.workbook import Chart, Outline
from xlbackprop.xlsx.read import Curve, Drawing, SeenChart, areas


def charts(both: Both) -> Iterator[Surrounding]:
    """Yield what is otherwise in the charts, and the charts that somebody added."""
    for pair in both.sheets:
        for chart, (expected, found) in zip(pair.sheet.charts, pair.charts, strict=True):
            what = f"chart {expected.title!r} of {pair.name}"
            if found is None:
                yield Surrounding(what, "as made", NOTHING)
            else:
                yield from _unlike_charts(what, expected, found)
                if _is_moved(chart, found) and pair.holds(found.area):
                    yield Surrounding(f"place of {what}", chart.anchor, f"over cells, {pair.at(found.area)}")
        kept = [id(found) for _, found in pair.charts]
        for seen in pair.seen.charts:
            if id(seen) not in kept:
                weight = Weight.DIFFERENT if pair.is_drawn_on(seen.area) else Weight.TOLD
                yield Surrounding(f"chart {seen.title!r} {pair.at(seen.area)}", NOTHING, "added", weight)


def _is_moved(chart: Chart, found: SeenChart) -> bool:
    """Return whether a chart begins elsewhere; by a cell programs may differ."""
    corner = next(areas(chart.anchor))
    return abs(corner.first_row - found.area.first_row) > 1 or abs(corner.first_column - found.area.first_column) > 1


def _unlike_charts(what: str, expected: SeenChart, found: SeenChart) -> Iterator[Surrounding]:
    yield from _unlike_fields(what, expected, found, ("kind", "title", "legend", "added"))
    for name in ("x_axis", "y_axis"):
        ours, theirs = getattr(expected, name), getattr(found, name)
        fields = [field for field in ours._fields if field != "labels" or theirs.labels]
        yield from _unlike_fields(f"{name.replace('_', ' ')} of {what}", ours, theirs, fields)
    yield from _unlike_curves(what, expected.curves, found.curves)


def _unlike_fields(what: str, expected: NamedTuple, found: NamedTuple, fields: Iterable[str]) -> Iterator[Surrounding]:
    for field in fields:
        ours, theirs = getattr(expected, field), getattr(found, field)
        if ours != theirs:
            named = field.replace("_", " ")
            yield Surrounding(f"{named} of {what}", cut(str(ours)) or "none", cut(str(theirs)) or "none")


def _unlike_curves(what: str, expected: Sequence[Curve], found: Sequence[Curve]) -> Iterator[Surrounding]:
    """Yield the curves of a chart that are not alike; one is the same curve where two of name, x and y are equal."""
    rest = list(enumerate(found))
    places = []
    for curve in expected:
        partner = max(rest, key=lambda each: _common(curve, each[1]), default=None)
        if partner is None or _common(curve, partner[1]) < 2:
            yield Surrounding(f"curve {curve.name} of {what}", _references(curve), "none")
        else:
            rest.remove(partner)
            places.append(partner[0])
            yield from _unlike_fields(f"curve {curve.name} of {what}", curve, partner[1], curve._fields)
    for _, curve in rest:
        yield Surrounding(f"curve {curve.name or curve.y} of {what}", "none", _references(curve))
    if places != sorted(places):
        yield Surrounding(f"order of the curves of {what}", "as made", "changed")


def _common(one: Curve, other: Curve) -> int:
    return sum(ours == theirs for ours, theirs in zip(one[:3], other[:3], strict=True))


def _references(curve: Curve) -> str:
    return f"name {curve.name or 'none'}, x {curve.x or 'none'}, y {curve.y or 'none'}"


def drawings(both: Both) -> Iterator[Surrounding]:
    """Yield outlines and pictures that are gone, and what somebody added over the sheets."""
    for pair in both.sheets:
        for what, ours, found in pair.drawings:
            if found is None:
                yield Surrounding(what, cut(ours.alt_text), NOTHING, Weight.LOST)
        yield from _added_drawings(pair)
        for words in pair.seen.behind:
            yield Surrounding(f"drawing over {pair.name}", NOTHING, words)
        for words in pair.seen.ambiguous:
            yield Surrounding(f"{words} of {pair.name}", "one for all programs", "another for some of them")


def _added_drawings(pair: Pair) -> Iterator[Surrounding]:
    """Yield the drawings that are not the document's; those that hide something, or lead elsewhere, are differences."""
    kept = [id(drawn.found) for drawn in pair.drawings]
    for drawing in pair.seen.drawings:
        what = f"drawing {pair.at(drawing.area)}"
        if id(drawing) not in kept and drawing.kind != "link":
            hides = drawing.covers and (pair.holds(drawing.area) or pair.is_drawn_on(drawing.area))
            shown = cut(f"{drawing.kind} {drawing.text}".strip())
            yield Surrounding(what, NOTHING, shown, Weight.DIFFERENT if hides else Weight.TOLD)
        for target in drawing.links:
            yield Surrounding(f"link of {what}", NOTHING, cut(target))


def outlines(both: Both) -> Iterator[Surrounding]:
    """Yield outlines over cells that lie elsewhere, and those that hide the numbers below them."""
    for pair in both.sheets:
        for what, ours, found in pair.drawings:
            if not isinstance(ours, Outline) or found is None:
                continue
            if not is_in_place(ours, found):
                there = f"over cells, {pair.at(found.area)}"
                yield Surrounding(f"place of {what}", "as made", " ".join([there, found.turned]).strip())
            if ours.kind == "ellipse" and found.covers:
                yield Surrounding(what, "a circle without text or fill", "one that hides what is below it")


def alt_texts(both: Both) -> Iterator[Surrounding]:
    """Yield charts, outlines and pictures that are described otherwise, to those who do not see them."""
    for pair in both.sheets:
        kept: list[tuple[str, str, SeenChart | Drawing | None]] = [
            *((f"chart {ours.title!r} of {pair.name}", ours.alt_text, found) for ours, found in pair.charts),
            *((drawn.what, drawn.expected.alt_text, drawn.found) for drawn in pair.drawings),
        ]
        for what, alt_text, found in kept:
            if found is not None and found.alt_text != alt_text:
                weight = Weight.DIFFERENT if found.alt_text else Weight.LOST
                expected, there = apart(alt_text, found.alt_text)
                yield Surrounding(f"alt text of {what}", expected, there or NOTHING, weight)
