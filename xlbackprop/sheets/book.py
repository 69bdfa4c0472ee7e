"""What every sheet is made from: the lesson as shipped, the numbers that stand now, the run, and the places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from xlbackprop.expression import Expression, Ref, evaluate
from xlbackprop.layout import ChecksLayout, InputsLayout, RunLayout
from xlbackprop.lesson import Lesson
from xlbackprop.quantities import Given, LearningRate, Naming
from xlbackprop.training import Trace

THRESHOLD = "threshold"
CHOSEN_EPOCH = "chosen epoch"


def default_settings(lesson: Lesson) -> dict[str, float]:
    """Return every number that a reader may change, as shipped: those of Inputs, and two settings elsewhere."""
    return {**lesson.typed(), THRESHOLD: 0.01, CHOSEN_EPOCH: float(lesson.epochs // 2)}


@dataclass(frozen=True, eq=False)
class Book:
    """The material of a workbook.

    `lesson` is as shipped: it gives names, labels and the stored constants, `shipped` is its run. `now` is the lesson
    with the numbers that stand in the workbook now, `trace` its run: they give the values. In a fresh workbook both
    are the same. `settings` are the numbers that stand now, `versions` what the workbook was made with,
    `verdict` what its checks say.
    """

    lesson: Lesson
    shipped: Trace
    now: Lesson
    trace: Trace
    settings: Mapping[str, float]
    versions: Mapping[str, str]
    runs: tuple[RunLayout, ...]
    inputs: InputsLayout
    checks: ChecksLayout
    verdict: str = ""

    @property
    def naming(self) -> Naming:
        return self.lesson.naming

    def is_shipped(self, name: str) -> bool:
        """Return whether a typed number still is what was shipped."""
        return self.settings[name] == default_settings(self.lesson)[name]

    def values(self, expression: Expression, run: int) -> np.ndarray:
        """Return what a formula gives in every row of a run, from the NumPy numbers; the row above wraps around."""
        given = self.now.given(run)

        def value(ref: Ref) -> np.ndarray:
            if isinstance(ref.quantity, Given):
                return np.asarray(given[ref.quantity])
            return np.roll(self.trace.of(ref.quantity)[run], ref.back)

        return np.broadcast_to(evaluate(expression, value), self.trace.loss.shape[1:])

    def at_start(self, expression: Expression) -> float:
        """Return what a formula gives at epoch 0 of the first run."""
        return float(self.values(expression, 0)[0])

    def rate(self, run: int) -> float:
        """Return the learning rate of a run as it stands now."""
        return self.now.given(run)[Given(LearningRate())]
