"""A CSV text → a header and rows, and the numbers in its columns, whatever spreadsheet program saved it.

Where a decimal comma is used, as in Germany and France, programs separate cells by semicolons. So the header row tells
the separator (`,` `;` or a tab), or a line `sep=;` above it does; and where it is not a comma, numbers may have one.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from xlbackprop.errors import InputError, Problem
from xlbackprop.lesson.toml.number_lists import fraction, is_number, written
from xlbackprop.lesson.toml.table_reader import first_problems, strange_signs

MAX_EXAMPLES = 100_000
# Whoever reads ten of a kind knows what to mend.
MOST_PROBLEMS = 10

_WITH_COMMA = re.compile(r"[+-]?([0-9]+,[0-9]*|,[0-9]+)([eE][+-]?[0-9]+)?")
_SEPARATOR = re.compile(r'\ufeff?"?sep=(.)"?', re.IGNORECASE)
_IDENTIFIER = re.compile(
    r"(?i:id|idx|index|n[ro]\.?|number|row|key|#|unnamed: 0)|.*[a-z]I[Dd]|(?i:.+[ _-](?:id|n[ro]))"
)
_MISSING = ("na", "n/a", "#n/a", "nan", "null", "none", "?", "-", "–", ".", "missing")
_WITH_UNIT = re.compile(r"[+-]?[0-9][0-9.,]*\s*[^\W\d_]+")
CURE_OF_MISSING = "Fill it in, or leave the row out."


class CsvRow(NamedTuple):
    """The cells of a row, and the line of the file in which it ends."""

    line: int
    cells: list[str]


class CsvTable(NamedTuple):
    """What a CSV text holds. `separated_by_commas` tells that numbers cannot have a decimal comma."""

    header: CsvRow
    rows: list[CsvRow]
    separated_by_commas: bool

    def column(self, index: int) -> list[str]:
        """Return the cells of a column below its header, "" where a row is too short for it."""
        return ["".join(row.cells[index : index + 1]) for row in self.rows]

    def place(self, row: CsvRow, column: int) -> str:
        """Return the place of a cell in words."""
        return f'line {row.line}, column "{self.header.cells[column][:40]}"'


def read_table(text: str, name: str) -> CsvTable:
    """Return header and rows of a CSV text; raises InputError, which `name` names, where it is none."""
    for number, line in enumerate(text.split("\n") if strange_signs(text) else (), start=1):
        if strange := strange_signs(line):
            what = f"it has characters that no workbook can hold: {strange}."
            raise InputError(name, [Problem(f"line {number}", what, "Delete them.")])
    separator, text = _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    rows = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):  # spreadsheet programs leave empty rows at the end
                rows.append(CsvRow(reader.line_num, [cell.strip() for cell in cells]))
            if len(rows) > MAX_EXAMPLES + 1:
                raise InputError(name, [Problem("", f"it has more than the {MAX_EXAMPLES:,} examples allowed.")])
    except csv.Error as error:
        raise InputError(name, [Problem(f"line {reader.line_num}", *_not_csv(str(error)))]) from None
    if len(rows) < 2:
        what = "it has a header row and no example." if rows else "it is empty."
        raise InputError(name, [Problem("line 1", what, "A header row and then an example a row are needed.")])
    return CsvTable(rows[0], rows[1:], separator == ",")


def _separator(text: str) -> tuple[str, str]:
    """Return the sign between the cells, and the text without a line that tells it."""
    first, _, rest = text.partition("\n")
    if told := _SEPARATOR.fullmatch(first.strip(" ;,\t")) or _SEPARATOR.fullmatch(first.strip()):
        return told[1], f"\n{rest}"
    header = next((line for line in text.split("\n") if line.strip()), "")
    outside_quotes = re.sub('"[^"]*"', "", header)
    return max(",;\t", key=outside_quotes.count), text


def _not_csv(fault: str) -> tuple[str, str]:
    """Return fault and cure for a complaint of Python's CSV reader, both in plain words."""
    if "field limit" in fault:
        return f"a cell has more than {csv.field_size_limit():,} characters.", "Is a quote missing that closes it?"
    if "unexpected end" in fault:
        return "a quote opens a cell, and none closes it.", "Write numbers without quotes."
    return f"this is not CSV: {fault}.", "Save the table as CSV once more."


def numbers(table: CsvTable, columns: Sequence[int], targets: Sequence[str], name: str) -> list[list[float]]:
    """Return the numbers of these columns, a list for each row.

    Raises InputError, which `name` names, with the first cells that hold none. `targets` are the names of columns that
    should be met: texts there may be meant as classes.
    """
    texts = [column for column in columns if holds_texts(table, column)]
    problems = [_problem_of_texts(table, column, targets) for column in texts]
    columns_of_numbers = [column for column in columns if column not in texts]
    commas = not table.separated_by_commas and any(
        _WITH_COMMA.fullmatch(cell) for column in columns_of_numbers for cell in table.column(column)
    )
    found = []
    for row in table.rows:
        cells = [row.cells[column] for column in columns_of_numbers]
        values = [_number(cell, commas) for cell in cells]
        for column, cell, value in zip(columns_of_numbers, cells, values, strict=True):
            if not math.isfinite(value):
                problems.append(Problem(table.place(row, column), *_fault(cell, commas)))
        found.append(values)
    if problems:
        raise InputError(name, first_problems(problems, MOST_PROBLEMS))
    return found


def _number(cell: str, commas: bool) -> float:
    if commas and "," in cell:
        return float(cell.replace(",", ".")) if _WITH_COMMA.fullmatch(cell) else math.nan
    return float(cell) if is_number(cell) and not (commas and "." in cell) else math.nan


def _fault(cell: str, commas: bool) -> tuple[str, str]:
    """Return what is wrong with a cell that should hold a number, and its cure."""
    shown = f'"{cell[:40]}"'
    if not cell:
        return "this cell is empty; a number is needed.", CURE_OF_MISSING
    if cell.lower() in _MISSING:
        return f"{shown} stands for a number that is missing.", CURE_OF_MISSING
    if commas and is_number(cell):
        what = f"{shown} has a decimal point, but other numbers of this file have decimal commas."
        return what, "Use one of the two, and no marks for thousands."
    if _WITH_UNIT.fullmatch(cell):
        return f"{shown} is not a finite number.", "Write the number alone; its unit may stand in the header."
    return f"{shown} is not a finite number.", _cure(cell, commas)


def _cure(cell: str, commas: bool = False) -> str:
    if cell.startswith(("=", "@")):
        return "Save the values of the table, not its formulas."
    if (quotient := fraction(cell)) is not None:
        return f"Write it as a decimal number: {quotient:.15g}."
    if "," in cell and any(sign.isdigit() for sign in cell):
        return "Leave out the marks for thousands." if commas else "Use a decimal point: 0.5, not 0,5."
    return "Write minus as a plain hyphen: -1." if cell.startswith(("−", "–")) else ""


def holds_texts(table: CsvTable, column: int) -> bool:
    """Return whether no cell of a column looks like a number, or like one that is missing."""
    cells = table.column(column)
    return len(cells) > 1 and not any(
        not cell or is_number(cell) or cell.lower() in _MISSING or _WITH_COMMA.fullmatch(cell) or _cure(cell)
        for cell in cells
    )


def _problem_of_texts(table: CsvTable, column: int, targets: Sequence[str]) -> Problem:
    name, different = table.header.cells[column][:40], dict.fromkeys(cell[:40] for cell in table.column(column))
    what = f"there is no number in this column, but {written([*different], 60)}."
    hint = f'Leave it out, leave_out = ["{name}"], or write a number for each.'
    if table.header.cells[column] in targets:
        hint = f'Of classes, write class_column = "{name}" in place of target_columns.'
    return Problem(f'column "{name}"', what, hint)


def shape_problems(table: CsvTable) -> Iterator[Problem]:
    """Yield the problem of each row that is longer or shorter than the header."""
    width = len(table.header.cells)
    for row in table.rows:
        if (count := len(row.cells)) != width:
            what = f"{width} cells are expected, as in the header, but there {'is' if count == 1 else 'are'} {count}."
            hint = "Write 0.5, not 0,5." if count > width and table.separated_by_commas else ""
            yield Problem(f"line {row.line}", what, hint)


def column_numbers_rows(table: CsvTable, column: int) -> bool:
    """Return whether the cells of a column are numbers, and only number the rows."""
    cells = table.column(column)
    return all(map(is_number, cells)) and numbers_rows(table.header.cells[column], [*map(float, cells)])


def numbers_rows(header: str, values: Sequence[float]) -> bool:
    """Return whether these only number the rows: they count, 1, 2, 3 …, or differ and are called an Id."""
    if len(values) < 3 or not all(value.is_integer() for value in values):
        return False
    counts = all(value == values[0] + place for place, value in enumerate(values))
    return counts or (_IDENTIFIER.fullmatch(header) is not None and len({*values}) == len(values))
