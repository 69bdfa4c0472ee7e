"""Where each typed number stands, on `Inputs` and on `Data`, and how a formula refers to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from xlbackprop.lesson import INPUTS_HEADING, TARGETS_HEADING, Lesson
from xlbackprop.network import Datum, Given, Input, Target
from xlbackprop.sheets.names import DATA, INPUTS
from xlbackprop.workbook import address, quoted


@dataclass(frozen=True)
class InputsLayout:
    """The sheets of typed numbers: on `Inputs` one a row, in groups with a heading; on `Data` one example a row.

    `Data` is there where there are several examples.
    """

    lesson: Lesson

    value_column = 2
    first_row = 5
    data_header_row = 5
    data_first_column = 3

    @cached_property
    def groups(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The headings of `Inputs`, and under each the names of its numbers."""
        elsewhere = () if self.lesson.single else (INPUTS_HEADING, TARGETS_HEADING)
        return tuple((heading, names) for heading, names in self.lesson.groups if heading not in elsewhere)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """The row of each number of `Inputs`, and of each heading under its own words."""
        rows: dict[str, int] = {}
        row = self.first_row
        for heading, names in self.groups:
            rows[heading] = row
            for offset, name in enumerate(names, start=1):
                rows[name] = row + offset
            row += len(names) + 2
        return rows

    @cached_property
    def _data_place(self) -> dict[str, tuple[int, int]]:
        """The row and column of each number of `Data`."""
        if self.lesson.single:
            return {}
        name = self.lesson.runs[0].naming.name
        places = {}
        for given, _ in self.lesson.data():
            assert isinstance(given.of, Datum)
            row = self.data_header_row + 1 + given.of.example
            places[name(given)] = row, self.data_column(given.of.of)
        return places

    def data_column(self, of: Input | Target) -> int:
        """Return the column of `Data` in which an input or target stands."""
        return self.data_first_column + of.unit + (len(self.lesson.inputs[0]) if isinstance(of, Target) else 0)

    @property
    def data_last_row(self) -> int:
        return self.data_header_row + len(self.lesson.inputs)

    def group(self, names: Sequence[str]) -> str:
        """Return the cells of typed numbers that stand below each other, as another sheet refers to them."""
        first, last = (address(self.row_of[name], self.value_column, fixed=True) for name in (names[0], names[-1]))
        return f"{quoted(INPUTS)}!{first}:{last}"

    def data_block(self) -> str:
        """Return all numbers of `Data`, as another sheet refers to them."""
        right = self.data_column(Target(len(self.lesson.targets[0]) - 1))
        first = address(self.data_header_row + 1, self.data_first_column, fixed=True)
        return f"{quoted(DATA)}!{first}:{address(self.data_last_row, right, fixed=True)}"

    def data_cells(self, of: Input | Target, first: int, last: int) -> str:
        """Return an input or target of the examples `first` to `last` (from 0), as another sheet refers to them."""
        rows = (self.data_header_row + 1 + example for example in (first, last))
        start, end = (address(row, self.data_column(of), fixed=True) for row in rows)
        return f"{quoted(DATA)}!{start}:{end}"

    def blocks(self) -> tuple[str, ...]:
        """Return all typed numbers as ranges, as another sheet refers to them."""
        data = () if self.lesson.single else (self.data_block(),)
        return (*data, *(self.group(names) for _, names in self.groups))

    def cell(self, name: str) -> str:
        """Return the cell of a typed number as another sheet refers to it: 'Inputs'!$B$6."""
        if name in self._data_place:
            return f"{quoted(DATA)}!{address(*self._data_place[name], fixed=True)}"
        return f"{quoted(INPUTS)}!{address(self.row_of[name], self.value_column, fixed=True)}"

    def given(self, quantity: Given, run: int) -> str:
        """Return the cell that a run's typed number comes from."""
        return self.cell(self.lesson.given_names[run][quantity])
