"""Lesson → Document: the sheets of a workbook. Each has a folder or a module, with its entry and its layout."""

from __future__ import annotations

from xlbackprop.sheets.canvas import Canvas, epoch_axis, role_of
from xlbackprop.sheets.compiler import compile_document, installed_versions
from xlbackprop.sheets.derivation.opening import alone, opening
from xlbackprop.sheets.entries import changeable, load_lesson, read_lesson, reserved_names
from xlbackprop.sheets.entry import Changeable
from xlbackprop.sheets.inputs.sheet import SINCE
from xlbackprop.sheets.lesson_text import LESSON, Carried, fingerprint, read_carried
from xlbackprop.sheets.number_formats import RATE, Shown
from xlbackprop.sheets.runs.column_looks import ColumnLooks
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.sheets.runs.sheet import put_bands
from xlbackprop.sheets.verdict_wording import diverged_words, verdict_words
