"""A document as text, to be read in a diff: every loose cell, and of each column its formulas and its two ends."""

from __future__ import annotations

from collections.abc import Iterator

from xlbackprop.workbook.document import Cell, Document, Filled, Sheet, Table, Value, address, column_letters, stored


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
    for outline in sheet.outlines:
        ends = (f"{address(end.row, end.column)}+{end.right:g}+{end.down:g}" for end in (outline.start, outline.end))
        yield f"{outline.alt_text}: {' to '.join(ends)}"
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
    ends = f"{_value_text(first_value)} … {_value_text(last_value)}"
    return (
        f"{column.header}: "
        + " | ".join(f"={formula}" if formula else "constant" for formula in (first, second))
        + f"  →  {ends}"
    )


def _value_text(value: Value) -> str:
    """Return a value with all its digits, and a number without a blank part: "-0.025614073116472437", "1".

    One of NumPy's floats is written as Python's: how NumPy shows its own differs between 1 and 2.
    """
    value = stored(value)
    return repr(float(value)).removesuffix(".0") if isinstance(value, float) else str(value)
