"""Document → .xlsx, in two steps: openpyxl draws the workbook around the cells, then everything is put in its place.

A file is written whole or not at all, and the same document makes the same bytes.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from xlbackprop.document import Document
from xlbackprop.xlsx.finish import finished_parts
from xlbackprop.xlsx.shell import drawn_shell
from xlbackprop.xlsx.stamp import STAMP_PART, stamp_part

NO_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can tell
PIECE = 1 << 20


def workbook_bytes(document: Document) -> bytes:
    """Return the document as the bytes of an .xlsx file."""
    stream = BytesIO()
    _write_package(document, stream)
    return stream.getvalue()


def write_workbook(document: Document, path: Path) -> None:
    """Write the document to `path`; a file that stands there stays as it is until the new one is whole.

    Raises OSError where the folder or the file cannot be written; nothing is left behind then.
    """
    target = path.resolve()
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        with draft.open("xb") as stream:
            _write_package(document, stream)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _write_package(document: Document, stream: IO[bytes]) -> None:
    shell, styles = drawn_shell(document)
    with ZipFile(stream, "w", ZIP_DEFLATED) as package:
        digests = {name: _write_part(package, name, text) for name, text in finished_parts(document, shell, styles)}
        _write_part(package, STAMP_PART, [stamp_part(digests)])


def _write_part(package: ZipFile, name: str, text: Iterable[str]) -> bytes:
    """Write one part piece by piece, and return its SHA-256."""
    entry = ZipInfo(name, NO_TIME)
    entry.compress_type = ZIP_DEFLATED
    entry.create_system = 0  # else the bytes would tell Windows from the others
    digest = sha256()
    with package.open(entry, "w") as part:
        for piece in _pieces(text):
            digest.update(piece)
            part.write(piece)
    return digest.digest()


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
