"""How long a reader waits after an edit: `python -m tests.benchmark.editing --before HEAD~1`.

A weight is typed on `Inputs`, or another epoch on `Step by step`, and the program calculates until no cell is waiting.
Each turn is a process of its own that opens the workbook, looks at every cell, and takes the time of each edit but the
first. With `--before`, the workbook of another revision, or another file, takes its turn in between.

To add an edit, write it in EDITS; to add a program, write its turn in TURNS.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.benchmark.measuring import TOP, last_words
from tests.benchmark.opening import OFFICE, make_profile, programs


class Edit(NamedTuple):
    """Where a number is typed: its sheet, and the text left of its cell, or above it with what may be typed."""

    sheet: str
    label: str


EDITS = {"a weight": Edit("Inputs", "w1"), "another epoch": Edit("Step by step", "epoch")}
VALUES = range(1, 7)  # typed one after another
TOP_ROWS = 20  # of the edited sheet: columns A and D have a text there that follows the edit

Seconds = list[float]


def cell_of(workbook: Path, edit: Edit) -> str:
    """Return the cell that is edited: right of "epoch", or below "epoch 0–282"."""
    import openpyxl

    sheet = openpyxl.load_workbook(workbook, read_only=True)[edit.sheet]
    for row, (label,) in enumerate(sheet.iter_rows(max_col=1, values_only=True), start=1):
        if label == edit.label:
            return f"B{row}"
        if str(label).startswith(f"{edit.label} "):
            return f"A{row + 1}"
    raise SystemExit(f"there is no {edit.label} on {edit.sheet} of {workbook}")


# -------------------------------------------------------------------------------- one turn, in a process of its own


def with_formualizer(workbook: Path, sheet: str, cell: str, room: Path) -> Seconds:
    """Return the seconds of each edit in the engine that `verify` asks by default."""
    del room
    words = ["-m", "tests.benchmark.editing", "--child", str(workbook), sheet, cell]
    return _said(subprocess.run([sys.executable, *words], cwd=TOP, capture_output=True, text=True, check=False))


def child(workbook: str, sheet: str, cell: str) -> None:
    """Print what `with_formualizer` returns."""
    import formualizer

    book = formualizer.load_workbook(workbook, strategy="eager_all")
    book.evaluate_all()

    edited = int(cell[1:]), 1 + "AB".index(cell[0])
    places = [(row, column) for row in range(1, TOP_ROWS + 1) for column in (1, 4) if (row, column) != edited]

    def seen() -> list[object]:
        return [book.get_value(sheet, *place) for place in places]

    def seconds(value: int) -> float:
        start = time.perf_counter()
        book.set_value(sheet, *edited, float(value))
        book.evaluate_all()
        return time.perf_counter() - start

    before = seen()
    taken = [seconds(value) for value in VALUES]
    print("nothing followed" if seen() == before else " ".join(map(str, taken)))


def with_libreoffice(workbook: Path, sheet: str, cell: str, room: Path) -> Seconds:
    """Return the seconds of each edit in LibreOffice; `room` holds the profile with the macro."""
    said = room / "said"
    said.unlink(missing_ok=True)
    home = f"-env:UserInstallation={(room / 'profile').as_uri()}"
    words = ["soffice", home, "--headless", "--norestore", "--nologo", "macro:///Standard.Module1.Main"]
    asked = {"FILE": workbook.as_uri(), "SHEET": sheet, "CELL": cell, "SAID": said.as_uri()}
    environment = os.environ | {f"EDITING_{name}": value for name, value in asked.items()}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    done.stdout = said.read_text(encoding="utf-8") if said.exists() else ""
    return _said(done)


def _said(done: subprocess.CompletedProcess[str]) -> Seconds:
    try:
        seconds = [float(word) for word in done.stdout.split()]
    except ValueError:
        seconds = []
    if len(seconds) != len(VALUES):
        raise SystemExit(f"no times: {done.stdout.strip() or last_words(done.stderr, 'it did not say why')}")
    return seconds[1:]  # the first, in which memory is sought, is left out


TURNS: dict[str, Callable[[Path, str, str, Path], Seconds]] = {
    OFFICE: with_libreoffice,
    "formualizer": with_formualizer,
}

_MACRO = f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">
<![CDATA[
Sub Main
  Dim quietly(0) As New com.sun.star.beans.PropertyValue
  quietly(0).Name = "Hidden"
  quietly(0).Value = True
  book = StarDesktop.loadComponentFromURL(Environ("EDITING_FILE"), "_blank", 0, quietly())
  For number = 0 To book.Sheets.Count - 1 ' some formulas wait until somebody looks at them
    cursor = book.Sheets.getByIndex(number).createCursor()
    cursor.gotoEndOfUsedArea(True)
    values = cursor.getDataArray()
  Next
  sheet = book.Sheets.getByName(Environ("EDITING_SHEET"))
  edited = sheet.getCellRangeByName(Environ("EDITING_CELL"))
  before = Seen(sheet, edited.CellAddress.Row)
  taken = ""
  For value = {VALUES[0]} To {VALUES[-1]}
    start = GetSystemTicks()
    edited.setValue(value)
    book.calculate()
    taken = taken & " " & (GetSystemTicks() - start) / 1000
  Next
  If Seen(sheet, edited.CellAddress.Row) = before Then taken = "nothing followed"
  book.close(True)
  files = createUnoService("com.sun.star.ucb.SimpleFileAccess")
  stream = createUnoService("com.sun.star.io.TextOutputStream")
  stream.setOutputStream(files.openFileWrite(Environ("EDITING_SAID")))
  stream.writeString(taken)
  stream.closeOutput()
  StarDesktop.terminate()
End Sub

Function Seen(sheet, typed)
  words = ""
  For row = 0 To {TOP_ROWS - 1}
    If row <> typed Then words = words & sheet.getCellByPosition(0, row).String
    words = words & sheet.getCellByPosition(3, row).String
  Next
  Seen = words
End Function
]]></script:module>
"""


# ---------------------------------------------------------------------------------------------------------- workbooks


def make(lesson: str, path: Path, top: Path = TOP) -> Path:
    """Write the workbook of a built-in lesson with the program in the folder `top`."""
    words = ["-m", "xlbackprop", "generate", lesson, "--no-verify", "-o", str(path)]
    subprocess.run([sys.executable, *words], cwd=top, check=True, stdout=subprocess.DEVNULL)
    return path


def checked_out(revision: str, folder: Path) -> Path:
    """Put the program as it was in a revision into a folder, and return that."""
    packed = subprocess.run(
        ["git", "archive", revision, "xlbackprop", "templates"], cwd=TOP, check=True, capture_output=True
    )
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def workbooks(lesson: str, before: str | None, room: Path) -> dict[str, Path]:
    """Return the workbooks of a lesson that are compared: before, if that is asked for, and now."""
    now = make(lesson, room / f"{lesson}.xlsx")
    if before is None:
        return {"now": now}
    if before.endswith(".xlsx"):
        return {"before": Path(before).resolve(), "now": now}
    then = room / "then"
    return {
        "before": make(lesson, room / f"{lesson} before.xlsx", then if then.exists() else checked_out(before, then)),
        "now": now,
    }


# ------------------------------------------------------------------------------------------------------------- tables


def measured(
    files: Mapping[str, Path], wanted: list[str], turns: int, room: Path
) -> dict[tuple[str, str, str], Seconds]:
    """Return the seconds by (program, edit, file), the files in turn, so that a busy minute falls on all of them."""
    found: dict[tuple[str, str, str], Seconds] = {}
    for program in wanted:
        for name, edit in EDITS.items():
            places = {which: cell_of(path, edit) for which, path in files.items()}
            for _ in range(turns):
                for which, path in files.items():
                    seconds = TURNS[program](path, edit.sheet, places[which], room)
                    found.setdefault((program, name, which), []).extend(seconds)
    return found


def table(lesson: str, found: Mapping[tuple[str, str, str], Seconds]) -> Iterator[str]:
    """Yield the lines of a lesson's table: medians in milliseconds, with the least, and the ratio to before."""
    files = [*dict.fromkeys(which for *_, which in found)]
    yield f"| {lesson} | {' | '.join(f'{which}, ms (least)' for which in files)} | now ÷ before |"
    yield "| --- |" + " ---: |" * (len(files) + 1)
    for program, name in dict.fromkeys((program, name) for program, name, _ in found):
        times = [found[program, name, which] for which in files]
        cells = [f"{median(one) * 1000:,.0f} ({min(one) * 1000:,.0f})" for one in times]
        ratio = f"{median(times[-1]) / median(times[0]):.2f}" if len(files) > 1 else "–"
        yield f"| {program}, {name} | {' | '.join(cells)} | {ratio} |"


def main() -> None:
    """Measure and print; or, in a child, take one turn."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmark.editing", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--lessons", default="walkthrough,digits", help="with commas (default: %(default)s)")
    parser.add_argument("--before", help="a revision of this checkout, or a workbook of the one lesson")
    parser.add_argument("--turns", type=int, default=3, help="processes for each edit and file (default: %(default)s)")
    parser.add_argument("--only", metavar="PROGRAM,…", help="these programs and no others")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        child(*asked.child)
        return
    here = programs()
    wanted = [name for name in TURNS if name in here and (asked.only is None or name in asked.only.split(","))]
    versions = ", ".join(f"{name} {here[name]}" for name in wanted)
    print(f"{date.today().isoformat()}, {versions}; {os.cpu_count()} processors; medians of {asked.turns} turns.")
    with TemporaryDirectory(prefix="editing-", ignore_cleanup_errors=True) as name:
        room = Path(name).resolve()
        make_profile(room, _MACRO)
        for lesson in asked.lessons.split(","):
            files = workbooks(lesson, asked.before, room)
            print("", *table(lesson, measured(files, wanted, asked.turns, room)), sep="\n", flush=True)


if __name__ == "__main__":
    main()
