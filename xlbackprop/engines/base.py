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
from typing import NamedTuple, Protocol, TypeAlias

from xlbackprop.workbook import SheetValues
from xlbackprop.xlsx.read import Area, read_workbook

WorkbookValues: TypeAlias = Mapping[str, SheetValues]  # by the name of the sheet


class BlindCopy(NamedTuple):
    """A workbook without stored values, and the areas of each sheet, by its name, in which cells stand.

    Some programs have no list of their cells, and the whole used range of a sheet can have a billion empty ones.
    """

    path: Path
    areas: Mapping[str, Sequence[Area]]

    @classmethod
    def of(cls, path: Path) -> BlindCopy:
        """Return a file that has no stored values as it is. Raises InputError where it is no readable workbook."""
        return cls(path, {name: [*sheet.areas()] for name, sheet in read_workbook(path).items()})


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
WHOLE_ROW = Gap("INDEX of a whole row", re.compile(r"\bSUMSQ\(INDEX\("))


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

    def recalculate(self, blind: Sequence[BlindCopy]) -> list[WorkbookValues]:
        """Calculate every formula of each workbook from its inputs alone; return the values of each, in the same order.

        Raises EngineMissing or EngineFailed.
        """
        ...
