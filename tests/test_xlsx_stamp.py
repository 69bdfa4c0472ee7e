"""The stamp tells a workbook as it was written from one that has been changed since."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from openpyxl import load_workbook

from tests.xlsx_sample import network_only
from xlbackprop.cli import main
from xlbackprop.machine import write_workbook
from xlbackprop.xlsx.write import has_same_parts, is_untouched
from xlbackprop.xlsx.write.seal import STAMP_PART

Parts = dict[str, bytes]
GENERATE = ["generate", "--epochs", "2", "--rates", "0.5", "--no-verify", "-o"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "lesson.xlsx"
    write_workbook(network_only(), path)
    return path


def repacked(path: Path, change: Callable[[Parts], object]) -> Path:
    with ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    change(parts)
    with ZipFile(path, "w", ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


def test_a_workbook_as_written_is_untouched(path: Path) -> None:
    assert is_untouched(path)


def test_packing_the_same_parts_again_changes_nothing(path: Path) -> None:
    assert is_untouched(repacked(path, lambda _: None))


def test_one_changed_byte_in_any_part_is_seen(path: Path) -> None:
    with ZipFile(path) as package:
        names = package.namelist()
    for name in names:
        write_workbook(network_only(), path)

        def change(parts: Parts, name: str = name) -> None:
            parts[name] = parts[name][:-1] + b" "

        assert not is_untouched(repacked(path, change)), name


@pytest.mark.parametrize(
    "change",
    [
        lambda parts: parts.update({"xl/extra.xml": b"<a/>"}),
        lambda parts: parts.pop("xl/styles.xml"),
        lambda parts: parts.pop(STAMP_PART),
        lambda parts: parts.update({"xl/style.xml": parts.pop("xl/styles.xml")}),
    ],
)
def test_a_part_too_many_too_few_or_renamed_is_seen(path: Path, change: Callable[[Parts], object]) -> None:
    assert not is_untouched(repacked(path, change))


def test_a_workbook_saved_by_another_program_is_not_ours(path: Path) -> None:
    load_workbook(path).save(path)
    assert not is_untouched(path)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 half a zip"])
def test_what_is_no_workbook_is_not_ours(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.xlsx"
    path.write_bytes(content)
    assert not is_untouched(path)


def test_a_file_cut_short_is_not_ours(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])
    assert not is_untouched(path)


def test_no_file_and_a_folder_are_not_ours(tmp_path: Path) -> None:
    assert not is_untouched(tmp_path / "missing.xlsx")
    assert not is_untouched(tmp_path)


# ------------------------------------------------------------------------------------------------------ the same parts


def _packed(path: Path, text: str = "<sheet/>", *, level: int = 9, comment: bytes = b"") -> Path:
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=level) as package:
        package.writestr("a.xml", text * 500)
        package.comment = comment
    return path


def test_parts_are_the_same_however_they_are_packed(tmp_path: Path) -> None:
    new, old = _packed(tmp_path / "new.xlsx", level=1), _packed(tmp_path / "old.xlsx", level=9)
    assert new.read_bytes() != old.read_bytes()
    assert has_same_parts(new, old)


@pytest.mark.parametrize("change", ["another part", "a comment", "damaged", "no zip", "not there"])
def test_parts_are_not_the_same(change: str, tmp_path: Path) -> None:
    new, old = _packed(tmp_path / "new.xlsx"), tmp_path / "old.xlsx"
    if change != "not there":
        _packed(old, "<other/>" if change == "another part" else "<sheet/>", comment=b"x" * (change == "a comment"))
    if change == "damaged":
        content = bytearray(old.read_bytes())
        content[45] ^= 1
        old.write_bytes(content)
    if change == "no zip":
        old.write_bytes(b"no zip")
    assert not has_same_parts(new, old)


def test_a_workbook_that_says_the_same_stays_where_it_is(tmp_path: Path) -> None:
    made = [*GENERATE, str(tmp_path / "w.xlsx")]
    assert main(made) == 0
    with ZipFile(tmp_path / "w.xlsx") as package:
        parts = {name: package.read(name) for name in package.namelist()}
    with ZipFile(tmp_path / "w.xlsx", "w", ZIP_STORED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    packed_otherwise = (tmp_path / "w.xlsx").read_bytes()
    assert main(made) == 0
    assert (tmp_path / "w.xlsx").read_bytes() == packed_otherwise
    assert main([word.replace("0.5", "0.25") for word in made]) == 0
    assert (tmp_path / "w.xlsx").read_bytes() != packed_otherwise
    assert [path.name for path in tmp_path.iterdir()] == ["w.xlsx"]
