"""The hand-out: a PDF of those sheets of a workbook that are meant for paper. The long tables are left out.

LibreOffice draws the pages, from a workbook that holds these sheets alone and no formula. So it has nothing to
calculate: the true values are printed, and a lesson of a million rows prints as quickly as a short one.

A hand-out carries a seal, so that one with somebody's annotations is not overwritten: after the end of the PDF a
comment, which readers pass over, with the digest of all bytes before it.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from xlbackprop.engines.libreoffice import LibreOffice
from xlbackprop.machine import temporary_folder, write_workbook
from xlbackprop.workbook import Document, Sheet, Table, on_paper

_SEAL = b"\n%xlbackprop sha256 "


def sheets_on_paper(document: Document) -> tuple[str, ...]:
    """Return the names of the sheets that a hand-out holds, in their order."""
    return tuple(sheet.name for sheet in document.sheets if sheet.on_paper)


def for_paper(document: Document) -> Document:
    """Return the document of a hand-out: its sheets alone, with values instead of formulas, without links."""
    sheets = tuple(_for_paper(document[name]) for name in sheets_on_paper(document))
    return replace(document, sheets=sheets, names={})


def _for_paper(sheet: Sheet) -> Sheet:
    printed = on_paper(sheet)  # a link to a sheet that is left out would lead to a file of this machine
    cells = {place: replace(cell, formula=None) for place, cell in printed.cells.items()}
    return replace(printed, cells=cells, tables=tuple(map(_values_alone, sheet.tables)))


def _values_alone(table: Table) -> Table:
    columns = (replace(filled, fill=None, first=None, constant_first=False) for filled in table.columns)
    return replace(table, columns=tuple(columns))


def require_printer() -> None:
    """Raise EngineMissing, with how to get it, where LibreOffice, which draws the pages, is not installed."""
    LibreOffice().require()


def handout_pdf(document: Document) -> bytes:
    """Return the hand-out of a workbook as the bytes of a sealed PDF. Raises EngineMissing or EngineFailed."""
    with temporary_folder() as room:
        workbook = room / "handout.xlsx"
        write_workbook(for_paper(document), workbook)
        return sealed(LibreOffice().pdf(workbook, document.language))


# --------------------------------------------------------------------------------------------------------------- seal


def sealed(pdf: bytes) -> bytes:
    """Return the bytes of a PDF with its seal after them."""
    return pdf + _SEAL + sha256(pdf).hexdigest().encode() + b"\n"


def is_untouched_handout(path: Path) -> bool:
    """Return whether the file is a hand-out by xlbackprop, unchanged since it was made."""
    try:
        content = path.read_bytes()
    except OSError:  # a folder, or no file at all
        return False
    pdf, seal, _ = content.rpartition(_SEAL)
    return bool(seal) and content == sealed(pdf)
