"""Standard output and error, wherever they lead: a terminal that lacks signs, a reader gone away, a full disk, nowhere.

Light to import: the command line needs it before it knows what else it needs.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress


def open_standard_streams() -> None:
    """Open the null device for each of standard input, output and error that is closed (`>&-`).

    Else the next file to be opened would be in its place, and what a library prints would go into that file.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()


def replace_missing_signs() -> None:
    """Let a terminal that lacks a sign, ∂ say, show ? in its place, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def flushed(code: int) -> int:
    """Flush standard output; return the exit code, or 2 where the output could not be written."""
    try:
        sys.stdout.flush()
    except OSError as error:
        return report_lost_output(error, code)
    return code


def report_lost_output(error: OSError, code: int = 0) -> int:
    """Say that the output could not be written, and print no more; return the exit code.

    A reader that went away (`xlbackprop show … | head`) has read what it wanted: nothing is wrong, `code` stands.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if isinstance(error, BrokenPipeError):
        return code
    say(f"standard output: it cannot be written: {error.strerror or error}.")
    return 2


def say(text: object) -> None:
    """Print a message for a person on standard error, where that can be written."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def _nowhere() -> io.TextIOWrapper:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 -- pathlib is slow to import
