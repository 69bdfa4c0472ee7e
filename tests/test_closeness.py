"""When two numbers count as different on `Checks`: both tellings draw the line in the same place."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import formualizer
import numpy as np
import openpyxl
import pytest

from xlbackprop.sheets.checks.tolerance import ABSOLUTE, RELATIVE, is_far, is_far_formula

SIZES = [0.0, 1e-12, -1e-12, 1e-3, -1e-3, 0.7, -0.7, 3.0, -40.0, 1e9, 1e200, -1e200]
# ½ is the square of 0.7071: differences of 0.703 and of 0.711 times what may be lie on either side
TIMES = {0.0: 0, 0.5: 0, 0.703: 0, 0.711: 1, 0.95: 1, 2.0: 1}
PAIRS = [
    (there + sign * times * (1e-12 + 1e-9 * abs(there)), there, bool(far))
    for there, (times, far), sign in product(SIZES, TIMES.items(), (1, -1))
]


def test_the_tolerances_are_those_that_are_told() -> None:
    assert (ABSOLUTE, RELATIVE) == (1e-12, 1e-9)


def test_numpy_draws_the_line_at_half_a_square() -> None:
    here, there, far = (np.array(column) for column in zip(*PAIRS, strict=True))
    assert is_far(here, there).tolist() == far.tolist()


@pytest.mark.parametrize(("here", "there"), [(np.nan, 1.0), (1.0, np.nan), (1e200, 0.0), (np.inf, 1.0)])
def test_what_cannot_be_compared_is_neither_near_nor_far(here: float, there: float) -> None:
    assert np.isnan(is_far(np.array([here]), np.array([there]))).all()


@pytest.mark.parametrize("positive", [False, True])
def test_the_formula_draws_it_in_the_same_place(tmp_path: Path, positive: bool) -> None:
    pairs = [pair for pair in PAIRS if pair[1] >= 0 or not positive]
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for here, there, _ in pairs:
        sheet.append([here, there])
    book.save(tmp_path / "pairs.xlsx")
    workbook = formualizer.load_workbook(str(tmp_path / "pairs.xlsx"), strategy="eager_all")
    for row in range(1, len(pairs) + 1):
        formula = is_far_formula(f"A{row}", f"B{row}", "1/10^12", "1/10^9", positive=positive)
        workbook.set_formula(sheet.title, row, 3, f"=IF({formula},1,0)")
    workbook.evaluate_all()
    found = [workbook.get_value(sheet.title, row, 3) for row in range(1, len(pairs) + 1)]
    assert found == [float(far) for _, _, far in pairs]
    block = (f"{letter}1:{letter}{len(pairs)}" for letter in "AB")
    together = is_far_formula(*block, "1/10^12", "1/10^9", positive=positive)
    workbook.set_formula(sheet.title, 1, 5, f"=SUMPRODUCT(--({together}))")
    workbook.evaluate_all()
    assert workbook.get_value(sheet.title, 1, 5) == sum(far for _, _, far in pairs)
