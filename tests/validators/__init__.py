"""The validators that can be asked whether a file is a sound .xlsx.

To add one, write its module here after the contract in `base.py` and name it in VALIDATORS; the tests find it there.
None of the programs is loaded before it is asked to do something. `python -m tests.validators FILE…` asks all of them.
"""

from __future__ import annotations

from pathlib import Path

from tests.lint import Facts, lint
from tests.validators.base import Judgement, Validator, ValidatorMissing
from tests.validators.formualizer import StrictFormualizer
from tests.validators.open_xml_sdk import OpenXmlSdk
from tests.validators.readers import Calamine, Openpyxl
from xlbackprop import __version__

__all__ = ["VALIDATORS", "Judgement", "OwnLint", "Validator", "ValidatorMissing"]


class OwnLint:
    """Our own rules, for what the others miss (`tests.lint`); always here."""

    name = "xlbackprop's lint"

    def version(self) -> str:
        """Return the version of xlbackprop, with which the rules change."""
        return __version__

    def judge(self, path: Path, facts: Facts) -> Judgement:  # noqa: ARG002 -- all there is to know is in the facts
        """Return what the rules find."""
        return Judgement(tuple(lint(facts)))


VALIDATORS: tuple[Validator, ...] = (OpenXmlSdk(), StrictFormualizer(), Openpyxl(), Calamine(), OwnLint())
