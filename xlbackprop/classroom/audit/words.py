"""An audit in words, for a person: a verdict, what is wrong at its root, and which formula belongs there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xlbackprop.classroom.audit.findings import Audit, Finding, JudgedTable, Verdict
from xlbackprop.workbook import address

MOST_RANGES = 4  # of a finding, that are listed
LONGEST = 160  # characters of a formula
_UNSEEN = 0.01  # of the loss: what moves a curve by less is not seen in a chart


def first_line(found: Audit) -> str:
    """Return the verdict in a line: "wrong: 2 mistakes in 1 table (∂E/∂w3, ∂E/∂w4)"."""
    charts = len(found.charts)
    of_charts = f"{charts} fault{'s' * (charts > 1)} in charts" if charts else ""
    match found.verdict:
        case Verdict.NO_TABLE:
            return "no table found"
        case Verdict.RIGHT:
            told = f"right: {_tables(found.tables)}"
            if all(table.are_numbers for table in found.tables):
                told += ", of numbers, not formulas"
            return f"{told}; {of_charts}" if charts else told
        case Verdict.UNFINISHED:
            whys = " ".join(dict.fromkeys(table.unfinished for table in found.tables if table.unfinished))
            return f"unfinished: {whys}" + (f" {of_charts[0].upper()}{of_charts[1:]}." if charts else "")
        case Verdict.WRONG:
            wrong = [table for table in found.tables if table.findings]
            names = dict.fromkeys(finding.quantity for table in wrong for finding in table.findings)
            told = f"wrong: {', '.join(names)} in {_tables(wrong)}"
            return f"{told}; {of_charts}" if charts else told


def _tables(tables: Sequence[JudgedTable]) -> str:
    rows = {table.rows for table in tables}
    count = f"{len(tables)} table{'s' * (len(tables) != 1)}"
    return f"{count} of {rows.pop()} rows" if len(rows) == 1 else count


def lines(found: Audit) -> Iterator[str]:
    """Yield the report, a line each, the inner ones indented."""
    for tables in _alike(found.tables):
        yield from _of_tables(tables)
    for fault in found.charts:
        yield f"{fault.sheet}, {'chart' if fault.cells == '' else fault.cells}: {fault.sentence}"
    yield from found.remarks


def _alike(tables: Sequence[JudgedTable]) -> Iterator[list[JudgedTable]]:
    """Yield tables that have the same mistakes together."""
    groups: dict[object, list[JudgedTable]] = {}
    for table in tables:
        key = tuple((finding.kind, finding.sentence, finding.count) for finding in table.findings), table.unfinished
        groups.setdefault(key, []).append(table)
    yield from groups.values()


def _of_tables(tables: Sequence[JudgedTable]) -> Iterator[str]:
    for table in tables:
        yield f"{table.sheet}, {table.area}: {_understood(table)} {table.verdict.value}."
    first = tables[0]
    if first.unfinished:
        yield f"  {first.unfinished}"
    for findings in _same_mistake(first.findings):
        yield from (f"  {line}" for line in _of_findings(findings))
    if first.findings and first.loss_moves is not None:
        yield f"  {_moves(tables)}"
    for remark in dict.fromkeys(remark for table in tables for remark in table.remarks):
        yield f"  {remark}"
    yield from (f"  {line}" for line in _not_understood(first))


def _understood(table: JudgedTable) -> str:
    rate = table.rate
    number = f"{rate.number:g}"
    where = {
        "cell": "" if rate.place is None else f" in {address(*rate.place)}",
        "typed": ", typed into the formulas",
        "numbers": ", by its numbers",
    }.get(rate.how, "")
    told = f"learning rate {number}{where}" if rate.how else "no learning rate found"
    return f"{table.rows} row{'s' * (table.rows != 1)}, {told}:"


def _same_mistake(findings: Sequence[Finding]) -> Iterator[list[Finding]]:
    """Yield findings of several columns together where they say the same."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.kind, _told(finding)), []).append(finding)
    yield from groups.values()


def _told(finding: Finding) -> str:
    return finding.sentence.removeprefix(f"{finding.quantity} ")


def _of_findings(findings: Sequence[Finding]) -> Iterator[str]:
    first = findings[0]
    names = ", ".join(finding.quantity for finding in findings)
    yield f"{names} {_told(first)}" if len(findings) == 1 else f"{names}: each {_told(first)}"
    cells = ", ".join(_ranges(finding) for finding in findings)
    count = sum(finding.count for finding in findings)
    yield f"  in {cells}: {count} cell{'s' * (count != 1)}, first in row {first.first[0]}"
    if first.formula:
        yield f"  {address(*first.first)} has {_short(first.formula)}"
    elif first.found is not None:
        yield f"  {address(*first.first)} has {first.found:.10g}"
    if first.expected:
        yield f"  there belongs {_short(first.expected)}"
    if first.off:
        numbers = ""
        if first.found is not None and first.right is not None:
            numbers = f" ({first.found:.10g}, where {first.right:.10g} follows)"
        off = max(finding.off or 0.0 for finding in findings)
        yield f"  off by up to {off:.2g}{numbers}"


def _ranges(finding: Finding) -> str:
    listed = ", ".join(finding.cells[:MOST_RANGES])
    return f"{listed}, …" if len(finding.cells) > MOST_RANGES else listed


def _short(formula: str) -> str:
    formula = " ".join(formula.split())
    return formula if len(formula) <= LONGEST else f"{formula[:LONGEST]}…"


def _moves(tables: Sequence[JudgedTable]) -> str:
    moves = max(table.loss_moves or 0.0 for table in tables)
    largest = max((table.last_right or 0.0 for table in tables), default=0.0)
    said = f"E_Total moves by {moves:.2g} at most"
    if moves <= _UNSEEN * max(largest, 0.01):
        return f"No chart shows it: {said}."
    return f"All this together: {said}."


def _not_understood(table: JudgedTable) -> Iterator[str]:
    if table.missing:
        yield f"It has no column for {', '.join(table.missing)}."
    named = [f"{letters} ({heading})" if heading else letters for letters, heading in table.others.items()]
    if named:
        more = " …" if len(named) > 12 else ""
        yield f"Columns not judged by themselves: {', '.join(named[:12])}{more}."
