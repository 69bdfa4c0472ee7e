"""Formulas as trees, and the readings of a tree: as Excel, as mathematics, as a number.

A tree is built with ordinary operators from `Ref` and numbers:

    half = Number(0.5) * (Ref(Target(0)) - Ref(Output(2, 0))) ** 2

To add a reading, write one function whose `match` ends in `assert_never`; to add a function of the spreadsheet, name
it in `Function` and teach each reading.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import reduce
from typing import Literal, TypeAlias, assert_never

import numpy as np

from xlbackprop.document import Fill
from xlbackprop.quantities import Quantity


class Function(Enum):
    """The spreadsheet functions that a lesson's formulas call, each alike in every engine."""

    EXP = "EXP"


class _Operators:
    """Arithmetic that builds trees. `==` stays a comparison of trees, so that they can be dictionary keys."""

    __slots__ = ()

    def __add__(self, other: Operand) -> Binary:
        return Binary("+", as_expression(self), as_expression(other))

    def __sub__(self, other: Operand) -> Binary:
        return Binary("-", as_expression(self), as_expression(other))

    def __mul__(self, other: Operand) -> Binary:
        return Binary("*", as_expression(self), as_expression(other))

    def __truediv__(self, other: Operand) -> Binary:
        return Binary("/", as_expression(self), as_expression(other))

    def __pow__(self, other: Operand) -> Binary:
        return Binary("^", as_expression(self), as_expression(other))

    def __radd__(self, other: float) -> Binary:
        return Number(other) + self

    def __rsub__(self, other: float) -> Binary:
        return Number(other) - self

    def __rmul__(self, other: float) -> Binary:
        return Number(other) * self

    def __rtruediv__(self, other: float) -> Binary:
        return Number(other) / self

    def __neg__(self) -> Negative:
        return Negative(as_expression(self))


@dataclass(frozen=True, slots=True)
class Number(_Operators):
    """A constant of the mathematics itself (1, ½, 2); never one that a reader may want to change."""

    value: float


@dataclass(frozen=True, slots=True)
class Ref(_Operators):
    """The quantity in this row, or `back` rows above it."""

    quantity: Quantity
    back: int = 0


@dataclass(frozen=True, slots=True)
class Negative(_Operators):
    """Minus an expression."""

    of: Expression


@dataclass(frozen=True, slots=True)
class Binary(_Operators):
    """Two operands and what stands between them."""

    operator: Literal["+", "-", "*", "/", "^"]
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Call(_Operators):
    """A function of the spreadsheet and its argument."""

    function: Function
    argument: Expression


@dataclass(frozen=True, slots=True)
class SumProduct(_Operators):
    """The sum of `left` times `right`, pair by pair: one SUMPRODUCT over two stretches of a row.

    In the sheet the references of each side must stand next to each other, in this order. Raises ValueError where
    the sides differ in length or are empty.
    """

    left: tuple[Ref, ...]
    right: tuple[Ref, ...]

    def __post_init__(self) -> None:
        if not self.left or len(self.left) != len(self.right):
            raise ValueError(f"{len(self.left)} and {len(self.right)} references make no sum of products")


Expression: TypeAlias = Number | Ref | Negative | Binary | Call | SumProduct
Operand: TypeAlias = "Expression | _Operators | float"


def as_expression(operand: Operand) -> Expression:
    """Return an operand as a tree; a bare number becomes a Number."""
    match operand:
        case Number() | Ref() | Negative() | Binary() | Call() | SumProduct():
            return operand
        case int() | float():
            return Number(operand)
        case _:
            raise TypeError(f"{operand!r} is not part of a formula")


def total(terms: Sequence[Expression]) -> Expression:
    """Return the sum of one or more terms, added from left to right."""
    result = terms[0]
    for term in terms[1:]:
        result = result + term
    return result


def product(factors: Sequence[Expression]) -> Expression:
    """Return the product of one or more factors, multiplied from left to right."""
    result = factors[0]
    for factor in factors[1:]:
        result = result * factor
    return result


# How tightly an operator binds. Excel binds a leading minus tighter than ^, mathematics less tight: parentheses are
# left out only where both agree, so a minus is treated as loosest where it is an operand of ^.
_BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}
_MINUS = 3
_ATOM = 9


def _binding(expression: Expression) -> int:
    match expression:
        case Binary(operator):
            return _BINDING[operator]
        case Negative():
            return _MINUS
        case Number(value) if value < 0:
            return _MINUS
        case SumProduct():
            return _BINDING["+"]  # mathematics writes it out as a sum; Excel would not need the parentheses
        case _:
            return _ATOM


def _needs(expression: Binary) -> tuple[bool, bool]:
    """Return whether the left and the right operand need parentheses.

    a+(b+c) and a*(b*c) keep theirs, since floating-point sums depend on their order; a^b^c always has some, because
    Excel reads it from the left and mathematics from the right.
    """
    mine = _BINDING[expression.operator]
    left, right = _binding(expression.left), _binding(expression.right)
    if expression.operator == "^":
        return left <= mine, right <= mine
    return left < mine, right <= mine or right == _MINUS


Address: TypeAlias = Callable[[Ref], Fill]


def excel(expression: Expression, address: Address) -> Fill:
    """Return the formula as Excel writes it, without "=": text with row offsets between, adjacent text joined.

    `address` tells where a reference stands: ("F", -1) for column F one row above.
    Raises ValueError where a sum of products is over cells that do not stand next to each other.
    """
    return joined(_excel(expression, address))


def excel_over_rows(expression: Expression, address: Callable[[Ref], str]) -> str:
    """Return the formula for many rows at once, to stand inside SUMPRODUCT; `address` tells whole ranges.

    Of a range, programs do not compute EXP alike; a power of e they do. LibreOffice calls it an error where a power
    is too small for a number, so what is below e^-700 (it moves no other number) counts as e^-700.
    """

    def function_call(_: Function, argument: Fill) -> Fill:
        exponent = "(" + "".join(map(str, argument)) + ")"
        return (f"EXP(1)^({exponent}*({exponent}>-700)-700*({exponent}<=-700))",)

    return "".join(map(str, _excel(expression, lambda ref: (address(ref),), function_call)))


def _call(function: Function, argument: Fill) -> Fill:
    return (function.value, "(", *argument, ")")


def _excel(expression: Expression, address: Address, call: Callable[[Function, Fill], Fill] = _call) -> Fill:
    match expression:
        case Number(value):
            return (number_text(value),)
        case Ref():
            return address(expression)
        case Negative(of):
            # also -(x^2), which Excel would read as (-x)^2 without its parentheses
            return ("-", *_wrapped(_excel(of, address, call), _binding(of) < _ATOM))
        case Binary(operator, left, right):
            wrap_left, wrap_right = _needs(expression)
            return (
                *_wrapped(_excel(left, address, call), wrap_left),
                operator,
                *_wrapped(_excel(right, address, call), wrap_right),
            )
        case Call(function, argument):
            return call(function, _excel(argument, address, call))
        case SumProduct(left, right):
            return ("SUMPRODUCT(", *_stretch(left, address), ",", *_stretch(right, address), ")")
        case _:
            assert_never(expression)


def _stretch(refs: tuple[Ref, ...], address: Address) -> Fill:
    """Return the cells from the first reference to the last, D8:BO8, once it is sure that they are what lies between.

    Raises ValueError where they are not, or where `address` gives no cell of the row.
    """
    places = [address(ref) for ref in refs]
    sheets, columns = zip(*(_sheet_and_column(place) for place in places), strict=True)
    rows = {place[1:] for place in places}
    if len({*sheets}) > 1 or len(rows) > 1 or list(columns) != list(range(columns[0], columns[0] + len(columns))):
        raise ValueError(f"a sum of products needs cells next to each other: {places[0]} … {places[-1]}")
    return (*places[0], ":", str(places[-1][0]).removeprefix(sheets[0]), *places[-1][1:])


def _sheet_and_column(place: Fill) -> tuple[str, int]:
    """Return what stands before the letters of a reference, and the number of its column.

    ("", 28) for ("AB", -1), ("'LR=0.1'!", 4) for ("'LR=0.1'!$D", 0). Raises ValueError where this is no cell of a row.
    """
    sheet, mark, letters = str(place[0]).rpartition("!")
    letters = letters.removeprefix("$")
    if len(place) != 2 or not isinstance(place[1], int) or not letters.isalpha():
        raise ValueError(f"a sum of products needs cells of its own row, not {place}")
    return sheet + mark, reduce(lambda number, letter: 26 * number + ord(letter) - 64, letters, 0)


def _wrapped(parts: Fill, wrap: bool) -> Fill:
    return ("(", *parts, ")") if wrap else parts


def joined(parts: Fill) -> Fill:
    """Return the same formula with neighbouring pieces of text made one."""
    result: list[str | int] = []
    for part in parts:
        if isinstance(part, str) and result and isinstance(result[-1], str):
            result[-1] += part
        else:
            result.append(part)
    return tuple(result)


def number_text(value: float) -> str:
    """Return a number as a formula writes it, never as 1E-05, which some programs read as a name."""
    return np.format_float_positional(value, trim="-")


_FRACTIONS = {0.5: "½", 0.25: "¼"}
_SIGNS = {"+": " + ", "-": " − ", "*": "·", "/": "/"}
_POWERS = {2: "²", 3: "³"}


def math_text(expression: Expression, name: Callable[[Quantity], str]) -> str:
    """Return the formula as a mathematics book prints it: ½·(t1 − out_o1)²."""
    match expression:
        case Number(value):
            return _FRACTIONS.get(value, number_text(value).replace("-", "−"))
        case Ref(quantity, back):
            return name(quantity) + ("" if back == 0 else " (row above)")
        case Negative(of):
            return "−" + _math_operand(of, name, _binding(of) <= _MINUS)
        case Binary("^", left, Number(value)) if value in _POWERS:
            return _math_operand(left, name, _needs(expression)[0]) + _POWERS[int(value)]
        case Binary("^", left, right):
            wrap_left, wrap_right = _needs(expression)
            return f"{_math_operand(left, name, wrap_left)}^{_math_operand(right, name, wrap_right)}"
        case Binary(operator, left, right):
            wrap_left, wrap_right = _needs(expression)
            return _math_operand(left, name, wrap_left) + _SIGNS[operator] + _math_operand(right, name, wrap_right)
        case Call(Function.EXP, argument):
            return f"exp({math_text(argument, name)})"
        case Call():
            raise NotImplementedError(expression.function)
        case SumProduct(left, right):
            terms = [math_text(one * other, name) for one, other in _shown_pairs(left, right)]
            return " + ".join(terms if len(left) == len(terms) else [*terms[:-1], "…", terms[-1]])
        case _:
            assert_never(expression)


def _shown_pairs(left: tuple[Ref, ...], right: tuple[Ref, ...]) -> list[tuple[Ref, Ref]]:
    """Return the pairs that a book prints of a sum: all of a short one, else the first two and the last."""
    pairs = list(zip(left, right, strict=True))
    return pairs if len(pairs) <= 3 else [*pairs[:2], pairs[-1]]


def _math_operand(expression: Expression, name: Callable[[Quantity], str], wrap: bool) -> str:
    text = math_text(expression, name)
    if not wrap:
        return text
    return f"[{text}]" if "(" in text.replace("exp(", "") else f"({text})"


def evaluate(expression: Expression, value: Callable[[Ref], np.ndarray]) -> np.ndarray:
    """Return what the formula gives, elementwise; NaN where a spreadsheet shows an error.

    `value` returns the numbers of a reference; arrays of one shape, or scalars.
    """
    with np.errstate(all="ignore"):
        return _evaluate(expression, value)


def _evaluate(expression: Expression, value: Callable[[Ref], np.ndarray]) -> np.ndarray:
    match expression:
        case Number(constant):
            return np.asarray(constant, dtype=np.float64)
        case Ref():
            return value(expression)
        case Negative(of):
            return -_evaluate(of, value)
        case Binary(operator, left, right):
            return _error_if_infinite(_ARITHMETIC[operator](_evaluate(left, value), _evaluate(right, value)))
        case Call(function, argument):
            return _error_if_infinite(_FUNCTIONS[function](_evaluate(argument, value)))
        case SumProduct(left, right):
            pairs = zip(left, right, strict=True)
            return _error_if_infinite(reduce(np.add, (value(one) * value(other) for one, other in pairs)))
        case _:
            assert_never(expression)


_ARITHMETIC = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "^": np.power}
_FUNCTIONS = {Function.EXP: np.exp}


def _error_if_infinite(values: np.ndarray) -> np.ndarray:
    """A spreadsheet has no infinity: what overflows is an error, and stays one in all that follows."""
    return np.where(np.isfinite(values), values, np.nan)
