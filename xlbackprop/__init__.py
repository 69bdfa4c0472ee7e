"""xlbackprop: a neural-network lesson as an Excel workbook in which every number is a live, proved formula.

from pathlib import Path
from xlbackprop import compile_document, load_lesson, train, verify, write_workbook

lesson = load_lesson("walkthrough")          # or the path of a TOML file
trace = train(lesson)                        # every number, in NumPy
trace["∂E/∂w1"]                              # an array (runs, rows)
write_workbook(compile_document(lesson), Path("walkthrough.xlsx"))
verify(Path("walkthrough.xlsx")).equal       # recalculated by a spreadsheet engine: True where no cell differs

`lesson_of` makes a lesson of a fitted network of scikit-learn, `lesson_of_layers` of the arrays of any other.
"""

from __future__ import annotations

from xlbackprop._version import __version__

TYPE_CHECKING = False  # as in `typing`, which takes longer to import than the whole command line
if TYPE_CHECKING:
    from typing import Any

    from xlbackprop.errors import InputError
    from xlbackprop.lesson import Lesson
    from xlbackprop.machine import write_workbook
    from xlbackprop.models import lesson_of, lesson_of_layers, write_lesson
    from xlbackprop.numpy_run import Trace, train
    from xlbackprop.proof import Report, verify
    from xlbackprop.sheets import compile_document, load_lesson

__all__ = [
    "InputError",
    "Lesson",
    "Report",
    "Trace",
    "__version__",
    "compile_document",
    "lesson_of",
    "lesson_of_layers",
    "load_lesson",
    "train",
    "verify",
    "write_lesson",
    "write_workbook",
]

_HOME = {
    "InputError": "errors",
    "Lesson": "lesson",
    "Report": "proof",
    "Trace": "numpy_run",
    "compile_document": "sheets",
    "lesson_of": "models",
    "lesson_of_layers": "models",
    "load_lesson": "sheets",
    "train": "numpy_run",
    "verify": "proof",
    "write_lesson": "models",
    "write_workbook": "machine",
}


def __getattr__(name: str) -> Any:
    """Import a public name at its first use, so that the command line answers at once. Raises AttributeError."""
    from importlib import import_module  # noqa: PLC0415

    if name in _HOME:
        return getattr(import_module(f"xlbackprop.{_HOME[name]}"), name)
    raise AttributeError(f"module 'xlbackprop' has no attribute {name!r}")
