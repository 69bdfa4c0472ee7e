"""The limit: LESSON EPOCHS FILE BYTES. Train, then deflate bytes that are already there; with zlib nobody can do less."""

from __future__ import annotations

import sys
import zlib
from pathlib import Path

import numpy as np

from xlbackprop.lesson.lesson_file import load_lesson
from xlbackprop.numpy_run.training import Learner

_PIECE, _ROWS = 1 << 20, 1000


def main() -> None:
    """Compute the weights of every row and throw them away; deflate as a zip does, at level 2."""
    lesson, epochs, path, parts = sys.argv[1:]
    asked = load_lesson(lesson, epochs=epochs)
    start = np.array([run.parameters for run in asked.runs])
    rates, constants = [run.learning_rate for run in asked.runs], [run.constants for run in asked.runs]
    data = np.array(asked.inputs), np.array(asked.targets)
    learner = Learner(asked.runs[0].recipe, start, rates, constants, data)
    for start in range(0, asked.rows, _ROWS):
        learner.rows(min(_ROWS, asked.rows - start))
    deflate = zlib.compressobj(2, zlib.DEFLATED, -15)
    with Path(parts).open("rb") as source, Path(path).open("wb") as file:
        while piece := source.read(_PIECE):
            file.write(deflate.compress(piece))
        file.write(deflate.flush())


if __name__ == "__main__":
    main()
