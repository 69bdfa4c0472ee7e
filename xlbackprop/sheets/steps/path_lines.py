"""The lines of every path: a line for each factor, one for the product; right of each line its running results.

Running results are the product and the sum so far, with which the next line goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from xlbackprop.sheets.steps.chosen_row import operand_text
from xlbackprop.sheets.steps.lines import StepLines
from xlbackprop.sheets.steps.local_derivatives import OPERAND, Library
from xlbackprop.sheets.steps.paths import NOTHING, OWN, PRODUCT, Plan
from xlbackprop.sheets.steps.words import Text, constant
from xlbackprop.workbook import ErrorValue, Look, Value, element

# Up to here a product, or the sum of the paths, is written out with its numbers.
_MOST_IN_A_PRODUCT, _MOST_IN_A_SUM = 7, 4


@dataclass(frozen=True)
class _Carried:
    """The running results of a line: its derivative, the factors and paths so far, the product and the sum so far.

    Product and sum are there as numbers and, with the numbers that they are made from, as texts.
    """

    line: int = NOTHING
    factors: int = 0
    paths: int = 0
    product: float = 1.0
    product_text: Value = ""
    total: float = 0.0
    total_text: Value = ""


class _Cells(NamedTuple):
    """The cells that hold the running results of a line, in the order of `_Carried`."""

    line: str
    factors: str
    paths: str
    product: str
    product_text: str
    total: str
    total_text: str


class PathLines:
    """The lines of the paths of the chosen parameter, from row `first` on.

    `carried` holds the running results of each line. `spells_product` and `spells_sum` tell whether a product, and the
    sum of the paths, is short enough to be written out with its numbers.
    """

    def __init__(self, lines: StepLines, library: Library, plan: Plan, plan_row: int, first: int) -> None:
        self.lines = lines
        self.shown = lines.shown
        self.places = lines.places
        self.library = library
        self.plan = plan
        self.plan_row = plan_row
        self.first = first
        self.spells_product = plan.most_factors <= _MOST_IN_A_PRODUCT
        self.spells_sum = plan.most_paths <= _MOST_IN_A_SUM
        self.carried = self._carried()

    def _carried(self) -> list[_Carried]:
        """Return the running results of each line, as many lines as the longest plan has."""
        index = self.shown.parameter_index
        told = self.plan.lines[self.plan.unit_of[index] - 1]
        found = [_Carried()]
        for line in (*told, *(NOTHING,) * (self.plan.longest - len(told))):
            found.append(self._after(found[-1], self.plan.own[index] if line == OWN else line))
        return found[1:]

    def _after(self, before: _Carried, line: int) -> _Carried:
        if line == PRODUCT:
            plus, product = " + " if before.paths else "= ", operand_text(before.product)
            return replace(
                before,
                line=line,
                paths=before.paths + 1,
                total=before.total + before.product,
                total_text=_appended(before.total_text, plus, product) if self.spells_sum else "",
            )
        if line == NOTHING:
            return replace(before, line=line)
        goes_on = before.line > 0
        times, operand = " × " if goes_on else "= ", self.library.operands[line - 1]
        return replace(
            before,
            line=line,
            factors=before.factors + 1,
            product=(before.product if goes_on else 1.0) * self.library.values[line - 1],
            product_text=_appended(before.product_text if goes_on else "", times, operand)
            if self.spells_product
            else "",
        )

    # ------------------------------------------------------------------------------------------------------- its cells

    def _cells(self, row: int) -> _Cells:
        return _Cells(*(self.places.cell(row, self.places.beside + offset) for offset in range(len(_Cells._fields))))

    @property
    def end(self) -> tuple[_Cells, _Carried]:
        """The cells and the values of the last line's running results: they hold the sum of all paths."""
        return self._cells(self.first + self.plan.longest - 1), self.carried[-1]

    def put(self) -> None:
        """Put all lines."""
        for index, carried in enumerate(self.carried):
            row = self.first + index
            here = self._cells(row)
            self._keep(index, here, carried)
            self._show(row, here, carried)

    def _keep(self, index: int, here: _Cells, carried: _Carried) -> None:
        """Put the running results of a line right of it."""
        row = self.first + index
        before = self._cells(row - 1) if index else _Cells("0", "0", "0", "1", '""', "0", '""')
        is_factor, ends = f"{here.line}>0", f"{here.line}={PRODUCT}"
        line, value = self._told(index), self.library.of(self.places.value, here.line)
        formulas = {
            "line": f"IF({line}={OWN},{self.places.own_factor},{line})",
            "factors": f"{before.factors}+IF({is_factor},1,0)",
            "paths": f"{before.paths}+IF({ends},1,0)",
            "product": f"IF({is_factor},IF({before.line}>0,{before.product},1)*{value},{before.product})",
            "total": f"{before.total}+IF({ends},{here.product},0)",
        }
        if self.spells_product:
            operand = self.library.of(OPERAND, here.line)
            so_far = f'IF({before.line}>0,{before.product_text}&" × ","= ")'
            formulas["product_text"] = f'IF({is_factor},{so_far}&{operand},{before.product_text}&"")'
        if self.spells_sum:
            product = self.shown.spelled(row, self.places.beside + len(here), here.product, carried.product)
            so_far = f'IF({before.paths}>0,{before.total_text}&" + ","= ")'
            formulas["total_text"] = f'IF({ends},{so_far}&{product.operand_cell},{before.total_text}&"")'
        for offset, field in enumerate(_Cells._fields):
            if field in formulas:
                value_now = getattr(carried, field)
                column = self.places.beside + offset
                self.lines.canvas.put(row, column, value_now, Look.NOTE, formula=formulas[field])

    def _told(self, index: int) -> str:
        """Return the formula that looks up a line, from 0, in the plan of the chosen parameter."""
        row, first = self.plan_row + 1 + index, self.places.workings
        first_cell, last_cell = (self.places.cell(row, first + column) for column in (0, len(self.plan.lines) - 1))
        return element(first_cell, last_cell, self.places.plan_number)

    def _show(self, row: int, here: _Cells, carried: _Carried) -> None:
        """Put the part of a line that a reader sees: a factor, a product, or nothing."""
        library, places, words = self.library, self.places, "= the product of its factors"
        product = Text(here.product_text, carried.product_text) if self.spells_product else constant(words)
        of_product = {
            places.symbol: Text(f'"path "&{here.paths}', f"path {carried.paths}"),
            places.rule: constant("the product of these factors"),
            places.numbers: product,
            places.value: Text(here.product, carried.product),
        }
        looks = {places.symbol: Look.LABEL, places.rule: Look.MATH, places.value: Look.NUMBER}
        for column, ended in of_product.items():
            formula = library.of(column, here.line)
            if column == places.symbol:
                formula = f'{here.factors}&". "&{formula}'
            if carried.line > 0:
                shown = library.cell_value(column, carried.line)
                value: Value = f"{carried.factors}. {shown}" if column == places.symbol else shown
            else:
                value = ended.value if carried.line == PRODUCT else ""
            formula = f'IF({here.line}>0,{formula},IF({here.line}={PRODUCT},{ended.formula},""))'
            self.lines.canvas.put(
                row, column, value, looks.get(column, Look.BODY), formula=formula, shrink=column == places.numbers
            )


def _appended(text: Value, sign: str, operand: Value) -> Value:
    """Return a text with a sign and another text behind it; an error in either is the whole."""
    for part in (text, operand):
        if isinstance(part, ErrorValue):
            return part
    return f"{text}{sign}{operand}"
