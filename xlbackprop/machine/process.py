"""Running a program: without window or keyboard, with a time limit, and ended with all processes that it started."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from xlbackprop.machine.temporary_files import postponed_interrupts

LONGEST_END = 5.0  # seconds that processes may take to end when they are told to


@dataclass(frozen=True, slots=True)
class Finished:
    """The result of a program: its exit code, its standard output, and the text of its error stream."""

    code: int
    output: bytes
    errors: str


def run_program(
    program: str,
    command: Sequence[str],
    folder: Path,
    time_limit: float,
    failure: type[Exception],
    *,
    standard_input: bytes = b"",
    environment: Mapping[str, str] | None = None,
) -> Finished:
    """Run a command in a folder and wait for its end; `standard_input` are the bytes of its standard input.

    `program` is its name in messages, `time_limit` is in seconds, `environment` are more environment variables. Its
    temporary files go into the folder, too: a program that is ended cannot remove them.
    Raises `failure`, with a sentence, where it cannot be started or is not ready in time.
    """
    try:
        process, output, errors = _waited_for(command, folder, environment or {}, standard_input, time_limit)
    except subprocess.TimeoutExpired:
        raise failure(f"{program} was not ready after {time_limit:g} seconds.") from None
    except OSError as fault:
        raise failure(f"{program} does not start: {fault}") from fault
    return Finished(process.returncode, output, errors.decode(errors="replace").strip())


def _waited_for(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], standard_input: bytes, time_limit: float
) -> tuple[subprocess.Popen[bytes], bytes, bytes]:
    """Return the process when it has ended, and what it wrote; where that is not waited for to its end, end it."""
    process: subprocess.Popen[bytes] | None = None
    try:
        with postponed_interrupts():
            process = _started(command, folder, environment)
        return process, *process.communicate(standard_input, timeout=time_limit)
    except BaseException:
        if process is not None:
            _end(process)
        raise


def _started(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env={**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder)), **environment},
        start_new_session=os.name == "posix",
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process with its group (`soffice` is only a script that starts the program), and wait for them all."""
    if os.name == "posix":
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], check=False, capture_output=True)
    with suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=LONGEST_END)  # its streams end when none is left who could write, or make a file
