"""The values of a sheet as a file or a spreadsheet program has them: numbers in arrays, all other values one by one.

A sheet of two million numbers costs eight bytes a number here, and whole columns of it are compared at once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from xlbackprop.workbook.document import Value

Place = tuple[int, int]  # row, column


class NumberBand(NamedTuple):
    """Rows, one below the other, whose cells stand in the same columns; `columns` ascend.

    `numbers` is (rows, columns), NaN where another value or none stands.
    """

    first_row: int
    columns: Sequence[int]
    numbers: np.ndarray


class SheetValues(Mapping[Place, Value]):
    """The values of a sheet by (row, column); an empty cell is absent. `others` are texts, truth values and errors."""

    def __init__(self, bands: Sequence[NumberBand], others: Mapping[Place, Value]) -> None:
        """Take bands from top to bottom, of which no two have a row in common."""
        self.bands, self.others = bands, others
        self._first_rows = [band.first_row for band in bands]

    @classmethod
    def of(cls, values: Mapping[Place, Value]) -> SheetValues:
        """Return these values, given one by one."""
        numbers: dict[Place, float] = {}
        others: dict[Place, Value] = {}
        for place, value in values.items():
            if isinstance(value, float | int) and not isinstance(value, bool):
                numbers[place] = float(value)
            else:
                others[place] = value
        bands = []
        for row, places in groupby(sorted(numbers), key=lambda place: place[0]):
            columns = [column for _, column in places]
            bands.append(NumberBand(row, columns, np.array([[numbers[row, column] for column in columns]])))
        return cls(bands, others)

    def numbers(self, rows: range, columns: range) -> np.ndarray:
        """Return the numbers in these rows and columns, (rows, columns); NaN where no number stands."""
        found = np.full((len(rows), len(columns)), np.nan)
        for band in self._bands_in(rows):
            first = max(rows.start, band.first_row)
            stop = min(rows.stop, band.first_row + len(band.numbers))
            here = np.asarray(band.columns)
            left, right = np.searchsorted(here, [columns.start, columns.stop])
            part = band.numbers[first - band.first_row : stop - band.first_row, left:right]
            found[first - rows.start : stop - rows.start, here[left:right] - columns.start] = part
        return found

    def _bands_in(self, rows: range) -> Iterator[NumberBand]:
        index = max(0, bisect_right(self._first_rows, rows.start) - 1)
        for band in self.bands[index:]:
            if band.first_row >= rows.stop:
                return
            if band.first_row + len(band.numbers) > rows.start:
                yield band

    def __getitem__(self, place: Place) -> Value:
        if (other := self.others.get(place)) is not None:
            return other
        row, column = place
        for band in self._bands_in(range(row, row + 1)):
            index = bisect_right(band.columns, column) - 1
            if index >= 0 and band.columns[index] == column:
                number = float(band.numbers[row - band.first_row, index])
                if number == number:  # noqa: PLR0124 -- NaN is no number
                    return number
        raise KeyError(place)

    def __iter__(self) -> Iterator[Place]:
        for band in self.bands:
            for index, row in enumerate(band.numbers):
                known = row == row  # noqa: PLR0124
                yield from (
                    (band.first_row + index, column)
                    for column, is_known in zip(band.columns, known.tolist(), strict=True)
                    if is_known
                )
        yield from self.others

    def __len__(self) -> int:
        return len(self.others) + sum(int(np.isfinite(band.numbers).sum()) for band in self.bands)
