"""What the references in a table's formulas mean: numbers of the table, the learning rate, or cells elsewhere.

Columns that name no quantity, and cells outside the table, are written out: their own formulas stand in their place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from xlbackprop.classroom.audit.book import Book, BookSheet
from xlbackprop.classroom.audit.differences import only_numbers
from xlbackprop.classroom.audit.factors import factor_of
from xlbackprop.classroom.audit.formulas import Reference, Unreadable, read_formula, references
from xlbackprop.classroom.audit.headers import RATE as RATE_KEY
from xlbackprop.classroom.audit.headers import key_of, quantities_by_key, stated_number
from xlbackprop.classroom.audit.roots import RATE, roots_of
from xlbackprop.classroom.audit.tables import Table
from xlbackprop.classroom.formula_parts import with_refs
from xlbackprop.network import (
    Bias,
    Constant,
    Expression,
    Gradient,
    Input,
    LearningRate,
    NetInput,
    Number,
    Output,
    Parameter,
    Quantity,
    Ref,
    Target,
    TotalLoss,
    UnitLoss,
    Weight,
    children,
    with_children,
)
from xlbackprop.taught import column_of
from xlbackprop.workbook import Place
from xlbackprop.xlsx.read import RelativeFormula

DERIVED = NetInput | Output | UnitLoss | TotalLoss | Gradient
MOST_ASKED = 400  # references of one formula, with those of the formulas that are written out in it
MOST_WRITTEN_OUT = 12  # formulas inside each other
BEYOND = 16  # rows below the last one whose cells count as rows of the table to come
MOST_LEFT = 4  # columns between a number and the text that names it
_ROWS_ASKED = 4  # of the first updates, for the cell of the learning rate


class Rate(NamedTuple):
    """The learning rate of a table: its number, and the sheet and place of its cell, if it has one.

    `how` tells how it was found: "cell", "column", "typed" into the formulas, "numbers", or "" where it was not.
    """

    number: float
    how: str = ""
    sheet: str = ""
    place: Place | None = None


@dataclass(frozen=True, eq=False)
class Meanings:
    """Reads the formulas of one table."""

    book: Book
    table: Table
    tables: Sequence[Table] = ()  # all of the workbook

    # ------------------------------------------------------------------------------------------------ formulas as trees

    def tree(self, quantity: Quantity, index: int) -> Expression | None:
        """Return the formula of a cell as a tree; None where it has none, or one that no rule is made of."""
        formula = self.table.formulas[quantity][index]
        tree = None if formula is None else self._tree(formula, index)
        if tree is None or not isinstance(quantity, Weight | Bias) or self.rate.how in ("cell", "column"):
            return tree
        return _with_rate(tree, self.rate.number)

    def tree_of(self, place: Place, index: int) -> Expression | None:
        """Return the formula of any cell of the sheet, as one of a row of the table."""
        formula = self.table.sheet.formula(place)
        return None if formula is None else self._read(formula, index)

    @cached_property
    def factors(self) -> dict[int, Expression]:
        """The columns for factors of the chain rule, with their rules."""
        named = {at: factor_of(self.table.recipe, heading) for at, heading in self.table.others.items()}
        return {at: rule for at, rule in named.items() if rule is not None}

    def reads_factors(self, quantity: Quantity, index: int) -> bool:
        """Return whether a formula of the table reads a column for a factor of the chain rule."""
        formula = self.table.formulas[quantity][index]
        cells = [] if formula is None else references(formula.at(self.table.rows[index]))
        return any(one.place[1] in self.factors for one in cells if self._sheet(one) is self.table.sheet)

    def reads(self, index: int, place: Place) -> bool:
        """Return whether a formula of a row of the table names a cell of the sheet."""
        row = self.table.rows[index]
        texts = (column[index] for column in self.table.formulas.values())
        cells = (one for text in texts if text is not None for one in references(text.at(row)))
        return any(one.place == place and self._sheet(one) is self.table.sheet for one in cells)

    def _tree(self, formula: RelativeFormula, index: int) -> Expression | None:
        regular = self.is_regular(formula, index)
        if regular and formula in self._trees:
            return self._trees[formula]
        tree = self._read(formula.at(self.table.rows[index]), index)
        if regular:
            self._trees[formula] = tree
        return tree

    def _read(self, text: str, index: int) -> Expression | None:
        self._asked.clear()
        try:
            return read_formula(text, lambda one: self._meaning(one, index, 0), lambda one: self._named(one, index, 0))
        except (Unreadable, RecursionError):
            return None

    @cached_property
    def _asked(self) -> list[Reference]:
        """The references that the formula in hand has asked for so far, with those of formulas that it leads to."""
        return []

    @cached_property
    def _trees(self) -> dict[RelativeFormula, Expression | None]:
        return {}

    def is_regular(self, formula: RelativeFormula, index: int) -> bool:
        """Return whether all that moves with a formula lies inside the table, in columns that name quantities."""
        row = self.table.rows[index]
        is_inside = all(self.table.index.get(row + one, -1) - index == one for one in formula.rows)
        if not is_inside or formula not in self._outside:
            cells = [one for one in references(formula.at(row)) if not one.fixed_row]
            self._outside[formula] = all(self._is_mapped(one) for one in cells)
        return is_inside and self._outside[formula]

    @cached_property
    def _outside(self) -> dict[RelativeFormula, bool]:
        return {}

    def _is_mapped(self, reference: Reference) -> bool:
        return self._sheet(reference) is self.table.sheet and reference.place[1] in self.table.quantity_at

    def _sheet(self, reference: Reference) -> BookSheet | None:
        if not reference.sheet:
            return self.table.sheet
        return self._sheets.get(reference.sheet.casefold())

    @cached_property
    def _sheets(self) -> dict[str, BookSheet]:
        return {name.casefold(): sheet for name, sheet in self.book.sheets.items()}

    def _meaning(self, reference: Reference, index: int, depth: int) -> Expression:
        sheet = self._sheet(reference)
        self._asked.append(reference)
        if sheet is None or depth > MOST_WRITTEN_OUT or len(self._asked) > MOST_ASKED:
            raise Unreadable
        if sheet is self.table.sheet and (of := self._in_table(reference.place, index)) is not None:
            return of
        if (sheet.name, reference.place) == (self.rate.sheet, self.rate.place):
            return RATE
        if sheet is self.table.sheet and (of_row := self.table.index.get(reference.place[0])) is not None:
            factor = self.factors.get(reference.place[1])
            if factor is not None:  # what it should be: a wrong one is told in its own column
                back = index - of_row
                return with_refs(factor, lambda one: _moved(one, back))
        return self._elsewhere(sheet, reference.place, index, depth)

    def _in_table(self, place: Place, index: int) -> Ref | None:
        """Return the quantity of a cell of the table, of its header row or just below it; None elsewhere."""
        row, column = place
        quantity = self.table.quantity_at.get(column)
        if quantity is None:
            return None
        last = self.table.rows[-1]
        at = self.table.index.get(row)
        if at is None and last < row <= last + BEYOND and self.table.sheet.value(place) is None:
            at = len(self.table.rows) - 1 + row - last
        if at is None and row == self.table.header_row:
            at = -1
        if at is None:
            return None
        if quantity == LearningRate():
            return RATE
        if isinstance(quantity, Input | Target) and 0 <= at < len(self.table.rows):
            return Ref(quantity)  # the same in all rows
        return Ref(quantity, index - at)

    def _elsewhere(self, sheet: BookSheet, place: Place, index: int, depth: int) -> Expression:
        number = sheet.number(place)
        if any(one.sheet is sheet and one.holds(place) for one in self.tables if one is not self.table):
            return Ref(Constant(self.book.place_in_words(sheet.name, place)))
        of = self._labelled(sheet, place)
        if isinstance(of, Input | Target) and number == self.given(of):
            return Ref(of)
        if of == LearningRate() and number == self.rate.number:
            return RATE
        formula = sheet.formula(place)
        if formula is not None and depth < MOST_WRITTEN_OUT:
            inner = _on(sheet, self.table.sheet)
            return read_formula(
                formula,
                lambda one: self._meaning(inner(one), index, depth + 1),
                lambda one: self._named(one, index, depth + 1),
            )
        if np.isnan(number):
            if sheet.value(place) is None:
                return Number(0.0)  # an empty cell
            raise Unreadable
        return Number(number)

    def _named(self, name: str, index: int, depth: int) -> Expression:
        target = self.book.names.get(name.casefold(), "")
        found = references(target)
        if len(found) != 1:
            raise Unreadable
        return self._meaning(found[0], index, depth + 1)

    # ------------------------------------------------------------------------------------------------- rules as written

    def rule(self, quantity: Quantity) -> Expression:
        """Return the formula that belongs in a column, in quantities that have one: rules of others are written out."""
        if quantity not in self._rules:
            self._rules[quantity] = self.written_out(column_of(self.table.recipe, quantity).formula)
        return self._rules[quantity]

    @cached_property
    def _rules(self) -> dict[Quantity, Expression]:
        return {}

    def written_out(self, formula: Expression) -> Expression:
        """Return a formula in quantities that have a column."""

        def written(ref: Ref) -> Expression:
            if ref.quantity in self.table.columns or not isinstance(ref.quantity, DERIVED):
                return ref
            rule = column_of(self.table.recipe, ref.quantity).formula
            return self.written_out(with_refs(rule, lambda one: Ref(one.quantity, one.back + ref.back)))

        return with_refs(formula, written)

    # ------------------------------------------------------------------------------------------ cells that are labelled

    def _labelled(self, sheet: BookSheet, place: Place) -> Quantity | None:
        """Return the quantity that the text left of a cell, or above it, names."""
        row, column = place
        known = quantities_by_key(self.table.recipe)
        for beside in ((row, column - back) for back in range(1, MOST_LEFT + 1)):
            if (of := known.get(key_of(sheet.texts.get(beside, "")))) is not None:
                return of
            if sheet.value(beside) is not None:
                break
        return known.get(key_of(sheet.texts.get((row - 1, column), "")))

    def given(self, quantity: Input | Target) -> float:
        """Return an input or a target: of the first row, or, without a column, of the cell that its name stands by."""
        if quantity in self.table.columns:
            return float(self.table.found[quantity][0])
        return next((number for of, number in self._typed if of == quantity), np.nan)

    @cached_property
    def _typed(self) -> list[tuple[Quantity, float]]:
        """The quantities that texts of the workbook name, with the number right of each or below it."""
        known = quantities_by_key(self.table.recipe)
        found = []
        for sheet in (self.table.sheet, *(one for one in self.book.sheets.values() if one is not self.table.sheet)):
            for (row, column), text in sheet.texts.items():
                if (of := known.get(key_of(text))) is None:
                    continue
                for place in ((row, column + 1), (row, column + 2), (row + 1, column)):
                    if not np.isnan(number := sheet.number(place)):
                        found.append((of, number))
                        break
        return found

    # ------------------------------------------------------------------------------------------------ the learning rate

    @cached_property
    def rate(self) -> Rate:
        """The learning rate: of the cell that the updates take it from, of its column, typed, or by the numbers."""
        if LearningRate() in self.table.columns:
            return Rate(float(self.table.found[LearningRate()][0]), "column")
        cells = Counter(self._rate_cells())
        if cells:
            labelled = [cell for cell in cells if self._names_rate(*cell)]
            sheet, place = labelled[0] if labelled else cells.most_common(1)[0][0]
            number = self._sheets[sheet.casefold()].number(place)
            return Rate(number, "cell", sheet, place)
        return self._typed_rate() or self._stated_rate()

    def _rate_cells(self) -> Iterator[tuple[str, Place]]:
        """Yield the cells outside of the table that the first updates name."""
        for quantity in self._weights:
            formulas = self.table.formulas[quantity][1 : 1 + _ROWS_ASKED]
            for row, formula in zip(self.table.rows[1:], formulas, strict=False):
                for one in references("" if formula is None else formula.at(row)) + self._of_names(formula):
                    sheet = self._sheet(one)
                    if sheet is None or self._is_of_the_table(sheet, one.place):
                        continue
                    if not np.isnan(sheet.number(one.place)):
                        yield sheet.name, one.place

    def _is_of_the_table(self, sheet: BookSheet, place: Place) -> bool:
        row, column = place
        is_column = column in self.table.quantity_at or column in self.table.others
        return sheet is self.table.sheet and row in self.table.index and is_column

    def _of_names(self, formula: RelativeFormula | None) -> list[Reference]:
        text = "" if formula is None else formula.template.casefold()
        return [one for name, target in self.book.names.items() if name in text for one in references(target)]

    @property
    def _weights(self) -> list[Parameter]:
        return [of for of in self.table.columns if isinstance(of, Weight | Bias)]

    def _names_rate(self, sheet: str, place: Place) -> bool:
        return self._labelled(self._sheets[sheet.casefold()], place) == LearningRate()

    def _typed_rate(self) -> Rate | None:
        """Return the number that most of the first updates have for the learning rate."""
        compare = roots_of(self.table.recipe).comparison.differences
        numbers: Counter[float] = Counter()
        for quantity in self._weights:
            formulas = self.table.formulas[quantity][1 : 1 + _ROWS_ASKED]
            for index, formula in enumerate(formulas, start=1):
                tree = None if formula is None else self._tree_without_rate(formula, index)
                if tree is not None:
                    numbers.update(only_numbers(compare(self.rule(quantity), tree), RATE))
        return Rate(numbers.most_common(1)[0][0], "typed") if numbers else None

    def _tree_without_rate(self, formula: RelativeFormula, index: int) -> Expression | None:
        def meaning(one: Reference) -> Expression:
            if self._sheet(one) is self.table.sheet and (of := self._in_table(one.place, index)) is not None:
                return of
            raise Unreadable

        def no_name(_: str) -> Expression:
            raise Unreadable

        try:
            return read_formula(formula.at(self.table.rows[index]), meaning, no_name)
        except Unreadable:
            return None

    def _stated_rate(self) -> Rate:
        """Return the rate by which the weights move, or that a text states where they do not tell."""
        moved = self.moved
        sheet = self.table.sheet
        stated = [number for text in (*sheet.texts.values(), sheet.name) if (number := _stated(text)) is not None]
        stated += [number for of, number in self._typed if of == LearningRate()]
        if not np.isnan(moved):
            near = [number for number in stated if abs(number - moved) <= 0.02 * abs(moved)]
            short = [number for digits in "123" if abs((number := float(f"{moved:.{digits}g}")) - moved) < 4e-3 * moved]
            return Rate([*near, *short, float(f"{moved:.3g}")][0], "numbers")
        return Rate(stated[0], "text") if stated else Rate(np.nan)

    @cached_property
    def moved(self) -> float:
        """The median of (w of the row above − w)/(∂E/∂w of the row above), over all weights; NaN where it is none."""
        rates = []
        for of in self._weights:
            if Gradient(of) in self.table.columns and len(self.table.rows) > 1:
                w, gradient = self.table.found[of], self.table.found[Gradient(of)]
                with np.errstate(all="ignore"):
                    ratio = (w[:-1] - w[1:]) / gradient[:-1]
                rates.append(ratio[np.isfinite(ratio) & (np.abs(gradient[:-1]) > 1e-6)])
        found = np.concatenate(rates) if rates else np.zeros(0)
        return float(np.median(found)) if found.size else np.nan


def _moved(ref: Ref, back: int) -> Ref:
    return ref if isinstance(ref.quantity, Input | Target) else Ref(ref.quantity, ref.back + back)


def _with_rate(tree: Expression, rate: float) -> Expression:
    """Return the formula of an update in which the typed learning rate is named."""
    if tree == Number(rate):
        return RATE
    return with_children(tree, [_with_rate(child, rate) for child in children(tree)])


def _stated(text: str) -> float | None:
    stated = stated_number(text) if len(text) < 60 else None
    return stated[1] if stated is not None and stated[0] == RATE_KEY else None


def _on(sheet: BookSheet, own: BookSheet) -> Callable[[Reference], Reference]:
    """Return what gives the references of a formula on another sheet the name of that sheet."""
    return lambda one: one if one.sheet or sheet is own else one._replace(sheet=sheet.name)
