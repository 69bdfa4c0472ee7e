"""One piece of work: which lesson, how many rows, and the files that stand around it."""

from __future__ import annotations

import random
import sys
import zipfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests.benchmark.measuring import Command, Refusal, measure

_SEED = 20250101
_WIDE = (64, 32, 10)
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Work:
    """A lesson with so many rows a sheet; `folder` is where its files lie."""

    title: str
    lesson: str
    rows: int
    folder: Path
    grows: bool = True  # one of the series whose rows grow

    @property
    def epochs(self) -> str:
        """The last epoch, as the command line wants it."""
        return str(self.rows - 1)

    @property
    def templates(self) -> Path:
        return self.folder / "templates.txt"

    @property
    def numbers(self) -> Path:
        return self.folder / "numbers.bin"

    @property
    def parts(self) -> Path:
        """The worksheets of our file as plain bytes, one after the other."""
        return self.folder / "parts.xml"

    @property
    def ours(self) -> Path:
        """Our workbook of the first round, which the others are compared with."""
        return self.folder / "ours.xlsx"

    @property
    def output(self) -> Path:
        """Where every contestant writes."""
        return self.folder / "output.xlsx"

    def prepare(self) -> str:
        """Make what contestants in other languages read; return why that is not possible, or nothing."""
        self.folder.mkdir(parents=True, exist_ok=True)
        words = [self.lesson, self.epochs, str(self.templates), str(self.numbers)]
        done = measure(Command([sys.executable, "-m", "tests.benchmark.prepare", *words]))
        return done.reason if isinstance(done, Refusal) else ""

    @property
    def shape(self) -> tuple[int, int, int] | None:
        """Sheets, rows, columns; None where `prepare` failed."""
        if not self.templates.exists():
            return None
        with self.templates.open(encoding="utf-8") as file:
            sheets, rows, columns, *_ = (int(count) for count in file.readline().split())
        return sheets, rows, columns

    @property
    def cells(self) -> int:
        """How many cells the tables of all runs have; 0 where that is not known."""
        sheets, rows, columns = self.shape or (0, 0, 0)
        return sheets * rows * columns

    def unpack(self) -> None:
        """Lay the worksheets of our workbook out for the limit, a piece at a time."""
        with zipfile.ZipFile(self.ours) as package, self.parts.open("wb") as flat:
            for name in package.namelist():
                if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                    with package.open(name) as part:
                        while piece := part.read(_PIECE):
                            flat.write(piece)


def walkthrough(rows: int, folder: Path) -> Work:
    """Return the built-in lesson with so many rows."""
    return Work(f"{rows:,} rows", "walkthrough", rows, folder / f"rows-{rows}")


def wide_net(rows: int, folder: Path) -> Work:
    """Return a wide network; its lesson is written now, its weights are drawn from a fixed seed."""
    folder = folder / "wide"
    folder.mkdir(parents=True, exist_ok=True)
    lesson = folder / "wide.toml"
    lesson.write_text(wide_lesson(rows - 1), encoding="utf-8")
    return Work(f"a wide net, {'-'.join(map(str, _WIDE))}, {rows:,} rows", str(lesson), rows, folder, grows=False)


def wide_lesson(epochs: int) -> str:
    """Return the lesson file of the wide network, every weight typed out."""
    draw = random.Random(_SEED)
    layers = []
    for sources, units in pairwise(_WIDE):
        rows = [[round(draw.uniform(-0.5, 0.5), 3) for _ in range(sources)] for _ in range(units)]
        matrix = "".join(f"  {row},\n" for row in rows)
        layers.append(f'[[network.layers]]\nunits = {units}\nactivation = "sigmoid"\nweights = [\n{matrix}]\n')
    inputs = [round(draw.random(), 3) for _ in range(_WIDE[0])]
    targets = [0.99 if unit == 3 else 0.01 for unit in range(_WIDE[-1])]
    return (
        'title = "A wide network"\n\n[network]\nloss = "half squared error"\n\n'
        + "\n".join(layers)
        + f"\n[data]\ninputs = {inputs}\ntargets = {targets}\n\n"
        + f'[training]\noptimizer = "gradient descent"\nlearning_rates = [0.1, 0.5]\nepochs = {epochs}\n'
    )
