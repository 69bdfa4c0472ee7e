"""The limit: LESSON EPOCHS FILE BYTES. Train, then deflate bytes that are already there; nobody can do less."""

from __future__ import annotations

import sys
import zlib
from pathlib import Path

from xlbackprop.lesson import load_lesson
from xlbackprop.training import train

_PIECE = 1 << 20


def main() -> None:
    """Compute the run and throw it away; deflate as a zip does, at level 2."""
    lesson, epochs, path, parts = sys.argv[1:]
    train(load_lesson(lesson, epochs=epochs))
    deflate = zlib.compressobj(2, zlib.DEFLATED, -15)
    with Path(parts).open("rb") as source, Path(path).open("wb") as file:
        while piece := source.read(_PIECE):
            file.write(deflate.compress(piece))
        file.write(deflate.flush())


if __name__ == "__main__":
    main()
