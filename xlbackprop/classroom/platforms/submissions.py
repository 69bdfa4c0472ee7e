"""A platform's download of an assignment → the workbooks that count, whose each is, what is left out or doubtful."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from xlbackprop.classroom.platforms.archive import Download, Notice, NoticeKind, read_download
from xlbackprop.classroom.platforms.download_names import READERS, Named, Platform


class Certainty(Enum):
    """How sure it is which platform a download comes from; the values are the words for it."""

    TOLD = "as was said"
    SURE = "by the names of all workbooks"
    LIKELY = "by the names of some workbooks, or by a form that other names may have, too"
    MIXED = "not told by the names: they are of several platforms"


@dataclass(frozen=True, slots=True)
class Submission:
    """A student's workbook: where it lies, its name in the download, and what the download tells about the student.

    `key` is the number by which the platform's gradebook knows the student (Moodle's Identifier, Canvas's ID); None
    where the name has none. `shown` is the name as the download shows it ("Ada Lovelace", "lovelaceada"). `attempt`
    counts from 1.
    """

    path: Path
    original: str
    platform: Platform
    key: str | None
    shown: str
    late: bool = False
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Submissions:
    """What a download holds: the workbooks that count, in order of their names, and notices about all else.

    `unread` are what people have handed in instead of a workbook, with the kind of the notice about it.
    """

    platform: Platform
    certainty: Certainty
    taken: tuple[Submission, ...]
    notices: tuple[Notice, ...]
    unread: tuple[tuple[Submission, NoticeKind], ...] = ()


def read_submissions(source: Path, room: Path, platform: Platform | None = None) -> Submissions:
    """Return the submissions in a folder or zip as downloaded; the workbooks of a zip are unpacked into `room`.

    `platform` is seen from the names where it is not told. Where they are of several platforms, none is guessed: each
    workbook is taken as in a flat folder, and a notice says so. Raises InputError where the source cannot be read or is
    refused, OSError where the room cannot be written.
    """
    download = read_download(source, room)
    seen, certainty = (platform, Certainty.TOLD) if platform else _platform(download)
    named = {name: READERS[seen](tuple(name.split("/"))) for name in download.workbooks}
    texts = [name for name, told in named.items() if told and told.is_text]
    strays = [name for name, told in named.items() if told is None]
    ours = {name: told for name, told in named.items() if told and not told.is_text}
    counting, notices = _counting(ours)
    taken = tuple(
        Submission(download.workbooks[name], name, seen, told.key, told.shown, told.late, told.attempt)
        for name, told in counting.items()
    )
    said = _of_others(download, seen)
    said += [(name, NoticeKind.ONLINE_TEXT) for name in texts] + [(name, NoticeKind.STRAY) for name in strays]
    if certainty is Certainty.MIXED:
        said += [(name, NoticeKind.MIXTURE) for name in download.workbooks]
    return Submissions(seen, certainty, taken, (*_by_kind(said), *notices), (*_unread(said, ours, seen),))


_NO_ANSWERS = (
    NoticeKind.NO_WORKBOOK,
    NoticeKind.OTHER_SPREADSHEET,
    NoticeKind.ONLINE_TEXT,
    NoticeKind.NESTED_ARCHIVE,
    NoticeKind.TOO_LARGE,
    NoticeKind.DAMAGED,
)


def _unread(
    said: Iterable[tuple[str, NoticeKind]], ours: Mapping[str, Named], platform: Platform
) -> Iterator[tuple[Submission, NoticeKind]]:
    """Yield what people have handed in that is no workbook, of those from whom there is none."""
    people = {told.person for told in ours.values()}
    for name, kind in said:
        told = READERS[platform](tuple(name.split("/"))) if kind in _NO_ANSWERS else None
        if told is not None and told.person not in people and platform is not Platform.FLAT:
            people.add(told.person)
            yield Submission(Path(name), name, platform, told.key, told.shown, told.late, told.attempt), kind


def _platform(download: Download) -> tuple[Platform, Certainty]:
    """Return the platform whose form the names have, and how sure that is."""
    names = [*download.workbooks] or [name for name, _ in download.others]
    told = [_told(tuple(name.split("/"))) for name in names]
    platforms = {named.platform for named in told if named}
    if not platforms:
        return Platform.FLAT, Certainty.SURE
    if len(platforms) > 1 or (None in told and Platform.CANVAS in platforms):
        return Platform.FLAT, Certainty.MIXED
    others_may = any(named and named.platform is Platform.CANVAS and not _is_large(named) for named in told)
    return platforms.pop(), Certainty.LIKELY if others_may or None in told else Certainty.SURE


def _told(parts: tuple[str, ...]) -> Named | None:
    """Return what a name tells by the first form in it: one further right is in a name that a student chose."""
    found = [named for platform, read in READERS.items() if platform is not Platform.FLAT and (named := read(parts))]
    return min(found, key=lambda named: named.place, default=None)


def _is_large(named: Named) -> bool:
    """Return whether the number of a file is one as Canvas has them, not the 2 of "homework_1_2_final.xlsx"."""
    return named.is_text or (named.order is not None and named.order[0] >= 100)


def _of_others(download: Download, platform: Platform) -> list[tuple[str, NoticeKind]]:
    """Return the notices about what is no workbook; a text that was typed into the platform is known by its name."""
    found = []
    for name, kind in download.others:
        told = READERS[platform](tuple(name.split("/"))) if kind is NoticeKind.NO_WORKBOOK else None
        found.append((name, NoticeKind.ONLINE_TEXT if told and told.is_text else kind))
    return found


# ------------------------------------------------------------------------------------------------------- which of them


def _counting(named: Mapping[str, Named]) -> tuple[dict[str, Named], list[Notice]]:
    """Return the workbooks that count, and notices about those replaced by later ones and about those left in doubt."""
    people = defaultdict[tuple[str, ...], list[str]](list)
    for name, told in named.items():
        people[told.person].append(name)
    counting, earlier, notices = dict[str, Named](), list[str](), list[Notice]()
    for names in people.values():
        latest = _latest(names, named)
        earlier += [name for name in names if name not in latest]
        counting |= {name: named[name] for name in latest}
        if len(latest) > 1:
            notices.append(Notice(NoticeKind.SEVERAL, tuple(sorted(latest))))
    if earlier:
        notices.insert(0, Notice(NoticeKind.EARLIER, tuple(sorted(earlier))))
    return dict(sorted(counting.items())), notices


def _latest(names: Sequence[str], named: Mapping[str, Named]) -> list[str]:
    """Return those of a person's files that no other replaces: the latest of each series, or all that tell no order."""
    series = defaultdict[str, list[str]](list)
    for name in names:
        series[named[name].series].append(name)
    found = list[str]()
    for several in series.values():
        orders = [order for name in several if (order := named[name].order) is not None]
        if len(orders) < len(several):
            found += several
        else:
            found += [name for name in several if named[name].order == max(orders)]
    return found


def _by_kind(said: Iterable[tuple[str, NoticeKind]]) -> tuple[Notice, ...]:
    """Return a notice for each kind, in the order of the kinds."""
    names = defaultdict[NoticeKind, list[str]](list)
    for name, kind in said:
        names[kind].append(name)
    return tuple(Notice(kind, tuple(sorted(names[kind]))) for kind in NoticeKind if kind in names)
