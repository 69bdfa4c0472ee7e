"""`python -m tests.benchmark`: all contestants on the same work in one run; Markdown on the output, progress beside."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tests.benchmark import report
from tests.benchmark.contestants import LIMIT, OURS, Contestant, contestants
from tests.benchmark.race import Race
from tests.benchmark.startup import startup
from tests.benchmark.work import Work, walkthrough, wide_net

_FEW_ROWS = 20  # the first run of all, not in any table: it compiles what Python keeps compiled
_ROWS = "283,1000,10000,100000"


def main(words: Sequence[str] | None = None) -> int:
    """Run what the words ask for; return 1 where a file was compared and is not the same work."""
    arguments = _parser().parse_args(words)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        entrants = _entrants(contestants(folder, arguments.exceljs), arguments.only)
        race = Race(arguments.repeat, arguments.slow, arguments.check, _say)
        warm_up = replace(race, repeat=1).run(walkthrough(_FEW_ROWS, folder), entrants)
        races = [race.run(work, entrants) for work in _works(arguments, folder)]
    lines = [] if arguments.no_startup else startup(max(arguments.repeat, 3), _say)
    sections = [report.surroundings(entrants, race.repeat), *map(report.table, races), report.growth(races)]
    sections += [report.start_up(lines)] if lines else []
    sections.append(report.notes(entrants, [warm_up, *races]))
    print("\n\n".join(text for section in sections if (text := "\n".join(section))))
    return 1 if any(result.difference for raced in (warm_up, *races) for result in raced.results) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark", description=__doc__)
    parser.add_argument("--rows", default=_ROWS, metavar="N,N", help=f"rows a sheet (default: {_ROWS})")
    parser.add_argument("--repeat", type=int, default=5, metavar="K", help="rounds (default: 5)")
    parser.add_argument("--wide", action="store_true", help="a wide network, too")
    parser.add_argument("--wide-rows", type=int, default=100, metavar="N", help="its rows a sheet (default: 100)")
    parser.add_argument("--slow", action="store_true", help="let the slow take part beyond 20,000 rows, too")
    parser.add_argument("--check", action="store_true", help="compare every file of up to 1,000 rows with ours")
    parser.add_argument("--only", metavar="WORD,WORD", help="contestants whose names hold one of these, and ourselves")
    parser.add_argument(
        "--exceljs", metavar="FOLDER", help="where exceljs lies (or the environment: EXCELJS, NODE_PATH)"
    )
    parser.add_argument(
        "--folder", metavar="FOLDER", help="for the files: some GB at 100,000 rows (default: temporary)"
    )
    parser.add_argument("--no-startup", action="store_true", help="leave the start-up lines out")
    return parser


def _entrants(everyone: Sequence[Contestant], only: str | None) -> list[Contestant]:
    """Return who is asked for; ourselves always, because the ratios and the limit rest on our file."""
    if only is None:
        return list(everyone)
    asked = only.lower().split(",")
    return [one for one in everyone if one.name in (OURS, LIMIT) or any(word in one.name.lower() for word in asked)]


def _works(arguments: argparse.Namespace, folder: Path) -> Iterator[Work]:
    for rows in arguments.rows.split(",") if arguments.rows else ():
        yield walkthrough(int(rows), folder)
    if arguments.wide:
        yield wide_net(arguments.wide_rows, folder)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
