"""The guard of moves sees what moved: a number, a part, the order of parts, a message."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from tests.same_files import differences


def _workbook(path: Path, parts: dict[str, str], level: int = 6, year: int = 1980) -> Path:
    with ZipFile(path, "w") as package:
        for name, text in parts.items():
            package.writestr(ZipInfo(name, (year, 1, 1, 0, 0, 0)), text, ZIP_DEFLATED, level)
    return path


SOUND = {"xl/workbook.xml": "<workbook/>", "xl/worksheets/sheet1.xml": "<v>0.25</v>"}


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        (
            {**SOUND, "xl/worksheets/sheet1.xml": "<v>0.26</v>"},
            "sheet1.xml, byte 6: was …<v>0.25</v>…, is …<v>0.26</v>…",
        ),
        ({**SOUND, "xl/worksheets/sheet1.xml": "<v>0.25</v> "}, "sheet1.xml"),
        (
            {"xl/workbook.xml": SOUND["xl/workbook.xml"]},
            "other parts, or in another order: ['xl/worksheets/sheet1.xml']",
        ),
        (dict(reversed(SOUND.items())), "other parts, or in another order: []"),
    ],
    ids=["a digit", "a blank at the end", "a part less", "another order"],
)
def test_what_moved_is_told(tmp_path: Path, parts: dict[str, str], told: str) -> None:
    before, after = _workbook(tmp_path / "before.xlsx", SOUND), _workbook(tmp_path / "after.xlsx", parts)
    assert told in "\n".join(differences(before, after))


def test_the_same_parts_are_the_same_however_they_are_packed(tmp_path: Path) -> None:
    before = _workbook(tmp_path / "before.xlsx", SOUND)
    after = _workbook(tmp_path / "after.xlsx", SOUND, level=0)
    assert before.read_bytes() != after.read_bytes()
    assert [*differences(before, after)] == []


def test_another_time_is_told(tmp_path: Path) -> None:
    before, after = _workbook(tmp_path / "before.xlsx", SOUND), _workbook(tmp_path / "after.xlsx", SOUND, year=2000)
    assert "what the archive says of xl/workbook.xml: was ((1980" in "\n".join(differences(before, after))


def test_a_message_and_a_workbook_are_not_the_same(tmp_path: Path) -> None:
    made, refused = _workbook(tmp_path / "made.xlsx", SOUND), tmp_path / "refused.xlsx"
    refused.write_text("the lesson\n  title: it is missing.", encoding="utf-8")
    other = tmp_path / "other.xlsx"
    other.write_text("the lesson\n  title: it is empty.", encoding="utf-8")
    assert [*differences(made, refused)] == ["one of them is refused"]
    assert "it is missing" in "".join(differences(refused, other))
    assert [*differences(refused, refused)] == []
