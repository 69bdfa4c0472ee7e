"""What a word of a lesson file means that cannot stand there: looked up by its meaning first, by its letters last."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches

from xlbackprop.lesson.other_names import KEYS, KEYS_NOT_HERE, MEANINGS

# Where formulas differ by a letter, as Adam and AdamW do, only a slip of one or two letters is taken for one.
_A_SLIP = 0.75
_NOT_HERE = "It is not here."


def plain(word: str) -> str:
    """Return a word without what does not count: `cross_entropy`, `Cross-Entropy` and `crossentropy` are one."""
    return re.sub(r"[\s_\-‐–'’.]", "", word).lower()


def cure_of_choice(kind: str, word: str, known: Sequence[str], fits: Callable[[str], bool] | None = None) -> str:
    """Return what helps where a lesson says `word` for one of the names `known`; `kind` is "loss", "optimizer", …

    Of several meanings `fits` tells those that go with the rest of the lesson.
    """
    everything = f"Known here: {', '.join(known)}."
    if (same := [name for name in known if plain(name) == plain(word)]) and word not in known:
        return f'Did you mean "{same[0]}"?'
    for names, here, remark in MEANINGS.get(kind, ()):  # a name that is to come may stand there already
        if plain(word) in map(plain, names.split(", ")):
            meant = [name for name in here if name in known]
            if not meant:
                return f"{_NOT_HERE if here else remark} {everything}"
            if len(fitting := [name for name in meant if fits and fits(name)]) == 1:
                return f'Did you mean "{fitting[0]}"?'
            asked = " or ".join(f'"{name}"' for name in meant[: 2 if fits else 1])
            return f"Did you mean {asked}? {remark}".rstrip()
    by_letters = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), by_letters, n=1, cutoff=_A_SLIP if kind in MEANINGS else 0.6)
    return f'Did you mean "{by_letters[near[0]]}"?' if near else everything


def means(kind: str, word: object, name: str) -> bool:
    """Return whether a word is a name here, or another name for it."""
    if not isinstance(word, str):
        return False
    others = (names for names, here, _ in MEANINGS.get(kind, ()) if here[:1] == (name,))
    return plain(word) in {plain(name), *(plain(other) for names in others for other in names.split(", "))}


def meant_key(word: str, known: Sequence[str]) -> str:
    """Return the key of a table that a word means, or misspells; "" where there is none."""
    names = {plain(name): name for name in known}
    if plain(word) in names:
        return names[plain(word)]
    if any(plain(word) in map(plain, others.split(", ")) for others, _ in KEYS_NOT_HERE):
        return ""
    for others, key, _ in KEYS:
        if plain(word) in map(plain, others.split(", ")):
            # a run has one learning rate, a lesson several
            return next((name for name in (key, key.removesuffix("s")) if name in known), "")
    near = get_close_matches(word.lower(), [*map(str.lower, known)], n=1, cutoff=0.6)
    return next((name for name in known if near and name.lower() == near[0]), "")


def cure_of_key(word: str, known: Sequence[str]) -> str:
    """Return what helps where a table has a key that is not `known` there."""
    if meant := meant_key(word, known):
        return f'Did you mean "{meant}"?'
    for others, cure in KEYS_NOT_HERE:
        if plain(word) in map(plain, others.split(", ")):
            return cure
    for others, key, table in KEYS:
        if plain(word) in (plain(key), *map(plain, others.split(", "))):
            where = f"in {table}" if table else "at the beginning of the file, above all tables"
            return (
                f'"{key}" stands {where}.' if plain(word) == plain(key) else f'Did you mean "{key}"? It stands {where}.'
            )
    all_names = [plain(name) for names, *_ in (*KEYS, *KEYS_NOT_HERE) for name in names.split(", ")]
    slips = get_close_matches(plain(word), all_names, n=1, cutoff=0.85)
    return cure_of_key(slips[0], known) if slips else f"Known here: {', '.join(known)}."
