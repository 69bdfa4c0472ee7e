"""A formula as people type it, read as a tree of quantities.

Who reads one says what each reference means: a number of the table, the learning rate, or whatever stands in that cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from math import pi
from typing import NamedTuple

from xlbackprop.classroom.formula_parts import product_of
from xlbackprop.network import Binary, Call, Expression, Function, Negative, Number, total
from xlbackprop.workbook import Place
from xlbackprop.xlsx.read import column_number

MOST_TOKENS = 4000  # of a formula
MOST_NESTED = 60


class Unreadable(Exception):  # noqa: N818 -- a state of a formula, which never leaves this room
    """Raised where a formula has something that no rule has: IF, a text, another file."""


class Reference(NamedTuple):
    """A cell that a formula names; `sheet` is "" for its own, `fixed_row` tells a dollar sign before the row."""

    sheet: str
    place: Place
    fixed_row: bool = False
    fixed_column: bool = False


Meaning = Callable[[Reference], Expression]
NameMeaning = Callable[[str], Expression]

_TOKEN = re.compile(
    r"\s+"
    r"|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))"
    r"|(?P<cell>(?:(?:'(?:[^']|'')+'|[^\W\d][\w.]*)!)?\$?[A-Za-z]{1,3}\$?[0-9]{1,7}(?![\w.(!]))"
    r"|(?P<call>(?:_xlfn\.)?[A-Za-z][A-Za-z0-9.]*)\s*\("
    r"|(?P<name>[^\W\d][\w.]*)"
    r"|(?P<sign>[-+*/^%(),:;])"
)
_CELL = re.compile(r"(?:(?P<sheet>.*)!)?(?P<c>\$?)(?P<column>[A-Za-z]{1,3})(?P<r>\$?)(?P<row>[0-9]+)", re.DOTALL)
_FUNCTIONS = {function.value for function in Function}
_BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}


def read_formula(formula: str, meaning: Meaning, name: NameMeaning) -> Expression:
    """Return a formula, without "=", as a tree. Raises Unreadable, also where `meaning` or `name` do."""
    return _Reader(formula, meaning, name).whole()


def references(formula: str) -> list[Reference]:
    """Return the cells that a formula names, in their order; of a range the two corners."""
    try:
        return [_reference(text) for kind, text in _tokens(formula) if kind == "cell"]
    except Unreadable:
        return []


def _tokens(formula: str) -> Iterator[tuple[str, str]]:
    at = count = 0
    while at < len(formula):
        match = _TOKEN.match(formula, at)
        count += 1
        if match is None or count > MOST_TOKENS:
            raise Unreadable
        at = match.end()
        if match.lastgroup is not None:
            yield match.lastgroup, match[match.lastgroup]


def _reference(text: str) -> Reference:
    match = _CELL.fullmatch(text)
    if match is None:
        raise Unreadable
    sheet = (match["sheet"] or "").removeprefix("'").removesuffix("'").replace("''", "'")
    place = int(match["row"]), column_number(match["column"].upper())
    return Reference(sheet, place, bool(match["r"]), bool(match["c"]))


class _Reader:
    """Reads the tokens of one formula from left to right, operators by how tightly they bind."""

    def __init__(self, formula: str, meaning: Meaning, name: NameMeaning) -> None:
        self.tokens = [*_tokens(formula.strip().removeprefix("=")), ("end", "")]
        self.at = self.depth = 0
        self.meaning, self.name = meaning, name

    def whole(self) -> Expression:
        tree = self._sum(0)
        if self._next() != ("end", ""):
            raise Unreadable
        return tree

    def _peek(self) -> tuple[str, str]:
        return self.tokens[self.at]

    def _next(self) -> tuple[str, str]:
        self.at += 1
        return self.tokens[self.at - 1]

    def _sum(self, binding: int) -> Expression:
        """Read operands and the operators between them that bind more tightly than `binding`; all join to the left."""
        self.depth += 1
        if self.depth > MOST_NESTED:
            raise Unreadable
        tree = self._signed()
        while (tighter := _BINDING.get(self._peek()[1], 0)) > binding and self._peek()[0] == "sign":
            operator = self._next()[1]
            right = self._sum(tighter)
            tree = Binary(operator, tree, right)  # type: ignore[arg-type]
        self.depth -= 1
        return tree

    def _signed(self) -> Expression:
        """Read an operand with the signs before and behind it; a minus binds more tightly than a power."""
        negative = False
        while self._peek() in (("sign", "-"), ("sign", "+")):
            negative ^= self._next()[1] == "-"
        tree = self._operand()
        while self._peek() == ("sign", "%"):
            self._next()
            tree = tree / 100.0
        return Negative(tree) if negative else tree

    def _operand(self) -> Expression:
        kind, text = self._next()
        match kind:
            case "number":
                return Number(float(text))
            case "cell" if self._peek() != ("sign", ":"):
                return self.meaning(_reference(text))
            case "name":
                return self.name(text)
            case "call":
                return self._call(text.upper().removeprefix("_XLFN."))
            case "sign" if text == "(":
                tree = self._sum(0)
                self._expect(")")
                return tree
            case _:
                raise Unreadable

    def _expect(self, sign: str) -> None:
        if self._next() != ("sign", sign):
            raise Unreadable

    def _arguments(self) -> Iterator[list[Expression]]:
        """Yield the arguments of a function as lists; a range is the list of its cells."""
        while self._peek() != ("sign", ")"):
            kind, text = self._peek()
            if kind == "cell" and self.tokens[self.at + 1] == ("sign", ":"):
                self.at += 2
                yield [self.meaning(one) for one in _between(_reference(text), _reference(self._next()[1]))]
            else:
                yield [self._sum(0)]
            if self._peek()[1] not in (",", ";"):
                break
            self._next()
        self._expect(")")

    def _call(self, name: str) -> Expression:
        arguments = [*self._arguments()]
        every = [one for argument in arguments for one in argument]
        if name == "PI" and not every:
            return Number(pi)
        if not every:
            raise Unreadable
        match name, every:
            case ("SUM", _):
                return total(every)
            case ("PRODUCT", _):
                return product_of(every)
            case ("AVERAGE", _):
                return total(every) / float(len(every))
            case ("SUMSQ", _):
                return total([one * one for one in every])
            case ("POWER" | "POW", [base, exponent]):
                return base**exponent
            case ("SUMPRODUCT", _):
                return _sum_of_products(arguments)
            case (_, [argument]) if name in _FUNCTIONS:
                return Call(Function(name), argument)
            case ("SUMXMY2", _) if len(arguments) == 2 and len(arguments[0]) == len(arguments[1]):
                return total([(one - other) ** 2 for one, other in zip(*arguments, strict=True)])
            case ("N" | "VALUE", [argument]) | (("ROUND" | "ROUNDUP" | "ROUNDDOWN" | "TRUNC"), [argument, *_]):
                return argument  # rounding is told by who asks for it
            case _:
                raise Unreadable


def _sum_of_products(arguments: Sequence[Sequence[Expression]]) -> Expression:
    if len({len(argument) for argument in arguments}) != 1:
        raise Unreadable
    return total([product_of(factors) for factors in zip(*arguments, strict=True)])


def _between(first: Reference, last: Reference) -> list[Reference]:
    (top, left), (bottom, right) = first.place, last.place
    rows, columns = range(min(top, bottom), max(top, bottom) + 1), range(min(left, right), max(left, right) + 1)
    if len(rows) * len(columns) > MOST_NESTED:
        raise Unreadable
    return [first._replace(place=(row, column)) for row in rows for column in columns]
