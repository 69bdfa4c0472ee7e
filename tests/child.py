"""Handing files to xlbackprop in a process of its own, with limits of memory and time, and measuring both.

A file that makes the process break down, hang or ask for too much is told apart from the others, and the rest goes on
in a new process.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

MEMORY = 1 << 30  # bytes that a file may take, beside what the libraries have taken
SECONDS = 60  # until a process is ended; a shared machine may be slow, and what is asserted is less

_SCRIPT = """
import json, os, resource, sys
from pathlib import Path
import formualizer, numpy, openpyxl  # a limit of addresses counts libraries, too
from xlbackprop import InputError, verify
from xlbackprop.engines import EngineFailed
from xlbackprop.engines.pdf_handout import is_untouched_handout as is_untouched_paper
from xlbackprop.xlsx.write import is_untouched
from xlbackprop.xlsx.read import blind_copy, read_sheets, read_surroundings, read_workbook, refuse_active_content, workbook_package

def blind(path):
    blind_copy(path, path.with_suffix(".blind"))

def surroundings(path):
    with workbook_package(path) as package:
        return read_surroundings(package, read_sheets(package))

def read(path):
    refused = []
    for use in (is_untouched, is_untouched_paper, read_workbook, surroundings, blind):
        try:
            use(path)
        except InputError as error:
            refused.append(str(error))
    return refused

def opened(path):
    with workbook_package(path) as package:
        refuse_active_content(package, read_sheets(package))

uses = {
    "open": opened,
    "verify": lambda path: verify(path).equal,
    "ironcalc": lambda path: verify(path, "ironcalc").equal,
    "read": read,
}
use = uses[sys.argv[1]]
taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + int(sys.argv[2]), resource.RLIM_INFINITY))
for line in sys.stdin:
    start = sum(os.times()[:4])  # of the processor, also in processes that were started: others may be at work here
    try:
        said = "done " + str(use(Path(json.loads(line))))
    except (InputError, EngineFailed) as error:
        said = "refused " + str(error)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps([said[:1000], sum(os.times()[:4]) - start, peak]), flush=True)
"""


class Outcome(NamedTuple):
    """How it went with a file: what was said, what went wrong (nothing, if all is well), seconds of CPU, bytes at the peak."""

    said: str
    trouble: str = ""
    seconds: float = 0.0
    peak: int = 0

    @property
    def refused(self) -> bool:
        """Whether the reason was given for not using it."""
        return self.said.startswith("refused")


def in_a_child(use: str, paths: Sequence[Path], memory: int = MEMORY, seconds: float = SECONDS) -> Iterator[Outcome]:
    """Yield for each file how it went: `use` is open, verify, ironcalc or read."""
    child: subprocess.Popen[str] | None = None
    for path in paths:
        child = child or _started(use, memory)
        outcome = _asked(child, path, seconds)
        if outcome.trouble:
            child.kill()
            _ended(child)
            child = None
        yield outcome
    if child is not None:
        _ended(child)


def _started(use: str, memory: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, use, str(memory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


def _asked(child: subprocess.Popen[str], path: Path, seconds: float) -> Outcome:
    assert child.stdin is not None
    assert child.stdout is not None
    start = time.monotonic()
    try:
        child.stdin.write(json.dumps(str(path)) + "\n")
        child.stdin.flush()
    except BrokenPipeError:
        return Outcome("", "it had broken down before")
    ready, _, _ = select.select([child.stdout], [], [], seconds)
    line = child.stdout.readline() if ready else ""
    if line:
        said, taken, peak = json.loads(line)
        return Outcome(said, "", taken, peak)
    if not ready:
        return Outcome("", f"it hangs: more than {seconds} seconds", time.monotonic() - start)
    code = child.wait()
    assert child.stderr is not None
    return Outcome("", f"exit code {code}: {child.stderr.read()[-600:]}", time.monotonic() - start)


def _ended(child: subprocess.Popen[str]) -> None:
    for stream in (child.stdin, child.stdout, child.stderr):
        if stream is not None:
            stream.close()
    child.wait()
