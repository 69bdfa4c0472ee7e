"""Reading any .xlsx file: its cells, its charts, names and settings, and whether it has macros or external links."""

from __future__ import annotations

from xlbackprop.xlsx.read.active_content import refuse_active_content
from xlbackprop.xlsx.read.careful_parse import Block, block_of, place_of
from xlbackprop.xlsx.read.formula_text import RelativeFormula, column_number, references, relative_formula
from xlbackprop.xlsx.read.formula_tree import canonical_formula, same_formula
from xlbackprop.xlsx.read.open_document import described, is_open_document, refuse_active_open_document
from xlbackprop.xlsx.read.package import (
    CONTENT_TYPES,
    MAX_PART,
    MAX_TOTAL,
    DamagedWorkbook,
    Package,
    opened_package,
    refuse_odd_xml,
    secure_parser,
    workbook_package,
)
from xlbackprop.xlsx.read.reader import Given, blind_copy, read_sheets, read_workbook
from xlbackprop.xlsx.read.sheet import Area, Band, Pattern, ReadCell, ReadSheet
from xlbackprop.xlsx.read.surroundings import read_surroundings
from xlbackprop.xlsx.read.surroundings.drawings import picture_name
from xlbackprop.xlsx.read.surroundings.notes_and_links import note_text
from xlbackprop.xlsx.read.surroundings.number_formats import NumberFormat, shown_format
from xlbackprop.xlsx.read.surroundings.rules import ALWAYS, scale_shown, validation_shown
from xlbackprop.xlsx.read.surroundings.seen import (
    Axis,
    CacheKey,
    Curve,
    Drawing,
    Link,
    Points,
    Rule,
    SeenChart,
    SheetSurroundings,
    Surroundings,
)
from xlbackprop.xlsx.read.surroundings.xml_tools import areas, chart_reference, formula_at, name_reference, number
