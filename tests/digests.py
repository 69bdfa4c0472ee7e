"""A digest of every lesson's workbook, for machines to be compared: each must print the same.

    python -m tests.digests          all templates, samples and regression lessons
    python -m tests.digests 200      and so many drawn ones

A line is the SHA-256 of all parts of the workbook, unpacked, and the name of the lesson; of a lesson that is refused, of
the message. How a part is packed may differ from one machine to another, what it says may not.
"""

from __future__ import annotations

import io
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.drawn_lessons import lesson_texts
from tests.same_files import LESSONS
from xlbackprop import InputError, compile_document, load_lesson
from xlbackprop.lesson.lesson_file import read_lesson
from xlbackprop.xlsx.write import workbook_bytes


def digest(lesson: str | Path) -> str:
    """Return the SHA-256, in hexadecimal digits, of a lesson, told by its text or its file."""
    told = sha256()
    try:
        read = load_lesson(lesson) if isinstance(lesson, Path) else read_lesson(lesson, "drawn")
        packed = workbook_bytes(compile_document(read))
    except InputError as refused:
        told.update("\n".join(str(problem) for problem in refused.problems).encode())
        return told.hexdigest()
    with zipfile.ZipFile(io.BytesIO(packed)) as package:
        for name in package.namelist():
            told.update(name.encode() + package.read(name))
    return told.hexdigest()


def drawn(count: int) -> list[str]:
    """Return the texts of so many lessons, always the same."""
    texts: list[str] = []

    @seed(1)
    @settings(max_examples=count, database=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck])
    @given(lesson_texts(one_file=True))
    def collect(text: str) -> None:
        texts.append(text)

    collect()
    return texts


def main(words: list[str]) -> None:
    """Print a line for every lesson."""
    for path in LESSONS:
        print(digest(path), path.stem)
    for number, text in enumerate(drawn(int(words[0])) if words else ()):
        print(digest(text), f"drawn {number}")


if __name__ == "__main__":
    main(sys.argv[1:])
