"""Spreadsheet engines that are Python packages: one class for all, one object of it for each.

To add one, write a function that returns the calculated values of a workbook file, make a PythonPackage with it, and
add that to `_ALL` in `__init__.py`. The function imports the package, when it is called for the first time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from xlbackprop.engines.base import CHOSEN_RANGE, EngineFailed, EngineMissing, Gap, WorkbookValues
from xlbackprop.machine import run_isolated
from xlbackprop.workbook import ErrorValue, Value, address, stored
from xlbackprop.xlsx.read import place_of, read_places

TIME_LIMIT = 300.0  # seconds for one workbook in a process apart
# Bytes of memory beside what the libraries take: for any workbook, and more for each byte of its file. The lesson
# `digits` takes up to 2.5 GB for 2.9 MB.
MEMORY, MEMORY_A_BYTE = 1 << 30, 1000


@dataclass
class PythonPackage:
    """An engine in a Python package.

    `title` is its name in messages, `package` its name in the index of packages, `install` the argument of
    `pip install`. `calculate` returns all values of a workbook, and may raise whatever the package raises. With `apart`
    it runs in a process of its own: some packages end their process, or take all memory.
    """

    name: str
    title: str
    package: str
    install: str
    calculate: Callable[[Path], WorkbookValues]
    overflow_is_error: bool = True
    gaps: tuple[Gap, ...] = ()
    apart: bool = True

    def version(self) -> str:
        """Return the version of the installed package. Raises EngineMissing where it is not installed."""
        try:
            return metadata.version(self.package)
        except metadata.PackageNotFoundError:
            raise EngineMissing(f'{self.title} is not installed: pip install "{self.install}"') from None

    def recalculate(self, blind: Sequence[Path]) -> list[WorkbookValues]:
        """Calculate each workbook in memory. Raises EngineMissing or EngineFailed."""
        self.version()
        return [self._apart(path) if self.apart else self._here(path) for path in blind]

    def _apart(self, path: Path) -> WorkbookValues:
        memory = MEMORY + MEMORY_A_BYTE * path.stat().st_size
        return run_isolated(self.title, self._here, path, memory, TIME_LIMIT, EngineFailed)

    def _here(self, path: Path) -> WorkbookValues:
        try:
            return self.calculate(path)
        except Exception as fault:
            raise EngineFailed(f"{self.title} could not calculate {path.name}: {fault}") from fault
        except BaseException as fault:
            if type(fault).__name__ != "PanicException":  # a panic of Rust code, which is no Exception
                raise
            raise EngineFailed(f"{self.title} broke down over {path.name}: {fault}") from fault


_ERRORS = {error.value: error for error in ErrorValue}


def _error(shown: str) -> ErrorValue:
    return _ERRORS.get(shown, ErrorValue.VALUE)  # an error without a name here is still an error


def _cell_by_cell(path: Path, ask: Callable[[str, int, int], Any], value: Callable[[Any], Value]) -> WorkbookValues:
    """Return the values of the cells in a file, got from the package one by one; `ask` returns None for an empty cell.

    The package has no list of its cells, and the whole used range can have a billion empty ones.
    """
    return {
        sheet: {place: value(found) for place in places if (found := ask(sheet, *place)) is not None}
        for sheet, places in read_places(path).items()
    }


# --------------------------------------------------------------------------------------------------------- Formualizer

_FORMUALIZER_ERRORS = {"Num": ErrorValue.NUM, "Na": ErrorValue.NA, "Div": ErrorValue.DIV0, "Value": ErrorValue.VALUE}


def _by_formualizer(path: Path) -> WorkbookValues:
    import formualizer  # noqa: PLC0415 -- 0.1 s that only this needs

    workbook = formualizer.load_workbook(str(path), strategy="eager_all")
    workbook.set_temporal_egress("serial")  # a date is a number, as in the file
    workbook.evaluate_all()
    return _cell_by_cell(path, workbook.get_value, formualizer_value)


def formualizer_value(found: Any) -> Value:
    """Return Formualizer's value of a cell as a `Value`. Raises TypeError for any other object."""
    if isinstance(found, dict):
        return _FORMUALIZER_ERRORS.get(str(found.get("kind")), ErrorValue.VALUE)
    if isinstance(found, bool | int | float | str):
        return stored(found)
    raise TypeError(f"it gave a {type(found).__name__}, which is not a cell's value")


# It comes with xlbackprop and is asked by default, in this process: starting another would take longer than most
# workbooks. Otherwise than Excel: SUMPRODUCT(ABS(range)) is #VALUE!, SUMPRODUCT(--ISNUMBER(range)) is 0, ISFORMULA is
# always FALSE.
FORMUALIZER = PythonPackage(
    "formualizer", "Formualizer", "formualizer", "formualizer>=0.13,<0.14", _by_formualizer, apart=False
)

# ------------------------------------------------------------------------------------------------------------ IronCalc


def _by_ironcalc(path: Path) -> WorkbookValues:
    import ironcalc  # noqa: PLC0415 -- an optional package

    model = ironcalc.load_from_xlsx(str(path), "en", "UTC")
    model.evaluate()
    names = [properties["name"] for properties in model.get_worksheets_properties()]
    values: dict[str, dict[tuple[int, int], Value]] = {name: {} for name in names}
    for sheet, row, column in model.get_all_cells():
        found = model.get_cell_value(sheet, row, column)
        if isinstance(found, str) and found.startswith("#"):
            is_error = model.get_cell_type(sheet, row, column) == ironcalc.CellType.ErrorValue
            found = _error(found) if is_error else found
        if found is not None:
            values[names[sheet]][row, column] = stored(found)
    return values


# Otherwise than Excel: 1/(1+EXP(710)) gives 0 where Excel gives #NUM!, and IFERROR(EXP(710),…) stays #NUM!;
# SUMPRODUCT(--ISNUMBER(range)) is 0; SUMPRODUCT(--ISFORMULA(range)) and COUNTIF of a single cell (A5, not A5:A5) are
# #VALUE!. It breaks off its process over formulas that are nested too deep, and asks for any memory that one names.
IRONCALC = PythonPackage(
    "ironcalc", "IronCalc", "ironcalc", "xlbackprop[ironcalc]", _by_ironcalc, overflow_is_error=False
)

# ------------------------------------------------------------------------------------------------------------ CellRune

_AT_ONCE = 10_000  # cells of one answer


def _by_cellrune(path: Path) -> WorkbookValues:
    import cellrune  # noqa: PLC0415 -- an optional package

    with cellrune.Workbook.open_path(str(path)) as workbook:
        workbook.calculate()
        return {sheet["name"]: dict(_cellrune_values(workbook, sheet)) for sheet in workbook.summary()["sheets"]}


def _cellrune_values(workbook: Any, sheet: Mapping[str, Any]) -> Iterator[tuple[tuple[int, int], Value]]:
    if sheet["used_range"] is None:
        return
    first, _, last = sheet["used_range"].partition(":")
    offset: int | None = 0
    while offset is not None:
        page = workbook.read_range(
            sheet["name"], first, last or first, offset=offset, limit=_AT_ONCE, omit_empty=True, values_only=True
        )
        for cell in page["values"]:
            if (value := _cellrune_value(cell["value"])) is not None:
                yield place_of(cell["address"]), value
        offset = page["next_offset"]


def _cellrune_value(found: Mapping[str, Any]) -> Value | None:
    match found["kind"]:
        case "number" | "text" | "logical":
            return stored(found["value"])
        case "error":
            return _error(found["value"])
        case "blank":
            return None
        case _:
            return ErrorValue.VALUE  # what it could not calculate


# Otherwise than Excel: SUMPRODUCT(--ISFORMULA(range)) looks at the first cell alone. It follows Excel where others do
# not: a difference that is almost 0 beside what was subtracted is 0.
CELLRUNE = PythonPackage("cellrune", "CellRune", "cellrune", "xlbackprop[engines]", _by_cellrune)

# --------------------------------------------------------------------------------------------------------- BetterOffice


def _by_betteroffice(path: Path) -> WorkbookValues:
    import betteroffice_xlsx  # noqa: PLC0415 -- an optional package

    workbook = betteroffice_xlsx.Workbook.open_path(str(path))
    workbook.recalculate()
    return _cell_by_cell(path, lambda sheet, *place: workbook.value(sheet, address(*place)), _betteroffice_value)


def _betteroffice_value(found: Any) -> Value:
    return stored(found) if isinstance(found, bool | int | float | str) else _error(found.code)


# Otherwise than Excel: SUMXMY2 and ISFORMULA are unknown; INDEX does not look into a range that CHOOSE gives.
BETTEROFFICE = PythonPackage(
    "betteroffice", "BetterOffice", "betteroffice-xlsx", "xlbackprop[engines]", _by_betteroffice, gaps=(CHOSEN_RANGE,)
)
