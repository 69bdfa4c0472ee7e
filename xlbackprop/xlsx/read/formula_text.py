"""Formulas as text, moved to other cells, as a filled-down or a shared formula is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from xlbackprop.workbook import MAX_COLUMNS, MAX_ROWS, column_letters

_STRING = r'"(?:[^"]|"")*"'
_QUOTED = r"'(?:[^']|'')*'"
_BRACKETED = r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]"  # a table's column, or the number of another file

_REFERENCE = re.compile(
    rf"(?P<kept>{_STRING}|{_QUOTED}|{_BRACKETED})"
    r"|(?<![\w.$\\?])(?:"
    r"(?P<column>\$?[A-Za-z]{1,3})(?P<row>\$?[0-9]{1,7})(?![\w.(!\[])"
    r"|(?P<columns>\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3})(?![\w.(!\[$])"
    r"|(?P<rows>\$?[0-9]{1,7}:\$?[0-9]{1,7})(?![\w.(!\[$])"
    r")"
)

_ROW_NUMBER = re.compile(r"(?<![$0-9])[0-9]+")  # that moves with its formula

# A reference to cells with the sheet before it, if one is named; texts are stepped over.
_CELLS = re.compile(
    rf"{_STRING}|{_BRACKETED}"
    rf"|(?:(?P<sheet>{_QUOTED}|(?<![\w.$\\?])[^\W\d][\w.]*)!)?(?<![\w.$\\?])"
    r"\$?(?P<left>[A-Za-z]{1,3})\$?(?P<top>[0-9]{1,7})(?:\s*:\s*\$?(?P<right>[A-Za-z]{1,3})\$?(?P<bottom>[0-9]{1,7}))?"
    r"(?![\w.(!\[])"
)


class RelativeFormula(NamedTuple):
    """A formula as it is filled down a column: the same in every row but for the row numbers that move with it.

    `template` has "%d" for each of these numbers; `rows` are they, relative to the formula's own row.
    """

    template: str
    rows: tuple[int, ...]

    def at(self, row: int) -> str:
        """Return the text of the formula in this row; a reference that falls off the sheet becomes #REF!."""
        numbers = tuple([number + row for number in self.rows])
        if numbers and (min(numbers) < 1 or max(numbers) > MAX_ROWS):
            written = [str(number) if 1 <= number <= MAX_ROWS else "#REF!" for number in numbers]
            text = self.template.replace("%d", "%s") % tuple(written)
            return re.sub(r"\$?[A-Z]{1,3}#REF!", "#REF!", text)
        return self.template % numbers


def relative_formula(formula: str, row: int, right: int = 0) -> RelativeFormula:
    """Return a formula that stands in this row; `right` moves it as many columns, as a shared formula is moved."""
    if right == 0:
        return _in_its_column(formula, row)
    pieces: list[str] = []
    rows: list[int] = []
    done = 0
    for match in _REFERENCE.finditer(formula):
        if match["kept"] is not None:
            continue
        pieces.append(_literal(formula[done : match.start()]))
        pieces.append(_moved(match, right, rows))
        done = match.end()
    pieces.append(_literal(formula[done:]))
    return RelativeFormula("".join(pieces), tuple(number - row for number in rows))


def _in_its_column(formula: str, row: int) -> RelativeFormula:
    """Return the same where only numbers of rows can change, which is most of the work in a long formula."""
    pieces: list[str] = []
    rows: list[int] = []
    done = 0
    for match in _REFERENCE.finditer(formula):
        if match.lastgroup not in ("row", "rows"):
            continue
        start, end = match.span(match.lastgroup)
        for part in _ROW_NUMBER.finditer(formula, start, end):
            pieces.append(formula[done : part.start()])
            rows.append(int(part[0]) - row)
            done = part.end()
    pieces.append(formula[done:])
    if "%" in formula:
        pieces = [*map(_literal, pieces)]
    return RelativeFormula("%d".join(pieces), tuple(rows))


def _literal(text: str) -> str:
    return text.replace("%", "%%")


def _moved(match: re.Match[str], right: int, rows: list[int]) -> str:
    """Return a reference moved `right` columns, with "%d" for its relative rows, which are added to `rows`."""
    if match["columns"] is not None:
        first, last = match["columns"].split(":")
        return f"{_moved_column(first, right)}:{_moved_column(last, right)}"
    if match["rows"] is not None:
        first, last = match["rows"].split(":")
        return f"{_open_row(first, rows)}:{_open_row(last, rows)}"
    column = _moved_column(match["column"], right)
    return column if column == "#REF!" else column + _open_row(match["row"], rows)


def _open_row(row: str, rows: list[int]) -> str:
    if row.startswith("$"):
        return row
    rows.append(int(row))
    return "%d"


def _moved_column(column: str, right: int) -> str:
    if right == 0 or column.startswith("$"):
        return column
    number = column_number(column.upper()) + right
    return column_letters(number) if 1 <= number <= MAX_COLUMNS else "#REF!"


def references(formula: str) -> Iterator[tuple[str | None, tuple[int, int, int, int]]]:
    """Yield the cells that a formula refers to by their addresses: the sheet, None for its own, and the area.

    An area is (first row, first column, last row, last column), as `Area`. Defined names, whole rows and whole columns
    are left out.
    """
    for match in _CELLS.finditer(formula):
        if match["left"] is None:
            continue
        rows = [int(match["top"]), int(match["bottom"] or match["top"])]
        columns = [column_number(letters.upper()) for letters in (match["left"], match["right"] or match["left"])]
        sheet = match["sheet"]
        if sheet is not None and sheet.startswith("'"):
            sheet = sheet[1:-1].replace("''", "'")
        yield sheet, (min(rows), min(columns), max(rows), max(columns))


@lru_cache(maxsize=MAX_COLUMNS)
def column_number(letters: str) -> int:
    """Return the number of a column: A → 1, AA → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
