"""Formualizer, a spreadsheet engine in Rust that comes with the package; it is asked by default.

Known deviations from Excel: SUMPRODUCT(ABS(range)) is #VALUE!; SUMPRODUCT(--ISNUMBER(range)) is 0; ISFORMULA is
always FALSE.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from xlbackprop.engines.base import EngineMissing, Gap, WorkbookValues, failing_in_words
from xlbackprop.workbook import ErrorValue, Value, stored

_ERRORS = {"Num": ErrorValue.NUM, "Na": ErrorValue.NA, "Div": ErrorValue.DIV0, "Value": ErrorValue.VALUE}


class Formualizer:
    """The embedded engine."""

    name = "formualizer"
    overflow_is_error = True
    gaps: tuple[Gap, ...] = ()

    def version(self) -> str:
        """Return the version of the installed package, or raise EngineMissing."""
        try:
            return metadata.version("formualizer")
        except metadata.PackageNotFoundError:
            raise EngineMissing('Formualizer is not installed: pip install "formualizer>=0.13,<0.14"') from None

    def recalculate(self, blind: Sequence[Path]) -> list[WorkbookValues]:
        """Calculate each workbook in memory. Raises EngineMissing or EngineFailed."""
        self.version()
        return [_recalculated(path) for path in blind]


def _recalculated(path: Path) -> WorkbookValues:
    import formualizer  # noqa: PLC0415 -- 0.1 s that only this needs

    from xlbackprop.xlsx.read import read_places  # noqa: PLC0415 -- the same

    with failing_in_words("Formualizer", path):
        workbook = formualizer.load_workbook(str(path), strategy="eager_all")
        workbook.set_temporal_egress("serial")  # a date is a number, as in the file
        workbook.evaluate_all()
        # The engine has no list of its cells, and asking for a whole rectangle can mean a billion empty ones.
        return {sheet: dict(_values(workbook, sheet, places)) for sheet, places in read_places(path).items()}


def _values(workbook: Any, sheet: str, places: Iterable[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], Value]]:
    for place in places:
        found = workbook.get_value(sheet, *place)
        if found is not None:
            yield place, _value(found)


def _value(found: Any) -> Value:
    if isinstance(found, dict):
        return _ERRORS.get(str(found.get("kind")), ErrorValue.VALUE)  # an error without a name here is still an error
    if isinstance(found, bool | int | float | str):
        return stored(found)
    raise TypeError(f"it gave a {type(found).__name__}, which is not a cell's value")
