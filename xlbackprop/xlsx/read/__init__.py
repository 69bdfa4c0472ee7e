"""Reading any .xlsx file: its cells, its charts, names and settings, and whether it has macros or external links."""

from __future__ import annotations

from xlbackprop.xlsx.read.active_content import refuse_active_content
from xlbackprop.xlsx.read.charts_and_names import (
    SeriesReferences,
    Surroundings,
    chart_reference,
    name_reference,
    read_surroundings,
)
from xlbackprop.xlsx.read.formula_text import column_number
from xlbackprop.xlsx.read.package import DamagedWorkbook, Package, opened_package, parse
from xlbackprop.xlsx.read.reader import (
    Block,
    Cells,
    Place,
    ReadCell,
    block_of,
    normal_formula,
    place_of,
    read_places,
    read_workbook,
)
from xlbackprop.xlsx.read.without_values import blind_copy

__all__ = [
    "Block",
    "Cells",
    "DamagedWorkbook",
    "Package",
    "Place",
    "ReadCell",
    "SeriesReferences",
    "Surroundings",
    "blind_copy",
    "block_of",
    "chart_reference",
    "column_number",
    "name_reference",
    "normal_formula",
    "opened_package",
    "parse",
    "place_of",
    "read_places",
    "read_surroundings",
    "read_workbook",
    "refuse_active_content",
]
