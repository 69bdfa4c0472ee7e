"""How every command waits, and how it says what a program or the system could not do."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

from xlbackprop.errors import InputError, Problem


@contextmanager
def patience(what: str) -> Iterator[None]:
    """Say on the error stream what takes more than a second."""
    timer = Timer(1.0, lambda: print(f"… {what}", file=sys.stderr, flush=True))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def engine_trouble(place: str, hint: str = "") -> Iterator[None]:
    """Turn what a spreadsheet program could not do into a problem with a cure."""
    from xlbackprop.engines import EngineFailed, EngineMissing  # noqa: PLC0415

    try:
        yield
    except (EngineMissing, EngineFailed) as error:
        raise InputError(place, [Problem("", str(error), hint)]) from None


@contextmanager
def file_trouble(path: Path) -> Iterator[None]:
    """Turn what the system says about a file into a problem with a cure."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        number = getattr(error, "errno", None) or errno.ELOOP  # RuntimeError: a link that leads to itself
        reason = "a link leads to itself" if number == errno.ELOOP else getattr(error, "strerror", None) or str(error)
        hint = _FILE_HINTS.get(number, "Choose another place or name.")
        raise InputError(str(path), [Problem("", f"it cannot be written: {reason}.", hint)]) from None


_FILE_HINTS = {
    errno.ENOENT: "Make its folder first.",
    errno.EACCES: "Is it open in another program, or the folder read-only?",
    errno.EPERM: "Is it open in another program, or the folder read-only?",
    errno.EROFS: "The folder is read-only; choose another.",
    errno.ENOTDIR: "A file stands where a folder should be.",
    errno.EEXIST: "A file stands where a folder should be.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
    errno.ENOSPC: "The disk is full; nothing was half-written.",
}
