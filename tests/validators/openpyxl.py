"""Openpyxl opens the file, warns of nothing that it drops, and finds the sheets and cells that our reader finds."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from tests.lint import Facts
from tests.validators.base import Judgement
from tests.validators.reload import reload_in_openpyxl


class Openpyxl:
    """The library that most programs in Python read workbooks with; installed with this package."""

    name = "openpyxl"

    def version(self) -> str:
        """Return the version of the installed package."""
        return metadata.version("openpyxl")

    def judge(self, path: Path, facts: Facts) -> Judgement:
        """Load the file anew and compare."""
        return Judgement(tuple(reload_in_openpyxl(path, facts)))
