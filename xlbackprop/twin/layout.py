"""How Python text is laid out: assignments with their reasons, long formulas on several lines, lists, safe comments."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from xlbackprop.errors import printable

WIDTH = 100
_LONG_SUM = 40  # characters from which on a factor in parentheses stands on lines of its own
_REASON_AT = 44  # reasons of short lines stand below each other up to this column


class Line(NamedTuple):
    """An assignment, `target = rule`, with the reason for it; `above` are remarks that stand on lines of their own."""

    target: str
    rule: str
    why: str
    heading: str = ""
    above: tuple[str, ...] = ()


def block(lines: Sequence[Line]) -> list[str]:
    """Return assignments as text, a blank line and a remark before each that has another heading than the one above."""
    text: list[str] = []
    for heading, group in groupby(lines, key=lambda line: line.heading):
        text += [""] * bool(text) + [f"# {heading}"] * bool(heading)
        text += _group([*group])
    return text


def _group(lines: Sequence[Line]) -> list[str]:
    codes = [f"{line.target} = {line.rule}" for line in lines]
    column = max((len(code) for code in codes if len(code) <= _REASON_AT), default=0)
    text: list[str] = []
    for line, code in zip(lines, codes, strict=True):
        beside = f"{code:<{column}}  # {line.why}"
        if not line.above and len(beside) <= WIDTH + 12 and len(code) <= WIDTH - 8:
            text.append(beside)
            continue
        text += [f"# {remark}" for remark in wrapped(line.why, WIDTH - 2)] if line.why else []
        text += [f"# {remark}" for remark in line.above]
        text += [code] if len(code) <= WIDTH + 12 * line.rule.startswith("[") else _assignment(line)
        text += [""] * bool(line.above and line is not lines[-1])
    return text


def _assignment(line: Line) -> list[str]:
    first, *others = broken(line.rule)
    if first == "(" and others[-1].startswith(")") and all(inner.startswith("    ") for inner in others[:-1]):
        return [f"{line.target} = (", *others]
    return [f"{line.target} = (", *indented([first, *others]), ")"]


def broken(text: str, width: int = WIDTH - 4) -> list[str]:
    """Return a formula on lines of at most `width` characters, if it can be: cut where terms or factors meet."""
    if len(text) <= width:
        return [text]
    terms = _cut(text, (" + ", " - "))
    if len(terms) > 1:
        return [line for term in terms for line in _hanging(term, width)]
    factors = _cut(text, (" * ", " / "))
    if len(factors) > 1 and len(factors[0]) > _LONG_SUM and factors[0].startswith("("):
        inner = [line for term in _cut(factors[0][1:-1], (" + ", " - ")) for line in _hanging(term, width - 4)]
        return ["(", *indented(inner), f") {' '.join(factors[1:])}"]
    lines = [factors[0]]
    for factor in factors[1:]:
        if len(lines[-1]) + len(factor) < width:
            lines[-1] += f" {factor}"
        else:
            lines.append(factor)
    return lines


def _hanging(term: str, width: int) -> list[str]:
    sign, rest = (term[:2], term[2:]) if term[:2] in ("+ ", "- ") else ("", term)
    first, *others = broken(rest, width - len(sign))
    return [sign + first, *others]


def _cut(text: str, signs: tuple[str, ...]) -> list[str]:
    """Cut a formula before each of these operators outside of parentheses: "a", "+ b", "- c"."""
    pieces, depth, start = [], 0, 0
    for place, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if depth == 0 and text[place : place + 3] in signs:
            pieces.append(text[start:place])
            start = place + 1
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
