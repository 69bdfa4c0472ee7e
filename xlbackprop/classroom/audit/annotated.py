"""The annotated copy of an audited workbook: a note at the first cell of each mistake, and a sheet in front."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xlbackprop.classroom.audit.findings import Audit, Finding, JudgedTable
from xlbackprop.classroom.audit.words import first_line
from xlbackprop.classroom.strangers import as_xlsx
from xlbackprop.xlsx.annotate import CellNote, FrontRow, FrontSheet, NoteKind, annotated_copy
from xlbackprop.xlsx.read import block_of

TITLE = "Audit"
MOST_FRAMED = 500  # cells of one finding that get a frame; all of them are named in front


def write_annotated(source: Path, target: Path, found: Audit) -> None:
    """Write a copy of an audited workbook, .xlsx or .ods, with what was found, as an .xlsx file.

    Raises InputError where the source cannot be read or is the target, OSError where the target cannot be written.
    """
    with as_xlsx(source) as book:
        annotated_copy(book, target, [*_notes(found)], _front(source, found))


def _notes(found: Audit) -> Iterator[CellNote]:
    for table in found.tables:
        for finding in table.findings:
            yield CellNote(table.sheet, finding.first, _text(finding), NoteKind.MISTAKE)
            cells = (place for area in finding.cells for place in _places(area) if place != finding.first)
            for _, place in zip(range(MOST_FRAMED), cells, strict=False):
                yield CellNote(table.sheet, place, "", NoteKind.MISTAKE)


def _places(area: str) -> Iterator[tuple[int, int]]:
    top, left, bottom, right = block_of(area)
    yield from ((row, column) for row in range(top, bottom + 1) for column in range(left, right + 1))


def _text(finding: Finding) -> str:
    lines = [finding.sentence, f"In {', '.join(finding.cells[:6])}{' …' * (len(finding.cells) > 6)}."]
    if finding.expected:
        lines.append(f"There belongs {finding.expected}")
    if finding.found is not None and finding.right is not None:
        lines.append(f"It is {finding.found:.10g}, and {finding.right:.10g} follows from its row.")
    return "\n".join(lines)


def _front(source: Path, found: Audit) -> FrontSheet:
    rows = [row for table in found.tables for row in _rows(table)]
    rows += [FrontRow(fault.sheet, fault.cells.rpartition("!")[2], fault.sentence) for fault in found.charts]
    remarks = [f"{table.sheet}: {remark}" for table in found.tables for remark in (table.unfinished, *table.remarks)]
    lines = [line for line in [*remarks, *found.remarks] if not line.endswith(": ")]
    return FrontSheet(TITLE, f"What an audit found in {source.name}", first_line(found), lines, rows)


def _rows(table: JudgedTable) -> Iterator[FrontRow]:
    for finding in table.findings:
        cells = ", ".join(finding.cells[:1])
        yield FrontRow(table.sheet, cells, finding.sentence, finding.formula, finding.expected)
