"""The files that lie beside a lesson file: its examples, its logo. Each is named without a folder.

So the lesson and all that belongs to it can be carried elsewhere together, and no lesson reads what lies elsewhere: a
link may lead to a file in the lesson's folder, never out of it. A stranger's lesson could else name a file of the
reader's own, which would go into a workbook that is handed out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from xlbackprop.errors import InputError, Problem
from xlbackprop.lesson.toml.table_reader import strange_signs
from xlbackprop.workbook import Image, read_image

MAX_IMAGE = 2_000_000  # bytes; every workbook carries them
MAX_TEXT = 100_000_000  # bytes of a lesson or of its examples; what fits into a workbook is far less
_BARE_NAME = re.compile(r'[^\\/:*?"<>|.][^\\/:*?"<>|]*')
_DEVICE = re.compile(
    r"(?i)(con|prn|aux|nul|(com|lpt)[0-9])\s*\..*"
)  # what Windows keeps for itself, whatever the ending


class CompanionFiles(NamedTuple):
    """Two functions that read a file which a lesson names; both raise InputError.

    `image` returns None where the pictures are not at hand and are not needed, as when a workbook is verified.
    """

    text: Callable[[str], str]
    image: Callable[[str], Image | None]


def companion_files(folder: Path) -> CompanionFiles:
    """Return the functions that read the files in a lesson's folder."""
    return CompanionFiles(lambda name: companion_text(folder, name), lambda name: companion_image(folder, name))


def is_bare_name(name: str, *endings: str) -> bool:
    """Return whether this names a file beside the lesson, on any system, with one of these endings (".png")."""
    is_bare = _BARE_NAME.fullmatch(name) is not None and _DEVICE.fullmatch(name) is None
    return is_bare and name.lower().endswith(endings)


def text_of(content: bytes) -> str:
    """Return the text in a file, with plain ends of lines. Raises UnicodeDecodeError where it is not UTF-8."""
    if (place := content.find(b"\0")) >= 0:  # UTF-16 of plain letters would pass
        raise UnicodeDecodeError("utf-8", content, place, place + 1, "a zero")
    return plain_lines(content.decode("utf-8-sig"))


def plain_lines(text: str) -> str:
    """Return a text with the ends of its lines as Unix writes them, from whatever system it comes."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def companion_text(folder: Path, name: str) -> str:
    """Return the text of a file in the lesson's folder. Raises InputError."""
    content = _bytes_beside(folder, name, MAX_TEXT)
    try:
        return text_of(content)
    except UnicodeDecodeError as error:
        if (text := _text_of_windows(content)) is not None:
            return text
        problem = Problem(f"byte {error.start}", "this is not UTF-8 text.", "Save the file as CSV in UTF-8.")
        raise InputError(name, [problem]) from None


def _text_of_windows(content: bytes) -> str | None:
    """Return the text of a CSV file as Excel saves it in western Europe: semicolons, and letters in Windows-1252.

    None where it has no semicolons in its first line, or signs that make another origin likely.
    """
    try:
        text = plain_lines(content.decode("cp1252"))
    except UnicodeDecodeError:
        return None
    known = all(sign.isalpha() or sign in "°µ²³€§" for sign in text if sign >= "\x80")
    return text if known and ";" in text.partition("\n")[0] and not strange_signs(text) else None


def companion_image(folder: Path, name: str) -> Image:
    """Return the picture in a file of the lesson's folder. Raises InputError."""
    return read_image(_bytes_beside(folder, name, MAX_IMAGE), name)


def _bytes_beside(folder: Path, name: str, most: int) -> bytes:
    path = folder / name
    try:
        if path.is_dir():
            problem = Problem("", f'"{name}" is a folder.', "Name a file.")
        elif not path.exists():
            problem = Problem("", f'there is no file "{name}" beside the lesson.', "It must lie in the same folder.")
        elif not path.resolve().is_relative_to(folder.resolve()):
            what = f'"{name}" is a link that leads out of the folder of the lesson.'
            problem = Problem("", what, "Copy the file itself into that folder.")
        elif not path.is_file():
            problem = Problem("", f'"{name}" is a pipe or a device.', "Name a file.")
        elif (size := path.stat().st_size) > most:
            what = f'"{name}" has {size / 1e6:,.1f} MB; {most / 1e6:g} MB are allowed.'
            problem = Problem("", what, "Make the file smaller.")
        else:
            return path.read_bytes()
    except OSError as error:
        problem = Problem("", f"{name} cannot be read: {error.strerror}.")
    raise InputError(name, [problem])
