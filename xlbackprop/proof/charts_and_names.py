"""Do the charts, the defined names and the settings of a file equal those of the document?

A file may be right in every cell and still mislead: a curve that begins at its header, a name that points elsewhere,
numbers that are rounded to what is shown of them. Further names are no difference; people add their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from xlbackprop.workbook import Document, quoted
from xlbackprop.xlsx.read import SeriesReferences, Surroundings, chart_reference, name_reference

NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Surrounding:
    """A difference in a chart, a name or a setting: "calculation: expected automatic, found manual"."""

    what: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.what}: expected {self.expected}, found {self.found}"


def compare_surroundings(document: Document, surroundings: Surroundings) -> Iterator[Surrounding]:
    """Yield the differences outside the cells: of curves, then of names, of settings, and hidden sheets."""
    yield from _curves(document, surroundings)
    yield from _names(document, surroundings)
    if not surroundings.full_precision:
        yield Surrounding("precision of the numbers", "full", "as displayed")
    if surroundings.manual:
        yield Surrounding("calculation", "automatic", "manual")
    for name in surroundings.hidden:
        yield Surrounding(f"sheet {quoted(name)}", "visible", "hidden")


def _names(document: Document, surroundings: Surroundings) -> Iterator[Surrounding]:
    for name, reference in document.names.items():
        expected, found = name_reference(reference), surroundings.names.get(name.lower(), NOTHING)
        if expected != found:
            yield Surrounding(f"defined name {name}", expected, found)


def _curves(document: Document, surroundings: Surroundings) -> Iterator[Surrounding]:
    expected = Counter(
        SeriesReferences(chart_reference(curve.name), chart_reference(curve.x), chart_reference(curve.y))
        for sheet in document.sheets
        for chart in sheet.charts
        for curve in chart.series
    )
    missing = list((expected - surroundings.series).elements())
    extra = list((surroundings.series - expected).elements())
    for curve in missing:
        other = next((found for found in extra if _is_changed(curve, found)), None)
        if other is None:
            yield Surrounding(_called(curve), _shown(curve), NOTHING)
        else:
            extra.remove(other)
            yield Surrounding(_called(curve), *_unlike(curve, other))
    for curve in extra:
        yield Surrounding(_called(curve), NOTHING, _shown(curve))


def _is_changed(one: SeriesReferences, other: SeriesReferences) -> bool:
    """Return whether both are the same curve before and after a change: two of name, x and y are equal."""
    return sum(mine == theirs for mine, theirs in zip(one, other, strict=True)) == 2


def _unlike(one: SeriesReferences, other: SeriesReferences) -> tuple[str, str]:
    """Return the texts of both curves with only those of name, x and y that differ."""
    fields = [field for field in one._fields if getattr(one, field) != getattr(other, field)]
    return _shown(one, fields), _shown(other, fields)


def _shown(curve: SeriesReferences, fields: list[str] | None = None) -> str:
    return ", ".join(f"{field} {getattr(curve, field) or NOTHING}" for field in fields or curve._fields)


def _called(curve: SeriesReferences) -> str:
    return f"curve {curve.name or curve.y}"
