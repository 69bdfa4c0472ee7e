"""The colours of cells, shapes and charts, as RRGGBB; those of flags and curves have a meaning, and are the document's.

Text has a contrast of at least 4.5:1 on every fill, which a test checks.
"""

from __future__ import annotations

from typing import NamedTuple

from xlbackprop.workbook import Role

TEXT = "1F2933"
QUIET = "595959"
WHITE = "FFFFFF"
TYPED_NUMBER = "0000FF"
FORMULA = "000000"
LINKED_FORMULA = "00602B"
HYPERLINK = "0550A0"
HEADING_LINE = "8497B0"
FRAME = "A6A6A6"
GRIDLINE = "D9D9D9"
AXIS = "7F7F7F"
ARROW = "6B7785"


class Tones(NamedTuple):
    """Three shades of one hue: the fills of a number and of a column's header, and the outline of a diagram's node."""

    cell: str
    header: str
    line: str


TONES: dict[Role, Tones] = {
    Role.NONE: Tones("FFFFFF", "E7EAEE", "6B7785"),
    Role.INPUT: Tones("E6F1FB", "B7D6F2", "2F75B5"),
    Role.TARGET: Tones("EFE8F7", "D3C2E8", "7A52A8"),
    Role.PARAMETER: Tones("FFF6D6", "FFE08A", "9C7500"),
    Role.HIDDEN: Tones("E8F4E4", "BFE0B4", "4B8B3B"),
    Role.OUTPUT: Tones("D6F0F0", "94D3D6", "117579"),
    Role.LOSS: Tones("FCE7EA", "F5BCC5", "B8324A"),
    Role.GRADIENT: Tones("FDECDD", "F9CDA5", "B85C00"),
    Role.UPDATE: Tones("F1EDE6", "D9CFBF", "7A6647"),
}
