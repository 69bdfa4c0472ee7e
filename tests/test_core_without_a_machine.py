"""From `network` to `xlsx.write` a lesson becomes bytes where there are no processes, locks or temporary files.

So it is in a browser. What such a place lacks is hidden from a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from zipfile import ZipFile

import pytest

from xlbackprop import load_lesson

CORE = ("network", "taught", "workbook", "lesson", "numpy_run", "sheets", "xlsx.write")
MODULES = ("fcntl", "resource", "signal", "subprocess", "multiprocessing", "isal", "orjson", "formualizer")
FILES = ("TemporaryFile", "NamedTemporaryFile", "SpooledTemporaryFile", "TemporaryDirectory", "mkstemp", "mkdtemp")
# NumPy and openpyxl come first: they import more of a machine than what we ask of them needs.
_HIDING = f"""
import sys, tempfile, numpy, openpyxl
sys.modules.update(dict.fromkeys({MODULES!r}))
for name in {FILES!r}:
    delattr(tempfile, name)
"""


def _without_a_machine(script: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-c", _HIDING + script], capture_output=True, check=False)


def test_the_core_imports_nothing_of_a_machine() -> None:
    done = _without_a_machine("\n".join(f"import xlbackprop.{room}" for room in CORE))
    assert done.stderr == b""


@pytest.mark.parametrize("words", [("xor", None), ("walkthrough", "3000")], ids=["in memory", "many rows"])
def test_a_lesson_becomes_a_workbook_without_a_machine(words: tuple[str, str | None]) -> None:
    script = f"""
from xlbackprop.lesson import load_lesson
from xlbackprop.sheets import compile_document
from xlbackprop.xlsx.write import workbook_bytes
sys.stdout.buffer.write(workbook_bytes(compile_document(load_lesson({words[0]!r}, epochs={words[1]!r}))))
"""
    done = _without_a_machine(script)
    assert done.stderr == b""
    with ZipFile(BytesIO(done.stdout)) as package:
        assert package.testzip() is None
        sheets = [name for name in package.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) > len(load_lesson(words[0]).runs)


@pytest.mark.parametrize("room", ["machine", "engines"])
def test_what_is_hidden_is_missed_where_a_machine_is_needed(room: str) -> None:
    last_line = _without_a_machine(f"import xlbackprop.{room}").stderr.splitlines()[-1]
    assert last_line.startswith((b"ImportError", b"ModuleNotFoundError"))
