"""Engines written in JavaScript: a script beside this module is run in Node.js, and talks in JSON.

In go the cells of a workbook as our own reader reads them, shared formulas written out; out come the values of the
formula cells. The scripts find their library where NODE_PATH says, or where `npm install -g` puts it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from xlbackprop.engines.base import EngineFailed, EngineMissing, Gap, WorkbookValues
from xlbackprop.engines.process import Finished, finished
from xlbackprop.workbook import ErrorValue, Value, stored

_ERRORS = {error.value: error for error in ErrorValue}
_NO_LIBRARY = 3  # the exit code of a script that does not find its library


class NodeEngine:
    """A spreadsheet engine from npm; `time_limit` in seconds holds for each workbook."""

    name: str
    package: str  # its name in npm
    script: str  # the file beside this module
    overflow_is_error = True
    gaps: tuple[Gap, ...] = ()

    def __init__(self, time_limit: float = 300) -> None:
        self.time_limit = time_limit

    def version(self) -> str:
        """Return the version of the library. Raises EngineMissing or EngineFailed."""
        return self._run("version").output.decode().strip()

    def recalculate(self, blind: Sequence[Path]) -> list[WorkbookValues]:
        """Calculate each workbook in a process of its own. Raises EngineMissing or EngineFailed."""
        return [self._recalculated(path) for path in blind]

    def _recalculated(self, path: Path) -> WorkbookValues:
        from xlbackprop.xlsx.read import read_workbook  # noqa: PLC0415 -- openpyxl comes along with this room

        try:
            cells = read_workbook(path)
        except Exception as fault:
            raise EngineFailed(f"{path.name} could not be read for {self.package}: {fault}") from fault
        sheets = [
            [name, [[*place, cell.formula, _told(cell.value)] for place, cell in there.items()]]
            for name, there in cells.items()
        ]
        done = self._run("calculate", json.dumps(sheets).encode())
        if done.code != 0:
            raise EngineFailed(f"{self.package} could not calculate {path.name}: {done.errors[-300:]}")
        calculated: dict[str, list[tuple[int, int, Any]]] = json.loads(done.output)
        values: dict[str, dict[tuple[int, int], Value]] = {}
        for name, there in cells.items():
            values[name] = {place: cell.value for place, cell in there.items() if cell.value is not None}
            values[name].update({(row, column): _value(found) for row, column, found in calculated[name]})
        return values

    def _run(self, task: str, said: bytes = b"") -> Finished:
        node = shutil.which("node")
        if node is None:
            raise EngineMissing(f"Node.js is not here, or not on the PATH: https://nodejs.org, then {self._how}")
        script = Path(__file__).with_name(self.script)
        with TemporaryDirectory(prefix="xlbackprop-") as room:
            done = finished(
                self.package, [node, "--stack-size=8000", str(script), task], Path(room), self.time_limit, said=said
            )
        if done.code == _NO_LIBRARY:
            raise EngineMissing(f"{self.package} is not installed: {self._how}")
        return done

    @property
    def _how(self) -> str:
        return f"npm install -g {self.package} (or elsewhere, with NODE_PATH naming its node_modules)"


def _told(value: Value | None) -> Any:
    return {"error": value.value} if isinstance(value, ErrorValue) else value


def _value(found: Any) -> Value:
    if isinstance(found, Mapping):
        return _ERRORS.get(found["error"], ErrorValue.VALUE)  # an error without a name here is still an error
    if isinstance(found, int) and not isinstance(found, bool):
        return float(found)
    value: Value = stored(found)
    return value
