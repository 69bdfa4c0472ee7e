"""Style → a format of the workbook: each Style becomes a font, a fill, a border and an alignment, once.

To add a look, give it an entry in `_FONTS` and, where needed, in `_BORDERS` and `_PLACES`.
"""

from __future__ import annotations

from openpyxl import Workbook
from openpyxl.cell import Cell as Drawn
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import BUILTIN_FORMATS_MAX_SIZE, NumberFormat

from xlbackprop.workbook import FLAG_COLOURS, Flag, Look, Reformat, Role, Style, Table
from xlbackprop.xlsx.write import colours

BODY_FONT = "Calibri"  # LibreOffice draws it with Carlito, which has the same widths
MOST_COPIES = 50  # columns: in 4 KiB, the compressor's window, there is a row of about so many
CODE_FONT = "Courier New"  # not Consolas: where that is missing LibreOffice takes letters of unequal width


def _font(colour: str = colours.TEXT, size: float = 11, name: str = BODY_FONT, **more: object) -> Font:
    return Font(name=name, size=size, color="FF" + colour, **more)


_FONTS: dict[Look, Font] = {
    Look.BODY: _font(),
    Look.ASIDE: _font(),
    Look.TITLE: _font(size=18, bold=True),
    Look.HEADING: _font(size=13, bold=True),
    Look.STRONG: _font(bold=True),
    Look.LABEL: _font(),
    Look.HEADER: _font(bold=True),
    # Not Cambria Math, whose rows Excel makes as tall as an integral sign; nor Cambria, in which w1·i1 looks like w1i1.
    Look.MATH: _font(italic=True),
    Look.NUMBER: _font(colours.FORMULA),
    Look.TOTAL: _font(colours.FORMULA, bold=True),
    Look.LINKED: _font(colours.LINKED_FORMULA),
    Look.TYPED: _font(colours.TYPED_NUMBER),
    Look.ANSWER: _font(colours.TYPED_NUMBER),
    Look.STORED: _font(colours.QUIET, italic=True),
    Look.LINK: _font(colours.HYPERLINK, underline="single"),
    Look.NOTE: _font(colours.QUIET, size=9.5),
    Look.VERDICT: _font(bold=True),
    Look.CODE: _font(name=CODE_FONT, size=10),
}


def _frame(style: str, colour: str) -> Border:
    side = Side(style=style, color="FF" + colour)
    return Border(left=side, right=side, top=side, bottom=side)


_BORDERS: dict[Look, Border] = {
    Look.HEADING: Border(bottom=Side(style="thin", color="FF" + colours.HEADING_LINE)),
    Look.HEADER: Border(bottom=Side(style="thin", color="FF" + colours.AXIS)),
    Look.TYPED: _frame("thin", colours.FRAME),
    Look.ANSWER: _frame("medium", colours.FRAME),
    Look.VERDICT: _frame("medium", colours.AXIS),
}

# horizontal, vertical, wrapped
_PLACES: dict[Look, tuple[str | None, str | None, bool]] = {
    Look.TITLE: (None, "center", False),
    Look.HEADING: (None, "bottom", False),
    Look.HEADER: ("center", "center", True),
    Look.VERDICT: ("center", "center", False),
}


# Numbers that an edit may make longer: their letters get smaller before a program shows ### instead.
_CALCULATED = (Look.NUMBER, Look.TOTAL, Look.LINKED, Look.ANSWER)
_OPEN = (Look.TYPED, Look.ANSWER)  # also where a sheet is locked
_INDENTED = (Look.ASIDE, Look.CODE)  # texts to the right of a number, which keep a distance


def _fill(style: Style) -> PatternFill | None:
    """Return the fill of a style, or None. A header without a role is grey, so that a table always has a head."""
    if style.role is Role.NONE and style.look is not Look.HEADER:
        return None
    tones = colours.TONES[style.role]
    return PatternFill("solid", start_color="FF" + (tones.header if style.look is Look.HEADER else tones.cell))


def _border(style: Style) -> Border:
    border = _BORDERS.get(style.look, Border())
    if not style.lined:
        return border
    return Border(
        Side(style="thin", color="FF" + colours.TONES[style.role].line), border.right, border.top, border.bottom
    )


def _alignment(style: Style) -> Alignment:
    horizontal, vertical, wrapped = _PLACES.get(style.look, (None, None, False))
    # One line is level with its neighbours, whatever their fonts; a paragraph begins at the top.
    vertical = vertical or ("top" if style.wrap else "center")
    indented = style.look in _INDENTED
    horizontal = style.align or ("left" if indented else horizontal)
    wrap = wrapped or style.wrap or None
    shrink = style.shrink or (style.look in _CALCULATED and not wrap) or None
    return Alignment(horizontal, vertical, wrap_text=wrap, shrink_to_fit=shrink, indent=int(indented))


class StyleBook:
    """The formats of one workbook; each style is made once with openpyxl, and `number` returns its index.

    A style may have copies, which look the same and have indices of their own.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._scratch_sheet = workbook.worksheets[0]
        self._formats = workbook._cell_styles
        self._numbers: dict[tuple[Style, int], int] = {}
        # the same object is asked for twice, and its hash is slow
        self._seen: dict[tuple[int, int], tuple[Style, int]] = {}
        self._changed: dict[str, int] = {}

    def number(self, style: Style, copy: int = 0) -> int:
        """Return the index in styles.xml of this style's format, or of a copy of it: the first, the second, …"""
        seen = id(style), copy
        if seen not in self._seen:
            if (style, copy) not in self._numbers:
                self._numbers[style, copy] = self._copied(self.number(style)) if copy else self._drawn(style)
            self._seen[seen] = style, self._numbers[style, copy]
        return self._seen[seen][1]

    def changed(self, told: Flag | Reformat) -> int:
        """Return the index of what a Flag or a Reformat changes of a cell while its condition is true."""
        change = told.colour if isinstance(told, Flag) else told.number_format
        if change not in self._changed:
            style = _flag_style(change) if isinstance(told, Flag) else self._reformat_style(change)
            self._changed[change] = self._workbook._differential_styles.add(style)
        return self._changed[change]

    def _reformat_style(self, number_format: str) -> DifferentialStyle:
        number = BUILTIN_FORMATS_MAX_SIZE + self._workbook._number_formats.add(number_format)  # as cells give it
        return DifferentialStyle(numFmt=NumberFormat(numFmtId=number, formatCode=number_format))

    def _copied(self, number: int) -> int:
        list.append(self._formats, self._formats[number])  # the list's own way would see that it has this format
        return len(self._formats) - 1

    def _drawn(self, style: Style) -> int:
        cell = Drawn(self._scratch_sheet, row=1, column=1)  # never put into the sheet
        cell.font = _FONTS[style.look]
        cell.number_format = style.number_format
        if (fill := _fill(style)) is not None:
            cell.fill = fill
        cell.border = _border(style)
        cell.alignment = _alignment(style)
        if style.look in _OPEN:
            cell.protection = Protection(locked=False)
        return int(cell.style_id)


def copy_of_column(table: Table, place: int) -> int:
    """Return which copy of its style a table's column has, the first column being 0; 0 is the style itself.

    Each column has an index found nowhere else in its row: so the compressor finds the same column in the row above,
    and the file is a tenth smaller. In a longer row it would find nothing, as the row above is out of its window.
    """
    return 1 + place if len(table.columns) <= MOST_COPIES else 0


def _flag_style(colour: str) -> DifferentialStyle:
    flag = FLAG_COLOURS[colour]
    return DifferentialStyle(
        font=Font(color="FF" + flag.text),
        # In a conditional format the *background* colour is the one that shows.
        fill=PatternFill("solid", start_color="FF" + flag.fill, end_color="FF" + flag.fill),
    )
