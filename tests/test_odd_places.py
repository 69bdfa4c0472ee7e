"""Where a workbook is to go may be read-only, a link, a folder or a pipe, or have a name that Windows lacks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command_line import SHORT, left_beside, require, with_few_rights, xlbackprop
from tests.tampering import set_cell
from tests.test_cli import run
from xlbackprop.commands import overwriting
from xlbackprop.machine.file_names import trouble_on_windows
from xlbackprop.xlsx.write import is_untouched

WORDS = ("generate", *SHORT, "-o", "mine.xlsx")
on_posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such thing")


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def made(capsys: pytest.CaptureFixture[str]) -> bytes:
    """Make mine.xlsx; return its bytes."""
    assert run(capsys, *WORDS)[0] == 0
    return Path("mine.xlsx").read_bytes()


# ----------------------------------------------------------------------------------------------------------- read-only


@on_posix
@pytest.mark.parametrize("words", [WORDS, ("new", "mine.toml")])
def test_a_folder_that_is_read_only_is_told(words: tuple[str, ...], tmp_path: Path) -> None:
    place = tmp_path / "closed"
    place.mkdir(mode=0o500)
    code, out, err = xlbackprop(*words, folder=place, before=with_few_rights())
    assert (code, out) == (2, "")
    told = "it cannot be written: Permission denied. Is it open in another program, or the folder read-only?"
    assert err.endswith(f"{words[-1]}\n  {told}\n")
    assert left_beside(place) == set()


@on_posix
def test_a_folder_that_cannot_be_entered_is_told(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    code, _, err = xlbackprop(*WORDS[:-1], "closed/mine.xlsx", folder=tmp_path, before=with_few_rights())
    assert code == 2
    assert "closed/mine.xlsx\n  it cannot be written: Permission denied." in err


@on_posix
def test_a_disk_that_is_read_only_is_told(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", disk], capture_output=True, check=False)
    require(done.returncode == 0, "only root can mount a disk")
    try:
        code, _, err = xlbackprop(*WORDS, folder=disk)
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)
    assert code == 2
    assert "it cannot be written: Read-only file system. The folder is read-only; choose another." in err


@on_posix
@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_workbook_that_is_read_only_is_kept(force: tuple[str, ...], made: bytes, tmp_path: Path) -> None:
    Path("mine.xlsx").chmod(0o444)
    code, out, err = xlbackprop(*WORDS, *force, folder=tmp_path, before=with_few_rights())
    assert (code, out) == (2, "")
    assert (
        "mine.xlsx\n  it cannot be overwritten: Permission denied. Is it open in another program, or protected?" in err
    )
    assert Path("mine.xlsx").read_bytes() == made
    assert left_beside(tmp_path) == {"mine.xlsx"}


@on_posix
def test_a_workbook_that_nobody_may_change_is_kept(made: bytes, tmp_path: Path) -> None:
    program = shutil.which("chattr") or "chattr"
    done = (
        subprocess.run([program, "+i", "mine.xlsx"], capture_output=True, check=False)
        if shutil.which(program)
        else None
    )
    if done is None or done.returncode != 0:
        pytest.skip("this disk knows no such protection, or only root may give it")
    try:
        code, _, err = xlbackprop(*WORDS, "--force", folder=tmp_path)
    finally:
        subprocess.run([program, "-i", "mine.xlsx"], check=True)
    assert code == 2
    assert "it cannot be overwritten: Operation not permitted. Is it open in another program, or protected?" in err
    assert Path("mine.xlsx").read_bytes() == made


@on_posix
def test_a_lesson_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    xlbackprop("new", "mine.toml", folder=tmp_path)
    Path("mine.toml").chmod(0)
    code, out, err = xlbackprop("generate", "mine.toml", folder=tmp_path, before=with_few_rights())
    assert (code, out, err) == (2, "", "mine.toml\n  it cannot be read: Permission denied.\n")


@on_posix
def test_a_workbook_that_may_not_be_read_is_told(made: bytes, tmp_path: Path) -> None:
    assert made
    Path("mine.xlsx").chmod(0)
    code, out, err = xlbackprop("verify", "mine.xlsx", folder=tmp_path, before=with_few_rights())
    assert (code, out) == (2, "")
    assert err.endswith("mine.xlsx\n  it cannot be opened: Permission denied.\n")


# --------------------------------------------------------------------------------------------- folders, links and pipes


def test_into_a_folder_the_workbook_goes_by_the_name_of_its_lesson(capsys: pytest.CaptureFixture[str]) -> None:
    Path("week3").mkdir()
    code, out, _ = run(capsys, "generate", *SHORT, "-o", "week3")
    assert code == 0
    assert out.startswith(str(Path("week3/walkthrough.xlsx")))
    Path("week4/walkthrough.xlsx").mkdir(parents=True)
    code, _, err = run(capsys, "generate", *SHORT, "-o", "week4", "--force")
    assert code == 2
    assert "a folder of this name is there. Write elsewhere with -o FILE." in err


@on_posix
def test_a_link_is_followed_and_stays_a_link(made: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("handed out").mkdir()
    Path("mine.xlsx").rename("handed out/week3.xlsx")
    Path("mine.xlsx").symlink_to("handed out/week3.xlsx")
    assert run(capsys, *WORDS, "--epochs", "5")[0] == 0
    assert Path("mine.xlsx").is_symlink()
    assert Path("handed out/week3.xlsx").read_bytes() != made
    assert is_untouched(Path("handed out/week3.xlsx"))
    assert left_beside(tmp_path) == {"mine.xlsx", "handed out"}
    assert left_beside(tmp_path / "handed out") == {"week3.xlsx"}


@on_posix
def test_a_link_to_an_edited_workbook_keeps_it(made: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    set_cell(Path("mine.xlsx"), "Inputs", "B6", "<v>0.07</v>")
    Path("mine.xlsx").rename("edited.xlsx")
    Path("mine.xlsx").symlink_to("edited.xlsx")
    before = Path("edited.xlsx").read_bytes()
    assert before != made
    assert run(capsys, *WORDS)[0] == 2
    assert Path("edited.xlsx").read_bytes() == before


@on_posix
def test_a_link_that_leads_nowhere_yet_leads_to_the_new_workbook(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.xlsx").symlink_to("later.xlsx")
    assert run(capsys, *WORDS)[0] == 0
    assert Path("mine.xlsx").is_symlink()
    assert is_untouched(Path("later.xlsx"))


@on_posix
@pytest.mark.parametrize(
    ("target", "told"), [("mine.xlsx", "Choose another place or name."), ("no/x.xlsx", "Make its folder first.")]
)
def test_a_link_that_cannot_be_followed_is_told(target: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.xlsx").symlink_to(target)
    code, _, err = run(capsys, *WORDS)
    assert code == 2
    assert told in err
    assert "Traceback" not in err
    assert left_beside(Path()) == {"mine.xlsx"}


@on_posix
def test_a_second_name_of_the_old_workbook_keeps_the_old_one(made: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    Path("last year.xlsx").hardlink_to("mine.xlsx")
    assert run(capsys, *WORDS, "--epochs", "5")[0] == 0
    assert Path("mine.xlsx").read_bytes() != made
    assert Path("last year.xlsx").read_bytes() == made


@on_posix
@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_pipe_is_no_place_for_a_workbook(force: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo("mine.xlsx")
    code, _, err = run(capsys, *WORDS, *force)  # must not wait for a reader
    assert code == 2
    assert "what is there is no file, but a device. Write elsewhere with -o FILE." in err


# --------------------------------------------------------------------------------------------------------- names of files

ODD_NAMES = {
    "CON.xlsx": "CON is a device on Windows, and no file",
    "nul.xlsx": "nul is a device on Windows, and no file",
    "COM1.xlsx": "COM1 is a device on Windows, and no file",
    "LPT³.xlsx": "LPT³ is a device on Windows, and no file",
    "aux.week3.xlsx": "aux is a device on Windows, and no file",
    "prn .xlsx": "prn is a device on Windows, and no file",
    "a:b.xlsx": "no file on Windows can have : in its name",
    'what?*"<>|.xlsx': 'no file on Windows can have ? * " < > | in its name',
    "a\\b.xlsx": "no file on Windows can have \\ in its name",
    "tab\t.xlsx": "no file on Windows can have U+0009 in its name",
}


@on_posix
@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_name_that_windows_lacks_gets_a_warning(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "generate", *SHORT, "-o", name)
    assert code == 0
    assert f"  warning   {name}: {ODD_NAMES[name]}. Rename it before you hand it out.\n" in out
    assert left_beside(Path()) == {name}


@pytest.mark.parametrize(
    "name", ["console.xlsx", "COM10.xlsx", "ü∂ (2), 100 %.xlsx", "com.xlsx", "a.con.xlsx", "nul-.xlsx"]
)
def test_other_names_get_none(name: str) -> None:
    assert trouble_on_windows(name) == ""


@on_posix
def test_a_new_lesson_of_such_a_name_gets_the_warning_before_anybody_works_on_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, _ = run(capsys, "new", "week 3: first steps.toml")
    assert code == 0
    assert "  warning   week 3: first steps.toml: no file on Windows can have : in its name." in out
    code, out, _ = run(capsys, "new", "aux.toml")
    assert code == 0
    assert "  warning   aux.toml: aux is a device on Windows, and no file." in out


def test_on_windows_such_a_name_is_refused(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written to a:b.xlsx there goes where no program finds it."""
    monkeypatch.setattr(overwriting, "ON_WINDOWS", True)
    code, _, err = run(capsys, "generate", *SHORT, "-o", "con.xlsx", "--force")
    assert code == 2
    assert err == "con.xlsx\n  con is a device on Windows, and no file. Choose another name with -o FILE.\n"
    assert left_beside(Path()) == set()


@pytest.mark.parametrize("words", [("generate", *SHORT, "-o", "{}.xlsx"), ("new", "{}.toml")])
@pytest.mark.parametrize("name", ["x" * 256, "ü" * 130, "/".join(["f" * 200] * 30) + "/a"])
def test_a_name_or_a_path_that_is_too_long_is_told(
    words: tuple[str, ...], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(capsys, *(word.format(name) for word in words))
    assert code == 2
    assert "File name too long. Choose a shorter name." in err


def test_a_path_of_more_than_260_characters_is_fine_here(capsys: pytest.CaptureFixture[str]) -> None:
    path = Path(*["a folder of the course" * 3] * 5, "mine.xlsx")
    assert len(str(path)) > 300
    assert run(capsys, "generate", *SHORT, "-o", str(path))[0] == 0
    assert is_untouched(path)
