"""Where a formula differs from its rule: the smallest parts that are not the same, however each is written.

Two parts are the same where they give the same in rows of drawn numbers. Terms and factors may stand in any order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import NamedTuple

import numpy as np

from xlbackprop.classroom.drawn_rows import DrawnRows
from xlbackprop.classroom.formula_parts import Signed, product_of, sum_of
from xlbackprop.network import Binary, Call, Expression, Input, Negative, Number, Recipe, Ref, Target, children

MOST_PAIRED = 4  # parts without a partner on each side, which are tried against each other
_ENDLESS = 99


class Difference(NamedTuple):
    """A part of a rule, and what stands in its place; `parent` is the part of the rule around it."""

    right: Expression
    found: Expression


class _Factors(NamedTuple):
    negative: bool
    of: list[tuple[bool, Expression]]  # whether it divides, and the factor


class _Rows(DrawnRows):
    """Drawn rows of one example: its inputs and targets are the same in all of them."""

    def _number(self, ref: Ref) -> np.ndarray:
        return super()._number(Ref(ref.quantity) if isinstance(ref.quantity, Input | Target) else ref)


class Comparison:
    """Compares the formulas of one recipe."""

    def __init__(self, recipe: Recipe) -> None:
        self._rows = _Rows(recipe)
        self._fingerprints: dict[Expression, tuple[float | None, ...]] = {}

    def fingerprint(self, part: Expression) -> tuple[float | None, ...]:
        """Return what a formula gives in drawn rows: formulas with the same are the same in other words."""
        if part not in self._fingerprints:
            self._fingerprints[part] = self._rows.fingerprint(part)
        return self._fingerprints[part]

    def same(self, one: Expression, other: Expression) -> bool:
        """Return whether two formulas are the same in other words."""
        return one == other or self.fingerprint(one) == self.fingerprint(other)

    def differences(self, right: Expression, found: Expression) -> list[Difference]:
        """Return the smallest parts of a rule in whose place something else stands; [] where there are none."""
        if self.same(right, found):
            return []
        smaller = self._in_sums(right, found) or self._in_products(right, found) or self._inside(right, found)
        return smaller or [Difference(right, found)]

    def _inside(self, right: Expression, found: Expression) -> list[Difference]:
        match right, found:
            case Call(function, argument), Call(other, other_argument) if function == other:
                return self.differences(argument, other_argument)
            case Negative(of), Negative(other_of):
                return self.differences(of, other_of)
            case Binary("^", base, exponent), Binary("^", other, other_exponent) if exponent == other_exponent:
                return self.differences(base, other)
            case Binary("/", above, below), Binary("/", other, other_below) if self.same(above, other):
                return self.differences(below, other_below)
            case Binary("/", above, below), Binary("/", other, other_below) if self.same(below, other_below):
                return self.differences(above, other)
            case _:
                return []

    def _in_sums(self, right: Expression, found: Expression) -> list[Difference]:
        terms, others = _terms(right), _terms(found)
        if len(terms) < 2:
            return []
        left_over, unmatched = self._without_partners(terms, others)
        if len(left_over) == len(unmatched) and (len(left_over) < len(terms) or len(terms) == 2):
            return self._best(left_over, unmatched)
        if len(left_over) == len(terms):
            return []
        return [Difference(_sum(left_over), _sum(unmatched))]

    def _in_products(self, right: Expression, found: Expression) -> list[Difference]:
        here, there = _folded(_factors(right)), _folded(_factors(found))
        if len(here.of) < 2:
            return []
        factors = [_signed_factor(one, here.negative and at == 0) for at, one in enumerate(here.of)]
        others = [_signed_factor(one, there.negative and at == 0) for at, one in enumerate(there.of)]
        left_over, unmatched = self._without_partners(factors, others, any_sign=True)
        if len(left_over) == len(factors):
            return []
        if len(left_over) == len(unmatched):
            return self._best(left_over, unmatched)
        return [Difference(product_of(left_over), product_of(unmatched))]

    def _without_partners(
        self, ones: Sequence[Expression], others: Sequence[Expression], *, any_sign: bool = False
    ) -> tuple[list[Expression], list[Expression]]:
        """Return what has no partner; two factors with other signs, (t − out) and (out − t), are partners in pairs."""
        unmatched, left_over, turned = [*others], [], 0
        for one in ones:
            at = next((at for at, other in enumerate(unmatched) if self.same(one, other)), None)
            if at is None and any_sign:
                at = next((at for at, other in enumerate(unmatched) if self.same(Negative(one), other)), None)
                turned += at is not None
            if at is None:
                left_over.append(one)
            else:
                unmatched.pop(at)
        if turned % 2:
            if left_over:
                left_over[0] = Negative(left_over[0])
            else:
                return [ones[0]], [Negative(ones[0])]
        return left_over, unmatched

    def _best(self, ones: Sequence[Expression], others: Sequence[Expression]) -> list[Difference]:
        """Return the differences of parts paired so that there are few and small ones."""
        if len(ones) > MOST_PAIRED:
            return []
        best: list[Difference] = []
        for order in permutations(others):
            found = [each for one, other in zip(ones, order, strict=True) for each in self.differences(one, other)]
            if not best or _size(found) < _size(best):
                best = found
        return best


def _sum(terms: Sequence[Expression]) -> Expression:
    """Return the sum of terms, 0 without any."""
    signed = [Signed("-", term.of) if isinstance(term, Negative) else Signed("+", term) for term in terms]
    return sum_of(signed) if signed else Number(0.0)


def _size(found: Sequence[Difference]) -> int:
    return sum(nodes(each.right) for each in found)


def nodes(part: Expression) -> int:
    """Return how many numbers and operations a formula has."""
    return 1 + sum(map(nodes, children(part)))


def _signed_factor(factor: tuple[bool, Expression], negative: bool) -> Expression:
    divides, of = factor
    of = Number(1.0) / of if divides else of
    return Negative(of) if negative else of


def _terms(part: Expression) -> list[Expression]:
    """Return the terms of a sum, each with its sign, however they are bracketed."""
    match part:
        case Binary("+", left, right):
            return [*_terms(left), *_terms(right)]
        case Binary("-", left, right):
            return [*_terms(left), *(_negated(term) for term in _terms(right))]
        case Negative(Binary("+" | "-") as of):
            return [_negated(term) for term in _terms(of)]
        case _:
            return [part]


def _negated(part: Expression) -> Expression:
    return part.of if isinstance(part, Negative) else Negative(part)


def _factors(part: Expression) -> _Factors:
    """Return the factors of a product, however they are bracketed; a square is two of them."""
    match part:
        case Binary("*" | "/" as operator, left, right):
            one, other = _factors(left), _factors(right)
            turned = [(divides != (operator == "/"), factor) for divides, factor in other.of]
            return _Factors(one.negative != other.negative, [*one.of, *turned])
        case Binary("^", base, Number(2.0)):
            return _Factors(False, [*_factors(base).of, *_factors(base).of])
        case Negative(of):
            inner = _factors(of)
            return _Factors(not inner.negative, inner.of)
        case Number(value) if value < 0:
            return _Factors(True, [(False, Number(-value))])
        case _:
            return _Factors(False, [(False, part)])


def _folded(factors: _Factors) -> _Factors:
    """Return factors with all bare numbers multiplied into one: ½ for 1/2."""
    number, others = 1.0, []
    for divides, factor in factors.of:
        if isinstance(factor, Number) and factor.value:
            number = number / factor.value if divides else number * factor.value
        else:
            others.append((divides, factor))
    return factors if number == 1.0 and not others else _Factors(factors.negative, _with_number(number, others))


def _with_number(number: float, others: list[tuple[bool, Expression]]) -> list[tuple[bool, Expression]]:
    return others if number == 1.0 else [(False, Number(number)), *others]


def only_numbers(found: Sequence[Difference], right: Expression) -> Iterator[float]:
    """Yield the bare number that stands in the place of this part, where nothing else differs."""
    match found:
        case [Difference(part, Number(value))] if part == right:
            yield value
