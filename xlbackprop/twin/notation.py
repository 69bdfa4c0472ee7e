"""The third reading of a formula tree: Python. `workbook.formula_notation` has the other two, Excel and mathematics.

Python binds operators differently from Excel: `-x ** 2` is −(x²) and `a ** b ** c` is a^(b^c). Parentheses are left out
only where all three agree, so that no reader has to know.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import reduce
from typing import TypeAlias, assert_never

from xlbackprop.network import (
    Binary,
    Call,
    Epoch,
    ExampleNumber,
    Expression,
    Function,
    Given,
    If,
    InBatch,
    Input,
    Largest,
    Negative,
    NetInput,
    Number,
    Pick,
    Ref,
    Step,
    SumProduct,
    Target,
    children,
)

_BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}
_CHOICE, _MINUS, _ATOM = 0, 3, 9
_SIGNS = {"+": " + ", "-": " - ", "*": " * ", "/": " / ", "^": " ** "}
_COMPARISONS = {">": (">", "<="), ">=": (">=", "<"), "=": ("==", "!=")}  # each with its opposite
_FUNCTIONS = {
    Function.EXP: "exp",
    Function.LN: "ln",
    Function.SQRT: "sqrt",
    Function.TANH: "tanh",
    Function.ABS: "abs",
    Function.COS: "cos",
}
CHOOSERS = {">": "if_above", ">=": "if_at_least", "=": "if_equal"}
LONGEST_WRITTEN_OUT = 3  # terms of a sum over list items; a longer one is written with `for`

Name: TypeAlias = Callable[[Ref], str]


def python(expression: Expression, name: Name, *, sure: bool = False) -> str:
    """Return a formula as a Python expression; `name` returns that of a reference: "h1", or an item of a list, "h[0]".

    A choice, IF( ), is an error in the sheet where a number that it compares is one. An error is a NaN in Python, every
    comparison with which is false, so the choice is written such that this leads to the branch that is an error, too;
    with `sure` the whole formula is one in any case where a net input is.

    Raises ValueError for a Pick: the loop picks the example.
    """
    match expression:
        case Number(value):
            return _literal(value)
        case Ref():
            return name(expression)
        case Negative(of):
            # also -(x ** 2), which Python reads so without parentheses, but a reader might not
            return "-" + _wrapped(of, name, _binding(of) < _ATOM, sure)
        case Binary("+"):
            return _sum(expression, name, sure)
        case Binary(operator, left, right):
            wrap_left, wrap_right = _needs(expression)
            return _wrapped(left, name, wrap_left, sure) + _SIGNS[operator] + _wrapped(right, name, wrap_right, sure)
        case Call(function, argument):
            return f"{_FUNCTIONS[function]}({python(argument, name, sure=sure)})"
        case SumProduct(left, right):
            products: list[Expression] = [one * other for one, other in zip(left, right, strict=True)]
            return _sum(reduce(lambda total, term: Binary("+", total, term), products), name, sure)
        case If():
            return _choice(expression, name, sure)
        case Largest(of):
            return f"largest({_listed([name(ref) for ref in of])})"
        case Pick():
            raise ValueError("the example of a row is picked by the loop")
        case _:
            assert_never(expression)


def _binding(expression: Expression) -> int:
    match expression:
        case Binary(operator):
            return _BINDING[operator]
        case Negative():
            return _MINUS
        case Number(value) if value < 0:
            return _MINUS
        case SumProduct():
            return _BINDING["+"]
        case If():
            return _CHOICE
        case _:
            return _ATOM


def _needs(expression: Binary) -> tuple[bool, bool]:
    """Return whether the left and the right operand need parentheses; a+(b+c) keeps its own, as floating point asks."""
    mine = _BINDING[expression.operator]
    left, right = _binding(expression.left), _binding(expression.right)
    if expression.operator == "^":
        return left <= mine, right <= mine
    return left < mine, right <= mine or right == _MINUS


def _wrapped(operand: Expression, name: Name, wrap: bool, sure: bool) -> str:
    text = python(operand, name, sure=sure)
    return f"({text})" if wrap and not _is_call(text) else text


def _is_call(text: str) -> bool:
    """Return whether a text is one call of a function that has parentheses of its own: `if_above(…)`, `total(…)`."""
    if not (re.match(r"(?:total|if_\w+)\(", text) and text.endswith(")")):
        return False
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and sign == ")":
            return place == len(text) - 1
    return False


def _literal(value: float) -> str:
    if value == math.pi:
        return "math.pi"
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


# ------------------------------------------------------------------------------------------------------------- choices


def refs(expression: Expression) -> set[Ref]:
    """Return all references of a formula."""
    found: set[Ref] = {expression} if isinstance(expression, Ref) else set()
    return found.union(*map(refs, children(expression)))


def can_fail(expression: Expression) -> bool:
    """Return whether an error among its numbers makes a formula one, whatever it chooses."""
    return bool(_fails_with(expression) & _may_fail(expression))


def _choice(choice: If, name: Name, sure: bool) -> str:
    yes, no = (python(part, name, sure=sure) for part in (choice.yes, choice.no))
    one, other = (_branch(part, python(part, name, sure=sure)) for part in (choice.left, choice.right))
    sign, opposite = _COMPARISONS[choice.comparison]
    compared = _may_fail(choice.left) | _may_fail(choice.right)
    if sure:
        compared = {ref for ref in compared if not isinstance(ref.quantity, NetInput)}
    if compared <= _fails_with(choice.no):
        return f"{_branch(choice.yes, yes)} if {one} {sign} {other} else {no}"
    if compared <= _fails_with(choice.yes):
        return f"{_branch(choice.no, no)} if {one} {opposite} {other} else {yes}"
    return f"{CHOOSERS[choice.comparison]}({one}, {other}, then={yes}, otherwise={no})"


def _branch(branch: Expression, text: str) -> str:
    return f"({text})" if isinstance(branch, If) and not _is_call(text) else text


def _may_fail(expression: Expression) -> set[Ref]:
    """Return the references of a formula that may be errors: all but typed numbers and counters."""
    never = Given | Input | Target | Epoch | Step | ExampleNumber | InBatch
    return {ref for ref in refs(expression) if not isinstance(ref.quantity, never)}


def _fails_with(expression: Expression) -> set[Ref]:
    """Return the references of which each alone makes the whole formula an error if it is one, whatever is chosen."""
    if isinstance(expression, If):
        compared = _may_fail(expression.left) | _may_fail(expression.right)
        return compared | (_fails_with(expression.yes) & _fails_with(expression.no))
    if isinstance(expression, Ref):
        return {expression}
    found: set[Ref] = set()
    return found.union(*map(_fails_with, children(expression)))


# --------------------------------------------------------------------------------------------------- sums, and patterns


def _sum(expression: Expression, name: Name, sure: bool) -> str:
    """Return a sum; as many of its first terms as are alike but for one index are written with `for`."""
    terms: list[Expression] = []
    rest: Expression = expression
    while isinstance(rest, Binary) and rest.operator == "+":
        terms.insert(0, rest.right)
        rest = rest.left
    if isinstance(rest, SumProduct):  # its products, and a bias
        terms[:0] = [one * other for one, other in zip(rest.left, rest.right, strict=True)]
    else:
        terms.insert(0, rest)
    first = [_wrapped(terms[0], name, _binding(terms[0]) < 1, sure)]
    others = [_wrapped(term, name, _binding(term) <= 1 or _binding(term) == _MINUS, sure) for term in terms[1:]]
    texts = [*first, *others]
    for count in range(len(texts), LONGEST_WRITTEN_OUT, -1):
        index = next(letter for letter in "kmnpqr" if f"for {letter} in" not in "".join(texts[:count]))
        if (pattern := generalised(texts[:count], index)) is not None:
            return " + ".join([f"total({pattern} for {index} in range({count}))", *texts[count:]])
    return " + ".join(texts)


_INDEX = re.compile(r"\[(\d+)\]")


def generalised(texts: Sequence[str], index: str) -> str | None:
    """Return what texts have in common with `index` in the place of the indices that count 0, 1, 2, … from one to the
    next: "w[k] * x[k]" of "w[0] * x[0]", "w[1] * x[1]"; None where they differ in anything else, or not at all.
    """
    pieces = [_INDEX.split(text) for text in texts]
    if any(one[::2] != pieces[0][::2] for one in pieces):
        return None
    columns = list(zip(*(one[1::2] for one in pieces), strict=True))
    counting = tuple(map(str, range(len(texts))))
    if any(column != counting and len(set(column)) > 1 for column in columns) or counting not in columns:
        return None
    marks = [f"[{index if column == counting else column[0]}]" for column in columns]
    literals = pieces[0][::2]
    return literals[0] + "".join(mark + literal for mark, literal in zip(marks, literals[1:], strict=True))


def _listed(items: Sequence[str]) -> str:
    """Return the list of some items: "[o1, o2]"; "o" for "o[0]", "o[1]", …, all the items of a list."""
    pattern = generalised(items, "k") if len(items) > 1 else None
    whole = re.fullmatch(r"(\w+)\[k\]", pattern or "")
    return whole[1] if whole else f"[{', '.join(items)}]"
