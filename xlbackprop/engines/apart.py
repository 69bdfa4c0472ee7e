"""A calculation in a process of its own.

Some engines break off the whole process over a formula that is nested too deep, or ask for more memory than there is.
There they end nothing but the process that was started for them, and are told to have failed.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from xlbackprop.engines.base import EngineFailed, WorkbookValues
from xlbackprop.engines.process import finished

TIME_LIMIT = 300.0  # seconds for one workbook
# Bytes of memory beside what the libraries take: for any workbook, and more for each byte of its file. The lesson
# `digits` takes up to 2.5 GB for 2.9 MB.
MEMORY, MEMORY_A_BYTE = 1 << 30, 1000

_START = "from xlbackprop.engines.apart import _answer; _answer()"


def calculated_apart(
    calculate: Callable[[Path], WorkbookValues], engine: str, path: Path, time_limit: float = TIME_LIMIT
) -> WorkbookValues:
    """Return what a function of an engine's module gives for a workbook. Raises EngineFailed."""
    with TemporaryDirectory(prefix="xlbackprop-") as room:
        answer = Path(room) / "answer"
        words = [
            sys.executable,
            "-c",
            _START,
            calculate.__module__,
            calculate.__name__,
            str(path.resolve()),
            str(answer),
        ]
        library = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        done = finished(engine, words, Path(room), time_limit, surroundings=library)
        if done.code or not answer.exists():
            what = f"{engine} broke down over {path.name}: a formula is nested too deep, or the memory did not suffice."
            raise EngineFailed(what)
        given = pickle.loads(answer.read_bytes())  # written by ourselves a moment ago, in a folder of our own
    if isinstance(given, EngineFailed):
        raise given
    values: WorkbookValues = given
    return values


def _answer() -> None:
    """Calculate in the process that was started for it, and leave the values in a file."""
    from importlib import import_module  # noqa: PLC0415

    module, name, path, answer = sys.argv[1:]
    calculate = getattr(import_module(module), name)
    _limit_memory(MEMORY + MEMORY_A_BYTE * Path(path).stat().st_size)
    try:
        given: WorkbookValues | EngineFailed = calculate(Path(path))
    except EngineFailed as fault:
        given = EngineFailed(str(fault))
    Path(answer).write_bytes(pickle.dumps(given))


def _limit_memory(room: int) -> None:
    """Let this process have so many bytes beside the addresses that it has; where the system cannot, all there are."""
    try:
        import resource  # noqa: PLC0415 -- not on Windows

        taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (taken + room, most))
    except (ImportError, OSError, ValueError):
        return
