"""Submissions drawn at random are marked as they were made: what is right is right in any form, from any program.

Each mark must be the one that was planted; a slip must have its name, or that of one which gives the same numbers in all
of its rows. The default suite draws a few; `-m slow` draws 500, which every program here has saved.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from random import Random

import openpyxl
import pytest

from tests.other_savers import QUICK, SAVERS
from tests.slow import slow
from tests.submissions import Submission, drawn
from xlbackprop import load_lesson
from xlbackprop.classroom import Exercise, Variants, make_exercise, mark
from xlbackprop.errors import InputError

LESSONS = ("walkthrough", "xor", "vanishing", "trained-biases", "softmax-3-classes", "two-biases")
FEW, MANY = 5, 84  # of each lesson
NAMED = 0.99  # of the slips that show, at least


@cache
def exercises(lesson: str) -> tuple[Exercise, ...]:
    """Return the exercise of a lesson, and two with other numbers."""
    variants = Variants(load_lesson(lesson), "a class")
    own = make_exercise(variants.lesson)
    numbers = variants.numbers(own)
    moved = ({name: round(0.9 * number + 0.01 * step, 4) for name, number in numbers.items()} for step in (3, 7))
    return own, *map(variants.made, moved)


def submission(lesson: str, number: int, room: Path) -> tuple[Submission, Path]:
    """Return a submission of a lesson, the same each time, and its file."""
    draw = Random(f"{lesson} {number}")
    made = drawn(*draw.sample(exercises(lesson), 2), draw)
    return made, made.write(room / f"{lesson}-{number}.xlsx")


def marked(handed_in: list[tuple[Submission, Path]]) -> tuple[Counter[str], list[str]]:
    """Mark submissions; return how many answers and slips there were and how many have their names, and what is wrong."""
    found, wrong = Counter[str](), list[str]()
    for made, path in handed_in:
        marking = mark(path, made.of)
        wrong += [f"{path.name}: {fault}" for fault in made.faults(marking)]
        fewest, most = made.points()
        if not fewest - 0.1 <= marking.points <= most + 0.1:
            wrong.append(f"{path.name}: {marking.points} points, not {fewest} to {most}")
        found.update(kind.name for kind in made.kinds.values())
        for slip, called in made.named(marking):
            found["slips"] += 1
            found["named"] += not called
            found["cells of slips"] += len(slip.spots)
            found["cells not named"] += len(called)
            if called:
                print(f"not named: {path.name}: {called[0]}")
    return found, wrong


@pytest.mark.parametrize("lesson", LESSONS)
def test_marks_are_what_was_planted(lesson: str, tmp_path: Path) -> None:
    handed_in = [submission(lesson, number, tmp_path) for number in range(FEW)]
    for (_, path), name in zip(handed_in, QUICK, strict=True):
        SAVERS[name]([path], tmp_path)
    found, wrong = marked(handed_in)
    assert not wrong
    assert found["named"] == found["slips"] > 0


@pytest.mark.parametrize(
    "program", [slow(name, engine=name if name in ("libreoffice", "gnumeric") else None) for name in SAVERS]
)
def test_marks_are_what_was_planted_whatever_program_saves_it(program: str, tmp_path: Path) -> None:
    every = [(lesson, number) for lesson in LESSONS for number in range(MANY)][[*SAVERS].index(program) :: len(SAVERS)]
    handed_in = [submission(*one, tmp_path) for one in every]
    SAVERS[program]([path for _, path in handed_in], tmp_path)
    found, wrong = marked(handed_in)
    print(f"{program}: {len(handed_in)} submissions, {dict(found)}")
    assert not wrong
    assert found["named"] >= NAMED * found["slips"] > 0


def test_a_wrong_mark_would_be_seen(tmp_path: Path) -> None:
    made, path = submission("walkthrough", 0, tmp_path)
    marking = mark(path, made.of)
    places = [place for place, answer in enumerate(marking.answers) if answer.points]
    answers = [*marking.answers]
    answers[places[0]] = answers[places[0]]._replace(mark=answers[-1].mark.WRONG)
    assert [*made.faults(marking._replace(answers=tuple(answers)))]


DAMAGED = {
    "cut off": lambda content: content[: len(content) // 2],
    "with a password": lambda content: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + content,
    "empty": lambda content: content[:0],
    "one bit": lambda content: content[:2000] + bytes([content[2000] ^ 16]) + content[2001:],
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_what_is_damaged_is_told(damage: str, tmp_path: Path) -> None:
    made, path = submission("walkthrough", 0, tmp_path)
    path.write_bytes(DAMAGED[damage](path.read_bytes()))
    with pytest.raises(InputError):
        mark(path, made.of)


def test_a_sheet_of_another_name_is_told(tmp_path: Path) -> None:
    made, path = submission("walkthrough", 0, tmp_path)
    book = openpyxl.load_workbook(path)
    book["Exercise"].title = "Sheet1"
    book.save(path)
    with pytest.raises(InputError, match='it has no sheet "Exercise"'):
        mark(path, made.of)
