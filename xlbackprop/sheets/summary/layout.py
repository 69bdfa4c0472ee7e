"""The page of `Summary`: its two halves, headings, text over several rows, and lines of mathematics.

All rows are of one height: what needs more lines is merged over more rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from xlbackprop.network import Constant, Correct, Given, Quantity
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas, lines_of, role_of
from xlbackprop.sheets.derivation.drawing import NetworkDrawing
from xlbackprop.sheets.derivation.opening import opening
from xlbackprop.sheets.derivation.own_names import beside
from xlbackprop.sheets.derivation.words import in_rows, named
from xlbackprop.sheets.number_formats import WHOLE
from xlbackprop.workbook import Live, Look, Role, address

SUMMARY = "Summary"

PICTURES_ROW, TEXT_ROW = 7, 23  # at least 15 rows are free for the pictures
GLANCE_ROWS = 3  # of text below the network
MOST_ROWS, MOST_LAYERS = 30, 4  # of a network that is drawn here
_RIGHT_COLUMNS, _RIGHT_WIDTH = 7, 9.2
_NAME_WIDTH, _RULE_WIDTH, _NUMBER_WIDTH = 12.0, 52.0, 10.0
_LABEL_WIDTH = 15.0  # of the first column of the tables


@dataclass(frozen=True, eq=False)
class SummaryLayout:
    """The columns of `Summary`: the left half with the network and the lines of mathematics, a gap, the right half.

    A line of the left half has its name in the first column and its number in the last. Its mathematics begin in the
    second and run on over the columns of the drawing. `drawing` is the network over live cells, None where it is too
    large for this sheet; `own_names` are the lines above it that list the own names in the network.
    """

    drawing: NetworkDrawing | None
    own_names: tuple[str, ...] = ()

    left = 1

    @property
    def left_end(self) -> int:
        """The last column of the left half, for the numbers."""
        return 3 if self.drawing is None else self.drawing.last_column

    @property
    def right(self) -> int:
        return self.left_end + 2

    @property
    def last(self) -> int:
        """The last column of the right half."""
        return self.right + _RIGHT_COLUMNS - 1

    @property
    def text_row(self) -> int:
        """The first row below the pictures and what is told at a glance."""
        drawn = 0 if self.drawing is None else self.drawing.top + self.drawing.rows + GLANCE_ROWS + 2
        return max(TEXT_ROW + len(self.own_names), drawn)

    @cached_property
    def widths(self) -> dict[int, float]:
        """The widths of all columns, in characters; the arrows of a small network are long."""
        found = {1: 0.0, 2: 0.0, 3: 0.0} if self.drawing is None else self.drawing.widths()
        rule = range(2, self.left_end)
        missing = max(0.0, _RULE_WIDTH - sum(found[column] for column in rule))
        ways = [2] if self.drawing is None else self.drawing.arrow_columns
        found |= {way: found[way] + missing / len(ways) for way in ways}
        found[1], found[self.left_end] = _NAME_WIDTH, _NUMBER_WIDTH
        right = dict.fromkeys(range(self.right, self.last + 1), _RIGHT_WIDTH)
        return found | {self.left_end + 1: 2.0} | right | {self.right: _LABEL_WIDTH}

    @property
    def rule_characters(self) -> int:
        """How many characters of a rule fit into a line; most are narrower than a digit."""
        return int(1.1 * sum(self.widths[column] for column in range(2, self.left_end)))

    @property
    def left_characters(self) -> int:
        """How many characters fit into a line of the left half."""
        return int(1.13 * sum(self.widths[column] for column in range(1, self.left_end + 1)))

    @property
    def right_characters(self) -> int:
        """How many characters fit into a line of the right half."""
        return int(1.13 * sum(self.widths[column] for column in range(self.right, self.last + 1)))


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
    """The lines of the left half while they are put: name, mathematics, and a live number of the run that is shown.

    `row` is the next free row. The numbers are those of `index`, a row of the run's table counted from 0, and `when`
    names it: "at epoch 0". `cell_of` gives the cell of each quantity of this row that has a line.
    """

    def __init__(self, canvas: Canvas, book: Book, page: SummaryLayout) -> None:
        self.canvas = canvas
        self.book = book
        self.page = page
        first = opening(book.lesson)
        self.run, self.epoch, self.example = book.runs[first.run], first.epoch, first.example
        self.recipe = self.run.recipe
        self.naming = self.run.of.naming
        self.index = self.recipe.row_of(first.epoch) + first.example
        self.when = f"at epoch {first.epoch}" + (f", example {first.example + 1}" * (not book.lesson.single))
        self.row, self.blocks = page.text_row, 1  # the network is the first block
        self.cell_of: dict[Quantity, Live] = {}
        self.longest_name = 0

    def heading(self, text: str, note: str = "") -> None:
        """Put the heading of a numbered block, and below it, where told, which numbers are shown."""
        if self.row > self.page.text_row:
            self.row += 1
        self.blocks += 1
        heading(self.canvas, self.row, (self.page.left, self.page.left_end), f"{self.blocks}. {text}")
        self.row += 1
        if note:
            self.canvas.put(self.row, 2, f"numbers {note}", Look.NOTE)
            self.row += 1

    def line(
        self,
        name: str,
        mathematics: str,
        number: Live,
        role: Role,
        number_format: str = "",
        column: Quantity | None = None,
        own: str = "",
    ) -> Live:
        """Put a line: name, mathematics, live number; return the number's cell.

        Where the line is about a quantity of the run's table, `column`, its name is a link to the header of that
        column. An `own` name stands before the mathematics; of mathematics in several lines the first has the number.
        """
        canvas, end, room = self.canvas, self.page.left_end, self.page.rule_characters
        self.longest_name = max(self.longest_name, len(name))
        link = None if column is None else self.run.header(column, fixed=False)
        canvas.put(self.row, 1, name, Look.LINK if link else Look.LABEL, role, link=link)
        cell = canvas.put(self.row, end, number, Look.LINKED, role, number_format)
        rules = [told for line in mathematics.split("\n") for told in in_rows([line], self.naming.name, room)]
        for text in beside(own, [named(told, self.naming.name) for told in rules], room):
            is_long = len(text) > room
            canvas.put(self.row, 2, text, Look.MATH, shrink=is_long)
            if is_long:
                canvas.merged.append(f"{address(self.row, 2)}:{address(self.row, end - 1)}")
            self.row += 1
        return cell

    def words(self, text: str) -> None:
        """Put a paragraph of text."""
        self.row = block(self.canvas, self.row, (self.page.left, self.page.left_end), text, self.page.left_characters)

    def fetched(
        self, name: str, mathematics: str, quantity: Quantity, index: int | None = None, header: str = ""
    ) -> Live:
        """Put a line whose number comes from a row of the run's table, by default that shown; return its cell.

        `header` is the formula of the header under which `Checks` seeks it again, by default the cell of the name.
        """
        number_format = WHOLE if isinstance(quantity, Correct) else ""
        index, header = self.index if index is None else index, header or self.name
        number = self.book.number(self.run, quantity, index)
        own = self.book.lesson.own_name(quantity, self.run.index)
        there = self.line(name, mathematics, number, role_of(quantity, self.naming), number_format, quantity, own)
        self.canvas.claim(there, self.run.named(header, index))
        return there

    @property
    def name(self) -> str:
        """The cell of the name in the next line."""
        return address(self.row, 1, fixed=True)

    def given(self, of: Given, name: str, words: str) -> Live:
        """Put the line of a typed number, with `words` in place of mathematics; return the number's cell."""
        found = self.run.named(self.name, self.index)
        if isinstance(of.of, Constant):
            found = self.run.elsewhere(self.run.given(Given(Constant(name))))
        own = self.book.lesson.own_name(of.of, self.run.index)
        there = self.line(name, words, self.book.given(of, self.run.index), role_of(of, self.naming), own=own)
        self.canvas.claim(there, found)
        return there
