"""Do the values that a program calculated, or those that a file has stored, equal the expected ones?

Numbers of a table are compared a block of rows at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ulp

import numpy as np

from xlbackprop.engines import Gap, WorkbookValues
from xlbackprop.proof.differences import (
    NO_DEVIATION,
    Deviation,
    Difference,
    Kind,
    Tolerance,
    is_number,
    same_value,
    shown,
)
from xlbackprop.proof.formulas import Calculated
from xlbackprop.workbook import Document, Place, Sheet, SheetValues, Table, Value, address, blocks, stored
from xlbackprop.xlsx.read import ReadSheet

MOST_PLACES = 1_000  # of differences that are kept with their places, where all values of a file may be missing

# The expected numbers (rows, columns) of the rows start … stop − 1 of a table, given those that were found there.
Expected = Callable[[int, int], np.ndarray]


@dataclass(slots=True)
class ValueComparison:
    """How many values were compared, the differences, and the largest deviations of numbers, whether allowed or not.

    `kinds` counts all differences, of which `differences` has the first. `numbers` is the count of numbers, `exact` of
    those that are equal to the last bit.
    """

    values: int = 0
    numbers: int = 0
    exact: int = 0
    differences: list[Difference] = field(default_factory=list)
    kinds: Counter[Kind] = field(default_factory=Counter)
    largest_absolute: Deviation = NO_DEVIATION
    largest_relative: Deviation = NO_DEVIATION
    largest_ulps: Deviation = NO_DEVIATION


def compare_values(
    document: Document,
    calculated: Mapping[str, Calculated],
    values: WorkbookValues,
    judged: Mapping[str, Expected],
    tolerance: Tolerance = Tolerance(),  # noqa: B008 -- it is frozen
    *,
    are_stored: bool = False,
) -> ValueComparison:
    """Compare values with those of the document where `calculated` has cells with formulas.

    `judged` gives, for the first table of some sheets, the numbers that follow from others in the same row and the row
    above. With `are_stored` the values are those of the file itself.
    """
    comparison = _Comparison(tolerance, are_stored)
    for sheet in document.sheets:
        if sheet.name in calculated:
            comparison.compare(
                sheet, calculated[sheet.name], values.get(sheet.name, SheetValues((), {})), judged.get(sheet.name)
            )
    return comparison.result


class _Comparison:
    """Compares sheet after sheet."""

    def __init__(self, tolerance: Tolerance, are_stored: bool) -> None:
        self._tolerance, self._are_stored = tolerance, are_stored
        self.result = ValueComparison()

    def compare(self, sheet: Sheet, calculated: Calculated, values: SheetValues, judged: Expected | None) -> None:
        for number, (table, asked) in enumerate(zip(sheet.tables, calculated.tables, strict=True)):
            self._table(sheet, table, asked, values, judged if number == 0 else None)
        for place in calculated.loose:
            self._one(sheet, place, stored(sheet.cells[place].value), values.get(place))

    def _one(self, sheet: Sheet, place: Place, expected: Value, found: Value | None) -> None:
        self.result.values += 1
        if is_number(expected) and is_number(found):
            self.result.numbers += 1
            self.result.exact += expected == found
            self._note(sheet, place, float(expected), float(found))
        self._judge(sheet, place, expected, found)

    def _judge(self, sheet: Sheet, place: Place, expected: Value, found: Value | None) -> None:
        if same_value(expected, found, self._tolerance):
            return
        kind = Kind.VALUE
        if self._are_stored:
            kind = Kind.STORED_MISSING if found is None else Kind.STORED
        self.result.kinds[kind] += 1
        if not self._are_stored or len(self.result.differences) < MOST_PLACES:
            difference = Difference(sheet.name, address(*place), kind, shown(expected), shown(found))
            self.result.differences.append(difference)

    # ------------------------------------------------------------------------------------------------------- tables

    def _table(
        self, sheet: Sheet, table: Table, asked: np.ndarray, values: SheetValues, judged: Expected | None
    ) -> None:
        self.result.values += int(asked.sum())
        width = len(table.columns)
        noise = np.array([filled.noise for filled in table.columns])
        columns = range(table.first_column, table.first_column + width)
        for start, stop in blocks(table.rows, width):
            here = asked[start:stop]
            if not here.any():
                continue
            found = values.numbers(range(table.first_row + start, table.first_row + stop), columns)
            expected = _numbers(table, start, stop) if judged is None else judged(start, stop)
            with np.errstate(all="ignore"):
                apart = np.abs(expected - found)
                near = apart <= self._tolerance.absolute + self._tolerance.relative * np.abs(expected) + noise
            self._note_block(sheet, (table.first_row + start, table.first_column), here, expected, found, apart, noise)
            for down, right in np.argwhere(here & ~near).tolist():
                place = table.first_row + start + down, table.first_column + right
                filled = table.columns[right]
                wanted = stored(float(expected[down, right]), filled.error)
                if filled.values.dtype.kind not in "iuf":
                    wanted = filled.stored_at(start + down)
                self._judge(sheet, place, wanted, values.get(place))

    def _note_block(
        self,
        sheet: Sheet,
        corner: Place,
        asked: np.ndarray,
        expected: np.ndarray,
        found: np.ndarray,
        apart: np.ndarray,
        noise: np.ndarray,
    ) -> None:
        """Note the deviations of a block of numbers (rows, columns) whose first cell is `corner`."""
        counted = asked & ~np.isnan(apart)
        self.result.numbers += int(counted.sum())
        self.result.exact += int((counted & (apart == 0)).sum())
        counted &= (apart > 0) & (noise == 0)  # where rounding is magnified the deviation is no measure of the program
        if not counted.any():
            return
        sizes = np.abs(expected)
        with np.errstate(all="ignore"):
            for measure in (apart, apart / sizes, apart / np.spacing(sizes)):
                known = np.where(counted & ((measure is apart) | (sizes > 0)), measure, 0.0)
                row, column = np.unravel_index(int(known.argmax()), known.shape)
                place = corner[0] + int(row), corner[1] + int(column)
                self._note(sheet, place, float(expected[row, column]), float(found[row, column]))

    def _note(self, sheet: Sheet, place: Place, expected: float, found: float) -> None:
        """Note the deviation of one number; a number that should be 0 has an absolute one alone."""
        result, size = self.result, abs(expected - found)
        where = sheet.name, address(*place)
        if size > result.largest_absolute.size:
            result.largest_absolute = Deviation(size, *where)
        if expected and size > result.largest_relative.size * abs(expected):
            result.largest_relative = Deviation(size / abs(expected), *where)
        if expected and size / ulp(expected) > result.largest_ulps.size:
            result.largest_ulps = Deviation(size / ulp(expected), *where)


def _numbers(table: Table, start: int, stop: int) -> np.ndarray:
    """Return the numbers of a block of a table (rows, columns), NaN in columns of texts."""
    numbers = np.full((stop - start, len(table.columns)), np.nan)
    for place, filled in enumerate(table.columns):
        if filled.values.dtype.kind in "iuf":
            numbers[:, place] = filled.values[start:stop]
    return numbers


# ---------------------------------------------------------------------------------------------------------------- gaps


def without_gaps(
    document: Document, calculated: Mapping[str, Calculated], found: Mapping[str, ReadSheet], gaps: Sequence[Gap]
) -> tuple[dict[str, Calculated], Counter[str]]:
    """Return the cells with formulas that a program is asked to calculate, and how many it is not, by gap."""
    given: Counter[str] = Counter()
    asked: dict[str, Calculated] = {}
    for sheet in document.sheets:
        if (cells := calculated.get(sheet.name)) is None:
            continue
        here = Calculated([table.copy() for table in cells.tables])
        for table, mask in zip(sheet.tables, here.tables, strict=True):
            for gap, rows, columns in _gaps_in(table, found[sheet.name], gaps):
                given[gap.what] += int(mask[rows, columns].sum())
                mask[rows, columns] = False
        for place in cells.loose:
            formula = found[sheet.name][place].formula or ""
            if (hit := next((gap for gap in gaps if gap.pattern.search(formula)), None)) is None:
                here.loose.append(place)
            else:
                given[hit.what] += 1
        asked[sheet.name] = here
    return asked, given


def _gaps_in(table: Table, found: ReadSheet, gaps: Sequence[Gap]) -> Iterator[tuple[Gap, slice, int]]:
    """Yield the gaps of a table's formulas, with the rows and the column of the table that have them."""
    for band in found.bands_in(range(table.first_row, table.last_row + 1)):
        rows = slice(max(0, band.first_row - table.first_row), band.rows.stop - table.first_row)
        for column, formula in zip(band.pattern.columns, band.pattern.formulas, strict=True):
            place = column - table.first_column
            if formula is not None and 0 <= place < len(table.columns):
                for gap in gaps:
                    if gap.pattern.search(formula.template):
                        yield gap, rows, place
                        break
