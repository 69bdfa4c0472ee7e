"""Damaged lessons, examples, pictures and workbooks by the thousand: each is used, or refused with a reason.

`python -m tests.fuzz --minutes 20` draws others, many more of them, with limits of memory and time.
"""

from __future__ import annotations

import atexit
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bad_input.workbooks import parts_of
from tests.mutations import damaged_bytes, damaged_text, damaged_xml
from tests.pictures import jpeg, png
from tests.surroundings import surroundings
from tests.test_data_file import LESSON as FROM_FILE
from tests.test_data_file import POINTS
from tests.test_lesson import GOOD, RUNS, SEVERAL
from xlbackprop import InputError, compile_document, verify, write_workbook
from xlbackprop.engines import EngineFailed
from xlbackprop.engines.pdf_handout import is_untouched_handout as is_untouched_paper
from xlbackprop.engines.pdf_handout import sealed
from xlbackprop.lesson_library import built_in_lessons
from xlbackprop.sheets import read_lesson
from xlbackprop.workbook.image_file import read_image
from xlbackprop.xlsx.read import (
    blind_copy,
    read_sheets,
    read_surroundings,
    read_workbook,
    refuse_active_content,
    workbook_package,
)
from xlbackprop.xlsx.write import is_untouched

TIMES = os.environ.get("XLBACKPROP_FUZZ_EXAMPLES")  # how many times as many; others each time, if it is set
COUNTS: Counter[str] = Counter()
LONGEST = 30.0  # seconds for one of them, on a machine that does other things, too

LESSONS = (GOOD, SEVERAL, RUNS, *(path.read_text(encoding="utf-8") for path in built_in_lessons().values()))
DIGITS = built_in_lessons()["digits"].with_suffix(".csv").read_text(encoding="utf-8")


def drawn(examples: int) -> settings:
    return settings(
        max_examples=int(examples * float(TIMES or 1)),
        derandomize=TIMES is None,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@contextmanager
def counted(area: str) -> Iterator[None]:
    """Count what is used and what is refused; whatever else is raised is a fault of ours."""
    start = time.perf_counter()
    COUNTS[f"{area}, tried"] += 1
    try:
        yield
        COUNTS[f"{area}, used"] += 1
    except (InputError, EngineFailed) as error:
        COUNTS[f"{area}, refused"] += 1
        said = str(error)
        assert said.strip()
        assert not any(word in said for word in ("NoneType", "object at 0x", "list index", "invalid literal", "Errno"))
    assert time.perf_counter() - start < LONGEST


@atexit.register
def _tell_counts() -> None:
    if place := os.environ.get("XLBACKPROP_COUNTS_FUZZ"):
        Path(place).write_text(json.dumps(dict(sorted(COUNTS.items())), indent=1), encoding="utf-8")


# --------------------------------------------------------------------------------------------------------- lessons


@drawn(300)
@given(damaged_text(LESSONS))
def test_a_damaged_lesson_is_read_or_refused(text: str) -> None:
    with counted("lessons"):
        read_lesson(text, "damaged.toml", data=DIGITS)


@drawn(100)
@given(
    st.one_of(
        st.text(), st.from_regex(r"(\[{1,2}[a-z.]{1,9}\]{1,2}\n|[a-z]{1,7} = [\[\]{}0-9.,\"a-z= -]{0,20}\n){1,9}")
    )
)
def test_any_text_is_read_or_refused_as_a_lesson(text: str) -> None:
    with counted("texts"):
        read_lesson(text, "any.toml")


@drawn(10)
@given(damaged_text((GOOD, SEVERAL)))
def test_a_damaged_lesson_that_is_read_can_be_made(text: str) -> None:
    with counted("lessons made"):
        lesson = read_lesson(text, "damaged.toml")
        if lesson.cells < 10_000:
            compile_document(lesson)


@drawn(200)
@given(damaged_text((POINTS, POINTS.replace(",", ";"), POINTS * 3)))
def test_damaged_examples_are_read_or_refused(text: str) -> None:
    with counted("examples"):
        read_lesson(FROM_FILE, "lesson.toml", data=text)


@drawn(200)
@given(st.one_of(damaged_bytes(png(9, 5)), damaged_bytes(jpeg(9, 5)), st.binary(max_size=60)))
def test_a_damaged_picture_is_read_or_refused(data: bytes) -> None:
    with counted("pictures"):
        image = read_image(data, "damaged.png")
        assert 0 < image.width <= 5_000
        assert 0 < image.height <= 5_000


# ------------------------------------------------------------------------------------------------------- workbooks


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def _sound() -> bytes:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder) / "sound.xlsx"
        write_workbook(compile_document(read_lesson(GOOD.replace("[0.1, 2]", "[2]"), "good.toml")), path)
        return path.read_bytes()


def opened(path: Path) -> None:
    with workbook_package(path) as package:
        sheets = read_sheets(package)
        refuse_active_content(package, sheets)
        read_surroundings(package, sheets)


SOUND = _sound()
READERS: dict[str, Callable[[Path], object]] = {
    "cells": read_workbook,
    "surroundings": surroundings,
    "copies without values": lambda path: blind_copy(path, path.with_suffix(".blind")),
    "seals": is_untouched,
    "what acts, and what is seen": opened,
}


def read_by_all(path: Path) -> None:
    for name, use in READERS.items():
        with counted(name):
            use(path)


@drawn(40)
@given(damaged_bytes(SOUND))
def test_every_reader_reads_a_workbook_of_damaged_bytes_or_refuses_it(room: Path, content: bytes) -> None:
    path = room / "damaged.xlsx"
    path.write_bytes(content)
    read_by_all(path)


@drawn(40)
@given(damaged_xml(SOUND))
def test_every_reader_reads_a_workbook_of_damaged_parts_or_refuses_it(room: Path, content: bytes) -> None:
    path = room / "damaged.xlsx"
    path.write_bytes(content)
    read_by_all(path)
    assert not is_untouched(path) or parts_of(content) == parts_of(SOUND)


@drawn(15)
@given(damaged_xml(SOUND))
def test_a_damaged_workbook_is_verified_or_refused(room: Path, content: bytes) -> None:
    path = room / "verified.xlsx"
    path.write_bytes(content)
    with counted("verified"):
        verify(path)


@drawn(50)
@given(damaged_bytes(sealed(b"%PDF-1.7\n" + bytes(range(64)) + b"\n%%EOF\n")))
def test_a_damaged_hand_out_has_lost_its_seal(room: Path, content: bytes) -> None:
    path = room / "damaged.pdf"
    path.write_bytes(content)
    with counted("hand-outs"):
        assert not is_untouched_paper(path) or content == sealed(b"%PDF-1.7\n" + bytes(range(64)) + b"\n%%EOF\n")
