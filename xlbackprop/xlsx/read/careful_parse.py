"""The careful reader: a sheet as any program writes it, parsed as XML, with the places in it of all that is calculated.

The XML is not written anew for a blind copy: the stored values are cut out of its text, and all other bytes stay as
they are. A formula cell gets the type "n", which is that of a cell without a type anyway: IronCalc prints a complaint
about each cell that has neither a type nor a value.

What two programs could read differently is refused: cells out of order or twice, cells inside other elements.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from math import nan
from typing import NamedTuple

from xlbackprop.workbook import MAX_COLUMNS, MAX_ROWS, Place, Value, address
from xlbackprop.xlsx.read.cell_values import ERRORS, cell_number, cell_text, written
from xlbackprop.xlsx.read.formula_text import RelativeFormula, column_number, relative_formula
from xlbackprop.xlsx.read.package import DamagedWorkbook, book_tags, check_formula, refuse_odd_xml, secure_parser
from xlbackprop.xlsx.read.sheet import LOWEST_ROW, Band, Pattern, ReadSheet, RowBuilder, frame_of

MOST_GROUPS = 200  # shared formulas of a sheet of a blind copy: Formualizer loads them in quadratic time
MAX_GROUPS = 100_000
MAX_BLOCK = 1_000_000  # cells of one array formula
MAX_EXPANDED = 500_000_000  # characters of the shared formulas of a sheet, written out for every cell

# Quotes are stepped over whole: a ">" in an attribute does not end a tag, nor is a "t=" in one its type.
_TAG = re.compile(rb"""<(?:[^"'>]++|"[^"]*+"|'[^']*+')*+>""")
_ATTRIBUTE = re.compile(rb"""\s([^\s=]++)\s*+=\s*+(?:"[^"]*+"|'[^']*+')""")
_PREFIX = re.compile(rb"<([^\s:>/]*:|)f")
_NAME = re.compile(rb"[^\s/>]+")
_LETTERS = re.compile("[A-Z]{1,3}")
_SHEET_DATA = book_tags("sheetData")
# What may stand in an element from the rows down; in the looks of a text, "rPr", anything may.
_CHILDREN = {
    "sheetData": ("row",),
    "row": ("c",),
    "c": ("f", "v", "is"),
    "is": ("t", "r", "rPh", "phoneticPr"),
    "r": ("rPr", "t"),
    "rPh": ("t",),
}
_KINDS = ("n", "s", "str", "b", "e", "d", "inlineStr")
_FORMULA_KINDS = ("normal", "shared", "array", "dataTable")
_NUMBER = re.compile("0|[1-9][0-9]{0,8}")  # of a style, of a shared formula

Block = tuple[int, int, int, int]  # first row, first column, last row, last column
Span = tuple[int, int]
# Of rows that look alike: columns, formulas (a text is the number of a shared one) and styles.
_RowKey = tuple[tuple[int, ...], tuple[RelativeFormula | str | None, ...], tuple[int, ...]]


def place_of(reference: str) -> Place:
    """Return (row, column): (4, 3) for "C4". Raises DamagedWorkbook where no sheet has such a cell."""
    letters = reference.rstrip("0123456789")
    digits = reference[len(letters) :]
    column = _column_or_0(letters)
    if column and 1 <= len(digits) <= 7 and digits[0] != "0" and (row := int(digits)) <= MAX_ROWS:
        return row, column
    raise DamagedWorkbook(f"it has a cell {reference[:20]!r}, which no sheet has.")


@lru_cache(maxsize=1024)
def _column_or_0(letters: str) -> int:
    """Return the number of a column by its letters, or 0 where no sheet has such a column."""
    number = column_number(letters) if _LETTERS.fullmatch(letters) else 0
    return number if number <= MAX_COLUMNS else 0


def block_of(reference: str) -> Block:
    """Return (first row, first column, last row, last column): (4, 3, 9, 4) for "C4:D9". "C4" is a block, too."""
    first, _, last = reference.partition(":")
    (top, left), (bottom, right) = place_of(first), place_of(last or first)
    return min(top, bottom), min(left, right), max(top, bottom), max(left, right)


class _Places:
    """Follows the rows and cells of a sheet down; some programs leave out the addresses of cells."""

    def __init__(self) -> None:
        self.row = self.column = 0

    def begin_row(self, attributes: Mapping[str, str]) -> None:
        """Start the row whose tag has these attributes. Raises DamagedWorkbook where it is not below the last one."""
        written_number = attributes.get("r", "")
        if written_number and not _NUMBER.fullmatch(written_number):
            raise DamagedWorkbook(f"it has a row {written_number[:20]!r}, which no sheet has.")
        number = int(written_number) if written_number else self.row + 1
        if not 1 <= number <= MAX_ROWS:
            raise DamagedWorkbook(f"it has a row {number:,}, which no sheet has.")
        if number <= self.row:
            raise DamagedWorkbook(f"a sheet has the row {number} twice or out of order.")
        self.row, self.column = number, 0

    def begin_cell(self, attributes: Mapping[str, str]) -> Place:
        """Return (row, column) of the cell whose tag has these attributes.

        Raises DamagedWorkbook where no sheet has such a cell, or where it is not right of the last one in its row.
        """
        row, column = self.row, self.column + 1
        if (reference := attributes.get("r")) is not None:
            row, column = place_of(reference)
        if column > MAX_COLUMNS:
            raise DamagedWorkbook(f"it has a cell {column:,} of row {row:,}, which no sheet has.")
        if row != self.row or column <= self.column:
            raise DamagedWorkbook(f"a sheet has the cell {address(row, column)} twice or out of order.")
        self.column = column
        return row, column


class _Blocks:
    """The blocks of array formulas that have begun, in the order of their first columns."""

    def __init__(self) -> None:
        self._begun: list[tuple[Block, RelativeFormula]] = []
        self._first_columns: list[int] = []

    def begin(self, place: Place, block: Block, formula: RelativeFormula) -> None:
        """Add a block whose formula stands in `place`. Raises DamagedWorkbook where it lies over another one."""
        top, left, bottom, right = block
        if (bottom - top + 1) * (right - left + 1) > MAX_BLOCK:
            raise DamagedWorkbook(f"its array formula in {address(*place)} has more than {MAX_BLOCK:,} cells.")
        low = bisect_right(self._first_columns, left)
        if low and self._begun[low - 1][0][3] >= left:
            low -= 1
        high = bisect_right(self._first_columns, right)
        if (top, left) != place or any(old[2] >= top for old, _ in self._begun[low:high]):
            raise DamagedWorkbook(f"its array formula in {address(*place)} lies over another one.")
        self._begun[low:high] = [(block, formula)]  # the others have ended above it
        self._first_columns[low:high] = [left]

    def formula_at(self, row: int, column: int) -> RelativeFormula | None:
        """Return the formula of the block with this cell, or None."""
        index = bisect_right(self._first_columns, column) - 1
        if index >= 0:
            (_, _, bottom, right), formula = self._begun[index]
            if row <= bottom and column <= right:
                return formula
        return None


class _Calculated(NamedTuple):
    """A cell that is calculated, with the positions of its tag, formula and value in the sheet's XML, in bytes.

    Where it has no value, or no formula of its own (it lies in the block of an array formula), both positions are 0.
    `group` is the number of the shared formula, or -1.
    """

    row: int
    column: int
    tag: int
    has_type: int
    formula_start: int
    formula_end: int
    value_start: int
    value_end: int
    group: int


@dataclass(slots=True)
class _Cell:
    """The cell that is being read."""

    place: Place
    tag: int
    attributes: Mapping[str, str]
    formula: Mapping[str, str] | None = None
    formula_span: Span = (0, 0)
    value_span: Span = (0, 0)
    has_value: bool = False

    @property
    def kind(self) -> str:
        """The type of its value. Raises DamagedWorkbook where the format has no such type."""
        if (kind := self.attributes.get("t", "n")) not in _KINDS:
            raise DamagedWorkbook(f"a sheet has a value of the type {kind[:20]!r}.")
        return kind


class CarefulParse:
    """One sheet, from its XML. Raises DamagedWorkbook or ExpatError where it cannot be read."""

    def __init__(self, xml: bytes, strings: Sequence[str]) -> None:
        """Read the sheet; `strings` are the texts that cells share."""
        refuse_odd_xml(xml)
        self._xml, self._strings = xml, strings
        self._places, self._blocks = _Places(), _Blocks()
        self._rows: RowBuilder[_RowKey] = RowBuilder()
        self._hidden: list[int] = []
        self._masters: dict[str, tuple[int, int, str]] = {}
        self._known: dict[RelativeFormula, RelativeFormula] = {}
        self._calculated = array("q")  # one _Calculated after the other: as objects, a million take 500 megabytes
        self._path: list[str] = []  # from sheetData down
        self._space = ""  # the namespace of the sheet, with a space behind it
        self._rows_span: Span | None = None
        self._cell: _Cell | None = None
        self._row: tuple[list[int], list[RelativeFormula | str | None], list[int], list[float]] = [], [], [], []
        self._pieces: dict[str, list[str]] = {"f": [], "v": [], "t": []}
        self._reading: list[str] | None = None
        self._begun_at = 0
        self._parser = secure_parser()
        self._parser.StartNamespaceDeclHandler = self._declare
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.Parse(xml, True)
        frame = frame_of(self._without_rows())
        self.sheet = ReadSheet(list(self._resolved()), self._rows.others, frame, tuple(self._hidden))

    # ---------------------------------------------------------------------------------------------------------- XML

    def _without_rows(self) -> bytes:
        if self._rows_span is None:
            return self._xml
        start, stop = self._rows_span
        name = _NAME.match(self._xml, start + 1)
        return b"%b<%b/>%b" % (self._xml[:start], name[0] if name else b"", self._xml[stop:])

    def _declare(self, *_: object) -> None:
        if self._path:
            raise DamagedWorkbook("a sheet declares a namespace among its cells, which some programs do not see.")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._path:
            if name in _SHEET_DATA:
                if self._rows_span is not None:
                    raise DamagedWorkbook("a sheet has its rows twice.")
                self._space = name.removesuffix("sheetData")
                self._path.append("sheetData")
                self._begun_at = self._parser.CurrentByteIndex
                self._rows_span = self._begun_at, len(self._xml)
            return
        tag = name.removeprefix(self._space)
        if tag not in _CHILDREN.get(self._path[-1], ()) and "rPr" not in self._path:
            shown, parent = tag.rpartition(" ")[2][:40], self._path[-1]
            raise DamagedWorkbook(f"a sheet has an element {shown!r} among its cells, inside of {parent!r}.")
        self._path.append(tag)
        match tag:
            case "row":
                self._places.begin_row(attributes)
                if _is_hidden(attributes):
                    self._hidden.append(self._places.row)
            case "c":
                place = self._places.begin_cell(attributes)
                self._cell = _Cell(place, self._parser.CurrentByteIndex, attributes)
                for pieces in self._pieces.values():
                    pieces.clear()
            case "f" | "v" | "is" if self._cell is not None:
                self._begin_content(self._cell, tag, attributes)
            case "t" if "rPh" not in self._path and "rPr" not in self._path:  # a guide to pronunciation is no text
                if self._pieces["t"] and self._path[-2] == "is":
                    raise DamagedWorkbook("a sheet has a cell with two texts.")
                self._reading = self._pieces["t"]
                self._reading.append("")

    def _begin_content(self, cell: _Cell, tag: str, attributes: Mapping[str, str]) -> None:
        self._begun_at = self._parser.CurrentByteIndex
        self._reading = self._pieces.get(tag)
        if tag == "f":
            if cell.formula is not None:
                raise DamagedWorkbook(f"a sheet has two formulas in {address(*cell.place)}.")
            cell.formula = attributes
        else:
            if cell.has_value or (tag == "is") != (cell.kind == "inlineStr"):
                raise DamagedWorkbook(f"a sheet has two values in {address(*cell.place)}, or one of another type.")
            cell.has_value = True

    def _text(self, text: str) -> None:
        if self._reading is not None:
            self._reading.append(text)

    def _end(self, _: str) -> None:
        if not self._path:
            return
        self._reading = None
        match self._path.pop():
            case "sheetData":
                self._rows_span = self._element()
            case "row":
                self._end_row()
            case "c":
                self._end_cell()
            case "f" if self._cell is not None:
                self._cell.formula_span = self._element()
            case "v" | "is" if self._cell is not None:
                self._cell.value_span = self._element()

    def _element(self) -> Span:
        """Return the (start, end) in bytes of the element that ends here."""
        start = self._begun_at if self._path else (self._rows_span or (0, 0))[0]
        opening_end = _tag_end(self._xml, start)
        empty = _is_empty(self._xml, opening_end)  # for <v/> the parser reports no closing tag of its own
        return start, opening_end if empty else self._xml.index(b">", self._parser.CurrentByteIndex) + 1

    # -------------------------------------------------------------------------------------------------------- cells

    def _end_cell(self) -> None:
        cell, self._cell = self._cell, None
        if cell is None:
            return
        formula = self._formula(cell)
        value = self._value(cell.kind) if cell.has_value else None
        if cell.formula is None and (value is None or (value == "" and formula is None)):
            return
        if formula is not None:
            group = int(formula) if isinstance(formula, str) else self._group_of(cell)
            has_type = "t" in cell.attributes
            spans = *cell.formula_span, *cell.value_span
            self._calculated.extend(_Calculated(*cell.place, cell.tag, has_type, *spans, group))
        number = value if isinstance(value, float) else nan
        if value is not None and not isinstance(value, float):
            self._rows.others[cell.place] = value
        columns, formulas, styles, numbers = self._row
        columns.append(cell.place[1])
        formulas.append(formula)
        styles.append(_style(cell.attributes.get("s", "0")))
        numbers.append(number)

    def _formula(self, cell: _Cell) -> RelativeFormula | str | None:
        """Return the formula of a cell, the number of the shared formula that it follows, or None."""
        row, column = cell.place
        around = self._blocks.formula_at(row, column)
        if cell.formula is None:
            return around
        if around is not None:
            raise DamagedWorkbook(f"an array formula covers the formula in {address(row, column)}.")
        text, kind = "".join(self._pieces["f"]), cell.formula.get("t", "normal")
        check_formula(text)
        _check_kind(cell, text, kind)
        if kind == "shared" and not text:
            return cell.formula.get("si", "")
        if kind == "shared":
            if (group := cell.formula.get("si", "")) in self._masters:
                raise DamagedWorkbook(f"a sheet has two shared formulas with the number {group[:20]!r}.")
            if len(self._masters) == MAX_GROUPS:
                raise DamagedWorkbook(f"a sheet has more than {MAX_GROUPS:,} shared formulas.")
            self._masters[group] = row, column, text
        block = cell.formula.get("ref", "") if kind in ("array", "dataTable") else ""
        if ":" in block:  # the formula is that of all its cells, and moves with none of them
            whole = RelativeFormula(text.replace("%", "%%"), ())
            self._blocks.begin(cell.place, block_of(block), whole)
            return whole
        formula = relative_formula(text, row)
        return self._known.setdefault(formula, formula)

    def _group_of(self, cell: _Cell) -> int:
        of = cell.formula or {}
        return int(of["si"]) if of.get("t") == "shared" and "ref" in of else -1

    def _value(self, kind: str) -> Value | None:
        if kind == "inlineStr":
            return cell_text("".join(self._pieces["t"]))
        raw = "".join(self._pieces["v"])
        match kind:
            case "s":
                return self._shared_string(raw)
            case "str":
                return cell_text(raw)
            case "b":
                if raw.strip() not in ("0", "1", "false", "true"):
                    raise DamagedWorkbook(f"it has {raw[:20]!r} where TRUE or FALSE should be.")
                return raw.strip() in ("1", "true")
            case "e":  # an error that has no name here is still an error
                return ERRORS.get(raw, ERRORS["#VALUE!"])
            case "d":
                return raw
            case _:
                return cell_number(raw) if raw.strip() else None

    def _shared_string(self, raw: str) -> str:
        number = raw.strip()
        if number.isascii() and number.isdigit() and len(number) < 10 and int(number) < len(self._strings):
            return self._strings[int(number)]
        raise DamagedWorkbook(f"it refers to a text number {raw[:20]!r} that it does not have.")

    def _end_row(self) -> None:
        columns, formulas, styles, numbers = self._row
        self._rows.add(self._places.row, (tuple(columns), tuple(formulas), tuple(styles)), numbers)
        for gathered in self._row:
            gathered.clear()

    def _resolved(self) -> Iterator[Band]:
        """Yield the bands of rows; shared formulas, whose first cell may come last, have their texts now."""
        room = MAX_EXPANDED
        shared: dict[tuple[str, int], RelativeFormula] = {}
        for first_row, (columns, formulas, styles), numbers in self._rows.bands():
            known: list[RelativeFormula | None] = []
            for column, formula in zip(columns, formulas, strict=True):
                if isinstance(formula, str):
                    if (formula, column) not in shared:
                        shared[formula, column] = self._follower(formula, column)
                    known.append(shared[formula, column])
                    room -= len(shared[formula, column].template) * len(numbers)
                else:
                    known.append(formula)
            if room < 0:
                raise DamagedWorkbook("its shared formulas are too many to be written out.")
            yield Band(first_row, Pattern(columns, tuple(known), styles), numbers)

    def _follower(self, group: str, column: int) -> RelativeFormula:
        if group not in self._masters:
            raise DamagedWorkbook(f"its shared formula number {group[:20]!r} is missing.")
        row, first_column, text = self._masters[group]
        return relative_formula(text, row, column - first_column)

    # --------------------------------------------------------------------------------------------------- blind copy

    def blinded(self, given: Mapping[Place, Value]) -> bytearray:
        """Return the sheet's XML without the values of its formula cells, whatever its namespace prefixes are.

        Formula cells in `given`, (row, column) → value, get that value instead of their formula.
        """
        blind = bytearray()
        done = 0
        for start, end, instead in self._changes(given):
            blind += self._xml[done:start]
            blind += instead
            done = end
        blind += self._xml[done:]
        return blind

    def _changes(self, given: Mapping[Place, Value]) -> Iterator[tuple[int, int, bytes]]:
        """Yield the pieces of the XML to be replaced, as (start, end, new bytes), in the order of the file."""
        many = len(self._masters) > MOST_GROUPS
        for cell in map(_Calculated._make, zip(*[iter(self._calculated)] * len(_Calculated._fields), strict=True)):
            place = cell.row, cell.column
            kind, text = written(given[place]) if place in given else ("n", "")
            yield (*_type(self._xml, cell.tag, cell.has_type), f' t="{kind}"'.encode())
            if cell.formula_end and (place in given or (many and cell.group >= 0)):
                prefix = _PREFIX.match(self._xml, cell.formula_start)
                tag = (prefix[1] if prefix else b"") + (b"v" if place in given else b"f")
                if place not in given:
                    text = escape(self.sheet[place].formula or "", quote=False)
                yield cell.formula_start, cell.formula_end, b"<%b>%b</%b>" % (tag, text.encode(), tag)
            if cell.value_end:
                yield cell.value_start, cell.value_end, b""


def _check_kind(cell: _Cell, text: str, kind: str) -> None:
    """Raise DamagedWorkbook where programs read a formula differently; shared ones without a text follow another."""
    attributes = cell.formula or {}
    number, area = attributes.get("si", ""), attributes.get("ref", "")
    if kind not in _FORMULA_KINDS or (kind == "shared" and not _NUMBER.fullmatch(number)):
        what = f"is of the type {kind[:20]!r} and has no number"
    elif text.strip().startswith("="):
        what = "begins with a second ="
    elif kind == "array" and not area:
        what = "is that of a block, and does not say of which"
    elif kind == "shared" and text and not (area and _is_inside(cell.place, block_of(area))):
        what = "is not in its own area"
    else:
        return
    raise DamagedWorkbook(f"the formula in {address(*cell.place)} {what}.")


def _is_inside(place: Place, block: Block) -> bool:
    (row, column), (top, left, bottom, right) = place, block
    return top <= row <= bottom and left <= column <= right


def _style(written_number: str) -> int:
    if not _NUMBER.fullmatch(written_number):
        raise DamagedWorkbook(f"it has a cell with a style {written_number[:20]!r}.")
    return int(written_number)


def _is_hidden(attributes: Mapping[str, str]) -> bool:
    return attributes.get("hidden", "0") not in ("0", "false") or not float(attributes.get("ht", "15")) >= LOWEST_ROW


def _type(xml: bytes, tag: int, has_type: int) -> Span:
    """Return the (start, end) of the type attribute in a cell's tag; where it has none, an empty span to insert it."""
    end = _tag_end(xml, tag)
    for match in _ATTRIBUTE.finditer(xml, tag, end) if has_type else ():
        if match[1] == b"t":
            return match.span()
    room = end - (2 if _is_empty(xml, end) else 1)
    return room, room


def _tag_end(xml: bytes, start: int) -> int:
    tag = _TAG.match(xml, start)
    if tag is None:
        raise DamagedWorkbook("its XML has a tag without an end.")
    return tag.end()


def _is_empty(xml: bytes, tag_end: int) -> bool:
    return xml[tag_end - 2 : tag_end] == b"/>"
