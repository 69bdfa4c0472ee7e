"""Many pieces of work in several processes; what one of them cannot do, the others never notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

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
    except Exception as error:
        return error
