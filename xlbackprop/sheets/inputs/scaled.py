"""The scaled inputs on `Data`: by which numbers they are scaled, what comes out, and the check of each."""

from __future__ import annotations

from xlbackprop.lesson import STANDARD
from xlbackprop.network import Input
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas
from xlbackprop.sheets.checks.places import CHECKS
from xlbackprop.sheets.number_formats import FOUR_DECIMALS
from xlbackprop.workbook import Look, Role, address, cell, column_letters, quoted

_CONSTANT = "constant: 0"
_CHECKED = '"✗ differ: "0;;"✓ checked"'  # of the count of differences


def put_scaled(canvas: Canvas, book: Book) -> None:
    """Put the inputs as the network receives them, and above the typed ones the two numbers that they are scaled by.

    Formulas are told here, their values are those of the NumPy side.
    """
    places, first = book.inputs, book.inputs.data_header_row + 1
    found, rows = book.trace.received, (first - 3, first - 2)
    is_standard = book.lesson.scale == STANDARD
    for row, name in zip(rows, ("mean", "deviation") if is_standard else ("lowest", "highest"), strict=True):
        canvas.put(row, 1, name, Look.LABEL)
    for of in book.naming.inputs():
        column, typed = places.data_column(of), column_letters(places.typed_column(of))
        one, other = (f"{typed}${row}" for row in rows)
        is_constant, size = (f"{other}=0", other) if is_standard else (f"{other}={one}", f"({other}-{one})")
        by = found.by[:, of.unit]
        for row, formula, value in zip(rows, _scaled_by(book, of), by, strict=True):
            canvas.put(row, places.typed_column(of), cell(formula, float(value)), Look.NUMBER, Role.INPUT)
        canvas.put(
            rows[0], column, cell(_differences(book, of), 0), Look.NUMBER, number_format=_CHECKED, align="center"
        )
        told = _CONSTANT if by[1] == (0 if is_standard else by[0]) else ""
        canvas.put(rows[1], column, cell(f'IF({is_constant},"{_CONSTANT}","")', told), Look.NOTE, align="center")
        for row, value in enumerate(found.inputs[:, of.unit], start=first):
            formula = f"IF({is_constant},0,({typed}{row}-{one})/{size})"
            canvas.put(row, column, cell(formula, float(value)), Look.NUMBER, Role.INPUT, FOUR_DECIMALS)


def _column(book: Book, column: int, last: int) -> str:
    """Return the range of a column of `Data` down to the example `last`, counted from 1."""
    first = book.inputs.data_header_row + 1
    return f"{address(first, column, fixed=True)}:{address(first + last - 1, column, fixed=True)}"


def _scaled_by(book: Book, of: Input) -> tuple[str, str]:
    """Return the formulas of the two numbers by which an input is scaled."""
    places, trained = book.inputs, _column(book, book.inputs.typed_column(of), book.lesson.examples)
    if book.lesson.scale != STANDARD:
        return f"MIN({trained})", f"MAX({trained})"
    mean = address(places.data_header_row - 2, places.typed_column(of))
    deviation = f"(SUMPRODUCT(({trained}-{mean})*({trained}-{mean}))/COUNT({trained}))^0.5"
    # the mean of equal numbers, rounded, may be none of them
    return f"SUM({trained})/COUNT({trained})", f"IF(MAX({trained})=MIN({trained}),0,{deviation})"


def _differences(book: Book, of: Input) -> str:
    """Return a formula: 0 where a scaled input is right, whatever it is scaled by.

    Scaled and typed numbers must lie alike between the lowest and the highest, and the scaled ones must have the mean 0
    and the deviation 1, or begin at 0 and end at 1.
    """
    places, lesson = book.inputs, book.lesson
    (typed, typed_trained), (scaled, trained) = (
        [_column(book, column, last) for last in (len(lesson.inputs), lesson.examples)]
        for column in (places.typed_column(of), places.data_column(of))
    )
    near = f"{quoted(CHECKS)}!{book.checks.value(book.checks.relative_row)}"
    there, here = (
        f"({whole}-MIN({part}))/(MAX({part})-MIN({part}))"
        for whole, part in ((typed, typed_trained), (scaled, trained))
    )
    # 1+…-1 as in `is_far_formula`
    apart = f"SUMPRODUCT(--((1+({there}-{here})-1)^2>{near}^2))"
    middle, size = f"SUM({trained})/COUNT({trained})", f"SUMPRODUCT({trained},{trained})/COUNT({trained})-1"
    if lesson.scale != STANDARD:
        middle, size = f"MIN({trained})", f"MAX({trained})-1"
    norm = f"IF(ABS({middle})+ABS({size})>{near},1,0)"
    constant = f"SUMPRODUCT(--({scaled}<>0))"
    return f"IF(MAX({typed_trained})=MIN({typed_trained}),{constant},{apart}+{norm})"
