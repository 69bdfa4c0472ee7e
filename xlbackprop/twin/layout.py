"""How Python text is laid out: assignments with their reasons, long formulas on several lines, lists, safe comments."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from xlbackprop.errors import printable

WIDTH = 100
_COMPREHENSION = re.compile(r"\[(.*) (for \w in range\(\d+\))\]")
_SHORT_TERM = 30  # characters of a term of which several stand on one line
_LONG_SUM = 40  # characters from which on a factor in parentheses stands on lines of its own
_REASON_AT = 44  # reasons of short lines stand below each other up to this column


class Line(NamedTuple):
    """An assignment, `target = rule`, with the reason for it.

    `sign` is the sheet's name of the number, "∂E/∂w1", where that is another than `target`. Lines with the same
    `heading` stand together; `above` are remarks that stand in the place of the reason, each on a line.
    """

    target: str
    rule: str
    why: str
    sign: str = ""
    heading: str = ""
    above: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """The reason, after the sign where there is one."""
        return ": ".join(filter(None, (self.sign, self.why)))

    @property
    def code(self) -> str:
        """The assignment on one line."""
        return f"{self.target} = {self.rule}"

    @property
    def fits(self) -> bool:
        """Whether the assignment can stand on one line; a list may be a little longer than a formula."""
        return len(self.code) <= WIDTH + 12 * self.rule.startswith("[")


def block(lines: Sequence[Line]) -> list[str]:
    """Return assignments as text, a blank line and a remark before each that has another heading than the one above."""
    text: list[str] = []
    for heading, group in groupby(lines, key=lambda line: line.heading):
        text += [""] * bool(text) + [f"# {heading}"] * bool(heading)
        text += _group([*group])
    return text


def _group(lines: Sequence[Line]) -> list[str]:
    column = max((len(line.code) for line in lines if len(line.code) <= _REASON_AT), default=0)
    text: list[str] = []
    for line in lines:
        text += [*_lines(line, column), *([""] * bool(line.above and line is not lines[-1]))]
    return text


def _lines(line: Line, column: int) -> list[str]:
    """Return the lines of an assignment, the reason beside it where it fits, else above."""
    beside = _beside(line, line.told, column)
    if line.fits and not line.above and len(beside) <= WIDTH + 12:
        return [beside]
    margin = " " * (len(line.sign) + 2)
    above = [f"# {margin if place else f'{line.sign}: '}{remark}" for place, remark in enumerate(line.above)]
    remarks = above or _remark(line.told)
    return [*remarks, *([line.code] if line.fits else _assignment(line))]


def _beside(line: Line, told: str, column: int) -> str:
    return f"{line.code:<{column}}  # {told}" if told else line.code


def _remark(told: str) -> list[str]:
    return [f"# {remark}" for remark in wrapped(told, WIDTH - 2)]


def _assignment(line: Line) -> list[str]:
    first, *others = broken(line.rule)
    if first == "[":
        return [f"{line.target} = [", *others]
    if first == "(" and others[-1].startswith(")") and all(inner.startswith("    ") for inner in others[:-1]):
        return [f"{line.target} = (", *others]
    return [f"{line.target} = (", *indented([first, *others]), ")"]


def broken(text: str, width: int = WIDTH - 4) -> list[str]:
    """Return a formula on lines of at most `width` characters, if it can be: cut where terms or factors meet."""
    if len(text) <= width:
        return [text]
    items = _cut(text[1:-1], (", ",)) if text.startswith("[") else []
    if len(items) > 1:
        return ["[", *indented([line for item in items for line in _with_comma(broken(item, width - 5))]), "]"]
    if comprehension := _COMPREHENSION.fullmatch(text):
        return ["[", *indented([*broken(comprehension[1], width - 4), comprehension[2]]), "]"]
    terms = _cut(text, (" + ", " - "))
    if len(terms) > 1 and max(map(len, terms)) <= _SHORT_TERM:
        return _filled(terms, width)
    if len(terms) > 1:
        return [line for term in terms for line in _hanging(term, width)]
    factors = _cut(text, (" * ", " / "))
    if len(factors) > 1 and len(factors[0]) > _LONG_SUM and factors[0].startswith("("):
        inner = [line for term in _cut(factors[0][1:-1], (" + ", " - ")) for line in _hanging(term, width - 4)]
        return ["(", *indented(inner), f") {' '.join(factors[1:])}"]
    return _filled(factors, width)


def _filled(pieces: Sequence[str], width: int) -> list[str]:
    """Return pieces in lines, as many in each as fit."""
    lines = [pieces[0]]
    for piece in pieces[1:]:
        if len(lines[-1]) + len(piece) < width:
            lines[-1] += f" {piece}"
        else:
            lines.append(piece)
    return lines


def _with_comma(lines: Sequence[str]) -> list[str]:
    return [*lines[:-1], f"{lines[-1]},"]


def _hanging(term: str, width: int) -> list[str]:
    sign, rest = (term[:2], term[2:]) if term[:2] in ("+ ", "- ") else ("", term)
    first, *others = broken(rest, width - len(sign))
    return [sign + first, *others]


def _cut(text: str, signs: tuple[str, ...]) -> list[str]:
    """Cut a formula before each of these operators outside of parentheses: "a", "+ b", "- c"; commas go."""
    pieces, depth, start = [], 0, 0
    for place, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if depth == 0 and text.startswith(signs, place):
            pieces.append(text[start:place])
            start = place + 1 + (sign == ",")
    return [*pieces, text[start:]]


def indented(lines: Sequence[str]) -> list[str]:
    """Return lines four spaces to the right; an empty one stays empty."""
    return [f"    {line}" if line else "" for line in lines]


def wrapped(text: str, width: int = WIDTH) -> list[str]:
    """Return a text of a person's, or of ours, in lines for a remark or a docstring: no sign in it ends either.

    Signs that do not print, as those that turn the direction of writing round, show as �.
    """
    clean = printable(" ".join(text.split()))
    return textwrap.wrap(clean, width, break_long_words=False, break_on_hyphens=False)


def docstring(paragraphs: Sequence[Sequence[str]]) -> list[str]:
    """Return a docstring of paragraphs of lines, such that no text in it can end it."""
    lines = [line for paragraph in paragraphs if paragraph for line in ("", *paragraph)][1:]
    safe = "\n".join(lines).replace("\\", "\\\\").replace('"""', '\\"\\"\\"').split("\n")
    if len(safe) == 1 and not safe[0].endswith('"'):
        return [f'"""{safe[0]}"""']
    return [f'"""{safe[0]}', *safe[1:], '"""']


def call(name: str, arguments: Sequence[str], *, before: str = "", after: str = "") -> list[str]:
    """Return a call, or the head of a function, with its arguments wrapped where they are many."""
    one = f"{before}{name}({', '.join(arguments)}){after}"
    if len(one) <= WIDTH:
        return [one]
    return [f"{before}{name}(", *indented(textwrap.wrap(", ".join(arguments) + ",", WIDTH - 4)), f"){after}"]
