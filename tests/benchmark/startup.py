"""What the command line costs before it does anything, beside what Python itself costs."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.benchmark.measuring import Command, Measurement, measure

# what the installed command `xlbackprop` does
_ENTRY = "import sys; from xlbackprop.__main__ import main; sys.exit(main())"
IMPORT, ARGPARSE = 'python -c "import numpy, openpyxl"', 'python -c "import argparse"'
GENERATE, HELP = "xlbackprop generate --no-verify", "xlbackprop --help"


@dataclass(frozen=True, slots=True)
class Line:
    """One command and what a run of it costs; None where it failed."""

    name: str
    cpu: float | None = None
    wall: float | None = None


def startup(repeat: int, say: Callable[[str], None]) -> list[Line]:
    """Measure all commands round by round, after a first round that only warms up."""
    runs: dict[str, list[Measurement]] = {}
    with tempfile.TemporaryDirectory() as folder:
        commands = _commands(Path(folder) / "default.xlsx")
        for number in range(repeat + 1):
            for name, words in commands.items():
                measured = measure(Command([sys.executable, "-c", *words]))
                if number and isinstance(measured, Measurement):
                    runs.setdefault(name, []).append(measured)
        say(f"start-up: {repeat} rounds")
    return [_line(name, runs.get(name, [])) for name in commands]


def _line(name: str, runs: list[Measurement]) -> Line:
    if not runs:
        return Line(name)
    return Line(name, median(run.cpu for run in runs), median(run.wall for run in runs))


def _commands(output: Path) -> dict[str, list[str]]:
    """Return the commands by what a table calls them, as what follows `python -c`."""
    return {
        'python -c "pass"': ["pass"],
        ARGPARSE: ["import argparse"],
        HELP: [_ENTRY, "--help"],
        "xlbackprop --version": [_ENTRY, "--version"],
        "xlbackprop lessons": [_ENTRY, "lessons"],
        IMPORT: ["import numpy, openpyxl"],
        GENERATE: [_ENTRY, "generate", "--no-verify", "-o", str(output)],
    }
