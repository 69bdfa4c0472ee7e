"""Do a file's formulas and typed values equal those of the document? No stored value of a formula is looked at here.

A table is compared a band of rows at a time: a formula once, however many rows have it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from xlbackprop.proof.differences import Difference, Kind, same_constant, shown, shown_cell
from xlbackprop.workbook import Document, Filled, Place, Sheet, Table, Value, address, stored
from xlbackprop.xlsx.read import Band, ReadSheet, RelativeFormula, same_formula


@dataclass(slots=True)
class Calculated:
    """The cells of a sheet whose values can be compared, because the file has a formula where the document has one.

    `tables` has for each table of the sheet the truth of that, (rows, columns); `loose` are the places outside of them.
    """

    tables: list[np.ndarray]
    loose: list[Place] = field(default_factory=list)


@dataclass(slots=True)
class FormulaComparison:
    """How many formulas and typed values were compared, the differences, and what is told beside them.

    `told` are cells and sheets that people added; `calculated` has the cells with formulas, by sheet.
    """

    formulas: int = 0
    constants: int = 0
    differences: list[Difference] = field(default_factory=list)
    told: list[Difference] = field(default_factory=list)
    calculated: dict[str, Calculated] = field(default_factory=dict)


def compare_formulas(document: Document, found: Mapping[str, ReadSheet]) -> FormulaComparison:
    """Compare the formulas and typed values of a file with those of the document.

    Numbers that a reader may change are left out: the document is made with those that stand in the file.
    """
    result = FormulaComparison()
    for sheet in document.sheets:
        if sheet.name in found:
            comparison = _SheetComparison(sheet, found[sheet.name], result)
            result.calculated[sheet.name] = comparison.run()
        else:
            result.differences.append(Difference(sheet.name, "", Kind.SHEET_MISSING, "a sheet", "nothing"))
    known = {sheet.name for sheet in document.sheets}
    extra = (name for name in found if name not in known)
    result.told += (Difference(name, "", Kind.SHEET_EXTRA, "nothing", "a sheet") for name in extra)
    return result


class _SheetComparison:
    """Compares one sheet, and adds what it finds to a result."""

    def __init__(self, sheet: Sheet, found: ReadSheet, result: FormulaComparison) -> None:
        self._sheet, self._found, self._result = sheet, found, result

    def run(self) -> Calculated:
        """Compare the sheet; return the cells whose values can be compared."""
        calculated = Calculated([self._table(table) for table in self._sheet.tables])
        for place, cell in self._sheet.cells.items():
            if self._loose(place, cell.formula, cell.value, is_changeable=cell.changeable is not None):
                calculated.loose.append(place)
        for place in self._extra():
            self._add_extra(place)
        return calculated

    def _add(self, place: Place, kind: Kind, expected: str, found: str) -> None:
        self._result.differences.append(Difference(self._sheet.name, address(*place), kind, expected, found))

    def _loose(self, place: Place, formula: str | None, value: Value, *, is_changeable: bool = False) -> bool:
        """Compare one cell; return whether it has a formula whose value can be compared."""
        cell = self._found.get(place)
        if is_changeable and cell is not None and cell.formula is not None:
            return False  # a typed =1/3 counts as what it gives, and that is what the document was made with
        if formula is None:
            self._result.constants += 1
            if cell is None:
                if value != "":
                    self._add(place, Kind.MISSING, shown(value), "nothing")
            elif not same_constant(value, cell):
                self._add_constant(place, value, shown_cell(cell))
            return False
        self._result.formulas += 1
        if cell is None or cell.formula is None:
            kind = Kind.FORMULA_MISSING if cell is None else Kind.TYPED_OVER
            self._add(place, kind, f"={formula}", shown_cell(cell))
            return False
        if not same_formula(cell.formula, formula):
            self._add(place, Kind.FORMULA, f"={formula}", f"={cell.formula}")
        return True

    def _add_constant(self, place: Place, value: Value, found: str) -> None:
        if value == "":  # somebody's note in a cell that is framed, and empty
            told = Difference(self._sheet.name, address(*place), Kind.EXTRA, "nothing", found)
            self._result.told.append(told)
        else:
            self._add(place, Kind.TEXT if isinstance(value, str) else Kind.NUMBER, shown(value), found)

    # ------------------------------------------------------------------------------------------------------- tables

    def _table(self, table: Table) -> np.ndarray:
        """Compare a table; return where it has formulas whose values can be compared, (rows, columns)."""
        for column, filled in enumerate(table.columns, table.first_column):
            self._loose((table.header_row, column), None, filled.header)
        calculated = np.zeros((table.rows, len(table.columns)), dtype=bool)
        there = calculated.copy()
        for band in self._found.bands_in(range(table.first_row, table.last_row + 1)):
            rows = range(max(band.first_row, table.first_row), min(band.rows.stop, table.last_row + 1))
            here = slice(rows.start - table.first_row, rows.stop - table.first_row)
            for index, column in enumerate(band.pattern.columns):
                place = column - table.first_column
                if 0 <= place < len(table.columns):
                    there[here, place] = True
                    calculated[here, place] = self._band(table, table.columns[place], band, rows, index)
        for place, filled in enumerate(table.columns):
            self._missing(table, filled, place, there[:, place])
        formulas = sum(filled.formulas for filled in table.columns)
        self._result.formulas += formulas
        self._result.constants += calculated.size - formulas
        return calculated

    def _band(self, table: Table, filled: Filled, band: Band, rows: range, index: int) -> bool | list[bool]:
        """Compare the cells of one column in these rows of a band; return which of them have comparable values."""
        if filled.fill is None:
            self._constants(table, filled, band, rows, index)
            return False
        if rows.start == table.first_row and (filled.first is not None or filled.constant_first):
            first = self._first(table, filled, band.pattern.columns[index])
            rest = rows[1:]
            return [first] + [self._alike(table, filled, band, rest, index)] * len(rest)
        return self._alike(table, filled, band, rows, index)

    def _alike(self, table: Table, filled: Filled, band: Band, rows: range, index: int) -> bool:
        """Compare cells that all have the formula that is filled down; return whether their values are comparable."""
        formula, column = band.pattern.formulas[index], band.pattern.columns[index]
        if formula is not None and _same_everywhere(formula, filled, rows, table.first_row):
            return True
        for row in rows:
            expected = filled.formula_at(row - table.first_row, row)
            kind = Kind.TYPED_OVER if formula is None else Kind.FORMULA
            self._add((row, column), kind, f"={expected}", shown_cell(self._found[row, column]))
        return formula is not None

    def _first(self, table: Table, filled: Filled, column: int) -> bool:
        """Compare the first cell of a column as a loose one; return whether its value can be compared."""
        place = table.first_row, column
        before = self._result.formulas, self._result.constants
        calculated = self._loose(place, filled.formula_at(0, table.first_row), filled.stored_at(0))
        self._result.formulas, self._result.constants = before  # the table counts them
        return calculated

    def _constants(self, table: Table, filled: Filled, band: Band, rows: range, index: int) -> None:
        """Compare a column of typed values in these rows of a band."""
        column = band.pattern.columns[index]
        values = filled.values[rows.start - table.first_row : rows.stop - table.first_row]
        unlike = np.ones(len(rows), dtype=bool)
        if band.pattern.formulas[index] is None and values.dtype.kind in "iuf":
            numbers = band.numbers[rows.start - band.first_row : rows.stop - band.first_row, index]
            unlike = ~np.isclose(numbers, values, rtol=1e-12, atol=0.0)
        for place in np.flatnonzero(unlike).tolist():
            cell, value = self._found[rows[place], column], stored(values[place : place + 1].tolist()[0])
            if not same_constant(value, cell):
                self._add_constant((rows[place], column), value, shown_cell(cell))

    def _missing(self, table: Table, filled: Filled, place: int, there: np.ndarray) -> None:
        for index in np.flatnonzero(~there).tolist():
            row = table.first_row + index
            formula = filled.formula_at(index, row)
            value = filled.stored_at(index)
            if formula is not None:
                self._add((row, table.first_column + place), Kind.FORMULA_MISSING, f"={formula}", "nothing")
            elif value != "":
                self._add((row, table.first_column + place), Kind.MISSING, shown(value), "nothing")

    # -------------------------------------------------------------------------------------------------------- extra

    def _extra(self) -> Iterator[Place]:
        """Yield the places of cells that the document does not have."""
        for band in self._found.bands:
            around = [table for table in self._sheet.tables if _holds(table, band.rows)]
            outside = [column for column in band.pattern.columns if not any(_has(table, column) for table in around)]
            for place in product(band.rows if outside else (), outside):
                if place not in self._sheet.cells and not self._in_a_table(*place):
                    yield place

    def _in_a_table(self, row: int, column: int) -> bool:
        return any(_holds(table, range(row, row + 1)) and _has(table, column) for table in self._sheet.tables)

    def _add_extra(self, place: Place) -> None:
        """Add a cell that the document does not have: a row that continues a table is a difference, a note is none."""
        row, column = place
        continues = any(row == table.last_row + 1 and _has(table, column) for table in self._sheet.tables)
        found = Difference(self._sheet.name, address(*place), Kind.EXTRA, "nothing", shown_cell(self._found[place]))
        (self._result.differences if continues else self._result.told).append(found)


def _holds(table: Table, rows: range) -> bool:
    """Return whether all of these rows belong to a table, its header row included."""
    return table.header_row <= rows.start and rows.stop <= table.last_row + 1


def _has(table: Table, column: int) -> bool:
    return 0 <= column - table.first_column < len(table.columns)


def _same_everywhere(formula: RelativeFormula, filled: Filled, rows: range, first_row: int) -> bool:
    """Return whether a formula is the filled-down one in all of these rows.

    Both are texts in which some numbers are the row's own plus a distance; so where they agree in two rows, they agree
    in all. The last row is for the numbers that get longer.
    """
    return all(
        same_formula(formula.at(row), filled.formula_at(row - first_row, row) or "") for row in {*rows[:2], *rows[-1:]}
    )
