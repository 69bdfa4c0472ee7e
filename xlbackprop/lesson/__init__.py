"""A person's lesson file becomes a `Lesson`; everything that is wrong with it is told at once."""

from __future__ import annotations

from xlbackprop.lesson.lesson import (
    BIASES_HEADING,
    CONSTANTS_HEADING,
    INPUTS_HEADING,
    RATES_HEADING,
    TARGETS_HEADING,
    WEIGHTS_HEADING,
    Lesson,
    Run,
    rate_name,
    rate_text,
)
from xlbackprop.lesson.lesson_file import MAX_NUMBER, load_lesson, read_lesson
from xlbackprop.lesson.limits import BESIDE_THE_TABLE, shape

__all__ = [
    "BESIDE_THE_TABLE",
    "BIASES_HEADING",
    "CONSTANTS_HEADING",
    "INPUTS_HEADING",
    "MAX_NUMBER",
    "RATES_HEADING",
    "TARGETS_HEADING",
    "WEIGHTS_HEADING",
    "Lesson",
    "Run",
    "load_lesson",
    "rate_name",
    "rate_text",
    "read_lesson",
    "shape",
]
