"""The text of the walkthrough's document, kept beside: a change of any formula or any bit is read in the diff.

After a change on purpose: `python -m tests.test_golden` writes it anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden import document_text
from xlbackprop.lesson.lesson_file import load_lesson
from xlbackprop.sheets.compiler import compile_document
from xlbackprop.workbook.document import Document

pytestmark = pytest.mark.installed

KEPT = Path(__file__).parent / "kept" / "walkthrough.txt"


def _walkthrough() -> Document:
    return compile_document(load_lesson(), versions={"xlbackprop": "0"})


def test_the_walkthrough_is_what_was_read_last() -> None:
    assert document_text(_walkthrough()) == KEPT.read_text(encoding="utf-8")


if __name__ == "__main__":
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(document_text(_walkthrough()), encoding="utf-8")
