"""Judging the columns for factors of the chain rule, which no update of the network names by itself."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from xlbackprop.classroom.audit.findings import Finding
from xlbackprop.classroom.audit.judging import ABSOLUTE, RELATIVE, Judge
from xlbackprop.classroom.audit.roots import roots_of
from xlbackprop.network import Expression, Ref
from xlbackprop.workbook import Fill, address, column_letters, excel

FACTOR = "factor of the chain rule"


def factor_findings(judge: Judge) -> Iterator[Finding]:
    """Yield what is wrong in the columns of factors, each formula once."""
    table, meanings = judge.table, judge.meanings
    for column, rule in meanings.factors.items():
        found = table.sheet.numbers(table.rows, [column]).found[:, 0]
        right = judge.made(rule)
        with np.errstate(invalid="ignore"):
            off = np.isfinite(right) & np.isfinite(found) & ~(np.abs(found - right) <= _tolerance(judge, right))
        gathered: dict[str, list[int]] = {}
        for index in np.flatnonzero(off).tolist():
            if said := _said(judge, column, rule, index):
                gathered.setdefault(said, []).append(index)
        for sentence, rows in gathered.items():
            first = rows[0]
            place = (table.rows[first], column)
            formula = table.sheet.formula(place)
            letters = column_letters(column)
            yield Finding(
                kind=FACTOR,
                quantity=table.others[column],
                sentence=f"{table.others[column]} {sentence}",
                cells=tuple(table.ranges_of(letters, rows)),
                count=len(rows),
                first=place,
                formula="" if formula is None else f"={formula}",
                expected=_expected(judge, rule, first),
                found=float(found[first]),
                right=float(right[first]),
                off=float(np.abs(found - right)[rows].max()),
            )


def _tolerance(judge: Judge, right: np.ndarray) -> np.ndarray:
    rounded = 1e-6 if judge.is_rounded else 0.0
    tolerance: np.ndarray = (RELATIVE + rounded) * np.abs(right) + ABSOLUTE + rounded
    return tolerance


def _said(judge: Judge, column: int, rule: Expression, index: int) -> str:
    """Return what is wrong with a cell; "" where it follows from another factor that is wrong."""
    roots = roots_of(judge.table.recipe)
    tree = judge.meanings.tree_of((judge.table.rows[index], column), index)
    if tree is None:
        return "is not what its row gives."
    if roots.comparison.same(rule, tree):
        return ""
    return roots.differing(rule, tree) or "has another formula."


def _expected(judge: Judge, rule: Expression, index: int) -> str:
    table = judge.table

    def cell(ref: Ref) -> Fill:
        return (address(*table.place(ref.quantity, index - ref.back)),)

    try:
        return "=" + "".join(map(str, excel(judge.meanings.written_out(rule), cell)))
    except (KeyError, ValueError):
        return ""
