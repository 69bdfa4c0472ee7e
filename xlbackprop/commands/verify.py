"""`verify` and `engines`: recalculate a workbook with spreadsheet programs, and list those that are installed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from xlbackprop.commands.error_reporting import patience
from xlbackprop.commands.recalculation import recalculated
from xlbackprop.errors import InputError, Problem, printable

if TYPE_CHECKING:
    from xlbackprop.proof import Report

ALL = "all"
DONE, DIFFERENT, UNUSABLE = 0, 1, 2
_HEAD = ("engine", "version", "formulas", "not asked", "bit-equal", "relative", "ulp", "seconds", "verdict")


def run(arguments: argparse.Namespace) -> int:
    """Recalculate a workbook, compare it with NumPy and print the report; return the exit code."""
    path = Path(arguments.file)
    if arguments.engine == ALL:
        return _by_all(path)
    report = recalculated(path, arguments.engine)
    print(printable(str(path)))
    for line in report.lines():
        print(f"  {line}")
    return DONE if report.equal else DIFFERENT


def engines(_: argparse.Namespace) -> int:
    """Print for each spreadsheet program its version or how to install it, and its gaps; return the exit code."""
    from xlbackprop.engines import ENGINES, EngineFailed, EngineMissing  # noqa: PLC0415

    for name, program in ENGINES.items():
        try:
            said = program.version()
        except EngineMissing as fault:
            said = f"not here. {fault}"
        except EngineFailed as fault:
            said = f"out of order. {fault}"
        print(f"{name:14}{said}")
        if program.gaps:
            print(f"{'':14}is not asked for {', '.join(gap.what for gap in program.gaps)}")
    return DONE


def _by_all(path: Path) -> int:
    """Recalculate with every installed program, print a table of the results, and below it the differences."""
    from xlbackprop.engines import ENGINES, EngineFailed, EngineMissing  # noqa: PLC0415
    from xlbackprop.proof import Verification  # noqa: PLC0415

    with patience(f"computing what {path} should give"):
        workbook = Verification(path)
    reports: list[Report] = []
    missing: list[str] = []
    failures: list[Problem] = []
    for name, program in ENGINES.items():
        try:
            version = program.version()
            with patience(f"recalculating every formula in {name}"):
                reports.append(workbook.by(program, version))
        except EngineMissing as fault:
            missing.append(f"not here: {fault}")
        except EngineFailed as fault:
            failures.append(Problem(f"--engine {name}", str(fault)))
    print(printable(str(path)))
    _print_table([_HEAD, *map(_row, reports)])
    for report in reports:
        if not report.equal:
            print("\n  " + "\n  ".join(report.lines()))
    if missing:
        print("\n  " + "\n  ".join(missing))
    if failures:
        print(InputError(str(path), failures), file=sys.stderr)
        return UNUSABLE
    return DONE if all(report.equal for report in reports) else DIFFERENT


def _row(report: Report) -> tuple[str, ...]:
    return (
        report.engine,
        report.version,
        f"{report.formulas:,}",
        f"{sum(report.given.values()):,}",
        f"{report.exact / max(1, report.numbers):.1%}",
        f"{report.largest_relative.size:.1e}",
        f"{report.largest_ulps.size:,.0f}",
        f"{report.seconds:.1f}",
        "equal" if report.equal else "different",
    )


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            word.ljust(width) if place in (0, 1, len(widths) - 1) else word.rjust(width)
            for place, (word, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  " + "  ".join(cells).rstrip())
