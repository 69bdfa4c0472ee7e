"""Running a program: without window or keyboard, with a time limit, and ended with all processes that it started."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


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

    `program` is its name in messages, `time_limit` is in seconds, `environment` are more environment variables.
    Raises `failure`, with a sentence, where it cannot be started or is not ready in time.
    """
    try:
        with _started(command, folder, environment or {}) as process:
            try:
                output, errors = process.communicate(standard_input, timeout=time_limit)
            finally:
                _end(process)
    except subprocess.TimeoutExpired:
        raise failure(f"{program} was not ready after {time_limit:g} seconds.") from None
    except OSError as fault:
        raise failure(f"{program} does not start: {fault}") from fault
    return Finished(process.returncode, output, errors.decode(errors="replace").strip())


def _started(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=os.environ | environment,
        start_new_session=os.name == "posix",
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that still runs, with its group: `soffice` is only a script that starts the program."""
    if process.poll() is not None:
        return
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], check=False, capture_output=True)
    process.wait()
