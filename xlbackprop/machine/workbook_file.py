"""Writing a document as an .xlsx file on disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from xlbackprop.machine.atomic_write import whole_file

if TYPE_CHECKING:
    from xlbackprop.workbook import Document


def write_workbook(document: Document, path: Path) -> None:
    """Write the document to `path` as an .xlsx file; an old file there stays as it is until the new one is complete.

    Raises OSError where the folder or the file cannot be written; nothing is left behind then.
    """
    from xlbackprop.xlsx.write import write_package  # noqa: PLC0415 -- it imports openpyxl, which is slow

    with whole_file(path) as stream:
        write_package(document, stream)
