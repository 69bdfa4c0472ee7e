"""Submissions as programs save them: each program's own way, and ways that several have."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.test_surroundings_resaved import SHEETJS, by_gnumeric, by_node, by_openpyxl, run
from xlbackprop.engines.libreoffice import _program
from xlbackprop.xlsx.read import relative_formula

_CELL = re.compile(r'<c r="([A-Z]+)([0-9]+)"([^>]*)><f>([^<]*)</f>(<v ?/>|<v>[^<]*</v>)?</c>')

Save = Callable[[Sequence[Path], Path], None]  # the files are replaced; the folder is for what is needed on the way


def each(save: Callable[[Path, Path], None]) -> Save:
    def saved(paths: Sequence[Path], room: Path) -> None:
        for path in paths:
            save(path, room / "saved.xlsx")
            shutil.move(room / "saved.xlsx", path)

    return saved


def by_libreoffice(paths: Sequence[Path], room: Path) -> None:
    home = f"-env:UserInstallation={(room / 'profile').as_uri()}"
    run(_program(), home, "--headless", "--convert-to", "xlsx", "--outdir", room / "out", *paths)
    for path in paths:
        shutil.move(room / "out" / path.name, path)


# ------------------------------------------------------------------------------------------- ways that several have


def _rewritten(change: Callable[[str], str]) -> Save:
    """Return what changes the XML of the sheets, once openpyxl has written every formula out and dropped all numbers."""

    def save(source: Path, target: Path) -> None:
        by_openpyxl(source, target)
        with zipfile.ZipFile(target) as old:
            parts = {name: old.read(name) for name in old.namelist()}
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
            for name, content in parts.items():
                is_sheet = name.startswith("xl/worksheets/sheet")
                new.writestr(name, change(content.decode()).encode() if is_sheet else content)

    return each(save)


def _shared(xml: str) -> str:
    """Share the formulas that are filled down, as Excel does."""
    groups: dict[tuple[str, object], list[re.Match[str]]] = {}
    for match in _CELL.finditer(xml):
        groups.setdefault((match[1], relative_formula(match[4], int(match[2]))), []).append(match)
    told: dict[str, str] = {}
    for number, group in enumerate(one for one in groups.values() if len(one) > 1):
        first, last = (f"{group[place][1]}{group[place][2]}" for place in (0, -1))
        for place, match in enumerate(group):
            whole = f' ref="{first}:{last}"' if place == 0 else ""
            text = f">{match[4]}</f>" if place == 0 else "/>"
            told[match[0]] = f'<c r="{match[1]}{match[2]}"{match[3]}><f t="shared"{whole} si="{number}"{text}</c>'
    return _CELL.sub(lambda match: told.get(match[0], match[0]), xml)


def _prefixed(xml: str) -> str:
    """Name the namespace, as libraries of .NET do."""
    if "<legacyDrawing" in xml or "<drawing" in xml:
        xml = re.sub(r"<(?:legacyDrawing|drawing)[^>]*/>", "", xml)
    xml = re.sub(r"<(/?)([a-zA-Z])", r"<\1x:\2", xml)
    return xml.replace('xmlns="http://schemas.openxmlformats.org', 'xmlns:x="http://schemas.openxmlformats.org')


def _ten_digits(xml: str) -> str:
    """Give every formula a stored number of ten digits, which is not its own."""
    return re.sub(r"</f><v ?/>|</f><v></v>", "</f><v>0.1234567891</v>", xml)


SAVERS: Mapping[str, Save] = {
    "as it is": each(shutil.copy),
    "openpyxl": each(by_openpyxl),
    "shared formulas": _rewritten(_shared),
    "a named namespace": _rewritten(_prefixed),
    "ten digits": _rewritten(_ten_digits),
    "libreoffice": by_libreoffice,
    "gnumeric": each(by_gnumeric),
    "sheetjs": each(by_node("xlsx", SHEETJS)),
}
QUICK = ("as it is", "openpyxl", "shared formulas", "a named namespace", "ten digits")
