"""What students hand in, drawn at random, with the mark of each answer known: right in many forms, slips, typed, blank."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import cached_property
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np

from tests.restating import Restating, Scratch, by_the_neighbour
from xlbackprop import write_workbook
from xlbackprop.classroom import Exercise, Mark, Mistake, Spot, mistakes_in
from xlbackprop.classroom.exercise import EXERCISE, SCRATCH
from xlbackprop.classroom.formula_parts import refs_of, replaced
from xlbackprop.classroom.marking import MarkedAnswer, Marking
from xlbackprop.classroom.mistakes import NOT_ANCHORED
from xlbackprop.classroom.rubric import worths
from xlbackprop.network import Expression, Given, LearningRate, Number, Quantity, Ref, evaluate
from xlbackprop.workbook import Cell, Place, address

CLOSE = 1e-6
ODDITIES = (0.0, 0.15, 0.3, 0.5)


class Kind(Enum):
    """What an answer was made to be."""

    RIGHT = auto()
    SLIP = auto()
    TYPED = auto()
    TYPED_WRONG = auto()
    COPIED = auto()  # the number of another variant
    BLANK = auto()
    LINKED = auto()


MARKS: Mapping[Kind, frozenset[Mark]] = {
    Kind.RIGHT: frozenset({Mark.RIGHT, Mark.FOLLOWS}),
    Kind.SLIP: frozenset({Mark.MISTAKE}),
    Kind.TYPED: frozenset({Mark.TYPED}),
    Kind.TYPED_WRONG: frozenset({Mark.TYPED_WRONG}),
    Kind.COPIED: frozenset({Mark.TYPED_WRONG}),
    Kind.BLANK: frozenset({Mark.BLANK}),
    Kind.LINKED: frozenset({Mark.LINKED}),
}


class Slip(NamedTuple):
    """A mistake of the catalogue, and where it was made: in a column, or in one cell."""

    mistake: Mistake
    spots: tuple[Spot, ...]


class Fault(NamedTuple):
    """An answer that was marked otherwise than it was made; `what` says how."""

    what: str
    answer: MarkedAnswer
    formula: str | float | None

    def __str__(self) -> str:
        return f"{self.what}: {self.answer.cell} ={self.formula} is {self.answer.mark.name} {self.answer.sentence!r}"


@dataclass
class Submission:
    """A filled-in exercise: what stands in its cells, and what it was made to be."""

    of: Exercise
    cells: dict[Spot, str | float] = field(default_factory=dict)
    kinds: dict[Spot, Kind] = field(default_factory=dict)
    slips: list[Slip] = field(default_factory=list)
    scratch: Scratch = field(default_factory=Scratch)

    def write(self, path: Path) -> Path:
        """Write the workbook; its formulas have stored numbers that are wrong."""
        document = self.of.document()
        cells = dict(document[EXERCISE].cells)
        for spot, what in self.cells.items():
            style = cells[self.of.at(spot)].style
            cells[self.of.at(spot)] = Cell(0.0, style, what) if isinstance(what, str) else Cell(what, style)
        beside: dict[Place, Cell] = {place: Cell(0.0, formula=text) for place, text in self.scratch.cells.items()}
        changed = {EXERCISE: cells, SCRATCH: {**document[SCRATCH].cells, **beside}}
        sheets = tuple(replace(one, cells=changed.get(one.name, one.cells)) for one in document.sheets)
        write_workbook(replace(document, sheets=sheets), path)
        return path

    # --------------------------------------------------------------------------------------------- what marks must be

    def faults(self, marking: Marking) -> Iterator[Fault]:
        """Yield the answers that are marked otherwise than they were made."""
        for answer in marking.answers:
            kind = self.kinds[answer.spot]
            wanted = MARKS[kind] | (MARKS[Kind.RIGHT] if answer.spot in self.unseen else frozenset())
            if kind is Kind.SLIP:
                wanted |= {Mark.WRONG, Mark.UNCLEAR}  # in a row where it makes no number; what it is called is counted
            if answer.mark not in wanted:
                yield Fault(f"{kind.name} was planted", answer, self.cells.get(answer.spot))

    def named(self, marking: Marking) -> Iterator[tuple[Slip, list[Fault]]]:
        """Yield each slip that shows, with the cells where it is called otherwise than all its rows allow."""
        answers = {answer.spot: answer for answer in marking.answers}
        for slip in self.slips:
            shown = [answers[spot] for spot in slip.spots if spot not in self.unseen]
            alike, wanted = self._alike(slip), slip.mistake.sentence
            wrong = [
                Fault(wanted, answer, self.cells[answer.spot])
                for answer in shown
                if answer.sentence not in alike and answer.mark not in MARKS[Kind.RIGHT]
            ]
            if shown:
                yield slip, wrong

    def points(self) -> tuple[float, float]:
        """Return the fewest and the most points that the marks may make."""
        worth, typed = worths(self.of.table)
        share = {Kind.RIGHT: 1.0, Kind.TYPED: typed}
        fewest = sum(worth[spot] * share.get(kind, 0.0) for spot, kind in self.kinds.items())
        return round(fewest, 1), round(fewest + sum(worth[spot] for spot in self.unseen), 1)

    @cached_property
    def unseen(self) -> frozenset[Spot]:
        """Where a slip makes the number that the rule makes, of right numbers or of the student's own, or none at all."""
        return frozenset(spot for slip in self.slips for spot in slip.spots if self._is_unseen(slip, spot))

    def _is_unseen(self, slip: Slip, spot: Spot) -> bool:
        made, rule = slip.mistake.formula, self.of.table.rule(spot)
        if slip.mistake.kind == NOT_ANCHORED:
            made = replaced(rule, {Ref(Given(LearningRate())): Number(self._moved_rate(spot))})
        formulas = (made, rule)
        leads_out = bool(np.isnan(self._made(slip.mistake.formula, spot, self._right)))
        return leads_out or any(
            _is_close(*(self._made(one, spot, numbers) for one in formulas)) for numbers in self._bases
        )

    def _moved_rate(self, spot: Spot) -> float:
        """Return the number where a reference to the learning rate leads that moves down; NaN where a text stands."""
        cells = self.of.document()[EXERCISE].cells
        there = cells.get((_moved_row(self.of, spot), self.of.run.rate_column))
        value = 0.0 if there is None else there.value
        return float(value) if isinstance(value, int | float) else np.nan

    def _alike(self, slip: Slip) -> set[str]:
        """Return what is said of the mistakes that make the same numbers as a slip, in all of its rows."""
        found = {slip.mistake.sentence}
        for mistake in mistakes_in(self.of.table.recipe, slip.mistake.quantity):
            for numbers in self._bases:
                formulas = (mistake.formula, slip.mistake.formula)
                if all(_is_close(*(self._made(one, spot, numbers) for one in formulas)) for spot in slip.spots):
                    found.add(mistake.sentence)
        return found

    @cached_property
    def _bases(self) -> tuple[Callable[[Spot], float], ...]:
        return (self._right, self._own)

    def _made(self, formula: Expression, spot: Spot, numbers: Callable[[Spot], float]) -> float:
        """Return what a formula makes of numbers; NaN where these are not all there."""
        table = self.of.table

        def number(ref: Ref) -> np.ndarray:
            if isinstance(ref.quantity, Given):
                return np.asarray(table.given(ref.quantity))
            row = spot.row - ref.back
            return np.asarray(numbers(Spot(row, ref.quantity)) if 0 <= row < table.rows else np.nan)

        return float(evaluate(formula, number))

    def _right(self, spot: Spot) -> float:
        return self.of.table.value(spot)

    def _own(self, spot: Spot) -> float:
        """Return the number that the student's cell holds; NaN where it needs itself, or what is blank."""
        if spot not in self._known:
            self._known[spot] = np.nan
            self._known[spot] = self._worked_out(spot)
        return self._known[spot]

    @cached_property
    def _known(self) -> dict[Spot, float]:
        return {}

    def _worked_out(self, spot: Spot) -> float:
        table, kind = self.of.table, self.kinds.get(spot, Kind.RIGHT)
        if kind is Kind.BLANK:
            return np.nan
        if isinstance(typed := self.cells.get(spot), float):
            return typed
        if kind is Kind.LINKED or table.is_typed(spot):
            return table.value(spot)
        formulas = {one: slip.mistake.formula for slip in self.slips for one in slip.spots}
        return self._made(formulas.get(spot, table.rule(spot)), spot, self._own)


def _is_close(one: float, other: float) -> bool:
    return bool(np.isnan(one) and np.isnan(other)) or abs(one - other) <= CLOSE * abs(other) + 1e-13


# --------------------------------------------------------------------------------------------------------------- drawing


def drawn(of: Exercise, other: Exercise, draw: Random) -> Submission:
    """Return a submission drawn at random; `other` is the exercise of somebody else, from which numbers are copied."""
    made = Submission(of)
    oddity = draw.choice(ODDITIES)
    columns: dict[Quantity, list[Spot]] = {}
    for spot in of.table.answers:
        columns.setdefault(spot.quantity, []).append(spot)
    for spots in columns.values():
        seed = draw.random() if draw.random() < 0.7 else None  # filled down, or each cell anew
        for spot in spots:
            how = Random(draw.random() if seed is None else f"{seed}")
            made.kinds[spot] = Kind.RIGHT
            made.cells[spot] = _right(made, spot, how, oddity)
    for quantity in draw.sample([*columns], draw.choice([0, 0, 1, 1, 2, 3])):
        _slip(made, tuple(columns[quantity]), draw, oddity)
    for _ in range(draw.choice([0, 0, 1, 2, 4])):
        _slip(made, (draw.choice(of.table.answers),), draw, oddity)
    for kind, most in ((Kind.TYPED, 5), (Kind.TYPED_WRONG, 2), (Kind.COPIED, 3), (Kind.BLANK, 4), (Kind.LINKED, 1)):
        for spot in draw.sample(of.table.answers, draw.randint(0, most) if draw.random() < 0.4 else 0):
            if made.kinds[spot] is Kind.RIGHT:
                _other(made, spot, kind, other, draw)
    if draw.random() < 0.2:  # not finished
        for spot in of.table.answers[draw.randrange(len(of.table.answers)) :]:
            if made.kinds[spot] is Kind.RIGHT:
                _other(made, spot, Kind.BLANK, other, draw)
    return made


def _right(made: Submission, spot: Spot, draw: Random, oddity: float) -> str:
    other = by_the_neighbour(made.of, spot, draw) if draw.random() < oddity / 3 else None
    return Restating(made.of, spot.row, draw, made.scratch, oddity).formula(other or made.of.table.rule(spot))


def _slip(made: Submission, spots: tuple[Spot, ...], draw: Random, oddity: float) -> None:
    listed = mistakes_in(made.of.table.recipe, spots[0].quantity)
    possible = [one for one in listed if not one.circular and any(refs_of(one.formula))]
    if not possible or any(made.kinds[spot] is not Kind.RIGHT for spot in spots):
        return
    slip = Slip(draw.choice(possible), spots)
    seed = draw.random()
    made.slips.append(slip)
    for spot in spots:
        made.kinds[spot] = Kind.SLIP
        writes = Restating(made.of, spot.row, Random(seed), made.scratch, oddity / 2)
        if slip.mistake.kind == NOT_ANCHORED:  # the catalogue has what comes of it
            made.cells[spot] = _filled_down(made.of, spot)
        else:
            made.cells[spot] = writes.formula(slip.mistake.formula)


def _moved_row(of: Exercise, spot: Spot) -> int:
    """Return the row to which a reference to the learning rate moves from the first row of a column."""
    first = next(one for one in of.table.answers if one.quantity == spot.quantity)
    return of.run.rate_row + spot.row - first.row


def _filled_down(of: Exercise, spot: Spot) -> str:
    """Return the rule as it is filled down from the first row without dollar signs."""
    there = address(_moved_row(of, spot), of.run.rate_column)
    return of.formula(spot).replace(address(of.run.rate_row, of.run.rate_column, fixed=True), there)


def _other(made: Submission, spot: Spot, kind: Kind, other: Exercise, draw: Random) -> None:
    """Put something into a cell that is no formula of the rule; where it would be right all the same, leave that."""
    right, theirs = made.of.table.value(spot), other.table.value(spot)
    told: str | float | None
    match kind:
        case Kind.TYPED:
            told = draw.choice([right, _rounded(right, draw.randint(4, 9)), f"{right:.17g}".replace("e", "E")])
        case Kind.TYPED_WRONG:
            told = _rounded(right * draw.choice([0.5, 0.97, 1.02, -1.0]) + 0.0013, 5)
        case Kind.COPIED:
            told = theirs if abs(theirs - right) > 1e-3 * abs(right) else None
        case Kind.LINKED:
            check = made.of.check_place(draw.choice([one for one in made.of.table.answers if one != spot]))
            told = f'IF({check}="✓",{right!r},{right!r})'
        case _:
            del made.cells[spot]
            made.kinds[spot] = kind
            return
    if told is not None and (kind is not Kind.TYPED_WRONG or abs(float(told) - right) > 1e-3 * abs(right)):
        made.cells[spot], made.kinds[spot] = told, kind


def _rounded(number: float, digits: int) -> float:
    """Return a number rounded to so many digits; itself where fewer than four would be left."""
    rounded = float(f"{number:.{digits}g}")
    return rounded if len(f"{rounded!r}".strip("-0.").replace(".", "")) > 3 and "e" not in repr(rounded) else number
