"""Work on the machines of a Dask cluster, which its scheduler hands out; an optional extra."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from xlbackprop.errors import InputError, Problem
from xlbackprop.machine.parallel import Limits, TookTooMuch, in_watched_processes

Task = TypeVar("Task")
Result = TypeVar("Result")
_RETRIES = 2  # of a piece of work whose worker was killed


def in_cluster(
    work: Callable[[Task], Result], tasks: Sequence[Task], address: str, limits: Limits
) -> Iterator[tuple[Task, Result | Exception]]:
    """Yield each task with its result, or with the error that ended it, as they come.

    `address` is that of a Dask scheduler, e.g. "tcp://10.0.0.5:8786"; its workers need the same version of xlbackprop.
    A worker that is killed loses nothing: its work is given to another. Raises InputError where there is no scheduler,
    or the library `distributed` is missing.
    """
    try:
        from distributed import Client, as_completed  # noqa: PLC0415 -- an optional extra, and heavy
    except ImportError:
        what = "the library that speaks to a cluster is not installed."
        cure = 'Install it: python -m pip install "xlbackprop[cluster]"'
        raise InputError("--cluster", [Problem("", what, cure)]) from None
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        what = f"no scheduler answers at {address[:100]}: {error}"
        raise InputError("--cluster", [Problem("", what, "For instance: --cluster tcp://10.0.0.5:8786")]) from None
    with client:
        futures = {
            client.submit(_watched, work, task, limits, pure=False, retries=_RETRIES, key=f"xlbackprop-{number}"): task
            for number, task in enumerate(tasks)
        }
        for future in as_completed(futures):
            fault = future.exception()
            if type(fault).__name__ == "KilledWorker":
                fault = TookTooMuch("it broke down every worker that looked at it.")
            yield futures[future], future.result() if fault is None else fault
            future.release()


_PATIENCE = 20  # seconds until a scheduler answers


def _watched(work: Callable[[Task], Result], task: Task, limits: Limits) -> Result:
    """Do a piece of work on a worker, in a process of its own that can be ended."""
    ((_, outcome),) = in_watched_processes(work, [task], 1, limits)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
