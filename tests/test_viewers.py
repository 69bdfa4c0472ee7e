"""Nobody calculates: a reader that knows only stored values shows every number and text, with macros off.

So do mail previews, phones, Excel's Protected View. Here: openpyxl and pandas with values only, calamine, and SheetJS, a
spreadsheet-to-HTML viewer from npm, in a headless Chromium. XLBACKPROP_SHEETJS names its file xlsx.full.min.js,
XLBACKPROP_CHROMIUM the browser.
"""

from __future__ import annotations

import base64
import html
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pandas
import pytest
from python_calamine import CalamineWorkbook

from xlbackprop import compile_document, load_lesson, write_workbook
from xlbackprop.workbook.document import Document, ErrorValue, Value, address, contents

CHROMIUM = os.environ.get("XLBACKPROP_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
SHEETJS = os.environ.get("XLBACKPROP_SHEETJS")
PAGES = ("Summary", "Step by step", "Loss curves", "LR=0.1")


@pytest.fixture(scope="module")
def document() -> Document:
    return compile_document(load_lesson(epochs=20))


@pytest.fixture(scope="module")
def path(document: Document, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("viewed") / "walkthrough.xlsx"
    write_workbook(document, file)
    return file


def shown(document: Document, sheet: str) -> Iterator[tuple[int, int, Value]]:
    """Yield row, column and value of everything that a sheet shows."""
    for row, column, _, value in contents(document[sheet]):
        if value != "":
            yield row, column, value


def test_there_is_nothing_to_run_in_it(path: Path) -> None:
    with ZipFile(path) as package:
        assert not [name for name in package.namelist() if "vba" in name.lower() or name.endswith(".bin")]


def test_openpyxl_with_values_only_shows_everything(document: Document, path: Path) -> None:
    book = openpyxl.load_workbook(path, data_only=True)
    for sheet in document.sheets:
        for row, column, value in shown(document, sheet.name):
            found = book[sheet.name].cell(row, column).value
            assert found == (value.value if isinstance(value, ErrorValue) else value), (sheet.name, row, column)


def test_pandas_shows_everything(document: Document, path: Path) -> None:
    frames = pandas.read_excel(path, sheet_name=None, header=None, keep_default_na=False, engine="openpyxl")
    assert list(frames) == [sheet.name for sheet in document.sheets]
    for name, frame in frames.items():
        for row, column, value in shown(document, name):
            assert frame.iat[row - 1, column - 1] == value, (name, row, column)


def test_calamine_shows_everything(document: Document, path: Path) -> None:
    book = CalamineWorkbook.from_path(str(path))
    for sheet in document.sheets:
        rows = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
        for row, column, value in shown(document, sheet.name):
            assert rows[row - 1][column - 1] == value, (sheet.name, row, column)


@pytest.fixture(scope="module")
def page(path: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a browser shows of the sheets that SheetJS turned into HTML, tags and all; cell B5 of the first is p0-B5."""
    if CHROMIUM is None or SHEETJS is None:
        if {"all", "viewer"} & set(os.environ.get("XLBACKPROP_REQUIRE", "").split(",")):
            pytest.fail("XLBACKPROP_REQUIRE asks for the viewer: Chromium, and npm install xlsx")
        pytest.skip("Chromium or SheetJS is not here")
    book = base64.b64encode(path.read_bytes()).decode()
    folder = tmp_path_factory.mktemp("browser")
    file = folder / "viewer.html"
    file.write_text(
        f"<!doctype html><meta charset=utf-8><body><script>{Path(SHEETJS).read_text(encoding='utf-8')}</script>"
        f'<script>const book = XLSX.read("{book}", {{type: "base64"}});'
        f"const shown = (name, n) => XLSX.utils.sheet_to_html(book.Sheets[name], {{id: `p${{n}}`}});"
        f"document.body.innerHTML = {list(PAGES)!r}.map(shown).join('');</script>",
        encoding="utf-8",
    )
    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    command = [CHROMIUM, *flags.split(), "--disable-component-update", "--disable-sync", f"--user-data-dir={folder}/b"]
    command += ["--virtual-time-budget=20000", "--dump-dom", file.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, encoding="utf-8")
    return html.unescape(done.stdout)


@pytest.mark.parametrize("sheet", PAGES)
def test_a_viewer_in_a_browser_shows_everything(document: Document, page: str, sheet: str) -> None:
    place_of = re.compile(rf'id="p{PAGES.index(sheet)}-([A-Z]+[0-9]+)"')
    cells = {
        place[1]: (tag, text)
        for tag, text in re.findall(r"<td([^>]*)>(.*?)</td>", page, re.DOTALL)
        if (place := place_of.search(tag))
    }
    wanted = list(shown(document, sheet))
    assert len(wanted) > 100
    for row, column, value in wanted:
        tag, text = cells[address(row, column)]
        if isinstance(value, float | int) and not isinstance(value, bool):
            stored = re.search(r'data-v="([^"]*)"', tag)
            assert stored is not None, (row, column)
            assert float(stored[1]) == value, (row, column)
        else:
            assert re.sub(r"<[^>]*>", "", text) == str(value), (row, column)
