"""Live cells: a piece of a formula and the value that it has, told once.

    rate = cell("$C$4", 0.5)
    canvas.put(5, 1, when(rate > 1, "large: " & fixed(rate), "small"))

puts the formula IF($C$4>1,"large: "&FIXED(…),"small") and the text "small". Operators and the functions below build
both. As in a spreadsheet, an error in an argument is an error in the result, and of a choice only the branch counts
that is taken. To add a function of the spreadsheet, give it a line that names and computes it.

The numbers of the run tables are told twice, as formulas and by NumPy, since their likeness is the proof; what is
derived from them, texts, look-ups, comparisons, is told here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from xlbackprop.network import Expression, Ref, evaluate
from xlbackprop.workbook.document import ErrorValue, Value, stored
from xlbackprop.workbook.formula_notation import excel, first_where, number_text, one_of

# How tightly the outermost operator of a formula binds.
_COMPARES, _JOINS, _ADDS, _MULTIPLIES, _ATOM = range(5)
_HOLE = "\x00"
MINUS = "−"

Told: TypeAlias = "Live | float | str"


class Live:
    """A piece of a formula, without "=", and how its value is computed: a number, a text, a truth value or an error.

    The value of a range is a sequence. `compute` takes what stands in the hole of a `pattern`, elsewhere None.
    """

    __slots__ = ("_value", "binding", "compute", "formula")

    def __init__(self, formula: str, compute: Callable[[Any], Any], binding: int = _ATOM) -> None:
        self.formula, self.compute, self.binding = formula, compute, binding
        self._value: Any = None

    @property
    def value(self) -> Any:
        """What the formula gives; it is computed once, when it is first asked for."""
        if self._value is None:
            self._value = self.compute(None)
        return self._value

    def __str__(self) -> str:
        return self.formula

    def __add__(self, other: Told) -> Live:
        return _operation("+", _ADDS, lambda a, b: a + b, self, other)

    def __radd__(self, other: Told) -> Live:
        return live(other) + self

    def __sub__(self, other: Told) -> Live:
        return _operation("-", _ADDS, lambda a, b: a - b, self, other)

    def __rsub__(self, other: Told) -> Live:
        return live(other) - self

    def __mul__(self, other: Told) -> Live:
        return _operation("*", _MULTIPLIES, lambda a, b: a * b, self, other)

    def __rmul__(self, other: Told) -> Live:
        return live(other) * self

    def __truediv__(self, other: Told) -> Live:
        return _operation("/", _MULTIPLIES, lambda a, b: a / b, self, other)

    def __rtruediv__(self, other: Told) -> Live:
        return live(other) / self

    def __neg__(self) -> Live:
        within = self.formula if self.binding == _ATOM else f"({self.formula})"
        return Live("-" + within, _computing(lambda a: -a, (self,)), _ADDS)

    def __and__(self, other: Told) -> Live:
        return _operation("&", _JOINS, lambda a, b: _text(a) + _text(b), self, other)

    def __rand__(self, other: Told) -> Live:
        return live(other) & self

    def __lt__(self, other: Told) -> Live:
        return _operation("<", _COMPARES, lambda a, b: a < b, self, other)

    def __le__(self, other: Told) -> Live:
        return _operation("<=", _COMPARES, lambda a, b: a <= b, self, other)

    def __gt__(self, other: Told) -> Live:
        return _operation(">", _COMPARES, lambda a, b: a > b, self, other)

    def __ge__(self, other: Told) -> Live:
        return _operation(">=", _COMPARES, lambda a, b: a >= b, self, other)

    def equals(self, other: Told) -> Live:
        """Return the comparison a=b; a text equals no number."""
        return _operation("=", _COMPARES, lambda a, b: a == b, self, other)

    def differs(self, other: Told) -> Live:
        """Return the comparison a<>b."""
        return _operation("<>", _COMPARES, lambda a, b: a != b, self, other)


class Written(Live):
    """A number or a text that a formula writes as it is; alone in a cell it needs no formula."""

    __slots__ = ()


def live(told: Told) -> Live:
    """Return a number or a text of Python as the constant that a formula writes."""
    if isinstance(told, Live):
        return told
    if isinstance(told, str):
        return Written('"' + told.replace('"', '""') + '"', lambda _: told)
    return Written(number_text(told), lambda _: told, _ATOM if told >= 0 else _ADDS)


def cell(address: str, value: Value | Callable[[], Value]) -> Live:
    """Return what stands in a cell, or what another formula fetches; a function, where finding it takes time."""
    return Live(address, lambda _: stored(value() if callable(value) else value))


def cells(area: str, values: Any) -> Live:
    """Return a range and the values in it, in order; what computes these when it is sliced will do."""
    return Live(area, lambda _: values)


def rule(expression: Expression, of: Callable[[Ref], Live]) -> Live:
    """Return a rule of the lesson, made of the cells that `of` gives for its references."""
    formula = "".join(map(str, excel(expression, lambda ref: (of(ref).formula,))))
    return Live(formula, lambda _: stored(float(evaluate(expression, lambda ref: _number(of(ref).value)))), _COMPARES)


def _number(value: Value) -> np.ndarray:
    return np.asarray(math.nan if isinstance(value, str) else value, dtype=np.float64)


def joined(parts: Iterable[Told]) -> Live:
    """Return texts joined one after the other."""
    first, *others = parts
    told = live(first)
    for part in others:
        told = told & part
    return told


# ---------------------------------------------------------------------------------------------------- how it computes


def _operation(operator: str, binding: int, compute: Callable[[Any, Any], Any], left: Told, right: Told) -> Live:
    one, other = live(left), live(right)
    before = one.formula if one.binding >= binding else f"({one.formula})"
    # the right one of two alike keeps its parentheses, since a sum of floats depends on its order
    after = other.formula if other.binding > binding else f"({other.formula})"
    return Live(before + operator + after, _computing(compute, (one, other)), binding)


def _computing(compute: Callable[..., Any], arguments: Sequence[Live]) -> Callable[[Any], Any]:
    """Return what computes a result from arguments; the first error among these is the result."""

    # what has no hole has one value, whatever is filled in
    open_ones = [_HOLE in argument.formula for argument in arguments]

    def computed(hole: Any) -> Any:
        told = zip(arguments, open_ones, strict=True)
        values = [argument.compute(hole) if is_open else argument.value for argument, is_open in told]
        for value in values:
            if isinstance(value, ErrorValue):
                return value
        try:
            return stored(compute(*values))
        except ZeroDivisionError:
            return ErrorValue.DIV0
        except (OverflowError, ValueError):
            return ErrorValue.NUM
        except TypeError:
            return ErrorValue.VALUE

    return computed


def _text(value: Value) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _function(name: str, compute: Callable[..., Any]) -> Callable[..., Live]:
    def called(*arguments: Told) -> Live:
        told = [*map(live, arguments)]
        return Live(_call(name, *told), _computing(compute, told))

    return called


def _call(name: str, *arguments: Live) -> str:
    return f"{name}({','.join(argument.formula for argument in arguments)}{')' * (1 + name.count('('))}"


def pattern(make: Callable[[Live], Live]) -> Callable[[Live], Live]:
    """Return a function of one piece that is made once and filled in for each, in a fraction of the time."""
    made = make(Live(_HOLE, lambda hole: hole))
    computed = lru_cache(4096)(made.compute)  # several sheets show one number, and a verification shows all again

    def filled_in(told: Live) -> Live:
        within = told.formula if told.binding == _ATOM else f"({told.formula})"
        return Live(made.formula.replace(_HOLE, within), lambda hole: computed(told.compute(hole)), made.binding)

    return filled_in


# ------------------------------------------------------------------------------------------- functions of spreadsheets

absolute = _function("ABS", abs)
whole = _function("INT", math.floor)
rounded = _function("ROUND", lambda x, decimals: float(decimal_text(x, decimals)))
smaller = _function("MIN", min)
larger = _function("MAX", max)
all_hold = _function("AND", lambda *conditions: all(conditions))
begin_of = _function("LEFT", lambda text, count: _text(text)[: int(count)])
_decade = _function("INT(LOG10", lambda x: math.floor(math.log10(x)))  # which rounds to −6 for 10^−6, a little less
_fixed = _function("FIXED", lambda x, decimals, _: decimal_text(x, int(decimals)))
_replaced = _function("SUBSTITUTE", lambda text, old, new: text.replace(old, new))
_TRUE = Live("TRUE", lambda _: True)


def when(condition: Live, yes: Told, no: Told) -> Live:
    """Return IF(condition,yes,no)."""
    taken, otherwise = live(yes), live(no)

    def computed(hole: Any) -> Any:
        holds = condition.compute(hole)
        return holds if isinstance(holds, ErrorValue) else (taken if holds else otherwise).compute(hole)

    return Live(_call("IF", condition, taken, otherwise), computed)


def is_number(told: Live) -> Live:
    """Return ISNUMBER(…), false for a text and for an error."""
    return Live(_call("ISNUMBER", told), lambda hole: isinstance(told.compute(hole), int | float))


def unless_error(told: Live, otherwise: Told) -> Live:
    """Return IFERROR(…,otherwise)."""
    other = live(otherwise)

    def computed(hole: Any) -> Any:
        value = told.compute(hole)
        return other.compute(hole) if isinstance(value, ErrorValue) else value

    return Live(_call("IFERROR", told, other), computed)


def count(*areas: Live) -> Live:
    """Return COUNT(…), how many numbers are in ranges."""
    return Live(_call("COUNT", *areas), lambda _: sum(isinstance(value, int | float) for value in _all(areas)))


def largest(*areas: Live) -> Live:
    """Return MAX(…) of the numbers in ranges; an error among them is the result."""
    return Live(_call("MAX", *areas), lambda _: _first_error(areas) or max(_all(areas)))


def smallest(*areas: Live) -> Live:
    """Return MIN(…) of the numbers in ranges; an error among them is the result."""
    return Live(_call("MIN", *areas), lambda _: _first_error(areas) or min(_all(areas)))


def _all(areas: Iterable[Live]) -> Iterator[Value]:
    return (stored(value) for area in areas for value in area.value)


def _first_error(areas: Iterable[Live]) -> ErrorValue | None:
    return next((value for value in _all(areas) if isinstance(value, ErrorValue)), None)


def element(area: Live, number: Live, column: Live | None = None) -> Live:
    """Return the cell of a range by its position, counted from 1: INDEX($D$8:$BO$8,$C$4).

    Of several columns, whose values are told column by column, `column` is the place of the one that is meant. A range
    of one cell is written as the cell alone, because INDEX of one cell fails in Gnumeric.
    """
    first, _, last = area.formula.partition(":")
    places = [number] if column is None else [number, column]

    def picked(place: float, of: float = 0) -> Value:
        values = area.value[int(of) - 1] if column is not None else area.value
        found: Value = next(iter(values[int(place) - 1 : int(place)]))
        return found

    alone = first.rpartition("!")[2] == last
    return Live(first if alone else _call("INDEX", area, *places), _computing(picked, places))


def position(told: Live, names: Live) -> Live:
    """Return the place, counted from 1, that the text in a cell has in a range of texts; #N/A where it is not there."""
    formula = first_where(f'{names.formula}={told.formula}&""')  # a name may be 1, and then the cell holds a number
    places = {_text(name): place for place, name in enumerate(names.value, start=1)}
    return Live(formula, lambda _: places.get(_text(told.value), ErrorValue.NA))


def found_in(text: str, names: Live) -> Live:
    """Return the first place, counted from 1, at which a range holds this text; #N/A where it does not."""
    places = [place for place, name in enumerate(names.value, start=1) if name == text]
    return Live(_call("MATCH", live(text), names, live(0)), lambda _: places[0] if places else ErrorValue.NA)


def choose(number: Live, options: Sequence[Live]) -> Live:
    """Return the option of this number, counted from 1; options that are all alike are written once."""
    if len({option.formula for option in options}) == 1:
        return options[0]
    formula = "".join(map(str, one_of(number.formula, [(option.formula,) for option in options])))

    def computed(hole: Any) -> Any:
        place = number.compute(hole)
        return place if isinstance(place, ErrorValue) else options[int(place) - 1].compute(hole)

    return Live(formula, computed)


def hyperlink(place: Live, shown: Told) -> Live:
    """Return HYPERLINK(place,shown): a cell that shows a text and leads to a place."""
    text = live(shown)
    return Live(_call("HYPERLINK", place, text), lambda _: text.value)


# ------------------------------------------------------------------------------------------------------------- as text

_ALL_DIGITS = Context(prec=400)  # the largest number has 309 digits before the point


def ten_to(power: int) -> Live:
    """Return 10^power. A number like 1E-12 stands in no formula: some programs read it as a name."""
    return cell(f"10^{power}", 10.0**power)


def decimal_text(value: float, decimals: float) -> str:
    """Return a number with so many decimals; half a unit of the last is rounded away from 0."""
    unit = Decimal(1).scaleb(-int(decimals))
    return f"{Decimal(repr(float(value))).quantize(unit, ROUND_HALF_UP, _ALL_DIGITS):f}"


def _four_digits(number: Live) -> Live:
    """Return with how many decimals a number has four significant digits."""
    return smaller(15, larger(0, 3 - _decade(absolute(number))))  # LibreOffice refuses more than 15


def _within_reach(number: Live, text: Live) -> Live:
    """Return the text of a number; what is too small for it is 0, and beyond 10^15 programs show other digits."""
    size = absolute(number)
    return when(size < 5 / ten_to(16), "0", when(size < ten_to(15), text, "beyond 10^15"))


def with_decimals(number: Live, decimals: int) -> Live:
    """Return a number as text with so many decimals, alike in every language; its minus is that of a formula."""
    return when(rounded(number, decimals) < 0, MINUS, "") & _fixed(absolute(number), decimals, _TRUE)


@pattern
def fixed(number: Live) -> Live:
    """Return a number as text with four significant digits, 0.1235, alike in every language."""
    return _within_reach(number, _fixed(number, _four_digits(number), _TRUE))


@pattern
def short(number: Live) -> Live:
    """Return a number as text: 0.3 as it is, a longer one with four significant digits; its minus is that of a formula.

    A line may break after a hyphen, but not after this minus.
    """

    def is_at(decimals: int) -> Live:
        return absolute(number - rounded(number, decimals)) < (1 + absolute(number)) / ten_to(12)

    # What is this near to a number of four decimals is meant as one, whatever a program makes of its last digits; and a
    # number halfway between two texts is made a little larger, so that its last digits do not decide.
    few = when(is_at(2), when(is_at(1), when(is_at(0), 0, 1), 2), when(is_at(3), 3, 4))
    is_short = all_hold(absolute(number) >= 1 / ten_to(4), is_at(4))
    decimals = when(is_short, few, _four_digits(number))
    return _within_reach(number, _replaced(_fixed(number * (1 + 1 / ten_to(12)), decimals, _TRUE), "-", MINUS))


@pattern
def operand(text: Live) -> Live:
    """Return the text of a number as it stands beside a sign of arithmetic: in parentheses if negative, (−0.2)."""
    return when(begin_of(text, 1).equals(MINUS), "(" & text & ")", text & "")
