"""A folder for temporary files that is gone afterwards, and moments in which an interrupt has to wait."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import current_thread, main_thread

_INTERRUPTS = ("SIGINT", "SIGTERM", "SIGHUP")


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Give a new folder, and remove it with all that is in it, also where a Ctrl-C comes while it is being removed.

    What cannot be removed stays without an error. Raises OSError where there is no room for a folder.
    """
    folder: TemporaryDirectory[str] | None = None
    try:
        with postponed_interrupts():
            folder = TemporaryDirectory(prefix="xlbackprop-", ignore_cleanup_errors=True)
        yield Path(folder.name)
    finally:
        with postponed_interrupts():
            if folder is not None:
                folder.cleanup()


@contextmanager
def postponed_interrupts() -> Iterator[None]:
    """Let what a signal raises in the block, as Ctrl-C a KeyboardInterrupt, be raised right after it.

    For moments only, in which something is begun and noted, or removed: half of that would be left behind.
    """
    if current_thread() is not main_thread():  # no other is ever interrupted
        yield
        return
    numbers = [getattr(signal, name) for name in _INTERRUPTS if hasattr(signal, name)]  # Windows has not all of them
    handlers = {number: handler for number in numbers if callable(handler := signal.getsignal(number))}
    came: list[int] = []
    try:
        for number in handlers:
            signal.signal(number, lambda number, _: came.append(number))
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number in came:
            signal.raise_signal(number)
