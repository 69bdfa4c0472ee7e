"""Stretches of a row whose numbers stand side by side and are of one sort."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from xlbackprop.network.quantities import Quantity


class Part(Enum):
    """The sorts of numbers that a row holds."""

    EPOCH = auto()
    COUNTER = auto()  # the step, the example, the learning rate
    TARGET = auto()
    INPUT = auto()
    WEIGHT = auto()
    BIAS = auto()
    UNIT = auto()  # net inputs and outputs, and how the loss moves with them
    JOINT = auto()  # what units need that answer together: the sum that softmax divides by
    LOSS = auto()
    INPUT_GRADIENT = auto()
    GRADIENT = auto()  # of a parameter that is trained
    BATCH_GRADIENT = auto()
    STATE = auto()  # what the optimizer keeps


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of a row, e.g. the weights of layer 1.

    `count` is told without a list, because of a network that fits no sheet there would be millions; who wants the
    `quantities` goes through them, once.
    """

    part: Part
    count: int
    quantities: Iterable[Quantity]
