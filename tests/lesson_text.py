"""Lessons as text: tables written as TOML, and the files that lie beside a lesson kept in remarks of its own text.

So a lesson that was drawn is one text with all that belongs to it, and keeping it is keeping one file.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.pictures import jpeg, png

_TABLES, _LISTS_OF_TABLES = ("network", "data", "training", "corrections"), ("layers", "runs", "try")
_NAME, _LINE = "#: beside it lies ", "#| "


def toml_text(table: Mapping[str, Any], path: str = "") -> str:
    """Return a table as TOML; what is neither a table nor a list of tables in a lesson file stands in a line."""
    return "".join(f"{line}\n" for line in _toml_lines(table, path))


def _toml_lines(table: Mapping[str, Any], path: str) -> Iterator[str]:
    below = {key: value for key, value in table.items() if _has_header(key, value)}
    yield from (f"{_key(key)} = {_value(value)}" for key, value in table.items() if key not in below)
    for key, value in below.items():
        place = f"{path}.{key}" if path else key
        for item in value if isinstance(value, list) else [value]:
            yield f"[[{place}]]" if isinstance(value, list) else f"[{place}]"
            yield from _toml_lines(item, place)


def _has_header(key: str, value: Any) -> bool:
    if key in _TABLES:
        return isinstance(value, dict)
    return key in _LISTS_OF_TABLES and isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str() if "\n" in value:  # over several lines, so that any sign may begin a line of the file
            return '"""\n' + "\n".join(_text(line)[1:-1] for line in value.split("\n")) + '"""'
        case str():
            return _text(value)
        case list():
            return f"[{', '.join(map(_value, value))}]"
        case dict():
            return f"{{ {', '.join(f'{_key(key)} = {_value(item)}' for key, item in value.items())} }}"
        case _:
            return repr(value)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    return key if re.fullmatch("[A-Za-z0-9_-]+", key) else _text(key)


def with_file(text: str, name: str, beside: str) -> str:
    """Return a lesson's text with remarks that keep the file beside it."""
    lines = [_NAME + name, *(_LINE + line for line in beside.split("\n"))]
    return text + "\n".join(lines) + "\n"


def put_into(folder: Path, text: str) -> Path:
    """Write a lesson, the file that its remarks keep and a picture of any logo into a folder; return its path."""
    path = folder / "lesson.toml"
    path.write_bytes(text.encode())
    lines = text.split("\n")
    names = [line.removeprefix(_NAME) for line in lines if line.startswith(_NAME)]
    if names:
        beside = [line.removeprefix(_LINE) for line in lines if line.startswith(_LINE)]
        (folder / names[-1]).write_bytes("\n".join(beside).encode())
    logo = _logo(text)
    if logo.endswith((".png", ".jpg", ".jpeg")) and "/" not in logo:
        (folder / logo).write_bytes(png(60, 20) if logo.endswith(".png") else jpeg(60, 20))
    return path


def _logo(text: str) -> str:
    try:
        return str(tomllib.loads(text).get("logo", ""))
    except tomllib.TOMLDecodeError:
        return ""
