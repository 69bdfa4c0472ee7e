"""Rules about the workbook part, the styles and the shared texts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from tests.lint.cell_facts import MAX_TEXT
from tests.lint.facts import Facts, Node, whole_number
from xlbackprop.errors import Problem
from xlbackprop.workbook import MAX_COLUMNS, MAX_ROWS, quoted, sheet_name_fault
from xlbackprop.xlsx.read import column_number

MAX_NAME = 255  # characters of a defined name
MAX_FORMAT = 255  # characters of a number format
MAX_STYLES = 65_490
FIRST_OWN_FORMAT = 164  # number formats below are built in
_COUNTED = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs")
_COUNTED_ON_SHEETS = ("mergeCells", "dataValidations")
_NAME = re.compile(r"[^\W\d][\w.?\\]*|\\[\w.?\\]*")
_CELL_LIKE = re.compile(r"([A-Za-z]{1,3})([0-9]+)")
_ROW_COLUMN_LIKE = re.compile(r"[rR][0-9]*([cC][0-9]*)?|[cC][0-9]*")
_LITERAL = re.compile(r'"[^"]*"|\\.')


def sheet_names_are_legal(facts: Facts) -> Iterator[Problem]:
    """Sheet names are legal, at most 31 characters, not that of Excel's own History, and there once."""
    names = [node.get("name") for node in facts.book.all("sheet")]
    if not names:
        yield Problem(facts.book_part, "it has no sheet.")
    for name in names:
        if fault := sheet_name_fault(name):
            yield Problem(facts.book_part, f"the sheet name {name!r} is not allowed: {fault}.")
        elif name.lower() == "history":
            yield Problem(facts.book_part, f"Excel keeps the sheet name {name!r} for itself.")
    for name, times in Counter(name.lower() for name in names).items():
        if times > 1:
            yield Problem(facts.book_part, f"{times} sheets have the name {name!r}; capitals do not count.")


def sheets_are_told_apart(facts: Facts) -> Iterator[Problem]:
    """Each sheet has a number and a part of its own, one can be seen, and the one to open first is there."""
    sheets = [*facts.book.all("sheet")]
    for attribute in ("sheetId", "r:id"):
        for value, times in Counter(node.get(attribute) for node in sheets).items():
            if times > 1:
                yield Problem(facts.book_part, f"{times} sheets have the {attribute} {value!r}.")
    if sheets and all(node.get("state", "visible") != "visible" for node in sheets):
        yield Problem(facts.book_part, "every sheet is hidden.")
    for view in facts.book.all("workbookView"):
        for attribute in ("activeTab", "firstSheet"):
            if not 0 <= view.number(attribute) < max(1, len(sheets)):
                yield Problem(
                    facts.book_part, f"{attribute} is {view.get(attribute)}, and there are {len(sheets)} sheets."
                )


def defined_names_are_legal(facts: Facts) -> Iterator[Problem]:
    """Defined names begin with a letter, look like no cell, are there once a scope and stand for something."""
    sheets = len([*facts.book.all("sheet")])
    seen: set[tuple[str, str]] = set()
    for node in facts.book.all("definedName"):
        name, scope = node.get("name"), node.get("localSheetId")
        place = f"defined name {name}"
        if fault := _name_fault(name):
            yield Problem(place, fault)
        if (name.lower(), scope) in seen:
            yield Problem(place, "it is defined twice; capitals do not count.")
        seen.add((name.lower(), scope))
        if scope and not 0 <= node.number("localSheetId") < sheets:
            yield Problem(place, f"it belongs to sheet number {scope}, which is not there.")
        if not node.text.strip():
            yield Problem(place, "it stands for nothing.")


def _name_fault(name: str) -> str:
    if len(name) > MAX_NAME:
        return f"it has {len(name)} characters, {MAX_NAME} are allowed."
    if not _NAME.fullmatch(name):
        return "a name begins with a letter, _ or \\, and has letters, digits, _ and . only."
    cell = _CELL_LIKE.fullmatch(name)
    if cell and column_number(cell[1].upper()) <= MAX_COLUMNS and 1 <= int(cell[2][:8]) <= MAX_ROWS:
        return "it looks like a cell."
    return "it looks like a cell in the R1C1 notation." if _ROW_COLUMN_LIKE.fullmatch(name) else ""


def counts_are_true(facts: Facts) -> Iterator[Problem]:
    """A list that says how many entries it has is right."""
    looked_at: list[tuple[Node, str, tuple[str, ...]]] = [(facts.styles, "styles", _COUNTED)]
    looked_at += [(sheet.around, quoted(sheet.name), _COUNTED_ON_SHEETS) for sheet in facts.sheets]
    for tree, place, tags in looked_at:
        for node in tree.children:
            if node.tag in tags and "count" in node.attributes and node.number("count") != len(node.children):
                yield Problem(place, f"{node.tag} says {node.get('count')} entries and has {len(node.children)}.")
    texts = facts.linked(facts.book_part, "sharedStrings")
    if texts is not None and texts.number("uniqueCount", len(texts.children)) != len(texts.children):
        yield Problem("shared texts", f"it says {texts.get('uniqueCount')} texts and has {len(texts.children)}.")


def styles_refer_to_what_is_there(facts: Facts) -> Iterator[Problem]:
    """The font, fill, border, number format and base of every cell style are there."""
    styles = facts.styles
    sizes = {tag: _size(styles, tag) for tag in _COUNTED}
    own = {node.number("numFmtId") for node in styles.first("numFmts").children}
    for kind in ("cellStyleXfs", "cellXfs"):
        for number, style in enumerate(styles.first(kind).children):
            place = f"styles, {kind} {number}"
            for attribute, tag in (("fontId", "fonts"), ("fillId", "fills"), ("borderId", "borders")):
                if not 0 <= style.number(attribute) < sizes[tag]:
                    yield Problem(place, f"{attribute} is {style.get(attribute)}, and there are {sizes[tag]} {tag}.")
            form = style.number("numFmtId")
            if form < 0 or (form >= FIRST_OWN_FORMAT and form not in own):
                yield Problem(place, f"there is no number format {style.get('numFmtId')}.")
            if kind == "cellXfs" and not 0 <= style.number("xfId") < max(1, sizes["cellStyleXfs"]):
                yield Problem(place, f"there is no base style {style.get('xfId')}.")
    for style in styles.first("cellStyles").children:
        if not 0 <= style.number("xfId") < sizes["cellStyleXfs"]:
            yield Problem("styles", f"the style {style.get('name')!r} has no base {style.get('xfId')}.")
    if sizes["cellXfs"] > MAX_STYLES:
        yield Problem("styles", f"there are {sizes['cellXfs']:,} cell styles; {MAX_STYLES:,} are allowed.")


def _size(styles: Node, tag: str) -> int:
    return len(styles.first(tag).children)


def number_formats_are_legal(facts: Facts) -> Iterator[Problem]:
    """A number format has a number of its own, at most 255 characters and 4 sections, and what it opens it closes."""
    formats = facts.styles.first("numFmts").children
    for number, times in Counter(node.get("numFmtId") for node in formats).items():
        if times > 1:
            yield Problem("styles", f"{times} number formats have the number {number}.")
    for node in formats:
        code = node.get("formatCode")
        plain = _LITERAL.sub("", code)
        if len(code) > MAX_FORMAT or '"' in plain or plain.count("[") != plain.count("]") or plain.count(";") > 3:
            yield Problem("styles", f"the number format {code[:60]!r} cannot be understood.")


def cell_styles_are_there(facts: Facts) -> Iterator[Problem]:
    """The style of every cell, row and column is there."""
    size = _size(facts.styles, "cellXfs")
    for sheet in facts.sheets:
        columns = {node.get("style", "0"): f"column {node.get('min')}" for node in sheet.around.first("cols").children}
        for styles in (sheet.cells.cell_styles, sheet.cells.row_styles, columns):
            for number, place in styles.items():
                if not 0 <= whole_number(number) < max(1, size):
                    yield Problem(f"{quoted(sheet.name)}!{place}", f"its style is {number}, and there are {size}.")


def conditional_styles_are_there(facts: Facts) -> Iterator[Problem]:
    """The look that a conditional format gives is there."""
    size = _size(facts.styles, "dxfs")
    for sheet in facts.sheets:
        for node in sheet.around.all("cfRule"):
            if not 0 <= node.number("dxfId") < max(1, size):
                what = f"a conditional format has the look {node.get('dxfId')}, and there are {size}."
                yield Problem(quoted(sheet.name), what)


def shared_texts_are_there(facts: Facts) -> Iterator[Problem]:
    """The text that a cell refers to is there, and no text is too long for a cell."""
    texts = facts.linked(facts.book_part, "sharedStrings") or Node("sst", {})
    size = len(texts.children)
    for sheet in facts.sheets:
        number, place = sheet.cells.highest_text
        if number >= size:
            yield Problem(f"{quoted(sheet.name)}!{place}", f"it shows text number {number}, and there are {size}.")
        for long in sheet.cells.long_texts.places:
            yield Problem(f"{quoted(sheet.name)}!{long}", f"its text is longer than {MAX_TEXT:,} characters.")
    for number, item in enumerate(texts.children):
        if sum(len(node.text) for node in item.all("t")) > MAX_TEXT:
            yield Problem("shared texts", f"text number {number} is longer than {MAX_TEXT:,} characters.")
