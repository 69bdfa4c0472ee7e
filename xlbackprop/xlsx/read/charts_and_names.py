"""Any program's .xlsx file → its charts' references, defined names, calculation settings and hidden sheets.

A chart that leaves a row out, a name that points elsewhere or "precision as displayed" changes no cell, and yet
misleads. References are brought to one form, so that files saved by different programs can be compared.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from xlbackprop.xlsx.read.formula_text import normal_formula
from xlbackprop.xlsx.read.package import DamagedWorkbook, Package, book_tags, check_formula, parse, workbook_package

MAX_SERIES = 10_000
MAX_NAMES = 10_000

_CONTENT_TYPES = "[Content_Types].xml"
_TYPE = "http://schemas.openxmlformats.org/package/2006/content-types "
_CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_CHART = (
    "http://schemas.openxmlformats.org/drawingml/2006/chart ",
    "http://purl.oclc.org/ooxml/drawingml/chart ",
)


class SeriesReferences(NamedTuple):
    """The references of a curve's name, x and y, e.g. "'LR=0.1'!B5:B9"; empty where it is typed or absent."""

    name: str
    x: str
    y: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a file has besides its cells: the references of its charts, its defined names, settings, hidden sheets.

    `series` counts equal curves. `names` maps each defined name of the whole workbook, in small letters, to its
    reference. Without `full_precision` every number is rounded to its shown digits; with `manual` nothing is
    recalculated until somebody asks for it. `hidden` are the names of hidden sheets.
    """

    series: Counter[SeriesReferences]
    names: Mapping[str, str]
    full_precision: bool
    manual: bool
    hidden: tuple[str, ...]


def read_surroundings(path: Path) -> Surroundings:
    """Return what a file has besides its cells. Raises InputError where the file is not a readable .xlsx workbook."""
    with workbook_package(path) as package:
        charts = _ChartReader()
        for part in _chart_parts(package):
            parse(package.open(part), charts.start, charts.end, charts.text)
        series = Counter(sorted(charts.series))
        book = _BookReader(package)
        return Surroundings(series, book.names, book.full_precision, book.manual, tuple(book.hidden))


# --------------------------------------------------------------------------------------------------------- references

_DOLLAR = re.compile(r"('(?:[^']|'')*')|\$")
_ONE_CELL = re.compile(r"!([A-Z]{1,3}[0-9]+):\1$")


def chart_reference(text: str) -> str:
    """Return the common form of a chart's reference: 'LR=0.1'!B5:B9. A chart does not move, so "$" is left out."""
    plain = _DOLLAR.sub(lambda match: match[1] or "", name_reference(text))
    return _ONE_CELL.sub(r"!\1", plain)


def name_reference(text: str) -> str:
    """Return the common form of a defined name's reference: 'Inputs'!$C$5. "$" has a meaning here, so it is kept."""
    check_formula(text)
    return normal_formula(text)


# -------------------------------------------------------------------------------------------------------------- charts


def _chart_parts(package: Package) -> Iterator[str]:
    """Yield the names of the parts that are charts according to the package's list of content types."""
    by_name: dict[str, str] = {}
    by_ending: dict[str, str] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        kind = attributes.get("ContentType", "").lower()
        if tag == f"{_TYPE}Override":
            by_name[attributes.get("PartName", "").lstrip("/").lower()] = kind
        elif tag == f"{_TYPE}Default":
            by_ending[attributes.get("Extension", "").lower()] = kind

    parse(package.open(_CONTENT_TYPES), start)
    for part in package.archive.namelist():
        key = part.lower()
        if by_name.get(key, by_ending.get(key.rpartition(".")[2])) == _CHART_TYPE:
            yield part


class _ChartReader:
    """Gathers the curves while the XML of the charts is parsed: ser → tx, xVal, yVal (or cat, val) → strRef… → f.

    Error bars, labels and trend lines of a curve have references too, one level further down; they are ignored.
    """

    def __init__(self) -> None:
        self.series: list[SeriesReferences] = []
        self.path: list[str] = []  # from the curve down
        self.found: dict[str, str] = {}
        self.pieces: list[str] = []

    def start(self, name: str, _: dict[str, str]) -> None:
        tag = _chart_tag(name)
        if self.path:
            self.path.append(tag)
        elif tag == "ser":
            self.path = [tag]
            self.found = {}
        self.pieces.clear()

    def text(self, text: str) -> None:
        if self.path and self.path[-1] == "f":
            self.pieces.append(text)

    def end(self, _: str) -> None:
        if not self.path:
            return
        match self.path:
            case ["ser"]:
                self._end_series()
            case ["ser", role, _, "f"]:
                self.found[role] = chart_reference("".join(self.pieces))
        self.path.pop()

    def _end_series(self) -> None:
        if len(self.series) == MAX_SERIES:
            raise DamagedWorkbook(f"its charts have more than {MAX_SERIES:,} curves.")
        name, x, y = (self.found.get(role, "") for role in ("tx", "xVal", "yVal"))
        self.series.append(SeriesReferences(name, x or self.found.get("cat", ""), y or self.found.get("val", "")))


def _chart_tag(name: str) -> str:
    for space in _CHART:
        if name.startswith(space):
            return name.removeprefix(space)
    return ""  # an element of another vocabulary


# ------------------------------------------------------------------------------------------------------- the workbook

_TAGS = {name: tag for tag in ("sheet", "definedName", "calcPr") for name in book_tags(tag)}


class _BookReader:
    """Reads the names and the settings of the workbook part."""

    def __init__(self, package: Package) -> None:
        self.names: dict[str, str] = {}
        self.hidden: list[str] = []
        self.full_precision, self.manual = True, False
        self.name = ""
        self.pieces: list[str] = []
        parse(package.open(package.book), self.start, self.end, self.text)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match _TAGS.get(name):
            case "sheet" if attributes.get("state", "visible") != "visible":
                self.hidden.append(attributes.get("name", ""))
            case "definedName" if "localSheetId" not in attributes:
                self.name = attributes.get("name", "").lower()
                self.pieces.clear()
            case "calcPr":
                self.full_precision = attributes.get("fullPrecision", "1").strip() not in ("0", "false")
                self.manual = attributes.get("calcMode") == "manual"

    def text(self, text: str) -> None:
        if self.name:
            self.pieces.append(text)

    def end(self, name: str) -> None:
        if not self.name or _TAGS.get(name) != "definedName":
            return
        if self.name in self.names:
            raise DamagedWorkbook(f"it has two defined names {self.name!r}.")
        if len(self.names) >= MAX_NAMES:
            raise DamagedWorkbook(f"it has more than {MAX_NAMES:,} defined names.")
        if not self.name.startswith("_xlnm."):  # print areas and the like
            self.names[self.name] = name_reference("".join(self.pieces))
        self.name = ""
