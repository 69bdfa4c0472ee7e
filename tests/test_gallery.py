"""What lies ready to be taken away is what is made now: workbooks, pictures and the page that shows them.

After a change of what is written: `python -m tests.gallery`.
"""

from __future__ import annotations

import subprocess
import zlib
from functools import cache

import numpy as np
import pytest

from tests import gallery
from tests.gallery import LEFT_OUT, OUTPUT, PAGE, PICTURES, SHOWN, TOP
from tests.lessons import COVERING
from tests.pictures import palette_png
from tests.slow import slow_but
from xlbackprop import compile_document, load_lesson
from xlbackprop.lesson_library import built_in_lessons
from xlbackprop.sheets import lesson_text
from xlbackprop.sheets.lesson_text import LESSON
from xlbackprop.workbook import Document
from xlbackprop.xlsx.read.reader import read_workbook
from xlbackprop.xlsx.write import workbook_bytes
from xlbackprop.xlsx.write.seal import is_untouched

pytestmark = pytest.mark.checkout

# Whatever changes all workbooks changes these.
each_shown = pytest.mark.parametrize("name", slow_but(SHOWN, {*COVERING} & {*SHOWN}))


@cache
def present(name: str) -> Document:
    """Return the document of a lesson as it is made now, by the versions of programs that its workbook names."""
    path = OUTPUT / f"{name}.xlsx"
    cells = {place: cell.value for place, cell in read_workbook(path)[LESSON].items()}
    return compile_document(load_lesson(name), versions=lesson_text.read_carried(str(path), cells).versions)


@each_shown
def test_a_workbook_to_take_away_has_the_parts_that_are_made_now(name: str) -> None:
    path = OUTPUT / f"{name}.xlsx"
    assert is_untouched(path)
    assert gallery.parts(path.read_bytes()) == gallery.parts(workbook_bytes(present(name)))


@each_shown
def test_a_picture_was_drawn_from_what_is_made_now(name: str) -> None:
    assert gallery.pictures_taken()[name] == gallery.drawn(present(name))


def test_a_picture_of_other_numbers_would_be_seen() -> None:
    other = compile_document(load_lesson("scaling"), {"learning rate 1": 0.02})
    assert gallery.drawn(other) != gallery.drawn(compile_document(load_lesson("scaling")))


def test_every_lesson_is_shown_or_left_out_on_purpose() -> None:
    assert {*SHOWN, *LEFT_OUT} == {*built_in_lessons()}
    assert [*gallery.pictures_taken()] == [*SHOWN]
    tracked = subprocess.run(["git", "ls-files", "output"], cwd=TOP, capture_output=True, text=True, check=True).stdout
    assert tracked.split() == sorted(f"output/{name}.xlsx" for name in SHOWN)
    assert {path.name for path in PICTURES.glob("*.png")} == {f"{name}.png" for name in SHOWN}


def test_the_repository_can_bear_their_weight() -> None:
    workbooks = {name: (OUTPUT / f"{name}.xlsx").stat().st_size for name in SHOWN}
    pictures = {name: (PICTURES / f"{name}.png").stat().st_size for name in SHOWN}
    assert max(pictures.values()) <= 60_000
    assert max(workbooks.values()) < 2_000_000
    assert sum(workbooks.values()) + sum(pictures.values()) < 8_000_000


def test_the_page_is_the_present_one() -> None:
    assert PAGE.read_text(encoding="utf-8") == gallery.page()


def test_the_pixels_of_a_picture_are_those_that_were_drawn() -> None:
    drawn = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 255, 0], [0, 0, 255]]], np.uint8)
    made = palette_png(drawn)
    colours = made.partition(b"PLTE")[2][:9]
    rows = zlib.decompress(made.partition(b"IDAT")[2][:-16])
    found = [list(colours[3 * index : 3 * index + 3]) for index in (*rows[1:3], *rows[4:6])]
    assert found == drawn.reshape(-1, 3).tolist()
