"""`python -m tests.fuzz --minutes 20`: the tests of `test_fuzz`, drawn anew again and again, with limits.

Each round is a process of its own with some gigabytes of addresses and a limit of time. What fails is printed with the
smallest example that Hypothesis found; the counts of all rounds are printed as JSON, and written to the file that the
environment variable XLBACKPROP_COUNTS_FUZZ names. Exits with 1 where something failed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

MEMORY = 3 << 30  # addresses: the libraries take two of them, memory or not
ROUND = "3"  # times as many examples as an ordinary run


def main() -> int:
    """Run rounds until the time is over."""
    parser = argparse.ArgumentParser(description="Damage lessons, examples, pictures and workbooks for a while.")
    parser.add_argument("--minutes", type=float, default=20.0)
    end = time.monotonic() + 60 * parser.parse_args().minutes
    counts: Counter[str] = Counter()
    failed = 0
    with TemporaryDirectory() as folder:
        while (left := end - time.monotonic()) > 5:
            failed += not _round(Path(folder) / "counts.json", left + 300)
            counts.update(json.loads((Path(folder) / "counts.json").read_text(encoding="utf-8")))
            counts["rounds"] += 1
    told = json.dumps({**counts, "rounds that failed": failed}, indent=1)
    print(told)
    if place := os.environ.get("XLBACKPROP_COUNTS_FUZZ"):
        Path(place).write_text(told, encoding="utf-8")
    return 1 if failed else 0


def _round(counts: Path, seconds: float) -> bool:
    """Run one round; return whether all went well."""
    counts.write_text("{}", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_fuzz.py"],
        env={**os.environ, "XLBACKPROP_FUZZ_EXAMPLES": ROUND, "XLBACKPROP_COUNTS_FUZZ": str(counts)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
        timeout=seconds,
        check=False,
    )
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
