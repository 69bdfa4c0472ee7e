"""How a large class comes out: how many workbooks a second, all distinct, none that gives an answer away.

python -m tests.class_of_students 1000 [LESSON]
"""

from __future__ import annotations

import csv
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from xlbackprop import load_lesson
from xlbackprop.classroom import Variants, leaks
from xlbackprop.cli import main

KEY = "a class of students"


def made(count: int, lesson: str, folder: Path, jobs: int = 2) -> list[dict[str, str]]:
    """Make the exercises of so many students; return the rows of the manifest."""
    roster = folder / "roster.csv"
    roster.write_text("id,name\n" + "".join(f"{number},Student {number}\n" for number in range(1, count + 1)))
    words = [
        "exercise",
        lesson,
        "--roster",
        str(roster),
        "--key",
        KEY,
        "-o",
        str(folder / "class"),
        "--jobs",
        str(jobs),
    ]
    assert main(words) == 0
    with (folder / "class" / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def faults(rows: list[dict[str, str]], lesson: str, folder: Path, every: int = 1) -> list[str]:
    """Return what is wrong with a class: two that are alike, files that are missing, answers that are given away.

    Every so many-th workbook is drawn again and searched.
    """
    variants, found = Variants(load_lesson(lesson), KEY), []
    for what, values in (
        ("codes", [row["code"] for row in rows]),
        ("numbers", [tuple(row[name] for name in variants.names) for row in rows]),
    ):
        found += [f"{what} {value} there are {times} times" for value, times in Counter(values).items() if times > 1]
    for row in rows[::every]:
        exercise = variants.of(row["id"]).exercise
        path = folder / "class" / row["file"]
        if variants.numbers(exercise) != {name: float(row[name]) for name in variants.names}:
            found.append(f"{row['id']} has other numbers when it is drawn again")
        found += [f"{path.name} gives away {leak}" for leak in leaks(path, exercise)]
    return found


def _say(count: int, lesson: str) -> int:
    with tempfile.TemporaryDirectory() as name:
        folder, began = Path(name), time.monotonic()
        rows = made(count, lesson, folder)
        seconds = time.monotonic() - began
        draws = [int(row["draws"]) for row in rows]
        print(f"{len(rows):,} workbooks in {seconds:.0f} s, {len(rows) / seconds:.1f} a second")
        print(f"draws: {sum(draws) / len(draws):.1f} a student, at most {max(draws)}")
        wrong = faults(rows, lesson, folder, every=max(1, count // 50))
        print("\n".join(wrong) or "all distinct; none gives an answer away; drawn again they are the same")
        return bool(wrong)


if __name__ == "__main__":
    sys.exit(_say(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "walkthrough"))
