"""The interface of an engine: what a spreadsheet program must do for xlbackprop.

An engine gets workbooks *without* stored values ("blind copies"), so a program that merely repeats the values of the
file has nothing to repeat. To add an engine, write its module beside this one (of a Python package an entry in
`python_packages.py`) and add it to `_ALL` (`__init__.py`); the tests find it there, and give it a workbook with
wrong stored values.
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
    """The program is not installed; the text says how to get it."""


class EngineFailed(Exception):  # noqa: N818
    """The program broke down or refused the workbook; the text repeats its message."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that a program lacks or gets wrong: `what` in words, `pattern` as a search in formulas.

    A cell whose formula matches is not calculated by the program. It gets the right number or text there, as if it had
    been typed, so that it can calculate the formulas that refer to it. Every report counts these cells.
    """

    what: str
    pattern: re.Pattern[str]


# Pieces of formulas that some programs cannot calculate; each such program lists them in its `gaps`.
COMPARED_RANGE = Gap("MATCH in a compared range", re.compile(r"\bMATCH\(TRUE,INDEX\("))
WHOLE_ROW = Gap("INDEX of a whole row", re.compile(r"\bSUMSQ\(INDEX\("))
CHOSEN_RANGE = Gap("INDEX of a chosen range", re.compile(r"\bINDEX\(CHOOSE\("))


class Engine(Protocol):
    """One spreadsheet program. `name` is its name in `--engine NAME`.

    `overflow_is_error` is True where EXP(710) gives an error, as in Excel; `gaps` are the formulas that it cannot
    calculate.
    """

    name: str
    overflow_is_error: bool
    gaps: tuple[Gap, ...]

    def version(self) -> str:
        """Return the version, e.g. "7.4.7.2". Raises EngineMissing, with how to install it, or EngineFailed."""
        ...

    def recalculate(self, blind: Sequence[Path]) -> list[WorkbookValues]:
        """Calculate every formula of each workbook from its inputs alone; return the values of each, in the same order.

        Raises EngineMissing or EngineFailed.
        """
        ...
