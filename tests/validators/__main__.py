"""Is a file a sound .xlsx that every program can open? `python -m tests.validators FILE…` asks every validator here.

It exits with 0 (no validator that is here found anything), 1 (one did) or 2 (a file is not usable): the highest of the
files.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.lint import Facts, read_facts
from tests.validators import VALIDATORS, Validator, ValidatorMissing
from xlbackprop.commands.error_reporting import patience
from xlbackprop.errors import InputError, Problem
from xlbackprop.streams import replace_missing_signs

MOST_SHOWN = 10  # findings of one validator that are listed


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one validator says of a file; `missing` says how to get one that is not here, `note` what it left out."""

    validator: str
    version: str = ""
    findings: tuple[Problem, ...] = ()
    note: str = ""
    missing: str = ""

    def lines(self, width: int = 0) -> Iterator[str]:
        """Yield it as a person reads it, the name of the validator padded to `width` characters."""
        name = f"{self.validator} {self.version}".rstrip().ljust(width)
        count = len(self.findings)
        if self.missing:
            yield f"{name}  not here: {self.missing}"
            return
        if count or not self.note.startswith("not run"):
            yield f"{name}  {count:,} error{'s' * (count != 1)}{f' ({self.note})' if self.note else ''}"
        else:
            yield f"{name}  {self.note}"
        for problem in self.findings[:MOST_SHOWN]:
            yield f"  {problem}"
        if count > MOST_SHOWN:
            yield f"  … and {count - MOST_SHOWN:,} more"


@dataclass(frozen=True, slots=True)
class Validation:
    """What all validators say of a file, in the order in which they were asked."""

    verdicts: tuple[Verdict, ...]

    @property
    def sound(self) -> bool:
        """Whether no validator that is here has found anything."""
        return not any(verdict.findings for verdict in self.verdicts)

    def lines(self) -> Iterator[str]:
        """Yield the verdicts as a person reads them."""
        width = max(len(f"{verdict.validator} {verdict.version}".rstrip()) for verdict in self.verdicts)
        for verdict in self.verdicts:
            yield from verdict.lines(width)


def main(words: Sequence[str] | None = None) -> int:
    """Print what every validator says of each file; return the exit code."""
    replace_missing_signs()
    parser = argparse.ArgumentParser(prog="python -m tests.validators", description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path, help="workbooks, of whatever program")
    return max([_judged(path) for path in parser.parse_args(words).files])


def _judged(path: Path) -> int:
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


def validate(path: Path) -> Validation:
    """Ask every validator that is installed whether a file is a sound .xlsx; it may be of any program.

    Whether its numbers are right is not asked; `verify` does that. Raises InputError where the file is not a zip with a
    workbook in it.
    """
    facts = read_facts(path)
    return Validation(tuple(_verdict(validator, path, facts) for validator in VALIDATORS))


def _verdict(validator: Validator, path: Path, facts: Facts) -> Verdict:
    try:
        version = validator.version()
        judgement = validator.judge(path, facts)
    except ValidatorMissing as fault:
        return Verdict(validator.name, missing=str(fault))
    return Verdict(validator.name, version, judgement.findings, judgement.note)


if __name__ == "__main__":
    sys.exit(main())
