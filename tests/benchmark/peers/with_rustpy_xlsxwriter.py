"""rustpy-xlsxwriter: LESSON EPOCHS FILE.

It knows one formula a column, with {row} and {first} for row numbers, and stores no value beside it. So a look at the
row above becomes INDEX(F:F,{row}-1), and another formula in the first row an IF; the epoch is a column of numbers; the
typed numbers above the table have no place.
"""

from __future__ import annotations

import re

from rustpy_xlsxwriter import Format, write_worksheets

from tests.benchmark.plan import ABOVE, BARE, HERE, PlannedColumn, PlannedSheet, asked, planned


def main() -> None:
    """Write the work."""
    lesson, path = asked()
    plans = list(planned(lesson))
    records = [(plan.name, ({plan.columns[0].header: epoch} for epoch in range(lesson.rows))) for plan in plans]
    write_worksheets(
        records,
        str(path),
        header_row={plan.name: plan.header_row - 1 for plan in plans},
        formula_columns={plan.name: _formulas(plan) for plan in plans},
        column_formats={plan.name: _formats(plan) for plan in plans},
        charts={plans[0].name: [_chart(plans[0])]},
    )


def _formulas(plan: PlannedSheet) -> dict[str, str]:
    return {column.header: "=" + rewritten(column) for column in plan.columns[1:]}


def rewritten(column: PlannedColumn) -> str:
    """Return the formula of a column as this library can spell it."""
    formula = re.sub(f"([A-Z]+){ABOVE}", r"INDEX(\1:\1,{row}-1)", column.template).replace(HERE, "{row}")
    return formula if column.first in (None, BARE) else f"IF({{row}}={{first}},{column.first},{formula})"


def _formats(plan: PlannedSheet) -> dict[str, Format]:
    return {column.header: Format().set_num_format(column.number_format) for column in plan.columns}


def _chart(plan: PlannedSheet) -> dict[str, object]:
    epoch, loss = plan.columns[0].header, plan.columns[plan.loss_column - 1].header
    return {"type": "scatter", "categories": epoch, "series": [loss], "title": "E_Total at every epoch"}


if __name__ == "__main__":
    main()
