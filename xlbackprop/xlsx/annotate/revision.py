"""A package that is changed: parts that are new or other than they were. All others are copied byte for byte."""

from __future__ import annotations

import posixpath
from itertools import count
from shutil import copyfileobj
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from xlbackprop.xlsx.annotate.splice import Spliced
from xlbackprop.xlsx.read import CONTENT_TYPES, Package
from xlbackprop.xlsx.write import DECLARATION, PACKAGE_RELATIONSHIPS, tag

_OFFICE = "http://schemas.openxmlformats.org"
_STRICT = "http://purl.oclc.org/ooxml"  # what Excel calls "Strict Open XML Spreadsheet" has other names for all
_BLOCK = 1 << 20  # bytes that are copied at once


class Revision:
    """A package under change."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self._changed: dict[str, bytes] = {}
        is_strict = self.spliced(package.book).space.startswith(_STRICT)
        self.main = f"{_STRICT}/spreadsheetml/main" if is_strict else f"{_OFFICE}/spreadsheetml/2006/main"
        office = f"{_STRICT}/officeDocument" if is_strict else f"{_OFFICE}/officeDocument/2006"
        self.related = f"{office}/relationships"

    def spliced(self, part: str) -> Spliced:
        """Return a part, as it is by now, to be changed."""
        return Spliced(self.read(part))

    def read(self, part: str) -> bytes:
        """Return the bytes of a part, as it is by now. Raises DamagedWorkbook where it is absent."""
        if part not in self._changed:
            with self.package.open(part) as content:
                return content.read()
        return self._changed[part]

    def put(self, part: str, content: bytes | str) -> None:
        """Put a part in the place of the old one, or beside the others."""
        self._changed[part] = content if isinstance(content, bytes) else content.encode()

    def free(self, stem: str, ending: str) -> str:
        """Return the name of a new part ("styles", ".xml"), numbered where it is taken, in the workbook's folder."""
        taken = {name.lower() for name in (*self.package.archive.namelist(), *self._changed)}
        folder = posixpath.dirname(self.package.book)
        names = (posixpath.join(folder, f"{stem}{number or ''}{ending}") for number in count())
        return next(name for name in names if name.lower() not in taken)

    def add(self, part: str, kind: str, new: str, content: str, content_type: str) -> str:
        """Add a new part to which another one is related in this way; return the id of the relationship."""
        self.put(new, content)
        self._declare(new, content_type)
        folder, name = posixpath.split(part)
        links = posixpath.join(folder, "_rels", f"{name}.rels")
        if links not in self._changed and not self.package.has(links):
            self.put(links, DECLARATION + tag("Relationships", xmlns=PACKAGE_RELATIONSHIPS))
        spliced = self.spliced(links)
        taken = {node.attributes.get("Id") for node in spliced.root.children}
        id_ = next(f"rId{number}" for number in count(len(taken) + 1) if f"rId{number}" not in taken)
        target = posixpath.relpath(new, folder or ".")  # some readers do not know absolute ones
        spliced.add(spliced.root, tag("Relationship", Id=id_, Type=f"{self.related}/{kind}", Target=target))
        self.put(links, spliced.result())
        return id_

    def _declare(self, part: str, content_type: str) -> None:
        spliced = self.spliced(CONTENT_TYPES)
        endings = {node.attributes.get("Extension", "").lower() for node in spliced.root.all("Default")}
        if part.endswith(".vml") and "vml" not in endings:
            spliced.put(spliced.root.opened, tag("Default", Extension="vml", ContentType=content_type))
        else:
            spliced.add(spliced.root, tag("Override", PartName=f"/{part}", ContentType=content_type))
        self.put(CONTENT_TYPES, spliced.result())

    def write(self, stream: IO[bytes]) -> None:
        """Write the package: its parts in their order, and behind them the new ones."""
        old = self.package.archive.namelist()
        with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
            for part in [*old, *(name for name in self._changed if name not in old)]:
                entry = ZipInfo(part)  # its time is fixed
                entry.compress_type = ZIP_DEFLATED
                if part not in self._changed:
                    entry.file_size = self.package.archive.getinfo(part).file_size  # from which its format follows
                if part in self._changed:
                    archive.writestr(entry, self._changed[part])
                else:
                    with self.package.open(part) as content, archive.open(entry, "w") as copied:
                        copyfileobj(content, copied, _BLOCK)
