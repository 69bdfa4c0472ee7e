"""LibreOffice Calc, run without a window in a profile of its own that is thrown away.

How it works: the profile says "always recalculate", and holds a macro in LibreOffice Basic that opens each workbook,
calculates it once more for certain, saves it as .xlsx, and writes every number as its eight bytes. The saved file
tells text, truth values and errors apart, but keeps 15 digits of a number; the bytes have all 17. So the numbers are
exact without Python-UNO, which Calc comes without on Debian and macOS.

Where macros cannot run (some administrators forbid them), the workbooks are converted instead, and numbers have 15
digits: an error of 5e-15 of the number at most.

Known deviations from Excel: FIXED with more than 15 decimals is #VALUE!; LN(-1) is saved as #VALUE! where Excel has
#NUM!.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from hashlib import md5
from pathlib import Path

import numpy as np

from xlbackprop.engines.base import BlindCopy, EngineFailed, EngineMissing, Gap, WorkbookValues
from xlbackprop.machine import run_program, temporary_folder
from xlbackprop.workbook import NumberBand, SheetValues
from xlbackprop.xlsx.read import ReadSheet, read_workbook

_PLACES = {
    "darwin": ("/Applications/LibreOffice.app/Contents/MacOS/soffice",),
    "win32": (
        r"C:\Program Files\LibreOffice\program\soffice.com",  # soffice.exe would not wait
        r"C:\Program Files (x86)\LibreOffice\program\soffice.com",
    ),
}
_SOCKETS = ("/tmp", "/var/tmp")
_MACRO = "macro:///Standard.Module1.Main"
_SILENT = "it did not say why"

# Tagged, so that a screen reader finds its way; the window shows the title, not the name of the file.
_YES = {"type": "boolean", "value": "true"}
_PDF_OPTIONS = {"UseTaggedPDF": _YES, "ExportBookmarks": _YES, "DisplayPDFDocumentTitle": _YES}
_PDF = f"pdf:calc_pdf_Export:{json.dumps(_PDF_OPTIONS)}"
_FILTERS = {".xlsx": "xlsx:Calc MS Excel 2007 XML", ".ods": "ods:calc8"}


class LibreOffice:
    """The installed program `soffice`; `time_limit`, in seconds, is that of one start with all its workbooks.

    It calculates in `language`, whatever that of the computer is, because FIXED writes the language's decimal mark.
    """

    name = "libreoffice"
    overflow_is_error = True
    gaps: tuple[Gap, ...] = ()

    def __init__(self, time_limit: float = 300, language: str = "en-US") -> None:
        self.time_limit, self.language = time_limit, language

    def require(self) -> None:
        """Raise EngineMissing, with how to get the program, where it is not installed; it is not started."""
        _program()

    def version(self) -> str:
        """Return the version, e.g. "7.4.7.2". Raises EngineMissing or EngineFailed."""
        with temporary_folder() as room:
            words = self._run(room, "--version").split()
        return words[1] if len(words) > 1 else "unknown"

    def recalculate(self, blind: Sequence[BlindCopy]) -> list[WorkbookValues]:
        """Calculate copies of the workbooks in one start. Raises EngineMissing or EngineFailed."""
        if not blind:
            return []
        with temporary_folder() as folder:
            room = folder.resolve()
            for number, copy in enumerate(blind):
                shutil.copyfile(copy.path, room / f"{number}.xlsx")
            _write_profile(room, len(blind), self.language)
            said = self._run(room, _MACRO)
            if not (room / "done").exists():
                said += self._convert(room, len(blind))
            return [_results(room, number, copy.path, said) for number, copy in enumerate(blind)]

    def pdf(self, workbook: Path, language: str) -> bytes:
        """Return the pages of a workbook as a tagged PDF with a bookmark for each sheet; its stored values are printed.

        `language` ("en-GB") is that of the pages, whatever the language of the computer.
        Raises EngineMissing or EngineFailed.
        """
        with temporary_folder() as folder:
            room = folder.resolve()
            shutil.copyfile(workbook, room / "pages.xlsx")
            _write_settings(room, *_spoken(language))
            said = self._run(room, "--convert-to", _PDF, "--outdir", str(room), str(room / "pages.xlsx"))
            made = room / "pages.pdf"
            if not made.exists():
                raise EngineFailed(f"LibreOffice could not make a PDF of {workbook.name}: {said or _SILENT}")
            return made.read_bytes()

    def convert(self, source: Path, target: Path) -> None:
        """Write a workbook in the format that the suffix of `target` names: .xlsx or .ods.

        Macros of it are not run, and nothing that it links to is fetched. Raises EngineMissing or EngineFailed.
        """
        with temporary_folder() as folder:
            room = folder.resolve()
            _write_settings(room)
            (room / "in").mkdir()
            copy = room / "in" / f"workbook{source.suffix}"
            shutil.copyfile(source, copy)
            kind = _FILTERS[target.suffix.lower()]
            said = self._run(room, "--convert-to", kind, "--outdir", str(room), str(copy))
            made = room / f"workbook{target.suffix.lower()}"
            if not made.exists():
                raise EngineFailed(f"LibreOffice could not read {source.name}: {said or _SILENT}")
            shutil.copyfile(made, target)

    def _convert(self, room: Path, books: int) -> str:
        sources = [str(room / f"{number}.xlsx") for number in range(books)]
        for old in (room / "out").iterdir():  # the macro may have been cut off in the middle of one
            old.unlink()
        return self._run(room, "--convert-to", _FILTERS[".xlsx"], "--outdir", str(room / "out"), *sources)

    def _run(self, room: Path, *arguments: str) -> str:
        """Run the program in its own profile and return what it printed."""
        profile = (room / "profile").as_uri()
        settings = [f"-env:UserInstallation={profile}", "--headless", "--norestore", "--nologo"]
        try:
            done = run_program("LibreOffice", [_program(), *settings, *arguments], room, self.time_limit, EngineFailed)
        finally:
            _remove_socket(profile)
        lines = f"{done.output.decode(errors='replace')}\n{done.errors}".strip().splitlines()
        return "\n".join(line for line in lines if "javaldx" not in line)  # Calc does without Java


def _program() -> str:
    for name in ("soffice", "libreoffice"):
        if (found := shutil.which(name)) is not None and sys.platform != "win32":
            return found
    for place in _PLACES.get(sys.platform, ()):
        if Path(place).exists():
            return place
    raise EngineMissing("LibreOffice is not here, or not on the PATH: https://www.libreoffice.org/download")


def _remove_socket(profile: str) -> None:
    """Remove the socket that LibreOffice leaves where it was ended; `profile` is the URI of its profile.

    It lies outside the folder for temporary files, and is named after the MD5 of the profile, without leading zeros.
    """
    if sys.platform == "win32":
        return
    digest = md5(profile.encode("utf-16-le"), usedforsecurity=False).digest()
    name = f"OSL_PIPE_{os.getuid()}_SingleOfficeIPC_{''.join(f'{byte:x}' for byte in digest)}"
    for folder in _SOCKETS:
        with suppress(OSError):
            Path(folder, name).unlink()


def as_ods(workbook: Path, target: Path) -> None:
    """Write an .xlsx workbook as an .ods file, for those who handed in one; notes, frames and formulas are kept.

    Raises EngineMissing, with how to get LibreOffice, or EngineFailed; OSError where the target cannot be written.
    """
    LibreOffice().convert(workbook, target)


# ------------------------------------------------------------------------------------------------------------ results


def _results(room: Path, number: int, path: Path, said: str) -> WorkbookValues:
    calculated = room / "out" / f"{number}.xlsx"
    if not calculated.exists():
        told = room / "failed"
        reason = told.read_text(errors="replace").strip() if told.exists() else said
        raise EngineFailed(f"LibreOffice could not calculate {path.name}: {reason or _SILENT}")
    sheets = read_workbook(calculated)
    exact = room / "out" / f"{number}.numbers"
    numbers = exact.read_bytes() if exact.exists() else b""
    return _with_exact_numbers(sheets, numbers)


def _with_exact_numbers(sheets: dict[str, ReadSheet], numbers: bytes) -> WorkbookValues:
    """Return the values of the sheets, with the exact number in place of each that was saved with 15 digits.

    `numbers` holds, sheet by sheet, the counts of rows and columns and then the cells row by row, 0 where no number is.
    """
    if not numbers:
        return {name: sheet.stored for name, sheet in sheets.items()}
    results: dict[str, SheetValues] = {}
    start = 0
    for name, sheet in sheets.items():
        rows, columns = struct.unpack_from(">ii", numbers, start)
        exact = np.frombuffer(numbers, ">f8", rows * columns, start + 8).reshape(rows, columns)
        start += 8 + exact.nbytes
        results[name] = SheetValues([_exact(band, exact) for band in sheet.stored.bands], sheet.others)
    return results


def _exact(band: NumberBand, exact: np.ndarray) -> NumberBand:
    """Return the band with the exact numbers, as far as these reach."""
    first = band.first_row - 1
    rows, columns = exact[first : first + len(band.numbers)], [*band.columns]
    there = sum(column <= exact.shape[1] for column in columns)
    numbers = band.numbers.copy()
    saved = numbers[: len(rows), :there]
    saved[:] = np.where(np.isnan(saved), saved, rows[:, [column - 1 for column in columns[:there]]])
    return NumberBand(band.first_row, columns, numbers)


# ------------------------------------------------------------------------------------------------------------ profile

# A profile that was never used would be filled with an empty library in the place of ours.
_USED_BEFORE = ("Setup/Office", "ooSetupInstCompleted", "true")
_RECALCULATE = tuple(("Office.Calc/Formula/Load", f"{kind}RecalcMode", "0") for kind in ("OOXML", "ODF"))
# A picture with an outer link is asked for while a file is loaded; by way of a server that is not there, in vain.
_NOWHERE = {"ProxyName": "127.0.0.1", "ProxyPort": "9"}
_OFFLINE = (
    ("Inet/Settings", "ooInetProxyType", "1"),
    ("Inet/Settings", "ooInetNoProxy", ""),
    *(
        ("Inet/Settings", f"ooInet{kind}{name}", value)
        for kind in ("HTTP", "HTTPS")
        for name, value in _NOWHERE.items()
    ),
)
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
{items}
</oor:items>
"""
_ITEM = """<item oor:path="/org.openoffice.{}">
<prop oor:name="{}" oor:op="fuse"><value>{}</value></prop>
</item>"""
_LIBRARIES = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:libraries PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "libraries.dtd">
<library:libraries xmlns:library="http://openoffice.org/2000/library">
<library:library library:name="Standard" library:link="false"/>
</library:libraries>
"""
_LIBRARY = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">
<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard"
 library:readonly="false" library:passwordprotected="false">
<library:element library:name="Module1"/>
</library:library>
"""
_MODULE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">
<![CDATA[
Const Room = "{room}/"
Const Books = {books}
Const Most = {most}

Sub Main
  On Error GoTo Failed
  For number = 0 To Books - 1
    Calculate(Room & number & ".xlsx", Room & "out/" & number)
  Next
  WriteText(Room & "done", "")
  StarDesktop.terminate()
  Exit Sub
Failed:
  WriteText(Room & "failed", Error$)
  StarDesktop.terminate()
End Sub

Sub Calculate(source, target)
  Dim quietly(2) As New com.sun.star.beans.PropertyValue
  quietly(0).Name = "Hidden"
  quietly(0).Value = True
  quietly(1).Name = "MacroExecutionMode" ' never run what a stranger's file brings
  quietly(1).Value = 0
  quietly(2).Name = "UpdateDocMode" ' never fetch what it links to
  quietly(2).Value = 0
  book = StarDesktop.loadComponentFromURL(source, "_blank", 0, quietly())
  book.calculateAll()
  WriteNumbers(book, target & ".numbers")
  Dim kind(0) As New com.sun.star.beans.PropertyValue
  kind(0).Name = "FilterName"
  kind(0).Value = "Calc MS Excel 2007 XML"
  book.storeToURL(target & ".xlsx", kind())
  book.close(True)
End Sub

Sub WriteNumbers(book, target)
  files = createUnoService("com.sun.star.ucb.SimpleFileAccess")
  stream = createUnoService("com.sun.star.io.DataOutputStream")
  stream.setOutputStream(files.openFileWrite(target))
  For number = 0 To book.Sheets.Count - 1
    WriteSheet(book.Sheets.getByIndex(number), stream)
  Next
  stream.closeOutput()
End Sub

Sub WriteSheet(sheet, stream)
  cursor = sheet.createCursor()
  cursor.gotoEndOfUsedArea(False)
  corner = cursor.getRangeAddress()
  If CDbl(corner.EndRow + 1) * (corner.EndColumn + 1) > Most Then
    stream.writeLong(0)
    stream.writeLong(0)
    Exit Sub
  End If
  stream.writeLong(corner.EndRow + 1)
  stream.writeLong(corner.EndColumn + 1)
  rows = sheet.getCellRangeByPosition(0, 0, corner.EndColumn, corner.EndRow).getDataArray()
  For Each cells In rows
    For Each cell In cells
      If VarType(cell) = 5 Then stream.writeDouble(cell) Else stream.writeDouble(0)
    Next
  Next
End Sub

Sub WriteText(target, words)
  files = createUnoService("com.sun.star.ucb.SimpleFileAccess")
  stream = createUnoService("com.sun.star.io.TextOutputStream")
  stream.setOutputStream(files.openFileWrite(target))
  stream.writeString(words)
  stream.closeOutput()
End Sub
]]></script:module>
"""
# Of one sheet, with empty cells: Basic takes about a minute for so many. A larger sheet keeps the 15 digits.
_MOST_CELLS = 4_000_000


def _spoken(language: str) -> tuple[tuple[str, str, str], ...]:
    """Return the settings for the language of numbers and for that of texts, both `language`."""
    return (
        ("Setup/L10N", "ooSetupSystemLocale", language),
        ("Office.Linguistic/General", "DefaultLocale", language),
    )


def _write_profile(room: Path, books: int, language: str) -> None:
    library = room / "profile" / "user" / "basic" / "Standard"
    library.mkdir(parents=True)
    (room / "out").mkdir()
    _write_settings(room, _USED_BEFORE, *_RECALCULATE, *_spoken(language))
    module = _MODULE.format(room=room.as_uri(), books=books, most=_MOST_CELLS)
    for path, text in (
        (library.parent / "script.xlc", _LIBRARIES),
        (library / "script.xlb", _LIBRARY),
        (library / "Module1.xba", module),
    ):
        path.write_text(text, encoding="utf-8")


def _write_settings(room: Path, *settings: tuple[str, str, str]) -> None:
    """Write the settings of a profile, each as (path, name, value); with them the program asks no server."""
    items = "\n".join(_ITEM.format(*setting) for setting in (*_OFFLINE, *settings))
    path = room / "profile" / "user" / "registrymodifications.xcu"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_SETTINGS.format(items=items), encoding="utf-8")
