"""What the rules look at: the parts of a file, what refers to what, each part as a tree, each sheet's cells summed up.

Whatever is wrong with the file is kept and told by a rule; only a file in which no workbook can be found is refused.
"""

from __future__ import annotations

import posixpath
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile

from tests.lint.cell_facts import CellFacts, CellReader
from xlbackprop.xlsx.read import DamagedWorkbook, Package, opened_package, secure_parser

CONTENT_TYPES = "[Content_Types].xml"
_XML = (".xml", ".rels", ".vml")
_R = ("officeDocument/2006/relationships ", "ooxml/officeDocument/relationships ")
_READING_TROUBLE = (ExpatError, BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, DamagedWorkbook)


@dataclass(slots=True)
class Node:
    """An XML element without its namespace; an attribute that holds the id of a relationship is called "r:…"."""

    tag: str
    attributes: dict[str, str]
    children: list[Node] = field(default_factory=list)
    text: str = ""

    def all(self, *tags: str) -> Iterator[Node]:
        """Yield every element of these names below this one (of any name where none is given), as the file has them."""
        waiting = self.children[::-1]
        while waiting:
            node = waiting.pop()
            if not tags or node.tag in tags:
                yield node
            waiting += reversed(node.children)

    def first(self, tag: str) -> Node:
        """Return the first element of this name below this one; one with nothing in it where there is none."""
        return next(self.all(tag), Node(tag, {}))

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def number(self, name: str, default: int = 0) -> int:
        """Return an attribute as a whole number; −1 where it is none."""
        return whole_number(self.attributes.get(name, str(default)))


def whole_number(text: str) -> int:
    """Return a text as a whole number; −1 where it is none."""
    try:
        return int(text)
    except ValueError:
        return -1


class Link(NamedTuple):
    """A relationship: its id, what kind of thing it refers to, the part, as it is written, and whether outside."""

    key: str
    kind: str
    part: str
    written: str
    external: bool


@dataclass(slots=True)
class SheetFacts:
    """One sheet: its name, its part, what that says around the cells, and the cells."""

    name: str
    part: str
    around: Node
    cells: CellFacts


@dataclass(slots=True)
class Facts:
    """A file. `damaged` maps each part that cannot be read to the reason; such a part has no tree."""

    parts: list[str]  # as they stand in the zip, doubles too
    book_part: str = ""
    trees: dict[str, Node] = field(default_factory=dict)
    links: dict[str, list[Link]] = field(default_factory=dict)
    sheets: list[SheetFacts] = field(default_factory=list)
    damaged: dict[str, str] = field(default_factory=dict)

    @property
    def book(self) -> Node:
        return self.trees.get(self.book_part, Node("workbook", {}))

    @property
    def styles(self) -> Node:
        return self.linked(self.book_part, "styles") or Node("styleSheet", {})

    def linked(self, part: str, kind: str) -> Node | None:
        """Return the tree of the first part of this kind that a part refers to."""
        return next((tree for _, tree in self.all_linked(part, kind)), None)

    def all_linked(self, part: str, kind: str) -> Iterator[tuple[str, Node]]:
        for link in self.links.get(part, []):
            if link.kind == kind and link.part in self.trees:
                yield link.part, self.trees[link.part]


def read_facts(path: Path) -> Facts:
    """Read a file for the rules. Raises InputError where it is not a zip with a workbook in it, or too large."""
    with opened_package(path) as package:
        names = package.archive.namelist()
        facts = Facts([name for name in names if not name.endswith("/")])
        for name in dict.fromkeys(facts.parts):
            if name.endswith(".rels"):
                facts.links[_source_of(name)] = _links(facts, package, name)
        facts.book_part = next((link.part for link in facts.links.get("", []) if link.kind == "officeDocument"), "")
        if facts.book_part not in names or facts.book_part.endswith(".bin"):
            raise DamagedWorkbook("it has no workbook in it.", "Save it as an Excel workbook (.xlsx).")
        sheets = {link.part for link in facts.links.get(facts.book_part, []) if link.kind == "worksheet"}
        for name in dict.fromkeys(facts.parts):
            if name.lower().endswith(_XML) and not name.endswith(".rels") and name not in sheets:
                _keep_tree(facts, package, name)
        _read_sheets(facts, package)
        return facts


def _source_of(links: str) -> str:
    """Return the part whose relationships these are: "xl/_rels/workbook.xml.rels" → "xl/workbook.xml"."""
    folder, name = posixpath.split(links)
    return posixpath.join(posixpath.dirname(folder), name.removesuffix(".rels"))


def _links(facts: Facts, package: Package, name: str) -> list[Link]:
    _keep_tree(facts, package, name)
    folder = posixpath.dirname(_source_of(name))
    found = []
    for node in facts.trees.pop(name, Node("", {})).all("Relationship"):
        written = node.get("Target")
        part = posixpath.normpath(posixpath.join("/", folder, written)).lstrip("/")
        kind = node.get("Type").rpartition("/")[2]
        found.append(Link(node.get("Id"), kind, part, written, node.get("TargetMode") == "External"))
    return found


def _read_sheets(facts: Facts, package: Package) -> None:
    texts = facts.linked(facts.book_part, "sharedStrings") or Node("sst", {})
    items = (node for node in texts.children if node.tag == "si")
    empty = frozenset(str(n) for n, item in enumerate(items) if not any(text.text for text in item.all("t")))
    targets = {link.key: link for link in facts.links.get(facts.book_part, [])}
    for node in facts.book.all("sheet"):
        link = targets.get(node.get("r:id"))
        if link is None or link.kind != "worksheet" or link.part not in facts.parts:
            continue  # told by the rules about links; a sheet that is a chart has no cells
        reader = CellReader(empty)
        if _keep_tree(facts, package, link.part, reader):
            facts.sheets.append(SheetFacts(node.get("name"), link.part, facts.trees[link.part], reader.facts))


def _keep_tree(facts: Facts, package: Package, name: str, cells: CellReader | None = None) -> bool:
    """Read a part into the facts; of a sheet the cells go to `cells`. Returns whether it could be read."""
    builder = _TreeBuilder(cells)
    try:
        parser = secure_parser()
        parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
        parser.CharacterDataHandler = builder.text
        with package.open(name) as part:
            parser.ParseFile(part)
    except _READING_TROUBLE as fault:
        facts.damaged[name] = (fault.what if isinstance(fault, DamagedWorkbook) else str(fault)).rstrip(".")
        return False
    facts.trees[name] = builder.top.children[0]
    return True


class _Tags(dict[str, str]):
    """The names of elements without their namespaces, each cut once."""

    def __missing__(self, name: str) -> str:
        self[name] = tag = name.rpartition(" ")[2]
        return tag


class _TreeBuilder:
    """Builds the tree of a part while its XML goes by; the rows of a sheet go to its reader of cells instead."""

    def __init__(self, cells: CellReader | None) -> None:
        self.cells, self.among_cells = cells, False
        self.tags = _Tags()
        self.top = Node("", {})
        self.path = [self.top]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = self.tags[name]
        if self.among_cells and self.cells is not None:
            self.cells.start(tag, attributes)
            return
        node = Node(tag, {_attribute(key): value for key, value in attributes.items()} if attributes else {})
        self.path[-1].children.append(node)
        self.path.append(node)
        self.among_cells = self.cells is not None and tag == "sheetData"

    def text(self, text: str) -> None:
        if self.among_cells and self.cells is not None:
            self.cells.text(text)
        else:
            self.path[-1].text += text

    def end(self, name: str) -> None:
        if self.among_cells and self.cells is not None:
            tag = self.tags[name]
            if tag != "sheetData":
                self.cells.end(tag)
                return
            self.among_cells = False
        self.path.pop()


def _attribute(name: str) -> str:
    space, _, local = name.rpartition(" ")
    return f"r:{local}" if f"{space} ".endswith(_R) else local
