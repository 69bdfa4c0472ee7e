"""Changing a written workbook behind its back, as a person or a program might."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path


def sheet_part(path: Path, sheet: str) -> str:
    """Return the name of the part that holds a sheet."""
    with zipfile.ZipFile(path) as package:
        workbook = package.read("xl/workbook.xml").decode()
        links = package.read("xl/_rels/workbook.xml.rels").decode()
    identity = re.search(rf'<sheet [^>]*name="{re.escape(sheet)}"[^>]*r:id="(\w+)"', workbook)
    assert identity is not None, sheet
    for link in re.findall(r"<Relationship [^>]*>", links):
        if f'Id="{identity[1]}"' in link:
            target = re.search(r'Target="([^"]+)"', link)
            assert target is not None
            return "xl/" + target[1].removeprefix("/xl/")
    raise AssertionError(f"{sheet} has no part")


def edit_part(path: Path, part: str, change: Callable[[str], str]) -> None:
    """Write the workbook anew with one part changed."""
    with zipfile.ZipFile(path) as package:
        parts = {entry: package.read(entry) for entry in package.namelist()}
    changed = change(parts[part].decode())
    assert changed != parts[part].decode(), "the edit changes nothing"
    parts[part] = changed.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for entry, content in parts.items():
            package.writestr(entry, content)


def set_cell(path: Path, sheet: str, cell: str, inside: str, kind: str = "") -> None:
    """Put `<f>…</f><v>…</v>` into a cell; its style stays. `kind` is the type: "str", "e", …"""
    typed = f' t="{kind}"' if kind else ""

    def change(text: str) -> str:
        pattern = rf'<c r="{cell}"( s="\d+")?[^>]*?(?:/>|>.*?</c>)'
        return re.sub(pattern, lambda match: f'<c r="{cell}"{match[1] or ""}{typed}>{inside}</c>', text, count=1)

    edit_part(path, sheet_part(path, sheet), change)
