"""`new`: a lesson to edit."""

from __future__ import annotations

import argparse
from pathlib import Path

from xlbackprop.commands.manners import file_trouble
from xlbackprop.errors import InputError, Problem, did_you_mean
from xlbackprop.library import built_in_lessons


def run(arguments: argparse.Namespace) -> int:
    """Write a copy of a built-in lesson, with the files it names."""
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
    taken = [place for place in files if place.exists()]
    if taken:
        what = "there is a file of this name; it is left as it is."
        raise InputError(str(path), [Problem("" if p == path else str(p), what, "Choose another name.") for p in taken])
    for place, content in files.items():
        with file_trouble(place), place.open("xb") as file:
            file.write(content)
        print(place)
    print(f"  edit it, then: xlbackprop generate {path}")
    return 0
