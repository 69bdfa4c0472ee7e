"""Columns for factors of the chain rule, as some people have them: ∂a_h1/∂h1, ∂E1/∂a_o1, δ_o1, each with its rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from xlbackprop.classroom.audit.headers import key_of, quantities_by_key
from xlbackprop.network import Expression, Number, Quantity, Recipe, TotalLoss, UnitLoss, mixes_outputs, product, total
from xlbackprop.taught import chains

_SIGN = re.compile(r"^(?:∂|𝜕|δ|Δ|Ә|ә|ə|partial|delta|d)[\s_(]*", re.IGNORECASE)
_BLAME = re.compile(r"^(?:δ|Δ|delta)[\s_(]*(?P<unit>[hHoO][\s_]*\d+)\)?$")


@lru_cache(maxsize=1024)
def factor_of(recipe: Recipe, heading: str) -> Expression | None:
    """Return the derivative that a heading names, as a formula of the row's numbers; None where it names none."""
    known = quantities_by_key(recipe)
    heading = heading.partition("=")[0].strip()
    if match := _BLAME.match(heading):  # δ_o1 is ∂E/∂o1
        return _derivative(recipe, TotalLoss(), known.get(key_of(match["unit"])))
    top, slash, bottom = heading.partition("/")
    if not slash:
        return None
    return _derivative(recipe, known.get(_named(top)), known.get(_named(bottom)))


def _named(part: str) -> str:
    bare = _SIGN.sub("", part.strip(), count=1)
    return key_of(bare) if bare != part.strip() else ""


def _derivative(recipe: Recipe, top: Quantity | None, bottom: Quantity | None) -> Expression | None:
    if top is None or bottom is None or mixes_outputs(recipe):
        return None
    terms = _paths(_factors(recipe), top, bottom)
    return total(terms) if terms else None


def _paths(
    factors: Mapping[Quantity, Mapping[Quantity, Expression]], top: Quantity, bottom: Quantity
) -> list[Expression]:
    """Return a product of factors for each path from the one quantity to the other."""
    if top == bottom:
        return [Number(1.0)]
    return [
        product([value, rest])
        for between, value in factors.get(top, {}).items()
        for rest in _paths(factors, between, bottom)
    ]


@lru_cache(maxsize=8)
def _factors(recipe: Recipe) -> Mapping[Quantity, Mapping[Quantity, Expression]]:
    """Return the local derivatives of a network: top → bottom → ∂top/∂bottom."""
    found: dict[Quantity, dict[Quantity, Expression]] = {}
    for parameter in recipe.naming.parameters():
        for chain in chains(recipe, parameter):
            for top, bottom, value in chain:
                found.setdefault(top, {})[bottom] = value
    if TotalLoss() not in found:
        found[TotalLoss()] = {of: Number(1.0) for of in [*found] if isinstance(of, UnitLoss)}
    return found
