"""Spreadsheet engines written in JavaScript, from npm: two more witnesses of ours, which no teacher needs.

A script beside this module is run in Node.js, and talks in JSON. In go the cells of a workbook as our own reader reads
them, shared formulas written out; out come the values of the formula cells. The scripts find their library where
NODE_PATH says, or where `npm install -g` puts it. To add one, write its script and an entry in JAVASCRIPT_ENGINES.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from xlbackprop.engines import BlindCopy, EngineFailed, EngineMissing, Gap, WorkbookValues
from xlbackprop.engines.base import WHOLE_ROW
from xlbackprop.machine import Finished, run_program
from xlbackprop.workbook import ErrorValue, SheetValues, Value, stored
from xlbackprop.xlsx.read import read_workbook

__all__ = ["FOLLOWS_FROM_A_GAP", "JAVASCRIPT_ENGINES", "JavaScriptEngine"]

_ERRORS = {error.value: error for error in ErrorValue}
_NO_LIBRARY = 3  # the exit code of a script that does not find its library


@dataclass
class JavaScriptEngine:
    """A spreadsheet engine from npm, where it has the same name; `time_limit` in seconds holds for each workbook."""

    name: str
    script: str  # the file beside this module
    gaps: tuple[Gap, ...]
    overflow_is_error: bool = True
    time_limit: float = 300

    def version(self) -> str:
        """Return the version of the library. Raises EngineMissing or EngineFailed."""
        return self._run("version").output.decode().strip()

    def recalculate(self, blind: Sequence[BlindCopy]) -> list[WorkbookValues]:
        """Calculate each workbook in a process of its own. Raises EngineMissing or EngineFailed."""
        return [self._recalculated(copy.path) for copy in blind]

    def _recalculated(self, path: Path) -> WorkbookValues:
        try:
            cells = read_workbook(path)
        except Exception as fault:
            raise EngineFailed(f"{path.name} could not be read for {self.name}: {fault}") from fault
        sheets = [
            [name, [[*place, cell.formula, _told(cell.value)] for place, cell in there.items()]]
            for name, there in cells.items()
        ]
        done = self._run("calculate", json.dumps(sheets).encode())
        if done.code != 0:
            raise EngineFailed(f"{self.name} could not calculate {path.name}: {done.errors[-300:]}")
        calculated: dict[str, list[tuple[int, int, Any]]] = json.loads(done.output)
        values: dict[str, dict[tuple[int, int], Value]] = {}
        for name, there in cells.items():
            values[name] = {place: cell.value for place, cell in there.items() if cell.value is not None}
            values[name].update({(row, column): _value(found) for row, column, found in calculated[name]})
        return {name: SheetValues.of(there) for name, there in values.items()}

    def _run(self, task: str, said: bytes = b"") -> Finished:
        how = f"npm install -g {self.name} (or elsewhere, with NODE_PATH naming its node_modules)"
        node = shutil.which("node")
        if node is None:
            raise EngineMissing(f"Node.js is not here, or not on the PATH: https://nodejs.org, then {how}")
        command = [node, "--stack-size=8000", str(Path(__file__).with_name(self.script)), task]
        with TemporaryDirectory(prefix="xlbackprop-") as room:
            done = run_program(self.name, command, Path(room), self.time_limit, EngineFailed, standard_input=said)
        if done.code == _NO_LIBRARY:
            raise EngineMissing(f"{self.name} is not installed: {how}")
        return done


def _told(value: Value | None) -> Any:
    return {"error": value.value} if isinstance(value, ErrorValue) else value


def _value(found: Any) -> Value:
    if isinstance(found, Mapping):
        return _ERRORS.get(found["error"], ErrorValue.VALUE)  # an error without a name here is still an error
    if isinstance(found, int) and not isinstance(found, bool):
        return float(found)
    value: Value = stored(found)
    return value


def _lacks(*functions: str) -> tuple[Gap, ...]:
    """Return a gap for each sheet function that an engine does not have."""
    return tuple(Gap(name, re.compile(rf"\b{re.escape(name)}\(")) for name in functions)


# GPL-3.0: it is run beside the project, never shipped. Otherwise than Excel: FIXED is unknown, 1E-12 is no number in a
# formula, INT(-1.5) is -1; a whole row is not handed on by INDEX;
# SUMPRODUCT(--ISFORMULA(range)) looks at the first cell alone.
_HYPERFORMULA = JavaScriptEngine("hyperformula", "hyperformula.js", (*_lacks("FIXED"), WHOLE_ROW))

# No lack of its own: the formula asks whether a number of the engine's equals, to the last bit, one that another gap
# gave it.
FOLLOWS_FROM_A_GAP = Gap("equality with a highest number", re.compile(r"\*\$?[A-Z]+\d+=\$?[A-Z]+\d+,1,0\)$"))

# It evaluates single formulas. Otherwise than Excel: MAX, MIN, CHOOSE, MATCH, HYPERLINK and ISFORMULA are unknown; INDEX
# of a range of another sheet looks at the same cell of its own sheet; SUMPRODUCT does not calculate with ranges;
# COUNTIF(range,0) counts empty cells; SUM leaves errors out; FIXED writes -0.5 as (0.5), and 0.00001 as 1e-5.
_FAST_FORMULA_PARSER = JavaScriptEngine(
    "fast-formula-parser",
    "fast_formula_parser.js",
    (
        *_lacks("MAX", "MIN", "CHOOSE", "MATCH", "HYPERLINK", "ISFORMULA", "SUMPRODUCT", "COUNTIF"),
        Gap("INDEX of another sheet", re.compile(r"\bINDEX\('")),
        FOLLOWS_FROM_A_GAP,
    ),
    overflow_is_error=False,  # where SUM adds it up
)

JAVASCRIPT_ENGINES = {one.name: one for one in (_HYPERFORMULA, _FAST_FORMULA_PARSER)}
