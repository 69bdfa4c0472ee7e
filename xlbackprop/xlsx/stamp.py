"""A seal: a workbook carries the digest of all its parts, so that a later change of any of them can be seen.

A program that saves the workbook leaves the old digest in it (or none), and the parts no longer agree with it.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from xlbackprop.xlsx.markup import DECLARATION, tag, words
from xlbackprop.xlsx.package import MAX_PARTS, MAX_TOTAL

STAMP_PART = "docProps/custom.xml"
PROPERTY = "xlbackprop.sha256"
BLOCK = 1 << 20
MAX_STAMP = 1 << 16  # bytes; the stamp has some hundred

_PROPERTIES = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_USER_DEFINED = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"


def stamp_part(digests: Mapping[str, bytes]) -> str:
    """Return the part that seals the others, given the SHA-256 of each by its name."""
    whole = sha256()
    for name in sorted(digests):
        whole.update(name.encode() + b"\0" + digests[name])
    value = words("vt:lpwstr", whole.hexdigest())
    stamp = tag("property", value, fmtid=_USER_DEFINED, pid=2, name=PROPERTY)
    return DECLARATION + tag("Properties", stamp, **{"xmlns": _PROPERTIES, "xmlns:vt": _TYPES})


def is_untouched(path: Path) -> bool:
    """Return whether the file is a workbook of ours in which no part has changed since."""
    try:
        with ZipFile(path) as package:
            names = package.namelist()
            if STAMP_PART not in names or len(set(names)) < len(names) or _too_large(package):
                return False
            digests = {name: _digest(package, name) for name in names if name != STAMP_PART}
            return package.read(STAMP_PART) == stamp_part(digests).encode()
    # Not a zip, a damaged one, an encrypted one, one packed in a way that is not ours, no file at all.
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError):
        return False


def _too_large(package: ZipFile) -> bool:
    """A file that is larger than any of ours is not unpacked to be told apart from them."""
    entries = package.infolist()
    whole = sum(entry.file_size for entry in entries)
    return len(entries) > MAX_PARTS or whole > MAX_TOTAL or package.getinfo(STAMP_PART).file_size > MAX_STAMP


def _digest(package: ZipFile, name: str) -> bytes:
    digest = sha256()
    with package.open(name) as part:
        while block := part.read(BLOCK):
            digest.update(block)
    return digest.digest()
