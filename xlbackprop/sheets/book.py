"""`Book`, from which every sheet is made: the lesson, its numbers as shipped and now, the trained runs, the layouts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from xlbackprop.lesson import Lesson, rate_name
from xlbackprop.network import (
    Datum,
    Expression,
    Given,
    Input,
    LearningRate,
    Naming,
    Output,
    Quantity,
    Ref,
    evaluate,
    loss_words,
)
from xlbackprop.numpy_run import REPEATS, Nudges, Trace
from xlbackprop.sheets.checks.places import ChecksLayout
from xlbackprop.sheets.curves.places import LossCurvesLayout
from xlbackprop.sheets.inputs.places import InputsLayout
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.sheets.steps.places import StepLayout
from xlbackprop.workbook import Live, Sheet, blocks, cell, cells, live, short, when

_Made = TypeVar("_Made")


@dataclass(frozen=True, eq=False)
class Book:
    """The material from which every sheet of a workbook is made.

    A number "as shipped" is that of the fresh workbook, a number "now" that after a reader's edits; in a fresh workbook
    both are the same. `lesson` is as shipped: it gives names, labels and stored constants; `shipped` is its trained
    runs. `now` is the lesson with the numbers of now, `trace` its trained runs: they give the values of all cells.
    `standing` maps the name of every changeable number ("w1", "threshold") to its value now, `as_shipped` to its
    shipped value. `versions` maps programs to their versions. `runs`, `inputs`, `checks`, `curves` and `steps` are the
    layouts of the sheets. `linked` names the sheets to which the top of `Summary` has links.
    """

    lesson: Lesson
    shipped: Trace
    now: Lesson
    trace: Trace
    standing: Mapping[str, float]
    as_shipped: Mapping[str, float]
    versions: Mapping[str, str]
    runs: tuple[RunLayout, ...]
    inputs: InputsLayout
    checks: ChecksLayout
    curves: LossCurvesLayout
    steps: tuple[StepLayout, ...]
    linked: tuple[str, ...]
    _made: dict[Callable[[Book], Any], Any] = field(default_factory=dict, init=False, repr=False)

    @property
    def naming(self) -> Naming:
        """The naming of the first run's network."""
        return self.lesson.runs[0].naming

    def once(self, make: Callable[[Book], _Made]) -> _Made:
        """Return `make(book)`, made at the first call and kept: several sheets show the counts of `Checks`."""
        if make not in self._made:
            self._made[make] = make(self)
        made: _Made = self._made[make]
        return made

    def sheets_of(self, make: Callable[[Book], Iterable[Sheet]]) -> tuple[Sheet, ...]:
        """Return the sheets of a kind, made at the first call and kept: `Checks` reads what others show."""
        if make not in self._made:
            self._made[make] = (*make(self),)
        made: tuple[Sheet, ...] = self._made[make]
        return made

    @property
    def is_as_shipped(self) -> bool:
        """Whether all its numbers are those of the fresh workbook."""
        return self.trace is self.shipped and self.standing == self.as_shipped

    @cached_property
    def shipped_book(self) -> Book:
        """This book as shipped."""
        return replace(self, now=self.lesson, trace=self.shipped, standing=self.as_shipped)

    def is_shipped(self, name: str) -> bool:
        """Return whether the number of this name, e.g. "w1", still has its shipped value."""
        return self.standing[name] == self.as_shipped[name]

    # ----------------------------------------------------------------------------------------- numbers with their cells

    def typed(self, name: str) -> Live:
        """Return the cell of a typed number ("w1"), as it is now."""
        return cell(self.inputs.cell(name), self.standing[name])

    def given(self, of: Given, run: int) -> Live:
        """Return the cell of the number that a run fetches, as it is now: a typed one, or an input that is scaled."""
        if self.lesson.scale and isinstance(of.of, Datum) and isinstance(of.of.of, Input):
            return cell(self.inputs.given(of, run), float(self.trace.received.inputs[of.of.example, of.of.of.unit]))
        return self.typed(self.lesson.given_names[run][of])

    def shipped_number(self, name: str) -> Live:
        """Return the cell on `Checks` that stores the shipped value of a typed number."""
        return cell(self.checks.shipped(name), self.as_shipped[name])

    def number(self, run: RunLayout, quantity: Quantity, index: int) -> Live:
        """Return a cell of a run's table, `index` being its row counted from 0."""
        return cell(run.cell(quantity, index), lambda: self.trace.number(quantity, run.index, index))

    def column(self, run: RunLayout, quantity: Quantity) -> Live:
        """Return a column of a run's table, whose numbers are computed when they are read."""
        return cells(run.range(quantity), self.trace.column(run.index, quantity))

    def block(self, run: RunLayout, quantities: Sequence[Quantity]) -> Live:
        """Return columns of a run's table that stand side by side, as `element` takes them."""
        area = run.block(quantities[0], quantities[-1])
        return cells(area, [self.trace.column(run.index, quantity) for quantity in quantities])

    def in_head(self, run: RunLayout, of: Given) -> Live:
        """Return the cell in the head of a run's sheet that fetches a typed number."""
        return cell(run.elsewhere(run.given(of)), self.now.given(run.index)[of])

    def values(self, expression: Expression, run: int, start: int, stop: int) -> np.ndarray:
        """Return the values of a formula in the rows start … stop − 1 of a run, (rows), from the NumPy numbers.

        Where the formula refers to the row above, its value in the first row of a run, which has none, means nothing.
        """
        return next(self.block_values([expression], run, start, stop))

    def block_values(self, expressions: Iterable[Expression], run: int, start: int, stop: int) -> Iterator[np.ndarray]:
        """Yield for each formula an array of its values in the rows start … stop − 1; the rows are read once."""
        value = self._value_in(run, start, stop)
        for expression in expressions:
            yield np.broadcast_to(evaluate(expression, value), (stop - start,))

    def nudged_values(self, expression: Expression, run: int, start: int, stop: int) -> np.ndarray:
        """Return the values of a formula in these rows, (2, rows), when each number's last digit is nudged."""
        value, nudges = self._value_in(run, start, stop), Nudges()

        def twice(ref: Ref) -> np.ndarray:
            numbers = value(ref)
            if numbers.shape != (stop - start,):
                return numbers
            # an output of 1 is a rounded one
            return (nudges.always if isinstance(ref.quantity, Output) else nudges)(np.stack([numbers, numbers]))

        def rounded(numbers: np.ndarray) -> np.ndarray:
            return nudges(numbers) if numbers.ndim == 2 else numbers

        return np.broadcast_to(evaluate(expression, twice, rounded), (REPEATS, stop - start))

    def _value_in(self, run: int, start: int, stop: int) -> Callable[[Ref], np.ndarray]:
        """Return a function that gives the numbers of a reference in these rows; they are read once."""
        given, places = self._given[run], self.trace.places(run)
        above = min(1, start)
        rows = self.trace.rows(run, start - above, stop)

        def value(ref: Ref) -> np.ndarray:
            if isinstance(ref.quantity, Given):
                return given[ref.quantity]
            column = rows[:, places[ref.quantity]]
            if ref.back and not above:
                return np.concatenate([column[-1:], column[:-1]])
            return column[: stop - start] if ref.back else column[above:]

        return value

    @cached_property
    def _given(self) -> list[dict[Given, np.ndarray]]:
        """The typed numbers of each run; with several examples an input or target is an array of all, (examples)."""
        tables = []
        for run in range(len(self.lesson.runs)):
            given = {of: np.asarray(value) for of, value in self.now.given(run).items()}
            if not self.now.single:
                naming = self.now.runs[run].naming
                given |= zip(map(Given, naming.inputs()), self.trace.received.inputs.T, strict=True)
                given |= zip(map(Given, naming.targets()), np.array(self.now.targets).T, strict=True)
            tables.append(given)
        return tables

    @cached_property
    def _losses(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """The losses of all runs, each (all epochs shown): first as they are now, then as shipped."""
        now = self._losses_of(self.trace)
        return now, now if self.shipped is self.trace else self._losses_of(self.shipped)

    def _losses_of(self, trace: Trace) -> list[np.ndarray]:
        found = []
        for run in self.runs:
            place = trace.places(run.index)[self.curves.quantity(run)]
            numbers = self.at_epochs(run, self.curves.all_epochs, trace)
            found.append(np.concatenate([block[:, place] for block in numbers]) / self.curves.divisor(run))
        return found

    def at_epochs(self, run: RunLayout, epochs: Sequence[int], trace: Trace | None = None) -> Iterator[np.ndarray]:
        """Yield all numbers of a run in the last rows of these epochs, in blocks (rows, quantities).

        `trace` None means the numbers of now.
        """
        trace = self.trace if trace is None else trace
        rows = [self.curves.row(run, epoch) for epoch in epochs]
        for start, stop in blocks(len(rows), len(trace.places(run.index))):
            yield trace.at(run.index, rows[start:stop])

    def losses(self, run: int, *, as_shipped: bool = False) -> np.ndarray:
        """Return the losses of a run at the epochs of the loss curves, the finished network's last, (all epochs shown).

        With several examples the loss of an epoch is the mean of their losses, or the sum where a step adds gradients.
        """
        return self._losses[as_shipped][run]

    def curve(self, run: int) -> np.ndarray:
        """Return the losses of a run that its curve shows, (epochs of the curves)."""
        return self.losses(run)[: len(self.curves.epochs)]

    def ends(self, run: int) -> tuple[float, float]:
        """Return the loss of a run in epoch 0, and that at the end, of the finished network."""
        losses = self.losses(run)
        return float(losses[0]), float(losses[-1])

    def diverged_epoch(self, run: int) -> int | None:
        """Return the first epoch of a run in which a loss is an error (NaN here, #NUM! in the sheet), or None."""
        row = self.trace.diverged_at(run)
        if row is None or self.lesson.single:
            return row
        shown = self.curves.all_epochs  # of several examples some may go on: the loss of the epoch tells
        return shown[min(int(np.isfinite(self.losses(run)).sum()), len(shown) - 1)]

    def legend(self, run: int) -> Live:
        """Return what legends call a run: "LR=0.5, now 0.7" after an edit of the rate that it is named by.

        Where runs differ in their loss function, it is told, too: "Learnt: binary cross-entropy".
        """
        of = self.lesson.runs[run]
        if not self.lesson.by_rate:
            return live(of.name if self.curves.one_loss else f"{of.name}: {loss_words(of.recipe)}")
        rate, shipped = self.typed(rate_name(run)), self.shipped_number(rate_name(run))
        return when(rate.equals(shipped), of.name, f"{of.name}, now " & short(rate))

    @property
    def longest_legend(self) -> int:
        """How many characters the longest name in a legend has; of those that follow a rate, with most other rates."""
        room = len(", now 0.25") if self.lesson.by_rate else 0
        names = (run.name if self.lesson.by_rate else str(self.legend(run.index).value) for run in self.runs)
        return max(map(len, names)) + room

    @property
    def legends(self) -> Live:
        """The cells on `Loss curves` with what legends call the runs."""
        first, last = self.curves.legend(0), self.curves.legend(len(self.runs) - 1).rpartition("!")[2]
        return cells(f"{first}:{last}", [self.legend(run.index).value for run in self.runs])

    def rate(self, run: int) -> float:
        """Return the learning rate of a run as it stands now."""
        return self.now.given(run)[Given(LearningRate())]
