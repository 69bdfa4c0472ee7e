"""The files of a download, from a folder or from a zip that may be hostile: what is a workbook is laid out in a room.

No name out of the zip becomes a path: workbooks are numbered in the room. So none can lead out of it, replace another,
or have a name that the system forbids.
"""

from __future__ import annotations

import os
import stat
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from xlbackprop.errors import InputError, Problem

MAX_FILES = 20_000  # in a download; the largest courses have some thousand students
MAX_WORKBOOK = 100_000_000  # bytes of one, unpacked from the download
MAX_TOTAL = 4_000_000_000  # bytes of all
MAX_RATIO, RATIO_FROM = 50, 10_000_000  # a workbook is packed already: nobody's honest one shrinks so far once more
_WORKBOOKS = (".xlsx", ".xlsm")
_OTHER_SPREADSHEETS = (".xls", ".xlsb", ".numbers", ".ods", ".gsheet", ".csv", ".tsv", ".xlt", ".xltx")
_ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".xz")


class NoticeKind(Enum):
    """Why a file of a download was passed over, or what is doubtful about it; the values are its words."""

    OF_THE_SYSTEM = "a file of the operating system"
    LOCK_FILE = "what a spreadsheet program leaves beside a workbook that is open"
    INDEX = "the platform's own page beside the submissions"
    ONLINE_TEXT = "a text typed into the platform, no workbook"
    OTHER_SPREADSHEET = "a spreadsheet of a type that is not read; ask for .xlsx"
    NO_WORKBOOK = "no workbook"
    NESTED_ARCHIVE = "an archive inside the download; it is not opened"
    LINK = "a link, which is not followed"
    LEADS_OUT = "a name that leads out of the download"
    TOO_LARGE = "more unpacked than a workbook has"
    DAMAGED = "damaged inside the zip"
    SAME_NAME = "a name that the zip has twice"
    STRAY = "no name of this platform"
    EARLIER = "replaced by a later one of the same person"
    SEVERAL = "several workbooks of one person, of which none is told to be the one"
    MIXTURE = "names of several platforms; say which it is"


class Notice(NamedTuple):
    """A kind of notice, and the names in the download of the files that it is about."""

    kind: NoticeKind
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Download:
    """The workbooks of a download by their names in it, in order, and the notices about all other files."""

    workbooks: dict[str, Path]
    others: tuple[tuple[str, NoticeKind], ...]


def read_download(source: Path, room: Path) -> Download:
    """Return the files of a folder, or of a zip whose workbooks are unpacked into `room`, an empty folder.

    Raises InputError where the source cannot be read, is encrypted, or is larger than any class, OSError where the room
    cannot be written.
    """
    if source.is_dir():
        return _of_folder(source)
    try:
        archive = ZipFile(source)
    except (BadZipFile, UnicodeDecodeError, NotImplementedError):
        cure = "Name the zip as the platform made it, or the folder it was unpacked to."
        raise InputError(str(source), [Problem("", "this is neither a folder nor a sound zip.", cure)]) from None
    except OSError as error:
        raise InputError(str(source), [Problem("", f"it cannot be read: {error.strerror}.")]) from None
    with archive:
        return _of_zip(archive, source, room)


# ------------------------------------------------------------------------------------------------------------ a folder


def _of_folder(source: Path) -> Download:
    workbooks, others = dict[str, Path](), list[tuple[str, NoticeKind]]()
    for count, path in enumerate(_files_below(source), start=1):
        if count > MAX_FILES:
            raise _too_many(source)
        name = path.relative_to(source).as_posix()
        kind = NoticeKind.LINK if path.is_symlink() or not path.is_file() else _kind(name)
        if kind is not None:
            others.append((name, kind))
        else:
            workbooks[name] = path
    return Download(dict(sorted(workbooks.items())), tuple(sorted(others, key=lambda other: other[0])))


def _files_below(source: Path) -> Iterator[Path]:
    """Yield the files below a folder, and the links, without following any."""
    for folder, inner, files in os.walk(source):
        yield from (Path(folder, name) for name in files)
        yield from (link for name in inner if (link := Path(folder, name)).is_symlink())


# --------------------------------------------------------------------------------------------------------------- a zip


def _of_zip(archive: ZipFile, source: Path, room: Path) -> Download:
    entries = [entry for entry in archive.infolist() if not entry.filename.endswith("/")]
    if len(entries) > MAX_FILES:
        raise _too_many(source)
    if any(entry.flag_bits & 1 for entry in entries):
        cure = "Unpack it with its password, and name the folder."
        raise InputError(str(source), [Problem("", "this zip is encrypted.", cure)])
    names = {entry: _name(entry) for entry in entries}
    if "[Content_Types].xml" in names.values():
        cure = "Name the zip as the platform made it, or a folder of workbooks."
        raise InputError(str(source), [Problem("", "this is a workbook, and no download of several.", cure)])
    times = Counter(names.values())
    others, wanted = list[tuple[str, NoticeKind]](), list[tuple[str, ZipInfo]]()
    for entry, name in names.items():
        if (kind := _kind_of_entry(entry, name, times[name])) is not None:
            others.append((name, kind))
        else:
            wanted.append((name, entry))
    if (total := sum(entry.file_size for _, entry in wanted)) > MAX_TOTAL:
        what = f"its workbooks would take {total:,} bytes; {MAX_TOTAL:,} are allowed."
        raise InputError(str(source), [Problem("", what, "Download the submissions in parts.")])
    workbooks = {}
    for number, (name, entry) in enumerate(sorted(wanted, key=lambda each: each[0]), start=1):
        path = room / f"{number:05}{PurePosixPath(name).suffix.lower()}"
        if _unpacked(archive, entry, path):
            workbooks[name] = path
        else:
            others.append((name, NoticeKind.DAMAGED))
    return Download(workbooks, tuple(sorted(others, key=lambda other: other[0])))


def _name(entry: ZipInfo) -> str:
    """Return the name of an entry with / between folders.

    A name that is not marked as UTF-8 is in code page 437, or in UTF-8 all the same, as some programs write it.
    """
    name = entry.filename
    if not entry.flag_bits & 0x800:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _kind_of_entry(entry: ZipInfo, name: str, times: int) -> NoticeKind | None:
    """Return why an entry is passed over; None where it is a workbook to unpack."""
    if stat.S_ISLNK(entry.external_attr >> 16):
        return NoticeKind.LINK
    if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
        return NoticeKind.LEADS_OUT
    if (kind := _kind(name)) is not None:
        return kind
    if times > 1:
        return NoticeKind.SAME_NAME
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):  # no platform packs otherwise
        return NoticeKind.DAMAGED
    tight = entry.file_size > max(RATIO_FROM, MAX_RATIO * entry.compress_size)
    return NoticeKind.TOO_LARGE if tight or entry.file_size > MAX_WORKBOOK else None


def _unpacked(archive: ZipFile, entry: ZipInfo, path: Path) -> bool:
    """Write an entry to a new file and return True, or return False where it is damaged.

    Python reads no more of an entry than the size that it tells, so the limits hold even where that is a lie.
    """
    try:
        with path.open("xb") as stream:
            stream.writelines(_content(archive, entry))
    except BadZipFile:
        path.unlink()
        return False
    return True


def _content(archive: ZipFile, entry: ZipInfo) -> Iterator[bytes]:
    """Yield the bytes of an entry; raises BadZipFile, whatever is wrong with it."""
    try:
        with archive.open(entry) as content:
            while chunk := content.read(1 << 20):
                yield chunk
    except (zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise BadZipFile(str(error)) from None


# ------------------------------------------------------------------------------------------------------------ by names


def _kind(name: str) -> NoticeKind | None:
    """Return why a file of this name is passed over; None where it is a workbook."""
    *folders, last = name.split("/")
    small = last.lower()
    if "__MACOSX" in folders or small in ("thumbs.db", "desktop.ini") or last.startswith("."):
        return NoticeKind.OF_THE_SYSTEM
    if last.startswith("~$") or "_~$" in last or " - ~$" in last:
        return NoticeKind.LOCK_FILE
    if small.endswith(_WORKBOOKS):
        return None
    if small == "index.html":
        return NoticeKind.INDEX
    if small.endswith(_OTHER_SPREADSHEETS):
        return NoticeKind.OTHER_SPREADSHEET
    return NoticeKind.NESTED_ARCHIVE if small.endswith(_ARCHIVES) else NoticeKind.NO_WORKBOOK


def _too_many(source: Path) -> InputError:
    what = f"it has more than the {MAX_FILES:,} files allowed."
    return InputError(str(source), [Problem("", what, "Name the folder or zip of one assignment.")])
