"""Which validators are here, and which must be."""

from __future__ import annotations

import os

import pytest

from tests.validators import Validator, ValidatorMissing


def required(name: str) -> bool:
    """Return whether XLBACKPROP_REQUIRE asks for a program."""
    return bool({"all", name} & set(os.environ.get("XLBACKPROP_REQUIRE", "").split(",")))


def validator_is_here(validator: Validator, *, skip: bool = False) -> bool:
    """Return whether a validator is here; fail where it is required, and skip the test where that is asked for."""
    try:
        validator.version()
    except ValidatorMissing as fault:
        if required("validator"):
            pytest.fail(f"XLBACKPROP_REQUIRE asks for {validator.name}: {fault}")
        if skip:
            pytest.skip(f"{validator.name} is not here")
        return False
    return True
