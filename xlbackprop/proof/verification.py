"""Is a workbook on disk still right? `verify` answers it, with the lesson that the workbook carries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from xlbackprop.engines import Engine, Gap, WorkbookValues
from xlbackprop.engines import engine as engine_named
from xlbackprop.errors import InputError, Problem
from xlbackprop.lesson import Lesson
from xlbackprop.numpy_run import rounding_warnings, train
from xlbackprop.proof.charts_and_names import compare_surroundings
from xlbackprop.proof.comparison import FileCells, Report, compare, is_number, shown
from xlbackprop.sheets import (
    LESSON,
    Carried,
    Changeable,
    changeable,
    compile_document,
    diverged_words,
    fingerprint,
    installed_versions,
    read_carried,
    read_lesson,
)
from xlbackprop.workbook import Document, ErrorValue, Value, address, contents, quoted
from xlbackprop.xlsx.read import blind_copy, read_surroundings, read_workbook, refuse_active_content

__all__ = ["Report", "Verification", "verify"]


def verify(path: Path, engine: str = "formualizer") -> Report:
    """Recalculate a workbook from its inputs alone and compare every cell with what its lesson should give.

    The lesson is the one that the workbook carries on its sheet Lesson, trained in NumPy with the numbers that the
    input cells hold now. `engine` is a key of `xlbackprop.engines.ENGINES`. Raises InputError where xlbackprop did not
    make the file, where its inputs are no numbers or where there is no such engine; EngineMissing where the engine is
    not installed, EngineFailed where it breaks down (both in `xlbackprop.engines`).
    """
    program = engine_named(engine)
    version = program.version()  # first of all: where the program is missing nothing else is worth doing
    return Verification(path).by(program, version)


class Verification:
    """A workbook on disk and the document that its lesson should give, to be compared by any number of engines.

    Raises InputError where xlbackprop did not make the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        refuse_active_content(path)
        self.found = read_workbook(path)
        cells = {place: cell.value for place, cell in self.found.get(LESSON, {}).items()}
        self.carried = read_carried(str(path), cells)
        carried = self.carried
        self.lesson = read_lesson(carried.text, f"{path}, sheet {LESSON}", carried.options, carried.data)
        _refuse_a_lesson_that_is_not_there(path, self.lesson, self.found)
        self.changeable = changeable(self.lesson)
        self.trace = train(self.lesson)
        self.document = compile_document(self.lesson, None, carried.versions, self.trace)
        self.around = read_surroundings(path)

    def by(self, program: Engine, version: str) -> Report:
        """Return the report of a recalculation by a program; `version` is the one that the program reports.

        Raises InputError where the inputs of the workbook are no numbers, EngineMissing or EngineFailed.
        """
        document = self.document
        calculated, seconds = self._recalculated(program, document)
        standing = _standing(self.path, document, self.changeable, calculated)
        if standing != {name: each.shipped for name, each in self.changeable.items()}:
            document = compile_document(self.lesson, standing, self.carried.versions, self.trace)
            if program.gaps:  # the values that it was given belonged to the numbers of the lesson
                calculated, seconds = self._recalculated(program, document)
        report = compare(document, self.found, calculated, program.name, version, gaps=program.gaps)
        notes = [*_notes(self.changeable, standing, self.carried, document)]
        if not report.equal:
            notes += _excuses(program, report, self.lesson.with_typed(standing))
        around = tuple(compare_surroundings(document, self.around))
        return replace(report, around=around, seconds=seconds, notes=tuple(notes))

    def _recalculated(self, program: Engine, document: Document) -> tuple[WorkbookValues, float]:
        """Return the values that the program calculates from a copy without values, and the seconds it took.

        Formulas that match a gap of the program are replaced by the document's values.
        """
        with TemporaryDirectory(prefix="xlbackprop-") as room:
            blind = Path(room) / "blind.xlsx"
            blind_copy(self.path, blind, self._given(program.gaps, document))
            start = perf_counter()
            (calculated,) = program.recalculate([blind])
            return calculated, perf_counter() - start

    def _given(self, gaps: Sequence[Gap], document: Document) -> dict[str, dict[tuple[int, int], Value]]:
        """Return the values of formulas that match a gap, by sheet and place; for formulas not ours the stored ones."""
        if not gaps:
            return {}
        ours = {
            sheet.name: {(row, column): value for row, column, _, value in contents(sheet)} for sheet in document.sheets
        }
        return {
            sheet: {
                place: ours.get(sheet, {}).get(place, "" if cell.value is None else cell.value)
                for place, cell in cells.items()
                if cell.formula is not None and any(gap.pattern.search(cell.formula) for gap in gaps)
            }
            for sheet, cells in self.found.items()
        }


def _refuse_a_lesson_that_is_not_there(path: Path, lesson: Lesson, found: FileCells) -> None:
    """Raise InputError where the lesson would fill far more cells than the workbook has: it is not its lesson."""
    wanted = lesson.cells
    there = sum(len(cells) for cells in found.values())
    if wanted > 4 * there + 10_000:
        what = f"the lesson it carries would fill {wanted:,} cells, and the workbook has {there:,}."
        raise InputError(str(path), [Problem("", what, "Its sheet Lesson does not belong to the other sheets.")])


def _standing(
    path: Path, document: Document, changeable: Mapping[str, Changeable], calculated: WorkbookValues
) -> dict[str, float]:
    """Return the present values of the numbers that a reader may change, by name. A typed =1/3 counts as its value."""
    standing: dict[str, float] = {}
    problems = []
    for sheet in document.sheets:
        for place, cell in sheet.cells.items():
            if cell.changeable is None:
                continue
            value = calculated.get(sheet.name, {}).get(place)
            where = f"{quoted(sheet.name)}!{address(*place)}"
            if cell.choices:
                if value in cell.choices:
                    standing[cell.changeable] = float(cell.choices.index(str(value)))
                else:
                    what = f"{cell.changeable} is chosen from the list of the cell, but {shown(value)} stands there."
                    problems.append(Problem(where, what))
            elif not is_number(value):
                what = f"{cell.changeable} should be a number, but {shown(value)} stands there."
                problems.append(Problem(where, what))
            elif (allowed := changeable[cell.changeable].allowed) is not None and value not in allowed:
                bounds = f"from {allowed[0]} to {allowed[-1]}"
                what = f"{cell.changeable} is a whole number {bounds}, but {shown(value)} stands there."
                problems.append(Problem(where, what))
            else:
                standing[cell.changeable] = float(value)
    if problems:
        raise InputError(str(path), problems)
    return standing


def _notes(
    changeable: Mapping[str, Changeable], standing: Mapping[str, float], carried: Carried, document: Document
) -> Iterator[str]:
    if carried.fingerprint != fingerprint(document):
        yield "The text on the sheet Lesson was edited: it no longer has its fingerprint."
    edits = [
        f"{name} = {shown(value)} (was {shown(changeable[name].shipped)})"
        for name, value in standing.items()
        if value != changeable[name].shipped and not changeable[name].is_view
    ]
    if edits:
        yield f"Edited since it was made: {'; '.join(edits)}."
    here, there = installed_versions()["xlbackprop"], carried.versions.get("xlbackprop", "an unknown version")
    if here != there:
        yield f"It was made with xlbackprop {there}, and this is {here}: differences may come from that."
    for outcome in document.outcomes:
        if outcome.diverged is not None:
            yield f"{outcome.name}: {diverged_words(outcome.diverged)}"


def _excuses(program: Engine, report: Report, lesson: Lesson) -> Iterator[str]:
    """Yield sentences on causes that may make a sound program's numbers differ: overflow, and rounding that decides."""
    overflows = any(difference.expected == ErrorValue.NUM.value for difference in report.differences)
    if overflows and not program.overflow_is_error:
        yield f"{program.name} does not show overflows as errors; verify this workbook with another engine."
    yield from rounding_warnings(train(lesson))
