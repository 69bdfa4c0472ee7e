"""Tables that compare E_Total of several learning rates: mostly pasted, and out of date when something moves.

Such a column is held against the live table of its rate, or against a run from the same start with that rate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from xlbackprop.classroom.audit.book import Book, BookSheet, as_number
from xlbackprop.classroom.audit.digits import half_units
from xlbackprop.classroom.audit.findings import ChartFault, ChartKind, JudgedTable, Verdict
from xlbackprop.classroom.audit.formulas import references
from xlbackprop.classroom.audit.headers import stated_number
from xlbackprop.classroom.audit.meanings import Meanings
from xlbackprop.classroom.audit.right_run import losses, start_of
from xlbackprop.network import TotalLoss
from xlbackprop.workbook import Place, address

FEWEST_COLUMNS, FEWEST_ROWS = 2, 3
MOST_ROWS = 20_000
CLOSE = 1e-8  # relative: pasted numbers may have ten digits
_LAST_NUMBER = re.compile(r"(?:^|[^\d.,])(\d*[.,]?\d+)\s*$")


class Column(NamedTuple):
    """A column of losses under a learning rate; `live` tells that its cells are formulas."""

    rate: float
    column: int
    numbers: np.ndarray
    live: bool


class ComparisonTable(NamedTuple):
    """A table of losses for several learning rates."""

    sheet: str
    header_row: int
    columns: Sequence[Column]

    @property
    def area(self) -> str:
        """Its range, headings included: B1:G169."""
        across = [column.column for column in self.columns]
        last = self.header_row + max(len(column.numbers) for column in self.columns)
        return f"{address(self.header_row, min(across))}:{address(last, max(across))}"

    def holds(self, sheet: str, place: Place) -> bool:
        """Return whether a cell lies in one of its columns, or in its header row."""
        row, at = place
        return sheet == self.sheet and any(
            at == column.column and self.header_row <= row <= self.header_row + len(column.numbers)
            for column in self.columns
        )


def find_comparisons(book: Book, tables: Sequence[Meanings]) -> list[ComparisonTable]:
    """Return the tables that compare learning rates: with rates in their headings, or drawn as several curves."""
    found: dict[tuple[str, int], dict[int, float]] = {}
    for name, sheet in book.sheets.items():
        for (row, column), text in sheet.texts.items():
            if (rate := _rate_of(text)) is not None and not _in_a_table(tables, name, (row, column)):
                found.setdefault((name, row), {})[column] = rate
    for name, (row, column) in _drawn(book):
        if name in book.sheets and not _in_a_table(tables, name, (row, column)):
            heading = book.sheets[name].value((row - 1, column))
            rate = _rate_of(heading) if isinstance(heading, str) else as_number(heading)
            if rate is not None and not np.isnan(rate):
                found.setdefault((name, row - 1), {})[column] = rate
    made = [
        _table(book.sheets[name], row, rates) for (name, row), rates in found.items() if len(rates) >= FEWEST_COLUMNS
    ]
    return [table for table in made if len(table.columns) >= FEWEST_COLUMNS]


def _rate_of(text: str) -> float | None:
    if (stated := stated_number(text)) is not None:
        return stated[1] if stated[0] in ("rate", "epoch") else None  # "n=0.1" is meant for η
    if (
        len(text) < 40
        and re.search(r"(?i)lr|rate|η|alpha|=|^[\d.,\s]+$", text)
        and (match := _LAST_NUMBER.search(text))
    ):
        return as_number(match[1])
    return None


def _in_a_table(tables: Sequence[Meanings], sheet: str, place: Place) -> bool:
    row, column = place
    return any(
        one.table.sheet.name == sheet
        and one.table.header_row <= row <= one.table.rows[-1]
        and column in one.table.quantity_at
        for one in tables
    )


def _drawn(book: Book) -> Iterator[tuple[str, Place]]:
    """Yield the first cell of each curve of all charts."""
    around = {} if book.around is None else book.around.sheets
    for sheet in around.values():
        for chart in () if sheet is None else sheet.charts:
            for curve in chart.curves:
                if (corners := references(curve.y)) and corners[0].place[0] > 1:
                    yield corners[0].sheet, corners[0].place


def _table(sheet: BookSheet, row: int, rates: dict[int, float]) -> ComparisonTable:
    columns = []
    for column, rate in sorted(rates.items()):
        numbers: list[float] = []
        formulas = 0
        while len(numbers) < MOST_ROWS and not np.isnan(number := sheet.number((row + 1 + len(numbers), column))):
            formulas += sheet.formula((row + 1 + len(numbers), column)) is not None
            numbers.append(number)
        if len(numbers) >= FEWEST_ROWS:
            columns.append(Column(rate, column, np.array(numbers), live=formulas > 0.5 * len(numbers)))
    return ComparisonTable(sheet.name, row, columns)


# -------------------------------------------------------------------------------------------------------- out of date


def stale_comparisons(
    comparisons: Sequence[ComparisonTable], tables: Sequence[Meanings], judged: Sequence[JudgedTable]
) -> Iterator[ChartFault]:
    """Yield the comparison tables that are not, or no longer, those of the live tables."""
    known = [(one, table) for one, table in zip(tables, judged, strict=True) if TotalLoss() in one.table.columns]
    for comparison in comparisons:
        wrong = [told for column in comparison.columns if (told := _stale(column, known)) is not None]
        if wrong:
            rates = ", ".join(f"{column.rate:g}" for column, _ in wrong)
            said = f"its columns for the rates {rates}" if len(wrong) > 1 else f"its column for the rate {rates}"
            sentence = f"The comparison of learning rates is out of date: {said} are not what the live table gives"
            if len(wrong) == 1:
                sentence = sentence.replace(" are not", " is not")
            yield ChartFault(ChartKind.STALE, comparison.sheet, f"{sentence} ({wrong[0][1]}).", comparison.area)


def _stale(column: Column, known: Sequence[tuple[Meanings, JudgedTable]]) -> tuple[Column, str] | None:
    if not known or column.live:
        return None
    of_rate = [one for one, _ in known if _is_close(one.rate.number, column.rate)]
    if of_rate:
        runs = [one.table.found[TotalLoss()] for one in of_rate]
        if any(_agree(column, run) for run in runs):
            return None
        return column, _told(column, runs[0])
    for one, table in known:
        live = one.table.found[TotalLoss()]
        if table.verdict is not Verdict.RIGHT:
            if _agree(column, live[:1]):
                return None
            continue
        start = start_of(one)
        if start is None or _agree(column, losses(one.table.recipe, *start, column.rate, len(column.numbers))):
            return None
    one, table = known[0]
    start = start_of(one)
    live = one.table.found[TotalLoss()]
    if table.verdict is Verdict.RIGHT and start is not None:
        live = losses(one.table.recipe, *start, column.rate, len(column.numbers))
    return column, _told(column, live)


def _told(column: Column, live: np.ndarray) -> str:
    apart = np.flatnonzero(~_close(column, live))
    at = int(apart[0]) if len(apart) else 0
    return f"in its row {at + 1} stands {column.numbers[at]:.8g}, and {live[at]:.8g} belongs there"


def _agree(column: Column, run: np.ndarray) -> bool:
    return bool(_close(column, run).all())


def _close(column: Column, run: np.ndarray) -> np.ndarray:
    """Return which numbers are those of a run, as far as both go, with the digits that they have."""
    count = min(len(column.numbers), len(run))
    one, other = column.numbers[:count], run[:count]
    close: np.ndarray = np.abs(one - other) <= CLOSE * np.abs(other) + 1e-11 + half_units(column.numbers)[:count]
    return close


def _is_close(one: float, other: float) -> bool:
    return bool(abs(one - other) <= CLOSE * abs(other) + 1e-11)
