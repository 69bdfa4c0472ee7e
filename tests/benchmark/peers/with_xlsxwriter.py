"""XlsxWriter in constant_memory: LESSON EPOCHS FILE, and "tuned" to leave out what it does to every formula."""

from __future__ import annotations

import sys

import xlsxwriter
import xlsxwriter.worksheet

from tests.benchmark.plan import PlannedSheet, asked, planned


class _FindsNothing:
    """Stands in for the search for functions that XlsxWriter would have to mark; ours need none."""

    @staticmethod
    def search(_: str) -> None:
        return None


def main() -> None:
    """Write the work."""
    lesson, path = asked()
    tuned = "tuned" in sys.argv[4:]
    if tuned:
        xlsxwriter.worksheet.re_dynamic_function = _FindsNothing
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        chart = book.add_chart({"type": "scatter", "subtype": "straight"})
        chart.set_title({"name": "E_Total at every epoch"})
        for index, planned_sheet in enumerate(planned(lesson)):
            sheet = _sheet(book, planned_sheet, tuned=tuned)
            chart.add_series(_series(planned_sheet))
            if index == 0:
                sheet.insert_chart(planned_sheet.header_row - 1, len(planned_sheet.columns) + 1, chart)


def _sheet(book: xlsxwriter.Workbook, plan: PlannedSheet, *, tuned: bool) -> xlsxwriter.worksheet.Worksheet:
    sheet = book.add_worksheet(plan.name)
    write = sheet.write_formula
    if tuned:
        sheet._prepare_formula = lambda formula, *_: formula  # type: ignore[method-assign]
        write = sheet._write_formula  # the same without the look at "A1" as a first argument
    looks = {column.number_format for column in plan.columns}
    formats = {look: book.add_format({"num_format": look}) for look in sorted(looks)}
    column_formats = [formats[column.number_format] for column in plan.columns]
    for row, column, value in plan.head:
        sheet.write_number(row - 1, column - 1, value)
    for index, column in enumerate(plan.columns):
        sheet.write_string(plan.header_row - 1, index, column.header)
    for row, formulas, values in plan.lines():
        for index, formula in enumerate(formulas):
            if formula is None:
                sheet.write_number(row - 1, index, values[index], column_formats[index])
            else:
                write(row - 1, index, formula, column_formats[index], values[index])
    return sheet


def _series(plan: PlannedSheet) -> dict[str, object]:
    first, last, loss = plan.first_row - 1, plan.last_row - 1, plan.loss_column - 1
    return {
        "name": plan.name,
        "categories": [plan.name, first, 0, last, 0],
        "values": [plan.name, first, loss, last, loss],
    }


if __name__ == "__main__":
    main()
