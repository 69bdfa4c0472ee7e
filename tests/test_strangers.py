"""Workbooks of other formats become .xlsx for the reader, and nothing in them acts on the way."""

from __future__ import annotations

import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.test_exercise import exercise, right, written
from xlbackprop.classroom import mark
from xlbackprop.classroom.strangers import as_xlsx
from xlbackprop.engines import LibreOffice
from xlbackprop.errors import InputError


@pytest.mark.engine("libreoffice")
def test_an_exercise_saved_as_ods_is_marked(tmp_path: Path) -> None:
    of = exercise("walkthrough")
    saved = tmp_path / "saved.ods"
    LibreOffice().convert(written(of, right(of), tmp_path / "filled.xlsx"), saved)
    with as_xlsx(saved) as path:
        assert mark(path, of).points == 100.0


def test_an_xlsx_file_stays_as_it_is(tmp_path: Path) -> None:
    path = written(exercise("walkthrough"), {}, tmp_path / "filled.xlsx")
    with as_xlsx(path) as same:
        assert same == path


def _ods(path: Path, **parts: str) -> Path:
    with ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), text)
    return path


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"Basic__script-lb_xml": "<a/>"}, "it has macros"),
        ({"content_xml": '<draw:image xlink:href="http://example.org/a.png"/>'}, "would fetch"),
        ({"Object 1__content_xml": '<draw:image xlink:href="//example.org/a.png"/>'}, "would fetch"),
        ({"content_xml": '<table:table-source xlink:href="../other.ods"/>'}, "would fetch"),
        ({"content_xml": '<c table:formula="of:=WEBSERVICE(&quot;x&quot;)"/>'}, "would fetch"),
        ({"content_xml": """<c table:formula="of:='file:///etc/passwd'#$Sheet1.A1"/>"""}, "would fetch"),
    ],
)
def test_what_would_act_is_refused(parts: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said), as_xlsx(_ods(tmp_path / "a.ods", **parts)):
        pass


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "a.ods", "w", compression=8) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", b" " * 110_000_000)
    with pytest.raises(InputError, match="100,000,000 bytes"), as_xlsx(tmp_path / "a.ods"):
        pass


def test_without_libreoffice_the_cure_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr("xlbackprop.engines.libreoffice._PLACES", {})
    with pytest.raises(InputError, match=r"Save it as \.xlsx"), as_xlsx(_ods(tmp_path / "a.ods")):
        pass
