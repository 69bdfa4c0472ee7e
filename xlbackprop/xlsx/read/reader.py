"""Any program's .xlsx file, read in one pass: its sheets, and on the way a copy of it without stored values.

Files come from strangers: `package.py` opens them with care. Stored values are returned as they are; whether they are
true is not checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from shutil import copyfileobj
from typing import IO
from xml.etree.ElementTree import Element
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from xlbackprop.errors import InputError, Problem
from xlbackprop.workbook import Place, Value
from xlbackprop.xlsx.read.careful_parse import CarefulParse
from xlbackprop.xlsx.read.cell_values import cell_text
from xlbackprop.xlsx.read.package import MAIN, Package, workbook_package
from xlbackprop.xlsx.read.quick_scan import NotOurs, QuickScan
from xlbackprop.xlsx.read.said_twice import refuse_what_is_said_twice
from xlbackprop.xlsx.read.sheet import ReadSheet

BLOCK_SIZE = 1 << 20  # bytes that are copied at once

Given = Mapping[str, Mapping[Place, Value]]  # sheet → (row, column) → the value in place of the formula


def read_workbook(path: Path) -> dict[str, ReadSheet]:
    """Return the sheets of an .xlsx file by name. Raises InputError where it is not a readable .xlsx workbook."""
    with workbook_package(path) as package:
        return read_sheets(package)


def blind_copy(source: Path, target: Path, given: Given | None = None) -> dict[str, ReadSheet]:
    """Write a copy of a workbook in which no formula cell has a value, and return the sheets of the workbook.

    A program that only repeats stored values has nothing to repeat there. All else is the same, but that the shared
    formulas of a sheet that has many of them are written out.
    Formula cells in `given` get the value there instead of their formula. Where one of them shares its formula, all
    cells that share it must be given.
    Raises InputError where `source` is not a readable .xlsx workbook, or is `target` itself.
    """
    if target.exists() and source.exists() and target.samefile(source):
        raise InputError(str(source), [Problem("", "a copy without values would replace the workbook itself.")])
    with workbook_package(source) as package:
        return read_sheets(package, target, given)


def read_sheets(package: Package, blind: Path | None = None, given: Given | None = None) -> dict[str, ReadSheet]:
    """Return the sheets of an open workbook by name; `blind` is the path of a copy to be written, as `blind_copy` does.

    A workbook whose every sheet is written as our own writer writes it is read quickly, any other with care.
    Raises DamagedWorkbook where two programs could read it differently.
    """
    refuse_what_is_said_twice(package)
    strings = _shared_strings(package)
    try:
        return _read(package, blind, given or {}, strings, quick=True)
    except NotOurs:
        return _read(package, blind, given or {}, strings, quick=False)


def _read(
    package: Package, blind: Path | None, given: Given, strings: list[str], *, quick: bool
) -> dict[str, ReadSheet]:
    sheets: dict[str, ReadSheet] = {}
    copy = nullcontext() if blind is None else ZipFile(blind, "w", ZIP_STORED)  # it is read once, and thrown away
    with copy as archive:
        for name, part in package.sheets.items():
            replaced = given.get(name, {})
            with package.open(part) as content, _copied(archive, part) as copied:
                if quick:
                    scan = QuickScan(strings, None if copied is None else copied.write, replaced)
                    sheets[name] = scan.read(content)
                else:
                    parsed = CarefulParse(content.read(), strings)
                    sheets[name] = parsed.sheet
                    if copied is not None:
                        copied.write(parsed.blinded(replaced))
            package.hold(sheets[name].frame)
        if archive is not None:
            for part in package.archive.namelist():
                if part not in package.sheets.values():
                    with package.open(part) as content, archive.open(ZipInfo(part), "w") as whole:
                        copyfileobj(content, whole, BLOCK_SIZE)
    return sheets


@contextmanager
def _copied(archive: ZipFile | None, part: str) -> Iterator[IO[bytes] | None]:
    """Open a part of the copy, if there is one; its time is fixed, since a clock may be before 1980."""
    if archive is None:
        yield None
    else:
        with archive.open(ZipInfo(part), "w") as copied:
            yield copied


def _shared_strings(package: Package) -> list[str]:
    if package.strings is None:
        return []
    return [cell_text("".join(_pieces(item))) for item in package.tree(package.strings).iter(f"{MAIN}si")]


def _pieces(item: Element) -> Iterator[str]:
    """Yield the pieces of a text; a guide to its pronunciation is no part of it."""
    for element in item:
        if element.tag == f"{MAIN}t":
            yield element.text or ""
        elif element.tag == f"{MAIN}r":
            yield from (text.text or "" for text in element.iter(f"{MAIN}t"))
