"""Finding the tables of a workbook by their headings, wherever they stand: several a sheet, beside or below each other.

A heading row names enough quantities of the network; a table goes down from it as far as rows are filled, over blank
rows that separate them. A row that begins again with headings begins another table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from xlbackprop.classroom.audit.book import Book, BookSheet, Numbers, as_number
from xlbackprop.classroom.audit.headers import key_of, quantities_by_key, stated_number
from xlbackprop.network import Bias, Epoch, Gradient, LearningRate, Quantity, Recipe, Weight
from xlbackprop.taught import columns
from xlbackprop.workbook import Place, address, column_letters
from xlbackprop.xlsx.read import RelativeFormula

SHARE_OF_HEADINGS = 0.4  # of a network's columns that a heading row must name
SHARE_FILLED = 0.5  # of a table's columns that make a row one of it
SHARE_BEGUN = 0.2  # a last row that is filled so far is begun, and not complete
SHARE_OF_STARTS = 0.34  # of the rows; where more have typed weights, the table is of pasted numbers
SHARE_OF_BLANK = 0.1  # a row that is filled so far is blank: a remark stands in it
MOST_BESIDE = 40  # columns right of a table that are looked at
MOST_BLANK = 3  # rows without numbers between two rows of a table, or under its headings
MOST_ROWS = 20_000
_SUMS_UP = re.compile(r"\s*(?:SUM|AVERAGE|MIN|MAX|STDEV[.A-Z]*|COUNT)\(\$?[A-Z]+\$?%d:", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Table:
    """A table of a run: a column for each quantity that it names, `rows` as the sheet numbers them.

    `others` are its columns that name no quantity, with their headings. `begun` tells that its last row is not filled.
    """

    sheet: BookSheet
    recipe: Recipe
    header_row: int
    columns: Mapping[Quantity, int]
    others: Mapping[int, str]
    rows: Sequence[int]
    begun: bool = False

    @cached_property
    def index(self) -> Mapping[int, int]:
        """The position of each row of the sheet in the table, counted from 0."""
        return {row: index for index, row in enumerate(self.rows)}

    @cached_property
    def quantity_at(self) -> Mapping[int, Quantity]:
        """The quantity of each column."""
        return {column: quantity for quantity, column in self.columns.items()}

    @cached_property
    def _across(self) -> list[int]:
        return sorted(self.columns.values())

    @cached_property
    def numbers(self) -> Numbers:
        """The numbers of the mapped columns, from left to right."""
        return self.sheet.numbers(self.rows, self._across)

    @cached_property
    def found(self) -> Mapping[Quantity, np.ndarray]:
        """The numbers of each quantity, NaN where a cell has none; a text that shows a number is one."""
        found = {
            quantity: self.numbers.found[:, self._across.index(at)].copy() for quantity, at in self.columns.items()
        }
        for (row, column), value in self.sheet.read.others.items():
            if row in self.index and column in self.quantity_at and isinstance(value, str):
                numbers = found[self.quantity_at[column]]
                if np.isnan(numbers[self.index[row]]):
                    numbers[self.index[row]] = as_number(value)
        return found

    @cached_property
    def formulas(self) -> Mapping[Quantity, Sequence[RelativeFormula | None]]:
        """The formula of each cell of each quantity."""
        return {quantity: self.sheet.formulas(self.rows, column) for quantity, column in self.columns.items()}

    def stored(self, quantity: Quantity) -> np.ndarray:
        """Return the numbers of a column as the file has stored them."""
        return self.numbers.stored[:, self._across.index(self.columns[quantity])]

    def calculated(self, quantity: Quantity) -> np.ndarray:
        """Return the numbers of a column as an engine calculates them."""
        return self.numbers.calculated[:, self._across.index(self.columns[quantity])]

    def place(self, quantity: Quantity, index: int) -> Place:
        """Return the place of a cell of the table."""
        return self.rows[index], self.columns[quantity]

    def holds(self, place: Place) -> bool:
        """Return whether a cell is one of a quantity, in one of the rows."""
        return place[0] in self.index and place[1] in self.quantity_at

    @property
    def missing(self) -> list[Quantity]:
        """The quantities of the network without a column."""
        return [column.quantity for column in columns(self.recipe) if column.quantity not in self.columns]

    @property
    def area(self) -> str:
        """The range from the headings to the last row: A33:AE101."""
        return f"{address(self.header_row, self._across[0])}:{address(self.rows[-1], self._across[-1])}"

    def ranges(self, quantity: Quantity, indices: Sequence[int]) -> list[str]:
        """Return the cells of some rows of a column as ranges: Z34:Z101."""
        return self.ranges_of(column_letters(self.columns[quantity]), indices)

    def ranges_of(self, letters: str, indices: Sequence[int]) -> list[str]:
        """Return the cells of some rows of the column with these letters as ranges."""
        return [f"{letters}{a}:{letters}{b}" if a != b else f"{letters}{a}" for a, b in self._stretches(indices)]

    def _stretches(self, indices: Sequence[int]) -> Iterator[tuple[int, int]]:
        first = last = indices[0]
        for index in indices[1:]:
            if index != last + 1:
                yield self.rows[first], self.rows[last]
                first = index
            last = index
        yield self.rows[first], self.rows[last]


def find_tables(book: Book, recipe: Recipe) -> list[Table]:
    """Return the tables of a workbook, sheet by sheet, from top to bottom."""
    return [table for sheet in book.sheets.values() for table in _of_sheet(sheet, recipe)]


def why_no_table(book: Book, recipe: Recipe) -> Iterator[str]:
    """Yield what was seen of a table that was not found: headings below each other, or too few in any row."""
    known, names = quantities_by_key(recipe), recipe.naming.name
    lines: dict[tuple[str, str, int], set[Quantity]] = {}
    for sheet in book.sheets.values():
        for (row, column), text in sheet.texts.items():
            if (quantity := known.get(key_of(text))) is not None and not isinstance(quantity, Epoch | LearningRate):
                lines.setdefault((sheet.name, "row", row), set()).add(quantity)
                lines.setdefault((sheet.name, "column", column), set()).add(quantity)
    if not lines:
        yield "No cell names a quantity of the network (i1, w1, h1, E_Total, ∂E/∂w1, …)."
        return
    (name, way, number), most = max(lines.items(), key=lambda line: len(line[1]))
    listed = ", ".join(sorted(map(names, most))[:6])
    if way == "column" and len(most) >= _needed(recipe):
        yield f"On {name} the headings stand below each other, in column {column_letters(number)}: turn the table."
    else:
        where = f"{way} {column_letters(number) if way == 'column' else number}"
        yield f"Most quantities are named in {where} of {name}: {len(most)} of {len(columns(recipe))} ({listed}, …)."


def _needed(recipe: Recipe) -> int:
    """Return how many quantities a row of headings must name."""
    return max(3, round(SHARE_OF_HEADINGS * len(columns(recipe))))


def _of_sheet(sheet: BookSheet, recipe: Recipe) -> Iterator[Table]:
    headings = [*_heading_rows(sheet, recipe)]
    for number, (row, mapped) in enumerate(headings):
        below = [other for other, beside in headings[number + 1 :] if {*mapped.values()} & {*beside.values()}]
        last = below[0] - 1 if below else row + MOST_ROWS
        rows, begun = _rows_below(sheet, mapped, row, last)
        rate = mapped.get(LearningRate())
        if rows and rate is not None and np.isnan(sheet.number((rows[0], rate))):
            mapped.pop(LearningRate())  # a label, and no column
        if rows:
            others = _other_columns(sheet, mapped, row, rows[0], headings)
            runs = _runs(sheet, mapped, rows)
            for run in runs:
                yield Table(sheet, recipe, row, mapped, others, run, begun and run is runs[-1])


def _runs(sheet: BookSheet, mapped: Mapping[Quantity, int], rows: list[int]) -> list[list[int]]:
    """Return the rows of each run: one begins anew where all weights are typed, among others that are calculated."""
    weights = [column for quantity, column in mapped.items() if isinstance(quantity, Weight | Bias)]
    by_column = [sheet.formulas(rows, column) for column in weights]
    typed = [not any(column[index] is not None for column in by_column) for index in range(len(rows))]
    if not weights or sum(typed) > SHARE_OF_STARTS * len(rows):
        return [rows]
    starts = [0, *(index for index in range(1, len(rows)) if typed[index] and _is_whole(sheet, rows[index], weights))]
    return [rows[start:stop] for start, stop in pairwise([*starts, len(rows)])]


def _is_whole(sheet: BookSheet, row: int, columns: Sequence[int]) -> bool:
    return not any(np.isnan(sheet.number((row, column))) for column in columns)


# ---------------------------------------------------------------------------------------------------------- headings


def _heading_rows(sheet: BookSheet, recipe: Recipe) -> Iterator[tuple[int, dict[Quantity, int]]]:
    """Yield the rows of headings from top to bottom, with the column of each quantity; of tables side by side each."""
    rows: dict[int, dict[int, Quantity]] = {}
    known = quantities_by_key(recipe)
    for (row, column), text in sheet.texts.items():
        if (quantity := known.get(key_of(text))) is not None and stated_number(text) is None:
            rows.setdefault(row, {})[column] = quantity
    needed = _needed(recipe)
    taken: set[int] = set()
    for row in sorted(rows):
        here = rows[row]
        if row in taken:
            continue
        last, below = row, rows.get(row + 1, {})
        both = {*here.values(), *below.values()}
        if all(isinstance(quantity, LearningRate | Epoch) for quantity in here.values()):
            continue  # a label above the table
        if below and not {*here} & {*below} and len(both) == len(here) + len(below) >= needed:
            here, last = here | below, row + 1  # headings in two rows, some above and some below
            taken.add(last)
        if len({*here.values()}) >= needed:
            yield from ((last, mapped) for mapped in _side_by_side(here, needed) if len(mapped) >= needed)


def _side_by_side(here: Mapping[int, Quantity], needed: int) -> Iterator[dict[Quantity, int]]:
    """Yield the tables in one row of headings, each with the columns of its quantities.

    A heading that comes again begins another table; not where it names weights again for their gradients, and not
    where only a few stray ones stand before it.
    """
    headings = sorted(here.items())
    mapped: dict[Quantity, int] = {}
    at = 0
    while at < len(headings):
        column, quantity = headings[at]
        if quantity in mapped:
            again = _gradients_at(headings, at, mapped)
            if again:
                mapped |= again
                at += len(again)
                continue
            rest = {of for _, of in headings[at:]}
            if len(mapped) >= needed and len(rest) < needed:  # too few for another table
                at += 1
                continue
            if len(mapped) >= needed:
                yield mapped
                mapped = {}
        mapped[quantity] = column
        at += 1
    yield mapped


def _gradients_at(
    headings: Sequence[tuple[int, Quantity]], at: int, mapped: Mapping[Quantity, int]
) -> dict[Quantity, int]:
    """Return the gradients that headings w1, w2, … name from here on, where they name them for the second time."""
    found: dict[Quantity, int] = {}
    for column, quantity in headings[at:]:
        if not isinstance(quantity, Weight | Bias) or Gradient(quantity) in found:
            if quantity in mapped:  # another table begins here
                return {}
            break
        if quantity not in mapped or Gradient(quantity) in mapped:
            return {}
        found[Gradient(quantity)] = column
    return found


def _other_columns(
    sheet: BookSheet,
    mapped: Mapping[Quantity, int],
    header: int,
    first: int,
    headings: Sequence[tuple[int, Mapping[Quantity, int]]],
) -> dict[int, str]:
    """Return the columns between and right beside the mapped ones, with numbers, that name no quantity."""
    taken = {column for row, others in headings if row == header for column in others.values()}
    left, right = min(mapped.values()), max(mapped.values())
    found: dict[int, str] = {}
    blank = 0
    for column in range(left, right + MOST_BESIDE):
        if column > right and (column in taken or blank > MOST_BLANK):
            break
        cell = sheet.read.get((first, column))
        text = sheet.texts.get((header, column), "")
        blank = 0 if cell is not None else blank + 1
        is_beside = column < right or not blank
        if column not in taken and cell is not None and is_beside and (cell.formula or (text and column < right)):
            found[column] = text
    return found


# -------------------------------------------------------------------------------------------------------------- rows


def _rows_below(sheet: BookSheet, mapped: Mapping[Quantity, int], header: int, last: int) -> tuple[list[int], bool]:
    """Return the rows of a table, and whether the last of them is begun and not complete."""
    across = [column for quantity, column in mapped.items() if not isinstance(quantity, Epoch | LearningRate)]
    rows: list[int] = []
    for row, share, has_formula, sums_up in _filled(sheet, range(header + 1, last + 1), across):
        if row - 1 - (rows[-1] if rows else header) > MOST_BLANK:
            break
        if sums_up:
            break
        if share >= SHARE_FILLED:
            rows.append(row)
        elif share >= SHARE_BEGUN and rows and row == rows[-1] + 1 and has_formula:
            return [*rows, row], True
        elif rows and share > SHARE_OF_BLANK:
            break
    return rows, False


def _filled(sheet: BookSheet, rows: range, across: Sequence[int]) -> Iterator[tuple[int, float, bool, bool]]:
    """Yield the rows that have cells, with the share of these columns that is filled, and whether with formulas.

    The last one tells a row that sums up those above it, as SUM(X34:X101) does.
    """
    for band in sheet.read.bands_in(rows):
        columns = band.pattern.columns
        at = [index for index, column in enumerate(columns) if column in across]
        of_band = [formula for index in at if (formula := band.pattern.formulas[index]) is not None]
        formulas = len(of_band)
        sums_up = sum(_SUMS_UP.match(formula.template) is not None for formula in of_band) > 0.5 * len(across)
        typed = [index for index in at if band.pattern.formulas[index] is None]
        for row in range(max(rows.start, band.first_row), min(rows.stop, band.rows.stop)):
            numbers = band.numbers[row - band.first_row]
            count = formulas + sum(
                not np.isnan(numbers[index]) or not np.isnan(as_number(sheet.read.others.get((row, columns[index]))))
                for index in typed
            )
            yield row, count / len(across), formulas > 0, sums_up
