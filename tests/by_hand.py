"""Workbooks as people make them by hand: headings in many dialects, tables anywhere, formulas in many spellings.

Everything is drawn. A mistake may be planted in a column; what follows from it follows, since all cells are formulas.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from xlbackprop import load_lesson
from xlbackprop.network import (
    Binary,
    Call,
    Epoch,
    Expression,
    Given,
    Gradient,
    If,
    Input,
    LearningRate,
    Negative,
    NetInput,
    Number,
    Output,
    Quantity,
    Ref,
    Target,
    TotalLoss,
    UnitLoss,
    Weight,
)
from xlbackprop.taught import column_of, columns
from xlbackprop.workbook import address, column_letters, number_text

RECIPE = load_lesson("walkthrough").runs[0].recipe
NAMING = RECIPE.naming
RATE = Ref(Given(LearningRate()))

UNIT_OUT = ["a_{}", "out_{}", "act_{}", "A_{}", "a({})", "σ({})", "{}_out", "out {}", "a{}", "sigmoid({})", "out({})"]
UNIT_NET = ["{}", "{}", "{}", "net_{}", "net {}", "{} in", "{}_net", "z_{}"]
GRADIENT = [
    *("∂E/∂{}", "dE/d{}", "E∂{}", "Etotald{}", "∂E{}", "∂E∂{}", "δE_tot/δ{}", "ӘE_T/Ә{}", "∂E_t/∂{}", "dEt/d{}"),
    *("d{}", "∂E_total/∂{}", "𝜕E/𝜕{}", "∂E_Total / ∂{}", "grad {}", "∂{}", "dE_total/d{}"),
]
WEIGHT = ["w{}", "w{}", "W{}", "w_{}", "weight {}"]
LOSS, TOTAL = (
    ["E{}", "E{}", "error{}", "E_{}", "Error {}", "e{}"],
    [
        *("E_T", "E_tot", "Etotal", "E_Total", "Total Error", "Loss", "E_total", "E Total", "ETotal", "Error", "E"),
    ],
)
TARGET, INPUT = ["t{}", "T{}", "target{}", "Target {}", "t_{}"], ["i{}", "I{}", "x{}", "input {}", "i_{}"]
EPOCH = ["epoch", "Step", "Iteration", "#", "No", "Epochs"]
RATE_LABEL = ["η", "lr", "LR =", "learning rate", "Learning Rate, η = ", "α =", "learningRate=", "η =", "L.R", "h"]
ORDERS = ("source", "weights together", "gradients reversed", "inputs first", "nets together")


def heading(of: Quantity, chosen: Mapping[str, str]) -> str:
    """Return the heading of a quantity in a dialect."""
    match of:
        case Target(unit):
            return chosen["target"].format(unit + 1)
        case Input(unit):
            return chosen["input"].format(unit + 1)
        case Weight():
            return chosen["weight"].format(NAMING.weight_number(of))
        case NetInput(layer, unit):
            return chosen["net"].format(f"{_letter(layer, chosen)}{unit + 1}")
        case Output(layer, unit):
            zero = layer == 2 and chosen["zero"]
            return chosen["out"].format(f"{'0' if zero else _letter(layer, chosen)}{unit + 1}")
        case UnitLoss(unit):
            return chosen["loss"].format(unit + 1)
        case TotalLoss():
            return chosen["total"]
        case Gradient(Weight() as weight):
            return chosen["gradient"].format(f"w{NAMING.weight_number(weight)}")
        case _:
            return chosen["epoch"]


def _letter(layer: int, chosen: Mapping[str, str]) -> str:
    letter = "ho"[layer - 1]
    return letter.upper() if chosen["capitals"] else letter


@dataclass
class HandMade:
    """A table that somebody makes by hand; all of it is drawn, and may then be changed."""

    draw: random.Random
    rows: int = 0
    top: int = 0
    left: int = 0
    order: Sequence[Quantity | str | None] = ()
    dialect: Mapping[str, str] = field(default_factory=dict)
    start: Mapping[Quantity, float] = field(default_factory=dict)
    rate: float = 0.5
    rate_kind: str = ""
    spelling: Mapping[str, object] = field(default_factory=dict)
    formulas: Mapping[Quantity, Expression] = field(default_factory=dict)
    without: Sequence[
        Quantity
    ] = ()  # no columns of their own: given numbers in cells beside the table, others written out
    separated: int = 0  # a blank row after so many rows
    beside: Mapping[Quantity, tuple[int, int]] = field(default_factory=dict)
    unanchored: Sequence[Quantity] = ()  # weights whose updates let the cell of the learning rate move down

    def __post_init__(self) -> None:
        draw, self._moves = self.draw, 0
        self.rows = self.rows or draw.randint(6, 40)
        self.top = self.top or draw.randint(4, 60)
        self.left = self.left or draw.choice([1, 1, 1, 2, 3, 4, 7])
        self.dialect = self.dialect or drawn_dialect(draw)
        self.order = self.order or drawn_order(draw)
        self.start = self.start or drawn_start(draw)
        self.order = [of for of in self.order if of not in self.without]
        self.rate = draw.choice([0.1, 0.2, 0.5, 0.8, 1.0, 2.0])
        self.rate_kind = self.rate_kind or draw.choice(
            ["cell", "cell", "cell", "above", "far", "name", "typed", "text"]
        )
        self.spelling = self.spelling or drawn_spelling(draw)

    @property
    def columns(self) -> dict[Quantity, int]:
        """The column of each quantity."""
        return {of: self.left + at for at, of in enumerate(self.order) if of is not None and not isinstance(of, str)}

    @property
    def rate_cell(self) -> tuple[int, int]:
        """The cell of the learning rate, if there is one."""
        return {"above": (self.top - 1, self.left + 9), "far": (2, self.left + 20)}.get(
            self.rate_kind, (self.top - 2, self.left + 6)
        )

    def formula(self, of: Quantity) -> Expression:
        """Return the formula of a column, the planted one or the rule."""
        return self.formulas.get(of, column_of(RECIPE, of).formula)

    def write(self, sheet: Worksheet, book: openpyxl.Workbook | None = None) -> None:
        """Write the table on a sheet."""
        self._write_around(sheet, book)
        for at, of in enumerate(self.order):
            if of is not None:
                text = of if isinstance(of, str) else heading(of, self.dialect)
                sheet.cell(self.top, self.left + at, text)
        for row in range(self.rows):
            self.write_row(sheet, row)

    def line(self, row: int) -> int:
        """Return the row of the sheet in which a row of the table stands, counted from 0."""
        return self.top + 1 + row + (row // self.separated if self.separated and row > 0 else 0)

    def write_row(self, sheet: Worksheet, row: int) -> None:
        """Write one row of the table."""
        at = self.line(row)
        for of, column in self.columns.items():
            if isinstance(of, Epoch):
                sheet.cell(at, column, row)
            elif of in self.start and (row == 0 or isinstance(of, Input | Target)):
                sheet.cell(at, column, self.start[of])
            else:
                self._moves = row - 1 if of in self.unanchored else 0
                sheet.cell(at, column, f"={self.text(self.formula(of), row)}")
        for place, of in enumerate(self.order):
            if isinstance(of, str):
                sheet.cell(at, self.left + place, "ok")

    def text(self, formula: Expression, row: int) -> str:
        """Return a formula as it is typed in a row, counted from 0."""
        return spelled(formula, lambda ref: self._address(ref, row), self.spelling)

    def _address(self, ref: Ref, row: int) -> str:
        of = ref.quantity
        if of == Given(LearningRate()):
            if self.rate_kind in ("typed", "text"):
                return number_text(self.rate)
            if self.rate_kind == "name":
                return "LearningRate"
            line, column = self.rate_cell
            dollar = "" if self._moves else "$"
            return f"{dollar}{column_letters(column)}{dollar}{line + self._moves}"
        if isinstance(of, Given):
            return number_text(self.start[of.of])  # type: ignore[index]
        if of in self.beside:
            line, column = self.beside[of]
            return f"${column_letters(column)}${line}"
        if of not in self.columns:
            return f"({self.text(self.formula(of), row - ref.back)})"
        return address(self.line(row - ref.back), self.columns[of])

    def _write_around(self, sheet: Worksheet, book: openpyxl.Workbook | None) -> None:
        given = [of for of in self.without if isinstance(of, Input | Target)]
        self.beside = {of: (1, self.left + 2 + 3 * at) for at, of in enumerate(given)}
        for of, (line, column) in self.beside.items():
            sheet.cell(line, column - 1, heading(of, self.dialect))
            sheet.cell(line, column, self.start[of])
        line, column = self.rate_cell
        if self.rate_kind == "text":
            sheet.cell(line, column, f"LR = {self.rate:g}")
            return
        if self.rate_kind == "typed":
            return
        sheet.cell(line, column, self.rate)
        label = self.draw.choice(RATE_LABEL)
        if self.rate_kind == "above":
            sheet.cell(line, column - 1, label)
        else:
            sheet.cell(line, column - self.draw.choice([1, 1, 2]), label)
        if self.rate_kind == "name" and book is not None:
            target = f"'{sheet.title}'!${column_letters(column)}${line}"
            book.defined_names["LearningRate"] = openpyxl.workbook.defined_name.DefinedName(
                "LearningRate", attr_text=target
            )


def drawn_dialect(draw: random.Random) -> dict[str, str]:
    """Return headings as one person writes them."""
    return {
        "out": draw.choice(UNIT_OUT),
        "net": draw.choice(UNIT_NET),
        "gradient": draw.choice(GRADIENT),
        "weight": draw.choice(WEIGHT),
        "loss": draw.choice(LOSS),
        "total": draw.choice(TOTAL),
        "target": draw.choice(TARGET),
        "input": draw.choice(INPUT),
        "epoch": draw.choice(EPOCH),
        "zero": draw.choice(["", "", "", "0"]),
        "capitals": draw.choice(["", "", "yes"]),
    }


def drawn_order(draw: random.Random) -> list[Quantity | str | None]:
    """Return the columns of a table from left to right: None is a blank one, a text one that is a remark."""
    order: list[Quantity | str | None] = [column.quantity for column in columns(RECIPE)]
    kind = draw.choice(ORDERS)
    if kind == "weights together":
        order = [
            *_of(order, Target, Input),
            *_of(order, Weight),
            *_of(order, NetInput, Output, UnitLoss, TotalLoss, Gradient),
        ]
    elif kind == "gradients reversed":
        order = [*(of for of in order if not isinstance(of, Gradient)), *reversed(_of(order, Gradient))]
    elif kind == "inputs first":
        order = [*_of(order, Input), *_of(order, Target), *(of for of in order if not isinstance(of, Input | Target))]
    elif kind == "nets together":
        order = [
            *_of(order, Input, Target, Weight),
            *_of(order, NetInput),
            *_of(order, Output),
            *_of(order, UnitLoss, TotalLoss, Gradient),
        ]
    if draw.random() < 0.4:
        order.insert(0, Epoch())
    for _ in range(draw.choice([0, 0, 0, 1, 2])):
        order.insert(draw.randint(1, len(order)), draw.choice([None, "remark", "check"]))
    return order


def _of(order: Sequence[Quantity | str | None], *kinds: type) -> list[Quantity | str | None]:
    return [of for of in order if isinstance(of, kinds)]


def drawn_start(draw: random.Random) -> dict[Quantity, float]:
    """Return the given numbers and the starting weights: those of most courses, or others."""
    weights = [*NAMING.weights()]
    if draw.random() < 0.5:
        numbers = [0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55]
        data = [0.05, 0.1, 0.01, 0.99]
    else:
        numbers = [round(draw.uniform(-0.9, 0.9), 2) or 0.1 for _ in weights]
        data = [round(draw.uniform(0.02, 0.98), 2) for _ in range(4)]
    return dict(zip([*NAMING.inputs(), *NAMING.targets(), *weights], [*data, *numbers], strict=True))


def drawn_spelling(draw: random.Random) -> dict[str, object]:
    """Return how one person types formulas."""
    return {
        "space": draw.choice(["", "", " "]),
        "square": draw.choice(["^2", "POWER", "product", "^2"]),
        "half": draw.choice(["0.5", "1/2", "(1/2)"]),
        "brackets": draw.choice([False, False, True]),
        "small": draw.choice([False, False, True]),
    }


# ------------------------------------------------------------------------------------------------------------ spelling

_BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}


def spelled(part: Expression, address_of: Callable[[Ref], str], spelling: Mapping[str, object]) -> str:
    """Return a formula as somebody types it."""

    def told(of: Expression) -> str:
        return spelled(of, address_of, spelling)

    def inner(of: Expression, wrap: bool) -> str:
        return f"({told(of)})" if wrap else told(of)

    match part:
        case Number(0.5):
            return str(spelling["half"])
        case Number(value):
            return number_text(value)
        case Ref():
            return address_of(part)
        case Negative(of):
            return f"-{inner(of, not isinstance(of, Ref | Number))}"
        case Binary("^", base, Number(2.0)) if spelling["square"] == "POWER":
            return f"POWER({told(base)},2)"
        case Binary("^", base, Number(2.0)) if spelling["square"] == "product":
            return f"({told(base)})*({told(base)})"
        case Binary(operator, left, right):
            mine = _BINDING[operator]
            one = inner(left, _binding(left, spelling) < mine or (operator == "^" and _binding(left, spelling) < 9))
            other = inner(right, _binding(right, spelling) <= mine)
            space = str(spelling["space"])
            whole = f"{one}{space}{operator}{space}{other}"
            return f"({whole})" if spelling["brackets"] and operator in "+-" else whole
        case Call(function, argument):
            name = function.value.lower() if spelling["small"] else function.value
            return f"{name}({told(argument)})"
        case If(left, comparison, right, yes, no):
            return f"IF({told(left)}{comparison}{told(right)},{told(yes)},{told(no)})"
        case _:
            raise ValueError(part)


def _binding(part: Expression, spelling: Mapping[str, object]) -> int:
    match part:
        case Number(0.5):
            return 2 if spelling["half"] == "1/2" else 9
        case Number(value) if value < 0:
            return 0
        case Negative():
            return 0
        case Binary("^", _, Number(2.0)) if spelling["square"] != "^2":
            return 2
        case Binary("+" | "-") if spelling["brackets"]:
            return 9
        case Binary(operator):
            return _BINDING[operator]
        case _:
            return 9


def save(made: HandMade, path: Path) -> HandMade:
    """Write a workbook with one table, and return the table."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "Backpropagation by hand"
    made.write(sheet, book)
    book.save(path)
    return made


def book_of(tables: Sequence[HandMade], path: Path) -> Path:
    """Write a workbook with a sheet for each table."""
    book = openpyxl.Workbook()
    for number, table in enumerate(tables, start=1):
        sheet = book.active if number == 1 else book.create_sheet()
        assert sheet is not None
        sheet.title = f"Table {number}"
        if table.rate_kind == "name":
            table.rate_kind = "cell"  # there is one such name in a workbook
        table.write(sheet, book)
    book.save(path)
    return path


def pasted(path: Path, rounded: Callable[[float], float]) -> Path:
    """Put numbers in the place of all formulas of a workbook, as pasting values does."""
    from xlbackprop.classroom.audit.book import read_book

    numbers = read_book(path).sheets
    book = openpyxl.load_workbook(path)
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    cell.value = rounded(numbers[sheet.title].number((cell.row, cell.column)))
    book.save(path)
    return path
