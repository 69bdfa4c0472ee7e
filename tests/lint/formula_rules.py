"""Rules about formulas: of cells, of defined names, of conditions, of what may be typed, and of charts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tests.lint.facts import Facts, SheetFacts
from xlbackprop.errors import Problem
from xlbackprop.workbook import MAX_FORMULA, quoted

MAX_NESTING = 64
# Functions that came after Excel 2007: a file writes them with a prefix, or Excel shows #NAME?.
_NEWER = (
    "ACOT ARABIC BASE BITAND BITOR BITXOR BYCOL BYROW CEILING.MATH CHOOSECOLS CHOOSEROWS COMBINA CONCAT "
    "CONFIDENCE.NORM COVARIANCE.P COVARIANCE.S DAYS DECIMAL DROP EXPAND FILTERXML FLOOR.MATH FORMULATEXT GAUSS "
    "HSTACK IFNA IFS ISFORMULA ISOWEEKNUM LAMBDA LET MAP MAXIFS MINIFS MODE.SNGL MUNIT NORM.DIST NORM.INV "
    "NORM.S.DIST NORM.S.INV NUMBERVALUE PERCENTILE.EXC PERCENTILE.INC PERMUTATIONA RANDARRAY RANK.AVG RANK.EQ "
    "REDUCE SCAN SEQUENCE SHEET SHEETS SKEW.P SORTBY STDEV.P STDEV.S SWITCH TAKE TEXTAFTER TEXTBEFORE TEXTJOIN "
    "TEXTSPLIT TOCOL TOROW UNICHAR UNICODE UNIQUE VAR.P VAR.S VSTACK WEBSERVICE XLOOKUP XMATCH XOR"
)
NEWER_FUNCTIONS = frozenset(_NEWER.split())

_ONE = "ABS EXP LN LOG10 SQRT SIGN SIN COS TAN TANH INT ISNUMBER ISBLANK ISERROR ISTEXT LEN NOT VALUE UPPER LOWER TRIM"
ARGUMENTS = {  # the least and the most of a function's arguments, for those that our sheets and many others call
    **dict.fromkeys(_ONE.split(), (1, 1)),
    **dict.fromkeys(("COUNTIF", "IFERROR", "MOD", "POWER", "REPT", "ROUND", "SUMXMY2"), (2, 2)),
    **dict.fromkeys(("NA", "PI", "TRUE", "FALSE"), (0, 0)),
    **dict.fromkeys(("COLUMN", "ROW"), (0, 1)),
    **{"FIXED": (1, 3), "IF": (2, 3), "INDEX": (2, 4), "LEFT": (1, 2), "MATCH": (2, 3), "MID": (3, 3), "RIGHT": (1, 2)},
    **{"SUBSTITUTE": (3, 4), "TEXT": (2, 2)},
}

_CALL_SIGN = re.compile(r"(?P<opens>(?P<name>[A-Za-z_][\w.]*)?\(|\{)|[,)}]")
_NOTHING = re.compile(r"\s*\)")
_TEXT = re.compile(r'"(?:[^"]|"")*"')
_SHEET = re.compile(r"'((?:[^']|'')*)'!|(?<![\w.#'!:])((?:\[[^\]]*\])?[^\W\d][\w.]*(?::[^\W\d][\w.]*)?)!")
_FUNCTION = re.compile(r"(?<![\w.])([A-Za-z][A-Za-z0-9.]*)\(")
_BRACKETS = re.compile(r"\[[^\[\]]*\]")
_LACKING = re.compile(r"[*/^&=<>+-]\s*(?:$|[*/^&),])|(?:^|[(,])\s*[*/^&]|,\s*$")
_QUOTED_SHEET = re.compile(r"'(?:[^']|'')*'!")


class Written(NamedTuple):
    """A formula as the file has it, and where it stands."""

    place: str
    text: str


def written_formulas(facts: Facts) -> Iterator[Written]:
    """Yield every formula that is written out; of a shared one only the first."""
    for sheet in facts.sheets:
        for formula in sheet.cells.formulas:
            yield Written(f"{quoted(sheet.name)}!{formula.place}", formula.text)
    for node in facts.book.all("definedName"):
        yield Written(f"defined name {node.get('name')}", node.text)
    for sheet in facts.sheets:
        yield from _around(sheet)
    for sheet in facts.sheets:
        for drawing, _ in facts.all_linked(sheet.part, "drawing"):
            for part, chart in facts.all_linked(drawing, "chart"):
                for node in chart.all("f"):
                    yield Written(part, node.text)


def _around(sheet: SheetFacts) -> Iterator[Written]:
    for rules in sheet.around.all("conditionalFormatting"):
        place = f"{quoted(sheet.name)}!{rules.get('sqref')}, conditional format"
        for node in rules.all("formula"):
            yield Written(place, node.text)
    for rule in sheet.around.all("dataValidation"):
        place = f"{quoted(sheet.name)}!{rule.get('sqref')}, what may be typed"
        for node in rule.all("formula1", "formula2"):
            yield Written(place, node.text)


def formulas_are_written_without_a_sign(facts: Facts) -> Iterator[Problem]:
    """No formula begins with "=": a program that adds its own has two; and none is empty."""
    for place, text in written_formulas(facts):
        if text.lstrip().startswith("="):
            yield Problem(place, 'its formula begins with "=", which a file leaves out.')
        elif not text.strip():
            yield Problem(place, "its formula is empty.")


def formulas_are_not_too_long(facts: Facts) -> Iterator[Problem]:
    """A formula has at most 8,192 characters and 64 levels of parentheses."""
    for place, text in written_formulas(facts):
        if len(text) > MAX_FORMULA:
            yield Problem(place, f"its formula has {len(text):,} characters; {MAX_FORMULA:,} are allowed.")
        depth = deepest = 0
        for sign in re.sub(r"[^()]", "", _without_names(text)):
            depth += 1 if sign == "(" else -1
            deepest = max(deepest, depth)
        if deepest > MAX_NESTING:
            yield Problem(place, f"its formula is nested {deepest} deep; {MAX_NESTING} are allowed.")


def functions_have_their_arguments(facts: Facts) -> Iterator[Problem]:
    """A function has as many arguments as it takes; of functions that are not in the list at most 255."""
    for place, text in written_formulas(facts):
        for name, count in function_calls(text):
            least, most = ARGUMENTS.get(name, (0, 255))
            if not least <= count <= most:
                yield Problem(place, f"its formula calls {name} with {count} arguments: {text[:60]}")


def function_calls(formula: str) -> Iterator[tuple[str, int]]:
    """Yield the name of every function that a formula calls, "" for bare parentheses, with its number of arguments."""
    open_calls: list[tuple[str, int]] = []
    plain = _without_names(formula)
    for match in _CALL_SIGN.finditer(plain):
        if match["opens"]:
            name = (match["name"] or "").upper()
            open_calls.append((name, 0 if _NOTHING.match(plain, match.end()) else 1))
        elif not open_calls:
            continue  # told by the rule about what is opened and closed
        elif match[0] == ",":
            open_calls[-1] = (open_calls[-1][0], open_calls[-1][1] + 1)
        else:
            name, count = open_calls.pop()
            if name:
                yield name, count


def formulas_close_what_they_open(facts: Facts) -> Iterator[Problem]:
    """Parentheses, braces and quotes of a formula come in pairs, and no two operators meet that cannot."""
    for place, text in written_formulas(facts):
        plain = _without_names(text)
        if '"' in plain or any(plain.count(a) != plain.count(b) for a, b in ("()", "{}", "[]")):
            yield Problem(place, f"its formula does not close what it opens: {text[:60]}")
        elif _LACKING.search(_BRACKETS.sub("x", plain)):
            yield Problem(place, f"its formula lacks an operand: {text[:60]}")


def references_lead_to_sheets(facts: Facts) -> Iterator[Problem]:
    """Every sheet that a formula, a name or a chart refers to is in this file, and no reference is lost."""
    known = {node.get("name").lower() for node in facts.book.all("sheet")}
    for place, text in written_formulas(facts):
        if "|" in _without_names(text):
            yield Problem(place, f"its formula reaches into another program: {text[:60]}")
        for name in sheets_referred_to(text):
            if "[" in name:
                yield Problem(place, f"its formula reaches into another file: {text[:60]}")
            elif name.lower() not in known:
                yield Problem(place, f"its formula refers to a sheet {name!r}, which is not there.")
        if "#REF!" in _TEXT.sub("", text):
            yield Problem(place, f"its formula refers to cells that are gone: {text[:60]}")


def sheets_referred_to(formula: str) -> Iterator[str]:
    """Yield the names of the sheets in a formula; of a span of sheets both."""
    for match in _SHEET.finditer(_TEXT.sub("", formula)):
        name = match[1].replace("''", "'") if match[1] is not None else match[2]
        yield from name.split(":") if "[" not in name else [name]


def newer_functions_have_their_prefix(facts: Facts) -> Iterator[Problem]:
    """A function that Excel learned after 2007 is written with the prefix _xlfn, or Excel does not know it."""
    for place, text in written_formulas(facts):
        for name in {match[1].upper() for match in _FUNCTION.finditer(_without_names(text))} & NEWER_FUNCTIONS:
            yield Problem(place, f"its formula calls {name} without the prefix _xlfn, so Excel shows #NAME?.")


def _without_names(formula: str) -> str:
    """Return a formula without its texts and the quoted names of sheets, in which any sign may stand."""
    return _QUOTED_SHEET.sub("", _TEXT.sub("0", formula))


def shared_formulas_are_whole(facts: Facts) -> Iterator[Problem]:
    """A shared formula has a number of its own on its sheet and one range, which covers all its cells."""
    for sheet in facts.sheets:
        for number, group in sheet.cells.groups.items():
            place = f"{quoted(sheet.name)}!{group.place}, shared formula {number}"
            if group.unreadable:
                yield Problem(place, f"its range {group.unreadable!r} is none.")
            elif len(group.claims) != 1:
                yield Problem(place, f"{len(group.claims) or 'no'} cells say its range; one does.")
            else:
                top, left, bottom, right = group.claims[0]
                first, column, last, last_column = group.box
                if not (top <= first and left <= column and last <= bottom and last_column <= right):
                    yield Problem(place, "cells outside its range use it.")


def shared_formulas_stay_on_their_sheet(facts: Facts) -> Iterator[Problem]:
    """The format forbids other sheets and array constants in a shared formula."""
    for sheet in facts.sheets:
        for formula in sheet.cells.formulas:
            plain = _TEXT.sub("", formula.text)
            if formula.shared and ("!" in plain or "{" in plain):
                what = f"a shared formula has another sheet or an array constant: {formula.text[:60]}"
                yield Problem(f"{quoted(sheet.name)}!{formula.place}", what)
