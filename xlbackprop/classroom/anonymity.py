"""A copy of a workbook that tells less about whose it is, for machines that are not the teacher's."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

_MOST_BYTES = 100_000_000  # unpacked; a larger one is looked at here
_OF_PEOPLE = re.compile(
    r"docProps/(?:core|app|custom)\.xml|meta\.xml|xl/persons/[^/]+\.xml|xl/(?:comments/?)[^/]*\.xml"
)
_NAME = re.compile(
    rb"(?P<tag><(?:\w+:)?(?:creator|lastModifiedBy|initial-creator|author|Manager|Company|editor)\b[^>]*>)[^<]*"
    rb"|(?P<attribute>\s(?:displayName|userId|providerId)=)(?:\"[^\"]*\"|'[^']*')"
)
_TEXT = re.compile(rb"(<(?:\w+:)?[tp]\b[^>]*>)([^<]+)")  # of a cell, in either format
_BROKEN = (BadZipFile, KeyError, ValueError, NotImplementedError, RuntimeError, EOFError, OSError)


def unnamed(content: bytes, names: Iterable[str] = ()) -> bytes | None:
    """Return a workbook, .xlsx or .ods, without its authors, and without these names in the texts of its cells.

    All else is the same. None where it is damaged, or too large for that.
    """
    wanted = sorted({escape(name).encode() for name in names if len(name.strip()) > 2}, key=len, reverse=True)
    in_texts = re.compile(b"|".join(map(re.escape, wanted))) if wanted else None
    copy = io.BytesIO()
    try:
        with ZipFile(io.BytesIO(content)) as source, ZipFile(copy, "w", ZIP_DEFLATED) as target:
            if sum(entry.file_size for entry in source.infolist()) > _MOST_BYTES:
                return None
            for entry in source.infolist():
                part = source.read(entry)
                if _OF_PEOPLE.fullmatch(entry.filename):
                    part = _NAME.sub(_without_name, part)
                if in_texts is not None and entry.filename.endswith(".xml"):
                    part = _TEXT.sub(lambda text: text[1] + in_texts.sub("…".encode(), text[2]), part)
                target.writestr(entry, part)
    except _BROKEN:
        return None
    return copy.getvalue()


def _without_name(found: re.Match[bytes]) -> bytes:
    return found["tag"] or found["attribute"] + b'""'
