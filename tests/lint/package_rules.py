"""Rules about the parts of a file, what refers to what, and what must not be in it."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator

from tests.lint.facts import CONTENT_TYPES, Facts, Node
from xlbackprop.errors import Problem

_MAIN = "application/vnd.openxmlformats-officedocument."
# What the part behind a relationship of this kind must be; programs look at one or the other.
_TYPES = {
    "officeDocument": f"{_MAIN}spreadsheetml.sheet.main+xml",
    "worksheet": f"{_MAIN}spreadsheetml.worksheet+xml",
    "styles": f"{_MAIN}spreadsheetml.styles+xml",
    "sharedStrings": f"{_MAIN}spreadsheetml.sharedStrings+xml",
    "theme": f"{_MAIN}theme+xml",
    "drawing": f"{_MAIN}drawing+xml",
    "chart": f"{_MAIN}drawingml.chart+xml",
    "comments": f"{_MAIN}spreadsheetml.comments+xml",
    "vmlDrawing": f"{_MAIN}vmlDrawing",
    "core-properties": "application/vnd.openxmlformats-package.core-properties+xml",
    "extended-properties": f"{_MAIN}extended-properties+xml",
    "custom-properties": f"{_MAIN}custom-properties+xml",
}
# Kinds of relationships that bring programs, other files or data from elsewhere with them.
_LIVE = ("vbaProject", "externalLink", "oleObject", "control", "connections", "queryTable", "customUI", "xlMacrosheet")


def parts_can_be_read(facts: Facts) -> Iterator[Problem]:
    """Every part unpacks and is XML without a document type."""
    for part, reason in facts.damaged.items():
        yield Problem(part, f"it cannot be read: {reason}.")


def parts_are_there_once(facts: Facts) -> Iterator[Problem]:
    """No two parts have one name; capitals do not count. Programs differ in which of the two they read."""
    for name, times in Counter(name.lower() for name in facts.parts).items():
        if times > 1:
            yield Problem(name, f"the file has {times} parts of this name.")


def parts_have_types(facts: Facts) -> Iterator[Problem]:
    """[Content_Types].xml gives every part a type, and names no part that is not there, or one twice."""
    types = facts.trees.get(CONTENT_TYPES, Node("Types", {}))
    endings = {node.get("Extension").lower() for node in types.all("Default")}
    named = Counter(node.get("PartName").lower() for node in types.all("Override"))
    there = {f"/{name.lower()}" for name in facts.parts}
    for name in facts.parts:
        if name != CONTENT_TYPES and f"/{name.lower()}" not in named and _ending(name) not in endings:
            yield Problem(CONTENT_TYPES, f"it gives {name} no type.")
    for name, times in named.items():
        if name not in there:
            yield Problem(CONTENT_TYPES, f"it names the part {name}, which is not there.")
        elif times > 1:
            yield Problem(CONTENT_TYPES, f"it gives {name} {times} types.")


def types_fit_the_links(facts: Facts) -> Iterator[Problem]:
    """A part has the type that the relationship which leads to it speaks of."""
    types = facts.trees.get(CONTENT_TYPES, Node("Types", {}))
    named = {node.get("PartName").lower(): node.get("ContentType") for node in types.all("Override")}
    endings = {node.get("Extension").lower(): node.get("ContentType") for node in types.all("Default")}
    for source, links in facts.links.items():
        for link in links:
            found = named.get(f"/{link.part.lower()}", endings.get(_ending(link.part), ""))
            wanted = _TYPES.get(link.kind, found)
            if not link.external and found and found.lower() != wanted.lower() and not _is_macro_book(found):
                yield Problem(source or "_rels/.rels", f"it uses {link.part} as {link.kind}, but its type is {found}.")


def links_lead_to_parts(facts: Facts) -> Iterator[Problem]:
    """Every relationship leads to a part that is there, has an id of its own and a relative target.

    Absolute targets are allowed, and some programs cannot follow them.
    """
    there = set(facts.parts)
    for source, links in facts.links.items():
        place = source or "_rels/.rels"
        for key, times in Counter(link.key for link in links).items():
            if times > 1:
                yield Problem(place, f"{times} of its relationships have the id {key}.")
        for link in links:
            if not link.external and link.part not in there:
                yield Problem(place, f"it refers to {link.written}, which is not there.")
            elif not link.external and link.written.startswith("/"):
                yield Problem(
                    place, f"it refers to {link.written} by an absolute path, which some programs cannot follow."
                )


def ids_have_links(facts: Facts) -> Iterator[Problem]:
    """Every id that a part uses is that of one of its relationships."""
    for part, tree in facts.trees.items():
        known = {link.key for link in facts.links.get(part, [])}
        for node in tree.all():
            for name, key in node.attributes.items():
                if name.startswith("r:") and key and key not in known:
                    yield Problem(part, f"its element {node.tag} refers to {key}, and it has no such relationship.")


def parts_are_reached(facts: Facts) -> Iterator[Problem]:
    """Something refers to every part; what nothing refers to, no program shows."""
    waiting = [""]
    reached = {CONTENT_TYPES}
    while waiting:
        for link in facts.links.get(waiting.pop(), []):
            if not link.external and link.part not in reached:
                reached.add(link.part)
                waiting.append(link.part)
    for name in facts.parts:
        if name not in reached and not name.endswith(".rels"):
            yield Problem(name, "nothing refers to this part.")


def links_are_used(facts: Facts) -> Iterator[Problem]:
    """A sheet's drawing and the charts of a drawing are used where they should be shown, not only related to."""
    for part, tree in facts.trees.items():
        used = {key for node in tree.all() for name, key in node.attributes.items() if name.startswith("r:")}
        for link in facts.links.get(part, []):
            if link.kind in ("drawing", "vmlDrawing", "chart", "image", "worksheet") and link.key not in used:
                yield Problem(part, f"it has a relationship to {link.part} and does not show it.")


def nothing_runs_or_reaches_out(facts: Facts) -> Iterator[Problem]:
    """No macro, no embedded object, no other workbook and no connection: only hyperlinks lead outside."""
    for source, links in facts.links.items():
        for link in links:
            if link.kind in _LIVE or (link.external and link.kind != "hyperlink"):
                yield Problem(source or "_rels/.rels", f"it brings {link.kind} with it: {link.written}.")
    for name in facts.parts:
        if posixpath.basename(name).lower().startswith("vbaproject"):
            yield Problem(name, "it holds macros.")


def _ending(name: str) -> str:
    return name.lower().rpartition(".")[2]


def _is_macro_book(content_type: str) -> bool:
    """Templates and workbooks with macros have other types; the macros themselves are told elsewhere."""
    return content_type.endswith(("macroEnabled.main+xml", "template.main+xml"))
