"""The page of `Summary`: its two halves, headings, text over several rows, and lines of mathematics.

All rows are of one height: what needs more lines is merged over more rows.
"""

from __future__ import annotations

from math import isfinite

from xlbackprop.network import Correct, Given, Quantity
from xlbackprop.numpy_run import Spread
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas, lines_of, role_of
from xlbackprop.sheets.number_formats import SCIENTIFIC, four_digits
from xlbackprop.workbook import ErrorValue, Look, Role, address

SUMMARY = "Summary"

LEFT, RIGHT, LAST = 1, 5, 11
LEFT_END = 3
LEFT_WIDTH, RIGHT_WIDTH = 60, 92
WIDTHS = {1: 15, 2: 54, 3: 12, 4: 2, 5: 14, 6: 11, 7: 11, 8: 11, 9: 11, 10: 11, 11: 11}
PICTURES_ROW, TEXT_ROW = 7, 23
PICTURES_HEIGHT = 300  # pixels, which end above the row before the text


def heading(canvas: Canvas, row: int, columns: tuple[int, int], text: str) -> None:
    """Put a heading over the columns from the first to the last of `columns`; its rule runs over all of them."""
    for column in range(columns[0], columns[1] + 1):
        canvas.put(row, column, text if column == columns[0] else "", Look.HEADING)


def block(canvas: Canvas, row: int, columns: tuple[int, int], text: str, width: float, look: Look = Look.BODY) -> int:
    """Put text wrapped to `width` characters, over as many merged rows as its lines need; return the row below."""
    lines = lines_of(text, width)
    canvas.put(row, columns[0], text, look, wrap=True)
    canvas.merged.append(f"{address(row, columns[0])}:{address(row + lines - 1, columns[1])}")
    return row + lines


class LiveLines:
    """The lines of the left half while they are put: name, mathematics, and a live number of the first run.

    `row` is the next free row. `cell_of` gives the cell of each quantity of the run's first row that has a line, and
    `when` names that row: "at epoch 0".
    """

    def __init__(self, canvas: Canvas, book: Book) -> None:
        self.canvas = canvas
        self.book = book
        self.run = book.runs[0]
        self.recipe = self.run.recipe
        self.naming = book.naming
        self.when = "at epoch 0" if book.lesson.single else "at epoch 0, example 1"
        self.row = TEXT_ROW
        self.cell_of: dict[Quantity, str] = {}
        self.longest_name = 0

    def heading(self, text: str, note: str) -> None:
        """Put the heading of a section, and below it a note on which numbers are shown."""
        if self.row > TEXT_ROW:
            self.row += 1
        heading(self.canvas, self.row, (LEFT, LEFT_END), text)
        self.canvas.put(self.row + 1, 2, f"numbers {note}", Look.NOTE)
        self.row += 2

    def line(
        self,
        name: str,
        mathematics: str,
        formula: str,
        value: float,
        role: Role,
        number_format: str = "",
        column: Quantity | None = None,
    ) -> str:
        """Put a line: name, mathematics, live number; return the number's cell, e.g. `$C$24`.

        Where the line is about a quantity of the run's table, `column`, its name is a link to the header of that
        column.
        """
        lines = lines_of(mathematics, LEFT_WIDTH)
        self.longest_name = max(self.longest_name, len(name))
        link = None if column is None else self.run.header(column, fixed=False)
        self.canvas.put(self.row, 1, name, Look.LINK if link else Look.LABEL, role, link=link)
        self.canvas.put(self.row, 2, mathematics, Look.MATH, wrap=lines > 1)
        if lines > 1:
            self.canvas.merged += [f"{letter}{self.row}:{letter}{self.row + lines - 1}" for letter in "ABC"]
        number_format = number_format or four_digits(Spread.of([value]))
        cell = self.canvas.put(self.row, 3, value, Look.LINKED, role, number_format, formula=formula)
        self.row += lines
        return cell

    def words(self, text: str) -> None:
        """Put a paragraph of text."""
        self.row = block(self.canvas, self.row, (LEFT, LEFT_END), text, 92)

    def fetched(self, name: str, mathematics: str, quantity: Quantity, index: int = 0) -> str:
        """Put a line whose number comes from row `index` (from 0) of the run's table; return the number's cell."""
        value = self.book.trace.number(quantity, 0, index)
        number_format = "0" if isinstance(quantity, Correct) else ""
        role, there = role_of(quantity, self.run.of.naming), self.run.cell(quantity, index)
        return self.line(name, mathematics, there, value, role, number_format, quantity)

    def given(self, of: Given, name: str, words: str) -> str:
        """Put the line of a typed number, with `words` in place of mathematics; return the number's cell."""
        value = self.book.standing[self.book.lesson.given_names[0][of]]
        return self.line(name, words, self.book.inputs.given(of, 0), value, role_of(of, self.run.of.naming))

    def shown(self, fixed_cell: str) -> str:
        """Return the text in the number cell of a line, as its number format writes it: "0.1500"."""
        row = int(fixed_cell.rpartition("$")[2])
        cell = self.canvas.cells[row, 3]
        if isinstance(cell.value, float) and not isfinite(cell.value):
            return ErrorValue.NUM.value
        if cell.style.number_format == SCIENTIFIC:
            return f"{cell.value:.3E}" if cell.value else "0"
        decimals = len(cell.style.number_format.partition(".")[2])
        return f"{cell.value:.{decimals}f}"
