"""Lesson → Document: what stands on each sheet. A folder or a module a sheet, its places beside it."""

from __future__ import annotations

from xlbackprop.sheets.book import PATHS_OF, default_settings, whole_settings
from xlbackprop.sheets.compiler import compile_document, installed_versions
from xlbackprop.sheets.entries import load_lesson, read_lesson
from xlbackprop.sheets.lesson_text import FINGERPRINT_ROW, LESSON, Carried, read_carried
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.sheets.steps.places import step_sheets
from xlbackprop.sheets.words import diverged_words, verdict_words

__all__ = [
    "FINGERPRINT_ROW",
    "LESSON",
    "PATHS_OF",
    "Carried",
    "RunLayout",
    "compile_document",
    "default_settings",
    "diverged_words",
    "installed_versions",
    "load_lesson",
    "read_carried",
    "read_lesson",
    "step_sheets",
    "verdict_words",
    "whole_settings",
]
