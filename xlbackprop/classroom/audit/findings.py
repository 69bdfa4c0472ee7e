"""What an audit finds, as plain data; sentences for a person are made of it in `words`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from xlbackprop.classroom.audit.meanings import Rate


class Verdict(StrEnum):
    """What a workbook is, by its numbers."""

    RIGHT = "right"
    WRONG = "wrong"
    UNFINISHED = "unfinished"
    NO_TABLE = "no table"


class Kind(StrEnum):
    """The kinds of findings that are no mistake of the catalogue, whose kinds have names of their own."""

    DRIFTS = "given number drifts"
    RATE_DRIFTS = "rate not anchored"
    OTHER_RATE = "other learning rate"
    TYPED = "number for a formula"
    BLANK = "blank"
    NO_NUMBER = "no number"
    START = "starting weight"
    NOT_THE_LESSONS = "not the lesson's number"
    ROUNDED = "rounded"
    STALE = "stored value"


@dataclass(frozen=True, slots=True)
class Finding:
    """One root mistake in one column of a table.

    `cells` are its ranges ("Z34:Z101"), `count` how many cells that are, `first` the place of the first. `formula` is
    what stands there, `expected` the formula that belongs there, in the file's own addresses; `found` and `right` are
    their numbers, `off` is the largest difference of any of the cells.
    """

    kind: str
    quantity: str
    sentence: str
    cells: tuple[str, ...]
    count: int
    first: tuple[int, int]
    formula: str = ""
    expected: str = ""
    found: float | None = None
    right: float | None = None
    off: float | None = None


@dataclass(frozen=True, slots=True)
class JudgedTable:
    """A table, how it was understood, and what is wrong with it.

    `rows` counts its complete rows. `columns` maps the quantities to the letters of their columns; `others` are columns
    that were not understood, `missing` the quantities without one. `loss_moves` is how far E_Total lies, at most, from
    that of a run without mistakes, `last_loss` and `last_right` are the last of both. `remarks` are sentences that
    change no verdict.
    """

    sheet: str
    area: str
    header_row: int
    first_row: int
    last_row: int
    rows: int
    columns: Mapping[str, str]
    others: Mapping[str, str]
    missing: Sequence[str]
    rate: Rate
    rate_used: float | None
    findings: Sequence[Finding]
    remarks: Sequence[str] = ()
    unfinished: str = ""
    are_numbers: bool = False
    loss_moves: float | None = None
    last_loss: float | None = None
    last_right: float | None = None

    @property
    def verdict(self) -> Verdict:
        """What the table is."""
        if self.findings:
            return Verdict.WRONG
        return Verdict.UNFINISHED if self.unfinished else Verdict.RIGHT


class ChartKind(StrEnum):
    """What may be wrong with a chart or a table that compares losses."""

    HEADER = "header in the series"
    ROWS_MISSING = "rows missing"
    ROWS_BEYOND = "rows beyond the table"
    OTHER_TABLE = "another table's data"
    LOSSES_AS_X = "losses as categories"
    BARS = "bars for a curve"
    NOT_THE_LOSS = "not the loss"
    NO_CHART = "no chart"
    STALE = "comparison is stale"


@dataclass(frozen=True, slots=True)
class ChartFault:
    """A fault of a chart: on which sheet, over which cells, and what is wrong in a sentence."""

    kind: ChartKind
    sheet: str
    sentence: str
    cells: str = ""


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found in a workbook."""

    tables: Sequence[JudgedTable]
    charts: Sequence[ChartFault]
    remarks: Sequence[str] = ()

    @property
    def verdict(self) -> Verdict:
        """The verdict on its numbers: the worst of its tables."""
        verdicts = {table.verdict for table in self.tables}
        for verdict in (Verdict.WRONG, Verdict.UNFINISHED, Verdict.RIGHT):
            if verdict in verdicts:
                return verdict
        return Verdict.NO_TABLE
