"""A document becomes a file on a disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from xlbackprop.machine.atomic_write import whole_file

if TYPE_CHECKING:
    from xlbackprop.workbook import Document


def write_workbook(document: Document, path: Path) -> None:
    """Write the document to `path`; a file that stands there stays as it is until the new one is whole.

    Raises OSError where the folder or the file cannot be written; nothing is left behind then.
    """
    from xlbackprop.xlsx.write import write_package  # noqa: PLC0415 -- openpyxl comes along with this room

    with whole_file(path) as stream:
        write_package(document, stream)
