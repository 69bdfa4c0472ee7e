"""All contestants on one piece of work, round by round, so that what disturbs the machine disturbs them all alike."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.benchmark.contestants import LIMIT, OURS, SLOW_ROWS, Contestant
from tests.benchmark.measuring import Command, Measurement, Refusal, measure
from tests.benchmark.work import Work

PATIENCE = 30.0  # seconds: what takes longer runs once
_CHECKED_ROWS = 1_000  # larger files take the comparison too long to open


@dataclass(slots=True)
class Result:
    """What a contestant did; `trouble` says why there is nothing, or what is wrong with its file."""

    contestant: Contestant
    runs: list[Measurement] = field(default_factory=list)
    trouble: str = ""
    difference: str = ""

    @property
    def cpu(self) -> float | None:
        """The median seconds of CPU, None without a run."""
        return median(run.cpu for run in self.runs) if self.runs else None

    def wants(self, rounds: int) -> bool:
        """Whether it runs in the round after so many."""
        return not self.trouble and (rounds == 0 or max(run.wall for run in self.runs) <= PATIENCE)


@dataclass(frozen=True, slots=True)
class Raced:
    """One piece of work and what everyone did; `shape` (sheets, rows, columns) is None where no one could tell."""

    title: str
    shape: tuple[int, int, int] | None
    rows: int
    grows: bool  # whether it is one of the series whose rows grow
    results: Sequence[Result]

    def cpu(self, name: str) -> float | None:
        """Return the median seconds of CPU of a contestant, None where it has none."""
        return next((result.cpu for result in self.results if result.contestant.name == name), None)


@dataclass(frozen=True, slots=True)
class Race:
    """How a race is run: rounds, whether the slow take part everywhere, whether files are compared."""

    repeat: int
    slow: bool
    check: bool
    say: Callable[[str], None]

    def run(self, work: Work, entrants: Sequence[Contestant]) -> Raced:
        """Return what everyone did; the folder of the work is gone afterwards."""
        unprepared = work.prepare()
        results = [Result(entrant, trouble=self._hindrance(entrant, work, unprepared)) for entrant in entrants]
        for number in range(self.repeat):
            for result in results:
                if result.wants(number):
                    self._one(result, work, number)
        raced = Raced(work.title, work.shape, work.rows, work.grows, results)
        shutil.rmtree(work.folder)
        return raced

    def _hindrance(self, entrant: Contestant, work: Work, unprepared: str) -> str:
        if entrant.missing:
            return entrant.missing
        if unprepared and entrant.name not in (OURS, LIMIT):  # these two do not need the prepared files
            return f"refused: {unprepared}"
        if entrant.slow and work.rows > SLOW_ROWS and not self.slow:
            return "takes long; left out without --slow"
        return ""

    def _one(self, result: Result, work: Work, number: int) -> None:
        entrant = result.contestant
        if entrant.name == LIMIT and not work.parts.exists():
            result.trouble = "our file is missing"
            return
        measured = measure(entrant.command(work), work.output)
        told = f"{work.title}, round {number + 1} of {self.repeat}, {entrant.name}: "
        if isinstance(measured, Refusal):
            result.trouble = f"refused: {measured.reason}"
            self.say(told + result.trouble)
            return
        result.runs.append(measured)
        self.say(f"{told}{measured.cpu:.2f} s CPU, {measured.wall:.2f} s")
        if number == 0:
            self._look_at(result, work)
        work.output.unlink()

    def _look_at(self, result: Result, work: Work) -> None:
        """Keep our first file for the limit and the comparison; compare those of the others."""
        entrant = result.contestant
        if entrant.name == OURS:
            shutil.copy(work.output, work.ours)
            work.unpack()
        elif self.check and entrant.makes_a_workbook and work.rows <= _CHECKED_ROWS and work.ours.exists():
            result.difference = difference(work, entrant)
            self.say(f"{work.title}, {entrant.name}: {result.difference or 'the same work'}")


def difference(work: Work, entrant: Contestant) -> str:
    """Return how a contestant's file differs from ours, or nothing; a process of its own reads them."""
    words = [sys.executable, "-m", "tests.benchmark.same_work", str(work.ours), str(work.output), *entrant.excused]
    done = measure(Command(words))
    return done.reason if isinstance(done, Refusal) else ""
