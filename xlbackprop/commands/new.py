"""`new`: writes a commented lesson file for a person to edit."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from xlbackprop.commands.error_reporting import file_trouble
from xlbackprop.commands.overwriting import windows_warnings
from xlbackprop.errors import InputError, Problem, did_you_mean
from xlbackprop.lesson_library import built_in_lessons


def run(arguments: argparse.Namespace) -> int:
    """Write a copy of a built-in lesson, with the data file and logo that it names; return the exit code."""
    import tomllib  # noqa: PLC0415

    known = built_in_lessons()
    if arguments.like not in known:
        hint = did_you_mean(arguments.like, list(known))
        raise InputError("--like", [Problem("", f'there is no built-in lesson "{arguments.like[:40]}".', hint)])
    path, source = Path(arguments.file), known[arguments.like]
    if path.suffix.lower() != ".toml":
        hint = f"For instance: {path.with_suffix('.toml') if path.name else 'my-lesson.toml'}"
        raise InputError(arguments.file or "FILE", [Problem("", "the name of a lesson file ends in .toml.", hint)])
    files = {path: source.read_bytes()}
    lesson = tomllib.loads(files[path].decode())
    for name in filter(None, (lesson.get("data", {}).get("file"), lesson.get("logo"))):
        files[path.with_name(name)] = source.with_name(name).read_bytes()
    _write(path, files)
    for place in files:
        print(place)
    for sentence in windows_warnings(path):
        print(f"  warning   {sentence}")
    print(f"  edit it, then: xlbackprop generate {path}")
    return 0


def _write(path: Path, files: Mapping[Path, bytes]) -> None:
    """Write all files or none, and only where no file has the name of one. `path` is that of the lesson."""
    from xlbackprop.machine import whole_files  # noqa: PLC0415

    with file_trouble(path):
        _refuse_taken(path, [place for place in files if place.exists()])
        try:
            with whole_files(*files, fresh=True) as streams:
                for stream, content in zip(streams, files.values(), strict=True):
                    stream.write(content)
        except FileExistsError:  # somebody was quicker
            _refuse_taken(path, [place for place in files if place.exists()])
            raise


def _refuse_taken(path: Path, taken: Sequence[Path]) -> None:
    if taken:
        what = "there is a file of this name; it is left as it is."
        raise InputError(str(path), [Problem("" if p == path else str(p), what, "Choose another name.") for p in taken])
