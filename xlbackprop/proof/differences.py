"""What a comparison finds: differences of cells, by kind, and how they are told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import isclose
from typing import TypeGuard

from xlbackprop.numpy_run import ABSOLUTE, RELATIVE
from xlbackprop.workbook import ErrorValue, Place, Value, quoted
from xlbackprop.xlsx.read import ReadCell, canonical_formula, column_number


class Kind(StrEnum):
    """The kinds of differences in a cell or a sheet."""

    VALUE = "value differs"
    FORMULA = "formula changed"
    FORMULA_MISSING = "formula missing"
    TYPED_OVER = "constant typed over a formula"
    NUMBER = "number changed"
    TEXT = "text changed"
    MISSING = "cell emptied"
    EXTRA = "extra cell"
    SHEET_MISSING = "sheet missing"
    SHEET_EXTRA = "extra sheet"
    STORED = "stored value differs"
    STORED_MISSING = "stored value missing"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `expected` and `found` are texts as on the screen: =A1+1, 0.25, "text", #NUM!, or "nothing".

    `cell` is an address ("C4"), or empty where a whole sheet is meant.
    """

    sheet: str
    cell: str
    kind: Kind
    expected: str
    found: str

    @property
    def place(self) -> Place:
        """The row and column of the cell; (0, 0) where a whole sheet is meant."""
        letters = self.cell.rstrip("0123456789")
        return int(self.cell[len(letters) :] or 0), column_number(letters)

    def __str__(self) -> str:
        if not self.cell:
            return f"{quoted(self.sheet)}: {self.kind}"
        return f"{quoted(self.sheet)}!{self.cell}: {self.kind}: expected {self.expected}, found {self.found}"


def grouped(differences: Iterable[Difference]) -> list[list[Difference]]:
    """Return the differences in groups of one column and kind; changed cells before values that follow from them."""

    def column(difference: Difference) -> tuple[str, str, Kind]:
        return difference.sheet, difference.cell.rstrip("0123456789"), difference.kind

    causes = sorted(differences, key=lambda difference: difference.kind is Kind.VALUE)  # keeps the order otherwise
    columns: dict[tuple[str, str, Kind], list[Difference]] = {}
    for difference in causes:
        columns.setdefault(column(difference), []).append(difference)
    return [*columns.values()]


def group_text(group: list[Difference]) -> str:
    """Return the sentence about a group: its first difference, and how many more there are."""
    more = len(group) - 1
    return f"{group[0]}" + (f" (and {more:,} more in this column, to {group[-1].cell})" if more else "")


def counted(number: int, word: str) -> str:
    """Return "1 difference" or "2,000 differences"."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


@dataclass(frozen=True, slots=True)
class Deviation:
    """The distance (`size`) of a calculated number from the expected one, and the sheet and cell of it."""

    size: float
    sheet: str
    cell: str

    def __str__(self) -> str:
        return f"{self.size:.2g} in {quoted(self.sheet)}!{self.cell}" if self.size else "0"


NO_DEVIATION = Deviation(0.0, "", "")


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a calculated number may be from the expected one; the defaults are as small as sound engines allow."""

    absolute: float = ABSOLUTE
    relative: float = RELATIVE

    def allows(self, expected: float, found: float) -> bool:
        """Return whether a found number counts as equal to the expected one."""
        return abs(expected - found) <= self.absolute + self.relative * abs(expected)


# -------------------------------------------------------------------------------------------------------- equal values


def is_number(value: Value | None) -> TypeGuard[float | int]:
    """Return whether a value is a number; TRUE and FALSE are none."""
    return isinstance(value, float | int) and not isinstance(value, bool)


def same_value(expected: Value, found: Value | None, tolerance: Tolerance) -> bool:
    """Return whether a value counts as the expected one; a formula's empty text may be an empty cell."""
    if is_number(expected) and is_number(found):
        return tolerance.allows(expected, found)
    given = "" if found is None else found
    return _same(expected, given) or _same_words(expected, given, tolerance)


def _same(expected: Value, found: Value | None) -> bool:
    """Return whether two values are equal; an error is not the text that looks like it, and TRUE is not 1."""
    errors = isinstance(expected, ErrorValue), isinstance(found, ErrorValue)
    truths = isinstance(expected, bool), isinstance(found, bool)
    return expected == found and errors[0] == errors[1] and truths[0] == truths[1]


_ROUNDED_TO = 4  # significant digits; what has fewer was not rounded
# A negative number stands in brackets, which belong to it; those of max(−0.5) belong to the function.
_NUMBER_IN_TEXT = re.compile(r"((?<!\w)\([-−]\d+(?:\.\d+)?\)|[-−]?\d+(?:\.\d+)?)")


def _same_words(expected: Value, found: Value, tolerance: Tolerance) -> bool:
    """Return whether two texts differ in nothing but the last shown digit of their rounded numbers.

    A number halfway between two roundings may be shown as either, and one that should be 0 as a tiny rest.
    """
    if not (type(expected) is type(found) is str):
        return False
    ours, theirs = _NUMBER_IN_TEXT.split(expected), _NUMBER_IN_TEXT.split(found)
    if ours[::2] != theirs[::2]:
        return False
    return all(_same_rounded(one, other, tolerance) for one, other in zip(ours[1::2], theirs[1::2], strict=True))


def _same_rounded(one: str, other: str, tolerance: Tolerance) -> bool:
    texts = [text.strip("(-−)") for text in (one, other)]
    ours, theirs = (float(text.strip("()").replace("−", "-")) for text in (one, other))
    decimals = min(len(text.partition(".")[2]) for text in texts)
    rounded = decimals > 0 and all(len(text.replace(".", "").lstrip("0")) >= _ROUNDED_TO for text in texts)
    return tolerance.allows(ours, theirs) or (rounded and abs(ours - theirs) < 1.5 * 10.0**-decimals)


def same_constant(value: Value, cell: ReadCell) -> bool:
    """Return whether a cell holds a typed value; LibreOffice saves a typed TRUE as =TRUE(), and an error as =#NUM!."""
    if cell.formula is not None:
        return isinstance(value, bool | ErrorValue) and canonical_formula(cell.formula) == shown(value)
    if is_number(value) and is_number(cell.value):
        # LibreOffice saves 15 digits, and the last ones of NumPy's stored losses may differ between machines
        return value == cell.value or isclose(value, cell.value, rel_tol=1e-12)
    return _same(value, cell.value)


# --------------------------------------------------------------------------------------------------------------- texts


def shown_cell(cell: ReadCell | None) -> str:
    """Return what stands in a cell: =A1+1, 0.25, "text", or nothing."""
    if cell is None:
        return "nothing"
    return shown(cell.value) if cell.formula is None else f"={cell.formula}"


def shown(value: Value | None) -> str:
    """Return a value as it looks on the screen: 0.25, TRUE, #NUM!, "text", or nothing."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).upper()
        case ErrorValue():
            return value.value
        case str():
            return f'"{value}"'
        case _:
            return str(value).removesuffix(".0")
