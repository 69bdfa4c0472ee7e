"""Reading a TOML table that a person wrote: every value checked, every problem noted, nothing raised.

A `TableReader` hands out values of the right kind and writes what is wrong into one shared list, with the path of
the key (`network.layers[1].activation`; tables count from 0, as in the file's data; the items of a list from 1, as
people do: `data.inputs, example 4`). `places` puts it into words. A value that is wrong comes out as a harmless
stand-in, so that reading goes on and all problems are found at once.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from xlbackprop.errors import Problem
from xlbackprop.lesson.toml.meanings import cure_of_choice, cure_of_key, meant_key
from xlbackprop.lesson.toml.number_lists import (
    FRACTION,
    cure_of_commas,
    fraction,
    is_flat,
    is_number,
    regrouped,
    written,
)

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
    """Return the kind of a TOML value in words, with the value where it is short: the text "ten"."""
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
        self._missing: dict[str, Problem] = {}

    def place(self, key: str) -> str:
        """Return the path of a key of this table."""
        return f"{self._path}.{key}" if self._path else key

    @property
    def problem_count(self) -> int:
        """How many problems the file has so far, in all its tables."""
        return len(self._problems)

    def has(self, key: str) -> bool:
        """Return whether somebody wrote this key."""
        return key in self._table

    def peek(self, key: str) -> Any:
        """Return the unchecked value of a key, or None, without counting the key as read."""
        return self._table.get(key)

    def ignore(self, keys: Iterable[str]) -> None:
        """Count these keys as read: something else is wrong, and they cannot be checked without it."""
        self._read += keys

    def stand_in(self, key: str, value: Any) -> None:
        """Read on with another value of a key: a problem with its own was noted."""
        self._table = {**self._table, key: value}

    def is_wrong(self, key: str) -> bool:
        """Return whether a problem was noted at a key of this table, or within it: its value is a stand-in."""
        place = self.place(key)
        return any(problem.place == place or problem.place.startswith(f"{place}.") for problem in self._problems)

    def complain(self, key: str, what: str, hint: str = "") -> Problem:
        """Note a problem at a key of this table, and return it."""
        self._problems.append(Problem(self.place(key), what, hint))
        return self._problems[-1]

    def complain_elsewhere(self, place: str, what: str, hint: str) -> None:
        """Note a problem in a file that a key of this table names; `place` is one in that file."""
        self._problems.append(Problem(place, what, hint))

    def _take(self, key: str, wanted: str, example: str, default: Any) -> Any:
        self._read.append(key)
        if key not in self._table and default is None:
            self._missing[key] = self.complain(key, f"this is missing; {wanted} is needed.", f"For instance: {example}")
        return self._table.get(key, default)

    def text(self, key: str, default: str | None = None, longest: int = LONGEST_TEXT) -> str:
        """Return a text; `default` None means that it must be there."""
        value = self._take(key, "a text", f'{key} = "…"', default)
        if value is None:
            return ""
        if not isinstance(value, str):
            hint = f'For instance: {key} = "…"' if isinstance(value, list | dict) else 'Put it in quotes: "…"'
            if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
                hint = f"Write {key} = {written(value)[1:-1]}."
            self.complain(key, f"a text is needed, but this is {kind_of(value)}.", hint)
            return ""
        self._check_text(key, value, longest)
        return value.strip()

    def line(self, key: str, longest: int, default: str | None = None) -> str:
        """Return a text of one line that is not empty; `default` None means that it must be there."""
        before = len(self._problems)
        text = self.text(key, default, longest)
        if len(self._problems) == before and self.has(key) and ("\n" in text or not _can_be_seen(text)):
            self.complain(key, "one line of text is needed.")
        return text

    def _check_text(self, key: str, text: str, longest: int) -> None:
        if len(text) > longest:
            self.complain(key, f"this text has {len(text):,} characters; {longest:,} are allowed.", "Make it shorter.")
        if strange := strange_signs(text):
            self.complain(key, f"it has characters that no workbook can hold: {strange}.", "Delete them.")

    def choice(
        self,
        key: str,
        known: Sequence[str],
        what: str,
        default: str | None = None,
        fits: Callable[[str], bool] | None = None,
    ) -> str:
        """Return one of the known words; `default` None means that it must be there.

        `fits` tells which of them go with the rest of the lesson, for the cure of a word that may mean several.
        """
        wanted, example = f"the name of {a_or_an(what)}", f'{key} = "{known[0]}"'
        value = self._take(key, wanted, example, default)
        if value is None:
            return known[0]
        if not isinstance(value, str):
            meant = cure_of_choice(what, _shown(value), known) if isinstance(value, bool) else ""
            hint = meant if meant.startswith("Did") else f"For instance: {example}"
            self.complain(key, f"{wanted} is needed, but this is {kind_of(value)}.", hint)
            return known[0]
        if value not in known and (value != default or self.has(key)):
            self.complain(key, f'there is no {what} "{value[:40]}".', cure_of_choice(what, value[:40], known, fits))
            return known[0]
        return value

    def flag(self, key: str, default: bool) -> bool:
        """Return true or false."""
        value = self._take(key, "true or false", f"{key} = true", default)
        if not isinstance(value, bool):
            self.complain(key, f"true or false is needed, but this is {kind_of(value)}.", "Write it without quotes.")
            return default
        return value

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int | None:
        """Return a whole number between two bounds, or None where it is missing or wrong."""
        value = self._take(key, "a whole number", f"{key} = {max(low, 1)}", default)
        return None if value is None else self._whole(key, value, low, high)

    def wholes(self, key: str, low: int, high: int, most: int) -> tuple[int, ...]:
        """Return a list of 1 to `most` growing whole numbers between two bounds."""
        value = self._take(key, "a list of whole numbers", f"{key} = [{low}]", None)
        if value is None:
            return ()
        if not isinstance(value, list) or not 1 <= len(value) <= most:
            found = f"there {_are(len(value), 'number')}" if isinstance(value, list) else f"this is {kind_of(value)}"
            self.complain(key, f"a list of 1 to {most} whole numbers is needed, but {found}.")
            return ()
        numbers = [self._whole(f"{key}, number {index}", item, low, high) for index, item in enumerate(value, start=1)]
        good = [number for number in numbers if number is not None]
        if len(good) == len(numbers) and any(later <= earlier for earlier, later in pairwise(good)):
            self.complain(key, "each number of this list must be larger than the one before.")
        return tuple(good)

    def _whole(self, key: str, value: Any, low: int, high: int) -> int | None:
        if isinstance(value, bool) or not isinstance(value, int):
            is_word = isinstance(value, str) and not value.strip().isdecimal()
            hint = "" if is_word else _as_number(value)
            self.complain(key, f"a whole number is needed, but this is {kind_of(value)}.", hint)
            return None
        if not low <= value <= high:
            bounds = f"a whole number from {low:,} to {high:,} is needed" if low < high else f"only {low:,} is possible"
            self.complain(key, f"{bounds}, but this is {_shown(value)}.")
            return None
        return value

    def number(self, key: str, default: float | None = None, low: float = -math.inf, high: float = math.inf) -> float:
        """Return a finite number between two bounds, NaN where it is wrong; `default` None: it must be there."""
        value = self._take(key, "a number", f"{key} = 0.1", default)
        if value is None:
            return math.nan
        number = self._number(key, value)
        if number < low or number > high:
            bounds = f"from {low:,.10g} to {high:,.10g}"
            self.complain(key, f"a number {bounds} is needed, but this is {number:,.10g}.")
            return math.nan
        return number

    def numbers(self, key: str, names: Sequence[str] | None, of_what: str) -> tuple[float, ...]:
        """Return a list of finite numbers: one for each of `names`, or one or more where that is None."""
        value = self._take(key, f"a list of {of_what}", f"{key} = [0.1, 0.2]", None)
        return () if value is None else self._list_of_numbers(key, value, names)

    def examples(self, key: str, names: Sequence[str] | None, of_what: str) -> tuple[tuple[float, ...], ...]:
        """Return a row of finite numbers for each example; one example may be a plain list of numbers."""
        value = self.peek(key)
        if not isinstance(value, list) or not any(isinstance(row, list) for row in value):
            row = self.numbers(key, names, of_what)
            return (row,) if row else ()
        self._read.append(key)
        if names is None and isinstance(value[0], list):
            names = [f"{key[0]}{number + 1}" for number in range(len(value[0]))]  # as many as in the first example
        return tuple(
            self._list_of_numbers(f"{key}, example {index}", row, names) for index, row in enumerate(value, start=1)
        )

    def matrix(
        self,
        key: str,
        rows: Sequence[str] | None,
        columns: Sequence[str] | None,
        other_way: str = "",
        one_more: str = "",
    ) -> tuple[tuple[float, ...], ...]:
        """Return rows of finite numbers; `rows` and `columns` name what each is for, None where that is unknown.

        `other_way` says how the lesson can be told that rows and columns have changed places, `one_more` what each row
        may have a number more for.
        """
        width = f" of {_count_of(columns, 'number')}" if columns else ""
        shape = f"{_count_of(rows, 'row')}{width}" if rows else f"rows{width}"
        example = f"{key} = [[{', '.join(['0.1'] * len(columns or ' '))}]{', …' * (not rows or len(rows) > 1)}]"
        value = self._take(key, f"a list of {shape}", example, None)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
            fits = is_flat(value) and rows and columns and len(value) == len(rows) * len(columns)
            cure = f"Write {key} = {written(regrouped(value, len(columns or '')))}." if fits else ""
            self.complain(key, f"this is not a list of {shape}.", cure or f"For instance: {example}")
            return ()
        widths = {len(row) for row in value}
        if not rows or not columns or (len(value) == len(rows) and widths in ({len(columns)}, set())):
            pass
        elif len(widths) == 1:
            self._complain_of_shape(key, value, rows, columns, other_way, one_more)
            return ()
        elif len(value) != len(rows):
            self.complain(key, f"{shape} {_are(len(rows))} expected, but there {_are(len(value), 'row')}.")
        return tuple(
            self._list_of_numbers(f"{key}, row {index}", row, columns) for index, row in enumerate(value, start=1)
        )

    def _complain_of_shape(
        self, key: str, value: list[Any], rows: Sequence[str], columns: Sequence[str], other_way: str, one_more: str
    ) -> None:
        """Note one problem of a list of rows of one length that has not the shape asked for."""
        there, width = len(value), len(value[0])
        wanted = f"{_count_of(rows, 'row')} of {_count_of(columns, 'number')} {_are(len(rows))} expected"
        hint = ""
        if (there, width) == (len(columns), len(rows)):
            turned = [list(row) for row in zip(*value, strict=True)]
            hint = f"Transposed? Write {key} = {written(turned)}{other_way}."
        elif there == len(rows):
            hint = cure_of_commas(value, len(columns))
            if not hint and width == len(columns) + 1:
                hint = one_more
        self.complain(key, f"{wanted}, but there {_are(there, 'row')} of {width}.", hint)

    def _list_of_numbers(self, key: str, value: Any, names: Sequence[str] | None) -> tuple[float, ...]:
        if not isinstance(value, list):
            self.complain(key, f"a list of numbers is needed, but this is {kind_of(value)}.", "Write it in [ ].")
            return ()
        if names is not None and len(value) != len(names):
            wanted = _count_of(names, "number")
            what = f"{wanted} {_are(len(names))} expected, but there {_are(len(value), 'number')}."
            self.complain(key, what, cure_of_commas([value], len(names)))
        elif not value:
            self.complain(key, "this list is empty; at least one number is needed.")
        return tuple(self._number(f"{key}, number {index}", item) for index, item in enumerate(value, start=1))

    def _number(self, key: str, value: Any) -> float:
        if isinstance(value, str) and (quotient := fraction(value)) is not None:
            return quotient
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.complain(key, f"a number is needed, but this is {kind_of(value)}.", _as_number(value))
            return float("nan")  # a new one each time: it equals nothing, so no second complaint follows
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            self.complain(key, f"a finite number is needed, but this is {_shown(value)}.")
            return float("nan")
        return number

    def texts(self, key: str, names: Sequence[str] | None = None) -> tuple[str, ...]:
        """Return a list of texts, one for each of `names` where these are known; it may be missing."""
        value = self._take(key, "a list of texts", "", [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            meant = isinstance(value, str) and f"Write {key} = {written([value])}."
            self.complain(key, "a list of texts is needed.", meant or 'For instance: ["first", "second"]')
            return ()
        for index, item in enumerate(value):
            self._check_text(f"{key}, text {index + 1}", item, LONGEST_TEXT)
        if names and self.has(key) and len(value) != len(names):
            wanted = f"{_count_of(names, 'text')} {_are(len(names))} expected"
            self.complain(key, f"{wanted}, but there {_are(len(value), 'text')}.")
        return tuple(item.strip() for item in value)

    def table(self, key: str, *, required: bool = True) -> TableReader:
        """Return a reader of the table under this key."""
        value = self._take(key, "a table", f"[{self.place(key)}]", None if required else {})
        if isinstance(value, dict):
            return TableReader(value, self.place(key), self._problems)
        if value is not None:
            self.complain(
                key, f"a table is needed, but this is {kind_of(value)}.", f"Begin it with [{self.place(key)}]"
            )
        return TableReader({}, self.place(key), [])  # what may stand in it is not missing

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

    def complain_of_unknown_keys(self, hints: Mapping[str, str] | None = None) -> None:
        """Note a problem for every key that was not read. The cure is the key that was meant, or the one in `hints`.

        A key that is missing because it has another name is one problem, not two.
        """
        known = list(dict.fromkeys(self._read))
        for key in self._table:
            if key not in self._read:
                hint = (hints or {}).get(key)
                meant = "" if hint else meant_key(key, known)
                if meant in self._missing and (missing := self._missing.pop(meant)) in self._problems:
                    self._problems.remove(missing)
                self.complain(key, "there is no such key.", hint or cure_of_key(key, known))


def first_problems(problems: Sequence[Problem], most: int) -> list[Problem]:
    """Return the first `most` of many problems, and one more that counts the rest."""
    rest = len(problems) - most
    return [*problems[:most], Problem("", f"… and {rest:,} more.")] if rest > 0 else list(problems)


def strange_signs(text: str) -> str:
    """Return the codes of the first five characters of a text that no workbook can hold: U+0007, U+FFFE."""
    return ", ".join(sorted({f"U+{ord(sign):04X}" for sign in set(text) if not _is_writing(sign)})[:5])


def _can_be_seen(text: str) -> bool:
    """Return whether a text has any visible character, and not spaces and formatting marks alone.

    A character that this Python does not know yet may be a letter or an emoji of a later Unicode.
    """
    return any(not sign.isspace() and unicodedata.category(sign) not in ("Cc", "Cf", "Cs") for sign in text)


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


def _as_number(value: Any) -> str:
    """Return the cure for a value that was meant as a number: "Write it without quotes.", "Write it as 3."."""
    if isinstance(value, str):
        if FRACTION.fullmatch(value):
            return "Nothing can be divided by 0."
        if is_number(point := value.strip().replace(",", ".", 1)):
            return "Write it without quotes." if point == value.strip() else f"Write {point}, without quotes."
        return 'Write a decimal number, or a fraction of whole numbers in quotes: "1/3".'
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
    return f"Write it as {int(value)}." if whole else ""


def a_or_an(what: str) -> str:
    """Return a name with its article."""
    return f"an {what}" if what[0] in "aeio" else f"a {what}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "more than 20 digits long" if isinstance(value, int) and abs(value) >= 10**20 else str(value)[:40]
