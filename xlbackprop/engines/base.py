"""What a spreadsheet program must be able to do for us, and nothing more.

An engine is handed workbooks *without* stored values ("blind copies"), so a program that merely repeats what the
file says has nothing to repeat. To add an engine, write its module beside this one and name it in `ENGINES`
(`__init__.py`); the tests find it there, and hand it a workbook that lies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeAlias

from xlbackprop.document import Value

# sheet name → (row, column), counted from 1 → the value the program calculated; empty cells are absent
SheetValues: TypeAlias = Mapping[tuple[int, int], Value]
WorkbookValues: TypeAlias = Mapping[str, SheetValues]


class EngineMissing(Exception):  # noqa: N818 -- it is a state of this machine, not a fault of ours
    """The program is not here; the text says how to get it."""


class EngineFailed(Exception):  # noqa: N818
    """The program was there and could not do it; the text repeats what it said."""


class Engine(Protocol):
    """One spreadsheet program. `name` is what a person types after `--engine`.

    `overflow_is_error` tells whether EXP(710) is an error there, as it is in Excel.
    """

    name: str
    overflow_is_error: bool

    def version(self) -> str:
        """Return the program's version, or raise EngineMissing with how to install it."""
        ...

    def recalculate(self, blind: Sequence[Path]) -> list[WorkbookValues]:
        """Calculate every formula of each workbook from its inputs alone and return all values, in that order.

        Raises EngineMissing or EngineFailed.
        """
        ...
