"""A workbook that somebody has open is kept: what they save would overwrite the new one, or be lost to it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import SHORT, left_beside
from tests.test_cli import run
from xlbackprop.engines.libreoffice import LibreOffice, _program
from xlbackprop.machine.open_elsewhere import opened_elsewhere
from xlbackprop.machine.process import _end, _started
from xlbackprop.xlsx.write import is_untouched

WORDS = ("generate", *SHORT, "-o", "mine.xlsx")


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def made(capsys: pytest.CaptureFixture[str]) -> bytes:
    """Make mine.xlsx; return its bytes."""
    assert run(capsys, *WORDS)[0] == 0
    return Path("mine.xlsx").read_bytes()


LIBREOFFICE = ".~lock.mine.xlsx#"
EXCEL = "~$mine.xlsx"


def owner_file(name: str) -> bytes:
    """Return what Excel puts beside a workbook: the name of its user twice, padded to 165 bytes."""
    once = name.encode("cp1252", errors="replace")
    wide = name.encode("utf-16-le")
    return (
        bytes([len(once)]) + once.ljust(54) + len(name).to_bytes(2, "little") + wide + b" \0" * ((108 - len(wide)) // 2)
    )


SIGNS = [
    (
        LIBREOFFICE,
        "Jürgen Å. ∂,juergen,pc 7,25.11.2025 16:21,file:///x;".encode(),
        "Jürgen Å. ∂ on pc 7 has it open in LibreOffice",
    ),
    (LIBREOFFICE, b"Teacher\\, A.,at,pc,25.11.2025 16:21,file:///x;", "Teacher, A. on pc has it open in LibreOffice"),
    (LIBREOFFICE, b",root,vm,25.11.2025 16:21,file:///x;", "root on vm has it open in LibreOffice"),
    (LIBREOFFICE, b"", "somebody has it open in LibreOffice"),
    (LIBREOFFICE, b"\xff\xfe\x00" * 9999, "has it open in LibreOffice"),
    (EXCEL, owner_file("Jürgen ∂"), "Jürgen ∂ has it open in Excel"),
    (EXCEL, owner_file("x" * 54), "x" * 54 + " has it open in Excel"),
    (EXCEL, b"\x05short", "somebody has it open in Excel"),
    (EXCEL, b"\xff" * 165, "has it open in Excel"),
]


@pytest.mark.parametrize(("sign", "content", "told"), SIGNS)
def test_a_workbook_that_is_open_in_a_program_is_kept_unless_forced(
    sign: str, content: bytes, told: str, made: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(sign).write_bytes(content)
    code, out, err = run(capsys, *WORDS, "--epochs", "5")
    assert (code, out) == (2, "")
    assert told in err
    assert len(err.splitlines()) == 2
    assert (
        f"Close it there, or write elsewhere with -o FILE; if nobody has it open ({sign} was left behind), say --force."
        in err
    )
    assert Path("mine.xlsx").read_bytes() == made
    assert run(capsys, *WORDS, "--epochs", "5", "--force")[0] == 0
    assert is_untouched(Path("mine.xlsx"))
    assert left_beside(Path()) == {"mine.xlsx", sign}


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_the_sign_beside_what_a_link_leads_to_counts_too(made: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    assert made
    Path("far").mkdir()
    Path("mine.xlsx").rename("far/week3.xlsx")
    Path("mine.xlsx").symlink_to("far/week3.xlsx")
    Path("far/.~lock.week3.xlsx#").write_bytes(b"A. Teacher,at,pc,,;")
    assert "A. Teacher on pc has it open" in run(capsys, *WORDS)[2]


def test_a_hand_out_that_is_open_is_kept_with_its_workbook(
    made: bytes, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LibreOffice, "require", lambda _: None)
    monkeypatch.setattr(LibreOffice, "pdf", lambda *_: b"%PDF-1.6\n%%EOF\n")
    assert run(capsys, *WORDS, "--pdf")[0] == 0
    Path(".~lock.mine.pdf#").write_bytes(b"A. Teacher,at,pc,,;")
    code, _, err = run(capsys, *WORDS, "--pdf", "--epochs", "5")
    assert code == 2
    assert "  mine.pdf: A. Teacher on pc has it open in LibreOffice" in err
    assert Path("mine.xlsx").read_bytes() == made


@pytest.mark.parametrize("sign", [LIBREOFFICE, EXCEL])
def test_a_sign_without_a_workbook_hinders_nobody(sign: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(sign).write_bytes(b"A. Teacher,at,pc,,;")
    assert run(capsys, *WORDS)[0] == 0


@pytest.fixture
def open_in_libreoffice(made: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Have mine.xlsx open in LibreOffice."""
    assert made
    profile = tmp_path_factory.mktemp("profile").as_uri()
    words = [
        _program(),
        f"-env:UserInstallation={profile}",
        "--headless",
        "--norestore",
        "--nologo",
        str(Path("mine.xlsx").resolve()),
    ]
    with _started(words, Path.cwd(), {}) as process:
        limit = time.monotonic() + 120
        while not Path(LIBREOFFICE).exists() and process.poll() is None and time.monotonic() < limit:
            time.sleep(0.1)
        yield
        _end(process)


@pytest.mark.engine("libreoffice")
@pytest.mark.usefixtures("open_in_libreoffice")
def test_libreoffice_itself_keeps_a_workbook_that_it_has_open(capsys: pytest.CaptureFixture[str]) -> None:
    before = Path("mine.xlsx").read_bytes()
    (opened,) = opened_elsewhere(Path("mine.xlsx"))
    assert opened.program == "LibreOffice"
    assert " on " in opened.person
    code, _, err = run(capsys, *WORDS, "--epochs", "5")
    assert code == 2
    assert f"{opened.person} has it open in LibreOffice" in err
    assert Path("mine.xlsx").read_bytes() == before


def test_windows_refusing_to_replace_an_open_workbook_is_told(
    made: bytes, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_use(draft: Path, target: Path) -> None:
        raise PermissionError(13, "Access is denied", str(draft), None, str(target))

    monkeypatch.setattr(Path, "replace", in_use)
    code, _, err = run(capsys, *WORDS, "--epochs", "5")
    assert code == 2
    told = "it cannot be written: Access is denied. Is it open in another program, or the folder read-only?"
    assert err.endswith(f"{Path('mine.xlsx').resolve()}\n  {told}\n")
    assert Path("mine.xlsx").read_bytes() == made
    assert left_beside(Path()) == {"mine.xlsx"}


def test_windows_refusing_to_open_a_workbook_that_excel_has_open_is_told_before_the_work_begins(
    made: bytes, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opens = Path.open

    def in_use(path: Path, mode: str = "r", *words: object, **more: object) -> object:
        if mode == "r+b":
            raise PermissionError(13, "Access is denied", str(path))
        return opens(path, mode, *words, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", in_use)
    code, _, err = run(capsys, *WORDS, "--force")
    assert code == 2
    assert err.startswith("mine.xlsx\n  it cannot be overwritten: Access is denied. Is it open in another program")
    assert Path("mine.xlsx").read_bytes() == made
