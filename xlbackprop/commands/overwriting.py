"""Protection of files that a command would overwrite.

It is checked twice: before the work begins, and again when the new files are ready, right before they replace the old
ones. Seconds or minutes lie between, in which somebody may open a workbook, or save one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from xlbackprop.errors import Problem
from xlbackprop.machine import opened_elsewhere, trouble_on_windows

ON_WINDOWS = os.name == "nt"


def what_would_be_lost(path: Path, paper: Path | None, *, force: bool) -> Iterator[Problem]:
    """Yield the problems of writing the workbook to `path` and the hand-out, if any, to `paper`.

    With `force` a file may be overwritten that somebody has changed or has open; a folder or a protected file never.
    Raises OSError where the system refuses to look at a file.
    """
    from xlbackprop.xlsx.write import is_untouched  # noqa: PLC0415

    yield from what_a_file_would_lose(path, "", is_untouched, force=force)
    if paper is not None:
        from xlbackprop.engines import is_untouched_handout  # noqa: PLC0415

        yield from what_a_file_would_lose(paper, str(paper), is_untouched_handout, force=force)


def what_a_file_would_lose(
    path: Path, place: str, is_untouched: Callable[[Path], bool], *, force: bool
) -> Iterator[Problem]:
    """Yield the problems of writing one file; `is_untouched` tells whether an old one is as it was made.

    Raises OSError where the system refuses to look at it.
    """
    if ON_WINDOWS and (trouble := trouble_on_windows(path.name)):  # a file of this name would be lost
        yield Problem(place, f"{trouble}.", "Choose another name with -o FILE.")
        return
    if not path.exists():
        return
    if not path.is_file():
        what = "a folder of this name is there." if path.is_dir() else "what is there is no file, but a device."
        yield Problem(place, what, "Write elsewhere with -o FILE.")
        return
    if (reason := _why_protected(path)) is not None:
        hint = "Is it open in another program, or protected? Close it, take its protection off, or write elsewhere."
        yield Problem(place, f"it cannot be overwritten: {reason}.", hint)
    if force:
        return
    if not is_untouched(path):
        what = "it was changed since it was made, or xlbackprop did not make it; it is left as it is."
        yield Problem(place, what, "Write elsewhere with -o FILE, or overwrite it with --force.")
    for program, person, sign in opened_elsewhere(path):
        what = f"{person or 'somebody'} has it open in {program}, where saving it would overwrite the new one."
        stale = f"if nobody has it open ({sign.name} was left behind), say --force."
        hint = f"Close it there, or write elsewhere with -o FILE; {stale}"
        yield Problem(place, what, hint)


def _why_protected(path: Path) -> str | None:
    """Return the system's reason ("Permission denied") why the file cannot be written, or None; nothing is written."""
    try:
        path.open("r+b").close()
    except OSError as error:
        return error.strerror
    return None


def windows_warnings(*paths: Path) -> Iterator[str]:
    """Yield a sentence for each file name that Windows, where most students work, does not allow."""
    for path in paths:
        if trouble := trouble_on_windows(path.name):
            yield f"{path.name}: {trouble}. Rename it before you hand it out."
