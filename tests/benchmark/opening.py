"""How long the finished workbook takes to open and to recalculate: `python -m tests.benchmark.opening`.

A workbook is made once and opened by a whole class, so the reader's wait counts more than the writer's. Our workbook
is compared with the same one written in other ways, in every program that is here. Each figure is the median of whole
processes, an earlier step taken off: opening is "started and opened" less "started".

To add a variant, write it in VARIANTS and in `make_variants`; to add a program, write its steps in STEPS.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from importlib import metadata
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tests.benchmark.measuring import TOP, Command, Measurement, Refusal, measure

if TYPE_CHECKING:
    from xlbackprop.workbook.document import Cell, Document, Sheet

VARIANTS = {
    "ours": "as `generate` writes it: shared formulas, no `fullCalcOnLoad`",
    "plain": "the same, every formula written out in every cell",
    "asking": "the same, with `fullCalcOnLoad`; where it differs from `ours`, that is how noisy the figures are",
    "ours-runs": "ours, only the six run sheets, without charts; the head's links to `Inputs` are numbers",
    "XlsxWriter": "those six sheets by XlsxWriter: the same formulas, values, widths and number formats; no colours",
}
# What a ratio is a ratio to: a file of six sheets is compared with ours of six sheets.
BASES = dict.fromkeys(VARIANTS, "ours") | {"XlsxWriter": "ours-runs"}


# ----------------------------------------------------------------------------------------------------------- variants


def make_variants(rows: int, folder: Path) -> None:
    """Write every variant of the workbook with this many rows a sheet."""
    ours = folder / "ours.xlsx"
    command = ["-m", "xlbackprop", "generate", "--no-verify", "--epochs", str(rows - 1), "-o", str(ours)]
    subprocess.run([sys.executable, *command], cwd=TOP, check=True, stdout=subprocess.DEVNULL)
    rewrite(ours, folder / "plain.xlsx", r"xl/worksheets/sheet\d+\.xml", with_plain_formulas)
    rewrite(ours, folder / "asking.xlsx", r"xl/workbook\.xml", with_recalculation)
    runs = run_sheets(rows)
    from xlbackprop.machine import write_workbook

    write_workbook(runs, folder / "ours-runs.xlsx")
    if importlib.util.find_spec("xlsxwriter"):
        write_with_xlsxwriter(runs, folder / "XlsxWriter.xlsx")


def rewrite(source: Path, target: Path, parts: str, change: Callable[[str], str]) -> None:
    """Copy a workbook with some of its parts changed, packed as hard as the others."""
    from zipfile import ZIP_DEFLATED, ZipFile

    with ZipFile(source) as package, ZipFile(target, "w", ZIP_DEFLATED) as copy:
        for entry in package.infolist():
            content = package.read(entry)
            if re.fullmatch(parts, entry.filename):
                content = change(content.decode()).encode()
            copy.writestr(entry.filename, content)


_FORMULA = re.compile(
    r'<c [^>]*r="[A-Z]+(?P<row>\d+)"[^>]*>'
    r'(?:<f si="(?P<teller>\d+)" t="shared" ref="[^"]*">(?P<text>[^<]*)</f>|<f si="(?P<follower>\d+)" t="shared"/>)'
)
_ROW_BELOW = re.compile(r"(?<![\w$.])(\$?[A-Z]{1,3})(\d+)(?![\w(.])")  # $A5 and A5, not A$5, LOG10( or 10


def with_plain_formulas(xml: str) -> str:
    """Return a sheet's XML in which every cell tells its own formula. Only for ours: they are shared down a column."""
    told: dict[str, tuple[int, list[str]]] = {}

    def written_out(found: re.Match[str]) -> str:
        row = int(found["row"])
        if found["teller"]:
            told[found["teller"]] = (row, _ROW_BELOW.split(found["text"]))
        first, pieces = told[found["teller"] or found["follower"]]
        moved = [str(int(piece) + row - first) if place % 3 == 2 else piece for place, piece in enumerate(pieces)]
        opening = found[0][: found[0].index("<f ")]
        return f"{opening}<f>{''.join(moved)}</f>"

    return _FORMULA.sub(written_out, xml)


def with_recalculation(xml: str) -> str:
    """Return the workbook part with the wish to be recalculated."""
    return re.sub(r' fullCalcOnLoad="\w+"', "", xml).replace("<calcPr ", '<calcPr fullCalcOnLoad="1" ')


def run_sheets(rows: int) -> Document:
    """Return the workbook's run sheets alone: what they fetch from other sheets stands there as a value."""
    from dataclasses import replace

    from xlbackprop import compile_document, load_lesson

    document = compile_document(load_lesson("walkthrough", epochs=rows - 1))
    sheets = tuple(_alone(sheet) for sheet in document.sheets if sheet.name.startswith("LR="))
    return replace(document, sheets=sheets, names={})


def _alone(sheet: Sheet) -> Sheet:
    from dataclasses import replace

    def own(cell: Cell) -> Cell:
        return replace(cell, formula=None if "!" in (cell.formula or "") else cell.formula, link=None)

    return replace(sheet, cells={place: own(cell) for place, cell in sheet.cells.items()}, charts=())


def write_with_xlsxwriter(document: Document, path: Path) -> None:
    """Write the sheets as somebody would who uses XlsxWriter well: each formula with its value."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as workbook:
        looks: dict[str, Any] = {}  # one format object for each number format: XlsxWriter compares no two of them
        for sheet in document.sheets:
            worksheet = workbook.add_worksheet(sheet.name)
            for table in sheet.tables:
                for column, filled in enumerate(table.columns, table.first_column - 1):
                    form = filled.style.number_format
                    look = looks[form] = looks.get(form) or workbook.add_format({"num_format": form})
                    worksheet.set_column(column, column, filled.width, look)
            _write_cells(worksheet, sheet)


def _write_cells(worksheet: Any, sheet: Sheet) -> None:
    from xlbackprop.workbook.document import contents

    for row, column, formula, value in contents(sheet):
        if formula is not None:
            worksheet.write_formula(row - 1, column - 1, "=" + formula, None, value)
        elif isinstance(value, str):
            worksheet.write(row - 1, column - 1, value or None)  # an empty cell of ours has only its frame
        else:
            worksheet.write_number(row - 1, column - 1, value)


# -------------------------------------------------------------------------------------- steps, each in its own process


def with_formualizer(step: str, path: str) -> None:
    """The engine that `verify` asks by default. It has no values before it calculates."""
    import formualizer

    if step != "start":
        workbook = formualizer.load_workbook(path, strategy="eager_all")
        if step == "recalculate":
            workbook.evaluate_all()


def with_ironcalc(step: str, path: str) -> None:
    """The second engine. It calculates while it loads, so a recalculation is its second."""
    import ironcalc

    if step != "start":
        model = ironcalc.load_from_xlsx(path, "en", "UTC")
        if step == "recalculate":
            model.evaluate()


def with_openpyxl(step: str, path: str) -> None:
    """A reader that calculates nothing and sees the stored values."""
    import openpyxl

    if step != "start":
        for sheet in openpyxl.load_workbook(path, read_only=True, data_only=True):
            for _ in sheet.iter_rows(values_only=True):
                pass


def with_calamine(step: str, path: str) -> None:
    """The same in Rust, as pandas and polars use it."""
    import python_calamine

    if step != "start":
        workbook = python_calamine.CalamineWorkbook.from_path(path)
        for name in workbook.sheet_names:
            workbook.get_sheet_by_name(name).to_python()


STEPS: dict[str, Callable[[str, str], None]] = {
    "formualizer": with_formualizer,
    "ironcalc": with_ironcalc,
    "openpyxl": with_openpyxl,
    "python-calamine": with_calamine,
}
OFFICE = "LibreOffice"
# What the steps after the start are called in the tables, and the step that is taken off.
OPENING, RECALCULATING = ("opening", "load", "start"), ("recalculating", "recalculate", "load")
SHOWING = ("asking for every value", "show", "load")  # LibreOffice leaves some formulas until somebody looks at them
COLUMNS = {OFFICE: (OPENING, SHOWING, RECALCULATING), "openpyxl": (OPENING,), "python-calamine": (OPENING,)}

_MACRO = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">
Sub Main
  Dim quietly(0) As New com.sun.star.beans.PropertyValue
  quietly(0).Name = "Hidden"
  quietly(0).Value = True
  asked = Environ("OPENING_STEP")
  said = "started"
  If asked &lt;&gt; "start" Then
    book = StarDesktop.loadComponentFromURL(Environ("OPENING_FILE"), "_blank", 0, quietly())
    If asked = "show" Then Show(book)
    If asked = "recalculate" Then book.calculateAll() Else said = IIf(book.isModified(), "changed", "as it was")
    book.close(True)
  End If
  files = createUnoService("com.sun.star.ucb.SimpleFileAccess")
  stream = createUnoService("com.sun.star.io.TextOutputStream")
  stream.setOutputStream(files.openFileWrite(Environ("OPENING_SAID")))
  stream.writeString(said)
  stream.closeOutput()
  StarDesktop.terminate()
End Sub

Sub Show(book)
  For number = 0 To book.Sheets.Count - 1
    cursor = book.Sheets.getByIndex(number).createCursor()
    cursor.gotoStartOfUsedArea(False)
    cursor.gotoEndOfUsedArea(True)
    values = cursor.getDataArray()
  Next
End Sub
</script:module>
"""


def make_profile(room: Path, macro: str = _MACRO) -> None:
    """Make a LibreOffice profile with a macro, and without the wish of our engine's that all be calculated anew."""
    from xlbackprop.engines.libreoffice import _write_profile

    _write_profile(room, 0, "en-US")
    user = room / "profile" / "user"
    settings = user / "registrymodifications.xcu"
    settings.write_text(re.sub(r"<item [^>]*Formula/Load.*?</item>\n", "", settings.read_text(), flags=re.DOTALL))
    (user / "basic" / "Standard" / "Module1.xba").write_text(macro)


# ---------------------------------------------------------------------------------------------------------- measuring


@dataclass(slots=True)
class Record:
    """Every run of one program by (variant, step), and whether LibreOffice calls a file that it opened changed."""

    runs: dict[tuple[str, str], list[Measurement]] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)

    def middle(self, variant: str, step: str, what: str) -> float:
        """Return the median; a start belongs to no variant."""
        return median(getattr(run, what) for run in self.runs[variant if step != "start" else "", step])


def child(*words: str) -> list[str]:
    """Return the command that runs this file's own work in a process of its own."""
    return [sys.executable, "-m", "tests.benchmark.opening", *words]


def run_step(program: str, step: str, path: Path, room: Path, record: Record) -> Measurement:
    """Let one program do one step with one file."""
    said = room / "said"
    said.unlink(missing_ok=True)
    command = Command(child("--step", program, step, str(path)))
    if program == OFFICE:
        home = f"-env:UserInstallation={(room / 'profile').as_uri()}"
        words = ["soffice", home, "--headless", "--norestore", "--nologo", "macro:///Standard.Module1.Main"]
        asked = {"OPENING_STEP": step, "OPENING_FILE": path.as_uri(), "OPENING_SAID": said.as_uri()}
        command = Command(words, asked)
    result = measure(command)
    if isinstance(result, Refusal) or (program == OFFICE and not said.exists()):
        raise SystemExit(f"{program} did not {step} {path.name}: {result}")
    if program == OFFICE and step in ("load", "show"):
        record.said[path.stem] = said.read_text()
    return result


def measured(program: str, files: list[Path], room: Path, repeat: int) -> Record:
    """Run all steps with all files in turn, so that a busy minute of the machine falls on all of them."""
    record = Record()
    run_step(program, "start", files[0], room, record)  # warm: the program and its profile are read from memory
    work = [("start", files[0])] + [(step, path) for path in files for _, step, _ in columns(program)]
    for turn in range(repeat):
        print(f"  {program}, turn {turn + 1} of {repeat}", file=sys.stderr, flush=True)
        for step, path in work:
            key = (path.stem if step != "start" else "", step)
            record.runs.setdefault(key, []).append(run_step(program, step, path, room, record))
    return record


# ------------------------------------------------------------------------------------------------------------- tables


def columns(program: str) -> tuple[tuple[str, str, str], ...]:
    """Return what is measured with a program: (its name in the table, the step, the step that is taken off)."""
    return COLUMNS.get(program, (OPENING, RECALCULATING))


def table(program: str, record: Record, sizes: Mapping[str, int]) -> Iterator[str]:
    """Yield the lines of one program's table."""
    heads = [f"{name}: CPU s | × | wall s" for name, *_ in columns(program)]
    yield f"| variant | file MB | {' | '.join(heads)} | peak MB | × |"
    yield "| --- |" + " ---: |" * (3 * len(heads) + 3)
    last = columns(program)[-1][1]
    for variant in sizes:
        cells = [variant, f"{sizes[variant] / 1e6:.2f}"]
        for _, step, before in columns(program):
            cpu, base = (taken(record, (step, before), one, "cpu") for one in (variant, BASES[variant]))
            wall = taken(record, (step, before), variant, "wall")
            cells += [f"{cpu:.2f}", _ratio(cpu, base), f"{wall:.2f}"]
        peak, base = (record.middle(one, last, "memory") / 1e6 for one in (variant, BASES[variant]))
        yield f"| {' | '.join([*cells, f'{peak:.0f}', _ratio(peak, base)])} |"


def taken(record: Record, steps: tuple[str, str], variant: str, what: str) -> float:
    """Return what a step took without the one before it."""
    return max(0.0, record.middle(variant, steps[0], what) - record.middle(variant, steps[1], what))


def _ratio(one: float, base: float) -> str:
    return f"{one / base:.2f}" if base > 0.05 else "–"


def print_tables(rows: int, records: Mapping[str, Record], sizes: Mapping[str, int]) -> None:
    """Print what was measured with this many rows a sheet."""
    print(f"\n## {rows:,} rows a sheet")
    for program, record in records.items():
        start = [record.middle("", "start", what) for what in ("cpu", "wall")]
        print(f"\n**{program}** (start, taken off: {start[0]:.2f} s CPU, {start[1]:.2f} s wall)\n")
        print("\n".join(table(program, record, sizes)), flush=True)
        if record.said:
            words = ", ".join(f"{name} {word}" for name, word in record.said.items())
            print(f"\nOnce open and looked at, the program calls the files: {words}.")


def programs() -> dict[str, str]:
    """Return the programs that are here, each with its version."""
    found = {}
    if shutil.which("soffice"):
        words = subprocess.run(["soffice", "--version"], capture_output=True, text=True, check=False).stdout.split()
        found[OFFICE] = words[1] if len(words) > 1 else "unknown"
    for name in (*STEPS, "XlsxWriter"):
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def main() -> None:
    """Measure and print; or, in a child, do one piece of the work."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmark.opening", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--rows", default="283,1000,10000", help="rows a sheet, with commas (default: %(default)s)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each step (default: %(default)s)")
    parser.add_argument("--only", metavar="PROGRAM,…", help="these programs and no others")
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--make", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        STEPS[asked.step[0]](*asked.step[1:])
    elif asked.make:
        make_variants(int(asked.make[0]), Path(asked.make[1]))
        make_profile(Path(asked.make[1]))
    else:
        benchmark([int(rows) for rows in asked.rows.split(",")], asked.repeat, asked.only)


def benchmark(all_rows: list[int], repeat: int, only: str | None) -> None:
    """Measure every program with every size and variant, and print the tables as they become ready."""
    found = programs()
    versions = ", ".join(f"{name} {version}" for name, version in found.items())
    print(f"{date.today().isoformat()}, Python {sys.version.split()[0]}, {versions}; {os.cpu_count()} processors,")
    print(f"medians of {repeat}; × is the ratio to `ours`, and of `XlsxWriter` that to `ours-runs`.\n")
    print("\n".join(f"* **{name}**: {words}" for name, words in VARIANTS.items()))
    wanted = [name for name in found if name != "XlsxWriter" and (only is None or name in only.split(","))]
    for rows in all_rows:
        print(f"{rows:,} rows: making the variants", file=sys.stderr, flush=True)
        with TemporaryDirectory(prefix="opening-", ignore_cleanup_errors=True) as name:
            room = Path(name).resolve()
            subprocess.run(child("--make", str(rows), str(room)), cwd=TOP, check=True)
            files = [path for variant in VARIANTS if (path := room / f"{variant}.xlsx").exists()]
            records = {program: measured(program, files, room, repeat) for program in wanted}
            print_tables(rows, records, {path.stem: path.stat().st_size for path in files})


if __name__ == "__main__":
    main()
