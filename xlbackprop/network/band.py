"""Bands: neighbouring columns of a run's table that hold numbers of one sort, e.g. the weights of layer 1."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from xlbackprop.network.quantities import Quantity


class Part(Enum):
    """The sort of the numbers in a band."""

    EPOCH = auto()
    COUNTER = auto()  # the step, the example, the learning rate
    TARGET = auto()
    INPUT = auto()
    WEIGHT = auto()
    BIAS = auto()
    UNIT = auto()  # net inputs and outputs; in a chain also their ∂E/∂net and ∂E/∂out
    JOINT = auto()  # of a softmax layer: the largest net input, the exponentials and their sum
    LOSS = auto()
    INPUT_GRADIENT = auto()
    GRADIENT = auto()  # of a parameter that is trained
    BATCH_GRADIENT = auto()
    STATE = auto()  # numbers that the optimizer keeps from step to step, e.g. velocities


@dataclass(frozen=True, slots=True)
class Band:
    """A band of a row, e.g. the weights of layer 1: its sort, the `count` of its numbers, and their `quantities`.

    `count` is known without going through `quantities`: a network that fits no sheet can have millions of them.
    `quantities` can be gone through once.
    """

    part: Part
    count: int
    quantities: Iterable[Quantity]
