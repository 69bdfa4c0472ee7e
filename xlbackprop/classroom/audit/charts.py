"""What is wrong with the charts of losses: headings taken for points, rows left out, bars, losses for an axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from xlbackprop.classroom.audit.book import Book
from xlbackprop.classroom.audit.comparisons import ComparisonTable
from xlbackprop.classroom.audit.findings import ChartFault, ChartKind
from xlbackprop.classroom.audit.formulas import references
from xlbackprop.classroom.audit.tables import Table
from xlbackprop.network import Quantity, TotalLoss
from xlbackprop.workbook import address
from xlbackprop.xlsx.read import Curve, SeenChart


class _Range(NamedTuple):
    """The cells of a curve's x or y: a part of one column."""

    sheet: str
    column: int
    first: int
    last: int

    def __str__(self) -> str:
        return f"{address(self.first, self.column)}:{address(self.last, self.column)}"


def chart_faults(book: Book, tables: Sequence[Table], comparisons: Sequence[ComparisonTable]) -> Iterator[ChartFault]:
    """Yield what is wrong with the charts of a workbook."""
    if book.around is None:
        return
    shown: set[int] = set()
    compares = False
    seen: set[ChartFault] = set()
    for name, sheet in book.around.sheets.items():
        for chart in () if sheet is None else sheet.charts:
            for curve in chart.curves:
                y = _range(curve.y, name)
                if y is None:
                    continue
                table = _table_of(tables, y)
                shown |= {id(table)} if table is not None and _quantity(table, y) == TotalLoss() else set()
                compares |= any(one.holds(y.sheet, (y.last, y.column)) for one in comparisons)
                for fault in _of_curve(name, chart, curve, y, table, tables, comparisons):
                    if fault not in seen:
                        seen.add(fault)
                        yield fault
    if not compares and None not in book.around.sheets.values():  # a sheet without cells is a chart by itself
        yield from _without_chart([table for table in tables if TotalLoss() in table.columns], shown)


def _without_chart(tables: Sequence[Table], shown: set[int]) -> Iterator[ChartFault]:
    without = [table for table in tables if id(table) not in shown]
    if not without:
        return
    if len(without) == len(tables):
        yield ChartFault(ChartKind.NO_CHART, tables[0].sheet.name, "There is no chart of E_Total.")
    else:
        names = ", ".join(table.sheet.name for table in without)
        said = f"Of {len(tables)} tables {len(tables) - len(without)} have a chart of E_Total; without one: {names}."
        yield ChartFault(ChartKind.NO_CHART, without[0].sheet.name, said.replace(" 1 have", " 1 has"))


def _range(text: str, sheet: str) -> _Range | None:
    corners = references(text)
    if len(corners) not in (1, 2) or len({one.place[1] for one in corners}) != 1:
        return None
    rows = [one.place[0] for one in corners]
    return _Range(corners[0].sheet or sheet, corners[0].place[1], min(rows), max(rows))


def _table_of(tables: Sequence[Table], of: _Range) -> Table | None:
    for table in tables:
        if (
            table.sheet.name == of.sheet
            and of.column in table.quantity_at
            and of.first <= table.rows[-1]
            and of.last >= table.header_row
        ):
            return table
    return None


def _quantity(table: Table, of: _Range) -> Quantity:
    return table.quantity_at[of.column]


def _of_curve(
    sheet: str,
    chart: SeenChart,
    curve: Curve,
    y: _Range,
    table: Table | None,
    tables: Sequence[Table],
    comparisons: Sequence[ComparisonTable],
) -> Iterator[ChartFault]:
    compared = next((one for one in comparisons if one.holds(y.sheet, (y.last, y.column))), None)
    is_loss = compared is not None or (table is not None and _quantity(table, y) == TotalLoss())

    def fault(kind: ChartKind, sentence: str) -> ChartFault:
        return ChartFault(kind, sheet, sentence, f"{y.sheet}!{y}" if y.sheet != sheet else str(y))

    if table is not None:
        for kind, sentence in _of_rows(y, table.header_row, table.rows[0], table.rows[-1 - table.begun]):
            yield fault(kind, sentence)
        own = [one for one in tables if one.sheet.name == sheet]
        if own and y.sheet != sheet and not any(one.sheet.name == y.sheet for one in own):
            yield fault(ChartKind.OTHER_TABLE, f"The chart beside this table shows the numbers of sheet {y.sheet}.")
    elif compared is not None:
        longest = max(len(column.numbers) for column in compared.columns)
        first = compared.header_row + 1
        for kind, sentence in _of_rows(y, compared.header_row, first, compared.header_row + longest):
            yield fault(kind, sentence)
    if is_loss and "bar" in chart.kind.casefold():
        yield fault(ChartKind.BARS, "The loss is drawn as bars, where a curve belongs.")
    x = _range(curve.x, sheet)
    if is_loss and x is not None and _is_of_losses(x, tables, comparisons):
        said = f"The losses in {x} are taken for the x axis: their own curve is missing, and the axis counts no epochs."
        yield ChartFault(ChartKind.LOSSES_AS_X, sheet, said, str(x))


def _of_rows(y: _Range, header: int, first: int, last: int) -> Iterator[tuple[ChartKind, str]]:
    """Yield what is wrong with the rows of a curve."""
    if y.first <= header <= y.last:
        heading = address(header, y.column)
        yield ChartKind.HEADER, f"The series takes in the heading {heading}: a point too many, and all one place late."
    elif y.first > first:
        yield (
            ChartKind.ROWS_MISSING,
            f"The curve begins in row {y.first}: the first {y.first - first} rows are missing.",
        )
    if y.last < last:
        shown, whole = y.last - max(y.first, first) + 1, last - first + 1
        yield (
            ChartKind.ROWS_MISSING,
            f"The curve ends in row {y.last}, after {shown} of {whole} rows: the last {last - y.last} are missing.",
        )


def _is_of_losses(x: _Range, tables: Sequence[Table], comparisons: Sequence[ComparisonTable]) -> bool:
    table = _table_of(tables, x)
    if table is not None:
        return _quantity(table, x) == TotalLoss()
    return any(one.holds(x.sheet, (x.last, x.column)) for one in comparisons)
