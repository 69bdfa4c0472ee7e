"""Every lesson in every spreadsheet engine, as a table: `python -m tests.trust > table.md`.

Each lesson that ships is written anew, its stored values are taken out, every engine that is here calculates it from
nothing, and every cell is compared with the NumPy run. The table is what docs/trust.md shows.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.every_engine import EVERY_ENGINE
from xlbackprop import __version__, compile_document, load_lesson, write_workbook
from xlbackprop.engines import Engine, EngineFailed, EngineMissing
from xlbackprop.lesson_library import built_in_lessons
from xlbackprop.proof.report import Report
from xlbackprop.proof.verification import Verification

HEAD = (
    "lesson",
    "engine",
    "opens",
    "recalculates",
    "formulas",
    "not asked",
    "bit-equal",
    "relative",
    "ulp",
    "whole runs",
    "seconds",
)


def main(words: Sequence[str] | None = None) -> int:
    """Print the table; return 1 where an engine differs or fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.trust", description=__doc__.splitlines()[0])
    parser.add_argument("--lessons", default=",".join(built_in_lessons()), metavar="NAME,NAME")
    parser.add_argument("--engines", default=",".join(EVERY_ENGINE), metavar="NAME,NAME")
    arguments = parser.parse_args(words)
    there, missing = _present(arguments.engines.split(","))
    print(f"{date.today()}; xlbackprop {__version__}, Python {platform.python_version()}, {platform.system()}.")
    print(", ".join(f"{name} {version}" for name, version in there.items()) + ".\n")
    for reason in missing:
        print(f"Not here: {reason}\n")
    _print_row(HEAD)
    _print_row(("---", "---", "---", "---", *["---:"] * 7))
    sound = True
    for lesson in arguments.lessons.split(","):
        for row, is_sound in _rows(lesson, there):
            _print_row(row)
            sound = sound and is_sound
    return 0 if sound else 1


def _present(names: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    there, missing = {}, []
    for name in names:
        try:
            there[name] = EVERY_ENGINE[name].version()
        except EngineMissing as fault:
            missing.append(str(fault))
    return there, missing


def _rows(lesson: str, versions: dict[str, str]) -> Iterator[tuple[tuple[str, ...], bool]]:
    with TemporaryDirectory(prefix="xlbackprop-") as room:
        path = Path(room) / f"{lesson}.xlsx"
        write_workbook(compile_document(load_lesson(lesson)), path)
        workbook = Verification(path)
        for name, version in versions.items():
            yield _row(lesson, workbook, EVERY_ENGINE[name], version)


def _row(lesson: str, workbook: Verification, program: Engine, version: str) -> tuple[tuple[str, ...], bool]:
    try:
        report = workbook.by(program, version)
    except EngineFailed as fault:
        print(f"{lesson}, {program.name}: {fault}", file=sys.stderr)
        return (lesson, program.name, "no", "no", *[""] * 7), False
    if not report.equal:
        print(lesson, *report.lines(), sep="\n  ", file=sys.stderr)
    return (lesson, program.name, "yes", "yes" if report.equal else "**differs**", *_figures(report)), report.equal


def _figures(report: Report) -> tuple[str, ...]:
    return (
        f"{report.formulas:,}",
        f"{sum(report.given.values()):,}",
        f"{report.exact / max(1, report.numbers):.1%}",
        f"{report.largest_relative.size:.1e}",
        f"{report.largest_ulps.size:,.0f}",
        f"{report.drift or 0:.1e}",
        f"{report.seconds:.1f}",
    )


def _print_row(cells: Sequence[str]) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
