"""What a reader of a workbook sees besides the contents of its cells, as small plain data.

Two files that show the same have equal data here, whichever programs have saved them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias
from xml.etree.ElementTree import Element

from xlbackprop.xlsx.read.sheet import Area
from xlbackprop.xlsx.read.surroundings.number_formats import NumberFormat
from xlbackprop.xlsx.read.surroundings.xml_tools import CHART

CacheKey: TypeAlias = tuple[str, int, int, str]  # sheet, number of the chart, of its curve, "name", "x" or "y"
Points: TypeAlias = list[tuple[str, str]]  # (index, text) of each stored point
RUN = "run-of-points"
_POINT = re.compile(r'idx="([0-9]+)">\s*<[^>]*>([^<]*)<')


class FormatBand(NamedTuple):
    """Rows with cells in the same `columns`, and the number format of each of them."""

    rows: range
    columns: Sequence[int]
    formats: Sequence[NumberFormat]


class Rule(NamedTuple):
    """A conditional format of an area: `condition` is written for its first cell, `shows` is what changes then."""

    area: Area
    condition: str
    shows: str


class Link(NamedTuple):
    """The target of a hyperlink ("'Inputs'!B5"), with the text that appears beside the pointer, if it has its own."""

    target: str
    tip: str = ""
    is_outer: bool = False


class Cache(NamedTuple):
    """The element with the stored points of a name, of x or of y; an element <pt> with the attribute RUN is many."""

    element: Element
    runs: Sequence[bytes]

    def points(self) -> Points:
        """Return the stored points."""
        found: Points = []
        for point in self.element.iter(f"{CHART}pt"):
            if (run := point.get(RUN)) is None:
                found.append((point.get("idx", ""), point.findtext(f"{CHART}v", "")))
            else:
                found += _POINT.findall(self.runs[int(run)].decode())
        return found


class Axis(NamedTuple):
    """An axis of a chart; numbers are as in the file's common form ("300"), empty where the program chooses."""

    title: str
    lowest: str
    highest: str
    log_base: str
    direction: str
    visible: bool
    labels: str  # the number format of its labels; empty where that of the cells is taken


class Curve(NamedTuple):
    """A series of a chart: the references of its name, x and y, how it is drawn, and what is added to it."""

    name: str
    x: str
    y: str
    line: str  # "0072B2 solid", "none"
    points: str  # "none" where the points have no marker
    added: str = ""  # "trendline", "dLbls"


class SeenChart(NamedTuple):
    """A chart; `kind` is like "scatterChart". `caches` has the stored name, x and y of each curve."""

    kind: str
    title: str
    x_axis: Axis
    y_axis: Axis
    legend: bool
    curves: tuple[Curve, ...]
    added: str = ""
    alt_text: str = ""
    area: Area = Area(1, 1, 1, 1)
    caches: tuple[tuple[Cache | None, Cache | None, Cache | None], ...] = ()


class Drawing(NamedTuple):
    """A shape, a picture or any other object but a chart, over about the cells `area`.

    `kind` is the element's name: grpSp, sp, pic, cxnSp. `text` is all that is written in it, `picture` tells pictures
    apart. An object `covers` what is below it where it has a fill, a text or a picture. `links` are the targets that a
    click on it opens. `turned` says how it is turned and mirrored: "flipV".
    """

    kind: str
    area: Area
    covers: bool
    text: str = ""
    picture: str = ""
    alt_text: str = ""
    links: tuple[str, ...] = ()
    turned: str = ""


@dataclass(frozen=True, slots=True)
class SheetSurroundings:
    """What stands around the cells of one sheet.

    `has_zeros` is False where cells that are 0 look empty. `hidden_columns` are ranges of columns. `rules` go from the
    strongest to the weakest. `validations` are told in words. `behind` is what lies behind or over all cells: a
    picture, form controls. `odd` are settings by which all cells are shown otherwise. `ambiguous` names what one
    program shows in one way and another in another.
    """

    is_visible: bool
    has_zeros: bool
    hidden_rows: Sequence[int]
    hidden_columns: Sequence[range]
    merged: Sequence[Area]
    formats: Sequence[FormatBand]
    rules: Sequence[Rule]
    notes: Mapping[Area, str]
    links: Mapping[Area, Link]
    validations: Mapping[Area, str]
    charts: Sequence[SeenChart]
    drawings: Sequence[Drawing]
    behind: Sequence[str]
    ambiguous: Sequence[str]
    odd: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a workbook has besides its cells.

    `names` maps each defined name, in small letters, to its reference; one of a single sheet is "'LR=0.1'!rate".
    Without `full_precision` every number is rounded to its shown digits; with `is_manual` nothing is recalculated
    until somebody asks for it; with `iterates` a circle of formulas is no error. `sheets` has the names of all sheets,
    also of those without cells.
    """

    names: Mapping[str, str]
    full_precision: bool
    is_manual: bool
    iterates: bool
    sheets: Mapping[str, SheetSurroundings | None]
    odd: Sequence[str] = ()

    def caches(self) -> Iterator[tuple[CacheKey, Points | None]]:
        """Yield the numbers and texts stored with each curve of each chart; None where there are none.

        Charts and curves are counted from 0, in the order in which `sheets[…].charts` and their `curves` have them.
        """
        for name, sheet in self.sheets.items():
            for number, chart in enumerate(sheet.charts if sheet is not None else ()):
                for index, caches in enumerate(chart.caches):
                    for role, cache in zip(("name", "x", "y"), caches, strict=True):
                        yield (name, number, index, role), None if cache is None else cache.points()
