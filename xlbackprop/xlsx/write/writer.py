"""Document → .xlsx file, in two steps: openpyxl makes the workbook without cells, then all parts are completed.

The same document makes the same parts, byte for byte and in the same order, with the same seal. How a part is packed
may differ: isal looks for repetitions in other ways on other processors, at every level.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from itertools import chain
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from xlbackprop.workbook import Document
from xlbackprop.xlsx.write.fast_libraries import deflater
from xlbackprop.xlsx.write.openpyxl_shell import drawn_shell
from xlbackprop.xlsx.write.parts import finished_parts
from xlbackprop.xlsx.write.seal import STAMP_PART, stamp_part

NO_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can store
PIECE = 1 << 18
MANY_CELLS = 20_000_000  # a larger table may exceed the 2 GiB of a plain zip entry


def workbook_bytes(document: Document) -> bytes:
    """Return the document as the bytes of an .xlsx file."""
    stream = BytesIO()
    write_package(document, stream)
    return stream.getvalue()


def write_package(document: Document, stream: IO[bytes]) -> None:
    """Write the document as an .xlsx file to a binary stream. Raises OSError where it cannot be written."""
    shell, styles = drawn_shell(document)
    large = any(table.rows * len(table.columns) > MANY_CELLS for sheet in document.sheets for table in sheet.tables)
    with ZipFile(stream, "w", ZIP_DEFLATED) as package:
        for name, content in finished_parts(document, shell, styles):
            _write_part(package, name, content, large=large)
        _write_part(package, STAMP_PART, [stamp_part(package)])


def _write_part(package: ZipFile, name: str, content: Iterable[str] | bytes, *, large: bool = False) -> None:
    """Write one part of the zip file piece by piece."""
    entry = ZipInfo(name, NO_TIME)
    entry.compress_type = ZIP_DEFLATED
    entry.create_system = 0  # else the bytes would be different on Windows
    with package.open(entry, "w", force_zip64=large) as part:
        # zipfile knows only zlib; without this line the file would be as sound, but slower to write
        pieces = iter([content] if isinstance(content, bytes) else _pieces(content))
        first = next(pieces)
        part._compressor = deflater(_last_row(first))  # type: ignore[attr-defined]
        for piece in chain([first], pieces):
            part.write(piece)


def _last_row(piece: bytes) -> int:
    """Return the number of bytes of the last row in a piece of a sheet, 0 where there is none."""
    start = piece.rfind(b"<row ")
    return 0 if start < 0 else len(piece) - start


def _pieces(text: Iterable[str]) -> Iterable[bytes]:
    """Yield the texts joined into large pieces of bytes: writing each row by itself would be slow."""
    waiting: list[str] = []
    length = 0
    for short in text:
        waiting.append(short)
        length += len(short)
        if length >= PIECE:
            yield "".join(waiting).encode()
            waiting, length = [], 0
    yield "".join(waiting).encode()
