"""What a validator must be able to do for us, and nothing more.

A validator says whether a file is a sound .xlsx; whether its numbers are right is asked of the engines. To add one,
write its module beside this one and name it in `VALIDATORS` (`__init__.py`); the tests find it there, hand it every
kind of file that we write, and note which planted faults it sees.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Protocol

from tests.lint import Facts
from xlbackprop.errors import Problem


class ValidatorMissing(Exception):  # noqa: N818 -- it is a state of this machine, not a fault of the file
    """The validator is not here, or cannot run here; the text says how to get it."""


class Judgement(NamedTuple):
    """What a validator finds in a file; `note` says what it could not look at, and why."""

    findings: tuple[Problem, ...]
    note: str = ""


class Validator(Protocol):
    """One validator. `name` is how a person knows it."""

    name: str

    def version(self) -> str:
        """Return its version, or raise ValidatorMissing with how to install it."""
        ...

    def judge(self, path: Path, facts: Facts) -> Judgement:
        """Return what it finds in the file, which is a zip with a workbook in it; `facts` are what our own reader says.

        Raises ValidatorMissing.
        """
        ...
