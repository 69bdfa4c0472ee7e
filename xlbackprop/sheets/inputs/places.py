"""`InputsLayout`: the cell of each typed number, on `Inputs` or `Data`, found by arithmetic on the lesson."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
            places[name(given)] = row, self.typed_column(given.of.of)
        return places

    def data_column(self, of: Input | Target) -> int:
        """Return the column of `Data` that holds an input, as the network receives it, or a target."""
        return self.typed_column(of) + (
            len(self.lesson.inputs[0]) if self.lesson.scale and isinstance(of, Input) else 0
        )

    def typed_column(self, of: Input | Target) -> int:
        """Return the column of `Data` in which an input or a target is typed; inputs that are scaled stand between."""
        before = len(self.lesson.inputs[0]) * (1 + bool(self.lesson.scale)) if isinstance(of, Target) else 0
        return self.data_first_column + of.unit + before

    @cached_property
    def data_names_row(self) -> int | None:
        """The row of `Data` with the own names of inputs and targets; None where none has such a name."""
        naming = self.lesson.runs[0].naming
        data: tuple[Input | Target, ...] = (*naming.inputs(), *naming.targets())
        return 5 if any(self.lesson.own_name(of) for of in data) else None

    def data_class_names(self) -> Live | None:
        """Return the own names of all targets on `Data`, each a column of one; None where a target has none."""
        targets = self.lesson.runs[0].naming.targets()
        names = [*map(self.lesson.own_name, targets)]
        if self.lesson.single or self.data_names_row is None or not all(names):
            return None
        ends = (address(self.data_names_row, self.data_column(of), fixed=True) for of in (targets[0], targets[-1]))
        return cells(f"{quoted(DATA)}!{':'.join(ends)}", [[name] for name in names])

    @property
    def data_header_row(self) -> int:
        return 5 + (self.data_names_row is not None) + 2 * bool(self.lesson.scale)

    @property
    def data_last_row(self) -> int:
        return self.data_header_row + len(self.lesson.inputs)

    def numbers(self, section: Section) -> str:
        """Return the range of the numbers of a section: `'Inputs'!$B$6:$B$7`."""
        first, last = (address(row, self.value_column, fixed=True) for row in self.rows(section))
        return f"{quoted(INPUTS)}!{first}:{last}"

    def data_block(self) -> str:
        """Return the range of all numbers of `Data` that the runs fetch: `'Data'!$C$6:$E$9`."""
        return self._data_range(Input(0), Target(len(self.lesson.targets[0]) - 1), self.data_column)

    def typed_blocks(self) -> tuple[str, ...]:
        """Return the ranges of all typed numbers of `Data`: one, or where the inputs are scaled two."""
        first, last = Input(0), Target(len(self.lesson.targets[0]) - 1)
        if not self.lesson.scale:
            return (self._data_range(first, last, self.typed_column),)
        inputs = self._data_range(first, Input(len(self.lesson.inputs[0]) - 1), self.typed_column)
        return inputs, self._data_range(Target(0), last, self.typed_column)

    def scaled_formulas(self) -> dict[str, int]:
        """Return the ranges of `Data` that hold formulas, each with their number; empty where nothing is scaled.

        Those are the scaled inputs, and in the two rows above the headers of all inputs what these are scaled by, the
        checks, and which are constant.
        """
        examples, inputs = len(self.lesson.inputs), len(self.lesson.inputs[0])
        scaled = self._data_range(Input(0), Input(inputs - 1), self.data_column)
        above = self._above(self.typed_column(Input(0)), 2, 1)
        return {scaled: examples * inputs, above: 4 * inputs} if self.lesson.scale else {}

    def scaled_checks(self) -> str:
        """Return the range of the checks of the scaled inputs, one for each: 0 where it is right."""
        return self._above(self.data_column(Input(0)), 2, 2)

    def _above(self, left: int, first: int, last: int) -> str:
        """Return the cells of rows above the header, from column `left` to the last input: 1 is just above it."""
        start = address(self.data_header_row - first, left, fixed=True)
        right = self.data_column(Input(len(self.lesson.inputs[0]) - 1))
        return f"{quoted(DATA)}!{start}:{address(self.data_header_row - last, right, fixed=True)}"

    def _data_range(self, left: Input | Target, right: Input | Target, column: Callable[[Input | Target], int]) -> str:
        first = address(self.data_header_row + 1, column(left), fixed=True)
        return f"{quoted(DATA)}!{first}:{address(self.data_last_row, column(right), fixed=True)}"

    def data_cells(self, of: Input | Target, first: int, last: int) -> str:
        """Return the range of an input or target in the examples `first` to `last`, from 0: `'Data'!$C$6:$C$8`."""
        rows = (self.data_header_row + 1 + example for example in (first, last))
        start, end = (address(row, self.data_column(of), fixed=True) for row in rows)
        return f"{quoted(DATA)}!{start}:{end}"

    def blocks(self) -> tuple[str, ...]:
        """Return the ranges of all typed numbers, on `Data` and `Inputs`: ("'Inputs'!$B$6:$B$7", …)."""
        data = () if self.lesson.single else self.typed_blocks()
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
        if isinstance(quantity.of, Datum):
            return self.data_cells(quantity.of.of, quantity.of.example, quantity.of.example).partition(":")[0]
        return self.cell(self.lesson.given_names[run][quantity])
