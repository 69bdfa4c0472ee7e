"""What the frame of a sheet says of its cells: conditional formats and what may be typed, in both ways to write them.

OnlyOffice, and Excel for what is new, write them as extensions behind the sheet ("x14"); both ways mean the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element

from xlbackprop.workbook import quoted
from xlbackprop.xlsx.read.package import MAIN
from xlbackprop.xlsx.read.sheet import Area
from xlbackprop.xlsx.read.surroundings.seen import Rule
from xlbackprop.xlsx.read.surroundings.styles import Styles, change, colour
from xlbackprop.xlsx.read.surroundings.xml_tools import (
    EXTENDED,
    EXTENDED_TEXT,
    areas,
    formula_at,
    is_true,
    limited,
    name_reference,
)

ALWAYS = "always"


class _Placed(NamedTuple):
    """A rule as it is read, with what decides which of several is stronger."""

    priority: int
    rule: Rule


def read_rules(frame: Element, styles: Styles) -> list[Rule]:
    """Return the conditional formats that change what is seen, the strongest first, one for each area."""
    found: list[_Placed] = []
    for space in (MAIN, EXTENDED):
        for block in frame.iter(f"{space}conditionalFormatting"):
            where = list(areas(_placed(block)))
            for rule in block.iterfind(f"{space}cfRule"):
                shows, written = _shows(rule, space, styles), rule.get("priority", "")
                priority = int(written) if written.isdigit() else 0
                if not shows and is_true(rule, "stopIfTrue"):
                    shows = "nothing, and what comes after it neither"
                if shows:
                    found += (_Placed(priority, Rule(a, _condition(rule, space, where[0], a), shows)) for a in where)
                limited("conditional formats", len(found))
    return [placed.rule for placed in sorted(found, key=lambda placed: placed.priority)]


def _placed(element: Element) -> str:
    """Return the references of the cells of a rule, in either of the two ways."""
    return element.get("sqref") or element.findtext(f"{EXTENDED_TEXT}sqref") or ""


def _shows(rule: Element, space: str, styles: Styles) -> str:
    kind = rule.get("type", "")
    if kind in ("expression", "cellIs") or rule.get("dxfId") or rule.find(f"{EXTENDED}dxf") is not None:
        inside = rule.find(f"{EXTENDED}dxf")
        return styles.change(rule.get("dxfId")) if inside is None else change(inside)
    if (scale := rule.find(f"{space}colorScale")) is None:
        return kind
    limits = [_limit(each) for each in scale.iterfind(f"{space}cfvo")]
    colours = [colour(each) for each in scale.iterfind(f"{space}color")]
    return scale_shown(limits, colours)


def _limit(point: Element) -> str:
    written = point.get("val") or point.findtext(f"{EXTENDED_TEXT}f") or ""
    kind = point.get("type", "")
    return name_reference(written) if kind in ("num", "formula") else f"{kind} {written}"


def scale_shown(limits: list[str], colours: list[str]) -> str:
    """Return the words for a colour scale: "9DC3E6 at -$M$5, FFFFFF at 0, F6B26B at $M$5"."""
    return ", ".join(f"{each} at {limit}" for each, limit in zip(colours, limits, strict=False))


def _condition(rule: Element, space: str, origin: Area, area: Area) -> str:
    if rule.find(f"{space}colorScale") is not None:
        return ALWAYS
    tag = f"{MAIN}formula" if space == MAIN else f"{EXTENDED_TEXT}f"
    formulas = [formula_at(each.text or "", origin, area) for each in rule.iterfind(tag)]
    kind = rule.get("type", "")
    words = [] if kind == "expression" else [kind, rule.get("operator", ""), rule.get("rank", "")]
    return " ".join(filter(None, [*words, *formulas]))


# ------------------------------------------------------------------------------------------------ what may be typed in


def read_validations(frame: Element, sheet: str) -> dict[Area, str]:
    """Return what may be typed into each area of a sheet that has a rule for it, in words."""
    own = f"{quoted(sheet)}!"  # some programs write it before the cells of a menu
    found: dict[Area, str] = {}
    for space in (MAIN, EXTENDED):
        for each in frame.iter(f"{space}dataValidation"):
            where = list(areas(_placed(each)))
            for area in where:
                if words := _validation(each, space, where[0], area).replace(f"list {own}", "list ", 1):
                    found[area] = f"{found[area]}; {words}" if area in found else words
            limited("validations", len(found))
    return found


def _validation(each: Element, space: str, origin: Area, area: Area) -> str:
    kind, prompt = each.get("type", "none"), ""
    if is_true(each, "showInputMessage"):
        prompt = _alert(each.get("promptTitle", ""), each.get("prompt", ""))
    allowed = "" if kind == "none" else validation_shown(
        kind,
        each.get("operator", "between"),
        list(_bounds(each, space, origin, area)),
        _alert(each.get("errorTitle", ""), each.get("error", "")),
        strict=is_true(each, "showErrorMessage") and each.get("errorStyle", "stop") == "stop",
        menu=not is_true(each, "showDropDown"),
    )  # fmt: skip
    return ", ".join(filter(None, (allowed, prompt and f"prompt {prompt}")))


def _bounds(each: Element, space: str, origin: Area, area: Area) -> Iterator[str]:
    for tag in ("formula1", "formula2"):
        bound = each.find(f"{space}{tag}")
        if bound is not None:
            inside = bound.text if space == MAIN else bound.findtext(f"{EXTENDED_TEXT}f", "")
            yield formula_at(inside or "", origin, area)


def _alert(title: str, text: str) -> str:
    return ": ".join(filter(None, (title, text)))


def validation_shown(
    kind: str, operator: str, bounds: list[str], alert: str, *, strict: bool = True, menu: bool = True
) -> str:
    """Return the words for what may be typed: "decimal between 0 and 9.99e+307, else the alert w1: …"."""
    if kind == "list":
        allowed = f"list {bounds[0] if bounds else ''}{'' if menu else ' without its menu'}"
    else:
        allowed = f"{kind} {operator} {' and '.join(bounds)}"
    return f"{allowed}, {'else the alert' if strict else 'anything else after the alert'} {alert}"
