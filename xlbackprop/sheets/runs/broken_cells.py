"""The rules by which a cell of a run's table turns red: it is not what the rule of its column gives.

Red says nothing that is not said in words, too: `Checks` counts these cells, and names the first of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xlbackprop.network import Largest, Pick
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.checks.counts import Judgement
from xlbackprop.sheets.checks.tolerance import is_far_formula
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.workbook import Fill, Flag, address, column_letters, excel, fill_text

MOST_COLUMNS = 128
_LONGEST = 255  # characters of a condition that Excel's dialog takes


def broken_cells(book: Book, run: RunLayout, rules: Sequence[Fill]) -> Iterator[Flag]:
    """Yield for each column the condition of its red cells, and one for a first row with a rule of its own.

    `rules` are the formulas of the columns. Numbers are compared as `Checks` compares them. A table of more than
    MOST_COLUMNS columns has no such cells.
    """
    if len(run.columns) > MOST_COLUMNS:
        return
    lost = book.once(Judgement).broken[run.index].lost.tolist()
    for number, (column, fill, digits) in enumerate(zip(run.columns, rules, lost, strict=True), start=1):
        row, letters = run.first_row, column_letters(number)
        if column.first is not None:
            first = fill_text(excel(column.first, run.here), row)
            yield Flag(address(row, number), f"{letters}{row}<>({first})", "bad")
            row += 1
        cell, rule = f"{letters}{row}", f"({fill_text(fill, row)})"
        times = f"*10^{digits}" if digits else ""
        is_exact = isinstance(column.formula, Pick | Largest)
        differs = f"{cell}<>{rule}" if is_exact else is_far_formula(rule, cell, f"1/10^12{times}", f"1/10^9{times}")
        if row <= run.last_row and len(differs) <= _LONGEST:
            yield Flag(f"{cell}:{letters}{run.last_row}", differs, "bad")
