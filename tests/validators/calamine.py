"""Calamine, a reader in Rust that many programs are built on, opens the file and finds its sheets and cells."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from tests.lint import Facts
from tests.validators.base import Judgement, ValidatorMissing
from tests.validators.reload import other_counts, other_sheets
from xlbackprop.errors import Problem

MOST_PLACES = 50_000_000  # it keeps a sheet as a whole rectangle, empty cells too


class Calamine:
    """The package python-calamine, where it is installed."""

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
        return Judgement((*other_sheets(names, facts), *other_counts(counts, facts, with_errors=False)))


def _count(book: object, sheet: str) -> int:
    rows = book.get_sheet_by_name(sheet).iter_rows()  # type: ignore[attr-defined]
    return sum(value != "" for row in rows for value in row)
