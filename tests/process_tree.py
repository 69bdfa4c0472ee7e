"""What a program takes with all processes that it starts: seconds, and memory at the peak, as Linux tells it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple

_PAGE = resource.getpagesize()


class Taken(NamedTuple):
    """The exit code, what it said on both streams, the seconds that it took, the bytes of all processes at the peak."""

    code: int
    said: str
    seconds: float
    peak: int


def taken_by(script: str, words: Sequence[str], longest: float) -> Taken:
    """Run a Python script with these words as `sys.argv[1:]`, and look at its processes; end it after `longest` seconds."""
    paths = os.pathsep.join(filter(None, sys.path))
    began, peak = time.monotonic(), 0
    with TemporaryFile() as said:
        command = [sys.executable, "-c", script, *words]
        child = subprocess.Popen(command, stdout=said, stderr=said, env={**os.environ, "PYTHONPATH": paths})
        while child.poll() is None:
            peak = max(peak, sum(map(_resident, _family(child.pid))))
            if time.monotonic() - began > longest:
                child.kill()
                break
            time.sleep(0.01)
        code = child.wait()
        said.seek(0)
        return Taken(code, said.read().decode(errors="replace"), time.monotonic() - began, peak)


def _family(pid: int) -> list[int]:
    """Return a process and all that it and they have started."""
    found = [pid]
    for one in found:
        try:
            threads = [*Path(f"/proc/{one}/task").iterdir()]
            found += [int(number) for each in threads for number in (each / "children").read_text().split()]
        except OSError:
            continue
    return found


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0
