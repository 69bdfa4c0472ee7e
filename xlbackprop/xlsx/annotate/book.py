"""The workbook part with a new sheet in front of all others.

Names that belong to a sheet, and the windows, count the sheets from the first one; all else goes by their names or by
their own numbers, as the order of calculation (calcChain) does.
"""

from __future__ import annotations

from itertools import count

from xlbackprop.workbook import quoted
from xlbackprop.xlsx.annotate.revision import Revision
from xlbackprop.xlsx.annotate.sheet_cells import SheetXml
from xlbackprop.xlsx.annotate.splice import Node, Spliced
from xlbackprop.xlsx.read import DamagedWorkbook
from xlbackprop.xlsx.write import tag, words

MOST_LETTERS = 31  # of a sheet's name
MOST_NUMBER = 65_534  # of a sheet: what Excel counts to
_BEFORE_NAMES = (
    "fileVersion fileSharing workbookPr workbookProtection bookViews sheets functionGroups externalReferences"
)


class Book:
    """The workbook part, to which a first sheet is added."""

    def __init__(self, revision: Revision) -> None:
        """Read it. Raises DamagedWorkbook where it has no sheets."""
        self._revision = revision
        self._xml: Spliced = revision.spliced(revision.package.book)
        listed = self._xml.root.child("sheets")
        if listed is None or not listed.children:
            raise DamagedWorkbook("it has no sheets.")
        self._listed = listed
        self._sheets: list[Node] = [*listed.all("sheet")]
        self._windows = [view for each in self._xml.root.all("bookViews") for view in each.all("workbookView")]

    @property
    def windows(self) -> int:
        """How many windows show the workbook."""
        return max(1, len(self._windows))

    def free_name(self, title: str) -> str:
        """Return the name of a new sheet: the title, with a number where there is such a sheet ("Feedback 2")."""
        taken = {node.attributes.get("name", "").lower() for node in self._sheets}
        endings = (f" {number}" if number > 1 else "" for number in count(1))
        names = (f"{title[: MOST_LETTERS - len(ending)]}{ending}" for ending in endings)
        return next(name for name in names if name.lower() not in taken)

    def number_of(self, sheet: str) -> int:
        """Return the place of a sheet among all, from 1."""
        return 1 + next(index for index, node in enumerate(self._sheets) if node.attributes.get("name") == sheet)

    def put_first(self, name: str, relationship: str, header_row: int | None) -> None:
        """Put a sheet first, and show it; its header is repeated on each page. The part is changed in the package."""
        taken = {int(node.attributes.get("sheetId", 0)) for node in self._sheets}
        numbers = count(max(taken) + 1 if max(taken) < MOST_NUMBER else 1)
        number = next(number for number in numbers if number not in taken)
        related = self._xml.bound("r", self._revision.related)
        sheet = tag("sheet", name=name, sheetId=number).removesuffix("/>")
        self._xml.put(self._listed.opened, f'{sheet}{related} r:id="{relationship}"/>')
        for window in self._windows:
            for place in ("activeTab", "firstSheet"):
                if place in window.attributes:
                    self._xml.set(window, place, 0)
        self._move_names()
        if header_row is not None:
            self._repeat(name, header_row)
        self._revision.put(self._revision.package.book, self._xml.result())

    def _move_names(self) -> None:
        for names in self._xml.root.all("definedNames"):
            for node in names.all("definedName"):
                if (place := node.attributes.get("localSheetId")) is not None:
                    self._xml.set(node, "localSheetId", int(place) + 1)

    def _repeat(self, name: str, row: int) -> None:
        titles = words("definedName", f"{quoted(name)}!${row}:${row}", name="_xlnm.Print_Titles", localSheetId=0)
        if (names := self._xml.root.child("definedNames")) is not None:
            self._xml.add(names, titles)
        else:
            self._xml.put_behind(_BEFORE_NAMES, tag("definedNames", titles))


def show_no_other(revision: Revision) -> None:
    """Take all sheets out of the selected ones, those of charts as well."""
    links = revision.package.relationships(revision.package.book)
    for part in [link.target for link in links if link.kind in ("worksheet", "chartsheet") and not link.external]:
        if revision.package.has(part) and b"tabSelected" in (xml := revision.read(part)):
            sheet = SheetXml(xml)
            if sheet.deselect():
                revision.put(part, sheet.result())
