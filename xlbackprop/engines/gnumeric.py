"""Gnumeric, by its converter `ssconvert`, with options to recalculate and to write every digit.

Known deviations from Excel: it calculates with 80 bits, so one number in six differs in its last bit, and EXP(710)
does not overflow; INDEX gives no whole row and no compared range; IFERROR lets an overflow through; ISFORMULA, ISNUMBER
and SUMPRODUCT(ABS(range)) give one value for a whole range.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from xlbackprop.engines.base import WHOLE_ROW, BlindCopy, EngineFailed, EngineMissing, Gap, WorkbookValues
from xlbackprop.machine import Finished, run_program, temporary_folder
from xlbackprop.xlsx.read import read_workbook

# The file types are named, since it would read any file as a table of text.
_TYPES = ("--import-type=Gnumeric_Excel:xlsx", "--export-type=Gnumeric_Excel:xlsx2")

_SPEECH = {"LC_ALL": "C.UTF-8"}  # FIXED writes the decimal mark of the language


class Gnumeric:
    """The installed program `ssconvert`; `time_limit`, in seconds, is that of each workbook."""

    name = "gnumeric"
    overflow_is_error = False
    gaps: tuple[Gap, ...] = (WHOLE_ROW,)

    def __init__(self, time_limit: float = 300) -> None:
        self.time_limit = time_limit

    def version(self) -> str:
        """Return the version, e.g. "1.12.55". Raises EngineMissing or EngineFailed."""
        with temporary_folder() as room:
            said = self._run(room, "--version").output.decode(errors="replace")
        return said.splitlines()[0].rpartition("version")[2].strip(" '\"") if said else "unknown"

    def recalculate(self, blind: Sequence[BlindCopy]) -> list[WorkbookValues]:
        """Calculate copies of the workbooks, starting the program for each. Raises EngineMissing or EngineFailed."""
        return [self._recalculated(copy.path) for copy in blind]

    def _recalculated(self, path: Path) -> WorkbookValues:
        with temporary_folder() as folder:
            room = folder.resolve()
            shutil.copyfile(path, room / "blind.xlsx")
            done = self._run(room, "--recalc", *_TYPES, "blind.xlsx", "calculated.xlsx")
            calculated = room / "calculated.xlsx"
            if done.code != 0 or not calculated.exists():
                reason = done.errors or "it did not say why"
                raise EngineFailed(f"Gnumeric could not calculate {path.name}: {reason[-300:]}")
            return {name: sheet.stored for name, sheet in read_workbook(calculated).items()}

    def _run(self, room: Path, *arguments: str) -> Finished:
        program = shutil.which("ssconvert")
        if program is None:
            raise EngineMissing("Gnumeric is not here, or ssconvert not on the PATH: http://www.gnumeric.org")
        return run_program("Gnumeric", [program, *arguments], room, self.time_limit, EngineFailed, environment=_SPEECH)
