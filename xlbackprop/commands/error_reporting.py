"""Context managers for the commands: a sign of life in long work, and errors turned into an InputError."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

from xlbackprop.errors import InputError, Problem
from xlbackprop.streams import say


@contextmanager
def patience(what: str) -> Iterator[None]:
    """Print "… what" on the error stream where the block takes more than a second."""
    timer = Timer(1.0, lambda: say(f"… {what}"))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def engine_trouble(place: str, hint: str = "") -> Iterator[None]:
    """Turn EngineMissing and EngineFailed into an InputError about `place` ("--pdf"), with a hint."""
    from xlbackprop.engines import EngineFailed, EngineMissing  # noqa: PLC0415

    try:
        yield
    except (EngineMissing, EngineFailed) as error:
        raise InputError(place, [Problem("", str(error), hint)]) from None


@contextmanager
def file_trouble(path: Path) -> Iterator[None]:
    """Context manager: an OSError while a file is written becomes an InputError with a hint, "The disk is full: …"."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        number = getattr(error, "errno", None) or errno.ELOOP  # RuntimeError: a link that leads to itself
        reason = "a link leads to itself" if number == errno.ELOOP else getattr(error, "strerror", None) or str(error)
        hint = _FILE_HINTS.get(number, "Choose another place or name.")
        if isinstance(error, FileNotFoundError) and not _has_a_folder():
            hint = "The folder you are in was removed; change to another."
        taken_place = getattr(error, "filename2", None)  # of two files, the one whose draft could not take its place
        raise InputError(str(taken_place or path), [Problem("", f"it cannot be written: {reason}.", hint)]) from None


@contextmanager
def reading_trouble(path: Path) -> Iterator[None]:
    """Context manager: an OSError while a file is read becomes an InputError."""
    try:
        yield
    except (OSError, UnicodeDecodeError) as error:
        what = f"it cannot be read: {getattr(error, 'strerror', None) or error}."
        raise InputError(str(path), [Problem("", what)]) from None


def _has_a_folder() -> bool:
    """Return whether the folder in which the command was started is still there."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return False
    return True


_OPEN_OR_READ_ONLY = "Is it open in another program, or the folder read-only?"
_FULL = "free some room on {}, or choose another place. What was there is untouched: a new file grows beside it."
_FILE_HINTS = {
    errno.ENOENT: "Make its folder first.",
    errno.EACCES: _OPEN_OR_READ_ONLY,
    errno.EPERM: _OPEN_OR_READ_ONLY,
    errno.EROFS: "The folder is read-only; choose another.",
    errno.ENOTDIR: "A file stands where a folder should be.",
    errno.EEXIST: "A file stands where a folder should be.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
    errno.ENOSPC: f"The disk is full: {_FULL.format('it')}",
    errno.EDQUOT: f"Your share of the disk is used up: {_FULL.format('your share')}",
    errno.EFBIG: "No file may be so large there: choose another disk, lift the limit (ulimit -f) or take fewer epochs.",
}


@contextmanager
def scratch_trouble() -> Iterator[None]:
    """Turn an OSError about the folder for temporary files into an InputError with a hint."""
    try:
        yield
    except OSError as error:
        if not _concerns_scratch(error):
            raise
        what = f"temporary files cannot be kept there: {error.strerror or error}."
        hint = f"Free some room, or name a folder on another disk in {'TEMP' if os.name == 'nt' else 'TMPDIR'}."
        raise InputError(_scratch(), [Problem("", what, hint)]) from None


def _scratch() -> str:
    """Return the path of the folder for temporary files, or a description where the system has none."""
    from tempfile import gettempdir  # noqa: PLC0415

    try:
        return gettempdir()
    except OSError:
        return "the folder for temporary files"


def _concerns_scratch(error: OSError) -> bool:
    """Return whether an error is about a temporary file: one in that folder, or one without a name."""
    return error.filename is None or str(error.filename).startswith(_scratch())
