"""Work on one file in a process of its own, with a limit of memory.

Some files make a library end its whole process, or take more memory than there is. Here only the process that was
started for it ends.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from xlbackprop.machine.process import run_program
from xlbackprop.machine.temporary_files import temporary_folder

_START = "from xlbackprop.machine.isolated_process import _answer; _answer()"
_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


def run_isolated(
    program: str,
    work: Callable[[_Task], _Result],
    on: _Task,
    name: str,
    memory: int,
    time_limit: float,
    failure: type[Exception],
) -> _Result:
    """Return `work(on)`, computed in a process of its own; an exception of it is raised here.

    `work`, `on` and the result must be picklable. `program` is the library's name in messages, `name` that of the file
    that it works on, `memory` the bytes that it may take beside those of the imported modules, `time_limit` is in
    seconds. Raises `failure`, with a sentence, where the
    process ends without an answer or is not ready in time.
    """
    with temporary_folder() as room:
        answer = room / "answer"  # a file, since a library may print
        task = pickle.dumps((work, on, memory, answer))
        imports = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [sys.executable, "-c", _START]
        done = run_program(program, command, room, time_limit, failure, standard_input=task, environment=imports)
        if done.code or not answer.exists():
            what = "something in it is nested too deep, or the memory did not suffice."
            raise failure(f"{program} broke down over {name}: {what}")
        result, fault = pickle.loads(answer.read_bytes())  # written by ourselves a moment ago, in a folder of our own
    if fault is not None:
        raise fault
    given: _Result = result
    return given


def _answer() -> None:
    """Do the work in the process that was started for it, and write its result or exception to a file."""
    work, on, memory, answer = pickle.load(sys.stdin.buffer)
    limit_memory(memory)
    outcome: tuple[object, Exception | None]
    try:
        outcome = work(on), None
    except Exception as fault:
        outcome = None, fault
    answer.write_bytes(pickle.dumps(outcome))


def limit_memory(room: int) -> None:
    """Limit this process to `room` bytes beside its present address space, where the system can do so (Linux)."""
    try:
        import resource  # noqa: PLC0415 -- not on Windows

        taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (taken + room, most))
    except (ImportError, OSError, ValueError):
        return
