"""Annotated copies of workbooks: notes, frames of cells and a sheet in front, put into any program's .xlsx file."""

from __future__ import annotations

from xlbackprop.xlsx.annotate.said import CellNote, FrontRow, FrontSheet, NoteKind
from xlbackprop.xlsx.annotate.workbook_copy import annotated_copy
