"""Lesson → Document: the sheets of a workbook. Each has a folder or a module, with its entry and its layout."""

from __future__ import annotations

from xlbackprop.sheets.compiler import compile_document, installed_versions
from xlbackprop.sheets.entries import changeable, load_lesson, read_lesson
from xlbackprop.sheets.entry import Changeable
from xlbackprop.sheets.lesson_text import LESSON, Carried, fingerprint, read_carried
from xlbackprop.sheets.verdict_wording import diverged_words, verdict_words
