"""`validate`: is a file a sound .xlsx that every program can open?"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from xlbackprop.commands.manners import patience
from xlbackprop.errors import InputError


def run(arguments: argparse.Namespace) -> int:
    """Ask every validator about every file; return the exit code, the highest of the files."""
    return max([_judged(Path(file)) for file in arguments.files])


def _judged(path: Path) -> int:
    from xlbackprop.validation import validate  # noqa: PLC0415

    try:
        with patience(f"asking every validator about {path}"):
            validation = validate(path)
    except InputError as error:  # the other files are still of use
        print(error, file=sys.stderr)
        return 2
    print(path)
    for line in validation.lines():
        print(f"  {line}")
    return 0 if validation.sound else 1
