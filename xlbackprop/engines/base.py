"""What a spreadsheet program must be able to do for us, and nothing more.

An engine is handed workbooks *without* stored values ("blind copies"), so a program that merely repeats what the
file says has nothing to repeat. To add an engine, write its module beside this one (of a Python package an entry in
`python_packages.py`) and name it in `ENGINES` (`__init__.py`); the tests find it there, and hand it a workbook that
lies.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from xlbackprop.workbook import Value

# sheet name → (row, column), counted from 1 → the value the program calculated; empty cells are absent
SheetValues: TypeAlias = Mapping[tuple[int, int], Value]
WorkbookValues: TypeAlias = Mapping[str, SheetValues]


class EngineMissing(Exception):  # noqa: N818 -- it is a state of this machine, not a fault of ours
    """The program is not here; the text says how to get it."""


class EngineFailed(Exception):  # noqa: N818
    """The program was there and could not do it; the text repeats what it said."""


@dataclass(frozen=True, slots=True)
class Gap:
    """What a program lacks or gets wrong: `what` for a person to read, `pattern` as formulas write it.

    A cell whose formula has it is not asked of the program: there it finds the number or text that should come out, as
    if it had been typed, so that it can calculate all that refers to it. How many these are is always said.
    """

    what: str
    pattern: re.Pattern[str]


# Phrases that are not the same everywhere; the programs that stumble over one name it.
COMPARED_RANGE = Gap("MATCH in a compared range", re.compile(r"\bMATCH\(TRUE,INDEX\("))
WHOLE_ROW = Gap("INDEX of a whole row", re.compile(r"\bSUMSQ\(INDEX\("))
CHOSEN_RANGE = Gap("INDEX of a chosen range", re.compile(r"\bINDEX\(CHOOSE\("))


class Engine(Protocol):
    """One spreadsheet program. `name` is what a person types after `--engine`.

    `overflow_is_error` tells whether EXP(710) is an error there, as it is in Excel; `gaps` what it cannot calculate.
    """

    name: str
    overflow_is_error: bool
    gaps: tuple[Gap, ...]

    def version(self) -> str:
        """Return the program's version, or raise EngineMissing with how to install it."""
        ...

    def recalculate(self, blind: Sequence[Path]) -> list[WorkbookValues]:
        """Calculate every formula of each workbook from its inputs alone and return all values, in that order.

        Raises EngineMissing or EngineFailed.
        """
        ...
