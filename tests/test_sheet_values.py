"""Values of a sheet in bands of numbers are the same as one by one, wherever a band begins and ends."""

from __future__ import annotations

import numpy as np
import pytest

from xlbackprop.workbook import NumberBand, SheetValues, Value
from xlbackprop.workbook.document import ErrorValue

nan = np.nan
BANDS = [
    NumberBand(2, (2, 4, 5), np.array([[1.0, nan, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])),
    NumberBand(5, (1,), np.array([[10.0]])),
    NumberBand(9, (4,), np.array([[11.0], [nan]])),
]
OTHERS: dict[tuple[int, int], Value] = {(1, 1): "a", (2, 4): ErrorValue.NUM, (10, 4): False}
ONE_BY_ONE = {
    **{(2, 2): 1.0, (2, 5): 3.0, (3, 2): 4.0, (3, 4): 5.0, (3, 5): 6.0, (4, 2): 7.0, (4, 4): 8.0, (4, 5): 9.0},
    **{(5, 1): 10.0, (9, 4): 11.0},
    **OTHERS,
}


@pytest.mark.parametrize("values", [SheetValues(BANDS, OTHERS), SheetValues.of(ONE_BY_ONE)])
def test_each_value_stands_in_its_place_and_no_other_does(values: SheetValues) -> None:
    places = [(row, column) for row in range(12) for column in range(8)]
    assert {place: values[place] for place in places if place in values} == ONE_BY_ONE
    assert dict(values) == ONE_BY_ONE
    assert len(values) == len(ONE_BY_ONE) == len(list(values))


@pytest.mark.parametrize("values", [SheetValues(BANDS, OTHERS), SheetValues.of(ONE_BY_ONE)])
def test_every_rectangle_has_the_numbers_of_its_places(values: SheetValues) -> None:
    numbers = np.array(
        [[ONE_BY_ONE[row, column] if (row, column) in ONE_BY_ONE.keys() - OTHERS.keys() else nan for column in range(8)]
         for row in range(12)], dtype=float)  # fmt: skip
    for first in range(1, 12):
        for stop in range(first, 13):
            for left in range(1, 7):
                found = values.numbers(range(first, stop), range(left, 7))
                assert np.array_equal(found, values.numbers(range(first, stop), range(left, 8))[:, :-1], equal_nan=True)
                rows, columns = min(stop, 12) - first, 7 - left
                assert np.array_equal(found[:rows], numbers[first:stop, left:7], equal_nan=True), (first, stop, left)
                assert found.shape == (stop - first, columns)


def test_of_values_given_one_by_one_truth_values_are_no_numbers_and_whole_ones_are() -> None:
    values = SheetValues.of({(1, 2): True, (1, 1): 3, (1, 3): "3", (2, 1): 0})
    assert values.others == {(1, 2): True, (1, 3): "3"}
    assert [(band.first_row, [*band.columns], band.numbers.tolist()) for band in values.bands] == [
        (1, [1], [[3.0]]),
        (2, [1], [[0.0]]),
    ]
    assert not SheetValues((), {})
