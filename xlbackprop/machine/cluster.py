"""Work on the machines of a Dask cluster, which its scheduler hands out; an optional extra."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from typing import Any, Generic, NamedTuple, TypeVar

from xlbackprop.errors import InputError, Problem
from xlbackprop.machine.isolated_process import run_isolated
from xlbackprop.machine.parallel import Limits, TookTooMuch, in_watched_processes

Task = TypeVar("Task")
Result = TypeVar("Result")
_AT_ONCE = 20  # pieces of work that a worker gets: starting a process for them takes as long as some
_RETRIES = 2  # of pieces whose worker was killed
_PATIENCE = 20  # seconds until a scheduler answers


def in_cluster(
    work: Callable[[Task], Result], tasks: Sequence[Task], address: str, limits: Limits
) -> Iterator[tuple[Task, Result | Exception]]:
    """Yield each task with its result, or with the error that ended it, as they come.

    `address` is that of a Dask scheduler, e.g. "tcp://10.0.0.5:8786"; its workers need the same version of xlbackprop.
    A worker that is killed loses nothing: its work is given to another. Raises InputError where there is no scheduler,
    or the library `distributed` is missing.
    """
    try:
        distributed: Any = import_module("distributed")  # an optional extra, and heavy
    except ImportError:
        what = "the library that speaks to a cluster is not installed."
        cure = f'Install it: {sys.executable or "python"} -m pip install "distributed>=2024.1,<2028"'
        raise InputError("--cluster", [Problem("", what, cure)]) from None
    try:
        client = distributed.Client(address, timeout=_PATIENCE)
    except (OSError, ValueError) as error:
        what = f"no scheduler answers at {address[:100]}: {error}"
        raise InputError("--cluster", [Problem("", what, "For instance: --cluster tcp://10.0.0.5:8786")]) from None
    with client:
        workers = max(1, len(client.scheduler_info().get("workers", ())))
        size = max(1, min(_AT_ONCE, len(tasks) // (2 * workers)))
        parts = [tasks[first : first + size] for first in range(0, len(tasks), size)]
        pieces = _Pieces(work, limits)
        futures = {client.submit(pieces.done, part, pure=False, retries=_RETRIES): part for part in parts}
        for future in distributed.as_completed(futures):
            fault = future.exception()
            if type(fault).__name__ == "KilledWorker":
                fault = TookTooMuch("it broke down every worker that looked at it.")
            outcomes = future.result() if fault is None else [fault] * len(futures[future])
            yield from zip(futures[future], outcomes, strict=True)
            future.release()


class _Pieces(NamedTuple, Generic[Task, Result]):
    """Work on some tasks one after the other, on a worker."""

    work: Callable[[Task], Result]
    limits: Limits

    def done(self, tasks: Sequence[Task]) -> list[Result | Exception]:
        """Do it in a process of its own, since a worker's own children would keep its connections when it dies."""
        memory, seconds = 3 * self.limits.memory, self.limits.seconds * (len(tasks) + 1)
        return run_isolated("Python", self._here, tasks, "a part of the work", memory, seconds, TookTooMuch)

    def _here(self, tasks: Sequence[Task]) -> list[Result | Exception]:
        found = in_watched_processes(partial(_second, self.work), [*enumerate(tasks)], 1, self.limits)
        by_number = {number: outcome for (number, _), outcome in found}
        return [by_number[number] for number in range(len(tasks))]


def _second(work: Callable[[Task], Result], numbered: tuple[int, Task]) -> Result:
    return work(numbered[1])
