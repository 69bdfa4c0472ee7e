"""`verify` and `engines`: recalculate a workbook with spreadsheet programs, and list those that are installed."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

from xlbackprop.commands.error_reporting import engine_trouble, patience, scratch_trouble
from xlbackprop.commands.recalculation import recalculated
from xlbackprop.errors import InputError, Problem, printable

if TYPE_CHECKING:
    from xlbackprop.engines import Engine
    from xlbackprop.proof import Report

ALL = "all"
DONE, DIFFERENT, UNUSABLE = 0, 1, 2
ON_WINDOWS = os.name == "nt"
_HEAD = ("engine", "version", "formulas", "not asked", "bit-equal", "relative", "ulp", "seconds", "verdict")


def run(arguments: argparse.Namespace) -> int:
    """Recalculate workbooks and compare them with NumPy; return the exit code, of several files the highest.

    Of one file the whole report is printed, of several a line each.
    """
    names = [name for word in arguments.files for name in _names(word)]
    if len(names) > 1:
        return _line_by_line(names, arguments.engine, strict=arguments.strict)
    path = _path(names[0])
    if arguments.engine == ALL:
        return _by_all(path, strict=arguments.strict)
    report = recalculated(path, arguments.engine)
    print(printable(str(path)))
    for line in report.lines():
        print(f"  {line}")
    return _code(report, strict=arguments.strict)


def _names(word: str) -> Sequence[str]:
    """Return the names of the files that a word means; on Windows no shell writes out *.xlsx."""
    if not (ON_WINDOWS and {"*", "?"} & {*word}):
        return [word]
    return sorted(glob(word.replace("[", "[[]"))) or [word]  # noqa: PTH207 -- Path.glob takes no absolute pattern


def _path(name: str) -> Path:
    if not name.strip():
        hint = "Name a workbook that xlbackprop has made (.xlsx)."
        raise InputError("FILE", [Problem("", "the name is empty.", hint)])
    return Path(name)


def _code(report: Report, *, strict: bool) -> int:
    return DONE if report.is_equal(strict=strict) else DIFFERENT


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


# ------------------------------------------------------------------------------------------------------- several files


def _line_by_line(names: Sequence[str], engine: str, *, strict: bool) -> int:
    """Print a line for each file, of all engines one for each of them; return the highest exit code of all lines."""
    programs, missing, failures = _installed() if engine == ALL else (_installed_one(engine), [], [])
    width = max(len(printable(name)) for name in names)
    room = max(len(program.name) for program, _ in programs) + 2 if engine == ALL else 0
    worst = DONE
    for name in names:
        for program_name, code, verdict in _verdicts(name, programs, strict=strict):
            label = f"{program_name:{room}}" if room else ""
            print(f"{printable(name):{width}}  {label}{verdict}", flush=True)
            worst = max(worst, code)
        gc.collect()  # the process of a command collects nothing by itself, and each file would leave its rings behind
    return max(worst, _say_what_is_missing("--engine all", missing, failures))


def _verdicts(name: str, programs: Sequence[tuple[Engine, str]], *, strict: bool) -> Iterator[tuple[str, int, str]]:
    """Yield (program, exit code, verdict in words) for a file and each program; of an unusable file one, for none."""
    from xlbackprop.proof import Verification  # noqa: PLC0415

    try:
        with patience(f"computing what {name} should give"), scratch_trouble():
            workbook = Verification(_path(name))
    except (InputError, OSError) as error:
        yield "", UNUSABLE, _in_a_line(error, name)
        return
    for program, version in programs:
        try:
            saying = patience(f"recalculating every formula of {name} in {program.name}")
            with saying, scratch_trouble(), engine_trouble(name):
                report = workbook.by(program, version)
        except (InputError, OSError) as error:
            yield program.name, UNUSABLE, _in_a_line(error, name)
        else:
            yield program.name, _code(report, strict=strict), report.in_words(strict=strict)


def _in_a_line(error: InputError | OSError, name: str) -> str:
    if isinstance(error, OSError):
        if error.filename is None:  # the output, not the file
            raise error
        return printable(f"not usable: {error.strerror or error}.")
    first, *others = error.problems
    path = str(Path(name))
    source = "" if error.source in (name, path, "FILE") else f"{error.source.removeprefix(f'{path}, ')}: "
    return printable(f"not usable: {source}{first}" + (f" (and {len(others):,} more)" if others else ""))


def _installed_one(engine: str) -> list[tuple[Engine, str]]:
    """Return the program of this name and its version. Raises InputError where there is none, or it is not here."""
    from xlbackprop.engines import engine as engine_named  # noqa: PLC0415

    program = engine_named(engine)
    with scratch_trouble(), engine_trouble(f"--engine {engine}"):
        return [(program, program.version())]


# --------------------------------------------------------------------------------------------------------- all engines


def _installed() -> tuple[list[tuple[Engine, str]], list[str], list[Problem]]:
    """Return the installed programs with their versions, sentences on those that are not here, and those that fail."""
    from xlbackprop.engines import ENGINES, EngineFailed, EngineMissing  # noqa: PLC0415

    programs: list[tuple[Engine, str]] = []
    missing: list[str] = []
    failures: list[Problem] = []
    for name, program in ENGINES.items():
        try:
            programs.append((program, program.version()))
        except EngineMissing as fault:
            missing.append(f"not here: {fault}")
        except EngineFailed as fault:
            failures.append(Problem(f"--engine {name}", str(fault)))
    return programs, missing, failures


def _by_all(path: Path, *, strict: bool) -> int:
    """Recalculate with every installed program, print a table of the results, and below it the differences."""
    from xlbackprop.engines import EngineFailed, EngineMissing  # noqa: PLC0415
    from xlbackprop.proof import Verification  # noqa: PLC0415

    with patience(f"computing what {path} should give"):
        workbook = Verification(path)
    programs, missing, failures = _installed()
    reports: list[Report] = []
    for program, version in programs:
        try:
            with patience(f"recalculating every formula in {program.name}"):
                reports.append(workbook.by(program, version))
        except (EngineFailed, EngineMissing) as fault:
            failures.append(Problem(f"--engine {program.name}", str(fault)))
    print(printable(str(path)))
    _print_table([_HEAD, *map(_row, reports)])
    codes = [_code(report, strict=strict) for report in reports]
    for report, code in zip(reports, codes, strict=True):
        if code != DONE:
            print("\n  " + "\n  ".join(report.lines()))
    return max([_say_what_is_missing(str(path), missing, failures), *codes])


def _say_what_is_missing(source: str, missing: Sequence[str], failures: Sequence[Problem]) -> int:
    """Print the programs that are not here and those that failed; return the exit code."""
    if missing:
        print("\n  " + "\n  ".join(missing))
    if failures:
        print(InputError(source, failures), file=sys.stderr)
    return UNUSABLE if failures else DONE


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
