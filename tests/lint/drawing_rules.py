"""Rules about what lies above the cells: drawings, charts, notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.lint.facts import Facts, Node, whole_number
from xlbackprop.errors import Problem
from xlbackprop.workbook import MAX_COLUMNS, MAX_ROWS, address, quoted
from xlbackprop.xlsx.read import DamagedWorkbook, place_of


def _drawings(facts: Facts) -> Iterator[tuple[str, Node]]:
    for sheet in facts.sheets:
        yield from facts.all_linked(sheet.part, "drawing")


def drawings_lie_on_the_sheet(facts: Facts) -> Iterator[Problem]:
    """What is drawn begins and ends in cells that a sheet has, ends behind its beginning, and is not smaller than 0."""
    for part, tree in _drawings(facts):
        for anchor in tree.children:
            corners = [
                (_count(node, "row"), _count(node, "col")) for node in anchor.children if node.tag in ("from", "to")
            ]
            if any(not (0 <= row < MAX_ROWS and 0 <= column < MAX_COLUMNS) for row, column in corners):
                yield Problem(part, "something is drawn where no sheet has a cell.")
            elif len(corners) == 2 and (corners[0][0] > corners[1][0] or corners[0][1] > corners[1][1]):
                yield Problem(part, "something that is drawn ends before it begins.")
            sizes = [
                node.number(side) for node in anchor.all("ext") if "cx" in node.attributes for side in ("cx", "cy")
            ]
            if any(size < 0 for size in sizes):
                yield Problem(part, "something that is drawn has a negative size.")


def _count(node: Node, tag: str) -> int:
    return whole_number(node.first(tag).text)


def drawn_things_have_their_own_number(facts: Facts) -> Iterator[Problem]:
    """Everything in a drawing has a number and a name, and the number is its own."""
    for part, tree in _drawings(facts):
        things = [*tree.all("cNvPr")]
        for number, times in Counter(node.get("id") for node in things).items():
            if times > 1 or not number.isdecimal():
                yield Problem(part, f"{times} things that are drawn have the number {number!r}.")
        if any(not node.get("name") for node in things):
            yield Problem(part, "something that is drawn has no name.")


def charts_keep_what_they_count(facts: Facts) -> Iterator[Problem]:
    """The numbers that a chart keeps are in order and not more than it says; each curve has a number of its own."""
    for drawing, _ in _drawings(facts):
        for part, chart in facts.all_linked(drawing, "chart"):
            for cache in chart.all("numCache", "strCache"):
                said = cache.first("ptCount").number("val")
                places = [node.number("idx", -1) for node in cache.children if node.tag == "pt"]
                if places != sorted(set(places)) or (places and not 0 <= places[0] <= places[-1] < said):
                    yield Problem(part, f"a curve says that it keeps {said} points, and keeps others.")
            for tag in ("idx", "order"):
                numbers = [node.get("val") for curve in chart.all("ser") for node in curve.children if node.tag == tag]
                if len(set(numbers)) < len(numbers):
                    yield Problem(part, f"two of its curves have the same {tag}.")


def chart_axes_meet(facts: Facts) -> Iterator[Problem]:
    """Every axis that a chart or another axis names is there."""
    for drawing, _ in _drawings(facts):
        for part, chart in facts.all_linked(drawing, "chart"):
            plot = chart.first("plotArea")
            axes = [node for node in plot.children if node.tag.endswith("Ax")]
            known = {node.first("axId").get("val") for node in axes}
            named = {node.get("val") for node in plot.all("axId", "crossAx")}
            for missing in sorted(named - known):
                yield Problem(part, f"it has no axis {missing}.")


def notes_have_their_boxes(facts: Facts) -> Iterator[Problem]:
    """Each note of a sheet has a box that shows it, each box a note, and each note an author; none comes twice."""
    for sheet in facts.sheets:
        notes = facts.linked(sheet.part, "comments")
        boxes = facts.linked(sheet.part, "vmlDrawing")
        authors = len(notes.first("authors").children) if notes else 0
        noted = Counter(node.get("ref") for node in notes.all("comment")) if notes else Counter[str]()
        boxed = Counter(_boxed(boxes)) if boxes else Counter[str]()
        for ref in sorted(noted.keys() | boxed.keys()):
            place = f"{quoted(sheet.name)}!{ref}"
            if noted[ref] != 1 or boxed[ref] != 1:
                yield Problem(place, f"it has {noted[ref]} notes and {boxed[ref]} boxes to show them.")
            elif not _is_place(ref):
                yield Problem(place, "it has a note, and no sheet has such a cell.")
        for node in notes.all("comment") if notes else ():
            if not 0 <= node.number("authorId") < authors:
                yield Problem(f"{quoted(sheet.name)}!{node.get('ref')}", "the author of its note is not there.")
        if noted and not any(node.tag == "legacyDrawing" for node in sheet.around.children):
            yield Problem(quoted(sheet.name), "it has notes and does not show their boxes.")


def _boxed(boxes: Node) -> Iterator[str]:
    """Yield the cells whose notes the boxes show."""
    for node in boxes.all("ClientData"):
        if node.get("ObjectType") == "Note":
            row, column = _count(node, "Row") + 1, _count(node, "Column") + 1
            yield address(row, column) if row and column else f"row {row}, column {column}"


def _is_place(ref: str) -> bool:
    try:
        place_of(ref)
    except DamagedWorkbook:
        return False
    return True
