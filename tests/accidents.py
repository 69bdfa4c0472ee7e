"""Kill `generate` while it writes, many times, and count what is there afterwards.

    python -m tests.accidents --kills 200 --counts counts.json

A killed process cannot clean up (SIGKILL, or the power fails). After each kill the old file must be there byte by byte,
or the new one as it is without accidents; the next run must succeed and leave no draft. Kills come at a size of the
draft, when drafts begin to take their places, at a moment of the writing, or at one of the whole command, each drawn at
random; how many met a draft that was being written is counted, for a kill that comes before or after shows little.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from xlbackprop.cli import main as command
from xlbackprop.engines import pdf_handout
from xlbackprop.engines.libreoffice import LibreOffice
from xlbackprop.proof.verification import verify
from xlbackprop.xlsx.write import is_untouched

WORDS = ("generate", "--rates", "0.1,0.5", "--no-verify", "-o", "lesson.xlsx")
OLD, NEW = ("--epochs", "3"), ("--epochs", "80")
KINDS = {"over an old workbook": (), "where nothing was": (), "with a hand-out": ("--pdf",)}
PAGES = b"%PDF-1.6\n" + b"a page\n" * 30_000  # what LibreOffice would draw, without waiting for it
A_LOOK = 0.0002  # seconds between two looks at the folder

Files = dict[str, bytes]


@dataclass
class Counts:
    """What was found after the kills of one kind."""

    kills: int = 0
    old_whole: int = 0
    new_whole: int = 0
    new_workbook_beside_old_hand_out: int = 0  # each whole: the kill came between the two renamings
    nothing_yet: int = 0
    hit_a_draft: int = 0
    quarters_of_the_draft: Counter[str] = field(default_factory=Counter)
    losses: list[str] = field(default_factory=list)


def started(folder: Path, *words: str) -> int:
    """Start the command in a process of its own that has imported everything; return its number."""
    child = os.fork()
    if child:
        return child
    code = 3
    try:
        os.chdir(folder)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        LibreOffice.require = lambda _: None  # type: ignore[method-assign]
        LibreOffice.pdf = lambda *_: PAGES  # type: ignore[assignment, method-assign]
        code = command([*WORDS, *words])
    finally:
        os._exit(code)


def ended(child: int) -> int:
    """Wait for a process; return its exit code, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def files(folder: Path) -> Files:
    return {path.name: path.read_bytes() for path in folder.iterdir() if not is_draft(path.name)}


def is_draft(name: str) -> bool:
    return name.startswith(".lesson.") and name.endswith(".tmp")


def drafts(folder: Path) -> dict[str, int]:
    """Return the sizes of the drafts in a folder."""
    sizes = {}
    for entry in os.scandir(folder):
        if is_draft(entry.name):
            try:
                sizes[entry.name] = entry.stat().st_size
            except FileNotFoundError:
                continue
    return sizes


def until(child: int, is_time: Callable[[], bool]) -> None:
    """Wait until it is time, or the process has ended by itself."""
    while not is_time() and os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        time.sleep(A_LOOK)


class Rounds:
    """The kills of one kind, in one folder."""

    def __init__(self, folder: Path, words: tuple[str, ...], *, begin_with_nothing: bool) -> None:
        self.folder, self.words = folder, words
        self.old = {} if begin_with_nothing else self.made(OLD)
        begun = time.monotonic()
        self.new = self.made(NEW)
        self.whole_time = time.monotonic() - begun
        self.size = sum(map(len, self.new.values()))
        self.counts = Counts()
        assert is_untouched(folder / "lesson.xlsx")

    def made(self, epochs: tuple[str, str]) -> Files:
        """Make the files without an accident."""
        code = ended(started(self.folder, *self.words, *epochs, "--force"))
        assert code == 0, f"without an accident generate ends with {code}"
        return files(self.folder)

    def begin_again(self) -> None:
        for path in self.folder.iterdir():
            path.unlink()
        for name, content in self.old.items():
            (self.folder / name).write_bytes(content)

    def killed(self, moment: random.Random) -> bool:
        """Start the command and kill it; return whether it was still alive."""
        self.begin_again()
        begun = time.monotonic()
        child = started(self.folder, *self.words, *NEW)
        way = moment.random()
        if way < 0.5:  # when the draft has grown so far
            size = moment.uniform(0, 1.2) * self.size
            until(child, lambda: 0 < min(size, self.size) <= sum(drafts(self.folder).values()))
            time.sleep(moment.uniform(0, 0.01) if size > self.size else 0)
        elif way < 0.7:  # when drafts begin to take their places
            until(child, lambda: len(drafts(self.folder)) == len(self.new))
            until(child, lambda: len(drafts(self.folder)) < len(self.new))
        elif way < 0.9:  # so long after the draft appeared
            until(child, lambda: bool(drafts(self.folder)))
            time.sleep(moment.uniform(0, 0.8) * self.whole_time)
        else:
            time.sleep(max(0, moment.uniform(0, 1.1) * self.whole_time - (time.monotonic() - begun)))
        os.kill(child, signal.SIGKILL)
        return ended(child) == -signal.SIGKILL

    def look(self) -> None:
        """Count what is there after a kill."""
        counts, found, left = self.counts, files(self.folder), drafts(self.folder)
        counts.kills += 1
        if left:
            counts.hit_a_draft += 1
            quarter = min(3, 4 * sum(left.values()) // self.size)
            counts.quarters_of_the_draft[f"{quarter + 1} of 4"] += 1
        between = self.old | {"lesson.xlsx": self.new["lesson.xlsx"]}
        if found == self.new:
            counts.new_whole += 1
        elif found == between and self.old:
            counts.new_workbook_beside_old_hand_out += 1
        elif found == self.old:
            counts.old_whole += bool(found)
            counts.nothing_yet += not found
        else:
            counts.losses.append(f"{ {name: len(content) for name, content in found.items()} }")
        if any(
            is_untouched(self.folder / name) or pdf_handout.is_untouched_handout(self.folder / name) for name in found
        ) < bool(found):
            counts.losses.append("what is there is not as it was written")
        self.look_after_the_next_run()

    def look_after_the_next_run(self) -> None:
        code = ended(started(self.folder, *self.words, *NEW))
        left = drafts(self.folder)
        if code != 0 or left or files(self.folder) != self.new:
            self.counts.losses.append(f"the next run ends with {code} and leaves the drafts {left}")


def kill_often(kills: int, seed: int = 0) -> dict[str, Counts]:
    """Kill so many processes, as many of each kind, and return what was found."""
    moment = random.Random(seed)
    found = {}
    for number, (kind, words) in enumerate(KINDS.items()):
        share = (kills + number) // len(KINDS)
        with tempfile.TemporaryDirectory() as folder:
            rounds = Rounds(Path(folder), words, begin_with_nothing=kind == "where nothing was")
            if number == 0:
                assert verify(Path(folder) / "lesson.xlsx").equal
            while rounds.counts.kills < share:
                if rounds.killed(moment):
                    rounds.look()
        found[kind] = rounds.counts
    return found


def main() -> int:
    """Kill, print the counts, write them as JSON; return 1 where something was lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--counts", type=Path, metavar="FILE", help="where to write the counts as JSON")
    arguments = parser.parse_args()
    found = {kind: vars(counts) for kind, counts in kill_often(arguments.kills, arguments.seed).items()}
    for kind, counts in found.items():
        print(kind, *(f"  {name.replace('_', ' ')}: {count}" for name, count in counts.items()), sep="\n")
    if arguments.counts is not None:
        arguments.counts.write_text(json.dumps(found, indent=2), encoding="utf-8")
    return 1 if any(counts["losses"] for counts in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
