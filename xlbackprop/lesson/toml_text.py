"""A TOML text → its tables, or its faults in the words of a person who never heard of TOML.

Python's reader says what it expected; a teacher wants to know what to type instead. So its sentences are translated
by the words that have stayed in them from version to version; one that is not known here is repeated as it is.
"""

from __future__ import annotations

import re
import tomllib

from xlbackprop.errors import InputError, Problem

_NUMBERS = "A number has a decimal point: 0.5, not 0,5 or .5. A list has square brackets and commas: [0.1, 0.2]."
_QUOTES = 'A text stands between quotes on one line: "…"; a longer one between three: """…""".'
_STRAIGHT = 'A text needs straight quotes: "…"; true and false are written small.'
_KEY = 'For instance: title = "…"'
_BACKSLASH = r"Write \\ for each backslash, or put the text into single quotes: '…'."
_QUOTIENT = re.compile(r"([+-]?[0-9]+)\s*(/\s*[0-9]+)")
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
    if fraction := _fraction_at(place, text):
        return Problem(place, "this is not TOML: a fraction stands between quotes.", f'Write "{fraction}".')
    for words, what, hint in _FAULTS:
        if re.search(words, fault):
            return Problem(place, f"this is not TOML: {what}", hint)
    return Problem(place, f"this is not TOML: {fault or message}.", f"{_STRAIGHT} {_NUMBERS}")


def _fraction_at(place: str, text: str) -> str:
    """Return the fraction without quotes at which the reader stopped, at "line 3, column 5": "1/3"; else ""."""
    if not (found := re.fullmatch(r"line (\d+), column (\d+)", place)):
        return ""
    line, stop = text.split("\n")[int(found[1]) - 1], int(found[2]) - 1
    at_stop = (quotient for quotient in _QUOTIENT.finditer(line) if quotient.end(1) <= stop <= quotient.start(2))
    return next((quotient[0].replace(" ", "") for quotient in at_stop), "")
