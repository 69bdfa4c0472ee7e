"""The same faults planted in files: the cell of a written workbook is changed behind its back, and `verify` reads it.

Besides what `workbook` plants, files can lie: a false stored value under an honest formula (which no program that
calculates believes), an honest stored value over a false formula.
"""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutants.opened import Opened, Place, Planted
from tests.mutants.report import Outcome
from tests.mutants.workbook import REFUSED, VERIFY, lessons, planned
from tests.tampering import set_cell
from xlbackprop import verify, write_workbook
from xlbackprop.engines import EngineFailed
from xlbackprop.sheets.compiler import compile_document
from xlbackprop.workbook.document import address

FALSE_VALUE = "a false stored value under an honest formula"
Changes = dict[Place, tuple[Planted, float]]  # what the cell holds, and the value that is stored with a formula


def in_files(size: int = 60, seed: int = 1, progress: bool = False) -> list[Outcome]:
    """Plant `size` faults drawn over two lessons, each in a copy of the file, and return what `verify` notices."""
    outcomes: list[Outcome] = []
    chosen = {name: lesson for name, lesson in lessons().items() if name in {"walkthrough", "optimizers"}}
    with TemporaryDirectory() as room:
        for name, lesson in chosen.items():
            sound, changed = Path(room) / "sound.xlsx", Path(room) / "changed.xlsx"
            write_workbook(compile_document(lesson), sound)
            faults = list(_planned(Opened(lesson)))
            for kind, where, changes in random.Random(seed).sample(faults, min(len(faults), size // len(chosen))):
                shutil.copy(sound, changed)
                for (sheet, row, column), (content, stored) in changes.items():
                    set_cell(changed, sheet, address(row, column), *_inside(content, stored))
                key = f"{name}, {where}, {kind}"
                outcomes.append(Outcome("files", kind, key, _noticed(changed)))
                if progress:
                    print(f"{outcomes[-1].by or 'unnoticed'}: {key}", file=sys.stderr, flush=True)
    return sorted(outcomes, key=lambda outcome: outcome.group)


def _planned(book: Opened) -> Iterator[tuple[str, str, Changes]]:
    """Yield the kind of fault, where it is, and the cells: every false formula hides under the honest value."""
    for number, (_, kind, where, changes) in enumerate(planned(book)):
        cells: Changes = {}
        for place, content in changes.items():
            honest = book.calculated[place]
            cells[place] = content, float(honest) if isinstance(honest, float | int) else 0.0
        yield kind, where, cells
        if number % 20 == 0:
            yield FALSE_VALUE, where, {place: (book.belongs(place), 0.123) for place in cells}


def _inside(content: Planted, stored: float) -> tuple[str, str]:
    """Return the inside of a cell and its type."""
    if content is None:
        return "", ""
    if isinstance(content, float | int):
        return f"<v>{content!r}</v>", ""
    if content.startswith("="):
        return f"<f>{escape(content[1:], quote=False)}</f><v>{stored!r}</v>", ""
    return f"<is><t>{escape(content)}</t></is>", "inlineStr"


def _noticed(path: Path) -> str:
    try:
        return "" if verify(path).equal else VERIFY
    except EngineFailed:
        return REFUSED
