"""What a reader sees first: a run, an epoch and an example in which there is something to see."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from xlbackprop.lesson import Lesson, Show
from xlbackprop.numpy_run import Network, received


class Opening(NamedTuple):
    """The row that `Summary` derives and `Step by step` opens with: run, epoch and example, by their numbers from 0."""

    run: int
    epoch: int
    example: int


def opening(lesson: Lesson) -> Opening:
    """Return what the lesson says; else the first run with a hidden layer, epoch 0, and an example that teaches it."""
    deep = (index for index, run in enumerate(lesson.runs) if run.naming.depth > 1)
    run = next(deep, 0) if lesson.show.run is None else lesson.show.run
    return opening_of(lesson, run)


def alone(lesson: Lesson) -> Lesson:
    """Return the lesson with no run but the one that is seen first."""
    return replace(lesson, runs=(lesson.runs[opening(lesson).run],), show=Show())


def opening_of(lesson: Lesson, run: int) -> Opening:
    """Return what is seen first of a run."""
    example = lesson.show.example
    return Opening(run, lesson.show.epoch, _first_alive(lesson, run) if example is None else example)


def _first_alive(lesson: Lesson, run: int) -> int:
    """Return the first example, from 0, of which no gradient is 0 at the start; else one with the fewest that are."""
    of, network = lesson.runs[run], Network(lesson.runs[run].recipe)
    layers = network.layers(np.array(of.parameters)[None, :])
    inputs, targets = (data[: lesson.examples] for data in (received(lesson).inputs, np.array(lesson.targets)))
    with np.errstate(all="ignore"):
        gradients = network.backward(layers, network.forward(layers, inputs), targets).parameters
    trained = np.array([of.recipe.is_trained(parameter) for parameter in of.naming.parameters()])
    alive = (np.isfinite(gradients) & (gradients != 0))[:, trained]
    return int(np.argmax(alive.sum(axis=1)))
