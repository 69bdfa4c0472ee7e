"""What a word of a lesson file means that cannot stand there: looked up by its meaning first, by its letters last."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches

from xlbackprop.lesson.toml.other_names import KEYS, KEYS_NOT_HERE, MEANINGS

# Where formulas differ by a letter, as Adam and AdamW do, only a slip of one or two letters is taken for one.
_A_SLIP = 0.75


def plain(word: str) -> str:
    """Return a word without what does not count: `cross_entropy`, `Cross-Entropy` and `crossentropy` are one."""
    return re.sub(r"[\s_\-‐–'’.]", "", word).lower()


def _by_name(rows: Iterable[tuple[str, tuple[str, str]]]) -> dict[str, tuple[str, str]]:
    """Return what rows of names tell, by each of the names."""
    return {plain(name): told for names, told in rows for name in names.split(", ")}


# the names here and a remark; the first may be names that are not here yet
_CHOICES = {
    kind: _by_name((here, (here, remark)) for here, _, remark in rows)
    | _by_name((others, (here, remark)) for here, others, remark in rows)
    for kind, rows in MEANINGS.items()
}
_KEYS = _by_name((f"{key}, {others}", (key, table)) for key, table, others in KEYS)  # the key, and where it stands
_NO_KEYS = _by_name((names, ("", remark)) for names, remark in KEYS_NOT_HERE)


def cure_of_choice(kind: str, word: str, known: Sequence[str], fits: Callable[[str], bool] | None = None) -> str:
    """Return what helps where a lesson says `word` for one of the names `known`; `kind` is "loss", "optimizer", …

    Of several meanings `fits` tells those that go with the rest of the lesson.
    """
    everything = f"Known here: {', '.join(known)}."
    if (same := [name for name in known if plain(name) == plain(word)]) and word not in known:
        return f'Did you mean "{same[0]}"?'
    if told := _CHOICES.get(kind, {}).get(plain(word)):
        here, remark = told
        meant = [name for name in here.split(", ") if name in known]
        if not meant:
            return f"{'It is not here.' if here else remark} {everything}"
        if len(fitting := [name for name in meant if fits and fits(name)]) == 1:
            return f'Did you mean "{fitting[0]}"?'
        asked = " or ".join(f'"{name}"' for name in meant)
        return f"Did you mean {asked}? {remark}".rstrip()
    by_letters = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), by_letters, n=1, cutoff=_A_SLIP if kind in MEANINGS else 0.6)
    return f'Did you mean "{by_letters[near[0]]}"?' if near else everything


def means(kind: str, word: object, name: str) -> bool:
    """Return whether a word is a name here, or another name for it."""
    if not isinstance(word, str):
        return False
    return plain(word) == plain(name) or _CHOICES[kind].get(plain(word), ("", ""))[0] == name != ""


def meant_key(word: str, known: Sequence[str]) -> str:
    """Return the key of a table that a word means, or misspells; "" where there is none."""
    names = {plain(name): name for name in known}
    if plain(word) in names:
        return names[plain(word)]
    if told := _KEYS.get(plain(word)) or _NO_KEYS.get(plain(word)):
        # a run has one learning rate, a lesson several
        return next((name for name in (told[0], told[0].removesuffix("s")) if name in known), "")
    near = get_close_matches(word.lower(), [*map(str.lower, known)], n=1, cutoff=0.6)
    return next((name for name in known if near and name.lower() == near[0]), "")


def cure_of_key(word: str, known: Sequence[str]) -> str:
    """Return what helps where a table has a key that is not `known` there."""
    if meant := meant_key(word, known):
        return f'Did you mean "{meant}"?'
    if told := _NO_KEYS.get(plain(word)):
        return told[1]
    if told := _KEYS.get(plain(word)):
        key, table = told
        where = f"in {table}" if table else "at the beginning of the file, above all tables"
        return f'"{key}" stands {where}.' if plain(word) == plain(key) else f'Did you mean "{key}"? It stands {where}.'
    slips = get_close_matches(plain(word), [*_KEYS, *_NO_KEYS], n=1, cutoff=0.85)
    return cure_of_key(slips[0], known) if slips else f"Known here: {', '.join(known)}."
