"""Whether a file gives an answer away: a search through all its parts for the digits and formulas of all answers."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from xlbackprop.classroom.answer_table import Spot
from xlbackprop.classroom.exercise import Exercise
from xlbackprop.xlsx.read import opened_package

_FEWEST = 5  # digits; so many of a number, or all of a shorter one, would be no help
_MEASURES = re.compile(r' (?:width|ht|height|x|y|cx|cy|w|h|left|right|top|bottom|header|footer|rgb|val)="[-\d.]*"')
_NUMBER = re.compile(r"(?<![\w.#])\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w#])")
_SHEET = re.compile(r"'[^'<>]*'!")
_ROW = re.compile(r"(?<![A-Za-z])(\$?[A-Z]{1,3}\$?)\d+")


class Leak(NamedTuple):
    """A part of a file that holds an answer: its digits, or its formula with "#" for the number of a row."""

    part: str
    spot: Spot
    found: str


def leaks(path: Path, exercise: Exercise) -> Iterator[Leak]:
    """Yield what a file tells of the answers of an exercise that is not solved. Raises InputError for no workbook.

    A number that is given by right, because the mathematics makes its digits those of an answer, tells none.
    """
    table = exercise.table
    known = {
        _digits(f"{table.value(spot):.12e}")
        for spot in table.spots
        if not table.is_answer(spot) and not table.needs(spot)
    }
    values = {spot: table.value(spot) for spot in table.answers}
    numbers = {of: value for of, value in values.items() if _is_long(value) and _digits(f"{value:.12e}") not in known}
    formulas = {_without_rows(exercise.formula(spot)): spot for spot in reversed(table.answers)}
    by_digits: dict[int, dict[str, Spot]] = {}
    with opened_package(path) as package:
        for part in package.archive.namelist():
            with package.open(part) as content:
                text = html.unescape(content.read().decode("utf-8", "replace"))
            rows_off = _without_rows(text)
            for formula, spot in formulas.items():
                if formula in rows_off:
                    yield Leak(part, spot, formula)
            for match in _NUMBER.finditer(_MEASURES.sub("", text)):
                digits = _digits(match[0])[:15]
                if len(digits) >= _FEWEST:
                    if len(digits) not in by_digits:
                        by_digits[len(digits)] = dict(_by_digits(numbers, len(digits)))
                    if (spot := by_digits[len(digits)].get(digits)) is not None:  # type: ignore[assignment]
                        yield Leak(part, spot, match[0])


def _by_digits(numbers: dict[Spot, float], count: int) -> Iterator[tuple[str, Spot]]:
    """Yield the first so many digits of each number, rounded and cut off."""
    for spot, number in numbers.items():
        yield _digits(f"{number:.{count - 1}e}"), spot
        yield _digits(f"{number:.16e}")[:count], spot


def _is_long(number: float) -> bool:
    return len(_digits(f"{number:.15g}")) >= _FEWEST


def _digits(number: str) -> str:
    """Return the digits of a number that count: "5162" of 0.005162 and of -5.1620e-03."""
    mantissa = re.split("[eE]", number)[0]
    return re.sub(r"\D", "", mantissa).lstrip("0").rstrip("0")


def _without_rows(text: str) -> str:
    """Return formulas in a form that is the same in every row and on every sheet."""
    plain = _SHEET.sub("", re.sub(r"\s", "", text)).replace("$", "").replace("_xlfn.", "")
    return _ROW.sub(r"\1#", plain)
