"""Many workbooks audited in processes of their own, each with a limit of time and memory: files come from strangers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from xlbackprop.classroom.audit.auditing import audit_file, refuse_other_lessons
from xlbackprop.classroom.audit.findings import Audit
from xlbackprop.errors import InputError, Problem
from xlbackprop.lesson import Lesson
from xlbackprop.machine import Limits, in_watched_processes

LIMITS = Limits(seconds=60.0, memory=900_000_000)  # that one workbook may take
MOST_PROCESSES = 2


class _Auditor(NamedTuple):
    """Audits a workbook, given with its number; it can be sent to another process."""

    lesson: Lesson
    own_numbers: bool

    def audited(self, numbered: tuple[int, Path]) -> Audit:
        return audit_file(numbered[1], self.lesson, own_numbers=self.own_numbers)


def audit_files(paths: Sequence[Path], lesson: Lesson, *, own_numbers: bool = True) -> list[Audit | InputError]:
    """Return the audit of each workbook, or what makes it unreadable, in their order.

    Raises InputError where the lesson is none whose runs stand in such tables.
    """
    refuse_other_lessons(lesson)
    jobs = max(1, min(MOST_PROCESSES, os.cpu_count() or 1, len(paths)))
    audit, found = _Auditor(lesson, own_numbers).audited, dict[int, Audit | InputError]()
    for (number, path), outcome in in_watched_processes(audit, [*enumerate(paths)], jobs, LIMITS):
        found[number] = _told(path, outcome) if isinstance(outcome, Exception) else outcome
    return [found[number] for number in range(len(paths))]


def _told(path: Path, fault: Exception) -> InputError:
    if isinstance(fault, InputError):
        return fault
    what = f"{fault.strerror or fault}." if isinstance(fault, OSError) else f"it cannot be audited: {fault}"
    return InputError(str(path), [Problem("", what, "Is it a workbook of this lesson?")])
