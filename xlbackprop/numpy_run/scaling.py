"""What the network receives of the inputs: as they are typed, or scaled, by the numbers of the examples trained on.

The sheet `Data` scales by formulas of its own; that both come to the same is part of the proof.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from xlbackprop.arithmetic import add_up
from xlbackprop.lesson import STANDARD, Lesson


class Received(NamedTuple):
    """The inputs that the network receives (examples, inputs), and by which numbers they are scaled, (2, inputs).

    These are means and deviations (of the whole, not of a sample), or the lowest and the highest of each input; NaN
    where nothing is scaled. An input that is the same in all examples trained on becomes 0.
    """

    inputs: np.ndarray
    by: np.ndarray


def received(lesson: Lesson) -> Received:
    """Return what the network receives in a lesson."""
    inputs = np.array(lesson.inputs)
    trained = inputs[: lesson.examples].T
    lowest, highest = trained.min(axis=1), trained.max(axis=1)
    if not lesson.scale:
        return Received(inputs, np.full((2, len(trained)), np.nan))
    if lesson.scale == STANDARD:
        middle = add_up(trained) / lesson.examples
        size = np.where(lowest < highest, np.sqrt(add_up((trained - middle[:, None]) ** 2) / lesson.examples), 0.0)
        by = np.stack([middle, size])
    else:
        middle, size = lowest, highest - lowest
        by = np.stack([lowest, highest])
    varies = size > 0
    return Received(np.where(varies, (inputs - middle) / np.where(varies, size, 1.0), 0.0), by)
