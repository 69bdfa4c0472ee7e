"""What the name of a file in a platform's download tells: whose it is, whether it is late, which attempt.

Names are matched from the left, at the first place that has the platform's form: what stands before it is written by
the platform, what stands after it is a name that a student chose, and may look like the form itself.

Sources: Moodle, mod/assign/locallib.php and feedback/file/importziplib.php (names of the download, and how they are
read again); Canvas, lib/content_zipper.rb and Assignment#infer_comment_context_from_filename; Brightspace, folders as
the tool Assignments names them (forms as seen in public scripts that read them).
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import Enum
from typing import NamedTuple


class Platform(Enum):
    """Where the submissions come from."""

    MOODLE = "Moodle"
    CANVAS = "Canvas"
    BRIGHTSPACE = "Brightspace"
    FLAT = "a folder"


class Named(NamedTuple):
    """What a name tells.

    `key` is the number by which the platform's gradebook knows the person, if it is there. `person` tells two people
    apart, `series` two files of one person of which the later replaces the earlier; `order` tells which is later, and
    is None where the name does not tell. `place` is the number of the part of the path that tells all this, and where
    in it. `is_text` is set for what a student typed into a form of the platform.
    """

    platform: Platform
    key: str | None
    shown: str
    person: tuple[str, ...]
    late: bool = False
    attempt: int = 1
    series: str = ""
    order: tuple[int, ...] | None = None
    place: tuple[int, int] = (0, 0)
    is_text: bool = False


# Moodle replaces _ in full names by a blank, and has no number where a group without a number handed in.
_MOODLE = re.compile(r"(?P<name>.+?)(?:_(?P<key>[0-9]+))?_assignsubmission_(?P<plugin>[a-z]+)(?:_.*)?")
_CANVAS = re.compile(r"(?P<name>[^\s.-]+?)(?P<late>_LATE)?_(?P<key>[0-9]+)_(?P<file>[0-9]+)_(?P<rest>.+)")
_CANVAS_BLIND = re.compile(r"(?P<late>LATE_)?anon_(?P<later>LATE_)?(?P<name>[^\W_]+)_(?P<file>[0-9]+)_(?P<rest>.+)")
# Canvas calls the second file of a name "name-1.xlsx", the third "name-2.xlsx".
_ATTEMPT = re.compile(r"(?P<stem>.+?)(?:-(?P<number>[0-9]{1,2}))?(?P<suffix>\.[^.]+)?")
_CANVAS_TEXT = re.compile(r".+_[0-9]+_(?:text|link)\.html|(?:LATE_)?anon_.+_(?:text|link)\.html")
_DATE = (
    r"(?:(?P<month>[^\W\d_]+)\.? (?P<day>[0-9]{1,2})|(?P<day2>[0-9]{1,2})\.? (?P<month2>[^\W\d_]+)\.?),? "
    r"(?P<year>[0-9]{4}),? (?P<hour>[0-9]{1,2}):?(?P<minute>[0-9]{2})(?: (?P<half>[AP]M))?"
)
_BRIGHTSPACE = re.compile(rf"(?P<numbers>[0-9]+-[0-9]+) - (?P<name>.+?) - {_DATE}(?: - .+)?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def moodle_name(parts: tuple[str, ...]) -> Named | None:
    """Return what `Ada Lovelace_12345_assignsubmission_file_/w.xlsx` of Moodle tells; the / may be absent.

    The number is the Identifier of the grading worksheet (Moodle docs: Assignment, offline grading worksheet); with
    blind marking the name is the word for a participant.
    """
    for at, part in enumerate(parts):
        if found := _MOODLE.fullmatch(part):
            name, key, is_text = found["name"], found["key"], found["plugin"] != "file"
            place = (at, found.end("name"))
            return Named(Platform.MOODLE, key, name, (key or "", name), place=place, is_text=is_text)
    return None


def canvas_name(parts: tuple[str, ...]) -> Named | None:
    """Return what `lovelaceada_LATE_1234_56789_w-1.xlsx` of Canvas tells: name, lateness, user, number of the file.

    The number of an anonymous student is not in the gradebook, so it is no key.
    """
    at, name = len(parts) - 1, parts[-1]
    if _CANVAS_TEXT.fullmatch(name):
        return Named(Platform.CANVAS, None, name, (name,), place=(at, 0), is_text=True)
    if found := _CANVAS_BLIND.fullmatch(name):
        key, shown, late = None, f"anon {found['name']}", bool(found["late"] or found["later"])
    elif found := _CANVAS.fullmatch(name):
        key, shown, late = found["key"], found["name"], found["late"] is not None
    else:
        return None
    told = _ATTEMPT.fullmatch(found["rest"])
    assert told is not None  # all its parts but one character may be absent
    attempt = int(told["number"] or 0)
    series = f"{told['stem']}{told['suffix'] or ''}".casefold()
    order, place = (int(found["file"]),), (at, found.end("name"))
    return Named(Platform.CANVAS, key, shown, (key or shown,), late, attempt + 1, series, order, place)


def brightspace_name(parts: tuple[str, ...]) -> Named | None:
    """Return what `12345-67890 - Ada Lovelace - Nov 24, 2026 1015 PM - w.xlsx`, or a folder of that name, tells.

    Its numbers are not in the exported gradebook. What stands later replaces what was handed in before.
    """
    for at, part in enumerate(parts):
        if found := _BRIGHTSPACE.fullmatch(part):
            person = (found["numbers"], found["name"])
            return Named(Platform.BRIGHTSPACE, None, found["name"], person, order=_moment(found), place=(at, 0))
    return None


def _moment(found: re.Match[str]) -> tuple[int, ...] | None:
    """Return year, month, day, hour, minute; None where the month is in a language that we do not know."""
    month = (found["month"] or found["month2"])[:3].lower()
    if month not in _MONTHS:
        return None
    hour = int(found["hour"]) % 12 + 12 * (found["half"] == "PM") if found["half"] else int(found["hour"])
    day = int(found["day"] or found["day2"])
    try:
        moment = datetime(int(found["year"]), _MONTHS.index(month) + 1, day, hour, int(found["minute"]))
    except ValueError:
        return None
    return (moment.year, moment.month, moment.day, moment.hour, moment.minute)


def flat_name(parts: tuple[str, ...]) -> Named:
    """Return what the name of a file alone tells: `1001.xlsx` is shown as 1001."""
    return Named(Platform.FLAT, None, parts[-1].rpartition(".")[0] or parts[-1], parts)


READERS = {
    Platform.MOODLE: moodle_name,
    Platform.CANVAS: canvas_name,
    Platform.BRIGHTSPACE: brightspace_name,
    Platform.FLAT: flat_name,
}


def name_to_return(platform: Platform, original: str) -> str:
    """Return the name that a file needs in the zip with feedback: as downloaded, without folders around it."""
    parts = tuple(original.split("/"))
    named = READERS[platform](parts)
    return "/".join(parts[named.place[0] :]) if named else original
