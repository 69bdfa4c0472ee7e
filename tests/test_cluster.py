"""A class graded by the workers of a Dask cluster: the same marks, no names, and a killed worker loses nothing."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import distributed
import pytest

from tests.test_exercise import written
from tests.test_grade import STUDENTS, Room, download, four, grade
from xlbackprop.classroom import unnamed
from xlbackprop.errors import InputError
from xlbackprop.machine import Limits, TookTooMuch, in_cluster

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    return Room(tmp_path_factory.mktemp("class"))


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as workers:
        yield workers


def test_the_marks_are_those_of_one_machine(room: Room, cluster: Any, tmp_path: Path) -> None:
    source = download(tmp_path / "week3.zip", four(room, tmp_path))
    assert grade(room, source, tmp_path / "here") == grade(
        room, source, tmp_path / "there", "--cluster", cluster.scheduler_address
    )
    for name in ("marks.json", "marks.csv"):
        assert (tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes()


def slowly(task: str) -> str:
    with Path(task).open("a", encoding="ascii") as begun:
        begun.write(f"{os.getppid()}\n")
    time.sleep(1.5)
    return task


def test_a_killed_worker_loses_nothing(cluster: Any, tmp_path: Path) -> None:
    tasks = [str(tmp_path / f"{number}") for number in range(6)]

    def kill_one() -> None:
        while not Path(tasks[0]).exists():
            time.sleep(0.05)
        time.sleep(0.5)
        os.kill(int(Path(tasks[0]).read_text(encoding="ascii").split()[0]), signal.SIGKILL)

    killer = threading.Thread(target=kill_one)
    killer.start()
    found = dict(in_cluster(slowly, tasks, cluster.scheduler_address, Limits(30.0, 500_000_000)))
    killer.join()
    assert found == {task: task for task in tasks}
    assert len(Path(tasks[0]).read_text(encoding="ascii").split()) == 2  # it was begun twice


def stays(task: str) -> str:
    time.sleep(600)
    return task


def test_what_takes_too_long_ends_alone(cluster: Any) -> None:
    ((_, outcome),) = in_cluster(stays, ["a"], cluster.scheduler_address, Limits(2.0, 500_000_000))
    assert isinstance(outcome, TookTooMuch)


def test_where_nobody_answers_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xlbackprop.machine.cluster._PATIENCE", 1)
    with pytest.raises(InputError, match="no scheduler answers"):
        [*in_cluster(stays, ["a"], "tcp://127.0.0.1:9", Limits(2.0, 500_000_000))]


def test_what_is_sent_has_no_names(room: Room, tmp_path: Path) -> None:
    from dataclasses import replace

    of = replace(room.exercise("1001"), student=STUDENTS["1001"])
    path = written(of, {}, tmp_path / "own.xlsx")
    content = path.read_bytes()
    assert b"Ada Lovelace" in _unpacked(content)
    sent = unnamed(content, ["Ada Lovelace"])
    assert sent is not None
    assert b"Lovelace" not in _unpacked(sent)
    assert unnamed(b"PK no zip") is None


def _unpacked(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"".join(map(archive.read, archive.namelist()))
