"""Any program's .xlsx file → what a reader sees besides the contents of its cells.

A chart that leaves a row out, a column that is hidden or a number format that drops a minus changes no cell, and yet
misleads. What is read is brought to one form, so that files saved by different programs can be compared.

To add a kind of thing: a field in `seen.py`, its reading here or beside, and an entry in `proof/surroundings.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from xml.etree.ElementTree import Element

from xlbackprop.workbook import MAX_COLUMNS, quoted
from xlbackprop.xlsx.read.package import MAIN, DamagedWorkbook, Package
from xlbackprop.xlsx.read.sheet import LOWEST_ROW, Area, ReadSheet
from xlbackprop.xlsx.read.surroundings.drawings import read_drawings
from xlbackprop.xlsx.read.surroundings.notes_and_links import read_links, read_notes
from xlbackprop.xlsx.read.surroundings.number_formats import NumberFormat
from xlbackprop.xlsx.read.surroundings.rules import read_rules, read_validations
from xlbackprop.xlsx.read.surroundings.seen import FormatBand, Link, Rule, SeenChart, SheetSurroundings, Surroundings
from xlbackprop.xlsx.read.surroundings.styles import Styles, read_styles
from xlbackprop.xlsx.read.surroundings.xml_tools import EXTENDED, areas, is_true, limited, name_reference, versions

_NARROWEST = 1.0  # characters; a column that is narrower shows nothing
_CONTROL = re.compile(rb"""ObjectType=["'](?!Note\b)(\w+)""")
_BEHIND = {"picture": "a background picture", "controls": "form controls", "oleObjects": "objects of other programs"}


_SPARKLINES = f"{EXTENDED}sparklineGroup"

# Attributes by which a program shows something else of all cells: the element, the attribute, what it is where nothing
# is odd, and what is odd in words.
_OF_THE_BOOK = (
    ("workbookPr", "showObjects", ("all",), "charts and drawings are not shown"),
    ("workbookView", "visibility", ("visible",), "its window is hidden"),
    ("workbookView", "showSheetTabs", ("1", "true"), "the names of its sheets are not shown"),
)
_OF_A_SHEET = (
    ("sheetFormatPr", "zeroHeight", ("0", "false"), "rows without cells are hidden"),
    ("sheetView", "showFormulas", ("0", "false"), "formulas are shown instead of values"),
    ("sheetPr", "enableFormatConditionsCalculation", ("1", "true"), "conditional formats are not evaluated"),
    ("sheetPr", "transitionEvaluation", ("0", "false"), "formulas are read as those of Lotus 1-2-3"),
)


def _odd(root: Element, table: Iterable[tuple[str, str, tuple[str, ...], str]]) -> Iterator[str]:
    """Yield what is odd in the attributes of a workbook or a sheet, in words."""
    for tag, attribute, usual, words in table:
        if any(each.get(attribute, usual[0]) not in usual for each in root.iter(MAIN + tag)):
            yield words
    for each in root.iter(f"{MAIN}sheetFormatPr"):
        height, width = float(each.get("defaultRowHeight", "15")), float(each.get("defaultColWidth", "8"))
        if height < LOWEST_ROW or width < _NARROWEST:
            yield "rows or columns of no size of their own are hidden"


def read_surroundings(package: Package, sheets: Mapping[str, ReadSheet]) -> Surroundings:
    """Return what an open workbook has besides the contents of its cells; `sheets` are its sheets, already read.

    Raises DamagedWorkbook or ParseError, which `workbook_package` turns into an InputError.
    """
    styles = read_styles(package)
    book = package.tree(package.book)
    states = {each.get("name", ""): each.get("state", "visible") == "visible" for each in book.iter(f"{MAIN}sheet")}
    charts: dict[str, list[SeenChart]] = {}  # by their parts
    calculation = book.find(f"{MAIN}calcPr")
    return Surroundings(
        _names(book, list(states)),
        is_true(calculation, "fullPrecision", absent=True),
        calculation is not None and calculation.get("calcMode") == "manual",
        is_true(calculation, "iterate"),
        {
            name: _sheet(package, name, sheets[name], styles, charts, is_visible=visible) if name in sheets else None
            for name, visible in states.items()
        },
        tuple(_odd(book, _OF_THE_BOOK)),
    )


def _names(book: Element, sheets: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in book.iter(f"{MAIN}definedName"):
        name, local = each.get("name", "").lower(), each.get("localSheetId")
        if name.startswith("_xlnm."):  # print areas and the like
            continue
        if local is not None:
            owner = sheets[int(local)] if local.isdigit() and int(local) < len(sheets) else ""
            name = f"{quoted(owner)}!{name}"
        if name in found:
            raise DamagedWorkbook(f"it has two defined names {name!r}.")
        found[name] = name_reference(each.text or "")
        limited("defined names", len(found))
    return found


class _Framed(NamedTuple):
    """What the XML around the rows of a sheet says."""

    hidden_columns: list[range]
    merged: list[Area]
    rules: list[Rule]
    links: dict[Area, Link]
    validations: dict[Area, str]
    behind: list[str]


def _sheet(
    package: Package,
    name: str,
    sheet: ReadSheet,
    styles: Styles,
    charts: dict[str, list[SeenChart]],
    *,
    is_visible: bool,
) -> SheetSurroundings:
    part = package.sheets[name]
    framed, *others = [_framed(package, part, name, frame, styles) for frame in versions(sheet.frame)]
    drawn = read_drawings(package, part, charts)
    view = sheet.frame.find(f"{MAIN}sheetViews/{MAIN}sheetView")
    return SheetSurroundings(
        is_visible=is_visible,
        has_zeros=is_true(view, "showZeros", absent=True),
        hidden_rows=sheet.hidden_rows,
        hidden_columns=framed.hidden_columns,
        merged=framed.merged,
        formats=list(_formats(sheet, styles)),
        rules=framed.rules,
        notes=read_notes(package, part),
        links=framed.links,
        validations=framed.validations,
        charts=drawn.charts,
        drawings=drawn.drawings,
        behind=[*framed.behind, *_controls(package, part)],
        odd=tuple(_odd(sheet.frame, _OF_A_SHEET)),
        ambiguous=[*drawn.ambiguous, *("rules and links" for other in others if other != framed)],
    )


def _framed(package: Package, part: str, name: str, frame: Element, styles: Styles) -> _Framed:
    merged = [area for each in frame.iter(f"{MAIN}mergeCell") for area in areas(each.get("ref", ""))]
    limited("merged cells", len(merged))
    return _Framed(
        list(_hidden_columns(frame)),
        merged,
        read_rules(frame, styles),
        read_links(package, part, frame),
        read_validations(frame, name),
        [words for tag, words in _BEHIND.items() if next(frame.iter(MAIN + tag), None) is not None]
        + ["sparklines"] * (next(frame.iter(_SPARKLINES), None) is not None),
    )


def _hidden_columns(frame: Element) -> Iterator[range]:
    """Yield the hidden columns, from left to right; no two ranges have one in common."""
    found: list[tuple[int, int]] = []
    for each in frame.iter(f"{MAIN}col"):
        first, last, width = (each.get(name, "") for name in ("min", "max", "width"))
        narrow = width != "" and float(width) < _NARROWEST
        if (narrow or is_true(each, "hidden")) and first.isdigit() and last.isdigit():
            found.append((int(first), int(last)))
    limited("widths of columns", len(found))
    next_one = 1
    for begin, end in sorted(found):
        yield range(max(begin, next_one), min(end, MAX_COLUMNS) + 1)
        next_one = max(next_one, end + 1)


def _formats(sheet: ReadSheet, styles: Styles) -> Iterator[FormatBand]:
    known: dict[tuple[int, ...], list[NumberFormat]] = {}
    for band in sheet.bands:
        numbers = band.pattern.styles
        if numbers not in known:
            known[numbers] = [styles.format_of(number) for number in numbers]
        yield FormatBand(band.rows, band.pattern.columns, known[numbers])


def _controls(package: Package, part: str) -> Iterator[str]:
    """Yield the kinds of the form controls of a sheet, which are told in the language of the boxes of notes."""
    for drawing in package.parts_of(part, "vmlDrawing"):
        with package.open(drawing) as content:
            for kind in sorted(set(_CONTROL.findall(content.read()))):
                yield f"a control {kind.decode('ascii', 'replace')}"
