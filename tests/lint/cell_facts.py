"""The cells of a sheet summed up while they go by: each kind of thing once, with the first place where it stands.

A sheet can have millions of cells, so nothing is kept of a cell that is like others, and a fault that a million cells
share is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isnan

from xlbackprop.workbook import Place, address
from xlbackprop.xlsx.read import Block, DamagedWorkbook, block_of, place_of

KEPT = 20
ERRORS = (
    *("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!"),
    *("#FIELD!", "#BLOCKED!", "#CONNECT!", "#BUSY!", "#UNKNOWN!", "#EXTERNAL!", "#PYTHON!"),
)
MAX_TEXT = 32_767  # characters of a cell


@dataclass(slots=True)
class Cases:
    """Where something is the case: the first places, and how many there are."""

    places: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, place: str) -> None:
        self.count += 1
        if self.count <= KEPT:
            self.places.append(place)


@dataclass(slots=True)
class Formula:
    """A formula that is written out, and whether it is the first of a shared group."""

    place: str
    text: str
    shared: bool


@dataclass(slots=True)
class Group:
    """The cells of one shared formula: the ranges that it claims, and the box around all its cells."""

    place: str  # of its first cell
    claims: list[Block] = field(default_factory=list)
    box: Block = (1 << 30, 1 << 30, 0, 0)
    unreadable: str = ""

    def take_in(self, row: int, column: int) -> None:
        top, left, bottom, right = self.box
        self.box = min(top, row), min(left, column), max(bottom, row), max(right, column)


@dataclass(slots=True)
class CellFacts:
    """What the rules ask about the cells of a sheet; `cell_styles` and `row_styles` go by the number of the style."""

    values: int = 0  # cells that show something
    errors: int = 0  # those among them that show an error
    box: Block = (1 << 30, 1 << 30, 0, 0)
    unplaced: Cases = field(default_factory=Cases)  # an address that no sheet has
    disordered: Cases = field(default_factory=Cases)  # a cell or row that stands behind a later one, or twice
    misplaced: Cases = field(default_factory=Cases)  # a cell that says another row than the one it is in
    cell_styles: dict[str, str] = field(default_factory=dict)
    row_styles: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    highest_text: tuple[int, str] = (-1, "")  # number of a shared text, and where
    formulas: list[Formula] = field(default_factory=list)
    groups: dict[str, Group] = field(default_factory=dict)
    without_value: Cases = field(default_factory=Cases)
    wrong_values: Cases = field(default_factory=Cases)  # a value that is not of the kind that the cell says
    errors_as_text: Cases = field(default_factory=Cases)
    long_texts: Cases = field(default_factory=Cases)
    tall_rows: Cases = field(default_factory=Cases)


class CellReader:
    """Sums the cells up while the XML of the sheet's rows goes by; elements arrive without their namespace.

    `empty_texts` are the numbers of the shared texts that show nothing.
    """

    def __init__(self, empty_texts: frozenset[str] = frozenset()) -> None:
        self.empty_texts = empty_texts
        self.facts = CellFacts()
        self.row = 0  # the last row that has begun
        self.place: Place = (0, 0)
        self.where = ""
        self.kind = "n"
        self.formula: dict[str, str] | None = None
        self.formula_text: list[str] = []
        self.value: list[str] = []
        self.reading: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self._begin_cell(attributes)
        elif tag in ("v", "t"):
            self.reading = self.value
        elif tag == "f":
            self.formula = attributes
            self.reading = self.formula_text
        elif tag == "row":
            self._begin_row(attributes)

    def text(self, text: str) -> None:
        if self.reading is not None:
            self.reading.append(text)

    def end(self, tag: str) -> None:
        self.reading = None
        if tag == "c":
            self._end_cell()

    def _begin_row(self, attributes: dict[str, str]) -> None:
        written = attributes.get("r", str(self.row + 1))
        row = int(written) if written.isdecimal() else 0
        if row <= self.row:
            self.facts.disordered.add(f"row {written}")
        self.row = row
        self.place = (row, 0)
        if "s" in attributes:
            self.facts.row_styles.setdefault(attributes["s"], f"row {written}")
        if as_number(attributes.get("ht", "0")) > 409.5 or as_number(attributes.get("outlineLevel", "0")) > 7:
            self.facts.tall_rows.add(f"row {written}")

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        facts, before = self.facts, self.place
        self.formula = None
        self.formula_text.clear()
        self.value.clear()
        self.where = attributes.get("r") or address(max(self.row, 1), before[1] + 1)
        try:
            self.place = place_of(self.where)
        except DamagedWorkbook:
            facts.unplaced.add(self.where[:20])
            before = before[0], -1  # the cell counts as one at the place of the cell before it
        row, column = self.place
        if row != self.row:
            facts.misplaced.add(self.where)
        elif column <= before[1]:
            facts.disordered.add(self.where)
        top, left, bottom, right = facts.box
        if not (top <= row <= bottom and left <= column <= right):
            facts.box = min(top, row), min(left, column), max(bottom, row), max(right, column)
        facts.cell_styles.setdefault(attributes.get("s", "0"), self.where)
        self.kind = attributes.get("t", "n")
        facts.kinds.setdefault(self.kind, self.where)

    def _end_cell(self) -> None:
        facts, value = self.facts, "".join(self.value)
        if self.formula is not None:
            self._take_formula(self.formula, "".join(self.formula_text))
            if not value and self.kind != "str":
                facts.without_value.add(self.where)
        if not value:
            return
        if self.kind == "n":
            facts.values += 1
            if isnan(as_number(value)):
                facts.wrong_values.add(self.where)
        elif self.kind == "s":
            facts.values += value not in self.empty_texts
            self._take_text_number(value)
        else:
            self._take_other(value)

    def _take_text_number(self, value: str) -> None:
        if not value.isdecimal():
            self.facts.wrong_values.add(self.where)
        elif int(value) > self.facts.highest_text[0]:
            self.facts.highest_text = int(value), self.where

    def _take_other(self, value: str) -> None:
        facts = self.facts
        facts.values += 1
        facts.errors += self.kind == "e"
        if (self.kind == "e" and value not in ERRORS) or (self.kind == "b" and value not in ("0", "1")):
            facts.wrong_values.add(self.where)
        elif self.kind in ("str", "inlineStr"):
            if self.formula is not None and value in ERRORS:
                facts.errors_as_text.add(self.where)
            if len(value) > MAX_TEXT:
                facts.long_texts.add(self.where)

    def _take_formula(self, attributes: dict[str, str], text: str) -> None:
        shared = attributes.get("t") == "shared"
        if shared:
            number = attributes.get("si", "")
            group = self.facts.groups.setdefault(number, Group(self.where))
            group.take_in(*self.place)
            if "ref" in attributes:
                try:
                    group.claims.append(block_of(attributes["ref"]))
                except DamagedWorkbook:
                    group.unreadable = attributes["ref"]
        if text or (not shared and attributes.get("t") != "dataTable"):
            self.facts.formulas.append(Formula(self.where, text, shared))


def as_number(text: str) -> float:
    """Return NaN where the text is no number that a spreadsheet stores."""
    try:
        number = float(text)
    except ValueError:
        return float("nan")
    return number if abs(number) < float("inf") and "_" not in text else float("nan")
