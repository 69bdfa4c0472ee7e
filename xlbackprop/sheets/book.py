"""What every sheet is made from: the lesson as shipped, the numbers that stand now, the run, and the places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from xlbackprop.lesson import Lesson
from xlbackprop.network import Expression, Given, LearningRate, Naming, Ref, evaluate
from xlbackprop.numpy_run import Trace
from xlbackprop.sheets.checks.places import ChecksLayout
from xlbackprop.sheets.curves.places import LossCurvesLayout
from xlbackprop.sheets.inputs.places import InputsLayout
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.sheets.steps.places import StepLayout
from xlbackprop.workbook import blocks

if TYPE_CHECKING:
    from xlbackprop.sheets.checks.counts import Judgement


@dataclass(frozen=True, eq=False)
class Book:
    """The material of a workbook.

    `lesson` is as shipped: it gives names, labels and the stored constants, `shipped` is its run. `now` is the lesson
    with the numbers that stand in the workbook now, `trace` its run: they give the values. In a fresh workbook both
    are the same. `standing` are all numbers that a reader may change as they stand now, by name, `as_shipped` as they
    were handed out. `versions` tell what the workbook was made with, `linked` names the sheets to which the top of
    `Summary` leads.
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

    @property
    def naming(self) -> Naming:
        """The names of the first run's numbers, of which Summary speaks."""
        return self.lesson.runs[0].naming

    @cached_property
    def judgement(self) -> Judgement:
        """What the checks find, worked out when it is first asked for: it is made from the book."""
        from xlbackprop.sheets.checks.counts import Judgement  # noqa: PLC0415

        return Judgement(self)

    def is_shipped(self, name: str) -> bool:
        """Return whether a number still is what was shipped."""
        return self.standing[name] == self.as_shipped[name]

    def values(self, expression: Expression, run: int, start: int, stop: int) -> np.ndarray:
        """Return what a formula gives in the rows start … stop − 1 of a run, from the NumPy numbers.

        In the first row of a run, which has no row above, the answer means nothing where the formula asks for it.
        """
        return next(self.block_values([expression], run, start, stop))

    def block_values(self, expressions: Iterable[Expression], run: int, start: int, stop: int) -> Iterator[np.ndarray]:
        """Yield what each formula gives in the rows start … stop − 1; one reading of the rows serves them all."""
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

        for expression in expressions:
            yield np.broadcast_to(evaluate(expression, value), (stop - start,))

    @cached_property
    def _given(self) -> list[dict[Given, np.ndarray]]:
        """The typed numbers of every run; of inputs and targets, where there are several examples, those of all."""
        tables = []
        for run in range(len(self.lesson.runs)):
            given = {of: np.asarray(value) for of, value in self.now.given(run).items()}
            if not self.now.single:
                naming = self.now.runs[run].naming
                given |= zip(map(Given, naming.inputs()), np.array(self.now.inputs).T, strict=True)
                given |= zip(map(Given, naming.targets()), np.array(self.now.targets).T, strict=True)
            tables.append(given)
        return tables

    @cached_property
    def _curves(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """The losses of every run at the epochs that are shown of its curve: now, and as shipped."""
        now = self._curves_of(self.trace)
        return now, now if self.shipped is self.trace else self._curves_of(self.shipped)

    def _curves_of(self, trace: Trace) -> list[np.ndarray]:
        curves = []
        for run in self.runs:
            place = trace.places(run.index)[self.curves.quantity(run)]
            losses = np.concatenate([block[:, place] for block in self.at_epochs(run, trace)])
            curves.append(losses / self.curves.divisor(run))
        return curves

    def at_epochs(self, run: RunLayout, trace: Trace | None = None) -> Iterator[np.ndarray]:
        """Yield all numbers of a run at the epochs that are shown of its curves, (rows, quantities), in blocks."""
        trace = self.trace if trace is None else trace
        rows = [self.curves.row(run, epoch) for epoch in self.curves.epochs]
        for start, stop in blocks(len(rows), len(trace.places(run.index))):
            yield trace.at(run.index, rows[start:stop])

    def curve(self, run: int, *, as_shipped: bool = False) -> np.ndarray:
        """Return the losses of a run at the epochs that are shown of its curve.

        With several examples the loss of an epoch is the mean of theirs, or the sum where gradients are added.
        """
        return self._curves[as_shipped][run]

    def ends(self, run: int) -> tuple[float, float]:
        """Return the loss of a run at epoch 0 and at the last epoch."""
        curve = self.curve(run)
        return float(curve[0]), float(curve[-1])

    def diverged_epoch(self, run: int) -> int | None:
        """Return the first epoch of a run in which a loss is an error, or None."""
        row = self.trace.diverged_at(run)
        if row is None or self.lesson.single:
            return row
        shown = self.curves.epochs  # of several examples some may go on: the loss of the epoch tells
        return shown[min(int(np.isfinite(self.curve(run)).sum()), len(shown) - 1)]

    def at_start(self, expression: Expression) -> float:
        """Return what a formula gives in the first row of the first run."""
        return float(self.values(expression, 0, 0, 1)[0])

    def rate(self, run: int) -> float:
        """Return the learning rate of a run as it stands now."""
        return self.now.given(run)[Given(LearningRate())]
