"""xlbackprop: a neural-network lesson as an Excel workbook in which every number is a live, proved formula.

from pathlib import Path
from xlbackprop import compile_document, load_lesson, train, validate, verify, write_workbook

lesson = load_lesson("walkthrough")          # or the path of a TOML file
trace = train(lesson)                        # every number, in NumPy
trace["∂E/∂w1"]                              # an array: runs × rows
write_workbook(compile_document(lesson), Path("walkthrough.xlsx"))
verify(Path("walkthrough.xlsx")).equal       # recalculated by a spreadsheet engine
validate(Path("walkthrough.xlsx")).sound     # a sound .xlsx file, say all validators that are here
"""

from __future__ import annotations

TYPE_CHECKING = False  # as in `typing`, which takes longer to import than the whole command line
if TYPE_CHECKING:
    from typing import Any

    from xlbackprop.compiler import compile_document
    from xlbackprop.errors import InputError
    from xlbackprop.lesson import Lesson
    from xlbackprop.lesson_file import load_lesson
    from xlbackprop.trace import Trace, train
    from xlbackprop.validation import Validation, validate
    from xlbackprop.verification import Report, verify
    from xlbackprop.xlsx import write_workbook

__version__ = "0.1.0"

__all__ = [
    "InputError",
    "Lesson",
    "Report",
    "Trace",
    "Validation",
    "compile_document",
    "load_lesson",
    "train",
    "validate",
    "verify",
    "write_workbook",
]

_HOME = {
    "InputError": "errors",
    "Lesson": "lesson",
    "Report": "verification",
    "Trace": "trace",
    "Validation": "validation",
    "compile_document": "compiler",
    "load_lesson": "lesson_file",
    "train": "trace",
    "validate": "validation",
    "verify": "verification",
    "write_workbook": "xlsx",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that the command line answers at once."""
    from importlib import import_module  # noqa: PLC0415

    if name in _HOME:
        return getattr(import_module(f"xlbackprop.{_HOME[name]}"), name)
    raise AttributeError(f"module 'xlbackprop' has no attribute {name!r}")
