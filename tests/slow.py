"""Parameters of tests of which some are left to `-m slow`, because others show the same in less time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def slow(*values: Any, engine: str | None = None) -> Any:
    """Return one set of parameters that only `-m slow` tries; `engine` is the program that it needs."""
    return pytest.param(*values, marks=[pytest.mark.slow, *([pytest.mark.engine(engine)] if engine else [])])


def slow_where(names: Iterable[str], heavy: Collection[str]) -> list[Any]:
    """Return names as parameters; those among `heavy` only `-m slow` tries."""
    names = list(names)
    assert {*heavy} <= {*names}
    return [slow(name) if name in heavy else name for name in names]


def slow_but(names: Iterable[str], quick: Collection[str]) -> list[Any]:
    """Return names as parameters; those not among `quick` only `-m slow` tries."""
    names = list(names)
    assert {*quick} <= {*names}
    return [name if name in quick else slow(name) for name in names]
