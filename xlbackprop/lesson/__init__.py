"""A person's lesson file becomes a `Lesson`; everything that is wrong with it is told at once."""

from __future__ import annotations

from xlbackprop.lesson.beginnings import as_a_beginning, drawn_lesson
from xlbackprop.lesson.cautions import lesson_warnings
from xlbackprop.lesson.csv_text import MAX_EXAMPLES, CsvTable, read_table
from xlbackprop.lesson.data_file import has_classes
from xlbackprop.lesson.lesson import (
    ALL,
    FORWARD,
    HIDDEN,
    LEVELS,
    LOSS,
    OUTPUT,
    PARTS,
    STANDARD,
    UPDATES,
    ZERO_TO_ONE,
    Lesson,
    Run,
    Show,
    rate_name,
    rate_text,
)
from xlbackprop.lesson.lesson_file import MAX_NUMBER, MOST_EXERCISE_ROWS, load_lesson, read_lesson
from xlbackprop.lesson.limits import BESIDE_THE_TABLE, MAX_EXPANDED_WEIGHTS, shape
from xlbackprop.lesson.own_names import LONGEST_NAME, with_own
from xlbackprop.lesson.toml.meanings import cure_of_choice, means
from xlbackprop.lesson.toml.number_lists import toml_text
