"""Every number of every run, in blocks of rows: trained once, kept in a file where there are many.

A table of a million rows never stands in memory as a whole. What a sheet must know of a whole column before its first
row is written (the range of its numbers, say) is gathered while the run is trained.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO, NamedTuple

import numpy as np

from xlbackprop.document import blocks
from xlbackprop.errors import did_you_mean
from xlbackprop.lesson import Lesson, rate_text
from xlbackprop.quantities import (
    Epoch,
    Gradient,
    LearningRate,
    NetInput,
    Output,
    Quantity,
    TotalLoss,
    UnitLoss,
)
from xlbackprop.training import Learner, Network

IN_MEMORY = 4 << 20  # bytes; what is larger goes to a temporary file


class Spread(NamedTuple):
    """What is known of many numbers: the lowest, the highest, the smallest size above 0, how many are errors.

    The first three are NaN where there is none.
    """

    lowest: float
    highest: float
    smallest: float
    errors: int

    @classmethod
    def of(cls, values: np.ndarray | Sequence[float]) -> Spread:
        """Return what is known of these numbers; NaN counts as an error."""
        numbers = np.asarray(values, dtype=np.float64).reshape(-1, 1)
        return _Spreads(1, numbers).of(0)


class _Spreads:
    """The spreads of many columns, gathered block by block."""

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
        lowest, highest, smallest = (float(of[column]) for of in (self._lowest, self._highest, self._smallest))
        return Spread(lowest, highest, smallest, int(self._errors[column]))


class _Store:
    """Numbers (runs, rows, columns), written and read in blocks of rows of one run."""

    def __init__(self, runs: int, rows: int, columns: int) -> None:
        self._shape = rows, columns
        small = runs * rows * columns * 8 <= IN_MEMORY
        self._file: IO[bytes] = BytesIO() if small else TemporaryFile()  # noqa: SIM115
        weakref.finalize(self, self._file.close)

    def write(self, run: int, start: int, block: np.ndarray) -> None:
        self._file.seek(self._place(run, start))
        self._file.write(np.ascontiguousarray(block, dtype=np.float64).tobytes())

    def read(self, run: int, start: int, stop: int) -> np.ndarray:
        _, columns = self._shape
        self._file.seek(self._place(run, start))
        numbers = np.frombuffer(self._file.read((stop - start) * columns * 8))
        return numbers.reshape(stop - start, columns)

    def _place(self, run: int, row: int) -> int:
        rows, columns = self._shape
        return (run * rows + row) * columns * 8


@dataclass(frozen=True, eq=False)
class Column:
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

    Who works on long runs reads blocks: `rows`, `at`, `column`. NaN stands where a spreadsheet shows an error.
    """

    def __init__(self, lesson: Lesson) -> None:
        """Train all runs of a lesson. Row n stands after n updates."""
        self.lesson = lesson
        self.quantities = _quantities(lesson)
        self.place = {quantity: index for index, quantity in enumerate(self.quantities)}
        self._store = _Store(lesson.runs, lesson.rows, len(self.quantities))
        self._spreads = [_Spreads(len(self.quantities)) for _ in range(lesson.runs)]
        self._parts_at: list[int | None] = [None] * lesson.runs
        self._diverged_at: list[int | None] = [None] * lesson.runs
        self._held: tuple[tuple[int, int, int], np.ndarray] | None = None
        self._train()

    # ------------------------------------------------------------------------------------------------------ training

    def _train(self) -> None:
        """Train each run, and a second one that starts one unit in the last place away."""
        lesson, network = self.lesson, Network(self.lesson)
        weights = np.array(lesson.weights)
        start = np.concatenate([np.tile(w, (lesson.runs, 1)) for w in (weights, np.nextafter(weights, np.inf))])
        learner = Learner(lesson, start, np.tile(np.array(lesson.learning_rates), 2))
        for first, stop in blocks(lesson.rows, len(self.quantities)):
            history = learner.rows(stop - first)
            for run in range(lesson.runs):
                table = self._table(network, run, first, history[run])
                self._store.write(run, first, table)
                self._spreads[run].add(table)
                self._note(run, first, table[:, self.place[TotalLoss()]], network, history[lesson.runs + run])

    def _table(self, network: Network, run: int, first: int, weights: np.ndarray) -> np.ndarray:
        """Return all numbers (rows, quantities) that belong to these weights (rows, weights)."""
        rows, lesson = len(weights), self.lesson
        with np.errstate(all="ignore"):
            layers = network.layers(weights)
            forward = network.forward(layers)
            shares, loss = network.loss(forward)
            backward = network.backward(layers, forward)
        same = [lesson.learning_rates[run], *lesson.targets, *lesson.inputs]
        parts = [
            np.arange(first, first + rows, dtype=np.float64)[:, None],
            np.broadcast_to(np.array(same), (rows, len(same))),
            weights,
        ]
        for layer in lesson.naming.layers():
            parts += [forward.net[layer], forward.out[layer]]
        parts += [shares, loss[:, None]]
        if not lesson.renders_expanded:
            for layer in lesson.naming.layers():
                parts += [backward.out[layer], backward.net[layer]]
        parts += [gradient.reshape(rows, -1) for gradient in backward.weights]
        return np.concatenate(parts, axis=1)

    def _note(self, run: int, first: int, loss: np.ndarray, network: Network, nudged: np.ndarray) -> None:
        """Note where the loss first is an error, and where it first is not that of the nudged run.

        Where they differ by more than a ten-thousandth of a millionth, so may those of two spreadsheet programs.
        """
        if self._diverged_at[run] is None and np.isnan(loss).any():
            self._diverged_at[run] = first + int(np.argmax(np.isnan(loss)))
        if self._parts_at[run] is None:
            with np.errstate(all="ignore"):
                _, other = network.loss(network.forward(network.layers(nudged)))
                apart = np.abs(other - loss) > 1e-12 + 1e-10 * np.abs(loss)
            if apart.any():
                self._parts_at[run] = first + int(np.argmax(apart))

    # ------------------------------------------------------------------------------------------------------- reading

    def rows(self, run: int, start: int, stop: int) -> np.ndarray:
        """Return all numbers of the rows start … stop − 1 of a run, (rows, quantities) in the order of `quantities`.

        The last block is kept, so that the columns of a table can be asked for one after the other.
        """
        asked = (run, start, stop)
        if self._held is None or self._held[0] != asked:
            self._held = asked, self._store.read(run, start, stop)
        return self._held[1]

    def at(self, run: int, epochs: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return all numbers at these epochs of a run, (epochs, quantities)."""
        wanted = [int(epoch) for epoch in epochs]
        if wanted == list(range(wanted[0], wanted[0] + len(wanted))):
            return self._store.read(run, wanted[0], wanted[0] + len(wanted))
        return np.concatenate([self._store.read(run, epoch, epoch + 1) for epoch in wanted])

    def number(self, quantity: Quantity, run: int, epoch: int) -> float:
        """Return one number."""
        return float(self.at(run, [epoch])[0, self.place[quantity]])

    def column(self, run: int, quantity: Quantity) -> Column:
        """Return the numbers of a quantity in a run, to be read in blocks. Raises KeyError where there is none."""
        return Column(self, run, self.place[quantity])

    def column_blocks(self, run: int, quantity: Quantity) -> Iterator[np.ndarray]:
        """Yield the numbers of a quantity in a run, block after block."""
        column = self.column(run, quantity)
        for start, stop in blocks(self.lesson.rows, len(self.quantities)):
            yield column[start:stop]

    def spread(self, run: int, quantity: Quantity) -> Spread:
        """Return what is known of all numbers of a quantity in a run."""
        return self._spreads[run].of(self.place[quantity])

    def diverged_at(self, run: int) -> int | None:
        """Return the first epoch of a run whose loss is an error in a spreadsheet, or None."""
        return self._diverged_at[run]

    def rounding_decides_at(self, run: int) -> int | None:
        """Return the first epoch from which a last digit of the starting weights decides the loss, or None."""
        return self._parts_at[run]

    def of(self, quantity: Quantity) -> np.ndarray:
        """Return the array (runs, rows) of a quantity. Raises KeyError where a run has no such column."""
        runs = range(self.lesson.runs)
        return np.stack([np.concatenate([*self.column_blocks(run, quantity)]) for run in runs])

    # ----------------------------------------------------------------------------------------------------- by name

    @cached_property
    def _named(self) -> dict[str, Quantity]:
        return {self.lesson.naming.name(quantity): quantity for quantity in self.quantities}

    def __getitem__(self, name: str) -> np.ndarray:
        """Return the array (runs, rows) of the quantity of this name. Raises KeyError that tells the nearest name."""
        if name not in self._named:
            raise KeyError(f'there is no "{name}". {did_you_mean(name, list(self._named))}')
        return self.of(self._named[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._named)

    def __len__(self) -> int:
        return len(self._named)


def _quantities(lesson: Lesson) -> tuple[Quantity, ...]:
    """Return what a row of `Trace._table` holds, in its order."""
    naming = lesson.naming
    layers = [
        kind(layer, unit) for layer in naming.layers() for kind in (NetInput, Output) for unit in naming.units(layer)
    ]
    weights = tuple(naming.weights())
    return (
        *(Epoch(), LearningRate(), *naming.targets(), *naming.inputs(), *weights, *layers),
        *(UnitLoss(unit) for unit in naming.units(naming.depth)),
        TotalLoss(),
        *(() if lesson.renders_expanded else _blames(lesson)),
        *(Gradient(weight) for weight in weights),
    )


def _blames(lesson: Lesson) -> Iterator[Quantity]:
    """Yield ∂E/∂out and ∂E/∂net of every unit, for lessons whose backward pass is a chain of short formulas."""
    for layer in lesson.naming.layers():
        for kind in (Output, NetInput):
            yield from (Gradient(kind(layer, unit)) for unit in lesson.naming.units(layer))


def train(lesson: Lesson) -> Trace:
    """Return every number of every run of a lesson; NaN where a spreadsheet shows an error.

    Raises OSError where a long run does not fit into the folder for temporary files.
    """
    return Trace(lesson)


def chaos(trace: Trace) -> Iterator[str]:
    """Yield a sentence for every run in which rounding decides."""
    for run, rate in enumerate(trace.lesson.learning_rates):
        if (epoch := trace.rounding_decides_at(run)) is not None:
            name = f"The run with learning rate {rate_text(rate)}"
            yield f"{name} is chaotic: from epoch {epoch} on rounding decides, and sound programs part there."
