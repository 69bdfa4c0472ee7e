"""Spreadsheets in the OpenDocument format (.ods), looked through before a program converts them."""

from __future__ import annotations

import re
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from xlbackprop.errors import InputError, Problem

_MOST_BYTES = 100_000_000  # unpacked: 20 times what the largest exercise takes
_MOST_PROPERTIES = 1_000_000
_KIND = b"application/vnd.oasis.opendocument.spreadsheet"
_MACROS = re.compile("(?:Basic|Scripts)/.")  # names of their parts
# A source of data, a picture or another file that LibreOffice would open without being asked.
_REACHES_OUT = re.compile(
    rb"<(?:\w+:)?(?:cell-range-source|table-source|dde-source|image|plugin|object|database-source\w*)\b[^>]*"
    rb"href=[\"'](?:[A-Za-z][\w+.-]*:|//|\.\./)|<(?:\w+:)?dde-source\b|WEBSERVICE\s*\(|\bDDE\s*\(|'file:|'https?:"
)
_BROKEN = (BadZipFile, KeyError, ValueError, NotImplementedError, RuntimeError, EOFError)


def is_open_document(path: Path) -> bool:
    """Return whether a file says in its first part that it is such a spreadsheet. Raises OSError."""
    try:
        with ZipFile(path) as archive:
            return archive.getinfo("mimetype").file_size < 100 and archive.read("mimetype").strip() == _KIND
    except _BROKEN:
        return False


def described(path: Path) -> str:
    """Return all that the properties of an .ods file say, "" where it has none. Raises OSError."""
    try:
        with ZipFile(path) as archive:
            meta = archive.getinfo("meta.xml")
            return "" if meta.file_size > _MOST_PROPERTIES else archive.read(meta).decode("utf-8", "replace")
    except _BROKEN:
        return ""


def refuse_active_open_document(path: Path) -> None:
    """Raise InputError where an .ods file has macros, would fetch something, is too large or damaged."""
    hint = "Save it anew without that, or as .xlsx."
    try:
        with ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MOST_BYTES:
                what = f"unpacked it has more than {_MOST_BYTES:,} bytes."
            elif any(map(_MACROS.match, archive.namelist())):
                what = "it has macros."
            elif any(_REACHES_OUT.search(archive.read(name)) for name in archive.namelist() if _is_xml(name)):
                what = "it would fetch something from elsewhere."
            else:
                return
    except _BROKEN as error:
        what, hint = f"it is damaged: {error}", "Save it anew, or as .xlsx."
    raise InputError(str(path), [Problem("", what, hint)])


def _is_xml(part: str) -> bool:
    return part.endswith((".xml", ".rdf"))
