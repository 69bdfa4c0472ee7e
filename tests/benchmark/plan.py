"""The work as every contestant gets it: sheets, headers, formulas as templates, values.

The formulas stand in the same cells as in our own workbook, so a file of a peer can be compared with ours cell by
cell. Above the table stand the typed numbers that the formulas refer to, here as plain numbers.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xlbackprop.lesson.lesson import Lesson
from xlbackprop.lesson.lesson_file import load_lesson
from xlbackprop.network.quantities import Epoch, Given, Input, LearningRate, Target, TotalLoss, Weight
from xlbackprop.numpy_run.trace import Trace, train
from xlbackprop.sheets.runs.column_looks import ColumnLooks
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.taught.column import Column
from xlbackprop.workbook.document import Fill, fill_text
from xlbackprop.workbook.formula_notation import excel

HERE, ABOVE = "\x01", "\x02"  # where a template wants the number of its own row, and of the row above
BARE = "\x03"  # in place of a first formula: the bare value
_MARKS = {0: HERE, -1: ABOVE}
_BLOCK = 4096  # rows handed over at once: enough for speed, little for memory


@dataclass(frozen=True, slots=True)
class PlannedColumn:
    """A header, a template for all rows, what stands in the first row instead (BARE: no formula), and the look."""

    header: str
    template: str
    first: str | None
    number_format: str


@dataclass(frozen=True, slots=True, eq=False)
class PlannedSheet:
    """One run. `head` holds (row, column, number) above the table; `values` is float64 (rows, columns)."""

    name: str
    header_row: int
    loss_column: int
    head: tuple[tuple[int, int, float], ...]
    columns: tuple[PlannedColumn, ...]
    values: np.ndarray

    @property
    def first_row(self) -> int:
        return self.header_row + 1

    @property
    def last_row(self) -> int:
        return self.header_row + len(self.values)

    def lines(self, prefix: str = "") -> Iterator[tuple[int, list[str | None], list[float | str]]]:
        """Yield (row, formulas, values) of the table's rows; formula None is a bare number, NaN comes as #NUM!."""
        spellers = [speller(prefix + column.template) for column in self.columns]
        for row, values in enumerate(self._rows(), start=self.first_row):
            here, above = str(row), str(row - 1)
            formulas: list[str | None] = [spell(here, above) for spell in spellers]
            if row == self.first_row:
                formulas = [
                    formula if column.first is None else None if column.first == BARE else prefix + column.first
                    for formula, column in zip(formulas, self.columns, strict=True)
                ]
            yield row, formulas, values

    def _rows(self) -> Iterator[list[float | str]]:
        broken = bool(np.isnan(self.values).any())
        for start in range(0, len(self.values), _BLOCK):
            block = self.values[start : start + _BLOCK].tolist()
            yield from ([value if value == value else "#NUM!" for value in row] for row in block) if broken else block  # noqa: PLR0124 - only NaN is not itself


def asked() -> tuple[Lesson, Path]:
    """Return the lesson and the file that the words of a peer's command line name: LESSON EPOCHS FILE."""
    lesson, epochs, file = sys.argv[1:4]
    return load_lesson(lesson, epochs=epochs), Path(file)


def planned(lesson: Lesson) -> Iterator[PlannedSheet]:
    """Train, and yield the sheet of every run."""
    trace = train(lesson)
    for run in range(len(lesson.runs)):
        yield _sheet(RunLayout(lesson, run), trace)


def _sheet(layout: RunLayout, trace: Trace) -> PlannedSheet:
    values = np.column_stack([trace.of(column.quantity)[layout.index] for column in layout.columns])
    looks = ColumnLooks(layout.lesson, trace, layout)
    return PlannedSheet(
        name=layout.name,
        header_row=layout.header_row,
        loss_column=layout.column_of[TotalLoss()],
        head=tuple(_head(layout)),
        columns=tuple(_column(layout, column, looks.of(column.quantity).number_format) for column in layout.columns),
        values=values,
    )


def _head(layout: RunLayout) -> Iterator[tuple[int, int, float]]:
    given = layout.lesson.given(layout.index)
    yield layout.rate_row, layout.rate_column, given[Given(LearningRate())]
    for number, column in enumerate(layout.columns, start=1):
        if isinstance(column.quantity, Input | Target | Weight):
            yield layout.given_row, number, given[Given(column.quantity)]


def _column(layout: RunLayout, column: Column, number_format: str) -> PlannedColumn:
    first = None
    if column.first is not None:
        spelled = fill_text(excel(column.first, layout.here), layout.first_row)
        first = BARE if isinstance(column.quantity, Epoch) else spelled
    return PlannedColumn(
        header=layout.of.naming.name(column.quantity),
        template=template(excel(column.formula, layout.here)),
        first=first,
        number_format=number_format,
    )


def template(fill: Fill) -> str:
    """Return a filled-down formula as one text with marks for the row numbers."""
    return "".join(part if isinstance(part, str) else _MARKS[part] for part in fill)


def speller(text: str) -> Callable[[str, str], str]:
    """Return the cheapest function from (own row, row above), as texts, to the formula of a template."""
    if ABOVE not in text:
        pieces = text.split(HERE)
        return lambda here, _: here.join(pieces)
    if HERE not in text:
        pieces = text.split(ABOVE)
        return lambda _, above: above.join(pieces)
    return lambda here, above: text.replace(HERE, here).replace(ABOVE, above)
