"""What is wrong with a formula, by name: the mistake of the catalogue that it is, or the parts in which it differs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from xlbackprop.classroom.audit.differences import Comparison, Difference, nodes
from xlbackprop.classroom.edited_rule import shown_name
from xlbackprop.classroom.formula_parts import refs_of, with_refs
from xlbackprop.classroom.mistakes import Mistake, mistakes_in
from xlbackprop.network import (
    Constant,
    Expression,
    Given,
    Gradient,
    Input,
    LearningRate,
    NetInput,
    Number,
    Output,
    Quantity,
    Recipe,
    Ref,
    Target,
    TotalLoss,
    UnitLoss,
)
from xlbackprop.taught import column_of
from xlbackprop.workbook import math_text

RATE = Ref(Given(LearningRate()))
ANOTHER_ROW, ANOTHER_COLUMN, OTHER_RATE = "another row", "formula of another column", "learning rate"
SEVERAL, UNNAMED = "several mistakes", "expected and found"
ANOTHER_FORMULA = "has another formula."
LONGEST = 240  # characters that are told of a formula
FEWEST_NODES = 12
MOST_DIFFERENCES = 4  # that are told one by one


class Root(NamedTuple):
    """What is wrong with a formula: a kind, and a sentence that begins with the name of its column.

    `instead` is what stands where the learning rate belongs, if that is all.
    """

    kind: str
    sentence: str
    instead: Expression | None = None


@lru_cache(maxsize=8)
def roots_of(recipe: Recipe) -> Roots:
    """Return what names the mistakes in tables of a recipe."""
    return Roots(recipe)


class Roots:
    """Names what is wrong with the formulas of a recipe's tables."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe, self.comparison = recipe, Comparison(recipe)
        self._known: dict[Quantity, dict[tuple[float | None, ...], Mistake]] = {}
        self._found: dict[tuple[Quantity, Expression], Root | None] = {}

    def rule(self, quantity: Quantity) -> Expression:
        """Return the formula that belongs in a column."""
        return column_of(self.recipe, quantity).formula

    def name(self, quantity: Quantity) -> str:
        """Return the name of a quantity in a sentence."""
        return shown_name(self.recipe.naming, quantity)

    def of(self, quantity: Quantity, formula: Expression, rule: Expression | None = None) -> Root | None:
        """Return what is wrong with a formula in the column of a quantity; None where it is the rule in other words.

        `rule` is the rule as it is written with the columns that there are.
        """
        place = (quantity, formula)
        if place not in self._found:
            self._found[place] = self._of(quantity, formula, self.rule(quantity) if rule is None else rule)
        return self._found[place]

    def _of(self, quantity: Quantity, formula: Expression, rule: Expression) -> Root | None:
        if self.comparison.same(rule, formula):
            return self._of_given_elsewhere(quantity, formula)
        found = self.comparison.differences(rule, formula)
        if found == [Difference(RATE, Number(0.0))] and (root := self._of_rate(quantity, found)):
            return root  # of an empty cell: it is no update that was left out
        if mistake := self._mistakes(quantity).get(self.comparison.fingerprint(formula)):
            return Root(mistake.kind, mistake.sentence)
        for asked in (self._of_rate, self._of_another_row):
            if root := asked(quantity, found):
                return root
        return (
            self._of_another_column(quantity, formula)
            or self._told(quantity, rule, found)
            or self._one_and_more(quantity, formula)
            or Root(UNNAMED, f"{self.name(quantity)} {ANOTHER_FORMULA}")
        )

    def _mistakes(self, quantity: Quantity) -> dict[tuple[float | None, ...], Mistake]:
        if quantity not in self._known:
            known: dict[tuple[float | None, ...], Mistake] = {}
            for mistake in mistakes_in(self.recipe, quantity):
                known.setdefault(self.comparison.fingerprint(mistake.formula), mistake)
            self._known[quantity] = known
        return self._known[quantity]

    def _of_rate(self, quantity: Quantity, found: Sequence[Difference]) -> Root | None:
        match found:
            case [Difference(right, instead)] if right == RATE:
                said = f"{self.name(quantity)} takes {self._text(instead, {})} for the learning rate."
                return Root(OTHER_RATE, said, instead)
            case _:
                return None

    def _of_another_row(self, quantity: Quantity, found: Sequence[Difference]) -> Root | None:
        """Return the root where numbers are right but taken from other rows."""
        moved = {(right, other) for right, other in found if isinstance(right, Ref) and isinstance(other, Ref)}
        if not moved or len(moved) < len({*found}) or any(right.quantity != other.quantity for right, other in moved):
            return None
        said = " and ".join(
            f"{self.name(right.quantity)} from {row_in_words(other.back)}, not from {row_in_words(right.back)}"
            for right, other in sorted(moved, key=lambda pair: self.name(pair[0].quantity))
        )
        return Root(ANOTHER_ROW, f"{self.name(quantity)} takes {said}.")

    def _of_given_elsewhere(self, quantity: Quantity, formula: Expression) -> Root | None:
        """Return the root where an input or a target is taken from above the first row, or below the last."""
        for ref in refs_of(formula):
            if isinstance(ref.quantity, Input | Target) and ref.back:
                said = f"{self.name(ref.quantity)} from {row_in_words(ref.back)}, not from its own row"
                return Root(ANOTHER_ROW, f"{self.name(quantity)} takes {said}.")
        return None

    def _of_another_column(self, quantity: Quantity, formula: Expression) -> Root | None:
        for other in self._with_rules:
            if other == quantity:
                continue
            found = self.comparison.differences(self.rule(other), formula)
            if not found:
                return Root(ANOTHER_COLUMN, f"{self.name(quantity)} has the formula of {self.name(other)}.")
            if len(found) == 1 and found[0].right == RATE:
                return Root(ANOTHER_COLUMN, f"{self.name(quantity)} has the formula of {self.name(other)}.")
        return None

    @property
    def _with_rules(self) -> list[Quantity]:
        naming = self.recipe.naming
        units = [(layer, unit) for layer in naming.layers() for unit in naming.units(layer)]
        return [
            *naming.parameters(),
            *(NetInput(*unit) for unit in units),
            *(Output(*unit) for unit in units),
            *(UnitLoss(unit) for unit in naming.units(naming.depth)),
            TotalLoss(),
            *map(Gradient, naming.parameters()),
        ]

    def _told(self, quantity: Quantity, rule: Expression, found: Sequence[Difference]) -> Root | None:
        """Return the root that tells the parts which differ, where they are few and not the whole formula."""
        parts = [*dict.fromkeys(found)]
        if len(parts) > MOST_DIFFERENCES or any(part.right == rule for part in parts):
            return None
        if sum(nodes(part.right) for part in parts) > 0.7 * nodes(rule) > 5:
            return None
        backs = {ref.quantity: ref.back for ref in refs_of(rule)}
        said = ", and ".join(self._instead(part, backs) for part in parts)
        if len(said) > LONGEST:
            return None
        return Root(SEVERAL if len(parts) > 1 else UNNAMED, f"{self.name(quantity)} {said}.")

    def differing(self, rule: Expression, formula: Expression) -> str:
        """Return in which parts a formula differs from its rule: "has out_h2 where out_h1 belongs."; or ""."""
        found = [*dict.fromkeys(self.comparison.differences(rule, formula))]
        said = ", and ".join(self._instead(part, {}) for part in found)
        return f"{said}." if 0 < len(found) <= MOST_DIFFERENCES and len(said) <= LONGEST else ""

    def _instead(self, part: Difference, backs: dict[Quantity, int]) -> str:
        right, found = self._text(part.right, backs), self._text(part.found, backs)
        match part:
            case Difference(_, Number(0.0 | 1.0)) if not isinstance(part.right, Number):
                return f"leaves out {right}"
            case Difference(Number(0.0 | 1.0), _) if not isinstance(part.found, Number):
                return f"has {found} too many"
            case _:
                return f"has {found} where {right} belongs"

    def _one_and_more(self, quantity: Quantity, formula: Expression) -> Root | None:
        """Return the root that is a mistake of the catalogue and another one or two besides."""
        if nodes(self.rule(quantity)) < FEWEST_NODES:  # of a short formula little would be left
            return None
        best: tuple[int, Mistake, list[Difference]] | None = None
        for mistake in self._mistakes(quantity).values():
            found = self.comparison.differences(mistake.formula, formula)
            size = sum(nodes(part.right) for part in found)
            if 0 < len(found) <= 2 and size <= 0.5 * nodes(mistake.formula) and (best is None or size < best[0]):
                best = size, mistake, found
        if best is None:
            return None
        _, mistake, found = best
        backs = {ref.quantity: ref.back for ref in refs_of(mistake.formula)}
        more = ", and ".join(self._instead(part, backs) for part in dict.fromkeys(found))
        return Root(SEVERAL, f"{mistake.sentence.removesuffix('.')}; and it {more}.")

    def _text(self, part: Expression, backs: dict[Quantity, int]) -> str:
        def named(ref: Ref) -> Expression:
            usual = backs.get(ref.quantity, 0)
            row = "" if ref.back == usual or isinstance(ref.quantity, Given) else f" of {row_in_words(ref.back)}"
            return Ref(Constant(self.name(ref.quantity) + row))

        return math_text(with_refs(part, named), self.recipe.naming.name)


def row_in_words(back: int) -> str:
    """Return the row of a reference in words: "its own row", "the row above", "3 rows below"."""
    if abs(back) <= 1:
        return {0: "its own row", 1: "the row above", -1: "the row below"}[back]
    return f"{abs(back)} rows {'above' if back > 0 else 'below'}"


def is_number(part: Expression | None) -> bool:
    """Return whether a part of a formula is a bare number."""
    return isinstance(part, Number)
