"""The zip that a teacher uploads to Gradescope as the autograder of an exercise; all that it needs is in it.

Gradescope docs, Autograder Specifications and Base Images: the zip is unpacked to /autograder/source; setup.sh is run
once, as root, when the image is built; run_autograder is copied to /autograder and run for each submission, which lies
in /autograder/submission, and must leave /autograder/results/results.json. The default image is Ubuntu 22.04, whose own
Python is 3.10. In the place of /autograder any folder may be named in AUTOGRADER_ROOT, to try it elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from importlib import metadata
from pathlib import Path

from xlbackprop.classroom.autograder_results import gradescope_results
from xlbackprop.lesson import Lesson
from xlbackprop.machine import own_wheel, plain_zip

_SECONDS = 480  # for a submission; the platform gives it 600, and would show the student nothing
_DIGEST_LENGTH = 64
_MINOR = "Programming Language :: Python :: 3."

_SETUP = """\
#!/usr/bin/env bash
# Installs xlbackprop, whose wheel lies beside this file, into an environment of its own; runs once, as root. Ends with
# an error, so that no image is built, where the solution of the exercise does not get all points.
set -euo pipefail
root="${AUTOGRADER_ROOT:-/autograder}"
here="$root/source"

find_python() { # one that is new enough and can make an environment
    for name in python3 PYTHONS; do
        if "$name" -c "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, LEAST))" 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    return 1
}

if ! python="$(find_python)"; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update || true
    for name in PYTHONS; do
        if apt-get install -y --no-install-recommends "$name-venv"; then
            break
        fi
    done
    if ! python="$(find_python)"; then
        echo "There is no Python 3.LEAST or newer: choose a newer base image." >&2
        exit 1
    fi
fi
"$python" -m venv "$root/venv"
"$root/venv/bin/python" -m pip install "$here"/xlbackprop-*.whl
OPEN_DOCUMENTS
solution="$(mktemp -d)/solution.xlsx"
"$root/venv/bin/xlbackprop" exercise "$here/lesson/lesson.toml" OPTIONS --solution -o "$solution"
marks="$("$root/venv/bin/xlbackprop" mark "$solution" --lesson "$here/lesson/lesson.toml" OPTIONS)"
if ! grep -q '"points": 100\\.0' <<<"$marks"; then
    echo "The solution does not get all points:" "$marks" >&2
    exit 1
fi
"""
_LIBREOFFICE = """\
if ! command -v soffice >/dev/null; then # reads .ods files
    apt-get update && apt-get install -y --no-install-recommends libreoffice-calc
fi
"""
_RUN = """\
#!/usr/bin/env bash
# Marks a submission. What it prints is shown to instructors alone.
root="${AUTOGRADER_ROOT:-/autograder}"
results="$root/results/results.json"
exec 2>&1
mkdir -p "$root/results"
cp "$root/source/broken_down.json" "$results" # whatever ends the marking, there is a result
cd "$root/submission" || exit 0
timeout SECONDS "$root/venv/bin/xlbackprop" mark . --lesson "$root/source/lesson/lesson.toml" OPTIONS \\
    --format gradescope -o "$results" || echo "The marking ended with the exit code $?."
"""
_BROKEN_DOWN = (
    "Your submission could not be marked: the program broke down over it, or took too long. Tell your teacher."
)


def autograder_zip(
    lesson: Lesson, level: str | None, rows: int | None, manifest: bytes | None = None, *, open_documents: bool = False
) -> bytes:
    """Return the zip for an exercise on a lesson; the same arguments and version give the same bytes.

    `manifest` is the text of the manifest of a class with variants. With `open_documents` LibreOffice is installed
    there, too, without which no .ods file can be marked. Raises InputError where no wheel can be made of this
    installation.
    """
    wheel, content = own_wheel()
    given = {"--level": level, "--rows": None if rows is None else str(rows)}
    options = shlex.join(word for name, value in given.items() if value for word in (name, value))
    whose = "" if manifest is None else ' --manifest "$root/source/manifest.csv"'
    run = _RUN.replace("OPTIONS", options + whose).replace("SECONDS", str(_SECONDS))
    setup = _SETUP.replace("OPEN_DOCUMENTS\n", _LIBREOFFICE if open_documents else "").replace("OPTIONS", options)
    minors = sorted(map(int, _tried_minors()), reverse=True)
    setup = setup.replace("PYTHONS", " ".join(f"python3.{minor}" for minor in minors)).replace("LEAST", str(minors[-1]))
    broken_down = json.dumps(gradescope_results({"error": _BROKEN_DOWN}), indent=2)
    files = {"setup.sh": setup.encode(), "run_autograder": run.encode(), "broken_down.json": broken_down.encode()}
    files |= {f"lesson/{name}": content for name, content in _files_of(lesson).items()}
    if manifest is not None:
        files["manifest.csv"] = manifest
    files[wheel] = content
    made = plain_zip(files, programs=("setup.sh", "run_autograder"), comment=b"0" * _DIGEST_LENGTH)
    return made[:-_DIGEST_LENGTH] + _digest_of(made)


def is_untouched_autograder(path: Path) -> bool:
    """Return whether a file is such a zip, as it was made: it ends with the digest of all that is before it."""
    content = path.read_bytes()
    return content[-_DIGEST_LENGTH:] == _digest_of(content)


def _digest_of(content: bytes) -> bytes:
    return hashlib.sha256(content[:-_DIGEST_LENGTH]).hexdigest().encode()


def _tried_minors() -> list[str]:
    """Return the versions of Python 3 with which xlbackprop is tried, ["11", "12"], as its metadata have them."""
    told = metadata.metadata("xlbackprop").get_all("Classifier") or []
    return [line.removeprefix(_MINOR) for line in told if line.startswith(_MINOR)]


def _files_of(lesson: Lesson) -> dict[str, bytes]:
    """Return the lesson file, and what it names: its examples and its logo."""
    files = {"lesson.toml": lesson.text.encode()}
    if lesson.data_file:
        files[lesson.data_file] = lesson.data_text.encode()
    if lesson.credits.logo is not None:
        files[lesson.credits.logo_file] = lesson.credits.logo.data
    return files
