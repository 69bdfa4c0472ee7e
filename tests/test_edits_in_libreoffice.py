"""A number is typed into an open workbook in LibreOffice: it recalculates what depends on it, and no verdict turns red.

That is another way through the program than the recalculation of a file, by which `verify` asks it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.lessons import covering_lessons
from tests.slow import slow_but
from xlbackprop import compile_document, write_workbook
from xlbackprop.engines import libreoffice
from xlbackprop.engines.libreoffice import LibreOffice
from xlbackprop.lesson.lesson_file import load_lesson, read_lesson
from xlbackprop.sheets.checks.places import CHECKS
from xlbackprop.workbook.document import Document, address

pytestmark = pytest.mark.engine("libreoffice")

_MODULE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">
<![CDATA[
Sub Main
  On Error GoTo Failed
  Dim quietly(0) As New com.sun.star.beans.PropertyValue
  quietly(0).Name = "Hidden"
  quietly(0).Value = True
  files = createUnoService("com.sun.star.ucb.SimpleFileAccess")
  stream = createUnoService("com.sun.star.io.TextOutputStream")
  stream.setOutputStream(files.openFileWrite("{room}/said"))
{edits}
  stream.closeOutput()
Failed:
  StarDesktop.terminate()
End Sub
]]></script:module>
"""
_EDIT = """  book = StarDesktop.loadComponentFromURL("{room}/lesson.xlsx", "_blank", 0, quietly())
  book.Sheets.getByName("{sheet}").getCellRangeByName("{cell}").Value = {value}
  stream.writeString(book.Sheets.getByName("{checks}").getCellRangeByName("B3").String & Chr(10))
  book.close(True)
"""


def verdicts(room: Path, edits: list[tuple[str, str, float]]) -> list[str]:
    """Return what `Checks` of room/lesson.xlsx says after each edit, (sheet, cell, number), of the file as it is."""
    library = room / "profile" / "user" / "basic" / "Standard"
    library.mkdir(parents=True)
    libreoffice._write_settings(room, libreoffice._USED_BEFORE)
    told = "".join(
        _EDIT.format(room=room.as_uri(), sheet=sheet, cell=cell, value=value, checks=CHECKS)
        for sheet, cell, value in edits
    )
    (library.parent / "script.xlc").write_text(libreoffice._LIBRARIES)
    (library / "script.xlb").write_text(libreoffice._LIBRARY)
    (library / "Module1.xba").write_text(_MODULE.format(room=room.as_uri(), edits=told))
    LibreOffice(120)._run(room, libreoffice._MACRO)
    return (room / "said").read_text().splitlines()


TIES = """\
title = "Answers that an edit makes ½, and classes of which two are alike"
[network]
loss = "categorical cross-entropy"
[[network.layers]]
units = 3
activation = "tanh"
weights = [[0.3, -0.5], [0.2, 0.6], [-0.4, 0.1]]
bias = "unit"
[[network.layers]]
units = 3
activation = "softmax"
weights = [[0.5, -0.2, 0.1], [0.3, 0.4, -0.6], [-0.1, 0.2, 0.7]]
bias = "unit"
[data]
inputs = [[5.1, 3.5], [4.9, 3.0], [7.0, 3.2], [6.4, 3.2], [6.3, 3.3], [5.8, 2.7]]
targets = [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]]
scale = "standard"
[training]
learning_rates = [0.1, 0.5]
epochs = 20
"""
LOGIC = """\
title = "AND and XOR, step units with two outputs"
[network]
loss = "half squared error"
[[network.layers]]
units = 2
activation = "step"
weights = [[0.3, -0.1], [0.3, -0.1]]
thresholds = [0.2, 0.2]
[data]
inputs = [[0, 0], [0, 1], [1, 0], [1, 1]]
targets = [[0, 0], [0, 1], [0, 1], [1, 0]]
[training]
batch = 1
learning_rates = [0.1]
epochs = 10
"""
QUICK = ("xor", "softmax-3-classes", "three kinds", "logic")
OWN = {"three kinds": TIES, "logic": LOGIC}


def edits_of(document: Document) -> list[tuple[str, str, float]]:
    """Return an edit for the first, the middle and the last weight, for a number of the data, and for a rate."""
    cells = {
        cell.changeable: (sheet.name, address(*place), float(cell.value))
        for sheet in document.sheets
        for place, cell in sheet.cells.items()
        if cell.changeable is not None and not isinstance(cell.value, str)
    }
    weights = [name for name in cells if re.match(r"w\d+", name)]
    data = [name for name in cells if name.startswith("i1")]
    found = [(*cells[name][:2], cells[name][2] + 0.4) for name in (weights[0], weights[len(weights) // 2], weights[-1])]
    found += [(*cells[name][:2], cells[name][2] + 0.5) for name in data[:1]]
    return [*found, (*cells["learning rate 1"][:2], 0.7 * cells["learning rate 1"][2])]


@pytest.mark.parametrize("name", slow_but([*OWN, *covering_lessons()], QUICK))
def test_no_verdict_turns_red_by_an_edit_in_an_open_workbook(tmp_path: Path, name: str) -> None:
    document = compile_document(read_lesson(OWN[name], name) if name in OWN else load_lesson(name))
    write_workbook(document, tmp_path / "lesson.xlsx")
    edits = edits_of(document)
    said = verdicts(tmp_path, edits)
    assert [verdict[:4] for verdict in said] == ["PASS"] * len(edits), [*zip(edits, said, strict=False)]
