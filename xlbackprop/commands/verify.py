"""`verify`: what a spreadsheet program says of a workbook."""

from __future__ import annotations

import argparse
from pathlib import Path

from xlbackprop.commands.proof import recalculated
from xlbackprop.errors import printable


def run(arguments: argparse.Namespace) -> int:
    """Recalculate a workbook and compare it; return the exit code."""
    report = recalculated(Path(arguments.file), arguments.engine)
    print(printable(arguments.file))
    for line in report.lines():
        print(f"  {line}")
    return 0 if report.equal else 1
