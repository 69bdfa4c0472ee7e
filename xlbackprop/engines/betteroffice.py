"""BetterOffice, a spreadsheet engine in Rust, for `pip install "xlbackprop[engines]"`.

Known deviations from Excel: SUMXMY2 and ISFORMULA are unknown; INDEX does not look into a range that CHOOSE gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from xlbackprop.engines.apart import calculated_apart
from xlbackprop.engines.base import CHOSEN_RANGE, EngineMissing, Gap, WorkbookValues, failing_in_words
from xlbackprop.workbook import ErrorValue, Value, address, stored

_ERRORS = {error.value: error for error in ErrorValue}


class BetterOffice:
    """The engine in the optional package `betteroffice-xlsx`."""

    name = "betteroffice"
    overflow_is_error = True
    gaps: tuple[Gap, ...] = (CHOSEN_RANGE,)

    def version(self) -> str:
        """Return the version of the installed package, or raise EngineMissing."""
        try:
            return metadata.version("betteroffice-xlsx")
        except metadata.PackageNotFoundError:
            raise EngineMissing('BetterOffice is not installed: pip install "xlbackprop[engines]"') from None

    def recalculate(self, blind: Sequence[Path]) -> list[WorkbookValues]:
        """Calculate each workbook in a process of its own. Raises EngineMissing or EngineFailed."""
        self.version()
        return [calculated_apart(recalculated, "BetterOffice", path) for path in blind]


def recalculated(path: Path) -> WorkbookValues:
    """Calculate one workbook in memory. Raises EngineFailed where the process outlives it."""
    import betteroffice_xlsx  # noqa: PLC0415 -- an optional package

    from xlbackprop.xlsx.read import read_places  # noqa: PLC0415 -- openpyxl comes along with this room

    with failing_in_words("BetterOffice", path):
        workbook = betteroffice_xlsx.Workbook.open_path(str(path))
        workbook.recalculate()
        # the engine has no list of its cells
        return {sheet: dict(_values(workbook, sheet, places)) for sheet, places in read_places(path).items()}


def _values(workbook: Any, sheet: str, places: Iterable[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], Value]]:
    for place in places:
        found = workbook.value(sheet, address(*place))
        if found is not None:
            yield place, _value(found)


def _value(found: Any) -> Value:
    if isinstance(found, bool | int | float | str):
        return stored(found)
    return _ERRORS.get(found.code, ErrorValue.VALUE)  # an error without a name here is still an error
