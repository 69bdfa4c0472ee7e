"""IronCalc, a second spreadsheet engine in Rust, for `pip install "xlbackprop[ironcalc]"`.

Known deviations from Excel: 1/(1+EXP(710)) gives 0 where Excel gives #NUM!, and IFERROR(EXP(710),…) stays #NUM!;
SUMPRODUCT(--ISNUMBER(range)) is 0; SUMPRODUCT(--ISFORMULA(range)) and COUNTIF of a single cell (A5, not A5:A5) are
#VALUE!. It breaks off its process over formulas that are nested too deep, and asks for any memory that a formula names.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from xlbackprop.engines.apart import calculated_apart
from xlbackprop.engines.base import EngineMissing, Gap, WorkbookValues, failing_in_words
from xlbackprop.workbook import ErrorValue, Value, stored

_ERRORS = {error.value: error for error in ErrorValue}


class IronCalc:
    """The engine in the optional package `ironcalc`."""

    name = "ironcalc"
    overflow_is_error = False
    gaps: tuple[Gap, ...] = ()

    def version(self) -> str:
        """Return the version of the installed package, or raise EngineMissing."""
        try:
            return metadata.version("ironcalc")
        except metadata.PackageNotFoundError:
            raise EngineMissing('IronCalc is not installed: pip install "xlbackprop[ironcalc]"') from None

    def recalculate(self, blind: Sequence[Path]) -> list[WorkbookValues]:
        """Calculate each workbook in a process of its own. Raises EngineMissing or EngineFailed."""
        self.version()
        return [calculated_apart(recalculated, "IronCalc", path) for path in blind]


def recalculated(path: Path) -> WorkbookValues:
    """Calculate one workbook in memory. Raises EngineFailed where the process outlives it."""
    import ironcalc  # noqa: PLC0415 -- an optional package

    with failing_in_words("IronCalc", path):
        model = ironcalc.load_from_xlsx(str(path), "en", "UTC")
        model.evaluate()
        names = [properties["name"] for properties in model.get_worksheets_properties()]
        values: dict[str, dict[tuple[int, int], Value]] = {name: {} for name in names}
        for sheet, row, column in model.get_all_cells():
            found = model.get_cell_value(sheet, row, column)
            if isinstance(found, str) and found.startswith("#"):
                is_error = model.get_cell_type(sheet, row, column) == ironcalc.CellType.ErrorValue
                found = _ERRORS.get(found, ErrorValue.VALUE) if is_error else found  # any error is an error
            if found is not None:
                values[names[sheet]][row, column] = stored(found)
    return values
