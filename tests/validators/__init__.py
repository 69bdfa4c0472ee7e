"""The validators that can be asked whether a file is a sound .xlsx.

To add one, write its module here after the contract in `base.py` and name it in VALIDATORS; the tests find it there.
None of the programs is loaded before it is asked to do something.
"""

from __future__ import annotations

from tests.validators.base import Judgement, Validator, ValidatorMissing
from tests.validators.calamine import Calamine
from tests.validators.formualizer import StrictFormualizer
from tests.validators.open_xml_sdk import OpenXmlSdk
from tests.validators.openpyxl import Openpyxl
from tests.validators.own_lint import OwnLint

__all__ = ["VALIDATORS", "Judgement", "Validator", "ValidatorMissing"]

VALIDATORS: tuple[Validator, ...] = (OpenXmlSdk(), StrictFormualizer(), Openpyxl(), Calamine(), OwnLint())
