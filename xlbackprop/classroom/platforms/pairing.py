"""Whose is a submission? Pairs what a download tells with the people of a gradebook or of a roster, and never guesses.

A person is found by an id that is exactly theirs, else by a full name that nobody else has: as it is, as "Last, First",
or squeezed and small as in Canvas's downloads (`lovelaceada`). An id with another person's name beside it finds nobody.
Where a gradebook has the keys of its platform's downloads, they alone count: one that it lacks is of other work.
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
    """Who has a row in a gradebook: the key of the row, other ids (login, mail, number), the names it shows.

    `platform` is set where its downloads name submissions by the same key.
    """

    key: str
    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    platform: Platform | None = None


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

    `people` are those of a gradebook, or the students of a roster.
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
    theirs = next((person.platform for person in people if isinstance(person, Person)), None)
    if submission.platform is Platform.FLAT:  # the name of the file may be an id, or a name
        person = find_person(people, ids=(shown,))
        return find_person(people, names=(shown,)) if person is Unpaired.UNKNOWN else person
    if key and theirs is submission.platform:  # "Participant 12345" is a name, too
        return _only(people, _places(tuple(people)).of_key(key), (shown, f"{shown} {key}"))
    may_be_id = submission.platform is Platform.CANVAS and theirs is None  # Moodle's is of one assignment alone
    return find_person(people, ids=(key,) if key and may_be_id else (), names=(shown,))


def find_person(
    people: Sequence[SomePerson], ids: Iterable[str] = (), names: Iterable[str] = ()
) -> SomePerson | Unpaired:
    """Return the only person with one of these ids or, where nobody has one, with one of these names."""
    places, wanted = _places(tuple(people)), tuple(names)
    if with_id := places.of_ids(map(_id, ids)):
        return _only(people, with_id, wanted)
    return _only(people, places.of_names(wanted))


def _only(people: Sequence[SomePerson], places: Sequence[int], names: Iterable[str] = ()) -> SomePerson | Unpaired:
    """Return the only person at these places whose name, if it is known, is one of the names, if there are any."""
    wanted = [name for name in names if _plain(name)]
    found = [people[place] for place in places]
    agreeing = [one for one in found if not wanted or not any(_names(one)) or _agree(wanted, _names(one))]
    if len(agreeing) != 1:
        return Unpaired.UNKNOWN if not found else Unpaired.AMBIGUOUS if agreeing else Unpaired.CONTRADICTION
    return agreeing[0]


@dataclass(frozen=True, slots=True)
class _Places:
    """The places in a list of people of those with a key, with an id, with a name, with a name squeezed."""

    by_key: Mapping[str, Sequence[int]]
    by_id: Mapping[str, Sequence[int]]
    by_name: Mapping[str, Sequence[int]]
    by_squeezed_name: Mapping[str, Sequence[int]]

    def of_key(self, key: str) -> Sequence[int]:
        """Return the places of those who have this very key."""
        return self.by_key.get(key, ())

    def of_ids(self, ids: Iterable[str]) -> Sequence[int]:
        """Return the places, each once, of those who have one of these ids."""
        return _of(self.by_id, ids)

    def of_names(self, names: Sequence[str]) -> Sequence[int]:
        """Return the places, each once, of those with one of these names or, where nobody is, with one squeezed."""
        return _of(self.by_name, map(_plain, names)) or _of(self.by_squeezed_name, map(_squeezed, names))


def _of(index: Mapping[str, Sequence[int]], texts: Iterable[str]) -> list[int]:
    return sorted({place for text in texts for place in index.get(text, ())})


@lru_cache(16)
def _places(people: tuple[Student | Person, ...]) -> _Places:
    by_key, by_id, by_name, by_squeezed = (defaultdict[str, list[int]](list) for _ in range(4))
    for place, person in enumerate(people):
        by_key[person.key if isinstance(person, Person) else person.id].append(place)
        for text in _ids(person):
            by_id[_id(text)].append(place)
        for name in filter(_plain, _names(person)):
            by_name[_plain(name)].append(place)
            for form in _squeezed_forms(name):
                by_squeezed[form].append(place)
    return _Places(dict(by_key), dict(by_id), dict(by_name), dict(by_squeezed))


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
