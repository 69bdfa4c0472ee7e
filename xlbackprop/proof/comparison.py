"""Do a spreadsheet program's numbers, and a file's formulas, equal those of the document?

Nothing here trusts a value that was stored with a formula: formulas and typed constants are taken from the file, the
values of the formulas from an engine that calculated them anew.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import isclose, ulp
from typing import TypeGuard

from xlbackprop.engines import Gap, SheetValues, WorkbookValues
from xlbackprop.errors import printable
from xlbackprop.proof.charts_and_names import Surrounding
from xlbackprop.workbook import Document, ErrorValue, Sheet, Value, address, contents, quoted
from xlbackprop.xlsx.read import ReadCell, column_number, normal_formula

FileCells = Mapping[str, Mapping[tuple[int, int], ReadCell]]


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

    def __str__(self) -> str:
        if not self.cell:
            return f"{quoted(self.sheet)}: {self.kind}"
        return f"{quoted(self.sheet)}!{self.cell}: {self.kind}: expected {self.expected}, found {self.found}"


@dataclass(frozen=True, slots=True)
class Deviation:
    """The distance (`size`) of a calculated number from the document's, and the sheet and cell of it."""

    size: float
    sheet: str
    cell: str

    def __str__(self) -> str:
        return f"{self.size:.2g} in {quoted(self.sheet)}!{self.cell}" if self.size else "0"


_NONE = Deviation(0.0, "", "")


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a calculated number may be from the document's; the defaults are as small as sound engines allow."""

    absolute: float = 1e-12
    relative: float = 1e-9

    def allows(self, expected: float, found: float, noise: float = 0.0) -> bool:
        """Return whether a found number counts as equal to the expected one; `noise` is allowed besides."""
        return abs(expected - found) <= self.absolute + self.relative * abs(expected) + noise


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a comparison: how many formulas and values were compared, and all differences.

    `largest_absolute`, `largest_relative` and `largest_ulps` are the largest deviations of numbers, within the
    tolerance or not; a number that should be 0 counts in the first alone, one in a column with noise in none. One ulp
    is the step from the expected number to the next one that a computer has. `numbers` is the count of calculated
    numbers, `exact` of those that are equal to the last bit. `given` counts, for each gap of the program, the formulas
    that it was not asked to calculate: {"INDEX of a whole row": 51}. `around` are the differences of charts, names and
    settings; `notes` are further sentences for a person. `seconds` is the time from the program's start to its last
    value.
    """

    engine: str
    version: str
    formulas: int
    values: int
    differences: tuple[Difference, ...]
    largest_absolute: Deviation
    largest_relative: Deviation
    largest_ulps: Deviation = _NONE
    numbers: int = 0
    exact: int = 0
    given: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    around: tuple[Surrounding, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        """Whether there is no difference, neither in cells nor in charts, names and settings."""
        return not self.differences and not self.around

    def lines(self, limit: int = 20) -> list[str]:
        """Return the report as lines of text, with at most `limit` differences of each sort written out."""
        return [printable(line) for line in self._lines(limit)]

    def _lines(self, limit: int) -> Iterator[str]:
        program = f"{self.engine} {self.version}".strip()
        yield f"{program}: {self.formulas:,} formulas and {self.values:,} values compared."
        if self.equal:
            yield "Every formula and every value is as it should be."
        elif self.differences:
            counts = Counter(difference.kind for difference in self.differences)
            kinds = ", ".join(f"{kind}: {number:,}" for kind, number in counts.items())
            yield f"{_counted(len(self.differences), 'difference')} ({kinds})."
        groups = list(_grouped(self.differences))
        for group in groups[:limit]:
            yield f"  {_group_text(group)}"
        if len(groups) > limit:
            yield f"  … and {sum(map(len, groups[limit:])):,} more."
        if self.around:
            yield f"{_counted(len(self.around), 'difference')} around the cells."
        for surrounding in self.around[:limit]:
            yield f"  {surrounding}"
        if len(self.around) > limit:
            yield f"  … and {len(self.around) - limit:,} more around the cells."
        if self.given:
            told = ", ".join(f"{number:,} with {what}" for what, number in self.given.items())
            yield f"Not asked of {self.engine}, which cannot calculate them: {told}."
        yield f"Largest difference of a number: {self.largest_absolute}; relative: {self.largest_relative}."
        yield from self.notes


def _grouped(differences: Sequence[Difference]) -> Iterator[list[Difference]]:
    """Yield the differences in groups of one column and kind; changed cells before the values that follow from them."""

    def column(difference: Difference) -> tuple[str, str, Kind]:
        return difference.sheet, difference.cell.rstrip("0123456789"), difference.kind

    causes = sorted(differences, key=lambda difference: difference.kind is Kind.VALUE)  # keeps the order otherwise
    columns: dict[tuple[str, str, Kind], list[Difference]] = {}
    for difference in causes:
        columns.setdefault(column(difference), []).append(difference)
    yield from columns.values()


def _group_text(group: list[Difference]) -> str:
    more = len(group) - 1
    return f"{group[0]}" + (f" (and {more:,} more in this column, to {group[-1].cell})" if more else "")


def compare(
    document: Document,
    found: FileCells,
    calculated: WorkbookValues,
    engine_label: str,
    version: str = "",
    tolerance: Tolerance = Tolerance(),
    gaps: Sequence[Gap] = (),
) -> Report:
    """Compare a file's formulas and constants, and the values that an engine calculated, with the document.

    `found` are the cells of the file; the values stored with its formulas are never looked at. `gaps` are those of the
    engine: of a formula that matches one, the text alone is compared.
    """
    comparison = _Comparison(tolerance, gaps)
    for sheet in document.sheets:
        if sheet.name in found:
            comparison.compare_sheet(sheet, found[sheet.name], calculated.get(sheet.name, {}))
        else:
            comparison.differences.append(Difference(sheet.name, "", Kind.SHEET_MISSING, "a sheet", "nothing"))
    known = {sheet.name for sheet in document.sheets}
    for name in found:
        if name not in known:
            comparison.differences.append(Difference(name, "", Kind.SHEET_EXTRA, "nothing", "a sheet"))
    return Report(
        engine=engine_label,
        version=version,
        formulas=comparison.formulas,
        values=comparison.values,
        differences=tuple(comparison.differences),
        largest_absolute=comparison.largest_absolute,
        largest_relative=comparison.largest_relative,
        largest_ulps=comparison.largest_ulps,
        numbers=comparison.numbers,
        exact=comparison.exact,
        given=comparison.given,
    )


class _Comparison:
    """Compares sheet after sheet, and gathers the counts and differences of a Report."""

    def __init__(self, tolerance: Tolerance, gaps: Sequence[Gap]) -> None:
        self.tolerance, self.gaps = tolerance, gaps
        self.given: Counter[str] = Counter()
        self.differences: list[Difference] = []
        self.formulas = self.values = self.numbers = self.exact = 0
        self.largest_absolute = self.largest_relative = self.largest_ulps = _NONE

    def compare_sheet(self, sheet: Sheet, found: Mapping[tuple[int, int], ReadCell], calculated: SheetValues) -> None:
        start = len(self.differences)
        seen = set()
        for row, column, formula, value in contents(sheet):
            place = row, column
            seen.add(place)
            cell = found.get(place)
            if cell is not None and cell.formula is not None and _is_changeable(sheet, place):
                continue  # a typed =1/3 counts as what it gives, and that is what the document was made with
            if formula is None:
                self._compare_constant(sheet.name, place, value, cell)
            elif self._has_formula(sheet.name, place, formula, cell):
                self._compare_value(sheet, place, value, calculated.get(place))
        for place, cell in found.items():
            if place not in seen and (cell.formula is not None or cell.value not in (None, "")):
                self._add(sheet.name, place, Kind.EXTRA, "nothing", _shown_cell(cell))
        self.differences[start:] = sorted(self.differences[start:], key=_reading_order)

    def _add(self, sheet: str, place: tuple[int, int], kind: Kind, expected: str, found: str) -> None:
        self.differences.append(Difference(sheet, address(*place), kind, expected, found))

    def _has_formula(self, sheet: str, place: tuple[int, int], formula: str, cell: ReadCell | None) -> bool:
        """Note a formula that is missing or different; return whether there is one whose value can be compared."""
        self.formulas += 1
        if cell is None or cell.formula is None:
            kind = Kind.FORMULA_MISSING if cell is None else Kind.TYPED_OVER
            self._add(sheet, place, kind, f"={formula}", _shown_cell(cell))
            return False
        if cell.formula != formula and normal_formula(cell.formula) != normal_formula(formula):
            self._add(sheet, place, Kind.FORMULA, f"={formula}", f"={cell.formula}")
        for gap in self.gaps:
            if gap.pattern.search(cell.formula):
                self.given[gap.what] += 1
                return False
        return True

    def _compare_constant(self, sheet: str, place: tuple[int, int], value: Value, cell: ReadCell | None) -> None:
        self.values += 1
        if cell is None:
            if value != "":
                self._add(sheet, place, Kind.MISSING, shown(value), "nothing")
        elif not _same_constant(value, cell):
            kind = Kind.TEXT if isinstance(value, str) else Kind.NUMBER
            self._add(sheet, place, kind, shown(value), _shown_cell(cell))

    def _compare_value(self, sheet: Sheet, place: tuple[int, int], expected: Value, found: Value | None) -> None:
        self.values += 1
        if is_number(expected) and is_number(found):
            self._note_deviation(sheet, place, float(expected), float(found))
            allows = self.tolerance.allows
            same = allows(expected, found) or allows(expected, found, _noise(sheet, place))
        else:
            given = "" if found is None else found  # a formula's empty text is an empty cell
            same = _same(expected, given) or _same_words(expected, given, self.tolerance)
        if not same:
            self._add(sheet.name, place, Kind.VALUE, shown(expected), shown(found))

    def _note_deviation(self, sheet: Sheet, place: tuple[int, int], expected: float, found: float) -> None:
        self.numbers += 1
        if expected == found:
            self.exact += 1
            return
        size = abs(expected - found)
        ulps = size / ulp(expected) if expected else 0.0
        record_absolute = size > self.largest_absolute.size
        record_relative = expected != 0 and size > self.largest_relative.size * abs(expected)
        record_ulps = ulps > self.largest_ulps.size
        if not (record_absolute or record_relative or record_ulps) or _noise(sheet, place):
            return  # where rounding is magnified the deviation is no measure of the program
        if record_absolute:
            self.largest_absolute = Deviation(size, sheet.name, address(*place))
        if record_relative:
            self.largest_relative = Deviation(size / abs(expected), sheet.name, address(*place))
        if record_ulps:
            self.largest_ulps = Deviation(ulps, sheet.name, address(*place))


def _is_changeable(sheet: Sheet, place: tuple[int, int]) -> bool:
    loose = sheet.cells.get(place)
    return loose is not None and loose.changeable is not None


def _noise(sheet: Sheet, place: tuple[int, int]) -> float:
    """Return the noise of the table column with this cell, or 0. It is slow: call it only where numbers differ."""
    row, column = place
    for table in sheet.tables:
        if table.first_row <= row <= table.last_row and 0 <= column - table.first_column < len(table.columns):
            return table.columns[column - table.first_column].noise
    return 0.0


def is_number(value: Value | None) -> TypeGuard[float | int]:
    """Return whether a value is a number; TRUE and FALSE are none."""
    return isinstance(value, float | int) and not isinstance(value, bool)


def _same(expected: Value, found: Value | None) -> bool:
    """Return whether two values are equal; an error is not the text that looks like it, and TRUE is not 1."""
    errors = isinstance(expected, ErrorValue), isinstance(found, ErrorValue)
    truths = isinstance(expected, bool), isinstance(found, bool)
    return expected == found and errors[0] == errors[1] and truths[0] == truths[1]


_ROUNDED_TO = 4  # significant digits; what has fewer was not rounded
_NUMBER_IN_TEXT = re.compile(r"(\(-\d+(?:\.\d+)?\)|-?\d+(?:\.\d+)?)")


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
    texts = [text.strip("(-)") for text in (one, other)]
    ours, theirs = (float(text.strip("()")) for text in (one, other))
    decimals = min(len(text.partition(".")[2]) for text in texts)
    rounded = decimals > 0 and all(len(text.replace(".", "").lstrip("0")) >= _ROUNDED_TO for text in texts)
    return tolerance.allows(ours, theirs) or (rounded and abs(ours - theirs) < 1.5 * 10.0**-decimals)


def _same_constant(value: Value, cell: ReadCell) -> bool:
    if isinstance(value, bool) and cell.formula is not None:  # LibreOffice saves a typed TRUE as =TRUE()
        return normal_formula(cell.formula) == str(value).upper()
    if cell.formula is not None:
        return False
    if is_number(value) and is_number(cell.value):
        # LibreOffice saves 15 digits, and the last ones of NumPy's stored losses may differ between machines
        return value == cell.value or isclose(value, cell.value, rel_tol=1e-12)
    return _same(value, cell.value)


def _shown_cell(cell: ReadCell | None) -> str:
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


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def _reading_order(difference: Difference) -> tuple[int, int]:
    letters = difference.cell.rstrip("0123456789")
    return int(difference.cell[len(letters) :]), column_number(letters)
