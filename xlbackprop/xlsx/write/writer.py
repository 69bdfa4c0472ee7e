"""Document → .xlsx, in two steps: openpyxl draws the workbook around the cells, then everything is put in its place.

The same document makes the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from xlbackprop.workbook import Document
from xlbackprop.xlsx.write.fast_libraries import deflater
from xlbackprop.xlsx.write.openpyxl_shell import drawn_shell
from xlbackprop.xlsx.write.parts import finished_parts
from xlbackprop.xlsx.write.seal import STAMP_PART, stamp_part

NO_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can tell
PIECE = 1 << 18
MANY_CELLS = 20_000_000  # a table of more may pass the 2 GiB that a plain zip entry can tell


def workbook_bytes(document: Document) -> bytes:
    """Return the document as the bytes of an .xlsx file."""
    stream = BytesIO()
    write_package(document, stream)
    return stream.getvalue()


def write_package(document: Document, stream: IO[bytes]) -> None:
    """Write the document as an .xlsx file to an open file. Raises OSError."""
    shell, styles = drawn_shell(document)
    large = any(table.rows * len(table.columns) > MANY_CELLS for sheet in document.sheets for table in sheet.tables)
    with ZipFile(stream, "w", ZIP_DEFLATED) as package:
        for name, content in finished_parts(document, shell, styles):
            _write_part(package, name, content, large=large)
        _write_part(package, STAMP_PART, [stamp_part(package)])


def _write_part(package: ZipFile, name: str, content: Iterable[str] | bytes, *, large: bool = False) -> None:
    """Write one part piece by piece."""
    entry = ZipInfo(name, NO_TIME)
    entry.compress_type = ZIP_DEFLATED
    entry.create_system = 0  # else the bytes would tell Windows from the others
    with package.open(entry, "w", force_zip64=large) as part:
        # zipfile knows only zlib; without this line the file would be as sound, and take longer
        part._compressor = deflater()  # type: ignore[attr-defined]
        for piece in [content] if isinstance(content, bytes) else _pieces(content):
            part.write(piece)


def _pieces(text: Iterable[str]) -> Iterable[bytes]:
    """Gather short texts: a call for every row would cost more than the row."""
    waiting: list[str] = []
    length = 0
    for short in text:
        waiting.append(short)
        length += len(short)
        if length >= PIECE:
            yield "".join(waiting).encode()
            waiting, length = [], 0
    yield "".join(waiting).encode()
