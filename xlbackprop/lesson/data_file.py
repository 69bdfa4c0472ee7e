"""The examples of a lesson: written into its [data] table, or in a CSV file that lies beside it.

A CSV file has a header row and then an example a row, numbers throughout. Which columns are targets, the lesson tells.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from xlbackprop.errors import InputError, Problem, did_you_mean
from xlbackprop.lesson.companion_files import is_bare_name
from xlbackprop.lesson.toml_reader import TableReader, first_problems, strange_signs
from xlbackprop.network import Loss, Targets

MAX_EXAMPLES = 100_000
MAX_CLASSES = 80  # an output unit each; more are too many for one formula, see `limits`
# Whoever reads ten of a kind knows what to mend.
MOST_PROBLEMS = 10

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")

Rows: TypeAlias = tuple[tuple[float, ...], ...]
Fetch: TypeAlias = Callable[[str], str]


class Examples(NamedTuple):
    """Inputs and targets, a row for each example; the last `held_back` are not trained on.

    `file` and `text` are the name and the text of the file that they were read from, if any.
    """

    inputs: Rows
    targets: Rows
    held_back: int = 0
    file: str = ""
    text: str = ""


# --------------------------------------------------------------------------------------------------- the [data] table


def read_examples(table: TableReader, outputs: Sequence[str] | None, fetch: Fetch) -> Examples:
    """Return the examples of a lesson; `outputs` names the targets, None where the outputs are unknown.

    `fetch` returns the text of a file by its name, or raises InputError.
    """
    examples = _from_file(table, outputs, fetch) if table.has("file") else _from_table(table, outputs)
    most = max(len(examples.inputs) - 1, 0)
    held_back = table.whole("held_back", 0, most if examples.inputs else MAX_EXAMPLES, default=0) or 0
    table.complain_of_unknown_keys()
    return examples._replace(held_back=min(held_back, most))


def _from_table(table: TableReader, outputs: Sequence[str] | None) -> Examples:
    inputs = table.examples("inputs", None, "inputs (one for each of i1, i2, …)")
    flat = table.peek("targets")
    if len(inputs) > 1 and isinstance(flat, list) and not any(isinstance(row, list) for row in flat):
        table.ignore(["targets"])
        table.complain("targets", "each of several examples needs a list of its own.", "For instance: [[0], [1]]")
        return Examples(inputs, ())
    targets = table.examples("targets", outputs, "targets (one for each output unit)")
    if inputs and targets and len(inputs) != len(targets):
        what = f"there are targets for {len(targets):,} examples, but inputs for {len(inputs):,}."
        table.complain("targets", what, "Each example needs both.")
    if len(inputs) > MAX_EXAMPLES:
        table.complain("inputs", f"there are {len(inputs):,} examples; {MAX_EXAMPLES:,} are allowed.")
    return Examples(inputs, targets)


def _from_file(table: TableReader, outputs: Sequence[str] | None, fetch: Fetch) -> Examples:
    before = table.problem_count
    name = table.line("file", longest=100)
    for key in ("inputs", "targets"):
        if table.has(key):
            table.ignore([key])
            table.complain(key, "the examples stand in a file already.", f"Leave out either {key} or file.")
    target_columns = table.texts("target_columns")
    class_column = table.text("class_column", "")
    if bool(target_columns) == bool(class_column) and table.problem_count == before:
        what = "which columns are targets must be told, by target_columns or by class_column, not by both."
        table.complain("file", what, 'For instance: target_columns = ["t1"]')
    if table.problem_count == before and not is_bare_name(name, ".csv"):
        what = "the name of a file beside the lesson is needed, one that ends in .csv, without folders."
        table.complain("file", what, 'For instance: file = "examples.csv"')
    if table.problem_count > before:
        return Examples((), ())
    try:
        text = fetch(name)
        inputs, targets = read_csv(text, name, target_columns, class_column)
    except InputError as error:
        for place, what, hint in error.problems:
            table.complain("file", f"{name}, {place}: {what}" if place else what, hint)
        return Examples((), ())
    if outputs and len(outputs) != len(targets[0]):
        key = "class_column" if class_column else "target_columns"
        there = f"{len(targets[0])} target{'s' * (len(targets[0]) != 1)}"
        units = f"{len(outputs)} unit{'s' * (len(outputs) != 1)}"
        table.complain(key, f"it makes {there}, but the last layer has {units}.", "Make them equal.")
    return Examples(inputs, targets, file=name, text=text)


# ------------------------------------------------------------------------------------------------------- the CSV file


class _Row(NamedTuple):
    line: int
    cells: list[str]


def read_csv(text: str, name: str, target_columns: Sequence[str], class_column: str) -> tuple[Rows, Rows]:
    """Return inputs and targets of a CSV text; targets are the columns named, or the classes of one column.

    Raises InputError with the first problems, each with its line.
    """
    header, rows = _header_and_rows(text, name)
    targets = [class_column] if class_column else list(target_columns)
    if problems := [*_header_problems(header, targets)]:
        raise InputError(name, first_problems(problems, MOST_PROBLEMS))
    problems = [*_shape_problems(header, rows)]
    classes = header.cells.index(class_column) if class_column else -1
    numbers = [] if problems else [_numbers(header, row, classes, problems) for row in rows]
    if problems:
        raise InputError(name, first_problems(problems, MOST_PROBLEMS))
    chosen = [header.cells.index(column) for column in targets]
    others = [place for place in range(len(header.cells)) if place not in chosen]
    inputs = tuple(tuple(row[place] for place in others) for row in numbers)
    if class_column:
        return inputs, _one_hot([row.cells[classes] for row in rows], class_column, name)
    return inputs, tuple(tuple(row[place] for place in chosen) for row in numbers)


def _header_and_rows(text: str, name: str) -> tuple[_Row, list[_Row]]:
    for number, line in enumerate(text.split("\n") if strange_signs(text) else (), start=1):
        if strange := strange_signs(line):
            what = f"it has characters that no workbook can hold: {strange}."
            raise InputError(name, [Problem(f"line {number}", what, "Delete them.")])
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):  # spreadsheet programs leave empty rows at the end
                rows.append(_Row(reader.line_num, [cell.strip() for cell in cells]))
            if len(rows) > MAX_EXAMPLES + 1:
                raise InputError(name, [Problem("", f"it has more than the {MAX_EXAMPLES:,} examples allowed.")])
    except csv.Error as error:
        raise InputError(name, [Problem(f"line {reader.line_num}", *_not_csv(str(error)))]) from None
    if len(rows) < 2:
        what = "it has a header row and no example." if rows else "it is empty."
        raise InputError(name, [Problem("line 1", what, "A header row and then an example a row are needed.")])
    return rows[0], rows[1:]


def _not_csv(fault: str) -> tuple[str, str]:
    """Return fault and cure for a complaint of Python's CSV reader, both in plain words."""
    if "field limit" in fault:
        return f"a cell has more than {csv.field_size_limit():,} characters.", "Is a quote missing that closes it?"
    if "unexpected end" in fault:
        return "a quote opens a cell, and none closes it.", "Write numbers without quotes."
    return f"this is not CSV: {fault}.", "Save the table as CSV once more."


def _header_problems(header: _Row, targets: Sequence[str]) -> Iterator[Problem]:
    place, names = f"line {header.line}", header.cells
    if len(names) == 1:
        hint = "Separate the cells with commas; numbers have a decimal point."
        yield Problem(place, "the header has one column only; inputs and targets are needed.", hint)
        return
    for index, column in enumerate(names):
        if not column:
            yield Problem(place, f"column {index + 1} has no name.", "The first row names the columns.")
        elif column in names[:index]:
            yield Problem(place, f'two columns are named "{column[:40]}".', "Rename one.")
    for index, column in enumerate(targets):
        if column not in names:
            what = f'there is no column "{column[:40]}".'
            numbers = all(_NUMBER.fullmatch(name) for name in names)
            cure = "A first row with the names of the columns is needed; these are numbers."
            yield Problem(place, what, cure if numbers else did_you_mean(column[:40], [*filter(None, names[:30])]))
        elif column in targets[:index]:
            yield Problem("target_columns", f'"{column[:40]}" stands there twice.', "Leave one out.")
    if set(names) <= set(targets):
        yield Problem(place, "every column is a target; none is left for the inputs.")


def _shape_problems(header: _Row, rows: Sequence[_Row]) -> Iterator[Problem]:
    width = len(header.cells)
    for row in rows:
        if len(row.cells) != width:
            what = f"{width} cells are expected, as in the header, but there {_are(len(row.cells))}."
            yield Problem(f"line {row.line}", what, "Write 0.5, not 0,5." if len(row.cells) > width else "")


def _are(count: int) -> str:
    return f"is {count}" if count == 1 else f"are {count}"


def _numbers(header: _Row, row: _Row, but: int, problems: list[Problem]) -> list[float]:
    """Return the numbers of a row, NaN in the column `but`, which holds no numbers."""
    numbers = []
    for index, cell in enumerate(row.cells):
        number = math.nan if index == but or not _NUMBER.fullmatch(cell) else float(cell)
        numbers.append(number)
        place = f'line {row.line}, column "{header.cells[index][:40]}"'
        if index == but:
            if not cell:
                problems.append(Problem(place, "this cell is empty; a class is needed."))
        elif not cell:
            problems.append(Problem(place, "this cell is empty; a number is needed."))
        elif not math.isfinite(number):
            problems.append(Problem(place, f'"{cell[:40]}" is not a finite number.', _cure_of_number(cell)))
    return numbers


def _cure_of_number(cell: str) -> str:
    if cell.startswith(("=", "@")):
        return "Save the values of the table, not its formulas."
    if "," in cell:
        return "Use a decimal point: 0.5, not 0,5."
    return "Write minus as a plain hyphen: -1." if cell.startswith(("−", "–")) else ""


def _one_hot(cells: Sequence[str], column: str, name: str) -> Rows:
    """Return for each cell a row with a 1 at the place of its class among all."""
    numeric = all(_NUMBER.fullmatch(cell) for cell in cells)
    values: list[float] | list[str] = [float(cell) for cell in cells] if numeric else list(cells)
    order = {value: place for place, value in enumerate(sorted(set(values)))}  # type: ignore[type-var]
    if len(order) == 1:
        what = f'every example is of the class "{cells[0][:40]}"; there is nothing to tell apart.'
        raise InputError(name, [Problem(f'column "{column[:40]}"', what)])
    if len(order) > MAX_CLASSES:
        what = f"it has {len(order):,} different values; {MAX_CLASSES} classes are allowed."
        raise InputError(name, [Problem(f'column "{column[:40]}"', what, "Numbers to be met are target_columns.")])
    rows = [tuple(1.0 if place == at else 0.0 for at in range(len(order))) for place in range(len(order))]
    return tuple(rows[order[value]] for value in values)


# ------------------------------------------------------------------------------------------ what a loss asks of them


def has_classes(targets: Rows) -> bool:
    """Return whether the targets are classes: all of them 0 or 1, and of several outputs exactly one is 1 in each row.

    Classes are at least two: targets that are all 0 name none.
    """
    return len({*targets}) > 1 and all(
        all(target in (0.0, 1.0) for target in row) and (len(row) == 1 or sum(row) == 1.0) for row in targets
    )


def target_problems(loss: Loss, targets: Rows, place: str) -> list[Problem]:
    """Return the examples whose targets a loss cannot be computed for."""
    problems = []
    for number, row in enumerate(targets, start=1):
        if loss.targets is Targets.SHARES_OF_1 and (min(row) < 0.0 or abs(sum(row) - 1.0) > 1e-9):
            what = f"with {loss.name}, targets are at least 0 and add up to 1; these add up to {sum(row):g}."
            what = what if min(row) >= 0.0 else f"with {loss.name}, no target is below 0, but one is {min(row):g}."
        elif loss.targets is Targets.BETWEEN_0_AND_1 and not all(0.0 <= target <= 1.0 for target in row):
            wrong = next(target for target in row if not 0.0 <= target <= 1.0)
            what = f"with {loss.name}, targets lie between 0 and 1, but one is {wrong:g}."
        elif loss.targets is Targets.SIGNS and not all(abs(target) == 1.0 for target in row):
            wrong = next(target for target in row if abs(target) != 1.0)
            what = f"with {loss.name}, targets must be −1 or 1, but one is {wrong:g}."
        else:
            continue
        problems.append(Problem(place, what if len(targets) == 1 else f"example {number}: {what}"))
    return first_problems(problems, MOST_PROBLEMS)
