"""What one run of a contestant costs, read from the system's own accounts of the finished process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
PLAIN = "XLBACKPROP_PLAIN"
_STOPWATCH = Path(__file__).with_name("stopwatch.py")
_MEMORY_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Measurement:
    """One run: seconds of CPU (user and system, children too), seconds on the wall, bytes of memory and of the file."""

    cpu: float
    wall: float
    memory: int
    size: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no measurement: what the program last said."""

    reason: str


@dataclass(frozen=True, slots=True)
class Command:
    """What is run: the words, and what is added to the environment."""

    words: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


def measure(command: Command, output: Path | None = None) -> Measurement | Refusal:
    """Run a command from the top of the checkout, so that its own `xlbackprop` is the one that runs."""
    if output is not None:
        output.unlink(missing_ok=True)
    # what the person has set must not turn our contestant into its own fallback
    # an installed program has its byte code beside it
    left_out = (PLAIN, "PYTHONDONTWRITEBYTECODE")
    inherited = {name: value for name, value in os.environ.items() if name not in left_out}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report"
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(_STOPWATCH), str(report), *command.words],
            cwd=TOP,
            env={**inherited, **command.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            check=False,
        )
        if not report.exists():
            return Refusal(last_words(done.stderr, "it cannot be started"))
        cpu, wall, memory, code = report.read_text(encoding="utf-8").split()
    if int(code) != 0:
        return Refusal(last_words(done.stderr, f"exit code {code}"))
    if output is not None and not output.exists():
        return Refusal("it ended well but wrote no file")
    size = output.stat().st_size if output is not None else 0
    return Measurement(float(cpu), float(wall), int(memory) * _MEMORY_UNIT, size)


def last_words(stderr: str, otherwise: str) -> str:
    """Return the last line that a program wrote on its error stream, short enough for a table."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    words = lines[-1] if lines else otherwise
    return (words if len(words) <= 120 else words[:119] + "…").replace("|", "/")
