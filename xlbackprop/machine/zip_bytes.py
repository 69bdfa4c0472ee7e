"""A zip whose bytes hang on its files alone: no time of day, no packing, the same on every system."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from io import BytesIO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can tell
_UNIX = 3
_FILE, _PROGRAM = 0o100644 << 16, 0o100755 << 16


def plain_zip(files: Mapping[str, bytes], programs: Collection[str] = (), comment: bytes = b"") -> bytes:
    """Return a zip of these files, by their paths in it ("lesson/data.csv"); `programs` may be executed."""
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_STORED) as archive:
        archive.comment = comment
        for name, content in files.items():
            entry = ZipInfo(name, _TIME)
            entry.create_system, entry.external_attr = _UNIX, _PROGRAM if name in programs else _FILE
            archive.writestr(entry, content)
    return stream.getvalue()
