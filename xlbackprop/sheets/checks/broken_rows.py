"""The middle of `Checks`: for every column of every run, how many rows break its rule, and which is the first.

The rule is computed anew from the other columns, for all rows at once, by a formula on `Checks`. What no program
computes for many rows at once is checked by a property: a logarithm by its argument, which is e to the power of it; the
largest of some numbers by being as large as each of them and equal to one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from xlbackprop.arithmetic import magnitude
from xlbackprop.network import (
    Binary,
    Call,
    Constant,
    Expression,
    Function,
    Given,
    If,
    Input,
    Largest,
    LearningRate,
    Number,
    Pick,
    Ref,
    SumProduct,
    Target,
    call,
    children,
    product,
)
from xlbackprop.numpy_run import CAUTION
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas, lines_of, role_of
from xlbackprop.sheets.checks.tolerance import ABSOLUTE, RELATIVE, is_far, is_far_formula
from xlbackprop.sheets.number_formats import WHOLE
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.sheets.runs.rule_text import rule_text
from xlbackprop.taught import Column
from xlbackprop.workbook import (
    MAX_FORMULA,
    Look,
    address,
    blocks,
    cell,
    excel_over_rows,
    first_where,
    number_text,
    written_length,
)

# A sum is written out term by term, some 90 characters each, in a formula of at most 8,192. Of a longer one only the
# sum over all rows is compared.
MOST_TERMS = 80


class BrokenRows(NamedTuple):
    """For each column of a run, (columns): how many rows break its rule, and the first of them in the sheet, 0 if none.

    Both are NaN where an error is among the numbers. `lost` is how many of the nine digits that are compared rounding
    takes, in some row of the run as shipped.
    """

    counts: np.ndarray
    first: np.ndarray
    lost: np.ndarray


class _Part(NamedTuple):
    """A part of a rule's check: formulas of how many rows break it, and of the first of them in the sheet, or ""."""

    number: str
    first: str


def put_matrix(canvas: Canvas, book: Book, broken: Sequence[BrokenRows]) -> None:
    """Put for every column of every run the number of rows whose number is not what the rule gives, and the first one.

    `broken` has an entry for each run. A rule that runs share is written once. The first rows stand right of the
    counts, beyond the printed page; no formula searches where the count is 0.
    """
    top = book.checks.matrix_header_row
    canvas.put(top - 1, 1, "Rows that break the rule of their column (all rows of every run)", Look.HEADING)
    canvas.put(top - 1, book.checks.first_rows_column(0), "The first of these rows", Look.HEADING)
    canvas.put(top, 1, "column", Look.HEADER)
    canvas.put(top, 2, "its rule", Look.HEADER)
    canvas.heights[top] = 15.0 * max(lines_of(run.name, 11) for run in book.runs) + 2
    told: set[int] = set()
    for run, counts in zip(book.runs, broken, strict=True):
        canvas.put(top, 3 + run.index, run.name, Look.HEADER)
        first_column = book.checks.first_rows_column(run.index)
        canvas.put(top, first_column, run.name, Look.HEADER)
        rows = book.checks.matrix_rows(run.recipe)
        for row, column, count, first, lost in zip(rows, run.columns, *map(np.ndarray.tolist, counts), strict=True):
            if row not in told:
                _put_rule(canvas, run, row, column)
            parts = _broken_parts(book, run, column, lost)
            formula = "+".join(part.number for part in parts)
            canvas.put(row, 3 + run.index, cell(formula, count), Look.NUMBER, number_format=WHOLE, align="center")
            formula = f"IF({address(row, 3 + run.index)}=0,0,{_first_of(parts)})"
            if written_length(formula) <= MAX_FORMULA:
                shown = "0;;"  # none is a blank
                canvas.put(row, first_column, cell(formula, first), Look.NUMBER, number_format=shown, align="center")
        told.update(rows)


def _put_rule(canvas: Canvas, run: RunLayout, row: int, column: Column) -> None:
    canvas.put(row, 1, run.of.naming.name(column.quantity), Look.LABEL, role_of(column.quantity, run.of.naming))
    rule = rule_text(run, column)
    canvas.put(row, 2, rule, Look.MATH, wrap=True)
    canvas.heights[row] = 15.0 * min(6, lines_of(rule, 76))


# ------------------------------------------------------------------------------------------------------ the formulas


def _first_of(parts: Sequence[_Part]) -> str:
    """Return the formula of the first broken row of all parts, of which at least one is broken."""
    *others, last = parts
    return "".join(f"IF({part.number}>0,{part.first}," for part in others) + last.first + ")" * len(others)


def _part(condition: str, first_row: int, rows: int) -> _Part:
    """Return the part that compares so many rows, from `first_row` of the sheet on, by a condition over all of them."""
    # Gnumeric finds nothing in a range of one cell
    first = str(first_row) if rows == 1 else f"{first_row - 1}+{first_where(condition)}"
    return _Part(f"SUMPRODUCT(--({condition}))", first)


def _broken_parts(book: Book, run: RunLayout, column: Column, lost: int) -> tuple[_Part, ...]:
    """Return formulas that count, in parts from top to bottom, the rows in which a column differs from its rule.

    `lost` is how many of the digits that are compared rounding takes.
    """
    match column.formula:
        case Pick(Ref(Given(of)), _) if isinstance(of, Input | Target):
            return tuple(_example_parts(book, run, of))
        case Largest(nets):
            there = run.range(column.quantity)
            block = run.block(nets[0].quantity, nets[-1].quantity)
            # 1* makes a number of the truth that a single one gives
            none_equal = "*".join(f"({run.range(net.quantity)}<>{there})" for net in nets)
            count = f"SUMPRODUCT(--({block}>{there}))+SUMPRODUCT(1*{none_equal})"
            above = "+".join(f"({run.range(net.quantity)}>{there})" for net in nets)
            return (_Part(count, f"{run.first_row - 1}+{first_where(f'{above}+{none_equal}>0')}"),)
        case rule if isinstance(long := _long_sum(rule), SumProduct):
            return (_Part(_sum_formula(book, run, column, long), "0"),)
    skip = 0 if column.first is None else 1
    if run.recipe.rows == skip:  # of no update there is no row below
        return (_first_row(book, run, column),)
    left, right = _both_sides(Ref(column.quantity), column.formula)
    mine, other = (excel_over_rows(side, lambda ref: _over_rows(book, run, ref, skip)) for side in (left, right))
    times = f"*10^{lost}" if lost else ""
    absolute, relative = (
        f"{book.checks.value(row)}{times}" for row in (book.checks.absolute_row, book.checks.relative_row)
    )
    # where logarithms are compared by the powers of e, these are positive
    differ = is_far_formula(f"({other})", mine, absolute, relative, positive=isinstance(left, Call))
    below = _part(differ, run.first_row + skip, run.recipe.rows - skip)
    return (below,) if column.first is None else (_first_row(book, run, column), below)


def _first_row(book: Book, run: RunLayout, column: Column) -> _Part:
    """Return the part that checks a first row with a rule of its own: IF('LR=0.1'!$A$8=0,0,1)."""
    match column.first:
        case Number(value):
            start = number_text(value)
        case Ref(Given() as given, _):
            start = book.inputs.given(given, run.index)
        case Ref(quantity, _):
            start = run.cell(quantity, 0)
        case _:
            raise ValueError(f"a first row with the rule {column.first} is not checked")
    return _Part(f"IF({run.cell(column.quantity, 0)}={start},0,1)", str(run.first_row))


def _long_sum(rule: Expression) -> Expression | None:
    """Return the sum of products in a rule if it has too many terms to be written out, else None."""
    return next((part for part in _parts(rule) if isinstance(part, SumProduct) and len(part.left) > MOST_TERMS), None)


def _parts(expression: Expression) -> Iterator[Expression]:
    yield expression
    for child in children(expression):
        yield from _parts(child)


def _sum_formula(book: Book, run: RunLayout, column: Column, long: SumProduct) -> str:
    """Return a formula: 1 where a column's sum over all rows is not that of its products (and bias), else 0."""
    products = (run.block(side[0].quantity, side[-1].quantity) for side in (long.left, long.right))
    terms = [f"SUMPRODUCT({','.join(products)})"]
    if column.formula is not long:
        terms += [f"SUM({run.range(part.quantity)})" for part in children(column.formula) if isinstance(part, Ref)]
    there = run.range(column.quantity)
    relative = book.checks.value(book.checks.relative_row)
    allowed = f"{relative}^2*({run.recipe.rows}*SUMPRODUCT({there},{there})+1)"
    # 1+…-1 as in `is_far_formula`: the square of a tiny difference would be an error in LibreOffice
    return f"IF((1+(SUM({there})-({'+'.join(terms)}))-1)^2>{allowed},1,0)"


def _example_parts(book: Book, run: RunLayout, of: Input | Target) -> Iterator[_Part]:
    """Yield the parts that compare the input or target `of` with that of the row's example on Data.

    The first pass over the examples is compared with Data, every later pass with the pass before it, and the examples
    held back, in the last rows, again with Data.
    """
    examples, held_back, rows = run.recipe.examples, run.recipe.held_back, run.recipe.rows
    trained, top = rows - held_back, run.first_row
    yield _part(f"{run.range(of, 0, examples - 1)}<>{book.inputs.data_cells(of, 0, examples - 1)}", top, examples)
    if trained > examples:
        later, before = run.range(of, examples, trained - 1), run.range(of, 0, trained - examples - 1)
        yield _part(f"{later}<>{before}", top + examples, trained - examples)
    if held_back:
        data = book.inputs.data_cells(of, examples, examples + held_back - 1)
        yield _part(f"{run.range(of, trained, rows - 1)}<>{data}", top + trained, held_back)


def _over_rows(book: Book, run: RunLayout, ref: Ref, skip: int) -> str:
    if isinstance(ref.quantity, Given):
        if isinstance(ref.quantity.of, LearningRate | Constant):
            return run.elsewhere(run.given(ref.quantity))
        return book.inputs.given(ref.quantity, run.index)
    return run.range(ref.quantity, skip - ref.back, run.recipe.rows - 1 - ref.back)


# ---------------------------------------------------------------------------------------------- rules with logarithms


def _both_sides(there: Expression, rule: Expression) -> tuple[Expression, Expression]:
    """Return two trees that must be equal: a number and its rule; with logarithms in it, e to the power of both.

    E = a + b·ln(x) + c·ln(y) is compared as exp(E − a) with x^b·y^c. What rounding leaves of a large E − a
    the power of e would magnify, so both are taken to the power of 1/(1 + |E|).
    """
    if not _has_logarithm(rule):
        return there, rule
    rest, powers = _solved(there, rule)
    size = 1.0 + call(Function.ABS, there)
    return call(Function.EXP, rest / size), product([base ** (power / size) for base, power in powers])


def _solved(there: Expression, rule: Expression) -> tuple[Expression, list[tuple[Expression, Expression]]]:
    """Solve `there` = rule for the rule's logarithms: return rest, and the bases and powers of rest = Σ power·ln(base).

    Raises ValueError for a logarithm in a place for which no check is known.
    """
    match rule:
        case Call(Function.LN, argument):
            return there, [(argument, Number(1.0))]
        case Binary("-", one, other) if _has_logarithm(one) and _has_logarithm(other):
            rest, powers = _solved(there, one)
            taken, others = _solved(Number(0.0), other)
            rest = rest if taken == Number(0.0) else rest - taken
            return rest, [*powers, *((base, -power) for base, power in others)]
        case Binary("/", logarithm, divisor) if not _has_logarithm(divisor):
            return _solved(there * divisor, logarithm)
        case Binary("+", rest, logarithm) if _has_logarithm(logarithm):
            return _solved(there - rest, logarithm)
        case Binary("-", logarithm, rest) if _has_logarithm(logarithm):
            return _solved(there + rest, logarithm)
        case Binary("*", factor, Call(Function.LN, argument)):
            return there, [(argument, factor)]
    raise ValueError(f"no check is known for a rule with a logarithm here: {rule}")


def _has_logarithm(expression: Expression) -> bool:
    return any(isinstance(part, Call) and part.function is Function.LN for part in _parts(expression))


# --------------------------------------------------------------------------------------------------------- the values


def broken_rows(book: Book, run: RunLayout) -> BrokenRows:
    """Return for each column of a run how many rows break its rule, the first, and how many digits are not compared.

    These are the values of the formulas on `Checks`, from the NumPy numbers.
    """
    asked = [(*_both_sides(Ref(column.quantity), column.formula), *_branches(column.formula)) for column in run.columns]
    compared = [_Compared(column) for column in run.columns]
    errors = np.zeros(len(run.columns))
    # larger blocks than the writer's: each rule is evaluated anew for each
    for start, stop in blocks(run.recipe.rows, max(1, len(run.columns) // 16)):
        numbers = book.block_values((side for parts in asked for side in parts), run.index, start, stop)
        for index, (one, parts) in enumerate(zip(compared, asked, strict=True)):
            first = 1 if start == 0 and one.column.first is not None else 0
            there, rule, *branches = (next(numbers)[first:] for _ in parts)
            if (doubted := one.add(start + first, rule, there)).any() and book.is_as_shipped:
                nudged = [book.nudged_values(side, run.index, start, stop)[:, first:][:, doubted] for side in parts[:2]]
                one.add_nudged(rule[doubted], there[doubted], *nudged[::-1])
            if any(np.isnan(branch).any() for branch in branches):
                errors[index] = np.nan
    lost = [one.lost for one in compared] if book.is_as_shipped else broken_rows(book.shipped_book, run).lost
    broken, rows = np.array([one.broken(digits) for one, digits in zip(compared, lost, strict=True)]).T
    first_row = np.where(broken > 0, run.first_row + rows, 0.0)
    return BrokenRows(broken + errors, first_row + 0 * (broken + errors), np.array(lost))  # NaN where that is


class _Compared:
    """The rows of a column whose number is not clearly what the rule gives, gathered block by block."""

    def __init__(self, column: Column) -> None:
        self.column, self.lost = column, 0
        self._is_exact = isinstance(column.formula, Pick | Largest)  # then it is compared digit by digit
        self._rows: list[np.ndarray] = [np.empty(0)]
        self._rules: list[np.ndarray] = [np.empty(0)]
        self._theres: list[np.ndarray] = [np.empty(0)]

    def add(self, start: int, rule: np.ndarray, there: np.ndarray) -> np.ndarray:
        """Add the rows from `start` on; return in which of them the two are not clearly equal."""
        with np.errstate(all="ignore"):
            near = ABSOLUTE + RELATIVE * np.abs(there)
            doubted: np.ndarray = ~(rule == there if self._is_exact else np.abs(rule - there) * CAUTION <= near)
        if doubted.any():
            self._rows.append(start + np.flatnonzero(doubted))
            self._rules.append(rule[doubted])
            self._theres.append(there[doubted])
        return doubted

    def add_nudged(self, rule: np.ndarray, there: np.ndarray, rules: np.ndarray, theres: np.ndarray) -> None:
        """Learn from the nudged values of both sides, (2, rows), how many of the digits rounding takes."""
        if self._is_exact:
            return
        with np.errstate(all="ignore"):
            moved = np.abs((rules - theres) - (rule - there)) / (ABSOLUTE + RELATIVE * np.abs(there))
        most = float(np.max(moved, initial=0.0, where=np.isfinite(moved)))
        self.lost = max(self.lost, 1 + magnitude(CAUTION * most) if CAUTION * most > 0.5 else 0)

    def broken(self, lost: int) -> tuple[float, float]:
        """Return how many rows break the rule and the first of them, from 0; NaN where an error is among them."""
        rule, there = (np.concatenate(parts) for parts in (self._rules, self._theres))
        if self._is_exact:
            far = _unlike(rule, there)
        else:
            far = is_far(rule, there, ABSOLUTE * 10.0**lost, RELATIVE * 10.0**lost)
        rows = np.concatenate(self._rows)[far == 1]
        return float(far.sum()), float(rows[0]) if rows.size else 0.0


def _branches(rule: Expression) -> Iterator[Expression]:
    """Yield both branches of every choice in a rule.

    For many rows at once a choice is written as a sum of products, in which an error stays one, taken or not.
    """
    for part in _parts(rule):
        if isinstance(part, If):
            yield from (part.yes, part.no)


def _unlike(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Return 1 where two numbers are not the very same, else 0; NaN where one is an error."""
    return np.where(np.isnan(here) | np.isnan(there), np.nan, here != there)
