"""Whose is a submission? Pairs what a download tells with the people of a gradebook or of a roster, and never guesses.

A person is found by an id that is exactly theirs, else by a full name that nobody else has: as it is, as "Last, First",
or squeezed and small as in Canvas's downloads (`lovelaceada`). An id with another person's name beside it finds nobody.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

from xlbackprop.classroom.platforms.download_names import Platform
from xlbackprop.classroom.platforms.submissions import Submission
from xlbackprop.classroom.roster import Student


class Person(NamedTuple):
    """Who has a row in a gradebook: the key of the row, other ids (login, mail, number), the names it shows."""

    key: str
    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class Unpaired(Enum):
    """Why nobody was found; the values are the words for it."""

    UNKNOWN = "nobody has this id or this name"
    AMBIGUOUS = "several people have this id or this name"
    CONTRADICTION = "the id is of one person, the name of another"
    TWICE = "several submissions of this person"


SomePerson = TypeVar("SomePerson", bound=Student | Person)


@dataclass(frozen=True, slots=True)
class Pairing(Generic[SomePerson]):
    """The person of each submission, by the submission's original name, and why the others have none."""

    found: Mapping[str, SomePerson]
    left: Mapping[str, Unpaired]


def pair(submissions: Iterable[Submission], people: Sequence[SomePerson]) -> Pairing[SomePerson]:
    """Return who handed in which submission; who has several has none here, as it is not told which one counts.

    `people` are those of a gradebook of the same platform, or the students of a roster.
    """
    found, left = dict[str, SomePerson](), dict[str, Unpaired]()
    for submission in submissions:
        person = _whose(submission, people)
        if isinstance(person, Unpaired):
            left[submission.original] = person
        else:
            found[submission.original] = person
    times = Counter(found.values())
    left |= {name: Unpaired.TWICE for name, person in found.items() if times[person] > 1}
    return Pairing({name: person for name, person in found.items() if name not in left}, left)


def _whose(submission: Submission, people: Sequence[SomePerson]) -> SomePerson | Unpaired:
    shown, key = submission.shown, submission.key
    if submission.platform is Platform.FLAT:  # the name of the file may be an id, or a name
        person = find_person(people, ids=(shown,))
        return find_person(people, names=(shown,)) if person is Unpaired.UNKNOWN else person
    if submission.platform is Platform.MOODLE:  # a number of this assignment alone; "Participant 12345" is a name, too
        of_gradebook = key if any(isinstance(person, Person) for person in people) else None
        return find_person(people, ids=(of_gradebook or "",), names=(shown, f"{shown} {key or ''}"))
    return find_person(people, ids=(key or "",), names=(shown,))


def find_person(
    people: Sequence[SomePerson], ids: Iterable[str] = (), names: Iterable[str] = ()
) -> SomePerson | Unpaired:
    """Return the only person with one of these ids or, where nobody has one, with one of these names."""
    places, wanted = _places(tuple(people)), [name for name in names if _plain(name)]
    with_id = places.of(places.by_id, map(_id, ids))
    if len(with_id) == 1:
        person = people[with_id[0]]
        agrees = not wanted or not any(_names(person)) or _agree(wanted, _names(person))
        return person if agrees else Unpaired.CONTRADICTION
    named = (
        with_id
        or places.of(places.by_name, map(_plain, wanted))
        or places.of(places.by_squeezed_name, map(_squeezed, wanted))
    )
    if not named:
        return Unpaired.UNKNOWN
    return people[named[0]] if len(named) == 1 else Unpaired.AMBIGUOUS


@dataclass(frozen=True, slots=True)
class _Places:
    """The places in a list of people of those with an id, with a name, with a name squeezed."""

    by_id: Mapping[str, Sequence[int]]
    by_name: Mapping[str, Sequence[int]]
    by_squeezed_name: Mapping[str, Sequence[int]]

    @staticmethod
    def of(index: Mapping[str, Sequence[int]], texts: Iterable[str]) -> list[int]:
        """Return the places, each once, of those who have one of these texts."""
        return sorted({place for text in texts for place in index.get(text, ())})


@lru_cache(16)
def _places(people: tuple[Student | Person, ...]) -> _Places:
    by_id, by_name, by_squeezed = (defaultdict[str, list[int]](list) for _ in range(3))
    for place, person in enumerate(people):
        for text in _ids(person):
            by_id[_id(text)].append(place)
        for name in filter(_plain, _names(person)):
            by_name[_plain(name)].append(place)
            for form in _squeezed_forms(name):
                by_squeezed[form].append(place)
    return _Places(dict(by_id), dict(by_name), dict(by_squeezed))


def _ids(person: Student | Person) -> tuple[str, ...]:
    ids = (person.key, *person.ids) if isinstance(person, Person) else (person.id, person.mail)
    return tuple(text for text in ids if text.strip())


def _names(person: Student | Person) -> tuple[str, ...]:
    return person.names if isinstance(person, Person) else (person.name,)


def _agree(wanted: Iterable[str], names: Sequence[str]) -> bool:
    """Return whether one of the names is of this person; Moodle writes a group's name and - before it."""
    forms = {form for name in names for form in _squeezed_forms(name)}
    endings = (name[at:] for name in wanted for at in (0, *(place for place, sign in enumerate(name) if sign == "-")))
    return any(_squeezed(ending) in forms for ending in endings)


# --------------------------------------------------------------------------------------------------------------- forms


def _id(text: str) -> str:
    """Return an id as it is compared: exactly, but for the case of letters in an address."""
    return text.strip().lower() if "@" in text else text.strip()


def _words(name: str) -> tuple[str, ...]:
    """Return the words of a name in small letters, without signs; "Lovelace, Ada" is "ada lovelace"."""
    last, comma, first = name.partition(",")
    text = unicodedata.normalize("NFKC", f"{first} {last}" if comma else name).casefold()
    kept = ("".join(sign for sign in word if unicodedata.category(sign)[0] in "LMN") for word in text.split())
    return tuple(word for word in kept if word)


def _plain(name: str) -> str:
    return " ".join(_words(name))


def _squeezed(name: str) -> str:
    return "".join(_words(name))


def _squeezed_forms(name: str) -> set[str]:
    """Return a name without blanks that begins with each of its words in turn: which are the last is not told."""
    words = _words(name)
    return {"".join([*words[at:], *words[:at]]) for at in range(len(words))}
