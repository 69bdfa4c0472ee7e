"""Files are written whole or not at all: into drafts beside them, which replace them when all are complete.

Whatever ends the work (a fault, a full disk, Ctrl-C, a power cut), the old files are still there. A draft is locked as
long as a process writes it. One without a lock was left behind by a process that was killed, and is removed when the
same file is written again.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

if sys.platform != "win32":
    import fcntl

LONGEST_BEGINNING = 40  # characters of a file's name that begin its draft's name, so that this is never too long


def nothing_to_look_at() -> None:
    """Do nothing; the default of `last_look`."""


def never_the_same(_draft: Path, _target: Path) -> bool:
    """Return False; the default of `is_same`."""
    return False


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Give a stream to write to; an old file at `path` stays as it is until the new one is complete.

    Raises OSError where the folder or the file cannot be written; nothing is left behind then.
    """
    with whole_files(path) as (stream,):
        yield stream


@contextmanager
def whole_files(
    *paths: Path,
    fresh: bool = False,
    last_look: Callable[[], None] = nothing_to_look_at,
    is_same: Callable[[Path, Path], bool] = never_the_same,
) -> Iterator[tuple[IO[bytes], ...]]:
    """Give a stream for each file; the new files replace the old ones together, when all are on the disk.

    `last_look` is called right before that; if it raises, the old files stay. With `fresh`, FileExistsError is raised
    where a file exists already, even one that appeared a moment ago. An old file stays where `is_same(draft, old file)`
    tells that the new one says the same. Raises OSError where a folder or a file cannot be written; nothing is left
    behind then.
    """
    targets = [path.resolve() for path in paths]
    with ExitStack() as open_drafts:
        drafts = [open_drafts.enter_context(_draft_of(target)) for target in targets]
        yield tuple(stream for _, stream in drafts)
        for _, stream in drafts:
            stream.flush()
            os.fsync(stream.fileno())
            if sys.platform == "win32":
                stream.close()  # an open file cannot be renamed there; elsewhere the lock is kept to the end
        last_look()
        places = list(zip((path for path, _ in drafts), targets, strict=True))
        if fresh:
            _put_where_nothing_is(places)
        else:
            _put([place for place in places if not is_same(*place)])


# -------------------------------------------------------------------------------------------------------------- drafts


@contextmanager
def _draft_of(target: Path) -> Iterator[tuple[Path, IO[bytes]]]:
    """Give a draft and the stream to write it with; the draft is removed afterwards, unless it has been renamed."""
    beginning = f".{target.name[:LONGEST_BEGINNING]}."
    _remove_what_was_left_behind(target.parent, beginning)
    while True:
        draft = target.with_name(f"{beginning}{os.urandom(4).hex()}.tmp")
        try:
            with draft.open("xb") as stream:
                _lock(stream)
                if not draft.exists():  # before it was locked, another process took it for one left behind
                    continue
                yield draft, stream
                return
        finally:
            draft.unlink(missing_ok=True)


def _remove_what_was_left_behind(folder: Path, beginning: str) -> None:
    """Remove the drafts with this beginning that no living process writes; one that cannot be removed stays."""
    draft = re.compile(re.escape(beginning) + r"[0-9a-f]{8}\.tmp")
    with suppress(OSError):
        for path in [path for path in folder.iterdir() if draft.fullmatch(path.name)]:
            with suppress(OSError):
                _remove_unless_held(path)


def _remove_unless_held(draft: Path) -> None:
    """Remove a draft. Raises OSError where a living process has locked it, or where it cannot be opened."""
    if sys.platform == "win32":
        draft.unlink()  # the system itself keeps what is open
        return
    descriptor = os.open(draft, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the lock of a process ends with it, however it ends
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            draft.unlink()
    finally:
        os.close(descriptor)


def _lock(stream: IO[bytes]) -> None:
    if sys.platform != "win32":
        with suppress(OSError):  # a file system without locks: its drafts are never taken for left behind
            fcntl.flock(stream.fileno(), fcntl.LOCK_EX)


# -------------------------------------------------------------------------------------------------- taking their places


def _put(places: Sequence[tuple[Path, Path]]) -> None:
    for draft, target in places:
        with suppress(OSError):  # who could read the old file can read the new one; not every disk knows of that
            shutil.copymode(target, draft)
        draft.replace(target)


def _put_where_nothing_is(places: Sequence[tuple[Path, Path]]) -> None:
    """Move all drafts to their targets, or none. Raises FileExistsError, with the path, where a target exists."""
    done: list[Path] = []
    try:
        for draft, target in places:
            _put_new(draft, target)
            done.append(target)
    except BaseException:
        for target in done:
            target.unlink(missing_ok=True)
        raise


def _put_new(draft: Path, target: Path) -> None:
    if sys.platform == "win32":
        draft.rename(target)  # fails there where the target exists
        return
    try:
        target.hardlink_to(draft)  # fails where the target exists, however late it came
    except FileExistsError:
        raise
    except OSError:  # a disk without hard links
        if os.path.lexists(target):
            raise FileExistsError(f"{target} is there already") from None
        draft.replace(target)
