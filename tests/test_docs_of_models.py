"""The programs of docs/models.md run as they stand there; those of PyTorch and Keras where these are installed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.slow import slow
from xlbackprop import verify

pytestmark = pytest.mark.checkout

PAGE = Path(__file__).parents[1] / "docs" / "models.md"
LIBRARIES = {"sklearn": "iris.xlsx", "torch": "torch.xlsx", "keras": "keras.xlsx"}


def programs() -> dict[str, str]:
    """Return the programs of the page by the library that they are for."""
    found = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return {next(name for name in LIBRARIES if name in program): program for program in found}


@pytest.mark.parametrize("library", ["sklearn", slow("torch"), slow("keras")])
def test_the_program_runs_and_its_workbook_is_proved(library: str, tmp_path: Path) -> None:
    pytest.importorskip(library, exc_type=ImportError)
    assert programs().keys() == LIBRARIES.keys()
    command = [sys.executable, "-c", programs()[library]]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert verify(tmp_path / LIBRARIES[library]).equal


def test_a_program_is_short() -> None:
    for program in programs().values():
        assert len([line for line in program.splitlines() if line]) <= 12
