"""Looks that are added to those of a workbook: its own stay as they are, and keep their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from xlbackprop.xlsx.annotate.revision import Revision
from xlbackprop.xlsx.annotate.said import NoteKind
from xlbackprop.xlsx.annotate.splice import with_attributes
from xlbackprop.xlsx.write import DECLARATION, tag

_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
# The lists of a stylesheet in the order of the format, with what each begins with where there is none.
_NO_BORDER = "<border><left/><right/><top/><bottom/><diagonal/></border>"
_PLAIN = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
_LISTS = {
    "numFmts": (),
    "fonts": ('<font><sz val="11"/><name val="Calibri"/></font>',),
    "fills": tuple(f'<fill><patternFill patternType="{kind}"/></fill>' for kind in ("none", "gray125")),
    "borders": (_NO_BORDER,),
    "cellStyleXfs": (_PLAIN,),
    "cellXfs": (_PLAIN,),
}


class Frame(NamedTuple):
    """The fill of a cell, the line around it, and its colour."""

    fill: str
    line: str
    colour: str


# Told apart without colours by their lines; a conditional format of the sheet may lie over the fill, not over these.
FRAMES: Mapping[NoteKind, Frame] = {
    NoteKind.RIGHT: Frame("E2F1DC", "thin", "4B8B3B"),
    NoteKind.FOLLOWS: Frame("E6F1FB", "mediumDashed", "2F75B5"),
    NoteKind.MISTAKE: Frame("FCE1E4", "thick", "B8324A"),
    NoteKind.OPEN: Frame("FFF6D6", "mediumDashDot", "9C7500"),
}


class Looks:
    """The styles of a workbook, to which looks are added."""

    def __init__(self, revision: Revision) -> None:
        """Read the styles; a workbook without any gets some."""
        self._revision = revision
        there = revision.package.parts_of(revision.package.book, "styles")
        self._part = there[0] if there else revision.free("styles", ".xml")
        if not there:
            normal = tag("cellStyles", tag("cellStyle", name="Normal", xfId=0, builtinId=0), count=1)
            new = DECLARATION + tag("styleSheet", normal, xmlns=revision.main)
            revision.add(revision.package.book, "styles", self._part, new, _TYPE)
        self._complete()
        self._xml = revision.spliced(self._part)
        self._lists = {name: node for name in _LISTS if (node := self._xml.root.child(name)) is not None}
        self._styles = [*self._lists["cellXfs"].all("xf")]
        self._counts = {name: len(node.children) for name, node in self._lists.items()}
        self._known: dict[tuple[str, str], int] = {}

    def _complete(self) -> None:
        """Put in the lists that are missing, but that of number formats."""
        xml = self._revision.spliced(self._part)
        for index, (name, first) in enumerate(_LISTS.items()):
            node = xml.root.child(name)
            if node is not None and not node.children:
                xml.add(node, "".join(first))
            elif node is None and first:
                xml.put_behind(" ".join([*_LISTS][:index]), tag(name, *first, count=len(first)))
        self._revision.put(self._part, xml.result())

    def add(self, name: str, xml: str | bytes) -> int:
        """Add an entry to a list ("fonts"); return its number. One that was added before is not added again."""
        key = name, xml if isinstance(xml, str) else xml.decode()
        if key not in self._known:
            self._xml.add(self._lists[name], xml)
            self._known[key] = self._counts[name]
            self._counts[name] += 1
        return self._known[key]

    def framed(self, style: int, kind: NoteKind) -> int | None:
        """Return the number of a style as another one with the frame of a kind of note, None where it is no style."""
        if style >= len(self._styles) or kind not in FRAMES:
            return None
        frame = FRAMES[kind]
        old = self._styles[style]
        changes = {"fillId": self.fill(frame.fill), "borderId": self.border(frame), "applyFill": 1, "applyBorder": 1}
        return self.add("cellXfs", with_attributes(self._xml.xml[old.start : old.end], changes))

    def fill(self, colour: str) -> int:
        """Return the number of a fill in one colour (RRGGBB)."""
        colours = tag("fgColor", rgb=f"FF{colour}") + tag("bgColor", indexed=64)
        return self.add("fills", tag("fill", tag("patternFill", colours, patternType="solid")))

    def border(self, frame: Frame) -> int:
        """Return the number of a border on all sides."""
        colour = tag("color", rgb=f"FF{frame.colour}")
        sides = (tag(side, colour, style=frame.line) for side in ("left", "right", "top", "bottom"))
        return self.add("borders", tag("border", *sides, "<diagonal/>"))

    def save(self) -> None:
        """Put the styles with what was added into the package."""
        for name, node in self._lists.items():
            self._xml.set(node, "count", self._counts[name])
        self._revision.put(self._part, self._xml.result())
