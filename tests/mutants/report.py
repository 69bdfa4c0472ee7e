"""What became of the mutants, as a table, as JSON, and beside the reasons that are kept for survivors."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

SURVIVORS = Path(__file__).parent / "survivors.toml"
SAME_VALUE = "same within tolerance"


class Outcome(NamedTuple):
    """One mutant: what is asked of it, the group it is counted in, its key, and who noticed it, if anyone.

    `harmless` tells that no number is another: what compares numbers has nothing to notice.
    """

    kind: str
    group: str
    key: str
    by: str
    harmless: bool = False


def reasons(kind: str) -> dict[str, str]:
    """Return the reason that is kept for each survivor of a kind, by its key.

    The file has a table for each kind, and in it a list of keys for each reason.
    """
    kept: dict[str, dict[str, list[str]]] = tomllib.loads(SURVIVORS.read_text(encoding="utf-8"))
    return {key: reason for reason, keys in kept.get(kind, {}).items() for key in keys}


def summary(outcomes: Sequence[Outcome], known: Mapping[str, str]) -> dict[str, Any]:
    """Return the counts, and every survivor that is not harmless with its reason, or an empty one."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(outcome.group, []).append(outcome)
    judges = Counter(outcome.by.partition(":")[0] for outcome in outcomes if outcome.by)
    return {
        **_counts(outcomes, known),
        "by whom": dict(judges.most_common()),
        "groups": {group: _counts(of, known) for group, of in groups.items()},
        "survivors": {of.key: known.get(of.key, "") for of in outcomes if not of.by and not of.harmless},
    }


def _counts(outcomes: Sequence[Outcome], known: Mapping[str, str]) -> dict[str, int]:
    left = [outcome for outcome in outcomes if not outcome.by]
    return {
        "planted": len(outcomes),
        "caught": len(outcomes) - len(left),
        SAME_VALUE: sum(outcome.harmless for outcome in left),
        "explained": sum(outcome.key in known and not outcome.harmless for outcome in left),
    }


def lines(kind: str, counted: Mapping[str, Any]) -> Iterator[str]:
    """Yield the report for a person."""
    yield f"| {kind} | planted | caught | share | {SAME_VALUE} | survivors |"
    yield "|---|--:|--:|--:|--:|--:|"
    for group, of in (*counted["groups"].items(), ("all", counted)):
        planted, caught, same = of["planted"], of["caught"], of[SAME_VALUE]
        yield f"| {group} | {planted:,} | {caught:,} | {caught / planted:.1%} | {same:,} | {planted - caught - same:,} |"
    yield ""
    yield "by whom: " + "; ".join(f"{judge} {number:,}" for judge, number in counted["by whom"].items())
    for key, reason in counted["survivors"].items():
        yield f"survivor: {key}" + (f"  [{reason}]" if reason else "  NO REASON IS KNOWN")
