"""Places of a lesson file in the words of the person who wrote it.

`network.layers[0].weights, row 2` becomes `line 9, hidden layer 1, weights, row 2`: people count from 1 and call
layers by what they are, and an editor shows the number of the line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from xlbackprop.errors import Problem

_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z_][\w.-]*)\s*\]\]?\s*(#.*)?")
_KEY = re.compile(r"\s*([\w.-]+)\s*=")
_LAYER = re.compile(r"(network|runs\[\d+\])\.layers\[(\d+)\](\.(?=\w))?")
_TABLE = re.compile(r"\b(?:(run)s|(try))\[(\d+)\](\.(?=\w))?")


def in_words(problem: Problem, tables: Mapping[str, Any], lines: Mapping[str, int]) -> Problem:
    """Return a problem with its places in words, and the line of the file where that is known.

    `tables` are those of the file, `lines` their lines as `line_numbers` returns them.
    """
    place, what, hint = (_named(text, tables) for text in problem)
    path = problem.place.partition(",")[0]
    if path.lower().endswith(".csv"):  # a file beside the lesson has lines of its own
        path = ""
    while path and path not in lines:  # what is missing has no line, but its table has
        path = path.rpartition(".")[0]
    return Problem(f"line {lines[path]}, {place}" if path else place, what, hint)


def _named(text: str, tables: Mapping[str, Any]) -> str:
    """Return a text in which paths of layers, runs and things to try are words: "run 3, output layer, units"."""

    def layer(found: re.Match[str]) -> str:
        owner, index, dot = found.groups()
        table = tables["network"] if owner == "network" else tables["runs"][int(owner[5:-1])]
        is_last = int(index) == len(table["layers"]) - 1
        name = "output layer" if is_last else f"hidden layer {int(index) + 1}"
        return (name if owner == "network" else f"{owner}.{name}") + (", " if dot else "")

    def numbered(found: re.Match[str]) -> str:
        return f"{found[1] or found[2]} {int(found[3]) + 1}" + (", " if found[4] else "")

    return _TABLE.sub(numbered, _LAYER.sub(layer, text))


def line_numbers(text: str) -> dict[str, int]:
    """Return, by path ("network.layers[0].units"), in which line of a TOML text each table and key begins.

    Tables and keys in braces, and keys in quotes, have no line.
    """
    lines: dict[str, int] = {}
    counts: Counter[str] = Counter()
    table = quotes = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if quotes:  # within a text of several lines
            quotes = "" if quotes in line else quotes
            continue
        if header := _HEADER.fullmatch(line):
            table = _path(header[2], counts, is_list=header[1] == "[[")
            lines.setdefault(table.removesuffix("[0]"), number)
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault(f"{table}.{key[1]}" if table else key[1], number)
        quotes = next((marks for marks in ('"""', "'''") if line.count(marks) == 1), "")
    return lines


def _path(name: str, counts: Counter[str], *, is_list: bool) -> str:
    """Return the path of a table in brackets, counted where it is one of a list: runs.layers → runs[0].layers[2]."""
    path = ""
    parts = name.split(".")
    for index, part in enumerate(parts, start=1):
        path = f"{path}.{part}" if path else part
        if is_list and index == len(parts):
            counts[path] += 1
        if counts[path]:
            path += f"[{counts[path] - 1}]"
    return path
