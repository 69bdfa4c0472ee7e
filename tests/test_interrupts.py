"""Ctrl-C at any moment: a sentence and no traceback, no process that goes on, and nothing that is left behind."""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import SHORT, Ended, left_beside, xlbackprop
from tests.slow import slow
from xlbackprop import __main__ as command
from xlbackprop.machine import process as running
from xlbackprop.machine.temporary_files import postponed_interrupts, temporary_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")

STOPPED = "stopped; nothing was half-written."
# What Python itself does before our first line, and after our last, is not ours to tell; nor can the very lines that
# take the signals be told of one.
TAKING_SIGNALS = ", in _stop_when_told_to_end"
OURS = re.compile(r'xlbackprop/(?:(?!__init__|__main__)\w|__main__\.py", line \d+, in (?!<module>))')


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    kept = {ending: signal.getsignal(ending) for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for ending, handler in kept.items():
        signal.signal(ending, handler)


def interrupted(words: list[str], delay: float, folder: Path, ending: int = signal.SIGINT) -> Ended:
    """Run a command and send it a signal after so many seconds."""
    listening = {"preexec_fn": lambda: signal.signal(ending, signal.SIG_DFL)}  # under nohup it would be ignored
    if ending == signal.SIGINT:
        listening = {"preexec_fn": lambda: signal.signal(ending, signal.default_int_handler)}
    (folder / "temporary").mkdir(exist_ok=True)
    with subprocess.Popen(
        words,
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder / "temporary")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **listening,
    ) as process:
        time.sleep(delay)
        process.send_signal(ending)
        out, err = process.communicate()
    return Ended(process.returncode, out, err)


def is_well_ended(ended: Ended, ending: int = signal.SIGINT) -> bool:
    """Return whether a command was through before the signal, or Python not yet ours, or it was stopped and says so."""
    # whatever the signal was, Python ends by SIGINT where it came after our last line
    stopped = ended.err.endswith(f"{STOPPED}\n") and ended.code in (128 + ending, -ending, -signal.SIGINT)
    before_our_first_line = ended.out == "" and STOPPED not in ended.err and not OURS.search(ended.err)
    before_our_first_line |= TAKING_SIGNALS in ended.err and "KeyboardInterrupt" in ended.err
    return (stopped and "Traceback" not in ended.err) or ended.code == 0 or before_our_first_line


def whole_time(words: list[str], folder: Path) -> float:
    begun = time.monotonic()
    subprocess.run(words, cwd=folder, check=True, capture_output=True)
    return time.monotonic() - begun


@pytest.mark.parametrize("times", [3, slow(40)])
@pytest.mark.parametrize("how", ["module", "script"])
def test_a_command_is_interrupted_without_a_traceback_at_any_moment(how: str, times: int, tmp_path: Path) -> None:
    assert xlbackprop("generate", *SHORT, "-o", "w.xlsx", folder=tmp_path).code == 0
    script = shutil.which("xlbackprop", path=Path(sys.executable).parent)
    beginning = [script] if how == "script" and script else [sys.executable, "-m", "xlbackprop"]
    words = [*beginning, "verify", "w.xlsx"]
    whole = min(whole_time(words, tmp_path) for _ in range(2))  # the first one may read from a slow disk
    stopped = 0
    for number in range(times):
        delay = whole * number / times
        ended = interrupted(words, delay, tmp_path)
        assert is_well_ended(ended), (delay, ended)
        stopped += STOPPED in ended.err
    assert stopped >= times // 4  # else the signals come too early or too late to show anything
    assert left_beside(tmp_path / "temporary") == set()


@pytest.mark.engine("libreoffice")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("times", [slow(8)])
def test_libreoffice_is_ended_too_and_leaves_nothing(times: int, ending: int, tmp_path: Path) -> None:
    assert xlbackprop("generate", *SHORT, "-o", "w.xlsx", folder=tmp_path).code == 0
    words = [sys.executable, "-m", "xlbackprop", "verify", "w.xlsx", "--engine", "libreoffice"]
    whole = min(whole_time(words, tmp_path) for _ in range(2))  # the first one may read from a slow disk
    before = dead_sockets()
    stopped = 0
    for number in range(times):
        delay = whole * (number + 0.5) / times
        ended = interrupted(words, delay, tmp_path, ending)
        assert is_well_ended(ended, ending), (delay, ended)
        assert processes_with(str(tmp_path)) == [], delay
        assert left_beside(tmp_path / "temporary") == set(), delay
        assert dead_sockets() - before == set(), delay
        stopped += STOPPED in ended.err
    assert stopped >= times // 2


def processes_with(words: str) -> list[str]:
    """Return the command lines of all other processes in which these words stand."""
    listed = subprocess.run(["ps", "-e", "-o", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if words in line]


def dead_sockets() -> set[Path]:
    """Return the sockets of LibreOffice at which nobody listens; those of others that run meanwhile have somebody."""
    return {path for folder in ("/tmp", "/var/tmp") for path in Path(folder).glob("OSL_PIPE_*") if not listens(path)}


def listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as caller:
        return caller.connect_ex(str(path)) != errno.ECONNREFUSED


def test_an_interrupt_that_a_library_turns_into_another_error_is_still_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """NumPy calls an interrupt of its import an ImportError, and advises to install it anew."""

    def importing() -> int:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise ImportError("PLEASE READ THIS FOR ADVICE") from None
        return 0

    monkeypatch.setattr(command, "_run", importing)
    assert command.main() == 130
    assert capsys.readouterr().err == f"{STOPPED}\n"


def test_another_error_is_no_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing() -> int:
        raise ImportError("no numpy")

    monkeypatch.setattr(command, "_run", failing)
    with pytest.raises(ImportError):
        command.main()


def test_an_interrupt_waits_until_the_block_is_done() -> None:
    done = []

    def work() -> None:
        with postponed_interrupts():
            signal.raise_signal(signal.SIGINT)
            done.append("all of it")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["all of it"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_temporary_folder_is_removed_whole_though_an_interrupt_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    remove = os.unlink

    def interrupting(*words: object, **options: object) -> None:
        signal.raise_signal(signal.SIGINT)
        remove(*words, **options)  # type: ignore[arg-type]

    folders = []

    def work() -> None:
        with temporary_folder() as folder:
            folders.append(folder)
            for name in "abc":
                (folder / name).write_text(name)
            monkeypatch.setattr(os, "unlink", interrupting)

    with pytest.raises(KeyboardInterrupt):
        work()
    assert not folders[0].exists()


def test_a_program_that_is_just_being_started_is_ended_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    start = running._started

    def interrupting(*words: object) -> subprocess.Popen[bytes]:
        started.append(start(*words))  # type: ignore[arg-type]
        signal.raise_signal(signal.SIGINT)
        return started[0]

    monkeypatch.setattr(running, "_started", interrupting)
    with pytest.raises(KeyboardInterrupt):
        running.run_program("sleep", ["sleep", "60"], tmp_path, 60, RuntimeError)
    assert started[0].poll() == -signal.SIGKILL


def test_what_a_program_started_is_ended_with_it_before_it_writes_more(tmp_path: Path) -> None:
    """As with `soffice`, a script whose child goes on writing into the folder for temporary files."""
    script = "(while true; do echo x >> $TMPDIR/still; done) & echo begun; exec sleep 60"
    with pytest.raises(RuntimeError, match=r"not ready after 0\.3 seconds"):
        running.run_program("sh", ["sh", "-c", script], tmp_path, 0.3, RuntimeError)
    written = (tmp_path / "still").stat().st_size
    time.sleep(0.05)
    assert (tmp_path / "still").stat().st_size == written
