"""A scaler of scikit-learn before a network, as one of the two ways in which a lesson scales its inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from xlbackprop.errors import Problem
from xlbackprop.lesson import STANDARD, ZERO_TO_ONE

TRANSFORMED = "Give the network what it receives: lesson_of(model[-1], model[:-1].transform(X), y)."
ALIKE = 1e-9  # of the spread: how far the numbers of the same scaling may differ by rounding


def scaler_and_network(model: Any) -> tuple[Any, Any]:
    """Return the scaler and the network of a pipeline of both; None and the model where it is no such pipeline."""
    steps = [step for _, step in getattr(model, "steps", ())]
    if len(steps) == 2 and (hasattr(steps[0], "with_std") or hasattr(steps[0], "feature_range")):
        return steps[0], steps[1]
    return None, model


def scale_of(scaler: Any, inputs: np.ndarray, problems: list[Problem]) -> str:
    """Return how a lesson scales these inputs (examples, inputs) as the scaler does, "" without one.

    A workbook scales by the examples that it holds, so they must be those that the scaler was fitted with; else a
    problem is noted.
    """
    if scaler is None or not inputs.size:
        return ""
    if hasattr(scaler, "with_std"):
        usual, scale = scaler.with_mean and scaler.with_std, STANDARD
        center, spread = inputs.mean(axis=0), inputs.std(axis=0)
        fitted = (scaler.mean_, scaler.scale_) if usual and hasattr(scaler, "scale_") else None
    else:
        usual, scale = tuple(scaler.feature_range) == (0, 1), ZERO_TO_ONE
        center, spread = inputs.min(axis=0), np.ptp(inputs, axis=0)
        fitted = (scaler.data_min_, scaler.data_range_) if usual and hasattr(scaler, "scale_") else None
    if fitted is None:
        what = "its scaler is not fitted, or scales in a way that is not here."
        problems.append(Problem("model", what, TRANSFORMED))
        return ""
    moves = spread > 0.0  # what is the same in all examples becomes 0 either way
    differ = np.maximum(np.abs(fitted[0] - center), np.abs(fitted[1] - spread))[moves] > ALIKE * spread[moves]
    if differ.any() or (~moves & (np.abs(fitted[0] - center) > ALIKE * np.abs(center))).any():
        what = "its scaler was fitted with other examples; a workbook scales by those that it holds."
        problems.append(Problem("X", what, f"Give all of them. Or: {TRANSFORMED}"))
    return scale
