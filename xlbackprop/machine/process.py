"""A program of this machine: run without a window or a keyboard, with a time limit, and ended with all it started."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Finished:
    """What a program left: its exit code, and what it printed on its two streams."""

    code: int
    output: bytes
    errors: str


def finished(
    program: str,
    command: Sequence[str],
    folder: Path,
    time_limit: float,
    failure: type[Exception],
    *,
    said: bytes = b"",
    surroundings: Mapping[str, str] | None = None,
) -> Finished:
    """Run a command in a folder and wait for its end; `said` is what stands on its input.

    `program` is its name for a person, `time_limit` is in seconds, `surroundings` are more environment variables.
    Raises `failure`, with a sentence, where it cannot be started or is not ready in time.
    """
    try:
        with _started(command, folder, surroundings or {}) as process:
            try:
                output, errors = process.communicate(said, timeout=time_limit)
            finally:
                _end(process)
    except subprocess.TimeoutExpired:
        raise failure(f"{program} was not ready after {time_limit:g} seconds.") from None
    except OSError as fault:
        raise failure(f"{program} does not start: {fault}") from fault
    return Finished(process.returncode, output, errors.decode(errors="replace").strip())


def _started(command: Sequence[str], folder: Path, surroundings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=os.environ | surroundings,
        start_new_session=os.name == "posix",
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what still runs: `soffice` is only a script that starts the program, so the whole group has to go."""
    if process.poll() is not None:
        return
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], check=False, capture_output=True)
    process.wait()
