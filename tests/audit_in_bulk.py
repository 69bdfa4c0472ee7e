"""How often the audit is wrong: `python -m tests.audit_in_bulk 1000` makes so many tables by hand, and has them judged.

Half of them are right, in half a mistake of the catalogue is planted. LibreOffice saves all anew, a hundred workbooks a
start, so that they have stored values and another program's spelling. What is printed are counts and what went wrong.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.by_hand import RECIPE, HandMade, book_of
from tests.test_surroundings_resaved import run
from xlbackprop import load_lesson
from xlbackprop.classroom import JudgedTable, Mistake, Verdict, audit_files, mistakes_in
from xlbackprop.engines.libreoffice import _program
from xlbackprop.errors import InputError
from xlbackprop.taught import columns

A_BOOK, A_START = 5, 100  # tables in a workbook, workbooks in a start of LibreOffice


def drawn_tables(count: int, seed: int) -> Iterator[tuple[HandMade, Mistake | None]]:
    """Yield tables, of which every second has a mistake."""
    draw = random.Random(seed)
    known = [
        mistake
        for column in columns(RECIPE)
        for mistake in mistakes_in(RECIPE, column.quantity)
        if not mistake.circular and mistake.kind != "rate not anchored"
    ]
    for number in range(count):
        mistake = draw.choice(known) if number % 2 else None
        formulas = {} if mistake is None else {mistake.quantity: mistake.formula}
        yield HandMade(random.Random(seed + 7919 * number), rows=draw.randint(5, 14), formulas=formulas), mistake


def saved_anew(paths: Sequence[Path], room: Path) -> list[Path]:
    """Return copies of workbooks as LibreOffice saves them."""
    home = f"-env:UserInstallation={(room / 'profile').as_uri()}"
    for start in range(0, len(paths), A_START):
        some = paths[start : start + A_START]
        run(_program(), home, "--headless", "--convert-to", "xlsx", "--outdir", room / "out", *some)
    return [room / "out" / path.name for path in paths]


def outcome(mistake: Mistake | None, table: JudgedTable) -> str:
    """Return what the audit made of a table, in a word."""
    said = {finding.sentence for finding in table.findings}
    if mistake is None:
        return "right" if table.verdict is Verdict.RIGHT and not table.missing else "WRONGLY CALLED WRONG"
    if said == {mistake.sentence}:
        return "named"
    if not said:
        by_chance = any(mistake.sentence in remark for remark in table.remarks)
        return "right by chance, and said so" if by_chance else "MISSED"
    return "OTHERWISE NAMED"


def measured(count: int, seed: int, *, resaved: bool) -> tuple[Counter[str], list[str]]:
    """Return how many tables had which outcome, and what was said where it was none of the good ones."""
    counts: Counter[str] = Counter()
    odd: list[str] = []
    with TemporaryDirectory() as folder:
        room = Path(folder)
        drawn = list(drawn_tables(count, seed))
        books = [drawn[start : start + A_BOOK] for start in range(0, count, A_BOOK)]
        paths = [book_of([table for table, _ in book], room / f"{number}.xlsx") for number, book in enumerate(books)]
        paths = saved_anew(paths, room) if resaved else paths
        for book, found in zip(books, audit_files(paths, load_lesson("walkthrough")), strict=True):
            if isinstance(found, InputError):
                raise found
            if len(found.tables) != len(book):
                counts["TABLE NOT FOUND"] += 1
                odd.append(f"{len(found.tables)} tables of {len(book)}: {[table.dialect for table, _ in book]}")
                continue
            for (_, mistake), table in zip(book, found.tables, strict=True):
                word = outcome(mistake, table)
                counts[word] += 1
                if word.isupper():
                    planted = "" if mistake is None else mistake.sentence
                    odd.append(f"{word}: {planted} -> {[one.sentence for one in table.findings]}")
    return counts, odd


if __name__ == "__main__":
    counted, others = measured(int(sys.argv[1]), int((sys.argv[2:] or ["1"])[0]), resaved="--plain" not in sys.argv)
    print(dict(counted))
    print(*others, sep="\n")
