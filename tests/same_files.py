"""The guard of a move: every lesson made by the code as it was and as it is, on one machine, compared part by part.

    python -m tests.same_files HEAD~3        all templates, samples and regression lessons
    python -m tests.same_files v0.1 xor      the lessons whose names hold "xor"

The code as it was is checked out beside (a git worktree in a temporary folder) and run by this same Python, so the
versions of NumPy and openpyxl are the same. Each lesson is made as it stands, and once more after an edit of its numbers
as `verify` makes it; of a lesson that is refused the messages are compared. How the parts are packed does not count:
that may change with the processor. Exit 0 where no byte of a part differs, 1 where one does: lesson, part and the first
place are named.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
ROOT = HERE.parent
LESSONS = sorted(
    (
        *(ROOT / "templates").glob("*.toml"),
        *HERE.glob("sample_lessons/*.toml"),
        *HERE.glob("regression_lessons/*.toml"),
    )
)

# Written for the public names alone, which a move keeps. A lesson that is refused is its message.
_MAKE = """
import sys
from pathlib import Path
from xlbackprop import InputError, compile_document, load_lesson, write_workbook
lesson, fresh, edited = map(Path, sys.argv[1:])
try:
    lesson = load_lesson(lesson)
    write_workbook(compile_document(lesson), fresh)
    write_workbook(compile_document(lesson, {"learning rate 1": 0.015625, "threshold": 0.25}), edited)
except InputError as refused:
    fresh.write_text(str(refused), encoding="utf-8")
    edited.write_text(str(refused), encoding="utf-8")
"""


def differences(before: Path, after: Path) -> Iterator[str]:
    """Yield for two workbooks which parts differ, and where first; their order, times and marks count, too."""
    if zipfile.is_zipfile(before) != zipfile.is_zipfile(after):
        yield "one of them is refused"
    elif not zipfile.is_zipfile(before):
        if before.read_bytes() != after.read_bytes():
            yield f"refused: was {before.read_text(encoding='utf-8')}, is {after.read_text(encoding='utf-8')}"
    else:
        yield from _parts_that_differ(before, after)


def _parts_that_differ(before: Path, after: Path) -> Iterator[str]:
    with zipfile.ZipFile(before) as old, zipfile.ZipFile(after) as new:
        if old.namelist() != new.namelist():
            yield f"other parts, or in another order: {sorted(set(old.namelist()) ^ set(new.namelist()))}"
        for name in sorted(set(old.namelist()) & set(new.namelist())):
            ours, theirs = new.read(name), old.read(name)
            if ours != theirs:
                shorter = min(len(ours), len(theirs))
                place = next((i for i in range(shorter) if ours[i] != theirs[i]), shorter)
                was, now = (text[max(0, place - 40) : place + 40].decode(errors="replace") for text in (theirs, ours))
                yield f"{name}, byte {place:,}: was …{was}…, is …{now}…"
        for was, now in zip(_labels(old), _labels(new), strict=False):
            if was[0] == now[0] and was != now:
                yield f"what the archive says of {now[0]}: was {was[1:]}, is {now[1:]}"


def _labels(package: zipfile.ZipFile) -> Iterator[tuple[object, ...]]:
    for entry in package.infolist():
        yield entry.filename, entry.date_time, entry.create_system, entry.compress_type, entry.external_attr


def _make(code: Path, lesson: Path, into: Path) -> tuple[Path, Path]:
    """Make a lesson with the code in a folder; return its workbook and that after an edit."""
    into.mkdir(parents=True)
    made = into / "fresh.xlsx", into / "edited.xlsx"
    command = [sys.executable, "-c", _MAKE, str(lesson), *map(str, made)]
    subprocess.run(command, check=True, cwd=code, env={**os.environ, "PYTHONPATH": str(code)})
    return made


def _compare(old_code: Path, lesson: Path, work: Path) -> list[str]:
    """Return a line for every difference of a lesson's two workbooks."""
    was = _make(old_code, lesson, work / "was" / lesson.stem)
    is_now = _make(ROOT, lesson, work / "is" / lesson.stem)
    return [
        f"{lesson.stem}, {old.stem}: {what}"
        for old, new in zip(was, is_now, strict=True)
        for what in differences(old, new)
    ]


def main(words: Sequence[str] | None = None) -> int:
    """Compare what the words name; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.same_files", description="Compare all files with a revision's."
    )
    parser.add_argument("revision", help="the code as it was: a commit, a tag, a branch")
    parser.add_argument("names", nargs="*", help="only lessons whose names hold one of these words")
    arguments = parser.parse_args(words)
    lessons = [file for file in LESSONS if not arguments.names or any(name in file.stem for name in arguments.names)]
    git = ["git", "-C", str(ROOT), "worktree"]
    with TemporaryDirectory() as folder:
        work = Path(folder)
        subprocess.run([*git, "add", "--quiet", "--detach", str(work / "code"), arguments.revision], check=True)
        try:
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                found = [
                    line
                    for lines in pool.map(lambda lesson: _compare(work / "code", lesson, work), lessons)
                    for line in lines
                ]
        finally:
            subprocess.run([*git, "remove", "--force", str(work / "code")], check=True)
    print("\n".join([*found, f"{len(lessons)} lessons, {len(found)} differences"]))
    return 1 if found or not lessons else 0


if __name__ == "__main__":
    sys.exit(main())
