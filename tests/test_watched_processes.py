"""Work that takes too long or too much memory ends alone; a process that is killed loses nothing."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from xlbackprop.machine import Limits, TookTooMuch, in_watched_processes

LIMITS = Limits(seconds=3.0, memory=300_000_000)


def work(task: str) -> str:
    match task.split(":"):
        case ["sleep", seconds]:
            time.sleep(float(seconds))
        case ["hold", size]:
            bytearray(int(size))
        case ["die once", path]:
            if not Path(path).exists():
                Path(path).touch()
                os.kill(os.getpid(), signal.SIGKILL)
        case ["die"]:
            os._exit(3)
        case ["fail"]:
            raise ValueError("no")
    return task


def outcomes(*tasks: str, jobs: int = 2) -> dict[str, object]:
    return dict(in_watched_processes(work, tasks, jobs, LIMITS))


def test_what_takes_too_long_ends_alone() -> None:
    found = outcomes("a", "sleep:60", "b", "c", "fail")
    assert isinstance(found["sleep:60"], TookTooMuch)
    assert "longer than 3 s" in str(found["sleep:60"])
    assert isinstance(found["fail"], ValueError)
    assert [found[task] for task in "abc"] == ["a", "b", "c"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")
def test_what_takes_too_much_memory_ends_alone() -> None:
    found = outcomes("a", "hold:1000000000", "b", jobs=1)
    assert isinstance(found["hold:1000000000"], TookTooMuch)
    assert [found["a"], found["b"]] == ["a", "b"]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    task = f"die once:{tmp_path / 'mark'}"
    assert outcomes("a", task, "b") == {"a": "a", task: task, "b": "b"}


def test_what_breaks_its_process_down_twice_is_told() -> None:
    assert isinstance(outcomes("die", "a")["die"], TookTooMuch)
