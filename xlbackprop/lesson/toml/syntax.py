"""A TOML text → its tables, or its faults in the words of a person who never heard of TOML.

Python's reader says what it expected; a teacher wants to know what to type instead. So its sentences are translated
by the words that have stayed in them from version to version; one that is not known here is repeated as it is.
"""

from __future__ import annotations

import re
import tomllib

from xlbackprop.errors import InputError, Problem

_NUMBERS = "A number has a decimal point: 0.5, not 0,5. A list has square brackets and commas: [0.1, 0.2]."
_QUOTES = 'A text stands between quotes on one line: "…"; a longer one between three: """…""".'
_STRAIGHT = 'A text needs straight quotes: "…"; true and false are written small.'
_KEY = 'For instance: title = "…"'
_BACKSLASH = r"Write \\ for each backslash, or put the text into single quotes: '…'."
_QUOTIENT = re.compile(r"([+-]?[0-9]+)\s*(/\s*[0-9]+)")
_SEVERAL_TIMES = re.compile(r"\s*\[\[?\s*(network\.layers|runs\.layers|runs|try)\s*\]")
_WORD = re.compile(r"[^\W\d_][^#,;\]}\"'”“]*")
# How people begin a value that is none.
_VALUES = (
    ("[“”„‟«»‘’]", "these are no straight quotes.", 'A text stands between straight ones: "…".'),
    ("[−–—]", "this is no minus sign of the keyboard.", "Write it as a plain hyphen: -1."),
    (r"[(]", "a list has square brackets.", "For instance: [0.1, 0.2]"),
    (r"[.]\d", "a number begins with a digit.", "Write 0.5, not .5."),
)
# What the reader's sentence has in it, what it means, and what helps. The first that fits is taken.
_FAULTS = (
    ("Cannot overwrite|Duplicate inline table key", "this key or table stands there twice.", "Leave one out."),
    ("Cannot declare|Cannot (?:mutate|redefine)", "this table stands there twice.", "Put its keys together under one."),
    ("Unclosed array|Unclosed inline", "a list is not closed, or a comma is missing in it.", _NUMBERS),
    ("Unescaped|Invalid hex|not a Unicode scalar", "a backslash in a text begins a special sign.", _BACKSLASH),
    ("Expected '='|after a key in a key", "behind a key an equals sign is missing.", _KEY),
    ("at the end of a", "the bracket of this table is not closed.", "For instance: [data] or [[runs]]"),
    (r"Illegal character '\\n'|Expected ['\"]|Unterminated", "a text has no closing quote.", _QUOTES),
    ("Illegal character|Found invalid character", "there is a character that cannot be seen.", "Delete it."),
    ("Expected newline", "something stands behind the value.", f"Write one key a line. {_NUMBERS}"),
    ("Invalid initial|Invalid statement|for a key", "this is neither a key nor a [table].", _KEY),
    ("Invalid value", "this is no value.", f"{_STRAIGHT} {_NUMBERS}"),
)  # fmt: skip


def parse(text: str, source: str) -> dict[str, object]:
    """Return the tables of a TOML text. Raises InputError, which `source` names."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = _explained(str(error), text)
    except RecursionError:
        problem = Problem(
            "the file", "its lists are nested too deeply.", "A list of lists is the deepest that is needed."
        )
    except ValueError:  # Python reads no whole number of more digits
        problem = Problem("the file", "it has a number of thousands of digits.", "Write it shorter: 1e10.")
    raise InputError(source, [problem]) from None


def _explained(message: str, text: str) -> Problem:
    """Return the meaning of the reader's sentence, ending with "(at line 3, column 5)" or "(at end of document)"."""
    fault, _, place = message.rpartition(" (at ")
    place = place.rstrip(")").replace("end of document", "the end of the file") or "the file"
    if found := re.fullmatch(r"line (\d+), column (\d+)", place):
        line, stop = text.split("\n")[int(found[1]) - 1], int(found[2]) - 1
        if told := _fraction_at(line, stop) or _of_a_list_of_tables(line, fault) or _of_a_value(line[stop:], fault):
            return Problem(place, f"this is not TOML: {told[0]}", told[1])
    for words, what, hint in _FAULTS:
        if re.search(words, fault):
            return Problem(place, f"this is not TOML: {what}", hint)
    return Problem(place, f"this is not TOML: {fault or message}.", f"{_STRAIGHT} {_NUMBERS}")


def _fraction_at(line: str, stop: int) -> tuple[str, str] | None:
    """Return fault and cure where the reader stopped within a fraction without quotes: 1/3."""
    at_stop = (quotient for quotient in _QUOTIENT.finditer(line) if quotient.end(1) <= stop <= quotient.start(2))
    fraction = next((quotient[0].replace(" ", "") for quotient in at_stop), "")
    return ("a fraction stands between quotes.", f'Write "{fraction}".') if fraction else None


def _of_a_list_of_tables(line: str, fault: str) -> tuple[str, str] | None:
    """Return fault and cure where a table that may stand there several times has single brackets, or had them above."""
    table = _SEVERAL_TIMES.match(line)
    if table is None or not re.match("Cannot", fault):
        return None
    return "this table may stand there several times.", f"Begin each with [[{table[1]}]]."


def _of_a_value(rest: str, fault: str) -> tuple[str, str] | None:
    """Return fault and cure by the first sign of what is no value, with all that follows it in its line."""
    if not fault.startswith("Invalid value"):
        return None
    if word := _WORD.match(rest):
        is_flag = word[0].lower() in ("true", "false")
        cure = word[0].lower() if is_flag else f'"{word[0].rstrip()[:60]}"'
        return "true and false are written small." if is_flag else "a text stands between quotes.", f"Write {cure}."
    return next(((what, hint) for signs, what, hint in _VALUES if re.match(signs, rest)), None)
