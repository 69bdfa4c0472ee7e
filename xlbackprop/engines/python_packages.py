"""Spreadsheet engines that are Python packages: one class for all, one object of it for each.

To add one, write a function that returns the calculated values of a workbook file, make a PythonPackage with it, and
add that to `_ALL` in `__init__.py`. The function imports the package, when it is called for the first time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from itertools import chain, groupby, product
from typing import Any

import numpy as np

from xlbackprop.engines.base import BlindCopy, EngineFailed, EngineMissing, Gap, WorkbookValues
from xlbackprop.machine import run_isolated
from xlbackprop.workbook import ErrorValue, NumberBand, Place, SheetValues, Value, address, stored
from xlbackprop.xlsx.read import MAX_PART, MAX_TOTAL, Area, place_of

TIME_LIMIT = 300.0  # seconds for one workbook in a process apart
# Bytes of memory beside what the libraries take: for any workbook, and more for each byte of its file. The lesson
# `digits` takes up to 2.5 GB for 2.9 MB.
MEMORY, MEMORY_A_BYTE = 1 << 30, 1000


@dataclass
class PythonPackage:
    """An engine in a Python package.

    `title` is its name in messages, `package` its name in the index of packages, `install` the argument of
    `pip install`: the package itself with the bounds of pyproject.toml, which also helps who has xlbackprop from no
    index. `calculate` returns all values of a workbook, and may raise whatever the package raises. With `apart`
    it runs in a process of its own: some packages end their process, or take all memory.
    """

    name: str
    title: str
    package: str
    install: str
    calculate: Callable[[BlindCopy], WorkbookValues]
    overflow_is_error: bool = True
    gaps: tuple[Gap, ...] = ()
    apart: bool = True

    def version(self) -> str:
        """Return the version of the installed package. Raises EngineMissing where it is not installed."""
        try:
            return metadata.version(self.package)
        except metadata.PackageNotFoundError:
            raise EngineMissing(f'{self.title} is not installed: {_pip()} install "{self.install}"') from None

    def recalculate(self, blind: Sequence[BlindCopy]) -> list[WorkbookValues]:
        """Calculate each workbook in memory. Raises EngineMissing or EngineFailed."""
        self.version()
        return [self._apart(copy) if self.apart else self._here(copy) for copy in blind]

    def _apart(self, blind: BlindCopy) -> WorkbookValues:
        memory = MEMORY + MEMORY_A_BYTE * blind.path.stat().st_size
        resolved = blind._replace(path=blind.path.resolve())
        return run_isolated(self.title, self._here, resolved, blind.path.name, memory, TIME_LIMIT, EngineFailed)

    def _here(self, blind: BlindCopy) -> WorkbookValues:
        with _as_failures(self.title, blind.path.name):
            return self.calculate(blind)


@contextmanager
def _as_failures(title: str, name: str) -> Iterator[None]:
    """Turn whatever the package `title` raises over the file `name` into EngineFailed."""
    try:
        yield
    except Exception as fault:
        raise EngineFailed(f"{title} could not calculate {name}: {fault}") from fault
    except BaseException as fault:
        if type(fault).__name__ != "PanicException":  # a panic of Rust code, which is no Exception
            raise
        raise EngineFailed(f"{title} broke down over {name}: {fault}") from fault


def _pip() -> str:
    """Return the words that run pip for this Python; a mere `pip` may belong to another one."""
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable or "python"
    return f"{python} -m pip"


_ERRORS = {error.value: error for error in ErrorValue}


def _error(shown: str) -> ErrorValue:
    return _ERRORS.get(shown, ErrorValue.VALUE)  # an error without a name here is still an error


def _cell_by_cell(
    blind: BlindCopy, ask: Callable[[str, int, int], Any], value: Callable[[Any], Value]
) -> WorkbookValues:
    """Return the values of all cells, got from the package one by one; `ask` returns None for an empty cell."""
    return {
        sheet: SheetValues.of(
            {place: value(found) for place in _places(areas) if (found := ask(sheet, *place)) is not None}
        )
        for sheet, areas in blind.areas.items()
    }


def _places(areas: Sequence[Area]) -> Iterator[Place]:
    for top, left, bottom, right in areas:
        yield from product(range(top, bottom + 1), range(left, right + 1))


# --------------------------------------------------------------------------------------------------------- Formualizer

_FORMUALIZER_ERRORS = {"Num": ErrorValue.NUM, "Na": ErrorValue.NA, "Div": ErrorValue.DIV0, "Value": ErrorValue.VALUE}
_CELLS_AT_ONCE = 1 << 15
_FAR_BELOW = 100_000  # rows: where no table reaches


class Recalculation:
    """A workbook that Formualizer has calculated, and calculates again with other numbers in a table of it."""

    def __init__(self, blind: BlindCopy) -> None:
        """Calculate a workbook in memory. Raises EngineFailed."""
        import formualizer  # noqa: PLC0415 -- 0.1 s that only this needs

        self._blind, self._area = blind, formualizer.RangeAddress
        evaluation = formualizer.EvaluationConfig()
        # takes more than half as much processor time again, and is hardly ready sooner
        evaluation.enable_parallel = False
        config = formualizer.WorkbookConfig(eval_config=evaluation, enable_changelog=False)
        limits = {"max_part_bytes": MAX_PART, "max_expanded_bytes": MAX_TOTAL, "max_input_bytes": MAX_TOTAL}
        with _as_failures("Formualizer", blind.path.name):
            self._workbook = formualizer.Workbook.load_path(str(blind.path), config=config, load_limits=limits)
            self._workbook.set_temporal_egress("serial")  # a date is a number, as in the file
            self._workbook.evaluate_all()

    def beside(
        self, sheet: str, place: Place, numbers: Sequence[Sequence[float | None]], formulas: Mapping[Place, str]
    ) -> Mapping[Place, Value]:
        """Return what formulas of these cells, without "=", give when the numbers of a table, whose first cell is at
        `place`, are in the place of all that stands there, themselves among them. Raises EngineFailed.
        """
        found: dict[Place, Value] = {}
        with _as_failures("Formualizer", self._blind.path.name):
            self._workbook.set_values_batch(sheet, *place, [[*row] for row in numbers])
            for (row, column), formula in formulas.items():
                self._workbook.set_formula(sheet, row + _FAR_BELOW, column, f"={formula}")
            self._workbook.evaluate_all()
            for row, column in formulas:
                value = self._workbook.get_value(sheet, row + _FAR_BELOW, column)
                found[row, column] = ErrorValue.VALUE if value is None else formualizer_value(value)
        return found

    def values(self) -> WorkbookValues:
        """Return all values. Raises EngineFailed."""
        with _as_failures("Formualizer", self._blind.path.name):
            return {
                name: _in_blocks(name, areas, self._workbook.sheet(name).get_values, self._area)
                for name, areas in self._blind.areas.items()
            }


def _by_formualizer(blind: BlindCopy) -> WorkbookValues:
    return Recalculation(blind).values()


def _in_blocks(name: str, areas: Sequence[Area], ask: Callable[[Any], Any], area_of: Callable[..., Any]) -> SheetValues:
    """Return the values of a sheet, got from the package a block of cells at a time."""
    bands: list[NumberBand] = []
    others: dict[Place, Value] = {}
    for (top, bottom), beside in groupby(areas, key=lambda area: (area.first_row, area.last_row)):
        columns = [range(area.first_column, area.last_column + 1) for area in beside]
        step = max(1, _CELLS_AT_ONCE // sum(map(len, columns)))
        for first in range(top, bottom + 1, step):
            last = min(bottom, first + step - 1)
            found = [ask(area_of(name, first, there[0], last, there[-1])) for there in columns]
            numbers = [_numbers_of(part, first, there[0], others) for part, there in zip(found, columns, strict=True)]
            bands.append(NumberBand(first, [*chain(*columns)], np.concatenate(numbers, axis=1)))
    return SheetValues(bands, others)


def _numbers_of(found: list[list[Any]], first: int, left: int, others: dict[Place, Value]) -> np.ndarray:
    """Return the numbers of a block (rows, columns), NaN where none is; other values are added to `others`."""
    if {*map(type, chain.from_iterable(found))} <= {float, int}:
        numbers = np.array(found, dtype=np.float64)
        if np.isfinite(numbers).all():
            return numbers
    numbers = np.full((len(found), len(found[0])), np.nan)
    for down, row in enumerate(found):
        for right, value in enumerate(row):
            if value is None:
                continue
            known = formualizer_value(value)
            if isinstance(known, float):
                numbers[down, right] = known
            else:
                others[first + down, left + right] = known
    return numbers


def formualizer_value(found: Any) -> Value:
    """Return Formualizer's value of a cell as a `Value`. Raises TypeError for any other object."""
    if isinstance(found, dict):
        return _FORMUALIZER_ERRORS.get(str(found.get("kind")), ErrorValue.VALUE)
    if isinstance(found, bool | int | float | str):
        return stored(float(found) if type(found) is int else found)
    raise TypeError(f"it gave a {type(found).__name__}, which is not a cell's value")


# It comes with xlbackprop and is asked by default, in this process: starting another would take longer than most
# workbooks. Otherwise than Excel: SUMPRODUCT(ABS(range)) is #VALUE!, SUMPRODUCT(--ISNUMBER(range)) is 0, ISFORMULA is
# always FALSE.
FORMUALIZER = PythonPackage(
    "formualizer", "Formualizer", "formualizer", "formualizer>=0.13,<0.14", _by_formualizer, apart=False
)

# ------------------------------------------------------------------------------------------------------------ IronCalc


def _by_ironcalc(blind: BlindCopy) -> WorkbookValues:
    import ironcalc  # noqa: PLC0415 -- an optional package

    model = ironcalc.load_from_xlsx(str(blind.path), "en", "UTC")
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
    return {name: SheetValues.of(there) for name, there in values.items()}


# Otherwise than Excel: 1/(1+EXP(710)) gives 0 where Excel gives #NUM!, and IFERROR(EXP(710),…) stays #NUM!;
# SUMPRODUCT(--ISNUMBER(range)) is 0; SUMPRODUCT(--ISFORMULA(range)) and COUNTIF of a single cell (A5, not A5:A5) are
# #VALUE!. It breaks off its process over formulas that are nested too deep, and asks for any memory that one names.
IRONCALC = PythonPackage(
    "ironcalc", "IronCalc", "ironcalc", "ironcalc>=0.9,<0.10", _by_ironcalc, overflow_is_error=False
)

# ------------------------------------------------------------------------------------------------------------ CellRune

_AT_ONCE = 10_000  # cells of one answer


def _by_cellrune(blind: BlindCopy) -> WorkbookValues:
    import cellrune  # noqa: PLC0415 -- an optional package

    with cellrune.Workbook.open_path(str(blind.path)) as workbook:
        workbook.calculate()
        sheets = workbook.summary()["sheets"]
        return {sheet["name"]: SheetValues.of(dict(_cellrune_values(workbook, sheet))) for sheet in sheets}


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
CELLRUNE = PythonPackage("cellrune", "CellRune", "cellrune", "cellrune>=0.2,<0.3", _by_cellrune)

# --------------------------------------------------------------------------------------------------------- BetterOffice


def _by_betteroffice(blind: BlindCopy) -> WorkbookValues:
    import betteroffice_xlsx  # noqa: PLC0415 -- an optional package

    workbook = betteroffice_xlsx.Workbook.open_path(str(blind.path))
    workbook.recalculate()
    return _cell_by_cell(blind, lambda sheet, *place: workbook.value(sheet, address(*place)), _betteroffice_value)


def _betteroffice_value(found: Any) -> Value:
    return stored(found) if isinstance(found, bool | int | float | str) else _error(found.code)


# Otherwise than Excel: SUMXMY2 and ISFORMULA are unknown.
BETTEROFFICE = PythonPackage(
    "betteroffice",
    "BetterOffice",
    "betteroffice-xlsx",
    "betteroffice-xlsx>=0.2.1,<0.3",
    _by_betteroffice,
)
