"""A machine may lack a locale, a home, a clock that is right, open streams or a folder to be in: the command does its work.

Where it cannot, it says so in one line and ends with 2.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.command_line import SHORT, left_beside, xlbackprop
from tests.slow import slow_where
from tests.test_cli import run
from xlbackprop import cli
from xlbackprop.xlsx.write import is_untouched

WORDS = ("generate", *SHORT, "-o", "mine.xlsx")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such machines")


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the workbook that every machine here makes."""
    folder = tmp_path_factory.mktemp("plain")
    assert xlbackprop(*WORDS, folder=folder).code == 0
    return (folder / "mine.xlsx").read_bytes()


# ------------------------------------------------------------------------------------------------------- signs and names

NO_UTF_8 = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
LOCALES = {
    "C": {"LC_ALL": "C"},
    "C without Python's help": {"LC_ALL": "C", **NO_UTF_8},
    "Latin-1": {"LC_ALL": None, "LANG": "de_DE.ISO-8859-1", **NO_UTF_8},
    "an ASCII terminal": {"LC_ALL": "POSIX", "PYTHONIOENCODING": "ascii:strict"},
}
LESSON = "Übung ∂E.toml"


@pytest.mark.parametrize("locale", slow_where(LOCALES, {"C", "Latin-1"}))
def test_any_locale_and_names_beyond_it(locale: str, tmp_path: Path) -> None:
    environment = LOCALES[locale]
    commands = (("new", LESSON), ("generate", LESSON, *SHORT), ("show", LESSON), ("verify", "output/Übung ∂E.xlsx"))
    done = [xlbackprop(*words, folder=tmp_path, environment=environment) for words in commands]
    assert [each.code for each in done] == [0, 0, 0, 0]
    assert not any("Traceback" in each.err or "Error" in each.err for each in done)
    made = Path("output", "Übung ∂E.xlsx")
    assert is_untouched(made)
    assert {path.name for path in Path("output").iterdir()} == {made.name}


@pytest.mark.parametrize("environment", [{}, LOCALES["C without Python's help"]])
def test_a_name_that_is_no_text_at_all(environment: Mapping[str, str | None], expected: bytes, tmp_path: Path) -> None:
    name = b"week\xff3.xlsx"
    assert xlbackprop("generate", *SHORT, "-o", name, folder=tmp_path, environment=environment).code == 0
    assert left_beside(tmp_path) == {os.fsdecode(name)}
    assert Path(os.fsdecode(name)).read_bytes() == expected
    assert xlbackprop("verify", name, folder=tmp_path, environment=environment).code == 0
    code, _, err = xlbackprop("generate", b"none\xff.toml", folder=tmp_path, environment=environment)
    assert code == 2
    assert "there is no such file. Is the path right?" in err
    assert "Traceback" not in err


# ----------------------------------------------------------------------------------------------------------- surroundings

SURROUNDINGS: dict[str, dict[str, str | None]] = {
    "nobody at home, no folder for temporary files": {
        "HOME": None,
        "USER": None,
        "LOGNAME": None,
        "TMPDIR": "/no/such/folder",
    },
    "a home that is not there, a file for temporary files": {
        "HOME": "/no/such/home",
        "XDG_CACHE_HOME": "",
        "TMPDIR": "/dev/null",
    },
    "another time, no assertions": {"SOURCE_DATE_EPOCH": "0", "TZ": "Pacific/Kiritimati", "PYTHONOPTIMIZE": "2"},
    "no PATH, no byte code": {"PATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
}


@pytest.mark.parametrize("what", SURROUNDINGS)
def test_the_workbook_is_the_same_in_any_surroundings(what: str, expected: bytes, tmp_path: Path) -> None:
    code, _, err = xlbackprop(*WORDS, folder=tmp_path, environment=SURROUNDINGS[what])
    assert code == 0
    assert "Traceback" not in err
    assert Path("mine.xlsx").read_bytes() == expected
    assert left_beside(tmp_path) == {"mine.xlsx"}


@pytest.mark.parametrize("columns", ["0", "wide", "-7", "1", "9" * 30, ""])
def test_any_width_of_the_terminal_has_its_help(
    columns: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    cli._terminal_width.cache_clear()
    code, out, _ = run(capsys, "generate", "--help")
    cli._terminal_width.cache_clear()
    assert code == 0
    assert "--no-verify" in out


@pytest.mark.engine("libreoffice")
def test_a_hand_out_needs_no_home(tmp_path: Path) -> None:
    home: dict[str, str | None] = {"HOME": "/no/such/home", "USER": None, "LC_ALL": "C"}
    code, _, err = xlbackprop(*WORDS, "--pdf", folder=tmp_path, environment=home)
    assert code == 0, err
    assert left_beside(tmp_path) == {"mine.xlsx", "mine.pdf"}


def test_who_lets_nobody_read_makes_files_that_nobody_else_reads(expected: bytes, tmp_path: Path) -> None:
    assert xlbackprop(*WORDS, folder=tmp_path, umask=0o077).code == 0
    assert Path("mine.xlsx").stat().st_mode & 0o777 == 0o600
    assert Path("mine.xlsx").read_bytes() == expected


def in_a_folder_that_is_gone(*words: str, folder: Path) -> tuple[int, str, str]:
    script = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" "$@"'
    return xlbackprop(*words, folder=folder, before=("sh", "-c", script))


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    told = "it cannot be written: No such file or directory. The folder you are in was removed; change to another."
    for words in (WORDS, ("new", "mine.toml")):
        code, out, err = in_a_folder_that_is_gone(*words, folder=tmp_path)
        assert (code, out) == (2, "")
        assert err.endswith(f"{words[-1]}\n  {told}\n")


def test_from_a_folder_that_is_gone_one_can_write_elsewhere(expected: bytes, tmp_path: Path) -> None:
    code, _, err = in_a_folder_that_is_gone("generate", *SHORT, "-o", str(tmp_path / "mine.xlsx"), folder=tmp_path)
    assert code == 0, err
    assert Path("mine.xlsx").read_bytes() == expected


# --------------------------------------------------------------------------------------------------------------- the clock


@pytest.mark.parametrize("moment", [0.0, -1e9, 4e9], ids=["1970", "1938", "2096"])
def test_a_clock_that_is_wrong_changes_nothing(
    moment: float, expected: bytes, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A computer without a battery for its clock wakes up in 1970, which no zip file can tell."""
    before = time.localtime(moment)
    monkeypatch.setattr(time, "time", lambda: moment)
    monkeypatch.setattr(time, "localtime", lambda *_: before)
    assert run(capsys, "generate", "--epochs", "4", "--rates", "0.5", "-o", "mine.xlsx")[0] == 0  # proved, too
    assert Path("mine.xlsx").read_bytes() == expected
    with ZipFile("mine.xlsx") as package:
        assert {entry.date_time[0] for entry in package.infolist()} == {1980}


@pytest.mark.parametrize("moment", [0, 2**33])
def test_the_date_of_the_old_file_decides_nothing(
    moment: int, expected: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, *WORDS, "--epochs", "5")[0] == 0
    os.utime("mine.xlsx", (moment, moment))
    assert run(capsys, *WORDS)[0] == 0
    assert Path("mine.xlsx").read_bytes() == expected


# ------------------------------------------------------------------------------------------------------- standard streams


def with_streams(redirections: str, *words: str, folder: Path) -> tuple[int, str, str]:
    return xlbackprop(*words, folder=folder, before=("sh", "-c", f'exec "$0" "$@" {redirections}'))


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_hinder_nobody(closed: str, expected: bytes, tmp_path: Path) -> None:
    assert (
        with_streams(closed, "generate", "--epochs", "4", "--rates", "0.5", "-o", "mine.xlsx", folder=tmp_path)[0] == 0
    )
    assert Path("mine.xlsx").read_bytes() == expected
    assert with_streams(closed, "generate", "none.toml", folder=tmp_path)[0] == 2


def test_what_is_opened_first_never_takes_the_place_of_a_closed_stream(tmp_path: Path) -> None:
    """Else what a library prints would go into the workbook."""
    code = "import os; from xlbackprop import streams; streams.open_standard_streams(); print(os.open('first', os.O_CREAT), end='')"
    for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
        command = f"\"$0\" -c \"$1; open('told', 'w').write(str(os.open('second', os.O_CREAT)))\" {closed}"
        subprocess.run(["sh", "-c", command, sys.executable, code], cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
        assert int(Path("told").read_text(encoding="utf-8")) > 2


@pytest.mark.parametrize("words", [("lessons",), ("parts",), ("show",), ("--help",), ("--version",), WORDS])
def test_output_to_a_full_disk_is_told(words: Sequence[str], tmp_path: Path) -> None:
    code, _, err = with_streams(">/dev/full", *words, folder=tmp_path)
    assert code == 2
    assert err.splitlines()[-1] == "standard output: it cannot be written: No space left on device."
    assert "Traceback" not in err
    assert "Exception ignored" not in err
    if words == WORDS:
        assert is_untouched(Path("mine.xlsx"))


@pytest.mark.parametrize("words", [("show", "none.toml"), ("generat",), ("generate", "--rates", "x")])
def test_messages_to_a_full_disk_are_lost_but_the_exit_code_is_right(words: Sequence[str], tmp_path: Path) -> None:
    assert with_streams("2>/dev/full", *words, folder=tmp_path)[0] == 2


@pytest.mark.parametrize("words", [("lessons",), ("parts",), ("show",), ("--help",)])
def test_a_reader_that_goes_away_is_no_trouble(words: Sequence[str], tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        code, _, err = xlbackprop(*words, folder=tmp_path, stdout=writing)
    finally:
        os.close(writing)
    assert (code, err) == (0, "")
