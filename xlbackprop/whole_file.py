"""A file is written whole or not at all: into a draft beside it, which takes its place when it is complete."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Give a stream to write to; a file that stands at `path` stays as it is until the new one is whole.

    Raises OSError where the folder or the file cannot be written; nothing is left behind then.
    """
    target = path.resolve()
    draft = target.with_name(f".{target.name}.{os.urandom(4).hex()}.tmp")
    try:
        with draft.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
