"""Lessons that several tests look at, and lessons with other numbers than their files type."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xlbackprop import load_lesson
from xlbackprop.lesson.lesson import Lesson, rate_name


def sample_lesson(name: str) -> Lesson:
    """Return one of the lessons in `sample_lessons`: networks of several kinds, with numbers that were drawn once."""
    return load_lesson(Path(__file__).parent / "sample_lessons" / f"{name}.toml")


def with_numbers(
    lesson: Lesson,
    *,
    inputs: Sequence[float] | None = None,
    targets: Sequence[float] | None = None,
    weights: Sequence[float] | None = None,
    learning_rates: Sequence[float] | None = None,
) -> Lesson:
    """Return a lesson of one example, whose runs all start alike, with other numbers on `Inputs`."""
    naming = lesson.runs[0].naming
    groups = [
        ([naming.name(given) for given in naming.inputs()], inputs),
        ([naming.name(target) for target in naming.targets()], targets),
        ([naming.name(weight) for weight in naming.weights()], weights),
        ([rate_name(run) for run in range(len(lesson.runs))], learning_rates),
    ]
    changes = {}
    for names, values in groups:
        if values is not None:
            changes |= zip(names, values, strict=True)
    assert changes.keys() <= lesson.typed.keys()
    return lesson.with_typed({**lesson.typed, **changes})
