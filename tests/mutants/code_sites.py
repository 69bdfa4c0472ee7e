"""Where one module can be changed in one place, and the text of the module with that change.

A mutant is told by its function, what it becomes and which of several alike it is, never by its line, so that reasons
kept for survivors stay with them when code moves.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.LShift: ast.RShift, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
SIGNS = {"+": "-", "-": "+", "*": "/", "/": "*", "^": "*", ">": ">=", ">=": ">", "=": ">"}
NAMES = {
    "min": "max", "max": "min", "any": "all", "all": "any", "maximum": "minimum", "minimum": "maximum", "sum": "max",
    "fmin": "fmax", "fmax": "fmin", "mean": "sum", "over": "under", "yes": "no", "no": "yes", "left": "right",
    "right": "left", "EXP": "TANH", "LN": "SQRT", "SQRT": "LN", "TANH": "EXP", "COS": "EXP", "removeprefix": "removesuffix",
}  # fmt: skip
FORMULA_SIGN = re.compile(r"<=|>=|<>|[<>=+*/^-]|\d+")
FORMULA_SIGNS = {"<=": "<", ">=": ">", "<>": "=", "<": "<=", ">": ">=", "=": "<>"} | {
    sign: other for sign, other in SIGNS.items() if sign in "+-*/^"
}
WORDS = re.compile(r"[a-z]{2,}|→|…")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one module; `index` finds its place again in the same text of the module."""

    module: str
    function: str
    kind: str
    change: str
    index: int
    line: int

    @property
    def key(self) -> str:
        """What tells it from all others, whatever the line."""
        return f"{self.module}.{self.function}: {self.change}"


class _Site(NamedTuple):
    """A place of a tree, what shall stand there instead, and the statement and function in which it is."""

    parent: ast.AST
    field: str
    place: int | None
    new: ast.AST
    kind: str
    statement: ast.AST
    function: str


@cache
def mutants(module: str, text: str) -> tuple[Mutant, ...]:
    """Return every mutant of a module's text."""
    found: list[Mutant] = []
    seen: Counter[tuple[str, str]] = Counter()
    for index, site in enumerate(_sites(ast.parse(text))):
        change = _change(site)
        seen[site.function, change] += 1
        number = seen[site.function, change]
        told = change if number == 1 else f"{change} ({number})"
        found.append(Mutant(module, site.function, site.kind, told, index, getattr(site.statement, "lineno", 0)))
    return tuple(found)


def mutated(text: str, mutant: Mutant) -> str:
    """Return the module's text with the change of a mutant of the very same text."""
    tree = ast.parse(text)
    site = next(site for index, site in enumerate(_sites(tree)) if index == mutant.index)
    _put(site, site.new)
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _put(site: _Site, new: ast.AST) -> ast.AST:
    """Put something in the place of a site and return what stood there."""
    there = getattr(site.parent, site.field)
    old: ast.AST = there if site.place is None else there[site.place]
    if site.place is None:
        setattr(site.parent, site.field, new)
    else:
        there[site.place] = new
    return old


def _change(site: _Site) -> str:
    """Return a change with a little of what stands around it."""
    before = " ".join(ast.unparse(site.statement).split())
    if isinstance(site.new, ast.Pass):
        return f"without {before[:90]}"
    old = _put(site, site.new)
    after = " ".join(ast.unparse(ast.fix_missing_locations(site.statement)).split())
    _put(site, old)
    start = _alike(before, after)
    rest = _alike(before[start:][::-1], after[start:][::-1])
    first = max(0, start - 30)
    one, other = (text[first : min(len(text), len(text) - rest + 20)][:110] for text in (before, after))
    return f"{one} → {other}"


def _alike(one: str, other: str) -> int:
    """Return how many letters two texts have in common at their beginning."""
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


# ------------------------------------------------------------------------------------------------- where the sites are

_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")
_NO_NUMBERS = {"body", "orelse", "finalbody", "handlers", "cases", "annotation", "decorator_list", "targets", "type"}
# arguments of types that show at once, or that may stand in either order
_NO_SWAP = {
    "isinstance", "put", "Flag", "Filled", "Style", "_Setting", "Hyperparameter", "Column", "_constants", "Sheet", "Table", "zip",
    "maximum", "minimum", "logaddexp", "isclose", "max", "min", "_same", "_unequal",
}  # fmt: skip
_TEXT_ONLY = {
    "_flags",
    "_why",
    "headings",
    "_put_rule",
    "__str__",
    "math_text",
    "_math_operand",
    "_shown_pairs",
    "math_pieces",
}
# what only names types, or what a person reads
_LEFT_ALONE = {
    "_NUMBERS",
    "_SIGNS",
    "_POWERS",
    "_COMPARISON_SIGNS",
    "_FUNCTION_SIGNS",
    "_MARK",
    "__all__",
    "T",
    "Expression",
    "Operand",
    "Comparison",
    "Address",
    "FileCells",
    "Parameter",
    "Quantity",
}
_WORDS_ONLY = {
    "rule", "symbol", "name", "because", "note", "message", "title", "width", "widths", "heights", "header_style",
    "style", "number_format", "align", "tab", "page", "strict", "link", "wrap", "maxsize",
}  # fmt: skip


def _sites(node: ast.AST, function: str = "") -> Iterator[_Site]:
    """Yield the sites of a module, class or function, statement by statement."""
    for field in _BODIES:
        if isinstance(node, ast.expr):
            continue
        for place, statement in enumerate(getattr(node, field, ()) or ()):
            if _is_left_alone(statement):
                continue
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                if statement.name in _TEXT_ONLY:
                    continue
                yield from _sites(statement, f"{function}.{statement.name}".lstrip("."))
                continue
            inside = function or _assigned(statement) or "module"
            if _can_go(statement):
                yield _Site(node, field, place, ast.Pass(), "statement deleted", statement, inside)
            if isinstance(statement, ast.If | ast.While):
                turned = ast.UnaryOp(ast.Not(), statement.test)
                yield _Site(statement, "test", None, turned, "condition turned", statement, inside)
            for parent, of, at, child in _expressions(statement):
                for new, kind in _instead(child, parent, of):
                    yield _Site(parent, of, at, new, kind, statement, inside)
            yield from _sites(statement, inside)


def _assigned(statement: ast.AST) -> str:
    """Return the name that a statement gives to something, or nothing."""
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    return targets[0].id if isinstance(targets[0], ast.Name) else ""


def _is_left_alone(statement: ast.AST) -> bool:
    """Imports, docstrings, what is raised with its words, types."""
    if isinstance(statement, ast.Import | ast.ImportFrom | ast.Raise | ast.Assert | ast.Pass):
        return True
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return True
    if isinstance(statement, ast.Expr) and _is_told(statement.value):
        return True
    return _assigned(statement) in _LEFT_ALONE


def _is_told(value: ast.expr) -> bool:
    """Whether a statement only puts words on a sheet."""
    match value:
        case ast.Call(func=ast.Attribute(attr="put"), keywords=keywords):
            return not {"formula", "setting"} & {keyword.arg for keyword in keywords}
    return False


def _can_go(statement: ast.AST) -> bool:
    """Whether a statement can be left out without leaving a name unknown."""
    if isinstance(statement, ast.AugAssign | ast.Continue | ast.Expr):
        return True
    return isinstance(statement, ast.Assign) and not isinstance(statement.targets[0], ast.Name | ast.Tuple)


def _expressions(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """Yield every part of a statement's own expressions and the place where it stands."""
    for field, value in ast.iter_fields(node):
        is_words = isinstance(node, ast.keyword) and node.arg in _WORDS_ONLY
        if is_words or (isinstance(node, ast.stmt | ast.match_case | ast.ExceptHandler) and field in _NO_NUMBERS):
            continue
        for place, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST):
                yield node, field, place, child
                yield from _expressions(child)


# --------------------------------------------------------------------------------------------- what stands there instead


def _instead(node: ast.AST, parent: ast.AST, field: str) -> Iterator[tuple[ast.AST, str]]:
    """Yield what can stand in the place of a part of an expression, and what kind of change that is."""
    if type(node) in OPERATORS:
        yield OPERATORS[type(node)](), "operator"
    match node:
        case ast.Constant(value=value):
            yield from _instead_of_constant(value, parent)
        case ast.UnaryOp(op=ast.USub() | ast.Not(), operand=operand):
            yield operand, "sign removed"
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield ast.IfExp(test, orelse, body), "branches swapped"
        case ast.BinOp(left=left, op=ast.Sub() | ast.Div() | ast.Pow() | ast.MatMult() as op, right=right):
            yield ast.BinOp(right, op, left), "sides swapped"
        case ast.Call(func=func, args=[first, second, *rest], keywords=keywords) if _called(func) not in _NO_SWAP:
            yield ast.Call(func, [second, first, *rest], keywords), "arguments swapped"
        case ast.Call(func=func, args=args, keywords=[*kept, last]) if last.arg not in _WORDS_ONLY:
            yield ast.Call(func, args, kept), "argument left out"
        case ast.Attribute(value=value, attr=attr, ctx=ctx) if attr in NAMES:
            yield ast.Attribute(value, NAMES[attr], ctx), "name"
        case ast.Name(id=name, ctx=ast.Load() as ctx) if name in NAMES and field == "func":
            yield ast.Name(NAMES[name], ctx), "name"
        case ast.comprehension(ifs=[_, *_] as ifs):
            yield ast.comprehension(node.target, node.iter, ifs[1:], node.is_async), "condition left out"


def _called(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def _instead_of_constant(value: object, parent: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    if isinstance(value, bool):
        if not isinstance(parent, ast.MatchSingleton):
            yield ast.Constant(not value), "constant"
    elif isinstance(value, int):
        yield ast.Constant(value + 1), "constant"
    elif isinstance(value, float):
        yield ast.Constant(1.0 if value == 0 else value * 1.01), "constant"
    elif isinstance(value, str) and value in SIGNS and not isinstance(parent, ast.JoinedStr):
        yield ast.Constant(SIGNS[value]), "sign of a formula"
    elif isinstance(value, str) and not WORDS.search(value):
        for found in FORMULA_SIGN.finditer(value):
            old = found[0]
            new = str(int(old) + 1) if old.isdigit() else FORMULA_SIGNS[old]
            yield ast.Constant(value[: found.start()] + new + value[found.end() :]), "text of a formula"
