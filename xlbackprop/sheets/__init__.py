"""Lesson → Document: what stands on each sheet. A folder or a module a sheet, its places beside it."""

from __future__ import annotations

from xlbackprop.sheets.book import PATHS_OF, default_settings, whole_settings
from xlbackprop.sheets.compiler import compile_document, installed_versions
from xlbackprop.sheets.lesson_text import FINGERPRINT_ROW, Carried, read_carried
from xlbackprop.sheets.names import CHECKS, INPUTS, LESSON, LOSS_CURVES, STEP_BY_STEP, SUMMARY
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.sheets.steps.places import step_sheets
from xlbackprop.sheets.words import diverged_words, verdict_words

__all__ = [
    "CHECKS",
    "FINGERPRINT_ROW",
    "INPUTS",
    "LESSON",
    "LOSS_CURVES",
    "PATHS_OF",
    "STEP_BY_STEP",
    "SUMMARY",
    "Carried",
    "RunLayout",
    "compile_document",
    "default_settings",
    "diverged_words",
    "installed_versions",
    "read_carried",
    "step_sheets",
    "verdict_words",
    "whole_settings",
]
