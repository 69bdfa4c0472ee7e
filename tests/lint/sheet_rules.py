"""Rules about the cells of a sheet and what is said of them: their order and values, ranges, columns, menus, links."""

from __future__ import annotations

from collections.abc import Iterator

from tests.lint.cell_facts import Cases, as_number
from tests.lint.facts import Facts, SheetFacts
from tests.lint.formula_rules import sheets_referred_to
from xlbackprop.errors import Problem
from xlbackprop.workbook import MAX_COLUMNS, quoted
from xlbackprop.xlsx.read import Block, DamagedWorkbook, block_of

MAX_TYPED_LIST = 255  # characters of a list of choices that is typed into the rule itself
MAX_MESSAGE = 255  # characters of what appears beside a cell
MESSAGES = {"errorTitle": 32, "promptTitle": 32, "error": MAX_MESSAGE, "prompt": MAX_MESSAGE}
MAX_HEADER = 255  # characters of a header or footer, codes included
MAX_HYPERLINKS = 65_530  # a sheet
KINDS = ("n", "s", "str", "b", "e", "inlineStr", "d")
_RANGES = ("ref", "sqref", "activeCell", "topLeftCell")


def _cases(sheet: SheetFacts, cases: Cases, what: str) -> Iterator[Problem]:
    for place in cases.places:
        yield Problem(f"{quoted(sheet.name)}!{place}", what)
    if cases.count > len(cases.places):
        yield Problem(quoted(sheet.name), f"{cases.count:,} cells in all: {what}")


def cells_stand_in_order(facts: Facts) -> Iterator[Problem]:
    """Rows and cells go down and to the right, none comes twice, and each is on the sheet and in its row."""
    for sheet in facts.sheets:
        yield from _cases(sheet, sheet.cells.disordered, "it stands behind a later one, or twice.")
        yield from _cases(sheet, sheet.cells.misplaced, "it stands in another row than it says.")
        yield from _cases(sheet, sheet.cells.unplaced, "no sheet has such a cell.")
        yield from _cases(sheet, sheet.cells.tall_rows, "a row is at most 409.5 points high and 7 levels deep.")


def values_are_of_their_kind(facts: Facts) -> Iterator[Problem]:
    """A number is a number, an error one of Excel's and stored as an error, and every kind of value is known."""
    for sheet in facts.sheets:
        yield from _cases(sheet, sheet.cells.wrong_values, "its value is not of the kind that it says.")
        yield from _cases(sheet, sheet.cells.errors_as_text, "its value is an error that is stored as a text.")
        for kind, place in sheet.cells.kinds.items():
            if kind not in KINDS:
                yield Problem(f"{quoted(sheet.name)}!{place}", f"there is no kind of value {kind!r}.")


def formulas_have_values(facts: Facts) -> Iterator[Problem]:
    """Every formula has its value stored: previews, phones and Protected View calculate nothing."""
    for sheet in facts.sheets:
        yield from _cases(sheet, sheet.cells.without_value, "its formula has no stored value.")


def the_dimension_covers_the_cells(facts: Facts) -> Iterator[Problem]:
    """The range that a sheet says it has covers its cells: some programs read no further."""
    for sheet in facts.sheets:
        said = sheet.around.first("dimension").get("ref")
        try:
            block = block_of(said) if said else sheet.cells.box
        except DamagedWorkbook:
            continue  # told by the rule about ranges
        if sheet.cells.box[2] and not _covers(block, sheet.cells.box):
            yield Problem(quoted(sheet.name), f"its dimension is {said}, and it has cells outside of that.")


def _covers(outer: Block, inner: Block) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def ranges_are_on_the_sheet(facts: Facts) -> Iterator[Problem]:
    """Every range that something on a sheet belongs to is one that a sheet has."""
    for sheet in facts.sheets:
        for node in sheet.around.all():
            for name in _RANGES:
                for text in node.get(name).split():
                    if _block(text) is None:
                        yield Problem(quoted(sheet.name), f"{node.tag} has the range {text!r}, which no sheet has.")


def _block(text: str) -> Block | None:
    try:
        return block_of(text)
    except DamagedWorkbook:
        return None


def merged_cells_do_not_overlap(facts: Facts) -> Iterator[Problem]:
    """No cell is in two merged ranges."""
    for sheet in facts.sheets:
        blocks = [(_block(node.get("ref")), node.get("ref")) for node in sheet.around.all("mergeCell")]
        known = sorted((block, ref) for block, ref in blocks if block is not None)
        for index, (block, ref) in enumerate(known):
            for other, other_ref in known[index + 1 :]:
                if other[0] > block[2]:
                    break  # it and all that follow begin below
                if other[1] <= block[3] and block[1] <= other[3]:
                    yield Problem(
                        f"{quoted(sheet.name)}!{ref}", f"it is merged, and so is {other_ref}, which overlaps."
                    )


def columns_are_told_once(facts: Facts) -> Iterator[Problem]:
    """What is said of columns goes to the right without overlaps; a column is at most 255 wide, 7 levels deep."""
    for sheet in facts.sheets:
        last = 0
        for node in sheet.around.first("cols").children:
            first, end = node.number("min"), node.number("max")
            if not last < first <= end <= MAX_COLUMNS:
                yield Problem(quoted(sheet.name), f"columns {first} to {end} are out of order or told twice.")
            last = max(last, end)
            if as_number(node.get("width", "0")) > 255 or node.number("outlineLevel") > 7:
                yield Problem(quoted(sheet.name), f"column {first} is wider than 255 or deeper than 7 levels.")


def menus_and_messages_are_short(facts: Facts) -> Iterator[Problem]:
    """A menu typed into its rule has at most 255 characters, titles 32, messages 255; a rule has what it compares."""
    for sheet in facts.sheets:
        for node in sheet.around.all("dataValidation"):
            place = f"{quoted(sheet.name)}!{node.get('sqref')}"
            first = node.first("formula1").text.strip()
            if node.get("type", "none") != "none" and not first:
                yield Problem(place, "what may be typed there is compared with nothing.")
            if first.startswith('"') and len(first) - 2 > MAX_TYPED_LIST:
                yield Problem(place, f"its menu has {len(first) - 2} characters; {MAX_TYPED_LIST} are allowed.")
            for name, most in MESSAGES.items():
                if len(node.get(name)) > most:
                    yield Problem(place, f"its {name} has {len(node.get(name))} characters; {most} are allowed.")


def conditions_are_told_apart(facts: Facts) -> Iterator[Problem]:
    """Each conditional format of a sheet has a rank of its own, and one with a formula has its formula."""
    for sheet in facts.sheets:
        seen: set[str] = set()
        for node in sheet.around.all("cfRule"):
            rank = node.get("priority")
            if rank in seen or not rank.isdecimal() or rank == "0":
                yield Problem(quoted(sheet.name), f"a conditional format has the rank {rank!r}, not one of its own.")
            seen.add(rank)
            if node.get("type") in ("expression", "cellIs") and not node.first("formula").text.strip():
                yield Problem(quoted(sheet.name), "a conditional format has no formula.")


def jumps_lead_somewhere(facts: Facts) -> Iterator[Problem]:
    """A hyperlink leads to a sheet, a defined name or an address; its words are at most 255 characters."""
    sheets = {node.get("name").lower() for node in facts.book.all("sheet")}
    names = {node.get("name").lower() for node in facts.book.all("definedName")}
    for sheet in facts.sheets:
        links = [*sheet.around.all("hyperlink")]
        for node in links:
            place, location = f"{quoted(sheet.name)}!{node.get('ref')}", node.get("location")
            targets = [*sheets_referred_to(location)]
            if not location and "r:id" not in node.attributes:
                yield Problem(place, "its link leads nowhere.")
            elif location and "r:id" not in node.attributes:
                lost = any(name.lower() not in sheets for name in targets)
                if lost or (
                    not targets and location.lower() not in names and _block(location.replace("$", "")) is None
                ):
                    yield Problem(place, f"its link leads to {location}, which is not there.")
            if max(len(node.get(name)) for name in ("display", "tooltip")) > MAX_MESSAGE:
                yield Problem(place, f"the words of its link are longer than {MAX_MESSAGE} characters.")
        if len(links) > MAX_HYPERLINKS:
            yield Problem(quoted(sheet.name), f"it has {len(links):,} links; {MAX_HYPERLINKS:,} are allowed.")


def headers_and_footers_are_short(facts: Facts) -> Iterator[Problem]:
    """What is printed above and below a page has at most 255 characters, its codes included."""
    for sheet in facts.sheets:
        for node in sheet.around.first("headerFooter").children:
            if len(node.text) > MAX_HEADER:
                what = f"its {node.tag} has {len(node.text)} characters; {MAX_HEADER} are allowed."
                yield Problem(quoted(sheet.name), what)
