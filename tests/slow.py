"""Parameters of tests of which some are left to `-m slow`, because others show the same in less time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def slow(*values: Any, engine: str | None = None) -> Any:
    """Return one set of parameters that only `-m slow` tries; `engine` is the program that it needs."""
    return pytest.param(*values, marks=[pytest.mark.slow, *([pytest.mark.engine(engine)] if engine else [])])


def slow_where(parameters: Iterable[Any], heavy: Collection[str]) -> list[Any]:
    """Return parameters, names or sets of one; those named in `heavy` only `-m slow` tries."""
    sets = [one if hasattr(one, "values") and hasattr(one, "marks") else pytest.param(one) for one in parameters]
    assert {*heavy} <= {one.values[0] for one in sets}
    return [
        pytest.param(*one.values, marks=[*one.marks, pytest.mark.slow], id=one.id) if one.values[0] in heavy else one
        for one in sets
    ]


def slow_but(names: Iterable[str], quick: Collection[str]) -> list[Any]:
    """Return names as parameters; those not among `quick` only `-m slow` tries."""
    names = list(names)
    assert {*quick} <= {*names}
    return slow_where(names, {*names} - {*quick})
