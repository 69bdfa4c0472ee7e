"""CellRune, a spreadsheet engine in Rust, for `pip install "xlbackprop[engines]"`.

Known deviation from Excel: SUMPRODUCT(--ISFORMULA(range)) looks at the first cell alone. It follows Excel where others
do not: a difference that is almost 0 beside what was subtracted is 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from xlbackprop.engines.apart import calculated_apart
from xlbackprop.engines.base import EngineMissing, Gap, WorkbookValues, failing_in_words
from xlbackprop.workbook import ErrorValue, Value, stored

_ERRORS = {error.value: error for error in ErrorValue}
_AT_ONCE = 10_000  # cells of one answer


class CellRune:
    """The engine in the optional package `cellrune`."""

    name = "cellrune"
    overflow_is_error = True
    gaps: tuple[Gap, ...] = ()

    def version(self) -> str:
        """Return the version of the installed package, or raise EngineMissing."""
        try:
            return metadata.version("cellrune")
        except metadata.PackageNotFoundError:
            raise EngineMissing('CellRune is not installed: pip install "xlbackprop[engines]"') from None

    def recalculate(self, blind: Sequence[Path]) -> list[WorkbookValues]:
        """Calculate each workbook in a process of its own. Raises EngineMissing or EngineFailed."""
        self.version()
        return [calculated_apart(recalculated, "CellRune", path) for path in blind]


def recalculated(path: Path) -> WorkbookValues:
    """Calculate one workbook in memory. Raises EngineFailed where the process outlives it."""
    import cellrune  # noqa: PLC0415 -- an optional package

    with failing_in_words("CellRune", path), cellrune.Workbook.open_path(str(path)) as workbook:
        workbook.calculate()
        return {sheet["name"]: dict(_values(workbook, sheet)) for sheet in workbook.summary()["sheets"]}


def _values(workbook: Any, sheet: Mapping[str, Any]) -> Iterator[tuple[tuple[int, int], Value]]:
    from xlbackprop.xlsx.read import place_of  # noqa: PLC0415 -- openpyxl comes along with this room

    if sheet["used_range"] is None:
        return
    first, _, last = sheet["used_range"].partition(":")
    offset: int | None = 0
    while offset is not None:
        page = workbook.read_range(
            sheet["name"], first, last or first, offset=offset, limit=_AT_ONCE, omit_empty=True, values_only=True
        )
        for cell in page["values"]:
            if (value := _value(cell["value"])) is not None:
                yield place_of(cell["address"]), value
        offset = page["next_offset"]


def _value(found: Mapping[str, Any]) -> Value | None:
    match found["kind"]:
        case "number" | "text" | "logical":
            return stored(found["value"])
        case "error":
            return _ERRORS.get(found["value"], ErrorValue.VALUE)  # an error without a name here is still an error
        case "blank":
            return None
        case _:
            return ErrorValue.VALUE  # what it could not calculate
