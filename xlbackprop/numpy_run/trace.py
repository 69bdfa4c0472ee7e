"""Every number of every run, in blocks of rows: trained once, kept in a file where there are many.

A table of a million rows is never in memory as a whole. Facts about a whole column that a sheet needs before its first
row is written, such as the range of its numbers, are gathered while the run is trained.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import IO, NamedTuple

import numpy as np

from xlbackprop.errors import did_you_mean
from xlbackprop.lesson import Lesson, Run
from xlbackprop.network import Quantity, TotalLoss
from xlbackprop.numpy_run.meant_digits import DigitsMeant, LossSpread
from xlbackprop.numpy_run.row_numbers import RowNumbers
from xlbackprop.numpy_run.scaling import received
from xlbackprop.numpy_run.training import History, Learner
from xlbackprop.workbook import blocks

IN_MEMORY = 4 << 20  # bytes; what is larger goes to a temporary file


class Spread(NamedTuple):
    """The range of many numbers: the lowest, the highest, the smallest absolute value above 0, the count of errors.

    The first three are NaN where there is no such number.
    """

    lowest: float
    highest: float
    smallest: float
    errors: int

    @classmethod
    def of(cls, values: np.ndarray | Sequence[float]) -> Spread:
        """Return the range of these numbers; NaN counts as an error."""
        numbers = np.asarray(values, dtype=np.float64).reshape(-1, 1)
        return _Spreads(1, numbers).of(0)


class _Spreads:
    """The ranges of many columns, gathered block by block."""

    def __init__(self, columns: int, block: np.ndarray | None = None) -> None:
        self._lowest, self._highest, self._smallest = np.full((3, columns), np.nan)
        self._errors = np.zeros(columns, dtype=np.int64)
        if block is not None and len(block):
            self.add(block)

    def add(self, block: np.ndarray) -> None:
        """Add rows (rows, columns). fmin and fmax pass over NaN."""
        sizes = np.abs(block)
        sizes[sizes == 0] = np.nan
        np.fmin(self._lowest, np.fmin.reduce(block, axis=0), out=self._lowest)
        np.fmax(self._highest, np.fmax.reduce(block, axis=0), out=self._highest)
        np.fmin(self._smallest, np.fmin.reduce(sizes, axis=0), out=self._smallest)
        self._errors += np.isnan(block).sum(axis=0)

    def of(self, column: int) -> Spread:
        # 0 and −0 are equal, and which of them is the lowest a processor decides
        lowest, highest, smallest = (float(of[column]) + 0.0 for of in (self._lowest, self._highest, self._smallest))
        return Spread(lowest, highest, smallest, int(self._errors[column]))


class _Store:
    """Numbers (rows, columns) of each run, written and read in blocks; `columns` lists each run's number of columns."""

    def __init__(self, rows: int, columns: Sequence[int]) -> None:
        self._columns = columns
        self._begin = np.cumsum([0, *(rows * count * 8 for count in columns)]).tolist()
        small = self._begin[-1] <= IN_MEMORY
        self._file = BytesIO() if small else _scratch_file()
        weakref.finalize(self, self._file.close)

    def write(self, run: int, start: int, block: np.ndarray) -> None:
        self._file.seek(self._place(run, start))
        self._file.write(np.ascontiguousarray(block, dtype=np.float64).tobytes())

    def read(self, run: int, start: int, stop: int) -> np.ndarray:
        columns = self._columns[run]
        self._file.seek(self._place(run, start))
        numbers = np.frombuffer(self._file.read((stop - start) * columns * 8))
        return numbers.reshape(stop - start, columns)

    def _place(self, run: int, row: int) -> int:
        return int(self._begin[run]) + row * self._columns[run] * 8


def _scratch_file() -> IO[bytes]:
    """Return a temporary file; memory where the system has no such files, as a browser has none."""
    try:
        from tempfile import TemporaryFile  # noqa: PLC0415
    except ImportError:
        return BytesIO()
    return TemporaryFile()


@dataclass(frozen=True, eq=False)
class TraceColumn:
    """The numbers of a quantity in all rows of a run, read in blocks: `column[start:stop]` is an array."""

    trace: Trace
    run: int
    place: int  # among the numbers of a row
    dtype = np.dtype(np.float64)

    def __len__(self) -> int:
        return self.trace.lesson.rows

    def __getitem__(self, rows: slice) -> np.ndarray:
        start, stop, _ = rows.indices(len(self))
        return self.trace.rows(self.run, start, max(start, stop))[:, self.place]


class Trace(Mapping[str, np.ndarray]):
    """Every number of every run. Index it by name: `trace["∂E/∂w1"]` is an array (runs, rows), held in memory.

    Its names are those of the columns that all runs have. For long runs read blocks instead: `rows`, `at`, `column`.
    A number is NaN where a spreadsheet shows an error.
    """

    def __init__(self, lesson: Lesson) -> None:
        """Train all runs of a lesson. With a single example, row n holds the numbers after n updates."""
        self.lesson = lesson
        self.received = received(lesson)
        self._numbers = [RowNumbers(run.recipe, self.received.inputs, lesson.targets) for run in lesson.runs]
        self._digits_meant = [DigitsMeant(0.0, None)] * len(lesson.runs)
        self._begin()
        recipes = dict.fromkeys(run.recipe for run in lesson.runs)
        for recipe in recipes:
            self._train([index for index, run in enumerate(lesson.runs) if run.recipe == recipe])

    def with_numbers(self, found: Callable[[int, int, int], np.ndarray]) -> Trace:
        """Return a trace of this lesson with the numbers that some program found for it, instead of NumPy's own.

        `found(run, start, stop)` returns the numbers of the rows start … stop − 1 of a run as `rows` does: NaN where an
        error or no number stands. It is asked for each block once, in order. How many digits are meant is still told of
        NumPy's own numbers. Raises OSError as `train` does.
        """
        trace = copy(self)
        trace._begin()
        for run, numbers in enumerate(self._numbers):
            for start, stop in blocks(self.lesson.rows, len(numbers.quantities)):
                block = found(run, start, stop)
                trace._add(run, start, np.where(np.isfinite(block), block, np.nan))
        return trace

    def _begin(self) -> None:
        """Forget all numbers."""
        columns = [len(numbers.quantities) for numbers in self._numbers]
        self._store = _Store(self.lesson.rows, columns)
        self._spreads = [_Spreads(count) for count in columns]
        self._diverged_at: list[int | None] = [None] * len(columns)
        self._held: tuple[tuple[int, int, int], np.ndarray] | None = None

    def _add(self, run: int, first: int, table: np.ndarray) -> None:
        """Add rows (rows, quantities) to a run, and note the first whose loss is an error."""
        self._store.write(run, first, table)
        self._spreads[run].add(table)
        failed = np.isnan(table[:, self.places(run)[TotalLoss()]])
        if self._diverged_at[run] is None and failed.any():
            self._diverged_at[run] = first + int(np.argmax(failed))

    # ------------------------------------------------------------------------------------------------------ training

    def _train(self, which: list[int]) -> None:
        """Train runs of one recipe, and beside each its nudged repeats, which tell how many digits are meant."""
        runs = [self.lesson.runs[index] for index in which]
        learner, spreads = _learner(runs, self._numbers[which[0]]), [LossSpread(runs[0].recipe) for _ in runs]
        for first, stop in blocks(self.lesson.rows, len(self._numbers[which[0]].quantities)):
            history = learner.rows(stop - first)
            for place, run in enumerate(which):
                table = self._numbers[run].table(first, _of_run(history, place), runs[place])
                self._add(run, first, table)
                losses = table[:, self.places(run)[TotalLoss()]]
                repeats = history.parameters[len(runs) + place :: len(runs)]
                nudged = self._numbers[run].nudged_losses(first, repeats, runs[place])
                spreads[place].add(first, np.concatenate([losses[None], nudged]))
        for run, spread in zip(which, spreads, strict=True):
            self._digits_meant[run] = spread.meant()

    # ------------------------------------------------------------------------------------------------------- reading

    def places(self, run: int) -> Mapping[Quantity, int]:
        """Return the position of each quantity in a row of a run, counted from 0: its column in `rows`."""
        return self._numbers[run].places

    def rows(self, run: int, start: int, stop: int) -> np.ndarray:
        """Return all numbers of the rows start … stop − 1 of a run, (rows, quantities), with columns as in `places`.

        The last block is kept, so that the columns of a table can be asked for one after the other.
        """
        asked = (run, start, stop)
        if self._held is None or self._held[0] != asked:
            self._held = asked, self._store.read(run, start, stop)
        return self._held[1]

    def at(self, run: int, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return all numbers of these rows of a run, given by their indices: (rows, quantities)."""
        wanted = [int(row) for row in rows]
        if wanted == list(range(wanted[0], wanted[0] + len(wanted))):
            return self._store.read(run, wanted[0], wanted[0] + len(wanted))
        return np.concatenate([self._store.read(run, row, row + 1) for row in wanted])

    def number(self, quantity: Quantity, run: int, row: int) -> float:
        """Return the number of one quantity in one row of a run. Raises KeyError where the run has no such column."""
        return float(self.at(run, [row])[0, self.places(run)[quantity]])

    def column(self, run: int, quantity: Quantity) -> TraceColumn:
        """Return the column of a quantity, to be read in blocks. Raises KeyError where the run has none."""
        return TraceColumn(self, run, self.places(run)[quantity])

    def column_blocks(self, run: int, quantity: Quantity) -> Iterator[np.ndarray]:
        """Yield the numbers of a quantity in a run in blocks, arrays (rows of the block,)."""
        column = self.column(run, quantity)
        for start, stop in blocks(self.lesson.rows, len(self.places(run))):
            yield column[start:stop]

    def spread(self, run: int, quantity: Quantity) -> Spread:
        """Return the range of all numbers of a quantity in a run."""
        return self._spreads[run].of(self.places(run)[quantity])

    def diverged_at(self, run: int) -> int | None:
        """Return the first row of a run whose loss is an error in a spreadsheet, or None."""
        return self._diverged_at[run]

    def digits_meant(self, run: int) -> DigitsMeant:
        """Return how well two sound programs agree on the losses of a run."""
        return self._digits_meant[run]

    def of(self, quantity: Quantity) -> np.ndarray:
        """Return the array (runs, rows) of a quantity. Raises KeyError where a run has no such column."""
        runs = range(len(self.lesson.runs))
        return np.stack([np.concatenate([*self.column_blocks(run, quantity)]) for run in runs])

    # ----------------------------------------------------------------------------------------------------- by name

    @cached_property
    def _named(self) -> dict[str, Quantity]:
        """The quantities that all runs have, by name; a name that means different ones in two runs is left out."""
        tables = [
            {numbers.recipe.naming.name(quantity): quantity for quantity in numbers.quantities}
            for numbers in self._numbers
        ]
        return {
            name: quantity
            for name, quantity in tables[0].items()
            if all(table.get(name) == quantity for table in tables)
        }

    def __getitem__(self, name: str) -> np.ndarray:
        """Return the array (runs, rows) of the quantity of this name. Raises KeyError with the nearest name."""
        if name not in self._named:
            raise KeyError(f'there is no "{name}". {did_you_mean(name, list(self._named))}')
        return self.of(self._named[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._named)

    def __len__(self) -> int:
        return len(self._named)


def _learner(runs: Sequence[Run], numbers: RowNumbers) -> Learner:
    return Learner(
        runs[0].recipe,
        np.array([run.parameters for run in runs]),
        [run.learning_rate for run in runs],
        [run.constants for run in runs],
        (numbers.inputs, numbers.targets),
    )


def _of_run(history: History, place: int) -> History:
    return History(history.parameters[place], {letter: kept[place] for letter, kept in history.kept.items()})


def train(lesson: Lesson) -> Trace:
    """Train all runs of a lesson in NumPy; return every number of them, NaN where a spreadsheet shows an error.

    Raises OSError where a long run does not fit into the folder for temporary files.
    """
    return Trace(lesson)


def rounding_warnings(trace: Trace) -> Iterator[str]:
    """Yield a sentence for every run in which rounding decides: "In LR=0.1 rounding decides from epoch 9 …"."""
    for index, run in enumerate(trace.lesson.runs):
        if (through := trace.digits_meant(index).through) is not None:
            where = f"In {run.name} rounding decides from epoch {through + 1} on, and sound programs part there."
            yield f"{where} A smaller learning rate, or inputs scaled to 0 … 1, keep programs together."
