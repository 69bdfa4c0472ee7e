"""`InputsLayout`: the cell of each typed number, on `Inputs` or `Data`, found by arithmetic on the lesson."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from xlbackprop.lesson import Lesson, rate_name
from xlbackprop.network import Constant, Datum, Given, Input, Target
from xlbackprop.workbook import Live, address, cells, quoted

INPUTS, DATA = "Inputs", "Data"


class Heading(StrEnum):
    """The headings of the sections of `Inputs`."""

    INPUTS = "Inputs"
    TARGETS = "Targets"
    WEIGHTS = "Starting weights"
    BIASES = "Starting biases"
    RATES = "Learning rates"
    CONSTANTS = "Optimizer and schedule"


class Section(NamedTuple):
    """A section of `Inputs`: its heading, and the names of the numbers below it ("w1", "w2", …).

    `of` names the runs that start from these numbers, "LR=0.1, LR=0.2"; it is empty where all runs do.
    """

    heading: Heading
    names: tuple[str, ...]
    of: str = ""


@dataclass(frozen=True)
class InputsLayout:
    """The layout of the typed numbers: on `Inputs` one a row, in sections; on `Data` one example a row.

    `Data` is there only where a lesson has several examples.
    """

    lesson: Lesson

    value_column, state_column = 2, 4
    no_number = "not a number"
    first_row = 5
    data_first_column = 3

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The sections of `Inputs` from top to bottom; none is empty."""
        return tuple(section for section in self._sections() if section.names)

    def _sections(self) -> Iterator[Section]:
        lesson, names = self.lesson, self.lesson.given_names
        if lesson.single:
            naming = lesson.runs[0].naming
            yield Section(Heading.INPUTS, tuple(map(naming.name, naming.inputs())))
            yield Section(Heading.TARGETS, tuple(map(naming.name, naming.targets())))
        for index, run in enumerate(lesson.runs):
            sharing = lesson.sharing(index)
            if index == sharing[0]:
                of = "" if len(sharing) == len(lesson.runs) else ", ".join(lesson.runs[other].name for other in sharing)
                weights, biases = run.naming.weights(), run.naming.layer_biases()
                yield Section(Heading.WEIGHTS, tuple(names[index][Given(weight)] for weight in weights), of)
                yield Section(Heading.BIASES, tuple(names[index][Given(bias)] for bias in biases), of)
        yield Section(Heading.RATES, tuple(rate_name(index) for index in range(len(lesson.runs))))
        constants = (
            names[index][Given(Constant(name))]
            for index, run in enumerate(lesson.runs)
            for name in run.recipe.constants
        )
        yield Section(Heading.CONSTANTS, tuple(constants))

    @cached_property
    def row_of(self) -> dict[str, int]:
        """The row of each number of `Inputs` by its name; the row above a section's first number holds its heading."""
        rows: dict[str, int] = {}
        row = self.first_row
        for section in self.sections:
            rows |= {name: number for number, name in enumerate(section.names, start=row + 1)}
            row += len(section.names) + 2
        return rows

    def rows(self, section: Section) -> tuple[int, int]:
        """Return the first and the last row of the numbers of a section."""
        return self.row_of[section.names[0]], self.row_of[section.names[-1]]

    @cached_property
    def _data_place(self) -> dict[str, tuple[int, int]]:
        """The row and column of each number of `Data` by its name."""
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
        """Return the column of `Data` that holds an input or a target."""
        return self.data_first_column + of.unit + (len(self.lesson.inputs[0]) if isinstance(of, Target) else 0)

    @cached_property
    def data_names_row(self) -> int | None:
        """The row of `Data` with the own names of inputs and targets; None where none has such a name."""
        naming = self.lesson.runs[0].naming
        data: tuple[Input | Target, ...] = (*naming.inputs(), *naming.targets())
        return 5 if any(self.lesson.own_name(of) for of in data) else None

    def data_class_names(self) -> Live | None:
        """Return the own names of all targets on `Data`, that of a class each; None where one has none."""
        targets = self.lesson.runs[0].naming.targets()
        names = [*map(self.lesson.own_name, targets)]
        if self.lesson.single or self.data_names_row is None or not all(names):
            return None
        ends = (address(self.data_names_row, self.data_column(of), fixed=True) for of in (targets[0], targets[-1]))
        return cells(f"{quoted(DATA)}!{':'.join(ends)}", names)

    @property
    def data_header_row(self) -> int:
        return 5 if self.data_names_row is None else 6

    @property
    def data_last_row(self) -> int:
        return self.data_header_row + len(self.lesson.inputs)

    def numbers(self, section: Section) -> str:
        """Return the range of the numbers of a section: `'Inputs'!$B$6:$B$7`."""
        first, last = (address(row, self.value_column, fixed=True) for row in self.rows(section))
        return f"{quoted(INPUTS)}!{first}:{last}"

    def data_block(self) -> str:
        """Return the range of all numbers of `Data`: `'Data'!$C$6:$E$9`."""
        right = self.data_column(Target(len(self.lesson.targets[0]) - 1))
        first = address(self.data_header_row + 1, self.data_first_column, fixed=True)
        return f"{quoted(DATA)}!{first}:{address(self.data_last_row, right, fixed=True)}"

    def data_cells(self, of: Input | Target, first: int, last: int) -> str:
        """Return the range of an input or target in the examples `first` to `last`, from 0: `'Data'!$C$6:$C$8`."""
        rows = (self.data_header_row + 1 + example for example in (first, last))
        start, end = (address(row, self.data_column(of), fixed=True) for row in rows)
        return f"{quoted(DATA)}!{start}:{end}"

    def blocks(self) -> tuple[str, ...]:
        """Return the ranges of all typed numbers, on `Data` and `Inputs`: ("'Inputs'!$B$6:$B$7", …)."""
        data = () if self.lesson.single else (self.data_block(),)
        return (*data, *map(self.numbers, self.sections))

    def column(self, column: int) -> str:
        """Return the range of a column of `Inputs` over all its numbers, headings among them: `'Inputs'!$A$5:$A$40`."""
        first, last = (address(row, column, fixed=True) for row in (self.first_row, max(self.row_of.values())))
        return f"{quoted(INPUTS)}!{first}:{last}"

    def cell(self, name: str) -> str:
        """Return the cell of a typed number by its name: `'Inputs'!$B$6`."""
        if name in self._data_place:
            return f"{quoted(DATA)}!{address(*self._data_place[name], fixed=True)}"
        return f"{quoted(INPUTS)}!{address(self.row_of[name], self.value_column, fixed=True)}"

    def given(self, quantity: Given, run: int) -> str:
        """Return the cell of `Inputs` or `Data` from which a run fetches this number: `'Inputs'!$B$14`."""
        return self.cell(self.lesson.given_names[run][quantity])
