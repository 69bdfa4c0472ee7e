"""Hostile submissions end in a sentence, in little time and memory, and the others are marked all the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.hostile_exercises import FILES
from tests.process_tree import Taken, taken_by
from tests.slow import slow
from tests.test_exercise import exercise, right, written

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="it measures memory as Linux tells it")

SECONDS = 10  # that one file may take here; it is 60 elsewhere
LONGEST = 120.0  # for a whole command, on a machine that does other things, too
LARGEST = 1_000_000_000  # bytes of all its processes
SCRIPT = f"""
import sys
from xlbackprop.commands import many
from xlbackprop.cli import main
many.SECONDS = {SECONDS}
sys.exit(main(sys.argv[1:]))
"""
# Each takes a second or more, some of them all that they may.
HEAVY = (
    "a bomb",
    "bombs in bombs",
    "products over whole areas",
    "sums of all above",
    "cells far apart",
    "texts of 32,767 signs",
    "formulas in a ring",
    "3,000 sheets",
    "functions 120 deep",
    "a sequence without end",
    "a function that calls itself",
    "an array of a thousand million",
    "addresses in a loop",
    "a hundred thousand shared formulas",
    "a bomb in an .ods file",
    "an .ods file that repeats itself",
    "an .ods file of nothing",
)
LIGHT = tuple(name for name in FILES if name not in HEAVY)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    of = exercise("walkthrough")
    return written(of, right(of), tmp_path_factory.mktemp("sound") / "sound.xlsx").read_bytes()


def files(names: Sequence[str], sound: bytes, room: Path) -> dict[str, Path]:
    """Write hostile files, and a sound one that comes last."""
    found = {}
    for name in names:
        make, _ = FILES[name]
        found[name] = room / f"{[*FILES].index(name)}.xlsx"
        found[name].write_bytes(make(sound))
    found["sound"] = room / "sound.xlsx"
    found["sound"].write_bytes(sound)
    return found


def marked(paths: Sequence[Path]) -> tuple[Taken, list[dict[str, object]]]:
    taken = taken_by(SCRIPT, ["mark", *map(str, paths), "--lesson", "walkthrough"], LONGEST)
    assert taken.code in (0, 2), taken.said[-2000:]
    return taken, json.loads(taken.said)


def is_as_told(name: str, told: dict[str, object]) -> None:
    if FILES[name][1]:
        assert FILES[name][1] in str(told["error"])
    else:
        assert "error" in told or told["points"] == 100.0
    assert "Traceback" not in str(told)


def test_mark_says_a_sentence_of_each_and_marks_the_others(sound: bytes, tmp_path: Path) -> None:
    paths = files(LIGHT, sound, tmp_path)
    taken, told = marked([*paths.values()])
    assert taken.code == 2
    assert taken.peak < LARGEST
    for name, one in zip(LIGHT, told, strict=False):
        is_as_told(name, one)
    assert told[-1]["points"] == 100.0
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in paths.values()}


@pytest.mark.parametrize("name", [slow(name) for name in HEAVY])
def test_what_is_heavy_is_ended_and_the_others_are_marked(name: str, sound: bytes, tmp_path: Path) -> None:
    taken, told = marked([*files([name], sound, tmp_path).values()])
    print(f"{name}: {taken.seconds:.1f} s, {taken.peak / 1e6:.0f} MB: {told[0].get('error', told[0].get('points'))}")
    assert taken.peak < LARGEST
    is_as_told(name, told[0])
    assert told[1]["points"] == 100.0


@pytest.mark.parametrize("names", [LIGHT[::4], slow((*HEAVY,))])
def test_grade_goes_on_with_the_others(names: tuple[str, ...], sound: bytes, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    paths = files(names, sound, tmp_path / "files")
    download, out = tmp_path / "week3.zip", tmp_path / "marks"
    with ZipFile(download, "w") as archive:
        for number, path in enumerate(paths.values()):
            archive.write(path, f"Student {number}_{5000 + number}_assignsubmission_file/week3.xlsx")
    taken = taken_by(SCRIPT, ["grade", str(download), "--lesson", "walkthrough", "-o", str(out)], LONGEST * 3)
    assert taken.code == 1, taken.said
    assert taken.peak < LARGEST
    told = json.loads((out / "marks.json").read_text(encoding="utf-8"))
    by_place = {one["file"].split("_")[0].split()[1]: one for one in told}
    for number, name in enumerate(names):
        one = by_place[str(number)]
        assert FILES[name][1] in str(one["problem"]), name
    assert by_place[str(len(names))]["points"] == 100.0
