"""Many workbooks audited in processes of their own, each with a limit of time and memory: files come from strangers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from xlbackprop.classroom.audit.auditing import audit_file, refuse_other_lessons
from xlbackprop.classroom.audit.findings import Audit
from xlbackprop.errors import InputError, Problem
from xlbackprop.lesson import Lesson
from xlbackprop.machine import run_isolated

TIME_LIMIT = 60.0  # seconds for one workbook
MORE_TIME = 10.0  # seconds for each further one in the same process
MOST_AT_ONCE = 16  # workbooks in one process
MEMORY = 2 << 30  # bytes
MOST_PROCESSES = 2


class _Task(NamedTuple):
    paths: tuple[Path, ...]
    lesson: Lesson
    own_numbers: bool


class _TooMuch(Exception):  # noqa: N818 -- it becomes an InputError at once
    """Raised where a process ended, or was ended, over a file."""


def audit_files(paths: Sequence[Path], lesson: Lesson, *, own_numbers: bool = True) -> list[Audit | InputError]:
    """Return the audit of each workbook, or what makes it unreadable, in their order.

    Raises InputError where the lesson is none whose runs stand in such tables.
    """
    refuse_other_lessons(lesson)
    jobs = max(1, min(MOST_PROCESSES, os.cpu_count() or 1, len(paths)))
    size = max(1, min(MOST_AT_ONCE, -(-len(paths) // jobs)))
    parts = [tuple(paths[start : start + size]) for start in range(0, len(paths), size)]
    with ThreadPoolExecutor(jobs) as pool:
        answers = pool.map(lambda part: _audited(_Task(part, lesson, own_numbers)), parts)
        return [answer for part in answers for answer in part]


def _audited(task: _Task) -> list[Audit | InputError]:
    """Audit files in one process; where it breaks down or takes too long, each of them in a process of its own."""
    try:
        return _apart(task)
    except _TooMuch as fault:
        if len(task.paths) == 1:
            hint = "Is it a workbook of this lesson?"
            return [InputError(str(task.paths[0]), [Problem("", f"it cannot be audited: {fault}", hint)])]
        return [answer for path in task.paths for answer in _audited(task._replace(paths=(path,)))]


def _apart(task: _Task) -> list[Audit | InputError]:
    name = task.paths[0].name if len(task.paths) == 1 else f"{len(task.paths)} workbooks"
    limit = TIME_LIMIT + MORE_TIME * (len(task.paths) - 1)
    return run_isolated("the audit", _work, task, name, MEMORY, limit, _TooMuch)


def _work(task: _Task) -> list[Audit | InputError]:
    return [_tried(path, task) for path in task.paths]


def _tried(path: Path, task: _Task) -> Audit | InputError:
    try:
        return audit_file(path, task.lesson, own_numbers=task.own_numbers)
    except InputError as error:
        return error
    except OSError as error:
        return InputError(str(path), [Problem("", f"{error.strerror or error}.")])
