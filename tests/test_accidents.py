"""Whatever happens while a file is written, the old one or the new one is there, whole; and the message says what to do."""

from __future__ import annotations

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.command_line import SHORT, left_beside, require, xlbackprop
from tests.slow import slow
from tests.tampering import set_cell
from tests.test_cli import run
from xlbackprop.engines import pdf_handout
from xlbackprop.engines.libreoffice import LibreOffice
from xlbackprop.machine import atomic_write as whole_file
from xlbackprop.proof.verification import verify
from xlbackprop.xlsx import write as xlsx
from xlbackprop.xlsx.write import is_untouched

WORDS = ("generate", *SHORT, "-o", "mine.xlsx")
on_posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such thing")


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


# ------------------------------------------------------------------------------------------------------------- killed


@on_posix
@pytest.mark.parametrize("kills", [3, slow(12)])
def test_a_killed_process_leaves_the_old_file_or_the_new_one_whole_and_the_next_run_cleans_up(kills: int) -> None:
    """The long version: python -m tests.accidents --kills 200"""
    command = [
        sys.executable,
        "-m",
        "tests.accidents",
        "--kills",
        str(kills),
        "--counts",
        str(Path("counts.json").resolve()),
    ]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(Path("counts.json").read_text(encoding="utf-8")).values()
    assert [counts["losses"] for counts in found] == [[], [], []]
    assert sum(counts["kills"] for counts in found) == kills
    # else the kills come too early or too late to show anything
    assert sum(counts["hit_a_draft"] for counts in found) >= kills // 3


@on_posix
def test_a_half_file_would_be_counted_as_a_loss(tmp_path: Path) -> None:
    """The check itself can fail: here it finds what a program leaves that writes straight into its file."""
    command = "import sys, pathlib; from tests.accidents import Rounds; "
    command += "rounds = Rounds(pathlib.Path(sys.argv[1]), (), begin_with_nothing=True); rounds.begin_again(); "
    command += "(rounds.folder / 'lesson.xlsx').write_bytes(rounds.new['lesson.xlsx'][:-1000]); rounds.look(); "
    command += "print(len(rounds.counts.losses), rounds.counts.old_whole, rounds.counts.new_whole)"
    done = subprocess.run(
        [sys.executable, "-c", command, tmp_path],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "3 0 0\n"  # half a file; not sealed; and the next run refuses to overwrite it


@on_posix
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_who_is_told_to_end_removes_the_draft_and_says_so(ending: signal.Signals, tmp_path: Path) -> None:
    assert xlbackprop(*WORDS, folder=tmp_path).code == 0
    before = Path("mine.xlsx").read_bytes()
    command = [sys.executable, "-m", "xlbackprop", "generate", "--epochs", "3000", "--no-verify", "-o", "mine.xlsx"]
    # what runs in the background, or under nohup, ignores these signals, and so would what it starts
    listening = {"preexec_fn": lambda: signal.signal(ending, signal.SIG_DFL)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **listening) as process:
        limit = time.monotonic() + 120
        while len(left_beside(tmp_path)) == 1 and process.poll() is None and time.monotonic() < limit:
            time.sleep(0.002)
        process.send_signal(ending)
        out, err = process.communicate()
    assert (process.returncode, out) == (128 + ending, "")
    assert err.splitlines()[-1] == "stopped; nothing was half-written."
    assert "Traceback" not in err
    assert Path("mine.xlsx").read_bytes() == before
    assert left_beside(tmp_path) == {"mine.xlsx"}


# ------------------------------------------------------------------------------------------------------ drafts left behind


def test_a_draft_left_behind_goes_when_the_same_file_is_written_again(capsys: pytest.CaptureFixture[str]) -> None:
    for name in (".mine.xlsx.0a1b2c3d.tmp", ".mine.xlsx.ffffffff.tmp"):
        Path(name).write_bytes(b"PK half a workbook")
    assert run(capsys, *WORDS)[0] == 0
    assert left_beside(Path()) == {"mine.xlsx"}


def test_what_is_not_such_a_draft_stays(tmp_path: Path) -> None:
    others = {
        ".other.xlsx.0a1b2c3d.tmp",
        ".mine.xlsx.0a1b2c3.tmp",
        ".mine.xlsx.0a1b2c3d.tmp.txt",
        ".mine_xlsx.0a1b2c3d.tmp",
    }
    for name in others:
        Path(name).write_bytes(b"x")
    Path(".mine.xlsx.00000000.tmp").mkdir()
    with whole_file.whole_file(Path("mine.xlsx")) as stream:
        stream.write(b"new")
    assert left_beside(tmp_path) == {*others, ".mine.xlsx.00000000.tmp", "mine.xlsx"}


def test_a_draft_that_somebody_writes_stays(tmp_path: Path) -> None:
    with whole_file.whole_file(Path("mine.xlsx")) as slow:
        slow.write(b"the slow one")
        with whole_file.whole_file(Path("mine.xlsx")) as quick:
            quick.write(b"the quick one")
        assert Path("mine.xlsx").read_bytes() == b"the quick one"
    assert Path("mine.xlsx").read_bytes() == b"the slow one"
    assert left_beside(tmp_path) == {"mine.xlsx"}


@on_posix
def test_a_disk_without_locks_keeps_drafts_rather_than_removing_one_that_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_locks(*_: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(whole_file.fcntl, "flock", no_locks)
    with whole_file.whole_file(Path("mine.xlsx")) as slow:
        slow.write(b"the slow one")
        with whole_file.whole_file(Path("mine.xlsx")) as quick:
            quick.write(b"the quick one")
    assert Path("mine.xlsx").read_bytes() == b"the slow one"


@pytest.mark.parametrize("name", ["n" * 250 + ".xlsx", "ü" * 120 + ".xlsx"])
def test_the_longest_name_has_a_draft_too(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "generate", *SHORT, "-o", name)[0] == 0
    assert left_beside(Path()) == {name}


# ------------------------------------------------------------------------------------------------------ the disk is full


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mount a disk of a size ("64k"); only root can."""
    disk = tmp_path / "disk"
    disk.mkdir()

    def mounted(options: str) -> Path:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", disk], capture_output=True, check=False)
        require(done.returncode == 0, "a small disk can be mounted by root only")
        return disk

    yield mounted
    subprocess.run(["umount", "--lazy", disk], capture_output=True, check=False)


@on_posix
@pytest.mark.parametrize("room", [0, 8, 100, 116])
def test_a_full_disk_is_told_and_the_old_workbook_stays(
    room: int, small_disk: Callable[[str], Path], tmp_path: Path
) -> None:
    assert xlbackprop(*WORDS, folder=tmp_path).code == 0
    old = Path("mine.xlsx").read_bytes()
    disk = small_disk(f"size={-(-len(old) // 4096) * 4 + room}k")
    (disk / "mine.xlsx").write_bytes(old)
    code, out, err = xlbackprop(
        "generate", "--epochs", "8", "--rates", "0.5", "--no-verify", "-o", "mine.xlsx", folder=disk
    )
    assert (code, out) == (2, "")
    expected = "mine.xlsx\n  it cannot be written: No space left on device. The disk is full: free some room on it, or choose another place. What was there is untouched: a new file grows beside it.\n"
    assert err.endswith(expected)
    assert "Traceback" not in err
    assert left_beside(disk) == {"mine.xlsx"}
    assert (disk / "mine.xlsx").read_bytes() == old


@on_posix
def test_a_full_disk_leaves_no_half_lesson(small_disk: Callable[[str], Path]) -> None:
    disk = small_disk("size=8k")
    code, out, err = xlbackprop("new", "--like", "digits", "mine.toml", folder=disk)  # the lesson fits, its data do not
    assert (code, out) == (2, "")
    assert "The disk is full" in err
    assert left_beside(disk) == set()


@on_posix
@pytest.mark.parametrize(
    "words",
    [
        ("generate", "--epochs", "9000", "--rates", "0.1,0.5", "--no-verify", "-o", "mine.xlsx"),
        slow(("show", "long.toml")),
        ("verify", "there.xlsx"),
        pytest.param(("verify", "there.xlsx", "--engine", "libreoffice"), marks=pytest.mark.engine("libreoffice")),
        slow(("generate", *SHORT, "--pdf", "-o", "mine.xlsx"), engine="libreoffice"),
    ],
)
def test_no_room_for_temporary_files_is_told_with_their_folder(
    words: tuple[str, ...], small_disk: Callable[[str], Path], tmp_path: Path
) -> None:
    xlbackprop("generate", *SHORT, "-o", "there.xlsx", folder=tmp_path)
    xlbackprop("new", "long.toml", folder=tmp_path)
    long = Path("long.toml").read_text(encoding="utf-8").replace("epochs = 282", "epochs = 9000")
    Path("long.toml").write_text(long, encoding="utf-8")
    before = left_beside(tmp_path)
    disk = small_disk("size=64k")
    code, out, err = xlbackprop(*words, folder=tmp_path, environment={"TMPDIR": str(disk)})
    assert (code, out) == (2, "")
    cure = "Free some room, or name a folder on another disk in TMPDIR."
    assert err.endswith(f"{disk}\n  temporary files cannot be kept there: No space left on device. {cure}\n")
    assert "Traceback" not in err
    assert left_beside(tmp_path) == before
    assert left_beside(disk) == set()


@on_posix
def test_a_short_lesson_needs_no_temporary_files(small_disk: Callable[[str], Path], tmp_path: Path) -> None:
    """Python itself looks for another folder where there is not one byte left."""
    disk = small_disk("size=4k")
    assert xlbackprop(*WORDS, folder=tmp_path, environment={"TMPDIR": str(disk)}).code == 0
    assert left_beside(disk) == set()


@on_posix
def test_a_limit_on_the_size_of_files_is_told(tmp_path: Path) -> None:
    code, out, err = xlbackprop(*WORDS, folder=tmp_path, before=("prlimit", "--fsize=65536"))
    assert (code, out) == (2, "")
    assert "it cannot be written: File too large. No file may be so large there" in err
    assert left_beside(tmp_path) == set()


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (errno.ENOSPC, "The disk is full"),
        (errno.EDQUOT, "Your share of the disk is used up"),
        (errno.EIO, "Choose another place or name."),
    ],
)
def test_what_the_disk_says_last_is_told(
    code: int, told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Network disks tell a full disk or a used-up share only when the file is brought to it."""

    def failing(_: int) -> None:
        raise OSError(code, os.strerror(code))

    assert run(capsys, *WORDS)[0] == 0
    before = Path("mine.xlsx").read_bytes()
    monkeypatch.setattr(os, "fsync", failing)
    ended, _, err = run(capsys, *WORDS)
    assert ended == 2
    assert told in err
    assert Path("mine.xlsx").read_bytes() == before
    assert left_beside(Path()) == {"mine.xlsx"}


# ------------------------------------------------------------------------------------ two at once, and edits in between


@on_posix
@pytest.mark.parametrize("turn", range(3))
def test_of_two_that_write_the_same_workbook_at_once_one_is_there_whole(turn: int, tmp_path: Path) -> None:
    words = [
        ("generate", "--epochs", str(epochs), "--rates", "0.5", "--no-verify", "-o", "mine.xlsx") for epochs in (5, 6)
    ]
    words = words[::-1] if turn % 2 else words
    started = [
        subprocess.Popen([sys.executable, "-m", "xlbackprop", *each], stdout=subprocess.DEVNULL) for each in words
    ]
    assert [process.wait() for process in started] == [0, 0]
    assert left_beside(tmp_path) == {"mine.xlsx"}
    assert is_untouched(Path("mine.xlsx"))
    assert verify(Path("mine.xlsx")).equal


@on_posix
def test_of_many_that_write_the_same_new_lesson_at_once_one_does(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "xlbackprop", "new", "mine.toml", "--like"]
    lessons = ("digits", "xor", "walkthrough", "digits")
    started = [
        subprocess.Popen([*command, name], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for name in lessons
    ]
    told = [process.communicate()[1].decode() for process in started]
    assert sorted(process.returncode for process in started) == [0, 2, 2, 2]
    winner = lessons[[process.returncode for process in started].index(0)]
    assert sum("there is a file of this name; it is left as it is. Choose another name." in err for err in told) == 3
    assert left_beside(tmp_path) == {"mine.toml", *(["digits.csv"] if winner == "digits" else [])}
    assert xlbackprop("show", "mine.toml", folder=tmp_path).code == 0


def test_a_file_that_appears_where_a_new_lesson_goes_is_kept(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def synced(_: int) -> None:
        Path("digits.csv").write_bytes(b"my numbers")

    monkeypatch.setattr(os, "fsync", synced)
    code, _, err = run(capsys, "new", "mine.toml", "--like", "digits")
    assert code == 2
    assert "digits.csv: there is a file of this name; it is left as it is. Choose another name." in err
    assert left_beside(Path()) == {"digits.csv"}
    assert Path("digits.csv").read_bytes() == b"my numbers"


@pytest.mark.parametrize("there", [False, True])
def test_a_disk_that_knows_no_second_names_takes_a_new_lesson_too(
    there: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        if there:
            Path("mine.toml").write_bytes(b"mine")
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    assert run(capsys, "new", "mine.toml")[0] == (2 if there else 0)
    assert left_beside(Path()) == {"mine.toml"}
    assert (Path("mine.toml").read_bytes() == b"mine") == there


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Let something happen after the new workbook has been written into its draft, before it takes its place."""
    write = xlsx.write_package

    def happens(what: Callable[[], object]) -> None:
        monkeypatch.setattr(xlsx, "write_package", lambda document, stream: (write(document, stream), what()))

    return happens


MEANWHILE = {
    "edited": lambda: set_cell(Path("mine.xlsx"), "Inputs", "B6", "<v>0.07</v>"),
    "replaced": lambda: Path("mine.xlsx").write_bytes(b"my notes"),
    "the hand-out written on": lambda: Path("mine.pdf").write_bytes(b"my notes"),
    "opened": lambda: Path(".~lock.mine.xlsx#").write_bytes(b"A. Teacher,at,pc,25.11.2025 16:21,file:///;"),
}


@pytest.mark.parametrize(
    ("what", "begun_with_both"),
    [*((what, True) for what in MEANWHILE), ("replaced", False), ("the hand-out written on", False)],
)
def test_what_somebody_did_while_we_were_computing_is_kept(
    what: str,
    begun_with_both: bool,
    meanwhile: Callable[[Callable[[], object]], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(LibreOffice, "require", lambda _: None)
    monkeypatch.setattr(LibreOffice, "pdf", lambda *_: b"%PDF-1.6\n%%EOF\n")
    if begun_with_both:
        assert run(capsys, *WORDS, "--pdf")[0] == 0
    found: dict[str, bytes] = {}

    def happens() -> None:
        if found:  # once is enough
            return
        MEANWHILE[what]()
        found.update({path.name: path.read_bytes() for path in Path().iterdir() if path.suffix != ".tmp"})

    meanwhile(happens)
    code, out, err = run(capsys, *WORDS, "--pdf", "--epochs", "5")
    assert (code, out) == (2, "")
    assert (
        "A. Teacher on pc has it open in LibreOffice" if what == "opened" else "it was changed since it was made"
    ) in err
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == found
    assert run(capsys, *WORDS, "--pdf", "--force")[0] == 0
    assert is_untouched(Path("mine.xlsx"))
    assert pdf_handout.is_untouched_handout(Path("mine.pdf"))


def test_the_new_file_is_open_to_those_to_whom_the_old_one_was(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, *WORDS)[0] == 0
    Path("mine.xlsx").chmod(0o640)
    assert run(capsys, *WORDS)[0] == 0
    assert stat.S_IMODE(Path("mine.xlsx").stat().st_mode) == 0o640
