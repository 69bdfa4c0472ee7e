"""The text of the walkthrough's document, kept beside: a change of any formula is read in the diff.

After a change on purpose: `python -m tests.test_golden` writes it anew.
"""

from __future__ import annotations

from pathlib import Path

from tests.golden import document_text
from xlbackprop.lesson.lesson_file import load_lesson
from xlbackprop.sheets.compiler import compile_document

KEPT = Path(__file__).parent / "kept" / "walkthrough.txt"


def _text() -> str:
    return document_text(compile_document(load_lesson(), versions={"xlbackprop": "0"}))


def test_the_walkthrough_is_what_was_read_last() -> None:
    assert _text() == KEPT.read_text(encoding="utf-8")


if __name__ == "__main__":
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(_text(), encoding="utf-8")
