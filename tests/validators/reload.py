"""A file opened anew by another reader: does it open, and are the same sheets and as many cells in it?"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

from openpyxl import load_workbook

from tests.lint import Facts
from xlbackprop.errors import Problem
from xlbackprop.workbook import quoted


def reload_in_openpyxl(path: Path, facts: Facts) -> Iterator[Problem]:
    """Yield why openpyxl cannot open a file, what it warns of, and where it counts other cells than we do."""
    with warnings.catch_warnings(record=True) as told, path.open("rb") as file:
        warnings.simplefilter("always")
        try:
            book = load_workbook(file, data_only=True)
        except Exception as fault:
            yield Problem("", f"it cannot be opened: {type(fault).__name__}: {fault}")
            return
    for warning in told:
        yield Problem("", f"a warning: {warning.message}")
    # Its rows would be made up to the last cell, and that may be the last of the sheet; so only those that are there.
    counts = {
        sheet.title: sum(cell.value not in (None, "") for cell in sheet._cells.values()) for sheet in book.worksheets
    }
    yield from other_sheets(book.sheetnames, facts)
    yield from other_counts(counts, facts, with_errors=True)


def other_sheets(names: list[str], facts: Facts) -> Iterator[Problem]:
    """Yield a problem where these are not the sheets of the file."""
    ours = [node.get("name") for node in facts.book.all("sheet")]
    if names != ours:
        yield Problem("", f"it finds the sheets {', '.join(names)}, and the file has {', '.join(ours)}.")


def other_counts(counts: Mapping[str, int], facts: Facts, *, with_errors: bool) -> Iterator[Problem]:
    """Yield each sheet in which another reader sees more or fewer cells; some readers do not count errors."""
    for sheet in facts.sheets:
        ours = sheet.cells.values - (0 if with_errors else sheet.cells.errors)
        theirs = counts.get(sheet.name, ours)
        if theirs != ours:
            yield Problem(quoted(sheet.name), f"it finds {theirs:,} cells with a value, and the file has {ours:,}.")
