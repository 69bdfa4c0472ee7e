"""The spreadsheet programs that can be asked what a workbook's formulas give.

To add one, write its module here after the contract in `base.py`, or, where it is a Python package, an entry in
`python_packages.py`, and name it in ENGINES; the tests find it there.
None of the programs is loaded before it is asked to do something.
"""

from __future__ import annotations

from xlbackprop.engines.base import Engine, EngineFailed, EngineMissing, Gap, SheetValues, WorkbookValues
from xlbackprop.engines.gnumeric import Gnumeric
from xlbackprop.engines.libreoffice import LibreOffice
from xlbackprop.engines.pdf_handout import handout_pdf, is_untouched_handout, require_printer, sheets_on_paper
from xlbackprop.engines.python_packages import BETTEROFFICE, CELLRUNE, FORMUALIZER, IRONCALC
from xlbackprop.errors import InputError, Problem, did_you_mean

__all__ = [
    "ENGINES",
    "Engine",
    "EngineFailed",
    "EngineMissing",
    "Gap",
    "SheetValues",
    "WorkbookValues",
    "engine",
    "handout_pdf",
    "is_untouched_handout",
    "require_printer",
    "sheets_on_paper",
]

_ALL: tuple[Engine, ...] = (FORMUALIZER, IRONCALC, CELLRUNE, BETTEROFFICE, LibreOffice(), Gnumeric())
ENGINES: dict[str, Engine] = {one.name: one for one in _ALL}


def engine(name: str) -> Engine:
    """Return the engine of this name. Raises InputError where there is none."""
    try:
        return ENGINES[name]
    except KeyError:
        what = f'there is no engine "{name}".'
        raise InputError("--engine", [Problem("", what, did_you_mean(name, tuple(ENGINES)))]) from None
