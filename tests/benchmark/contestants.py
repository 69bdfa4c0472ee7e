"""Who takes part: how each is started, whether it is installed, and what it honestly does not do.

To add one, write its program into `peers/` and its entry below.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from tests.benchmark.measuring import PLAIN, Command
from tests.benchmark.work import Work

# What a peer cannot do and the comparison of files therefore must not ask; the notes below say so.
NO_VALUES = "no-values"  # beside formulas
NO_HEAD = "no-head"  # no typed numbers above the table
NO_CHART = "no-chart"
REWRITTEN = "rewritten"  # its formulas say the same in other words; the epochs are numbers

OURS = "xlbackprop"
LIMIT = "limit: train and deflate"
SLOW_ROWS = 20_000  # beyond these, the slow run only where told
_PEERS = Path(__file__).with_name("peers")


@dataclass(frozen=True, slots=True)
class Contestant:
    """One column of the comparison. `missing` says why it cannot run; `excused` what the check must not ask."""

    name: str
    version: str
    words: Callable[[Work], list[str]]
    values: str
    note: str
    environment: Mapping[str, str] = field(default_factory=dict)
    excused: tuple[str, ...] = ()
    slow: bool = False
    makes_a_workbook: bool = True
    missing: str = ""

    def command(self, work: Work) -> Command:
        return Command(self.words(work), self.environment)


def contestants(folder: Path, exceljs: str | None = None) -> tuple[Contestant, ...]:
    """Return all of them, ourselves first; programs that must be compiled go into `folder`."""
    return (*_ours(), _limit(), *_xlsxwriter(), _libxlsxwriter(folder), _openpyxl(), _exceljs(exceljs), _rustpy())


def _ours() -> Iterator[Contestant]:
    def words(work: Work) -> list[str]:
        options = ["--epochs", work.epochs, "--no-verify", "-o", str(work.output)]
        return [sys.executable, "-m", "xlbackprop", "generate", work.lesson, *options]

    note = (
        "makes the whole workbook: besides the six tables also Summary, Inputs, Loss curves, Checks and Lesson with "
        "their formulas, nine charts, the drawing of the network, and the looks of all cells. Its cells a second "
        "count the tables alone."
    )
    plain = f"the same with {PLAIN}=1: without the optional compiled helpers."
    yield Contestant(OURS, version_of("xlbackprop"), words, "yes", note)
    yield Contestant(f"{OURS}, plain", version_of("xlbackprop"), words, "yes", plain, environment={PLAIN: "1"})


def _limit() -> Contestant:
    def words(work: Work) -> list[str]:
        return [*_peer("limit", work), str(work.parts)]

    note = (
        "no writer at all: it trains, and deflates the bytes of our worksheets (all of them, unpacked beforehand) at "
        "zlib's level 2. A workbook with these bytes from a program with this run and this zlib costs at least that."
    )
    return Contestant(LIMIT, "", words, "–", note, makes_a_workbook=False)


def _xlsxwriter() -> Iterator[Contestant]:
    version, missing = version_of("xlsxwriter"), _not_importable("xlsxwriter")
    note = "`constant_memory`, `write_formula(row, col, formula, format, value)`; formulas built by us."
    tuned = "the same, without its search of every formula for functions that need a prefix, and its look at addresses."

    def stock(work: Work) -> list[str]:
        return _peer("with_xlsxwriter", work)

    def without(work: Work) -> list[str]:
        return [*_peer("with_xlsxwriter", work), "tuned"]

    yield Contestant("XlsxWriter", version, stock, "yes", note, slow=True, missing=missing)
    yield Contestant("XlsxWriter, tuned", version, without, "yes", tuned, slow=True, missing=missing)


def _openpyxl() -> Contestant:
    return Contestant(
        "openpyxl",
        version_of("openpyxl"),
        lambda work: _peer("with_openpyxl", work),
        "no",
        "`write_only`, one cell object a column used again for every row; it cannot store values beside formulas.",
        excused=(NO_VALUES,),
        slow=True,
        missing=_not_importable("openpyxl"),
    )


def _rustpy() -> Contestant:
    return Contestant(
        "rustpy-xlsxwriter",
        version_of("rustpy-xlsxwriter"),
        lambda work: _peer("with_rustpy_xlsxwriter", work),
        "no",
        "one template a column, so it gets the formulas in other words (`INDEX(F:F,{row}-1)` for the row above, `IF` "
        "for the first row), the epochs as numbers, nothing above the table, and a chart of the first run only; it "
        "stores 0 beside every formula. It needs no values, yet trains like the others.",
        excused=(NO_VALUES, NO_HEAD, REWRITTEN),
        missing=_not_importable("rustpy_xlsxwriter"),
    )


def _libxlsxwriter(folder: Path) -> Contestant:
    program, missing = _compiled(folder)
    version = "" if missing else _said(str(program))
    return Contestant(
        "libxlsxwriter (C)",
        version,
        lambda work: [str(program), str(work.templates), str(work.numbers), str(work.output)],
        "yes, 16 digits",
        "`constant_memory`; no training (so it may stand below the limit): it reads the values from a file and fills row "
        "numbers into templates.",
        missing=missing,
    )


def _exceljs(place: str | None) -> Contestant:
    folders = _node_folders(place)
    node = shutil.which("node")
    home = next((folder / "exceljs" for folder in folders if (folder / "exceljs" / "package.json").is_file()), None)
    version = json.loads((home / "package.json").read_text(encoding="utf-8"))["version"] if home else ""
    script = str(_PEERS / "with_exceljs.js")
    return Contestant(
        "exceljs",
        version,
        lambda work: [str(node), script, str(work.templates), str(work.numbers), str(work.output)],
        "yes",
        "its streaming writer; no training: it reads the values from a file; it has no charts, and never waits for its compressor, hence its memory.",
        environment={"NODE_PATH": str(home.parent)} if home else {},
        excused=(NO_CHART,),
        slow=True,
        missing="" if node and home else "not installed",
    )


def _node_folders(place: str | None) -> list[Path]:
    """Return where exceljs may lie: as the option says (its own folder or the one above), or the environment."""
    named = [place] if place else [os.environ.get("EXCELJS", ""), *os.environ.get("NODE_PATH", "").split(os.pathsep)]
    folders = [Path(name).resolve() for name in named if name]
    return [folder.parent if folder.name == "exceljs" else folder for folder in folders]


def _peer(module: str, work: Work) -> list[str]:
    words = [work.lesson, work.epochs, str(work.output)]
    return [sys.executable, "-m", f"tests.benchmark.peers.{module}", *words]


def _compiled(folder: Path) -> tuple[Path, str]:
    """Return the program in C, and why there is none."""
    program = folder / "with_libxlsxwriter"
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        return program, "not installed (no C compiler)"
    source = str(_PEERS / "with_libxlsxwriter.c")
    words = [compiler, "-O2", source, "-lxlsxwriter", "-o", str(program)]
    done = subprocess.run(words, capture_output=True, check=False)
    return program, "" if done.returncode == 0 else "not installed"


def _said(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _not_importable(module: str) -> str:
    return "" if importlib.util.find_spec(module) else "not installed"


def version_of(distribution: str) -> str:
    """Return the version of a Python package, or nothing."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""
