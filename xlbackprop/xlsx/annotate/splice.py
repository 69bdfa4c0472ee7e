"""XML of a stranger into which something is put; all its other bytes stay as they are.

Prefixes, namespaces that only an attribute speaks of, blanks, comments: a tree that is written anew changes or loses
them, and `mc:Ignorable="x14ac"` without its namespace is a damaged file for Excel. So a part is parsed for the places
of its elements alone, and what is new is put between its bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from xlbackprop.xlsx.read import DamagedWorkbook, refuse_odd_xml, secure_parser
from xlbackprop.xlsx.write import attributes_text

# Quotes are stepped over whole: a ">" in an attribute does not end a tag.
_TAG = re.compile(rb"""<(?:[^"'>]++|"[^"]*+"|'[^']*+')*+>""")
_ATTRIBUTE = re.compile(rb"""\s([^\s=]++)\s*+=\s*+(?:"[^"]*+"|'[^']*+')""")
_TAG_NAME = re.compile(rb"<(([^\s:>/]*:|)[^\s:>/]+)")
_OPENING = re.compile("<(/?)(?=[A-Za-z])")


@dataclass(slots=True)
class Node:
    """An element: its name in the namespace of its part ("sheet"), else with its namespace ("uri sheet").

    `start` and `end` are its first byte and the one behind its last; `opened` is the end of its first tag, and `closed`
    the start of its last one, which is `opened` where it is empty and has no last tag.
    """

    name: str
    attributes: Mapping[str, str]
    start: int
    opened: int
    is_empty: bool
    closed: int = 0
    end: int = 0
    children: list[Node] = field(default_factory=list)

    def child(self, name: str) -> Node | None:
        """Return the first child of this name, or None."""
        return next(self.all(name), None)

    def all(self, name: str) -> Iterator[Node]:
        """Yield the children of this name."""
        return (node for node in self.children if node.name == name)

    def related(self) -> str:
        """Return the id of the relationship that an attribute of the element names, "" where none does."""
        return next((value for name, value in self.attributes.items() if name.endswith("/relationships id")), "")


class Spliced:
    """A part that is to be changed. Raises DamagedWorkbook or ExpatError where it cannot be read.

    `inside` names an element whose insides get no nodes, as the rows of a sheet, which may be a million.
    """

    def __init__(self, xml: bytes, inside: str = "") -> None:
        refuse_odd_xml(xml)
        self.xml = xml
        self.space = ""  # the namespace of the part, and its prefixes by their namespaces
        self._prefixes: dict[str, str] = {}
        self._inside = inside
        self._open: list[Node] = []
        self._depth = 0  # inside of the element without nodes
        self._root: Node | None = None
        self._edits: list[tuple[int, int, bytes]] = []
        self._added: dict[int, tuple[Node, list[bytes]]] = {}
        self._parser = secure_parser()
        self._parser.StartNamespaceDeclHandler = self._declared
        self._parser.StartElementHandler = self._started
        self._parser.EndElementHandler = self._ended
        self._parser.Parse(xml, True)

    @property
    def root(self) -> Node:
        assert self._root is not None  # the parser has seen one
        return self._root

    @property
    def prefix(self) -> str:
        """The prefix of the part's namespace with its colon: "x:", or "" as usual."""
        return self._name(self.root)[1]

    def bound(self, prefix: str, space: str) -> str:
        """Return the declaration of a namespace, as an attribute; "" where the root declares it with this prefix."""
        return "" if self._prefixes.get(prefix) == space else attributes_text({f"xmlns:{prefix}": space})

    # ------------------------------------------------------------------------------------------------------- parsing

    def _declared(self, prefix: str | None, space: str | None) -> None:
        if self._root is None:
            self._prefixes[prefix or ""] = space or ""

    def _started(self, name: str, attributes: dict[str, str]) -> None:
        at = self._parser.CurrentByteIndex
        if self._depth or (self._inside and self._open and self._open[-1].name == self._inside):
            self._depth += 1
            self.met(name.removeprefix(self.space), attributes, at)
            return
        if self._root is None:
            self.space = name.rpartition(" ")[0] + " " if " " in name else ""
        opened = self.tag_end(at)
        node = Node(name.removeprefix(self.space), attributes, at, opened, self.xml[opened - 2 : opened] == b"/>")
        if self._open:
            self._open[-1].children.append(node)
        self._root = self._root or node
        self._open.append(node)

    def _ended(self, _: str) -> None:
        if self._depth:
            self._depth -= 1
            return
        node = self._open.pop()
        node.closed = node.opened if node.is_empty else self._parser.CurrentByteIndex
        node.end = node.opened if node.is_empty else self.xml.index(b">", node.closed) + 1

    def met(self, name: str, attributes: Mapping[str, str], at: int) -> None:
        """Look at an element that gets no node; its tag begins at a byte."""

    def tag_end(self, at: int) -> int:
        """Return the end of the tag that begins at a byte."""
        tag = _TAG.match(self.xml, at)
        if tag is None:
            raise DamagedWorkbook("its XML has a tag without an end.")
        return tag.end()

    def _name(self, node: Node) -> tuple[str, str]:
        """Return the name of an element with its prefix, and the prefix alone."""
        found = _TAG_NAME.match(self.xml, node.start)
        return (found[1].decode(), found[2].decode()) if found else ("", "")

    # ------------------------------------------------------------------------------------------------------- changes

    def written(self, xml: str) -> bytes:
        """Return new elements, written without prefixes, in the part's own prefix."""
        return _OPENING.sub(rf"<\1{self.prefix}", xml).encode("ascii", "xmlcharrefreplace")

    def put(self, at: int, xml: str | bytes, until: int | None = None) -> None:
        """Put elements at a byte, in the place of those until another byte."""
        self._edits.append((at, at if until is None else until, xml if isinstance(xml, bytes) else self.written(xml)))

    def add(self, node: Node, xml: str | bytes) -> None:
        """Put elements behind the last child of an element."""
        _, added = self._added.setdefault(node.start, (node, []))
        added.append(xml if isinstance(xml, bytes) else self.written(xml))

    def put_behind(self, names: str, xml: str) -> None:
        """Put an element behind the children of the root that stand before it by the format: "sheetPr dimension"."""
        before = [node for node in self.root.children if node.name in names.split()]
        if before:
            self.put(before[-1].end, xml)
        elif self.root.is_empty:
            self.add(self.root, xml)
        else:
            self.put(self.root.opened, xml)

    def set(self, node: Node, name: str, value: object) -> None:
        """Set an attribute of an element."""
        self.set_at(node.start, name, value)

    def set_at(self, at: int, name: str, value: object) -> None:
        """Set an attribute of the tag that begins at a byte."""
        self._edits.append(attribute_edit(self.xml, at, self.tag_end(at), name, value))

    def result(self) -> bytes:
        """Return the part with all that was put in."""
        edits = list(self._edits)
        for node, added in self._added.values():
            inner = b"".join(added)
            if node.is_empty:
                name = self._name(node)[0].encode()
                edits.append((node.opened - 2, node.opened, b">%b</%b>" % (inner, name)))
            else:
                edits.append((node.closed, node.closed, inner))
        pieces, done = [], 0
        for start, end, instead in sorted(edits, key=lambda edit: edit[:2]):
            pieces += [self.xml[done:start], instead]
            done = end
        return b"".join([*pieces, self.xml[done:]])


def attribute_edit(xml: bytes, start: int, end: int, name: str, value: object) -> tuple[int, int, bytes]:
    """Return (start, end, new bytes) by which the tag between two bytes has the attribute."""
    new = attributes_text({name: value}).encode("ascii", "xmlcharrefreplace")
    for match in _ATTRIBUTE.finditer(xml, start, end):
        if match[1] == name.encode():
            return *match.span(), new
    room = end - (2 if xml[end - 2 : end] == b"/>" else 1)
    return room, room, new


def with_attributes(xml: bytes, values: Mapping[str, object]) -> bytes:
    """Return an element with these attributes set in its first tag."""
    for name, value in values.items():
        tag = _TAG.match(xml)
        start, end, new = attribute_edit(xml, 0, tag.end() if tag else 0, name, value)
        xml = xml[:start] + new + xml[end:]
    return xml
