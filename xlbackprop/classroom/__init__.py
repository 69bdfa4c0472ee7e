"""What a class does with a workbook: exercises that check themselves, and the mistakes that people make in them."""

from __future__ import annotations

from xlbackprop.classroom.answer_table import Spot
from xlbackprop.classroom.exercise import Exercise, make_exercise
from xlbackprop.classroom.leaks import Leak, leaks
from xlbackprop.classroom.mistakes import KINDS, Mistake, mistakes_in

__all__ = ["KINDS", "Exercise", "Leak", "Mistake", "Spot", "leaks", "make_exercise", "mistakes_in"]
