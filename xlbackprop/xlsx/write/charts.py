"""One chart → the XML of its part: a scatter chart with straight lines, the same in Excel and LibreOffice.

The numbers are stored in the part beside their references, so that a preview which calculates nothing shows the curves:
the heights with five digits, as no eye sees more; the cells have them all.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from xlbackprop.workbook import Chart, Series, stroke
from xlbackprop.xlsx.write import colours
from xlbackprop.xlsx.write.fast_libraries import number_texts
from xlbackprop.xlsx.write.markup import CHART, DECLARATION, DRAWING, RELATIONSHIPS, tag, words

EMU_A_POINT = 12_700
LINE = int(1.75 * EMU_A_POINT)
HAIRLINE = EMU_A_POINT // 2
X_AXIS, Y_AXIS = 10, 20
TITLE_SIZE, AXIS_TITLE_SIZE, LABEL_SIZE = 12, 10, 9


def chart_part(chart: Chart, language: str) -> str:
    """Return the XML of a chart, a part in the folder xl/charts; `language` is like "en-GB"."""
    return DECLARATION + tag(
        "c:chartSpace",
        _choice("date1904", 0),
        _choice("lang", language),
        _choice("roundedCorners", 0),
        _drawing(chart),
        _frame(),
        _text_style(LABEL_SIZE),
        **{"xmlns:c": CHART, "xmlns:a": DRAWING, "xmlns:r": RELATIONSHIPS},
    )


def _drawing(chart: Chart) -> str:
    return tag(
        "c:chart",
        _title(chart.title, TITLE_SIZE),
        _choice("autoTitleDeleted", 0),
        tag("c:plotArea", tag("c:layout"), _curves(chart), _x_axis(chart), _y_axis(chart), _no_fill()),
        _legend(chart) if chart.legend else "",
        _choice("plotVisOnly", 0),  # a curve stays when somebody folds the rows behind it away
        _choice("dispBlanksAs", "gap"),
    )


def _choice(name: str, value: object) -> str:
    return tag(f"c:{name}", val=value)


def _colour(colour: str) -> str:
    return tag("a:solidFill", tag("a:srgbClr", val=colour))


def _stroke(colour: str, width: int, dash: str = "solid") -> str:
    return tag("a:ln", _colour(colour), tag("a:prstDash", val=dash), tag("a:round"), w=width, cap="rnd")


def _no_fill() -> str:
    return tag("c:spPr", tag("a:noFill"), tag("a:ln", tag("a:noFill")))


def _frame() -> str:
    return tag("c:spPr", _colour(colours.WHITE), _stroke(colours.GRIDLINE, HAIRLINE))


def _letters(element: str, size: float, bold: bool) -> str:
    face = tag("a:latin", typeface="Calibri")
    return tag(element, _colour(colours.TEXT), face, sz=int(size * 100), b=bold)


def _text_style(size: float) -> str:
    paragraph = tag("a:p", tag("a:pPr", _letters("a:defRPr", size, False)), tag("a:endParaRPr"))
    return tag("c:txPr", tag("a:bodyPr"), tag("a:lstStyle"), paragraph)


def _title(text: str, size: float, turned: bool = False) -> str:
    body = tag("a:bodyPr", rot=-5_400_000, vert="horz") if turned else tag("a:bodyPr")
    run = tag("a:r", _letters("a:rPr", size, True), words("a:t", text))
    paragraph = tag("a:p", tag("a:pPr", _letters("a:defRPr", size, True)), run)
    rich = tag("c:rich", body, tag("a:lstStyle"), paragraph)
    return tag("c:title", tag("c:tx", rich), tag("c:layout"), _choice("overlay", 0))


def _curves(chart: Chart) -> str:
    return tag(
        "c:scatterChart",
        _choice("scatterStyle", "lineMarker"),
        _choice("varyColors", 0),
        *(_curve(series, index) for index, series in enumerate(chart.series)),
        _choice("axId", X_AXIS),
        _choice("axId", Y_AXIS),
    )


def _curve(series: Series, index: int) -> str:
    colour, dash = stroke(index)
    return tag(
        "c:ser",
        _choice("idx", index),
        _choice("order", index),
        tag("c:tx", tag("c:strRef", words("c:f", series.name), _text_cache(series.name_text))),
        tag("c:spPr", tag("a:ln", tag("a:noFill")) if series.marked else _stroke(colour, LINE, dash)),
        _point(*series.point) if series.marked else tag("c:marker", _choice("symbol", "none")),
        tag("c:xVal", tag("c:numRef", words("c:f", series.x), _number_cache(series.x_values, whole=True))),
        tag("c:yVal", tag("c:numRef", words("c:f", series.y), _number_cache(series.y_values))),
        _choice("smooth", 0),
    )


def _point(symbol: str, colour: str) -> str:
    """Return the marker of a series that is points."""
    look = tag("c:spPr", _colour(colour), _stroke(colours.WHITE, EMU_A_POINT))
    return tag("c:marker", _choice("symbol", symbol), _choice("size", 9), look)


def _text_cache(text: str) -> str:
    return tag("c:strCache", _choice("ptCount", 1), tag("c:pt", words("c:v", text), idx=0))


def _number_cache(values: np.ndarray, *, whole: bool = False) -> str:
    """Return the stored numbers of a series, with all their digits (`whole`) or five.

    NaN, an error in the cell, is left out, so the curve has a gap.
    """
    return _cache_of(np.asarray(values, dtype=np.float64).tobytes(), whole)


@lru_cache(maxsize=64)  # several charts show the same curves over the same epochs
def _cache_of(values: bytes, whole: bool) -> str:
    numbers = np.frombuffer(values)
    texts = number_texts(numbers) if whole else [f"{number:.5g}" for number in numbers.tolist()]
    points = "".join(
        f'<c:pt idx="{index}"><c:v>{text}</c:v></c:pt>'
        for index, (text, known) in enumerate(zip(texts, np.isfinite(numbers).tolist(), strict=True))
        if known
    )
    return tag("c:numCache", words("c:formatCode", "General"), _choice("ptCount", len(numbers)), points)


def _x_axis(chart: Chart) -> str:
    scaling = tag("c:scaling", _choice("orientation", "minMax"), _choice("max", chart.x_max), _choice("min", 0))
    # On a logarithmic scale there is no zero at which the axes could cross.
    crossing = _choice("crosses", "min" if chart.y_log else "autoZero")
    title = _title(chart.x_title, AXIS_TITLE_SIZE)
    return _axis(X_AXIS, Y_AXIS, scaling, "b", title, "General", crossing, chart.x_step)


def _y_axis(chart: Chart) -> str:
    lowest = chart.lowest_decade
    scaling = tag(
        "c:scaling",
        _choice("logBase", 10) if chart.y_log else "",
        _choice("orientation", "minMax"),
        "" if lowest is None else _choice("min", f"1E{lowest}"),
    )
    title = _title(chart.y_title, AXIS_TITLE_SIZE, turned=True)
    return _axis(Y_AXIS, X_AXIS, scaling, "l", title, chart.y_format, _choice("crosses", "min"), None)


def _axis(
    number: int, across: int, scaling: str, side: str, title: str, number_format: str, crossing: str, step: float | None
) -> str:
    return tag(
        "c:valAx",
        _choice("axId", number),
        scaling,
        _choice("delete", 0),
        _choice("axPos", side),
        tag("c:majorGridlines", tag("c:spPr", _stroke(colours.GRIDLINE, HAIRLINE))),
        title,
        tag("c:numFmt", formatCode=number_format, sourceLinked=0),
        _choice("majorTickMark", "out"),
        _choice("minorTickMark", "none"),
        _choice("tickLblPos", "low"),
        tag("c:spPr", _stroke(colours.AXIS, HAIRLINE)),
        _text_style(LABEL_SIZE),
        _choice("crossAx", across),
        crossing,
        _choice("crossBetween", "midCat"),
        "" if step is None else _choice("majorUnit", step),
    )


def _legend(chart: Chart) -> str:
    place = "b" if chart.legend_below else "r"
    return tag("c:legend", _choice("legendPos", place), _choice("overlay", 0), _text_style(LABEL_SIZE))
