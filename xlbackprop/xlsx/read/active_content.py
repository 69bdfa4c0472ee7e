"""Active content of a workbook, refused: macros, external links, data connections, calls of other programs.

No workbook of ours has any, so one that does is refused before a spreadsheet program opens it. A hyperlink, which acts
only when somebody clicks on it, is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from xlbackprop.errors import InputError, Problem
from xlbackprop.xlsx.read.package import DamagedWorkbook, Package, check_formula, parse, workbook_package

_MACROS, _ELSEWHERE = "macros", "links to other files or programs"
_OBJECTS, _CONNECTIONS = "objects of other programs", "connections to data elsewhere"
# Kinds of active content by the last word of a relationship's type, with the name of each in the message.
_KINDS = {
    **dict.fromkeys(("vbaProject", "xlMacrosheet", "xlIntlMacrosheet", "dialogsheet"), _MACROS),
    **dict.fromkeys(("externalLink", "externalLinkPath", "xlExternalLinkPath"), _ELSEWHERE),
    **dict.fromkeys(("oleObject", "package", "control", "activeXControlBinary"), _OBJECTS),
    **dict.fromkeys(("connections", "queryTable"), _CONNECTIONS),
}
_TYPES = {
    **dict.fromkeys(("macroenabled", "vbaproject", "macrosheet", "dialogsheet"), _MACROS),
    "externallink": _ELSEWHERE,
    **dict.fromkeys(("oleobject", "activex"), _OBJECTS),
    **dict.fromkeys(("connections+xml", "querytable+xml"), _CONNECTIONS),
}

# Functions that reach out of the workbook. "|" is no operator: cmd|'/c calc'!A1 asks another program.
_FUNCTIONS = "WEBSERVICE|IMAGE|RTD|CALL|REGISTER(?:\\.ID)?|EXEC|DDE|SQL\\.REQUEST|STOCKHISTORY|CUBE[A-Z]+"
_REACHING = re.compile(
    rf"(?i)(?<![\w.])(?:_xlfn\.|_xlws\.|_xludf\.)*(?:{_FUNCTIONS})\s*\(|\||\[[^\[\]]*\][\w .]*!|'[^'\[]*\[[^']*'!"
)
# Texts, and names of sheets in quotes; also one without an end, so that each is looked at once.
_QUOTED = re.compile(r""" "(?:[^"]|"")*+(?:"|\Z) | '(?:[^']|'')*+(?:'!?|\Z) """, re.VERBOSE)
# One of these is in every part that has a formula reaching out, in capitals; few other parts have any.
_SUSPECT = tuple(b"| [ &# <! WEBSERVICE IMAGE RTD CALL REGISTER EXEC DDE SQL STOCKHISTORY CUBE".split())
# The beginning of XML in UTF-8, and of any XML.
_PLAIN = re.compile(
    rb"""(?:\xef\xbb\xbf)?\s*(?:<(?![?\0])|<\?xml [^>]*encoding=["'](?i:utf-8)["']|<\?xml (?![^>]*encoding))"""
)
_ANY_XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<|\0?<|\xff\xfe|\xfe\xff")
_LONGEST = max(map(len, _SUSPECT))
BLOCK_SIZE = 1 << 20  # bytes that are looked through at once
# Bytes without a tag: the longest text of a cell has less. A tag of so many attributes keeps programs busy for minutes.
MAX_STRETCH = 1 << 18
_STRETCH = re.compile(rb"<[^<]{%d}" % MAX_STRETCH)
_FORMULAS = ("f", "formula", "formula1", "formula2", "definedName", "oldFormula")
_HINT = "xlbackprop never makes such a workbook. Do not open it unless you know who made it; verify one without them."


def refuse_active_content(path: Path) -> None:
    """Raise InputError, with a list of all that was found, where a workbook has active content or is damaged."""
    with workbook_package(path) as package:
        found = list(dict.fromkeys([*_related(package), *_typed(package), *_reaching(package)]))
    if found:
        kinds: dict[str, list[str]] = {}
        for kind, where in found:
            kinds.setdefault(kind, []).append(where)
        listed = [f"{kind} ({places[0]}{' …' * (len(places) > 1)})" for kind, places in kinds.items()]
        raise InputError(str(path), [Problem("", f"it holds {' and '.join(listed)}.", _HINT)])


def _related(package: Package) -> Iterator[tuple[str, str]]:
    """Yield active content in the relationships of all parts as (kind, target): ("macros", "vbaProject.bin")."""
    for part in package.archive.namelist():
        if part.lower().endswith(".rels"):
            found: list[dict[str, str]] = []
            parse(package.open(part), lambda _, attributes, found=found: found.append(attributes))  # type: ignore[misc]
            for attributes in found:
                kind, target = attributes.get("Type", "").rpartition("/")[2], attributes.get("Target", "")[:80]
                if kind in _KINDS:
                    yield _KINDS[kind], target
                elif attributes.get("TargetMode") == "External" and kind != "hyperlink":
                    yield _ELSEWHERE, target


def _typed(package: Package) -> Iterator[tuple[str, str]]:
    """Yield active content in the list of content types as (kind, name of the part)."""
    found: list[tuple[str, str]] = []

    def start(_: str, attributes: dict[str, str]) -> None:
        written = attributes.get("ContentType", "").lower()
        part = attributes.get("PartName") or f".{attributes.get('Extension', '')}"
        found.extend((kind, part.lstrip("/")[:80]) for word, kind in _TYPES.items() if word in written)

    parse(package.open("[Content_Types].xml"), start)
    yield from found


def _reaching(package: Package) -> Iterator[tuple[str, str]]:
    """Yield the formulas that reach out of the workbook, in cells, names and rules, as (kind, text)."""
    for part in package.archive.namelist():
        if not part.endswith(("/", ".vml")) and _is_suspect(package, part) and part != package.strings:
            yield from ((_ELSEWHERE, f"={formula[:80]}") for formula in _formulas(package, part) if _reaches(formula))


def _is_suspect(package: Package, part: str) -> bool:
    """Return whether the formulas of a part are to be looked at one by one; a part that is no XML has none."""
    with package.open(part) as content:
        piece = content.read(BLOCK_SIZE)
        if _ANY_XML.match(piece) is None:
            return False
        if _PLAIN.match(piece) is None:
            return True
        end = b""
        suspect = False
        while piece:
            if _STRETCH.search(piece):
                raise DamagedWorkbook(f"its part {part[:80]} has more than {MAX_STRETCH:,} bytes without a new tag.")
            capitals = (end + piece).upper()
            suspect = suspect or any(sign in capitals for sign in _SUSPECT)
            end, piece = piece[-_LONGEST:], content.read(BLOCK_SIZE)
    return suspect


def _reaches(formula: str) -> bool:
    bare = _QUOTED.sub(lambda quoted: quoted[0] if quoted[0].startswith("'") and "[" in quoted[0] else '"!', formula)
    return _REACHING.search(bare) is not None


def _formulas(package: Package, part: str) -> list[str]:
    formulas: list[str] = []
    pieces: list[str] | None = None

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal pieces
        pieces = [] if name.rpartition(" ")[2] in _FORMULAS else None

    def text(piece: str) -> None:
        if pieces is not None:
            pieces.append(piece)

    def end(_: str) -> None:
        nonlocal pieces
        if pieces:
            check_formula(formula := "".join(pieces))
            formulas.append(formula)
        pieces = None

    parse(package.open(part), start, end, text)
    return formulas
