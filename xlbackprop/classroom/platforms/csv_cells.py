"""A CSV file as a text in which single cells are replaced: every other byte stays as it was.

Rewriting a table with a CSV writer would change its quotes, ends of lines and encoding. Here each cell knows the
stretch of the text that it takes, and only the stretches of the changed cells are cut out.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from xlbackprop.errors import InputError, Problem

MAX_BYTES, MAX_CELLS = 50_000_000, 2_000_000  # of a gradebook; ten thousand students with a page of comment have less
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_TOLD_SEPARATOR = re.compile(r"sep=(.)(?:\r\n|\r|\n)", re.IGNORECASE)
_SAVE_ANEW = "Export it once more, or save it as CSV in UTF-8."


class Cell(NamedTuple):
    """A cell: its stretch of the text (with its quotes), what it says, and whether it stands in quotes."""

    start: int
    end: int
    value: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class CsvText:
    """A CSV file: its byte order mark, its encoding, its text, the sign between cells, and the cells of each row."""

    mark: bytes
    encoding: str
    text: str
    separator: str
    rows: tuple[tuple[Cell, ...], ...]

    def value(self, row: int, column: int) -> str:
        """Return what a cell says, without blanks around it; "" where the row is too short."""
        cells = self.rows[row]
        return cells[column].value.strip() if column < len(cells) else ""

    def with_cells(self, changes: Mapping[tuple[int, int], str]) -> bytes:
        """Return the bytes of the file with other texts in some cells, by row and column.

        A row that is too short for its column is made longer. A cell keeps its quotes, and gets some where it needs
        them. Raises UnicodeEncodeError where the encoding of the file lacks a character.
        """
        stretches = []
        for (row, column), value in sorted(changes.items()):
            cells = self.rows[row]
            if column < len(cells):
                cell = cells[column]
                stretches.append((cell.start, cell.end, self._written(value, quoted=cell.quoted)))
            else:
                before = max((at for at in range(len(cells), column) if (row, at) in changes), default=len(cells) - 1)
                end = cells[-1].end
                stretches.append((end, end, self.separator * (column - before) + self._written(value, quoted=False)))
        parts, done = [], 0
        for start, end, written in stretches:
            parts += [self.text[done:start], written]
            done = end
        return self.mark + "".join([*parts, self.text[done:]]).encode(self.encoding)

    def _written(self, value: str, *, quoted: bool) -> str:
        if quoted or value != value.strip() or any(sign in value for sign in f'{self.separator}"\r\n'):
            return '"' + value.replace('"', '""') + '"'
        return value


def read_csv_text(path: Path) -> CsvText:
    """Return a CSV file with the stretches of its cells; the first row of it is the header.

    Raises InputError where it cannot be read, or is none.
    """
    try:
        content = path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
    except OSError as error:
        raise InputError(str(path), [Problem("", f"it cannot be read: {error.strerror}.")]) from None
    if content is None:
        raise InputError(str(path), [Problem("", f"it has more than {MAX_BYTES:,} bytes.", "Is it a gradebook?")])
    mark, encoding = next((known for known in _BYTE_ORDER_MARKS if content.startswith(known[0])), (b"", ""))
    try:
        encoding = encoding or _encoding(content)
        text = content[len(mark) :].decode(encoding)
    except UnicodeDecodeError:
        raise InputError(str(path), [Problem("", "this is no text in UTF-8 or UTF-16.", _SAVE_ANEW)]) from None
    told = _TOLD_SEPARATOR.match(text)
    start = told.end() if told else 0
    separator = told[1] if told else _likeliest_separator(text)
    rows = _rows(text, separator, start, path)
    if len(rows) < 2:
        what = "it has a header and no row below it." if rows else "it is empty."
        raise InputError(str(path), [Problem("", what, "Export the gradebook once more.")])
    if long := [row for row in rows if any(cell.value.strip() for cell in row[len(rows[0]) :])]:
        line = text.count("\n", 0, long[0][0].start) + 1
        what = "this row has more cells than the header: what belongs to which column is not told."
        raise InputError(str(path), [Problem(f"line {line}", what, "Export the gradebook once more.")])
    return CsvText(mark, encoding, text, separator, rows)


def _encoding(content: bytes) -> str:
    """Return the encoding of a text that does not tell it: UTF-8, or what Excel saves in western Europe."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    if b"\0" in content:  # UTF-16 of plain letters would pass
        raise UnicodeDecodeError("utf-8", content, 0, 1, "a zero")
    return "utf-8"


def _likeliest_separator(text: str) -> str:
    """Return the sign that the header has most often outside of quotes."""
    header = next((line for line in re.split(r"[\r\n]", re.sub('"(?:[^"]|"")*"', "", text)) if line), "")
    return max(",;\t", key=header.count)


def _rows(text: str, separator: str, start: int, path: Path) -> tuple[tuple[Cell, ...], ...]:
    """Return the cells of the rows that hold something; raises InputError where a quote is never closed."""
    cell = re.compile(rf'"((?:[^"]|"")*+)"|([^{re.escape(separator)}\r\n]*+)')
    rows, row, at, count = list[tuple[Cell, ...]](), list[Cell](), start, 0
    while at < len(text) or row:
        found = cell.match(text, at)
        assert found is not None  # its second half matches nothing, too
        quoted, plain = found.groups()
        at = found.end()
        if text[at : at + 1] not in ("", separator, "\r", "\n") or (plain is not None and plain.startswith('"')):
            line = text.count("\n", 0, found.start()) + 1
            raise InputError(
                str(path), [Problem(f"line {line}", "a quote opens a cell, and none closes it.", _SAVE_ANEW)]
            )
        value = quoted.replace('""', '"') if quoted is not None else plain
        row.append(Cell(found.start(), at, value, quoted is not None))
        if (count := count + 1) > MAX_CELLS:
            raise InputError(str(path), [Problem("", f"it has more than {MAX_CELLS:,} cells.", "Is it a gradebook?")])
        if text[at : at + 1] == separator:
            at += 1
            continue
        if any(cell.value.strip() for cell in row):
            rows.append(tuple(row))
        row = []
        at += 2 if text.startswith("\r\n", at) else 1
    return tuple(rows)
