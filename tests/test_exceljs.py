"""Exceljs, the reader that many web programs are built on, reads every sheet, text, number and formula.

It is an npm package and runs in Node; XLBACKPROP_EXCELJS names the package's folder (…/node_modules/exceljs).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.planting import required
from tests.tampering import set_cell
from xlbackprop import compile_document, load_lesson, write_workbook
from xlbackprop.workbook.document import Document, ErrorValue, Value, address, contents
from xlbackprop.xlsx.read import same_formula

NODE, EXCELJS = shutil.which("node"), os.environ.get("XLBACKPROP_EXCELJS")
READ = """
const ExcelJS = require(process.argv[1]);
(async () => {
  const book = new ExcelJS.Workbook();
  await book.xlsx.readFile(process.argv[2]);
  const sheets = book.worksheets.map(sheet => {
    const cells = {};
    sheet.eachRow(row => row.eachCell(cell => {
      if (cell.master !== cell) return;  // merged away
      cells[cell.address] = [cell.formula || null, cell.formula ? cell.result : cell.text && cell.value.text || cell.value];
    }));
    return [sheet.name, cells];
  });
  console.log(JSON.stringify(sheets));
})();
"""


def read_by_exceljs(path: Path) -> dict[str, dict[str, list[Any]]]:
    if NODE is None or EXCELJS is None:
        if required("exceljs"):
            pytest.fail("XLBACKPROP_REQUIRE asks for exceljs: Node, and npm install exceljs")
        pytest.skip("Node or exceljs is not here")
    command = [NODE, "-e", READ, str(Path(EXCELJS).resolve()), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8")
    return dict(json.loads(done.stdout))


def plain(value: Value) -> Any:
    return {"error": value.value} if isinstance(value, ErrorValue) else value


LESSONS = {
    "walkthrough": lambda: load_lesson(epochs=12, learning_rates=[0.5, 2.0]),
    "diverged": lambda: load_lesson(epochs=4, learning_rates=[0.5, 1e6]),
    "xor": lambda: load_lesson("xor", epochs=2),
}


def differences(document: Document, read: dict[str, dict[str, list[Any]]]) -> list[str]:
    """Return where exceljs reads something else than the document says."""
    if [*read] != [sheet.name for sheet in document.sheets]:
        return [f"sheets {[*read]}"]
    found = []
    for sheet in document.sheets:
        wanted = {address(row, column): (formula, value) for row, column, formula, value in contents(sheet)}
        cells = read[sheet.name]
        for place in wanted.keys() | cells.keys():
            formula, value = wanted.get(place, (None, ""))
            read_formula, read_value = cells.get(place, (None, ""))
            if not same_formula(formula or "", read_formula or "") or (
                read_value if read_value is not None else ""
            ) != plain(value):
                found.append(f"{sheet.name}!{place}: ={formula} {value!r}, read ={read_formula} {read_value!r}")
    return found


@pytest.mark.parametrize("name", LESSONS)
def test_exceljs_reads_everything(tmp_path: Path, name: str) -> None:
    document: Document = compile_document(LESSONS[name]())
    write_workbook(document, tmp_path / "book.xlsx")
    assert differences(document, read_by_exceljs(tmp_path / "book.xlsx")) == []


def test_what_exceljs_reads_otherwise_is_noticed(tmp_path: Path) -> None:
    document = compile_document(load_lesson(epochs=1, learning_rates=[0.5]))
    path = tmp_path / "book.xlsx"
    write_workbook(document, path)
    set_cell(path, "Inputs", "B6", "<v>0.06</v>")
    set_cell(path, "LR=0.5", "D3", "<f>'Inputs'!$B$23</f><v>0.5</v>")
    found = differences(document, read_by_exceljs(path))
    assert sorted(line.partition(":")[0] for line in found) == ["Inputs!B6", "LR=0.5!D3"]
