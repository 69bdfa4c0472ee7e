"""Is a workbook on disk still right? `verify` answers it, with the lesson that the workbook carries."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from xlbackprop.engines import BlindCopy, Engine, Gap, WorkbookValues
from xlbackprop.engines import engine as engine_named
from xlbackprop.errors import InputError, Problem
from xlbackprop.lesson import Lesson
from xlbackprop.machine import temporary_folder
from xlbackprop.numpy_run import Trace, train
from xlbackprop.proof.comparison import compare
from xlbackprop.proof.differences import is_number, shown
from xlbackprop.proof.report import Report
from xlbackprop.proof.runs import Runs
from xlbackprop.proof.stored_curves import compare_stored_curves
from xlbackprop.proof.surroundings import Surrounding, Weight, compare_surroundings
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
from xlbackprop.workbook import Document, ErrorValue, Place, Value, address, contents, quoted
from xlbackprop.xlsx.read import (
    ReadCell,
    ReadSheet,
    blind_copy,
    read_sheets,
    read_surroundings,
    refuse_active_content,
    workbook_package,
)

__all__ = ["Made", "Report", "Verification", "verify"]


class Made(NamedTuple):
    """The trained runs of a lesson and its document, where they are at hand: they need not be made twice."""

    trace: Trace
    document: Document


def verify(path: Path, engine: str = "formualizer", made: Made | None = None) -> Report:
    """Recalculate a workbook from its inputs alone and compare all that a reader sees with what its lesson should give.

    The lesson is the one that the workbook carries on its sheet Lesson, trained in NumPy with the numbers that the
    input cells hold now. `engine` is a key of `xlbackprop.engines.ENGINES`. `made` is what the caller has made of a
    lesson; it counts only where the workbook carries the same lesson. Raises InputError where xlbackprop did not make
    the file, where its inputs are no numbers or where there is no such engine; EngineMissing where the engine is not
    installed, EngineFailed where it breaks down (both in `xlbackprop.engines`).
    """
    program = engine_named(engine)
    version = program.version()  # first of all: where the program is missing nothing else is worth doing
    return Verification(path, made).by(program, version)


class Verification:
    """A workbook on disk and the document that its lesson should give, to be compared by any number of engines.

    The file is read once. Raises InputError where xlbackprop did not make it.
    """

    def __init__(self, path: Path, made: Made | None = None) -> None:
        self.path = path
        closing = ExitStack()
        weakref.finalize(self, closing.close)
        blind = closing.enter_context(temporary_folder()) / "blind.xlsx"
        with workbook_package(path) as package:
            self.found = read_sheets(package, blind)
            refuse_active_content(package, self.found)
            self.surroundings = read_surroundings(package, self.found)
        self._blind = BlindCopy(blind, {name: [*sheet.areas()] for name, sheet in self.found.items()})
        cells: Mapping[Place, Value] = self.found[LESSON].stored if LESSON in self.found else {}
        self.carried = read_carried(str(path), cells)
        carried = self.carried
        self.lesson = read_lesson(carried.text, f"{path}, sheet {LESSON}", carried.options, carried.data)
        _refuse_a_lesson_that_is_not_there(path, self.lesson, self.found)
        self.changeable = changeable(self.lesson)
        if made is None or (made.trace.lesson, installed_versions()) != (self.lesson, carried.versions):
            trace = train(self.lesson)
            made = Made(trace, compile_document(self.lesson, None, carried.versions, trace))
        self.trace, self.document = made

    def by(self, program: Engine, version: str) -> Report:
        """Return the report of a recalculation by a program; `version` is the one that the program reports.

        Raises InputError where the inputs of the workbook are no numbers, EngineMissing or EngineFailed.
        """
        document = self.document
        calculated, seconds = self._recalculated(program, document)
        standing = _standing(self.path, document, self.changeable, calculated)
        trace = self.trace
        if standing != {name: each.shipped for name, each in self.changeable.items()}:
            lesson = self.lesson.with_typed(standing)
            trace = train(lesson) if lesson != self.lesson else self.trace
            document = compile_document(self.lesson, standing, self.carried.versions, self.trace, trace)
            if program.gaps:  # the values that it was given belonged to the numbers of the lesson
                calculated, seconds = self._recalculated(program, document)
        runs = Runs(
            trace,
            lambda found: compile_document(self.lesson, standing, self.carried.versions, self.trace, found),
        )
        report = compare(
            document, self.found, calculated, program.name, version, gaps=program.gaps, runs=runs, around=self._around
        )
        notes = [*_notes(self.changeable, standing, self.carried, document), *_formulas(document, self.found)]
        notes += report.notes
        if report.differences:
            notes += _excuses(program, report)
        return replace(report, seconds=seconds, notes=tuple(notes))

    def _around(self, stored: Document) -> Iterator[Surrounding]:
        """Yield what the file shows otherwise; `stored` is the document that its stored values follow from."""
        made = [*compare_surroundings(self.document, self.surroundings)]
        if any(one.weight is Weight.DIFFERENT for one in made) and stored is not self.document:
            # a workbook that was written with typed numbers already changed has the looks that go with these
            now = [*compare_surroundings(stored, self.surroundings)]
            made = min(made, now, key=lambda found: sum(one.weight is Weight.DIFFERENT for one in found))
        yield from made
        yield from compare_stored_curves(stored, self.surroundings)

    def _recalculated(self, program: Engine, document: Document) -> tuple[WorkbookValues, float]:
        """Return the values that the program calculates from a copy without values, and the seconds it took.

        Formulas that match a gap of the program are replaced by the document's values.
        """
        if not program.gaps:
            return _timed(program, self._blind)
        with temporary_folder() as room:
            blind = self._blind._replace(path=room / "blind.xlsx")
            blind_copy(self.path, blind.path, self._given(program.gaps, document))
            return _timed(program, blind)

    def _given(self, gaps: Sequence[Gap], document: Document) -> dict[str, dict[Place, Value]]:
        """Return the values of formulas that match a gap, by sheet and place; for formulas not ours the stored ones."""
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


def _timed(program: Engine, blind: BlindCopy) -> tuple[WorkbookValues, float]:
    start = perf_counter()
    (calculated,) = program.recalculate([blind])
    return calculated, perf_counter() - start


def _refuse_a_lesson_that_is_not_there(path: Path, lesson: Lesson, found: Mapping[str, ReadSheet]) -> None:
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
            value = calculated[sheet.name].get(place) if sheet.name in calculated else None
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
                shipped = changeable[cell.changeable].shipped
                # many programs save 15 digits of a number: that is no edit
                standing[cell.changeable] = shipped if f"{value:.15g}" == f"{shipped:.15g}" else float(value)
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


def _formulas(document: Document, found: Mapping[str, ReadSheet]) -> Iterator[str]:
    """Yield a sentence on typed numbers that are formulas in the file: w1 may be =1/3, or =IF(TODAY()>…)."""
    told = []
    for sheet in document.sheets:
        typed = ((place, cell.changeable) for place, cell in sheet.cells.items() if cell.changeable is not None)
        cells: Mapping[Place, ReadCell] = found.get(sheet.name, {})
        told += [
            f"{name} is ={cell.formula}"
            for place, name in typed
            if (cell := cells.get(place)) is not None and cell.formula is not None
        ]
    if told:
        yield f"Typed as formulas, whose values count: {'; '.join(told)}."


def _excuses(program: Engine, report: Report) -> Iterator[str]:
    """Yield a sentence on what may make a sound program's numbers differ: it shows no overflow."""
    overflows = any(difference.expected == ErrorValue.NUM.value for difference in report.differences)
    if overflows and not program.overflow_is_error:
        yield f"{program.name} does not show overflows as errors; verify this workbook with another engine."
