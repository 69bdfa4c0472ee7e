"""Is a file a sound .xlsx that every program can open? `validate` asks every validator that is here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.lint import Facts, read_facts
from tests.validators import VALIDATORS, Validator, ValidatorMissing
from xlbackprop.errors import Problem

__all__ = ["Validation", "Verdict", "validate"]

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
