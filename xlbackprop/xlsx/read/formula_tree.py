"""Formulas compared as formulas: two texts are the same where they differ only in how they are spelled.

Each program that saves a file spells its formulas anew. A formula is read as Excel reads it, with a stack of operators,
and each part is at once written in its one spelling, with no bracket too many: that text stands for the tree.

Spelling are spaces, capitals (but in texts), brackets that change no order, quotes around the name of a sheet, TRUE()
for TRUE, the prefix of newer functions, the digits of a number beyond the 15th, A1:A1 for A1, and signs that change no
number. What may change a value is not: a+(b+c) rounds otherwise than a+b+c, and --(A1>0) is a number, A1>0 a truth.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import isfinite
from typing import NamedTuple

from xlbackprop.xlsx.read.package import MAX_NESTING


def same_formula(one: str, other: str) -> bool:
    """Return whether two formulas, with or without "=", differ at most in spelling."""
    return one == other or _without_case(canonical_formula(one)) == _without_case(canonical_formula(other))


@lru_cache(maxsize=4096)
def canonical_formula(text: str) -> str:
    """Return the one spelling of a formula: "SUM('a'!B1,2)" for "=sum( a!b1, +2.0)".

    The name of a sheet keeps its case, for it is shown to people. A text that is no formula is returned as it is.
    """
    text = text.strip(_BLANK).removeprefix("=")
    try:
        return _Reader(text).formula()
    except _NoFormulaError:
        return text


_BLANK = " \t\r\n"
_TEXT_OR_SHEET = re.compile(r"""("(?:[^"]|"")*")|'(?:[^']|'')*'!""")


def _without_case(canonical: str) -> str:
    """Return a formula in which the names of sheets are in capitals, too."""
    return _TEXT_OR_SHEET.sub(lambda match: match[1] or _capitals(match[0]), canonical)


def _capitals(word: str) -> str:
    return word.upper() if word.isascii() else word  # "ß" and "ı" would become other words


# --------------------------------------------------------------------------------------------------------------- tokens

# How tightly a sign binds; as Excel reads it, -x^2 is (-x)^2, and a^b^c is (a^b)^c.
_COMPARE, _JOIN, _ADD, _MULTIPLY, _POWER, _PERCENT, _MINUS = range(7)
_SIGN, _UNION, _INTERSECT, _RANGE, _WORD, _NUMBER = range(7, 13)
_INFIX = {
    **dict.fromkeys(("=", "<>", "<", ">", "<=", ">="), _COMPARE),
    "&": _JOIN,
    **dict.fromkeys("+-", _ADD),
    **dict.fromkeys("*/", _MULTIPLY),
    "^": _POWER,
    ",": _UNION,
    " ": _INTERSECT,
    ":": _RANGE,
}
_PREFIX = {"-": _MINUS, "+": _SIGN, "@": _SIGN}
_NUMBERS = frozenset((_ADD, _MULTIPLY, _POWER, _PERCENT, _MINUS, _NUMBER))  # what gives numbers, never TRUE or a text

_NAME = r"[\w.$\\?]"
_TOKEN = re.compile(
    rf"""(?P<infix>(?<=[\w)\]"#!?.}}])[{_BLANK}]+(?=[\w$'(\["#\\.{{])|<>|[<>]=|[=<>&+\-*/^,:])"""
    rf"|(?P<blank>[{_BLANK}]+)"
    r'|(?P<text>"(?:[^"]|"")*+")'
    r"|(?P<number>(?:[0-9]++\.?+[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?+)"
    rf"|(?P<truth>(?ai:TRUE|FALSE)(?![\[!]|{_NAME})(?:[{_BLANK}]*\([{_BLANK}]*\))?)"
    rf"|(?P<sheet>'(?:[^']|'')*+'[{_BLANK}]*+!|(?:\[[^\[\]']*\])?(?:[^\W\d][\w.]*+(?::[^\W\d][\w.]*+)?)?(?<=[\w.\]])!)?+"
    rf"(?P<word>\#(?ai:N/A|DIV/0!|[A-Z_]++[!?])|{_NAME}++(?:\(|\[(?:[^\[\]]|\[[^\[\]]*\])*+\])?)"
    r"|(?P<sign>[(){};%@\#])"
    r"|(?P<other>.)",
    re.DOTALL,
)
_CELL = re.compile(r"\$?[A-Z]{1,3}\$?[0-9]+")

# Excel learned these after 2007. Its files have them with a prefix, some programs write none, and Gnumeric its own.
_NEWER_NAMES = (
    "ACOT ACOTH AGGREGATE ARABIC BASE BETA.DIST BETA.INV BINOM.DIST BINOM.INV BITAND BITLSHIFT BITOR BITRSHIFT BITXOR "
    "BYCOL BYROW CEILING.MATH CHISQ.DIST CHISQ.INV CHOOSECOLS CHOOSEROWS COMBINA CONCAT CONFIDENCE.NORM COT COTH "
    "COVARIANCE.P COVARIANCE.S CSC CSCH DAYS DECIMAL DROP ERF.PRECISE EXPAND EXPON.DIST F.DIST F.INV FILTER FLOOR.MATH "
    "FORMULATEXT GAMMA GAUSS HSTACK IFNA IFS ISFORMULA ISOWEEKNUM LAMBDA LET MAKEARRAY MAP MAXIFS MINIFS MODE.SNGL "
    "MUNIT NORM.DIST NORM.INV NORM.S.DIST NORM.S.INV NUMBERVALUE PERCENTILE.EXC PERCENTILE.INC PERMUTATIONA PHI "
    "POISSON.DIST QUARTILE.EXC QUARTILE.INC RANDARRAY RANK.AVG RANK.EQ REDUCE SCAN SEC SECH SEQUENCE SHEET SHEETS "
    "SKEW.P SORT SORTBY STDEV.P STDEV.S SWITCH T.DIST T.INV TAKE TEXTAFTER TEXTBEFORE TEXTJOIN TEXTSPLIT TOCOL TOROW "
    "UNICHAR UNICODE UNIQUE VAR.P VAR.S VSTACK WRAPCOLS WRAPROWS XLOOKUP XMATCH XOR"
)
_NEWER = frozenset(_NEWER_NAMES.split())
_PREFIX_OF_NEWER = re.compile(r"^(?:_XLFN(?:GNUMERIC)?\.)?(?:_XLWS\.(?=(?:FILTER|SORT)$))?")

# ---------------------------------------------------------------------------------------------------------------- trees


class _Part(NamedTuple):
    """A part of a formula: its text, how tightly its last operation binds, and what it negates if that is a minus."""

    text: str
    binds: int
    negated: _Part | None = None

    def inside(self, binds: int) -> str:
        """Return its text as an operand of something that binds so tightly; the commas of a union may mean others."""
        return f"({self.text})" if self.binds < binds or self.binds == _UNION != binds else self.text


class _Waiting(NamedTuple):
    """An operator whose right side is not complete."""

    sign: str
    binds: int
    is_infix: bool


class _NoFormulaError(Exception):
    """Raised where a text is no formula, or has too many brackets inside each other."""


class _Reader:
    """Reads the tokens of a formula once, from left to right."""

    def __init__(self, text: str) -> None:
        self.tokens = _TOKEN.finditer(text)
        self.depth = 0

    def formula(self) -> str:
        part, _ = self._expression("")
        if part is None:
            raise _NoFormulaError
        return part.inside(_COMPARE)

    def _expression(self, ends: str) -> tuple[_Part | None, str]:
        """Return what stands before one of the signs `ends`, None where nothing does, and that sign, "" at the end.

        A comma unites two references where it is none of the ends.
        """
        done: list[_Part] = []
        waiting: list[_Waiting] = []
        complete = False  # whether an operand has just ended
        for match in self.tokens:
            kind, token = match.lastgroup, match[0]
            if kind == "blank":
                continue
            if token in ends:
                return _all_applied(done, waiting, complete), token
            if not complete:
                if token in _PREFIX:
                    waiting.append(_Waiting(token, _PREFIX[token], is_infix=False))
                else:
                    done.append(self._operand(match))
                    complete = True
            elif kind == "infix":
                token = token.strip(_BLANK) or " "
                _apply(done, waiting, _INFIX[token])
                waiting.append(_Waiting(token, _INFIX[token], is_infix=True))
                complete = False
            elif token == "%":
                _apply(done, waiting, _PERCENT)
                done.append(_Part(f"{done.pop().inside(_PERCENT)}%", _PERCENT))
            elif token == "#":  # of a range that spills
                done.append(_Part(f"{done.pop().inside(_WORD)}#", _WORD))
            else:
                raise _NoFormulaError
        return _all_applied(done, waiting, complete), ""

    def _operand(self, match: re.Match[str]) -> _Part:
        token = match[0]
        match match.lastgroup:
            case "number":
                number = float(token)
                return _Part(format(number, ".15G") if isfinite(number) else token, _NUMBER)
            case "text":
                return _Part(token, _WORD)
            case "truth":
                return _Part(token[:5].strip(" (\t\r\n").upper(), _WORD)
            case "word" if token[-1] == "(":
                return _Part(f"{_sheet(match['sheet'])}{_function(match['word'][:-1])}({self._list(',)')})", _WORD)
            case "word":
                return _Part(_sheet(match["sheet"]) + _reference(match["word"]), _WORD)
            case "sign" if token == "(":
                return self._bracket()
            case "sign" if token == "{":
                return _Part(f"{{{self._list(',;}')}}}", _WORD)
            case _:
                raise _NoFormulaError

    def _bracket(self) -> _Part:
        part, end = self._deeper(")")
        if part is None or not end:
            raise _NoFormulaError
        return part

    def _list(self, ends: str) -> str:
        """Return the arguments of a function, or the values of an array; the last of `ends` closes it."""
        pieces: list[str] = []
        end = ""
        while end != ends[-1]:
            part, end = self._deeper(ends)
            if not end:
                raise _NoFormulaError
            pieces += ["" if part is None else part.inside(_COMPARE), end]
        return "".join(pieces[:-1])

    def _deeper(self, ends: str) -> tuple[_Part | None, str]:
        if self.depth == MAX_NESTING:
            raise _NoFormulaError
        self.depth += 1
        found = self._expression(ends)
        self.depth -= 1
        return found


def _all_applied(done: list[_Part], waiting: list[_Waiting], complete: bool) -> _Part | None:
    if complete:
        _apply(done, waiting, _COMPARE)
        return done[0]
    if waiting:
        raise _NoFormulaError
    return None


def _apply(done: list[_Part], waiting: list[_Waiting], binds: int) -> None:
    """Apply the waiting operators, the last first, as long as they bind at least so tightly."""
    while waiting and waiting[-1].binds >= binds:
        operator, right = waiting.pop(), done.pop()
        done.append(_infix(operator, done.pop(), right) if operator.is_infix else _prefix(operator, right))


def _infix(operator: _Waiting, left: _Part, right: _Part) -> _Part:
    sign, binds, _ = operator
    if sign == ":" and _CELL.fullmatch(right.text) and left.text.rpartition("!")[2] == right.text:
        return left  # A1:A1
    return _Part(f"{left.inside(binds)}{sign}{right.inside(binds + 1)}", binds)


def _prefix(operator: _Waiting, part: _Part) -> _Part:
    sign, binds, _ = operator
    if sign == "-" and part.negated is not None and part.negated.binds in _NUMBERS:
        return part.negated
    if sign == "+" and part.binds in _NUMBERS:
        return part
    return _Part(sign + part.inside(binds), binds, part if sign == "-" else None)


def _sheet(name: str | None) -> str:
    if name is None:
        return ""
    name = name[:-1].rstrip(_BLANK)
    return f"{name}!" if name.startswith("'") else f"'{name}'!"


def _reference(word: str) -> str:
    """Return a reference, a name or an error in capitals; the columns of a table stay as they are."""
    before, bracket, columns = word.partition("[")
    return _capitals(before) + bracket + columns


def _function(name: str) -> str:
    name = _capitals(name)
    plain = _PREFIX_OF_NEWER.sub("", name)
    return plain if plain in _NEWER else name
