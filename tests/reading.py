"""Sheets as they would be read, made of single cells."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from math import nan
from xml.etree.ElementTree import Element

from xlbackprop.workbook import Place
from xlbackprop.xlsx.read.formula_text import relative_formula
from xlbackprop.xlsx.read.sheet import Band, Pattern, ReadCell, ReadSheet, RowBuilder


def sheet_of(cells: Mapping[Place, ReadCell]) -> ReadSheet:
    """Return the sheet that has these cells."""
    rows: RowBuilder[Pattern] = RowBuilder()
    for row, places in groupby(sorted(cells), key=lambda place: place[0]):
        here = {column: cells[row, column] for _, column in places}
        formulas = (None if cell.formula is None else relative_formula(cell.formula, row) for cell in here.values())
        pattern = Pattern(tuple(here), tuple(formulas), tuple(cell.style for cell in here.values()))
        numbers = [float(cell.value) if _is_number(cell.value) else nan for cell in here.values()]
        rows.add(row, pattern, numbers)
        for column, cell in here.items():
            if cell.value is not None and not _is_number(cell.value):
                rows.others[row, column] = cell.value
    return ReadSheet([Band(*band) for band in rows.bands()], rows.others, Element("worksheet"))


def _is_number(value: object) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool)
