"""The drawings of a sheet, as plain data: charts, outlines over cells, pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from xlbackprop.arithmetic import magnitude
from xlbackprop.workbook.image_file import Image
from xlbackprop.workbook.looks import Role

# Okabe and Ito's colours, which people with any colour vision tell apart; the yellow is left out as too pale on white.
CURVE_COLOURS = ("0072B2", "D55E00", "009E73", "CC79A7", "E69F00", "56B4E9", "000000")
# A second sign beside colour, for print in grey; alike for the first two would be alike for most charts.
CURVE_DASHES = ("solid", "dash", "solid", "sysDash", "lgDash", "solid", "lgDashDot")

_LOWEST_DECADE = -307  # in Excel smaller numbers are 0

POINT = "circle", "1F2933"  # the form and the colour of single points: dark dots, which are seen on every curve


class Stroke(NamedTuple):
    """How a curve is drawn: its colour, RRGGBB, and its dashes, as the format names them ("solid", "sysDash")."""

    colour: str
    dash: str


def stroke(index: int) -> Stroke:
    """Return how the curve with this index in its chart, from 0, is drawn."""
    lap, place = divmod(index, len(CURVE_COLOURS))
    # the eighth curve repeats a colour, not its dashes
    return Stroke(CURVE_COLOURS[place], CURVE_DASHES[(place + lap) % len(CURVE_DASHES)])


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One curve of a chart. `name`, `x` and `y` are references ("'Loss curves'!$B$5").

    `name_text`, `x_values` and `y_values` are the values there, stored with the chart for programs that do not
    calculate. `marked` draws the points, and no line between them: dark dots, or diamonds in the colour of the curve
    whose index in the chart is `like`.
    """

    name: str
    name_text: str
    x: str
    x_values: np.ndarray
    y: str
    y_values: np.ndarray
    marked: bool = False
    like: int | None = None

    @property
    def point(self) -> tuple[str, str]:
        """The form and the colour of its points, where it is `marked`."""
        return POINT if self.like is None else ("diamond", stroke(self.like).colour)


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """A scatter chart with straight lines; `width` and `height` are in pixels at 96 dots an inch."""

    anchor: str  # the cell of its top left corner, "I5"
    width: int
    height: int
    title: str
    x_title: str
    y_title: str
    series: tuple[Series, ...]
    alt_text: str
    x_max: float
    x_step: float
    y_log: bool = False  # then no number of a curve is 0 or less
    y_format: str = "General"
    legend: bool = True
    legend_below: bool = False  # else right of the curves

    @property
    def lowest_decade(self) -> int | None:
        """The exponent of the lower end of a logarithmic axis (-7: from 1E-7) where a curve has gaps, else None.

        OnlyOffice, which takes an error for 0 here, would begin the axis at 0.1 or 1, above most of the curves.
        """
        if not self.y_log:
            return None
        values = np.concatenate([np.asarray(series.y_values, dtype=float) for series in self.series])
        known = values[np.isfinite(values)]
        if len(known) in (0, len(values)):
            return None
        return max(_LOWEST_DECADE, magnitude(known.min()))


class Corner(NamedTuple):
    """A place on a sheet: a cell, and how many pixels right of and below its own corner."""

    row: int
    column: int
    right: float = 0.0
    down: float = 0.0


class Outline(NamedTuple):
    """A circle or an arrow over cells, without text or fill; it moves and grows with them.

    A circle fills the box between its two corners, an arrow leads from the first to the second, rightwards.
    """

    kind: Literal["ellipse", "arrow"]
    start: Corner
    end: Corner
    role: Role
    alt_text: str


class Picture(NamedTuple):
    """A picture. Its top left corner is `offset` pixels right of the corner of the cell `anchor` ("B2").

    `width` and `height` are the pixels that it takes on the screen.
    """

    anchor: str
    offset: int
    width: int
    height: int
    image: Image
    alt_text: str
