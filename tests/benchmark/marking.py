"""How long it takes to mark: `python -m tests.benchmark.marking --count 40`.

Filled-in exercises are graded one after the other in this process: points, mistakes, and the workbook with feedback.
Half of them are all right, the others have a mistake that is filled down, so that what follows has to be judged anew.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROWS = 11  # of a single example: the start and ten epochs


class Speed(NamedTuple):
    """How many answers an exercise has, how many files there were, and the seconds of CPU and on the wall of each."""

    lesson: str
    answers: int
    cpu: list[float]
    wall: list[float]

    @property
    def row(self) -> str:
        """The line of the table."""
        a_second = len(self.wall) / sum(self.wall)
        return f"| {self.lesson} | {self.answers} | {len(self.cpu)} | {a_second:.1f} | {median(self.cpu):.2f} |"


def speed(lesson: str, count: int, room: Path, rows: int = ROWS) -> Speed:
    """Grade so many exercises on a built-in lesson, after one that is not counted."""
    from tests.test_exercise import right, written, wrong_formula
    from xlbackprop import load_lesson
    from xlbackprop.classroom import Grader, HandedIn, Variants

    loaded = load_lesson(lesson)
    grader = Grader(Variants(loaded, "", rows=rows if len(loaded.inputs) == 1 else None))
    of = grader.exercise(None)
    wrong = next(one.mistake for one in of.wrong_numbers.of(of.table.answers[-1]))
    slipped = [spot for spot in of.table.answers if spot.quantity == wrong.quantity]
    forms = right(of), right(of) | {spot: wrong_formula(of, spot, wrong.formula) for spot in slipped}
    files = [written(of, form, room / f"{number}.xlsx").read_bytes() for number, form in enumerate(forms)]
    cpu, wall = list[float](), list[float]()
    for number in range(count + 1):
        begun = time.process_time(), time.perf_counter()
        graded = grader.grade(HandedIn(number, ".xlsx", files[number % 2], None))
        assert graded.marks is not None, graded.problem
        cpu.append(time.process_time() - begun[0])
        wall.append(time.perf_counter() - begun[1])
    return Speed(lesson, len(of.table.answers), cpu[1:], wall[1:])


def table(speeds: Iterator[Speed]) -> Iterator[str]:
    """Yield the lines of the table."""
    yield "| lesson | answers | files | files a second | CPU a file, s (median) |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    yield from (one.row for one in speeds)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark.marking", description=__doc__)
    parser.add_argument("--lessons", default="walkthrough,xor,two-biases", help="with commas (default: %(default)s)")
    parser.add_argument("--count", type=int, default=20, help="files of each (default: %(default)s)")
    asked = parser.parse_args()
    print(f"{date.today().isoformat()}; {os.cpu_count()} processors, one process.\n")
    with TemporaryDirectory(prefix="marking-") as name:
        for line in table(speed(lesson, asked.count, Path(name)) for lesson in asked.lessons.split(",")):
            print(line, flush=True)


if __name__ == "__main__":
    main()
