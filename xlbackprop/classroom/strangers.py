"""Workbooks of strangers, whatever program saved them, as .xlsx files for the one reader that there is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xlbackprop.engines import EngineFailed, EngineMissing, LibreOffice
from xlbackprop.errors import InputError, Problem
from xlbackprop.machine import temporary_folder
from xlbackprop.xlsx.read import is_open_document, refuse_active_open_document

SUFFIXES = (".xlsx", ".ods")
TIME_LIMIT = 45.0  # seconds for the conversion of one file; less than a command waits, which could not end LibreOffice


@contextmanager
def as_xlsx(path: Path) -> Iterator[Path]:
    """Yield a workbook as an .xlsx file: itself, or what LibreOffice makes of an .ods file.

    Raises InputError where it is an .ods file and LibreOffice is missing, cannot read it, or would have to run or fetch
    something, OSError where it cannot be read. What is neither kind is yielded as it is, and refused by whoever reads
    it.
    """
    if not is_open_document(path):
        yield path
        return
    refuse_active_open_document(path)
    with temporary_folder() as room:
        made = room / f"{path.stem or 'workbook'}.xlsx"
        try:
            LibreOffice(TIME_LIMIT).convert(path, made)
        except EngineMissing as missing:
            what = "it is an .ods file, which only LibreOffice can read."
            raise InputError(str(path), [Problem("", what, f"Save it as .xlsx. {missing}")]) from None
        except EngineFailed as failed:
            raise InputError(str(path), [Problem("", str(failed), "Save it as .xlsx.")]) from None
        yield made
