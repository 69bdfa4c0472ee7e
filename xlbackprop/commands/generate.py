"""`generate`: makes the workbook of a lesson, and proves it by recalculation."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from xlbackprop.commands.error_reporting import file_trouble, patience, scratch_trouble
from xlbackprop.commands.overwriting import windows_warnings
from xlbackprop.commands.recalculation import recalculated
from xlbackprop.commands.writing import refuse_losses, target_of, write
from xlbackprop.errors import InputError, Problem

if TYPE_CHECKING:
    from xlbackprop.lesson import Lesson
    from xlbackprop.numpy_run import Trace
    from xlbackprop.workbook import Document

PROVING_ENGINE = "formualizer"
# Formulas. The engine holds every cell in memory; larger workbooks are proved only by `verify`.
MOST_PROVED = 8_000_000
MEMORY_A_FORMULA = 350  # bytes: `verify` takes 0.66 GB for two million


def run(arguments: argparse.Namespace) -> int:
    """Make the workbook of a lesson, and with --pdf its hand-out; return the exit code."""
    if arguments.plant_bug is not None:
        from xlbackprop.commands import plant_bug  # noqa: PLC0415

        return plant_bug.run(arguments)
    if arguments.seed is not None:
        raise InputError("--seed", [Problem("", "it chooses a mistake.", "Add --plant-bug")])
    from xlbackprop.lesson import lesson_warnings  # noqa: PLC0415
    from xlbackprop.numpy_run import rounding_warnings, train  # noqa: PLC0415
    from xlbackprop.sheets import compile_document, load_lesson  # noqa: PLC0415

    rates = None if arguments.rates is None else arguments.rates.split(",")
    lesson = load_lesson(arguments.lesson, epochs=arguments.epochs, learning_rates=rates)
    path, paper = _targets(arguments)
    with patience(f"computing {len(lesson.runs)} runs of {lesson.rows:,} rows"), scratch_trouble():
        trace = train(lesson)
        document = compile_document(lesson, trace=trace)
    write(document, path, paper, force=arguments.force)
    _say_what_was_made(path, lesson, document)
    if paper is not None:
        _say_what_is_on_paper(paper, document)
    for sentence in (*windows_warnings(path), *lesson_warnings(lesson), *rounding_warnings(trace)):
        print(f"  warning   {sentence}")
    return _prove(arguments, trace, document, path)


def _prove(arguments: argparse.Namespace, trace: Trace, document: Document, path: Path) -> int:
    """Recalculate the written workbook, print the report, and return the exit code.

    The workbook is compared with `document`, which is what its lesson gives; where the lesson read from the workbook is
    not the one of `trace`, with what that lesson gives.
    """
    if (reason := _why_not_proved(arguments, document, path)) is not None:
        print(f"  proof     not recalculated ({reason})")
        return 0
    from xlbackprop.proof import Made  # noqa: PLC0415
    from xlbackprop.workbook import Verdict  # noqa: PLC0415

    report = recalculated(path, PROVING_ENGINE, Made(trace, document))
    print("  proof     " + "\n            ".join(report.lines()))
    print(f"  checks    {_verdict(document) if report.equal else 'not as they should be'}")
    return 0 if report.equal and document.verdict is not Verdict.FAIL else 1


def _why_not_proved(arguments: argparse.Namespace, document: Document, path: Path) -> str | None:
    if arguments.no_verify:
        return "--no-verify"
    if document.formulas > MOST_PROVED:
        need = document.formulas * MEMORY_A_FORMULA / 1e9
        by_verify = f"that takes about {need:,.0f} GB of memory; where there is so much: xlbackprop verify {path}"
        return _why_not_read(path) or by_verify
    return None


def _why_not_read(path: Path) -> str | None:
    """Return why `verify` refuses the workbook, whatever the engine; None where it does not."""
    from xlbackprop.xlsx.read import workbook_package  # noqa: PLC0415

    try:
        with workbook_package(path):
            return None
    except InputError as error:
        return f"verify takes no such workbook: {error.problems[0].what.rstrip('.')}; open it, and its Checks prove it"


def _targets(arguments: argparse.Namespace) -> tuple[Path, Path | None]:
    """Return the paths of the workbook and of its hand-out, which is None without --pdf.

    Raises InputError, before the work begins, where one of them cannot be written.
    """
    with file_trouble(Path(arguments.output or "output")):
        path = target_of(arguments.output, Path(arguments.lesson).stem)
        paper = path.with_suffix(".pdf") if arguments.pdf else None
        refuse_losses(path, paper, force=arguments.force, others=_missing_printer() if arguments.pdf else [])
    return path, paper


def _missing_printer() -> list[Problem]:
    from xlbackprop.engines import EngineMissing, require_printer  # noqa: PLC0415

    try:
        require_printer()
    except EngineMissing as error:
        return [Problem("--pdf", str(error), "(without --pdf the workbook alone is made).")]
    return []


def _say_what_was_made(path: Path, lesson: Lesson, document: Document) -> None:
    size = path.stat().st_size / 1e6
    print(f"{path}  ({size:.1f} MB)")
    print(f"  lesson    {lesson.title}")
    print(f"  runs      {len(lesson.runs)} ({_listed([run.name for run in lesson.runs])}), epochs 0 to {lesson.epochs}")
    if not lesson.single:
        held = f", {lesson.held_back} more held back" if lesson.held_back else ""
        print(f"  examples  {lesson.examples}{held}; {lesson.rows:,} rows a run, an example each")
    print(f"  formulas  {document.formulas:,}, each with its value")


def _say_what_is_on_paper(paper: Path, document: Document) -> None:
    from xlbackprop.engines import sheets_on_paper  # noqa: PLC0415

    print(f"  hand-out  {paper} ({_listed(sheets_on_paper(document))})")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (" …" if len(names) > 8 else "")


def _verdict(document: Document) -> str:
    """Return the result of the workbook's own checks in words."""
    from xlbackprop.sheets import verdict_words  # noqa: PLC0415

    return verdict_words([outcome.verdict for outcome in document.outcomes])
