"""Variants: for each student numbers to start from of their own, drawn until the exercise is a good one.

Numbers are drawn by a keyed hash of the student's id, as whole steps of a grid, so the same roster and key give the
same numbers on every machine. A draw is good where no unit is saturated or near a kink, the loss falls, and the
mistakes that people make show.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from base64 import b32encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, islice
from typing import NamedTuple

import numpy as np

from xlbackprop.classroom.answer_table import AnswerTable, Spot
from xlbackprop.classroom.digests import tolerance
from xlbackprop.classroom.exercise import Exercise, make_exercise
from xlbackprop.classroom.mistakes import KINDS, PASTED
from xlbackprop.lesson import Lesson
from xlbackprop.network import (
    Bias,
    Gradient,
    Input,
    Layer,
    NetInput,
    Quantity,
    Target,
    TotalLoss,
    Weight,
    activation_of,
)
from xlbackprop.sheets import alone

MOST_DRAWS = 1000
_COMMONEST, _OF_A_KIND, _SHOWS = 10, 2, 0.02  # so many mistakes move their cell by so much of it
_SURVEYED, _MOST_SURVEYED = 16, 64
_TIMES = 10  # all other mistakes move it by so many times what a check takes for the same
_SATURATED, _NEAR_A_KINK = 4.0, 0.02  # net inputs
_SHORT = 2  # decimals
_NET_INPUT = 3.0  # about as large they are drawn
_LEAST_GRADIENT = 1e-5
_CODE_LETTERS = 10


class Variant(NamedTuple):
    """The exercise of one student; `code` tells whose it is to those who have the key, `draws` how many it took."""

    code: str
    exercise: Exercise
    draws: int


@dataclass(frozen=True)
class Variants:
    """The variants of an exercise on a lesson. What the lesson, the level and the rows are is part of each code."""

    lesson: Lesson
    key: str
    level: str | None = None
    rows: int | None = None
    hints: bool = True

    def code(self, student: str) -> str:
        """Return the code of a student, by the student's id."""
        return b32encode(self._digest("code", student))[:_CODE_LETTERS].decode().lower()

    def of(self, student: str, taken: frozenset[tuple[float, ...]] = frozenset()) -> Variant:
        """Return the variant of a student that is none of those with the numbers `taken`.

        Raises ValueError where no draw is good.
        """
        rate = self._derived.runs[0].learning_rate
        for draw in range(MOST_DRAWS):
            numbers = self._drawn(student, draw)
            # a rate that equals another number would hide a mistake
            if tuple(numbers.values()) not in taken and rate not in numbers.values():
                made = self.made(numbers)
                if self._is_sound(made) and self.shown.is_shown_by(made):
                    return Variant(self.code(student), made, draw + 1)
        raise ValueError(f"none of {MOST_DRAWS} draws made a good exercise: this lesson leaves too little room.")

    def made(self, numbers: Mapping[str, float]) -> Exercise:
        """Return the exercise with these numbers, by the names of `names`."""
        lesson = self._derived.with_typed({**self._derived.typed, **numbers})
        return make_exercise(lesson, self.level, self.rows, hints=self.hints)

    @cached_property
    def shown(self) -> ShownMistakes:
        """What every variant shows, found from some draws that are nobody's."""
        drawn = (self.made(self._drawn("", draw)) for draw in range(_MOST_SURVEYED))
        return ShownMistakes([*islice(filter(self._is_sound, drawn), _SURVEYED)])

    @cached_property
    def _idle(self) -> frozenset[Quantity]:
        """The gradients that are 0 in the lesson itself, as of the weights from an input that is 0."""
        return frozenset(_idle_gradients(make_exercise(self._derived, self.level, self.rows)))

    def _is_sound(self, made: Exercise) -> bool:
        return _is_sound(made) and self._idle.issuperset(_idle_gradients(made))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the numbers by which variants differ: i1, t1, w1, …"""
        return tuple(name for names, _ in self._groups for name in names)

    def numbers(self, made: Exercise) -> dict[str, float]:
        """Return the numbers by which a variant differs from others."""
        return {name: made.run.lesson.typed[name] for name in self.names}

    @cached_property
    def _derived(self) -> Lesson:
        """The lesson with the run alone that the exercise is about."""
        return alone(self.lesson)

    @cached_property
    def _groups(self) -> list[tuple[list[str], list[float]]]:
        """The names of the numbers that are drawn, kind by kind, and what each of a kind may become."""
        lesson = self._derived
        naming, typed = lesson.runs[0].naming, lesson.typed
        names: dict[type, list[str]] = {}
        for given in lesson.given_names[0]:
            if isinstance(given.of, Weight | Bias) or (lesson.single and isinstance(given.of, Input | Target)):
                names.setdefault(type(given.of), []).append(naming.name(given.of))
        numbers = {kind: [typed[name] for name in of_kind] for kind, of_kind in names.items()}
        received = self._derived.inputs[0]
        most = _NET_INPUT * math.sqrt(len(received)) / max(sum(map(abs, received)), 1.0)
        grids = {Weight: _weights(numbers[Weight], most), Bias: _weights(numbers.get(Bias, [0.0]))}
        grids |= {kind: _DATA[kind](numbers[kind]) for kind in _DATA if kind in numbers}
        return [(of_kind, grids[kind]) for kind, of_kind in names.items() if grids[kind]]

    def _drawn(self, student: str, draw: int) -> dict[str, float]:
        """Return drawn numbers; those of a kind differ as long as there are others, since equal ones hide mistakes."""
        found = {}
        for names, grid in self._groups:
            left: list[float] = []
            for name in names:
                left = left or [*grid]
                place = int.from_bytes(self._digest("number", student, str(draw), name)[:8], "big")
                found[name] = left.pop(place % len(left))
        return found

    def _digest(self, *words: str) -> bytes:
        what = "\0".join((self.lesson.text, self.lesson.data_text, str(self.level), str(self.rows), *words))
        return hmac.new(self.key.encode(), what.encode(), hashlib.sha256).digest()


# -------------------------------------------------------------------------------------------------- what may be drawn


def _grid(low: float, high: float, decimals: int) -> list[float]:
    """Return all numbers of so many decimals between two bounds, as a person types them."""
    steps = range(math.ceil(round(low * 10**decimals, 6)), math.floor(round(high * 10**decimals, 6)) + 1)
    return [round(step / 10**decimals, decimals) for step in steps]


def _decimals(numbers: Sequence[float]) -> int:
    """Return how many decimals these numbers have, at most two."""
    return next((decimals for decimals in range(2) if all(round(n, decimals) == n for n in numbers)), 2)


def _weights(numbers: Sequence[float], most: float = math.inf) -> list[float]:
    """Return weights of either sign about as large as these, `most` at most; where all start at 0, up to a half."""
    most = min(most, max(map(abs, numbers)) or 0.5)
    decimals = max(1, 2 - math.floor(math.log10(most)) - 1) if most >= 0.75 else 1 - math.floor(math.log10(most))
    return [number for number in _grid(-most, most, decimals) if abs(number) > most / 10]


def _inputs(numbers: Sequence[float]) -> list[float]:
    """Return inputs as large as these; those below 1 may be any there. Zeros and ones stay, as they mean something."""
    if {*numbers} <= {0.0, 1.0}:
        return []
    sizes = [abs(number) for number in numbers if number]
    if max(sizes) <= 1.0:
        return _grid(0.1, 0.95, 2)[::5]
    low, high = (min(sizes), max(sizes)) if min(sizes) < max(sizes) else (sizes[0] / 2, 2 * sizes[0])
    return _grid(low, high, max(_decimals(numbers), 1 if high < 10 else 0))


def _targets(numbers: Sequence[float]) -> list[float]:
    """Return the targets in another order, or those around a single one. Classes, zeros and ones, stay."""
    if {*numbers} <= {0.0, 1.0}:
        return []
    if len(numbers) > 1:
        return [*numbers]
    decimals = max(1, _decimals(numbers))
    return _grid(numbers[0] - 3 * 10.0**-decimals, numbers[0] + 3 * 10.0**-decimals, decimals)


_DATA = {Input: _inputs, Target: _targets}


# ------------------------------------------------------------------------------------------------------ a good exercise


def _is_sound(made: Exercise) -> bool:
    """Return whether no unit is saturated or near a kink, and the loss falls."""
    table, recipe = made.table, made.table.recipe
    for column in table.columns:
        of, numbers = column.quantity, table.numbers(column.quantity)
        if not np.isfinite(numbers).all():
            return False
        if isinstance(of, NetInput) and not _is_alive(recipe.layers[of.layer - 1], np.abs(numbers)):
            return False
        if isinstance(of, NetInput) and _is_guessed(made, numbers):
            return False
    losses = made.table.trace.column(0, TotalLoss())
    examples = recipe.examples
    first, last = losses[0:examples], losses[len(losses) - examples : len(losses)]
    return not table.trace.lesson.epochs or bool(np.sum(last) < np.sum(first))


def _is_guessed(made: Exercise, numbers: np.ndarray) -> bool:
    """Return whether a net input of one example is so short a number that trying all of them would find it.

    Inputs that are whole numbers make it so, and nothing else is to be had of them.
    """
    lesson = made.run.lesson
    if not lesson.single or all(float(number).is_integer() for number in lesson.inputs[0]):
        return False
    return any(round(float(number), _SHORT) == number for number in numbers)


def _idle_gradients(made: Exercise) -> Iterator[Quantity]:
    """Yield the gradients of weights and biases that are next to 0 in all rows."""
    for column in made.table.columns:
        of = column.quantity
        is_of_parameter = isinstance(of, Gradient) and isinstance(of.of, Weight | Bias)
        if is_of_parameter and np.abs(made.table.numbers(of)).max() < _LEAST_GRADIENT:
            yield of


def _is_alive(layer: Layer, sizes: np.ndarray) -> bool:
    is_softmax = layer.activation == "softmax"
    kinked = not is_softmax and activation_of(layer).kink
    most = _SATURATED * (3 if kinked or is_softmax else 1)
    return bool(sizes.max() < most and (not kinked or sizes.min() > _NEAR_A_KINK))


class ShownMistakes:
    """Which mistakes the variants of an exercise show, as far as the lesson lets them.

    `commonest` are ten that move their cell by 2 % and apart from each other in a quarter of the `surveyed` draws at
    least; `hidden` are those that no number shows, since the lesson makes both formulas equal. All others shall move
    their cell by ten times of what a check takes for the same.
    """

    def __init__(self, surveyed: Sequence[Exercise]) -> None:
        if not surveyed:
            what = "no draw of this lesson is fit for an exercise: units are saturated, or the loss does not fall."
            raise ValueError(what)
        draws = [(made.table, _wrong_numbers(made)) for made in surveyed]
        listed = dict.fromkeys(which for _, seen in draws for which in seen)
        margins = {which: max(seen[which].margin for _, seen in draws if which in seen) for which in listed}
        self.hidden = {which for which, margin in margins.items() if margin <= _TIMES}
        self.commonest: list[_Which] = []
        for kind in KINDS:
            shown = (which for which in listed if which.kind == kind and which not in self.hidden)
            self.commonest += islice((which for which in shown if self._is_often_apart(which, draws)), _OF_A_KIND)
        del self.commonest[_COMMONEST:]

    def _is_often_apart(self, which: _Which, draws: Sequence[tuple[AnswerTable, Mapping[_Which, _Seen]]]) -> bool:
        """Return whether a mistake, beside those chosen before it, is seen in a quarter of the draws at least."""
        beside = [other for other in self.commonest if other.spot == which.spot]
        return 4 * sum(_are_apart(table, [which, *beside], seen) for table, seen in draws) >= len(draws)

    def is_shown_by(self, made: Exercise) -> bool:
        """Return whether a variant shows the commonest mistakes apart from each other, and all but the hidden ones."""
        seen = _wrong_numbers(made)
        for spot in dict.fromkeys(which.spot for which in self.commonest):
            if not _are_apart(made.table, [which for which in self.commonest if which.spot == spot], seen):
                return False
        return all(found.margin > _TIMES for which, found in seen.items() if which not in self.hidden)


class _Which(NamedTuple):
    """A mistake in the first cell of a column, by its kind and what is said of it."""

    spot: Spot
    kind: str
    sentence: str


class _Seen(NamedTuple):
    """The wrong number in that cell, None where it is an error; in tolerances, how wrong a number is in any row."""

    number: float | None
    margin: float


def _wrong_numbers(made: Exercise) -> dict[_Which, _Seen]:
    """Return what mistakes make of an exercise; a pasted number is right in its own cell."""
    table, found = made.table, dict[_Which, _Seen]()
    firsts: dict[Quantity, Spot] = {}
    for spot in table.answers:
        first, right = firsts.setdefault(spot.quantity, spot), table.value(spot)
        for mistake, number in made.wrong_numbers.of(spot):
            which = _Which(first, mistake.kind, mistake.sentence)
            if mistake.kind != PASTED:
                seen = found.get(which, _Seen(number if spot == first else None, 0.0))
                found[which] = seen._replace(margin=max(seen.margin, abs(number - right) / tolerance(right)))
    return found


def _are_apart(table: AnswerTable, mistakes: Sequence[_Which], seen: Mapping[_Which, _Seen]) -> bool:
    """Return whether mistakes in one cell move it by 2 %, and each otherwise."""
    right = table.value(mistakes[0].spot)
    wrong = (seen[which].number for which in mistakes if which in seen)
    found = [right, *(number for number in wrong if number is not None)]
    return all(abs(one - other) >= _SHOWS * abs(right) > 0.0 for one, other in combinations(found, 2))
