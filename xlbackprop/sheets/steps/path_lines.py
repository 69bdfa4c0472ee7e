"""The lines of every path: a line for each factor, one for the product; right of each line its running results.

Running results are the product and the sum so far, with which the next line goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from xlbackprop.sheets.steps.lines import StepLines
from xlbackprop.sheets.steps.local_derivatives import OPERAND, Library
from xlbackprop.sheets.steps.paths import NOTHING, OWN, PRODUCT, Plan
from xlbackprop.workbook import Live, Look, live, when

# Up to here a product, or the sum of the paths, is written out with its numbers.
_MOST_IN_A_PRODUCT, _MOST_IN_A_SUM = 7, 4


class Running(NamedTuple):
    """The running results of a line: its derivative, the factors and paths so far, the product and the sum so far.

    Product and sum are there as numbers and, with the numbers that they are made from, as texts.
    """

    line: Live
    factors: Live
    paths: Live
    product: Live
    product_text: Live
    total: Live
    total_text: Live


_BEFORE_THE_FIRST = Running(live(NOTHING), live(0), live(0), live(1), live(""), live(0), live(""))


class PathLines:
    """The lines of the paths of the chosen parameter.

    `told` gives what the plan has in a line, counted from 0, and `own` the parameter's own factor. `spells_product` and
    `spells_sum` tell whether a product, and the sum of the paths, is short enough to be written out with its numbers.
    """

    def __init__(self, lines: StepLines, library: Library, plan: Plan, told: Callable[[int], Live], own: Live) -> None:
        self.lines, self.canvas, self.shown, self.places = lines, lines.canvas, lines.shown, lines.places
        self.library, self.plan, self.told, self.own = library, plan, told, own
        self.spells_product = plan.most_factors <= _MOST_IN_A_PRODUCT
        self.spells_sum = plan.most_paths <= _MOST_IN_A_SUM

    def put(self) -> Running:
        """Put all lines; return the running results of the last, among them the sum of all paths."""
        running = _BEFORE_THE_FIRST
        for index in range(self.plan.longest):
            running = self._results(index, running)
            self._show(self.lines.row, running)
            self.lines.row += 1
        return running

    def _results(self, index: int, before: Running) -> Running:
        """Put the running results of a line right of it."""
        row = self.lines.row

        def put(field: str, told: Live) -> Live:
            return self.canvas.put(row, self.places.beside + Running._fields.index(field), told, Look.NOTE)

        told = self.told(index)
        line = put("line", when(told.equals(OWN), self.own, told))
        is_factor, ends, goes_on = line > 0, line.equals(PRODUCT), before.line > 0
        factors = put("factors", before.factors + when(is_factor, 1, 0))
        paths = put("paths", before.paths + when(ends, 1, 0))
        value, spelled = self.library.of(self.places.value, line), self.library.of(OPERAND, line)
        product = put("product", when(is_factor, when(goes_on, before.product, 1) * value, before.product))
        total = put("total", before.total + when(ends, product, 0))
        product_text = total_text = live("")
        if self.spells_product:
            so_far = when(goes_on, before.product_text & " × ", "= ")
            product_text = put("product_text", when(is_factor, so_far & spelled, before.product_text & ""))
        if self.spells_sum:
            beside = self.shown.spelled(row, self.places.beside + len(Running._fields), product)
            so_far = when(before.paths > 0, before.total_text & " + ", "= ")
            total_text = put("total_text", when(ends, so_far & beside.operand, before.total_text & ""))
        return Running(line, factors, paths, product, product_text, total, total_text)

    def _show(self, row: int, here: Running) -> None:
        """Put the part of a line that a reader sees: a factor, a product, or nothing."""
        places = self.places
        product = here.product_text if self.spells_product else live("= the product of its factors")
        of_path = ("path " & here.paths, live("the product of these factors"), product, here.product)
        looks = (Look.LABEL, Look.MATH, Look.BODY, Look.NUMBER)
        columns = (places.symbol, places.rule, places.numbers, places.value)
        for column, ended, look in zip(columns, of_path, looks, strict=True):
            factor = self.library.of(column, here.line)
            factor = here.factors & ". " & factor if column == places.symbol else factor
            told = when(here.line > 0, factor, when(here.line.equals(PRODUCT), ended, ""))
            there = self.canvas.put(row, column, told, look, shrink=column in (places.rule, places.numbers))
            self.canvas.claim(there, told)
