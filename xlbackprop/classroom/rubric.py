"""How many points each answer of an exercise is worth: what the lesson says in [exercise.points], 100 in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from xlbackprop.classroom.answer_table import AnswerTable, Spot, part_of

FULL_MARKS = 100.0


def worths(table: AnswerTable) -> tuple[Mapping[Spot, float], float]:
    """Return how many points each answer is worth, and which share of them its right number gets if it is typed.

    Without a rubric each answer counts alike. With one the points of a part are shared evenly by its answers, and what
    the parts that are in the exercise have together is scaled to 100.
    """
    choice = table.trace.lesson.exercise
    parts = {spot: part_of(spot.quantity, table.recipe.naming.depth) for spot in table.answers}
    counts = Counter(parts.values())
    points = dict(choice.points)
    weights = {spot: points.get(part or "", 0.0) / counts[part] if points else 1.0 for spot, part in parts.items()}
    if not any(weights.values()):  # none of the parts that get points is in it
        weights = dict.fromkeys(parts, 1.0)
    total = sum(weights.values())
    return {spot: FULL_MARKS * weight / total for spot, weight in weights.items()}, choice.typed
