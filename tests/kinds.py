"""Every kind of file that we write, by name: what makes the document of each."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.lessons import covering_lessons, sample_lesson
from tests.pictures import jpeg, png
from tests.test_credits import with_logo
from tests.test_wide import lesson_of
from tests.xlsx_sample import network_only
from xlbackprop import compile_document, load_lesson
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.lesson.lesson_file import read_lesson
from xlbackprop.lesson_library import DEFAULT_LESSON, built_in_lessons
from xlbackprop.workbook.document import Document

SIGNS = "<b>&amp; \"quoted\" 'too' ]]> =1+1 ∂E/∂w"


def shipped(name: str, epochs: int) -> Lesson:
    """Return a built-in lesson; with few epochs, but for those that are already short."""
    whole = load_lesson(name)
    return whole if whole.epochs <= epochs else load_lesson(name, epochs=epochs)


def _edited(change: Callable[[str], str]) -> Lesson:
    text = built_in_lessons()[DEFAULT_LESSON].read_text(encoding="utf-8")
    changed = change(text)
    assert changed != text
    return read_lesson(re.sub(r"\nepochs *= *\d+", "\nepochs = 3", changed), "edited.toml")


def _titled(title: str) -> Lesson:
    quoted = title.replace("\\", "\\\\").replace('"', '\\"')
    fewer = partial(re.sub, r"\nlearning_rates *=.*", "\nlearning_rates = [0.5]")
    return _edited(
        lambda text: re.sub('^title = ".*"$', lambda _: f'title = "{quoted}"', fewer(text), flags=re.MULTILINE)
    )


def _named_runs(*names: str) -> Lesson:
    runs = "".join(f'\n[[runs]]\nname = "{name}"\nlearning_rate = {0.1 + n / 50}\n' for n, name in enumerate(names))
    return _edited(lambda text: re.sub(r"\nlearning_rates *=.*", "", text) + runs)


def _with_logo(logo: bytes, folder: Path) -> Lesson:
    return load_lesson(with_logo(folder, logo))


def _lessons(epochs: int) -> dict[str, Callable[[Path], Lesson]]:
    return {name: lambda _, name=name: shipped(name, epochs) for name in covering_lessons()}  # type: ignore[misc]


def kinds(*, whole: bool = False) -> dict[str, Callable[[Path], Document]]:
    """Return what makes each kind of document, given a folder of its own; `whole` lessons have all their epochs."""
    lessons: dict[str, Callable[[Path], Lesson]] = {
        **_lessons(1_000_000 if whole else 1),
        "diverged": lambda _: load_lesson(epochs=5, learning_rates=[0.5, 1e6]),
        "signs of markup in the title": lambda _: _titled(SIGNS),
        "a long title": lambda _: _titled("A title & so on. " * 7),
        "long names of runs": lambda _: _named_runs("x" * 31, "it's & that's <why> (31 letters)"[:31]),
        "a logo, png": partial(_with_logo, png(60, 20)),
        "a logo, jpeg": partial(_with_logo, jpeg(60, 20)),
        "many runs": lambda _: load_lesson(epochs=1, learning_rates=[0.1 + n / 10 for n in range(12)]),
        "many rows": lambda _: load_lesson(epochs=3000 if whole else 1100, learning_rates=[0.5]),
        "a wide network": lambda _: lesson_of((9, 3, 2)),
        "drawn, many paths": lambda _: sample_lesson("many_paths"),
        "drawn, softmax": lambda _: sample_lesson("softmax_in_mini_batches"),
    }
    made = {name: partial(_compiled, lesson) for name, lesson in lessons.items()}
    return {**made, "a sheet with a drawing alone, and an empty one": lambda _: network_only()}


def _compiled(lesson: Callable[[Path], Lesson], folder: Path) -> Document:
    return compile_document(lesson(folder))
