"""Files are written whole or not at all: into drafts beside them, which take their places when all are complete.

Whatever ends the work (a fault, a full disk, Ctrl-C, a power cut), what stood there still stands. A draft is locked
as long as somebody writes it. One that nobody holds was left behind by a process that was killed, and goes when the
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

LONGEST_BEGINNING = 40  # characters of a file's name that its draft repeats: the longest name has a draft, too


def nothing_to_look_at() -> None:
    """Look at nothing before the drafts take their places."""


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Give a stream to write to; a file that stands at `path` stays as it is until the new one is whole.

    Raises OSError where the folder or the file cannot be written; nothing is left behind then.
    """
    with whole_files(path) as (stream,):
        yield stream


@contextmanager
def whole_files(
    *paths: Path, fresh: bool = False, last_look: Callable[[], None] = nothing_to_look_at
) -> Iterator[tuple[IO[bytes], ...]]:
    """Give a stream for each file; all of them take their places together, when every one is on the disk.

    `last_look` is called right before that: what it raises keeps the old files. With `fresh` no file may stand there,
    not even one that appeared a moment ago: FileExistsError. Raises OSError where a folder or a file cannot be
    written; nothing is left behind then.
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
            _put(places)


# -------------------------------------------------------------------------------------------------------------- drafts


@contextmanager
def _draft_of(target: Path) -> Iterator[tuple[Path, IO[bytes]]]:
    """Give a draft and the stream to write it with; it is gone afterwards, unless it has taken its place."""
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
    """Remove the drafts of this beginning that no living process writes. What cannot be removed stays."""
    draft = re.compile(re.escape(beginning) + r"[0-9a-f]{8}\.tmp")
    with suppress(OSError):
        for path in [path for path in folder.iterdir() if draft.fullmatch(path.name)]:
            with suppress(OSError):
                _remove_unless_held(path)


def _remove_unless_held(draft: Path) -> None:
    """Remove a draft. Raises OSError where a living process holds it, or where it is no file."""
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
    """Put all of them there, or none. Raises FileExistsError that names the place."""
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
        draft.rename(target)  # fails there where something stands
        return
    try:
        target.hardlink_to(draft)  # fails where something stands, however late it came
    except FileExistsError:
        raise
    except OSError:  # a disk that knows no second names
        if os.path.lexists(target):
            raise FileExistsError(f"{target} is there already") from None
        draft.replace(target)
