"""The command as a process of its own, where what matters is the machine around it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

SHORT = ("--epochs", "4", "--rates", "0.5", "--no-verify")
_FEW_RIGHTS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")  # root as everybody: what a folder forbids counts


class Ended(NamedTuple):
    code: int
    out: str
    err: str


def xlbackprop(
    *words: str | bytes | Path,
    folder: Path,
    environment: Mapping[str, str | None] | None = None,
    before: Sequence[str] = (),
    **options: Any,
) -> Ended:
    """Run the command in a folder. `environment` changes variables, None takes one away; `before` comes before it."""
    variables: dict[str, str] = {**os.environ, "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    for name, value in (environment or {}).items():
        variables.pop(name, None)
        if value is not None:
            variables[name] = value
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    command = [*before, sys.executable, "-m", "xlbackprop", *words]
    done = subprocess.run(command, cwd=folder, env=variables, check=False, **streams)
    return Ended(
        done.returncode, *((text or b"").decode(errors="surrogateescape") for text in (done.stdout, done.stderr))
    )


def require(there: bool, what: str) -> None:
    """Skip a test where the machine cannot stage it; fail where XLBACKPROP_REQUIRE says that everything must run."""
    if not there:
        (pytest.fail if os.environ.get("XLBACKPROP_REQUIRE") == "all" else pytest.skip)(what)


def with_few_rights() -> Sequence[str]:
    """Return the words before a command for which folders and files are protected, even where the tests are root."""
    if os.geteuid() != 0:
        return ()
    require(shutil.which("setpriv") is not None, "root needs setpriv to be an ordinary user")
    return _FEW_RIGHTS


def left_beside(folder: Path) -> set[str]:
    """Return the names of all files in a folder."""
    return {path.name for path in folder.iterdir()}
