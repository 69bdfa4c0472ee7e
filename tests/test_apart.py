"""Work in a process of its own: what breaks it down, or takes all memory or time, ends nothing else."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from xlbackprop.machine import run_isolated


class Failed(Exception):  # noqa: N818
    """How `run_isolated` is told to fail here."""


def apart(work: object, path: Path, *, memory: int = 1 << 28, time_limit: float = 60) -> object:
    return run_isolated("The program", work, path, path.name, memory, time_limit, Failed)  # type: ignore[arg-type]


def number_of_the_process(_: Path) -> int:
    print("words on the output are no answer")
    return os.getpid()


def refuse(path: Path) -> None:
    raise ValueError(f"there is nothing in {path.name}")


def end_the_process(_: Path) -> None:
    os.abort()


def half_a_gigabyte(_: Path) -> int:
    return len(bytes(1 << 29))


def half_a_minute(_: Path) -> None:
    time.sleep(30)


def test_the_work_is_done_in_another_process_and_its_result_comes_back(tmp_path: Path) -> None:
    assert apart(number_of_the_process, tmp_path) != os.getpid()


def test_what_the_work_raises_is_raised_here(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"there is nothing in w\.xlsx"):
        apart(refuse, tmp_path / "w.xlsx")


def test_a_process_that_breaks_down_is_a_failure_in_words(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"The program broke down over w\.xlsx"):
        apart(end_the_process, tmp_path / "w.xlsx")


@pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="memory is limited where the system tells it as Linux"
)
def test_no_more_memory_is_given_than_it_may_take(tmp_path: Path) -> None:
    assert apart(half_a_gigabyte, tmp_path, memory=1 << 30) == 1 << 29
    with pytest.raises(MemoryError):
        apart(half_a_gigabyte, tmp_path)


def test_no_more_time_is_given_than_it_may_take(tmp_path: Path) -> None:
    begun = time.monotonic()
    with pytest.raises(Failed, match=r"The program was not ready after 0\.5 seconds"):
        apart(half_a_minute, tmp_path, time_limit=0.5)
    assert time.monotonic() - begun < 20
