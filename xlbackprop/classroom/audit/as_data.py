"""An audit as plain data, for `--json`.

`verdict` is "right", "wrong", "unfinished" or "no table"; `tables`, `charts` and `remarks` follow. A table has its
`sheet`, its `range` with the headings, `header_row`, `first_row`, `last_row`, `rows`, `verdict`, the `columns` that are
understood (name → letters), `not_understood` (letters → heading) and `missing` ones, its `learning_rate` (`value`,
`cell`, `found_as`, and `used`, the rate by which the weights in fact move), `numbers_only`, `unfinished`, `loss`
(`moves_by`, `last`, `last_right`), `mistakes` and `remarks`. A mistake has its `kind`, `column`, `sentence`, `cells`
(ranges), `count`, `first_cell`, `formula` and `right_formula`, `number` and `right_number` in that cell, and
`largest_difference`. A chart fault has `kind`, `sheet`, `cells`, `sentence`.
"""

from __future__ import annotations

from math import isnan
from typing import Any

from xlbackprop.classroom.audit.findings import Audit, ChartFault, Finding, JudgedTable
from xlbackprop.workbook import address


def as_data(found: Audit) -> dict[str, Any]:
    """Return an audit as dicts, lists, texts and numbers."""
    return {
        "verdict": found.verdict.value,
        "tables": [_table(table) for table in found.tables],
        "charts": [_chart(fault) for fault in found.charts],
        "remarks": [*found.remarks],
    }


def _table(table: JudgedTable) -> dict[str, Any]:
    rate = table.rate
    return {
        "sheet": table.sheet,
        "range": table.area,
        "header_row": table.header_row,
        "first_row": table.first_row,
        "last_row": table.last_row,
        "rows": table.rows,
        "verdict": table.verdict.value,
        "learning_rate": {
            "value": None if isnan(rate.number) else rate.number,
            "cell": None if rate.place is None else address(*rate.place),
            "sheet": rate.sheet or None,
            "found_as": rate.how or None,
            "used": table.rate_used,
        },
        "columns": dict(table.columns),
        "not_understood": dict(table.others),
        "missing": [*table.missing],
        "numbers_only": table.are_numbers,
        "unfinished": table.unfinished or None,
        "loss": {"moves_by": table.loss_moves, "last": table.last_loss, "last_right": table.last_right},
        "mistakes": [_mistake(finding) for finding in table.findings],
        "remarks": [*table.remarks],
    }


def _mistake(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "column": finding.quantity,
        "sentence": finding.sentence,
        "cells": [*finding.cells],
        "count": finding.count,
        "first_cell": address(*finding.first),
        "formula": finding.formula or None,
        "right_formula": finding.expected or None,
        "number": finding.found,
        "right_number": finding.right,
        "largest_difference": finding.off,
    }


def _chart(fault: ChartFault) -> dict[str, Any]:
    return {"kind": fault.kind.value, "sheet": fault.sheet, "cells": fault.cells or None, "sentence": fault.sentence}
