"""The notations of a formula tree: an Excel formula, for one row or for many at once, and mathematics.

Each notation is one function whose `match` ends in `assert_never`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import reduce
from typing import TypeAlias, assert_never

import numpy as np

from xlbackprop.network import (
    NEXT_TO_0,
    Binary,
    Call,
    Condition,
    Expression,
    Function,
    If,
    Largest,
    Negative,
    Number,
    Pick,
    Quantity,
    Ref,
    SumProduct,
    if_else,
)
from xlbackprop.workbook.document import Fill, quoted

# How tightly an operator binds. Excel binds a leading minus tighter than ^, mathematics less tight: parentheses are
# left out only where both agree, so a minus is treated as loosest where it is an operand of ^.
_BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}
_MINUS = 3
_CHOICE = 0
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
        case If():
            return _CHOICE
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

    `address` returns the cell of a reference: ("F", -1) for column F one row above.
    Raises ValueError where the cells of a sum of products are not next to each other.
    """
    return joined(_excel(expression, address))


def _excel(expression: Expression, address: Address) -> Fill:
    expression = _spelled(expression)
    match expression:
        case Number(value):
            return (number_text(value),)
        case Ref():
            return address(expression)
        case Negative(of):
            # also -(x^2), which Excel would read as (-x)^2 without its parentheses
            return ("-", *_wrapped(_excel(of, address), _excel_needs(of, _binding(of) < _ATOM)))
        case Binary("-", Number(1.0), Binary("^", base, exponent) as power) if _fades(power):
            seen = Condition(_UNSEEN, ">", exponent * (1.0 - base))
            return _excel(1.0 - if_else(seen, power, 0.0), address)
        case Binary(operator, left, right):
            left, right = _spelled(left), _spelled(right)
            wrap_left, wrap_right = _needs(Binary(operator, left, right))
            return (
                *_wrapped(_excel(left, address), _excel_needs(left, wrap_left)),
                operator,
                *_wrapped(_excel(right, address), _excel_needs(right, wrap_right)),
            )
        case Call(function, argument):
            return (function.value, "(", *_excel(argument, address), ")")
        case SumProduct(left, right):
            return ("SUMPRODUCT(", *_stretch(left, address), ",", *_stretch(right, address), ")")
        case If(left, comparison, right, yes, no):
            parts = [_excel(part, address) for part in (left, right, yes, no)]
            return ("IF(", *parts[0], comparison, *parts[1], ",", *parts[2], ",", *parts[3], ")")
        case Largest(of):
            # LibreOffice, after an edit, may leave the MAX of a range of the table as it was
            told = [piece for ref in of for piece in (",", *address(ref))][1:]
            return ("MAX(", *(told if len(of) <= _MOST_ARGUMENTS else _stretch(of, address)), ")")
        case Pick(block, number):
            return ("INDEX(", *address(block), ",", *address(number), ")")
        case _:
            assert_never(expression)


def _spelled(expression: Expression) -> Expression:
    """Return a tree as formulas spell it: a square as a product.

    LibreOffice makes an error, #NUM!, of a power that is too small for a number; of a product it makes 0, as all do.
    """
    match expression:
        case Binary("^", base, Number(2.0)):
            return base * base
        case _:
            return expression


_MOST_ARGUMENTS = 255  # that a function may have
_UNSEEN = 38.0  # e^−38 is less than half a last digit of 1, and β^n is at most e^−n(1−β)


def _fades(power: Binary) -> bool:
    """Return whether a power is β^n, n being a number of the row. Beside 1 it is 0 long before it is no number.

    For LibreOffice makes an error, #NUM!, of a power that is too small.
    """
    return not isinstance(power.right, Number)


def _excel_needs(operand: Expression, wrap: bool) -> bool:
    """Return whether an operand needs parentheses in Excel; IF( ) and SUMPRODUCT( ) have some of their own."""
    return wrap and not isinstance(operand, If | SumProduct)


def _stretch(refs: tuple[Ref, ...], address: Address) -> Fill:
    """Return the range from the first reference to the last, D8:BO8.

    Raises ValueError where the references are not all its cells in order, or where one is no cell of the row.
    """
    places = [address(ref) for ref in refs]
    sheets, columns = zip(*(_sheet_and_column(place) for place in places), strict=True)
    rows = {place[1:] for place in places}
    if len({*sheets}) > 1 or len(rows) > 1 or list(columns) != list(range(columns[0], columns[0] + len(columns))):
        raise ValueError(f"a sum of products needs cells next to each other: {places[0]} … {places[-1]}")
    return (*places[0], ":", str(places[-1][0]).removeprefix(sheets[0]), *places[-1][1:])


def _sheet_and_column(place: Fill) -> tuple[str, int]:
    """Return the sheet of a reference, as written before its column letters, and the number of its column.

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
    """Return the same formula with neighbouring pieces of text joined into one."""
    result: list[str | int] = []
    for part in parts:
        if isinstance(part, str) and result and isinstance(result[-1], str):
            result[-1] += part
        else:
            result.append(part)
    return tuple(result)


def number_text(value: float) -> str:
    """Return a number as it is written in a formula: 0.00001, never 1E-05, which some programs read as a name."""
    return "PI()" if value == math.pi else np.format_float_positional(value, trim="-")


def first_where(condition: str) -> str:
    """Return the formula of the place, counted from 1, at which the comparison of a range is first true: "A1:A6<$C$4".

    #N/A where it never is; errors in the range are passed over. Inside SUMPRODUCT every program compares cell by cell.
    """
    return f"SUMPRODUCT(MATCH(TRUE,{condition},0))"


def counted_where(condition: str, with_errors: str) -> str:
    """Return a formula that counts the cells of a range for which a comparison holds: "B17:B22<>0".

    `with_errors` is the count where some of them are errors. It may use COUNTIF, which passes over errors, but counts
    in OnlyOffice what the cells held before an edit.
    """
    return f"IFERROR(SUMPRODUCT(--({condition})),{with_errors})"


# a text, or the cells of a named sheet, which stay as they are; or fixed cells of the formula's own sheet
_CELLS = re.compile(r"""("[^"]*"|'(?:[^']|'')*'!(?:\$?[A-Z]+\$?\d+:?)+)|\$[A-Z]+\$\d+(?::\$[A-Z]+\$\d+)?""")


def on_sheet(formula: str, name: str) -> str:
    """Return a formula of the sheet `name` as other sheets write it: 'Summary'!$D$9 for its fixed cell $D$9."""
    return _CELLS.sub(lambda cells: cells[1] or f"{quoted(name)}!{cells[0]}", formula)


def one_of(number: str, options: Sequence[Fill]) -> Fill:
    """Return the formula that picks an option by its number, counted from 1: CHOOSE($C$4,…); beyond 30 in groups."""
    if len(options) <= _MOST_OPTIONS:
        return (f"CHOOSE({number}", *(part for option in options for part in (",", *option)), ")")
    starts = range(0, len(options), _MOST_OPTIONS)
    groups = [one_of(f"{number}-{start}", options[start : start + _MOST_OPTIONS]) for start in starts]
    return one_of(f"INT(({number}-1)/{_MOST_OPTIONS})+1", groups)


_MOST_OPTIONS = 30  # of a CHOOSE: LibreOffice takes no more than 31

# --------------------------------------------------------------------------------------------------- many rows at once


def excel_over_rows(expression: Expression, address: Callable[[Ref], str]) -> str:
    """Return the formula for many rows at once, for use inside SUMPRODUCT; `address` returns ranges, "F8:F58".

    Programs differ in functions of a range, but agree in powers, products and comparisons; so each function is written
    with these. Raises ValueError for logarithms, INDEX and MAX, which cannot be.
    """
    expression = _spelled(expression)
    match expression:
        case Number(value):
            return number_text(value)
        case Ref():
            return address(expression)
        case Negative(of):
            return f"-({excel_over_rows(of, address)})"
        case Binary("-", Number(1.0), Binary("^", base, exponent) as power) if _fades(power):
            decay, number = (excel_over_rows(part, address) for part in (base, exponent))
            seen = f"(({number})*(1-{decay})<{_UNSEEN:.0f})"
            return f"1-{seen}*{decay}^(({number})*{seen})"
        case Binary(operator, left, right):
            left, right = _spelled(left), _spelled(right)
            needs = _needs(Binary(operator, left, right))
            wraps = (_wraps_over_rows(part, wrap) for part, wrap in zip((left, right), needs, strict=True))
            written = (excel_over_rows(part, address) for part in (left, right))
            one, other = (f"({part})" if wrap else part for part, wrap in zip(written, wraps, strict=True))
            return f"{one}{operator}{other}"
        case Call(function, argument):
            return _FUNCTIONS_OVER_ROWS[function](f"({excel_over_rows(argument, address)})")
        case SumProduct(left, right):
            # term by term: over many rows at once SUMPRODUCT would add up the rows as well
            return "+".join(f"{address(one)}*{address(other)}" for one, other in zip(left, right, strict=True))
        case If(left, comparison, right, yes, no):
            holds = f"({excel_over_rows(left, address)}{comparison}{excel_over_rows(right, address)})"
            parts = tuple(excel_over_rows(part, address) for part in (yes, no))
            if isinstance(no, Number) and no.value == 0:
                return f"{holds}*({parts[0]})"
            return f"({holds}*({parts[0]})+(1-{holds})*({parts[1]}))"
        case Largest() | Pick():
            raise ValueError(f"{type(expression).__name__} cannot be written for many rows at once")
        case _:
            assert_never(expression)


def _wraps_over_rows(operand: Expression, wrap: bool) -> bool:
    """Return whether an operand needs parentheses: a function of a range does, being written as a sum or a power."""
    return wrap or isinstance(operand, Call)


def _exp_over_rows(x: str) -> str:
    """Return EXP as a power of e. Below e^-700 it is e^-700: LibreOffice makes an error of smaller powers."""
    return f"EXP(1)^({x}*({x}>-700)-700*({x}<=-700))"


def _tanh_over_rows(x: str) -> str:
    return f"1-2/(EXP(1)^(2*{x}*({x}>-300)*({x}<300)+600*({x}>=300)-600*({x}<=-300))+1)"


def _cos_over_rows(x: str) -> str:
    """Return the series of the cosine, exact to the last digit from −π to π: 1 − x²/2·(1 − x²/12·(1 − …))."""
    series = "1"
    for n in range(26, 0, -2):
        series = f"1-{x}^2/{n * (n - 1)}*({series})"
    return series


def _no_logarithm(_: str) -> str:
    raise ValueError("a logarithm cannot be written for many rows at once")


_FUNCTIONS_OVER_ROWS: dict[Function, Callable[[str], str]] = {
    Function.EXP: _exp_over_rows,
    Function.LN: _no_logarithm,
    Function.SQRT: lambda x: f"{x}^0.5",
    Function.TANH: _tanh_over_rows,
    Function.ABS: lambda x: f"{x}*(2*({x}>0)-1)",
    Function.COS: _cos_over_rows,
}

# -------------------------------------------------------------------------------------------------------- mathematics

_NUMBERS = {0.5: "½", 0.25: "¼", math.pi: "π"} | dict.fromkeys((NEXT_TO_0, -NEXT_TO_0), "0")  # 0 is what is meant
_SIGNS = {"+": " + ", "-": " − ", "*": "·", "/": "/"}
_POWERS = {2: "²", 3: "³"}


_COMPARISON_SIGNS = {">": ">", ">=": "≥", "=": "="}
_FUNCTION_SIGNS = {
    Function.EXP: ("exp(", ")"),
    Function.LN: ("ln(", ")"),
    Function.SQRT: ("√(", ")"),
    Function.TANH: ("tanh(", ")"),
    Function.ABS: ("|", "|"),
    Function.COS: ("cos(", ")"),
}


def math_text(expression: Expression, name: Callable[[Quantity], str]) -> str:
    """Return the formula as a mathematics book prints it, ½·(t1 − out_o1)²; `name` returns a quantity's name."""
    match expression:
        case Number(value):
            return _NUMBERS.get(value, number_text(value).replace("-", "−"))
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
        case Call(function, argument):
            before, after = _FUNCTION_SIGNS[function]
            return before + math_text(argument, name) + after
        case If(left, comparison, right, yes, no):
            holds = f"{math_text(left, name)} {_COMPARISON_SIGNS[comparison]} {math_text(right, name)}"
            yes_text = math_text(yes, name)
            return f"{f'({yes_text})' if isinstance(yes, If) else yes_text} if {holds}, else {math_text(no, name)}"
        case Largest(of):
            shown = [name(ref.quantity) for ref in (of if len(of) <= 4 else (*of[:2], of[-1]))]
            return f"max({', '.join(shown if len(of) <= 4 else [*shown[:2], '…', shown[-1]])})"
        case Pick(block, _):
            return f"{name(block.quantity)} of the example"
        case SumProduct(left, right):
            terms = [math_text(one * other, name) for one, other in _shown_pairs(left, right)]
            return " + ".join(terms if len(left) == len(terms) else [*terms[:-1], "…", terms[-1]])
        case _:
            assert_never(expression)


def math_pieces(expression: Expression) -> list[str | Quantity]:
    """Return the text of `math_text` cut at its quantities: ["½·(", Target(0), " − ", Output(2, 0), ")²"].

    So a name or a number can be written in the place of each. References to the row above must have been replaced by
    quantities of their own.
    """
    met: list[Quantity] = []

    def mark(quantity: Quantity) -> str:
        met.append(quantity)
        return f"{_MARK}{len(met) - 1}{_MARK}"

    parts = math_text(expression, mark).split(_MARK)
    return [met[int(part)] if index % 2 else part for index, part in enumerate(parts) if part]


_MARK = "\x00"


def _shown_pairs(left: tuple[Ref, ...], right: tuple[Ref, ...]) -> list[tuple[Ref, Ref]]:
    """Return the pairs of a sum of products that a book prints: all of a short one, else the first two and the last."""
    pairs = list(zip(left, right, strict=True))
    return pairs if len(pairs) <= 3 else [*pairs[:2], pairs[-1]]


def _math_operand(expression: Expression, name: Callable[[Quantity], str], wrap: bool) -> str:
    text = math_text(expression, name)
    if not wrap:
        return text
    return f"[{text}]" if "(" in text.replace("exp(", "") else f"({text})"
