"""Running something on a file in a process of its own, with a limit of memory and of time, and measuring both."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

MEMORY = 1 << 30  # bytes of address space beyond what the imports take
SECONDS = 10

_SCRIPT = """
import resource, sys
from pathlib import Path
import numpy, formualizer, ironcalc  # a limit of addresses counts libraries, too
from xlbackprop import InputError, verify
from xlbackprop.engines import EngineFailed
from xlbackprop.handout import is_untouched as is_untouched_paper
from xlbackprop.lesson_file import load_lesson
from xlbackprop.xlsx import is_untouched
from xlbackprop.xlsx.blind import blind_copy
from xlbackprop.xlsx.reader import read_workbook
from xlbackprop.xlsx.surroundings import read_surroundings

path = Path(sys.argv[2])
use = {
    "verify": lambda: verify(path, sys.argv[3]).equal,
    "read": lambda: (read_workbook(path), read_surroundings(path), blind_copy(path, path.with_suffix(".blind"))) and 0,
    "untouched": lambda: (is_untouched(path), is_untouched_paper(path)),
    "lesson": lambda: load_lesson(path) and 0,
}[sys.argv[1]]
taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + int(sys.argv[4]),) * 2)
try:
    print("done", use())
except (InputError, EngineFailed) as error:
    print("refused", error)
print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


class Outcome(NamedTuple):
    """How a child ended: what it said (empty where it broke down), seconds, and its peak memory in bytes."""

    said: str
    trouble: str
    seconds: float
    peak: int

    @property
    def refused(self) -> bool:
        """Whether it gave the reason for not doing it."""
        return self.said.startswith("refused")


def in_a_child(use: str, path: Path, engine: str = "formualizer", seconds: float = SECONDS) -> Outcome:
    """Use a file; a child that breaks down, hangs or takes too much has `trouble`."""
    words = [sys.executable, "-c", _SCRIPT, use, str(path), engine, str(MEMORY)]
    start = time.perf_counter()
    try:
        done = subprocess.run(
            words,
            capture_output=True,
            text=True,
            timeout=seconds + 10,
            check=False,
            cwd=path.parent,
            env=_surroundings(),
        )
    except subprocess.TimeoutExpired:
        return Outcome("", f"it hangs: more than {seconds} seconds", time.perf_counter() - start, 0)
    taken = time.perf_counter() - start
    said, _, peak = done.stdout.rpartition("peak ")
    if done.returncode or not said:
        return Outcome("", f"exit code {done.returncode}: {done.stderr[-800:]}", taken, 0)
    return Outcome(said.strip(), "", taken, int(peak))


def _surroundings() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
