"""A workbook as plain data: cells, filled-down columns, charts, shapes. No file format, no openpyxl.

Every formula comes with the value that it must give, so that a file can show true numbers before any spreadsheet
program has opened it, and so that a program's own numbers can be compared with them. Rows and columns count from 1, as
on the screen. A formula is text without the leading "=".

Rules that the writer relies on:
  * no other cell is inside a table's rows and columns; tables that have a row in common have all rows in common;
  * sheet names are unique, at most 31 characters, without \\ / ? * [ ] :
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import cache
from math import isfinite
from typing import Literal, NamedTuple, Protocol, TypeAlias

import numpy as np

from xlbackprop.workbook.figures import Chart, Outline, Picture
from xlbackprop.workbook.looks import Look, Role, Style

MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384
MAX_FORMULA = 8_192
MAX_SHEET_NAME = 31


class ErrorValue(StrEnum):
    """An error as a spreadsheet shows and stores it. In an array of floats NUM is NaN."""

    NUM = "#NUM!"
    NA = "#N/A"
    DIV0 = "#DIV/0!"
    VALUE = "#VALUE!"


Value: TypeAlias = float | int | str | bool | ErrorValue


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell outside the tables. With a formula, `value` is the value that the formula must give.

    `link` is the cell of this workbook ("'LR=0.1'!A1") that a click jumps to. `changeable` is the name of a number that
    a reader may change ("w1", "threshold"); verification reads the cell's present value under this name. Where the
    cell holds one of several texts, `choices` are these, and the number is the index of the text among them, from 0.
    """

    value: Value
    style: Style = Style()  # noqa: RUF009 -- it is frozen
    formula: str | None = None
    link: str | None = None
    changeable: str | None = None
    choices: tuple[str, ...] = ()


class Claim(NamedTuple):
    """What a cell must show, told another way than in the cell: by the name that stands with its number.

    `cell` is its fixed address, `there` a formula. Of a number that is computed otherwise `size` is the formula of how
    large its terms are: as much as rounding makes of these it may differ. All three are written as on the cell's sheet.
    """

    cell: str
    there: str
    size: str = ""


# A filled-down formula; its integers are row numbers relative to its own row: ("F", -1, "*2") is =F9*2 in row 10.
Fill: TypeAlias = tuple[str | int, ...]

_ROW_SIGN = re.compile("([#↑])(?=[^']*(?:'[^']*'[^']*)*$)")  # outside quotes: an even number of them follows


def filled_down(pattern: str) -> Fill:
    """Return the filled-down formula of a pattern: "#" is the row's own number, "↑" that of the row above: F↑-$C$3*Y#.

    In the quoted name of a sheet both are ordinary characters.
    """
    return tuple({"#": 0, "↑": -1}.get(part, part) for part in _ROW_SIGN.split(pattern) if part)


def fill_text(fill: Fill, row: int) -> str:
    """Return the text of a filled-down formula in this row: F9*2 for ("F", -1, "*2") in row 10."""
    return "".join(part if isinstance(part, str) else str(row + part) for part in fill)


class LazyValues(Protocol):
    """Float64 values of many rows that are computed or read in blocks, when they are sliced."""

    @property
    def dtype(self) -> np.dtype[np.float64]: ...
    def __len__(self) -> int: ...
    def __getitem__(self, rows: slice, /) -> np.ndarray: ...


Values: TypeAlias = np.ndarray | LazyValues


@dataclass(frozen=True, slots=True, eq=False)
class Filled:
    """One column of a table: a header, one formula for all rows, the value of every row.

    `fill` is the formula; None means constants (the values themselves are written). `first`, where given, is the text
    of another formula for the first row; with `constant_first` the first row has its bare value instead.
    `values` is float64 of shape (rows,) with NaN for `error`, or an object array of text; read a long column in
    slices, block by block. `noise` is how far a sound program's numbers may be from them where the formula takes the
    difference of nearly equal numbers. `note` is the text that appears when the mouse points at the header.
    """

    header: str
    fill: Fill | None
    values: Values
    style: Style
    first: str | None = None
    constant_first: bool = False
    header_style: Style = Style(Look.HEADER)  # noqa: RUF009 -- it is frozen
    width: float = 10.0
    noise: float = 0.0
    note: str = ""
    error: ErrorValue = ErrorValue.NUM

    @property
    def formulas(self) -> int:
        """The number of its rows that hold a formula."""
        return 0 if self.fill is None else len(self.values) - self.constant_first

    def stored_at(self, index: int) -> Value:
        """Return the value in row `index` of the table, from 0, as a spreadsheet keeps it."""
        value: Value = self.values[index : index + 1].tolist()[0]
        return stored(value, self.error)

    def formula_at(self, index: int, row: int) -> str | None:
        """Return the formula in sheet row `row`, which is row `index` of the table, from 0; None for a constant."""
        if self.fill is None or (index == 0 and self.constant_first):
            return None
        if index == 0 and self.first is not None:
            return self.first
        return fill_text(self.fill, row)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Columns side by side under one header row; the first header is in the cell (`header_row`, `first_column`)."""

    header_row: int
    first_column: int
    columns: tuple[Filled, ...]

    @property
    def first_row(self) -> int:
        """The row of its first values, below the header."""
        return self.header_row + 1

    @property
    def rows(self) -> int:
        """The number of its rows of values, without the header."""
        return len(self.columns[0].values)

    @property
    def last_row(self) -> int:
        """The row of its last values."""
        return self.header_row + self.rows


OUTERMOST = 9.99e307  # the largest number that Excel takes as a bound
LONGEST_ALERT_TITLE, LONGEST_ALERT = 32, 255


class Validation(NamedTuple):
    """What may be typed into `cells` ("B5:B12"): a decimal or whole number between two bounds (None: unbounded).

    With the kind "list": one of the texts in the cells `source` ("$K$5:$K$12"), picked from a menu. `title` and
    `message` are those of the alert that appears at any other entry, shortened to what the format allows.
    """

    cells: str
    kind: Literal["decimal", "whole", "list"]
    low: float | None
    high: float | None
    title: str
    message: str
    source: str = ""

    @property
    def bounds(self) -> tuple[float, float]:
        """The lowest and the highest number that may be typed."""
        return -OUTERMOST if self.low is None else self.low, OUTERMOST if self.high is None else self.high

    @property
    def alert(self) -> tuple[str, str]:
        """The title and the text of the alert, each as long as a file may hold it."""
        return shortened(self.title, LONGEST_ALERT_TITLE), shortened(self.message, LONGEST_ALERT)


class Flag(NamedTuple):
    """Conditional colour, one of FLAG_COLOURS: `cells` have it where `formula`, written for the first, is true."""

    cells: str
    formula: str
    colour: Literal["good", "bad", "muted", "chosen", "path"]


class Reformat(NamedTuple):
    """Another number format for `cells` where `formula`, written for the first of them, is true."""

    cells: str
    formula: str
    number_format: str


class ColourScale(NamedTuple):
    """Cells ("B5:B9 D5:D9") tinted by size and sign: blue for negative, orange for positive, pale near 0.

    `limit` ("$M$5") is the cell with the absolute value at which the colour is full.
    """

    cells: str
    limit: str


class Group(NamedTuple):
    """Columns `first` to `last`, which a reader can fold away; they are unfolded at first."""

    first: int
    last: int


class Page(NamedTuple):
    """How a sheet prints.

    `parts` ("A1:D90", "F7:Q60") are printed one after the other; without any, all cells are. With `blocks` each part
    begins a page and is broken between blocks, and the paper is turned as the widest part needs, unless `landscape`
    says it. Otherwise a part is a long table, over as many pages as its letters need, or `pages_wide` pages wide.
    `repeat_rows` is like "7:7", columns like "A:B". `instead` maps cells to what they say in a hand-out, which cannot
    be clicked or typed into: ("C5:D5", "") where they only lead elsewhere.
    """

    parts: tuple[str, ...] = ()
    blocks: bool = False
    landscape: bool | None = None
    pages_wide: int | None = None
    repeat_rows: str | None = None
    repeat_columns: str | None = None
    instead: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One sheet. `cells` maps (row, column) to the cells outside the tables.

    `freeze` is the first cell that scrolls ("B8"). With `on_paper` the sheet is in the PDF hand-out. With `locked` only
    typed numbers and answers can be changed, until somebody takes the protection off, which has no password.
    """

    name: str
    cells: Mapping[tuple[int, int], Cell]
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    outlines: tuple[Outline, ...] = ()
    pictures: tuple[Picture, ...] = ()
    widths: Mapping[int, float] = field(default_factory=dict)  # column → width in characters
    heights: Mapping[int, float] = field(default_factory=dict)  # row → height in points
    merged: tuple[str, ...] = ()
    freeze: str | None = None
    validations: tuple[Validation, ...] = ()
    flags: tuple[Flag, ...] = ()
    reformats: tuple[Reformat, ...] = ()
    scales: tuple[ColourScale, ...] = ()
    claims: tuple[Claim, ...] = ()
    groups: tuple[Group, ...] = ()
    page: Page = Page()  # noqa: RUF009
    gridlines: bool = False
    tab: Role = Role.NONE
    on_paper: bool = False
    locked: bool = False

    @property
    def has_drawing(self) -> bool:
        """Whether it has a chart, an outline or a picture."""
        return bool(self.charts or self.outlines or self.pictures)


class Verdict(IntEnum):
    """The result of the workbook's own checks; the largest of several verdicts counts for all of them."""

    PASS = 0
    PASS_EDITED = 1  # the live checks pass; what holds for the shipped numbers alone does not apply
    OVERFLOW = 2  # numbers grow too large for a spreadsheet, here as in NumPy; all else passes
    UNPROVED = 3  # all else passes, but too few gradients can be estimated
    FAIL = 4


class RunOutcome(NamedTuple):
    """How a run ended: the name of its sheet, its verdict, and the first epoch whose loss is an error, or None."""

    name: str
    verdict: Verdict
    diverged: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A whole workbook. `names` maps its defined names (plain ASCII) to the references that they mean.

    `author` and `institution` may be empty. `outcomes` has one entry for each run. `document["LR=0.1"]` is a sheet.
    """

    title: str
    description: str
    sheets: tuple[Sheet, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    language: str = "en-GB"
    author: str = ""
    institution: str = ""
    outcomes: tuple[RunOutcome, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The result of its own checks for all runs together."""
        return max((outcome.verdict for outcome in self.outcomes), default=Verdict.PASS)

    @property
    def formulas(self) -> int:
        """The number of cells with a formula."""
        loose = sum(cell.formula is not None for sheet in self.sheets for cell in sheet.cells.values())
        return loose + sum(
            filled.formulas for sheet in self.sheets for table in sheet.tables for filled in table.columns
        )

    def __getitem__(self, name: str) -> Sheet:
        return next(sheet for sheet in self.sheets if sheet.name == name)


@cache
def column_letters(column: int) -> str:
    """Return the letters of a column: 1 → A, 27 → AA, 16384 → XFD."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def address(row: int, column: int, *, fixed: bool = False) -> str:
    """Return a cell's address: B5, or $B$5 where `fixed`."""
    letters = column_letters(column)
    return f"${letters}${row}" if fixed else f"{letters}{row}"


def quoted(sheet: str) -> str:
    """Return a sheet's name as a formula writes it, always in quotes: 'LR=0.1'."""
    return "'" + sheet.replace("'", "''") + "'"


_BAD_NAME = re.compile(r"[\\/?*\[\]:]|^'|'$|[\x00-\x1f]")


def written_length(text: str) -> int:
    """Return the length of a text as spreadsheet programs count it: an emoji is two, as in UTF-16."""
    return len(text) + sum(sign > "\uffff" for sign in text)


def shortened(text: str, longest: int) -> str:
    """Return a text cut to `longest` characters, as spreadsheet programs count them, with "…" at the end if cut."""
    if written_length(text) <= longest:
        return text
    short = text[: longest - 1]
    while written_length(short) > longest - 1:
        short = short[:-1]
    return short + "…"


def sheet_name_fault(name: str) -> str:
    """Return why a spreadsheet program would refuse this sheet name ("it is empty"), or "" where it would not."""
    if not name:
        return "it is empty"
    if (length := written_length(name)) > MAX_SHEET_NAME:
        emoji = ", an emoji counted as two" if length > len(name) else ""
        return f"it has {length} characters{emoji}, {MAX_SHEET_NAME} are allowed"
    if _BAD_NAME.search(name):
        return r"it has one of \ / ? * [ ] : or begins or ends with '"
    return ""


def block_rows(columns: int) -> int:
    """Return the number of rows in a block of so many columns: enough to be quick, few enough to need little memory."""
    return max(16, min(1024, (1 << 15) // columns))


def blocks(rows: int, columns: int) -> Iterator[tuple[int, int]]:
    """Yield (start, stop) of the blocks of rows in which a long table is processed: (0, 1024), (1024, 2048), …"""
    size = block_rows(columns)
    for start in range(0, rows, size):
        yield start, min(start + size, rows)


def contents(sheet: Sheet) -> Iterator[tuple[int, int, str | None, Value]]:
    """Yield (row, column, formula or None, value) of every cell of a sheet; tables first, a block of rows at a time.

    NaN is yielded as the error that it stands for.
    """
    for table in sheet.tables:
        for column, filled in enumerate(table.columns, table.first_column):
            yield table.header_row, column, None, filled.header
        for start, stop in blocks(table.rows, len(table.columns)):
            for column, filled in enumerate(table.columns, table.first_column):
                for index, value in enumerate(filled.values[start:stop].tolist(), start):
                    row = table.first_row + index
                    yield row, column, filled.formula_at(index, row), stored(value, filled.error)
    for (row, column), cell in sheet.cells.items():
        yield row, column, cell.formula, stored(cell.value)


def stored(value: Value, error: ErrorValue = ErrorValue.NUM) -> Value:
    """Return a value as a spreadsheet keeps it: a float that is not finite is an error."""
    if isinstance(value, float) and not isfinite(value):
        return error
    return value
