"""Reading a TOML table that a person wrote: every value checked, every problem noted, nothing raised.

A `TableReader` hands out values of the right kind and writes what is wrong into one shared list, with the path of
the key (`network.layers[1].activation`; items count from 0). A value that is wrong comes out as a harmless stand-in,
so that reading goes on and all problems are found at once.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from typing import Any

from xlbackprop.errors import Problem, did_you_mean

LONGEST_TEXT = 2_000  # a paragraph that can still be read on a sheet

_KINDS = {
    bool: "true or false",
    str: "a text",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a table",
}


def kind_of(value: Any) -> str:
    """Return what a TOML value is, in words, with the value itself where it is short."""
    kind = _KINDS.get(type(value), "a date or time")
    if isinstance(value, list | dict):
        return kind
    return f'{kind} ("{value[:40]}")' if isinstance(value, str) else f"{kind} ({_shown(value)})"


class TableReader:
    """One table of the file; `path` is its place, "" for the file itself."""

    def __init__(self, table: dict[str, Any], path: str, problems: list[Problem]) -> None:
        self._table = table
        self._path = path
        self._problems = problems
        self._read: list[str] = []

    def place(self, key: str) -> str:
        """Return the path of a key of this table."""
        return f"{self._path}.{key}" if self._path else key

    def complain(self, key: str, what: str, hint: str = "") -> None:
        """Note a problem at a key of this table."""
        self._problems.append(Problem(self.place(key), what, hint))

    def _take(self, key: str, wanted: str, example: str, default: Any) -> Any:
        self._read.append(key)
        if key not in self._table and default is None:
            self.complain(key, f"this is missing; {wanted} is needed.", f"For instance: {example}")
        return self._table.get(key, default)

    def text(self, key: str, default: str | None = None, longest: int = LONGEST_TEXT) -> str:
        """Return a text; `default` None means that it must be there."""
        value = self._take(key, "a text", f'{key} = "…"', default)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.complain(key, f"a text is needed, but this is {kind_of(value)}.", 'Put it in quotes: "…"')
            return ""
        self._check_text(key, value, longest)
        return value.strip()

    def line(self, key: str, longest: int) -> str:
        """Return a text of one line that is not empty."""
        before = len(self._problems)
        text = self.text(key, longest=longest)
        if len(self._problems) == before and (not text or "\n" in text):
            self.complain(key, "one line of text is needed.")
        return text

    def _check_text(self, key: str, text: str, longest: int) -> None:
        if len(text) > longest:
            self.complain(key, f"this text has {len(text):,} characters; {longest:,} are allowed.")
        strange = sorted({f"U+{ord(sign):04X}" for sign in text if not _is_writing(sign)})
        if strange:
            self.complain(key, f"it has characters that no workbook can hold: {', '.join(strange[:5])}.")

    def choice(self, key: str, known: Sequence[str], what: str) -> str:
        """Return one of the known words."""
        value = self._take(key, f"the name of {what}", f'{key} = "{known[0]}"', None)
        if value is None:
            return known[0]
        if value not in known:
            self.complain(key, f'there is no {what} "{value}".', did_you_mean(str(value), known))
            return known[0]
        return str(value)

    def whole(self, key: str, low: int, high: int) -> int | None:
        """Return a whole number between two bounds, or None where it is missing or wrong."""
        value = self._take(key, "a whole number", f"{key} = {low}", None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self.complain(key, f"a whole number is needed, but this is {kind_of(value)}.")
            return None
        if not low <= value <= high:
            self.complain(key, f"a whole number from {low:,} to {high:,} is needed, but this is {_shown(value)}.")
            return None
        return value

    def numbers(self, key: str, names: Sequence[str] | None, of_what: str) -> tuple[float, ...]:
        """Return a list of finite numbers: one for each of `names`, or one or more where that is None."""
        value = self._take(key, f"a list of {of_what}", f"{key} = [0.1, 0.2]", None)
        return () if value is None else self._list_of_numbers(key, value, names)

    def matrix(self, key: str, rows: Sequence[str] | None, columns: Sequence[str] | None) -> tuple[float, ...]:
        """Return finite numbers, row by row; `rows` and `columns` name what each is for, None where that is unknown."""
        width = f" of {_count_of(columns, 'number')}" if columns else ""
        shape = f"{_count_of(rows, 'row')}{width}" if rows else f"rows{width}"
        example = f"{key} = [[{', '.join(['0.1'] * len(columns or ' '))}]{', …' * (not rows or len(rows) > 1)}]"
        value = self._take(key, f"a list of {shape}", example, None)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
            self.complain(key, f"this is not a list of {shape}.", f"For instance: {example}")
            return ()
        if rows and len(value) != len(rows):
            self.complain(key, f"{shape} {_are(len(rows))} expected, but there {_are(len(value), 'row')}.")
        flat: list[float] = []
        for index, row in enumerate(value):
            flat.extend(self._list_of_numbers(f"{key}[{index}]", row, columns))
        return tuple(flat)

    def _list_of_numbers(self, key: str, value: Any, names: Sequence[str] | None) -> tuple[float, ...]:
        if not isinstance(value, list):
            self.complain(key, f"a list of numbers is needed, but this is {kind_of(value)}.", "Write it in [ ].")
            return ()
        if names is not None and len(value) != len(names):
            wanted = _count_of(names, "number")
            self.complain(key, f"{wanted} {_are(len(names))} expected, but there {_are(len(value), 'number')}.")
        elif not value:
            self.complain(key, "this list is empty; at least one number is needed.")
        return tuple(self._number(f"{key}[{index}]", item) for index, item in enumerate(value))

    def _number(self, key: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.complain(key, f"a number is needed, but this is {kind_of(value)}.")
            return float("nan")  # a new one each time: it equals nothing, so no second complaint follows
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            self.complain(key, f"a finite number is needed, but this is {_shown(value)}.")
            return float("nan")
        return number

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; it may be missing."""
        value = self._take(key, "a list of texts", "", [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.complain(key, "a list of texts is needed.", 'For instance: ["first", "second"]')
            return ()
        for index, item in enumerate(value):
            self._check_text(f"{key}[{index}]", item, LONGEST_TEXT)
        return tuple(item.strip() for item in value)

    def table(self, key: str, *, required: bool = True) -> TableReader:
        """Return a reader of the table under this key."""
        value = self._take(key, "a table", f"[{self.place(key)}]", None if required else {})
        if value is not None and not isinstance(value, dict):
            self.complain(
                key, f"a table is needed, but this is {kind_of(value)}.", f"Begin it with [{self.place(key)}]"
            )
        return TableReader(value if isinstance(value, dict) else {}, self.place(key), self._problems)

    def tables(self, key: str, *, required: bool = True) -> list[TableReader]:
        """Return a reader for each table of a list of tables."""
        header = f"[[{self.place(key)}]]"
        value = self._take(key, "at least one table", header, None if required else [])
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.complain(
                key, f"a list of tables is needed, but this is {kind_of(value)}.", f"Begin each with {header}"
            )
            return []
        if required and not value:
            self.complain(key, "at least one table is needed.", f"Begin it with {header}")
        return [TableReader(item, self.place(f"{key}[{i}]"), self._problems) for i, item in enumerate(value)]

    def end(self) -> None:
        """Complain of every key that nobody asked for."""
        for key in self._table:
            if key not in self._read:
                self.complain(key, "there is no such key.", did_you_mean(key, self._read))


def _is_writing(sign: str) -> bool:
    """Return whether a character is text: no control character but a line's end, none that XML cannot hold."""
    return sign in "\n\t" or (unicodedata.category(sign) not in ("Cc", "Cs") and sign not in "\ufffe\uffff")


def _are(count: int, of_what: str = "") -> str:
    """Return "is 1 row", "are 2 rows", or the bare verb."""
    verb = "is" if count == 1 else "are"
    return f"{verb} {count} {of_what}{'s' * (count != 1)}" if of_what else verb


def _count_of(names: Sequence[str], of_what: str) -> str:
    """Return "2 rows (one for each of h1, h2)"."""
    listed = ", ".join(names) if len(names) <= 6 else f"{names[0]} … {names[-1]}"
    return f"{len(names)} {of_what}{'s' * (len(names) != 1)} (one for {'each of ' * (len(names) > 1)}{listed})"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "more than 20 digits long" if isinstance(value, int) and abs(value) >= 10**20 else str(value)[:40]
