"""Formulas as trees, and their values in NumPy. `workbook` writes a tree as an Excel formula and as mathematics.

A tree is built with ordinary operators from `Ref` and numbers:

    half = Number(0.5) * (Ref(Target(0)) - Ref(Output(2, 0))) ** 2

To add a function of the spreadsheet, name it in `Function`, give its NumPy function in `_FUNCTIONS` below, and its
notation in `workbook.formula_notation`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import reduce
from typing import Literal, NamedTuple, TypeAlias, assert_never

import numpy as np

from xlbackprop import arithmetic
from xlbackprop.arithmetic import error_if_infinite
from xlbackprop.network.quantities import Quantity


class Function(Enum):
    """The spreadsheet functions that a lesson's formulas call; every engine computes them alike."""

    EXP = "EXP"
    LN = "LN"
    SQRT = "SQRT"
    TANH = "TANH"
    ABS = "ABS"
    COS = "COS"


class _Operators:
    """Arithmetic that builds trees: a + b is a Binary. `==` still compares trees, which can be dictionary keys."""

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
    """A reference to a quantity: to its number in the same row, or in the row `back` rows above."""

    quantity: Quantity
    back: int = 0


@dataclass(frozen=True, slots=True)
class Negative(_Operators):
    """An expression with a minus sign before it: −z."""

    of: Expression


@dataclass(frozen=True, slots=True)
class Binary(_Operators):
    """Two operands and the operator between them: w1·i1."""

    operator: Literal["+", "-", "*", "/", "^"]
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Call(_Operators):
    """A call of a spreadsheet function with one argument: EXP(z)."""

    function: Function
    argument: Expression


@dataclass(frozen=True, slots=True)
class SumProduct(_Operators):
    """The sum of `left` times `right`, pair by pair: one SUMPRODUCT over two ranges of a row.

    In the sheet the cells of each side must be next to each other, in this order. Raises ValueError where
    the sides differ in length or are empty.
    """

    left: tuple[Ref, ...]
    right: tuple[Ref, ...]

    def __post_init__(self) -> None:
        if not self.left or len(self.left) != len(self.right):
            raise ValueError(f"{len(self.left)} and {len(self.right)} references make no sum of products")


Comparison: TypeAlias = Literal[">", ">=", "="]


# 0.1 + 0.2 − 0.3 is 0 by hand. Where a rule jumps at 0 it compares with this instead: else one program would find the
# number above 0 and another not, and their runs would part.
NEXT_TO_0 = 1e-9


class Condition(NamedTuple):
    """The condition of `if_else`: a comparison of `left` with `right`, e.g. Condition(z, ">", 0.0)."""

    left: Operand
    comparison: Comparison
    right: Operand


@dataclass(frozen=True, slots=True)
class If(_Operators):
    """A choice, IF(left>right,yes,no): `yes` where the comparison of `left` with `right` is true, else `no`."""

    left: Expression
    comparison: Comparison
    right: Expression
    yes: Expression
    no: Expression


@dataclass(frozen=True, slots=True)
class Largest(_Operators):
    """The largest of several numbers of a row, MAX(D8,E8,F8); more than 255 cells must be next to each other."""

    of: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Pick(_Operators):
    """The number of one example, INDEX(block,number): `block` holds those of all examples, `number` counts from 1."""

    block: Ref
    number: Ref


Expression: TypeAlias = Number | Ref | Negative | Binary | Call | SumProduct | If | Largest | Pick
Operand: TypeAlias = "Expression | _Operators | float"


def as_expression(operand: Operand) -> Expression:
    """Return an operand as a tree; a bare number becomes a Number. Raises TypeError for anything else."""
    match operand:
        case Number() | Ref() | Negative() | Binary() | Call() | SumProduct() | If() | Largest() | Pick():
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
    """Return the product of factors, multiplied from left to right, without factors that are Number(1.0)."""
    counting = [factor for factor in factors if factor != Number(1.0)]
    if not counting:
        return Number(1.0)
    result = counting[0]
    for factor in counting[1:]:
        result = result * factor
    return result


def if_else(condition: Condition, yes: Operand, no: Operand) -> If:
    """Return the tree of IF(condition,yes,no); bare numbers become Numbers."""
    left, comparison, right = condition
    return If(as_expression(left), comparison, *(as_expression(part) for part in (right, yes, no)))


def call(function: Function, argument: Operand) -> Call:
    """Return the tree of a function call, EXP(z); a bare number becomes a Number."""
    return Call(function, as_expression(argument))


def children(expression: Expression) -> tuple[Expression, ...]:
    """Return the direct subtrees of a tree: a and b of a + b; none of a Number or a Ref."""
    match expression:
        case Number() | Ref():
            return ()
        case Negative(of):
            return (of,)
        case Binary(_, left, right):
            return (left, right)
        case Call(_, argument):
            return (argument,)
        case SumProduct(left, right):
            return (*left, *right)
        case If(left, _, right, yes, no):
            return (left, right, yes, no)
        case Largest(of):
            return of
        case Pick(block, number):
            return (block, number)
        case _:
            assert_never(expression)


def with_children(expression: Expression, parts: Sequence[Expression]) -> Expression:
    """Return a tree with these direct subtrees in the places of its own, in the order of `children`.

    Raises TypeError where a SumProduct, a Largest or a Pick would have another subtree than a Ref.
    """
    refs = [part for part in parts if isinstance(part, Ref)]
    match expression:
        case Number() | Ref():
            return expression
        case Negative():
            return Negative(*parts)
        case Call(function):
            return Call(function, *parts)
        case Binary(operator):
            return Binary(operator, *parts)
        case If(_, comparison):
            left, *others = parts
            return If(left, comparison, *others)
        case _ if len(refs) < len(parts):
            raise TypeError(f"a {type(expression).__name__} is made of references alone")
        case SumProduct(left):
            return SumProduct((*refs[: len(left)],), (*refs[len(left) :],))
        case Largest():
            return Largest((*refs,))
        case Pick():
            return Pick(*refs)
        case _:
            assert_never(expression)


def evaluate(
    expression: Expression, value: Callable[[Ref], np.ndarray], rounded: Callable[[np.ndarray], np.ndarray] = np.asarray
) -> np.ndarray:
    """Return the value of a formula, elementwise; NaN where a spreadsheet shows an error.

    `value(ref)` must return the numbers of a reference: arrays of one shape, or scalars; for the `block` of a Pick
    the numbers of all examples. `rounded` is told each result on the way, and returns the one that takes its place.
    """
    with np.errstate(all="ignore"):
        return _evaluate(expression, value, rounded)


def _evaluate(
    expression: Expression, value: Callable[[Ref], np.ndarray], rounded: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    match expression:
        case Number(constant):
            return np.asarray(constant, dtype=np.float64)
        case Ref():
            return value(expression)
        case Negative(of):
            return -_evaluate(of, value, rounded)
        case Binary(operator, left, right):
            operands = (_evaluate(part, value, rounded) for part in (left, right))
            return rounded(error_if_infinite(_ARITHMETIC[operator](*operands)))
        case Call(function, argument):
            return rounded(error_if_infinite(_FUNCTIONS[function](_evaluate(argument, value, rounded))))
        case SumProduct(left, right):
            products = (rounded(value(one) * value(other)) for one, other in zip(left, right, strict=True))
            return error_if_infinite(reduce(np.add, products))
        case If(left, comparison, right, yes, no):
            one, other, taken, else_taken = (_evaluate(part, value, rounded) for part in (left, right, yes, no))
            chosen = np.where(_COMPARISONS[comparison](one, other), taken, else_taken)
            return np.where(np.isnan(one) | np.isnan(other), np.nan, chosen)
        case Largest(of):
            return reduce(np.maximum, (value(ref) for ref in of))
        case Pick(block, number):
            picked: np.ndarray = value(block)[np.asarray(value(number), dtype=np.int64) - 1]
            return picked
        case _:
            assert_never(expression)


_ARITHMETIC: dict[str, Callable[..., np.ndarray]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": arithmetic.power,
}
_COMPARISONS = {">": np.greater, ">=": np.greater_equal, "=": np.equal}
_FUNCTIONS: dict[Function, Callable[..., np.ndarray]] = {
    Function.EXP: arithmetic.exp,
    Function.LN: arithmetic.log,
    Function.SQRT: np.sqrt,
    Function.TANH: lambda x: arithmetic.tanh(x)[0],
    Function.ABS: np.abs,
    Function.COS: arithmetic.cos,
}
