"""`python -m tests.mutants`: plant faults, count what is caught, name what is not."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.mutants.code import MODULES, PROOF, TESTS, Judged, Planter, all_mutants, sample
from tests.mutants.report import Outcome, lines, reasons, summary


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 where everything planted was noticed or has a reason, and the sound package was not accused."""
    asked = _parser().parse_args(arguments)
    asked.kind = asked.kind or ["code", "workbook"]
    for library in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ.setdefault(library, "1")  # read when the libraries begin: a fork does not keep their threads
    counted: dict[str, dict[str, Any]] = {}
    if "code" in asked.kind:
        counted["code"] = summary(code(asked), reasons("code"))
    if "workbook" in asked.kind:
        from tests.mutants.workbook import swept

        for outcomes in swept(asked.sample, asked.seed, asked.progress):
            kind = outcomes[0].kind
            counted[kind] = summary(outcomes, reasons(kind))
    if "files" in asked.kind:
        from tests.mutants.files import in_files

        counted["files"] = summary(in_files(asked.sample or 60, asked.seed, asked.progress), reasons("files"))
    for kind, counts in counted.items():
        print("\n".join(lines(kind, counts)), end="\n\n")
    if asked.counts:
        asked.counts.write_text(json.dumps(counted, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return int(any(not reason for counts in counted.values() for reason in counts["survivors"].values()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument(
        "--kind", action="append", choices=("code", "workbook", "files"), help="what is changed (code, workbook)"
    )
    parser.add_argument("--module", action="append", choices=MODULES, help="change these modules only")
    parser.add_argument("--sample", type=int, default=0, help="plant so many, drawn at random (all)")
    parser.add_argument("--seed", type=int, default=1, help="of the drawing (1)")
    parser.add_argument("--key", action="append", help="plant only mutants whose key contains this")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="judge so many side by side")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds that a judge may take (300)")
    parser.add_argument("--fast", action="store_true", help="leave out the tests of the suite")
    parser.add_argument("--counts", type=Path, help="write the counts there, as JSON")
    parser.add_argument("--progress", action="store_true", help="tell each outcome as it comes")
    return parser


def code(asked: argparse.Namespace) -> list[Outcome]:
    """Plant mutants of the code. Ends the program where the sound package is accused: then no outcome means anything."""
    found = all_mutants(asked.module or MODULES)
    if asked.key:
        found = [mutant for mutant in found if any(part in mutant.key for part in asked.key)]
    chosen = sample(found, asked.sample, asked.seed)
    outcomes: list[Outcome] = []
    with TemporaryDirectory(prefix="mutants-") as room:
        planter = Planter(Path(room), asked.jobs, asked.limit)
        if accusation := planter.accusation():
            raise SystemExit(f"The sound package is accused by: {accusation}")
        left = chosen
        for stage in (PROOF,) if asked.fast else (PROOF, TESTS):
            surviving = []
            for judged in planter.judge(left, stage):
                if judged.by:
                    outcomes.append(_outcome(judged))
                else:
                    surviving.append(judged.mutant)
                if asked.progress:
                    told = f"{judged.by or 'unnoticed'} ({judged.seconds:.1f} s): {judged.mutant.key}"
                    print(told, file=sys.stderr, flush=True)
            left = surviving
    outcomes += [Outcome("code", mutant.module, mutant.key, "") for mutant in left]
    return sorted(outcomes, key=lambda outcome: (MODULES.index(outcome.group), outcome.key))


def _outcome(judged: Judged) -> Outcome:
    return Outcome("code", judged.mutant.module, judged.mutant.key, judged.by)


if __name__ == "__main__":
    sys.exit(main())
