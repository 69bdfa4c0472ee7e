"""What commands that do a lot of work have in common: how many processes, which part of it, how far it is."""

from __future__ import annotations

import re
import sys
import time
from typing import TYPE_CHECKING

from xlbackprop.errors import InputError, Problem

if TYPE_CHECKING:
    from xlbackprop.machine import Limits

SECONDS, MEMORY = 60.0, 900_000_000  # that one workbook of a stranger may take
_SHARD = re.compile(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,5})")
_MOST_JOBS = 256


def jobs_of(typed: str | None) -> int:
    """Return how many processes an option asks for. Raises InputError where it is no such number."""
    if typed is None:
        return 1
    if not typed.isascii() or not typed.isdigit() or not 1 <= int(typed) <= _MOST_JOBS:
        what = f'a whole number from 1 to {_MOST_JOBS} is needed, but this is "{typed[:40]}".'
        raise InputError("--jobs", [Problem("", what, "For instance: --jobs 4")])
    return int(typed)


def shard_of(typed: str | None) -> tuple[int, int]:
    """Return which part of how many an option asks for. Raises InputError where it is none."""
    if typed is None:
        return 1, 1
    match = _SHARD.fullmatch(typed)
    if match is None or int(match[1]) > int(match[2]):
        what = f'a part of a whole is needed, as "2/3", but this is "{typed[:40]}".'
        raise InputError("--shard", [Problem("", what, "For instance: --shard 1/4")])
    return int(match[1]), int(match[2])


def limits() -> Limits:
    """Return what one workbook of a stranger may take."""
    from xlbackprop.machine import Limits  # noqa: PLC0415

    return Limits(SECONDS, MEMORY)


class Progress:
    """A line that says how many are done, how many a second, and how long the rest will take; in a terminal only."""

    def __init__(self, count: int) -> None:
        self.count, self.began, self.shows = count, time.monotonic(), sys.stderr.isatty()
        self.before: int | None = None

    def say(self, made: int, failed: int) -> None:
        """Say how far it is."""
        if not self.shows:
            return
        if self.before is None:
            self.before = made - 1
        done = made - self.before + failed
        rate = done / max(time.monotonic() - self.began, 1e-3)
        left = (self.count - done) / rate
        print(f"\r{done:,} of {self.count:,}, {rate:.1f} a second, {left:,.0f} s left ", end="", file=sys.stderr)

    def end(self) -> None:
        """End the line."""
        if self.shows and self.before is not None:
            print(file=sys.stderr)
