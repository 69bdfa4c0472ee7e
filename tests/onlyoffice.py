"""OnlyOffice's own engine without its window: the package document-builder of PyPI, which nothing here needs."""

from __future__ import annotations

import subprocess
import sys

import pytest


def onlyoffice(steps: str, *arguments: object) -> None:
    """Run `steps`, lines of Python that find `builder`, and `arguments` in `sys.argv`; skip the test where it is missing."""
    if subprocess.run([sys.executable, "-c", "import docbuilder"], capture_output=True, check=False).returncode:
        pytest.skip("pip install document-builder: its licence is for whoever installs it to settle")
    program = f"import sys, docbuilder\nbuilder = docbuilder.CDocBuilder()\n{steps}\nbuilder.CloseFile()"
    command = [sys.executable, "-c", program, *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
