"""Charts of losses that mislead, and comparisons of learning rates that are out of date, in workbooks made by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.worksheet.worksheet import Worksheet

from tests.by_hand import NAMING, RECIPE, HandMade
from tests.test_audit import audited, changed, plain
from xlbackprop.classroom import ChartFault, ChartKind, Verdict
from xlbackprop.classroom.audit.right_run import losses
from xlbackprop.network import TotalLoss, Weight

RATES = (0.1, 0.2, 0.5, 0.8, 1.0, 2.0)


def drawn(sheet: Worksheet, made: HandMade, first: int, last: int, kind: type = LineChart) -> None:
    """Draw E_Total of some rows of the sheet."""
    chart = kind()
    chart.add_data(Reference(sheet, min_col=made.columns[TotalLoss()], min_row=first, max_row=last))
    sheet.add_chart(chart, "A60")


def faults(path: Path) -> list[tuple[ChartKind, str]]:
    return [(fault.kind, fault.cells) for fault in audited(path).charts]


def with_chart(path: Path, draw: Callable[[Worksheet, HandMade], None]) -> Path:
    return changed(path, draw)


def test_a_chart_of_all_rows_is_right(tmp_path: Path) -> None:
    path = changed(tmp_path / "a.xlsx", lambda sheet, made: drawn(sheet, made, made.line(0), made.line(15)))
    assert faults(path) == []


def test_a_heading_in_the_series(tmp_path: Path) -> None:
    path = changed(tmp_path / "a.xlsx", lambda sheet, made: drawn(sheet, made, made.top, made.line(15)))
    assert faults(path) == [(ChartKind.HEADER, "W9:W25")]


def test_rows_that_are_left_out(tmp_path: Path) -> None:
    path = changed(tmp_path / "a.xlsx", lambda sheet, made: drawn(sheet, made, made.line(2), made.line(9)))
    sentences = [fault.sentence for fault in audited(path).charts]
    assert sentences == [
        "The curve begins in row 12: the first 2 rows are missing.",
        "The curve ends in row 19, after 8 of 16 rows: the last 6 are missing.",
    ]


def test_bars_for_a_curve(tmp_path: Path) -> None:
    path = changed(tmp_path / "a.xlsx", lambda sheet, made: drawn(sheet, made, made.line(0), made.line(15), BarChart))
    assert [kind for kind, _ in faults(path)] == [ChartKind.BARS]


def test_a_workbook_without_a_chart(tmp_path: Path) -> None:
    found = audited(changed(tmp_path / "a.xlsx", lambda *_: None))
    assert found.charts == [ChartFault(ChartKind.NO_CHART, "Sheet", "There is no chart of E_Total.")]
    assert found.verdict is Verdict.RIGHT  # of its numbers


def test_a_chart_that_still_shows_the_sheet_it_was_copied_from(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    one, other = book.active, book.create_sheet("Copy")
    assert one is not None
    for sheet in (one, other):
        made = plain()
        made.write(sheet)
    for sheet in (one, other):
        chart = LineChart()
        first, last, column = made.line(0), made.line(15), made.columns[TotalLoss()]
        chart.add_data(Reference(one, min_col=column, min_row=first, max_row=last))
        sheet.add_chart(chart, "A60")
    book.save(tmp_path / "a.xlsx")
    assert [(fault.kind, fault.sheet) for fault in audited(tmp_path / "a.xlsx").charts] == [
        (ChartKind.OTHER_TABLE, "Copy"),
        (ChartKind.NO_CHART, "Copy"),
    ]


# --------------------------------------------------------------------------------------------------------- comparisons


def compared(sheet: Worksheet, made: HandMade, digits: int = 17) -> None:
    """Paste the losses of six learning rates beside a table."""
    start = tuple(made.start[of] for of in NAMING.weights())
    data = (tuple(made.start[of] for of in NAMING.inputs()), tuple(made.start[of] for of in NAMING.targets()))
    for at, rate in enumerate(RATES):
        column = len(made.order) + 3 + at
        sheet.cell(made.top, column, f"η = {rate}")
        for row, loss in enumerate(losses(RECIPE, *data, start, rate, made.rows)):
            sheet.cell(made.line(row), column, round(float(loss), digits))


@pytest.mark.parametrize("digits", [17, 10, 4])
def test_a_comparison_that_was_pasted_from_the_table_is_right(digits: int, tmp_path: Path) -> None:
    def change(sheet: Worksheet, made: HandMade) -> None:
        compared(sheet, made, digits)
        drawn(sheet, made, made.line(0), made.line(15))

    found = audited(changed(tmp_path / "a.xlsx", change))
    assert (found.verdict, found.charts) == (Verdict.RIGHT, [])
    assert len(found.tables) == 1


def test_a_comparison_that_is_out_of_date(tmp_path: Path) -> None:
    """The table was changed after its losses had been pasted."""

    def change(sheet: Worksheet, made: HandMade) -> None:
        compared(sheet, made)
        sheet.cell(made.line(0), made.columns[Weight(1, 1, 1)], 0.9)
        drawn(sheet, made, made.line(0), made.line(15))

    (fault,) = audited(changed(tmp_path / "a.xlsx", change)).charts
    assert fault.kind is ChartKind.STALE
    assert "0.1, 0.2, 0.5, 0.8, 1, 2" in fault.sentence


def test_a_starting_weight_that_is_not_the_one_drawn(tmp_path: Path) -> None:
    """Beside the table stands another, and the comparison was made with that."""

    def change(sheet: Worksheet, made: HandMade) -> None:
        compared(sheet, made)
        for number, weight in enumerate(NAMING.weights(), start=1):
            sheet.cell(40 + number, 2, f"w{number} = {made.start[weight]}")
        sheet.cell(made.line(0), made.columns[Weight(1, 1, 1)], 0.9)

    (table,) = audited(changed(tmp_path / "a.xlsx", change)).tables
    (finding,) = table.findings
    assert finding.kind == "starting weight"
    assert finding.sentence.startswith("w4 starts with 0.9; beside the table stands w4 = ")


def test_losses_that_are_taken_for_an_axis(tmp_path: Path) -> None:
    def change(sheet: Worksheet, made: HandMade) -> None:
        compared(sheet, made)
        chart = LineChart()
        left = len(made.order) + 3
        rows = {"min_row": made.line(0), "max_row": made.line(15)}
        chart.add_data(Reference(sheet, min_col=left + 1, max_col=left + 5, **rows))
        chart.set_categories(Reference(sheet, min_col=left, **rows))
        sheet.add_chart(chart, "A60")

    (fault,) = audited(changed(tmp_path / "a.xlsx", change)).charts
    assert fault.kind is ChartKind.LOSSES_AS_X
    assert np.isfinite(RATES).all()
