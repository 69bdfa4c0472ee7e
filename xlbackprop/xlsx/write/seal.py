"""A seal: a workbook carries a digest of all its parts, so that a later change of any of them can be seen.

A program that saves the workbook keeps the old digest in it (or none), which no longer agrees with the parts. The
digest is made from the sizes and checksums of the parts in the zip file: so a person's change is found quickly, without
unpacking. It is no protection against forgery.
"""

from __future__ import annotations

import zlib
from hashlib import sha256
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from xlbackprop.xlsx.write.markup import DECLARATION, tag, words

STAMP_PART = "docProps/custom.xml"
PROPERTY = "xlbackprop.sha256"
MAX_STAMP = 1 << 16  # bytes; the stamp has some hundred

_PROPERTIES = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_USER_DEFINED = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"


# Not a zip, a damaged one, an encrypted one, one packed in a way that is not ours, no file at all.
_NO_PACKAGE = (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


def stamp_part(package: ZipFile) -> str:
    """Return the XML of the part with the seal, a digest of all other parts of the package."""
    parts = sorted((entry.filename, entry.file_size, entry.CRC) for entry in package.infolist())
    seal = sha256(repr([part for part in parts if part[0] != STAMP_PART]).encode())
    value = words("vt:lpwstr", seal.hexdigest())
    stamp = tag("property", value, fmtid=_USER_DEFINED, pid=2, name=PROPERTY)
    return DECLARATION + tag("Properties", stamp, **{"xmlns": _PROPERTIES, "xmlns:vt": _TYPES})


def is_untouched(path: Path) -> bool:
    """Return whether the file is a workbook by xlbackprop, unchanged since it was written."""
    try:
        with ZipFile(path) as package:
            names = package.namelist()
            if STAMP_PART not in names or len(set(names)) < len(names):
                return False
            if package.getinfo(STAMP_PART).file_size > MAX_STAMP:
                return False  # too large for ours, so it is not unpacked
            return package.read(STAMP_PART) == stamp_part(package).encode()
    except _NO_PACKAGE:
        return False


def has_same_parts(new: Path, old: Path) -> bool:
    """Return whether an old file is whole and has the parts of a new one, in its order, however they are packed."""
    try:
        with ZipFile(new) as ours, ZipFile(old) as theirs:
            return _directory(ours) == _directory(theirs) and not theirs.comment and theirs.testzip() is None
    except _NO_PACKAGE:
        return False


def _directory(package: ZipFile) -> list[tuple[str, int, int]]:
    return [(entry.filename, entry.file_size, entry.CRC) for entry in package.infolist()]
