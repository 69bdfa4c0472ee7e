"""A finished workbook open in the embedded engine: plant a cell, read what `verify` and `Checks` say, take it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import formualizer

from tests.reading import sheet_of
from xlbackprop import compile_document, write_workbook
from xlbackprop.engines.python_packages import formualizer_value
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.numpy_run import train
from xlbackprop.proof.comparison import compare
from xlbackprop.proof.runs import Runs
from xlbackprop.sheets.checks.places import CHECKS, ChecksLayout
from xlbackprop.sheets.curves.places import LOSS_CURVES
from xlbackprop.sheets.inputs.places import DATA, INPUTS, InputsLayout
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.sheets.steps.places import step_sheets
from xlbackprop.sheets.summary.layout import SUMMARY
from xlbackprop.workbook import SheetValues
from xlbackprop.workbook.document import Document, Value, contents, stored
from xlbackprop.xlsx.read import ReadCell, read_workbook

Place = tuple[str, int, int]
Planted = str | float | None  # a formula with its "=", a text, a number, or nothing at all


def core_of(document: Document, lesson: Lesson) -> Document:
    """Return the workbook without the sheets that are texts alone."""
    runs = {RunLayout(lesson, run).name for run in range(len(lesson.runs))}
    kept = runs | {INPUTS, DATA, LOSS_CURVES, CHECKS, SUMMARY, *(layout.name for layout in step_sheets(lesson))}
    return replace(document, sheets=tuple(sheet for sheet in document.sheets if sheet.name in kept), names={})


class Opened:
    """The core of a lesson's workbook, written to a file, read back and calculated by the engine."""

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson
        self._edited: set[str] = set()
        self._settings: Mapping[str, float] = {}
        self._trace = train(lesson)
        self.document = core_of(compile_document(lesson), lesson)
        self.runs = [RunLayout(lesson, run) for run in range(len(lesson.runs))]
        self.checks = ChecksLayout(lesson)
        with TemporaryDirectory() as room:
            path = Path(room) / "core.xlsx"
            write_workbook(self.document, path)
            self.found = read_workbook(path)
            self.workbook = formualizer.load_workbook(str(path), strategy="eager_all")
        self.workbook.evaluate_all()
        self.honest = {
            (sheet.name, row, column): (formula, stored(value))
            for sheet in self.document.sheets
            for row, column, formula, value in contents(sheet)
        }

        self.calculated = {place: self.value(*place) for place in self.honest}

    def formula(self, place: Place) -> str | None:
        """Return the formula that belongs into a cell, without "="."""
        return self.honest[place][0]

    def edit(self, settings: Mapping[str, float]) -> None:
        """Type these numbers into Inputs, those as shipped into the rest, and take what must follow for the truth."""
        self.document = core_of(compile_document(self.lesson, settings), self.lesson)
        self._settings, self._trace = settings, train(self.lesson.with_typed({**self.lesson.typed, **settings}))
        inputs, cells = InputsLayout(self.lesson), dict(self.found[INPUTS].items())
        for name in {*settings, *self._edited}:
            number = settings.get(name, self.lesson.typed[name])
            place = (INPUTS, inputs.row_of[name], inputs.value_column)
            cells[place[1:]] = ReadCell(None, number)
            self.plant({place: number})
        self.found[INPUTS] = sheet_of(cells)
        self._edited = set(settings)

    def plant(self, changes: Mapping[Place, Planted]) -> None:
        """Put these into the cells and calculate."""
        for (sheet, row, column), content in changes.items():
            if isinstance(content, str) and content.startswith("="):
                self.workbook.set_formula(sheet, row, column, content)
            else:
                self.workbook.set_value(sheet, row, column, content)
        self.workbook.evaluate_all()

    def take_back(self, changes: Iterable[Place]) -> None:
        """Put what belongs there into the cells again and calculate."""
        self.plant({place: self.belongs(place) for place in changes})

    def belongs(self, place: Place) -> Planted:
        """Return what stands in a cell of the sound workbook."""
        if place not in self.honest:
            return None
        formula, value = self.honest[place]
        return f"={formula}" if formula is not None else value

    def value(self, sheet: str, row: int, column: int) -> Value | None:
        """Return what a cell shows; None where it is empty."""
        found = self.workbook.get_value(sheet, row, column)
        return None if found is None else formualizer_value(found)

    def verdict(self) -> str:
        """Return what `Checks` says of the whole book."""
        return str(self.value(CHECKS, self.checks.verdict_row, 2))

    def counts(self, run: int) -> list[Value | None]:
        """Return the seven counts of a run."""
        return [self.value(CHECKS, self.checks.run_row(run), column) for column in range(3, 10)]

    def differences(self, changes: Mapping[Place, Planted] | None = None) -> int:
        """Return how many differences the comparison of `verify` finds, these cells of the file being changed."""
        found = dict(self.found)
        for name in {sheet for sheet, _, _ in changes or {}}:
            cells = dict(found[name].items())
            for (sheet, *place), content in (changes or {}).items():
                if sheet == name and content is None:
                    cells.pop(tuple(place), None)
                elif sheet == name:
                    is_formula = isinstance(content, str) and content.startswith("=")
                    cells[tuple(place)] = ReadCell(content[1:], None) if is_formula else ReadCell(None, content)
            found[name] = sheet_of(cells)
        calculated = {
            sheet: SheetValues.of({place: value for place in cells if (value := self.value(sheet, *place)) is not None})
            for sheet, cells in self.found.items()
        }
        runs = Runs(
            self._trace, lambda found: core_of(compile_document(self.lesson, self._settings, now=found), self.lesson)
        )
        return len(compare(self.document, found, calculated, "formualizer", runs=runs).differences)
