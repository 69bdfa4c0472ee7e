"""The spreadsheet programs that can recalculate a workbook, and the hand-out that one of them draws.

To add one, write its module here with the methods of `Engine` (`base.py`), or, where it is a Python package, an entry
in `python_packages.py`, and add it to `_ALL`; the tests find it in ENGINES.
No program is loaded before one of its methods is called.
"""

from __future__ import annotations

from xlbackprop.engines.base import BlindCopy, Engine, EngineFailed, EngineMissing, Gap, WorkbookValues
from xlbackprop.engines.gnumeric import Gnumeric
from xlbackprop.engines.libreoffice import LibreOffice, as_ods
from xlbackprop.engines.pdf_handout import handout_pdf, is_untouched_handout, require_printer, sheets_on_paper
from xlbackprop.engines.python_packages import BETTEROFFICE, CELLRUNE, FORMUALIZER, IRONCALC, Recalculation
from xlbackprop.errors import InputError, Problem, did_you_mean

_ALL: tuple[Engine, ...] = (FORMUALIZER, IRONCALC, CELLRUNE, BETTEROFFICE, LibreOffice(), Gnumeric())
ENGINES: dict[str, Engine] = {one.name: one for one in _ALL}


def engine(name: str) -> Engine:
    """Return the engine of this name, e.g. "libreoffice". Raises InputError where there is none."""
    try:
        return ENGINES[name]
    except KeyError:
        what = f'there is no engine "{name}".'
        raise InputError("--engine", [Problem("", what, did_you_mean(name, tuple(ENGINES)))]) from None
