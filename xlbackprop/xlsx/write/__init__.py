"""Document → bytes of an .xlsx file. No other package imports openpyxl; this one knows nothing of lessons."""

from __future__ import annotations

from xlbackprop.xlsx.write.markup import DECLARATION, PACKAGE_RELATIONSHIPS, attributes_text, cell_text, tag, words
from xlbackprop.xlsx.write.notes import (
    AUTHOR,
    BLOCK,
    STANDARD_HEIGHT,
    STANDARD_WIDTH,
    VML,
    Note,
    boxes_xml,
    note_box,
    note_words,
)
from xlbackprop.xlsx.write.seal import has_same_parts, is_untouched
from xlbackprop.xlsx.write.writer import workbook_bytes, write_package
