"""`new`: writes a commented lesson file for a person to edit."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from xlbackprop.commands.error_reporting import file_trouble
from xlbackprop.commands.overwriting import windows_warnings
from xlbackprop.errors import InputError, Problem, did_you_mean
from xlbackprop.lesson_library import DEFAULT_LESSON, built_in_lessons


def run(arguments: argparse.Namespace) -> int:
    """Write a lesson file, with the data file and logo that it names; return the exit code."""
    path = Path(arguments.file)
    if path.suffix.lower() != ".toml":
        hint = f"For instance: {path.with_suffix('.toml') if path.name else 'my-lesson.toml'}"
        raise InputError(arguments.file or "FILE", [Problem("", "the name of a lesson file ends in .toml.", hint)])
    sizes = (arguments.layers, arguments.activation, arguments.data)
    like = DEFAULT_LESSON if arguments.like is None else arguments.like
    files = _like(like, path) if sizes == (None, None, None) else _drawn(arguments, path)
    _write(path, files)
    for place in files:
        print(place)
    for sentence in windows_warnings(path):
        print(f"  warning   {sentence}")
    print(f"  edit it, then: xlbackprop generate {path}")
    return 0


def _like(name: str, path: Path) -> dict[Path, bytes]:
    """Return the files of a lesson that begins with a built-in one."""
    import tomllib  # noqa: PLC0415

    from xlbackprop.lesson import as_a_beginning  # noqa: PLC0415

    known = built_in_lessons()
    if name not in known:
        what = f'there is no built-in lesson "{name[:40]}".'
        raise InputError("--like", [Problem("", what, did_you_mean(name, list(known)))])
    text = known[name].read_text(encoding="utf-8")
    files = {path: as_a_beginning(text, name).encode()}
    lesson = tomllib.loads(text)
    for beside in filter(None, (lesson.get("data", {}).get("file"), lesson.get("logo"))):
        files[path.with_name(beside)] = known[name].with_name(beside).read_bytes()
    return files


def _drawn(arguments: argparse.Namespace, path: Path) -> dict[Path, bytes]:
    """Return the files of a lesson with a network of given sizes, and its data where they lie elsewhere."""
    from xlbackprop.lesson import drawn_lesson  # noqa: PLC0415

    if arguments.like is not None:
        what = "a built-in lesson has layers and data of its own."
        raise InputError("--like", [Problem("", what, "Leave out --like, or --layers, --activation and --data.")])
    source = None if arguments.data is None else Path(arguments.data)
    files = {path: drawn_lesson(arguments.layers, arguments.activation, source).encode()}
    if source is not None:
        beside = path.with_name(source.name)
        if not (beside.exists() and beside.samefile(source)):
            files[beside] = source.read_bytes()
    return files


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
