"""Many pieces of work in several processes; what one of them cannot do, the others never notice."""

from __future__ import annotations

import faulthandler
import os
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from xlbackprop.machine.isolated_process import limit_memory

if TYPE_CHECKING:
    from concurrent.futures import Future

Task = TypeVar("Task")
Result = TypeVar("Result")


def in_processes(
    work: Callable[[Task], Result], tasks: Sequence[Task], jobs: int
) -> Iterator[tuple[Task, Result | Exception]]:
    """Yield each task with its result, or with the error that ended it, as they come; with one job, here, in order.

    `work` and the tasks must be such as can be sent to another process. Raises OSError where a process is killed.
    """
    if jobs == 1:
        yield from ((task, _tried(work, task)) for task in tasks)
        return
    # here, since most commands never need them, and they take as long to import as a lesson to train
    from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait  # noqa: PLC0415
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415

    with ProcessPoolExecutor(max_workers=jobs) as pool:
        running: dict[Future[Result | Exception], Task] = {}
        waiting = iter(tasks)
        while True:
            for task in islice(waiting, 2 * jobs - len(running)):
                running[pool.submit(_tried, work, task)] = task
            if not running:
                return
            for ended in wait(running, return_when=FIRST_COMPLETED).done:
                try:
                    yield running.pop(ended), ended.result()
                except BrokenProcessPool:
                    raise OSError("one of the processes was ended from outside.") from None


def _tried(work: Callable[[Task], Result], task: Task) -> Result | Exception:
    try:
        return work(task)
    except MemoryError:
        return TookTooMuch("it takes too much memory.")
    except Exception as error:
        return error


# ------------------------------------------------------------------------------------------------------------ watched


class Limits(NamedTuple):
    """What one piece of work may take: seconds, and bytes of memory beside those of the imported modules."""

    seconds: float
    memory: int


class TookTooMuch(Exception):  # noqa: N818 -- it is told of a file, which is at fault
    """Raised where work takes longer, or more memory, than its limits allow, or breaks its process down."""


def in_watched_processes(
    work: Callable[[Task], Result], tasks: Sequence[Task], jobs: int, limits: Limits
) -> Iterator[tuple[Task, Result | Exception]]:
    """Yield each task with its result, or with the error that ended it, as they come.

    Each process does one piece of work at a time, and is ended where that takes too much. A process that is ended from
    outside loses nothing: its work is begun once more. `work` and the tasks must be such as can be sent to another
    process; `work` is sent once, so that it may keep what all tasks need.
    """
    from concurrent.futures import FIRST_COMPLETED, wait  # noqa: PLC0415

    workers = [_Watched(work, limits) for _ in range(min(jobs, len(tasks)))]
    waiting = iter(tasks)
    running: dict[Future[Result | Exception], tuple[_Watched[Task, Result], Task]] = {}
    try:
        for worker, task in zip(workers, islice(waiting, len(workers)), strict=True):
            running[worker.begin(task)] = worker, task
        while running:
            for ended in wait(running, return_when=FIRST_COMPLETED).done:
                worker, task = running.pop(ended)
                outcome = worker.outcome(ended)
                if outcome is None:
                    running[worker.begin(task, again=True)] = worker, task
                    continue
                yield task, outcome
                for following in islice(waiting, 1):
                    running[worker.begin(following)] = worker, following
    finally:
        for worker in workers:
            worker.end(wait=not running)  # else a thread of it may outlive what it writes to


class _Watched(Generic[Task, Result]):
    """A process that does one piece of work at a time."""

    def __init__(self, work: Callable[[Task], Result], limits: Limits) -> None:
        self.work, self.limits, self.began, self.is_second = work, limits, 0.0, False
        self._start()

    def _start(self) -> None:
        from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415

        given = self.work, self.limits
        self.pool = ProcessPoolExecutor(max_workers=1, initializer=_Here.begin, initargs=given)

    def begin(self, task: Task, *, again: bool = False) -> Future[Result | Exception]:
        """Begin a piece of work."""
        self.began, self.is_second = time.monotonic(), again
        return self.pool.submit(_Here.done, task)

    def outcome(self, ended: Future[Result | Exception]) -> Result | Exception | None:
        """Return what came of the work; None where the process was ended and the work is to be begun once more."""
        from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415

        try:
            return ended.result()
        except BrokenProcessPool:
            took = time.monotonic() - self.began
            self.end(wait=True)
            self._start()
            if took >= self.limits.seconds:
                return TookTooMuch(f"it takes longer than {self.limits.seconds:.0f} s to be looked at.")
            return TookTooMuch("it takes too much memory, or is nested too deep.") if self.is_second else None

    def end(self, *, wait: bool) -> None:
        self.pool.shutdown(wait=wait, cancel_futures=True)


class _Here:
    """What a process that is watched does, whatever library it is in when its time is over."""

    work: Callable[[Any], Any]
    limits: Limits

    @classmethod
    def begin(cls, work: Callable[[Task], Result], limits: Limits) -> None:
        limit_memory(limits.memory)
        with Path(os.devnull).open("w", encoding="ascii") as nowhere:
            os.dup2(nowhere.fileno(), 2)  # where a library says that it breaks down
        cls.work, cls.limits = staticmethod(work), limits

    @classmethod
    def done(cls, task: Task) -> Result | Exception:
        """Do a piece of work; where that takes longer than it may, end this process."""
        with Path(os.devnull).open("w", encoding="ascii") as nowhere:
            faulthandler.dump_traceback_later(cls.limits.seconds, exit=True, file=nowhere)
            try:
                return _tried(cls.work, task)
            finally:
                faulthandler.cancel_dump_traceback_later()
