"""Other readers open the file: does it open, and do they find the sheets and cells that our reader finds?"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

from openpyxl import load_workbook

from tests.lint import Facts
from tests.validators.base import Judgement, ValidatorMissing
from xlbackprop.errors import Problem
from xlbackprop.workbook import quoted

MOST_PLACES = 50_000_000  # it keeps a sheet as a whole rectangle, empty cells too


class Openpyxl:
    """The library that most programs in Python read workbooks with; a warning of what it drops is a finding, too."""

    name = "openpyxl"

    def version(self) -> str:
        """Return the version of the installed package."""
        return metadata.version("openpyxl")

    def judge(self, path: Path, facts: Facts) -> Judgement:
        """Load the file anew and compare."""
        return Judgement(tuple(_opened_in_openpyxl(path, facts)))


def _opened_in_openpyxl(path: Path, facts: Facts) -> Iterator[Problem]:
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
    yield from _other_sheets(book.sheetnames, facts)
    yield from _other_counts(counts, facts, with_errors=True)


class Calamine:
    """A reader in Rust that many programs are built on, in the package python-calamine, where it is installed."""

    name = "calamine"

    def version(self) -> str:
        """Return the version of the installed package, or raise ValidatorMissing."""
        try:
            return metadata.version("python-calamine")
        except metadata.PackageNotFoundError:
            raise ValidatorMissing("pip install python-calamine") from None

    def judge(self, path: Path, facts: Facts) -> Judgement:
        """Read every value of the file and compare."""
        self.version()
        if max((sheet.cells.box[2] * sheet.cells.box[3] for sheet in facts.sheets), default=0) > MOST_PLACES:
            return Judgement((), f"not run: a sheet spans more than {MOST_PLACES:,} places.")
        from python_calamine import CalamineWorkbook

        try:
            book = CalamineWorkbook.from_path(str(path))
            names = [*book.sheet_names]
            counts = {sheet.name: _count(book, sheet.name) for sheet in facts.sheets if sheet.name in names}
        except Exception as fault:
            return Judgement((Problem("", f"it cannot be read: {fault}"),))
        return Judgement((*_other_sheets(names, facts), *_other_counts(counts, facts, with_errors=False)))


def _count(book: object, sheet: str) -> int:
    rows = book.get_sheet_by_name(sheet).iter_rows()  # type: ignore[attr-defined]
    return sum(value != "" for row in rows for value in row)


def _other_sheets(names: list[str], facts: Facts) -> Iterator[Problem]:
    """Yield a problem where these are not the sheets of the file."""
    ours = [node.get("name") for node in facts.book.all("sheet")]
    if names != ours:
        yield Problem("", f"it finds the sheets {', '.join(names)}, and the file has {', '.join(ours)}.")


def _other_counts(counts: Mapping[str, int], facts: Facts, *, with_errors: bool) -> Iterator[Problem]:
    """Yield each sheet in which another reader sees more or fewer cells; some readers do not count errors."""
    for sheet in facts.sheets:
        ours = sheet.cells.values - (0 if with_errors else sheet.cells.errors)
        theirs = counts.get(sheet.name, ours)
        if theirs != ours:
            yield Problem(quoted(sheet.name), f"it finds {theirs:,} cells with a value, and the file has {ours:,}.")
