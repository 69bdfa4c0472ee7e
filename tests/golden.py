"""A document as text, to be read in a diff: every loose cell, and of each column its formulas and its two ends.

Processors compute EXP and sums of products in steps of their own, so the last digits of a number differ from one to
another. The text has none of those: `moved` puts them to the proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import floor, log10

import numpy as np

from xlbackprop.workbook.document import Cell, Document, Filled, Sheet, Table, Value, address, column_letters, stored

DIGITS = 9
SPREAD = 1e-12  # of a number; without the columns with noise, two processors were a third of it from each other at most


def document_text(document: Document) -> str:
    """Return the text of a whole document."""
    lines = [f"title: {document.title}", *(f"name {name}: {place}" for name, place in document.names.items())]
    for sheet in document.sheets:
        lines += ["", f"=== {sheet.name}", *_sheet_lines(sheet)]
    return "\n".join(lines) + "\n"


def _sheet_lines(sheet: Sheet) -> Iterator[str]:
    for place, cell in sorted(sheet.cells.items()):
        yield f"{address(*place)}: {_cell_text(cell)}"
    for table in sheet.tables:
        yield f"table {address(table.header_row, table.first_column)}, {table.rows} rows"
        for offset, column in enumerate(table.columns):
            yield f"  {column_letters(table.first_column + offset)} {_column_text(table, column)}"
    for chart in sheet.charts:
        yield f"chart {chart.anchor}: {chart.title}; {chart.alt_text}"
        for series in chart.series:
            yield f"  {series.name_text} {series.name}: {series.x} | {series.y}"
    for diagram in sheet.diagrams:
        yield f"diagram {diagram.anchor}: {diagram.alt_text}"
        for shape in diagram.shapes:
            yield f"  {shape.kind} {shape.text!r} {shape.cell or ''}"
    for validation in sheet.validations:
        yield f"only {validation.kind} {validation.low} … {validation.high} in {validation.cells}"
    for flag in sheet.flags:
        yield f"{flag.colour} {flag.cells} where {flag.formula}"


def _cell_text(cell: Cell) -> str:
    text = _value_text(cell.value)
    if cell.formula is not None:
        text = f"={cell.formula}  →  {text}"
    if cell.changeable is not None:
        text += f"  [{cell.changeable}]"
    return text + (f"  ({cell.link})" if cell.link else "")


def _column_text(table: Table, column: Filled) -> str:
    first, second = (column.formula_at(index, table.first_row + index) for index in (0, min(1, table.rows - 1)))
    first_value, last_value = (column.values[row : row + 1].tolist()[0] for row in (0, table.rows - 1))
    ends = f"{_value_text(first_value, column.noise)} … {_value_text(last_value, column.noise)}"
    return (
        f"{column.header}: "
        + " | ".join(f"={formula}" if formula else "constant" for formula in (first, second))
        + f"  →  {ends}"
    )


def _value_text(value: Value, noise: float = 0.0) -> str:
    """Return a number with nine digits, and none that is less than ten times the noise of its column: "-0.02561407"."""
    value = stored(value)
    if not isinstance(value, float):
        return str(value)
    if noise:
        value = round(value, floor(-log10(10 * noise))) + 0.0  # no -0
    return f"{value:.{DIGITS}g}"


def moved(document: Document, way: int) -> Document:
    """Return a document whose numbers are all as much greater (`way` 1) or less (-1) as another processor may say."""
    return replace(document, sheets=tuple(_moved_sheet(sheet, way) for sheet in document.sheets))


def _moved_sheet(sheet: Sheet, way: int) -> Sheet:
    cells = {
        place: replace(cell, value=cell.value + way * SPREAD * abs(cell.value))
        if isinstance(cell.value, float)
        else cell
        for place, cell in sheet.cells.items()
    }
    tables = tuple(
        replace(table, columns=tuple(_moved_column(column, way) for column in table.columns)) for table in sheet.tables
    )
    return replace(sheet, cells=cells, tables=tables)


def _moved_column(column: Filled, way: int) -> Filled:
    if column.values.dtype != np.float64:
        return column
    values = column.values[:]
    return replace(column, values=values + way * (SPREAD * np.abs(values) + column.noise))
