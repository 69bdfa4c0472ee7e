"""Every spreadsheet program that the tests ask: those that `verify` knows, and the ones that are evidence of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.javascript_engines import JAVASCRIPT_ENGINES
from xlbackprop.engines import ENGINES, Engine
from xlbackprop.proof import Report, Verification

EVERY_ENGINE: dict[str, Engine] = {**ENGINES, **JAVASCRIPT_ENGINES}
EACH_ENGINE = [pytest.param(name, marks=pytest.mark.engine(name)) for name in EVERY_ENGINE]


def verified(path: Path, name: str) -> Report:
    """Return what `verify` says by a program of this name, which may be one that `verify` does not know."""
    program = EVERY_ENGINE[name]
    return Verification(path).by(program, program.version())
