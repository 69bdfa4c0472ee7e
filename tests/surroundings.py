"""What stands around the cells of a workbook on disk, read as `verify` reads it."""

from __future__ import annotations

from pathlib import Path

from xlbackprop.xlsx.read import Surroundings, read_sheets, read_surroundings, workbook_package


def surroundings(path: Path) -> Surroundings:
    """Return what a workbook has besides the contents of its cells. Raises InputError where it is not readable."""
    with workbook_package(path) as package:
        return read_surroundings(package, read_sheets(package))
