"""Formulas as text: moved to another cell, as a shared formula is, and brought to a common form for comparison."""

from __future__ import annotations

import re
from functools import lru_cache

from xlbackprop.workbook import MAX_COLUMNS, MAX_ROWS, column_letters

_STRING = r'"(?:[^"]|"")*"'
_QUOTED = r"'(?:[^']|'')*'"
_BRACKETED = r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]"  # a table's column, or the number of another file

# ------------------------------------------------------------------------------------------------------------- moving

_REFERENCE = re.compile(
    rf"(?P<kept>{_STRING}|{_QUOTED}|{_BRACKETED})"
    r"|(?<![\w.$\\?])(?:"
    r"(?P<column>\$?[A-Za-z]{1,3})(?P<row>\$?[0-9]{1,7})(?![\w.(!\[])"
    r"|(?P<columns>\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3})(?![\w.(!\[$])"
    r"|(?P<rows>\$?[0-9]{1,7}:\$?[0-9]{1,7})(?![\w.(!\[$])"
    r")"
)


class Pattern:
    """A shared formula, given by its first cell's row, column and text; `at` returns its text in the other cells.

    The text is taken apart once for each column; within a column only the row numbers are filled in.
    """

    def __init__(self, row: int, column: int, formula: str) -> None:
        self.row, self.column, self.formula = row, column, formula
        self.columns: dict[int, tuple[str, tuple[int, ...]]] = {}

    def at(self, row: int, column: int) -> str:
        """Return the text of the formula in another cell; a reference that falls off the sheet becomes #REF!."""
        if column not in self.columns:
            self.columns[column] = self._for_column(column - self.column)
        template, rows = self.columns[column]
        if not rows:
            return template % ()
        down = row - self.row
        numbers = tuple([number + down for number in rows])
        if min(numbers) < 1 or max(numbers) > MAX_ROWS:
            return self._with_lost_rows(row, column)
        return template % numbers

    def _for_column(self, right: int) -> tuple[str, tuple[int, ...]]:
        """Return the text with "%d" for each relative row number, and these numbers as they are in the first cell."""
        pieces: list[str] = []
        rows: list[int] = []
        done = 0
        for match in _REFERENCE.finditer(self.formula):
            if match["kept"] is not None:
                continue
            pieces.append(_literal(self.formula[done : match.start()]))
            pieces.append(_moved(match, right, rows))
            done = match.end()
        pieces.append(_literal(self.formula[done:]))
        return "".join(pieces), tuple(rows)

    def _with_lost_rows(self, row: int, column: int) -> str:
        template, rows = self.columns[column]
        places = [number + row - self.row for number in rows]
        written = [str(place) if 1 <= place <= MAX_ROWS else "#REF!" for place in places]
        text = template.replace("%d", "%s") % tuple(written)
        return re.sub(r"\$?[A-Z]{1,3}#REF!", "#REF!", text)


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
    if column.startswith("$"):
        return column
    number = column_number(column.upper()) + right
    return column_letters(number) if 1 <= number <= MAX_COLUMNS else "#REF!"


@lru_cache(maxsize=MAX_COLUMNS)
def column_number(letters: str) -> int:
    """Return the number of a column: A → 1, AA → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


# ---------------------------------------------------------------------------------------------------------- comparing

_WORD = re.compile(
    rf"(?P<string>{_STRING})"
    rf"|(?P<quoted>{_QUOTED})"
    rf"|(?P<bracketed>{_BRACKETED})"
    r"|(?P<truth>(?<![\w.])(?i:TRUE|FALSE)\s*\(\s*\))"
    r"|(?P<sheet>(?<![\w.#])[^\W\d][\w.]*!)"
    r"|(?P<number>(?<![\w.$:])(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![\w.:!]))"
    r"|(?P<space>\s+)"
    r"|(?P<other>[^\W\d][\w.]*)"
)
_NEW_FUNCTION = re.compile(r"^(?:_XLFN\.|_XLWS\.)+")
_OPERAND = re.compile(r"[\w)\]'\"$]")


@lru_cache(maxsize=4096)
def normal_formula(text: str) -> str:
    """Return the common form of a formula, the same whichever program has saved it.

    It has no spaces (but the one that intersects two ranges), names in capitals, sheets in quotes, no prefix of newer
    functions, TRUE for TRUE(), and numbers with the 15 digits that every program keeps. $C$4 and C4 stay different.
    """
    text = text.strip().removeprefix("=")
    return _WORD.sub(_normal_word, text)


def _normal_word(match: re.Match[str]) -> str:
    word = match[0]
    match match.lastgroup:
        case "truth":
            return word.partition("(")[0].strip().upper()
        case "sheet":
            return f"'{word[:-1]}'!"
        case "number":
            return format(float(word), ".15g")
        case "space":
            before, after = match.string[: match.start()][-1:], match.string[match.end() :][:1]
            return " " if _OPERAND.match(before) and re.match(r"[\w('$\[]", after) else ""
        case "other":
            return _NEW_FUNCTION.sub("", word.upper())
        case _:
            return word
