"""Columns without a heading that is understood, recognized by their formulas: what has the rule of out_h1 is out_h1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from xlbackprop.classroom.audit.book import Book
from xlbackprop.classroom.audit.meanings import DERIVED, Meanings
from xlbackprop.classroom.audit.roots import roots_of
from xlbackprop.classroom.audit.tables import Table
from xlbackprop.network import Quantity
from xlbackprop.taught import columns


def by_formulas(book: Book, table: Table) -> Table:
    """Return a table with the columns that are recognized by the formula of their second row."""
    missing = [quantity for quantity in table.missing if isinstance(quantity, DERIVED)]
    if not missing or len(table.rows) < 2:
        return table
    meanings, same = Meanings(book, table), roots_of(table.recipe).comparison.same
    found: dict[Quantity, int] = {}
    for column in table.others:
        tree = None if column in meanings.factors else meanings.tree_of((table.rows[1], column), 1)
        for quantity in missing if tree is not None else ():
            if quantity not in found and same(meanings.rule(quantity), tree):  # type: ignore[arg-type]
                found[quantity] = column
                break
    found |= {of: at for of, at in _between_neighbours(table) if of not in found and at not in found.values()}
    if not found:
        return table
    others = {column: heading for column, heading in table.others.items() if column not in found.values()}
    return replace(table, columns={**table.columns, **found}, others=others)


def _between_neighbours(table: Table) -> Iterator[tuple[Quantity, int]]:
    """Yield the missing quantities whose place, between the two beside it in the usual order, an unnamed column has."""
    usual = [column.quantity for column in columns(table.recipe)]
    for before, quantity, after in zip(usual, usual[1:], usual[2:], strict=False):
        left, right = table.columns.get(before), table.columns.get(after)
        if quantity in table.columns or left is None or right is None or right - left != 2:
            continue
        if left + 1 in table.others and not table.others[left + 1]:
            yield quantity, left + 1
