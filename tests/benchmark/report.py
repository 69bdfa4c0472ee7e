"""The measurements as Markdown: a table for each piece of work, how it grows, start-up, and what nobody should forget."""

from __future__ import annotations

import os
import platform
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from math import log
from statistics import median

from tests.benchmark.contestants import LIMIT, OURS, Contestant, version_of
from tests.benchmark.measuring import Command, Measurement, measure
from tests.benchmark.race import PATIENCE, Raced, Result
from tests.benchmark.startup import ARGPARSE, GENERATE, HELP, IMPORT, Line

_HEADINGS = (
    "contestant", "runs", "CPU s (least–most)", "wall s", "peak MB", "file MB", "cells a second",
    "CPU ÷ ours", "CPU ÷ limit", "values stored",
)  # fmt: skip
_FEWEST_ROWS = 1_000  # below, start-up hides how the work grows


def surroundings(contestants: Sequence[Contestant], rounds: int) -> Iterator[str]:
    """Yield the lines above the tables: what ran, where, when."""
    libraries = {name: version_of(name) for name in ("xlbackprop", "numpy", "orjson", "isal")}
    peers = {contestant.name: contestant.version for contestant in contestants if "," not in contestant.name}
    versions = {"Python": platform.python_version(), "zlib": zlib.ZLIB_RUNTIME_VERSION, **libraries, **peers}
    listed = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    machine = f"{os.cpu_count()} processors, {platform.system()} {platform.machine()}"
    yield f"{datetime.now(UTC):%Y-%m-%d}; {listed}; {machine}."
    yield "Medians; CPU is user and system of the process and its children, from its start to its end."
    yield f"Rounds: {rounds}, everyone once in each; what took longer than {PATIENCE:.0f} s ran in the first only."
    floor = measure(Command(["true"]))
    if isinstance(floor, Measurement):
        yield f"Peak memory cannot show less than {floor.memory / 1e6:.0f} MB, what the process that starts them holds."


def table(raced: Raced) -> Iterator[str]:
    """Yield the table of one piece of work."""
    yield f"### {raced.title}"
    yield ""
    if raced.shape:
        sheets, rows, columns = raced.shape
        yield f"{sheets} sheets × {rows:,} rows × {columns:,} columns = {sheets * rows * columns:,} cells."
        yield ""
    yield from _markdown(_HEADINGS, [list(_cells(result, raced)) for result in raced.results])


def _cells(result: Result, raced: Raced) -> Iterator[str]:
    yield result.contestant.name
    if not result.runs:
        yield from ["–", result.trouble, *["–"] * 7]
        return
    cpus = [run.cpu for run in result.runs]
    cpu = median(cpus)
    sheets, rows, columns = raced.shape or (0, 0, 0)
    yield str(len(cpus))
    yield f"{cpu:.2f}" + (f" ({min(cpus):.2f}–{max(cpus):.2f})" if len(cpus) > 1 else "")
    yield f"{median(run.wall for run in result.runs):.2f}"
    yield f"{median(run.memory for run in result.runs) / 1e6:.0f}"
    yield f"{median(run.size for run in result.runs) / 1e6:.2f}"
    yield f"{sheets * rows * columns / cpu:,.0f}" if cpu else "–"
    yield _ratio(cpu, raced.cpu(OURS))
    yield _ratio(cpu, raced.cpu(LIMIT))
    yield result.contestant.values


def _ratio(part: float | None, whole: float | None) -> str:
    return f"{part / whole:.2f}" if part is not None and whole else "–"


def growth(races: Sequence[Raced]) -> Iterator[str]:
    """Yield how the CPU grows with the rows: the exponent, and what a row more costs early and late."""
    series = [raced for raced in races if raced.grows and raced.rows >= _FEWEST_ROWS]
    if len(series) < 2:
        return
    series.sort(key=lambda raced: raced.rows)
    few, some, many = series[0], series[1], series[-1]
    headings = ["contestant", f"exponent {_steps(few, many)}", f"ms a row {_steps(few, some)}"]
    headings += [f"ms a row {_steps(few, many)}", "linear within"] if many is not some else []
    yield "### Growth"
    yield ""
    yield from _markdown(headings, [list(_grown(name, few, some, many)) for name in _names(series)])


def _steps(few: Raced, many: Raced) -> str:
    return f"{few.rows:,} → {many.rows:,}"


def _names(series: Sequence[Raced]) -> list[str]:
    return [result.contestant.name for result in series[0].results]


def _grown(name: str, few: Raced, some: Raced, many: Raced) -> Iterator[str]:
    early, late = increment(_point(few, name), _point(some, name)), increment(_point(few, name), _point(many, name))
    slope = exponent(_point(few, name), _point(many, name))
    yield name
    yield "–" if slope is None else f"{slope:.3f}"
    yield "–" if early is None else f"{early * 1000:.3f}"
    if many is not some:
        yield "–" if late is None else f"{late * 1000:.3f}"
        yield "–" if early is None or late is None else f"{(late / early - 1) * 100:+.1f} %"


Point = tuple[int, float | None]  # rows, seconds of CPU


def _point(raced: Raced, name: str) -> Point:
    return raced.rows, raced.cpu(name)


def exponent(few: Point, many: Point) -> float | None:
    """Return the slope of log CPU over log rows; start-up is part of both."""
    if few[1] is None or many[1] is None:
        return None
    return log(many[1] / few[1]) / log(many[0] / few[0])


def increment(few: Point, many: Point) -> float | None:
    """Return the seconds of CPU that one row more costs between two sizes."""
    if few[1] is None or many[1] is None:
        return None
    return (many[1] - few[1]) / (many[0] - few[0])


def start_up(lines: Sequence[Line]) -> Iterator[str]:
    """Yield the table of start-up and its two ratios."""
    yield "### Start-up"
    yield ""
    rows = [[f"`{line.name}`", _milliseconds(line.cpu), _milliseconds(line.wall)] for line in lines]
    yield from _markdown(["command", "CPU ms", "wall ms"], rows)
    cpu = {line.name: line.cpu for line in lines}
    yield ""
    yield f"`generate` costs {_ratio(cpu[GENERATE], cpu[IMPORT])} × the import of numpy and openpyxl;"
    yield f"`--help` costs {_ratio(cpu[HELP], cpu[ARGPARSE])} × the import of argparse."


def _milliseconds(seconds: float | None) -> str:
    return "failed" if seconds is None else f"{seconds * 1000:.0f}"


def notes(contestants: Sequence[Contestant], races: Sequence[Raced]) -> Iterator[str]:
    """Yield what each contestant does and does not do, and whose file was found to differ."""
    yield "### What each does and does not do"
    yield ""
    yield (
        "All write the same formulas into the same cells (the peers get them as the cheapest thing that fits: a "
        "template with the row number joined in), with the number format of the column, a header row, the typed "
        "numbers that the formulas refer to, and one chart of the six loss curves. None of the peers writes fills, "
        "fonts or our other sheets. Programs in Python train with NumPy first, as ours does."
    )
    yield ""
    for contestant in contestants:
        yield f"- **{contestant.name}**: {contestant.note}"
    for raced in races:
        for result in raced.results:
            if result.difference:
                yield f"- **Not the same work**, {raced.title}, {result.contestant.name}: {result.difference}"


def _markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(headings) + " |"
    yield "|---|" + "---:|" * (len(headings) - 1)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
