"""The tests share the processors of the machine, but for a few files: there one process is ready before two have begun.

Tests marked `slow` are left out unless `-m` says otherwise: each shows with whole lessons, or in one more program, what
another shows in small. Tests marked `@pytest.mark.engine("libreoffice")` are skipped where the program is missing.

Where the environment variable XLBACKPROP_REQUIRE names it (names with commas between them, or "all") they fail instead,
so that a check that should run somewhere cannot quietly stop running there. How much is drawn at random, and what, is
told in `hypothesis_profiles`.
"""

from __future__ import annotations

import os
from functools import cache

import pytest

from tests import hypothesis_profiles
from tests.every_engine import EVERY_ENGINE
from xlbackprop.engines import EngineMissing

hypothesis_profiles.register()


@cache
def _missing(name: str) -> str:
    try:
        EVERY_ENGINE[name].version()
    except EngineMissing as fault:
        return str(fault)
    return ""


def pytest_runtest_setup(item: pytest.Item) -> None:
    required = {name.strip() for name in os.environ.get("XLBACKPROP_REQUIRE", "").split(",")}
    for mark in item.iter_markers("engine"):
        (name,) = mark.args
        if reason := _missing(name):
            if required & {name, "all"}:
                pytest.fail(f"XLBACKPROP_REQUIRE asks for {name}: {reason}")
            pytest.skip(reason)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Return how many processes share the tests: none but this one where files are named, else one a processor."""
    files = [word for word in config.args if ".py" in word]
    return 0 if files and len(files) == len(config.args) else None
