"""A quick reader of sheets as our own writer writes them; any other sheet is left to the careful reader.

The stored values are cut out of a megabyte of XML at once. What is left of a row is the same in all rows of a table but
for the numbers of rows, so it is taken apart once, and a row below is compared with what it should be. The rows of a
blind copy are made in the same way. Both readers give the same for every sheet that this one takes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from itertools import chain
from math import nan
from typing import IO, NamedTuple

import numpy as np

from xlbackprop.workbook import MAX_COLUMNS, MAX_ROWS, Place, Value
from xlbackprop.xlsx.read.careful_parse import block_of
from xlbackprop.xlsx.read.cell_values import ERRORS, cell_text, written
from xlbackprop.xlsx.read.formula_text import RelativeFormula, column_number, relative_formula
from xlbackprop.xlsx.read.package import MAX_FORMULA, DamagedWorkbook, check_formula
from xlbackprop.xlsx.read.sheet import LOWEST_ROW, Band, Pattern, ReadSheet, frame_of

CHUNK = 1 << 20  # bytes
MAX_HEAD = 1 << 22  # bytes before the rows
MAX_ROW = 1 << 23  # bytes; some rows are kept, in several forms
MOST_GROUPS = 200  # shared formulas of a sheet of a blind copy: Formualizer loads them in quadratic time
LOOKS_KEPT = 8  # of the last rows

_HEAD = re.compile(
    rb'(?:<\?xml version="1\.0" encoding="UTF-8"(?: standalone="yes")?\?>\n?)?'
    rb'<worksheet xmlns="http://schemas\.openxmlformats\.org/spreadsheetml/2006/main"[^!?]*\Z'
)
_ROWS, _END, _ROW_END = b"<sheetData>", b"</sheetData>", b"</row>"
_MARK = b"\x01"  # where a value was cut out; no XML can hold it
_OWN_ROW = b"\x02"  # the place of the row's number
_VALUE = re.compile(rb"<v>([^<]*)</v>")
_ROW = re.compile(
    rb'<row r="([1-9][0-9]{0,6})"((?: (?:spans|s|customFormat|ht|customHeight|hidden|outlineLevel|collapsed)'
    rb'="[0-9A-Za-z.: ]+")*)>'
)
_ROW_ATTRIBUTE = re.compile(rb' ([a-zA-Z]+)="([^"]*)"')
_CELL = re.compile(
    rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})" s="(0|[1-9][0-9]{0,8})"(?: t="(s|str|e|b|n)")?>'
    rb'(?:(<f(?: si="(0|[1-9][0-9]{0,8})" t="shared"(?: ref="(\1\2(?::[A-Z0-9]+)?)")?| xml:space="preserve")?)'
    rb"(?:/>|>([^<]+)</f>))?(\x01)?</c>"
)
_HEIGHT = re.compile(rb"[1-9][0-9]{0,2}(?:\.[0-9]{1,20})?|0")
_TWICE = b"\x04"  # a sign of per cent, while the holes of a template are found
_ENTITY = re.compile("&[^;]*;?")
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"'}
_NUMERIC = b"+-.0123456789Ee "
LONGEST = 100_000  # bytes of a value; a text of a cell has at most 32,767 characters
_UNUSUAL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|]]>")  # no XML, or something that XML readers change


class NotOurs(Exception):  # noqa: N818 -- no fault: the careful reader takes over
    """Raised where a sheet is not written as our own writer writes it."""


class _Template(NamedTuple):
    """A piece of XML with a hole for each number of a row; `holes` are pairs of a hole and its number, relative."""

    text: bytes
    holes: tuple[tuple[bytes, int], ...]

    def at(self, row: int) -> bytes:
        text = self.text
        for hole, offset in self.holes:
            text = text.replace(hole, b"%d" % (row + offset))
        return text


class _Cell(NamedTuple):
    """A cell of a row without its value: `start` is its tag up to the type, `kind` its type, `inside` what follows.

    `blind` is what follows in a blind copy; `cut` is whether a value was cut out.
    """

    column: int
    style: int
    start: bytes
    kind: bytes
    formula: RelativeFormula | None
    inside: bytes
    blind: bytes
    cut: bool

    @property
    def is_number(self) -> bool:
        return self.kind in (b"", b"n")


class _Look:
    """What rows that look alike have in common."""

    def __init__(self, opening: bytes, cells: Sequence[_Cell], offsets: Sequence[int]) -> None:
        self.cells, self.opening = cells, opening
        kept = [cell for cell in cells if cell.formula is not None or cell.cut]
        columns, formulas, styles = ([getattr(cell, of) for cell in kept] for of in ("column", "formula", "style"))
        self.pattern = Pattern(tuple(columns), tuple(formulas), tuple(styles))
        self.is_hidden = _is_hidden(opening)
        holes = ((_OWN_ROW, 0), *((_hole(offset), offset) for offset in offsets))
        whole = (cell.start + (b' t="%b">' % cell.kind if cell.kind else b">") + cell.inside for cell in cells)
        self.text = _Template(b'<row r="%b"%b>%b' % (_OWN_ROW, opening, b"".join(whole)), holes)
        rows = b"".join(map(_blind_cell, cells))
        self.blind = _Template(b'<row r="%b"%b>%b</row>' % (_OWN_ROW, opening, rows), holes)
        cut = [(index, cell) for index, cell in enumerate(kept) if cell.cut]
        self.cuts = len(cut)
        self._numbers = [(place, index) for place, (index, cell) in enumerate(cut) if cell.is_number]
        self._others = [(place, cell) for place, (_, cell) in enumerate(cut) if not cell.is_number]
        self.constants = [place for place, (_, cell) in enumerate(cut) if cell.formula is None]

    def numbers(self, values: list[bytes], rows: int) -> np.ndarray:
        """Return the stored numbers (rows, cells) of so many rows, whose values were cut out, one after the other."""
        numbers = np.full((rows, len(self.pattern.columns)), nan)
        if not self._others:
            numbers[:, [index for _, index in self._numbers]] = _floats(values).reshape(rows, self.cuts)
        else:
            for place, index in self._numbers:
                numbers[:, index] = _floats(values[place :: self.cuts])
        return numbers

    def others(self, first_row: int, values: list[bytes], strings: Sequence[str]) -> Iterator[tuple[Place, Value]]:
        """Yield the stored values of these rows that are no numbers; `strings` are the texts that cells share."""
        for place, cell in self._others:
            for row, raw in enumerate(values[place :: self.cuts], first_row):
                yield (row, cell.column), _value(cell.kind, raw, strings)

    def blind_row(self, row: int, values: Sequence[bytes]) -> bytes:
        """Return the row as a blind copy has it; of its values only the constants stay."""
        text = self.blind.at(row)
        if not self.constants:
            return text
        pieces = text.split(_MARK)
        constants = (b"<v>%b</v>" % values[place] for place in self.constants)
        return pieces[0] + b"".join(chain.from_iterable(zip(constants, pieces[1:], strict=True)))


def _blind_cell(cell: _Cell) -> bytes:
    kind = b"n" if cell.formula is not None else cell.kind
    return cell.start + (b' t="%b">' % kind if kind else b">") + cell.blind


def _is_hidden(opening: bytes) -> bool:
    """Return whether a row with these attributes is not shown. Raises NotOurs where they are not told plainly."""
    names = [name for name, _ in _ROW_ATTRIBUTE.findall(opening)]
    attributes = dict(_ROW_ATTRIBUTE.findall(opening))
    hidden, height = attributes.get(b"hidden", b"0"), attributes.get(b"ht", b"15")
    if len(attributes) < len(names) or not _HEIGHT.fullmatch(height):
        raise NotOurs
    if hidden not in (b"0", b"1", b"false", b"true"):
        raise NotOurs
    return hidden in (b"1", b"true") or float(height) < LOWEST_ROW


def _hole(offset: int) -> bytes:
    return b"\x03%d\x03" % offset if offset else _OWN_ROW


def _floats(values: list[bytes]) -> np.ndarray:
    if b" ".join(values).translate(None, _NUMERIC) or max(map(len, values), default=0) > LONGEST:
        raise NotOurs  # Python takes 1_0 and nan for numbers, too
    try:
        numbers = np.fromiter(map(float, values), np.float64, len(values))
    except ValueError:
        raise NotOurs from None
    if not np.isfinite(numbers).all():
        raise NotOurs
    return numbers


def _value(kind: bytes, raw: bytes, strings: Sequence[str]) -> Value:
    if kind == b"s":
        if not raw.isdigit() or len(raw) > 9 or int(raw) >= len(strings):
            raise NotOurs
        if not (text := strings[int(raw)]):  # a cell with nothing in it
            raise NotOurs
        return text
    if kind == b"str":
        return cell_text(_unescaped(raw))
    if kind == b"e":
        return ERRORS.get(_unescaped(raw), ERRORS["#VALUE!"])
    if raw not in (b"0", b"1"):
        raise NotOurs
    return raw == b"1"


def _unescaped(raw: bytes) -> str:
    try:
        text = raw.decode()
        if _UNUSUAL.search(text) or len(raw) > LONGEST:
            raise NotOurs
        return _ENTITY.sub(lambda match: _ENTITIES[match[0]], text) if "&" in text else text
    except (UnicodeDecodeError, KeyError):
        raise NotOurs from None


class QuickScan:
    """Reads one sheet of our own writer. Its methods raise NotOurs where another one wrote it.

    `strings` are the texts that cells share. `blind` takes the XML of the sheet without the stored values of formulas,
    piece by piece; formulas whose places are in `given` are replaced by the values there.
    """

    def __init__(
        self, strings: Sequence[str], blind: Callable[[bytes], object] | None, given: Mapping[Place, Value]
    ) -> None:
        self._strings, self._blind, self._given = strings, blind, given
        self._given_rows = {row for row, _ in given}
        self._bands: list[Band] = []
        self._others: dict[Place, Value] = {}
        self._hidden: list[int] = []
        self._looks: list[_Look] = []
        self._masters: dict[bytes, tuple[int, int, str]] = {}
        self._shared: dict[tuple[bytes, int], RelativeFormula] = {}
        self._written_out: set[bytes] = set()
        self._row = 0

    def read(self, part: IO[bytes]) -> ReadSheet:
        """Return the sheet of an open part."""
        head, rest = self._head(part)
        self._copy(head + _ROWS)
        for rows in self._chunks(part, rest):
            self._read_rows(rows)
        self._copy(_END + self._tail)
        frame = frame_of(head + b"<sheetData/>" + self._tail)
        return ReadSheet(self._bands, self._others, frame, tuple(self._hidden))

    def _copy(self, piece: bytes) -> None:
        if self._blind is not None:
            self._blind(piece)

    def _head(self, part: IO[bytes]) -> tuple[bytes, bytes]:
        buffer = part.read(CHUNK)
        while (end := buffer.find(_ROWS)) < 0:
            if len(buffer) > MAX_HEAD or not (piece := part.read(CHUNK)):
                raise NotOurs
            buffer += piece
        if _HEAD.match(buffer, 0, end) is None:
            raise NotOurs
        return buffer[:end], buffer[end + len(_ROWS) :]

    def _chunks(self, part: IO[bytes], buffer: bytes) -> Iterator[bytes]:
        """Yield whole rows, about a megabyte at once; what follows the rows is kept."""
        while (end := buffer.find(_END)) < 0:
            stop = buffer.rfind(_ROW_END) + len(_ROW_END)
            if stop >= len(_ROW_END):
                yield buffer[:stop]
                buffer = buffer[stop:]
            if len(buffer) > MAX_ROW or not (piece := part.read(CHUNK)):
                raise NotOurs
            buffer += piece
        yield buffer[:end]
        self._tail = buffer[end + len(_END) :] + part.read()

    def _read_rows(self, chunk: bytes) -> None:
        pieces = _VALUE.split(chunk)
        values, skeleton = pieces[1::2], _MARK.join(pieces[::2])
        if skeleton.count(_MARK) != len(values):
            raise NotOurs
        rows = skeleton.split(_ROW_END)
        if rows.pop():
            raise NotOurs
        blind: list[bytes] = []
        look: _Look | None = None
        first_row = used = begin = 0
        for text in rows:
            row = self._number(text)
            known = self._known(text, row)
            if known is not look or row != self._row + 1:
                if look is not None:
                    self._end_band(look, first_row, values[begin:used])
                look, first_row, begin = known, row, used
            used += known.cuts
            self._row = row
            if known.is_hidden:
                self._hidden.append(row)
            if self._blind is not None:
                cut = values[used - known.cuts : used] if known.constants else ()
                is_given = row in self._given_rows
                blind.append(self._with_given(known, row, cut) if is_given else known.blind_row(row, cut))
        if look is not None:
            self._end_band(look, first_row, values[begin:used])
        self._copy(b"".join(blind))

    def _number(self, text: bytes) -> int:
        digits = text[8 : text.find(b'"', 8)]
        if not digits.isdigit() or not self._row < (row := int(digits[:8])) <= MAX_ROWS:
            raise NotOurs
        return row

    def _known(self, text: bytes, row: int) -> _Look:
        """Return the look of a row: that of one of the last rows, where it is the same but for the numbers of rows."""
        for look in reversed(self._looks):
            if look.text.at(row) == text:
                return look
        groups = len(self._masters)
        look = self._look(text, row)
        if len(self._masters) == groups:  # a row where a shared formula begins has none of its kind
            self._looks = [*self._looks[1 - LOOKS_KEPT :], look]
        return look

    def _end_band(self, look: _Look, first_row: int, values: list[bytes]) -> None:
        if not look.pattern.columns:
            return
        rows = self._row + 1 - first_row
        self._bands.append(Band(first_row, look.pattern, look.numbers(values, rows)))
        self._others.update(look.others(first_row, values, self._strings))

    # ------------------------------------------------------------------------------------------------- one row apart

    def _look(self, text: bytes, row: int) -> _Look:
        opening = _ROW.match(text)
        if opening is None or int(opening[1]) != row:
            raise NotOurs
        cells: list[_Cell] = []
        offsets: dict[int, None] = {}
        place = opening.end()
        while place < len(text):
            match = _CELL.match(text, place)
            if match is None or int(match[2]) != row:
                raise NotOurs
            cells.append(self._cell(match, row, offsets))
            if len(cells) > 1 and cells[-2].column >= cells[-1].column:
                raise NotOurs
            place = match.end()
        return _Look(opening[2], cells, [offset for offset in offsets if offset])

    def _cell(self, match: re.Match[bytes], row: int, offsets: dict[int, None]) -> _Cell:
        letters, _, style, kind, opening, group, area, written_text, mark = match.groups()
        if (column := column_number(letters.decode())) > MAX_COLUMNS:
            raise NotOurs
        start = b'<c r="%b%b" s="%b"' % (letters, _OWN_ROW, style)
        kind = kind or b""
        if opening is None:
            if kind == b"str":
                raise NotOurs
            inside = (mark or b"") + b"</c>"
            return _Cell(column, int(style), start, kind, None, inside, inside, bool(mark))
        if kind == b"s" or (group is None and not written_text) or (group and bool(area) != bool(written_text)):
            raise NotOurs
        value_mark = _MARK if mark else b""
        if written_text is None:
            formula = self._follower(group, column)
            markup = b'<f si="%b" t="shared"/>' % group
            blind = self._out(b"<f>", formula, offsets) if group in self._written_out else markup
        else:
            formula_text = _unescaped(written_text)
            check_formula(formula_text)
            formula = relative_formula(formula_text, row)
            if formula_text.strip().startswith("="):
                raise NotOurs
            if len(formula_text) + 7 * len(formula.rows) > MAX_FORMULA:  # it may be longer further down
                raise NotOurs
            if group is None:
                markup = blind = self._out(opening + b">", formula, offsets)
            else:
                markup = blind = match[0][match.start(5) - match.start() : match.end(8) + 4 - match.start()]
                if self._master(group, area, row, column, formula_text):
                    blind = self._out(b"<f>", formula, offsets)
        end = b"</c>"
        return _Cell(column, int(style), start, kind, formula, markup + value_mark + end, blind + end, bool(mark))

    def _out(self, opening: bytes, formula: RelativeFormula, offsets: dict[int, None]) -> bytes:
        """Return the XML of a formula with a hole for each number of a row."""
        offsets.update(dict.fromkeys(formula.rows))
        text = escape(formula.template, quote=False).replace('"', "&quot;").encode()
        # as "%%" no other sign may be taken apart by the split
        pieces = [piece.replace(_TWICE, b"%") for piece in text.replace(b"%%", _TWICE).split(b"%d")]
        holes = chain(map(_hole, formula.rows), (b"",))
        return b"".join(chain((opening,), *zip(pieces, holes, strict=True), (b"</f>",)))

    def _master(self, group: bytes, area: bytes, row: int, column: int, text: str) -> bool:
        """Note the first cell of a shared formula; return whether it is to be written out in the blind copy."""
        try:
            block_of(area.decode())
        except DamagedWorkbook:
            raise NotOurs from None
        if group in self._masters:
            raise NotOurs
        self._masters[group] = row, column, text
        if len(self._masters) > MOST_GROUPS:
            self._written_out.add(group)
        return group in self._written_out

    def _follower(self, group: bytes, column: int) -> RelativeFormula:
        if (group, column) not in self._shared:
            if group not in self._masters:
                raise NotOurs
            row, first_column, text = self._masters[group]
            self._shared[group, column] = relative_formula(text, row, column - first_column)
        return self._shared[group, column]

    def _with_given(self, look: _Look, row: int, values: Sequence[bytes]) -> bytes:
        """Return the blind copy of a row in which some formulas are replaced by values that are given."""
        blind = look.blind_row(row, values).split(b"</c>")
        for index, cell in enumerate(look.cells):
            if cell.formula is not None and (row, cell.column) in self._given:
                kind, value = written(self._given[row, cell.column])
                start = cell.start.replace(_OWN_ROW, b"%d" % row)
                opening = blind[index][: blind[index].index(start)]
                blind[index] = opening + start + f' t="{kind}"><v>{value}</v>'.encode()
        return b"</c>".join(blind)
