"""Is a workbook on disk still right? `verify` does the whole of it, with the lesson that the workbook carries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from xlbackprop.comparison import FileCells, Report, compare, is_number, shown
from xlbackprop.compiler import compile_document, installed_versions
from xlbackprop.document import Document, address, quoted
from xlbackprop.engines import engine as engine_named
from xlbackprop.engines.base import Engine, WorkbookValues
from xlbackprop.errors import InputError, Problem
from xlbackprop.layout import LESSON, RunLayout
from xlbackprop.lesson import Lesson
from xlbackprop.lesson_file import read_lesson
from xlbackprop.sheets import lesson_text
from xlbackprop.sheets.book import PATHS_OF, default_settings, whole_settings
from xlbackprop.step_layout import step_sheets
from xlbackprop.surroundings_check import compare_surroundings
from xlbackprop.trace import chaos, train
from xlbackprop.xlsx.acting import refuse_what_acts
from xlbackprop.xlsx.blind import blind_copy
from xlbackprop.xlsx.reader import read_workbook
from xlbackprop.xlsx.surroundings import read_surroundings

__all__ = ["Report", "verify"]


def verify(path: Path, engine: str = "formualizer") -> Report:
    """Recalculate a workbook from its inputs alone and compare every cell with what its lesson should give.

    The lesson is the one that the workbook carries, with the numbers that now stand in it; the run is NumPy's.
    Raises InputError where the file is not a workbook of ours or its inputs are no numbers, EngineMissing and
    EngineFailed (`xlbackprop.engines`).
    """
    program = engine_named(engine)
    version = program.version()
    refuse_what_acts(path)
    found, surroundings = read_workbook(path), read_surroundings(path)
    carried = lesson_text.read(str(path), {place: cell.value for place, cell in found.get(LESSON, {}).items()})
    lesson = read_lesson(carried.text, f"{path}, sheet {LESSON}", carried.options, carried.data)
    _refuse_a_lesson_that_is_not_there(path, lesson, found)
    with TemporaryDirectory(prefix="xlbackprop-") as room:
        blind = Path(room) / "blind.xlsx"
        blind_copy(path, blind)
        (calculated,) = program.recalculate([blind])
    trace = train(lesson)
    document = compile_document(lesson, None, carried.versions, trace)
    settings = _standing_settings(path, document, lesson, calculated)
    if settings != default_settings(lesson):
        document = compile_document(lesson, settings, carried.versions, trace)
    report = compare(document, found, calculated, engine, version)
    report = replace(report, around=tuple(compare_surroundings(document, surroundings)))
    notes = [*_notes(lesson, settings, carried, document)]
    if not report.equal:
        notes += _excuses(program, lesson.with_typed(settings))
    return replace(report, notes=tuple(notes))


def _refuse_a_lesson_that_is_not_there(path: Path, lesson: Lesson, found: FileCells) -> None:
    """Raise InputError where the lesson would fill far more cells than the workbook has: it was not made from it."""
    wanted = lesson.cells
    there = sum(len(cells) for cells in found.values())
    if wanted > 4 * there + 10_000:
        what = f"the lesson it carries would fill {wanted:,} cells, and the workbook has {there:,}."
        raise InputError(str(path), [Problem("", what, "Its sheet Lesson does not belong to the other sheets.")])


def _standing_settings(path: Path, document: Document, lesson: Lesson, calculated: WorkbookValues) -> dict[str, float]:
    """Return the numbers that a reader may change, as they stand now. A typed =1/3 counts as what it gives."""
    settings: dict[str, float] = {}
    problems = []
    whole = whole_settings(lesson)
    for sheet in document.sheets:
        for place, cell in sheet.cells.items():
            if cell.setting is None:
                continue
            value = calculated.get(sheet.name, {}).get(place)
            where = f"{quoted(sheet.name)}!{address(*place)}"
            if cell.choices:
                if value in cell.choices:
                    settings[cell.setting] = float(cell.choices.index(str(value)))
                else:
                    what = f"{cell.setting} is chosen from the list of the cell, but {shown(value)} stands there."
                    problems.append(Problem(where, what))
            elif not is_number(value):
                what = f"{cell.setting} should be a number, but {shown(value)} stands there."
                problems.append(Problem(where, what))
            elif cell.setting in whole and value not in (allowed := whole[cell.setting]):
                bounds = f"from {allowed[0]} to {allowed[-1]}"
                what = f"{cell.setting} is a whole number {bounds}, but {shown(value)} stands there."
                problems.append(Problem(where, what))
            else:
                settings[cell.setting] = float(value)
    if problems:
        raise InputError(str(path), problems)
    return settings


def _notes(
    lesson: Lesson, settings: Mapping[str, float], carried: lesson_text.Carried, document: Document
) -> Iterator[str]:
    if carried.fingerprint != document[LESSON].cells[lesson_text.FINGERPRINT_ROW, 2].value:
        yield "The text on the sheet Lesson was edited: it no longer has its fingerprint."
    shipped = default_settings(lesson)
    looked_at = {name for sheet in step_sheets(lesson) for name in sheet.settings} | {PATHS_OF}  # that is no edit
    edits = [
        f"{name} = {shown(value)} (was {shown(shipped[name])})"
        for name, value in settings.items()
        if value != shipped[name] and name not in looked_at
    ]
    if edits:
        yield f"Edited since it was made: {'; '.join(edits)}."
    here, there = installed_versions()["xlbackprop"], carried.versions.get("xlbackprop", "an unknown version")
    if here != there:
        yield f"It was made with xlbackprop {there}, and this is {here}: differences may come from that."
    yield from diverged_runs(document, lesson)


def _excuses(program: Engine, lesson: Lesson) -> Iterator[str]:
    """Yield what may make a sound program's numbers differ."""
    trace = train(lesson)
    overflows = any(trace.diverged_at(run) is not None for run in range(len(lesson.runs)))
    if overflows and not program.overflow_is_error:
        yield f"{program.name} does not show overflows as errors; verify this workbook with another engine."
    yield from chaos(trace)


def diverged_runs(document: Document, lesson: Lesson) -> Iterator[str]:
    """Yield a sentence for every run whose numbers grow too large for a spreadsheet."""
    states = {RunLayout(lesson, run).name: RunLayout(lesson, run) for run in range(len(lesson.runs))}
    for sheet in document.sheets:
        if (run := states.get(sheet.name)) is not None:
            said = str(sheet.cells[run.state_row, run.rate_column].value)
            if said.startswith("The run diverged"):
                yield f"{sheet.name}: {said}"
