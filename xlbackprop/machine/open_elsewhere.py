"""Which other programs have a file open, by the lock files that they put beside it.

LibreOffice puts `.~lock.NAME#` there, Excel `~$NAME`; both write the user's name into it, and remove it when they
close the file. A program that was killed leaves it there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

LONGEST_SIGN = 4096  # bytes; neither has more than some hundred


class Opened(NamedTuple):
    """A program ("Excel") that seems to have a file open, its user ("" if unknown), and its lock file (`sign`)."""

    program: str
    person: str
    sign: Path


def opened_elsewhere(path: Path) -> Iterator[Opened]:
    """Yield each program that seems to have this file open. A lock file that cannot be read has no user."""
    signs = {".~lock.{}#": ("LibreOffice", _libreoffice_user), "~${}": ("Excel", _excel_user)}
    for place in dict.fromkeys((path.parent.resolve() / path.name, path.resolve())):  # a link, and what it leads to
        for pattern, (program, user) in signs.items():
            sign = place.with_name(pattern.format(place.name))
            if sign.is_file():
                yield Opened(program, " ".join(user(_beginning(sign)).split()), sign)


def _beginning(sign: Path) -> bytes:
    try:
        with sign.open("rb") as file:
            return file.read(LONGEST_SIGN)
    except OSError:
        return b""


def _libreoffice_user(content: bytes) -> str:
    """Return the user in `name,login,computer,time,profile;`, "Ada on ada-pc"; commas in fields have a backslash."""
    fields = re.split(r"(?<!\\),", content.decode(errors="replace"))
    name, login, computer = (field.replace("\\", "") for field in (*fields, "", "", "")[:3])
    person = name or login
    return f"{person} on {computer}" if person and computer else person


def _excel_user(content: bytes) -> str:
    """Return the user's name, which is in UTF-16 from byte 57 on; its length is in the two bytes before."""
    length = int.from_bytes(content[55:57], "little")
    return content[57 : 57 + 2 * min(length, 54)].decode("utf-16-le", errors="replace").strip("\0 ")
