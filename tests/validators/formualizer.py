"""Formualizer's strict reading: it understands every formula, and refuses a file that says something twice.

Its strict recalculation allows about 100,000 formulas and sheets that are not too wide; beyond that every formula is at
least read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from tests.lint import Facts
from tests.lint.formula_rules import written_formulas
from tests.validators.base import Judgement, ValidatorMissing
from xlbackprop.errors import Problem

_LIMIT = re.compile(r"(\S.*) limit in (?:workbook|worksheet)")
_LOST = ("#REF!", "#NAME?")  # errors that come from what is not there, not from numbers


class StrictFormualizer:
    """The embedded engine as a judge of files."""

    name = "strict formualizer"

    def version(self) -> str:
        """Return the version of the installed package, or raise ValidatorMissing."""
        try:
            return metadata.version("formualizer")
        except metadata.PackageNotFoundError:
            raise ValidatorMissing('pip install "formualizer>=0.13,<0.14"') from None

    def judge(self, path: Path, facts: Facts) -> Judgement:
        """Read every formula and recalculate the file, strictly."""
        self.version()
        unread = [*_unread_formulas(facts)]
        try:
            summary = _strictly_recalculated(path.read_bytes())
        except _Refused as refusal:
            reason = str(refusal)
            if limit := _LIMIT.search(reason):
                what = limit[1].rpartition(": ")[2]
                return Judgement(
                    tuple(unread), f"not recalculated, the file is beyond its {what} limit; all formulas read"
                )
            if unread and "unparseable formula" in reason:
                return Judgement(tuple(unread))
            return Judgement((*unread, Problem("", f"it is refused: {reason}")))
        return Judgement((*unread, *_lost_references(summary)))


class _Refused(Exception):  # noqa: N818
    """Why the file was not recalculated."""


def _unread_formulas(facts: Facts) -> Iterator[Problem]:
    import formualizer

    for place, text in written_formulas(facts):
        try:
            formualizer.parse(f"={text}")
        except formualizer.ParserError as fault:
            yield Problem(place, f"its formula cannot be read: {_short(fault)}: {text[:60]}")


def _strictly_recalculated(workbook: bytes) -> dict[str, Any]:
    """Return the summary of a strict recalculation in memory, or raise _Refused."""
    import formualizer

    try:
        summary: dict[str, Any] = formualizer.recalculate_xlsx_bytes(workbook)["summary"]
    except Exception as fault:
        raise _Refused(_short(fault)) from fault
    except BaseException as fault:
        if type(fault).__name__ != "PanicException":  # how a panic of Rust code arrives; no Exception clause sees it
            raise
        raise _Refused(f"it breaks down: {_short(fault)}") from fault
    return summary


def _short(fault: BaseException) -> str:
    return str(fault).removeprefix("recalculate XLSX failed: ").removeprefix("Unsupported feature: ")[:200]


def _lost_references(summary: dict[str, Any]) -> Iterator[Problem]:
    for function in summary.get("unknown_functions", []):
        yield Problem("", f"there is no function {function['name']}, which {function['cells']} cells call.")
    for error, found in summary.get("error_summary", {}).items():
        if error in _LOST:
            yield Problem(found["locations"][0], f"calculated, it gives {error}; so do {found['count']} cells in all.")
