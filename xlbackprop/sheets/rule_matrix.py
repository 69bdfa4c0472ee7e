"""The middle of `Checks`: one count for every column of every run, the rows in which a number breaks its rule.

The rule is computed anew from the other columns, for all rows at once, by a formula on `Checks`.
"""

from __future__ import annotations

import numpy as np

from xlbackprop.columns import Column
from xlbackprop.document import Look, blocks
from xlbackprop.expression import Expression, Ref, SumProduct, excel_over_rows, math_text, total
from xlbackprop.layout import ChecksLayout, RunLayout
from xlbackprop.quantities import Epoch, Given, LearningRate, Weight
from xlbackprop.sheets import workings
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas, lines_of, role_of


def put_matrix(canvas: Canvas, book: Book) -> None:
    """One count for every column of every run: the rows in which a number is not what its rule gives."""
    top = book.checks.matrix_header_row
    canvas.put(top - 1, 1, "Rows that break the rule of their column (all rows of every run)", Look.HEADING)
    canvas.put(top, 1, "column", Look.HEADER)
    canvas.put(top, 2, "its rule", Look.HEADER)
    for run in book.runs:
        canvas.put(top, 3 + run.run, run.name, Look.HEADER)
    broken = [_broken_rows(book, run) for run in book.runs]
    for offset, column in enumerate(book.runs[0].columns, start=1):
        row, role = top + offset, role_of(column.quantity)
        canvas.put(row, 1, book.naming.name(column.quantity), Look.LABEL, role)
        rule = _rule_text(book, column)
        canvas.put(row, 2, rule, Look.MATH, wrap=True)
        canvas.heights[row] = 15.0 * min(6, lines_of(rule, 76))
        for run in book.runs:
            formula, rows = _broken_formula(book, run, column), float(broken[run.run][offset - 1])
            canvas.put(row, 3 + run.run, rows, Look.NUMBER, formula=formula, align="center")


def _rule_text(book: Book, column: Column) -> str:
    text = math_text(column.formula, book.naming.name)
    if isinstance(column.formula, Ref) and isinstance(column.formula.quantity, Given):
        return f"{text} of Inputs"
    if column.first is not None:
        return f"{text}; first row: {'0' if isinstance(column.quantity, Epoch) else 'Inputs'}"
    return text


def _broken_formula(book: Book, run: RunLayout, column: Column) -> str:
    """Return a formula that counts the rows of a column which differ from their rule, computed anew from the rest."""
    skip = 0 if column.first is None else 1
    there = run.range(column.quantity, skip)
    rule = excel_over_rows(_written_out(column.formula), lambda ref: _over_rows(book, run, ref, skip))
    count = f"SUMPRODUCT(--(({there}-({rule}))^2>{_squared_tolerance(book.checks, there)}))"
    if column.first is None:
        return count
    start = "0" if isinstance(column.quantity, Epoch) else book.inputs.given(Given(_weight(column)), run.run)
    return f"{count}+IF({run.cell(column.quantity, 0)}={start},0,1)"


def _written_out(rule: Expression) -> Expression:
    """Return a SUMPRODUCT term by term: over many rows at once it would add up the rows as well."""
    if not isinstance(rule, SumProduct):
        return rule
    return total([left * right for left, right in zip(rule.left, rule.right, strict=True)])


def _weight(column: Column) -> Weight:
    assert isinstance(column.quantity, Weight)
    return column.quantity


def _over_rows(book: Book, run: RunLayout, ref: Ref, skip: int) -> str:
    if isinstance(ref.quantity, Given):
        if isinstance(ref.quantity.of, LearningRate):
            return run.elsewhere(run.given(ref.quantity))
        return book.inputs.given(ref.quantity, run.run)
    return run.range(ref.quantity, skip - ref.back, book.lesson.epochs - ref.back)


def _squared_tolerance(places: ChecksLayout, there: str) -> str:
    return f"{places.value(places.absolute_row)}^2+({places.value(places.relative_row)}*{there})^2"


def _broken_rows(book: Book, run: RunLayout) -> np.ndarray:
    """Return what `_broken_formula` gives for each column, from the NumPy numbers; NaN for an error."""
    skips = [0 if column.first is None else 1 for column in run.columns]
    broken = np.zeros(len(run.columns))
    places = [book.trace.place[column.quantity] for column in run.columns]
    # larger blocks than the writer's: each rule is evaluated anew for each
    for start, stop in blocks(book.lesson.rows, max(1, len(run.columns) // 16)):
        there = book.trace.rows(run.run, start, stop)
        rules = book.block_values((column.formula for column in run.columns), run.run, start, stop)
        for index, rule in enumerate(rules):
            first = skips[index] if start == 0 else 0
            far = workings.is_far(rule[first:], there[first:, places[index]])
            broken[index] += far.sum()  # NaN stays
    return broken
