"""What became of the mutants, as a table, as JSON, and beside the reasons that are kept for survivors."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

SURVIVORS = Path(__file__).parent / "survivors.toml"


class Outcome(NamedTuple):
    """One mutant: its kind ("code", "workbook"), the group it is counted in, its key, and who noticed it, if anyone."""

    kind: str
    group: str
    key: str
    by: tuple[str, ...]

    @property
    def survives(self) -> bool:
        return not self.by


def reasons(kind: str) -> dict[str, str]:
    """Return the reason that is kept for each survivor of a kind, by its key."""
    kept: dict[str, dict[str, list[str]]] = tomllib.loads(SURVIVORS.read_text(encoding="utf-8"))
    return {key: reason for reason, keys in kept.get(kind, {}).items() for key in keys}


def summary(outcomes: Sequence[Outcome], known: dict[str, str]) -> dict[str, Any]:
    """Return the counts, and every survivor with its reason or an empty one."""
    judges = Counter(judge.partition(":")[0] for outcome in outcomes for judge in outcome.by)
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(outcome.group, []).append(outcome)
    caught = sum(not outcome.survives for outcome in outcomes)
    return {
        "planted": len(outcomes),
        "caught": caught,
        "share": round(caught / len(outcomes), 4) if outcomes else None,
        "noticed by": dict(judges.most_common()),
        "groups": {
            group: {"planted": len(of), "caught": sum(not one.survives for one in of)} for group, of in groups.items()
        },
        "survivors": {outcome.key: known.get(outcome.key, "") for outcome in outcomes if outcome.survives},
    }


def lines(kind: str, counted: dict[str, Any]) -> Iterable[str]:
    """Yield the report for a person."""
    yield f"| {kind} | planted | caught | share |"
    yield "|---|--:|--:|--:|"
    for group, of in counted["groups"].items():
        yield f"| {group} | {of['planted']:,} | {of['caught']:,} | {of['caught'] / of['planted']:.1%} |"
    yield f"| all | {counted['planted']:,} | {counted['caught']:,} | {counted['caught'] / counted['planted']:.1%} |"
    yield ""
    yield "noticed by: " + "; ".join(f"{judge} {number:,}" for judge, number in counted["noticed by"].items())
    for key, reason in counted["survivors"].items():
        yield f"survivor: {key}" + (f"  [{reason}]" if reason else "  NO REASON IS KNOWN")
