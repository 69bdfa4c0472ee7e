"""Our own rules, for what the others miss (`tests.lint`); always here."""

from __future__ import annotations

from pathlib import Path

from tests.lint import Facts, lint
from tests.validators.base import Judgement
from xlbackprop._version import __version__


class OwnLint:
    """The rules of this package."""

    name = "xlbackprop's lint"

    def version(self) -> str:
        """Return the version of this package."""
        return __version__

    def judge(self, path: Path, facts: Facts) -> Judgement:  # noqa: ARG002 -- all there is to know is in the facts
        """Return what the rules find."""
        return Judgement(tuple(lint(facts)))
