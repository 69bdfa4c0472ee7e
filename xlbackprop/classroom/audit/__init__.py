"""Auditing workbooks that people made by hand: their tables are found, judged row by row, and what is wrong is named.

`audit_file` does one workbook, `audit_files` many. The tables are found by their headings (`headers`, `tables`), their
formulas read as trees of quantities (`formulas`, `meanings`), each number judged by what stands in its row and the row
above (`judging`), and what is off is named (`roots`): a mistake of the catalogue, or the parts that differ from the
rule (`differences`).
"""

from __future__ import annotations

from xlbackprop.classroom.audit.annotated import write_annotated
from xlbackprop.classroom.audit.as_data import as_data
from xlbackprop.classroom.audit.auditing import audit_file
from xlbackprop.classroom.audit.files import audit_files
from xlbackprop.classroom.audit.findings import Audit, ChartFault, ChartKind, Finding, JudgedTable, Kind, Verdict
from xlbackprop.classroom.audit.meanings import Rate
from xlbackprop.classroom.audit.words import first_line, lines
