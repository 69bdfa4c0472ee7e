"""openpyxl in write_only: LESSON EPOCHS FILE. It cannot store a value beside a formula."""

from __future__ import annotations

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.chart import Reference, ScatterChart, Series
from openpyxl.worksheet.worksheet import Worksheet

from tests.benchmark.plan import PlannedSheet, asked, planned
from xlbackprop.workbook.document import address


def main() -> None:
    """Write the work."""
    lesson, path = asked()
    book = Workbook(write_only=True)
    chart = ScatterChart(scatterStyle="lineMarker")
    chart.title = "E_Total at every epoch"
    for index, plan in enumerate(planned(lesson)):
        sheet = book.create_sheet(plan.name)
        if index == 0:
            first = sheet
            place = address(plan.header_row, len(plan.columns) + 2)
        _fill(sheet, plan)
        chart.series.append(_series(sheet, plan))
    first.add_chart(chart, place)
    book.save(path)


def _fill(sheet: Worksheet, plan: PlannedSheet) -> None:
    """Write the rows. One cell a column serves all rows: making them anew would cost half as much again."""
    head: dict[int, dict[int, float]] = {}
    for row, column, value in plan.head:
        head.setdefault(row, {})[column] = value
    for row in range(1, plan.header_row):
        numbers = head.get(row, {})
        sheet.append([numbers.get(column) for column in range(1, max(numbers, default=0) + 1)])
    sheet.append([column.header for column in plan.columns])
    cells = [WriteOnlyCell(sheet) for _ in plan.columns]
    for cell, column in zip(cells, plan.columns, strict=True):
        cell.number_format = column.number_format
    for _, formulas, values in plan.lines("="):
        for cell, formula, value in zip(cells, formulas, values, strict=True):
            cell.value = value if formula is None else formula
        sheet.append(cells)


def _series(sheet: Worksheet, plan: PlannedSheet) -> Series:
    rows = {"min_row": plan.first_row, "max_row": plan.last_row}
    x = Reference(sheet, min_col=1, **rows)
    y = Reference(sheet, min_col=plan.loss_column, **rows)
    return Series(y, x, title=plan.name)


if __name__ == "__main__":
    main()
