"""What belongs to cells: number formats, conditional formats, merged cells, what may be typed, notes, links."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, product

from xlbackprop.proof.around.sides import Both, Pair, meet
from xlbackprop.proof.around.surrounding import NOTHING, Surrounding, Weight, apart, cut, entries
from xlbackprop.workbook import FLAG_COLOURS, SCALE_COLOURS, Sheet, Validation, Value
from xlbackprop.xlsx.read import (
    ALWAYS,
    Area,
    Link,
    NumberFormat,
    Rule,
    areas,
    canonical_formula,
    chart_reference,
    formula_at,
    note_text,
    scale_shown,
    shown_format,
    validation_shown,
)

GENERAL = "General"
_PLAIN = re.compile(r"0\.0{2,}(?:E\+0{2})?")
_Unlike = tuple[Area, str, str]  # cells, the format that they should have, and theirs


def formats(both: Both) -> Iterator[Surrounding]:
    """Yield cells whose number format shows something else."""
    for pair in both.sheets:
        for area, expected, found in (*_formats_of_tables(pair), *_formats_of_cells(pair)):
            yield Surrounding(f"number format {pair.at(area)}", expected, found)


def _formats_of_tables(pair: Pair) -> Iterator[_Unlike]:
    for table in pair.sheet.tables:
        columns = [shown_format(filled.style.number_format) for filled in table.columns]
        first, left, stop = table.first_row, table.first_column, table.last_row + 1
        for band in pair.seen.formats:
            rows = range(max(band.rows.start, first), min(band.rows.stop, stop))
            if not rows:
                continue
            for column, found in zip(band.columns, band.formats, strict=True):
                if 0 <= (index := column - left) < len(columns) and found is not (expected := columns[index]):
                    filled = table.columns[index]
                    sample = filled.values[:1].tolist()[0]
                    area = Area(rows.start, column, rows.stop - 1, column)
                    yield from _unlike(area, expected, found, sample, filled.fill is not None)


def _formats_of_cells(pair: Pair) -> Iterator[_Unlike]:
    bands = pair.seen.formats
    starts = [band.rows.start for band in bands]
    here: dict[int, NumberFormat] = {}
    last_row = 0
    for (row, column), cell in pair.sheet.cells.items():
        if row != last_row:
            band = bands[index] if (index := bisect_right(starts, row) - 1) >= 0 else None
            here = dict(zip(band.columns, band.formats, strict=True)) if band is not None and row in band.rows else {}
            last_row = row
        found = here.get(column)
        if found is not None and found is not (expected := shown_format(cell.style.number_format)):
            yield from _unlike(Area(row, column, row, column), expected, found, cell.value, cell.formula is not None)


def _unlike(
    area: Area, expected: NumberFormat, found: NumberFormat, value: Value, is_formula: bool
) -> Iterator[_Unlike]:
    """Yield a cell with two formats where what it may hold looks otherwise: a text, a number, or both."""
    if value == "" and not is_formula:
        return
    if is_formula and expected.positive == GENERAL and _is_plain(found):
        return  # LibreOffice shows a General formula like the cells that it reads, and saves that when it recalculates
    is_text = isinstance(value, str)
    if (is_text and expected.text != found.text) or ((is_formula or not is_text) and expected[:3] != found[:3]):
        yield area, str(expected), str(found)


def _is_plain(found: NumberFormat) -> bool:
    """Return whether a format shows any number with its sign and two decimals at least: 0.0000, 0.000E+00."""
    has_sign = found.negative == shown_format(found.positive).negative
    return _PLAIN.fullmatch(found.positive) is not None and has_sign and found.zero in (found.positive, "0")


def rules(both: Both) -> Iterator[Surrounding]:
    """Yield conditional formats that are otherwise; one in the same area is taken for the one that should be there."""
    for pair in both.sheets:
        expected, found = list(_expected_rules(pair.sheet)), pair.seen.rules
        added: dict[Area, list[Rule]] = {}
        for rule in (Counter(found) - Counter(expected)).elements():
            added.setdefault(rule.area, []).append(rule)
        for rule in (Counter(expected) - Counter(found)).elements():
            what = f"conditional format {pair.at(rule.area)}"
            if others := added.get(rule.area):
                yield Surrounding(what, _ruled(rule), _ruled(others.pop(0)))
            else:
                yield Surrounding(what, _ruled(rule), NOTHING, Weight.LOST)
        for rule in chain.from_iterable(added.values()):
            weight = Weight.DIFFERENT if pair.holds(rule.area) else Weight.TOLD
            yield Surrounding(f"conditional format {pair.at(rule.area)}", NOTHING, _ruled(rule), weight)
        yield from _order_of_rules(pair, expected, found)


def _ruled(rule: Rule) -> str:
    return cut(f"{rule.shows} where {rule.condition}")


def _order_of_rules(pair: Pair, expected: Sequence[Rule], found: Sequence[Rule]) -> Iterator[Surrounding]:
    """Yield pairs of rules for one cell of which the other one is stronger in the file."""
    place = {rule: index for index, rule in reversed(list(enumerate(found)))}
    common = [rule for rule in dict.fromkeys(expected) if rule in place]
    for index, strong in enumerate(common):
        for weak in common[index + 1 :]:
            if place[weak] < place[strong] and strong.shows != weak.shows and meet(strong.area, weak.area):
                yield Surrounding(f"stronger rule {pair.at(weak.area)}", _ruled(strong), _ruled(weak))


def _expected_rules(sheet: Sheet) -> Iterator[Rule]:
    for flag in sheet.flags:
        colours = FLAG_COLOURS[flag.colour]
        first, *others = areas(flag.cells)
        for area in (first, *others):
            shows = f"letters {colours.text}, fill {colours.fill}"
            yield Rule(area, formula_at(flag.formula, first, area), shows)
    for reformat in sheet.reformats:
        first, *others = areas(reformat.cells)
        for area in (first, *others):
            shows = f"number format {shown_format(reformat.number_format)}"
            yield Rule(area, formula_at(reformat.formula, first, area), shows)
    for scale in sheet.scales:
        limits = [canonical_formula(limit) for limit in (f"-{scale.limit}", "0", scale.limit)]
        shows = scale_shown(limits, list(SCALE_COLOURS))
        yield from (Rule(area, ALWAYS, shows) for area in areas(scale.cells))


def notes(both: Both) -> Iterator[Surrounding]:
    """Yield notes with another text, and those that somebody added."""
    for pair in both.sheets:
        expected = {
            _cell_area(table.header_row, column): note_text(filled.note)
            for table in pair.sheet.tables
            for column, filled in enumerate(table.columns, table.first_column)
            if filled.note
        }
        yield from entries("note", expected, pair.seen.notes, pair.at, added=_if_ours(pair, Weight.TOLD))


def _cell_area(row: int, column: int) -> Area:
    return Area(row, column, row, column)


def _if_ours(pair: Pair, otherwise: Weight | None) -> Callable[[Area], Weight | None]:
    """Return the weight of what was added to an area: on the document's own cells it is a difference."""
    return lambda area: Weight.DIFFERENT if pair.holds(area) else otherwise


def links(both: Both) -> Iterator[Surrounding]:
    """Yield links that lead elsewhere, and those that somebody added."""
    for pair in both.sheets:
        expected = {
            _cell_area(*place): Link(chart_reference(cell.link))
            for place, cell in pair.sheet.cells.items()
            if cell.link is not None
        }
        found = pair.seen.links

        def weight(area: Area, pair: Pair = pair, found: Mapping[Area, Link] = found) -> Weight:
            return Weight.DIFFERENT if found[area].is_outer and pair.holds(area) else Weight.TOLD

        yield from entries("link", _linked(expected), _linked(found), pair.at, added=weight)


def _linked(links: Mapping[Area, Link]) -> dict[Area, str]:
    return {area: f"{link.target} {link.tip}".strip() for area, link in links.items()}


def validations(both: Both) -> Iterator[Surrounding]:
    """Yield cells with another rule for what may be typed; programs join and split the areas of these rules."""
    for pair in both.sheets:
        allowed = {
            place: words
            for each in pair.sheet.validations
            for words in [_allowed(each)]
            for top, left, bottom, right in areas(each.cells)
            for place in product(range(top, bottom + 1), range(left, right + 1))
        }
        for place, expected in allowed.items():
            here = _cell_area(*place)
            told = (words for area, words in pair.seen.validations.items() if meet(area, here))
            found = "; ".join(dict.fromkeys(told))  # exceljs tells some twice
            if not found:
                yield Surrounding(f"validation {pair.at(here)}", cut(expected), NOTHING, Weight.LOST)
            elif found != expected:
                yield Surrounding(f"validation {pair.at(here)}", *apart(expected, found))
        for area, words in pair.seen.validations.items():
            if pair.holds(area, but=allowed):
                yield Surrounding(f"validation {pair.at(area)}", NOTHING, cut(words))


def _allowed(validation: Validation) -> str:
    if validation.kind == "list":
        bounds = [canonical_formula(validation.source)]
    else:
        bounds = [canonical_formula(repr(bound)) for bound in validation.bounds]
    return validation_shown(validation.kind, "between", bounds, ": ".join(filter(None, validation.alert)))


def merged(both: Both) -> Iterator[Surrounding]:
    """Yield merged cells: what stands in any but the first of them is not seen."""
    for pair in both.sheets:
        expected = {area for each in pair.sheet.merged for area in areas(each)}
        for area in expected - {*pair.seen.merged}:
            yield Surrounding(f"merged cells {pair.at(area)}", "merged", NOTHING, Weight.LOST)
        for area in pair.seen.merged:
            rest = (area._replace(first_column=area.first_column + 1), area._replace(first_row=area.first_row + 1))
            if area not in expected and any(pair.holds(each) for each in rest):
                yield Surrounding(f"merged cells {pair.at(area)}", "apart", "merged")
