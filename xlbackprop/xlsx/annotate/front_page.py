"""The sheet in front: what is said of a workbook, in cells that one can read on a small screen and print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import NamedTuple

from xlbackprop.workbook import address, quoted
from xlbackprop.xlsx.annotate.looks import Looks
from xlbackprop.xlsx.annotate.said import FrontRow, FrontSheet
from xlbackprop.xlsx.write import DECLARATION, cell_text, tag

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
MAX_TEXT = 32_767  # characters of one cell
MAX_HEIGHT = 409.0  # points
_LINE = 15.0  # points of a line of letters of 11 points
_CELL, _SAID, _FORMULA = 14.0, 54.0, (16.0, 44.0)  # characters: at most 156, as many as a screen of 1366 pixels shows
_FILLED = 1.1  # of a column's width in digits: what a line of words fills, with some room for wider fonts
_CODE = 0.8  # letters of a formula by those of other texts, in a width
_HEADING_HEIGHT, _STRONG_HEIGHT = 30.0, 22.0


class _Styles(NamedTuple):
    heading: int
    strong: int
    body: int
    header: int
    link: int
    said: int
    formula: int


def _styles(looks: Looks) -> _Styles:
    def font(size: float, colour: str, *more: str, name: str = "Calibri") -> int:
        return looks.add(
            "fonts",
            tag("font", *more, tag("sz", val=size), tag("color", rgb=f"FF{colour}"), tag("name", val=name)),
        )

    def style(font_id: int, *, fill: int = 0, border: int = 0, **more: object) -> int:
        place = tag("alignment", horizontal="left", vertical="top", wrapText=1)
        told = {"numFmtId": 0, "fontId": font_id, "fillId": fill, "borderId": border, **more}
        applied = {"applyFont": 1, "applyFill": 1, "applyBorder": 1, "applyAlignment": 1}
        return looks.add("cellXfs", tag("xf", place, **told, **applied))

    line = tag("bottom", tag("color", rgb="FFD9D9D9"), style="thin")
    border = looks.add("borders", tag("border", "<left/><right/><top/>", line, "<diagonal/>"))
    body = font(11, "1F2933")
    return _Styles(
        style(font(18, "1F2933", "<b/>")),
        style(font(13, "1F2933", "<b/>")),
        style(body),
        style(font(11, "1F2933", "<b/>"), fill=looks.fill("E7EAEE"), border=border),
        style(font(11, "0550A0", "<u/>"), border=border),
        style(body, border=border),
        style(font(10, "1F2933", name="Courier New"), border=border, quotePrefix=1),  # typed anew it stays a text
    )


class _Row(NamedTuple):
    """A row: its texts with their styles, its height in points, and whether its first text goes over all columns."""

    cells: Sequence[tuple[str, int]]
    height: float
    is_wide: bool


class FrontPage:
    """The XML of a front sheet, by the looks of a workbook."""

    def __init__(self, front: FrontSheet, looks: Looks) -> None:
        self._front, self._styles = front, _styles(looks)
        count = 4 if any(row.right for row in front.rows) else 3
        self._headers = front.columns[:count]
        texts = [(row.formula, row.right)[: count - 2] for row in front.rows]
        longest = [max((len(text) for text in column), default=0) for column in zip(*texts, strict=True)]
        formulas = [min(max(_FORMULA[0], length * 1.2 + 2), _FORMULA[1]) for length in longest]
        self._widths = [_CELL, _SAID, *(formulas or [_FORMULA[0]] * (count - 2))]
        self._several = len({row.sheet for row in front.rows}) > 1
        self._rows = [*self._above(), *self._table()]
        self.header_row = len(self._rows) - len(front.rows) if front.rows else None

    def _above(self) -> Iterator[_Row]:
        front, styles, wide = self._front, self._styles, sum(self._widths)
        yield _Row([(front.heading, styles.heading)], _HEADING_HEIGHT * lines_of(front.heading, wide * 0.6), True)
        if front.strong:
            yield _Row([(front.strong, styles.strong)], _STRONG_HEIGHT * lines_of(front.strong, wide * 0.8), True)
        for line in front.lines:
            yield _Row([(line, styles.body)], min(MAX_HEIGHT, _LINE * lines_of(line, wide) + 4), True)
        if front.rows:
            yield _Row([], _LINE, False)

    def _table(self) -> Iterator[_Row]:
        styles = self._styles
        if self._front.rows:
            yield _Row([(text, styles.header) for text in self._headers], _LINE + 5, False)
        for row in self._front.rows:
            texts = [self._place(row), row.said, row.formula, row.right][: len(self._headers)]
            looks = [styles.link, styles.said, styles.formula, styles.formula]
            rooms = (
                width * (_CODE if look == styles.formula else 1)
                for width, look in zip(self._widths, looks, strict=False)
            )
            lines = max(lines_of(text, room) for text, room in zip(texts, rooms, strict=True))
            yield _Row([*zip(texts, looks, strict=False)], min(MAX_HEIGHT, _LINE * lines + 5), False)

    def _place(self, row: FrontRow) -> str:
        return f"{row.sheet}!{row.cells}" if self._several else row.cells

    # ----------------------------------------------------------------------------------------------------------- XML

    def xml(self, main: str, windows: int) -> str:
        """Return the part; `main` is the namespace of its elements, `windows` how many show the workbook."""
        chosen = {"showGridLines": 0, "tabSelected": 1}
        shown = (tag("sheetView", **chosen, workbookViewId=view) for view in range(windows))
        columns = (
            tag("col", min=column, max=column, width=f"{width + 0.71:g}", customWidth=1)
            for column, width in enumerate(self._widths, 1)
        )
        return DECLARATION + tag(
            "worksheet",
            tag("sheetPr", tag("tabColor", rgb="FF2F75B5"), tag("pageSetUpPr", fitToPage=1)),
            tag("dimension", ref=f"A1:{address(len(self._rows), len(self._widths))}"),
            tag("sheetViews", *shown),
            tag("sheetFormatPr", defaultRowHeight=_LINE),
            tag("cols", *columns),
            tag("sheetData", *(self._row(number, row) for number, row in enumerate(self._rows, 1))),
            self._merged(),
            self._links(),
            tag("pageMargins", left=0.5, right=0.5, top=0.6, bottom=0.6, header=0.3, footer=0.3),
            tag("pageSetup", paperSize=9, orientation="landscape", fitToWidth=1, fitToHeight=0),
            xmlns=main,
        )

    def _row(self, number: int, row: _Row) -> str:
        cells = list(row.cells)
        if row.is_wide:
            cells += [("", cells[0][1])] * (len(self._widths) - 1)
        told = (
            tag("c", _inline(text), r=address(number, column), s=style, t="inlineStr" if text else None)
            for column, (text, style) in enumerate(cells, 1)
        )
        return tag("row", *told, r=number, ht=f"{row.height:g}", customHeight=1)

    def _merged(self) -> str:
        last = len(self._widths)
        wide = [number for number, row in enumerate(self._rows, 1) if row.is_wide]
        areas = (tag("mergeCell", ref=f"{address(number, 1)}:{address(number, last)}") for number in wide)
        return tag("mergeCells", *areas, count=len(wide)) if wide else ""

    def _links(self) -> str:
        first = len(self._rows) - len(self._front.rows) + 1
        links = [
            tag("hyperlink", ref=address(first + index, 1), location=f"{quoted(row.sheet)}!{row.cells}")
            for index, row in enumerate(self._front.rows)
        ]
        return tag("hyperlinks", *links) if links else ""


def _inline(text: str) -> str:
    """Return a text that stands in its own cell: it is none of the workbook's shared ones, and never a formula."""
    return f'<is><t xml:space="preserve">{cell_text(text[:MAX_TEXT])}</t></is>' if text else ""


def lines_of(text: str, width: float) -> int:
    """Return how many lines a text takes in a cell of so many characters; words that are longer are broken."""
    room = max(4, int(width * _FILLED))
    return sum(max(1, len(wrap(line, room))) for line in text.split("\n"))
