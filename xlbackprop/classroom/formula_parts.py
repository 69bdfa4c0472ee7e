"""Parts of formula trees as people see them: a product's factors, a sum's terms; and trees with one part edited."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from operator import mul
from typing import NamedTuple, TypeAlias

from xlbackprop.network import Binary, Expression, Negative, Number, Ref, SumProduct, children, with_children

Edits: TypeAlias = "Iterator[tuple[Expression, str]]"  # trees, each with what is said of it


def in_one_row(part: Expression) -> Expression:
    return with_refs(part, lambda ref: Ref(ref.quantity))


def refs_of(part: Expression) -> Iterator[Ref]:
    if isinstance(part, Ref):
        yield part
    for child in children(part):
        yield from refs_of(child)


def with_refs(part: Expression, changed: Callable[[Ref], Expression]) -> Expression:
    """Return a tree with each reference replaced by what `changed` makes of it."""
    if isinstance(part, Ref):
        return changed(part)
    return with_children(part, [with_refs(child, changed) for child in children(part)])


def replaced(part: Expression, others: Mapping[Ref, Expression]) -> Expression:
    return with_refs(part, lambda ref: others.get(ref, ref))


def factors_of(part: Expression) -> list[Expression]:
    """Return the factors of a product, [a, b, c] of a·b·c; of anything else itself alone."""
    return [*factors_of(part.left), part.right] if isinstance(part, Binary) and part.operator == "*" else [part]


def product_of(factors: Sequence[Expression]) -> Expression:
    return reduce(mul, factors) if factors else Number(1.0)


class Signed(NamedTuple):
    sign: str
    of: Expression


def terms_of(part: Expression) -> list[Signed]:
    """Return the terms of a sum, [+a, −b] of a − b; of anything else itself alone."""
    if isinstance(part, Binary) and part.operator in "+-":
        return [*terms_of(part.left), Signed(part.operator, part.right)]
    return [Signed("+", part)]


def sum_of(terms: Sequence[Signed]) -> Expression:
    first, *others = terms
    found = Negative(first.of) if first.sign == "-" else first.of
    for sign, of in others:
        found = found + of if sign == "+" else found - of
    return found


def parts_of(part: Expression) -> tuple[list[Expression], Callable[[list[Expression]], Expression]]:
    """Return the factors of a product, the terms of a sum, else the subtrees, and what puts others in their places."""
    match part:
        case Binary("*"):
            return factors_of(part), product_of
        case Binary("+" | "-"):
            signed = terms_of(part)
            return [of for _, of in signed], lambda others: sum_of(
                [Signed(sign, other) for (sign, _), other in zip(signed, others, strict=True)]
            )
        case SumProduct():  # the cells of both sides must lie next to each other
            return [], lambda _: part
        case _:
            return [*children(part)], lambda others: with_children(part, others)


def in_each_part(part: Expression, edit: Callable[[Expression], Edits]) -> Edits:
    """Yield a formula with one of its parts edited, for each part and edit; a product, or a sum, is one part."""
    yield from edit(part)
    subtrees, whole = parts_of(part)
    for place, subtree in enumerate(subtrees):
        for other, told in in_each_part(subtree, edit):
            yield whole([*subtrees[:place], other, *subtrees[place + 1 :]]), told


def place_of(few: Sequence[Expression], many: Sequence[Expression]) -> int | None:
    """Return where some factors stand among many, one beside the other."""
    return next((at for at in range(len(many) - len(few) + 1) if [*many[at : at + len(few)]] == [*few]), None)
