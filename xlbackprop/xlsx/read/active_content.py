"""Active content of a workbook, refused: macros, external links, data connections, calls of other programs.

No workbook of ours has any, so one that does is refused before a spreadsheet program opens it. A hyperlink, which acts
only when somebody clicks on it, is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from xml.etree.ElementTree import Element

from xlbackprop.xlsx.read.package import RELATED, DamagedWorkbook, Package, check_formula
from xlbackprop.xlsx.read.sheet import ReadSheet

_MACROS, _ELSEWHERE, _ADD_INS = "macros", "links to other files or programs", "add-ins"
_OBJECTS, _CONNECTIONS = "objects of other programs", "connections to data elsewhere"
# Kinds of active content by the last word of a relationship's type, in small letters.
_KINDS = {
    **dict.fromkeys(("vbaproject", "xlmacrosheet", "xlintlmacrosheet", "dialogsheet", "attachedtoolbars"), _MACROS),
    **dict.fromkeys(("externallink", "externallinkpath", "xlexternallinkpath", "volatiledependencies"), _ELSEWHERE),
    **dict.fromkeys(("oleobject", "package", "control", "activexcontrolbinary", "ctrlprop"), _OBJECTS),
    **dict.fromkeys(("connections", "querytable", "xmlmaps", "tablesinglecells", "powerpivotdata"), _CONNECTIONS),
    **dict.fromkeys(("extensibility", "usercustomization", "webextension", "webextensiontaskpanes"), _ADD_INS),
}
# The same by a word of the type of a part.
_TYPES = {
    **dict.fromkeys(("macroenabled", "vbaproject", "macrosheet", "dialogsheet"), _MACROS),
    **dict.fromkeys(("externallink", "volatiledependencies"), _ELSEWHERE),
    **dict.fromkeys(("oleobject", "activex", "controlproperties"), _OBJECTS),
    **dict.fromkeys(("connections+xml", "querytable+xml", "tablesinglecells+xml", "model+data"), _CONNECTIONS),
    "webextension": _ADD_INS,
}
# The same by the name of an element.
_ELEMENTS = {
    **dict.fromkeys(("externalReference", "ddeLink"), _ELSEWHERE),
    **dict.fromkeys(("oleObject", "control"), _OBJECTS),
    **dict.fromkeys(("connection", "webPr"), _CONNECTIONS),
    "FmlaMacro": _MACROS,
}
_ON_A_CLICK = ("hyperlink", "hlinkClick", "hlinkHover", "hlinkMouseOver")  # elements whose link waits for a person
_TRUE = ("1", "true", "t", "on")

# Functions that reach out of the workbook. "|" is no operator: cmd|'/c calc'!A1 asks another program.
_FUNCTIONS = (
    r"WEBSERVICE|IMAGE|RTD|CALL|REGISTER(?:\.ID)?|EXEC|DDE|SQL\.REQUEST|STOCKHISTORY|CUBE[A-Z]+|PY|COPILOT"
    r"|TRANSLATE|DETECTLANGUAGE"
)
_REACHING = re.compile(
    rf"(?i)(?<![\w.])(?:(?:_xlfn\.|_xlws\.|_xludf\.)*(?:{_FUNCTIONS})\s*\(|_xldudf_)"
    r"|\||\[[^\[\]]*\][\w .]*!|'[^'\[]*\[[^']*'!"
)
# Without any of these nothing reaches out; the last two are an i to who searches for letters of either size.
_SIGNS = (*re.findall("[a-z]{2,}", _FUNCTIONS.lower()), "_xldudf_", "|", "[", "\u0131", "\u0307")
# Texts, and names of sheets in quotes; also one without an end, so that each is looked at once.
_QUOTED = re.compile(r""" "(?:[^"]|"")*+(?:"|\Z) | '(?:[^']|'')*+(?:'!?|\Z) """, re.VERBOSE)
_FORMULA = re.compile("f|definedName|Fmla.*|.*[fF]ormula[12]?")  # names of elements with a formula in them
_FORMULA_ATTRIBUTE = re.compile("formula|textlink|fmla[A-Z].*")
_ADDRESSES = ("href", "src", "althref")  # of a picture in a drawing of the older kind, or in another picture
_LEADS_OUT = re.compile(r"\s*(?:[A-Za-z][\w+.-]*:|[/\\])|.*\.\.[/\\]")
_HINT = "xlbackprop never makes such a workbook. Do not open it unless you know who made it; verify one without them."


class _Found(NamedTuple):
    """Active content: its kind ("macros"), and its place or what it says ("xl/vbaProject.bin")."""

    kind: str
    where: str


def refuse_active_content(package: Package, sheets: Mapping[str, ReadSheet], hint: str = _HINT) -> None:
    """Raise DamagedWorkbook, with a list of all that was found, where an open workbook has active content.

    `sheets` are its sheets by name. All its other parts are looked through. `hint` says what to do.
    """
    frames = {package.sheets[name]: sheet.frame for name, sheet in sheets.items()}
    found: dict[_Found, None] = dict.fromkeys(_of_types(package))
    for part in package.archive.namelist():
        tree = frames.get(part)
        if tree is None and package.is_xml(part):
            tree = package.tree(part)
        found |= dict.fromkeys(_of_relationships(package, part, tree))
        if tree is not None:
            found |= dict.fromkeys(_of_tree(tree))
    found |= dict.fromkeys([*_of_relationships(package, "", None), *_of_cells(sheets)])
    if found:
        kinds: dict[str, list[str]] = {}
        for kind, where in found:
            kinds.setdefault(kind, []).append(where[:80])
        listed = [f"{kind} ({places[0]}{' …' * (len(places) > 1)})" for kind, places in kinds.items()]
        raise DamagedWorkbook(f"it holds {' and '.join(listed)}.", hint)


def _of_types(package: Package) -> Iterator[_Found]:
    for part, written in package.content_types.items():
        yield from (_Found(kind, part) for word, kind in _TYPES.items() if word in written)


def _of_relationships(package: Package, part: str, tree: Element | None) -> Iterator[_Found]:
    links = package.relationships(part)
    clicked = _clicked(tree) if tree is not None and any(link.external for link in links) else set()
    for link in links:
        kind = link.kind.lower()
        if kind in _KINDS:
            yield _Found(_KINDS[kind], link.target)
        elif link.external and not (kind == "hyperlink" and link.id in clicked):
            yield _Found(_ELSEWHERE, link.target)


def _clicked(tree: Element) -> set[str]:
    """Return the ids of relationships that act on a click and in no other way.

    LibreOffice loads a picture whose relationship says that it is a hyperlink.
    """
    clicked: set[str] = set()
    others: set[str] = set()
    for element in tree.iter():
        waits = _local(element.tag) in _ON_A_CLICK
        for name, value in element.attrib.items():
            if name.startswith("{"):
                (clicked if waits and name == f"{RELATED}id" else others).add(value)
    return clicked - others


def _of_tree(tree: Element) -> Iterator[_Found]:
    for element in tree.iter():
        name = _local(element.tag)
        if name in _ELEMENTS:
            yield _Found(_ELEMENTS[name], f"<{name}>")
        yield from _of_element(name, element.attrib)
        formulas = [_text(element)] if _FORMULA.fullmatch(name) else []
        formulas += [value for key, value in element.attrib.items() if _FORMULA_ATTRIBUTE.fullmatch(_local(key))]
        if name == "cfvo":
            formulas.append(element.get("val", ""))
        for formula in formulas:
            check_formula(formula)
            if _reaches(formula):
                yield _Found(_ELSEWHERE, f"={formula}")


def _of_element(name: str, attributes: Mapping[str, str]) -> Iterator[_Found]:
    """Yield the active content in the attributes of an element."""

    def is_true(*names: str) -> bool:
        return any(attributes.get(name, "").strip().lower() in _TRUE for name in names)

    match name:
        case "pivotCacheDefinition" if is_true("refreshOnLoad"):
            yield _Found(_CONNECTIONS, f"<{name} refreshOnLoad>")
        case "cacheSource" if attributes.get("type") != "worksheet":
            yield _Found(_CONNECTIONS, f"<{name}>")
        case "worksheetSource" if f"{RELATED}id" in attributes:
            yield _Found(_ELSEWHERE, f"<{name}>")
        case "definedName" if is_true("function", "vbProcedure", "xlm"):
            yield _Found(_MACROS, attributes.get("name", ""))
        case "ClientData" if attributes.get("ObjectType") != "Note":  # a button or the like
            yield _Found(_OBJECTS, f"<{name}>")
    if attributes.get("macro"):
        yield _Found(_MACROS, attributes["macro"])
    for key, value in attributes.items():
        if _local(key) in _ADDRESSES and _LEADS_OUT.match(value):
            yield _Found(_ELSEWHERE, value)


def _of_cells(sheets: Mapping[str, ReadSheet]) -> Iterator[_Found]:
    seen: set[str] = set()
    for sheet in sheets.values():
        for band in sheet.bands:
            for formula in band.pattern.formulas:
                if formula is not None and formula.template not in seen:
                    seen.add(formula.template)
                    if _reaches(formula.template):
                        yield _Found(_ELSEWHERE, f"={formula.at(band.first_row)}")


def _reaches(formula: str) -> bool:
    small = formula.casefold()
    if not any(sign in small for sign in _SIGNS):
        return False
    bare = _QUOTED.sub(lambda quoted: quoted[0] if quoted[0].startswith("'") and "[" in quoted[0] else '"!', formula)
    return _REACHING.search(bare) is not None


def _text(element: Element) -> str:
    """Return the text of an element without that of elements in it, which can be many, inside each other."""
    return "".join([element.text or "", *(child.tail or "" for child in element)])


def _local(name: str) -> str:
    return name.rpartition("}")[2]
